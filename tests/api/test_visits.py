"""On-the-spot visits, for programs: as the school reads them, and planned, made and answered as on the pages."""

from __future__ import annotations

import pytest

from budgets import actions
from budgets.models import Checklist, ChecklistQuestion, Visit, VisitAnswer
from core.models import AuditEvent
from tests import factories
from tests.api.test_costs import errors
from tests.api.test_writing import URL
from tests.budgets.conftest import cost, drafted, send
from tests.budgets.test_visits import NOTE, found, planned, recorded
from tests.factories import NOON

pytestmark = pytest.mark.django_db
VISITS = f"{URL}visits/"


def test_visits_are_read_without_what_is_for_the_office(api, people, project):
    visit = recorded(planned(project, people["officer"], announced=False), people["officer"])
    planned(project, people["officer"], announced=False)
    found(visit, people["officer"])
    listed = api(people["finance"]).get("/api/v1/visits/", {"project": project.number}).json()
    assert [(row["number"], row["result"]) for row in listed["results"]] == [(1, "Clubs take place.")]
    assert len(api(people["officer"]).get("/api/v1/visits/").json()["results"]) == 1  # no token opens the trail
    answer = api(people["finance"]).get(f"/api/v1/visits/{visit.key}/")
    assert NOTE not in answer.text
    (finding,) = answer.json()["findings"]
    assert (finding["text"], finding["closed"], finding["amount"]) == ("Two lists lack signatures.", False, None)
    assert api(people["stranger"]).get(f"/api/v1/visits/{visit.key}/").status_code == 404


@pytest.fixture
def claim(project, line, people):
    """Claim 1 over 100.01, in check with the officer."""
    made = send(drafted(project, [cost(line, "100.01")], people["finance"]), people["finance"])
    return actions.take_up(made, by=people["officer"], at=NOON)


@pytest.fixture
def questions(project):
    listed = Checklist.objects.create(programme=project.programme, version=1)
    for n, text in enumerate(("Do the clubs take place?", "Is the emblem shown?"), start=1):
        ChecklistQuestion.objects.create(checklist=listed, position=n, about="visit", text={"en": text})


def plan(there, **more):
    return {
        "project": there.number, "planned_on": "2026-10-14", "place": "Burgas", "goes": "Two officers",
        "about": "Clubs",
    } | more  # fmt: skip


@pytest.mark.usefixtures("questions")
def test_a_visit_from_its_plan_to_its_end(api, people, project, claim):
    office, school = api(people["officer"], "money"), api(people["finance"], "money")
    made = office.post(VISITS, plan(project, claims=[str(claim.key)]), format="json")
    assert made.status_code == 201, made.content
    url, told = made["Location"], made.json()
    assert (told["state"], told["announced"], told["claims"], told["note"]) == ("planned", True, [str(claim.key)], None)
    assert [question["position"] for question in told["questions"]] == [1, 2]
    assert school.get(url).json()["questions"] == []
    read = office.get(url)
    later = office.patch(url, {"planned_on": "2026-10-15"}, format="json", HTTP_IF_MATCH=read["ETag"])
    assert (later.json()["planned_on"], later.json()["version"], later.json()["place"]) == ("2026-10-15", 2, "Burgas")
    stale = office.patch(url, {"place": "Sofia"}, format="json", HTTP_IF_MATCH=read["ETag"])
    assert (stale.status_code, stale.json()["current"]["version"]) == (412, 2)

    record = {"done_on": "2026-10-01", "result": "Clubs take place.", "note": NOTE}
    answers = [{"position": 2, "answer": "no"}]
    missing = office.post(f"{url}record/", record | {"answers": answers}, format="json")
    assert (missing.status_code, set(errors(missing))) == (409, {"/answers", "/answers/0/remark"})
    unknown = office.post(f"{url}record/", record | {"answers": [{"position": 9, "answer": "yes"}]}, format="json")
    assert (unknown.status_code, set(errors(unknown))) == (422, {"/answers/0/position"})
    assert Visit.objects.get().state == "planned"
    answers = [{"position": 2, "answer": "no", "remark": "Not on the door."}, {"position": 1, "answer": "yes"}]
    files = [{"name": "minutes.pdf", "content": "JVBERi0xLjcgcGxhbg=="}]
    done = office.post(f"{url}record/", record | {"answers": answers, "files": files}, format="json")
    assert (done.status_code, done.json()["state"]) == (200, "done"), done.content
    assert NOTE not in done.content.decode()  # the scope opens no trail
    (paper,) = school.get(url).json()["papers"]
    assert school.get(f"{url}papers/{paper['key']}/").status_code == 200
    assert list(VisitAnswer.objects.values_list("question__position", "answer")) == [(1, "yes"), (2, "no")]

    body = {"text": "Two lists lack signatures.", "error": "evidence", "due_on": "2026-10-20", "amount": "20.00"}
    without = office.post(f"{url}findings/", body, format="json")
    assert (without.status_code, set(errors(without))) == (409, {"/line"})
    body |= {"claim": str(claim.key), "line": 1}
    assert set(errors(office.post(f"{url}findings/", body | {"line": 99}, format="json"))) == {"/line"}
    found = office.post(f"{url}findings/", body, format="json")
    assert found.status_code == 201, found.content
    assert (found.json()["findings"][0]["amount"], found.json()["findings"][0]["line"]) == ("20.00", 1)
    early = office.post(f"{url}close/", {}, format="json")
    assert (early.status_code, "1" in early.json()["detail"]) == (409, True)
    reply = {"text": "They are signed now."}
    assert office.post(f"{url}findings/1/answer/", reply, format="json").status_code == 403
    assert school.post(f"{url}findings/1/answer/", reply, format="json").status_code == 200
    assert school.post(f"{url}findings/1/close/", reply, format="json").status_code == 403
    assert office.post(f"{url}findings/2/close/", reply, format="json").status_code == 404
    closed = office.post(f"{url}findings/1/close/", {"text": "Seen."}, format="json").json()
    assert [step["kind"] for step in closed["findings"][0]["steps"]] == ["answer", "closed"]
    assert office.post(f"{url}close/", {}, format="json").json()["state"] == "closed"
    assert office.post(f"{url}findings/", body, format="json").status_code == 409
    told = set(AuditEvent.objects.filter(action__startswith="visit.", origin="api").values_list("action", flat=True))
    assert told == {
        "visit.planned", "visit.changed", "visit.moved", "visit.finding_added", "visit.finding_answered",
        "visit.finding_closed",
    }  # fmt: skip


