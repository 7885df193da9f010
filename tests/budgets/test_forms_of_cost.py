"""Forms of cost: the worked figures of the flat rates, what a call allows, and the budget by each dimension."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation

from budgets import actions
from budgets.actions.amendments import seen
from budgets.checks.forms_of_cost import Cost, base_of, computed, wrong_forms
from budgets.figures import DIMENSIONS, PARTS, budget_by
from budgets.models import BudgetLine, CallForm, Claim
from budgets.snapshot import consequences
from core.access import Refused
from core.models import Code
from projects.models import Call
from tests import factories
from tests.budgets.test_pages import text_of
from tests.conftest import NOON

D = Decimal
STAFF, OTHER = Cost("1", D(100_000), "real", "staff"), Cost("2", D(50_000), "real", "direct")


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(  # staff 100 000, other direct 50 000
    ("flat", "base", "amount"),
    [
        ("indirect_direct", "150000", "10500.00"), ("indirect_staff", "100000", "15000.00"),
        ("indirect_method", "150000", "37500.00"), ("all_other", "100000", "40000.00"),
        ("staff_other", "50000", "10000.00"),
    ],
)  # fmt: skip
def test_the_worked_flat_rates(flat, base, amount):
    lines = [STAFF, OTHER, Cost("9", D(0), "flat", "", flat)]
    assert base_of(flat, lines) == D(base)
    assert computed(lines, []) == {"9": D(amount)}


def test_forty_per_cent_leaves_nothing_else_but_staff_and_allowances():
    forty = Cost("9", D("40000.00"), "flat", "direct", "all_other")
    allowances = Cost("3", D(7_000), "real", "allowances")
    assert list(wrong_forms([STAFF, allowances, forty], [], "EUR")) == []
    assert STAFF.total + forty.total == 140_000
    told = dict(wrong_forms([STAFF, OTHER, forty, Cost("8", D("15000.00"), "flat", "", "indirect_staff")], [], "EUR"))
    assert set(told) == {"2", "8"}
    assert "cannot stand beside it" in told["2"]
    assert "no other flat rate" in told["8"]


def test_staff_by_twenty_per_cent_is_a_direct_cost_for_seven_but_no_base_for_fifteen():
    twenty = Cost("8", D(0), "flat", "staff", "staff_other")
    assert computed([OTHER, twenty, Cost("9", D(0), "flat", "", "indirect_direct")], [])["9"] == D("4200.00")
    assert computed([OTHER, twenty, Cost("9", D(0), "flat", "", "indirect_staff")], [])["9"] == D("0.00")


@pytest.fixture
def call(project):
    project.call = Call.objects.create(programme=project.programme, code="1.008", name={"en": "Call"})
    project.save()
    return project.call


@pytest.mark.parametrize(
    "facts",
    [
        {"form": "flat", "flat": "", "rate": None}, {"form": "real", "flat": "all_other", "rate": 40},
        {"form": "flat", "flat": "indirect_direct", "rate": "7.01"}, {"form": "flat", "flat": "all_other", "rate": 0},
    ],
)  # fmt: skip
def test_the_database_refuses_a_rule_above_the_law(call, facts):
    with pytest.raises(IntegrityError), transaction.atomic():
        CallForm.objects.create(call=call, **facts)


def test_a_flat_rate_follows_its_base_and_a_form_the_call_does_not_allow_stops(project, call, people):
    for form, flat, rate in (("real", "", None), ("flat", "indirect_staff", 15)):
        CallForm.objects.create(call=call, form=form, flat=flat, rate=rate)
    contract, by = project.contracts.get(), people["finance"]
    for code, total, more in (("1", "80000", {"nature": "staff", "form": "real"}),
                              ("2", "12000", {"form": "flat", "flat": "indirect_staff"}),
                              ("3", "8000", {"nature": "direct", "form": "real"})):  # fmt: skip
        parts = actions.parts_of(D(total), {"eu_part": D(85), "national_part": D(10), "own_part": D(5)})
        factories.BudgetLineFactory(contract=contract, code=code, total=D(total), **parts, **more)
    one = actions.begin_amendment(project, because="More staff", by=by, at=NOON)

    def put(code, **new):
        row = one.draft["lines"][code]
        empty = dict.fromkeys(PARTS)
        return actions.change_amendment(
            one, part="lines", ref=code, row={**row, **empty, **new}, was=seen(row), by=by, at=NOON
        )

    one = put("1", total="82000.00")
    assert one.draft["lines"]["2"]["total"] == "12300.00"  # 15 % of 82 000
    one = put("3", total="5700.00", form="lump")
    with pytest.raises(Refused, match="form “Lump sum”, which this call does not allow"):
        actions.send_amendment(one, by=by, at=NOON)
    one = put("3", total="5700.00", form="real")
    assert actions.send_amendment(one, by=by, at=NOON).state == "sent"


def test_the_budget_adds_up_in_every_dimension_on_page_and_in_file(project, people, client, activity):
    contract = project.contracts.get()
    partner = factories.school_of(project)
    staff = Code.objects.of("cost_categories").get(code="staff")
    for n, (total, more) in enumerate(
        [
            ("60000.01", {"activity": activity, "category": staff, "year": 2026, "form": "real"}),
            ("29999.99", {"partner": partner, "year": 2027, "form": "lump"}),
            ("10000.00", {}),
        ]
    ):
        parts = actions.parts_of(D(total), {"eu_part": D(85), "national_part": D(10), "own_part": D(5)})
        factories.BudgetLineFactory(contract=contract, code=str(n), total=D(total), **parts, **more)
    client.force_login(people["finance"])
    for by in DIMENSIONS:
        rows, whole = budget_by(contract, by)
        assert sum(row.total for row in rows) == whole.total == D("100000.00")
        if by != "source":
            for part in PARTS:
                assert sum(row.parts[part] for row in rows) == whole.parts[part]
            assert sum(whole.parts.values()) == whole.total
        address = reverse("reports:project_budget", args=[project.number]) + f"?by={by}"
        assert "€100,000.00" in text_of(client.get(address))
        lines = b"".join(client.get(address + "&as=csv").streaming_content).decode("utf-8-sig").split("\r\n")[1:-1]
        assert len(lines) == len(rows)
    assert [row.name for row in budget_by(contract, "year")[0]] == [2026, 2027, None]
    assert client.get(reverse("reports:project_budget", args=[project.number]) + "?by=nothing").status_code == 404
    BudgetLine.objects.filter(contract=contract, code="2").update(eu_part=None, national_part=None, own_part=None)
    rows, whole = budget_by(contract, "source")
    assert {row.code: row.total for row in rows}["unsplit"] == D("10000.00")
    assert sum(row.total for row in rows) == whole.total


def test_project_management_takes_at_most_its_share_of_the_grant(project, call, people, activity):
    """KA220: work package 1 is project management, at most 20 % of the lump sum."""
    call.management_share = 20
    call.save()
    type(activity).objects.filter(pk=activity.pk).update(management=True)
    contract, by = project.contracts.get(), people["finance"]
    for code, total, of in (("WP1", "20000", activity), ("WP2", "80000", None)):
        parts = actions.parts_of(D(total), {"eu_part": D(85), "national_part": D(10), "own_part": D(5)})
        factories.BudgetLineFactory(contract=contract, code=code, total=D(total), activity=of, form="lump", **parts)
    Claim.objects.create(
        project=project, contract=contract, number=1, kind="interim", from_on=NOON, to_on=NOON, made_at=NOON
    )
    one = actions.begin_amendment(project, because="More meetings", by=by, at=NOON)
    for code, total in (("WP1", "20000.01"), ("WP2", "79999.99")):
        one.refresh_from_db()
        row = one.draft["lines"][code]
        new = {**row, **dict.fromkeys(PARTS), "total": total}
        actions.change_amendment(one, part="lines", ref=code, row=new, was=seen(row), by=by, at=NOON)
    one.refresh_from_db()
    with pytest.raises(Refused) as refused:
        actions.send_amendment(one, by=by, at=NOON)
    words = "Project management takes €20,000.01. This call allows at most €20,000.00."
    assert words in refused.value.messages
    told = [each.text for each in consequences.all_of(one, NOON.date())]
    assert "Claim 1 is being prepared and goes over to the new version." in told
    Claim.objects.update(state="returned", received_on=NOON)
    told = [each.text for each in consequences.all_of(one, NOON.date())]
    assert f"Claim 1 is not decided yet and stays under {contract.number}." in told
    call.management_share = D("20.01")
    call.save()
    one.refresh_from_db()
    assert words not in [each.text for each in consequences.all_of(one, NOON.date())]
