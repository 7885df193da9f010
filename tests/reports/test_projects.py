"""The list and the pages of a project: who sees which tab, the period in the address, each figure down to its rows."""

from __future__ import annotations

import csv
import io
from datetime import date, time
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activities.models import Evidence, OutreachCount
from beneficiaries.models import Result, SensitiveAnswer
from core import storage
from core.models import AuditEvent
from projects.models import Membership, PlannedFigure
from reports import figures
from tests import factories
from tests.conftest import NOON

LIST = "/en/work/projects/"
FILE = "/en/work/projects.csv"
QUARTER = "?from=2026-01-01&to=2026-03-31"


def text_of(answer) -> str:
    return " ".join(answer.content.decode().replace("\u00a0", " ").split())


def url(project, tab=""):
    return f"{LIST}{project.number}/{tab}"


@pytest.fixture
def line(project, activity):
    return factories.BudgetLineFactory(contract=project.contracts.get(), activity=activity, code="1.1")


# --- the list --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["admin", "officer", "coordinator", "finance", "auditor", "client"])
def test_everyone_sees_the_projects_they_reach_and_no_other(sign_in, project, who):
    elsewhere = factories.ProjectFactory(title={"en": "Elsewhere"})
    page = text_of(sign_in(who).get(LIST))
    assert project.number in page
    assert (elsewhere.number in page) is (who == "admin")


def test_a_stranger_sees_only_their_own(sign_in, project):
    assert project.number not in text_of(sign_in("stranger").get(LIST))


def test_who_may_not_see_the_money_sees_none(sign_in, project, line):
    factories.ReportedCostFactory(line=line, total=Decimal("1234.00"))
    assert "1.23%" in text_of(sign_in("officer").get(LIST))
    assert "1.23%" not in text_of(sign_in("coordinator").get(LIST))
    content = b"".join(sign_in("coordinator").get(FILE).streaming_content).decode("utf-8-sig")
    assert next(csv.DictReader(io.StringIO(content)))["reported_eur"] == ""


