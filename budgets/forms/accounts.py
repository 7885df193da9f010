"""Input after a claim is accepted: payments, recoveries, corrections, payment applications."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from budgets.forms.money import PART_LABELS, MoneyField, WithCurrency, day_field, in_currency
from budgets.models import Correction, LineDecision
from projects.models import Currency


class PaymentForm(WithCurrency):
    """What was paid, or paid back."""

    amount = MoneyField(label=_("Amount"))
    currency = forms.ChoiceField(label=_("Currency"), choices=Currency.choices)
    paid_on = day_field(_("Paid on"))
    reference = forms.CharField(label=_("Number of the payment order"), max_length=60, required=False)


class CancelPaymentForm(forms.Form):
    """Why a payment is cancelled."""

    because = forms.CharField(
        label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stands in the history and beside the payment."),
    )  # fmt: skip


_NUMBERS = re.compile(r"\s*(\d+)\s*(?:[-–]\s*(\d+)\s*)?")
MOST = 5000


class LinesField(forms.Field):
    """Numbers of lines as people write them: 1, 4-9. Gives them in their order."""

    def to_python(self, value: Any) -> list[int]:
        if value in self.empty_values:
            return []
        found: set[int] = set()
        for piece in filter(None, str(value or "").split(",")):
            match = _NUMBERS.fullmatch(piece)
            first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
            if not first <= last < first + MOST:
                raise forms.ValidationError(gettext("Write the numbers of the lines such as 1, 4-9."))
            found.update(range(first, last + 1))
        return sorted(found)


class CorrectClaimForm(forms.Form):
    """Which lines are corrected, by how much, why, and what follows."""

    lines = LinesField(label=_("Lines"), help_text=_("Numbers of the lines of this claim, such as 1, 4-9."))
    total = MoneyField(
        label=_("Amount to correct"), required=False,
        help_text=_("Of one line, own part included. Leave it empty and give a rate for several lines."),
    )  # fmt: skip
    eu_part = MoneyField(label=_("EU part of it"), required=False)
    national_part = MoneyField(label=_("National part of it"), required=False)
    own_part = MoneyField(
        label=_("Own part of it"), required=False,
        help_text=_("Empty: in the proportion of what is approved of the line."),
    )  # fmt: skip
    rate = forms.DecimalField(
        label=_("Rate, % of what is approved"), required=False, min_value=Decimal("0.01"), max_value=100,
        decimal_places=2, localize=True, widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "w-num"}),
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("Class"), choices=Correction.Kind.choices, initial=Correction.Kind.IRREGULARITY)
    error = forms.ChoiceField(label=_("Type of error"), choices=[("", _("Choose")), *LineDecision.Error.choices])
    found_by = forms.ChoiceField(label=_("Found by"), choices=[("", _("Choose")), *Correction.FoundBy.choices])
    found_on = day_field(_("Found on"))
    by_audit = forms.BooleanField(label=_("Caused by an audit"), required=False)
    insolvency = forms.BooleanField(label=_("Only because the beneficiary is insolvent"), required=False)
    way = forms.ChoiceField(
        label=_("What was paid already"), choices=Correction.Way.choices, widget=forms.RadioSelect,
        initial=Correction.Way.RECOVERY,
    )  # fmt: skip
    because = forms.CharField(label=_("Reason"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_currency(self, currency)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        total, rate, lines = found.get("total"), found.get("rate"), found.get("lines") or []
        if {"total", "rate", "lines"} & set(self.errors):
            return found
        if (total is None) == (rate is None):
            self.add_error("total", gettext("Enter either an amount or a rate."))
        elif total is not None and len(lines) != 1:
            self.add_error("total", gettext("An amount belongs to one line. For several lines enter a rate."))
        return found

    def parts(self) -> dict[str, Decimal | None] | None:
        found = {name: self.cleaned_data.get(name) for name in PART_LABELS}
        return found if any(part is not None for part in found.values()) else None

    def facts(self) -> dict[str, Any]:
        names = ("kind", "error", "found_by", "found_on", "by_audit", "insolvency", "way", "because")
        return {name: self.cleaned_data[name] for name in names}


class TurnForm(forms.Form):
    """What has become of a case."""

    kind = forms.ChoiceField(label=_("Class"), choices=Correction.Kind.choices)
    state = forms.ChoiceField(label=_("State"), choices=Correction.State.choices)
    note = forms.CharField(
        label=pgettext_lazy("of a case", "What has happened"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, correction: Correction, **kwargs: Any) -> None:
        kwargs["initial"] = {"kind": correction.kind, "state": correction.state}
        super().__init__(*args, **kwargs)
        now_is = Correction.State(correction.state)
        following = (now_is, *Correction.MOVES.get(now_is, ()))
        self.fields["state"] = forms.ChoiceField(
            label=_("State"), choices=[(state.value, state.label) for state in following]
        )


class DraftForm(forms.Form):
    """A payment application drawn up."""

    entered_on = day_field(
        _("Entered in the accounts on"),
        help_text=_("The day whose rate turns other currencies into euro (Art. 76). It gives the accounting year."),
    )

    def __init__(self, *args: Any, programmes: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        programme = forms.ChoiceField(label=_("Programme"), choices=[(p.code, p.code) for p in programmes])
        self.fields = {"programme": programme, **self.fields}
