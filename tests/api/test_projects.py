"""Projects, calls and contract versions through the API: read whole, texts changed as on the page."""

from __future__ import annotations

import pytest

from budgets.actions.amendments import current
from core.models import AuditEvent
from projects.actions import change_project_texts
from projects.models import Call, Membership
from tests import factories
from tests.conftest import NOON

URL = "/api/v1/projects/"


def test_a_title_changes_in_the_languages_that_are_sent(api, people, project):
    project.title, project.summary = {"bg": "Заедно", "en": "Together"}, {"en": "About"}
    project.save()
    client, url = api(people["officer"], "projects"), f"{URL}{project.number}/"
    tag = client.get(url)["ETag"]
    texts = {"title": {"en": "We succeed", "lv": "Kopā"}, "summary": {"en": ""}}
    told = client.patch(url, texts, format="json", headers={"if-match": tag})
    assert told.status_code == 200
    assert told.json()["title"] == {"bg": "Заедно", "en": "We succeed", "lv": "Kopā"}
    assert told.json()["summary"] == {}
    event = AuditEvent.objects.get(action="project.texts_changed")
    assert (event.origin, event.after["title (en)"], event.before["title (en)"]) == ("api", "We succeed", "Together")

    project.refresh_from_db()
    change_project_texts(
        project, seen_at=project.updated_at, title={"en": "Theirs"}, summary={}, by=people["admin"], at=NOON
    )
    late = client.patch(url, {"title": {"en": "Mine"}}, format="json", headers={"if-match": told["ETag"]})
    assert (late.status_code, late.json()["current"]["title"]) == (412, {"en": "Theirs"})
    project.refresh_from_db()
    assert project.title == {"en": "Theirs"}


@pytest.mark.parametrize(
    ("texts", "code", "pointer"),
    [
        ({"title": {"xx": "?"}}, 422, "/title"), ({"title": "Together"}, 422, "/title"),
        ({"title": {"en": "x" * 501}}, 422, "/title/en"), ({"number": "X"}, 422, "/number"),
    ],
)  # fmt: skip
def test_wrong_texts_are_told_by_name_and_change_nothing(api, people, project, texts, code, pointer):
    told = api(people["officer"]).patch(f"{URL}{project.number}/", texts, format="json")
    assert (told.status_code, told.json()["errors"][0]["pointer"]) == (code, pointer)
    assert not AuditEvent.objects.filter(action="project.texts_changed").exists()


def test_a_project_keeps_a_title(api, people, project):
    empty = {"title": dict.fromkeys(project.title, "")}
    told = api(people["officer"]).patch(f"{URL}{project.number}/", empty, format="json")
    assert (told.status_code, told.json()["errors"][0]["pointer"]) == (409, "/title")


def test_a_contract_version_is_read_with_its_terms_and_what_differs(api, people, project, line):
    second = factories.ContractFactory(project=project, version=2, in_force_from=factories.date(2026, 6, 1))
    factories.BudgetLineFactory(contract=second, activity=line.activity, code=line.code, total="90.00")
    client, url = api(people["auditor"], "read"), f"{URL}{project.number}/versions/"
    assert [row["version"] for row in client.get(url).json()["results"]] == [1, 2]
    told = client.get(f"{url}2/").json()
    assert (told["number"], told["compared_with"], told["amendment"]) == (second.number, 1, None)
    terms = {(each["part"], each["row"]): each["values"] for each in told["terms"]}
    assert terms["lines", line.code] == current(second)["lines"][line.code]
    assert [(each["part"], each["row"]) for each in told["changes"] if each["part"] == "lines"] == [
        ("lines", line.code)
    ]
    first = client.get(f"{url}1/").json()
    assert (first["compared_with"], first["changes"]) == (None, [])
    assert client.get(f"{url}2/?with=1").json()["changes"] == told["changes"]
    assert client.get(f"{url}2/?with=7").status_code == 404
    assert client.get(f"{url}{'9' * 30}/").status_code == 404
    assert api(people["coordinator"]).get(f"{url}1/").status_code == 403


def test_calls_and_organisations_are_read_one_by_one(api, people, project, school):
    call = Call.objects.create(programme=project.programme, code="C-1", name={"en": "Call"}, line_tolerance=10)
    client = api(people["officer"], "read")
    (row,) = client.get(f"/api/v1/calls/?programme={project.programme.code}").json()["results"]
    assert (row["key"], row["line_tolerance"]) == (str(call.key), "10.00")
    assert client.get(f"/api/v1/calls/{call.key}/").json() == row
    assert client.get("/api/v1/calls/?programme=other").json()["results"] == []
    assert client.get(f"/api/v1/programmes/{project.programme.code}/").json()["calls"][0]["code"] == "C-1"
    url = f"/api/v1/organisations/{school.key}/"
    assert client.get(url).json()["key"] == str(school.key)
    assert api(people["stranger"]).get(url).status_code == 404


def test_who_works_here_is_decided_by_a_person(api, people):
    before = Membership.objects.count()
    told = api(people["admin"]).post("/api/v1/members/", {"role": "administrator"}, format="json")
    assert told.status_code == 403
    assert told.json()["type"].endswith("#person-only")
    assert "People and roles" in told.json()["detail"]
    assert Membership.objects.count() == before
