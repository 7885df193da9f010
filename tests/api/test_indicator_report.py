"""The indicator report of a whole programme: the same figures in PDF, workbook, CSV, on the page and from the counting;
unknown is a part, sensitive indicators are not split, typed values and estimates stand apart."""

from __future__ import annotations

import csv
import io
import subprocess
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from python_calamine import CalamineWorkbook

from beneficiaries.models import Participation, SensitiveAnswer
from core import storage
from projects.models import Project
from reports import actions, pdf, snapshot, tasks
from reports.indicators import actions as library
from reports.indicators.figures import counted, library_of
from reports.indicators.models import Estimate, Indicator
from reports.models import Report
from tests import factories
from tests.conftest import NOON

YEAR = {"from_on": date(2026, 1, 1), "to_on": date(2026, 12, 31)}
GENDERS = ("women", "men", "non_binary", "unknown")


@pytest.fixture
def filled(project, school):
    """Six people in two projects of the programme, one whose record is not complete, one with a sensitive answer."""
    programme = project.programme
    library.add_common(programme, by=None, at=NOON)
    own = {"name": {"bg": "Всички"}, "unit": "persons", "kind": "output", "source": "people", "rule": {}}
    library.add_indicator(programme, code="ALL", by=None, at=NOON, **own)
    library.add_indicator(programme, code="CLIMATE", by=None, at=NOON, **own | {"source": "typed", "unit": "number"})
    people = [
        factories.participation(project, school, gender=g, born_on=born, labour_status="INE", education=e)
        for g, born, e in [
            ("F", date(2012, 5, 4), 1), ("F", date(1999, 5, 4), 3), ("M", date(1960, 1, 1), 6),
            ("N", date(2001, 1, 1), 2), ("M", None, 2),
        ]
    ]  # fmt: skip
    SensitiveAnswer.objects.create(participation=people[0], question="minority", answer="yes")
    second = factories.ProjectFactory(programme=programme)
    factories.participation(second, school, gender="F", born_on=date(1980, 1, 1), labour_status="EM", education=5)
    indicator = Indicator.objects.get(programme=programme, code="EECO01")
    library.set_target(indicator, kind="target", on=date(2029, 12, 31), value=Decimal(10), by=None, at=NOON)
    Estimate.objects.create(
        indicator=Indicator.objects.get(programme=programme, code="EECO15"), project=project, value=777, **YEAR,
        method="survey", basis="answers", estimated_on=NOON.date(), at=NOON,
    )  # fmt: skip
    return programme


def rows_of(report: Report, table: str) -> list[dict[str, str]]:
    with storage.opened(report.files.get(kind="csv", table=table).file) as source:
        return list(csv.DictReader(io.TextIOWrapper(source, "utf-8-sig", newline="")))


def test_every_file_and_the_page_say_what_the_records_say(filled, people, client, api):
    body = {"kind": "indicators", "programme": filled.code, "from": "2026-01-01", "to": "2026-12-31", "language": "bg"}
    told = api(people["officer"]).post("/api/v1/reports/", body, format="json")
    assert (told.status_code, told.json()["programme"], told.json()["project"]) == (202, filled.code, None)
    claimed = actions.claim(Report.objects.get().pk, at=NOON)
    taken = snapshot.take(claimed, NOON)
    report = actions.finish(
        claimed, taken, [made for made, _pages in tasks.files(claimed, taken, pdf.source(taken))], at=NOON
    )

    ids = Project.objects.filter(programme=filled).values_list("pk", flat=True)
    truth = counted(library_of(filled.pk), ids, YEAR["from_on"], YEAR["to_on"])
    counts = {row["code"]: row for row in rows_of(report, "counted_indicators")}
    assert {code: Decimal(row["total"]) for code, row in counts.items()} == {
        code: Decimal(figure.whole.total) for code, figure in truth.items()
    }
    assert [counts["EECO01"][n] for n in (*GENDERS, "total")] == ["3", "1", "1", "0", "5"]
    assert [counts["ALL"][n] for n in ("total", "total_to_date")] == ["6", "6"]
    for dimension in ("age", "education", "place", "region"):
        split: dict[str, Decimal] = {}
        for row in rows_of(report, f"counted_by_{dimension}"):
            split[row["code"]] = split.get(row["code"], Decimal(0)) + Decimal(row["total"])
            assert sum(Decimal(row[n]) for n in GENDERS) == Decimal(row["total"])
        assert split["EECO01"] == 5, dimension
        assert "EECO15" not in split, "a sensitive indicator is a count only"
    assert counts["EECO15"]["total"] == "1", "the estimate is in no count"
    assert [row["value"] for row in rows_of(report, "estimated_indicators")] == ["777"]
    assert {row["code"]: row["total"] for row in rows_of(report, "typed_indicators")}["CLIMATE"] == ""
    left_out = [r for r in rows_of(report, "not_counted") if r["code"] == "EECO01"]
    assert [(r["period"], r["to_date"]) for r in left_out] == [("1", "1")]
    targets = {row["code"]: row for row in rows_of(report, "indicator_targets")}
    assert [targets["EECO01"][n] for n in ("target", "to_date", "share")] == ["10", "5", "50.00"]

    with storage.opened(report.files.get(kind="xlsx").file) as source:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(source.read())).get_sheet_by_name("counted_indicators")
    cells = {row[0]: row for row in sheet.to_python()[1:]}
    assert all(Decimal(str(cells[code][7])) == Decimal(row["total"]) for code, row in counts.items())
    with storage.opened(report.files.get(kind="pdf").file) as source:
        text = subprocess.run(["pdftotext", "-layout", "-", "-"], input=source.read(), capture_output=True, check=True)
    lines = [line.split() for line in text.stdout.decode().splitlines() if line.strip().startswith("EECO01")]
    assert any(line[-10:] == ["3", "1", "1", "0", "5"] * 2 for line in lines)

    client.force_login(people["officer"])
    page = client.get(f"/en/work/reports/{report.key}/screen/").content.decode()
    assert "Отчет за показателите" not in page.split("<main")[0]
    assert page.count("777") == 1
    assert "Кой не се брои и защо" in page
    assert Participation.objects.first().person.code not in page
    client.force_login(people["finance"])  # sees one project of the programme
    assert client.get(f"/en/work/reports/{report.key}/").status_code == 404


def test_a_question_that_cannot_be_answered_says_why(project, people):
    ask = {"kind": "indicators", "language": "en", "by": people["officer"], "at": NOON} | YEAR
    with pytest.raises(ValidationError, match="no indicators yet"):
        actions.ask(**ask, programme=project.programme)
    with pytest.raises(ValidationError, match="cannot be made of this"):
        actions.ask(**ask | {"kind": "progress"}, programme=project.programme)
    assert not Report.objects.exists()
