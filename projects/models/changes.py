"""The feed of changes: which rows of a collection changed, in an order that a reader can follow without losing one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import connection, models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan
from django.utils.translation import gettext_lazy as _

from core.access import Permission
from core.models import Organisation
from projects.models.access import ALL, Reach, reach
from projects.models.projects import Project


class ChangeQuerySet(models.QuerySet["Change"]):
    def between(self, after: tuple[int, int], horizon: int) -> ChangeQuerySet:
        """Those behind a position, of transactions before the horizon, in their order. The position is compared as a
        pair, so that the index leads there, also in the middle of a transaction of a million rows."""
        behind = TupleGreaterThan(Tuple(F("xid"), F("id")), after)
        return self.filter(behind, xid__lt=horizon).order_by("xid", "pk")


class Change(models.Model):
    """A row of a collection was written or went. Triggers leave it in the transaction of the change itself, whoever
    makes it: page, program, import or SQL. A row that moved from one school to another leaves one for each; so does one
    that comes to be hidden, or is no longer: who could have read the side before is told that it is gone, and who never
    could hears nothing of it.

    Order: transactions commit in another order than they begin, and their rows in another order than their numbers
    run. So each row carries the number of its transaction (`pg_current_xact_id()`), a reader takes rows in the order
    (xid, id) and only of transactions before the horizon, the oldest that still runs. Whatever commits later has a
    number at or behind the horizon and so comes behind all that was read: nothing is skipped and nothing comes twice.
    The price: while a writing transaction runs, the changes of those that began after it wait.

    No foreign keys in the database: the change outlives what it speaks of.
    """

    class Collection(models.TextChoices):
        PARTICIPANTS = "participants", _("Participants")
        SESSIONS = "sessions", _("Sessions")
        ATTENDANCE = "attendance", _("Attendance")
        GROUPS = "groups", _("Groups")
        ACTIVITIES = "activities", _("Activities")
        COSTS = "reported-costs", _("Reported costs")
        AMENDMENTS = "amendments", _("Amendments")
        CLAIMS = "claims", _("Payment claims")
        DELIVERABLES = "deliverables", _("Deliverables")
        VISITS = "visits", _("On-the-spot visits")
        DUE = "due-reports", _("Reports that are due")
        VALUES = "indicator-values", _("Typed values of indicators")
        PROJECTS = "projects", _("Projects")
        ORGANISATIONS = "organisations", _("Organisations")

    collection = models.CharField(_("collection"), max_length=20, choices=Collection)
    key = models.UUIDField(_("object"))
    project = models.ForeignKey(Project, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    school = models.ForeignKey(
        Organisation, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )  # none where a project as a whole has the row
    hidden = models.BooleanField(db_default=False)  # such as a draft, from most of the project
    xid = models.BigIntegerField()
    at = models.DateTimeField(_("when"))

    objects = ChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        indexes = [
            models.Index(fields=["collection", "xid", "id"], name="change_in_its_order"),
            models.Index(fields=["collection", "at"], name="change_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.collection} {self.key}"


class Forgotten(models.Model):
    """Up to where the changes of a collection were forgotten: a transaction, and the day before which. Of all of them,
    in the row without a name, when a project moved to another programme: its rows came and went without a change."""

    collection = models.CharField(_("collection"), max_length=20, primary_key=True)
    xid = models.BigIntegerField()
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("changes forgotten")
        verbose_name_plural = _("changes forgotten")

    def __str__(self) -> str:
        return f"{self.collection} {self.at}"


HORIZON = """
SELECT coalesce((
    SELECT min(running::text::bigint) FROM pg_snapshot_xip(snapshot) AS running WHERE NOT EXISTS (
        SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock' AND granted AND datname <> current_database()
          AND transactionid::text::bigint = running::text::bigint & 4294967295)
), pg_snapshot_xmax(snapshot)::text::bigint)
FROM pg_current_snapshot() AS snapshot
"""


@dataclass(frozen=True)
class Followed:
    """One collection as one person may follow it. `sees` is short for where the person has their rights: it is another
    when they come to see other rows."""

    collection: str
    sees: str
    changes: ChangeQuerySet

    def forgotten(self, xid: int) -> bool:
        """Whether changes of this transaction or behind it are forgotten. Ask after they are read, for the next moment
        they may be."""
        return Forgotten.objects.filter(collection__in=["", self.collection], xid__gte=xid).exists()

    def forgotten_since(self, at: datetime) -> bool:
        """Whether changes of this moment or later are forgotten."""
        return Forgotten.objects.filter(collection__in=["", self.collection], at__gt=at).exists()

    @staticmethod
    def horizon() -> int:
        """The number of the oldest transaction that still runs here: all before it are over and seen from now on.

        The server counts the transactions of all its databases in one row; those of which it is sure that they belong
        to another database hold nothing back.
        """
        with connection.cursor() as cursor:
            cursor.execute(HORIZON)
            return cursor.fetchone()[0]


def _within(where: Reach) -> Q:
    """Changes in the projects and schools reached. Of a project that is gone nobody can say which programme it was of:
    its changes are for all who reach a programme."""
    if where.everywhere:
        return ALL
    elsewhere = Project.objects.filter(pk=OuterRef("project_id")).exclude(programme__in=where.programmes)
    within = Q(project__in=where.projects)
    if where.programmes:
        within |= Q(~Exists(elsewhere))
    for project, school in where.schools:
        within |= Q(Q(school=None) | Q(school=school), project=project)
    return within


def followed(
    collection: Change.Collection, user, *permissions: Permission, also: Iterable[Permission] = ()
) -> Followed:
    """A collection in the projects and schools in which the person has each of the permissions; those who have one of
    `also` in a project see what is hidden from others."""
    changes = Change.objects.filter(collection=collection)
    reached = [reach(user, permission) for permission in permissions]
    for each in reached:
        changes = changes.filter(_within(each))
    if further := [reach(user, permission) for permission in also]:
        shown = Q(hidden=False)
        for each in further:
            shown |= _within(each)
        changes, reached = changes.filter(shown), reached + further
    return Followed(collection.value, sha256(repr(reached).encode()).hexdigest()[:16], changes)
