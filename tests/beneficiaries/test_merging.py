"""Two records of one person: the queue, the merge, and the way back that leaves everything as it was."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beneficiaries import actions
from beneficiaries.models import (
    Attendance,
    Consent,
    Erasure,
    FollowUp,
    GroupMember,
    Hold,
    Identity,
    Merge,
    MergedRow,
    Notice,
    NotSame,
    OwnNumber,
    Participation,
    Result,
    SensitiveAnswer,
    Stay,
    SupportPlan,
    SupportReview,
)
from core.access import Refused
from core.models import AuditEvent
from projects.models import Membership
from tests import factories
from tests.factories import NOON

TABLES = [m for m in apps.get_app_config("beneficiaries").get_models() if m not in (Merge, MergedRow, NotSame)]
DAY = timedelta(days=1)


def contents():
    """Every row of every table about participants."""
    return {model._meta.label: {row["id"]: row for row in model.objects.values()} for model in TABLES}


def alike(group, **more):
    """Two members of a group who look like one person."""
    rows = [factories.member_of(group, **more) for _ in range(2)]
    for row, name in zip(rows, ("Петров", "Petrov"), strict=True):
        Identity.objects.filter(person=row.person).update(
            given_name="Иван", family_name=name, **actions.name_keys("Иван", name)
        )
    return rows


def merged(one, other, by):
    return actions.merge_people(kept=one.person, gone=other.person, by=by, at=NOON)


day = st.dates(date(2026, 1, 12), date(2026, 3, 10))
facts = st.fixed_dictionaries(
    {
        "entered_on": day,
        "lasts": st.none() | st.integers(0, 30),
        "status": st.sampled_from(["", "INE", "UE"]),
        "marks": st.lists(st.sampled_from(["", "here", "absent", "excused", "late"]), min_size=4, max_size=4),
        "answers": st.lists(st.sampled_from(["", "yes", "no", "refused"]), min_size=6, max_size=6),
        "results": st.sets(st.sampled_from(["searching", "employed"])),
        "members": st.lists(st.tuples(st.integers(0, 40), st.integers(0, 20)), max_size=2),
    }
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=facts, other=facts)
def test_merge_and_undo_leave_everything_as_before(group, activity, people, one, other):
    with transaction.atomic():
        sessions = [
            factories.SessionFactory(
                project=group.project, activity=activity, school=group.school, group=group, on=date(2026, 3, n)
            )
            for n in range(1, 5)
        ]
        rows = [_filled(group, sessions, told) for told in (one, other)]
        before = contents()
        marks = set(Attendance.objects.values_list("session", flat=True))
        merge = merged(*rows, people["coordinator"])
        left = Participation.objects.get(person=rows[0].person)
        assert not Participation.objects.filter(person=rows[1].person).exists()
        assert set(left.attendance.values_list("session", flat=True)) == marks
        assert OwnNumber.objects.filter(person=left.person).count() == 2
        assert left.entered_on == min(row.entered_on for row in rows)
        assert left.stays.filter(left_on=None).exists() == (left.left_on is None)
        actions.undo_merge(merge, by=people["coordinator"], at=NOON)
        assert contents() == before
        transaction.set_rollback(True)


def _filled(group, sessions, told):
    entered = told["entered_on"]
    left = None if told["lasts"] is None else entered + told["lasts"] * DAY
    row = factories.participation(
        group.project, group.school, entered_on=entered, left_on=left, labour_status=told["status"]
    )
    for session, mark in zip(sessions, told["marks"], strict=True):
        if mark:
            factories.attended(session, row, mark)
    for question, answer in zip(SensitiveAnswer.Question.values, told["answers"], strict=True):
        if answer:
            SensitiveAnswer.objects.create(participation=row, question=question, answer=answer)
    for kind in told["results"]:
        Result.objects.create(participation=row, kind=kind, seen_on=date(2026, 3, 12))
    if left:
        due = actions.six_months_after(left)
        FollowUp.objects.create(participation=row, left_on=left, due_from=due, due_until=due)
    notice, _new = Notice.objects.get_or_create(
        programme=group.project.programme, version="1", defaults={"text": {"en": "x"}, "from_on": date(2026, 1, 1)}
    )
    Consent.objects.create(
        participation=row, notice=notice, kind="consented", given_on=entered, recorded_at=NOON.replace(microsecond=123)
    )
    plan = SupportPlan.objects.create(participation=row, opened_on=entered, risk="high", why="Absent")
    SupportReview.objects.create(plan=plan, due_on=entered)
    OwnNumber.objects.create(school=group.school, number=row.person.code, person=row.person)
    Hold.objects.create(project=group.project, person=row.person, because="Audit", put_at=NOON)
    start = entered
    for gap, lasts in told["members"]:
        start += (gap + 1) * DAY
        GroupMember.objects.create(group=group, participation=row, from_on=start, until_on=start + lasts * DAY)
        start += lasts * DAY
    return row


def test_of_two_marks_at_one_session_the_one_that_says_most_stays(group, session, people):
    one, other = alike(group)
    factories.attended(session, one, "absent")
    factories.attended(session, other, "here")
    merged(one, other, people["coordinator"])
    assert Attendance.objects.get().mark == "here"
    assert Attendance.objects.get().participation == one


def test_a_person_of_two_projects_is_counted_in_each(group, programme, people):
    one = factories.member_of(group)
    elsewhere = factories.ProjectFactory(programme=programme)
    factories.ContractFactory(project=elsewhere)
    other = factories.participation(elsewhere, factories.school_of(elsewhere))
    merge = merged(one, other, people["officer"])
    other.refresh_from_db()
    assert (other.person, other.key) == (one.person, other.key)
    assert merge.rows.get(table="beneficiaries.participation").came_from_id == merge.gone_id


def test_what_changed_after_the_merge_stays_with_the_record_that_was_kept(group, session, activity, people):
    one, other = alike(group)
    factories.attended(session, other, "here")
    merge = merged(one, other, people["coordinator"])
    later = factories.SessionFactory(
        project=group.project, activity=activity, school=group.school, group=group, on=date(2026, 3, 17)
    )
    factories.attended(later, one, "late")
    Attendance.objects.filter(session=session).update(mark="excused")
    actions.undo_merge(merge, by=people["coordinator"], at=NOON)
    marks = dict(Attendance.objects.values_list("participation__person__code", "mark"))
    assert marks == {one.person.code: "late", other.person.code: "excused"}
    with pytest.raises(Refused):
        actions.undo_merge(merge, by=people["coordinator"], at=NOON)


def test_merges_are_undone_in_reverse(group, people):
    one, other = alike(group)
    third = factories.member_of(group)
    first = merged(one, other, people["coordinator"])
    merged(third, one, people["coordinator"])
    with pytest.raises(Refused, match="later"):
        actions.undo_merge(first, by=people["coordinator"], at=NOON)
    with pytest.raises(Refused):
        merged(other, third, people["coordinator"])


def test_a_national_number_leads_to_the_record_that_is_kept(group, people):
    one, other = alike(group)
    Identity.objects.filter(person=other.person).update(national_number_hash="b" * 64)
    merge = merged(one, other, people["coordinator"])
    assert Identity.objects.get(national_number_hash="b" * 64).person == one.person
    actions.undo_merge(merge, by=people["coordinator"], at=NOON)
    assert Identity.objects.get(national_number_hash="b" * 64).person == other.person


@pytest.mark.parametrize("who", ["auditor", "finance", "stranger", "client"])
def test_who_may_not_merge_changes_nothing(group, people, who):
    one, other = alike(group)
    before, events = contents(), AuditEvent.objects.count()
    with pytest.raises(PermissionDenied):
        merged(one, other, people[who])
    assert (contents(), AuditEvent.objects.count()) == (before, events)


def test_a_record_of_another_school_is_not_merged_by_the_coordinator_of_one(group, project, people):
    one = factories.member_of(group)
    other = factories.participation(project, factories.school_of(project))
    with pytest.raises(Refused, match="no right"):
        merged(one, other, people["coordinator"])
    assert not Merge.objects.exists()
    assert merged(one, other, people["officer"])


def test_no_name_goes_into_the_trail(group, people):
    one, other = alike(group)
    actions.undo_merge(merged(one, other, people["coordinator"]), by=people["coordinator"], at=NOON)
    told = [str((e.before, e.after, e.note)) for e in AuditEvent.objects.filter(action__contains="merged")]
    assert len(told) == 3  # one record merged, two apart again
    assert not any("Иван" in text or "Petrov" in text for text in told)


# --- the queue -------------------------------------------------------------------------------------------------------


def pairs(project, by):
    found, _more = actions.pairs_to_decide(project=project, by=by)
    return [{p.one.person.code, p.other.person.code} for p in found]


@pytest.mark.parametrize(
    ("there", "typed"),
    [
        (("Жанна", "Чакште"), ("Žanna", "Čakste")),
        (("Юлия", "Иванов"), ("Jūlija", "Ivanovs")),
        (("Цветелина", "Щерева"), ("Tsvetelina", "Shtereva")),
        (("Христо", "Хаджиев"), ("Hristo", "Hadžijevs")),
    ],
)
def test_a_pair_in_two_scripts_waits_for_a_decision(group, people, there, typed):
    one, other = alike(group)
    for row, name in ((one, there), (other, typed)):
        Identity.objects.filter(person=row.person).update(**actions.name_keys(*name))
    factories.member_of(group)
    assert pairs(group.project, people["coordinator"]) == [{one.person.code, other.person.code}]


def test_two_people_are_not_asked_about_again(group, people):
    one, other = alike(group)
    actions.not_same(one=other.person, other=one.person, by=people["coordinator"], at=NOON)
    actions.not_same(one=one.person, other=other.person, by=people["coordinator"], at=NOON)
    assert pairs(group.project, people["coordinator"]) == []
    assert NotSame.objects.count() == 1


def test_a_pair_across_schools_is_for_who_reaches_both(group, project, people):
    _one, other = alike(group)
    Participation.objects.filter(pk=other.pk).update(school=factories.school_of(project))
    assert pairs(project, people["coordinator"]) == []
    assert len(pairs(project, people["officer"])) == 1
    assert pairs(project, people["stranger"]) == []


def test_the_pages_lead_from_the_queue_to_one_record_and_back(sign_in, group, people):
    one, other = alike(group)
    client = sign_in("coordinator")
    page = client.get(reverse("beneficiaries:alike"), {"project": group.project.number}).content.decode()
    address = reverse("beneficiaries:pair", args=[one.key, other.key])
    back = reverse("beneficiaries:pair", args=[other.key, one.key])
    assert address in page or back in page
    page = client.get(address).content.decode()
    assert "Иван Петров" in page
    assert "differs" in page
    answer = client.post(address, {"keep": one.person.code})
    assert answer.url == reverse("beneficiaries:participant", args=[one.key])
    page = client.get(answer.url).content.decode()
    assert other.person.code in page
    merge = Merge.objects.get()
    client.post(reverse("beneficiaries:unmerge", args=[one.key, merge.key]))
    assert Participation.objects.filter(person=other.person).exists()
    client.post(address, {"different": "1"})
    assert "Nobody waits" in client.get(reverse("beneficiaries:alike")).content.decode()


def test_an_officer_sees_codes_first(sign_in, group, people):
    one, other = alike(group)
    client, address = sign_in("officer"), reverse("beneficiaries:pair", args=[one.key, other.key])
    assert "Петров" not in client.get(address).content.decode()
    client.post(address, {"names": "1"})
    assert "Петров" in client.get(address).content.decode()
    assert AuditEvent.objects.filter(action="participant.names_shown").count() == 2


def test_names_are_compared_while_they_are_typed(sign_in, group, people):
    one, _other = alike(group)
    address = reverse("beneficiaries:alike_typed")
    address += f"?project={group.project.number}&school={group.school.key}"
    client = sign_in("coordinator")
    answer = client.post(address, {"given_name": "Ivan", "family_name": "Petrovs"})
    assert "Иван Петров" in answer.content.decode()
    assert reverse("beneficiaries:participant", args=[one.key]) in answer.content.decode()
    assert client.post(address, {"given_name": "Iv"}).content.strip() == b""
    assert sign_in("auditor").post(address, {"given_name": "Ivan"}).status_code == 404


def test_the_queue_asks_the_database_as_often_for_three_pairs_as_for_one(
    sign_in, group, people, django_assert_num_queries, django_assert_max_num_queries
):
    alike(group)
    client = sign_in("coordinator")
    address = reverse("beneficiaries:alike") + f"?project={group.project.number}"
    client.get(address)
    with django_assert_max_num_queries(60) as one:
        client.get(address)
    for _ in range(2):
        alike(group)
    with django_assert_num_queries(len(one)):
        client.get(address)


def test_every_table_that_hangs_on_a_person_is_known_to_the_merge():
    """A new relation to a person needs a place in the merge; relations to a participation move by themselves."""
    from beneficiaries.models import Person

    known = {Identity, Participation, Merge, MergedRow, NotSame, OwnNumber, Hold, Erasure}
    assert {relation.related_model for relation in Person._meta.related_objects} <= known
    assert Stay in {relation.related_model for relation in Participation._meta.related_objects}


def test_membership_of_another_role_in_the_same_school_changes_nothing(group, people):
    """A finance partner who is given the role of a coordinator may merge; taken away again, may not."""
    one, other = alike(group)
    role = Membership.objects.create(
        user=people["finance"], role="coordinator", project=group.project, organisation=group.school
    )
    merge = merged(one, other, people["finance"])
    role.delete()
    with pytest.raises(PermissionDenied):
        actions.undo_merge(merge, by=people["finance"], at=NOON)
