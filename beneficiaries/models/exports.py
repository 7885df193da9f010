"""Long tables as files that a worker writes: one row is the job, and later the way to its file."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.ids import uuid7
from core.models import AT_WORK, Job, JobQuerySet, StoredFile
from projects.models import Project


class ExportQuerySet(JobQuerySet["Export"]):
    def visible_to(self, user) -> ExportQuerySet:
        """A person's own: what another person may see of the same list may differ."""
        return self.filter(asked_by=user) if user.is_authenticated else self.none()


class Export(Job):
    """A table somebody asked for as a file. It may hold participants' data and lives for hours."""

    class State(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("report state", "Waiting")
        RUNNING = "running", pgettext_lazy("report state", "Being made")
        DONE = "done", pgettext_lazy("report state", "Ready")
        FAILED = "failed", pgettext_lazy("report state", "Failed")
        CANCELLED = "cancelled", pgettext_lazy("report state", "Cancelled")
        GONE = "gone", pgettext_lazy("state of a file", "Removed")

    class Stage(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("report stage", "waiting for a worker")
        WRITING = "writing", pgettext_lazy("stage of a file", "writing the rows")
        OPENING = "opening", pgettext_lazy("stage of a file", "opening the file and counting its rows")

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    table = models.CharField(_("table"), max_length=20)  # a key of `projects.tables.tables`
    query = models.JSONField(_("filters"), default=dict)
    project = models.ForeignKey(Project, models.CASCADE, null=True, blank=True, related_name="exports")  # of the query
    because = models.TextField(_("What the file is for"), blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.QUEUED)
    stage = models.CharField(_("stage"), max_length=12, choices=Stage, default=Stage.WAITING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="exports")
    asked_at = models.DateTimeField(_("asked for"))
    rows = models.PositiveIntegerField(_("rows"))
    progress = models.PositiveIntegerField(_("rows written"), default=0)
    mail = models.BooleanField(_("a mail when it is over"), default=False)
    rights = models.CharField(_("hash of the rights it was made with"), max_length=64, blank=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    expires_at = models.DateTimeField(_("kept until"), null=True, blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("file of a table")
        verbose_name_plural = _("files of tables")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="done", file__isnull=False, expires_at__isnull=False)
                | (~Q(state="done") & Q(file=None)),
                name="export_has_a_file_when_done",
            ),
            models.UniqueConstraint(
                fields=["asked_by", "table", "query"], condition=Q(state__in=AT_WORK), name="export_once_at_work",
                violation_error_message=_("The same file is being made already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.table} {self.asked_at:%Y-%m-%d %H:%M}"
