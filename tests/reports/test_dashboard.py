"""The dashboard: what waits, how the money stands, which projects lag; only over what the person may see."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activities.models import Evidence
from budgets.models import Payment
from core import storage
from core.charts import Chart
from projects.models import PlannedFigure
from reports import actions, figures
from reports import overview as facts
from reports.views import dashboard
from tests import factories
from tests.conftest import NOON

URL = "/en/work/"
TODAY = date(2027, 6, 9)  # 548 of 1,097 days of the contract are over: 49.95 %


def text_of(answer) -> str:
    return " ".join(answer.content.decode().replace("\u00a0", " ").split())


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(dashboard, "localdate", lambda: TODAY)


@pytest.fixture
def line(project, activity):
    return factories.BudgetLineFactory(contract=project.contracts.get(), activity=activity, total=Decimal("60000.00"))


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("admin", 200), ("officer", 200), ("auditor", 200), ("finance", 200), ("client", 200), ("coordinator", 403),
        ("stranger", 403),
    ],
)  # fmt: skip
def test_who_opens_the_dashboard(sign_in, project, who, status):
    answer = sign_in(who).get(URL)
    assert answer.status_code == status
    assert (project.number in text_of(answer)) is (status == 200)


def test_signing_in_comes_first(client, project):
    assert client.get(URL).status_code == 302


def test_money_is_counted_once_in_each_currency(sign_in, project, line, programme):
    other = factories.ProjectFactory(programme=programme)
    contract = factories.ContractFactory(
        project=other, currency="BGN", total=Decimal("100.01"), eu_part=None, national_part=None, own_part=None
    )
    third = factories.ProjectFactory(programme=programme)
    factories.ContractFactory(
        project=third, currency="BGN", total=Decimal("200.02"), eu_part=None, national_part=None, own_part=None
    )
    factories.ReportedCostFactory(line=line, total=Decimal("20000.00"))
    factories.ReportedCostFactory(
        line=factories.BudgetLineFactory(contract=contract), total=Decimal("10.00"), currency="BGN"
    )
    factories.ReportedCostFactory(line=line, total=Decimal("1.00"), reported_on=date(2027, 6, 10))  # tomorrow
    Payment.objects.create(project=project, kind="advance", paid_on=date(2026, 1, 5), amount=Decimal("10000.00"))

    whole = sign_in("officer").get(URL).context["whole"]
    assert whole.contracted == Decimal("100153.40")  # 300.03 lev are 153.40 euro; line by line it would be 153.41
    assert whole.reported == Decimal("20005.11")
    assert whole.paid == Decimal("10000.00")
    assert whole.paid_share == Decimal("9.98")


def test_the_line_of_the_chart_ends_at_the_figures_above_it(sign_in, project, line):
    for day, total in ((date(2026, 1, 31), "100.00"), (date(2026, 3, 1), "200.00"), (date(2027, 6, 9), "50.00")):
        factories.ReportedCostFactory(line=line, total=Decimal(total), reported_on=day)
    answer = sign_in("officer").get(URL)
    chart: Chart = answer.context["chart"]
    assert answer.context["whole"].reported == Decimal("350.00")
    found = facts.months([project.pk], TODAY)
    assert [m.until for m in found][:3] == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
    assert (found[1].reported, found[-1].until, found[-1].reported) == (Decimal("100.00"), TODAY, Decimal("350.00"))
    assert "€350.00" in chart.summary.replace("\u00a0", " ")


def test_a_project_far_behind_is_at_risk_and_says_why(sign_in, project, line):
    factories.ReportedCostFactory(line=line, total=Decimal("12000.00"))
    page = text_of(sign_in("officer").get(URL))
    assert "12.00% of the money reported with 49.95% of the time gone" in page

    factories.ReportedCostFactory(line=line, total=Decimal("13000.00"))  # 25 %: 24.95 points behind
    answer = sign_in("officer").get(URL)
    assert not answer.context["at_risk"]
    assert "49.95%" in text_of(answer)


def test_of_many_projects_at_risk_the_furthest_behind_are_shown(sign_in, programme, project, line):
    for number in range(1, 12):
        other = factories.ProjectFactory(programme=programme)
        late = factories.BudgetLineFactory(contract=factories.ContractFactory(project=other))
        factories.ReportedCostFactory(line=late, total=Decimal(number * 1000))
    answer = sign_in("officer").get(URL)
    reported = [standing.money.reported for standing in answer.context["at_risk"]]
    assert reported == [Decimal(n * 1000) for n in range(10)]
    assert "and 2 more" in text_of(answer)


def test_early_or_finished_projects_are_not_at_risk(sign_in, project, line, monkeypatch):
    monkeypatch.setattr(dashboard, "localdate", lambda: date(2026, 6, 9))  # 16.68 % of the time
    assert not sign_in("officer").get(URL).context["at_risk"]
    monkeypatch.setattr(dashboard, "localdate", lambda: TODAY)
    project.state = "completed"
    project.save()
    assert not sign_in("officer").get(URL).context["at_risk"]


def test_low_attendance_of_the_last_four_weeks_is_a_risk(sign_in, project, group, activity, class_of_30):
    def held(on, here):
        session = factories.SessionFactory(
            project=project, activity=activity, school=group.school, group=group, on=on, starts_at=time(9)
        )
        for n, row in enumerate(class_of_30[:10]):
            factories.attended(session, row, "here" if n < here else "absent")

    held(date(2027, 4, 1), here=0)  # long ago
    held(date(2027, 6, 1), here=5)
    standing = sign_in("officer").get(URL).context["page"].object_list[0]
    assert standing.attendance == Decimal("50.00")
    assert any("attendance of 50.00" in risk for risk in standing.risks)
    held(date(2027, 6, 2), here=10)
    standing = sign_in("officer").get(URL).context["page"].object_list[0]
    assert standing.attendance == Decimal("75.00")
    assert not any("attendance" in risk for risk in standing.risks)


def test_participants_counted_and_not_counted(sign_in, project, school):
    PlannedFigure.objects.create(project=project, counter="participants", planned=90)
    PlannedFigure.objects.create(project=project, counter="outreach", planned=580)
    factories.participation(project, school)
    factories.participation(project, school, labour_status="")
    factories.participation(project, school, entered_on=date(2027, 6, 10))  # tomorrow
    standing = sign_in("officer").get(URL).context["page"].object_list[0]
    assert (standing.counted, standing.planned, standing.incomplete) == (1, 90, 1)


@pytest.mark.parametrize(
    "lacks",
    [{"gender": ""}, {"born_on": None}, {"labour_status": ""}, {"education": None}, {"gender": "", "education": None}],
)
def test_what_is_complete_is_the_same_here_and_in_the_tables(project, school, lacks):
    factories.participation(project, school)
    factories.participation(project, school, **lacks)
    counted, incomplete = facts.participants([project.pk], TODAY)[project.pk]
    table = figures.progress(project, date(2025, 12, 9), TODAY, "en").tables["counters"].rows
    assert (counted, incomplete) == (table[0]["to_date"], table[1]["to_date"]) == (1, 1)
    assert counted == project.participations.all().counted().count()


# --- what waits ------------------------------------------------------------------------------------------------------


def waits(answer):
    return {each["key"]: each for each in answer.context["waits"]}


def test_each_thing_that_waits_leads_to_its_page(sign_in, project, session, school, line, people):
    factories.participation(project, school, education=None)
    factories.ReportedCostFactory(line=line)
    report, _new = actions.ask(
        project=project, kind="progress", from_on=date(2026, 1, 1), to_on=date(2026, 3, 31), language="en",
        by=people["officer"], at=NOON,
    )  # fmt: skip
    claimed = actions.claim(report.pk, at=NOON)
    actions.fail(claimed, "no", at=NOON)

    answer = sign_in("officer").get(URL)
    found = waits(answer)
    assert set(found) == {"sessions", "records", "evidence", "failed", "no_report"}
    assert "1 past session is not marked, the oldest of 16 Mar 2026" in text_of(answer)
    assert found["sessions"]["links"][0]["url"] == f"/en/work/projects/{project.number}/people/#unmarked"
    assert found["records"]["links"][0]["url"].endswith("/indicators/#incomplete")
    assert found["evidence"]["links"][0]["url"].endswith("/money/#costs")
    assert found["failed"]["url"] == "/en/work/reports/?state=failed"
    assert found["no_report"]["links"][0]["url"] == f"/en/work/reports/new/?project={project.number}"
    assert "5 things wait for you" in text_of(answer)
    for each in found.values():
        for link in each["links"]:
            assert sign_in("officer").get(link["url"].split("#")[0]).status_code == 200


def test_what_is_done_waits_no_longer(sign_in, project, session, line, people):
    factories.attended(session, factories.participation(project, session.school))
    file = storage.put([b"%PDF-1.7"], name="a.pdf", media_type="application/pdf", by=None, at=NOON)
    proof = Evidence.objects.create(project=project, kind="document", file=file, added_at=NOON)
    factories.ReportedCostFactory(line=line, evidence=proof)
    assert set(waits(sign_in("officer").get(URL))) == {"no_report"}


def test_nothing_waits_when_the_quarter_has_its_report(sign_in, finished, monkeypatch):
    monkeypatch.setattr(dashboard, "localdate", lambda: date(2026, 3, 20))
    answer = sign_in("officer").get(URL)
    assert waits(answer) == {}
    assert "nothing waits" in text_of(answer)


def test_finance_is_not_told_of_sessions_and_records(sign_in, project, session, school):
    factories.participation(project, school, education=None)
    assert not {"sessions", "records"} & set(waits(sign_in("finance").get(URL)))


def test_another_programme_stays_unseen(sign_in, project, people):
    elsewhere = factories.ProjectFactory(title={"en": "Elsewhere"})
    factories.ContractFactory(project=elsewhere, total=Decimal("7.00"), eu_part=None, national_part=None, own_part=None)
    answer = sign_in("officer").get(URL)
    assert "Elsewhere" not in text_of(answer)
    assert answer.context["whole"].contracted == Decimal("100000.00")
    assert answer.context["whole"].projects == 1


def test_figures_that_rest_on_sample_data_say_so(sign_in, project, line):
    words = "These figures contain sample data."
    assert words not in text_of(sign_in("officer").get(URL))
    factories.ReportedCostFactory(line=line, synthetic=True)
    assert words in text_of(sign_in("officer").get(URL))


def test_the_programme_filter_narrows_everything(sign_in, project, people):
    elsewhere = factories.ProjectFactory()
    factories.ContractFactory(project=elsewhere)
    answer = sign_in("admin").get(f"{URL}?programme={elsewhere.programme.code}")
    assert [s.project for s in answer.context["page"].object_list] == [elsewhere]
    assert answer.context["whole"].projects == 1


def test_unknown_shares_come_last_whichever_way_one_sorts(sign_in, project, programme):
    factories.ProjectFactory(programme=programme, number="NO-CONTRACT")
    for sort in ("time", "-time"):
        rows = sign_in("officer").get(f"{URL}?sort={sort}").context["page"].object_list
        assert rows[-1].project.number == "NO-CONTRACT"


def test_queries_do_not_grow_with_projects(sign_in, project, programme, school, line):
    client = sign_in("officer")

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(URL).status_code == 200
        return len(queries)

    def add():
        more = factories.ProjectFactory(programme=programme)
        contract = factories.ContractFactory(project=more)
        factories.ReportedCostFactory(line=factories.BudgetLineFactory(contract=contract))
        factories.participation(more, school, education=None)
        PlannedFigure.objects.create(project=more, counter="participants", planned=9)

    add()
    client.get(URL)
    one = count()
    add()
    add()
    assert count() == one
