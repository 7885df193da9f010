"""What keeps identities from being erased for a while."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from beneficiaries.models.people import Person
from core.ids import uuid7
from projects.models import Project


class HoldQuerySet(models.QuerySet["Hold"]):
    def in_force(self, today: date) -> HoldQuerySet:
        return self.filter(Q(until_on=None) | Q(until_on__gte=today), ended_at=None)


class Hold(models.Model):
    """Stops the erasure of one person, or of everybody in a project: legal proceedings, a reasoned request of the
    Commission (Regulation (EU) 2021/1060 art. 82(2)), an audit that still runs."""

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="holds")
    person = models.ForeignKey(Person, models.CASCADE, null=True, blank=True, related_name="holds")
    because = models.TextField(_("reason"))
    until_on = models.DateField(pgettext_lazy("last day of a hold", "until"), null=True, blank=True)
    put_at = models.DateTimeField(_("put"))
    put_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            models.CheckConstraint(condition=~Q(because=""), name="hold_has_a_reason"),
            models.CheckConstraint(condition=Q(ended_at=None) | Q(ended_at__gte=F("put_at")), name="hold_ends_later"),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.person_id or ''}"


class Erasure(models.Model):
    """That the identity of a person was erased, when and why. What is counted about them stays."""

    class Reason(models.TextChoices):
        RETENTION = "retention", _("The time for which documents are kept is over")
        REQUEST = "request", _("The person asked for it")
        CONSENT = "consent", _("The consent was withdrawn")
        MISTAKE = "mistake", _("The person should not have been entered")

    person = models.OneToOneField(Person, models.CASCADE, related_name="erasure")
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    because = models.TextField(_("explanation"), blank=True)
    erased_at = models.DateTimeField(_("erased"))
    erased_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")

    def __str__(self) -> str:
        return f"{self.person_id} {self.reason}"
