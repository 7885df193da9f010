"""What was reported against the budget, and what was paid."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activities.models import Activity, Evidence
from budgets.models.lines import BudgetLine
from core.access import Permission
from core.ids import uuid7
from core.money import EUR
from projects.models import Currency, Project, reach
from projects.models.contracts import PARTS_MESSAGE, parts_add_up


def digits(path: str = "") -> Func:
    """The digits of the number of a document, which two ways of writing it share: “№ 0000118” and “118”."""
    written = Coalesce(NullIf(F(f"{path}number"), Value("")), F(f"{path}document"))
    only = Func(written, Value(r"\D"), Value(""), Value("g"), function="regexp_replace")
    return Func(only, Value("0"), function="ltrim", output_field=models.CharField())


class ReportedCostQuerySet(models.QuerySet["ReportedCost"]):
    def visible_to(self, user, permission: Permission = Permission.BUDGET_VIEW) -> ReportedCostQuerySet:
        return self.filter(reach(user, permission).projects_q("project__"))

    def reported_by(self, day) -> ReportedCostQuerySet:
        return self.filter(reported_on__lte=day)


class ReportedCost(models.Model):
    """A cost the beneficiary reported, as a fact that is never edited: a correction is a further, negative row."""

    class Kind(models.TextChoices):
        """Kinds of cost documents (UMIS)."""

        INVOICE = "invoice", _("Invoice")
        RECEIPT = "receipt", _("Receipt")
        CASH_ORDER = "cash_order", _("Cash order")
        PAYROLL = "payroll", _("Payroll")
        TRAVEL_ORDER = "travel_order", _("Travel order")
        ADVANCE_REPORT = "advance_report", _("Advance report")
        ACCOUNT = "account", _("Account of paid sums")
        DEBIT_NOTE = "debit_note", _("Debit note")
        CREDIT_NOTE = "credit_note", _("Credit note")
        VAT_PROTOCOL = "vat_protocol", _("VAT protocol")
        OTHER = "other", pgettext_lazy("kind of document", "Other")

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="reported_costs")
    line = models.ForeignKey(BudgetLine, models.PROTECT, related_name="costs")
    activity = models.ForeignKey(Activity, models.PROTECT, null=True, blank=True, related_name="reported_costs")
    document = models.CharField(_("document"), max_length=120, help_text=_("Kind and number, such as “Invoice 118”."))
    document_on = models.DateField(_("document date"))
    kind = models.CharField(_("kind of document"), max_length=20, choices=Kind, blank=True)
    number = models.CharField(_("number of the document"), max_length=60, blank=True)
    supplier = models.CharField(_("supplier"), max_length=200, blank=True)
    supplier_number = models.CharField(
        _("number of the supplier"), max_length=40, blank=True, help_text=_("As in the register of its country.")
    )
    procurement = models.ForeignKey(
        "budgets.Procurement", models.PROTECT, null=True, blank=True, related_name="costs",
        verbose_name=_("contract with a supplier"),
    )  # fmt: skip
    vat = models.DecimalField(_("VAT in the amount"), null=True, blank=True, **EUR)
    units = models.DecimalField(_("number of units"), max_digits=12, decimal_places=2, null=True, blank=True)
    paid_on = models.DateField(_("paid on"), null=True, blank=True)
    reported_on = models.DateField(_("reported on"))
    currency = models.CharField(_("currency"), max_length=3, choices=Currency, default=Currency.EUR)
    total = models.DecimalField(_("amount"), **EUR)
    eu_part = models.DecimalField(_("EU part"), null=True, blank=True, **EUR)
    national_part = models.DecimalField(_("national part"), null=True, blank=True, **EUR)
    own_part = models.DecimalField(_("own part"), null=True, blank=True, **EUR)
    corrects = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="corrections")
    evidence = models.ForeignKey(Evidence, models.PROTECT, null=True, blank=True, related_name="costs")
    entered_at = models.DateTimeField(_("entered"))
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    synthetic = models.BooleanField(_("sample data"), default=False)

    objects = ReportedCostQuerySet.as_manager()

    class Meta:
        verbose_name = _("reported cost")
        verbose_name_plural = _("reported costs")
        ordering = ["reported_on", "pk"]
        indexes = [
            models.Index(fields=["project", "reported_on"], name="cost_by_project_and_day"),
            models.Index(digits(), name="cost_by_digits"),
            models.Index(
                fields=["supplier_number", "document_on"], name="cost_by_supplier", condition=~Q(supplier_number="")
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "document", "document_on", "line", "total"],
                name="cost_once_per_document",
                violation_error_message=_("This document is reported already on this budget line with this amount."),
            ),
            models.CheckConstraint(
                condition=~Q(total=0),
                name="cost_is_not_zero",
                violation_error_message=_("Enter an amount other than 0,00."),
            ),
            models.CheckConstraint(
                condition=parts_add_up(), name="cost_parts_add_up", violation_error_message=PARTS_MESSAGE
            ),
            models.CheckConstraint(
                condition=~Q(kind="credit_note") | Q(total__lt=0),
                name="cost_credit_note_is_negative",
                violation_error_message=_("The amount of a credit note is negative."),
            ),
        ]

    def __str__(self) -> str:
        return self.document


class PaymentQuerySet(models.QuerySet["Payment"]):
    def visible_to(self, user, permission: Permission = Permission.ACCOUNT_VIEW) -> PaymentQuerySet:
        return self.filter(reach(user, permission).projects_q("project__"))


class Payment(models.Model):
    """Money that went to the beneficiary, or came back from it (then negative), in the currency of the payment.

    With a claim it stands in facts on the lines of claims and is final (migration `*_amounts_after_verification`);
    an amount of zero there only sets the claim against advances and corrections. One that `reverses` another takes
    all of it back, for a reason. Without a claim it is a payment the portal was only told of.
    """

    class Kind(models.TextChoices):
        ADVANCE = "advance", _("Advance payment")
        INTERIM = "interim", _("Interim payment")
        FINAL = "final", _("Final payment")
        RECOVERY = "recovery", _("Recovery")

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="payments")
    claim = models.ForeignKey("budgets.Claim", models.PROTECT, null=True, blank=True, related_name="payments")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    paid_on = models.DateField(_("paid on"))
    currency = models.CharField(_("currency"), max_length=3, choices=Currency, default=Currency.EUR)
    amount = models.DecimalField(_("amount"), **EUR)
    reference = models.CharField(_("number of the payment order"), max_length=60, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(_("made"), null=True, blank=True)
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by", editable=False
    )
    because = models.TextField(_("reason"), blank=True, editable=False)
    synthetic = models.BooleanField(_("sample data"), default=False)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["paid_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="recovery", amount__lt=0) | (~Q(kind="recovery") & Q(amount__gt=0))
                | (~Q(kind="recovery") & Q(amount=0, claim__isnull=False)) | Q(reverses__isnull=False),
                name="payment_has_its_sign",
            ),
            models.CheckConstraint(
                condition=Q(reverses=None, because="") | (Q(reverses__isnull=False) & ~Q(because="")),
                name="payment_cancelled_for_a_reason",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.paid_on} {self.amount}"
