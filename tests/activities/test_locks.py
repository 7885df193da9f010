"""Late entry: a month locks some days after it ends, for page, API and action alike; exceptions end by themselves."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.timezone import now

from activities import actions, checks
from activities.models import LockException, LockRequest, Session
from activities.views import periods
from beneficiaries import actions as people_actions
from beneficiaries.models import Attendance, Participation
from core import actions as core_actions
from core.access import Refused
from core.models import AuditEvent, OutgoingMail
from tests import factories

IN_TIME = datetime(2026, 4, 10, 20, 59, tzinfo=UTC)  # 23:59 in Sofia
TOO_LATE = datetime(2026, 4, 10, 21, 0, tzinfo=UTC)  # midnight in Sofia
PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)
MARCH = date(2026, 3, 1)
BOARD = "/en/work/periods/"


@pytest.fixture
def locked(project):
    project.programme.late_days = 10
    project.programme.save()
    return project


def text_of(answer) -> str:
    return " ".join(answer.content.decode().replace("\u00a0", " ").split())


def give(project, people, at=TOO_LATE, **more):
    wanted = {"month": MARCH, "because": "Teacher was ill", "until_on": date(2026, 4, 20)} | more
    return actions.open_again(project=project, by=people["officer"], at=at, **wanted)


def test_march_with_ten_days_closes_on_10_april_and_february_of_a_leap_year_on_10_march():
    assert checks.closes_on(date(2026, 3, 5), 10) == date(2026, 4, 10)
    assert checks.closes_on(date(2028, 2, 29), 10) == date(2028, 3, 10)
    assert checks.closes_on(date(2026, 3, 31), 0) == date(2026, 3, 31)


def test_the_minute_after_the_last_day_nothing_of_the_month_changes_any_more(locked, people, session, activity, group):
    pupil, by = factories.member_of(group), people["coordinator"]
    marks = {pupil.key: "here"}
    people_actions.mark_attendance(session, marks, by=by, at=IN_TIME, idempotency_key="a")
    session.refresh_from_db()
    before = AuditEvent.objects.count()
    plan = {
        "project": locked, "activity": activity, "school": group.school, "group": group, "place": "", "leader": "",
        "topic": "", "hours": Decimal("1"), "starts_at": session.starts_at, "ends_at": session.ends_at,
    }  # fmt: skip
    other = factories.SessionFactory(
        project=locked, activity=activity, school=group.school, group=group, on=date(2026, 4, 7)
    )
    tries = [
        lambda: people_actions.mark_attendance(session, {pupil.key: "absent"}, by=by, at=TOO_LATE),
        lambda: people_actions.mark_all_present(session, by=by, at=TOO_LATE),
        lambda: actions.change_session(session, version=1, topic="Late", by=by, at=TOO_LATE),
        lambda: actions.change_session(other, version=1, on=date(2026, 3, 30), by=by, at=TOO_LATE),
        lambda: actions.cancel_session(session, because="Snow", by=by, at=TOO_LATE),
        lambda: actions.plan_session(on=date(2026, 3, 30), by=by, at=TOO_LATE, **plan),
        lambda: people_actions.leave(pupil, left_on=date(2026, 3, 20), results={}, by=by, at=TOO_LATE),
        lambda: people_actions.change_participation(
            pupil, version=1, entered_on=date(2026, 2, 2), because="x", by=by, at=TOO_LATE
        ),
        lambda: people_actions.add_participant(
            project=locked, school=group.school, given_name="Ani", family_name="Ilieva", born_on=date(2012, 1, 1),
            gender="F", entered_on=date(2026, 3, 2), labour_status="INE", education=1, sensitive={}, by=by, at=TOO_LATE,
        ),
    ]  # fmt: skip
    for attempt in tries:
        with pytest.raises(actions.PeriodLocked) as refused:
            attempt()
        assert "Ask the officer" in " ".join(refused.value.messages)
    assert AuditEvent.objects.count() == before
    assert Attendance.objects.get().mark == "here"
    assert (Participation.objects.count(), Session.objects.count()) == (1, 2)
    # what was sent in time and is only repeated answers as the first time
    again = people_actions.mark_attendance(session, marks, by=by, at=TOO_LATE, idempotency_key="a")
    assert again.here == 1
    # the month that is still open takes what it always took
    people_actions.leave(pupil, left_on=date(2026, 4, 9), results={}, by=by, at=TOO_LATE)


def test_no_back_door_changes_what_was_counted_in_a_locked_month(locked, people, session, group, client, school):
    by, at = people["coordinator"], TOO_LATE
    pupil, left = factories.member_of(group), factories.participation(locked, school, left_on=date(2026, 3, 9))
    other = factories.GroupFactory(project=locked, school=school)
    second = factories.school_of(locked)
    upload = SimpleUploadedFile("list.png", PNG)
    proof = actions.attach_evidence(session=session, project=locked, upload=upload, kind="signed_list", by=by, at=at)
    member = pupil.group_members.get()
    tries = [
        lambda: actions.remove_evidence(proof, by=by, at=at),
        lambda: people_actions.join_group(pupil, group=other, from_on=date(2026, 3, 31), by=by, at=at),
        lambda: people_actions.leave_group(member, until_on=date(2026, 3, 30), by=by, at=at),
        lambda: people_actions.move_school(pupil, school=second, on=date(2026, 3, 30), by=by, at=at),
        lambda: people_actions.add_results(left, results={"in_education": date(2026, 3, 20)}, by=by, at=at),
    ]
    before = AuditEvent.objects.count()
    for attempt in tries:
        with pytest.raises(actions.PeriodLocked):
            attempt()
    assert AuditEvent.objects.count() == before
    client.force_login(by)
    answer = client.post(f"/en/work/evidence/{proof.pk}/remove/")
    assert (answer.status_code, "March 2026 is locked" in text_of(answer)) == (422, True)
    # what does not change March goes on: leaving after its last day, joining in April, results seen in April
    people_actions.leave_group(member, until_on=date(2026, 3, 31), by=by, at=at)
    people_actions.join_group(pupil, group=other, from_on=date(2026, 4, 1), by=by, at=at)
    people_actions.add_results(left, results={"in_education": date(2026, 4, 3)}, by=by, at=at)
    proof.refresh_from_db()
    assert proof.removed_at is None


def test_an_exception_for_a_school_opens_that_school_until_its_end(locked, people, session, group):
    pupil, by = factories.member_of(group), people["coordinator"]
    give(locked, people, school=group.school)
    last = datetime(2026, 4, 20, 20, 59, tzinfo=UTC)
    people_actions.mark_attendance(session, {pupil.key: "here"}, by=by, at=last)
    with pytest.raises(actions.PeriodLocked):
        people_actions.mark_attendance(session, {pupil.key: "absent"}, by=by, at=last + timedelta(minutes=1))
    with pytest.raises(actions.PeriodLocked):
        actions.require_open(locked, factories.school_of(locked), date(2026, 3, 9), by=by, at=TOO_LATE)
    with pytest.raises(actions.PeriodLocked):
        actions.require_open(locked, group.school, date(2026, 2, 9), by=by, at=TOO_LATE)


def test_an_exception_for_one_person_is_for_nobody_else_and_can_be_taken_back(locked, people, session, group):
    pupil = factories.member_of(group)
    given = give(locked, people, person=people["coordinator"])
    with pytest.raises(actions.PeriodLocked):
        people_actions.mark_attendance(session, {pupil.key: "here"}, by=people["admin"], at=TOO_LATE)
    people_actions.mark_attendance(session, {pupil.key: "here"}, by=people["coordinator"], at=TOO_LATE)
    for _twice in range(2):
        actions.take_back(given, by=people["officer"], at=TOO_LATE)
    with pytest.raises(actions.PeriodLocked):
        people_actions.mark_attendance(session, {pupil.key: "absent"}, by=people["coordinator"], at=TOO_LATE)
    told = AuditEvent.objects.filter(kind="activities.lockexception").order_by("pk")
    assert [event.action for event in told] == ["period.opened", "period.closed_again"]
    assert (told[0].note, told[0].after["month"]) == ("Teacher was ill", "2026-03")


@pytest.mark.parametrize("who", ["admin", "officer", "coordinator", "finance", "auditor", "client", "stranger"])
def test_only_officers_and_administrators_open_a_month_again(locked, people, school, who):
    if who in ("admin", "officer"):
        actions.open_again(
            project=locked, month=MARCH, school=school, because="x", until_on=date(2026, 5, 1), by=people[who],
            at=TOO_LATE,
        )  # fmt: skip
        return
    with pytest.raises(PermissionDenied):
        actions.open_again(
            project=locked, month=MARCH, school=school, because="x", until_on=date(2026, 5, 1), by=people[who],
            at=TOO_LATE,
        )  # fmt: skip
    assert not LockException.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"because": " "}, "because", "Say why"),
        ({"until_on": date(2026, 4, 10)}, "until_on", "Enter today or a later day"),
        ({"month": date(2026, 4, 1)}, "month", "is open until 10 May 2026"),
        ({"school": None}, "who", "Choose one school or one person"),
        ({"person": "auditor", "school": None}, "who", "enters no sessions"),
    ],
)
def test_what_is_wrong_with_an_exception_is_said_beside_its_field(locked, people, school, wrong, field, words):
    given = {"school": school} | wrong
    given |= {"person": people[given["person"]]} if "person" in given else {}
    with pytest.raises(Refused) as refused:
        give(locked, people, **given)
    assert words in " ".join(refused.value.message_dict[field]).replace("\u00a0", " ")
    give(locked, people, school=school)
    with pytest.raises(Refused, match="Take that back first"):
        give(locked, people, school=school)
    assert LockException.objects.count() == 1


def test_page_and_api_refuse_a_mark_of_a_locked_month_in_the_same_words(locked, people, client, group, activity):
    session = factories.SessionFactory(
        project=locked, activity=activity, school=group.school, group=group, on=date(2026, 1, 19)
    )  # the doors read the real clock: long after
    pupil = factories.member_of(group)
    client.force_login(people["coordinator"])
    page = text_of(client.get(f"/en/work/sessions/{session.key}/"))
    assert "This period is locked" in page
    assert "locked since 11 Feb 2026" in page
    assert "Officer can open it again." in page
    assert 'type="radio"' not in page
    sent = {"participation": str(pupil.key), "mark": "here"}
    answer = client.post(f"/en/work/sessions/{session.key}/marks/", sent, HTTP_ACCEPT="application/json")
    words = "January 2026 is locked since 11 February 2026."
    assert answer.status_code == 423
    assert words in answer.json()["detail"].replace("\u00a0", " ")
    grid = text_of(client.get(f"/en/work/week/grid/?group={group.key}&week=2026-W04"))
    assert 'aria-readonly="true"' in grid
    assert "<select" not in grid
    _token, secret = core_actions.make_token(
        user=people["client"], name="t", scopes=["attendance"], expires_at=now() + timedelta(days=1),
        by=people["client"], at=now(),
    )  # fmt: skip
    client.logout()
    body = {"marks": [{"participation": str(pupil.key), "mark": "here"}]}
    answer = client.post(
        f"/api/v1/sessions/{session.key}/attendance/", json.dumps(body), content_type="application/json",
        HTTP_AUTHORIZATION=f"Bearer {secret}", HTTP_ACCEPT_LANGUAGE="en",
    )  # fmt: skip
    assert (answer.status_code, Attendance.objects.count()) == (409, 0), answer.content
    assert words in str(answer.json()).replace("\u00a0", " ").replace("\\xa0", " ")


def test_the_board_shows_every_month_of_every_school_with_its_state(
    locked, people, client, session, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(periods, "localdate", lambda: date(2026, 4, 5))
    monkeypatch.setattr(periods, "now", lambda: TOO_LATE)
    school = session.school
    other = factories.school_of(locked)
    client.force_login(people["officer"])
    with django_assert_max_num_queries(24):
        page = text_of(client.get(BOARD))
    assert str(school.name["en"]) in page
    assert str(other.name["en"]) in page
    assert page.count("Closes soon") == 2  # March, until 10 April
    assert "until 10 Apr 2026" in page
    assert "1 session not marked" in page
    wanted = {"project": locked.number, "month": "2026-02", "who": f"school:{school.pk}"}
    assert client.post(f"{BOARD}open/", wanted).status_code == 422
    wanted |= {"because": "Papers came late", "until_on": "20.4.2026"}
    assert client.post(f"{BOARD}open/", wanted).status_code == 302
    page = text_of(client.get(BOARD))
    assert "Opened again" in page
    assert "Papers came late" in page
    client.force_login(people["coordinator"])
    page = text_of(client.get(BOARD))
    assert "Papers came late" in page
    assert str(other.name["en"]) not in page
    assert "Take back" not in page


def test_a_school_asks_the_officer_once_and_opening_the_month_settles_it(locked, people, client, session, monkeypatch):
    monkeypatch.setattr(periods, "localdate", lambda: date(2026, 4, 12))
    monkeypatch.setattr(periods, "now", lambda: TOO_LATE)
    school = session.school
    client.force_login(people["coordinator"])
    wanted = {"project": locked.number, "school": str(school.key), "month": "2026-03"}
    assert client.post(f"{BOARD}ask/", wanted).status_code == 422
    for _twice in range(2):
        assert client.post(f"{BOARD}ask/", wanted | {"because": "The registers were wet"}).status_code == 302
    assert LockRequest.objects.waiting().count() == 1
    assert list(OutgoingMail.objects.values_list("to", flat=True)) == [people["officer"].email]
    assert "The registers were wet" not in OutgoingMail.objects.get().text
    client.force_login(people["officer"])
    page = text_of(client.get(BOARD))
    assert "The registers were wet" in page
    assert "because=The%20registers%20were%20wet" in page
    give(locked, people, school=school)
    assert not LockRequest.objects.waiting().exists()
    told = AuditEvent.objects.filter(action__startswith="period.").order_by("pk").values_list("action", flat=True)
    assert list(told) == ["period.asked", "period.opened"]


def test_a_request_can_be_declined_by_the_officer_only(locked, people, session):
    by = people["coordinator"]
    asked = actions.ask_to_open(
        project=locked, school=session.school, month=MARCH, because="x", by=by, at=TOO_LATE
    )  # fmt: skip
    with pytest.raises(PermissionDenied):
        actions.decline(asked, by=by, at=TOO_LATE)
    assert actions.decline(asked, by=people["officer"], at=TOO_LATE).settled_at == TOO_LATE
    with pytest.raises(Refused, match="is open until"):
        actions.ask_to_open(
            project=locked, school=session.school, month=date(2026, 4, 1), because="x", by=by, at=TOO_LATE
        )  # fmt: skip


@pytest.mark.parametrize(
    ("day", "reminded"),
    [(date(2026, 4, 2), 0), (date(2026, 4, 3), 1), (date(2026, 4, 8), 1), (date(2026, 4, 9), 0)],
)
def test_seven_and_two_days_before_it_locks_the_school_is_reminded_once(locked, people, session, day, reminded):
    at = datetime(day.year, day.month, day.day, 6, 0, tzinfo=UTC)
    assert [actions.remind_of_locks(at=at), actions.remind_of_locks(at=at)] == [reminded, 0]
    mails = OutgoingMail.objects.all()
    assert {m.to for m in mails} == ({people["coordinator"].email} if reminded else set())
    for mail in mails:
        assert mail.text.endswith(f"/work/week/?school={session.school.key}")


def test_nobody_is_reminded_of_a_month_that_is_marked(locked, people, session, group):
    factories.attended(session, factories.member_of(group))
    assert actions.remind_of_locks(at=datetime(2026, 4, 3, 6, 0, tzinfo=UTC)) == 0
