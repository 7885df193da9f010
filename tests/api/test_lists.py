"""Lists: pages that stay right while rows change, filters, and a number of queries that does not grow with rows."""

from __future__ import annotations

import csv
import tracemalloc
from datetime import date
from io import StringIO

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activities.models import PlannedOutput
from beneficiaries.models import Participation
from budgets.models import Amendment
from core.models import AuditEvent, Code
from projects.models import Call, Programme, Project
from reports.models import Report
from tests import factories

URL = "/api/v1/"


def results(response):
    assert response.status_code == 200, response.content
    return response.json()["results"]


@pytest.fixture
def clubs(project, school):
    return [factories.GroupFactory(project=project, school=school, name=f"Club {n}") for n in range(7)]


class TestPages:
    def test_forwards_and_back_again(self, api, people, clubs):
        client = api(people["client"])
        first = client.get(URL + "groups/", {"page_size": 3}).json()
        second = client.get(first["next"]).json()
        third = client.get(second["next"]).json()
        assert first["previous"] is None
        assert third["next"] is None
        assert [row["name"] for page in (first, second, third) for row in page["results"]] == [c.name for c in clubs]
        back = client.get(third["previous"]).json()
        assert back["results"] == second["results"]
        start = client.get(back["previous"]).json()
        assert start["results"] == first["results"]
        assert start["previous"] is None
        assert client.get(start["next"]).json() == second

    def test_a_row_that_comes_or_goes_shifts_nothing(self, api, people, clubs, project, school):
        client = api(people["client"])
        first = client.get(URL + "groups/", {"page_size": 3}).json()
        clubs[0].delete()
        clubs[3].delete()
        late = factories.GroupFactory(project=project, school=school, name="Late")
        rest = client.get(first["next"]).json()
        assert [row["name"] for row in rest["results"]] == ["Club 4", "Club 5", "Club 6"]
        last = client.get(rest["next"]).json()
        assert [row["name"] for row in last["results"]] == [late.name]

    def test_the_filters_stay_in_the_links(self, api, people, clubs, project):
        client = api(people["client"])
        first = client.get(URL + "groups/", {"page_size": 2, "project": project.number}).json()
        assert f"project={project.number}" in first["next"]
        assert "page_size=2" in first["next"]

    def test_an_empty_list_has_no_links(self, api, people):
        page = api(people["client"]).get(URL + "groups/").json()
        assert page == {"next": None, "previous": None, "results": []}

    def test_reports_come_newest_first(self, api, people, project):
        made = [
            Report.objects.create(
                kind="progress", project=project, from_on="2026-01-01", to_on=date(2026, 1, day), language="en",
                asked_by=people["officer"], asked_at=factories.NOON,
            )
            for day in (10, 11, 12)
        ]  # fmt: skip
        client = api(people["officer"])
        page = client.get(URL + "reports/", {"page_size": 2}).json()
        rest = client.get(page["next"]).json()
        assert [row["key"] for row in page["results"] + rest["results"]] == [str(r.key) for r in reversed(made)]
        assert client.get(rest["previous"]).json()["results"] == page["results"]

    @pytest.mark.parametrize("size", ["abc", "0", "-1", "1001", "1.5", "", "9" * 400, "\x00", "٣x"])
    def test_a_wrong_page_size_is_told(self, size, api, people):
        response = api(people["client"]).get(URL + "groups/", {"page_size": size})
        if size == "":
            assert response.status_code == 200
            return
        assert response.status_code == 422
        (error,) = response.json()["errors"]
        assert error["parameter"] == "page_size"
        assert error["detail"]

    @pytest.mark.parametrize(
        "cursor", ["x", "====", "é", "K2FiYw", "LQ", "Kw", "KwA", "\x00", "K" * 500, "Kzk5OTk5OTk5"]
    )
    @pytest.mark.parametrize("name", ["groups/", "projects/", "programmes/", "codes/", "reports/"])
    def test_a_cursor_of_another_list_is_told(self, name, cursor, api, people):
        """Text keys know no wrong place: a cursor such as “+abc” is one of theirs and gives an answer."""
        response = api(people["officer"]).get(URL + name, {"cursor": cursor})
        by_text = name in ("projects/", "programmes/", "codes/") and cursor in ("K2FiYw", "LQ", "Kw", "Kzk5OTk5OTk5")
        assert response.status_code == (200 if by_text else 422)
        if not by_text:
            assert [error["parameter"] for error in response.json()["errors"]] == ["cursor"]


