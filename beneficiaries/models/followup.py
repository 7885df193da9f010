"""The look back six months after a participant left (ESF+ Annex I point 4), with its days as stored facts."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from beneficiaries.models.people import Participation
from core.access import Permission
from core.ids import uuid7
from projects.models import reach


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def visible_to(self, user, permission: Permission = Permission.PARTICIPANT_VIEW) -> FollowUpQuerySet:
        return self.filter(reach(user, permission).schools_q("participation__project", "participation__school"))

    def due(self, today) -> FollowUpQuerySet:
        """Those whose time has come, answered or not."""
        return self.filter(due_from__lte=today)


class FollowUp(models.Model):
    """One exit and what became of the participant six months later. Made when somebody leaves; a return ends it."""

    class Situation(models.TextChoices):
        EMPLOYED = "employed", pgettext_lazy("six months later", "I have a job")
        SELF_EMPLOYED = "self_employed", pgettext_lazy("six months later", "I work for myself")
        SEARCHING = "searching", pgettext_lazy("six months later", "I am looking for a job")
        LEARNING = "learning", pgettext_lazy("six months later", "I am at school or in training")
        OTHER = "other", pgettext_lazy("six months later", "None of these")

    WORKING = (Situation.EMPLOYED, Situation.SELF_EMPLOYED)

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    participation = models.ForeignKey(Participation, models.CASCADE, related_name="follow_ups")
    left_on = models.DateField(_("exit date"))
    due_from = models.DateField(_("due from"))
    due_until = models.DateField(_("due until"))
    link_sha256 = models.CharField(max_length=64, blank=True)  # of the one-time link; the link itself is never stored
    link_made_at = models.DateTimeField(null=True, blank=True)
    link_made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    link_expires_at = models.DateTimeField(null=True, blank=True)
    answered_on = models.DateField(_("answered"), null=True, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    situation = models.CharField(_("situation six months later"), max_length=15, choices=Situation, blank=True)
    better = models.BooleanField(_("better situation at work than on the day of entry"), null=True, blank=True)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("six-month follow-up")
        verbose_name_plural = _("six-month follow-ups")
        constraints = [
            models.UniqueConstraint(fields=["participation", "left_on"], name="followup_once_per_exit"),
            models.UniqueConstraint(fields=["link_sha256"], condition=~Q(link_sha256=""), name="followup_link_once"),
            models.CheckConstraint(
                condition=Q(due_from__gt=F("left_on"), due_until__gte=F("due_from")), name="followup_days_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participation_id} {self.due_from}"
