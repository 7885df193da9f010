"""What came in from a spreadsheet: the import, its rows, how its columns are called, and the school's own numbers."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from beneficiaries.models.people import Person
from core.ids import uuid7
from core.models import SILENT_AFTER, Organisation, StoredFile
from projects.models import Project

KEPT = timedelta(days=30)  # a draft, and the file it came from


class ImportQuerySet(models.QuerySet["Import"]):
    def of(self, user) -> ImportQuerySet:
        """A person's own imports: a draft holds children's data and is nobody else's."""
        return self.filter(by=user) if user.is_authenticated else self.none()

    def drafts(self) -> ImportQuerySet:
        return self.filter(state__in=[Import.State.DRAFT, Import.State.CHECKED])

    def waiting(self, at) -> ImportQuerySet:
        """The workers' to-do list: put there by a person, or begun by a worker that has fallen silent."""
        return self.exclude(job="").filter(Q(heartbeat_at=None) | Q(heartbeat_at__lt=at - SILENT_AFTER)).order_by("pk")


class Import(models.Model):
    """One spreadsheet on its way in. Its good rows go in, the others wait in it until they are corrected."""

    class Kind(models.TextChoices):
        PARTICIPANTS = "participants", pgettext_lazy("kind of import", "Participants")
        SESSIONS = "sessions", pgettext_lazy("kind of import", "Sessions")
        ATTENDANCE = "attendance", pgettext_lazy("kind of import", "Attendance")
        STAFF = "staff", pgettext_lazy("kind of import", "School staff")
        PROJECTS = "projects", pgettext_lazy("kind of import", "Lists of operations")
        COSTS = "costs", pgettext_lazy("kind of import", "Costs of a claim")

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("import state", "Columns to choose")
        AT_ONCE = "at_once", pgettext_lazy("import state", "Being imported")
        CHECKED = "checked", pgettext_lazy("import state", "Checked")
        DONE = "done", pgettext_lazy("import state", "Imported")
        UNDONE = "undone", pgettext_lazy("import state", "Undone")
        DISCARDED = "discarded", pgettext_lazy("import state", "Thrown away")

    class Job(models.TextChoices):
        READ = "read", pgettext_lazy("import job", "Reading the file")
        CHECK = "check", pgettext_lazy("import job", "Checking the rows")
        BRING_IN = "bring_in", pgettext_lazy("import job", "Importing the rows")

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    project = models.ForeignKey(Project, models.CASCADE, null=True, blank=True, related_name="imports")
    school = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    about = models.UUIDField(_("key of what all rows go into"), null=True, blank=True)  # of kinds of other apps
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="imports")
    language = models.CharField(_("language of the answer"), max_length=2)
    made_at = models.DateTimeField(_("begun"))
    file = models.ForeignKey(StoredFile, models.SET_NULL, null=True, blank=True, related_name="+")
    file_name = models.CharField(_("file name"), max_length=200)
    file_sha256 = models.CharField(max_length=64, blank=True)
    choice = models.JSONField(_("how the file is read"), default=dict)
    look = models.JSONField(_("what was recognised in the file"), default=dict)
    mapping = models.JSONField(_("what each column holds"), default=dict)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.DRAFT)
    rows = models.PositiveIntegerField(_("rows in the file"), default=0)
    new = models.PositiveIntegerField(pgettext_lazy("rows", "new"), default=0)
    same = models.PositiveIntegerField(pgettext_lazy("rows", "same"), default=0)
    doubtful = models.PositiveIntegerField(pgettext_lazy("rows", "doubtful"), default=0)
    wrong = models.PositiveIntegerField(pgettext_lazy("rows", "wrong"), default=0)
    finished_at = models.DateTimeField(_("imported"), null=True, blank=True)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    touched = ArrayField(models.BigIntegerField(), verbose_name=_("projects it changed"), default=list)
    used_in = models.CharField(_("used in report"), max_length=60, blank=True)
    job = models.CharField(_("work under way"), max_length=12, choices=Job, blank=True)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    progress = models.PositiveIntegerField(_("rows dealt with"), default=0)
    failure = models.TextField(_("why it failed"), blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["by", "kind"],
                condition=Q(state__in=["draft", "checked"]),
                name="import_one_draft_per_kind",
                violation_error_message=_("You have a draft of this kind already. Continue it or throw it away first."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "at_once"]) | Q(rows=F("new") + F("same") + F("doubtful") + F("wrong")),
                name="import_rows_in_are_rows_out",
            ),
            models.CheckConstraint(
                condition=Q(kind="costs", about__isnull=False) | (~Q(kind="costs") & Q(about=None)),
                name="import_of_costs_names_its_claim",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def forgotten_on(self):
        """The day the file and the rows that wait are removed."""
        return (self.made_at + KEPT).date()


class StagedRow(models.Model):
    """One row of the file: what stood in its cells, what is said against it, and what became of it."""

    class Heap(models.TextChoices):
        NEW = "new", pgettext_lazy("rows of an import", "New")
        SAME = "same", pgettext_lazy("rows of an import", "Same")
        DOUBTFUL = "doubtful", pgettext_lazy("rows of an import", "Doubtful")
        WRONG = "wrong", pgettext_lazy("rows of an import", "Wrong")

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(Import, models.CASCADE, related_name="staged")
    number = models.PositiveIntegerField(_("row"))
    cells = models.JSONField(_("cells"), default=dict)  # by column; a national number is here as its fingerprint only
    heap = models.CharField(_("heap"), max_length=8, choices=Heap, blank=True)
    findings = models.JSONField(_("problems"), default=list)
    accepted = models.JSONField(_("accepted with reason"), default=dict)
    effects = models.JSONField(_("what it made and changed"), default=list)  # [table, pk, before or null], in order
    done_at = models.DateTimeField(_("went in"), null=True, blank=True)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of an import")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["source", "number"], name="stagedrow_once")]

    def __str__(self) -> str:
        return str(self.number)


class ColumnMapping(models.Model):
    """How a school calls its columns, remembered from its last import of a kind."""

    school = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=Import.Kind)
    mapping = models.JSONField()

    class Meta:
        verbose_name = _("column mapping")
        verbose_name_plural = _("column mappings")
        constraints = [models.UniqueConstraint(fields=["school", "kind"], name="columnmapping_once")]

    def __str__(self) -> str:
        return self.kind


class OwnNumber(models.Model):
    """The number under which a school knows a person in its own lists, so that the next list finds the same person."""

    school = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    number = models.CharField(_("own number"), max_length=60)
    person = models.ForeignKey(Person, models.CASCADE, related_name="own_numbers")

    class Meta:
        verbose_name = _("own number")
        verbose_name_plural = _("own numbers")
        constraints = [models.UniqueConstraint(fields=["school", "number"], name="ownnumber_once_per_school")]

    def __str__(self) -> str:
        return self.number
