"""The checking of claims through the API: the first person's work as on the pages, the second person's refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.timezone import localdate

from budgets import actions
from budgets.models import Checklist, ChecklistQuestion, Claim, LineDecision, LineFact
from core.models import AuditEvent
from projects.models import Clarification
from tests import factories
from tests.budgets.conftest import cost, drafted, send
from tests.conftest import NOON


@pytest.fixture
def line(project, activity):
    return factories.BudgetLineFactory(contract=project.contracts.get(), activity=activity, code="1.1", form="real")


@pytest.fixture
def sent(project, line, people):
    """A claim over 100.01 and 50.00 that the partner sent."""
    return send(drafted(project, [cost(line, total) for total in ("100.01", "50.00")], people["finance"]),
                people["finance"])  # fmt: skip


@pytest.fixture
def checked(project, sent, people):
    """The same in check, with a checklist of one question about it and one about each line."""
    made = Checklist.objects.create(programme=project.programme, version=1)
    for position, about in enumerate(("claim", "line"), start=1):
        ChecklistQuestion.objects.create(checklist=made, position=position, about=about, text={"en": "Complete?"})
    return actions.take_up(sent, by=people["officer"], at=NOON)


def post(client, claim, part, body=None, **headers):
    return client.post(f"/api/v1/claims/{claim.key}/{part}/", body, format="json", headers=headers)


def test_a_program_of_an_officer_checks_and_a_second_person_confirms_in_the_portal(api, people, checked):
    client = api(people["officer"], "money")
    told = post(
        client, checked, "decisions",
        {"decisions": [
            {"line": 1, "verdict": "accept"},
            {"line": 2, "verdict": "reduce", "total": "40.00", "error": "sum", "comment": "Added up wrongly."},
        ]},
    ).json()  # fmt: skip
    assert [(each["decision"], each["comment"]) for each in told["lines"]] == [
        ("accept", ""), ("reduce", "Added up wrongly."),
    ]  # fmt: skip
    early = post(client, checked, "propose", {})
    assert (early.status_code, Claim.objects.get().state) == (409, Claim.State.IN_CHECK)
    said = [{"question": 1, "answer": "yes"}, *({"question": 2, "line": n, "answer": "na"} for n in (1, 2))]
    answered = post(client, checked, "checklist", {"answers": said}).json()
    assert (answered["missing"], len(answered["answers"])) == ([], 3)
    assert post(client, checked, "propose", {}).json()["state"] == Claim.State.PROPOSED

    for part in ("confirm", "send-back"):
        refused = post(api(people["admin"]), checked, part, {})
        assert (refused.status_code, refused.json()["type"].partition("#")[2]) == (403, "person-only")
        assert "second" in refused.json()["detail"]
    assert Claim.objects.get().state == Claim.State.PROPOSED
    assert not LineFact.objects.exclude(step=LineFact.Step.DECLARED).exists()

    actions.confirm(Claim.objects.get(), by=people["admin"], at=NOON)
    (letter,) = client.get(f"/api/v1/claims/{checked.key}/letters/").json()["results"]
    assert (letter["decided"], letter["name"]) == (Claim.State.ACCEPTED, None)
    url = f"/api/v1/claims/{checked.key}/letters/{letter['key']}/"
    assert client.get(url).status_code == 404
    actions.make_letter(checked.letters.get().pk, at=NOON)
    school = api(people["coordinator"], "money")
    assert b"".join(school.get(url).streaming_content).startswith(b"%PDF-")
    assert AuditEvent.objects.filter(action="claim.letter_fetched", origin="api").count() == 1


def test_a_question_stops_the_clock_and_goes_to_the_school(api, people, checked):
    client = api(people["officer"], "money")
    none = post(client, checked, "ask", {"due_on": str(localdate())})
    assert (none.status_code, Clarification.objects.exists()) == (409, False)
    post(client, checked, "decisions", {"decisions": [{"line": 1, "verdict": "ask", "comment": "Who was there?"}]})
    asked = post(client, checked, "ask", {"due_on": str(localdate() + timedelta(days=7))})
    assert asked.status_code == 200
    assert asked.json()["clock"]["stopped_since"] is not None
    assert "Who was there?" in Clarification.objects.get().questions.get().text


@pytest.mark.parametrize(
    ("wrong", "code", "pointer"),
    [
        ({"line": 9, "verdict": "accept"}, 422, "/decisions/1/line"),
        ({"line": 1, "verdict": "accept"}, 422, "/decisions/1/line"),
        ({"line": 2, "verdict": "reduce", "total": "60.00", "comment": "?", "error": "sum"}, 409, "/decisions/1/total"),
        ({"line": 2, "verdict": "refuse", "comment": "?"}, 409, "/decisions/1/error"),
    ],
)
def test_one_wrong_decision_is_told_with_its_place_and_none_is_stored(api, people, checked, wrong, code, pointer):
    told = post(api(people["officer"]), checked, "decisions", {"decisions": [{"line": 1, "verdict": "accept"}, wrong]})
    assert (told.status_code, told.json()["errors"][0]["pointer"]) == (code, pointer)
    assert not LineDecision.objects.exists()


def test_what_another_officer_decided_meanwhile_is_not_passed_over(api, people, checked):
    client = api(people["officer"])
    tag = client.get(f"/api/v1/claims/{checked.key}/")["ETag"]
    actions.decide(checked.lines.get(number=1), verdict="accept", seen=0, by=people["admin"], at=NOON)
    again = {"decisions": [{"line": 1, "verdict": "refuse", "error": "sum", "comment": "?"}]}
    late = post(client, checked, "decisions", again, **{"if-match": tag})
    assert (late.status_code, LineDecision.objects.count()) == (412, 1)
    assert late.json()["current"]["lines"][0]["decision"] == "accept"


def test_nobody_checks_what_they_sent_themselves(api, people, sent):
    Claim.objects.update(made_by=people["admin"])
    own = post(api(people["admin"]), sent, "take-up")
    assert (own.status_code, Claim.objects.get().state) == (409, Claim.State.SENT)
    assert post(api(people["officer"]), sent, "take-up").json()["state"] == Claim.State.IN_CHECK
    back = post(api(people["officer"]), sent, "return", {"comment": "Two invoices are missing."})
    assert back.json()["state"] == Claim.State.RETURNED
    assert post(api(people["coordinator"]), sent, "take-up").status_code == 403


def test_a_no_on_the_checklist_says_why(api, people, checked):
    client = api(people["officer"])
    said = {"answers": [{"question": 1, "answer": "yes"}, {"question": 2, "line": 2, "answer": "no"}]}
    told = post(client, checked, "checklist", said)
    assert (told.status_code, told.json()["errors"][0]["pointer"]) == (409, "/answers/1/remark")
    assert client.get(f"/api/v1/claims/{checked.key}/checklist/").json()["answers"] == []
    twice = {"answers": [{"question": 1, "answer": "yes"}] * 2}
    assert post(client, checked, "checklist", twice).json()["errors"][0]["pointer"] == "/answers/1/question"
