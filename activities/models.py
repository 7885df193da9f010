"""What a project does: activities, and the dated sessions in which it happens."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.access import Permission
from core.ids import uuid7
from core.models import Organisation, StoredFile
from core.models.texts import Text
from projects.models import Project, reach


class ActivityQuerySet(models.QuerySet["Activity"]):
    def visible_to(self, user, permission: Permission = Permission.PROJECT_VIEW) -> ActivityQuerySet:
        return self.filter(reach(user, permission).projects_q("project__"))


class Activity(models.Model):
    """An activity, sub-activity or work package, in the order of the contract."""

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="activities")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="parts")
    position = models.PositiveSmallIntegerField(_("position"))
    number = models.CharField(_("number"), max_length=20)
    title = Text(_("title"))
    description = Text(_("description"), blank=True)
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    responsible = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    management = models.BooleanField(_("work package of project management"), default=False)
    synthetic = models.BooleanField(_("sample data"), default=False)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = ["project_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["project", "position"], name="activity_position_once"),
            models.UniqueConstraint(fields=["project", "number"], name="activity_number_once"),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="activity_ends_after_it_starts",
                violation_error_message=_("The activity cannot end before it starts."),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PlannedOutput(models.Model):
    """What an activity promises to deliver, and what counts towards it."""

    class Counts(models.TextChoices):
        SESSIONS = "sessions", _("Sessions held")
        HOURS = "hours", _("Hours held")
        PARTICIPANTS = "participants", _("Participants who came")
        SUPPORTED = "supported", _("Participants who reached the hours of support")
        OUTREACH = "outreach", _("People reached by outreach")

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="planned_outputs")
    position = models.PositiveSmallIntegerField(_("position"))
    name = Text(_("output"))
    counts = models.CharField(_("counted from"), max_length=20, choices=Counts)
    planned = models.DecimalField(_("planned"), max_digits=12, decimal_places=2)
    synthetic = models.BooleanField(_("sample data"), default=False)

    class Meta:
        verbose_name = _("planned output")
        verbose_name_plural = _("planned outputs")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["activity", "position"], name="plannedoutput_position_once"),
            models.CheckConstraint(condition=Q(planned__gte=0), name="plannedoutput_not_negative"),
        ]

    def __str__(self) -> str:
        return next(iter(self.name.values()), "")


class OutreachCount(models.Model):
    """People reached by outreach on a day: a number, no names. They are not participants."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="outreach_counts")
    school = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    on = models.DateField(_("day"))
    people = models.PositiveIntegerField(_("people reached"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    synthetic = models.BooleanField(_("sample data"), default=False)

    class Meta:
        verbose_name = _("outreach count")
        verbose_name_plural = _("outreach counts")
        constraints = [models.CheckConstraint(condition=Q(people__gt=0), name="outreachcount_counts_someone")]

    def __str__(self) -> str:
        return f"{self.on} {self.people}"


class GroupQuerySet(models.QuerySet["Group"]):
    def visible_to(self, user, permission: Permission = Permission.SESSION_VIEW) -> GroupQuerySet:
        return self.filter(reach(user, permission).schools_q("project", "school"))


class Group(models.Model):
    """A class or club at one school, whose members come to sessions."""

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="groups")
    school = models.ForeignKey(Organisation, models.PROTECT, related_name="groups")
    name = models.CharField(_("name"), max_length=80)
    synthetic = models.BooleanField(_("sample data"), default=False)

    objects = GroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["project", "school", "name"], name="group_name_once")]

    def __str__(self) -> str:
        return self.name


class SessionQuerySet(models.QuerySet["Session"]):
    def visible_to(self, user, permission: Permission = Permission.SESSION_VIEW) -> SessionQuerySet:
        """Sessions of the projects reached; a coordinator sees those of the own school only."""
        return self.filter(reach(user, permission).schools_q("project", "school"))

    def between(self, start, end) -> SessionQuerySet:
        return self.filter(on__gte=start, on__lte=end)


