"""The funder's version of a progress report hides small counts in every file; the working report hides nothing."""

from __future__ import annotations

import csv
import io
import json
from datetime import date

import pytest
from python_calamine import CalamineWorkbook

from beneficiaries.models import SensitiveAnswer
from projects.models import PlannedFigure
from reports import pdf, snapshot
from reports.book import to_xlsx
from reports.models import Report
from reports.tables import to_csv
from tests import factories
from tests.factories import NOON

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def project(project, school):
    """Twelve women and three men entered, one of them before the year, one of a minority, and one is not complete."""
    for gender, n in (("F", 12), ("M", 2)):
        people = [factories.participation(project, school, gender=gender) for _ in range(n)]
    factories.participation(project, school, gender="M", entered_on=date(2025, 10, 1))
    factories.participation(project, school, education=None)
    SensitiveAnswer.objects.create(participation=people[0], question="minority", answer="yes")
    PlannedFigure.objects.create(project=project, counter="participants", planned=40)
    return project


def taken(project, kind):
    return snapshot.take(
        Report(kind=kind, project=project, from_on=YEAR[0], to_on=YEAR[1], language="en"), NOON
    )  # fmt: skip


def test_every_format_has_the_mark_where_the_working_report_has_a_small_count(project):
    for_funder, working = taken(project, "funder"), taken(project, "progress")
    rows = {row["code"]: row for row in for_funder["tables"]["indicators"]["rows"]}
    assert [rows["EECO01"][c] for c in ("men", "non_binary", "men_to_date")] == [":c", 0, ":c"]
    assert rows["EECO15"]["total"] == ":c"
    assert ":c" in (rows["EECO01"]["total"], rows["EECO01"]["total_to_date"]), "15 less 14 would tell who came before"
    counters = for_funder["tables"]["counters"]["rows"]
    assert counters[0]["period"] == rows["EECO01"]["total"]
    assert counters[0]["to_date"] == rows["EECO01"]["total_to_date"]
    assert (counters[0]["share"] == ":c") == (counters[0]["to_date"] == ":c")
    assert counters[1]["to_date"] == ":c"
    assert for_funder["tables"].keys() == {"money_sources", "money_activities", "counters", "indicators"}
    assert ":c" not in json.dumps(working["tables"])

    hidden = sum(v == ":c" for row in [*rows.values(), *counters] for v in row.values())
    page = pdf.html(for_funder)
    assert page.count(">:c</td>") == hidden
    assert "counts of 1 to 4 persons (1 to 9 in special categories) are not shown" in page
    lines = [
        cell for key in ("indicators", "counters")
        for line in csv.reader(io.StringIO(to_csv(key, for_funder["tables"][key]).decode("utf-8-sig"))) for cell in line
    ]  # fmt: skip
    assert lines.count(":c") == hidden
    book = CalamineWorkbook.from_filelike(io.BytesIO(to_xlsx(for_funder)))
    cells = [c for key in ("indicators", "counters") for row in book.get_sheet_by_name(key).to_python() for c in row]
    assert cells.count(":c") == hidden
    assert json.loads(snapshot.canonical(for_funder))["tables"] == for_funder["tables"]
