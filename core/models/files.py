"""Private files. The bytes lie in the store under their hash; a row says whose they are."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.ids import uuid7


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    def there(self) -> StoredFileQuerySet:
        """Those whose bytes are kept."""
        return self.filter(put_away_at=None)


class StoredFile(models.Model):
    """One file that was uploaded or made. Two rows may share the same bytes; a row never changes."""

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    sha256 = models.CharField(_("SHA-256"), max_length=64, db_index=True)
    size = models.BigIntegerField(_("size in bytes"))
    name = models.CharField(_("file name"), max_length=200)
    media_type = models.CharField(_("kind of file"), max_length=100)
    stored_at = models.DateTimeField(_("stored"))
    stored_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    put_away_at = models.DateTimeField(_("put away"), null=True, blank=True)  # the bytes; they can be made again

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        constraints = [
            models.CheckConstraint(
                condition=Q(size__gt=0), name="storedfile_not_empty", violation_error_message=_("The file is empty.")
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def place(self) -> str:
        """Where the bytes lie in the store (`core.storage`)."""
        return f"{self.sha256[:2]}/{self.sha256}"