def test_the_export_holds_what_the_list_shows(sign_in, project, programme, line):
    factories.ReportedCostFactory(line=line, total=Decimal("1234.00"))
    for n in range(30):
        more = factories.ProjectFactory(programme=programme, number=f"MORE-{n:02}", title={"en": f"=More {n}"})
        factories.ContractFactory(project=more)
    content = b"".join(sign_in("officer").get(FILE + "?q=more").streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    assert len(rows) == 30  # all pages of the list
    assert rows[0]["title"].startswith("'=More")
    page = sign_in("officer").get(LIST + "?q=more")
    assert len(page.context["rows"]) == 25
    assert page.context["page"].paginator.count == 30
    content = b"".join(sign_in("officer").get(f"{FILE}?q={project.number}").streaming_content).decode("utf-8-sig")
    assert next(csv.DictReader(io.StringIO(content)))["reported_eur"] == "1234.00"


def test_filters_stand_as_chips_that_can_be_taken_away(sign_in, project):
    answer = sign_in("officer").get(f"{LIST}?state=in_progress&q={project.number}&page=1")
    assert {c["label"]: c["value"] for c in answer.context["chips"]} == {
        "Search": project.number,
        "State": "In progress",
    }
    assert answer.context["chips"][0]["url"] == "?state=in_progress"


def test_the_list_takes_the_same_queries_for_one_project_and_for_many(sign_in, project, programme, line):
    client = sign_in("officer")

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(LIST).status_code == 200
        return len(queries)

    client.get(LIST)
    one = count()
    for _ in range(2):
        factories.ContractFactory(project=factories.ProjectFactory(programme=programme))
    assert count() == one


# --- tabs and rights -------------------------------------------------------------------------------------------------

TABS = {
    "": {"admin", "officer", "coordinator", "finance", "auditor", "client"},
    "money/": {"admin", "officer", "finance", "auditor", "client"},
    "people/": {"admin", "officer", "coordinator", "auditor", "client"},
    "indicators/": {"admin", "officer", "coordinator", "auditor", "client"},
    "indicators/EECO01/": {"admin", "officer", "coordinator", "auditor", "client"},
    "evidence/": {"admin", "officer", "coordinator", "finance", "auditor", "client"},
    "amendments/": {"admin", "officer", "finance", "auditor", "client"},
    "history/": {"admin", "officer", "auditor"},
}


@pytest.mark.parametrize("tab", TABS)
def test_who_opens_which_tab(sign_in, people, project, tab):
    answers = {who: sign_in(who).get(url(project, tab)) for who in people}
    wanted = {who: 200 if who in TABS[tab] else 404 if who == "stranger" else 403 for who in people}
    assert {who: answer.status_code for who, answer in answers.items()} == wanted
    for answer in answers.values():
        if answer.status_code == 403:
            assert "An administrator can give you access" in text_of(answer)


@pytest.mark.parametrize("tab", TABS)
def test_pages_of_a_project_ask_to_sign_in_and_are_only_read(client, sign_in, project, tab):
    assert client.get(url(project, tab)).status_code == 302
    assert sign_in("admin").post(url(project, tab)).status_code == 405
    assert sign_in("admin").get(f"{LIST}NO-SUCH/{tab}").status_code == 404


def test_tabs_that_are_not_open_are_not_shown(sign_in, project):
    assert [t.key for t in sign_in("finance").get(url(project)).context["tabs"]] == [
        "overview", "money", "evidence", "amendments",
    ]  # fmt: skip
    assert [t.key for t in sign_in("coordinator").get(url(project)).context["tabs"]] == [
        "overview", "people", "indicators", "evidence", "messages",
    ]  # fmt: skip


def test_an_auditor_whose_time_is_over_finds_nothing(sign_in, project, people):
    Membership.objects.filter(user=people["auditor"]).update(until_on=date(2025, 12, 31))
    assert sign_in("auditor").get(url(project)).status_code == 404


def test_links_that_change_something_are_for_those_who_may(sign_in, project, line):
    assert "/texts/" in text_of(sign_in("officer").get(url(project)))
    assert "/texts/" not in text_of(sign_in("auditor").get(url(project)))
    assert "/costs/new/" in text_of(sign_in("finance").get(url(project, "money/")))
    assert "/costs/new/" not in text_of(sign_in("auditor").get(url(project, "money/")))
    assert "/reports/new/" not in text_of(sign_in("auditor").get(url(project)))


# --- the period ------------------------------------------------------------------------------------------------------


def test_the_period_stands_in_the_address_and_goes_along(sign_in, project, line):
    factories.ReportedCostFactory(line=line, total=Decimal("100.00"), reported_on=date(2026, 2, 20))
    factories.ReportedCostFactory(line=line, total=Decimal("7.00"), reported_on=date(2026, 5, 20))
    answer = sign_in("officer").get(url(project, "money/?from=1.1.2026&to=31.03.26"))
    assert (answer.context["start"], answer.context["end"]) == (date(2026, 1, 1), date(2026, 3, 31))
    assert answer.context["money"].reported == Decimal("100.00")
    assert answer.context["tabs"][0].url.endswith("?from=2026-01-01&to=2026-03-31")
    page = text_of(answer)
    assert f"/en/work/reports/new/?project={project.number}&amp;from=2026-01-01&amp;to=2026-03-31" in page


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("?from=31.2.2026&to=31.3.2026", "from", "Check the day"),
        ("?from=soon&to=31.3.2026", "from", "Enter a date such as"),
        ("?from=1.4.2026&to=31.3.2026", "to", "ends before it begins"),
        ("?from=1.1.2020&to=31.3.2026", "from", "The contract begins on 9 Dec 2025"),
        ("?from=1.1.2026&to=1.1.2040", "to", "The contract ends on 9 Dec 2028"),
        ("?from=1.1.2026", "to", "required"),
    ],
)
def test_a_wrong_period_is_explained_and_the_usual_figures_are_shown(sign_in, project, query, field, words):
    answer = sign_in("officer").get(url(project, f"money/{query}"))
    page = text_of(answer)
    assert answer.status_code == 422
    assert words in page
    assert f'href="#id_{field}"' in page
    assert "because the period above is not right" in page
    assert answer.context["start"] == date(2025, 12, 9)


def test_the_usual_period_ends_with_the_contract(sign_in, project):
    project.contracts.update(ends_on=date(2026, 1, 31))
    answer = sign_in("officer").get(url(project))
    assert (answer.context["start"], answer.context["end"]) == (date(2025, 12, 9), date(2026, 1, 31))


