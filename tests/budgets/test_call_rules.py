"""Claims under the rules of their call: its forms of cost, and how far a budget line may be passed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.forms import modelform_factory

from budgets import actions
from budgets.admin import BudgetLineAdmin, BudgetLineForm
from budgets.checks import claims as checks
from budgets.models import BudgetLine, CallForm
from core.access import Refused
from projects.models import Call
from tests import factories
from tests.budgets.conftest import PARTS, cost, drafted, send
from tests.conftest import NOON

D = Decimal
TODAY = date(2026, 3, 16)


@pytest.fixture
def call(project):
    """A call of real costs and a 15 % flat rate that lets a line be passed by 5 %."""
    project.call = Call.objects.create(
        programme=project.programme, code="1.008", name={"en": "Call"}, line_tolerance=D(5)
    )
    project.save()
    CallForm.objects.create(call=project.call, form="real")
    CallForm.objects.create(call=project.call, form="flat", flat="indirect_staff", rate=15)
    return project.call


def found(claim):
    return {f.check: f for f in checks.findings(claim, TODAY)}


def report(line, total, by, **more):
    facts = {"document": f"Invoice {total}", "document_on": date(2026, 2, 2), "reported_on": date(2026, 2, 3)}
    return actions.report_cost(line=line, total=D(total), currency="EUR", **(facts | more), by=by, at=NOON)


def annex(project, by):
    """A second version with the facts of the first, in force before the day of the tests."""
    first = project.contracts.get()
    same = ("starts_on", "ends_on", "eligible_from", "eligible_to", "currency", "total", *PARTS)
    facts = {name: getattr(first, name) for name in same} | {"number": "C02", "kind": "amendment", "signed_on": None}
    return actions.add_contract_version(project, **facts, in_force_from=date(2026, 3, 1), by=by, at=NOON)


def test_a_line_is_passed_by_the_tolerance_of_the_call_and_no_cent_more(project, line, call, people):
    who = people["finance"]
    report(line, "10000.00", who)
    with pytest.raises(Refused, match=r"€500\.00 left; the amount is €0\.01 above"):
        report(line, "500.01", who)
    report(line, "500.00", who)
    claim = drafted(project, list(project.reported_costs.all()), who)
    assert "line" not in found(claim)
    with_more = [*project.reported_costs.all(), cost(line, "0.01")]  # as if it came from before the rule
    claim = actions.choose_costs(claim, costs=with_more, version=claim.version, by=who, at=NOON)
    over = found(claim)["line"]
    assert over.blocks
    assert "passed by €0.01 more than the €500.00 this call allows" in over.text
    with pytest.raises(Refused, match=r"€0\.01 more"):
        send(claim, who)
    call.line_tolerance = 0
    call.save()
    claim.refresh_from_db()
    assert "passed by €500.01." in found(claim)["line"].text


def test_lines_passed_by_their_tolerance_stay_within_the_sum_of_the_contract(project, line, call, people):
    contract = project.contracts.get()
    for name, value in (("total", 10_000), ("eu_part", 8_500), ("national_part", 1_000), ("own_part", 500)):
        setattr(contract, name, D(value))
    contract.save()
    claim = drafted(project, [cost(line, "10000.00")], people["finance"])
    assert "contract_sum" not in found(claim)
    claim = actions.choose_costs(
        claim, costs=[*project.reported_costs.all(), cost(line, "0.01")], version=claim.version,
        by=people["finance"], at=NOON,
    )  # fmt: skip
    assert set(found(claim)) & {"line", "contract_sum"} == {"contract_sum"}


def test_a_form_the_call_does_not_allow_is_no_cost_no_claim_and_no_line(project, line, call, people):
    who = people["finance"]
    real = cost(line)
    assert not {"call_form", "line_form"} & set(found(drafted(project, [real], who)))
    lump = factories.BudgetLineFactory(contract=line.contract, code="9", form="lump")
    with pytest.raises(Refused) as refused:
        report(lump, "10.00", who)
    assert "“Lump sum”, which this call does not allow" in refused.value.message_dict["line"][0]

    claim = project.claims.get()
    claim = actions.choose_costs(claim, costs=[real, cost(lump)], version=claim.version, by=who, at=NOON)
    wrong = found(claim)["call_form"]
    assert (wrong.blocks, wrong.article, [text[:2] for _n, text in wrong.lines]) == (True, "Art. 53(1)", ["9 "])
    with pytest.raises(Refused, match="does not allow"):
        send(claim, who)

    BudgetLine.objects.filter(pk=line.pk).update(form="unit")  # an amendment made it another form
    claim = actions.choose_costs(claim, costs=[real], version=claim.version, by=who, at=NOON)
    assert "call_form" in found(claim)
    CallForm.objects.create(call=call, form="unit")
    assert "call_form" not in found(claim)


def test_a_cost_keeps_the_form_it_was_reported_in(project, line, people):
    claim = drafted(project, [cost(line)], people["finance"])
    assert "line_form" not in found(claim)
    newer = annex(project, people["officer"])
    newer.budget_lines.update(form="unit")
    claim = actions.change_claim(claim, version=claim.version, by=people["finance"], at=NOON)
    assert claim.contract == newer
    wrong = found(claim)["line_form"]
    assert wrong.blocks
    assert wrong.lines[0][1].endswith("Real costs")


def test_neither_the_back_office_nor_an_annex_brings_in_a_form_the_call_does_not_allow(project, line, call, people):
    entered = modelform_factory(BudgetLine, form=BudgetLineForm, fields="__all__")
    facts = {"contract": line.contract_id, "code": "2", "name": '{"en": "Rooms"}', "total": "5"}
    assert "form" in entered({**facts, "form": "lump"}).errors
    assert "form" not in entered({**facts, "form": "real"}).errors
    assert BudgetLineAdmin.form is BudgetLineForm

    line.form = "lump"
    line.save()
    with pytest.raises(Refused, match="which this call does not allow"):
        annex(project, people["officer"])
    assert project.contracts.count() == 1
