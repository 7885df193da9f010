"""What a contract version grants, line by line."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from activities.models import Activity
from budgets.models.rules import Flat, Form, Nature
from core.access import Permission
from core.ids import uuid7
from core.models import Code, Organisation
from core.models.texts import Text
from core.money import EUR
from projects.models import ContractVersion, reach
from projects.models.contracts import PARTS_MESSAGE, parts_add_up


class BudgetLineQuerySet(models.QuerySet["BudgetLine"]):
    def visible_to(self, user, permission: Permission = Permission.BUDGET_VIEW) -> BudgetLineQuerySet:
        return self.filter(reach(user, permission).projects_q("contract__project__"))


class BudgetLine(models.Model):
    """One line of the budget of one contract version, in the currency of that contract."""

    Form = Form  # forms of cost; a line has one

    class Unit(models.TextChoices):
        """What a unit cost pays for, counted from attendance of the line's activity."""

        PERSON_HOURS = "person_hours", _("Hours of participants")
        HOURS = "hours", _("Hours held")
        SESSIONS = "sessions", _("Sessions held")
        SUPPORTED = "supported", _("Participants who reached the hours of support")

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    contract = models.ForeignKey(ContractVersion, models.CASCADE, related_name="budget_lines")
    activity = models.ForeignKey(Activity, models.PROTECT, null=True, blank=True, related_name="budget_lines")
    partner = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    code = models.CharField(_("code"), max_length=20)
    name = Text(_("name"))
    category = models.ForeignKey(
        Code, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("cost category"),
        limit_choices_to={"list__name": "cost_categories"},
    )  # fmt: skip
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    nature = models.CharField(
        _("kind of cost"), max_length=12, choices=Nature, blank=True, help_text=_("Needed where a flat rate is used.")
    )
    form = models.CharField(_("form of cost"), max_length=10, choices=Form, blank=True)
    flat = models.CharField(_("flat rate"), max_length=20, choices=Flat, blank=True)
    unit = models.CharField(_("unit"), max_length=20, choices=Unit, blank=True, help_text=_("Of a unit cost."))
    unit_price = models.DecimalField(_("amount per unit"), null=True, blank=True, **EUR)
    total = models.DecimalField(_("contracted"), **EUR)
    eu_part = models.DecimalField(_("EU part"), null=True, blank=True, **EUR)
    national_part = models.DecimalField(_("national part"), null=True, blank=True, **EUR)
    own_part = models.DecimalField(_("own part"), null=True, blank=True, **EUR)
    synthetic = models.BooleanField(_("sample data"), default=False)

    objects = BudgetLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("budget line")
        verbose_name_plural = _("budget lines")
        ordering = ["contract_id", "code"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "code"], name="budgetline_code_once_per_contract"),
            models.CheckConstraint(
                condition=Q(total__gte=0),
                name="budgetline_not_negative",
                violation_error_message=_("A contracted amount cannot be negative."),
            ),
            models.CheckConstraint(
                condition=Q(unit="", unit_price=None)
                | (~Q(unit="") & Q(form="unit", unit_price__isnull=False, unit_price__gt=0)),
                name="budgetline_unit_has_a_price",
                violation_error_message=_("A line of unit costs has both a unit and an amount per unit, or neither."),
            ),
            models.CheckConstraint(
                condition=Q(flat="") | Q(form="flat"),
                name="budgetline_flat_rate_is_its_form",
                violation_error_message=_("Only a line with the form “flat rate” has a flat rate."),
            ),
            models.CheckConstraint(
                condition=Q(year=None) | Q(year__gte=2000, year__lte=2100),
                name="budgetline_year_in_reach",
                violation_error_message=_("Enter a year such as 2026."),
            ),
            models.CheckConstraint(
                condition=parts_add_up(), name="budgetline_parts_add_up", violation_error_message=PARTS_MESSAGE
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        """A line of a version that is final is refused here with words, and by the database in any case."""
        if self.contract_id and hasattr(self.contract, "terms"):
            raise ValidationError(_("This contract version is final. Begin an amendment to change its budget."))
