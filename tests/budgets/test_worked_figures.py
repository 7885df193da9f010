"""The worked figures of splits, rates and forms of cost, held against the portal's own functions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from budgets import actions
from budgets.actions.amendments import seen
from budgets.checks.forms_of_cost import Cost, computed
from budgets.models import LineFact
from budgets.snapshot import consequences
from core.access import Refused
from core.money import share, split, to_eur
from projects.checks import highest_rate
from projects.models import Call, Priority, PriorityRate
from tests import factories
from tests.budgets.conftest import cost, decide, drafted, send
from tests.conftest import NOON

RATE, EURO = D("0.85"), D(1)


@pytest.mark.parametrize(
    ("total", "unit", "eu", "national"),
    [
        ("29545252", "1", "25113464", "4431788"),  # the Latvian project: exact would be 25 113 464.20 and 4 431 787.80
        ("29545252", "0.01", "25113464.20", "4431787.80"),
        ("15951890", "1", "13559106", "2392784"),  # its earlier budget: exact would be 13 559 106.50
        ("0", "0.01", "0", "0"),
        ("0.01", "0.01", "0", "0.01"),
        ("99999999999999.99", "0.01", "84999999999999.99", "15000000000000.00"),
    ],
)
def test_the_eu_part_is_rounded_down_in_the_unit_of_the_budget(total, unit, eu, national):
    assert split(D(total), RATE, D(unit)) == (D(eu), D(national))
    assert D(eu) <= RATE * D(total)


def test_a_rate_is_shown_with_two_decimals_and_not_stored():
    contract = factories.ContractFactory.build(total=D(29545252), eu_part=D(25113464), project=None, number="x")
    assert contract.eu_rate == D("85.00") == share(D(25113464), D(29545252))


@pytest.mark.parametrize(
    ("flat", "staff", "other", "due"),
    [
        ("indirect_direct", "100000", "50000", "10500.00"),  # 7 % of 150 000
        ("indirect_staff", "100000", "50000", "15000.00"),  # 15 % of 100 000
        ("indirect_method", "100000", "50000", "37500.00"),  # 25 % of 150 000
        ("staff_other", "0", "50000", "10000.00"),  # 20 % of 50 000
        ("all_other", "100000", "0", "40000.00"),  # 40 % of 100 000: 140 000 in all, the 50 000 are inside
    ],
)
def test_flat_rates(flat, staff, other, due):
    lines = [
        Cost("1", D(staff), "real", "staff"),
        Cost("2", D(other), "real", "direct"),
        Cost("9", D(0), "flat", "", flat),
    ]
    assert computed(lines, []) == {"9": D(due)}


def test_a_project_below_and_one_above_two_hundred_thousand_euro():
    assert to_eur(D("386653.00"), "BGN") == D("197692.54") < D(200000) < D("358083.27")


@pytest.fixture
def rated(project):
    """The project stands under a priority of 85 %, in transition regions 70 %."""
    priority = Priority.objects.create(programme=project.programme, code="1", eu_rate=D(85))
    PriorityRate.objects.create(priority=priority, region="transition", eu_rate=D(70))
    project.call = Call.objects.create(programme=project.programme, priority=priority, code="1.1", name={"en": "Call"})
    project.save()
    return project


def annex(project, by, **parts):
    facts = {
        "number": f"{project.number}-C02", "kind": "amendment", "signed_on": None, "in_force_from": date(2026, 3, 2),
        "starts_on": None, "ends_on": None, "eligible_from": None, "eligible_to": None, "currency": "EUR",
    }  # fmt: skip
    return actions.add_contract_version(project, **facts, **parts, by=by, at=NOON)


def test_a_split_is_checked_and_never_corrected(rated, people):
    by, whole = people["officer"], D("100.01")
    for parts, told in (
        ((D("85.01"), D("15.00"), D(0)), "at most 85.00%"),  # 85 % of 100.01 are 85.0085: down to 85.00
        ((D("85.00"), D("15.00"), D(0)), "missing"),
    ):
        with pytest.raises(Refused, match=told):
            annex(rated, by, total=whole, **dict(zip(("eu_part", "national_part", "own_part"), parts, strict=True)))
    assert rated.contracts.count() == 1
    made = annex(rated, by, total=whole, eu_part=D("80.00"), national_part=D("20.01"), own_part=D(0))
    assert (made.eu_part, made.national_part) == (D("80.00"), D("20.01"))


def test_the_highest_rate_depends_on_the_category_of_region(rated, people):
    assert highest_rate(rated) == D(85)
    rated.region = "transition"
    rated.save()
    assert highest_rate(rated) == D(70)
    with pytest.raises(Refused, match="that is €70"):
        annex(rated, people["officer"], total=D(100), eu_part=D(85), national_part=D(15), own_part=D(0))
    rated.region = "less"
    assert highest_rate(rated) == D(85)  # no rate of its own: the one of the priority

    rated.priority, rated.region = None, "transition"
    wish = actions.begin_amendment(rated, because="More money.", by=people["finance"], at=NOON)
    row = wish.draft["contract"]["contract"] | {"eu_part": "70000.01", "national_part": "29999.99", "own_part": "0.00"}
    was = seen(wish.draft["contract"]["contract"])
    wish = actions.change_amendment(
        wish, part="contract", ref="contract", row=row, was=was, by=people["finance"], at=NOON
    )
    assert any("at most 70.00%" in each.text for each in consequences.all_of(wish, NOON.date()) if each.stops)


def test_a_budget_in_whole_euro_splits_its_lines_in_whole_euro(project, people):
    contract = project.contracts.get()
    contract.whole_units = True
    contract.save()
    wish = actions.begin_amendment(project, because="A new line.", by=people["finance"], at=NOON)
    row = {"code": "7", "name": {"en": "Line"}, "total": "101.00", "eu_part": None, "national_part": None,
           "own_part": None, "form": "real"}  # fmt: skip
    wish = actions.change_amendment(wish, part="lines", ref="", row=row, was=seen(None), by=people["finance"], at=NOON)
    made = wish.draft["lines"]["7"]
    assert [made[part] for part in ("eu_part", "national_part", "own_part")] == ["85.00", "11.00", "5.00"]


def test_without_a_national_part_the_own_part_takes_the_rest():
    whole = {"eu_part": D(80), "national_part": D(0), "own_part": D(20)}
    assert actions.parts_of(D("10.01"), whole, EURO) == {
        "eu_part": D("8.00"), "national_part": D("0.00"), "own_part": D("2.01")
    }  # fmt: skip


def test_what_is_approved_is_what_was_submitted_less_what_was_not(project, line, people, second):
    claim = send(drafted(project, [cost(line, "100.01"), cost(line, "50.00")], people["finance"]), people["finance"])
    claim = actions.take_up(claim, by=people["officer"], at=NOON)
    first, other = claim.lines.order_by("number")
    decide(first, people["officer"], "reduce", total=D("60.00"))
    decide(other, people["officer"])
    claim = actions.propose(claim, by=people["officer"], at=NOON)
    actions.confirm(claim, by=second, at=NOON)
    sums = {step: sum(f.total for f in LineFact.objects.filter(line__claim=claim, step=step)) for step in LineFact.Step}
    assert sums["declared"] - D("40.01") == sums["verified"] == D("110.00")
    for fact in LineFact.objects.all():
        assert fact.total == fact.eu_part + fact.national_part + fact.own_part
