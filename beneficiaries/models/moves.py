"""A pupil goes on at another school of the project, which from that day on is the one that sees the record."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from beneficiaries.models.people import Participation
from core.models import Organisation


class SchoolMove(models.Model):
    """From which school to which, on which day: the history of who was responsible."""

    participation = models.ForeignKey(Participation, models.CASCADE, related_name="moves")
    from_school = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    to_school = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    on = models.DateField(_("first day at the new school"))
    moved_at = models.DateTimeField()
    moved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("move to another school")
        verbose_name_plural = _("moves to another school")
        ordering = ["-on", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(from_school=F("to_school")), name="schoolmove_to_another"),
        ]

    def __str__(self) -> str:
        return f"{self.from_school_id} → {self.to_school_id}"
