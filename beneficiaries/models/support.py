"""The individual support plan of a pupil: risk, measures, reviews, result. About one child, so a right of its own."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from beneficiaries.models.people import Participation
from core.ids import uuid7


class SupportPlan(models.Model):
    """What puts a pupil at risk of leaving school early, and what came of the support. One open plan at a time."""

    class Risk(models.TextChoices):
        LOW = "low", pgettext_lazy("risk", "Low")
        MEDIUM = "medium", pgettext_lazy("risk", "Medium")
        HIGH = "high", pgettext_lazy("risk", "High")

    class Outcome(models.TextChoices):
        GONE = "gone", pgettext_lazy("outcome of support", "The risk is gone")
        LESS = "less", pgettext_lazy("outcome of support", "The risk is smaller")
        SAME = "same", pgettext_lazy("outcome of support", "The risk is the same")
        LEFT = "left", pgettext_lazy("outcome of support", "The pupil left school")

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    participation = models.ForeignKey(Participation, models.CASCADE, related_name="support_plans")
    opened_on = models.DateField(_("opened"))
    risk = models.CharField(_("risk of leaving school early"), max_length=6, choices=Risk)
    why = models.TextField(_("what the risk comes from"), blank=True)
    closed_on = models.DateField(_("closed"), null=True, blank=True)
    outcome = models.CharField(_("result"), max_length=4, choices=Outcome, blank=True)
    result = models.TextField(_("what was reached"), blank=True)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("support plan")
        verbose_name_plural = _("support plans")
        ordering = ["-opened_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_on=None, outcome="") | (Q(closed_on__gte=F("opened_on")) & ~Q(outcome="")),
                name="supportplan_closed_with_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participation_id} {self.opened_on}"


class SupportMeasure(models.Model):
    """One measure of a plan: what, who sees to it, from when to when, how many hours are meant."""

    plan = models.ForeignKey(SupportPlan, models.CASCADE, related_name="measures")
    what = models.CharField(_("measure"), max_length=200)
    responsible = models.CharField(_("responsible"), max_length=100)
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), null=True, blank=True)
    hours = models.DecimalField(_("hours planned"), max_digits=6, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name = _("support measure")
        verbose_name_plural = _("support measures")
        ordering = ["from_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=F("from_on")),
                name="supportmeasure_ends_after_it_began",
                violation_error_message=_("The last day lies before the first day."),
            ),
            models.CheckConstraint(condition=Q(hours=None) | Q(hours__gt=0), name="supportmeasure_hours_positive"),
        ]

    def __str__(self) -> str:
        return self.what


class SupportReview(models.Model):
    """A day on which a plan is to be looked at again, and what was found."""

    plan = models.ForeignKey(SupportPlan, models.CASCADE, related_name="reviews")
    due_on = models.DateField(_("review due"))
    held_on = models.DateField(_("review held"), null=True, blank=True)
    found = models.TextField(_("what was found"), blank=True)

    class Meta:
        verbose_name = _("review of a support plan")
        verbose_name_plural = _("reviews of support plans")
        ordering = ["due_on", "pk"]
        constraints = [models.UniqueConstraint(fields=["plan", "due_on"], name="supportreview_once_a_day")]

    def __str__(self) -> str:
        return str(self.due_on)
