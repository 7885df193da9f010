"""Which documents look the same as a line of a claim: number, amount, day and supplier, each in turn."""

from __future__ import annotations

from datetime import date

from budgets import actions
from budgets.checks.claim_twins import twins
from tests import factories
from tests.budgets.conftest import cost, drafted
from tests.conftest import NOON

MINE = {"document": "Invoice 118", "supplier_number": "831641791", "document_on": date(2026, 2, 2)}
CASES = (  # what is different in the other project, and what is said of it: the same, similar (False), or nothing
    ({}, True),
    ({"document": "Фактура № 0000118"}, True),
    ({"document": "Bill", "number": "118"}, True),
    ({"supplier_number": ""}, True),
    ({"supplier_number": "175000000"}, None),
    ({"total": "77.01"}, None),
    ({"currency": "BGN"}, None),
    ({"document_on": date(2026, 3, 5)}, False),
    ({"document_on": date(2026, 3, 6)}, None),
    ({"document": "Invoice 119"}, False),
    ({"document": "Invoice 119", "supplier_number": ""}, None),
    ({"document": "Invoice 119", "document_on": date(2026, 2, 3)}, None),
    ({"total": "-77.00"}, None),
)


def test_a_document_of_another_project_is_the_same_similar_or_none_of_ours(project, line, people):
    elsewhere = factories.ProjectFactory()
    other = factories.BudgetLineFactory(contract=factories.ContractFactory(project=elsewhere))
    claim = drafted(project, [cost(line, "77.00", **MINE)], people["finance"])
    for facts, same in CASES:
        twin = cost(other, **({"total": "77.00"} | MINE | facts))
        told = [(each.project, each.same) for found in twins(claim).values() for each in found]
        assert told == ([] if same is None else [(elsewhere.number, same)]), facts
        twin.delete()


def test_a_document_without_a_number_is_known_by_its_supplier_and_day_and_never_twin_of_itself(project, line, people):
    unnumbered = MINE | {"document": "Receipt"}
    claim = drafted(project, [cost(line, "77.00", **unnumbered)], people["finance"])
    assert twins(claim) == {}
    again = cost(line, "77.00", **(unnumbered | {"document": "Receipt of the shop"}))
    held = claim.lines.get()
    assert [each.same for each in twins(claim)[held.pk]] == [True]
    claim = actions.choose_costs(claim, costs=[again], version=claim.version, by=people["finance"], at=NOON)
    assert [each.claim for found in twins(claim).values() for each in found] == [None]
