"""C1: the week of a school: its sessions, what waits, other weeks, and who sees which school."""

from __future__ import annotations

from datetime import date, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from activities.models import Session
from beneficiaries.views import week
from projects.models import Membership
from tests import factories

URL = "/en/work/week/"


def another(session, **new):
    fields = {"project": session.project, "school": session.school, "group": session.group}
    return factories.SessionFactory(**fields, activity=session.activity, **new)


def text_of(answer) -> str:
    return " ".join(answer.content.decode().replace("\u00a0", " ").split())


@pytest.mark.parametrize(
    ("who", "status"),
    [("admin", 200), ("officer", 200), ("coordinator", 200), ("finance", 403), ("auditor", 200), ("client", 200)],
)
def test_who_opens_the_week(sign_in, session, who, status):
    answer = sign_in(who).get(URL)
    assert answer.status_code == status
    assert (session.group.name in text_of(answer)) is (status == 200)


def test_nobody_sees_it_without_signing_in(client, db):
    assert client.get(URL).url == f"{reverse('account_login')}?next={URL}"


def test_a_stranger_sees_an_empty_week(sign_in, session):
    page = text_of(sign_in("stranger").get(URL))
    assert session.group.name not in page
    assert "No sessions here yet" in page


def test_another_schools_week_is_not_shown(sign_in, people, project, session):
    other = factories.school_of(project)
    group = factories.GroupFactory(project=project, school=other, name="Elsewhere")
    Session.objects.create(
        project=project, school=other, group=group, activity=session.activity, on=date(2026, 3, 17),
        starts_at=time(9), ends_at=time(10), hours=1,
    )  # fmt: skip
    client = sign_in("coordinator")
    for address in (URL, f"{URL}?school={other.key}"):
        assert "Elsewhere" not in text_of(client.get(address))

    Membership.objects.create(user=people["coordinator"], role="coordinator", project=project, organisation=other)
    page = text_of(client.get(f"{URL}?school={other.key}"))
    assert "Elsewhere" in page
    assert session.group.name not in page
    assert '<select class="form-select" id="school"' in page


def test_todays_sessions_come_first_and_the_next_unmarked_is_the_main_action(sign_in, session):
    another(session, on=date(2026, 3, 20), topic="On Friday")
    answer = sign_in("coordinator").get(URL)
    page = text_of(answer)
    assert page.index("Today, Monday") < page.index("Other days of this week") < page.index("On Friday")
    assert answer.context["next_unmarked"] == session
    assert f"Mark attendance: {session.group.name}" in page


def test_an_officer_reads_the_week_and_is_offered_no_change(sign_in, session):
    page = text_of(sign_in("officer").get(URL))
    assert "Mark attendance" not in page
    assert "Plan a session" not in page


def test_what_waits_is_counted_and_linked(sign_in, session, group, class_of_30):
    earlier = another(session, on=date(2026, 3, 2))
    factories.attended(earlier, class_of_30[0])
    incomplete = factories.member_of(group, labour_status="")
    gone = factories.participation(group.project, group.school, left_on=date(2026, 3, 10))
    factories.participation(group.project, group.school, left_on=date(2026, 1, 20))  # over four weeks ago
    page = text_of(sign_in("coordinator").get(URL))
    assert "2 sessions to mark" in page
    assert "30 not marked" in page  # of the earlier one: 29 of the class, and the incomplete record
    assert "1 session without a signed list" in page
    assert "1 participant is not counted: data are missing" in page
    assert f"school={group.school.key}&amp;incomplete=1" in page
    assert reverse("beneficiaries:results", args=[gone.key]) in page
    assert "Left without a result" in page
    assert page.count("a result counts when seen until") == 1
    assert "7 Apr 2026" in page
    assert incomplete.person.identity.family_name not in page


def test_nothing_waits_is_said(sign_in, session, class_of_30):
    Session.objects.all().delete()
    assert "Nothing waits." in text_of(sign_in("coordinator").get(URL))


def test_weeks_before_and_after(sign_in, session):
    client = sign_in("coordinator")
    page = text_of(client.get(URL))
    assert f"?week=2026-W11&amp;school={session.school.key}" in page
    assert f"?week=2026-W13&amp;school={session.school.key}" in page
    later = text_of(client.get(f"{URL}?week=2026-W13"))
    assert "Week 13 of 2026" in later
    assert session.group.name not in later
    assert "Copy the week before (1 session)" in later
    assert "Waiting for you" not in later


@pytest.mark.parametrize("week", ["", "x", "2026", "2026-W60", "0001-W01", "9999-W52", "2026-W-1", "２０２６-W1x"])
def test_an_address_that_is_no_week_shows_this_week(sign_in, session, week):
    answer = sign_in("coordinator").get(URL, {"week": week, "school": "no-key"})
    assert answer.status_code == 200
    assert answer.context["is_this_week"]


def test_last_week_is_copied_by_one_press(sign_in, session):
    client = sign_in("coordinator")
    answer = client.post(reverse("activities:copy_week"), {"school": session.school.key, "monday": "2026-03-23"})
    assert answer.url.endswith(f"week/?week=2026-W13&school={session.school.key}")
    assert Session.objects.filter(on=date(2026, 3, 23)).count() == 1


def test_queries_do_not_grow_with_rows(sign_in, session, class_of_30):
    client = sign_in("coordinator")

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(URL).status_code == 200
        return len(caught)

    def one_more(n: int) -> None:
        old = another(session, on=date(2026, 3, 16 - n))
        factories.attended(old, class_of_30[n])
        another(session, on=date(2026, 3, 16 + n))
        factories.participation(session.project, session.school, left_on=date(2026, 3, n + 1), labour_status="")

    one_more(1)
    queries()
    before = queries()
    one_more(2)
    one_more(3)
    assert queries() == before <= 25


def test_who_sees_many_schools_finds_one_by_name(sign_in, session, monkeypatch):
    monkeypatch.setattr(week, "MOST_TO_CHOOSE", 0)
    session.school.name = {"bg": "Училище „Щъркел“", "en": "School “Stork”"}
    session.school.save()
    client = sign_in("admin")
    assert "Find a school" in text_of(client.get(URL))
    assert f"school={session.school.key}" in text_of(client.get(URL, {"find": "stork"}))
    assert "No school of this name" in text_of(client.get(URL, {"find": "heron"}))
    assert "School “Stork”" in text_of(client.get(URL, {"school": session.school.key}))
