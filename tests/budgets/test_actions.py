"""Costs: reported once, within the contract and its lines, to the cent; corrected by a further row, never changed."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import given
from hypothesis import strategies as st

from activities.models import Evidence
from budgets import actions
from budgets.models import BudgetLine, ReportedCost
from core import storage
from core.access import Refused
from core.models import AuditEvent
from core.money import NOTHING
from projects.models import Membership
from tests import factories
from tests.conftest import NOON

PARTS = ("eu_part", "national_part", "own_part")


@pytest.fixture
def line(project, activity):
    """10 000.00 EUR on `activity`, split as the contract is: 85 %, 10 %, 5 %."""
    return factories.BudgetLineFactory(contract=project.contracts.get(), activity=activity, code="1.1")


def report(line, by, **new):
    facts = {
        "document": "Invoice 118", "document_on": date(2026, 2, 2), "reported_on": date(2026, 3, 2),
        "total": Decimal("1000.00"), "currency": "EUR",
    } | new  # fmt: skip
    at = facts.pop("at", NOON)
    return actions.report_cost(line=line, **facts, by=by, at=at)


def parts(cost):
    return tuple(getattr(cost, name) for name in PARTS)


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        ("admin", True), ("officer", True), ("finance", True), ("coordinator", False), ("auditor", False),
        ("client", False), ("stranger", False),
    ],
)  # fmt: skip
def test_who_reports_costs(line, people, who, allowed):
    with nullcontext() if allowed else pytest.raises(PermissionDenied):
        report(line, people[who])
    assert ReportedCost.objects.count() == (1 if allowed else 0)
    assert AuditEvent.objects.filter(action="cost.reported").count() == (1 if allowed else 0)


def test_finance_of_one_partner_does_not_report_on_the_line_of_another(line, people):
    line.partner = factories.OrganisationFactory()
    line.save()
    with pytest.raises(PermissionDenied):
        report(line, people["finance"])
    Membership.objects.filter(user=people["finance"]).update(organisation=line.partner)
    assert report(line, people["finance"]).total == Decimal("1000.00")


def test_a_cost_is_split_as_the_contract_is(line, people):
    cost = report(line, people["officer"], total=Decimal("1000.01"))
    assert parts(cost) == (Decimal("850.00"), Decimal("100.01"), Decimal("50.00"))
    event = AuditEvent.objects.get(action="cost.reported")
    assert (event.after["total"], event.after["line"], event.project) == (
        "1000.01",
        "1.1",
        line.contract.project.number,
    )


def test_a_line_with_its_own_split_comes_before_the_contract(line, people):
    BudgetLine.objects.filter(pk=line.pk).update(eu_part=0, national_part=10_000, own_part=0)
    assert parts(report(line, people["officer"])) == (NOTHING, Decimal("1000.00"), NOTHING)


def test_without_a_known_split_none_is_invented(line, people):
    contract = line.contract
    contract.eu_part = contract.national_part = contract.own_part = None
    contract.save()
    assert parts(report(line, people["officer"])) == (None, None, None)


def test_parts_given_stand_as_given(line, people):
    given_parts = {"eu_part": Decimal(900), "national_part": Decimal(60), "own_part": Decimal(40)}
    assert parts(report(line, people["officer"], parts=given_parts)) == (900, 60, 40)


@pytest.mark.parametrize(
    ("new", "field", "words"),
    [
        ({"document_on": date(2025, 12, 8)}, "document_on", "9 December 2025 to 9 December 2028"),
        ({"document_on": date(2026, 3, 17)}, "document_on", "Today is 16 March 2026"),
        ({"reported_on": date(2026, 3, 17)}, "reported_on", "lies in the future"),
        ({"reported_on": date(2026, 2, 1)}, "reported_on", "before its document"),
        ({"total": Decimal("10000.01")}, "total", "has €10,000.00 left; the amount is €0.01 above"),
        ({"total": Decimal("0.00")}, "total", "above 0"),
        ({"total": Decimal("-5.00")}, "total", "correct it"),
        ({"document": "  "}, "document", "Enter kind and number"),
        (
            {"parts": {"eu_part": Decimal(1), "national_part": NOTHING, "own_part": NOTHING}},
            "eu_part",
            "€999.00 are missing",
        ),
        ({"parts": {"eu_part": Decimal(1000)}}, "own_part", "all three"),
    ],
)
def test_a_wrong_cost_is_refused_beside_its_field_and_nothing_is_stored(line, people, new, field, words):
    with pytest.raises(Refused) as refused:
        report(line, people["officer"], **new)
    assert words in " ".join(refused.value.message_dict[field]).replace("\u00a0", " ")
    assert not ReportedCost.objects.exists()
    assert not AuditEvent.objects.filter(project=line.contract.project.number).exists()


def test_eligibility_of_costs_comes_before_the_days_of_work(line, people):
    contract = line.contract
    contract.eligible_from, contract.eligible_to = date(2025, 7, 1), date(2026, 1, 31)
    contract.save()
    assert report(line, people["officer"], document_on=date(2025, 7, 1), reported_on=date(2026, 2, 1))
    with pytest.raises(Refused, match="eligible from 1"):
        report(line, people["officer"], document="Invoice 2", document_on=date(2026, 2, 1))


def test_today_is_the_day_of_the_programme(line, people):
    midnight_in_sofia = datetime.fromisoformat("2026-03-16T22:30:00+00:00")
    cost = report(line, people["officer"], reported_on=date(2026, 3, 17), at=midnight_in_sofia)
    assert cost.reported_on == date(2026, 3, 17)


def test_what_is_left_counts_earlier_costs_corrections_and_lev(line, people):
    report(line, people["officer"], total=Decimal("9000.00"))
    in_lev = report(line, people["officer"], document="Фактура 2", total=Decimal("1955.83"), currency="BGN")
    with pytest.raises(Refused, match=r"0\.00 left"):
        report(line, people["officer"], document="Invoice 3", total=Decimal("0.01"))
    actions.correct_cost(in_lev, total=Decimal("195.58"), because="VAT", by=people["officer"], at=NOON)
    assert report(line, people["officer"], document="Invoice 3", total=Decimal("100.00"))


def test_the_same_document_is_not_reported_twice(line, people):
    report(line, people["officer"])
    with pytest.raises(Refused) as refused:
        report(line, people["officer"], document=" invoice 118 ")
    assert "document" in refused.value.message_dict
    assert ReportedCost.objects.count() == 1


def test_an_activity_or_file_of_another_project_is_refused(line, people):
    other = factories.ProjectFactory()
    file = storage.put([b"%PDF-1.7"], name="a.pdf", media_type="application/pdf", by=None, at=NOON)
    foreign = Evidence.objects.create(project=other, kind="document", file=file, added_at=NOON)
    with pytest.raises(Refused) as refused:
        report(line, people["officer"], activity=factories.ActivityFactory(project=other), evidence=foreign)
    assert set(refused.value.message_dict) == {"activity", "evidence"}


def test_a_part_of_the_lines_activity_is_right_another_activity_is_not(line, people, activity):
    part = factories.ActivityFactory(project=activity.project, parent=activity)
    assert report(line, people["officer"], activity=part).activity == part
    other = factories.ActivityFactory(project=activity.project)
    with pytest.raises(Refused, match="pays for activity"):
        report(line, people["officer"], document="Invoice 2", activity=other)


# --- corrections -----------------------------------------------------------------------------------------------------


def test_a_correction_is_a_negative_row_that_points_back(line, people):
    cost = report(line, people["officer"])
    correction = actions.correct_cost(
        cost, total=Decimal("1000.00"), because="Paid twice", by=people["finance"], at=NOON
    )

    cost.refresh_from_db()
    assert cost.total == Decimal("1000.00")
    assert (correction.corrects, correction.total, correction.document) == (cost, Decimal("-1000.00"), cost.document)
    assert parts(correction) == tuple(-part for part in parts(cost))
    event = AuditEvent.objects.get(action="cost.corrected")
    assert (event.note, event.after["corrects"]) == ("Paid twice", str(cost.key))


@pytest.mark.parametrize("who", ["coordinator", "auditor", "client", "stranger"])
def test_others_correct_nothing(line, people, who):
    cost = report(line, people["officer"])
    with pytest.raises(PermissionDenied):
        actions.correct_cost(cost, total=Decimal(1), because="x", by=people[who], at=NOON)
    assert ReportedCost.objects.count() == 1


def test_no_more_is_taken_back_than_was_reported(line, people):
    cost = report(line, people["officer"])
    actions.correct_cost(cost, total=Decimal("400.00"), because="Half", by=people["officer"], at=NOON)
    with pytest.raises(Refused, match=r"600\.00"):
        actions.correct_cost(cost, total=Decimal("600.01"), because="Rest", by=people["officer"], at=NOON)
    assert ReportedCost.objects.count() == 2


@pytest.mark.parametrize(
    ("total", "because", "field"), [("0.00", "x", "total"), ("-1.00", "x", "total"), ("1.00", " ", "because")]
)
def test_a_correction_needs_an_amount_and_a_reason(line, people, total, because, field):
    cost = report(line, people["officer"])
    with pytest.raises(Refused) as refused:
        actions.correct_cost(cost, total=Decimal(total), because=because, by=people["officer"], at=NOON)
    assert field in refused.value.message_dict
    assert ReportedCost.objects.count() == 1


def test_a_correction_is_not_corrected(line, people):
    cost = report(line, people["officer"])
    correction = actions.correct_cost(cost, total=Decimal(1), because="x", by=people["officer"], at=NOON)
    with pytest.raises(Refused, match="is a correction itself"):
        actions.correct_cost(correction, total=Decimal(1), because="x", by=people["officer"], at=NOON)


@given(
    st.lists(st.integers(1, 400), min_size=1, max_size=6),
    st.integers(1, 1000),
    st.integers(0, 500),
    st.integers(0, 500),
)
def test_whatever_is_taken_back_in_pieces_the_parts_never_go_below_zero_and_end_at_nothing(pieces, eu, national, own):
    """The arithmetic of corrections: parts of what is left, again and again, until all is taken back."""
    total = Decimal(sum(pieces)) / 100
    left = actions.parts_of(
        total, {"eu_part": Decimal(eu), "national_part": Decimal(national), "own_part": Decimal(own)}
    )
    assert sum(left.values()) == total
    for piece in pieces:
        back = actions.parts_of(Decimal(piece) / 100, left)
        assert sum(back.values()) == Decimal(piece) / 100
        left = {name: left[name] - back[name] for name in PARTS}
        assert all(part >= 0 for part in left.values())
    assert set(left.values()) == {NOTHING}


# --- annexes ---------------------------------------------------------------------------------------------------------

ANNEX = {
    "number": "ANNEX-C02", "kind": "amendment", "signed_on": None, "in_force_from": date(2026, 3, 1),
    "starts_on": date(2025, 12, 9), "ends_on": date(2028, 12, 9), "eligible_from": None, "eligible_to": None,
    "currency": "EUR", "total": Decimal(100_000), "eu_part": None, "national_part": None, "own_part": None,
}  # fmt: skip


def test_an_annex_carries_the_lines_over_and_costs_still_count_on_them(line, people):
    project = line.contract.project
    report(line, people["officer"], total=Decimal("9999.00"))
    annex = actions.add_contract_version(project, **ANNEX, by=people["officer"], at=NOON)

    carried = annex.budget_lines.get()
    assert (carried.code, carried.total, carried.activity) == (line.code, line.total, line.activity)
    with pytest.raises(Refused, match="choose its line"):
        report(line, people["officer"], document="Invoice 2", total=Decimal(1))
    with pytest.raises(Refused, match=r"1\.00 left"):
        report(carried, people["officer"], document="Invoice 2", total=Decimal("1.01"))
    assert report(carried, people["officer"], document="Invoice 2", total=Decimal(1))


def test_lines_are_not_carried_into_another_currency(line, people):
    annex = actions.add_contract_version(
        line.contract.project, **(ANNEX | {"currency": "BGN"}), by=people["officer"], at=NOON + timedelta(days=1)
    )
    assert not annex.budget_lines.exists()
