"""The checks of a claim that the law asks for: each fires on its own case with its article, and is quiet beside it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from budgets import actions
from budgets.checks import claims as checks
from tests import factories
from tests.budgets.conftest import cost, drafted
from tests.conftest import NOON

D = Decimal
CASES = (  # check, whether it blocks, article, facts of a cost it finds, facts of one it does not
    ("days", True, "Art. 63(2)", {"document_on": date(2025, 12, 8)}, {"document_on": date(2025, 12, 9)}),
    ("days", True, "Art. 63(2)", {"paid_on": date(2028, 12, 10)}, {"paid_on": date(2028, 12, 9)}),
    ("line", True, "Art. 73(3)", {"total": "10000.01"}, {"total": "10000.00"}),
    ("paid_before", False, "Art. 63(2)", {"paid_on": date(2026, 2, 1)}, {"paid_on": date(2026, 2, 2)}),
    ("not_paid", False, "Art. 53(1)(a)", {"paid_on": None}, {}),
    ("rate", True, "Art. 53(1)(b)", {"units": D("12.49"), "on": "2"}, {"units": D("12.50"), "on": "2"}),
    ("units", False, "Art. 53(1)(b)", {"on": "2"}, {"units": D("12.50"), "on": "2"}),
    ("forms", True, "Art. 53(1)(e)", {"units": D("13"), "on": "2", "same": True}, {"units": D("13"), "on": "2"}),
)


def test_each_rule_of_the_law_fires_on_its_case_with_its_article_and_not_beside_it(project, line, people):
    who = people["finance"]
    unit = factories.BudgetLineFactory(
        contract=line.contract, code="2", form="unit", unit="hours", unit_price=D("8.00")
    )
    lines = {"1.1": line, "2": unit}
    claim = drafted(project, [], who)

    def found(facts):
        nonlocal claim
        claim = actions.choose_costs(claim, costs=[], version=claim.version, by=who, at=NOON)
        project.reported_costs.all().delete()
        facts = {"document": "Invoice 118", "supplier_number": "831641791"} | facts
        on, same = lines[facts.pop("on", "1.1")], facts.pop("same", False)
        costs = [cost(on, facts.pop("total", "100.00"), **facts)]
        if on == unit:  # beside it, a document on a line of real costs
            costs.append(cost(line, "5.00", **facts | {"units": None} | ({} if same else {"document": "Invoice 9"})))
        claim = actions.choose_costs(claim, costs=costs, version=claim.version, by=who, at=NOON)
        return {f.check: f for f in checks.findings(claim, NOON.date())}

    for check, blocks, article, wrong, right in CASES:
        told = found(wrong)
        assert check in told, (check, wrong)
        assert (told[check].blocks, told[check].article) == (blocks, article)
        assert check not in found(right), (check, right)


def test_vat_is_questioned_from_five_million_euro_on(project, line, people):
    claim = drafted(project, [cost(line, vat=D("16.67")), cost(line)], people["finance"])
    contract = claim.contract
    for total, fires in ((D("4999999.99"), False), (D("5000000.00"), True)):
        contract.total, contract.eu_part = total, total - 15_000
        contract.save()
        claim.refresh_from_db()
        told = {f.check: f for f in checks.findings(claim, NOON.date())}
        assert ("vat" in told) == fires
    assert (told["vat"].article, [n for n, _text in told["vat"].lines]) == ("Art. 64(1)(c)", [1])
