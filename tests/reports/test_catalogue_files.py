"""Every kind of the catalogue that is made of facts: asked for, made by the worker, and read back with other tools."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from decimal import Decimal

import pikepdf
import pytest
from django.utils.timezone import now
from python_calamine import CalamineWorkbook

from core import storage
from core.access import Refused
from projects.models import Partner
from reports import actions, catalogue, pdf, snapshot, tasks
from reports.models import Report
from reports.subjects import FIELDS
from reports.tables import to_csv
from tests import factories
from tests.budgets.test_deliverables import grant as grant
from tests.reports.test_annex_vii import planned
from tests.reports.test_school_reports import reported


@pytest.fixture
def subjects(grant, school):
    programme = grant.project.programme
    planned(programme)
    reported(school, 2025, "nvo_bg_7", "900", "20")
    return {"project": grant.project, "programme": programme, "school": school}


KINDS = [
    ("work_packages", "project", date(2026, 3, 16), "bg", {"packages": "lump"}),
    ("annex_vii", "programme", date(2026, 4, 30), "lv", {"annex_vii_1": "selected"}),
    ("operations", "programme", date(2026, 3, 16), "en", {"operations": "total_cost_eur"}),
    (
        "execution",
        "project",
        date(2026, 3, 16),
        "lv",
        {"execution_by_source": "planned", "execution_by_activity": "left"},
    ),
    ("school_card", "school", date(2026, 6, 30), "bg", {"school_measures": "value"}),
    ("school_network", "project", date(2026, 6, 30), "lv", {"network_measures": "value"}),
]


@pytest.mark.parametrize(("kind", "about", "day", "language", "amounts"), KINDS)
def test_files_of_a_kind_hold_the_same_rows(subjects, people, monkeypatch, kind, about, day, language, amounts):
    monkeypatch.setattr(tasks, "_counted", lambda report: snapshot.take(report, now()))  # in the test’s transaction
    report, _new = actions.ask(
        **{FIELDS[about]: subjects[about]}, kind=kind, to_on=day, language=language, by=people["officer"], at=now()
    )
    tasks.make(actions.claim(report.pk, at=now()))
    report = Report.objects.get(pk=report.pk)
    assert report.state == Report.State.DONE, report.failure
    made = {(f.kind, f.table): storage.opened(f.file).read() for f in report.files.select_related("file")}
    with pikepdf.open(io.BytesIO(made["pdf", ""])) as document:
        assert str(document.Root.Lang) == language
        assert document.Root.MarkInfo.Marked
    assert set(report.snapshot["tables"]) <= set(report.of_kind.table_keys)  # what a layout may choose from
    book = CalamineWorkbook.from_filelike(io.BytesIO(made["xlsx", ""]))
    for key, column in amounts.items():
        rows = list(csv.DictReader(io.StringIO(made["csv", key].decode("utf-8-sig"))))
        sealed = report.snapshot["tables"][key]["rows"]
        heads, *lines = book.get_sheet_by_name(key).to_python()
        assert rows
        assert len(rows) == len(sealed)
        assert len(heads) == len(rows[0])
        place = list(rows[0]).index(column)
        for row, kept, line in zip(rows, sealed, lines, strict=False):
            assert row[column] == str(kept[column])
            assert Decimal(str(line[place])) == Decimal(row[column])
    if kind == "annex_vii":
        assert "6. un 10. tabula ir tukša" in report.snapshot["notes"][0]  # the library holds nothing here
    if kind == "operations":
        told = json.loads(made["json", ""])
        assert [row["number"] for row in told["tables"]["operations"]["rows"]] == [row["number"] for row in rows]
    with pikepdf.open(io.BytesIO(made["archive", ""])) as document:
        assert any(re.search(r"_columns\.csv$", name) for name in document.attachments)


def test_a_long_table_is_printed_up_to_the_limit_its_report_keeps(subjects, settings):
    """The rest is in the CSV file, and the page says so; a later change of the setting changes no sealed report."""
    settings.REPORT_PDF_ROWS = 1
    day = date(2026, 3, 16)
    report = Report(kind="work_packages", project=subjects["project"], from_on=day, to_on=day, language="en")
    taken = snapshot.take(report, now())
    document, packages = pdf.html(taken), taken["tables"]["packages"]
    rows = len(packages["rows"])
    assert rows > 1
    assert f"The first 1 of {rows} rows. All rows are in the CSV file “packages”." in document
    assert len(list(csv.reader(io.StringIO(to_csv("packages", packages).decode())))) == rows + 1
    settings.REPORT_PDF_ROWS = 200
    assert pdf.html(taken) == document
    assert "The first 1 of" not in pdf.html(snapshot.take(report, now()))


def test_a_question_that_makes_no_sense_is_refused_with_a_reason(subjects, people):
    of = {kind.key: kind for kind in catalogue.offered()}
    assert {key for key, *_rest in KINDS} <= set(of)
    programme, project = subjects["programme"], subjects["project"]
    wrong = of["annex_vii"].problems(programme, date(2026, 1, 1), date(2026, 3, 16))
    assert "31 Jan 2026, 30 Apr 2026, 31 Jul 2026, 30 Sep 2026, 30 Nov 2026" in wrong["to"][0].replace("\u00a0", " ")
    late = of["annex_vii"].problems(programme, date(2026, 1, 1), date(2099, 1, 31))["to"][0]
    assert "31 Dec 2098" in late.replace("\u00a0", " ")
    programme.keeps_annex_xvii = False
    assert "programme" in of["annex_vii"].problems(programme, date(2026, 1, 1), date(2026, 4, 30))
    project.contracts.get().budget_lines.all().delete()
    assert "project" in of["work_packages"].problems(project, date(2026, 1, 1), date(2026, 3, 16))


def test_a_school_of_another_programme_is_no_subject_for_a_stranger(subjects, people):
    other = factories.school_of(factories.ProjectFactory())
    assert Partner.objects.filter(organisation=other).exists()
    with pytest.raises(Refused):
        actions.ask(
            organisation=other, kind="school_card", to_on=date(2026, 6, 30), language="en", by=people["officer"],
            at=now(),
        )  # fmt: skip
    assert not Report.objects.exists()
