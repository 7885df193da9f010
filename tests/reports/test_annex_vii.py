"""Tables 1, 6 and 10 of Annex VII against hand-worked money and the worked example of the reference."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from budgets import actions as money
from core.access import Refused
from core.models import AuditEvent
from projects.models import Allocation, Priority, Project, SpecificObjective
from reports import snapshot
from reports.indicators import actions as library
from reports.kinds import annex_vii
from reports.models import Report
from tests import factories
from tests.beneficiaries.test_imports import example as example  # a fixture
from tests.beneficiaries.test_imports import taken_in
from tests.budgets.conftest import cost, drafted, send
from tests.budgets.conftest import line as line
from tests.budgets.conftest import second as second
from tests.budgets.test_settlement import accepted, advance, correct, pay
from tests.factories import NOON

D = Decimal
DAY = NOON.date()


def planned(programme):
    """Priority 1 with objective (f), 1 000 000.00 for the transition region at 85 %."""
    priority = Priority.objects.create(programme=programme, code="1")
    objective = SpecificObjective.objects.create(priority=priority, code="ESO4.6")
    Allocation.objects.create(
        priority=priority, specific_objective=objective, region="transition", total=D("1000000.00"), eu_rate=D("85.00")
    )
    Project.objects.filter(programme=programme).update(specific_objective=objective, region="transition")
    return objective


def test_table_1_adds_up_money_as_it_stood_on_a_day(project, line, people, second):
    """100 000.00 EUR and 300.03 BGN are selected. 150.01 are found eligible on 16 March, 0.01 of it is corrected on 19
    March, 7.77 wait, 5.00 are refused as a claim, and an advance is no expenditure."""
    advance(project, people, second, "1000.00")
    claim = accepted(project, [cost(line, "100.01"), cost(line, "50.00")], people, second)
    pay(claim, people["officer"])
    refused = send(drafted(project, [cost(line, "5.00")], people["finance"]), people["finance"])
    refused = money.take_up(refused, by=people["officer"], at=NOON)
    money.reject_claim(refused, comment="Twice.", by=people["officer"], at=NOON)
    correct(claim, people["officer"], {1: "0.01"})
    send(drafted(project, [cost(line, "7.77")], people["finance"]), people["finance"])
    lev = factories.ProjectFactory(programme=project.programme)
    nothing = dict.fromkeys(("eu_part", "national_part", "own_part"))
    factories.ContractFactory(
        project=lev, currency="BGN", total=D("300.03"), in_force_from=date(2026, 3, 17), **nothing
    )
    objective = planned(project.programme)
    third = factories.ProjectFactory(programme=project.programme)
    factories.ContractFactory(project=third, total=D("10.00"), **nothing)

    with CaptureQueriesContext(connection) as asked:
        table = annex_vii.money(project.programme, DAY + timedelta(days=3))
    assert len(asked) == 2  # one pass over the facts, and the plan

    unplaced, row = table.rows
    assert (row["priority"], row["objective"], row["region"]) == ("1", objective.code, "Transition region")
    assert (row["allocation"], row["rate"], str(row["basis"])) == (D("1000000.00"), D("85.00"), "Total cost")
    assert (row["selected"], row["contribution"]) == (D("100153.40"), None)  # the split of the lev is not known
    assert row["selected_share"] == D("10.02")
    assert (row["declared"], row["declared_share"]) == (D("157.77"), D("0.02"))
    assert row["operations"] == 2
    assert (unplaced["priority"], unplaced["selected"], unplaced["operations"]) == ("", D("10.00"), 1)
    assert unplaced["selected_share"] is None
    assert table.total["selected"] == D("100163.40")
    assert (table.total["declared"], table.total["operations"]) == (D("157.77"), 3)
    assert (table.total["allocation"], table.total["selected_share"]) == (None, None)

    by_day = {day: annex_vii.money(project.programme, day).rows[-1] for day in (DAY - timedelta(days=1), DAY)}
    figures = [(r["declared"], r["operations"], r["contribution"]) for r in by_day.values()]
    assert figures == [(D("0.00"), 1, D("85000.00")), (D("157.78"), 1, D("85000.00"))]
    missing = {row["number"]: row["missing"] for row in annex_vii.gaps(project.programme, DAY + timedelta(1)).rows}
    assert missing[lev.number] == "EU part of the contract"
    assert project.number not in missing
    assert annex_vii.money(project.programme, date(2025, 12, 8)).total["operations"] == 0

    Allocation.objects.update(specific_objective=None)
    row = annex_vii.money(project.programme, DAY).rows[-1]
    assert (row["priority"], row["objective"], row["operations"]) == ("1", "", 1)  # as the plan has it


def test_tables_6_and_10_give_the_worked_example(example, programme):
    projects, heads, rows = example
    for project in projects.values():
        factories.ContractFactory(project=project)
    taken_in(rows, heads, project=projects["OP-A"])
    library.add_common(programme, by=None, at=NOON)
    planned(programme)
    a, b = (SpecificObjective.objects.get(), projects["OP-B"])
    other = SpecificObjective.objects.create(priority=a.priority, code="ESO4.5")
    Project.objects.filter(pk=b.pk).update(specific_objective=other)
    by_code = {each.code: each for each in programme.indicators.all()}
    where = {"region": "transition", "specific_objective": a, "by": None, "at": NOON}
    library.set_target(by_code["EECO01"], kind="target", on=date(2029, 12, 31), value=D(40), **where)
    library.set_target(by_code["EECO01"], kind="milestone", on=date(2024, 12, 31), value=D(10), **where)
    library.set_target(by_code["EECO02"], kind="target", on=date(2029, 12, 31), value=D(0), **where)
    library.set_target(
        by_code["EECR03"], kind="target", on=date(2029, 12, 31), value=D(50), based_on=by_code["EECO04"],
        in_percent=True, **where,
    )  # fmt: skip

    outputs, results = annex_vii.indicators(programme, date(2026, 10, 31), "en")

    found = {("OP-A" if r["objective"] == a.code else "OP-B", r["code"]): r for t in (outputs, results) for r in t.rows}
    assert len(outputs.rows) == 2 * 19
    assert len(results.rows) == 2 * 6
    with open("tests/data/example_expected_indicators.csv", encoding="utf-8") as file:
        for expected in csv.DictReader(file):
            if expected["indicator"].startswith("EEC"):
                row = found[expected["operation"], expected["indicator"]]
                told = [int(row[name]) for name in ("women", "men", "non_binary", "total")]
                assert told == [int(expected[name]) for name in ("women", "men", "non_binary", "total")], expected
    assert annex_vii.incomplete(programme, date(2026, 10, 31)) == 1
    first = found["OP-A", "EECO01"]
    assert (first["milestone"], first["target"], first["ratio"]) == (D(10), D(40), D("20.00"))
    assert found["OP-A", "EECO02"]["ratio"] is None  # nothing to be reached: no ratio, never 0 %
    assert (found["OP-B", "EECO02"]["total"], found["OP-B", "EECO01"]["target"]) == (0, None)
    qualified = found["OP-A", "EECR03"]  # 2 of the 4 inactive are 50 per cent, which is all of the target
    assert (qualified["based_on"], qualified["target_unit"]) == ("EECO04", "Per cent of the basis")
    assert qualified["ratio"] == D("100.00")
    early = annex_vii.indicators(programme, date(2026, 6, 29), "en")[1]
    assert sum(row["total"] for row in early.rows) == 0  # nobody has left by then


def test_the_form_of_transmission_has_the_columns_of_the_regulation(programme, project, people, client):
    """Every number of Annex VII in its order, four columns where values go by gender, codes in place of words, and the
    figures that were sealed; in a report in Bulgarian, too."""
    planned(programme)
    Allocation.objects.update(basis="public")
    library.add_common(programme, by=None, at=NOON)
    report = Report(
        kind="annex_vii", programme=programme, from_on=date(2021, 1, 1), to_on=date(2026, 4, 30), language="bg",
        state="done", asked_by=people["officer"], asked_at=NOON, finished_at=NOON, data_at=NOON, code="AAAA-BBBB-CCCC",
        template_version="1",
    )  # fmt: skip
    report.snapshot = snapshot.take(report, NOON)
    report.snapshot_sha256 = snapshot.digest(report.snapshot)
    report.save()
    client.force_login(people["officer"])
    made = {}
    with open("core/codes/annex_vii_tables.csv", encoding="utf-8-sig") as file:
        law = list(csv.DictReader(file))
    for table in (1, 6, 10):
        of_law = [(row["column_number"], row["column"]) for row in law if row["table"] == str(table)]
        heads = [f"{n} {g}" if g else n for n, name in of_law for g in ("MFNT" if "(M F N T)" in name else [""])]
        answer = client.get(f"/en/work/reports/{report.key}/annex-vii-{table}.csv")
        rows = list(csv.reader(answer.content.decode().splitlines()))
        assert rows[0] == heads
        assert {len(row) for row in rows} == {len(heads)}
        made[table] = [dict(zip(heads, row, strict=True)) for row in rows[1:]]
        by_api = client.get(f"/api/v1/reports/{report.key}/annex-vii/{table}/")
        assert by_api.content == answer.content
    money_row = made[1][-1]
    assert [money_row[n] for n in ("1", "2", "3", "4", "5", "6", "7", "8", "9", "13")] == [
        "1", "ESO4.6", "ESF+", "Transition", "Public", "1000000.00", "85.00", "100000.00", "85000.00", "1",
    ]  # fmt: skip
    assert len(made[6]) == 19
    assert len(made[10]) == 6
    first = made[6][0]
    assert [first[n] for n in ("5", "7", "10 M", "10 F", "10 N", "10 T", "9 T")] == [
        "EECO01", "Number of persons", "0", "0", "0", "0", "",
    ]  # fmt: skip
    assert client.get(f"/en/work/reports/{report.key}/annex-vii-2.csv").status_code == 404
    assert AuditEvent.objects.filter(action="report.downloaded").count() == 6
    client.force_login(people["stranger"])
    assert client.get(f"/en/work/reports/{report.key}/annex-vii-1.csv").status_code == 404


@pytest.mark.parametrize("field", ["specific_objective", "based_on"])
def test_a_target_of_another_programme_is_refused(programme, field):
    library.add_common(programme, by=None, at=NOON)
    stranger = factories.ProgrammeFactory()
    other = {
        "specific_objective": planned(stranger),
        "based_on": library.add_indicator(
            stranger, code="X", by=None, at=NOON, name={"en": "X"}, unit="persons", kind="output", source="people"
        ).indicator,
    }
    with pytest.raises(Refused, match="another programme"):
        library.set_target(
            programme.indicators.get(code="EECR03"), kind="target", on=DAY, value=D(1), by=None, at=NOON,
            **{field: other[field]},
        )  # fmt: skip
