"""Many rows in one request: all or those that can, twice as once, tried without a trace, and each answered for."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.models import Session
from beneficiaries import actions
from beneficiaries.models import Attendance
from core.models import AuditEvent, KeptAnswer
from projects.models import Change, ExternalId
from tests import factories
from tests.api.conftest import TODAY
from tests.api.test_writing import URL, errors


def send(client, collection, rows, query="", key=""):
    headers = {"idempotency-key": key} if key else {}
    return client.post(f"{URL}{collection}/bulk/{query}", {"rows": rows}, format="json", headers=headers)


def statuses(response) -> list[str]:
    told = response.json()
    found = [result["status"] for result in told["results"]]
    assert [result["index"] for result in told["results"]] == list(range(len(found)))
    counts = dict(told["counts"])
    assert counts.pop("rows") == len(found) == sum(counts.values())
    assert {status: found.count(status) for status in counts} == counts
    return found


def database() -> tuple:
    """All that a bulk request may write."""
    return tuple(
        list(model.objects.order_by("pk").values())
        for model in (Attendance, Session, ExternalId, AuditEvent, KeptAnswer, Change)
    )


@pytest.fixture
def lessons(activity, group):
    """Three sessions of one group in one week."""
    of = {"project": group.project, "activity": activity, "school": group.school, "group": group}
    return [factories.SessionFactory(on=date(2026, 3, day), **of) for day in (16, 17, 18)]


@pytest.fixture
def marks(lessons, class_of_30):
    return [
        {"session": str(lesson.key), "participation": str(pupil.key), "mark": "here" if n % 7 else "excused"}
        for lesson in lessons
        for n, pupil in enumerate(class_of_30)
    ]


class TestAttendance:
    def test_it_leaves_what_one_sheet_after_the_other_leaves(self, api, people, lessons, marks, class_of_30):
        client = api(people["coordinator"])
        assert statuses(send(client, "attendance", marks)) == ["created"] * 90
        stored = sorted(Attendance.objects.values_list("session", "participation", "mark", "marked_at", "marked_by"))
        events = told(AuditEvent.objects.filter(action="attendance.marked"))
        assert set(Session.objects.values_list("state", flat=True)) == {"held"}
        assert statuses(send(client, "attendance", marks)) == ["unchanged"] * 90
        away = [row | {"mark": ""} for row in marks]
        assert statuses(send(client, "attendance", away)) == ["updated"] * 90
        assert set(Session.objects.values_list("state", flat=True)) == {"planned"}
        assert not Attendance.objects.exists()
        before = AuditEvent.objects.latest("pk").pk
        for lesson in lessons:
            of = {row["participation"]: row["mark"] for row in marks if row["session"] == str(lesson.key)}
            actions.mark_attendance(lesson, of, by=people["coordinator"], at=TODAY)
        one = sorted(Attendance.objects.values_list("session", "participation", "mark", "marked_at", "marked_by"))
        assert one == stored
        assert told(AuditEvent.objects.filter(action="attendance.marked", pk__gt=before)) == events

    def test_half_wrong_rows_in_both_modes(self, api, people, marks, lessons, project):
        client = api(people["client"])
        away = factories.ContractFactory(project__programme=project.programme).project
        school = factories.school_of(away)
        hidden = factories.SessionFactory(
            project=away, activity=factories.ActivityFactory(project=away), school=school,
            group=factories.GroupFactory(project=away, school=school),
        )  # fmt: skip
        Session.objects.filter(pk=lessons[2].pk).update(state="cancelled", cancelled_because="flu")
        wrong = [
            (marks[0] | {"session": str(hidden.key)}, "/session"),
            (marks[0] | {"session": str(uuid4())}, "/session"),
            (marks[0] | {"session": "register:17"}, "/session"),
            (marks[1] | {"participation": str(uuid4())}, "/participation"),
            (marks[1] | {"participation": "register:17"}, "/participation"),
            (marks[2] | {"mark": "late"}, "/mark"),
            (marks[2] | {"mark": "present"}, "/mark"),
            (marks[3] | {"session": 17}, "/session"),
            (marks[3] | {"participation": "a\x00b"}, "/participation"),
            (marks[4] | {"marks": "here"}, "/marks"),
            (marks[5] | {"seen": "absent"}, "/seen"),
            (marks[60], "/session"),
            (marks[10], "/participation"),  # the second time
            ("here", ""), (None, ""), ([marks[0]], ""), ({}, "/session"),
        ]  # fmt: skip
        rows = [marks[10]] + [row for pair in zip((row for row, _p in wrong), marks[11:], strict=False) for row in pair]
        before = database()
        refused = send(client, "attendance", rows)
        assert refused.status_code == 422
        assert refused.json()["type"].endswith("#rows-refused")
        assert statuses(refused) == ["left", *["refused", "left"] * len(wrong)]
        assert database() == before
        told = send(client, "attendance", rows, "?mode=rows")
        assert told.status_code == 200
        assert statuses(told) == ["created", *["refused", "created"] * len(wrong)]
        results = told.json()["results"]
        for (row, pointer), result in zip(wrong, results[1::2], strict=True):
            assert pointer in {error["pointer"] for error in result["errors"]}, row
        assert results[1]["errors"] == results[3]["errors"]  # what is hidden is as unknown as what is not there
        assert Attendance.objects.count() == 1 + len(wrong)

    def test_a_dry_run_tells_the_same_and_leaves_no_trace(self, api, people, marks):
        client = api(people["client"])
        before, rows = database(), [*marks[:5], marks[6] | {"mark": "?"}]
        dry = send(client, "attendance", rows, "?mode=rows&dry_run=true", key="d-1")
        assert dry.json()["stored"] is False
        assert database() == before
        stored = send(client, "attendance", rows, "?mode=rows", key="d-1")
        assert statuses(stored) == statuses(dry) == ["created"] * 5 + ["refused"]
        assert stored.json()["stored"] is True
        again = send(client, "attendance", rows, "?mode=rows", key="d-1")
        assert again.json() == stored.json()
        assert send(client, "attendance", rows[:2], "?mode=rows", key="d-1").status_code == 422

    def test_rows_are_named_by_external_ids_and_a_row_a_line(self, api, people, lessons, class_of_30, project):
        at, who = TODAY, people["admin"]
        ids = [
            ("sessions", ("timetable", "a"), lessons[0].key),
            ("participants", ("register", "1"), class_of_30[0].key),
        ]
        for collection, external, key in ids:
            ExternalId.objects.create(
                project=project, collection=collection, system=external[0], external_id=external[1], key=key,
                given_at=at, given_by=who,
            )  # fmt: skip
        row = {"session": "timetable:a", "participation": "register:1", "mark": "here"}
        twice = row | {"session": str(lessons[0].key)}
        lines = b"\n".join(map(orjson.dumps, [row, twice])) + b"\n\n"
        address = f"{URL}attendance/bulk/?mode=rows&language=bg"
        response = api(people["coordinator"]).post(address, lines, content_type="application/x-ndjson")
        assert statuses(response) == ["created", "refused"]
        assert response.json()["results"][0]["key"] == str(lessons[0].key)
        assert "два пъти" in response.json()["results"][1]["errors"][0]["detail"]
        assert statuses(api(people["stranger"]).post(address, lines, content_type="application/x-ndjson")) == [
            "refused", "refused",
        ]  # fmt: skip
        broken = api(people["client"]).post(address, lines + b"{", content_type="application/x-ndjson")
        assert (broken.status_code, "4" in broken.json()["detail"]) == (400, True)

    @settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_the_same_body_twice_is_once_whatever_the_rows(self, data, api, people, lessons, class_of_30):
        Attendance.objects.all().delete()
        client = api(people["client"])
        keys = [str(pupil.key) for pupil in class_of_30[:3]] + ["x", "register:1"]
        row = st.fixed_dictionaries(
            {
                "session": st.sampled_from([str(one.key) for one in lessons[:2]] + ["?"]),
                "participation": st.sampled_from(keys), "mark": st.sampled_from(["here", "absent", "", "?"]),
            },
            optional={"seen": st.sampled_from(["", "here"])},
        )  # fmt: skip
        rows = data.draw(st.lists(row | st.sampled_from([None, 7, {}]), min_size=1, max_size=12))
        dry = send(client, "attendance", rows, "?mode=rows&dry_run=true")
        assert not Attendance.objects.exists()
        first = send(client, "attendance", rows, "?mode=rows")
        assert statuses(dry) == statuses(first)
        stored = list(Attendance.objects.order_by("pk").values())
        assert len(stored) == statuses(first).count("created")
        seen = [row for row in rows if not (isinstance(row, dict) and "seen" in row)]
        again = statuses(send(client, "attendance", seen, "?mode=rows")) if seen else []
        assert not {"created", "updated"} & set(again) or len(seen) < len(rows)
        if len(seen) == len(rows):
            assert list(Attendance.objects.order_by("pk").values()) == stored


def told(events) -> list[tuple]:
    """What events say, but not when."""
    return sorted((e.key, e.project, str(e.by_key), e.before, dict(sorted(e.after.items()))) for e in events)


class TestSessions:
    @pytest.fixture
    def rows(self, activity, group):
        return [
            {
                "external": f"timetable:{day}", "activity": str(activity.key), "group": str(group.key),
                "on": f"2026-03-{day}", "starts_at": "14:00", "ends_at": "15:30", "hours": "1.50", "place": "Room 1",
            }
            for day in (16, 17, 18)
        ]  # fmt: skip

    def test_an_upsert_by_external_id(self, api, people, rows):
        client = api(people["coordinator"])
        first = send(client, "sessions", rows)
        assert statuses(first) == ["created"] * 3
        assert statuses(send(client, "sessions", rows)) == ["unchanged"] * 3
        moved = [rows[0], rows[1] | {"starts_at": "15:00", "ends_at": "16:30"}, rows[2]]
        del moved[1]["place"]
        assert statuses(send(client, "sessions", moved)) == ["unchanged", "updated", "unchanged"]
        told = client.get(f"{URL}sessions/{first.json()['results'][1]['key']}/").json()
        assert (told["starts_at"], told["place"], told["version"]) == ("15:00:00", "Room 1", 2)
        assert told["external_ids"] == ["timetable:17"]
        by_key = {name: value for name, value in rows[1].items() if name != "external"} | {"key": told["key"]}
        stale = send(client, "sessions", [by_key | {"version": 1, "hours": "2.00", "starts_at": "13:00"}], "?mode=rows")
        assert statuses(stale) == ["refused"]
        assert statuses(send(client, "sessions", [by_key | {"version": 2, "hours": "2.00"}])) == ["updated"]
        assert Session.objects.count() == 3

    def test_wrong_rows_are_told_and_leave_nothing(self, api, people, rows, project):
        client = api(people["client"])
        away = factories.ContractFactory(project__programme=project.programme).project
        theirs = factories.GroupFactory(project=away, school=factories.school_of(away))
        bare = {name: value for name, value in rows[1].items() if name != "external"}
        wrong = [
            (bare | {"on": "2031-01-01"}, "/on"), (bare | {"hours": "many"}, "/hours"),
            (bare | {"group": str(theirs.key)}, "/group"), (bare | {"key": str(uuid4())}, "/key"),
            (bare | {"external": "timetable:16"}, "/external"), (bare | {"ends_at": "13:00"}, "/ends_at"), (17, ""),
        ]  # fmt: skip
        body, before = [rows[0], *(row for row, _pointer in wrong)], database()
        refused = send(client, "sessions", body)
        assert statuses(refused) == ["left"] + ["refused"] * len(wrong)
        for (row, pointer), result in zip(wrong, refused.json()["results"][1:], strict=True):
            assert pointer in {error["pointer"] for error in result["errors"]}, row
        assert database() == before
        assert statuses(send(client, "sessions", body, "?mode=rows")) == ["created"] + ["refused"] * len(wrong)
        single = client.post(
            URL + "sessions/", rows[0] | {"on": "2031-01-01", "external": "timetable:x"}, format="json"
        )
        assert single.json()["errors"] == refused.json()["results"][1]["errors"]


BODIES = [
    (b'{"rows": [' + b"1," * 10_000 + b"1]}", 422, "/rows"), (b'{"rows": []}', 422, "/rows"),
    (b'{"rows": {}}', 422, "/rows"), (b"{}", 422, "/rows"), (b"[]", 422, ""),
    (b'{"rows": [1], "mode": "all"}', 422, "/mode"),
    (b'{"rows": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", 400, None),
    (b'{"rows": [{"session": "\\ud800"}]}', 400, None), (b'{"rows": [{"session": "\xff"}]}', 400, None),
    (b'{"rows": [{"a\\u0000": "\\u0000"}]}', 422, None), (b'{"rows": [{"session": 1e400}]}', 400, None),
]  # fmt: skip


def test_a_body_that_is_none_is_refused(api, people, session):
    client = api(people["client"])
    before = database()
    for body, code, pointer in BODIES:
        for collection in ("attendance", "sessions"):
            response = client.post(f"{URL}{collection}/bulk/", body, content_type="application/json")
            assert response.status_code == code, (body[:80], response.content[:300])
            if pointer is not None:
                assert pointer in errors(response)
    lines = client.post(f"{URL}attendance/bulk/", b"1\n" * 10_001, content_type="application/x-ndjson")
    assert set(errors(lines)) == {"/rows"}
    assert database() == before
