"""The export desk around a report: who wants a mail when it is over, and files that are made again from its seal."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import StoredFile
from reports.models.reports import Report


class Watch(models.Model):
    """Somebody wants a mail when a report is ready or has failed."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="watches")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("wish for a mail")
        verbose_name_plural = _("wishes for a mail")
        constraints = [models.UniqueConstraint(fields=["report", "person"], name="watch_once_per_person")]

    def __str__(self) -> str:
        return f"{self.report_id} {self.person_id}"


class Remake(models.Model):
    """Files that were put away, made again from the sealed figures: a job, until it is done or has failed."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="remakes")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(_("asked for"))
    claimed_at = models.DateTimeField(_("begun"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    stage = models.CharField(_("stage"), max_length=12, choices=Report.Stage, default=Report.Stage.WAITING)
    done_at = models.DateTimeField(_("finished"), null=True, blank=True)
    failure = models.TextField(_("why it failed"), blank=True)

    class Meta:
        verbose_name = _("making of files again")
        verbose_name_plural = _("makings of files again")
        constraints = [
            models.UniqueConstraint(
                fields=["report"], condition=Q(done_at=None, failure=""), name="remake_one_at_work_per_report",
                violation_error_message=_("The files are being made again already."),
            )
        ]  # fmt: skip

    @property
    def at_work(self) -> bool:
        return self.done_at is None and not self.failure

    def __str__(self) -> str:
        return f"{self.report_id} {self.asked_at:%Y-%m-%d %H:%M}"


class ReportSource(models.Model):
    """What the pages of a sealed report were laid out from: the document with its words, and the stylesheet."""

    report = models.OneToOneField(Report, models.PROTECT, related_name="source")
    document = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    stylesheet = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("source of a report")
        verbose_name_plural = _("sources of reports")

    def __str__(self) -> str:
        return str(self.report_id)
