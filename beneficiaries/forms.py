"""Input of the participant pages. Forms clean and narrow; what the office allows is decided in actions."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activities.forms import HoursField, choose, rebase, refuse  # one way for a form to take a refusal, in both apps
from activities.models import Group
from beneficiaries.models import (
    Consent,
    Counting,
    Erasure,
    FollowUp,
    Notice,
    Participation,
    Person,
    Result,
    SensitiveAnswer,
    SupportPlan,
)
from core.forms import DayField, offer
from core.models import Organisation
from core.models.texts import said

EDUCATION = [  # ISCED 2011
    ("0", _("0 – Early childhood education, or none completed")),
    ("1", _("1 – Primary education")),
    ("2", _("2 – Lower secondary education")),
    ("3", _("3 – Upper secondary education")),
    ("4", _("4 – Post-secondary non-tertiary education")),
    ("5", _("5 – Short-cycle tertiary education")),
    ("6", _("6 – Bachelor's or equivalent")),
    ("7", _("7 – Master's or equivalent")),
    ("8", _("8 – Doctorate or equivalent")),
]


def education_label(level: int | None) -> str:
    """A level of education in words; "" while it is not known."""
    return str(dict(EDUCATION).get(str(level), ""))


UNKNOWN = ("", pgettext_lazy("answer", "Not known yet"))
QUESTIONS = [f"asked_{question}" for question in SensitiveAnswer.Question.values]


def day_field(**more) -> DayField:
    """A date as people write it; app.js says below what was understood."""
    return DayField(widget=forms.DateInput(attrs={"inputmode": "numeric", "autocomplete": "off"}), **more)


class LevelField(forms.TypedChoiceField):
    """A level of education: a number, or None while it is not known."""

    def __init__(self, **more):
        super().__init__(choices=[UNKNOWN, *EDUCATION], coerce=int, empty_value=None, required=False, **more)

    def prepare_value(self, value):
        return "" if value is None else str(value)


NOT_COUNTED = _("Without it the record is kept, but counted in no indicator until it is complete.")


class ParticipantForm(forms.Form):
    """Who somebody is and the data of the day of entry. What is not known yet may stay empty."""

    given_name = forms.CharField(
        label=_("Given name"), max_length=80, error_messages={"required": _("Enter the given name.")}
    )
    family_name = forms.CharField(
        label=_("Family name"), max_length=80, error_messages={"required": _("Enter the family name.")}
    )
    born_on = day_field(label=_("Date of birth"), required=False, help_text=NOT_COUNTED)
    national_number = forms.CharField(
        label=_("National number"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"class": "w-half", "inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("EGN, LNCh or Latvian personal code. Only a fingerprint is kept, to find the same person again."),
    )
    gender = forms.ChoiceField(label=_("Gender"), choices=[UNKNOWN, *Person.Gender.choices], required=False)
    entered_on = day_field(
        label=_("Entry date"),
        help_text=_("The first day of taking part in this project."),
        error_messages={"required": _("Enter a date such as 9.12.2025 or 2025-12-09.")},
    )
    labour_status = forms.ChoiceField(
        label=_("Situation on the day of entry"),
        choices=[UNKNOWN, *Participation.LabourStatus.choices],
        required=False,
        help_text=NOT_COUNTED,
    )
    education = LevelField(label=_("Highest completed education"), help_text=NOT_COUNTED)

    def __init__(self, *args, project, sensitive=True, **kwargs):
        super().__init__(*args, **kwargs)
        self.identity = [self[name] for name in ("given_name", "family_name", "born_on", "national_number", "gender")]
        self.entry = [self[name] for name in ("entered_on", "labour_status", "education")]
        if sensitive and project.programme.counts_esf_indicators:
            for question, label in SensitiveAnswer.Question.choices:
                answers = [a for a in SensitiveAnswer.Answer.choices if a[0] != SensitiveAnswer.Answer.NOT_ASKED]
                self.fields[f"asked_{question}"] = forms.ChoiceField(
                    label=label,
                    choices=[("", SensitiveAnswer.Answer.NOT_ASKED.label), *answers],
                    required=False,
                    widget=forms.Select(attrs={"class": "w-half"}),
                )
        self.questions = [self[name] for name in self.fields if name in QUESTIONS]

    def sensitive(self) -> dict[str, str]:
        """Question → answer ("" for not asked), of the questions on the form."""
        answers = {name: self.cleaned_data[name] for name in QUESTIONS if name in self.cleaned_data}
        return {name.removeprefix("asked_"): answer for name, answer in answers.items()}

    def data_of_person(self) -> dict[str, Any]:
        names = ("given_name", "family_name", "born_on", "gender", "entered_on", "labour_status", "education")
        return {name: self.cleaned_data[name] for name in names}


class NewParticipantForm(ParticipantForm):
    """A new participant, with the group they join and a mark that tells a repetition of this form from a new one."""

    group = forms.ModelChoiceField(
        label=_("Group"),
        queryset=Group.objects.none(),
        to_field_name="key",
        required=False,
        empty_label=pgettext_lazy("group", "No group yet"),
        error_messages={"invalid_choice": _("Choose a group of this school.")},
    )
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)

    def __init__(self, *args, project, school, **kwargs):
        super().__init__(*args, project=project, **kwargs)
        offer(self, group=Group.objects.filter(project=project, school=school))
        self.fields["once"].initial = secrets.token_urlsafe(16)
        self.entry = [self["group"], *self.entry]


class ChangeParticipantForm(ParticipantForm):
    """Correct or complete; the fields remember what they began with, to tell who changed what."""

    because = forms.CharField(
        label=_("Reason"),
        max_length=300,
        required=False,
        help_text=_("Needed to correct data of the day of entry that are known already. No names."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.show_hidden_initial = name in REMEMBERED
        self["national_number"].label = _("New national number")

    def touched(self) -> dict[str, Any]:
        """Only the data the person changed."""
        return {name: value for name, value in self.data_of_person().items() if name in self.changed_data}


REMEMBERED = ("given_name", "family_name", "born_on", "gender", "entered_on", "labour_status", "education")


class ResultsForm(forms.Form):
    """Kinds of result, each with the day it was seen; empty when it did not happen."""

    def __init__(self, *args, kinds, **kwargs):
        super().__init__(*args, **kwargs)
        for kind in kinds:
            self.fields[kind.value] = day_field(label=kind.label, required=False)

    def results(self) -> dict[str, date]:
        return {kind: self.cleaned_data[kind] for kind in Result.Kind.values if self.cleaned_data.get(kind)}


SOON = [Result.Kind.SEARCHING, Result.Kind.IN_EDUCATION, Result.Kind.QUALIFICATION, Result.Kind.EMPLOYED]


class LeaveForm(ResultsForm):
    left_on = day_field(
        label=_("Exit date"),
        help_text=_("The last day of taking part."),
        error_messages={"required": _("Enter a date such as 9.12.2025 or 2025-12-09.")},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, kinds=SOON, **kwargs)


class JoinForm(forms.Form):
    """A group, and the day somebody joins it."""

    group = forms.ModelChoiceField(
        label=_("Group"),
        queryset=Group.objects.none(),
        to_field_name="key",
        error_messages={"required": _("Choose a group."), "invalid_choice": _("Choose a group of this school.")},
    )
    from_on = day_field(
        label=_("From"), error_messages={"required": _("Enter a date such as 9.12.2025 or 2025-12-09.")}
    )

    def __init__(self, *args, participation, **kwargs):
        super().__init__(*args, **kwargs)
        groups = Group.objects.filter(project=participation.project_id, school=participation.school_id)
        offer(self, group=groups)


class MoveGroupForm(forms.Form):
    """Where several participants go, from when, and which group they leave for it."""

    group = forms.ModelChoiceField(
        label=_("To the group"), queryset=Group.objects.none(), to_field_name="key",
        error_messages={"required": _("Choose a group."), "invalid_choice": _("Choose a group of this school.")},
    )  # fmt: skip
    out_of = forms.ModelChoiceField(
        label=_("Out of the group"), queryset=Group.objects.none(), to_field_name="key", required=False,
        empty_label=_("They stay in their other groups"),
        help_text=_("Who is in it leaves it the day before."),
        error_messages={"invalid_choice": _("Choose a group of this school.")},
    )  # fmt: skip
    from_on = day_field(
        label=_("From"), error_messages={"required": _("Enter a date such as 9.12.2025 or 2025-12-09.")}
    )

    def __init__(self, *args, groups, **kwargs):
        super().__init__(*args, **kwargs)
        offer(self, group=groups, out_of=groups)


class PrintForm(forms.Form):
    """In which language papers for participants are printed."""

    language = forms.ChoiceField(
        label=_("Language of the papers"), choices=settings.LANGUAGES,
        help_text=_("The language the participants and their parents read."),
    )  # fmt: skip


class ConsentPrintForm(PrintForm):
    """With which version of the notice consent forms are printed."""

    notice = forms.ModelChoiceField(
        label=_("Version of the privacy notice"), queryset=Notice.objects.none(), empty_label=None,
        error_messages={"required": _("Choose a version."), "invalid_choice": _("Choose a version of this programme.")},
    )  # fmt: skip

    def __init__(self, *args, notices, **kwargs):
        super().__init__(*args, **kwargs)
        offer(self, notice=notices)


class ComeBackForm(JoinForm):
    """The day somebody takes part again, and the group, if any."""

    entered_on = day_field(
        label=_("Takes part again from"),
        error_messages={"required": _("Enter a date such as 9.12.2025 or 2025-12-09.")},
    )
    group = forms.ModelChoiceField(
        label=_("Group"), queryset=Group.objects.none(), to_field_name="key", required=False,
        empty_label=pgettext_lazy("group", "No group yet"),
        error_messages={"invalid_choice": _("Choose a group of this school.")},
    )  # fmt: skip
    field_order = ("entered_on", "group")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["from_on"]


class ConsentForm(forms.Form):
    """What was given on a day: the privacy notice, or consent to it; with the signed form where there is one."""

    kind = forms.ChoiceField(
        label=_("What was given?"),
        choices=Consent.Kind,
        initial=Consent.Kind.CONSENTED,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the answers."), "invalid_choice": _("Choose one of the answers.")},
    )
    notice = forms.ModelChoiceField(
        label=_("Version of the privacy notice"),
        queryset=Notice.objects.none(),
        empty_label=None,
        error_messages={"required": _("Choose a version."), "invalid_choice": _("Choose a version of this programme.")},
    )
    given_on = day_field(
        label=_("Given on"), error_messages={"required": _("Enter a date such as 9.12.2025 or 2025-12-09.")}
    )
    upload = forms.FileField(
        label=_("Signed form"), required=False, allow_empty_file=True, help_text=_("A photo or scan: PDF, JPEG or PNG.")
    )

    def __init__(self, *args, notices, **kwargs):
        super().__init__(*args, **kwargs)
        offer(self, notice=notices)


class WithdrawForm(forms.Form):
    withdrawn_on = day_field(
        label=_("Taken back on"), error_messages={"required": _("Enter a date such as 9.12.2025 or 2025-12-09.")}
    )


class MoveForm(forms.Form):
    """The school a pupil goes on at, and the first day there."""

    school = forms.ModelChoiceField(
        label=_("New school"),
        queryset=Organisation.objects.none(),
        to_field_name="key",
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a school."), "invalid_choice": _("Choose a school of this project.")},
    )
    on = day_field(
        label=_("First day at the new school"),
        error_messages={"required": _("Enter a date such as 9.12.2025 or 2025-12-09.")},
    )

    def __init__(self, *args, schools, names, **kwargs):
        super().__init__(*args, **kwargs)
        offer(self, school=schools)
        self.fields["school"].label_from_instance = names  # type: ignore[attr-defined]


class PlanForm(forms.Form):
    """Begin a support plan."""

    risk = forms.ChoiceField(
        label=_("Risk of leaving school early"),
        choices=SupportPlan.Risk,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the answers."), "invalid_choice": _("Choose one of the answers.")},
    )
    why = forms.CharField(
        label=_("What the risk comes from"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What the school sees, such as absence or marks. No diagnoses."),
    )


class MeasureForm(forms.Form):
    what = forms.CharField(label=_("Measure"), max_length=200, error_messages={"required": _("Say what is done.")})
    responsible = forms.CharField(
        label=_("Responsible"), max_length=100, error_messages={"required": _("Say who sees to it.")}
    )
    from_on = day_field(
        label=_("From"), error_messages={"required": _("Enter a date such as 9.12.2025 or 2025-12-09.")}
    )
    until_on = day_field(label=pgettext_lazy("last day of a measure", "Until"), required=False)
    hours = HoursField(
        label=_("Hours planned"),
        required=False,
        max_digits=6,
        decimal_places=2,
        error_messages=dict.fromkeys(
            ("max_digits", "max_whole_digits"), _("Enter the hours as a number, such as 1.5.")
        ),
    )


class ReviewForm(forms.Form):
    due_on = day_field(
        label=_("Look at it again on"), error_messages={"required": _("Enter a date such as 9.12.2025 or 2025-12-09.")}
    )


class FoundForm(forms.Form):
    found = forms.CharField(
        label=_("What was found"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say in a sentence what was found.")},
    )


class CloseForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("Result"),
        choices=SupportPlan.Outcome,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the answers."), "invalid_choice": _("Choose one of the answers.")},
    )
    result = forms.CharField(
        label=_("What was reached"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class FollowUpForm(forms.Form):
    """Two questions, six months later, in the words of the person who answers."""

    situation = forms.ChoiceField(
        label=_("What do you do now?"),
        choices=FollowUp.Situation,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the answers."), "invalid_choice": _("Choose one of the answers.")},
    )
    better = forms.TypedChoiceField(
        label=_("If you work: is your work better than on the day you began with the project?"),
        choices=[("yes", pgettext_lazy("answer", "Yes")), ("no", pgettext_lazy("answer", "No"))],
        coerce=lambda answer: answer == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
        required=False,
        help_text=_("Safer, better paid, with more hours, or closer to what you learned."),
    )


COUNTED = [
    ("", _("All records")),
    ("1", _("All that are in no indicator")),
    (Counting.TOTAL_ONLY, _("In the grand total only: incomplete")),
    (Counting.NOT_COUNTED, _("Not counted: no consent")),
]


class FilterForm(forms.Form):
    """What the list of participants is narrowed to; anything it does not know is left out of account."""

    q = forms.CharField(label=_("Name or code"), max_length=80, required=False)
    group = forms.ModelChoiceField(
        label=_("Group"),
        queryset=Group.objects.none(),
        to_field_name="key",
        required=False,
        empty_label=_("All groups"),
    )
    incomplete = forms.ChoiceField(label=_("Records"), choices=COUNTED, required=False)
    left = forms.ChoiceField(
        label=_("Taking part"), choices=[("", _("All")), ("no", _("Now")), ("yes", _("Left"))], required=False
    )

    def __init__(self, *args, groups, **kwargs):
        super().__init__(*args, **kwargs)
        offer(self, group=groups)

    def chosen(self) -> dict[str, Any]:
        """The filters in force; what cannot be read is left out."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class FileForm(forms.Form):
    """Step 1 of an import whose place is known: the file."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("XLSX, ODS or CSV. The file is kept for at most 30 days and then removed."),
        error_messages={"required": _("Choose a file."), "empty": _("Choose a file.")},
        widget=forms.FileInput(attrs={"accept": ".xlsx,.ods,.csv,.xls,.txt"}),
    )


class ImportForm(FileForm):
    """Step 1 of an import: what the file holds, where its rows belong, and the file."""

    kind = forms.ChoiceField(label=_("What it holds"), choices=[], widget=forms.RadioSelect)
    place = forms.ChoiceField(
        label=_("Where the rows belong"),
        help_text=_("Rows that name another project or school of yours go there."),
        error_messages={"required": _("Choose a project and a school.")},
    )
    field_order = ("kind", "place", "file")

    def __init__(self, *args, kinds, places, language, **kwargs):
        super().__init__(*args, **kwargs)
        offer(self, kind=kinds)
        self.fields["kind"].initial = kinds[0][0]
        named = [
            (key, f"{said(school.name, language)[0]} · {project.number}") for key, (project, school) in places.items()
        ]
        offer(self, place=named)


class ReadingForm(forms.Form):
    """How a file is read; what is empty is guessed."""

    sheet = forms.ChoiceField(label=_("Sheet"), required=False)
    heading_row = forms.IntegerField(label=_("Row of the headings"), required=False, min_value=1, max_value=1000)
    encoding = forms.ChoiceField(label=_("Encoding"), required=False)
    separator = forms.ChoiceField(
        label=_("Separator"), required=False, choices=[("", "—"), (",", ","), (";", ";"), ("\t", "Tab"), ("|", "|")]
    )

    def __init__(self, *args, look, **kwargs):
        super().__init__(*args, **kwargs)
        sheets = [(sheet["name"], sheet["name"] or "—") for sheet in look["sheets"]]
        offer(self, sheet=sheets)
        encodings = [(name, f"{name}: {sample}") for name, sample in look["encodings"]]
        offer(self, encoding=[("", "—"), *encodings])
        if len(sheets) < 2:
            del self.fields["sheet"]
        if not encodings:
            del self.fields["encoding"], self.fields["separator"]


__all__ = [
    "ChangeParticipantForm", "ComeBackForm", "ConsentForm", "FilterForm", "FollowUpForm", "ImportForm",
    "JoinForm", "LeaveForm",
    "NewParticipantForm", "ReadingForm", "ResultsForm", "WithdrawForm", "choose", "education_label", "rebase", "refuse",
]  # fmt: skip


class EraseForm(forms.Form):
    """Why an identity is erased."""

    reason = forms.ChoiceField(label=_("Why"), choices=Erasure.Reason, widget=forms.RadioSelect)
    because = forms.CharField(
        label=_("Explanation"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Who asked and when, or what happened. Do not write the name: this stays."),
    )  # fmt: skip


class ExportForm(forms.Form):
    """What a file with names is for."""

    because = forms.CharField(
        label=_("What the file is for"), max_length=300,
        help_text=_("For example the report of June to the managing authority. This is written down with your name."),
        error_messages={"required": _("Say what the file is for.")},
    )  # fmt: skip
    complete = forms.BooleanField(label=_("Leave out rows that lack something"), required=False)


class HoldForm(forms.Form):
    """What keeps identities, and until when."""

    because = forms.CharField(
        label=_("What the hold is for"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For example legal proceedings, or a request of the Commission, with its reference."),
    )  # fmt: skip
    until_on = DayField(
        label=pgettext_lazy("last day of a hold", "Until"), required=False,
        help_text=_("Leave empty to hold until somebody ends it."),
    )  # fmt: skip