class TestParameters:
    def test_a_slip_in_a_name_does_not_open_the_whole_list(self, api, people, participant):
        response = api(people["client"]).get(URL + "participants/", {"shcool": "x"})
        assert response.status_code == 422
        (error,) = response.json()["errors"]
        assert error["parameter"] == "shcool"
        assert "school" in error["detail"]

    def test_the_same_name_twice_is_told(self, api, people):
        response = api(people["client"]).get(URL + "sessions/?state=held&state=planned")
        assert response.json()["errors"][0]["parameter"] == "state"

    @pytest.mark.parametrize(
        ("name", "query", "parameter"),
        [
            ("sessions/", {"from": "31.02.2026"}, "from"),
            ("sessions/", {"from": "0001-01-01"}, "from"),
            ("sessions/", {"to": "2026-02-30"}, "to"),
            ("sessions/", {"state": "gone"}, "state"),
            ("sessions/", {"project": "BG-NONE"}, "project"),
            ("sessions/", {"project": "a\x00b"}, "project"),
            ("sessions/", {"group": "17"}, "group"),
            ("sessions/", {"group": "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0e"}, "group"),
            ("groups/", {"school": "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0e"}, "school"),
            ("participants/", {"complete": "perhaps"}, "complete"),
            ("participants/", {"code": "x" * 50}, "code"),
            ("organisations/", {"kind": "circus"}, "kind"),
            ("projects/", {"programme": "NONE"}, "programme"),
            ("projects/", {"q": "\x00"}, "q"),
            ("projects/", {"language": "xx"}, "language"),
            ("reported-costs/", {"from": "tomorrow"}, "from"),
            ("codes/nuts/", {"parent": "\x00"}, "parent"),
        ],
    )
    def test_a_wrong_value_is_told_beside_its_name(self, name, query, parameter, api, people):
        response = api(people["client"]).get(URL + name, query)
        assert response.status_code == 422, response.content
        assert [error["parameter"] for error in response.json()["errors"]] == [parameter]

    def test_a_project_that_is_not_for_me_is_as_unknown_as_none(self, api, people):
        hidden = Project.objects.exclude(programme__members__user=people["officer"]).first()
        answers = [
            api(people["officer"]).get(URL + "sessions/", {"project": number}).json()["errors"][0]["detail"]
            for number in (hidden.number, "NO-SUCH-1")
        ]
        assert answers[0] == answers[1].replace("NO-SUCH-1", hidden.number)


