"""Unit costs come from attendance and lump sums from deliverables; the rows behind an amount are kept with it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from beneficiaries.models import Attendance
from budgets import actions
from budgets.checks import claims as checks
from budgets.models import BudgetLine, Claim, Deliverable, ReportedCost
from core.access import Refused
from reports.claimed import counted
from tests import factories
from tests.budgets.conftest import PERIOD, decide, drafted, send
from tests.budgets.test_claim_pages import said
from tests.conftest import NOON

D = Decimal


@pytest.fixture
def taught(project, activity, group):
    """Two sessions of 1.5 hours in February 2026 with three children: came 2 and 3, so 7.5 hours of participants."""
    children = factories.class_of(group, 3)
    for day, marks in ((3, ("here", "late", "absent")), (10, ("here", "here", "here"))):
        session = factories.SessionFactory(
            project=project, activity=activity, group=group, school=group.school, on=date(2026, 2, day)
        )
        for child, mark in zip(children, marks, strict=True):
            factories.attended(session, child, mark)
    return children


def unit_line(project, activity, unit="person_hours", price="8.00", **more):
    return factories.BudgetLineFactory(
        contract=project.contracts.get(), activity=activity, code="1.1", form="unit", unit=unit,
        unit_price=D(price), **more,
    )  # fmt: skip


def put_in(claim, line, by):
    return actions.claim_units(claim, counted(claim, line)[0], by=by, at=NOON)


def test_units_are_claimed_from_attendance_with_the_rows_behind_them(client, project, activity, people, taught):
    line, who = unit_line(project, activity), people["coordinator"]
    claim = actions.start_claim(project, kind="interim", **PERIOD, by=who, at=NOON)
    client.force_login(who)
    offered = said(client.get(reverse("reports:claim_simplified", args=[claim.key])))
    assert "€60.00" in offered  # 7.5 × 8.00
    page = client.post(reverse("reports:claim_simplified", args=[claim.key]), {"line": "1.1"}, follow=True)
    assert "is in the claim" in said(page)
    cost = ReportedCost.objects.get()
    assert (cost.units, cost.total) == (D("7.50"), D("60.00"))
    basis = cost.computation.basis
    assert sum(D(row["counted"]) for row in basis["rows"]) == D(basis["counted"]) == D("7.50")
    assert [row["came"] for row in basis["rows"]] == ["2", "3"]
    found = {f.check for f in checks.findings(claim, NOON.date())}
    assert not found & {"evidence", "units", "rate", "not_paid"}
    with pytest.raises(Refused, match="Nothing new is counted"):
        put_in(claim, line, who)
    shown = said(client.get(reverse("reports:claim_basis", args=[claim.key, 1])))
    assert "2026-02-10" in shown
    assert "€8.00" in shown

    mark = Attendance.objects.filter(mark="absent").get()
    Attendance.objects.filter(pk=mark.pk).update(mark="here")
    more = put_in(claim, line, who)
    assert (more.cost.units, more.cost.total) == (D("1.50"), D("12.00"))
    Attendance.objects.filter(pk=mark.pk).update(mark="absent")
    back = put_in(claim, line, who)
    assert (back.cost.units, back.cost.total) == (D("-1.50"), D("-12.00"))
    with pytest.raises(Refused, match="counted from attendance"):
        actions.enter_cost(claim, kind="invoice", number="1", document_on=date(2026, 2, 1), line=line, total=D(1),
                           currency="EUR", by=who, at=NOON)  # fmt: skip


def test_what_an_earlier_claim_took_is_not_counted_again(project, activity, people, taught):
    line, who = unit_line(project, activity), people["finance"]
    claim = drafted(project, [], who, to_on=date(2026, 2, 5))
    first = put_in(claim, line, who)
    assert first.cost.units == D("3.00")
    claim = send(Claim.objects.get(), who)
    decide(actions.take_up(claim, by=people["officer"], at=NOON).lines.get(), people["officer"], "refuse")
    later = actions.start_claim(project, kind="interim", **PERIOD, by=who, at=NOON)
    assert put_in(later, line, who).cost.units == D("4.50")


@pytest.mark.parametrize(
    ("unit", "price", "total", "units", "amount"),
    [
        ("hours", "10.00", 10_000, "3.00", "30.00"), ("sessions", "10.00", 10_000, "2", "20.00"),
        ("supported", "10.00", 10_000, "2", "20.00"), ("sessions", "10.00", 15, "1", "10.00"),
        ("person_hours", "8.00", 59, "7.37", "58.96"),
    ],
)  # fmt: skip
def test_each_unit_is_counted_and_kept_to_the_room_of_its_line(
    project, activity, people, taught, unit, price, total, units, amount
):
    project.programme.support_hours = D("2.00")
    project.programme.save()
    line = unit_line(project, activity, unit, price, total=D(total))
    claim = actions.start_claim(project, kind="interim", **PERIOD, by=people["finance"], at=NOON)
    cost = put_in(claim, line, people["finance"]).cost
    assert (cost.units, cost.total) == (D(units), D(amount))
    basis = cost.computation.basis
    assert sum(D(row["counted"]) for row in basis["rows"]) == D(basis["counted"])


def test_a_lump_sum_is_claimed_once_its_deliverables_are_done(client, project, people):
    line = factories.BudgetLineFactory(contract=project.contracts.get(), code="WP2", form="lump", total=D("5000"))
    report = Deliverable.objects.create(project=project, line="WP2", name={"en": "Handbook"}, due_on=date(2026, 2, 1))
    who = people["coordinator"]
    claim = actions.start_claim(project, kind="interim", **PERIOD, by=who, at=NOON)
    with pytest.raises(Refused, match="release nothing new"):
        actions.claim_lump(claim, line, by=who, at=NOON)
    Deliverable.objects.filter(pk=report.pk).update(state="done")
    client.force_login(who)
    client.post(reverse("reports:claim_simplified", args=[claim.key]), {"line": "WP2"})
    cost = ReportedCost.objects.get()
    assert (cost.total, cost.computation.basis["rows"][0]["name"]) == (D("5000.00"), "Handbook")
    with pytest.raises(Refused, match="release nothing new"):
        actions.claim_lump(claim, line, by=who, at=NOON)
    with pytest.raises(Refused, match="released by its deliverables"):
        actions.enter_cost(claim, kind="invoice", number="1", document_on=date(2026, 2, 1), line=line, total=D(1),
                           currency="EUR", by=who, at=NOON)  # fmt: skip
    assert "Handbook" in said(client.get(reverse("reports:claim_basis", args=[claim.key, 1])))
    assert BudgetLine.objects.get(pk=line.pk).total == D("5000.00")
