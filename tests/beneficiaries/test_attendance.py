"""Marks: who may set them, all or none, repetitions, what two people do at once, and what the trail says."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from activities.models import Session
from beneficiaries import actions
from beneficiaries.models import Attendance, GroupMember, Receipt
from core.access import Refused
from core.models import AuditEvent
from tests import factories
from tests.conftest import NOON


def mark(by, session, marks, **more):
    return actions.mark_attendance(session, marks, by=by, at=NOON, **more)


def trail():
    """What was written down about projects."""
    return AuditEvent.objects.exclude(project="").order_by("pk")


def marks_of(session) -> dict[str, str]:
    return {str(a.participation.key): a.mark for a in session.attendance.select_related("participation")}


@pytest.fixture
def pupils(group):
    """Three members of the group."""
    return [factories.member_of(group) for _n in range(3)]


@pytest.mark.parametrize("who", ["admin", "officer", "coordinator", "finance", "auditor", "client", "stranger"])
def test_coordinators_clients_and_administrators_mark(who, people, session, pupils):
    allowed = who in ("admin", "coordinator", "client")
    with nullcontext() if allowed else pytest.raises(PermissionDenied):
        mark(people[who], session, {pupils[0].key: "here"})
    session.refresh_from_db()
    assert session.state == ("held" if allowed else "planned")
    assert Attendance.objects.count() == trail().count() == allowed


def test_a_class_of_30_is_marked_present_and_two_exceptions_are_corrected(people, session, class_of_30):
    by = people["coordinator"]
    assert actions.mark_all_present(session, by=by, at=NOON).here == 30
    summary = mark(by, session, {class_of_30[3].key: "absent", class_of_30[7].key: "excused"})
    assert summary.as_json() == {
        "saved_at": "2026-03-16T12:00:00+00:00", "here": 28, "absent": 1, "excused": 1, "late": 0, "unmarked": 0,
    }  # fmt: skip
    assert trail().count() == 2


def test_mark_all_leaves_the_exceptions_that_were_marked_before(people, session, pupils):
    mark(people["coordinator"], session, {pupils[0].key: "absent"})
    for _time in range(2):
        summary = actions.mark_all_present(session, by=people["coordinator"], at=NOON)
    assert (summary.here, summary.absent, summary.unmarked) == (2, 1, 0)
    assert trail().count() == 2  # the repetition changed nothing


def test_one_row_of_the_trail_holds_codes_before_and_after(people, session, pupils):
    first, second, _third = (p.person.code for p in pupils)
    mark(people["coordinator"], session, {pupils[0].key: "here", pupils[1].key: "here"})
    mark(people["coordinator"], session, {pupils[0].key: "absent", pupils[1].key: ""})

    event = trail().last()
    assert (event.action, event.key, event.project) == (
        "attendance.marked",
        str(session.key),
        session.project.number,
    )
    assert event.before == {"marks": {first: "here", second: "here"}}
    assert event.after == {"marks": {first: "absent", second: ""}}
    assert trail().first().after["state"] == "held"
    for pupil in pupils:
        assert pupil.person.identity.family_name not in str(list(trail().values("before", "after", "note")))


def test_a_session_is_held_while_it_has_marks(people, session, pupils):
    mark(people["coordinator"], session, {pupils[0].key: "here"})
    assert Session.objects.get().state == "held"
    summary = mark(people["coordinator"], session, {pupils[0].key: ""})
    assert Session.objects.get().state == "planned"
    assert (summary.here, summary.unmarked) == (0, 3)
    assert not Attendance.objects.exists()
    assert trail().last().after["state"] == "planned"


def test_marks_say_when_and_by_whom(people, session, pupils):
    mark(people["admin"], session, {pupils[0].key: "here"})
    mark(people["coordinator"], session, {pupils[0].key: "absent"})
    attendance = Attendance.objects.get()
    assert (attendance.mark, attendance.marked_at, attendance.marked_by) == ("absent", NOON, people["coordinator"])


@pytest.mark.parametrize("wrong", ["gone", "HERE", "1", "late"])
def test_an_unknown_mark_stores_none_of_the_others(people, session, pupils, wrong):
    with pytest.raises(Refused, match="is not a mark of this programme"):
        mark(people["coordinator"], session, {pupils[0].key: "here", pupils[1].key: wrong})
    assert not Attendance.objects.exists()
    assert not trail().exists()


def test_late_is_a_mark_where_the_programme_knows_it(people, session, pupils):
    programme = session.project.programme
    programme.marks_late = True
    programme.save()
    assert mark(people["coordinator"], session, {pupils[0].key: "late"}).late == 1


def test_strangers_to_the_group_are_refused(people, session, pupils):
    other = factories.participation(session.project, session.school)
    for key in (other.key, uuid4(), "no key"):
        with pytest.raises(Refused, match="not in the group"):
            mark(people["coordinator"], session, {pupils[0].key: "here", key: "here"})
    assert not Attendance.objects.exists()


def test_members_are_those_of_that_day_and_who_has_a_mark(people, session, pupils, group):
    early, late, marked = pupils
    GroupMember.objects.filter(participation=early).update(until_on=date(2026, 3, 15))
    GroupMember.objects.filter(participation=late).update(from_on=date(2026, 3, 17))
    GroupMember.objects.filter(participation=marked).update(until_on=date(2026, 3, 1))
    factories.attended(session, marked)
    last_day = factories.member_of(group)
    GroupMember.objects.filter(participation=last_day).update(until_on=date(2026, 3, 16))
    GroupMember.objects.create(group=group, participation=last_day, from_on=date(2026, 3, 20))

    assert set(actions.on_sheet(session)) == {marked, last_day}
    for pupil in (early, late):
        with pytest.raises(Refused, match="not in the group"):
            mark(people["coordinator"], session, {pupil.key: "here"})


def test_a_cancelled_session_and_one_to_come_take_no_marks(people, session, pupils):
    session.state, session.cancelled_because = "cancelled", "Flu"
    session.save()
    with pytest.raises(actions.Closed, match="is cancelled"):
        mark(people["coordinator"], session, {pupils[0].key: "here"})
    session.state, session.on = "planned", date(2026, 3, 17)
    session.save()
    with pytest.raises(actions.Closed, match="not taken place yet"):
        mark(people["coordinator"], session, {pupils[0].key: "here"})
    assert not Attendance.objects.exists()
    assert not trail().exists()


# --- repetitions and conflicts --------------------------------------------------------------------------------------


def test_a_repeated_request_answers_as_before_and_changes_nothing(people, session, pupils):
    by = people["coordinator"]
    first = mark(by, session, {pupils[0].key: "here"}, idempotency_key="a")
    mark(by, session, {pupils[0].key: "absent"})
    again = mark(by, session, {pupils[0].key: "here"}, idempotency_key="a")

    assert again == first
    assert marks_of(session) == {str(pupils[0].key): "absent"}
    assert trail().count() == 2
    assert Receipt.objects.count() == 1


def test_a_key_used_for_something_else_is_refused(people, session, pupils):
    mark(people["coordinator"], session, {pupils[0].key: "here"}, idempotency_key="a")
    with pytest.raises(Refused, match="with other content"):
        mark(people["coordinator"], session, {pupils[0].key: "absent"}, idempotency_key="a")
    assert marks_of(session) == {str(pupils[0].key): "here"}
    mark(people["admin"], session, {pupils[0].key: "absent"}, idempotency_key="a")  # keys are per person
    assert marks_of(session) == {str(pupils[0].key): "absent"}


def test_an_old_receipt_is_forgotten(people, session, pupils):
    mark(people["coordinator"], session, {pupils[0].key: "here"}, idempotency_key="a")
    assert actions.forget_receipts(before=NOON) == 0
    assert actions.forget_receipts(before=NOON.replace(hour=13)) == 1


def test_a_mark_somebody_set_meanwhile_is_shown_and_nothing_stored(people, session, pupils):
    first, second, _third = (str(p.key) for p in pupils)
    mark(people["admin"], session, {first: "absent"})
    with pytest.raises(actions.MarkedMeanwhile) as meanwhile:
        mark(people["coordinator"], session, {first: "here", second: "here"}, seen={first: "", second: ""})

    code = pupils[0].person.code
    assert meanwhile.value.conflicts == [actions.MarkConflict(first, code, "here", "absent", "Admin")]
    assert marks_of(session) == {first: "absent"}
    mark(people["coordinator"], session, {first: "here", second: "here"}, seen={first: "absent", second: ""})
    assert marks_of(session) == {first: "here", second: "here"}


def test_a_mark_left_as_it_was_does_not_undo_somebody_elses(people, session, pupils):
    first, second, _third = (str(p.key) for p in pupils)
    mark(people["coordinator"], session, {first: "here"})
    mark(people["admin"], session, {first: "absent"})
    mark(people["coordinator"], session, {first: "here", second: "here"}, seen={first: "here", second: ""})
    assert marks_of(session) == {first: "absent", second: "here"}


@pytest.mark.django_db(transaction=True)
def test_the_same_request_twice_at_once_marks_once(people, session, pupils):
    start, summaries, key = Barrier(2), [], pupils[0].key

    def run():
        start.wait()
        try:
            summaries.append(mark(people["coordinator"], session, {key: "here"}, idempotency_key="a"))
        finally:
            connection.close()

    threads = [Thread(target=run) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(summaries) == 2
    assert summaries[0] == summaries[1]
    assert Attendance.objects.count() == Receipt.objects.count() == trail().count() == 1


# --- counts of a week -----------------------------------------------------------------------------------------------


def test_sessions_come_with_their_counts(people, session, pupils, group, activity):
    mark(people["coordinator"], session, {pupils[0].key: "here", pupils[1].key: "excused"})
    other = factories.SessionFactory(
        project=group.project, school=group.school, group=group, activity=activity, on=date(2026, 1, 11)
    )
    counted = {s.pk: s for s in actions.with_counts(Session.objects.all())}
    first, second = counted[session.pk], counted[other.pk]
    assert (first.came, first.away, first.unmarked, first.proofs) == (1, 1, 1, 0)
    assert (second.came, second.away, second.unmarked, second.proofs) == (0, 0, 0, 0)  # before anybody joined
