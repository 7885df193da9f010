"""The feed of changes, on connections that really commit: nothing is skipped, nothing invented, whoever writes when."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection, connections, transaction

from activities.models import Session
from beneficiaries import actions as beneficiaries
from beneficiaries.models import Attendance, Participation
from core.access import Permission
from core.api import ClientRateThrottle
from projects.models import Change, Membership, followed
from tests import factories

URL = "/api/v1/"
FEED = f"{URL}changes/"
pytestmark = pytest.mark.django_db(transaction=True)


class Copy:
    """A client that keeps the last row of each key, as the reference says."""

    def __init__(self, client, collection: str, **start):
        self.client, self.rows, self.url = client, {}, f"{FEED}{collection}/"
        self.start, self.gone = {"page_size": 7} | start, []

    def follow(self) -> Copy:
        more = True
        while more:
            answer = self.client.get(self.url, self.start)
            assert answer.status_code == 200, answer.content
            page, self.start = answer.json(), {}
            for change in page["results"]:
                if change["gone"]:
                    self.rows.pop(change["key"], None)
                    self.gone.append(change["key"])
                else:
                    self.rows[change["key"]] = change["row"]
            self.url, more = page["next"], page["more"]
        return self

    def until(self, true) -> Copy:
        """Follow until it is so: what still runs in the background of the server may hold the feed back a moment."""
        end = time.monotonic() + 60
        while not true(self.follow()):
            assert time.monotonic() < end, "the feed does not come there"
            time.sleep(0.05)
        return self


def everything(client, path: str) -> dict:
    rows = {}
    answer = {"next": f"{URL}{path}/?page_size=1000"}
    while answer["next"]:
        answer = client.get(answer["next"]).json()
        rows |= {row["key"]: row for row in answer["results"]}
    return rows


@pytest.fixture
def plan(project, activity, school, group):
    """`plan(n)`: a session of the group on the n-th day."""

    def made(n: int, **more) -> Session:
        facts = {"project": project, "activity": activity, "school": school, "group": group}
        return factories.SessionFactory(**facts | {"on": date(2026, 2, 2) + timedelta(days=n)} | more)

    return made


def other_connection():
    made = connections.create_connection("default")
    made.set_autocommit(False)
    return made


def say(on, session, topic: str) -> None:
    with on.cursor() as cursor:
        cursor.execute("UPDATE activities_session SET topic = %s WHERE id = %s", [topic, session.pk])


def test_transactions_that_commit_out_of_order_lose_nothing(api, people, plan):
    one, two = plan(1), plan(2)
    copy = Copy(api(people["officer"]), "sessions").follow()
    assert set(copy.rows) == {str(one.key), str(two.key)}
    slow, quick = other_connection(), other_connection()
    try:
        say(slow, one, "begun first")
        say(quick, two, "over first")
        quick.commit()
        assert copy.follow().rows[str(two.key)]["topic"] == ""  # it waits for the one that began before it
        assert copy.rows[str(one.key)]["topic"] == ""
        slow.commit()
    finally:
        slow.close()
        quick.close()
    copy.until(lambda c: [c.rows[str(s.key)]["topic"] for s in (one, two)] == ["begun first", "over first"])
    assert copy.gone == []


def test_a_client_that_starts_at_zero_ends_equal_while_others_write(
    api, people, plan, project, class_of_30, monkeypatch
):
    """Three writers plan, mark, change, move, delete, undo and dawdle while two clients follow."""
    away = factories.school_of(project)
    there = factories.GroupFactory(project=project, school=away)
    client, local = api(people["client"]), api(people["coordinator"])  # all schools of the project, and one
    made = [plan(n) for n in range(12)]
    copies = [
        Copy(client, "sessions"),
        Copy(local, "sessions"),
        Copy(client, "attendance"),
        Copy(client, "participants"),
    ]

    def write(seed: int) -> None:
        dice = random.Random(seed)
        try:
            for n in range(25):
                session, kind = dice.choice(made), dice.randrange(7)
                rows = Session.objects.filter(pk=session.pk)
                with transaction.atomic():
                    if kind == 0:
                        plan(100 + 100 * seed + n)
                    elif kind == 1:
                        rows.update(topic=f"{seed}.{n}")
                    elif kind == 2:
                        rows.update(school=away, group=there)
                    elif kind == 3 and not Attendance.objects.filter(session=session).exists():
                        rows.delete()
                    elif kind == 4 and rows.exists():
                        facts = {"mark": dice.choice(["here", "absent"]), "marked_at": factories.NOON}
                        who = dice.choice(class_of_30)
                        Attendance.objects.update_or_create(session=session, participation=who, defaults=facts)
                    elif kind == 5:
                        Participation.objects.filter(pk=dice.choice(class_of_30).pk).update(education=dice.randrange(9))
                    else:
                        Attendance.objects.filter(participation=dice.choice(class_of_30)).delete()
                    time.sleep(dice.choice([0, 0, 0.002, 0.02]))
                    if dice.random() < 0.1:
                        transaction.set_rollback(True)
        except Exception as lost:  # of two that meet, the database may stop one: that is a rollback too
            if "deadlock" not in str(lost) and "foreign key" not in str(lost):
                raise
        finally:
            connection.close()

    monkeypatch.setattr(ClientRateThrottle, "THROTTLE_RATES", {"client": None})
    with ThreadPoolExecutor(3) as pool:
        writers = [pool.submit(write, seed) for seed in range(3)]
        while not all(writer.done() for writer in writers):
            for copy in copies:
                copy.follow()
        for writer in writers:
            writer.result()
    for copy, reader, path in zip(
        copies, (client, local, None, client), ("sessions", "sessions", "", "participants"), strict=True
    ):
        if path:
            copy.until(lambda c, reader=reader, path=path: c.rows == everything(reader, path))
    sheets = {
        str(session.key): {
            (str(m.participation.key), m.mark) for m in session.attendance.select_related("participation")
        }
        for session in Session.objects.prefetch_related("attendance")
    }
    copies[2].until(
        lambda c: {k: {(m["participation"], m["mark"]) for m in r["marks"]} for k, r in c.rows.items()} == sheets
    )
    source, told, place = followed(Change.Collection.SESSIONS, people["client"], Permission.SESSION_VIEW), [], (0, 0)
    while found := list(source.changes.between(place, source.horizon()).values_list("xid", "pk")[:5]):
        told, place = told + found, found[-1]
    assert told == sorted(set(Change.objects.filter(collection="sessions").values_list("xid", "pk")))


def test_deletions_and_merges_leave_tombstones_for_those_who_saw_the_row(api, people, plan, project, group):
    here, away = plan(1), factories.school_of(project)
    moved = plan(2)
    kept, gone = factories.member_of(group), factories.member_of(group)
    there = factories.UserFactory()
    Membership.objects.create(user=there, role="coordinator", project=project, organisation=away)
    near, far, stranger = (
        Copy(api(user), "sessions").follow() for user in (people["coordinator"], there, people["stranger"])
    )
    folk = Copy(api(people["officer"]), "participants").follow()
    assert (len(near.rows), len(far.rows), len(stranger.rows), len(folk.rows)) == (2, 0, 0, 2)
    key = str(here.key)
    here.delete()
    Session.objects.filter(pk=moved.pk).update(school=away, group=factories.GroupFactory(project=project, school=away))
    near.until(lambda c: not c.rows)
    far.until(lambda c: set(c.rows) == {str(moved.key)})
    assert set(near.gone) == {key, str(moved.key)}
    assert (far.gone, stranger.follow().gone) == ([], [])
    beneficiaries.merge_people(kept=kept.person, gone=gone.person, by=people["admin"], at=factories.NOON)
    folk.until(lambda c: set(c.rows) == {str(kept.key)})
    assert str(gone.key) in folk.gone


def test_where_to_begin_and_what_is_no_place(api, people, plan, project):
    old = plan(1)
    Change.objects.update(at=factories.NOON)
    last = Change.objects.order_by("xid").last()
    while followed(Change.Collection.SESSIONS, people["officer"]).horizon() <= last.xid:
        time.sleep(0.05)
    new, client = plan(2), api(people["officer"])
    since = Copy(client, "sessions", **{"from": "2026-04-01"}).until(lambda c: str(new.key) in c.rows)
    assert str(old.key) not in since.rows
    cursor = since.url.rpartition("cursor=")[2]
    for query in ({"cursor": "x"}, {"cursor": "W10"}, {"cursor": cursor, "from": "2026-04-01"}, {"from": "soon"}):
        assert client.get(f"{FEED}sessions/", query).status_code == 422, query
    assert client.get(f"{FEED}attendance/", {"cursor": cursor}).status_code == 422
    Membership.objects.create(user=people["officer"], role="coordinator", project=project, organisation=old.school)
    changed = client.get(since.url)
    assert (changed.status_code, changed.json()["type"].partition("#")[2]) == (410, "begin-again")


def test_its_cost_does_not_grow_with_history(plan, project, school, people):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO projects_change (collection, key, project_id, school_id, xid, at) SELECT 'sessions', "
            "gen_random_uuid(), %s, %s, n / 10000, now() FROM generate_series(1, 20000) AS n",  # two large transactions
            [project.pk, school.pk],
        )
        cursor.execute("ANALYZE projects_change")
    source = followed(Change.Collection.SESSIONS, people["client"], Permission.SESSION_VIEW)
    middle = Change.objects.filter(xid=1).order_by("pk")[5000].pk
    plan_ = source.changes.between((1, middle), 2**62)[:100].explain(analyze=True)
    assert "change_in_its_order" in plan_
    assert "Rows Removed by Filter" not in plan_
