"""Long tables of participants as files that a worker writes: one row is the job, and later the way to its file."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.ids import uuid7
from core.models import StoredFile
from projects.models import Project

SILENT_AFTER = timedelta(seconds=60)  # a worker that said nothing for so long is taken for dead
AT_WORK = ("queued", "running")


class ExportQuerySet(models.QuerySet["Export"]):
    def visible_to(self, user) -> ExportQuerySet:
        """A person's own: what another person may see of the same list may differ."""
        return self.filter(asked_by=user) if user.is_authenticated else self.none()

    def waiting(self, at) -> ExportQuerySet:
        """The workers' to-do list: asked for, or begun by a worker that has fallen silent."""
        dead = Q(state=Export.State.RUNNING, heartbeat_at__lt=at - SILENT_AFTER)
        return self.filter(Q(state=Export.State.QUEUED) | dead).order_by("pk")


class Export(models.Model):
    """A table somebody asked for as a file. The file holds participants' data and lives for hours."""

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
    table = models.CharField(_("table"), max_length=20)  # a key of `beneficiaries.tables.TABLES`
    query = models.JSONField(_("filters"), default=dict)
    project = models.ForeignKey(Project, models.CASCADE, null=True, blank=True, related_name="exports")  # of the query
    because = models.TextField(_("What the file is for"), blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.QUEUED)
    stage = models.CharField(_("stage"), max_length=12, choices=Stage, default=Stage.WAITING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="exports")
    asked_at = models.DateTimeField(_("asked for"))
    rows = models.PositiveIntegerField(_("rows"))
    progress = models.PositiveIntegerField(_("rows written"), default=0)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    failure = models.TextField(_("why it failed"), blank=True)
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

    @property
    def at_work(self) -> bool:
        return self.state in AT_WORK
