"""The plan of work as programs keep it: activities added, changed, in their order and as a source system calls them."""

from __future__ import annotations

from datetime import date

import pytest

from activities import actions
from activities.models import Activity, PlannedOutput
from core.models import AuditEvent
from projects.models import Change, ExternalId
from tests import factories
from tests.api.test_bulk import send, statuses
from tests.api.test_writing import URL, errors
from tests.factories import NOON


@pytest.fixture
def body(project):
    return {
        "project": project.number, "number": "1.1", "title": {"en": "Reading clubs", "bg": "Читателски клубове"},
        "starts_on": "2026-01-01", "ends_on": "2026-06-30", "external": "plan:1.1",
    }  # fmt: skip


@pytest.fixture
def plan(project):
    """Three activities at the places 1, 2 and 3."""
    return [factories.ActivityFactory(project=project, position=n, number=str(n)) for n in (1, 2, 3)]


def order(project) -> list[str]:
    return list(project.activities.order_by("position").values_list("number", flat=True))


def trail(action: str):
    return AuditEvent.objects.filter(action=action, origin="api")


def test_an_activity_is_added_once_and_found_by_its_id(api, people, body, project, plan):
    client, headers = api(people["officer"]), {"idempotency-key": "a-1"}
    body["parent"] = str(plan[0].key)
    made = client.post(URL + "activities/", body, format="json", headers=headers)
    assert made.status_code == 201, made.content
    told = made.json()
    assert client.get(made["Location"]).json() == told
    assert (told["title"], told["parent"], told["outputs"]) == (body["title"], body["parent"], [])
    assert (told["position"], order(project)) == (2, ["1", "1.1", "2", "3"])
    assert client.post(URL + "activities/", body, format="json", headers=headers).json() == told
    known = client.post(URL + "activities/", body, format="json")
    assert (known.status_code, known.json()["key"]) == (409, told["key"])
    found = client.get(f"{URL}activities/", {"external": "plan:1.1"}).json()["results"]
    assert [row["key"] for row in found] == [told["key"]]
    event = trail("activity.added").get()
    assert (event.by_key, event.key, event.project) == (people["officer"].key, told["key"], project.number)
    assert (event.after["number"], event.after["title"]["en"]) == ("1.1", "Reading clubs")
    changed = set(Change.objects.filter(collection="activities").values_list("key", flat=True))
    assert changed == set(project.activities.values_list("key", flat=True))  # those that moved down, too


