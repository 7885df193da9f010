"""Input of a cost typed into a claim, and of the contracts with suppliers it may name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from activities.forms import FilesField
from activities.models import Activity, Evidence
from budgets import checks
from budgets.checks.claim_facts import Left
from budgets.forms.money import (
    ActivityField,
    EvidenceField,
    LineField,
    MoneyField,
    WithCurrency,
    currencies,
    day_field,
)
from budgets.models import BudgetLine, Claim, Procurement, ReportedCost
from core import formats
from core.money import NOTHING
from projects.models import Currency

PAPERS = _("Invoice, payslip, proof of payment: PDF, JPEG or PNG.")


class ProcurementField(forms.ModelChoiceField):
    def label_from_instance(self, procurement: Procurement) -> str:
        amount = formats.money(procurement.amount, get_language() or "en", procurement.currency)
        return f"{procurement.number}, {procurement.contractor} ({amount})"


class ClaimCostForm(WithCurrency):
    """A cost of the claim's period, as it stands on its document."""

    kind = forms.ChoiceField(label=_("Kind of document"), choices=ReportedCost.Kind.choices, initial="invoice",
                             help_text=_("The amounts of a credit note have a minus."))  # fmt: skip
    number = forms.CharField(label=_("Number of the document"), max_length=60)
    document_on = day_field(_("Document date"))
    supplier = forms.CharField(label=_("Supplier"), max_length=200, required=False)
    supplier_number = forms.CharField(
        label=_("Number of the supplier"), max_length=40, required=False,
        help_text=_("As in the register of its country."),
    )  # fmt: skip
    currency = forms.ChoiceField(label=_("Currency"), choices=currencies)
    net = MoneyField(label=_("Net amount"), required=False)
    vat = MoneyField(label=_("VAT"), required=False)
    total = MoneyField(label=_("Amount"), required=False, help_text=_("Empty: the net amount and the VAT together."))
    paid_on = day_field(_("Paid on"), required=False)
    line = LineField(queryset=BudgetLine.objects.none(), label=_("Budget line"), empty_label=_("Choose a line"))
    units = forms.DecimalField(
        label=_("Number of units"), max_digits=12, decimal_places=2, required=False, localize=True,
        help_text=_("On a line of unit costs."),
    )  # fmt: skip
    activity = ActivityField(
        queryset=Activity.objects.none(), label=_("Activity"), required=False, empty_label=_("As the budget line"),
        help_text=_("Only where the line pays for several."),
    )  # fmt: skip
    procurement = ProcurementField(
        queryset=Procurement.objects.none(), label=_("Contract with a supplier"), required=False,
        empty_label=_("None"),
    )  # fmt: skip
    uploads = FilesField(label=_("Files"), required=False, allow_empty_file=True, max_length=500, help_text=PAPERS)
    evidence = EvidenceField(
        queryset=Evidence.objects.none(), label=_("A file that is there already"), required=False,
        empty_label=_("None"),
    )  # fmt: skip

    GROUPS = (
        (_("The document"), ("kind", "number", "document_on", "supplier", "supplier_number")),
        (_("The amount"), ("currency", "net", "vat", "total", "paid_on")),
        (_("What it pays for"), ("line", "units", "activity", "procurement")),
        (_("Proof"), ("uploads", "evidence")),
    )

    def __init__(self, *args: Any, claim: Claim, left: dict[str, Left], evidence: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contract = claim.contract
        lines = self.choice("line")
        lines.queryset = contract.budget_lines.select_related("contract__project__programme", "activity").order_by(
            "code"
        )
        if isinstance(lines, LineField):
            lines.spent = {code: each.used["total"] + each.here["total"] for code, each in left.items()}
        self.fields["currency"].initial = contract.currency
        first, last = checks.eligible_days(contract)
        days = formats.period(first, min(last, claim.to_on) if last else claim.to_on, get_language() or "en")
        self.fields["document_on"].help_text = _("Costs are eligible: %(days)s.") % {"days": days}
        activities = claim.project.activities.select_related("project__programme")
        self.choice("activity").queryset = activities.order_by("position")
        self.choice("procurement").queryset = claim.project.procurements.all()
        self.choice("evidence").queryset = evidence

    def choice(self, name: str) -> forms.ModelChoiceField:
        field = self.fields[name]
        if not isinstance(field, forms.ModelChoiceField):
            raise TypeError(name)
        return field

    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        return [(title, [self[name] for name in names]) for title, names in self.GROUPS]

    def clean(self) -> dict[str, Any]:
        facts = self.cleaned_data
        net, vat, total = (facts.get(name) for name in ("net", "vat", "total"))
        if total is None and not {"net", "vat", "total"} & set(self.errors):
            if net is None:
                self.add_error("total", _("Enter the amount, or the net amount and the VAT."))
            else:
                facts["total"] = net + (vat or NOTHING)
        facts["uploads"] = [upload for upload in facts.get("uploads") or [] if upload]
        return facts

    def typed_amount(self) -> Decimal | None:
        """The amount as far as it can be read, before anything else is right; None while it cannot."""
        found: dict[str, Decimal | None] = {}
        for name in ("net", "vat", "total"):
            field = MoneyField(required=False, currency=self.data.get("currency") or "EUR")
            try:
                found[name] = field.clean(self.data.get(name, ""))
            except (forms.ValidationError, KeyError):
                return None
        net = found["net"]
        return found["total"] if found["total"] is not None or net is None else net + (found["vat"] or NOTHING)


class ProcurementForm(WithCurrency):
    """A contract with a supplier, as it was signed."""

    number = forms.CharField(label=_("Number of the contract"), max_length=60)
    contractor = forms.CharField(label=_("Contractor"), max_length=200)
    contractor_number = forms.CharField(
        label=_("Number of the contractor"), max_length=40, required=False,
        help_text=_("As in the register of its country."),
    )  # fmt: skip
    signed_on = day_field(_("Signed on"))
    currency = forms.ChoiceField(label=_("Currency"), choices=Currency.choices)
    amount = MoneyField(label=_("Amount with VAT"))
    procedure = forms.ChoiceField(label=_("Procedure"), choices=Procurement.Procedure.choices)
    uploads = FilesField(
        label=_("Files"), required=False, allow_empty_file=True, max_length=500,
        help_text=_("The contract and its annexes: PDF, JPEG or PNG."),
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def clean_uploads(self) -> list[Any]:
        return [upload for upload in self.cleaned_data["uploads"] or [] if upload]