class TestFilters:
    def test_sessions(self, api, people, session, group, activity, school):
        later = factories.SessionFactory(
            project=group.project, activity=activity, school=school, group=group, on=date(2026, 4, 1), state="held"
        )
        client = api(people["client"])

        def found(**query):
            return [row["key"] for row in results(client.get(URL + "sessions/", query))]

        both = [str(session.key), str(later.key)]
        assert found() == both
        assert found(**{"from": "2026-04-01"}) == both[1:]
        assert found(to="2026-03-31") == both[:1]
        assert found(state="held") == both[1:]
        assert found(group=group.key, school=school.key, project=group.project.number) == both

    def test_participants(self, api, people, group):
        here = factories.member_of(group)
        unknown = factories.participation(group.project, group.school, labour_status="", entered_on=date(2026, 3, 1))
        client = api(people["client"])

        def found(**query):
            return {row["code"] for row in results(client.get(URL + "participants/", query))}

        codes = {here.person.code, unknown.person.code}
        assert found() == codes
        assert found(complete="true") == {here.person.code}
        assert found(complete="false") == {unknown.person.code}
        assert found(group=group.key) == {here.person.code}
        assert found(code=unknown.person.code) == {unknown.person.code}
        assert found(entered_from="2026-02-01") == {unknown.person.code}
        assert found(entered_to="2026-02-01") == {here.person.code}
        assert found(school=group.school.key, project=group.project.number) == codes

    def test_complete_is_what_the_figures_count(self, api, people, project, school):
        for n in range(16):
            missing = {
                "gender": {"gender": ""}, "born_on": {"born_on": None}, "labour_status": {"labour_status": ""},
                "education": {"education": None},
            }  # fmt: skip
            data = {k: v for i, name in enumerate(missing) if n >> i & 1 for k, v in missing[name].items()}
            factories.participation(project, school, **data)
        factories.participation(project, school, education=0)
        rows = results(api(people["client"]).get(URL + "participants/"))
        complete = set(Participation.objects.counted().values_list("person__code", flat=True))
        assert {row["code"] for row in rows if row["complete"]} == complete
        assert (len(rows), len(complete)) == (17, 2)

    def test_projects_by_the_filter_of_the_pages(self, api, people, project):
        call = Call.objects.create(programme=project.programme, code="1.008", name={"en": "A call"})
        project.call = call
        project.title = {"bg": "Заедно успяваме"}
        project.save()
        other = factories.ProjectFactory(programme=project.programme, state="completed")
        client = api(people["officer"])

        def found(**query):
            return [row["number"] for row in results(client.get(URL + "projects/", query))]

        assert found() == sorted([project.number, other.number])
        assert found(q="zaedno uspyavame") == [project.number]
        assert found(call="1.008") == [project.number]
        assert found(state="completed") == [other.number]
        assert found(programme=project.programme.code, country="BG") == sorted([project.number, other.number])

    def test_the_parameters_of_projects_are_those_of_the_filter(self):
        from projects.filters import ProjectFilter
        from projects.serializers import ProjectQuery

        assert set(ProjectQuery().fields) - {"cursor", "page_size", "language", "fields"} == set(
            ProjectFilter.base_filters
        )

    def test_costs(self, api, people, cost, project):
        client = api(people["finance"])
        assert [row["total"] for row in results(client.get(URL + "reported-costs/"))] == ["1000.00"]
        assert results(client.get(URL + "reported-costs/", {"from": "2026-02-21"})) == []
        assert results(client.get(URL + "reported-costs/", {"to": "2026-02-19"})) == []
        assert len(results(client.get(URL + "reported-costs/", {"project": project.number}))) == 1

    def test_organisations(self, api, people, project, school):
        client = api(people["client"])
        keys = {row["key"] for row in results(client.get(URL + "organisations/", {"project": project.number}))}
        assert keys == {str(school.key), str(project.beneficiary.key)}
        (row,) = results(client.get(URL + "organisations/", {"kind": "school"}))
        assert row["key"] == str(school.key)
        strangers = results(api(people["stranger"]).get(URL + "organisations/"))
        assert not keys & {row["key"] for row in strangers}

    def test_codes(self, api, people):
        client = api(people["client"])
        rows = results(client.get(URL + "codes/nuts/", {"parent": "BG"}))
        assert rows
        assert all(row["parent"] == "BG" for row in rows)
        assert client.get(URL + "codes/nonsense/").status_code == 404


def test_the_contract_of_a_list_is_the_one_in_force(api, people, project, monkeypatch):
    from projects.api import rows as door

    first = project.contracts.get()
    for version, begins in ((2, date(2026, 3, 1)), (3, date(2027, 1, 1))):
        factories.ContractFactory(project=project, version=version, in_force_from=begins, total=None,
                                  eu_part=None, national_part=None, own_part=None)  # fmt: skip
    early = factories.ProjectFactory(programme=project.programme)
    factories.ContractFactory(project=early, in_force_from=date(2030, 1, 1))
    none = factories.ProjectFactory(programme=project.programme)
    numbers = [project.number, early.number, none.number]
    for day in (date(2025, 1, 1), date(2025, 12, 9), date(2026, 2, 28), date(2026, 3, 1), date(2028, 1, 1)):
        found = door.contracts_in_force(numbers, day)
        for each in (project, early, none):
            contract = each.contract_on(day)
            assert (found.get(each.number) or {}).get("number") == (contract.number if contract else None), day
    assert first.number == door.contracts_in_force(numbers, date(2026, 1, 1))[project.number]["number"]
    monkeypatch.setattr(door, "localdate", lambda: date(2026, 6, 1))
    rows = results(api(people["officer"]).get(URL + "projects/"))
    assert [row["contract"] and row["contract"]["version"] for row in rows] == [2, 1, None]
    detail = api(people["officer"]).get(f"{URL}projects/{project.number}/").json()
    assert detail["contract"]["version"] == 2
    assert [contract["version"] for contract in detail["contracts"]] == [1, 2, 3]


def test_reading_participants_is_recorded_without_a_name(api, people, participant, project):
    api(people["auditor"]).get(URL + "participants/", {"project": project.number})
    api(people["auditor"]).get(f"{URL}participants/{participant.key}/")
    listed = AuditEvent.objects.get(action="participant.listed")
    assert (listed.by_key, listed.project, listed.origin) == (people["auditor"].key, project.number, "api")
    assert listed.after == {"rows": 1, "asked": ["project"]}
    viewed = AuditEvent.objects.get(action="participant.viewed")
    assert viewed.after == {"code": participant.person.code}


