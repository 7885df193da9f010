"""Many rows from a program that a worker brings in: one row is the job, and keeps what became of each of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.ids import uuid7
from core.models.jobs import AT_WORK, Job, JobQuerySet


class BulkJobQuerySet(JobQuerySet["BulkJob"]):
    def visible_to(self, user) -> BulkJobQuerySet:
        """A person's own."""
        return self.filter(asked_by=user) if user.is_authenticated else self.none()


class BulkJob(Job):
    """Rows on their way into a collection. They are kept, encrypted, until the job is over."""

    class State(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("report state", "Waiting")
        RUNNING = "running", pgettext_lazy("report state", "Being made")
        DONE = "done", pgettext_lazy("report state", "Ready")
        FAILED = "failed", pgettext_lazy("report state", "Failed")
        CANCELLED = "cancelled", pgettext_lazy("report state", "Cancelled")

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    collection = models.CharField(_("collection"), max_length=20)
    mode = models.CharField(_("what becomes of other rows when one is refused"), max_length=4)
    dry_run = models.BooleanField(_("stores nothing"))
    language = models.CharField(_("language of the answer"), max_length=2)
    scopes = models.JSONField(_("scopes of the token it came with"), null=True)
    body = models.BinaryField(_("the rows, encrypted"))
    rows = models.PositiveIntegerField(_("rows"))
    progress = models.PositiveIntegerField(_("rows dealt with"), default=0)
    told = models.TextField(_("what became of each row"), blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.QUEUED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="bulk_jobs")
    asked_at = models.DateTimeField(_("asked for"))

    objects = BulkJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job of many rows")
        verbose_name_plural = _("jobs of many rows")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=AT_WORK) | Q(body=b""), name="bulkjob_keeps_no_rows_when_over"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.collection} {self.asked_at:%Y-%m-%d %H:%M}"
