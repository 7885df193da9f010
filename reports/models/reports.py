"""Reports: a row is the job, the snapshot holds the figures, the files are made from the snapshot alone."""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.access import Permission
from core.ids import uuid7
from core.models import Job, JobQuerySet, Organisation, StoredFile
from projects.models import Call, Programme, Project, reach
from reports import subjects
from reports.catalogue import Kind, kinds
from reports.models.layouts import LayoutVersion
from reports.subjects import COLUMNS

SUBJECT = ("project__programme", "call__programme", "programme", "organisation")  # what a report is about


class ReportQuerySet(JobQuerySet["Report"]):
    def visible_to(self, user, permission: Permission = Permission.REPORT_VIEW) -> ReportQuerySet:
        """Reports about what this person reaches as a whole. To look at one needs any of the permissions its kind is
        seen with: a submitted report is for all who may see it as one the project owes, its coordinator among them."""
        if permission is not Permission.REPORT_VIEW:
            return self.filter(subjects.reports_q(reach(user, permission)))
        shown, ways = Q(pk__in=[]), {kind.key: set(kind.seen_with) for kind in kinds().values()}
        for way in sorted(set().union(*ways.values()), key=lambda way: way is not Permission.REPORT_VIEW):
            opened = [key for key, with_ in ways.items() if way in with_]
            if not opened:
                continue
            where = reach(user, way)
            shown |= Q(kind__in=opened) & subjects.reports_q(where)
            if where.everywhere:
                ways = {key: with_ for key, with_ in ways.items() if key not in opened}
        return self.filter(shown)

    def about(self, thing: subjects.Thing) -> ReportQuerySet:
        return self.filter(**{subjects.FIELDS[subjects.what(thing)]: thing})

    def with_subject(self) -> ReportQuerySet:
        return self.select_related(*SUBJECT)