@pytest.mark.parametrize(
    ("new", "code", "pointer"),
    [
        ({"number": "1"}, 409, "/number"),
        ({"number": " "}, 422, "/number"),
        ({"title": {}}, 409, "/title"),
        ({"title": {"xx": "Clubs"}}, 422, "/title"),
        ({"title": "Clubs"}, 422, "/title"),
        ({"ends_on": "2025-12-31"}, 409, "/ends_on"),
        ({"ends_on": "2031-12-31"}, 409, "/ends_on"),
        ({"position": 0}, 422, "/position"),
        ({"position": 10_001}, 422, "/position"),
        ({"responsible": "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0f"}, 422, "/responsible"),
        ({"outputs": []}, 422, "/outputs"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(new, code, pointer, api, people, body, plan):
    response = api(people["officer"]).post(URL + "activities/", body | new, format="json")
    assert set(errors(response, code)) == {pointer}
    assert Activity.objects.count() == 3
    assert not ExternalId.objects.exists()


def test_what_belongs_elsewhere_is_refused(api, people, body, session, project):
    away = factories.ContractFactory(project__programme=project.programme).project
    theirs = factories.ActivityFactory(project=away)
    stranger_to_it = factories.school_of(away)
    for new, pointer in (
        ({"parent": str(theirs.key)}, "/parent"),
        ({"parent": str(session.activity.key)}, "/parent"),  # it has sessions of its own
        ({"responsible": str(stranger_to_it.key)}, "/responsible"),
    ):
        response = api(people["admin"]).post(URL + "activities/", body | new, format="json")
        assert set(errors(response, 409)) == {pointer}
    assert project.activities.count() == 1


def test_a_change_is_made_from_what_was_read(api, people, plan, project, school):
    PlannedOutput.objects.create(activity=plan[1], position=1, name={"en": "Clubs"}, counts="sessions", planned=3)
    client, url = api(people["officer"]), f"{URL}activities/{plan[1].key}/"
    before = client.get(url)
    new = {"title": {"bg": "Клубове", "en": ""}, "responsible": str(school.key), "position": 1}
    done = client.patch(url, new, format="json", headers={"if-match": before["ETag"]})
    assert done.status_code == 200, done.content
    told = done.json()
    assert told == before.json() | new | {"title": {"bg": "Клубове"}}
    assert (order(project), len(told["outputs"])) == (["2", "1", "3"], 1)
    actions.change_activity(plan[1], ends_on=date(2026, 5, 1), by=people["admin"], at=NOON)
    stale = client.patch(url, {"management": True}, format="json", headers={"if-match": done["ETag"]})
    assert (stale.status_code, stale.json()["current"]["ends_on"]) == (412, "2026-05-01")
    event = trail("activity.changed").get()
    assert (event.by_key, sorted(event.after)) == (people["officer"].key, ["position", "responsible", "title"])
    for wrong in ({"number": "9"}, {"project": project.number}):
        assert set(errors(client.patch(url, wrong, format="json"))) == {f"/{next(iter(wrong))}"}
    loop = client.patch(url, {"parent": str(plan[1].key)}, format="json")
    assert set(errors(loop, 409)) == {"/parent"}


def test_no_session_comes_to_lie_outside(api, people, session):
    client, url = api(people["admin"]), f"{URL}activities/{session.activity.key}/"
    for new in ({"ends_on": "2026-03-15"}, {"starts_on": "2026-03-17"}):
        refused = client.patch(url, new, format="json")
        assert set(errors(refused, 409)) == {f"/{next(iter(new))}"}
        assert "1 session of the activity" in refused.json()["detail"]
    assert client.patch(url, {"ends_on": "2026-03-16"}, format="json").status_code == 200


def test_only_who_keeps_the_contract(api, people, body, plan):
    url = f"{URL}activities/{plan[0].key}/"
    for who in ("coordinator", "client", "auditor", "finance"):
        assert api(people[who]).post(URL + "activities/", body, format="json").status_code == 403
        assert api(people[who]).patch(url, {"management": True}, format="json").status_code == 403
    elsewhere = factories.UserFactory()
    elsewhere.memberships.create(role="officer", programme=factories.ProgrammeFactory())
    other = api(elsewhere)
    assert set(errors(other.post(URL + "activities/", body, format="json"))) == {"/project"}
    assert other.get(url).status_code == other.patch(url, {}, format="json").status_code == 404
    lacking = api(people["officer"], "read").post(URL + "activities/", body, format="json")
    assert lacking.json()["type"].endswith("#missing-scope")
    assert not Activity.objects.filter(management=True).exists()
    assert Activity.objects.count() == 3


def test_many_are_added_changed_and_left(api, people, body, plan, project):
    client = api(people["officer"])
    rows = [body, body | {"number": "1.2", "external": "plan:1.2"}]
    assert statuses(send(client, "activities", rows, "?dry_run=true")) == ["created"] * 2
    assert Activity.objects.count() == 3
    assert statuses(send(client, "activities", rows)) == ["created"] * 2
    assert statuses(send(client, "activities", rows)) == ["unchanged"] * 2
    named = body | {"number": "3", "key": str(plan[2].key), "external": "plan:3"}
    rows = [rows[0] | {"title": {"en": "Chess"}}, rows[1], named]
    assert statuses(send(client, "activities", rows)) == ["updated", "unchanged", "updated"]
    assert Activity.objects.get(number="1.1").title == {"en": "Chess", "bg": "Читателски клубове"}
    assert {str(known) for known in ExternalId.objects.filter(key=plan[2].key)} == {"plan:3"}
    wrong = [
        (rows[0] | {"number": "7"}, "/number"),
        (body | {"external": "plan:x", "number": "2"}, "/number"),
        ({}, ""),
    ]
    told = send(client, "activities", [row for row, _p in wrong], "?mode=rows").json()["results"]
    for (row, pointer), result in zip(wrong, told, strict=True):
        assert result["status"] == "refused"
        assert pointer in {error["pointer"] for error in result["errors"]} | {""}, row
    assert project.activities.count() == 5
    assert trail("activity.added").count() == trail("activity.changed").count() == 2