def test_no_answer_holds_a_name_or_a_number_of_the_database(api, people, participant, session, done, cost):
    client = api(people["admin"])
    identity = participant.person.identity
    for name in ("participants/", f"participants/{participant.key}/", f"sessions/{session.key}/attendance/"):
        text = client.get(URL + name).content.decode()
        assert identity.given_name not in text
        assert identity.family_name not in text
    for name in (
        "participants/",
        "sessions/",
        "groups/",
        "activities/",
        "organisations/",
        "reports/",
        "reported-costs/",
        "amendments/",
    ):
        for row in results(client.get(URL + name)):
            assert not {"id", "pk"} & set(row)
            assert not [field for field in row if field.endswith("_id")], name


def one_more_of_everything(project, school, group, activity, people, day: int):
    """A further row in every list."""
    programme = Programme.objects.get(pk=project.programme_id)
    Call.objects.create(programme=programme, code=f"call {day}", name={"en": "Call"})
    other = factories.ProjectFactory(programme=programme)
    factories.ContractFactory(project=other)
    factories.ProgrammeFactory()
    body = factories.school_of(project)
    club = factories.GroupFactory(project=project, school=body)
    more = factories.ActivityFactory(project=project)
    PlannedOutput.objects.create(activity=more, position=1, name={"en": "Clubs"}, counts="sessions", planned=3)
    held = factories.SessionFactory(
        project=project, activity=activity, school=school, group=group, on=date(2026, 2, day)
    )
    factories.attended(held, factories.member_of(group))
    factories.member_of(club)
    line = factories.BudgetLineFactory(contract=project.contracts.get(), activity=more)
    factories.ReportedCostFactory(line=line)
    contract = other.contracts.get()
    Amendment.objects.create(
        project=other, contract=contract, because="b", base={}, draft={}, begun_at=factories.NOON,
        changed_at=factories.NOON,
    )  # fmt: skip
    Report.objects.create(
        kind="progress", project=project, from_on="2026-01-01", to_on=date(2026, 2, day), language="en",
        asked_by=people["officer"], asked_at=factories.NOON,
    )  # fmt: skip


LISTS = [
    "programmes/", "projects/", "activities/", "organisations/", "groups/", "sessions/", "participants/",
    "reported-costs/", "amendments/", "reports/", "codes/", "codes/nuts/",
]  # fmt: skip


