"""Sessions, attendance and school staff from a spreadsheet, by the actions of their pages."""

from __future__ import annotations

import pytest

from activities.models import Session
from beneficiaries.actions import imports
from beneficiaries.models import Attendance
from core.models import AuditEvent, User
from projects.models import ContractVersion, Membership, Project
from tests.beneficiaries.test_imports import LATER, database, heaps, taken_in

PLAN = ["Дата", "От час", "До час", "Група", "Дейност", "Тема"]
MARKS = ["Дата", "Код", "Присъствие"]


@pytest.fixture
def rows(group, activity):
    return [
        ["16.3.2026", "14:00", "15:30", group.name, activity.number, "Четене"],
        ["17.3.2026", "14.00", "15.30", group.name, activity.number, ""],
    ]


def test_sessions_are_planned_once_with_their_hours_and_undone(project, people, rows):
    before = database()
    source = taken_in(rows, PLAN, kind="sessions", project=project, by=people["coordinator"])
    assert heaps(source) == {"new": 2, "same": 0, "doubtful": 0, "wrong": 0}
    session = Session.objects.get(on="2026-03-16")
    assert (str(session.hours), session.topic, session.created_by) == ("1.50", "Четене", people["coordinator"])
    assert AuditEvent.objects.filter(action="session.planned", origin="import").count() == 2
    after = database()
    assert heaps(taken_in(rows, PLAN, kind="sessions", project=project))["same"] == 2
    assert database() == after
    imports.undo(source, by=people["coordinator"], at=LATER)
    assert database() == before


def test_every_problem_of_a_session_is_told_and_nothing_else_changes(project, school, people, rows, group):
    wrong = ["16.3.2030", "15:00", "14:00", "6 „Я“", "9.9", ""]
    late = ["16.3.2026", "15:00", "16:00", group.name, rows[0][4], ""]  # overlaps with the first
    source = taken_in([rows[0], wrong, late], PLAN, kind="sessions", project=project, by=people["coordinator"])
    assert heaps(source) == {"new": 1, "same": 0, "doubtful": 0, "wrong": 2}
    assert {(p["row"], p["field"]) for p in imports.problems(source)} == {(3, "group"), (4, "starts_at")}
    other = [*rows[0][:5], "Смятане"]
    doubtful = taken_in([other], PLAN, kind="sessions", project=project)
    assert heaps(doubtful)["doubtful"] == 1
    assert Session.objects.get().topic == "Четене"


def test_attendance_goes_to_the_session_of_the_day_and_a_contradiction_waits(project, people, session, class_of_30):
    said = zip(class_of_30[:3], ["да", "отсъства", "у"], strict=True)
    lines = [["16.03.2026", row.person.code, mark] for row, mark in said]
    before = database()
    source = taken_in(lines, MARKS, kind="attendance", project=project, by=people["coordinator"])
    assert heaps(source) == {"new": 3, "same": 0, "doubtful": 0, "wrong": 0}
    session.refresh_from_db()
    assert session.state == Session.State.HELD
    assert sorted(Attendance.objects.values_list("mark", flat=True)) == ["absent", "excused", "here"]
    assert heaps(taken_in(lines, MARKS, kind="attendance", project=project))["same"] == 3
    other = taken_in([[*lines[0][:2], "не"], ["17.03.2026", *lines[1][1:]], ["16.03.2026", "P-NOBODY", "да"]],
                     MARKS, kind="attendance", project=project)  # fmt: skip
    assert heaps(other) == {"new": 0, "same": 0, "doubtful": 1, "wrong": 2}
    assert {p["field"] for p in imports.problems(other)} == {"mark", "on", "code"}
    imports.undo(source, by=people["coordinator"], at=LATER)
    assert database() == before


def test_a_locked_month_holds_for_the_import_too(project, people, session, class_of_30):
    project.programme.late_days = 10
    project.programme.save()
    line = ["16.03.2026", class_of_30[0].person.code, "да"]
    source = taken_in([line], MARKS, kind="attendance", project=project, by=people["coordinator"])
    assert heaps(source)["wrong"] == 1
    assert not Attendance.objects.exists()


def test_staff_get_their_role_and_keep_it_when_the_list_comes_again(project, school, people):
    heads = ["E-mail", "Name"]
    lines = [["ani@example.org", "Ани Учителева"], ["no mail", "X"], [people["coordinator"].email, ""]]
    before = database()
    source = taken_in(lines, heads, kind="staff", project=project)
    assert heaps(source) == {"new": 1, "same": 1, "doubtful": 0, "wrong": 1}
    assert Membership.objects.filter(user__email="ani@example.org", organisation=school, role="coordinator").exists()
    assert heaps(taken_in(lines, heads, kind="staff", project=project))["same"] == 2
    denied = taken_in([["b@example.org", "B"]], heads, kind="staff", project=project, by=people["coordinator"])
    assert heaps(denied)["wrong"] == 1
    imports.undo(source, by=None, at=LATER)
    assert database() == before
    assert not User.objects.filter(email="ani@example.org").exists()


def test_a_list_of_operations_brings_projects_with_their_amounts_in_their_currency(project, people):
    heads = ["Номер на проект", "Наименование", "Бенефициент", "Начална дата", "Крайна дата", "Обща стойност", "Валута"]
    lines = [
        ["BG05M2OP001-1.001-0001", "Заедно в час", "Община Примерово", "01.03.2016", "28.02.2018", "386 653,00", "лв"],
        ["BG05M2OP001-1.001-0002", "Клубове", "Община Примерово", "01.03.2026", "31.12.2025", "1000", "EUR"],
    ]
    before = database()
    source = taken_in(lines, heads, kind="projects", project=project, by=people["officer"])
    assert heaps(source) == {"new": 1, "same": 0, "doubtful": 0, "wrong": 1}, list(imports.problems(source))
    contract = ContractVersion.objects.get(project__number="BG05M2OP001-1.001-0001")
    assert (str(contract.total), contract.currency) == ("386653.00", "BGN")
    assert contract.project.beneficiary.name == {"en": "Община Примерово"}
    assert not contract.project.published
    assert heaps(taken_in(lines[:1], heads, kind="projects", project=project))["same"] == 1
    dearer = [*lines[0][:5], "400000", "лв"]
    assert heaps(taken_in([dearer], heads, kind="projects", project=project))["doubtful"] == 1
    denied = taken_in([["X-1", "T", "", "", "", "", ""]], heads, kind="projects", by=people["coordinator"])
    assert heaps(denied)["wrong"] == 1
    imports.undo(source, by=people["officer"], at=LATER)
    assert database() == before
    assert not Project.objects.filter(number="BG05M2OP001-1.001-0001").exists()
