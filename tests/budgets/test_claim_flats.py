"""Flat rates of a claim follow the costs in it: computed at each sending, never typed, held to what is eligible."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from budgets import actions
from budgets.checks import claim_facts
from budgets.models import Claim, Computation, LineFact, ReportedCost
from core.access import Refused
from core.money import NOTHING
from tests import factories
from tests.budgets.conftest import cost, decide, drafted, send
from tests.budgets.test_claim_pages import said
from tests.budgets.test_claims import finish
from tests.conftest import NOON

D = Decimal


@pytest.fixture
def budget(project):
    """A contract over 300 000 with lines of staff and of other direct costs."""
    contract = project.contracts.get()
    for name, value in (("total", 300_000), ("eu_part", 255_000), ("national_part", 30_000), ("own_part", 15_000)):
        setattr(contract, name, D(value))
    contract.save()

    def line(code, total, **more):
        return factories.BudgetLineFactory(contract=contract, code=code, total=D(total), **more)

    staff = line("1", 150_000, form="real", nature="staff")
    other = line("2", 80_000, form="real", nature="direct")
    return staff, other, line


def claimed(claim, code):
    facts = LineFact.objects.filter(line__claim=claim, line__cost__line__code=code, step="declared")
    return sum(facts.values_list("total", flat=True), NOTHING)


@pytest.mark.parametrize(  # reference.md §5: staff 100 000, other direct 50 000
    ("flat", "nature", "staff", "other", "amount"),
    [
        ("indirect_direct", "indirect", 100_000, 50_000, "10500.00"),
        ("indirect_staff", "indirect", 100_000, 50_000, "15000.00"),
        ("all_other", "direct", 100_000, 0, "40000.00"),
        ("staff_other", "staff", 0, 50_000, "10000.00"),
    ],
)  # fmt: skip
def test_the_worked_flat_rates_are_claimed_from_the_costs(project, budget, people, flat, nature, staff, other, amount):
    of_staff, of_other, line = budget
    line("9", 50_000, form="flat", flat=flat, nature=nature)
    costs = [cost(on, total) for on, total in ((of_staff, staff), (of_other, other)) if total]
    claim = send(drafted(project, costs, people["finance"]), people["finance"])
    assert claimed(claim, "9") == D(amount)
    flat_cost = ReportedCost.objects.get(line__code="9")
    assert flat_cost.eu_part + flat_cost.national_part + flat_cost.own_part == D(amount)
    assert D(flat_cost.computation.basis["base"]) == {"indirect_staff": 100_000, "all_other": 100_000,
                                                      "staff_other": 50_000}.get(flat, 150_000)  # fmt: skip
    for change in (
        lambda: Computation.objects.update(at=NOON),
        lambda: Computation.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="are final"), transaction.atomic():
            change()


def test_nobody_types_a_flat_rate_and_it_follows_its_base_at_each_sending(client, project, budget, people):
    of_staff, of_other, line = budget
    flat = line("9", 50_000, form="flat", flat="indirect_staff", nature="indirect")
    with pytest.raises(Refused, match="computed when a claim is sent"):
        actions.report_cost(
            line=flat, document="Invoice 1", document_on=date(2026, 2, 1), reported_on=date(2026, 2, 1), total=D(1),
            currency="EUR", by=people["finance"], at=NOON,
        )  # fmt: skip
    who, costs = people["finance"], [cost(of_staff, "1000.00"), cost(of_staff, "234.50"), cost(of_other, "50.00")]
    draft = drafted(project, costs, who)
    client.force_login(who)
    page = said(client.get(reverse("budgets:claim_send", args=[draft.key])))
    assert "€185.18" in page  # 15 % of 1 234.50 = 185.175
    assert "€1,469.68" in page  # the whole claim with it
    assert not Computation.objects.exists()
    claim = send(draft, who)
    assert claimed(claim, "9") == D("185.18")

    officer = people["officer"]
    claim = actions.take_up(claim, by=officer, at=NOON)
    actions.return_claim(claim, comment="Take out the second one.", by=officer, at=NOON)
    claim = Claim.objects.get()
    claim = actions.choose_costs(claim, costs=[costs[0], costs[2]], version=claim.version, by=who, at=NOON)
    claim = send(claim, who)
    assert claimed(claim, "9") == D("150.00")
    assert [c.total for c in ReportedCost.objects.filter(line__code="9").order_by("pk")] == [D("185.18"), D("-35.18")]


def test_what_is_eligible_of_a_flat_rate_keeps_to_what_is_eligible_of_its_base(project, budget, people, second):
    of_staff, _other, line = budget
    line("9", 50_000, form="flat", flat="indirect_staff", nature="indirect")
    claim = send(drafted(project, [cost(of_staff, "1000.00")], people["finance"]), people["finance"])
    officer = people["officer"]
    claim = actions.take_up(claim, by=officer, at=NOON)
    staff, flat = claim.lines.all()
    decide(staff, officer, "reduce", total=D("800.00"))
    with pytest.raises(Refused, match=r"gives €120\.00 on what you found eligible; you decided €150\.00"):
        finish(claim, officer, second)
    decide(flat, officer, "reduce", seen=1, total=D("120.00"))
    assert finish(claim, officer, second).state == "accepted"


def test_a_flat_rate_stays_within_its_line_and_ends_with_a_rejected_claim(project, budget, people):
    of_staff, _other, line = budget
    line("9", 100, form="flat", flat="indirect_staff", nature="indirect")
    who, base = people["finance"], cost(of_staff, "1000.00")
    claim = send(drafted(project, [base], who), who)
    assert claimed(claim, "9") == D("100.00")
    actions.reject_claim(
        actions.take_up(claim, by=people["officer"], at=NOON), comment="Wrong period.", by=people["officer"], at=NOON
    )
    assert list(claim_facts.unclaimed(project, claim.to_on)) == [base]
    assert sum(c.total for c in project.reported_costs.all()) == D("1000.00")
    again = send(drafted(project, [base], who), who)
    assert claimed(again, "9") == D("100.00")
