"""Input of on-the-spot visits, what they found, and what is said to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from activities.forms import FilesField
from budgets.forms.money import MoneyField, day_field
from budgets.models import ChecklistAnswer, ChecklistQuestion, Claim, ClaimLine, LineDecision
from core.models import Organisation
from core.models.texts import said
from projects.models import Project

PAPERS = _("Minutes, pictures, lists: PDF, JPEG or PNG.")


def _text(label: Any, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=10_000, widget=forms.Textarea(attrs={"rows": 3}), **more)


def _files() -> FilesField:
    return FilesField(label=_("Files"), required=False, allow_empty_file=True, max_length=500, help_text=PAPERS)


class PartnerField(forms.ModelChoiceField):
    def label_from_instance(self, body: Organisation) -> str:
        return said(body.name, get_language() or "en")[0]


class ClaimsField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, claim: Claim) -> str:
        return f"{claim.number} · {claim.get_kind_display()} · {claim.get_state_display()}"


class VisitForm(forms.Form):
    """When, where, who goes and what is looked at."""

    planned_on = day_field(_("Planned for"))
    partner = PartnerField(
        queryset=Organisation.objects.none(), label=_("School or partner"), required=False, empty_label=_("None"),
    )  # fmt: skip
    place = forms.CharField(label=_("Place"), max_length=200, required=False)
    claims = ClaimsField(
        queryset=Claim.objects.none(), label=_("Payment claims"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("None: the project as a whole."),
    )  # fmt: skip
    goes = forms.CharField(label=_("Who goes"), max_length=300)
    about = _text(_("What is looked at"))
    announced = forms.BooleanField(
        label=_("The school is told"), required=False, initial=True,
        help_text=_("Without it the school sees the visit only when it was made."),
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        partner, claims = self.fields["partner"], self.fields["claims"]
        if isinstance(partner, PartnerField) and isinstance(claims, ClaimsField):
            partner.queryset = Organisation.objects.filter(partnerships__project=project).distinct()
            claims.queryset = project.claims.exclude(state=Claim.State.DRAFT).order_by("number")


class VisitRecordForm(forms.Form):
    """What came of a visit, with the questions of its checklist."""

    done_on = day_field(_("Made on"))
    result = _text(_("Short result"), help_text=_("The school and auditors read it."))
    note = _text(_("Internal note"), required=False, help_text=_("Never seen by the school."))
    uploads = _files()

    def __init__(self, *args: Any, questions: Iterable[ChecklistQuestion], own: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = list(questions)
        for question in self.questions:
            words = said(question.text, get_language() or "en", own)[0]
            self.fields[f"answer_{question.pk}"] = forms.ChoiceField(
                label=words, choices=ChecklistAnswer.Answer.choices, widget=forms.RadioSelect, required=False,
                help_text=question.article,
            )  # fmt: skip
            self.fields[f"remark_{question.pk}"] = forms.CharField(
                label=_("Remark"), required=False, max_length=2000, help_text=_("Needed when the answer is no."),
            )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """As `actions.record_visit` takes them."""
        data = self.cleaned_data
        answers = {q.pk: (data[f"answer_{q.pk}"], data[f"remark_{q.pk}"]) for q in self.questions}
        return {
            "done_on": data["done_on"], "result": data["result"], "note": data["note"], "answers": answers,
            "uploads": [upload for upload in data["uploads"] or [] if upload],
        }  # fmt: skip


class LineOfClaimField(forms.ModelChoiceField):
    def label_from_instance(self, line: ClaimLine) -> str:
        return f"{line.claim.number}/{line.number} {line.cost or ''}".strip()


class FindingForm(forms.Form):
    """Something a visit found, and until when the school answers."""

    text = _text(_("What was found"))
    error = forms.ChoiceField(label=_("Type of error"), choices=[("", _("Choose")), *LineDecision.Error.choices])
    line = LineOfClaimField(
        queryset=ClaimLine.objects.none(), label=_("Line of a claim"), required=False, empty_label=_("None"),
    )  # fmt: skip
    amount = MoneyField(
        label=_("Amount proposed"), required=False,
        help_text=_("It changes nothing by itself: the line is decided, or the claim corrected, on its own page."),
    )  # fmt: skip
    due_on = day_field(_("To be answered until"))

    def __init__(self, *args: Any, claims: Iterable[Claim], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        line = self.fields["line"]
        if isinstance(line, LineOfClaimField):
            lines = ClaimLine.objects.filter(claim__in=claims).select_related("claim", "cost")
            line.queryset = lines.order_by("claim__number", "number")


class WordsForm(forms.Form):
    """A few words: an answer, a reason, how a finding is closed."""

    text = _text(_("Text"))


class AnswerFindingForm(WordsForm):
    uploads = _files()
