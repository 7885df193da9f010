"""Undoing an import never destroys what somebody did since: it is shown first, and stays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from activities.models import Session
from beneficiaries import actions
from beneficiaries.actions import imports
from beneficiaries.actions.support import open_plan
from beneficiaries.models import Attendance, Consent, Notice, Participation, Person, SupportPlan
from core.access import Refused
from core.models import AuditEvent, User
from projects.actions import add_member, remove_member
from projects.models import Membership, Partner
from tests import factories
from tests.beneficiaries.test_imports import CHILDREN, HEADS, LATER, database, taken_in, without_versions
from tests.beneficiaries.test_imports_by_row import MARKS, PLAN

AFTER = LATER + timedelta(hours=1)


def since(source, by):
    found = imports.later_edits(source, by=by, at=AFTER)
    return {(later.number, later.action or later.why, later.who) for later in found}


def test_whatever_hangs_on_a_participant_is_shown_and_kept(project, people, group, programme):
    who = people["coordinator"]
    children = {"Ани": "Примерова", "Борис": "Образцов", "Вяра": "Пробина", "Гери": "Тестова", "Деси": "Янкова",
                "Ели": "Цветкова"}  # fmt: skip
    names = list(children)
    lines = [[*pair, f"{n * 3}.0{n}.201{n}", *CHILDREN[0][3:]] for n, pair in enumerate(children.items(), 1)]
    source = taken_in(lines, HEADS, project=project, by=who)
    assert source.new == 6
    rows = {name: Participation.objects.get(person__identity__given_name=name) for name in names}
    notice = Notice.objects.create(programme=programme, version="1", from_on=date(2026, 1, 1), text={"en": "Notice"})
    told = {"by": who, "at": AFTER}
    actions.join_group(rows["Ани"], group=group, from_on=date(2026, 10, 1), **told)
    actions.give_consent(rows["Борис"], kind="consented", notice=notice, given_on=date(2026, 10, 2), **told)
    open_plan(rows["Вяра"], risk="high", why="", **told)
    other = factories.ProjectFactory(programme=programme)
    Participation.objects.create(
        project=other, school=factories.school_of(other), person=rows["Гери"].person, entered_on=date(2026, 10, 3)
    )
    kept = factories.member_of(group)
    actions.merge_people(kept=kept.person, gone=rows["Деси"].person, by=who, at=AFTER)
    found = since(source, who)
    assert {(2, "participant.joined_group", "Coordinator"), (3, "participant.consent_given", "Coordinator"),
            (4, "participant.support_opened", "Coordinator"), (5, "participation", "")} <= found  # fmt: skip
    assert {row for row, _what, _who in found} == {2, 3, 4, 5, 6}
    with pytest.raises(Refused):
        imports.undo(source, **told)
    assert imports.undo(source, keep_edited=True, **told) == 1
    assert not Person.objects.filter(pk=rows["Ели"].person_id).exists()
    assert Person.objects.filter(pk__in=[rows[name].person_id for name in names]).count() == 5
    assert Consent.objects.filter(participation=rows["Борис"]).exists()
    assert SupportPlan.objects.filter(participation=rows["Вяра"]).exists()
    assert rows["Ани"].group_members.exists()


def test_a_kept_row_keeps_the_person_another_row_made(programme, people):
    """One child in two projects: the row that made the person stays with the row that is kept."""
    first, second = (factories.ProjectFactory(programme=programme, number=number) for number in ("OP-A", "OP-B"))
    school = factories.school_of(first)
    Partner.objects.create(project=second, organisation=school, role=Partner.Role.SCHOOL)
    heads = [*HEADS, "Проект", "Личен номер"]
    ani, boris = CHILDREN[:2]
    source = taken_in([[*ani, "OP-A", "7"], [*ani, "OP-B", "7"], [*boris, "OP-A", "8"]], heads)
    assert source.new == 3, list(imports.problems(source))
    later = Participation.objects.get(project=second)
    actions.leave(later, left_on=date(2026, 6, 30), results={}, by=None, at=AFTER)
    assert {row for row, _what, _who in since(source, None)} == {3}
    assert imports.undo(source, by=None, at=AFTER, keep_edited=True) == 1
    assert {p.person_id for p in Participation.objects.all()} == {later.person_id}


def test_marks_set_anew_or_taken_away_stay_so(project, people, session, class_of_30):
    who, other = people["coordinator"], people["admin"]
    lines = [["16.03.2026", row.person.code, "да"] for row in class_of_30[:4]]
    source = taken_in(lines, MARKS, kind="attendance", project=project, by=who)
    keys = [row.key for row in class_of_30]
    actions.mark_attendance(session, {keys[0]: "absent", keys[1]: "", keys[9]: "here"}, by=other, at=AFTER)
    assert since(source, who) == {(2, "attendance.marked", "Admin"), (3, "taken away", "Admin")}
    assert imports.undo(source, by=who, at=AFTER, keep_edited=True) == 2
    marks = dict(Attendance.objects.values_list("participation", "mark"))
    assert marks == {class_of_30[0].pk: "absent", class_of_30[9].pk: "here"}
    session.refresh_from_db()
    assert session.state == Session.State.HELD  # somebody else marked it
    undone = AuditEvent.objects.get(action="import.row_undone")
    assert undone.before["marks"] == {row.person.code: "here" for row in class_of_30[2:4]}
    assert set(undone.after["marks"].values()) == {""}


def test_a_session_with_marks_and_an_account_in_use_stay(project, school, people, group, activity, class_of_30):
    who = people["coordinator"]
    plan = [[f"1{n}.3.2026", "14:00", "15:30", group.name, activity.number, ""] for n in (6, 7, 8)]
    source = taken_in(plan, PLAN, kind="sessions", project=project, by=who)
    marked = Session.objects.get(on="2026-03-17")
    actions.mark_attendance(marked, {class_of_30[0].key: "here"}, by=who, at=AFTER)
    assert since(source, who) == {(3, "attendance.marked", "Coordinator")}
    assert imports.undo(source, by=who, at=AFTER, keep_edited=True) == 2
    assert list(Session.objects.all()) == [marked]

    lines = [[f"{name}@example.org", name] for name in ("ani", "boris", "vyara")]
    source = taken_in(lines, ["E-mail", "Name"], kind="staff", project=project)
    ani, boris = (User.objects.get(email=f"{name}@example.org") for name in ("ani", "boris"))
    User.objects.filter(pk=ani.pk).update(last_login=AFTER)
    remove_member(Membership.objects.get(user=boris), by=None, at=AFTER)
    second = factories.school_of(project)
    add_member(email=boris.email, name="", role="coordinator", project=project, organisation=second, by=None, at=AFTER)
    assert {(2, "signed in", "ani@example.org"), (3, "member.removed", "")} <= since(source, None)
    assert imports.undo(source, by=None, at=AFTER, keep_edited=True) == 1
    assert set(Membership.objects.filter(user__in=[ani, boris]).values_list("user", "organisation")) == {
        (ani.pk, school.pk), (boris.pk, second.pk)
    }  # fmt: skip
    assert not User.objects.filter(email="vyara@example.org").exists()


def test_a_locked_month_is_not_undone(project, people, session, class_of_30):
    who = people["coordinator"]
    on_the_day = datetime(2026, 3, 16, 15, tzinfo=UTC)
    line = ["16.03.2026", class_of_30[0].person.code, "да"]
    project.programme.late_days = 10
    project.programme.save()
    source = taken_in([line], MARKS, kind="attendance", project=project, by=who, at=on_the_day)
    assert Attendance.objects.count() == 1
    assert not imports.later_edits(source, by=who, at=on_the_day)
    assert "locked since 11\N{NO-BREAK SPACE}April 2026" in imports.later_edits(source, by=who, at=AFTER)[0].why
    before = without_versions(database())
    with pytest.raises(Refused):
        imports.undo(source, by=who, at=AFTER)
    assert imports.undo(source, by=who, at=AFTER, keep_edited=True) == 0
    assert without_versions(database()) == before
