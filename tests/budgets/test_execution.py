"""How far a budget is carried out: lev are turned into euro once, days end where the programme is, and the rows of
every dimension add up to the roll-up of the project."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils.translation import override

from budgets import actions
from budgets.figures import rollup
from budgets.figures.execution import DIMENSIONS, STEPS, Row, execution, total
from budgets.models import BudgetLine
from core.models import Code
from projects.models import Project
from reports.kinds.execution import tables
from tests import factories
from tests.budgets.conftest import cost, drafted, send
from tests.budgets.test_settlement import DAY, LATER, accepted, pay
from tests.conftest import NOON

D = Decimal


def fresh(*projects):
    return list(Project.objects.filter(pk__in=[p.pk for p in projects]).prefetch_related("contracts").order_by("pk"))


@pytest.fixture
def in_lev(project, activity, people, second):
    """A contract of 300.03 lev over three lines of 100.01, each of another year; a line is claimed, paid, certified."""
    project.contracts.update(currency="BGN", total=D("300.03"), eu_part=None, national_part=None, own_part=None)
    contract = project.contracts.get()
    staff = Code.objects.of("cost_categories").get(code="staff")
    for n, more in enumerate(({"activity": activity, "category": staff}, {"activity": activity}, {}), start=1):
        factories.BudgetLineFactory(
            contract=contract, code=f"1.{n}", total=D("100.01"), form="real", year=2024 + n, **more
        )
    for line in BudgetLine.objects.filter(contract=contract, code__in=["1.1", "1.2"]).order_by("code"):
        nothing = dict.fromkeys(("eu_part", "national_part", "own_part"))
        claim = accepted(
            project, [factories.ReportedCostFactory(
                line=line, total=D("50.01"), currency="BGN", paid_on=date(2026, 2, 3), **nothing
            )], people, second,
        )  # fmt: skip
        pay(claim, people["officer"], currency="BGN")
        draft = actions.draft_application(project.programme, entered_on=DAY, by=people["officer"], at=LATER)
        actions.send_application(draft, by=second, at=LATER)
    return project


def test_lev_are_turned_into_euro_once_and_every_dimension_makes_the_roll_up(in_lev, people):
    """300.03 lev are 153.40 euro, though three times 100.01 would be 153.39. 100.02 lev claimed are 51.14; certified in
    two applications of 50.01 lev, 25.57 each, which is 51.14 as well."""
    other = factories.ProjectFactory(programme=in_lev.programme)
    factories.ContractFactory(project=other, total=D(1000), eu_part=D(850), national_part=D(150), own_part=D(0))
    projects = fresh(in_lev, other)
    found = execution(projects, DAY, "Europe/Sofia")
    ours, whole = Row(D("153.40"), D("51.14"), D("51.14"), D(0), D("51.14"), D("51.14")), D("1153.40")
    assert found.by["project"] == {in_lev.pk: ours, other.pk: Row(planned=D(1000))}
    assert found.by["source"] == {
        "eu_part": Row(planned=D(850)), "national_part": Row(planned=D(150)), "unsplit": ours
    }  # fmt: skip
    assert [row.planned for row in found.by["year"].values()] == [D("51.13"), D("51.14"), D("51.13"), D(1000)]
    assert found.in_currency["BGN"] == Row(D("300.03"), D("100.02"), D("100.02"), D(0), D("100.02"), D("100.02"))
    of_money = rollup.total(rollup.of_projects(projects, DAY).values())
    for dimension in DIMENSIONS:
        made = total(found.by[dimension])
        assert (made.planned, made.left) == (whole, whole - D("51.14"))
        assert [getattr(made, step) for step in STEPS[1:]] == [getattr(of_money, step) for step in STEPS[1:]]


def test_the_tables_name_every_row_and_say_its_share(in_lev):
    with override("bg"):
        by = {table.key: table for table in tables(fresh(in_lev), in_lev.programme, DAY, "bg")}
    assert "execution_by_project" not in by  # there is one
    activities, years = by["execution_by_activity"], by["execution_by_year"]
    assert [row["name"][0] for row in activities.rows][1:] == ["Без връзка с дейност"]
    assert [(row["code"], row["planned"], row["share"]) for row in years.rows][:2] == [
        ("2025", D("51.13"), D("50.01")), ("2026", D("51.14"), D("50.00"))
    ]  # fmt: skip
    assert activities.total["planned"] == years.total["planned"] == D("153.40")
    assert [row["code"] for row in by["execution_in_currency"].rows] == ["BGN"]


def test_a_day_ends_where_the_programme_is_and_payments_count_by_their_own_day(project, line, people, second):
    """Sent at 22:30 UTC on 16 March, which is half past midnight of the 17th in Sofia. A payment of the 16th that was
    entered on the 19th is of the 16th."""
    claim = accepted(project, [cost(line, "100.00")], people, second)
    pay(claim, people["officer"], paid_on=NOON.date())
    late = datetime(2026, 3, 16, 22, 30, tzinfo=UTC)
    send(drafted(project, [cost(line, "7.00")], people["finance"]), people["finance"], at=late)
    claimed, paid = [], []
    for day, zone in ((16, "Europe/Sofia"), (16, "UTC"), (17, "Europe/Sofia"), (15, "Europe/Sofia")):
        row = total(execution(fresh(project), date(2026, 3, day), zone).by["activity"])
        claimed.append(row.claimed)
        paid.append(row.paid)
    assert claimed == [D(100), D(107), D(107), D(0)]
    assert paid == [D("95.00"), D("95.00"), D("95.00"), D(0)]
