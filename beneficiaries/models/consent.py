"""The privacy notice a participant was given, and the consent that was given or withdrawn: dated, with its version."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from beneficiaries.models.people import Participation
from core.ids import uuid7
from core.models import StoredFile
from core.models.texts import Text
from projects.models import Programme


class Notice(models.Model):
    """One version of the privacy notice of a programme. A version that was handed out does not change."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="notices")
    version = models.CharField(_("version"), max_length=20)
    text = Text(_("text of the privacy notice"))
    from_on = models.DateField(_("in use from"))

    class Meta:
        verbose_name = _("privacy notice")
        verbose_name_plural = _("privacy notices")
        ordering = ["-from_on", "-pk"]
        constraints = [models.UniqueConstraint(fields=["programme", "version"], name="notice_version_once")]

    def __str__(self) -> str:
        return self.version


class Consent(models.Model):
    """That somebody was given the privacy notice, or consented (GDPR Art. 13 and 7): when, to which version."""

    class Kind(models.TextChoices):
        INFORMED = "informed", pgettext_lazy("consent", "Privacy notice given")
        CONSENTED = "consented", pgettext_lazy("consent", "Consent given")

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    participation = models.ForeignKey(Participation, models.CASCADE, related_name="consents")
    notice = models.ForeignKey(Notice, models.PROTECT, related_name="+")
    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    given_on = models.DateField(_("on"))
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    withdrawn_on = models.DateField(_("withdrawn"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["-given_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_on=None) | Q(withdrawn_on__gte=F("given_on")), name="consent_withdrawn_after"
            ),
        ]

    def __str__(self) -> str:
        return self.kind
