"""Messages through the API: asked by an officer, answered by the school, closed, each as on the pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.timezone import localdate

from core.models import AuditEvent, OutgoingMail
from projects import actions
from projects.models import Answer, Clarification, Membership, Question
from tests import factories
from tests.conftest import NOON

URL = "/api/v1/messages/"


@pytest.fixture
def asked(project, people):
    return actions.ask(
        project, school=None, subject="Clubs", questions=["Why?", "Who?"], due_on=localdate(), by=people["officer"],
        at=NOON,
    )  # fmt: skip


def test_an_officer_asks_a_school_answers_and_the_officer_closes(api, people, project, school):
    officer, coordinator = api(people["officer"], "projects"), api(people["coordinator"], "projects")
    new = {
        "project": project.number, "school": str(school.key), "subject": "Clubs", "questions": ["Why?", "Who?"],
        "due_on": str(localdate()),
    }  # fmt: skip
    key = {"idempotency-key": "m-1"}
    made, again = (officer.post(URL, new, format="json", headers=key) for _ in range(2))
    assert (made.status_code, again.json(), Clarification.objects.count()) == (201, made.json(), 1)
    assert OutgoingMail.objects.filter(to=people["coordinator"].email).count() == 1
    url = made["Location"]
    told = officer.post(f"{url}questions/", {"text": "And when?"}, format="json").json()
    assert [each["number"] for each in told["thread"]] == [1, 2, 3]

    given = {"answers": [{"question": 1, "text": "Snow."}, {"question": 3, "text": "In March."}]}
    told = coordinator.post(f"{url}answers/", given, format="json").json()
    assert (told["questions"], told["answered"]) == (3, 2)
    assert [(a["text"], a["by"], a["late"]) for a in told["thread"][0]["answers"]] == [
        ("Snow.", people["coordinator"].name, False)
    ]
    early = officer.post(f"{url}close/", {}, format="json")
    assert (early.status_code, early.json()["errors"][0]["pointer"]) == (409, "/because")
    assert officer.post(f"{url}close/", {"because": "Clear."}, format="json").json()["closed_because"] == "Clear."
    assert coordinator.post(f"{url}answers/", given, format="json").status_code == 409
    assert set(AuditEvent.objects.filter(origin="api").values_list("action", flat=True)) >= {
        "clarification.asked", "clarification.asked_more", "clarification.answered", "clarification.closed",
    }  # fmt: skip


def test_what_was_answered_meanwhile_is_not_passed_over(api, people, asked):
    client, url = api(people["coordinator"]), f"{URL}{asked.key}/"
    tag = client.get(url)["ETag"]
    actions.answer(asked, answers={1: "Theirs."}, seen={}, by=people["admin"], at=NOON)
    mine = {"answers": [{"question": 1, "text": "Mine."}]}
    late = client.post(f"{url}answers/", mine, format="json", headers={"if-match": tag})
    assert late.status_code == 412
    assert late.json()["current"]["thread"][0]["answers"][0]["text"] == "Theirs."
    assert Answer.objects.count() == 1
    done = client.post(f"{url}answers/", mine, format="json", headers={"if-match": late.json()["etag"]})
    assert [each["text"] for each in done.json()["thread"][0]["answers"]] == ["Mine.", "Theirs."]


@pytest.mark.parametrize(
    ("answers", "pointer"),
    [
        ([{"question": 3, "text": "?"}], "/answers/0/question"),
        ([{"question": 1, "text": "a"}, {"question": 1, "text": "b"}], "/answers/1/question"),
        ([{"question": 1, "text": ""}], "/answers/0/text"),
    ],
)
def test_an_answer_to_no_question_is_refused_with_its_place(api, people, asked, answers, pointer):
    told = api(people["coordinator"]).post(f"{URL}{asked.key}/answers/", {"answers": answers}, format="json")
    assert (told.status_code, told.json()["errors"][0]["pointer"], Answer.objects.exists()) == (422, pointer, False)


def test_a_day_that_is_over_and_a_school_where_nobody_answers_are_told_by_name(api, people, project):
    new = {"project": project.number, "subject": "Clubs", "questions": ["Why?"]}
    client, other = api(people["officer"]), factories.school_of(project)
    over = client.post(URL, new | {"due_on": str(localdate() - timedelta(days=1))}, format="json")
    assert (over.status_code, over.json()["errors"][0]["pointer"]) == (409, "/due_on")
    empty = client.post(URL, new | {"due_on": str(localdate()), "school": str(other.key)}, format="json")
    assert (empty.status_code, empty.json()["errors"][0]["pointer"]) == (409, "/school")
    blank = client.post(URL, new | {"due_on": str(localdate()), "questions": [""]}, format="json")
    assert (blank.status_code, Question.objects.exists()) == (422, False)


def test_a_school_reads_its_own_messages_and_those_to_all(api, people, project, school, asked):
    elsewhere = factories.school_of(project)
    Membership.objects.create(user=people["stranger"], role="coordinator", project=project, organisation=elsewhere)
    actions.ask(
        project, school=elsewhere, subject="Theirs", questions=["?"], due_on=localdate(), by=people["officer"], at=NOON
    )
    subjects = {
        who: [row["subject"] for row in api(people[who]).get(URL).json()["results"]]
        for who in ("coordinator", "stranger", "auditor")
    }
    assert subjects == {"coordinator": ["Clubs"], "stranger": ["Clubs", "Theirs"], "auditor": ["Clubs", "Theirs"]}
    client = api(people["officer"])
    assert len(client.get(f"{URL}?state=closed").json()["results"]) == 0
    assert len(client.get(f"{URL}?state=open&project={project.number}").json()["results"]) == 2
    assert api(people["officer"], "read").get(URL).status_code == 403
