"""The financial plan of a programme: what each part of it may spend in all."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.money import EUR
from projects.models.contracts import ContractVersion
from projects.models.programmes import Priority, Region, SpecificObjective
from projects.models.projects import Project


class Allocation(models.Model):
    """The total allocation of a priority, or of a specific objective in it, for one category of region, in euro
    (Regulation (EU) 2021/1060, Art. 22(3)(g))."""

    class Basis(models.TextChoices):
        TOTAL = "total", pgettext_lazy("basis of the Union contribution", "Total cost")
        PUBLIC = "public", pgettext_lazy("basis of the Union contribution", "Public cost")

    priority = models.ForeignKey(Priority, models.CASCADE, related_name="allocations")
    specific_objective = models.ForeignKey(
        SpecificObjective, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("specific objective"), help_text=_("Empty: the plan gives the priority as a whole."),
    )  # fmt: skip
    region = models.CharField(_("category of region"), max_length=10, choices=Region, blank=True)
    basis = models.CharField(_("basis of the Union contribution"), max_length=10, choices=Basis, default=Basis.TOTAL)
    total = models.DecimalField(_("total allocation"), **EUR)
    eu_rate = models.DecimalField(_("co-financing rate, %"), max_digits=5, decimal_places=2)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)  # grows with each change

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        ordering = ["priority", "specific_objective", "region"]
        constraints = [
            models.UniqueConstraint(
                fields=["priority", "specific_objective", "region"], name="allocation_once", nulls_distinct=False,
                violation_error_message=_("The plan has this part already."),
            ),
            models.CheckConstraint(
                condition=Q(total__gt=0), name="allocation_above_zero",
                violation_error_message=_("Enter an amount above 0."),
            ),
            models.CheckConstraint(
                condition=Q(eu_rate__gte=0, eu_rate__lte=100), name="allocation_rate_is_a_percentage",
                violation_error_message=_("Enter a share from 0 to 100."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.priority} {self.specific_objective or ''} {self.region}".strip()

    def clean(self) -> None:
        if self.specific_objective and self.specific_objective.priority_id != self.priority_id:
            raise ValidationError({"specific_objective": _("This specific objective belongs to another priority.")})

    def operations(self) -> models.QuerySet[Project]:
        """The projects with a contract that count in this part. Where it gives a priority as a whole, they are those
        whose specific objective has no part of its own in this category of region."""
        found = Project.objects.filter(
            Exists(ContractVersion.objects.filter(project=OuterRef("pk"))),
            programme=self.priority.programme_id, region=self.region,
        ).annotate(
            of_objective=Coalesce("specific_objective", "call__specific_objective"),
            of_priority=Coalesce(
                "specific_objective__priority", "call__specific_objective__priority", "call__priority"
            ),
        )  # fmt: skip
        if self.specific_objective_id:
            return found.filter(of_objective=self.specific_objective_id)
        own = Allocation.objects.filter(priority=self.priority, region=self.region).exclude(specific_objective=None)
        elsewhere = Q(of_objective__in=own.values("specific_objective"))
        return found.filter(Q(of_objective=None) | ~elsewhere, of_priority=self.priority_id)
