"""Sessions and evidence: who may, what the rules refuse in which words, and what did not change."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from activities import actions
from activities.models import Evidence, Session
from core.access import Refused
from core.models import AuditEvent, StoredFile
from tests import factories
from tests.conftest import NOON

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n"
EVERYBODY = ["admin", "officer", "coordinator", "finance", "auditor", "client", "stranger"]


def details(activity, group, **new):
    return {
        "project": group.project, "school": group.school, "activity": activity, "group": group,
        "on": date(2026, 3, 18), "starts_at": time(14, 0), "ends_at": time(15, 30), "hours": Decimal("1.5"),
        "place": "Room 3", "leader": "Maria Koleva", "topic": "Reading",
    } | new  # fmt: skip


def plan(by, activity, group, **new):
    return actions.plan_session(by=by, at=NOON, **details(activity, group, **new))


def said(refused) -> str:
    return " ".join(refused.value.messages).replace("\u00a0", " ")


def trail():
    """What was written down about projects."""
    return AuditEvent.objects.exclude(project="").order_by("pk")


@pytest.mark.parametrize("who", EVERYBODY)
def test_coordinators_clients_and_administrators_plan_sessions(who, people, activity, group):
    allowed = who in ("admin", "coordinator", "client")
    with nullcontext() if allowed else pytest.raises(PermissionDenied, match="An administrator can give you access"):
        plan(people[who], activity, group)

    assert Session.objects.count() == allowed
    assert trail().filter(action="session.planned").count() == allowed


def test_a_coordinator_of_another_school_plans_nothing_here(people, project, activity, group):
    with pytest.raises(PermissionDenied):
        plan(people["stranger"], activity, group)
    other_school = factories.school_of(project)
    other_group = factories.GroupFactory(project=project, school=other_school)
    with pytest.raises(PermissionDenied):
        plan(people["coordinator"], activity, other_group)
    assert not Session.objects.exists()


def test_planning_leaves_an_audit_row_without_the_leaders_name(people, activity, group):
    session = plan(people["coordinator"], activity, group)

    event = trail().get(action="session.planned")
    assert (event.project, event.key) == (group.project.number, str(session.key))
    assert event.after["on"] == "2026-03-18"
    assert event.after["leader"] == "•"
    assert "Koleva" not in str(event.after)


@pytest.mark.parametrize(
    ("new", "field", "words"),
    [
        ({"on": date(2025, 12, 8)}, "on", "9 December 2025 to 9 December 2028"),
        ({"on": date(2028, 12, 10)}, "on", "9 December 2025 to 9 December 2028"),
        ({"ends_at": time(13, 0)}, "ends_at", "must end after it starts"),
        ({"ends_at": time(14, 0)}, "ends_at", "must end after it starts"),
        ({"hours": Decimal(0)}, "hours", "above 0 and at most 24"),
        ({"hours": Decimal("24.5")}, "hours", "above 0 and at most 24"),
        ({"topic": "x" * 301}, "topic", "at most 300 characters"),
    ],
)
def test_what_cannot_be_planned_is_said_beside_its_field(people, activity, group, new, field, words):
    with pytest.raises(Refused) as refused:
        plan(people["coordinator"], activity, group, **new)

    assert list(refused.value.message_dict) == [field]
    assert words in said(refused)
    assert not Session.objects.exists()
    assert not trail().exists()


def test_first_and_last_day_of_the_contract_can_be_planned(people, activity, group):
    plan(people["coordinator"], activity, group, on=date(2025, 12, 9))
    plan(people["coordinator"], activity, group, on=date(2028, 12, 9))
    assert Session.objects.count() == 2


def test_eligibility_may_reach_further_than_the_work(people, project, activity, group):
    contract = project.contracts.get()
    contract.eligible_from, contract.eligible_to = date(2025, 10, 1), date(2029, 1, 31)
    contract.save()
    plan(people["coordinator"], activity, group, on=date(2025, 10, 1))
    with pytest.raises(Refused) as refused:
        plan(people["coordinator"], activity, group, on=date(2029, 2, 1))
    assert "from 1 October 2025 to 31 January 2029" in said(refused)


def test_the_dates_of_the_activity_count_too(people, activity, group):
    activity.starts_on, activity.ends_on = date(2026, 4, 1), date(2026, 6, 30)
    activity.save()
    with pytest.raises(Refused) as refused:
        plan(people["coordinator"], activity, group)
    assert "Activity" in said(refused)
    assert "1 Apr 2026" in said(refused)
    assert not Session.objects.exists()


def test_sessions_belong_to_a_sub_activity_where_there_is_one(people, project, activity, group):
    part = factories.ActivityFactory(project=project, parent=activity)
    with pytest.raises(Refused, match="divided into sub-activities"):
        plan(people["coordinator"], activity, group)
    assert plan(people["coordinator"], part, group).activity == part


def test_activity_and_group_must_be_of_the_project_and_school(people, project, activity, group):
    foreign = factories.ActivityFactory(project=factories.ProjectFactory())
    with pytest.raises(Refused, match="activity belongs to another project"):
        plan(people["admin"], foreign, group)
    other = factories.GroupFactory(project=project, school=factories.school_of(project))
    with pytest.raises(Refused, match="group belongs to another school"):
        plan(people["admin"], activity, other, school=group.school)
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "fits"),
    [
        (time(12, 0), time(14, 0), True),
        (time(15, 30), time(16, 0), True),
        (time(13, 0), time(14, 1), False),
        (time(14, 30), time(15, 0), False),
        (time(15, 29), time(17, 0), False),
        (time(14, 0), time(15, 30), False),
    ],
)
def test_a_group_is_at_one_place_at_a_time(people, activity, group, starts_at, ends_at, fits):
    plan(people["coordinator"], activity, group)
    with nullcontext() if fits else pytest.raises(Refused) as refused:
        plan(people["coordinator"], activity, group, starts_at=starts_at, ends_at=ends_at)
    assert fits or "already has a session on 18 March 2026 from 14:00" in said(refused)
    assert Session.objects.count() == (2 if fits else 1)


def test_a_cancelled_session_frees_its_time(people, activity, group):
    first = plan(people["coordinator"], activity, group)
    actions.cancel_session(first, because="Flu", by=people["coordinator"], at=NOON)
    plan(people["coordinator"], activity, group)
    assert Session.objects.count() == 2


# --- change ---------------------------------------------------------------------------------------------------------


def test_a_change_is_written_down_with_both_values(people, session):
    changed = actions.change_session(session, version=1, by=people["coordinator"], at=NOON, topic=" Fairy ", hours=2)

    session.refresh_from_db()
    assert (session.topic, session.hours, session.version) == ("Fairy", 2, 2)
    assert changed.pk == session.pk
    event = trail().get()
    assert event.before == {"topic": "", "hours": "1.50"}
    assert event.after == {"topic": "Fairy", "hours": "2", "version": 2}
    assert event.project == session.project.number


@pytest.mark.parametrize("who", ["officer", "finance", "auditor", "stranger"])
def test_who_may_not_change_changes_nothing(who, people, session):
    with pytest.raises(PermissionDenied):
        actions.change_session(session, version=1, by=people[who], at=NOON, topic="Other")
    session.refresh_from_db()
    assert (session.topic, session.version) == ("", 1)
    assert not trail().exists()


def test_the_same_change_twice_changes_once(people, session):
    for _time in range(2):
        actions.change_session(session, version=1, by=people["coordinator"], at=NOON, topic="Reading")
    session.refresh_from_db()
    assert session.version == 2
    assert trail().count() == 1


def test_a_stale_change_of_the_same_detail_is_refused_with_both_values(people, session):
    actions.change_session(session, version=1, by=people["admin"], at=NOON, topic="Theirs", place="Hall")
    with pytest.raises(actions.Stale) as stale:
        actions.change_session(session, version=1, by=people["coordinator"], at=NOON, topic="Yours", hours=3)

    assert stale.value.differences == [actions.Difference("topic", "Yours", "Theirs")]
    assert (stale.value.who, stale.value.when) == ("Admin", NOON)
    session.refresh_from_db()
    assert (session.topic, session.hours, session.version) == ("Theirs", Decimal("1.50"), 2)
    assert trail().count() == 1


def test_two_people_may_change_different_details(people, session):
    actions.change_session(session, version=1, by=people["admin"], at=NOON, topic="Theirs")
    actions.change_session(session, version=1, by=people["coordinator"], at=NOON, place="Hall")
    session.refresh_from_db()
    assert (session.topic, session.place, session.version) == ("Theirs", "Hall", 3)


def test_a_change_past_the_trail_makes_every_detail_stale(people, session):
    Session.objects.filter(pk=session.pk).update(version=5, place="Moved")
    with pytest.raises(actions.Stale):
        actions.change_session(session, version=1, by=people["coordinator"], at=NOON, place="Hall")


def test_a_session_with_marks_keeps_its_group_and_stays_in_the_past(people, session, class_of_30):
    factories.attended(session, class_of_30[0])
    other = factories.GroupFactory(project=session.project, school=session.school)
    with pytest.raises(Refused, match="its group stays"):
        actions.change_session(session, version=1, by=people["coordinator"], at=NOON, group=other)
    with pytest.raises(Refused, match="cannot lie in the future"):
        actions.change_session(session, version=1, by=people["coordinator"], at=NOON, on=date(2026, 3, 17))
    session.refresh_from_db()
    assert (session.group_id, session.on) == (class_of_30[0].group_members.get().group_id, date(2026, 3, 16))


# --- cancel ---------------------------------------------------------------------------------------------------------


def test_cancelling_needs_a_reason_and_happens_once(people, session):
    with pytest.raises(Refused, match="Say why"):
        actions.cancel_session(session, because="  ", by=people["coordinator"], at=NOON)
    for _time in range(2):
        actions.cancel_session(session, because="Flu", by=people["coordinator"], at=NOON)

    session.refresh_from_db()
    assert (session.state, session.cancelled_because) == ("cancelled", "Flu")
    assert trail().get().note == "Flu"
    with pytest.raises(Refused, match="can no longer be changed"):
        actions.change_session(session, version=2, by=people["coordinator"], at=NOON, topic="Other")


def test_a_session_that_took_place_is_not_cancelled(people, session, class_of_30):
    factories.attended(session, class_of_30[0])
    with pytest.raises(Refused, match="it took place"):
        actions.cancel_session(session, because="Flu", by=people["coordinator"], at=NOON)
    session.refresh_from_db()
    assert session.state == "held"


# --- copy a week ----------------------------------------------------------------------------------------------------


def test_a_week_is_copied_without_topics_and_cancelled_sessions(people, activity, group, session):
    actions.change_session(
        session, version=1, by=people["coordinator"], at=NOON, topic="Reading", leader="Maria Koleva"
    )
    off = plan(people["coordinator"], activity, group, on=date(2026, 3, 17))
    actions.cancel_session(off, because="Flu", by=people["coordinator"], at=NOON)
    monday = date(2026, 3, 16)

    def copy():
        return actions.copy_week(
            project=group.project, school=group.school, monday=monday, to_monday=monday + timedelta(days=7),
            by=people["coordinator"], at=NOON,
        )  # fmt: skip

    planned, refused = copy()
    assert (len(planned), refused) == (1, [])
    new = Session.objects.get(on=date(2026, 3, 23))
    assert (new.topic, new.leader, new.starts_at, new.state) == ("", "Maria Koleva", time(14, 0), "planned")

    planned, refused = copy()
    assert planned == []
    assert [day.on for day in refused] == [date(2026, 3, 23)]
    assert "already has a session" in refused[0].why
    assert Session.objects.filter(on__gte=date(2026, 3, 23)).count() == 1


# --- evidence -------------------------------------------------------------------------------------------------------


def attach(by, session, content=PDF, name="list.pdf", **more):
    upload = SimpleUploadedFile(name, content)
    kind = more.pop("kind", "signed_list")
    return actions.attach_evidence(
        project=session.project, upload=upload, kind=kind, session=session, by=by, at=NOON, **more
    )


@pytest.mark.parametrize("who", EVERYBODY)
def test_coordinators_and_administrators_attach_evidence(who, people, session, files_dir):
    allowed = who in ("admin", "coordinator")
    with nullcontext() if allowed else pytest.raises(PermissionDenied):
        attach(people[who], session)
    assert Evidence.objects.count() == allowed
    assert StoredFile.objects.count() == allowed
    assert len(list(files_dir.glob("*/*"))) == allowed


def test_evidence_of_a_session_is_of_its_project_school_and_activity(people, session):
    evidence = attach(people["coordinator"], session)
    assert (evidence.project, evidence.school, evidence.activity) == (session.project, session.school, session.activity)
    event = trail().get()
    assert (event.action, event.project) == ("evidence.added", session.project.number)
    assert event.after == {"kind": "signed_list", "session": str(session.key), "sha256": evidence.file.sha256}


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "list.pdf", "is empty"),
        (b"MZ\x90\x00 a program", "list.pdf", "is not a PDF, JPEG or PNG"),
        (b"<html><script>alert(1)</script>", "scan.png", "is not a PDF, JPEG or PNG"),
        (PDF + b"x" * 2000, "list.pdf", "is too large"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_beside_its_field(people, session, settings, content, name, words):
    settings.UPLOAD_LIMIT = 1000
    with pytest.raises(Refused) as refused:
        attach(people["coordinator"], session, content, name)
    assert list(refused.value.message_dict) == ["upload"]
    assert words in said(refused)
    assert name in said(refused)
    assert not StoredFile.objects.exists()
    assert not trail().exists()


def test_the_same_file_is_on_a_session_once(people, session):
    first = attach(people["coordinator"], session)
    with pytest.raises(Refused, match="already there"):
        attach(people["coordinator"], session, name="copy.pdf")
    assert Evidence.objects.count() == StoredFile.objects.count() == trail().count() == 1

    actions.remove_evidence(first, by=people["coordinator"], at=NOON)
    attach(people["coordinator"], session)
    assert Evidence.objects.filter(removed_at=None).count() == 1


def test_an_unknown_kind_is_refused(people, session):
    with pytest.raises(Refused, match="what kind"):
        attach(people["coordinator"], session, kind="poem")
    assert not Evidence.objects.exists()


def test_removing_keeps_the_row_and_is_written_down_once(people, session):
    evidence = attach(people["coordinator"], session)
    with pytest.raises(PermissionDenied):
        actions.remove_evidence(evidence, by=people["officer"], at=NOON)
    for _time in range(2):
        actions.remove_evidence(evidence, by=people["coordinator"], at=NOON)
    evidence.refresh_from_db()
    assert evidence.removed_at == NOON
    assert trail().filter(action="evidence.removed").count() == 1