# --- figures ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def filled(project, group, activity, line):
    """Three who count, one who does not, a session, an outreach count, costs, promises."""
    girl = factories.member_of(group, gender="F", born_on=date(2012, 5, 4))
    boy = factories.member_of(group, gender="M", born_on=date(2000, 5, 4), labour_status="UE", education=3)
    left = factories.member_of(group, gender="F", left_on=date(2026, 2, 20))
    factories.member_of(group, gender="", born_on=None, labour_status="", education=None)
    Result.objects.create(participation=left, kind="qualification", seen_on=date(2026, 3, 1))
    SensitiveAnswer.objects.create(participation=girl, question="minority", answer="yes")
    SensitiveAnswer.objects.create(participation=boy, question="minority", answer="no")
    session = factories.SessionFactory(project=project, activity=activity, school=group.school, group=group)
    factories.attended(session, girl)
    factories.attended(session, boy, "absent")
    OutreachCount.objects.create(activity=activity, on=date(2026, 3, 1), people=344)
    PlannedFigure.objects.create(project=project, counter="participants", planned=90)
    PlannedFigure.objects.create(project=project, counter="outreach", planned=580)
    factories.ReportedCostFactory(line=line, total=Decimal("1000.00"), synthetic=True)
    return {"girl": girl, "boy": boy, "left": left}


@pytest.mark.parametrize(
    ("tab", "key", "table"),
    [
        ("money/", "activities", "money_activities"), ("money/", "sources", "money_sources"),
        ("people/", "activities", "activities"), ("people/", "counters", "counters"), ("people/", "weeks", "weeks"),
        ("indicators/", "", "indicators"),
    ],
)  # fmt: skip
def test_a_page_shows_the_one_figure_there_is(sign_in, project, filled, tab, key, table):
    answer = sign_in("officer").get(url(project, f"{tab}?from=2026-01-01&to=2026-03-31"))
    found = figures.progress(project, date(2026, 1, 1), date(2026, 3, 31), "en").tables[table].encoded()
    shown = answer.context[key] if key else answer.context["tables"][0][0]
    cells = [[cell.value for cell in row] for row in shown.rows]
    columns = [column.key for column in shown.columns]
    wanted = [
        [row[c][0] if isinstance(row[c], list) else row[c] if row[c] != "" else None for c in columns]
        for row in found["rows"]
    ]
    assert cells == wanted
    for row in shown.rows:
        for cell in row:
            assert cell.text.replace("\u00a0", " ")[:60] in answer.content.decode().replace("\u00a0", " ")


def test_promised_and_reached_stand_side_by_side_and_are_never_added(sign_in, project, filled):
    page = text_of(sign_in("officer").get(url(project)))
    assert "580" in page
    assert "344" in page
    assert "never added" in page
    assert ">670<" not in page
    assert ">347<" not in page


def test_sample_rows_are_marked(sign_in, project, filled):
    page = text_of(sign_in("officer").get(url(project, "money/")))
    assert "This project contains sample data" in page
    assert page.count('<span class="tag warn">Sample data</span>') == 1


def test_sample_records_behind_a_figure_are_marked(sign_in, project, filled):
    filled["girl"].synthetic = True
    filled["girl"].save()
    page = text_of(sign_in("officer").get(url(project, f"indicators/EECO01/{QUARTER}")))
    assert page.count('<span class="tag warn">Sample data</span>') == 1


def test_a_cost_shows_its_evidence_to_those_who_may_open_it(sign_in, project, line, people):
    file = storage.put([b"%PDF-1.7"], name="a.pdf", media_type="application/pdf", by=None, at=NOON)
    proof = Evidence.objects.create(project=project, kind="document", file=file, added_at=NOON)
    factories.ReportedCostFactory(line=line, evidence=proof)
    factories.ReportedCostFactory(line=line, total=Decimal("5.00"))
    link = f"/en/work/evidence/{proof.pk}/"
    page = text_of(sign_in("officer").get(url(project, "money/")))
    assert link in page
    assert page.count("Missing") == 1
    assert link not in text_of(sign_in("finance").get(url(project, "money/")))  # a file of the whole project


def test_lines_that_do_not_make_the_contract_say_by_how_much(sign_in, project, line):
    assert "€90,000.00 of it stand on no line" in text_of(sign_in("officer").get(url(project, "money/")))


def test_past_sessions_without_marks_are_listed(sign_in, project, session):
    page = text_of(sign_in("officer").get(url(project, "people/")))
    assert "1 past session has no marks yet" in page
    assert f"/en/work/sessions/{session.key}/" in page