class Session(models.Model):
    """A dated lesson, workshop or meeting of one group. Attendance belongs to it."""

    class State(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("session state", "Planned")
        HELD = "held", pgettext_lazy("session state", "Held")
        CANCELLED = "cancelled", pgettext_lazy("session state", "Cancelled")

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="sessions")
    activity = models.ForeignKey(Activity, models.PROTECT, related_name="sessions")
    school = models.ForeignKey(Organisation, models.PROTECT, related_name="sessions")
    group = models.ForeignKey(Group, models.PROTECT, related_name="sessions")
    on = models.DateField(_("day"))
    starts_at = models.TimeField(_("from"))
    ends_at = models.TimeField(_("to"))
    hours = models.DecimalField(
        _("hours"), max_digits=5, decimal_places=2, help_text=_("What counts as delivered: hours of 60 minutes.")
    )
    place = models.CharField(_("place"), max_length=120, blank=True)
    leader = models.CharField(_("led by"), max_length=120, blank=True)
    topic = models.CharField(_("topic"), max_length=300, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.PLANNED)
    cancelled_because = models.CharField(_("cancelled because"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    synthetic = models.BooleanField(_("sample data"), default=False)

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ["on", "starts_at", "pk"]
        indexes = [
            models.Index(fields=["project", "on"], name="session_by_project_and_day"),
            models.Index(fields=["school", "on"], name="session_by_school_and_day"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "on", "starts_at"],
                condition=~Q(state="cancelled"),
                name="session_once_per_group_and_time",
                violation_error_message=_("This group already has a session at that time."),
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="session_ends_after_it_starts",
                violation_error_message=_("The session must end after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(hours__gt=0, hours__lte=24),
                name="session_hours_of_one_day",
                violation_error_message=_("Enter the hours as a number above 0 and at most 24."),
            ),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | ~Q(cancelled_because=""),
                name="session_cancelled_with_reason",
                violation_error_message=_("Say why the session is cancelled."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.starts_at:%H:%M}"


class LockExceptionQuerySet(models.QuerySet["LockException"]):
    def visible_to(self, user, permission: Permission = Permission.SESSION_VIEW) -> LockExceptionQuerySet:
        """Exceptions of the projects reached; a coordinator sees those of the own school and the own ones."""
        where = reach(user, permission)
        if where.everywhere:
            return self.all()
        return self.filter(where.schools_q("project", "school") | (where.projects_q("project__") & Q(person=user)))

    def in_force(self, today) -> LockExceptionQuerySet:
        return self.filter(taken_back_at=None, until_on__gte=today)


class LockException(models.Model):
    """A locked month that one school or one person may enter again, for a reason and until a day."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="lock_exceptions")
    month = models.DateField(_("month"), help_text=_("Its first day."))
    school = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    because = models.CharField(_("reason"), max_length=300)
    until_on = models.DateField(_("until"))
    given_at = models.DateTimeField(_("given"))
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    taken_back_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    taken_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = LockExceptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("lock exception")
        verbose_name_plural = _("lock exceptions")
        ordering = ["-given_at", "-pk"]
        indexes = [models.Index(fields=["project", "month"], name="lockexception_by_month")]
        constraints = [
            models.CheckConstraint(
                condition=Q(school=None, person__isnull=False) | Q(school__isnull=False, person=None),
                name="lockexception_for_a_school_or_a_person",
                violation_error_message=_("Choose one school or one person."),
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="lockexception_of_a_whole_month"),
            models.CheckConstraint(
                condition=~Q(because=""),
                name="lockexception_with_reason",
                violation_error_message=_("Say why the month is opened again."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.school or self.person}"


class LockRequestQuerySet(models.QuerySet["LockRequest"]):
    def visible_to(self, user, permission: Permission = Permission.SESSION_VIEW) -> LockRequestQuerySet:
        return self.filter(reach(user, permission).schools_q("project", "school"))

    def waiting(self) -> LockRequestQuerySet:
        return self.filter(settled_at=None)


class LockRequest(models.Model):
    """A school asks to enter a locked month again. Settled when an officer opens it, or says no."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="lock_requests")
    school = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    month = models.DateField(_("month"), help_text=_("Its first day."))
    because = models.CharField(_("reason"), max_length=300)
    asked_at = models.DateTimeField(_("asked"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    objects = LockRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request to open a month")
        verbose_name_plural = _("requests to open a month")
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "school", "month"], condition=Q(settled_at=None), name="lockrequest_waits_once"
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="lockrequest_of_a_whole_month"),
            models.CheckConstraint(
                condition=~Q(because=""),
                name="lockrequest_with_reason",
                violation_error_message=_("Say why the month should be opened again."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.school}"


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def visible_to(self, user, permission: Permission = Permission.EVIDENCE_VIEW) -> EvidenceQuerySet:
        """Evidence of the projects reached. Money roles see all of a project; schools see their own."""
        return self.filter(reach(user, permission).schools_q("project", "school"))


class Evidence(models.Model):
    """A file that proves something: a signed list of a session, a photo, a contract."""

    class Kind(models.TextChoices):
        SIGNED_LIST = "signed_list", _("Signed attendance list")
        PHOTO = "photo", _("Photo")
        DOCUMENT = "document", _("Document")

    project = models.ForeignKey(Project, models.CASCADE, related_name="evidence")
    school = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    session = models.ForeignKey(Session, models.PROTECT, null=True, blank=True, related_name="evidence")
    activity = models.ForeignKey(Activity, models.PROTECT, null=True, blank=True, related_name="evidence")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="evidence")
    added_at = models.DateTimeField(_("added"))
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)
    synthetic = models.BooleanField(_("sample data"), default=False)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["added_at", "pk"]

    def __str__(self) -> str:
        return str(self.file)
