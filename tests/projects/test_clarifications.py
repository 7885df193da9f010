"""Questions of the officer and the answers of the schools."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core import mail as outbox
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate, now

from core import mail
from core.access import Refused
from core.models import AuditEvent, OutgoingMail
from projects import actions
from projects.models import Answer, Clarification, Membership
from tests import factories

NEVER = "a text that must not be stored"


@pytest.fixture
def thread(project, people, school):
    return actions.ask(
        project, school=school, subject="Trips", questions=["How many buses?", "", "Which day?"],
        due_on=localdate() + timedelta(days=7), by=people["officer"], at=now(),
    )  # fmt: skip


@pytest.fixture
def enter(client, people):
    def enter(who):
        client.force_login(people[who])
        return client

    return enter


def page(thread):
    return reverse("projects:clarification", args=[thread.key])


def test_who_answers_there_is_asked_and_told_by_mail_without_the_words(thread, people):
    assert [(q.number, q.text) for q in thread.questions.all()] == [(1, "How many buses?"), (2, "Which day?")]
    waiting = OutgoingMail.objects.get()
    assert waiting.to == people["coordinator"].email
    assert str(thread.key) in waiting.text
    assert "buses" not in waiting.text + waiting.subject
    assert mail.send_due(now()) == 1
    assert [m.to for m in outbox.outbox] == [[people["coordinator"].email]]
    assert mail.send_due(now()) == 0, "a mail goes out once"
    event = AuditEvent.objects.filter(action="clarification.asked").get()
    assert event.project == thread.project.number
    assert event.after["questions"] == 2


def test_mail_that_fails_is_tried_again_and_given_up_after_two_days(thread, monkeypatch):
    def fail(self, *args, **kwargs):
        raise ConnectionRefusedError("no server")

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", fail)
    at = now()
    assert mail.send_due(at) == 0
    row = OutgoingMail.objects.get()
    assert (row.attempts, row.sent_at, row.failure) == (1, None, "ConnectionRefusedError: no server")
    assert mail.send_due(at) == 0
    row.refresh_from_db()
    assert row.attempts == 1, "not before its time"
    for _n in range(9):
        at += timedelta(days=1, minutes=1)
        mail.send_due(at)
    row.refresh_from_db()
    assert (row.attempts, row.next_at, row.sent_at) == (8, None, None)


@pytest.mark.parametrize(
    ("new", "field"),
    [
        ({"subject": " "}, "subject"),
        ({"questions": [" ", ""]}, "question_1"),
        ({"due_on": date(2020, 1, 1)}, "due_on"),
    ],
)
def test_what_cannot_be_asked_is_said_beside_its_field(project, people, school, new, field):
    told = {"school": school, "subject": "s", "questions": ["q"], "due_on": localdate()} | new
    with pytest.raises(Refused) as refused:
        actions.ask(project, **told, by=people["officer"], at=now())
    assert list(refused.value.message_dict) == [field]
    assert not Clarification.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_a_school_where_nobody_answers_is_not_asked(project, people):
    with pytest.raises(Refused, match="No coordinator works there"):
        actions.ask(
            project, school=factories.school_of(project), subject="s", questions=["q"], due_on=localdate(),
            by=people["officer"], at=now(),
        )  # fmt: skip


@pytest.mark.parametrize("who", ["coordinator", "finance", "auditor", "client", "stranger"])
def test_only_officers_and_administrators_ask(project, people, school, who):
    with pytest.raises(PermissionDenied):
        actions.ask(project, school=school, subject="s", questions=["q"], due_on=localdate(), by=people[who], at=now())
    assert not Clarification.objects.exists()


def test_a_coordinator_answers_one_question_now_and_the_other_later(enter, thread, people):
    client = enter("coordinator")
    shown = client.get(page(thread)).content.decode()
    assert "How many buses?" in shown
    answer = client.post(page(thread), {"answer_1": "Two.", "seen_1": "0", "answer_2": " ", "seen_2": "0"})
    assert answer.status_code == 302
    assert list(Answer.objects.values_list("question__number", "text")) == [(1, "Two.")]
    assert Clarification.objects.unanswered().get() == thread
    assert OutgoingMail.objects.filter(to=people["officer"].email).count() == 0
    newest = Answer.objects.get()
    client.post(page(thread), {"answer_1": "Two.", "seen_1": newest.pk, "answer_2": "Monday.", "seen_2": "0"})
    assert Answer.objects.count() == 2, "an answer that stands there is not stored again"
    assert Clarification.objects.answered().get() == thread
    assert OutgoingMail.objects.filter(to=people["officer"].email).count() == 1
    assert AuditEvent.objects.filter(action="clarification.answered").count() == 2


def test_a_changed_answer_keeps_the_earlier_one_to_be_read(enter, thread, people):
    actions.answer(thread, answers={1: "Two."}, seen={}, by=people["coordinator"], at=now())
    actions.answer(thread, answers={1: "Three."}, seen={1: Answer.objects.get().pk}, by=people["coordinator"], at=now())
    shown = enter("auditor").get(page(thread)).content.decode()
    assert shown.index("Three.") < shown.index("Earlier answers") < shown.index("Two.")


def test_two_people_who_answer_at_once_lose_nothing(enter, thread, people, project, school):
    other = factories.UserFactory(name="Other")
    Membership.objects.create(user=other, role="coordinator", project=project, organisation=school)
    client = enter("coordinator")
    actions.answer(thread, answers={1: "Theirs."}, seen={}, by=other, at=now())
    sent = {"answer_1": "Mine.", "seen_1": "0", "answer_2": "", "seen_2": "0"}
    answer = client.post(page(thread), sent)
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "Theirs." in shown
    assert "Mine.</textarea>" in shown
    assert Answer.objects.count() == 1
    again = {**sent, "seen_1": Answer.objects.get().pk}
    assert f'value="{again["seen_1"]}"' in shown
    assert client.post(page(thread), again).status_code == 302
    assert list(Answer.objects.order_by("pk").values_list("text", flat=True)) == ["Theirs.", "Mine."]


def test_nothing_written_is_said_and_nothing_stored(enter, thread):
    answer = enter("coordinator").post(page(thread), {"answer_1": "", "seen_1": "0", "answer_2": "", "seen_2": "0"})
    assert answer.status_code == 409
    assert "Write an answer to at least one question" in answer.content.decode()
    assert not Answer.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("officer", 403), ("auditor", 403), ("finance", 404), ("stranger", 404)])
def test_nobody_else_answers(enter, thread, who, status):
    assert enter(who).post(page(thread), {"answer_1": NEVER, "seen_1": "0"}).status_code == status
    assert not Answer.objects.exists()


def test_another_school_neither_sees_nor_answers_but_questions_to_all_reach_it(project, people, thread, client):
    elsewhere, other = factories.school_of(project), factories.UserFactory(name="Elsewhere")
    Membership.objects.create(user=other, role="coordinator", project=project, organisation=elsewhere)
    client.force_login(other)
    assert client.get(page(thread)).status_code == 404
    assert client.post(page(thread), {"answer_1": NEVER}).status_code == 404
    to_all = actions.ask(
        project, school=None, subject="All", questions=["q"], due_on=localdate(), by=people["officer"], at=now()
    )
    assert client.post(page(to_all), {"answer_1": "Here.", "seen_1": "0"}).status_code == 302
    assert Answer.objects.get().by == other


def test_a_late_answer_is_taken_and_shown_as_late(enter, thread, people):
    Clarification.objects.update(due_on=localdate() - timedelta(days=3), asked_at=now() - timedelta(days=9))
    assert Clarification.objects.overdue(localdate()).get() == thread
    assert "clarification is overdue" in enter("officer").get(reverse("reports:dashboard")).content.decode()
    actions.answer(thread, answers={1: "Two.", 2: "Monday."}, seen={}, by=people["coordinator"], at=now())
    shown = enter("officer").get(page(thread)).content.decode()
    assert shown.count("after the day it was due") == 2
    assert "clarification is answered" in enter("officer").get(reverse("reports:dashboard")).content.decode()


def test_closing_with_an_open_question_needs_a_reason_and_ends_the_thread(enter, thread, people):
    close = reverse("projects:clarification_close", args=[thread.key])
    client = enter("officer")
    answer = client.post(close, {"because": " "})
    assert answer.status_code == 422
    assert 'href="#id_because"' in answer.content.decode()
    with pytest.raises(Refused, match="say why it needs none"):
        actions.close_clarification(thread, because="", by=people["officer"], at=now())
    thread.refresh_from_db()
    assert thread.closed_at is None
    assert client.post(close, {"because": "The trip was cancelled."}).status_code == 302
    with pytest.raises(Refused, match="is closed"):
        actions.answer(thread, answers={1: NEVER}, seen={}, by=people["coordinator"], at=now())
    with pytest.raises(Refused, match="is closed"):
        actions.ask_more(thread, text=NEVER, by=people["officer"], at=now())
    shown = enter("coordinator").get(page(thread)).content.decode()
    assert "The trip was cancelled." in shown
    assert "<textarea" not in shown


def test_a_further_question_gets_the_next_number(enter, thread):
    more = reverse("projects:clarification_more", args=[thread.key])
    client = enter("officer")
    assert client.post(more, {"text": ""}).status_code == 422
    assert client.post(more, {"text": "And who paid?"}).status_code == 302
    assert list(thread.questions.values_list("number", "text"))[-1] == (3, "And who paid?")


def test_the_officer_asks_on_the_page_and_the_coordinator_finds_it_on_this_week(enter, project, school, people):
    client = enter("officer")
    url = reverse("projects:clarification_new", args=[project.number])
    wrong = client.post(url, {"subject": "Lists", "question_1": "", "due_on": "yesterday"})
    assert wrong.status_code == 422
    assert not Clarification.objects.exists()
    day = f"{localdate() + timedelta(days=3):%d.%m.%Y}"
    client.post(url, {"subject": "Lists", "school": school.pk, "question_1": "Who signs?", "due_on": day})
    thread = Clarification.objects.get()
    factories.GroupFactory(project=project, school=school)
    week = enter("coordinator").get(reverse("beneficiaries:week")).content.decode()
    assert reverse("projects:clarification", args=[thread.key]) in week
    assert "Lists" in enter("auditor").get(reverse("reports:project_messages", args=[project.number])).content.decode()


def test_the_list_asks_no_more_with_more_rows(enter, project, people, school, thread):
    client, url = enter("officer"), reverse("projects:clarifications")
    client.get(url)
    counts = []
    for _n in range(2):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(url)
        counts.append(len(asked))
        for n in range(2):
            actions.ask(
                project, school=school, subject=f"{n}", questions=["q"], due_on=localdate(), by=people["officer"],
                at=now(),
            )  # fmt: skip
    assert counts[0] == counts[1]
