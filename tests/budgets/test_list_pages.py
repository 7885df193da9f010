"""The lists over all projects, each narrowed by every field of its form; what another programme has stays away."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from budgets import actions
from budgets.models import Amendment, Payment, Procurement
from tests import factories
from tests.factories import NOON

D = Decimal


@pytest.fixture
def world(project, people):
    """One row of each list, and one of each in a project of another programme."""
    other = factories.ProjectFactory()
    for each, word in ((project, "Ours"), (other, "Theirs")):
        contract = each.contracts.first() or factories.ContractFactory(project=each)
        Amendment.objects.create(
            project=each, contract=contract, because=f"{word} ends later", base={}, draft={}, begun_at=NOON,
            changed_at=NOON,
        )  # fmt: skip
        Payment.objects.create(
            project=each, kind="advance", paid_on=date(2026, 3, 2), amount=D(100), reference=f"{word}-1"
        )
        Procurement.objects.create(
            project=each, number=f"{word}-7", contractor="Books Ltd", signed_on=date(2026, 2, 2), amount=D(900),
            procedure="offers",
        )  # fmt: skip
        actions.draft_application(each.programme, entered_on=date(2026, 3, 2), by=None, at=NOON)
    return other


@pytest.mark.parametrize(
    ("page", "sign", "fits", "fails"),
    [
        ("amendments", "ends later", {"state": "draft"}, {"state": "approved"}),
        ("payments", "-1</td>", {"kind": "advance"}, {"kind": "recovery"}),
        ("suppliers", "-7</th>", {"procedure": "offers"}, {"procedure": "open"}),
        ("applications", "2025/2026-1", {"year": "2025", "state": "draft"}, {"state": "sent"}),
    ],
)
def test_a_list_is_narrowed_by_each_field(client, people, project, world, page, sign, fits, fails):
    there = reverse(f"budgets:{page}")

    def rows(**asked: str) -> int:
        return client.get(there, asked).text.count(sign)

    client.force_login(people["admin"])
    code = project.programme.code
    assert (rows(), rows(programme=code), rows(programme=code, **fits), rows(**fails)) == (2, 1, 1, 0)
    assert rows(programme="none of these") == 0
    if page != "applications":
        assert (rows(project=world.number), rows(project="unknown")) == (1, 0)
    client.force_login(people["officer"])  # of one programme
    assert rows() == 1
    assert f'value="{world.programme.code}"' not in client.get(there).text