def queries_of(client, name: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(URL + name).status_code == 200
    return len(queries)


def test_the_number_of_queries_does_not_grow_with_rows(api, people, project, school, group, activity):
    one_more_of_everything(project, school, group, activity, people, 2)
    client = api(people["officer"])
    client.get(URL + "me/")  # the token notes its first use
    before = {name: queries_of(client, name) for name in LISTS}
    rows = {name: len(results(client.get(URL + name))) for name in LISTS}
    for day in (3, 4):
        one_more_of_everything(project, school, group, activity, people, day)
    for name in LISTS:
        assert queries_of(client, name) == before[name], name
        if not name.startswith("codes"):
            assert len(results(client.get(URL + name))) >= rows[name] + 2, name
    assert max(before.values()) <= 8


def test_the_number_of_queries_of_one_thing_does_not_grow_with_rows(
    api, people, project, school, group, activity, session, participant
):
    one_more_of_everything(project, school, group, activity, people, 2)
    client = api(people["officer"])
    period = "?from=2026-01-01&to=2026-03-31"
    number = f"projects/{project.number}"
    things = [
        f"{number}/", f"{number}/indicators/{period}", f"{number}/tables/{period}", f"{number}/money/",
        f"sessions/{session.key}/attendance/", f"participants/{participant.key}/",
    ]  # fmt: skip
    client.get(URL + "me/")
    before = {thing: queries_of(client, thing) for thing in things}
    for day in (3, 4):
        one_more_of_everything(project, school, group, activity, people, day)
    assert {thing: queries_of(client, thing) for thing in things} == before


def test_a_list_of_1000_goes_in_one_page(api, people, group):
    from beneficiaries.models import Person

    made = Person.objects.bulk_create(Person(code=f"B-{n:05}", gender="M", born_on="2012-01-01") for n in range(1000))
    Participation.objects.bulk_create(
        Participation(
            project=group.project, school=group.school, person=person, entered_on="2026-01-12", labour_status="INE",
            education=1,
        )
        for person in made
    )  # fmt: skip
    page = api(people["client"]).get(URL + "participants/", {"page_size": 1000}).json()
    assert len(page["results"]) == 1000
    assert page["next"] is None
    assert {row["complete"] for row in page["results"]} == {True}


class TestWholeTables:
    def test_they_say_what_the_pages_say(self, api, people, project, session, participant, activity, report):
        """Every list, row by row, as NDJSON and as CSV; and reading participants is recorded with how many."""
        client = api(people["admin"])
        for name in ("sessions", "participants", "projects", "activities", "programmes", "reports", "codes"):
            rows = results(client.get(f"{URL}{name}/?page_size=1000"))
            assert rows, name
            lines = client.get(f"{URL}{name}/", headers={"accept": "application/x-ndjson"})
            assert (lines.status_code, lines["Content-Type"]) == (200, "application/x-ndjson; charset=utf-8")
            assert [orjson.loads(line) for line in lines.getvalue().splitlines()] == rows
            table = client.get(f"{URL}{name}/", headers={"accept": "text/csv"})
            told = list(csv.DictReader(StringIO(table.getvalue().decode())))
            assert [set(row) for row in told] == [set(row) for row in rows]
            for cells, row in zip(told, rows, strict=True):
                for field, value in row.items():
                    read = cells[field] if isinstance(value, str) else orjson.loads(cells[field] or "null")
                    assert read == value, (name, field)
        event = AuditEvent.objects.filter(action="participant.listed").last()
        assert event.after["rows"] == 1

    def test_some_fields_in_their_order_and_no_formula(self, api, people, session):
        type(session).objects.update(topic="=1+1")
        client = api(people["officer"])
        told = client.get(f"{URL}sessions/?fields=topic,hours", headers={"accept": "text/csv"})
        assert told.getvalue().decode() == "topic,hours\r\n'=1+1,1.50\r\n"
        told = client.get(f"{URL}sessions/?fields=hours,topic", headers={"accept": "application/x-ndjson"})
        assert told.getvalue() == b'{"hours":"1.50","topic":"=1+1"}\n'
        one = client.get(f"{URL}sessions/{session.key}/")
        some = client.get(f"{URL}sessions/{session.key}/?fields=hours,topic")
        assert some.content == b'{"hours":"1.50","topic":"=1+1"}'
        assert some["ETag"] != one["ETag"]
        known = {"if-none-match": some["ETag"]}
        assert client.get(f"{URL}sessions/{session.key}/?fields=hours,topic", headers=known).status_code == 304
        for accept, of in (("text/csv", ""), ("application/x-ndjson", ""), ("", ""), ("", f"{session.key}/")):
            wrong = client.get(f"{URL}sessions/{of}?fields=topic,name", headers={"accept": accept or "*/*"})
            assert (wrong.status_code, wrong["Content-Type"]) == (422, "application/problem+json")
            assert wrong.json()["errors"][0]["parameter"] == "fields"
        assert client.get(f"{URL}sessions/{session.key}/", headers={"accept": "text/csv"}).status_code == 406

    def test_some_fields_of_a_page_and_of_what_is_added_to_its_rows(self, api, people, project, group):
        key = factories.member_of(group).key
        told = api(people["admin"]).get(f"{URL}participants/{key}/?fields=results,groups,code").json()
        assert (list(told), told["results"], len(told["groups"])) == (["results", "groups", "code"], [], 1)
        factories.ProjectFactory(programme=project.programme)
        url, numbers = f"{URL}projects/?fields=contract,number&page_size=1", []
        while url:
            page = api(people["admin"]).get(url).json()
            assert [list(row) for row in page["results"]] == [["contract", "number"]]
            numbers += [row["number"] for row in page["results"]]
            url = page["next"]
        assert (len(numbers), project.number in numbers) == (Project.objects.count(), True)

    def test_their_memory_does_not_grow_with_the_rows(self, api, people, codes):
        nuts, client, peaks = Code.objects.filter(list__name="nuts").first().list, api(people["admin"]), []
        for first in (0, 3000):
            Code.objects.bulk_create(
                Code(list=nuts, position=n, code=f"ZZ{n}", name={"en": "x" * 300}) for n in range(first, first + 3000)
            )
            answer = client.get(f"{URL}codes/nuts/", headers={"accept": "application/x-ndjson"})
            tracemalloc.start()
            assert sum(len(block) for block in answer.streaming_content) > (first + 3000) * 300
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peaks[1] < peaks[0] * 1.2
