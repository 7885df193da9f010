"""Documents of an amendment: what explains the wish. They stay with the version that an approved amendment made."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from budgets.models.amendments import Amendment
from core.ids import uuid7
from core.models import StoredFile


class AmendmentPaperQuerySet(models.QuerySet["AmendmentPaper"]):
    def there(self) -> AmendmentPaperQuerySet:
        """Those that were not taken out again."""
        return self.filter(removed_at=None)


class AmendmentPaper(models.Model):
    """A file of an amendment. It comes and goes while the copy may be changed; from then on the database keeps it as it
    is (migration `budgets/*_documents_of_amendments`)."""

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    amendment = models.ForeignKey(Amendment, models.CASCADE, related_name="papers")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("added"))
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    objects = AmendmentPaperQuerySet.as_manager()

    class Meta:
        verbose_name = _("document of an amendment")
        verbose_name_plural = _("documents of amendments")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.amendment_id}: {self.file}"
