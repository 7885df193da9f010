"""Which irregularities are reported: from 10 000 EUR of the Funds, fraud always, with the exceptions of Annex XII."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.urls import reverse

from budgets import actions
from budgets.checks.corrections import report_due
from budgets.figures.corrections import cases
from tests.budgets.conftest import cost
from tests.budgets.test_settlement import DAY, LATER, accepted, pay

BELOW, AT, ABOVE = ({"EUR": D("9999.99"), "BGN": D("19558.28")}, {"EUR": D("10000.00"), "BGN": D("19558.30")},
                    {"EUR": D("10000.01"), "BGN": D("19558.32")})  # fmt: skip
LITTLE = {"EUR": D("0.01"), "BGN": D("0.02")}
NEXT_DAY = {"found_on": DAY + timedelta(days=1)}
TABLE = [  # what the Funds lose, what is said of the case, whether it is reported
    (BELOW, {}, False),
    (AT, {}, True),
    (ABOVE, {}, True),
    (AT, {"kind": "none"}, False),
    (AT, {"insolvency": True}, False),
    (AT, {"found_by": "beneficiary"}, False),
    (AT, {"found_by": "beneficiary", "kind": "suspected_fraud"}, True),
    (LITTLE, {"kind": "fraud"}, True),
    (LITTLE, {"kind": "fraud", "insolvency": True}, True),
    (LITTLE, {"kind": "suspected_fraud"}, True),
]


def correction(claim, by, funds, **more):
    """A correction of line 1 of so much of the EU part, and a cent of the national part."""
    facts = {
        "kind": "irregularity",
        "error": "procurement",
        "found_by": "audit",
        "way": "recovery",
        "because": "Found.",
    }
    parts = {"eu_part": funds, "national_part": D("0.01"), "own_part": D(0)}
    return actions.correct_claim(
        claim, amounts={1: funds + D("0.01")}, parts=parts, **(facts | NEXT_DAY | more), by=by,
        at=LATER + timedelta(days=1),
    )  # fmt: skip


def reported(*made):
    return [(each.reported, each.due_on) for each in cases(made)]


@pytest.fixture
def claim(project, line, people, second, request):
    """An accepted claim over most of the contract; its EU part is 212 500.00."""
    currency = getattr(request, "param", "EUR")
    project.contracts.update(
        currency=currency, total=D(300_000), eu_part=D(255_000), national_part=30_000, own_part=15_000
    )
    line.total = D(300_000)
    line.save()
    line.contract.refresh_from_db()
    return accepted(project, [cost(line, "250000.00", currency=currency)], people, second)


@pytest.mark.parametrize("claim", ["EUR", "BGN"], indirect=True)
def test_the_threshold_is_of_the_funds_and_fraud_knows_none(claim, people, client):
    """In lev the threshold is 19 558.30, by the fixed rate; 19 558.28 are 9 999.99 EUR."""
    currency = claim.contract.currency
    pay(claim, people["officer"], "1.00", currency=currency)
    for funds, said, expected in TABLE:
        made = correction(claim, people["officer"], funds[currency], **said)
        told = [(True, date(2026, 5, 31)) if expected else (False, None)]
        assert reported(made) == told, (funds, said)
        client.force_login(people["officer"])
        page = client.get(reverse("budgets:correction", args=[made.key])).content.decode()
        assert ("reported to the Commission until 31" in page.replace("\u00a0", " ")) is expected
        actions.turn_correction(
            made, state="dropped", kind=made.kind, note="Unfounded.", by=people["officer"], at=LATER + timedelta(days=1)
        )
        made.refresh_from_db()
        assert reported(made) == [(False, None)]  # a dropped case is none


def test_what_is_found_before_the_payment_is_not_reported_unless_it_is_fraud(claim, people):
    """Nor is it where the only payment before was a slip that was cancelled."""
    early = correction(claim, people["officer"], AT["EUR"])
    fraud = correction(claim, people["officer"], LITTLE["EUR"], kind="fraud")
    assert [found for found, _due in reported(early, fraud)] == [False, True]
    slip = pay(claim, people["officer"], "5.00")
    assert reported(early)[0][0] is True
    actions.cancel_payment(slip, because="Another project.", by=people["officer"], at=LATER)
    assert reported(early)[0][0] is False
    pay(claim, people["officer"], "1.00", paid_on=NEXT_DAY["found_on"] - timedelta(days=1))
    assert reported(early)[0][0] is True


def test_the_threshold_is_a_setting(claim, people, settings):
    pay(claim, people["officer"], "1.00")
    made = correction(claim, people["officer"], BELOW["EUR"])
    settings.IRREGULARITY_REPORTED_FROM = D("9999.99")
    assert reported(made)[0][0] is True


@pytest.mark.parametrize(
    ("found", "due"),
    [
        (date(2026, 1, 1), date(2026, 5, 31)), (date(2026, 3, 31), date(2026, 5, 31)),
        (date(2026, 4, 1), date(2026, 8, 31)), (date(2026, 9, 30), date(2026, 11, 30)),
        (date(2026, 12, 31), date(2027, 2, 28)), (date(2027, 12, 31), date(2028, 2, 29)),
    ],
)  # fmt: skip
def test_the_last_day_is_two_months_after_the_quarter(found, due):
    assert report_due(found) == due