class Report(Job):
    """A report somebody asked for. From `done` on nothing about it changes any more."""

    class State(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("report state", "Waiting")
        RUNNING = "running", pgettext_lazy("report state", "Being made")
        DONE = "done", pgettext_lazy("report state", "Ready")
        FAILED = "failed", pgettext_lazy("report state", "Failed")
        CANCELLED = "cancelled", pgettext_lazy("report state", "Cancelled")

    class Stage(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("report stage", "waiting for a worker")
        FIGURES = "figures", pgettext_lazy("report stage", "counting the figures")
        CHARTS = "charts", pgettext_lazy("report stage", "drawing charts")
        PDF = "pdf", pgettext_lazy("report stage", "laying out the PDF")
        TABLES = "tables", pgettext_lazy("report stage", "writing the tables")
        OPENING = "opening", pgettext_lazy("report stage", "opening the files and counting their rows")
        SEALING = "sealing", pgettext_lazy("report stage", "sealing the files")

    class Queue(models.TextChoices):
        SHORT = "short", pgettext_lazy("queue of reports", "short jobs")
        LONG = "long", pgettext_lazy("queue of reports", "long jobs")

    MOVES = {  # from: to
        State.QUEUED: {State.RUNNING, State.CANCELLED},
        State.RUNNING: {State.DONE, State.FAILED, State.CANCELLED},
        State.FAILED: {State.QUEUED},
        State.CANCELLED: {State.QUEUED},
        State.DONE: set(),
    }

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=20)  # a key of `reports.catalogue.kinds`
    project = models.ForeignKey(Project, models.PROTECT, null=True, blank=True, related_name="reports")
    call = models.ForeignKey(Call, models.PROTECT, null=True, blank=True, related_name="reports")
    programme = models.ForeignKey(Programme, models.PROTECT, null=True, blank=True, related_name="reports")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="reports", verbose_name=_("school")
    )
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("to"))
    language = models.CharField(_("language of the report"), max_length=2)
    layout = models.ForeignKey(
        LayoutVersion, models.PROTECT, null=True, blank=True, related_name="reports", verbose_name=_("layout")
    )
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.QUEUED)
    stage = models.CharField(_("stage"), max_length=12, choices=Stage, default=Stage.WAITING)
    queue = models.CharField(_("queue"), max_length=5, choices=Queue, default=Queue.SHORT)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="reports")
    asked_at = models.DateTimeField(_("asked for"))
    data_at = models.DateTimeField(_("data of"), null=True, blank=True)
    template_version = models.CharField(_("template version"), max_length=20, blank=True)
    snapshot = models.JSONField(_("figures"), null=True, blank=True)
    snapshot_sha256 = models.CharField(_("hash of the figures"), max_length=64, blank=True)
    code = models.CharField(_("check code"), max_length=16, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__gte=F("from_on")),
                name="report_period_in_order",
                violation_error_message=_("The period ends before it begins."),
            ),
            models.CheckConstraint(
                condition=~Q(state="done")
                | (Q(snapshot__isnull=False, data_at__isnull=False, finished_at__isnull=False) & ~Q(code="")),
                name="report_done_is_sealed",
            ),
            models.CheckConstraint(
                condition=reduce(or_, (Q(**{f"{c}__isnull": c != own for c in COLUMNS}) for own in COLUMNS)),
                name="report_about_one_thing",
            ),
            models.UniqueConstraint(
                fields=["kind", *COLUMNS, "from_on", "to_on", "language", "layout"],
                condition=~Q(kind="submitted") & Q(state__in=["queued", "running"]),
                nulls_distinct=False,
                name="report_one_at_work_per_question",
                violation_error_message=_("This report is being made already."),
            ),
            models.UniqueConstraint(fields=["code"], condition=~Q(code=""), name="report_code_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.from_on} {self.to_on}"

    def get_kind_display(self) -> str:
        return str(self.of_kind.name)

    @property
    def of_kind(self) -> Kind:
        return kinds()[self.kind]

    @property
    def subject(self) -> subjects.Thing:
        """What it is about; see `with_subject`."""
        found = self.project or self.call or self.programme or self.organisation
        assert found is not None  # a constraint
        return found

    @property
    def subject_code(self) -> str:
        return subjects.code(self.subject)

    @property
    def subject_title(self) -> dict[str, str]:
        return subjects.title(self.subject)[0]

    @property
    def subject_language(self) -> str:
        return subjects.title(self.subject)[1]

    @property
    def subject_name(self) -> str:
        """The kind of thing it is about, in words."""
        return str(subjects.what(self.subject).label)

    @property
    def file_name(self) -> str:
        """What its files are called, without what tells one from the other."""
        about = subjects.in_a_file_name(self.subject)
        return f"{about}_{self.kind}_{self.from_on}_{self.to_on}_{self.language}"

    @property
    def project_number(self) -> str:
        """For the trail; empty when it is about more than one project."""
        return self.project.number if self.project else ""

    @property
    def step(self) -> int:
        """Which of the steps is being worked on: 0 while waiting, `steps` when done."""
        if self.state == self.State.DONE:
            return self.steps
        return list(self.Stage).index(self.Stage(self.stage))

    @property
    def steps(self) -> int:
        return len(self.Stage) - 1


class ReportFile(models.Model):
    """One file of a finished report."""

    class Kind(models.TextChoices):
        PDF = "pdf", "PDF"
        ARCHIVE = "archive", "PDF/A-3"
        XLSX = "xlsx", "XLSX"
        CSV = "csv", "CSV"
        JSON = "json", "JSON"

    report = models.ForeignKey(Report, models.PROTECT, related_name="files")
    kind = models.CharField(_("format"), max_length=10, choices=Kind)
    table = models.CharField(_("table"), max_length=40, blank=True)
    position = models.PositiveSmallIntegerField(_("position"))
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="report_files")

    class Meta:
        verbose_name = _("report file")
        verbose_name_plural = _("report files")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["report", "position"], name="reportfile_position_once"),
            models.UniqueConstraint(fields=["report", "kind", "table"], name="reportfile_once_per_table"),
        ]

    def __str__(self) -> str:
        return str(self.file)