def test_evidence_shows_kind_and_hash_and_opens_by_download_only(sign_in, project, session):
    file = storage.put([b"%PDF-1.7"], name="list.pdf", media_type="application/pdf", by=None, at=NOON)
    Evidence.objects.create(
        project=project, school=session.school, session=session, kind="signed_list", file=file, added_at=NOON
    )
    gone = storage.put([b"%PDF-1.8"], name="gone.pdf", media_type="application/pdf", by=None, at=NOON)
    Evidence.objects.create(project=project, kind="photo", file=gone, added_at=NOON, removed_at=NOON)
    page = text_of(sign_in("auditor").get(url(project, "evidence/")))
    assert file.sha256 in page
    assert "Signed attendance list" in page
    assert "gone.pdf" not in page


def test_a_coordinator_sees_the_files_of_the_own_school(sign_in, project, school):
    other = factories.school_of(project)
    for body, name in ((school, "mine.pdf"), (other, "theirs.pdf")):
        file = storage.put([name.encode()], name=name, media_type="application/pdf", by=None, at=NOON)
        Evidence.objects.create(project=project, school=body, kind="photo", file=file, added_at=NOON)
    page = text_of(sign_in("coordinator").get(url(project, "evidence/")))
    assert "mine.pdf" in page
    assert "theirs.pdf" not in page


# --- from a figure to its records ------------------------------------------------------------------------------------


def cell(answer, code, column):
    """The figure of an indicator and where it leads."""
    ((table, lines),) = answer.context["tables"]
    line = next(line for line in lines if line["code"] == code)
    found = line["cells"][[c.key for c in table.columns][2:].index(column)]
    return {"text": found["text"], "url": found["url"]}


@pytest.mark.parametrize(
    ("code", "column", "n", "words"),
    [
        ("EECO01", "total", 3, "The record is complete, and the person entered on 12 Jan 2026"),
        ("EECO01", "women", 2, "12 Jan 2026"),
        ("EECO02", "total", 1, "On the day of entry: Unemployed, up to 12 months"),
        ("EECO06", "total", 2, "13 years old on the day of entry"),
        ("EECO07", "men", 1, "25 years old on the day of entry"),
        ("EECO10", "total", 1, "ISCED level 3"),
        ("EECO15", "women", 1, "The answer to “Minority, Roma included” is yes"),
        ("EECR03", "total_to_date", 1, "Left on 20 Feb 2026. Seen within four weeks: Gained a qualification"),
    ],
)
def test_each_figure_leads_to_exactly_its_records(sign_in, project, filled, code, column, n, words):
    client = sign_in("admin")
    figure = cell(client.get(url(project, f"indicators/{QUARTER}")), code, column)
    assert figure["text"] == str(n)
    rows = client.get(figure["url"])
    assert rows.context["page"].paginator.count == n
    assert words in text_of(rows)


def test_zero_leads_nowhere_and_bodies_are_not_counted(sign_in, project, filled):
    answer = sign_in("auditor").get(url(project, f"indicators/{QUARTER}"))
    assert cell(answer, "EECO03", "total") == {"text": "0", "url": ""}
    assert cell(answer, "EECO18", "total") == {"text": "—", "url": ""}
    assert sign_in("auditor").get(url(project, "indicators/EECO18/")).status_code == 404
    assert sign_in("auditor").get(url(project, "indicators/EVERYTHING/")).status_code == 404


def test_names_stand_on_no_page_of_figures(sign_in, project, filled):
    identity = filled["girl"].person.identity
    for tab in ("", "money/", "people/", "indicators/", "indicators/EECO01/", "indicators/incomplete/", "history/"):
        content = sign_in("admin").get(url(project, tab)).content.decode()
        assert identity.family_name not in content
    assert filled["girl"].person.code in sign_in("admin").get(url(project, "indicators/EECO01/")).content.decode()


def test_a_record_outside_an_indicator_says_why(sign_in, project, filled):
    answer = sign_in("auditor").get(url(project, f"indicators/EECO06/{QUARTER}&rows=outside"))
    page = text_of(answer)
    assert [r["row"].code for r in answer.context["rows"]] == [filled["boy"].person.code]
    assert "25 years old on the day of entry. Counts people younger than 18." in page
    answer = sign_in("admin").get(url(project, f"indicators/EECO15/{QUARTER}&rows=outside&gender=M"))
    assert "No answer “yes”" in text_of(answer)
    assert answer.context["page"].paginator.count == 1


