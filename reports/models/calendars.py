"""Secret links through which calendars read sessions and deadlines without a sign-in."""

from __future__ import annotations

import hashlib
import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.ids import uuid7


class CalendarLinkQuerySet(models.QuerySet["CalendarLink"]):
    def usable(self) -> CalendarLinkQuerySet:
        return self.filter(revoked_at=None, user__is_active=True)


class CalendarLink(models.Model):
    """The address of one person's calendar. Whoever has it reads the calendar; only its hash is kept."""

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="calendar_links")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(_("made"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    objects = CalendarLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("calendar link")
        verbose_name_plural = _("calendar links")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(revoked_at=None), name="calendarlink_one_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.made_at:%Y-%m-%d}"

    @staticmethod
    def new_secret() -> str:
        return secrets.token_urlsafe(32)

    @staticmethod
    def hash(secret: str) -> str:
        """SHA-256 of the secret: it holds 256 random bits, so a slow hash would add nothing."""
        return hashlib.sha256(secret.encode()).hexdigest()
