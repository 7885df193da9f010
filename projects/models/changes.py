"""The feed of changes: which rows of a collection changed, in an order that a reader can follow without losing one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.access import Permission
from core.models import Organisation
from projects.models.access import reach
from projects.models.projects import Project


class ChangeQuerySet(models.QuerySet["Change"]):
    def between(self, after: tuple[int, int], horizon: int) -> ChangeQuerySet:
        """Those behind a position, of transactions before the horizon, in their order."""
        xid, pk = after
        behind = Q(xid__gt=xid) | Q(xid=xid, pk__gt=pk)
        return self.filter(behind, xid__gte=xid, xid__lt=horizon).order_by("xid", "pk")


class Change(models.Model):
    """A row of a collection was written or went. Triggers leave it in the transaction of the change itself, whoever
    makes it: page, program, import or SQL. A row that moved from one school to another leaves one for each.

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

    OF_SCHOOLS = (Collection.PARTICIPANTS, Collection.SESSIONS, Collection.ATTENDANCE, Collection.GROUPS)

    collection = models.CharField(_("collection"), max_length=20, choices=Collection)
    key = models.UUIDField(_("object"))
    project = models.ForeignKey(Project, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    school = models.ForeignKey(
        Organisation, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )  # none where a project as a whole has the row
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
    """Up to where the changes of a collection were forgotten: a transaction, and the day before which."""

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
        return Forgotten.objects.filter(collection=self.collection, xid__gte=xid).exists()

    def forgotten_since(self, at: datetime) -> bool:
        """Whether changes of this moment or later are forgotten."""
        return Forgotten.objects.filter(collection=self.collection, at__gt=at).exists()

    @staticmethod
    def horizon() -> int:
        """The number of the oldest transaction that still runs here: all before it are over and seen from now on.

        The server counts the transactions of all its databases in one row; those of which it is sure that they belong
        to another database hold nothing back.
        """
        with connection.cursor() as cursor:
            cursor.execute(HORIZON)
            return cursor.fetchone()[0]


def followed(
    collection: Change.Collection, user, *permissions: Permission, also: Iterable[Permission] = ()
) -> Followed:
    """A collection in the projects and schools in which the person has each of the permissions; on those of `also`
    depends which rows they see there."""
    changes = Change.objects.filter(collection=collection)
    reached = [reach(user, permission) for permission in permissions]
    for each in reached:
        of_school = collection in Change.OF_SCHOOLS
        changes = changes.filter(each.schools_q("project", "school") if of_school else each.projects_q("project__"))
    reached += [reach(user, permission) for permission in also]
    return Followed(collection.value, sha256(repr(reached).encode()).hexdigest()[:16], changes)
