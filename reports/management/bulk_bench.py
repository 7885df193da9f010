"""The bench of many rows in one request: marks of 10,000 participants in several hundred sessions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from itertools import islice

import orjson
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.db.models import Count
from django.utils.timezone import localdate, now

from activities.models import Activity, Group, Session
from beneficiaries.models import GroupMember, Participation
from core.bulk import Mode, take
from core.copying import copy_in
from core.models import Role, User
from projects.models import Membership
from reports.management.measure import Line, pair

MARKS = 10_000
UPSERT = """
INSERT INTO beneficiaries_attendance AS a (session_id, participation_id, mark, marked_at, marked_by_id)
SELECT session_id, participation_id, mark, marked_at, marked_by_id FROM sent
ON CONFLICT (session_id, participation_id) DO UPDATE SET mark = excluded.mark, marked_at = excluded.marked_at
"""


def lines(rounds: int, user: User) -> list[Line]:
    """From the body to the answer, with all checks and the trail, against COPY and upsert of the same marks; goal 5."""
    at = now()
    with transaction.atomic():
        Membership.objects.get_or_create(user=user, role=Role.ADMINISTRATOR)
        rows = _world()
        sessions = dict(Session.objects.filter(pk__in={s for s, _p in rows}).values_list("pk", "key"))
        people = dict(Participation.objects.filter(pk__in={p for _s, p in rows}).values_list("pk", "key"))
        sent = [{"session": sessions[s], "participation": people[p], "mark": "here"} for s, p in rows]
        body = orjson.dumps({"rows": sent})

        def ours() -> bytes:
            taken = take("attendance", orjson.loads(body)["rows"], mode=Mode.ALL, dry_run=False, by=user, at=at)
            if len(taken.results) != MARKS or not taken.stored:
                raise CommandError(f"the marks were refused: {next(r for r in taken.results if r.errors)}")
            return orjson.dumps(taken.as_json())

        def plain() -> None:
            with connection.cursor() as cursor:
                cursor.execute("CREATE TEMPORARY TABLE sent (LIKE beneficiaries_attendance) ON COMMIT DROP")
                cursor.execute("ALTER TABLE sent ALTER id DROP NOT NULL")
                columns = ("session_id", "participation_id", "mark", "marked_at", "marked_by_id")
                copy_in("sent", columns, [(*row, "here", at, user.pk) for row in rows])
                cursor.execute(UPSERT)

        times = pair(lambda: _undone(ours), lambda: _undone(plain), max(3, rounds // 3))
        transaction.set_rollback(True)
    return [Line(f"attendance of {MARKS:,} rows in bulk", *times, 5.0, f"{len(sessions)} sessions")]


def _undone(do: Callable[[], object]) -> None:
    """Do it up to the moment of commit, when keys are looked up, and take it back."""
    with transaction.atomic():
        do()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        transaction.set_rollback(True)


def _world() -> list[tuple[int, int]]:
    """Sessions of today, of the largest group, that nobody has marked yet: each with everybody on its sheet."""
    today = localdate()
    there = GroupMember.objects.filter(until_on=None, from_on__lte=today)
    largest = there.order_by().values("group").annotate(n=Count("pk")).order_by("-n", "group")[0]
    group = Group.objects.get(pk=largest["group"])
    people = list(there.filter(group=group).values_list("participation_id", flat=True))
    activity = Activity.objects.filter(project=group.project_id, parts=None)[0]
    sessions = Session.objects.bulk_create(
        Session(
            project_id=group.project_id, activity=activity, school_id=group.school_id, group=group, on=today,
            starts_at=time(n // 60, n % 60), ends_at=time(23, 59), hours=1,
        )
        for n in range(-(-MARKS // len(people)))
    )  # fmt: skip
    return list(islice(((session.pk, person) for session in sessions for person in people), MARKS))
