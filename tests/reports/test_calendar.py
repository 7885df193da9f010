"""The calendar a person subscribes to: what stands in it, who reads it, and that another reader understands it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.test import Client
from icalendar import Calendar

from activities import actions as activities
from budgets.models import Claim
from core.ical import Event, calendar
from core.models import AuditEvent
from projects import actions as projects
from reports import actions
from reports.calendar import calendar_of
from reports.models import CalendarLink
from tests import factories
from tests.conftest import NOON

DAY = timedelta(days=1)


@pytest.fixture
def noon(monkeypatch):
    """It is noon of 16 March 2026 when a page or a calendar asks."""
    monkeypatch.setattr("reports.views.calendars.now", lambda: NOON)


def read(user, at=NOON) -> dict[str, dict]:
    """The events by their title, as another reader takes them."""
    found = Calendar.from_ical(calendar_of(user, at=at, language="en"))
    return {str(event["SUMMARY"]): event for event in found.walk("VEVENT")}


def test_sessions_and_deadlines_stand_in_it_and_change_under_the_same_name(people, project, school, session, group):
    factories.member_of(group)
    filing = actions.add_filing(
        project, kind="interim", from_on=date(2026, 1, 1), to_on=date(2026, 3, 31), due_on=date(2026, 4, 30),
        by=people["officer"], at=NOON,
    )  # fmt: skip
    projects.ask(
        project, school=school, subject="Why", questions=["Why?"], due_on=date(2026, 3, 20), by=people["officer"],
        at=NOON,
    )  # fmt: skip
    Claim.objects.create(
        project=project, contract=project.contracts.get(), number=1, kind="interim", state="submitted",
        from_on=date(2026, 1, 1), to_on=date(2026, 2, 28), received_on=date(2026, 3, 2), made_at=NOON,
    )  # fmt: skip
    lesson, other_day = f"{group.name}: Activity {session.activity.number}", NOON + 2 * DAY
    report, claim = f"Interim report due: {project.number}", f"Payment claim 1 to be paid: {project.number}"
    asked = f"Answers due: {project.number}"

    found = read(people["coordinator"])
    assert set(found) == {lesson, report, claim, asked}
    before = found[lesson]
    assert before.start == datetime(2026, 3, 16, 12, 0, tzinfo=UTC), "14:00 in Sofia is 12:00 UTC in winter"
    assert before.end == datetime(2026, 3, 16, 13, 30, tzinfo=UTC)
    assert before["URL"].endswith(f"/en/work/sessions/{session.key}/")
    assert (found[report].start, found[report].end) == (date(2026, 4, 30), date(2026, 5, 1))
    assert found[claim].start == date(2026, 5, 21), "80 days after 2 March 2026"
    assert found[asked].start == date(2026, 3, 20)
    assert set(read(people["officer"])) == {report, claim, asked}, "an officer leads no sessions"
    assert set(read(people["stranger"])) == set()

    activities.change_session(session, version=1, by=people["coordinator"], at=other_day, starts_at=time(13, 0))
    moved = read(people["coordinator"])[lesson]
    activities.cancel_session(session, because="Маргарита е болна", by=people["coordinator"], at=other_day + DAY)
    actions.skip(filing, because="No longer", by=people["officer"], at=other_day)
    after = read(people["coordinator"])
    assert before["UID"] == moved["UID"] == after[lesson]["UID"]
    assert before["SEQUENCE"] < moved["SEQUENCE"] < after[lesson]["SEQUENCE"]
    assert before["DTSTAMP"].dt < moved["DTSTAMP"].dt == other_day < after[lesson]["DTSTAMP"].dt
    assert [after[name]["STATUS"] for name in (lesson, report, claim)] == ["CANCELLED", "CANCELLED", "CONFIRMED"]


def test_it_names_nobody_and_keeps_inside_what_people_typed(people, group, session):
    row = factories.member_of(group)
    type(session).objects.filter(pk=session.pk).update(
        leader="Пенка Учителева", topic=f"Разговор с {row.person.identity.given_name}", state="cancelled",
        cancelled_because=f"{row.person.identity.family_name} отсъства",
    )  # fmt: skip
    text = calendar_of(people["coordinator"], at=NOON, language="bg").decode()
    assert group.name in text
    identity = row.person.identity
    for words in (identity.given_name, identity.family_name, row.person.code, "Учителева", "Разговор", "отсъства"):
        assert words not in text


def test_the_number_of_queries_does_not_grow(people, session, group, django_assert_num_queries):
    one = len(read(people["coordinator"]))
    with django_assert_num_queries(10):
        read(people["coordinator"])
    for hour in (8, 10):
        factories.SessionFactory(
            project=session.project, activity=session.activity, school=session.school, group=group, starts_at=time(hour)
        )
    with django_assert_num_queries(10):
        read(people["coordinator"])
    assert one == 1


def test_lines_are_as_the_standard_wants_them():
    """RFC 5545: CRLF, at most 75 octets a line, no letter cut, text escaped; read back, it is what was written."""
    words = "Клуб „Ние“; тест, с \\ и\nнов ред " + "ā" * 60
    event = Event("u@x", words, NOON, NOON + DAY, NOON, 0, place="Рига, 3. vidusskola", about="x\x00\x1by")
    made = calendar("Име, с запетая", [event, replace(event, uid="v@x", starts=NOON.date(), ends=NOON.date())],
                    maker="P", language="bg")  # fmt: skip
    assert made.endswith(b"END:VCALENDAR\r\n")
    assert made.count(b"\n") == made.count(b"\r\n")
    for line in made.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()
    first, second = Calendar.from_ical(made).walk("VEVENT")
    assert str(first["SUMMARY"]) == words
    assert str(first["LOCATION"]) == "Рига, 3. vidusskola"
    assert str(first["DESCRIPTION"]) == "xy"
    assert (second.start, second.end) == (NOON.date(), NOON.date() + DAY)


def test_a_link_is_shown_once_opens_without_a_sign_in_and_can_be_renewed_and_revoked(people, session, client, noon):
    client.force_login(people["coordinator"])
    page = client.post("/en/account/calendar/", {"what": "make"}).content.decode()
    secret = next(part.split(".ics")[0] for part in page.split("/calendar/") if len(part.split(".ics")[0]) == 43)
    link = CalendarLink.objects.get()
    assert link.digest == CalendarLink.hash(secret) != secret
    assert secret not in client.get("/en/account/calendar/").content.decode()
    assert secret not in str(list(AuditEvent.objects.values()))

    reader = Client()
    answer = reader.get(f"/calendar/{secret}.ics")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "private, no-cache"
    assert not answer.cookies
    assert len(Calendar.from_ical(answer.content).walk("VEVENT")) == 1
    again = reader.get(f"/calendar/{secret}.ics", headers={"if-none-match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    activities.change_session(session, version=1, by=people["coordinator"], at=NOON, place="Room 5")
    assert reader.get(f"/calendar/{secret}.ics", headers={"if-none-match": answer["ETag"]}).status_code == 200
    link.refresh_from_db()
    assert link.last_used_at == NOON

    client.post("/en/account/calendar/", {"what": "make"})
    assert reader.get(f"/calendar/{secret}.ics").status_code == 404, "a renewed link replaces the old one"
    newest = actions.make_calendar_link(by=people["coordinator"], at=NOON)
    assert reader.get(f"/calendar/{newest}.ics").status_code == 200
    client.post("/en/account/calendar/", {"what": "revoke"})
    assert reader.get(f"/calendar/{newest}.ics").status_code == 404
    done = list(
        AuditEvent.objects.filter(action__startswith="calendar.").order_by("pk").values_list("action", "by_key")
    )
    assert [what for what, _who in done] == [
        "calendar.made", "calendar.renewed", "calendar.renewed", "calendar.revoked",
    ]  # fmt: skip
    assert {who for _what, who in done} == {people["coordinator"].key}


def test_the_link_of_somebody_who_left_opens_nothing(people, client, noon):
    secret = actions.make_calendar_link(by=people["coordinator"], at=NOON)
    people["coordinator"].is_active = False
    people["coordinator"].save()
    assert client.get(f"/calendar/{secret}.ics").status_code == 404


def test_rights_that_end_empty_the_calendar(people, session, client, noon):
    secret = actions.make_calendar_link(by=people["coordinator"], at=NOON)
    people["coordinator"].memberships.all().delete()
    assert b"VEVENT" not in client.get(f"/calendar/{secret}.ics").content
