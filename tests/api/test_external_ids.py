"""Ids of source systems: given with a row, told with it, looked up by it, and never those of two rows."""

from __future__ import annotations

import pytest

from activities.models import Session
from beneficiaries import actions
from beneficiaries.models import Participation
from core.models import AuditEvent
from projects.models import ExternalId
from tests import factories
from tests.api.test_writing import URL, errors
from tests.factories import NOON


@pytest.fixture
def body(project, group):
    return {
        "project": project.number, "school": str(group.school.key), "group": str(group.key), "given_name": "Ани",
        "family_name": "Единствена", "born_on": "2013-05-04", "entered_on": "2026-03-02", "external": "register:17",
    }  # fmt: skip


@pytest.fixture
def plan(activity, group):
    return {
        "activity": str(activity.key), "group": str(group.key), "on": "2026-03-16", "starts_at": "14:00",
        "ends_at": "15:30", "hours": "1.50", "external": "timetable:L/2026-03-16/14",
    }  # fmt: skip


def test_a_row_is_found_by_the_id_of_its_source_system(api, people, body, plan, group):
    client = api(people["client"])
    pupil = client.post(URL + "participants/", body, format="json")
    assert pupil.status_code == 201, pupil.content
    assert pupil.json()["external_ids"] == ["register:17"]
    lesson = client.post(URL + "sessions/", plan, format="json").json()
    for path, external, told in (
        ("participants/", "register:17", pupil.json()), ("sessions/", "timetable:L/2026-03-16/14", lesson),
    ):  # fmt: skip
        found = client.get(f"{URL}{path}", {"external": external}).json()["results"]
        assert [row["key"] for row in found] == [told["key"]]
        assert client.get(f"{URL}{path}{told['key']}/").json()["external_ids"] == [external]
        assert client.get(f"{URL}{path}", {"external": "register:18"}).json()["results"] == []
        assert api(people["stranger"]).get(f"{URL}{path}", {"external": external}).json()["results"] == []
    event = AuditEvent.objects.get(action="external_id.given", key=pupil.json()["key"])
    assert (event.project, event.after) == (body["project"], {"collection": "participants", "system": "register"})


def test_an_id_that_is_known_makes_no_second_row(api, people, body, plan, project, activity):
    client = api(people["coordinator"])
    for path, sent, model in (("participants/", body, Participation), ("sessions/", plan, Session)):
        first = client.post(URL + path, sent, format="json").json()
        again = client.post(URL + path, sent, format="json")
        assert again.status_code == 409
        assert again.json()["type"].endswith("#known-already")
        assert again.json()["key"] == first["key"]
        assert model.objects.count() == 1
    school = factories.school_of(project)
    other = factories.UserFactory()
    other.memberships.create(role="coordinator", project=project, organisation=school)
    elsewhere = factories.GroupFactory(project=project, school=school)
    hidden = api(other).post(URL + "sessions/", plan | {"group": str(elsewhere.key)}, format="json")
    assert (hidden.status_code, "key" in hidden.json()) == (409, False)
    away = factories.ContractFactory(project__programme=project.programme).project
    theirs = factories.GroupFactory(project=away, school=factories.school_of(away))
    plan |= {"activity": str(factories.ActivityFactory(project=away).key), "group": str(theirs.key)}
    assert api(people["admin"]).post(URL + "sessions/", plan, format="json").status_code == 201


def test_an_id_of_a_row_that_is_gone_is_free(api, people, plan):
    client = api(people["client"])
    client.post(URL + "sessions/", plan, format="json")
    Session.objects.all().delete()
    again = client.post(URL + "sessions/", plan, format="json")
    assert again.status_code == 201
    assert str(ExternalId.objects.get().key) == again.json()["key"]


@pytest.mark.parametrize("wrong", ["17", "register:", ":17", "Register:17", "re gister:17", "register:a\x00", 17, None])
def test_an_id_without_its_system_is_told(wrong, api, people, body):
    response = api(people["client"]).post(URL + "participants/", body | {"external": wrong}, format="json")
    assert set(errors(response)) == {"/external"}
    assert not Participation.objects.exists()


def test_ids_follow_a_merge_and_back_and_go_with_the_name(api, people, body, group):
    client = api(people["admin"])
    keys = [
        client.post(
            URL + "participants/",
            body | {"external": f"register:{n}", "family_name": name, "born_on": f"2013-05-0{n}"},
            format="json",
        ).json()["key"]
        for n, name in ((1, "Първа"), (2, "Друга"))
    ]
    one, other = (Participation.objects.get(key=key).person for key in keys)
    merge = actions.merge_people(kept=one, gone=other, by=people["admin"], at=NOON)
    told = client.get(f"{URL}participants/{keys[0]}/").json()
    assert told["external_ids"] == ["register:1", "register:2"]
    actions.undo_merge(merge, by=people["admin"], at=NOON)
    assert client.get(f"{URL}participants/{keys[1]}/").json()["external_ids"] == ["register:2"]
    row = Participation.objects.get(key=keys[0])
    actions.erase_person(row.person, reason="request", because="Asked.", by=people["admin"], at=NOON)
    assert [str(known) for known in ExternalId.objects.all()] == ["register:2"]