def test_counted_outside_and_incomplete_make_everybody(sign_in, project, filled):
    client = sign_in("auditor")
    counts = [
        client.get(url(project, f"indicators/{page}")).context["page"].paginator.count
        for page in (f"EECO06/{QUARTER}", f"EECO06/{QUARTER}&rows=outside", f"incomplete/{QUARTER}")
    ]
    assert counts == [2, 1, 1]
    assert sum(counts) == project.participations.count()


def test_an_incomplete_record_says_what_it_lacks(sign_in, project, filled):
    page = text_of(sign_in("auditor").get(url(project, f"indicators/{QUARTER}")))
    assert "1 person who entered in the period is in no common indicator of the ESF+" in page
    assert "Missing: date of birth" in page
    rows = text_of(sign_in("auditor").get(url(project, f"indicators/incomplete/{QUARTER}")))
    assert "Missing: gender, date of birth, situation on the day of entry, completed education." in rows


def test_a_coordinator_sees_the_records_of_the_own_school_only(sign_in, project, school, filled):
    other = factories.school_of(project)
    theirs = factories.participation(project, other)
    for heap in ("", "&rows=outside"):
        answer = sign_in("coordinator").get(url(project, f"indicators/EECO02/{QUARTER}{heap}"))
        assert theirs.person.code not in text_of(answer)
    answer = sign_in("coordinator").get(url(project, f"indicators/EECO01/{QUARTER}"))
    assert answer.context["page"].paginator.count == 3
    assert "1 more belongs to another school" in text_of(answer)


def test_looking_at_records_is_written_down_once(sign_in, project, filled, people):
    sign_in("auditor").get(url(project, f"indicators/EECO06/{QUARTER}"))
    event = AuditEvent.objects.get(action="participant.rows_viewed")
    assert event.by_key == people["auditor"].key
    assert event.after == {"indicator": "EECO06", "from": "2026-01-01", "to": "2026-03-31", "rows": 2}
    sign_in("finance").get(url(project, "indicators/EECO15/"))
    assert AuditEvent.objects.filter(action="participant.rows_viewed").count() == 1


def test_a_programme_without_esf_indicators_says_so(sign_in, project, filled):
    project.programme.counts_esf_indicators = False
    project.programme.save()
    page = text_of(sign_in("officer").get(url(project, "indicators/")))
    assert "This programme does not count the ESF+ indicators" in page


# --- history and queries ---------------------------------------------------------------------------------------------


def test_history_is_newest_first_and_of_this_project_only(sign_in, project, filled):
    sign_in("officer").get(url(project, "indicators/EECO01/"))
    sign_in("auditor").get(url(project, "indicators/EECO02/"))
    elsewhere = factories.ProjectFactory(programme=project.programme)
    sign_in("officer").get(url(elsewhere, "indicators/EECO01/"))
    events = sign_in("auditor").get(url(project, "history/")).context["events"]
    assert [e.event.after["indicator"] for e in events] == ["EECO02", "EECO01"]
    assert [e.event.by_name for e in events] == ["Auditor", "Officer"]


@pytest.mark.parametrize("tab", ["", "money/", "people/", "indicators/", "indicators/EECO01/", "evidence/", "history/"])
def test_queries_do_not_grow_with_rows(sign_in, project, filled, group, activity, line, tab):
    client = sign_in("officer")

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url(project, tab)).status_code == 200
        return len(queries)

    def add(n):
        factories.member_of(group)
        factories.ReportedCostFactory(line=line, total=Decimal(n))
        factories.ActivityFactory(project=project, position=20 + n, number=str(20 + n))
        session = factories.SessionFactory(
            project=project,
            activity=activity,
            school=group.school,
            group=group,
            starts_at=time(8 + n),
            ends_at=time(9 + n),
        )
        file = storage.put([str(n).encode()], name=f"{n}.pdf", media_type="application/pdf", by=None, at=NOON)
        Evidence.objects.create(
            project=project, session=session, school=group.school, kind="photo", file=file, added_at=NOON
        )
        factories.school_of(project)

    add(1)
    client.get(url(project, tab))
    one = count()
    add(2)
    add(3)
    assert count() == one
