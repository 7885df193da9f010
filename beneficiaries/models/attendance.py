"""Who belongs to a group, who came to a session, and receipts of what was sent."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activities.models import Group, Session
from beneficiaries.models.people import Participation
from core.access import Permission
from projects.models import reach


class GroupMember(models.Model):
    """A participation in a group, from a day to a day; a second row is a return."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="members")
    participation = models.ForeignKey(Participation, models.CASCADE, related_name="group_members")
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("group member")
        verbose_name_plural = _("group members")
        constraints = [
            models.UniqueConstraint(
                fields=["group", "participation"], condition=Q(until_on=None), name="groupmember_one_open"
            ),
            models.UniqueConstraint(fields=["group", "participation", "from_on"], name="groupmember_once_from_a_day"),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=F("from_on")), name="groupmember_ends_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.participation_id}"


class AttendanceQuerySet(models.QuerySet["Attendance"]):
    def visible_to(self, user, permission: Permission = Permission.SESSION_VIEW) -> AttendanceQuerySet:
        return self.filter(reach(user, permission).schools_q("session__project", "session__school"))


class Attendance(models.Model):
    """The mark of one participant at one session: the one source of hours, outputs and unit costs."""

    class Mark(models.TextChoices):
        HERE = "here", pgettext_lazy("attendance", "Here")
        ABSENT = "absent", pgettext_lazy("attendance", "Absent")
        EXCUSED = "excused", pgettext_lazy("attendance", "Excused")
        LATE = "late", pgettext_lazy("attendance", "Late")

    CAME = (Mark.HERE, Mark.LATE)

    session = models.ForeignKey(Session, models.CASCADE, related_name="attendance")
    participation = models.ForeignKey(Participation, models.PROTECT, related_name="attendance")
    mark = models.CharField(_("mark"), max_length=8, choices=Mark)
    marked_at = models.DateTimeField(_("marked"))
    marked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = AttendanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("attendance mark")
        verbose_name_plural = _("attendance marks")
        constraints = [models.UniqueConstraint(fields=["session", "participation"], name="attendance_once_per_session")]

    def __str__(self) -> str:
        return self.mark


class Receipt(models.Model):
    """The answer to a request that carried an idempotency key, so that a repeat changes nothing."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    idempotency_key = models.CharField(max_length=80)
    body_sha256 = models.CharField(max_length=64)
    answer = models.JSONField()
    received_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [models.UniqueConstraint(fields=["user", "idempotency_key"], name="receipt_once_per_key")]

    def __str__(self) -> str:
        return self.idempotency_key
