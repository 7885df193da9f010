"""The workbook of a report, read back with another library."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook

from reports import snapshot, tables
from reports.book import to_xlsx
from reports.models import Report
from tests import factories
from tests.conftest import NOON

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def taken(project, activity):
    """The snapshot of a report in Bulgarian with two costs, one in lev."""
    line = factories.BudgetLineFactory(contract=project.contracts.get(), activity=activity)
    factories.ReportedCostFactory(line=line, total=Decimal("1234.56"), document="=1+1", reported_on=YEAR[0])
    factories.ReportedCostFactory(line=line, total=Decimal("-100.01"), currency="BGN", reported_on=YEAR[0])
    report = Report(kind="progress", project=project, from_on=YEAR[0], to_on=YEAR[1], language="bg")
    return snapshot.take(report, NOON)


def sheets(content: bytes) -> dict[str, list[list]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_each_table_is_a_sheet_with_typed_cells_and_its_total(taken):
    found = sheets(to_xlsx(taken))
    assert set(list(found)[1:]) == set(taken["tables"])
    for key, table in taken["tables"].items():
        columns = tables.KINDS[key].columns
        lines = [*table["rows"], *([table["total"]] if table["total"] else [])]
        assert [len(found[key]) - 1, len(found[key][0])] == [len(lines), len(columns)]
        for line, cells in zip(lines, found[key][1:], strict=True):
            for column, cell in zip(columns, cells, strict=True):
                value = line.get(column.key)
                if value is None or value == "":
                    assert cell == ""
                elif column.kind in ("money", "number", "hours", "percent", "count"):
                    assert Decimal(str(cell)) == Decimal(value)
                elif column.kind == "day":
                    assert cell == date.fromisoformat(value)
                else:
                    assert cell == (value[0] if column.kind == "said" else value)
    costs = found["costs"]
    assert [(row[3], row[6], row[7]) for row in costs[1:]][:2] == [
        ("=1+1", 1234.56, 1234.56),
        (costs[2][3], -100.01, -51.13),
    ]


def test_the_first_sheet_says_what_it_is_and_what_each_column_means(taken, project):
    about = sheets(to_xlsx(taken))["Описание"]
    said = {row[0]: row[1] for row in about}
    assert said["Номер на проекта"] == project.number
    assert said["Период"].replace("\xa0", " ") == "01.01.2026 г. – 31.12.2026 г."
    assert said["Хеш на данните (SHA-256)"] == snapshot.digest(taken)
    columns = {(row[0], row[1]) for row in about}
    assert all((key, c.key) in columns for key in taken["tables"] for c in tables.KINDS[key].columns)


def test_the_same_figures_give_the_same_bytes(taken):
    assert to_xlsx(json.loads(snapshot.canonical(taken))) == to_xlsx(taken)


def test_an_amount_longer_than_a_spreadsheet_counts_keeps_every_digit(taken):
    row = taken["tables"]["costs"]["rows"][0]
    row["eur"] = "12345678901234.56"
    assert sheets(to_xlsx(taken))["costs"][1][7] == "12345678901234.56"
