"""A series of sessions: weekly until a day, without holidays unless ticked; sessions move; two at once warn."""

from __future__ import annotations

from datetime import date, time

import pytest

from activities.models import Session
from activities.views import series, sessions
from core.models import AuditEvent
from projects.models import Holiday
from tests import factories
from tests.conftest import NOON

SERIES = "/en/work/sessions/series/"


def text_of(answer) -> str:
    return " ".join(answer.content.decode().replace("\u00a0", " ").split())


@pytest.fixture
def sign_in(client, people, monkeypatch):
    for module in (series, sessions):
        monkeypatch.setattr(module, "now", lambda: NOON)

    def as_person(who):
        client.force_login(people[who])
        return client

    return as_person


def form(activity, **more):
    return {
        "on": "17.3.2026", "until": "14.4.2026", "starts_at": "14:00", "ends_at": "15:30", "hours": "1,5",
        "activity": str(activity.key), "place": "Room 3", "leader": "", "topic": "",
    } | more  # fmt: skip


def test_the_days_are_shown_with_holidays_unticked_and_the_ticked_ones_are_planned(sign_in, activity, group):
    Holiday.objects.create(
        programme=group.project.programme, from_on=date(2026, 4, 6), to_on=date(2026, 4, 8), name={"en": "Easter"}
    )
    taken = factories.SessionFactory(
        project=group.project, activity=activity, school=group.school, group=group, on=date(2026, 3, 24),
        starts_at=time(15, 0), ends_at=time(16, 0),
    )  # fmt: skip
    client, address = sign_in("coordinator"), f"{SERIES}?group={group.key}"
    page = text_of(client.post(address, form(activity)))
    assert page.count('name="days"') == 5
    assert page.count(" checked") == 3  # not the 24th, which is taken, and not the 7th of April
    assert "Easter" in page
    assert "already has a session on 24 March 2026" in page
    assert Session.objects.get() == taken
    days = ["2026-03-17", "2026-03-24", "2026-04-07", "2026-05-05"]  # a taken day, a holiday, one that is no day of it
    answer = client.post(address, form(activity) | {"days": days, "plan": "1"}, follow=True)
    assert [s.on for s in Session.objects.exclude(pk=taken.pk)] == [date(2026, 3, 17), date(2026, 4, 7)]
    assert "2 sessions are planned." in text_of(answer)
    assert "already has a session on 24 March 2026" in text_of(answer)
    assert AuditEvent.objects.filter(action="session.planned").count() == 2


@pytest.mark.parametrize(
    ("until", "words"),
    [("16.3.2026", "cannot end before its first day"), ("1.1.2028", "at most 60 sessions"), ("", "Enter the last day")],
)
def test_a_series_that_makes_no_sense_says_why(sign_in, activity, group, until, words):
    answer = sign_in("coordinator").post(f"{SERIES}?group={group.key}", form(activity, until=until))
    assert answer.status_code == 422
    assert words in text_of(answer)


def test_nothing_ticked_plans_nothing(sign_in, activity, group):
    answer = sign_in("coordinator").post(f"{SERIES}?group={group.key}", form(activity) | {"plan": "1"})
    assert answer.status_code == 422
    assert "Tick at least one day." in text_of(answer)
    assert not Session.objects.exists()


def test_a_session_moves_to_another_day_and_time(sign_in, session, activity):
    moved = {"on": "19.3.2026", "starts_at": "10:00", "ends_at": "11:30", "version": "1"}
    assert sign_in("coordinator").post(f"/en/work/sessions/{session.key}/change/", moved).status_code == 302
    session.refresh_from_db()
    assert (session.on, session.starts_at) == (date(2026, 3, 19), time(10))
    assert AuditEvent.objects.get(action="session.changed").before["on"] == "2026-03-16"


def test_a_child_in_two_sessions_at_once_is_a_warning_on_the_plan_and_on_the_sheet(sign_in, session, group, activity):
    pupil = factories.member_of(group)
    other = factories.GroupFactory(project=group.project, school=group.school, name="Хор")
    pupil.group_members.create(group=other, from_on=date(2026, 2, 1))
    client = sign_in("coordinator")
    page = text_of(client.get(f"/en/work/sessions/clashes/?group={other.key}&from=15:00&to=16:00&on={session.on}"))
    assert f"16 Mar 2026: 1 is in {group.name} from 14:00" in page
    page = text_of(client.get(f"/en/work/sessions/clashes/?group={other.key}&from=15:30&to=16:00&on={session.on}"))
    assert "Nobody is in another session at that time." in page
    typed = f"/en/work/sessions/clashes/?group={other.key}&on=16.3.2026&starts_at=15:00&ends_at="
    assert client.get(typed).status_code == 404
    assert client.get(typed, headers={"HX-Request": "true"}).content == b""  # the form is not filled in yet
    page = text_of(client.get(f"{typed}16.00", headers={"HX-Request": "true"}))
    assert "1 is in" in page
    assert "<html" not in page
    plan = f"/en/work/sessions/new/?group={other.key}"
    assert f"/en/work/sessions/clashes/?group={other.key}" in client.get(plan).text
    look = client.post(
        plan, form(activity) | {"on": "16.3.2026", "starts_at": "15:00", "ends_at": "16:00", "look": "1"}
    )
    assert f"?group={other.key}&amp;on=2026-03-16&amp;from=15:00&amp;to=16:00" in look.text
    assert (look.status_code, other.sessions.count()) == (200, 0)  # nothing is planned by looking
    second = factories.SessionFactory(
        project=group.project, activity=activity, school=group.school, group=other, on=session.on,
        starts_at=time(15, 0), ends_at=time(16, 0),
    )  # fmt: skip
    page = text_of(client.get(f"/en/work/sessions/{second.key}/"))
    assert "1 participant is in two sessions at once" in page
    assert f"also at {group.name}, 14:00" in page
    factories.attended(session, pupil, "absent")  # the child is known not to be there
    assert "in two sessions at once" not in text_of(client.get(f"/en/work/sessions/{second.key}/"))
