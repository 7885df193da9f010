"""Sessions that programs change, cancel, repeat and copy, and evidence that they take off the list."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from activities import actions
from activities.models import Evidence, Session
from core.models import AuditEvent
from projects.models import Holiday
from tests import factories
from tests.api.conftest import TODAY
from tests.api.test_writing import URL, errors
from tests.factories import NOON


def kind(response) -> str:
    return response.json()["type"].partition("#")[2]


@pytest.fixture
def url(session):
    return f"{URL}sessions/{session.key}/"


@pytest.fixture
def lesson(activity, group):
    return {
        "activity": str(activity.key), "group": str(group.key), "on": "2026-03-24", "starts_at": "15:00",
        "ends_at": "16:00", "hours": "1.00", "leader": "Maria Koleva",
    }  # fmt: skip


def trail(action: str):
    return AuditEvent.objects.filter(action=action, origin="api")


class TestChange:
    def test_what_is_said_changes_and_the_rest_stays(self, api, people, session, url):
        client = api(people["client"])
        before = client.get(url)
        new = {"on": "2026-03-18", "topic": "Reading", "hours": "1.25"}
        response = client.patch(url, new, format="json", headers={"if-match": before["ETag"]})
        assert response.status_code == 200, response.content
        assert response.json() == before.json() | new | {"version": 2}
        assert response["ETag"] == client.get(url)["ETag"]
        event = trail("session.changed").get()
        assert (event.by_key, event.key) == (people["client"].key, str(session.key))
        assert event.after == {"on": "2026-03-18", "topic": "Reading", "hours": "1.25", "version": 2}
        again = client.patch(url, new, format="json", headers={"if-match": response["ETag"]})
        assert again.json() == response.json()
        assert trail("session.changed").count() == 1

    def test_a_stale_change_is_refused_with_what_is_there(self, api, people, session, url):
        client = api(people["client"])
        tag = client.get(url)["ETag"]
        actions.change_session(session, version=1, topic="Chess", by=people["coordinator"], at=NOON)
        stale = client.patch(url, {"topic": "Reading"}, format="json", headers={"if-match": tag})
        assert (stale.status_code, kind(stale)) == (412, "changed-since")
        assert stale.json()["current"] == client.get(url).json()
        assert client.patch(url, {"topic": "Go"}, format="json", headers={"if-match": ""}).status_code == 428
        session.refresh_from_db()
        assert session.topic == "Chess"

    def test_a_repeat_changes_nothing(self, api, people, session, url):
        client, headers = api(people["client"]), {"idempotency-key": "c-1"}
        first = client.patch(url, {"topic": "Reading"}, format="json", headers=headers)
        client.patch(url, {"topic": "Chess"}, format="json")
        assert client.patch(url, {"topic": "Reading"}, format="json", headers=headers).json() == first.json()
        assert client.patch(url, {"topic": "Go"}, format="json", headers=headers).status_code == 422
        session.refresh_from_db()
        assert session.topic == "Chess"

    @pytest.mark.parametrize(
        ("new", "code", "pointer"),
        [
            ({"hours": "25"}, 422, "/hours"),
            ({"on": "soon"}, 422, "/on"),
            ({"day": "2026-03-18"}, 422, "/day"),
            ({"external": "timetable:1"}, 422, "/external"),
            ({"group": "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0f"}, 422, "/group"),
            ({"ends_at": "13:00"}, 409, "/ends_at"),
            ({"on": "2031-03-16"}, 409, "/on"),
        ],
    )
    def test_what_is_wrong_is_named_and_nothing_changes(self, new, code, pointer, api, people, session, url):
        response = api(people["client"]).patch(url, {"topic": "Reading"} | new, format="json")
        assert set(errors(response, code)) == {pointer}
        session.refresh_from_db()
        assert (session.version, session.topic) == (1, "")

    def test_a_locked_month_stays_as_it_is(self, api, people, session, url, project):
        project.programme.late_days = 5
        project.programme.save()
        locked = api(people["client"]).patch(url, {"topic": "Reading"}, format="json")
        assert locked.status_code == 409
        assert "is locked since" in locked.json()["detail"]
        cancelled = api(people["client"]).post(f"{url}cancel/", {"because": "Flu"}, format="json")
        assert cancelled.status_code == 409
        session.refresh_from_db()
        assert (session.version, session.state) == (1, "planned")

    @pytest.mark.django_db(transaction=True)
    def test_the_feed_tells_it(self, api, people, session, url):
        client = api(people["client"])
        feed = client.get(f"{URL}changes/sessions/").json()
        client.patch(url, {"topic": "Reading"}, format="json")
        told = client.get(feed["next"]).json()["results"]
        assert [(row["key"], row["row"]["topic"]) for row in told] == [(str(session.key), "Reading")]

    def test_what_is_not_theirs_is_not_there(self, api, people, project, session, url, files_dir):
        away = factories.UserFactory()
        away.memberships.create(role="coordinator", project=project, organisation=factories.school_of(project))
        for who in (people["stranger"], away):
            client = api(who)
            assert client.patch(url, {"topic": "x"}, format="json").status_code == 404
            assert client.post(f"{url}cancel/", {"because": "x"}, format="json").status_code == 404
        assert api(people["auditor"]).patch(url, {"topic": "x"}, format="json").status_code == 403
        lacking = api(people["coordinator"], "read").patch(url, {"topic": "x"}, format="json")
        assert (lacking.status_code, kind(lacking)) == (403, "missing-scope")
        session.refresh_from_db()
        assert session.version == 1


class TestCancel:
    def test_with_a_reason_and_once(self, api, people, session, url):
        client = api(people["coordinator"])
        assert set(errors(client.post(f"{url}cancel/", {}, format="json"))) == {"/because"}
        assert set(errors(client.post(f"{url}cancel/", {"because": " "}, format="json"))) == {"/because"}
        told = client.post(f"{url}cancel/", {"because": "Flu"}, format="json").json()
        assert (told["state"], told["cancelled_because"], told["version"]) == ("cancelled", "Flu", 2)
        again = client.post(f"{url}cancel/", {"because": "Storm"}, format="json")
        assert (again.status_code, again.json()) == (200, told)
        event = trail("session.cancelled").get()
        assert (event.by_key, event.note) == (people["coordinator"].key, "Flu")
        assert client.patch(url, {"topic": "x"}, format="json").status_code == 409

    def test_not_what_took_place(self, api, people, session, url, participant):
        client = api(people["client"])
        body = {"marks": [{"participation": str(participant.key), "mark": "here"}]}
        client.post(f"{url}attendance/", body, format="json")
        refused = client.post(f"{url}cancel/", {"because": "Flu"}, format="json")
        assert refused.status_code == 409
        assert "has marks" in refused.json()["detail"]
        session.refresh_from_db()
        assert session.state == "held"


class TestSeveral:
    def test_a_series_leaves_holidays_out_and_stops_at_no_day(self, api, people, lesson, group, activity):
        Holiday.objects.create(
            programme=group.project.programme, from_on=date(2026, 4, 6), to_on=date(2026, 4, 8), name={"en": "Easter"}
        )
        factories.SessionFactory(
            project=group.project, activity=activity, school=group.school, group=group, on=date(2026, 3, 31),
            starts_at=time(15, 0), ends_at=time(16, 0),
        )  # fmt: skip
        client, series = api(people["coordinator"]), lesson | {"until": "2026-04-14"}
        dry = client.post(f"{URL}sessions/series/?dry_run=true", series, format="json").json()
        assert (dry["stored"], dry["planned"], Session.objects.count()) == (False, 2, 1)
        told = client.post(f"{URL}sessions/series/", series, format="json", headers={"idempotency-key": "s"}).json()
        assert [(day["on"], day["status"]) for day in told["days"]] == [
            ("2026-03-24", "planned"), ("2026-03-31", "refused"), ("2026-04-07", "left"), ("2026-04-14", "planned"),
        ]  # fmt: skip
        assert [day | {"session": None} for day in told["days"]] == dry["days"]
        assert "already has a session" in told["days"][1]["detail"]
        assert told["days"][2]["detail"] == "Easter"
        keys = {str(key) for key in Session.objects.exclude(on=date(2026, 3, 31)).values_list("key", flat=True)}
        assert {day["session"] for day in told["days"] if day["session"]} == keys
        assert trail("session.planned").count() == told["planned"] == 2
        again = client.post(f"{URL}sessions/series/", series, format="json", headers={"idempotency-key": "s"})
        assert (again.json(), Session.objects.count()) == (told, 3)

    def test_only_the_days_that_are_named(self, api, people, lesson):
        client, series = api(people["client"]), lesson | {"until": "2026-04-14", "days": ["2026-04-07"]}
        told = client.post(f"{URL}sessions/series/", series, format="json").json()
        assert [day["status"] for day in told["days"]] == ["left", "left", "planned", "left"]
        assert [session.on for session in Session.objects.all()] == [date(2026, 4, 7)]

    @pytest.mark.parametrize(
        ("new", "pointer"),
        [
            ({"until": "2026-03-01"}, "/until"),
            ({"until": "2028-03-01"}, "/until"),
            ({"until": None}, "/until"),
            ({"days": ["2026-03-24", "2026-03-25"]}, "/days/1"),
            ({"days": []}, "/days"),
            ({"days": "2026-03-24"}, "/days"),
            ({"external": "timetable:1"}, "/external"),
        ],
    )
    def test_a_series_that_makes_no_sense_says_why(self, new, pointer, api, people, lesson):
        body = lesson | {"until": "2026-04-14"} | new
        assert set(errors(api(people["client"]).post(f"{URL}sessions/series/", body, format="json"))) == {pointer}
        assert not Session.objects.exists()

    def test_a_week_is_planned_again(self, api, people, session, school):
        client, address = api(people["client"]), f"{URL}sessions/copy-week/"
        actions.change_session(session, version=1, topic="Reading", leader="M. K.", by=people["coordinator"], at=NOON)
        body = {"school": str(school.key), "to": "2026-03-23"}
        dry = client.post(f"{address}?dry_run=true", body, format="json").json()
        assert (dry["planned"], Session.objects.count()) == (1, 1)
        told = client.post(address, body, format="json").json()
        new = Session.objects.get(on=session.on + timedelta(days=7))
        assert told["days"] == [{"on": "2026-03-23", "status": "planned", "session": str(new.key), "detail": ""}]
        assert (new.topic, new.leader) == ("", "M. K.")
        again = client.post(address, body | {"from": "2026-03-16"}, format="json").json()
        assert (again["stored"], again["planned"], again["days"][0]["status"]) == (False, 0, "refused")
        assert Session.objects.count() == 2

    def test_only_where_sessions_are_planned(self, api, people, session, school, project):
        body = {"school": str(school.key), "to": "2026-03-23"}
        address = f"{URL}sessions/copy-week/"
        assert api(people["auditor"]).post(address, body, format="json").status_code == 403
        assert set(errors(api(people["stranger"]).post(address, body, format="json"))) == {"/school"}
        assert set(errors(api(people["client"]).post(address, body | {"to": "2026-03-24"}, format="json"))) == {"/to"}
        other = factories.ContractFactory(project__programme=project.programme).project
        elsewhere = body | {"project": other.number}
        assert api(people["admin"]).post(address, elsewhere, format="json").status_code == 403
        assert Session.objects.count() == 1


class TestEvidence:
    @pytest.fixture
    def paper(self, api, people, url, files_dir):
        body = {"kind": "photo", "file": {"name": "list.pdf", "content": "JVBERi0xLjcgcGxhbg=="}}
        return api(people["coordinator"]).post(f"{url}evidence/", body, format="json").json()["key"]

    def test_it_goes_off_the_list_and_stays_in_the_trail(self, api, people, url, paper):
        client = api(people["coordinator"])
        there = f"{url}evidence/{paper}/"
        lacking = api(people["client"]).post(f"{there}remove/", format="json")
        assert lacking.status_code == 403
        assert api(people["stranger"]).post(f"{there}remove/", format="json").status_code == 404
        assert Evidence.objects.get().removed_at is None
        headers = {"idempotency-key": "e"}
        told = client.post(f"{there}remove/", format="json", headers=headers)
        assert (told.status_code, told.json()["files"]) == (200, [])
        assert client.post(f"{there}remove/", format="json", headers=headers).json() == told.json()
        assert client.post(f"{there}remove/", format="json").status_code == 404
        assert client.get(f"{there}file/").status_code == 404
        assert Evidence.objects.get().removed_at == TODAY
        event = trail("evidence.removed").get()
        assert (event.by_key, event.key) == (people["coordinator"].key, paper)

    def test_what_was_counted_keeps_its_proof(self, api, people, url, paper, project):
        project.programme.late_days = 5
        project.programme.save()
        refused = api(people["coordinator"]).post(f"{url}evidence/{paper}/remove/", format="json")
        assert refused.status_code == 409
        assert "is locked since" in refused.json()["detail"]
        assert Evidence.objects.get().removed_at is None
