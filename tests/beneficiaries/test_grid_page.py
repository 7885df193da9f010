"""The week of a group as a grid: who sees it, what a form without its script stores, conflicts, and queries."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activities.models import Session
from beneficiaries.models import Attendance, GroupMember
from core.models import AuditEvent
from tests import factories

URL = "/en/work/week/grid/"


def text_of(answer) -> str:
    return " ".join(answer.content.decode().replace("\u00a0", " ").split()).replace(" >", ">")


@pytest.fixture
def pupils(group):
    return [factories.member_of(group) for _n in range(2)]


@pytest.fixture
def days(session):
    """Sessions on the Thursday before, on this Monday and on this Friday."""
    fields = {"project": session.project, "school": session.school, "group": session.group}
    before = factories.SessionFactory(**fields, activity=session.activity, on=date(2026, 3, 12))
    later = factories.SessionFactory(**fields, activity=session.activity, on=date(2026, 3, 20))
    return before, session, later


def address(session, week="2026-W12") -> str:
    return f"{URL}?group={session.group.key}&week={week}"


def field(session, row, kind="mark") -> str:
    return f"{kind}-{session.key.hex}-{row.key.hex}"


@pytest.mark.parametrize(
    ("who", "status"),
    [("admin", 200), ("officer", 200), ("coordinator", 200), ("finance", 404), ("auditor", 200), ("stranger", 404)],
)
def test_who_opens_the_grid(sign_in, session, pupils, who, status):
    answer = sign_in(who).get(address(session))
    assert answer.status_code == status
    page = text_of(answer)
    assert (pupils[0].person.identity.family_name in page) is (who in ("admin", "coordinator"))
    assert ("<select" in page) is (who in ("admin", "coordinator"))


def test_columns_are_the_sessions_of_the_week(sign_in, days, pupils):
    client = sign_in("coordinator")
    page = text_of(client.get(address(days[1])))
    assert "16 Mar 2026, 14:00" in page
    assert "20 Mar 2026, 14:00" in page
    assert "12 Mar 2026, 14:00" not in page
    assert page.count("<select") == 2  # Monday only: Friday has not taken place
    assert page.count('aria-readonly="true"') == 2
    assert "12 Mar 2026, 14:00" in text_of(client.get(address(days[1], "2026-W11")))
    assert "No sessions of this group" in text_of(client.get(address(days[1], "2026-W20")))
    assert client.get(f"{URL}?group=x").status_code == 404


def test_the_form_stores_all_sessions_or_none(sign_in, days, pupils):
    first, second = pupils
    earlier, today, later = days
    Session.objects.filter(pk=earlier.pk).update(on=date(2026, 3, 17), starts_at="08:00", ends_at="09:00")
    Session.objects.filter(pk=today.pk).update(on=date(2026, 3, 16))
    client = sign_in("coordinator")
    form = {
        field(today, first): "here", field(today, first, "base"): "",
        field(today, second): "", field(today, second, "base"): "",
        field(later, first): "here", field(later, first, "base"): "",
    }  # fmt: skip
    answer = client.post(address(today), form)
    assert answer.status_code == 422
    assert "not taken place yet" in text_of(answer)
    assert f'name="{field(today, first)}"' in text_of(answer)
    assert '<option value="here" data-symbol="✓" selected>' in text_of(answer)
    assert not Attendance.objects.exists()

    del form[field(later, first)]
    assert client.post(address(today), form).url == address(today)
    assert [(a.participation, a.mark) for a in Attendance.objects.all()] == [(first, "here")]
    assert AuditEvent.objects.filter(action="attendance.marked").count() == 1
    assert (
        client.post(address(today), {field(today, first): "", field(today, first, "base"): "here"}).status_code == 302
    )
    assert not Attendance.objects.exists()


def test_a_conflict_keeps_what_was_chosen(sign_in, session, pupils):
    first, second = pupils
    factories.attended(session, first, "absent")
    form = {
        field(session, first): "here", field(session, first, "base"): "",
        field(session, second): "excused", field(session, second, "base"): "",
    }  # fmt: skip
    answer = sign_in("coordinator").post(address(session), form)
    page = text_of(answer)
    assert answer.status_code == 409
    assert "changed meanwhile" in page
    assert '<option value="excused" data-symbol="E" selected>' in page
    assert f'name="{field(session, first, "base")}" value="absent"' in page
    assert Attendance.objects.count() == 1


@pytest.mark.parametrize("who", ["officer", "auditor"])
def test_who_may_not_mark_changes_nothing(sign_in, session, pupils, who):
    form = {field(session, pupils[0]): "here", field(session, pupils[0], "base"): ""}
    assert sign_in(who).post(address(session), form).status_code == 403
    assert not Attendance.objects.exists()


def test_queries_do_not_grow_with_rows_and_columns(sign_in, session, group, pupils):
    client = sign_in("coordinator")
    GroupMember.objects.exclude(participation=pupils[0]).delete()

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(address(session)).status_code == 200
        return len(caught)

    queries()
    one = queries()
    for n in range(2):
        other = factories.SessionFactory(
            project=session.project, school=session.school, group=group, activity=session.activity,
            on=date(2026, 3, 17 + n),
        )  # fmt: skip
        factories.attended(other, factories.member_of(group))
    assert queries() == one <= 18
