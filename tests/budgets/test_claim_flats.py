"""Flat rates of a claim follow the costs in it: computed at each sending, never typed, held to what is eligible."""

from __future__ import annotations

from datetime import date, timedelta
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


def test_what_is_eligible_of_a_flat_rate_follows_what_is_eligible_of_its_base(client, project, budget, people, second):
    """Claimed 150.00 = 15 % of 1 000.00. Of the base 800.00 are eligible: the sheet says 120.00, and handed on the flat
    line becomes 120.00. Looked at again, with 900.00, it becomes 135.00; lowered by hand it stays below."""
    of_staff, _other, line = budget
    line("9", 50_000, form="flat", flat="indirect_staff", nature="indirect")
    claim = send(drafted(project, [cost(of_staff, "1000.00")], people["finance"]), people["finance"])
    officer = people["officer"]
    claim = actions.take_up(claim, by=officer, at=NOON)
    staff, flat = claim.lines.all()

    def told():
        newest = flat.decisions.order_by("-position").first()
        return newest.verdict, newest.total

    decide(staff, officer, "reduce", total=D("800.00"))
    decide(flat, officer)
    client.force_login(officer)
    page = said(client.get(reverse("budgets:claim_check", args=[claim.key])))
    assert "Is lowered" in page
    for amount in ("€800.00", "15%", "€120.00", "€150.00"):
        assert f'<td class="num">{amount}</td>' in page, amount
    claim = actions.propose(claim, by=officer, at=NOON + timedelta(minutes=1))
    assert told() == ("reduce", D("120.00"))
    assert "120.00" in flat.decisions.order_by("-position").first().comment.replace(",", ".")
    claim = actions.send_back(claim, comment="Read the contract.", by=second, at=NOON)
    decide(staff, officer, "reduce", seen=1, total=D("900.00"))
    claim = actions.propose(claim, by=officer, at=NOON + timedelta(minutes=2))
    assert told() == ("reduce", D("135.00"))
    claim = actions.send_back(claim, comment="And the rate?", by=second, at=NOON)
    decide(flat, officer, "reduce", seen=3, total=D("100.00"))
    claim = actions.propose(claim, by=officer, at=NOON + timedelta(minutes=3))
    assert told() == ("reduce", D("100.00"))
    claim = actions.confirm(claim, by=second, at=NOON)
    verified = LineFact.objects.filter(line=flat, step="verified").get()
    assert (claim.state, verified.total) == ("accepted", D("100.00"))


def test_a_flat_rate_in_two_rows_follows_as_a_sum_and_is_nothing_without_its_base(project, budget, people, second):
    """185.18 − 35.18 after a second sending; of 600.00 eligible it is 125.18 − 35.18, of nothing 35.18 − 35.18."""
    of_staff, _other, line = budget
    line("9", 50_000, form="flat", flat="indirect_staff", nature="indirect")
    who, officer = people["finance"], people["officer"]
    costs = [cost(of_staff, "1000.00"), cost(of_staff, "234.50")]
    claim = actions.take_up(send(drafted(project, costs, who), who), by=officer, at=NOON)
    claim = actions.return_claim(claim, comment="Take out the second one.", by=officer, at=NOON)
    claim = actions.choose_costs(claim, costs=costs[:1], version=claim.version, by=who, at=NOON)
    claim = actions.take_up(send(claim, who), by=officer, at=NOON)
    staff = claim.lines.held().get(cost=costs[0])
    for seen, eligible, first in ((0, "600.00", "125.18"), (1, "0", "35.18")):
        if seen:
            decide(staff, officer, "refuse", seen=seen)
        else:
            decide(staff, officer, "reduce", total=D(eligible))
            actions.accept_lines(claim, lines=claim.lines.values_list("pk", flat=True), by=officer, at=NOON)
        claim = actions.propose(claim, by=officer, at=NOON + timedelta(minutes=seen + 1))
        flats = claim.lines.held().filter(cost__line__code="9").order_by("number")
        totals = [x.decisions.order_by("-position").first().total for x in flats]
        assert totals == [D(first), D("-35.18")]
        if not seen:
            claim = actions.send_back(claim, comment="Refuse it.", by=second, at=NOON)
    assert actions.confirm(claim, by=second, at=NOON).state == "accepted"


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
