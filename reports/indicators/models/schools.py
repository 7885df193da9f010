"""What schools report for a school year (reference 16 and 19): a numerator and, where it is a ratio, a denominator."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.access import Permission
from core.models import Organisation
from projects.models import Partner, reach
from reports.indicators.models.library import NUMBER


def schools_of(user, permission: Permission) -> models.QuerySet[Organisation]:
    """The schools of the projects reached; a coordinator reaches the own school only."""
    where = reach(user, permission)
    schools = Partner.objects.filter(role=Partner.Role.SCHOOL).filter(where.schools_q("project", "organisation"))
    return Organisation.objects.filter(pk__in=schools.values("organisation"))


class SchoolFigureQuerySet(models.QuerySet["SchoolFigure"]):
    def visible_to(self, user, permission: Permission = Permission.SESSION_VIEW) -> SchoolFigureQuerySet:
        return self.filter(school__in=schools_of(user, permission))

    def in_force(self) -> SchoolFigureQuerySet:
        return self.filter(replaced=False)


class SchoolFigure(models.Model):
    """One measure (list school_measures) of a school in a school year, which is known by its first year: 2024 is
    2024/2025. Nobody sat or nothing reported is no row, never 0. A correction replaces the row and keeps it."""

    school = models.ForeignKey(Organisation, models.PROTECT, related_name="school_figures")
    year = models.PositiveSmallIntegerField(_("school year, first year"))
    measure = models.CharField(_("measure"), max_length=40)
    numerator = models.DecimalField(_("value"), **NUMBER)
    denominator = models.DecimalField(_("denominator"), **NUMBER, null=True, blank=True)
    replaced = models.BooleanField(_("replaced"), default=False)
    because = models.TextField(_("reason of the correction"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("when"))
    synthetic = models.BooleanField(_("sample data"), default=False)

    objects = SchoolFigureQuerySet.as_manager()

    class Meta:
        verbose_name = _("figure of a school year")
        verbose_name_plural = _("figures of school years")
        ordering = ["year", "measure", "school"]
        constraints = [
            models.UniqueConstraint(
                fields=["school", "year", "measure"], condition=Q(replaced=False), name="schoolfigure_one_in_force"
            ),
            models.CheckConstraint(
                condition=Q(numerator__gte=0) & (Q(denominator=None) | Q(denominator__gt=0)),
                name="schoolfigure_in_bounds",
                violation_error_message=_("Enter a value of 0 or more and a denominator above 0."),
            ),
            models.CheckConstraint(condition=Q(year__gte=2000, year__lte=2100), name="schoolfigure_year"),
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.year} {self.measure}"
