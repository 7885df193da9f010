"""Answers of the API to writing requests, kept so that a repeat changes nothing."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class KeptAnswer(models.Model):
    """The answer to a request that carried an `Idempotency-Key`, as it went out. A key is one person's own."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    idempotency_key = models.CharField(max_length=80)
    request_sha256 = models.CharField(max_length=64)  # of method, address and body
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField()
    body = models.TextField()
    answered_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")
        constraints = [
            models.UniqueConstraint(fields=["user", "idempotency_key"], name="keptanswer_once_per_key"),
        ]

    def __str__(self) -> str:
        return self.idempotency_key
