"""Input of the pages of payment claims: their parts, their sending, the decisions on their lines."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from budgets.forms.money import MoneyField, day_field, in_currency
from budgets.models import Claim, LineDecision


class Versioned(forms.Form):
    """Carries the version of the claim that was open, so that a later change is not overwritten."""

    version = forms.IntegerField(widget=forms.HiddenInput)


def _text(label: Any, *, rows: int = 4, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=5000, widget=forms.Textarea(attrs={"rows": rows}), **more)


class ClaimForm(forms.Form):
    """A claim begun: what kind, for which days."""

    kind = forms.ChoiceField(label=pgettext_lazy("claim", "Kind"), choices=Claim.Kind.choices, initial="interim")
    from_on = day_field(_("First day"))
    to_on = day_field(_("Last day"), help_text=_("Documents up to this day can be claimed."))
    advance = MoneyField(label=_("Amount of the advance"), required=False, help_text=_("Only of an advance."))

    def __init__(self, *args: Any, currency: str = "EUR", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_currency(self, currency)


class PeriodForm(Versioned):
    from_on = day_field(_("First day"))
    to_on = day_field(_("Last day"), help_text=_("Documents up to this day can be claimed."))
    advance = MoneyField(label=_("Amount of the advance"), required=False)

    def __init__(self, *args: Any, claim: Claim, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_currency(self, claim.contract.currency)
        if claim.kind != Claim.Kind.ADVANCE:
            del self.fields["advance"]


class ResultsForm(Versioned):
    results = _text(
        _("What was done and reached in the period"), rows=10,
        help_text=_("In your own words. Name participants by their code, not by name."),
    )  # fmt: skip

    def __init__(self, *args: Any, claim: Claim, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class DeclarationsForm(Versioned):
    declarations = forms.MultipleChoiceField(
        label=_("We declare"), choices=Claim.Declaration.choices, widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *args: Any, claim: Claim, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class PaperForm(forms.Form):
    upload = forms.FileField(
        label=_("File"), allow_empty_file=True, help_text=_("Invoice, payslip, proof of payment: PDF, JPEG or PNG."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"}),
    )  # fmt: skip


class SendForm(Versioned):
    """One field for the reason of each warning."""

    def __init__(self, *args: Any, warnings: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.warnings = warnings
        for warning in warnings:
            field = forms.CharField(
                label=_("Why the claim is right all the same"), max_length=500,
                error_messages={"required": _("Say why the claim is right all the same.")},
            )  # fmt: skip
            self.fields[f"reason_{warning.check}"] = field

    def rows(self) -> list[tuple[Any, forms.BoundField]]:
        return [(warning, self[f"reason_{warning.check}"]) for warning in self.warnings]

    def reasons(self) -> dict[str, str]:
        return {warning.check: self.cleaned_data[f"reason_{warning.check}"] for warning in self.warnings}


class DecisionForm(forms.Form):
    """What is eligible of one line, and why less where it is less."""

    verdict = forms.ChoiceField(
        label=_("Decision"), choices=LineDecision.Verdict.choices, widget=forms.RadioSelect, initial="accept"
    )
    total = MoneyField(label=_("Eligible"), required=False, help_text=_("Read only when you reduce."))
    error = forms.ChoiceField(
        label=_("Type of error"), required=False,
        choices=[("", _("None")), *LineDecision.Error.choices], help_text=_("When you reduce or refuse."),
    )  # fmt: skip
    comment = _text(_("Seen by the school"), rows=2, required=False, help_text=_("The reason, or your question."))
    note = _text(_("Officers only"), rows=2, required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_currency(self, currency)


class MoveForm(forms.Form):
    """A move of a claim with what is said with it."""

    to = forms.ChoiceField(choices=Claim.State.choices)
    comment = _text(_("Comment"), rows=3, required=False, help_text=_("The school reads it. Needed when it goes back."))


class ClaimQuestionsForm(forms.Form):
    due_on = day_field(_("Answer until"))
