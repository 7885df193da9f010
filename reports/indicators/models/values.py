"""Values that no record can give: typed, sent, decided by a second person, corrected but never overwritten."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.access import Permission
from core.ids import uuid7
from core.models import Organisation
from projects.models import Project, reach
from reports.indicators.models.library import NUMBER, Definition, Indicator


class ValueQuerySet(models.QuerySet["Value"]):
    def visible_to(self, user, permission: Permission = Permission.SESSION_VIEW) -> ValueQuerySet:
        """Values of the projects reached; a coordinator sees those of the own school and of the project as a whole."""
        where = reach(user, permission)
        whole = where.projects_q("project__") & Q(school=None)
        return self.filter(whole | where.schools_q("project", "school"))

    def in_force(self) -> ValueQuerySet:
        """What counts: approved, and not replaced by an approved correction."""
        return self.filter(state=Value.State.APPROVED)


class Value(models.Model):
    """The value of one indicator in one project and period, at one school or in all; its total is the sum of cells."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("state of a value", "Draft")
        SUBMITTED = "submitted", pgettext_lazy("state of a value", "Submitted")
        RETURNED = "returned", pgettext_lazy("state of a value", "Returned")
        APPROVED = "approved", pgettext_lazy("state of a value", "Approved")
        REPLACED = "replaced", pgettext_lazy("state of a value", "Replaced by a correction")

    OPEN = (State.DRAFT, State.RETURNED)
    MOVES = {  # from: to
        State.DRAFT: {State.SUBMITTED},
        State.RETURNED: {State.SUBMITTED},
        State.SUBMITTED: {State.RETURNED, State.APPROVED},
        State.APPROVED: {State.REPLACED},
        State.REPLACED: set(),
    }

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    definition = models.ForeignKey(Definition, models.PROTECT, related_name="values")
    project = models.ForeignKey(Project, models.PROTECT, related_name="indicator_values")
    school = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("to"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    corrects = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="correction")
    because = models.TextField(_("reason of the correction"), blank=True)
    version = models.PositiveIntegerField(default=1)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(_("made"))
    synthetic = models.BooleanField(_("sample data"), default=False)

    objects = ValueQuerySet.as_manager()

    class Meta:
        verbose_name = _("typed value")
        verbose_name_plural = _("typed values")
        ordering = ["-to_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__gte=F("from_on")), name="value_period_in_order",
                violation_error_message=_("The period ends before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(corrects=None) | ~Q(because=""), name="value_correction_has_a_reason",
                violation_error_message=_("Say why the value is corrected."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.definition_id} {self.from_on} – {self.to_on}"


class Cell(models.Model):
    """A part of a typed value: one combination of the categories it is split by; U is unknown, empty is not split."""

    value = models.ForeignKey(Value, models.CASCADE, related_name="cells")
    gender = models.CharField(_("gender"), max_length=1, blank=True)
    age = models.CharField(_("age"), max_length=5, blank=True)
    education = models.CharField(_("education"), max_length=5, blank=True)
    amount = models.DecimalField(_("value"), **NUMBER)
    base = models.DecimalField(_("denominator"), **NUMBER, null=True, blank=True)

    class Meta:
        verbose_name = _("part of a value")
        verbose_name_plural = _("parts of values")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["value", "gender", "age", "education"], name="cell_once_per_category"),
            models.CheckConstraint(
                condition=Q(amount__gte=0) & (Q(base=None) | Q(base__gte=0)), name="cell_not_negative",
                violation_error_message=_("A value cannot be negative."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.gender}{self.age}{self.education}: {self.amount or Decimal(0)}"


class ValueMove(models.Model):
    """A step in the life of a value; rows only come."""

    value = models.ForeignKey(Value, models.PROTECT, related_name="moves")
    before = models.CharField(_("before"), max_length=10, choices=Value.State, blank=True)
    after = models.CharField(_("after"), max_length=10, choices=Value.State)
    comment = models.TextField(_("remark"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("step of a value")
        verbose_name_plural = _("steps of values")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.value_id}: {self.after}"


class Estimate(models.Model):
    """An informed estimate of a sensitive indicator (Regulation (EU) 2021/1057, Annex I point 1.2). It stands apart:
    no count ever contains it. Rows only come; the newest one of a period is shown."""

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="estimates")
    project = models.ForeignKey(Project, models.PROTECT, related_name="indicator_estimates")
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("to"))
    value = models.PositiveIntegerField(_("estimated number"))
    method = models.TextField(_("method"))
    basis = models.TextField(_("basis"))
    estimated_on = models.DateField(_("estimated on"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("informed estimate")
        verbose_name_plural = _("informed estimates")
        ordering = ["-to_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__gte=F("from_on")), name="estimate_period_in_order",
                violation_error_message=_("The period ends before it begins."),
            ),
            models.CheckConstraint(
                condition=~Q(method="") & ~Q(basis=""), name="estimate_says_how",
                violation_error_message=_("Write down the method and the basis of the estimate."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.indicator_id}: {self.value}"
