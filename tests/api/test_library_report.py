"""Progress and submitted reports take the library of the programme: the worked example of the reference in every
format, with the version each figure was counted by; a later version changes no sealed file."""

from __future__ import annotations

import csv
import json
from datetime import date
from decimal import Decimal

import pytest
from django.utils.timezone import now

from beneficiaries.models import Participation
from reports import actions, pdf, snapshot, tasks
from reports.book import to_xlsx
from reports.indicators import actions as library
from reports.indicators.figures import library_of
from reports.indicators.models import Indicator
from reports.library import indicators
from reports.models import Report
from reports.tables import to_csv
from tests import factories
from tests.beneficiaries.test_figures import example as example
from tests.reports.readers import Files, plain

ALL_DAYS = (date(2025, 12, 9), date(2026, 10, 31))
GENDERS = ("women", "men", "non_binary", "total")
LAST_DAY = date(2029, 12, 31)


def add(programme, code, **facts):
    given = {"name": {"en": code}, "unit": "number", "kind": "output", "source": "typed"} | facts
    return library.add_indicator(programme, code=code, by=None, at=now(), **given)


def approved(definition, project, period, amount):
    at = now()
    value = library.type_value(
        definition, project, from_on=period[0], to_on=period[1], amounts={("", "", ""): (Decimal(amount), None)},
        by=None, at=at,
    )  # fmt: skip
    value = library.send_value(value, version=1, by=None, at=at)
    return library.decide_value(value, approve=True, version=2, by=None, at=at)


@pytest.fixture
def told(example, programme, request):
    """The worked example in a programme with a library, and what the reference says comes out of it."""
    library.add_common(programme, by=None, at=now())
    add(programme, "OWN", source="people", unit="persons", rule={"years_to": 17})
    climate = add(programme, "CLIMATE", over_time="average", cumulative=False)
    project = example["OP-A"]
    factories.ContractFactory(project=project)
    approved(climate, project, (date(2026, 1, 1), date(2026, 3, 31)), 4)
    library.set_target(
        Indicator.objects.get(programme=programme, code="EECO01"), kind="target", on=LAST_DAY, value=Decimal(16),
        project=project, by=None, at=now(),
    )  # fmt: skip
    path = request.config.rootpath / "tests" / "data" / "example_expected_indicators.csv"
    lines = [line for line in csv.DictReader(path.open(encoding="utf-8")) if line["operation"] == "OP-A"]
    golden = {line["indicator"]: [line[name] for name in GENDERS] for line in lines if line["indicator"][:2] == "EE"}
    return project, golden


def test_every_format_of_a_progress_report_holds_the_golden_table(told, people, monkeypatch, api, client):
    project, golden = told
    monkeypatch.setattr(tasks, "_counted", lambda report: snapshot.take(report, now()))  # in the test’s transaction
    officer = people["officer"]
    ask = {"project": project, "kind": "progress", "from_on": ALL_DAYS[0], "to_on": ALL_DAYS[1], "language": "en"}
    report, _new = actions.ask(**ask, by=officer, at=now())
    tasks.make(actions.claim(report.pk, at=now()))
    report = Report.objects.get(pk=report.pk)
    assert report.state == Report.State.DONE, report.failure

    files = Files.of(report)
    query = {"from": str(ALL_DAYS[0]), "to": str(ALL_DAYS[1]), "language": "en"}
    door = api(officer).get(f"/api/v1/projects/{project.number}/indicators/", query).json()["tables"]
    by_api = {row["code"]: {k: plain(v) for k, v in row.items()} for row in door["counted_indicators"]["rows"]}
    client.force_login(officer)
    page = client.get(f"/en/work/projects/{project.number}/indicators/", query).content.decode()
    screen = client.get(f"/en/work/reports/{report.key}/screen/").content.decode()
    assert len(golden) > 15
    for code, numbers in golden.items():
        for rows in (files.csv("counted_indicators"), files.archived("counted_indicators"),
                     files.sheet("counted_indicators"), by_api):  # fmt: skip
            assert [rows[code][name] for name in GENDERS] == numbers, code
            assert [rows[code][f"{name}_to_date"] for name in GENDERS] == numbers, code
        expected = [*numbers[:3], "0", numbers[3]] * 2
        assert any(line[-10:] == expected for line in files.lines(code)), code
        for shown in (page, screen):
            assert expected in [_cells(row)[-10:] for row in shown.split("<tr>") if f">{code}<" in row], code
    assert files.csv("indicator_targets")["EECO01"]["share"] == "50"
    assert {row["version"] for row in files.csv("indicator_definitions").values()} == {"1"}
    assert files.csv("indicator_definitions")["CLIMATE"]["over_time"] == "Average, each period by itself"
    assert "were typed and approved by a second person" in pdf.html(report.snapshot)