def test_a_visit_is_called_off_for_a_reason(api, people, project):
    office = api(people["officer"], "money")
    url = office.post(VISITS, plan(project), format="json")["Location"]
    assert office.post(f"{url}cancel/", {"because": ""}, format="json").status_code == 422
    assert office.post(f"{url}cancel/", {"because": "Snow."}, format="json").json()["state"] == "cancelled"
    assert office.post(f"{url}cancel/", {"because": "Snow."}, format="json").status_code == 409


def test_a_surprise_stays_one(api, people, project):
    office, hidden = api(people["officer"], "money"), planned(project, people["officer"], announced=False)
    url = f"{VISITS}{hidden.key}/"
    for door, body in (
        ("", None),
        ("cancel/", {"because": "x"}),
        ("record/", {"done_on": "2026-10-01", "result": "x"}),
    ):
        answer = office.get(url) if body is None else office.post(url + door, body, format="json")
        assert answer.status_code == 404, door
    assert office.patch(url, {"place": "x"}, format="json").status_code == 404
    refused = office.post(VISITS, plan(project, announced=False), format="json")
    assert (refused.status_code, set(errors(refused))) == (409, {"/announced"})
    assert list(Visit.objects.values_list("state", "place")) == [("planned", "Burgas")]


def test_wrong_plans_are_told_and_leave_nothing(api, people, project):
    office = api(people["officer"], "money")
    away = factories.ContractFactory(project__programme=project.programme).project
    for change, code, pointer in (
        ({"planned_on": "2026-09-30"}, 409, "/planned_on"), ({"place": ""}, 409, "/place"),
        ({"partner": str(factories.school_of(away).key)}, 409, "/partner"), ({"goes": ""}, 422, "/goes"),
        ({"claims": ["0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0e"]}, 422, "/claims/0"), ({"project": "?"}, 422, "/project"),
    ):  # fmt: skip
        refused = office.post(VISITS, plan(project, **change), format="json")
        assert (refused.status_code, pointer in errors(refused)) == (code, True), (change, refused.content)
    assert api(people["finance"], "money").post(VISITS, plan(project), format="json").status_code == 403
    assert not Visit.objects.exists()
    late = planned(project, people["officer"])
    assert [row["key"] for row in office.get(VISITS, {"late": "true"}).json()["results"]] == [str(late.key)]
    assert office.get(VISITS, {"programme": "?"}).json()["results"] == []
