"""Files that come in by pieces, so that a cut connection loses nothing."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.ids import uuid7


class IncomingQuerySet(models.QuerySet["Incoming"]):
    def open_to(self, user, at: datetime) -> IncomingQuerySet:
        """Those of a person that have not expired."""
        return self.filter(user=user, expires_at__gt=at)


class Incoming(models.Model):
    """A file on its way in, for a request that takes a file. Its pieces lie in the store of private files."""

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(_("file name"), max_length=200)
    size = models.BigIntegerField(_("size in bytes"))
    received = models.BigIntegerField(_("received bytes"), default=0)
    starts = ArrayField(models.BigIntegerField(), default=list)  # of each piece in the file
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)  # once it is whole
    begun_at = models.DateTimeField(_("begun"))
    expires_at = models.DateTimeField(_("expires"), db_index=True)

    objects = IncomingQuerySet.as_manager()

    class Meta:
        verbose_name = _("incoming file")
        verbose_name_plural = _("incoming files")
        constraints = [
            models.CheckConstraint(
                condition=Q(received__gte=0, received__lte=F("size"), size__gt=0), name="incoming_within_its_size"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_whole(self) -> bool:
        return self.received == self.size

    @property
    def places(self) -> list[str]:
        """Where its pieces lie in the store, in their order."""
        return [self.place_at(start) for start in self.starts]

    def place_at(self, start: int) -> str:
        """Where the piece lies, or is to lie, that begins at this byte."""
        return f"pieces/{self.key}-{start}"