def _cells(row: str) -> list[str]:
    """The numbers in a row of a page, without what only a screen reader says."""
    cells = [part.split("</td>")[0] for part in row.split("<td")[1:]]
    plain_ones = [cell.split(">", 1)[1].split('<span class="visually-hidden">')[0] for cell in cells]
    return [cell.split(">")[-1].strip() for cell in plain_ones]


def test_a_sealed_report_keeps_its_version_and_the_recount_counts_by_it(told, people):
    project, _golden = told
    officer = people["officer"]
    filing = actions.lay_out(project, months=6, days=30, final_days=60, by=officer, at=now())[0]
    actions.write(filing, {"": "We began."}, seen={}, by=None, at=now())
    filing.refresh_from_db()
    actions.submit(filing, version=filing.version, by=None, at=now())
    sealed = Report.objects.get(kind="submitted")
    files = _bytes(sealed.snapshot)

    own = Indicator.objects.get(programme=project.programme, code="OWN")
    library.change_definition(own, version=1, because="As agreed", rule={"years_to": 120}, by=None, at=now())

    sealed.refresh_from_db()
    assert _bytes(json.loads(snapshot.canonical(sealed.snapshot))) == files
    kept = {row["code"]: row["version"] for row in sealed.snapshot["tables"]["indicator_definitions"]["rows"]}
    assert (kept["OWN"], dict(library_of(project.programme_id))["OWN"].version) == (1, 2)
    assert not actions.recount_submitted(at=now())
    row = Participation.objects.filter(project=project, labour_status="EM").first()
    Participation.objects.filter(pk=row.pk).update(labour_status="UE")
    assert {drift.code for drift in actions.recount_submitted(at=now())} == {"EECO02", "EECO05"}


def _bytes(taken) -> list[bytes]:
    return [
        pdf.html(taken).encode(),
        to_xlsx(taken),
        *(to_csv(key, taken["tables"][key]) for key in sorted(taken["tables"])),
    ]


def test_a_typed_value_counts_where_its_last_day_lies_and_to_date_by_whether_it_is_cumulative(project):
    """What is reached to date is that of the last report and the period since (reference: technical report)."""
    values = {
        (date(2025, 1, 1), date(2025, 5, 31)): 5, (date(2025, 6, 1), date(2025, 8, 31)): 3,
        (date(2025, 9, 1), date(2025, 12, 31)): 2,
    }  # fmt: skip
    for code, cumulative in (("SUM", True), ("ALONE", False)):
        definition = add(project.programme, code, cumulative=cumulative)
        for period, amount in values.items():
            approved(definition, project, period, amount)

    def found(start, end):
        tables = {table.key: table for table in indicators(project, start, end, "en")[0]}
        rows = {row["code"]: row for row in tables["typed_indicators"].rows}
        return [(rows[code]["total"], rows[code]["total_to_date"]) for code in ("SUM", "ALONE")]

    assert found(date(2025, 1, 1), date(2025, 6, 30)) == [(5, 5), (5, 5)]
    assert found(date(2025, 7, 1), date(2025, 12, 31)) == [(5, 10), (5, 5)]
    assert found(date(2026, 1, 1), date(2026, 3, 31)) == [(None, 10), (None, None)]


def test_the_funder_s_version_hides_small_counts_of_the_library_and_what_is_reached_of_them(told):
    project, golden = told
    asked = Report(kind="funder", project=project, from_on=ALL_DAYS[0], to_on=ALL_DAYS[1], language="en")
    tables = snapshot.take(asked, now())["tables"]
    rows = {row["code"]: row for row in tables["counted_indicators"]["rows"]}
    for code, row in rows.items():
        shown = [row[f"{name}{end}"] for name in (*GENDERS, "unknown") for end in ("", "_to_date")]
        assert not {"1", "2", "3", "4"} & {str(n) for n in shown}, code
    assert rows["EECO01"]["women"] == ":c"
    assert golden["EECO01"][0] == "4"
    (goal,) = tables["indicator_targets"]["rows"]
    assert goal["to_date"] == rows["EECO01"]["total_to_date"]
    assert (goal["share"] == ":c") == (goal["to_date"] == ":c")
    assert {row["code"]: row["total"] for row in tables["typed_indicators"]["rows"]}["CLIMATE"] == "4"
