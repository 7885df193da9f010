"""Input of the pages about a project itself and about who works on it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.forms import DayField, RangesField, offer
from core.models import ApiToken, Organisation, Role, User
from core.models.texts import said
from projects.actions.systems import FASTEST, accounts_for_systems
from projects.models import Programme, Project, Question

LANGUAGE_NAMES = dict(settings.LANGUAGES)


def _day(label: Any, **more: Any) -> DayField:
    """A typed day; the page says below it what was understood."""
    return DayField(label=label, widget=forms.DateInput(attrs={"inputmode": "numeric", "autocomplete": "off"}), **more)


class TextsForm(forms.Form):
    """Title and description of a project, one field for each language."""

    seen_at = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = project.programme.language
        self.languages = list(dict.fromkeys([own, *LANGUAGE_NAMES, *project.title, *project.summary]))
        for language in self.languages:
            name = LANGUAGE_NAMES.get(language, language)
            self.fields[f"title_{language}"] = forms.CharField(
                label=_("Title, %(language)s") % {"language": name}, max_length=500, required=language == own,
                widget=forms.TextInput(attrs={"lang": language}), initial=project.title.get(language, ""),
            )  # fmt: skip
            self.fields[f"summary_{language}"] = forms.CharField(
                label=_("Description, %(language)s") % {"language": name}, max_length=20_000, required=False,
                widget=forms.Textarea(attrs={"rows": 8, "lang": language}), initial=project.summary.get(language, ""),
            )  # fmt: skip
        self.fields["seen_at"].initial = project.updated_at.isoformat()

    def clean_seen_at(self) -> datetime:
        seen = parse_datetime(self.cleaned_data["seen_at"])
        if seen is None:
            raise forms.ValidationError(_("Open this page again before you change the texts."))
        return seen

    def texts(self, name: str) -> dict[str, str]:
        return {language: self.cleaned_data[f"{name}_{language}"] for language in self.languages}


class _Named(forms.ModelChoiceField):
    """A choice of rows that are named in several languages."""

    def label_from_instance(self, thing: Any) -> str:
        language = get_language() or "en"
        if isinstance(thing, Project):
            return f"{thing.number} {_short(said(thing.title, language, thing.programme.language)[0])}"
        return _short(said(thing.name, language, getattr(thing, "language", None))[0]) or str(thing)


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79].rsplit(" ", 1)[0] + "…"


class MemberForm(forms.Form):
    """Who may do what, and where."""

    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    name = forms.CharField(
        label=_("Name"), max_length=150, required=False, help_text=_("Only for a person who has no account yet.")
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.COORDINATOR)
    programme = _Named(
        empty_label=pgettext_lazy("no programme", "None"),
        queryset=Programme.objects.order_by("code"), required=False, label=_("Programme"),
        help_text=_("For officers and auditors of a whole programme."),
    )  # fmt: skip
    project = _Named(
        empty_label=pgettext_lazy("no project", "None"),
        queryset=Project.objects.select_related("programme").order_by("number"), required=False, label=_("Project"),
        help_text=_("For coordinators, partner finance, auditors and API clients of one project."),
    )  # fmt: skip
    organisation = _Named(
        empty_label=pgettext_lazy("no school or partner", "None"),
        queryset=Organisation.objects.none(), required=False, label=_("School or partner"),
        help_text=_("For coordinators and partner finance."),
    )  # fmt: skip
    from_on = _day(pgettext_lazy("first day of a role", "From"), required=False)
    until_on = _day(
        pgettext_lazy("last day of a role", "Until"),
        required=False,
        help_text=_("An audit must have a last day."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        partners = Q(partnerships__isnull=False) | Q(projects__isnull=False)
        bodies = Organisation.objects.filter(partners).distinct().order_by("pk")
        offer(self, organisation=bodies)


class AskForm(forms.Form):
    """Questions to a school, or to all schools of a project."""

    QUESTIONS = ("question_1", "question_2", "question_3")

    subject = forms.CharField(label=_("What it is about"), max_length=200)
    school = _Named(
        queryset=Organisation.objects.none(), required=False, label=_("Who is asked"),
        empty_label=_("All schools of the project"),
    )  # fmt: skip
    question_1 = forms.CharField(
        label=_("Question %(number)s") % {"number": 1}, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One matter in each question: each is answered by itself. Participants are named by their code."),
    )  # fmt: skip
    question_2 = forms.CharField(
        label=_("Question %(number)s") % {"number": 2}, max_length=4000, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    question_3 = forms.CharField(
        label=_("Question %(number)s") % {"number": 3}, max_length=4000, required=False,
        widget=forms.Textarea(attrs={"rows": 3}), help_text=_("Further questions can be added once these are sent."),
    )  # fmt: skip
    due_on = _day(_("Answer until"))

    def __init__(self, *args: Any, schools: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, school=schools)

    def details(self) -> dict[str, Any]:
        """What `projects.actions.ask` takes."""
        told = {name: self.cleaned_data[name] for name in ("subject", "school", "due_on")}
        return told | {"questions": [self.cleaned_data[name] for name in self.QUESTIONS]}


class _Account(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} · {obj.email}"


class AnswersForm(forms.Form):
    """A field for each question of a clarification, begun with the answer that stands."""

    def __init__(self, *args: Any, questions: list[Question], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        for question in questions:
            newest = next(iter(question.answers.all()), None)
            self.fields[f"answer_{question.number}"] = forms.CharField(
                label=_("Answer to question %(number)s") % {"number": question.number}, max_length=8000,
                required=False, initial=newest.text if newest else "", widget=forms.Textarea(attrs={"rows": 4}),
            )  # fmt: skip
            self.fields[f"seen_{question.number}"] = forms.IntegerField(
                required=False, initial=newest.pk if newest else 0, widget=forms.HiddenInput
            )

    def answers(self) -> dict[int, str]:
        return {q.number: self.cleaned_data[f"answer_{q.number}"] for q in self.questions}

    def seen(self) -> dict[int, int]:
        return {q.number: self.cleaned_data[f"seen_{q.number}"] or 0 for q in self.questions}


class SystemForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the system"), max_length=80, help_text=_("Such as “Register of the ministry”.")
    )
    user = _Account(
        queryset=User.objects.none(), label=_("Acts as"), empty_label=_("Choose an account"),
        help_text=_("It sees and does what this account may, as far as its scopes go. Best an account of its own."),
    )  # fmt: skip
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), choices=ApiToken.Scope, widget=forms.CheckboxSelectMultiple
    )
    ranges = RangesField(
        label=_("From which addresses"), required=False,
        help_text=_("Such as 192.0.2.0/24 or 2001:db8::/32, one a line. Empty: from anywhere."),
    )  # fmt: skip
    rate = forms.IntegerField(label=_("Requests a minute"), min_value=1, max_value=FASTEST, initial=600)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, user=accounts_for_systems())


class MoreForm(forms.Form):
    text = forms.CharField(label=_("Further question"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


class CloseForm(forms.Form):
    """Ends a clarification; `waits`: whether a question has no answer, so that a reason is needed."""

    because = forms.CharField(
        label=_("Why it needs no answer"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, waits: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["because"].required = waits
