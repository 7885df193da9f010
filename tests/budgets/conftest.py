"""What the tests of claims stand on: a line, a claim in check, and the steps that lead there."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from budgets import actions
from budgets.checks import claims as checks
from projects.models import Membership
from tests import factories
from tests.conftest import NOON

PARTS = ("eu_part", "national_part", "own_part")
PERIOD = {"from_on": date(2026, 1, 1), "to_on": date(2026, 2, 28)}
DECLARED = ["true", "once", "kept"]


@pytest.fixture
def line(project, activity):
    return factories.BudgetLineFactory(contract=project.contracts.get(), activity=activity, code="1.1", form="real")


@pytest.fixture
def second(people, project):
    """Another officer of the programme."""
    user = factories.UserFactory(name="Second")
    Membership.objects.create(user=user, role="officer", programme=project.programme)
    return user


def cost(line, total="100.00", **more):
    amount = Decimal(total)
    facts = {"eu_part": None, "national_part": None, "own_part": None}
    if amount > 0:
        facts = actions.parts_of(amount, {name: getattr(line.contract, name) for name in PARTS})
    return factories.ReportedCostFactory(line=line, total=amount, **({"paid_on": date(2026, 2, 3)} | facts | more))


def drafted(project, costs, by, **more):
    claim = actions.start_claim(project, **({"kind": "interim"} | PERIOD | more), by=by, at=NOON)
    claim = actions.choose_costs(claim, costs=costs, version=claim.version, by=by, at=NOON)
    return actions.change_claim(
        claim, version=claim.version, results="Two clubs ran.", declarations=DECLARED, by=by, at=NOON
    )


def send(claim, by, at=NOON, **more):
    because = {f.check: "On paper." for f in checks.findings(claim, at.date())}
    return actions.send_claim(claim, version=more.pop("version", claim.version), reasons=because, by=by, at=at)


@pytest.fixture
def sent(project, line, people):
    """Claim 1 over 100.01 + 50.00 + 30.00, in check with the officer."""
    costs = [cost(line, total) for total in ("100.01", "50.00", "30.00")]
    claim = send(drafted(project, costs, people["finance"]), people["finance"])
    return actions.take_up(claim, by=people["officer"], at=NOON)


def decide(line, by, verdict="accept", seen=0, **more):
    words = {} if verdict == "accept" else {"comment": "See the contract."}
    if verdict in ("reduce", "refuse"):
        words["error"] = "budget"
    return actions.decide(line, verdict=verdict, seen=seen, by=by, at=NOON, **(words | more))
