"""The bench of the feed of changes: a page far into its history costs what one at its beginning does."""

from __future__ import annotations

from django.core.management.base import CommandError
from django.db import connection, transaction
from django.db.models import Min
from django.test import Client

from activities.models import Session
from core.access import Permission
from core.api.feed import Place
from core.models import User
from projects.models import Change, followed
from reports.management.measure import Line, pair

PAGE = 100
HISTORY = """
INSERT INTO projects_change (collection, key, project_id, school_id, xid, at)
SELECT 'sessions', keys[1 + n %% %s], projects[1 + n %% %s], schools[1 + n %% %s], n / 50000, now()
FROM generate_series(1, %s) AS n,
     (SELECT array_agg(key) AS keys, array_agg(project_id) AS projects, array_agg(school_id) AS schools
      FROM (SELECT * FROM activities_session ORDER BY id LIMIT %s) AS taken) AS s
"""


def lines(rounds: int, client: Client, user: User, changes: int) -> list[Line]:
    """Whole requests for the same hundred sessions, after 100 changes and after all but the last; goal 1.3.

    The history lies in transactions of 50,000 changes, so that a page begins in the middle of one.
    """
    if Session.objects.count() < PAGE:
        raise CommandError(f"the bench of the feed needs {PAGE} sessions")
    with transaction.atomic():
        Change.objects.filter(collection="sessions").delete()
        with connection.cursor() as cursor:
            cursor.execute(HISTORY, [PAGE, PAGE, PAGE, changes, PAGE])
            cursor.execute("ANALYZE projects_change")
        first = Change.objects.aggregate(first=Min("pk"))["first"]
        sees = followed(Change.Collection.SESSIONS, user, Permission.SESSION_VIEW).sees

        def page(after: int) -> int:
            place = Place("sessions", sees, after // 50_000, first + after - 1)
            answer = client.get(f"/api/v1/changes/sessions/?page_size={PAGE}&cursor={place.token()}")
            if answer.status_code != 200 or len(answer.json()["results"]) != PAGE:
                raise CommandError(f"the feed answered {answer.status_code}: {answer.content[:200]!r}")
            return len(answer.content)

        times = pair(lambda: page(changes - PAGE), lambda: page(PAGE), rounds)
        transaction.set_rollback(True)
    return [Line(f"feed, {PAGE} changes after {changes:,}", *times, 1.3, "whole request, against after 100")]
