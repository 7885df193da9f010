"""Classes and clubs that programs add and rename, one by one and as their register calls them."""

from __future__ import annotations

import pytest

from activities import actions
from activities.models import Group
from core.models import AuditEvent
from projects.models import ExternalId
from tests import factories
from tests.api.test_bulk import send, statuses
from tests.api.test_writing import URL, errors
from tests.factories import NOON


@pytest.fixture
def body(project, school):
    return {"project": project.number, "school": str(school.key), "name": "5a", "external": "register:5a"}


@pytest.fixture
def away(project):
    """A school of another project."""
    return factories.school_of(factories.ContractFactory(project__programme=project.programme).project)


def trail(action: str):
    return AuditEvent.objects.filter(action=action, origin="api")


def test_a_group_is_added_once_and_found_by_its_id(api, people, body, project):
    client, headers = api(people["client"]), {"idempotency-key": "g-1"}
    made = client.post(URL + "groups/", body, format="json", headers=headers)
    assert made.status_code == 201, made.content
    key = made.json()["key"]
    assert made["Location"].endswith(f"{URL}groups/{key}/")
    assert client.get(made["Location"]).json() == made.json()
    assert (made.json()["name"], made.json()["external_ids"]) == ("5a", ["register:5a"])
    assert client.post(URL + "groups/", body, format="json", headers=headers).json() == made.json()
    known = client.post(URL + "groups/", body, format="json")
    assert (known.status_code, known.json()["key"]) == (409, key)
    found = client.get(f"{URL}groups/", {"external": "register:5a"}).json()["results"]
    assert [row["key"] for row in found] == [key]
    event = trail("group.added").get()
    assert (event.by_key, event.project, event.after["name"]) == (people["client"].key, project.number, "5a")


@pytest.mark.django_db(transaction=True)
def test_the_feed_tells_it(api, people, body):
    client = api(people["client"])
    feed = client.get(f"{URL}changes/groups/").json()
    key = client.post(URL + "groups/", body, format="json").json()["key"]
    client.patch(f"{URL}groups/{key}/", {"name": "6a"}, format="json")
    told = client.get(feed["next"]).json()["results"]
    assert [(row["key"], row["row"]["name"]) for row in told] == [(key, "6a")]


@pytest.mark.parametrize(
    ("new", "code", "pointer"),
    [
        ({"name": ""}, 422, "/name"),
        ({"name": "x" * 81}, 422, "/name"),
        ({"name": "Клуб"}, 409, "/name"),
        ({"school": "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0f"}, 422, "/school"),
        ({"project": "BG-NONE"}, 422, "/project"),
        ({"title": "5a"}, 422, "/title"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(new, code, pointer, api, people, body, project, school):
    factories.GroupFactory(project=project, school=school, name="Клуб")
    assert set(errors(api(people["client"]).post(URL + "groups/", body | new, format="json"), code)) == {pointer}
    assert Group.objects.count() == 1
    assert not ExternalId.objects.exists()


def test_only_at_schools_of_the_project_and_ones_own(api, people, body, project, away):
    elsewhere = body | {"school": str(away.key)}
    assert set(errors(api(people["admin"]).post(URL + "groups/", elsewhere, format="json"), 409)) == {"/school"}
    other = factories.UserFactory()
    other.memberships.create(role="coordinator", project=project, organisation=factories.school_of(project))
    for who, code in ((other, 403), (people["auditor"], 403), (people["officer"], 403), (people["stranger"], 422)):
        assert api(who).post(URL + "groups/", body, format="json").status_code == code
    lacking = api(people["coordinator"], "read").post(URL + "groups/", body, format="json")
    assert lacking.json()["type"].endswith("#missing-scope")
    assert not Group.objects.exists()


def test_a_name_changes_from_what_was_read(api, people, group):
    client, url, name = api(people["coordinator"]), f"{URL}groups/{group.key}/", group.name
    tag = client.get(url)["ETag"]
    done = client.patch(url, {"name": " 6a "}, format="json", headers={"if-match": tag})
    assert (done.status_code, done.json()["name"]) == (200, "6a")
    actions.change_group(group, name="6b", by=people["admin"], at=NOON)
    stale = client.patch(url, {"name": "7a"}, format="json", headers={"if-match": done["ETag"]})
    assert (stale.status_code, stale.json()["current"]["name"]) == (412, "6b")
    moved = client.patch(url, {"name": "7a", "school": str(group.school.key)}, format="json")
    assert set(errors(moved)) == {"/school"}
    assert api(people["stranger"]).patch(url, {"name": "7a"}, format="json").status_code == 404
    assert api(people["stranger"]).get(url).status_code == 404
    group.refresh_from_db()
    assert group.name == "6b"
    event = trail("group.changed").get()
    assert (event.before["name"], event.after["name"], event.by_key) == (name, "6a", people["coordinator"].key)


def test_many_are_added_changed_and_left(api, people, body, project, school, away, group):
    client = api(people["client"])
    rows = [body, body | {"name": "5b", "external": "register:5b"}]
    assert statuses(send(client, "groups", rows, "?dry_run=true")) == ["created"] * 2
    assert Group.objects.count() == 1
    assert statuses(send(client, "groups", rows)) == ["created"] * 2
    assert statuses(send(client, "groups", rows)) == ["unchanged"] * 2
    named = body | {"name": "5v", "key": str(group.key), "external": "register:5v"}
    rows = [rows[0] | {"name": "6a"}, rows[1], named]
    assert statuses(send(client, "groups", rows)) == ["updated", "unchanged", "updated"]
    assert sorted(Group.objects.values_list("name", flat=True)) == ["5b", "5v", "6a"]
    assert {str(known) for known in ExternalId.objects.filter(key=group.key)} == {"register:5v"}
    assert (trail("group.added").count(), trail("group.changed").count()) == (2, 2)
    second = factories.school_of(project)
    wrong = [
        (body | {"school": str(second.key)}, "/school"),
        (body | {"external": "register:new", "name": "5b"}, "/name"),
        (body | {"external": "register:new", "school": str(away.key)}, "/school"),
        (body | {"external": "register:new", "key": str(away.key)}, "/key"),
        (body | {"name": None}, "/name"),
        ("5a", ""),
    ]
    told = send(client, "groups", [*(row for row, _p in wrong), rows[0] | {"name": "7a"}], "?mode=rows")
    assert statuses(told) == [*["refused"] * len(wrong), "updated"]
    for (row, pointer), result in zip(wrong, told.json()["results"], strict=False):
        assert {error["pointer"] for error in result["errors"]} == {pointer}, row
    assert Group.objects.count() == 3
