"""Reports a project owes the office: when each is due, what is written in it, and its sealed versions.

Due days, versions, decisions and remarks are facts: the database refuses to change or delete them.
"""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activities.models import Activity
from core.access import Permission
from core.ids import uuid7
from projects.models import ContractVersion, Project, reach
from reports.models.reports import Report

LONGEST_TEXT = 10_000  # characters of a section


class FilingQuerySet(models.QuerySet["Filing"]):
    def visible_to(self, user, permission: Permission = Permission.FILING_VIEW) -> FilingQuerySet:
        return self.filter(reach(user, permission).projects_q("project__"))

    def awaited(self) -> FilingQuerySet:
        """Those the office waits for: not handed in, or returned."""
        return self.filter(state__in=Filing.OPEN)

    def overdue(self, today: date) -> FilingQuerySet:
        return self.awaited().filter(due_on__lt=today)


class Filing(models.Model):
    """A report a project owes for a period. Its period and due day never change: what no longer fits is skipped."""

    class Kind(models.TextChoices):
        INTERIM = "interim", pgettext_lazy("report of a project", "Interim report")
        FINAL = "final", pgettext_lazy("report of a project", "Final report")

    class State(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("report of a project", "Not begun")
        DRAFT = "draft", pgettext_lazy("report of a project", "Draft")
        SUBMITTED = "submitted", pgettext_lazy("report of a project", "Submitted")
        RETURNED = "returned", pgettext_lazy("report of a project", "Returned to be corrected")
        APPROVED = "approved", pgettext_lazy("report of a project", "Approved")
        SKIPPED = "skipped", pgettext_lazy("report of a project", "Not needed")

    MOVES = {  # (from, to): what one must be allowed to do
        (State.PLANNED, State.DRAFT): Permission.FILING_EDIT,
        (State.DRAFT, State.SUBMITTED): Permission.FILING_EDIT,
        (State.RETURNED, State.SUBMITTED): Permission.FILING_EDIT,
        (State.SUBMITTED, State.RETURNED): Permission.FILING_DECIDE,
        (State.SUBMITTED, State.APPROVED): Permission.FILING_DECIDE,  # never by the one who submitted it
        (State.PLANNED, State.SKIPPED): Permission.FILING_DECIDE,  # with a reason
        (State.DRAFT, State.SKIPPED): Permission.FILING_DECIDE,
    }
    OPEN = (State.PLANNED, State.DRAFT, State.RETURNED)  # may be written in, and the office waits for it

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    project = models.ForeignKey(Project, models.PROTECT, related_name="filings")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("to"))
    due_on = models.DateField(_("due on"))
    contract = models.ForeignKey(
        ContractVersion, models.PROTECT, related_name="filings", verbose_name=_("contract version that asks for it")
    )
    language = models.CharField(_("language of the report"), max_length=2)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PLANNED)
    version = models.PositiveIntegerField(pgettext_lazy("of a record", "version"), default=1)

    objects = FilingQuerySet.as_manager()

    class Meta:
        verbose_name = _("report of a project")
        verbose_name_plural = _("reports of projects")
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__gte=F("from_on")),
                name="filing_period_in_order",
                violation_error_message=_("The period ends before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("to_on")),
                name="filing_due_after_its_period",
                violation_error_message=_("A report is due on the last day of its period or later."),
            ),
            models.UniqueConstraint(
                fields=["project", "kind", "from_on", "to_on"],
                condition=~Q(state="skipped"),
                name="filing_once_per_period",
                violation_error_message=_("This report is in the schedule already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.kind} {self.from_on} {self.to_on}"


class Section(models.Model):
    """What is written in a report: about one activity, or in sum (no activity). The newest text."""

    filing = models.ForeignKey(Filing, models.CASCADE, related_name="sections")
    activity = models.ForeignKey(Activity, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.TextField(pgettext_lazy("of a section", "text"), max_length=LONGEST_TEXT, blank=True)
    version = models.PositiveIntegerField(pgettext_lazy("of a record", "version"), default=1)

    class Meta:
        verbose_name = _("section of a report")
        verbose_name_plural = _("sections of reports")
        constraints = [
            models.UniqueConstraint(
                fields=["filing", "activity"], name="section_once_per_activity", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.filing_id} {self.activity_id or ''}"


class Submission(models.Model):
    """One version of a report as it was submitted; `made` holds its sealed figures and texts, and then its files."""

    filing = models.ForeignKey(Filing, models.PROTECT, related_name="submissions")
    number = models.PositiveSmallIntegerField(_("number"))
    made = models.OneToOneField(Report, models.PROTECT, related_name="submission")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("submitted"))

    class Meta:
        verbose_name = _("submitted version of a report")
        verbose_name_plural = _("submitted versions of reports")
        ordering = ["filing_id", "number"]
        constraints = [models.UniqueConstraint(fields=["filing", "number"], name="submission_number_once")]

    def __str__(self) -> str:
        return f"{self.filing_id} {self.number}"


class Decision(models.Model):
    """What the office decided on a submitted version; there is one."""

    submission = models.OneToOneField(Submission, models.PROTECT, related_name="decision")
    approved = models.BooleanField(_("approved"))
    comment = models.TextField(_("remark"), max_length=LONGEST_TEXT, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("decided"))

    class Meta:
        verbose_name = _("decision on a report")
        verbose_name_plural = _("decisions on reports")

    def __str__(self) -> str:
        return f"{self.submission_id} {self.approved}"


class Remark(models.Model):
    """What the office asks to be corrected in one section; no activity: in the summary."""

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="remarks")
    activity = models.ForeignKey(Activity, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.TextField(pgettext_lazy("of a section", "text"), max_length=LONGEST_TEXT)

    class Meta:
        verbose_name = _("remark on a section")
        verbose_name_plural = _("remarks on sections")
        constraints = [
            models.UniqueConstraint(
                fields=["decision", "activity"], name="remark_once_per_section", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision_id} {self.activity_id or ''}"
