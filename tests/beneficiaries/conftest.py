"""The pages as they are on Monday 16 March 2026 at noon, and a signed-in person."""

from __future__ import annotations

import pytest

from beneficiaries.views import changes, consents, duplicates, follow_up, grid, participants, sheet, support, week
from tests.conftest import NOON


@pytest.fixture
def at_noon(monkeypatch):
    """The clock of the doors stands at NOON."""
    for module in (changes, consents, duplicates, follow_up, grid, participants, sheet, support):
        monkeypatch.setattr(module, "now", lambda: NOON)
    for module in (follow_up, grid, week):
        monkeypatch.setattr(module, "localdate", lambda: NOON.date())


@pytest.fixture
def sign_in(client, people, at_noon):
    """`sign_in("officer")` gives the test's client as that person."""

    def as_person(who):
        client.force_login(people[who])
        return client

    return as_person
