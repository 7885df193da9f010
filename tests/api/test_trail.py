"""The trail, for programs: the events of its page, nothing more, and what an auditor checks their seals by."""

from __future__ import annotations

import csv
import hashlib
import io
import json

import pytest

from core import audit
from core.audit import FIRST_CHAIN
from core.models import AuditEvent
from tests import factories
from tests.conftest import NOON

URL = "/api/v1/audit-events/"
pytestmark = pytest.mark.django_db


def happened(project, action="session.changed", by=None, **more):
    return audit.record(action, project, by=by, at=NOON, project=project.number, **more)


def numbers(answer) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [row["event"] for row in answer.json()["results"]]


def test_each_reads_what_the_page_of_the_trail_shows_them(api, people, project):
    elsewhere = factories.ProjectFactory(programme=factories.ProgrammeFactory())
    mine, theirs = happened(project), happened(elsewhere)
    nobodys = audit.record("account.signed_in", people["officer"], by=people["officer"], at=NOON)
    for who in ("officer", "auditor"):
        program = api(people[who], "trail")
        found = numbers(program.get(URL))
        assert mine.pk in found
        assert not {theirs.pk, nobodys.pk} & set(found)
        assert program.get(f"{URL}{mine.pk}/").json()["event"] == mine.pk
        assert [program.get(f"{URL}{event.pk}/").status_code for event in (theirs, nobodys)] == [404, 404]
    assert {mine.pk, theirs.pk, nobodys.pk} <= set(numbers(api(people["admin"], "trail").get(URL)))
    for who in ("coordinator", "finance", "client", "stranger"):
        for address in (URL, f"{URL}{mine.pk}/"):
            refused = api(people[who], "trail").get(address)
            assert (refused.status_code, "An administrator can give" in refused.json()["detail"]) == (403, True)
    without = api(people["auditor"], "read").get(URL).json()
    assert (without["type"].rpartition("#")[2], without["scopes"]) == ("missing-scope", ["trail"])
    people["auditor"].memberships.update(from_on="2025-01-01", until_on="2025-12-31")
    assert api(people["auditor"], "trail").get(URL).status_code == 403


def test_reading_the_trail_opens_no_visit_that_is_not_announced(api, people, project):
    from tests.budgets.test_visits import planned

    visit = planned(project, people["officer"], announced=False)
    program = api(people["auditor"], "trail", "read", "money")
    assert visit.pk
    assert program.get("/api/v1/visits/").json()["results"] == []
    assert program.get(f"/api/v1/visits/{visit.key}/").status_code == 404
    assert program.get("/api/v1/changes/visits/").json()["results"] == []


def test_the_filters_are_those_of_the_page(api, people, project):
    one = happened(project, "session.changed", by=people["coordinator"])
    two = happened(project, "cost.reported", by=people["finance"])
    program = api(people["auditor"], "trail")

    def found(**query):
        return set(numbers(program.get(URL, query)))

    assert found(project=project.number) == {one.pk, two.pk}
    assert found(project="NOTHING") == set()
    assert found(who="coord") == {one.pk}
    assert found(action="cost.reported") == {two.pk}
    assert found(object_key=project.number) == {one.pk, two.pk}
    assert found(**{"from": "2026-03-16", "to": "2026-03-16"}) == {one.pk, two.pk}
    assert found(**{"from": "2026-03-17"}) == found(to="2026-03-15") == set()
    for query in ({"action": "no.such"}, {"from": "31.2.2026"}, {"key": "x"}, {"cursor": "x"}):
        answer = program.get(URL, query)
        assert (answer.status_code, [error["parameter"] for error in answer.json()["errors"]]) == (422, list(query))


def test_pages_hold_nothing_twice_and_lose_nothing_while_more_is_written(api, people, project):
    there = [happened(project).pk for _ in range(7)]
    program = api(people["auditor"], "trail")
    page = program.get(URL, {"page_size": 2, "fields": "event,action"}).json()
    assert list(page["results"][0]) == ["event", "action"]
    read = [row["event"] for row in page["results"]]
    while page["next"]:
        happened(project)
        page = program.get(page["next"]).json()
        read += [row["event"] for row in page["results"]]
    assert read == sorted(there, reverse=True)
    assert program.get(page["previous"]).json()["results"][-1]["event"] == read[-2]


def test_a_whole_table_is_taken_away_and_that_is_written_down(api, people, project):
    happened(project, before={"topic": "Chess"}, after={"topic": "=1+1", "marks": {"T-1": "here"}})
    happened(project, "cost.reported")
    program = api(people["auditor"], "trail")
    for kind in ("application/x-ndjson", "text/csv"):
        answer = program.get(URL, {"action": "session.changed"}, headers={"accept": kind})
        text = b"".join(answer.streaming_content).decode()
        rows = (
            [json.loads(line) for line in text.splitlines()]
            if "json" in kind
            else list(csv.DictReader(io.StringIO(text)))
        )
        (row,) = rows
        after = row["after"] if "json" in kind else json.loads(row["after"])
        assert (row["action"], after) == ("session.changed", {"topic": "=1+1", "marks": {"T-1": "here"}})
    exported = AuditEvent.objects.filter(action="trail.exported", origin="api")
    assert [(event.by_key, event.after) for event in exported] == [
        (people["auditor"].key, {"action": "session.changed"})
    ] * 2
    tag = program.get(URL)["ETag"]
    assert program.get(URL, headers={"if-none-match": tag}).status_code == 304
    assert exported.count() == 2


def test_an_auditor_can_check_seal_and_chain(api, people, project):
    happened(project, by=people["coordinator"], before={"topic": "Chess"}, after={"topic": "Рисуване"}, note="„x“")
    happened(project)
    audit.seal(NOON)
    late = happened(project)
    program = api(people["auditor"], "trail")
    assert program.get(f"{URL}{late.pk}/").json()["sealed_as"] is None
    for event in numbers(program.get(URL))[1:]:
        row = program.get(f"{URL}{event}/").json()
        told = {
            "id": row["event"], "at": row["at"].replace("Z", "+00:00"), "by": [str(row["who_key"]), row["who"]],
            "origin": row["through"], "action": row["action"],
            "object": [row["kind"], row["object_key"], row["project"]], "before": row["before"], "after": row["after"],
            "note": row["note"],
        }  # fmt: skip
        digest = hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        assert row["digest"] == digest
        assert row["chain"] == hashlib.sha256(f"{row['chain_before']}{digest}".encode()).hexdigest()
    first = AuditEvent.objects.get(seal__position=1)
    assert api(people["admin"]).get(f"{URL}{first.pk}/").json()["chain_before"] == FIRST_CHAIN
    assert row["what"] == "Session changed"


def test_names_of_participants_do_not_stand_in_it(api, people, project, group):
    clerk = api(people["client"])
    body = {
        "project": project.number, "school": str(group.school.key), "given_name": "Тайна", "family_name": "Скритова",
        "entered_on": "2026-03-02",
    }  # fmt: skip
    made = clerk.post("/api/v1/participants/", body, format="json").json()
    clerk.patch(f"/api/v1/participants/{made['key']}/", {"given_name": "Потайна"}, format="json")
    program = api(people["auditor"], "trail")
    whole = program.get(URL).text
    assert made["code"] in whole
    for name in ("Тайна", "Потайна", "Скритова"):
        assert name not in whole


def test_the_number_of_queries_does_not_grow_with_events(api, people, project, django_assert_max_num_queries):
    for _ in range(30):
        happened(project)
    program = api(people["auditor"], "trail")
    program.get(URL)
    with django_assert_max_num_queries(8):
        assert len(numbers(program.get(URL))) == 30
