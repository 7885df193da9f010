"""Money and progress figures: exact to the cent, the same on screen, in CSV, in PDF and in the snapshot."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budgets.models import ReportedCost
from core import formats
from projects.models import ContractVersion
from reports import pdf, snapshot, tables
from reports.figures import progress, time_gone
from reports.models import Report
from tests import factories
from tests.factories import NOON

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def lev_project(programme):
    """A project of 386 653.00 BGN with three lines."""
    project = factories.ProjectFactory(programme=programme)
    contract = factories.ContractFactory(
        project=project, currency="BGN", total=Decimal("386653.00"), eu_part=None, national_part=None, own_part=None
    )
    for n, total in enumerate(("100000.01", "200000.01", "86652.98"), 1):
        activity = factories.ActivityFactory(project=project, position=n, number=str(n))
        factories.BudgetLineFactory(contract=contract, activity=activity, code=str(n), total=Decimal(total))
    return project


def test_a_lev_contract_is_converted_once_as_a_total(lev_project):
    found = progress(lev_project, *YEAR, "en")
    assert found.money.contracted == Decimal("197692.54")
    table = found.tables["money_activities"]
    assert table.total["contracted"] == Decimal("197692.54")
    assert table.total["original"] == Decimal("386653.00")
    assert [r["original"] for r in table.rows] == [Decimal("100000.01"), Decimal("200000.01"), Decimal("86652.98")]


def test_three_small_lev_costs_are_not_added_up_after_conversion(lev_project):
    line = lev_project.contracts.get().budget_lines.first()
    for n in range(3):
        factories.ReportedCostFactory(line=line, total=Decimal("100.01"), currency="BGN", document=f"Invoice L{n}")
    found = progress(lev_project, *YEAR, "bg")
    assert found.money.reported == Decimal("153.40")  # three converted one by one would be 153.39
    assert found.tables["costs"].total["eur"] == Decimal("153.40")
    assert [r["eur"] for r in found.tables["costs"].rows] == [Decimal("51.13")] * 3


def test_sources_add_up_and_costs_without_a_split_stand_apart(project):
    line = factories.BudgetLineFactory(contract=project.contracts.get())
    factories.ReportedCostFactory(
        line=line,
        total=Decimal("100.00"),
        eu_part=Decimal("85.00"),
        national_part=Decimal("10.00"),
        own_part=Decimal("5.00"),
    )
    factories.ReportedCostFactory(line=line, total=Decimal("7.00"), reported_on=date(2025, 12, 20))
    found = progress(project, *YEAR, "en").tables["money_sources"]
    assert [(r["contracted"], r["period"], r["to_date"]) for r in found.rows] == [
        (Decimal("85000.00"), Decimal("85.00"), Decimal("85.00")),
        (Decimal("10000.00"), Decimal("10.00"), Decimal("10.00")),
        (Decimal("5000.00"), Decimal("5.00"), Decimal("5.00")),
        (None, Decimal("0.00"), Decimal("7.00")),
    ]
    assert (found.total["contracted"], found.total["period"], found.total["to_date"]) == (
        Decimal("100000.00"), Decimal("100.00"), Decimal("107.00")
    )  # fmt: skip
    assert found.rows[0]["share"] == Decimal("85.00")


def test_the_newest_contract_in_force_on_the_last_day_counts(project):
    factories.ContractFactory(
        project=project, version=2, in_force_from=date(2026, 7, 1), total=Decimal("120000.00"),
        eu_part=Decimal("102000.00"), national_part=Decimal("12000.00"), own_part=Decimal("6000.00"),
    )  # fmt: skip
    assert progress(project, date(2026, 1, 1), date(2026, 6, 30), "en").money.contracted == Decimal("100000.00")
    assert progress(project, date(2026, 1, 1), date(2026, 7, 1), "en").money.contracted == Decimal("120000.00")


def test_time_gone_counts_both_ends():
    contract = ContractVersion(starts_on=date(2026, 1, 1), ends_on=date(2026, 1, 10))
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 10), date(2026, 2, 1)]
    assert [time_gone(contract, day) for day in days] == [Decimal(x) for x in ("0.00", "10.00", "100.00", "100.00")]
    assert time_gone(ContractVersion(), days[0]) is None


def test_a_project_without_any_data_gives_zeros_and_no_error(project):
    found = progress(project, *YEAR, "lv")
    assert found.money.reported == Decimal("0.00")
    assert found.tables["activities"].total["rate"] is None
    assert all(not r["total"] for r in found.tables["indicators"].rows)


def test_erasmus_projects_have_no_esf_indicators(project):
    project.programme.counts_esf_indicators = False
    assert "indicators" not in progress(project, *YEAR, "en").tables


def test_the_public_sees_no_sample_rows_and_no_people(project):
    line = factories.BudgetLineFactory(contract=project.contracts.get())
    factories.ReportedCostFactory(line=line, total=Decimal("1.00"))
    factories.ReportedCostFactory(line=line, total=Decimal("2.00"), synthetic=True)
    found = progress(project, *YEAR, "en", public=True)
    assert set(found.tables) == {"money_sources", "money_activities"}
    assert found.money.reported == Decimal("1.00")
    assert found.people is None


_amounts = st.lists(
    st.tuples(
        st.decimals(Decimal("-99999999.99"), Decimal("99999999.99"), places=2).filter(bool),
        st.sampled_from(["EUR", "BGN"]),
        st.dates(*YEAR),
    ),
    max_size=8,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(costs=_amounts)
def test_screen_csv_pdf_and_snapshot_show_the_same_figures(project, school, group, activity, costs):
    line = project.contracts.get().budget_lines.first() or factories.BudgetLineFactory(
        contract=project.contracts.get(), activity=activity
    )
    ReportedCost.objects.all().delete()
    for total, currency, day in costs:
        factories.ReportedCostFactory(line=line, total=total, currency=currency, reported_on=day)
    report = Report(kind="progress", project=project, from_on=YEAR[0], to_on=YEAR[1], language="bg")
    taken = snapshot.take(report, NOON)
    found = progress(project, *YEAR, "bg")
    assert snapshot.of_progress(found)["tables"] == taken["tables"]

    html = pdf.html(taken)
    assert formats.money(found.money.reported, "bg") in html
    for key, table in found.tables.items():
        screen = tables.shown(key, table.encoded(), "bg")
        written = list(csv.DictReader(io.StringIO(tables.to_csv(key, taken["tables"][key]).decode("utf-8-sig"))))
        assert len(written) == len(table.rows) == len(screen.rows)
        for row, csv_row, cells in zip(table.rows, written, screen.rows, strict=True):
            for column, cell in zip(screen.columns, cells, strict=True):
                value = row.get(column.key)
                if column.kind in ("money", "count", "hours", "number", "percent"):
                    assert csv_row[column.key] == ("" if value is None else str(value))
                    assert cell.text in html
    by_activity = found.tables["money_activities"]
    assert by_activity.total["to_date"] == found.money.reported == found.tables["money_sources"].total["to_date"]


@pytest.mark.parametrize("text", ["=1+1", "+359 88", "-2", "@SUM(A1)", "\tx", "\rx"])
def test_text_that_looks_like_a_formula_is_made_harmless_but_negative_amounts_stay(text):
    assert tables.machine(text, "text") == "'" + text
    assert tables.machine(text, "code") == "'" + text
    assert tables.machine(Decimal("-12.50"), "money") == "-12.50"


def test_every_column_is_documented_in_each_language():
    for language in ("en", "bg", "lv"):
        rows = list(csv.DictReader(io.StringIO(tables.columns_csv(list(tables.KINDS), language).decode("utf-8-sig"))))
        assert len(rows) == sum(len(kind.columns) for kind in tables.KINDS.values())
        assert all(r["heading"] and r["meaning"] for r in rows)
