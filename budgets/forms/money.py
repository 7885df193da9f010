"""Input of the money pages: amounts as people type them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from activities.actions import today_in
from activities.models import Activity, Evidence
from budgets import checks
from budgets.models import BudgetLine, Rate, ReportedCost
from core import formats
from core.forms import DayField, offer
from core.models.texts import said
from core.money import parse_amount
from projects.models import ContractVersion, Currency, Project
from projects.models.contracts import check_instalments


def day_field(label: Any, **more: Any) -> DayField:
    """A typed day; the page says below it what was understood."""
    return DayField(label=label, widget=forms.DateInput(attrs={"inputmode": "numeric", "autocomplete": "off"}), **more)


def instalments_field() -> forms.CharField:
    return forms.CharField(
        label=_("Instalments, %"), max_length=40, required=False, validators=[check_instalments],
        help_text=_("Pre-financing, further payments and the balance, such as 80/20 or 40/40/20."),
    )  # fmt: skip


def whole_units_field() -> forms.BooleanField:
    return forms.BooleanField(
        label=_("Split in whole euro or lev"), required=False,
        help_text=_("The EU part of a budget line is rounded down to the euro or lev, not to the cent."),
    )  # fmt: skip


def report_days_field() -> forms.IntegerField:
    return forms.IntegerField(
        label=_("Days for the final report"), required=False, min_value=1, max_value=1000,
        help_text=_("Counted from the last day of work, such as 60."),
    )  # fmt: skip


def interim_months_field() -> forms.IntegerField:
    return forms.IntegerField(
        label=_("An interim report every so many months"), required=False, min_value=0, max_value=60,
        help_text=_("Counted from the first day of the contract. 0: no interim reports."),
    )  # fmt: skip


def interim_days_field() -> forms.IntegerField:
    return forms.IntegerField(
        label=_("Days for an interim report"), required=False, min_value=0, max_value=365,
        help_text=_("Counted from the last day of its period."),
    )  # fmt: skip


class MoneyField(forms.Field):
    """An amount as people write it: 358 083,27 € or 358,083.27. Gives a Decimal with two places.

    `currency` is the one whose mark may stand beside the amount; a form may set it before it is cleaned.
    """

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "w-num"})

    def __init__(self, *, currency: str = "EUR", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.currency = currency

    def to_python(self, value: Any) -> Decimal | None:
        if value in self.empty_values:
            return None
        if isinstance(value, Decimal):
            return value
        try:
            return parse_amount(str(value), self.currency)
        except ValueError as error:
            raise ValidationError(str(error)) from None

    def prepare_value(self, value: Any) -> Any:
        """An amount as the reader of this language would type it; what somebody typed stays as it is."""
        return formats.number(value, get_language() or "en") if isinstance(value, Decimal) else value


def in_currency(form: forms.BaseForm, currency: str) -> None:
    """Let the mark of `currency` stand beside every amount of a form."""
    for field in form.fields.values():
        if isinstance(field, MoneyField):
            field.currency = currency


def add_refusal(form: forms.Form, refused: ValidationError) -> None:
    """Put the messages of a refused action beside their fields; those without a field of the form stand above it."""
    by_field = refused.message_dict if hasattr(refused, "error_dict") else {"": refused.messages}
    for name, messages in by_field.items():
        for message in messages:
            form.add_error(name if name in form.fields else None, message)


def currencies() -> list[tuple[str, Any]]:
    """The currencies a document may be in: euro, lev, and those with accounting rates."""
    others = Rate.objects.order_by("currency").values_list("currency", flat=True).distinct()
    return [*Currency.choices, *((code, code) for code in others)]


PART_LABELS = {"eu_part": _("EU part"), "national_part": _("National part"), "own_part": _("Own part")}


class WithCurrency(forms.Form):
    """Reads the amounts in the currency that was chosen on the same form."""

    def full_clean(self) -> None:
        chosen = self.data.get(self.add_prefix("currency")) if self.is_bound else None
        if chosen in dict(currencies()):
            in_currency(self, chosen)
        super().full_clean()


class LineField(forms.ModelChoiceField):
    def label_from_instance(self, line: BudgetLine) -> str:
        language = get_language() or "en"
        name = said(line.name, language, line.contract.project.programme.language)[0]
        left = formats.money(line.total - self.spent[line.code], language, line.contract.currency)
        return _("%(code)s %(name)s: %(left)s left") % {"code": line.code, "name": _short(name), "left": left}

    spent: dict[str, Decimal]


class ActivityField(forms.ModelChoiceField):
    def label_from_instance(self, activity: Activity) -> str:
        title = said(activity.title, get_language() or "en", activity.project.programme.language)[0]
        return f"{activity.number} {_short(title)}"


class EvidenceField(forms.ModelChoiceField):
    def label_from_instance(self, evidence: Evidence) -> str:
        added = formats.day(evidence.added_at.date(), get_language() or "en")
        return f"{evidence.file.name} ({evidence.get_kind_display()}, {added})"


def _short(text: str) -> str:
    return text if len(text) <= 70 else text[:69].rsplit(" ", 1)[0] + "…"


class CostForm(WithCurrency):
    """A cost reported on a line of the contract in force."""

    line = LineField(queryset=BudgetLine.objects.none(), label=_("Budget line"), empty_label=_("Choose a line"))
    document = forms.CharField(
        label=_("Document"), max_length=120, help_text=_("Kind and number, such as “Invoice 118”.")
    )
    document_on = day_field(_("Document date"))
    reported_on = day_field(_("Reported on"), help_text=_("The day the cost was reported to the programme."))
    total = MoneyField(label=_("Amount"), help_text=_("With a comma or a point, such as 6 200,50."))
    currency = forms.ChoiceField(
        label=_("Currency"),
        choices=currencies,
        help_text=_("Of the document. Lev count at 1 EUR = 1.95583 BGN, others by the rate of the month of the claim."),
    )
    activity = ActivityField(
        queryset=Activity.objects.none(), label=_("Activity"), required=False, empty_label=_("As the budget line"),
        help_text=_("Only where the line pays for several."),
    )  # fmt: skip
    evidence = EvidenceField(
        queryset=Evidence.objects.none(), label=_("Evidence"), required=False, empty_label=_("None yet")
    )
    kind = forms.ChoiceField(
        label=_("Kind of document"), required=False,
        choices=[("", _("Not said")), *ReportedCost.Kind.choices], help_text=_("A credit note has a minus."),
    )  # fmt: skip
    number = forms.CharField(label=_("Number of the document"), max_length=60, required=False)
    supplier = forms.CharField(label=_("Supplier"), max_length=200, required=False)
    supplier_number = forms.CharField(
        label=_("Number of the supplier"), max_length=40, required=False,
        help_text=_("As in the register of its country."),
    )  # fmt: skip
    vat = MoneyField(label=_("VAT in the amount"), required=False)
    units = forms.DecimalField(
        label=_("Number of units"), max_digits=12, decimal_places=2, required=False, localize=True,
        help_text=_("On a line of unit costs."),
    )  # fmt: skip
    paid_on = day_field(_("Paid on"), required=False)
    eu_part = MoneyField(label=PART_LABELS["eu_part"], required=False)
    national_part = MoneyField(label=PART_LABELS["national_part"], required=False)
    own_part = MoneyField(label=PART_LABELS["own_part"], required=False)

    def __init__(
        self, *args: Any, project: Project, contract: ContractVersion | None, evidence: Any, at: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        lines, fields = BudgetLine.objects.none(), self.fields
        if contract is not None:
            lines = contract.budget_lines.select_related("contract__project__programme", "activity").order_by("code")
            if isinstance(line := fields["line"], LineField):
                line.spent = checks.spent(contract)
            fields["currency"].initial = contract.currency
            first, last = checks.eligible_days(contract)
            if first or last:
                days = formats.period(first, last, get_language() or "en")
                fields["document_on"].help_text = _("Costs are eligible: %(days)s.") % {"days": days}
        activities = project.activities.select_related("project__programme").order_by("position")
        offer(self, line=lines, activity=activities, evidence=evidence)
        fields["reported_on"].initial = today_in(project, at)

    def parts(self) -> dict[str, Decimal | None]:
        return {name: self.cleaned_data[name] for name in PART_LABELS}


class CorrectionForm(forms.Form):
    """How much of a reported cost is taken back, and why."""

    total = MoneyField(label=_("Amount to take back"))
    because = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stands in the history and beside the correction."),
    )  # fmt: skip

    def __init__(self, *args: Any, cost: ReportedCost, rest: Decimal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_currency(self, cost.currency)
        total = self.fields["total"]
        total.initial = rest
        total.help_text = _("At most %(rest)s.") % {"rest": formats.money(rest, get_language() or "en", cost.currency)}


class ContractForm(WithCurrency):
    """A signed contract or annex, as its facts stand in the document."""

    number = forms.CharField(label=_("Contract number"), max_length=80)
    kind = forms.ChoiceField(label=pgettext_lazy("contract", "Kind"), choices=ContractVersion.Kind.choices)
    signed_on = day_field(_("Signed on"), required=False)
    in_force_from = day_field(_("In force from"), help_text=_("From this day its dates and amounts count."))
    starts_on = day_field(_("Work starts on"), required=False)
    ends_on = day_field(_("Work ends on"), required=False)
    eligible_from = day_field(_("Costs eligible from"), required=False)
    eligible_to = day_field(_("Costs eligible to"), required=False)
    currency = forms.ChoiceField(label=_("Currency"), choices=Currency.choices)
    total = MoneyField(label=_("Total"), required=False)
    eu_part = MoneyField(label=PART_LABELS["eu_part"], required=False)
    national_part = MoneyField(label=PART_LABELS["national_part"], required=False)
    own_part = MoneyField(label=PART_LABELS["own_part"], required=False)
    whole_units = whole_units_field()
    instalments = instalments_field()
    report_days = report_days_field()
    interim_months = interim_months_field()
    interim_days = interim_days_field()

    GROUPS = (
        (_("The document"), ("number", "kind", "signed_on", "in_force_from")),
        (_("Days"), ("starts_on", "ends_on", "eligible_from", "eligible_to")),
        (_("Money"), ("currency", "total", "eu_part", "national_part", "own_part", "whole_units", "instalments")),
        (_("Reports"), ("interim_months", "interim_days", "report_days")),
    )

    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        return [(title, [self[name] for name in names]) for title, names in self.GROUPS]
