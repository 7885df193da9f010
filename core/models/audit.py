"""Who did what, when and why. The database refuses to change or delete these rows (see the migrations)."""

from __future__ import annotations

import hashlib
import json

from django.db import models
from django.utils.translation import gettext_lazy as _

FIRST_CHAIN = "0" * 64


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def unsealed(self) -> AuditEventQuerySet:
        return self.filter(seal=None).order_by("pk")


class AuditEvent(models.Model):
    """One thing that happened. No foreign keys: the row outlives what it speaks of. Participants stand by code."""

    at = models.DateTimeField(_("when"), db_index=True)
    by_key = models.UUIDField(_("who (key)"), null=True)
    by_name = models.CharField(_("who"), max_length=150, blank=True)
    origin = models.CharField(_("through"), max_length=20)
    action = models.CharField(_("action"), max_length=60, db_index=True)
    kind = models.CharField(_("kind of object"), max_length=40)
    key = models.CharField(_("object"), max_length=80)
    project = models.CharField(_("project"), max_length=60, blank=True)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    note = models.TextField(_("note"), blank=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        indexes = [
            models.Index(fields=["project", "-id"], name="auditevent_by_project"),
            models.Index(fields=["kind", "key", "-id"], name="auditevent_by_object"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.key}"

    def digest(self) -> str:
        """SHA-256 over every column, in a form that does not depend on the order of JSON keys."""
        row = {
            "id": self.pk,
            "at": self.at.isoformat(),
            "by": [str(self.by_key), self.by_name],
            "origin": self.origin,
            "action": self.action,
            "object": [self.kind, self.key, self.project],
            "before": self.before,
            "after": self.after,
            "note": self.note,
        }
        return hashlib.sha256(json.dumps(row, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


class AuditSeal(models.Model):
    """The hash chain over the events, in the order they were sealed; each link holds the one before it.

    Sealing runs apart from the change itself, so that two people's changes never wait for each other.
    """

    position = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(AuditEvent, models.DO_NOTHING, related_name="seal", db_constraint=False)
    digest = models.CharField(max_length=64)
    chain = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("audit seal")
        verbose_name_plural = _("audit seals")

    def __str__(self) -> str:
        return f"{self.position} {self.chain[:8]}"

    @staticmethod
    def link(chain_before: str, digest: str) -> str:
        return hashlib.sha256(f"{chain_before}{digest}".encode()).hexdigest()
