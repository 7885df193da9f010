"""The 80 days of a claim, and the portal that was down on the last of them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from budgets.models import Claim
from core.actions import record_outage
from tests.conftest import NOON


@pytest.fixture
def received(sent):
    """A claim received on 2 March 2026: pay by 21 May 2026."""
    Claim.objects.filter(pk=sent.pk).update(received_on=date(2026, 3, 2))
    return Claim.objects.get(pk=sent.pk)


def down(day: int, hours: int = 4, reason: str = "Broken disk"):
    sofia = ZoneInfo("Europe/Sofia")
    begin, end = (datetime(2026, 5, day, 9 + h, tzinfo=sofia) for h in (0, hours))
    return record_outage(from_at=begin, to_at=end, reason=reason, by=None, at=datetime(2026, 6, 1, tzinfo=sofia))


def test_the_last_day_moves_when_the_portal_was_down_on_it(received):
    assert received.clock_on(date(2026, 5, 20)).due_on == date(2026, 5, 21)
    down(20)  # a day before the last one changes nothing
    down(21, hours=2)  # nor do two hours on it
    assert received.clock_on(date(2026, 5, 21)).due_on == date(2026, 5, 21)
    down(21, reason="Power cut")
    down(22)
    clock = received.clock_on(date(2026, 5, 22))
    assert (clock.due_on, clock.planned, clock.day, clock.over) == (date(2026, 5, 23), date(2026, 5, 21), 81, False)
    assert received.clock_on(date(2026, 5, 24)).over


def test_the_reason_stands_beside_the_clock_on_every_list(received, client, people, django_assert_num_queries):
    down(21, reason="Power cut")
    client.force_login(people["officer"])
    for name, args in (("budgets:claims", []), ("budgets:claim", [received.key]), ("reports:dashboard", [])):
        page = client.get(reverse(name, args=args)).content.decode().replace("\u00a0", " ")
        assert "due 22 May 2026 · moved from 21 May 2026, the portal was down: Power cut" in " ".join(page.split()), (
            name
        )
    claim = Claim.objects.with_clock().get(pk=received.pk)
    with django_assert_num_queries(0):
        assert claim.clock_on(NOON.date()).due_on == date(2026, 5, 22)
