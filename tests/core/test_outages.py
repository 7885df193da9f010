"""The portal was down: which days are lost, and what that does to a deadline."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from core.models import AuditEvent, Outage
from core.models.outages import days_down, moved

SOFIA = ZoneInfo("Europe/Sofia")


def span(*hours: str):
    return tuple(datetime.fromisoformat(f"2026-05-{each}").replace(tzinfo=SOFIA) for each in hours)


@pytest.mark.parametrize(
    ("spans", "lost"),
    [
        ([("21T09:00", "21T11:00")], []),  # two hours, not more
        ([("21T09:00", "21T11:01")], [21]),
        ([("21T09:00", "21T10:30"), ("21T20:00", "21T20:31")], [21]),
        ([("21T09:00", "21T10:30"), ("21T09:30", "21T11:00")], []),  # counted once where they overlap
        ([("21T22:30", "22T01:00")], []),  # an hour and a half, and one hour
        ([("20T23:00", "23T00:00")], [21, 22]),
    ],
)
def test_a_day_is_lost_when_the_portal_was_down_for_more_than_two_hours(spans, lost):
    assert days_down(span(*each) for each in spans) == {date(2026, 5, day) for day in lost}


@pytest.mark.parametrize(
    ("day", "down", "due"), [(21, [20], 21), (21, [21], 22), (21, [21, 22], 23), (21, [21, 23], 22)]
)
def test_a_deadline_moves_to_the_next_day_the_portal_was_up(day, down, due):
    assert moved(date(2026, 5, day), {date(2026, 5, each) for each in down}) == date(2026, 5, due)


def test_the_command_writes_an_outage_down(db):
    call_command("record_outage", "2026-05-21T09:00", "2026-05-21T13:00", "Broken disk", verbosity=0)
    made = Outage.objects.get()
    assert (made.from_at, made.to_at) == span("21T09:00", "21T13:00")
    event = AuditEvent.objects.get(action="outage.recorded")
    assert (event.by_name, event.note) == ("", "Broken disk")
    wrongs = [
        ("2026-05-21T13:00", "2026-05-21T09:00", "x"),
        ("yesterday", "2026-05-21T09:00", "x"),
        ("2026-05-21T09:00", "2099-05-21T13:00", "x"),
        ("2026-05-21T09:00", "2026-05-21T13:00", " "),
    ]
    for wrong in wrongs:
        with pytest.raises(CommandError):
            call_command("record_outage", *wrong, verbosity=0)
    assert Outage.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Outage.objects.create(from_at=made.to_at, to_at=made.from_at, reason="x", at=made.at)


def test_the_back_office_writes_an_outage_down_and_changes_none(admin_client, db):
    facts = {"from_at_0": "2026-05-21", "from_at_1": "09:00", "to_at_0": "2026-05-21", "to_at_1": "13:00"}
    add = reverse("admin:core_outage_add")
    assert admin_client.post(add, facts | {"reason": ""}).status_code == 200
    assert admin_client.post(add, facts | {"reason": "Power cut"}).status_code == 302
    made = Outage.objects.get()
    assert AuditEvent.objects.filter(action="outage.recorded").count() == 1
    assert admin_client.post(reverse("admin:core_outage_change", args=[made.pk]), facts).status_code == 403
