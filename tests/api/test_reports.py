"""Reports and figures through the API: asked for, looked at, fetched; the same figures as everywhere."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from datetime import date
from decimal import Decimal

import pytest

from core.models import AuditEvent
from reports import actions
from reports.api import SEEN_WITH
from reports.columns.progress import TABLES
from reports.figures import progress
from reports.models import Report
from reports.tables import KINDS
from tests import factories
from tests.api.conftest import TODAY
from tests.conftest import path_of

URL = "/api/v1/"
PERIOD = {"from": "2026-01-01", "to": "2026-03-31"}


@pytest.fixture
def question(project):
    return {"kind": "progress", "project": project.number, **PERIOD, "language": "bg"}


class TestAsking:
    def test_202_with_a_place_to_look(self, api, people, question, woken, project):
        client = api(people["client"], "reports")
        response = client.post(URL + "reports/", question, format="json")
        assert response.status_code == 202
        made = Report.objects.get()
        told = response.json()
        assert response["Location"] == told["links"]["self"] == f"http://testserver{URL}reports/{made.key}/"
        assert response["Retry-After"]
        assert (told["state"], told["step"], told["steps"], told["files"]) == ("queued", 0, 6, [])
        assert (told["project"], told["from"], told["to"], told["language"]) == (
            project.number, "2026-01-01", "2026-03-31", "bg",
        )  # fmt: skip
        assert set(told["links"]) == {"self", "page", "cancel"}
        assert (made.asked_by, made.from_on, made.asked_at) == (people["client"], date(2026, 1, 1), TODAY)
        assert woken == {made.key: 1}
        assert client.get(told["links"]["self"]).json() == told

    def test_the_same_question_again_leads_to_the_same_report(self, api, people, question, woken):
        client = api(people["client"])
        first = client.post(URL + "reports/", question, format="json")
        again = client.post(URL + "reports/", question, format="json")
        assert again.status_code == 200
        assert again["Location"] == first["Location"]
        assert Report.objects.count() == 1
        assert sum(woken.values()) == 1
        other = client.post(URL + "reports/", question | {"language": "lv"}, format="json")
        assert other.status_code == 202

    @pytest.mark.parametrize(
        ("wrong", "pointer"),
        [
            ({"project": "BG-NONE"}, "/project"),
            ({"project": 1}, "/project"),
            ({"project": ""}, "/project"),
            ({"project": "x" * 61}, "/project"),
            ({"project": ["a"]}, "/project"),
            ({"kind": "final"}, "/kind"),
            ({"kind": None}, "/kind"),
            ({"language": "de"}, "/language"),
            ({"language": {"en": 1}}, "/language"),
            ({"from": "01.01.2026"}, "/from"),
            ({"from": 2026}, "/from"),
            ({"from": "2026-04-01"}, "/to"),
            ({"from": "2025-12-08"}, "/from"),
            ({"to": "2028-12-10"}, "/to"),
            ({"to": "9999-12-31"}, "/to"),
            ({"from_": "2026-01-01"}, "/from_"),
        ],
    )
    def test_what_is_wrong_is_told_beside_its_field(self, wrong, pointer, api, people, question, woken):
        response = api(people["client"]).post(URL + "reports/", question | wrong, format="json")
        assert response.status_code == 422
        assert pointer in [error["pointer"] for error in response.json()["errors"]]
        assert not Report.objects.exists()
        assert not woken

    def test_an_unknown_project_is_named(self, api, people, question):
        response = api(people["client"]).post(URL + "reports/", question | {"project": "BG-NONE"}, format="json")
        (error,) = response.json()["errors"]
        assert error == {"pointer": "/project", "detail": "There is no project “BG-NONE”. Check the number."}

    def test_everything_missing_is_told_at_once(self, api, people):
        response = api(people["client"]).post(URL + "reports/", {}, format="json")
        assert {error["pointer"] for error in response.json()["errors"]} == {
            "/kind", "/project", "/from", "/to", "/language",
        }  # fmt: skip

    def test_cancelled_and_tried_again(self, api, people, question, woken):
        client = api(people["officer"])
        links = client.post(URL + "reports/", question, format="json").json()["links"]
        cancelled = client.post(links["cancel"])
        assert cancelled.status_code == 200
        assert cancelled.json()["state"] == "cancelled"
        links = cancelled.json()["links"]
        assert set(links) == {"self", "page", "retry"}
        again = client.post(links["retry"])
        assert again.status_code == 202
        assert again["Location"] == links["self"]
        assert again.json()["state"] == "queued"
        assert set(woken.values()) == {2}
        assert client.post(links["retry"]).status_code == 409
        assert Report.objects.get().state == "queued"

    def test_stage_and_step_while_it_is_made(self, api, people, report):
        actions.claim(report.pk, at=TODAY)
        Report.objects.update(stage=Report.Stage.PDF)
        told = api(people["officer"]).get(f"{URL}reports/{report.key}/?language=en").json()
        assert (told["state"], told["stage"], told["step"], told["steps"]) == ("running", "pdf", 3, 6)
        assert told["stage_text"] == "laying out the PDF"
        assert "retry" not in told["links"]

    def test_a_failed_one_says_why_and_how_to_go_on(self, api, people, report):
        actions.fail(actions.claim(report.pk, at=TODAY), "Something went wrong while the report was made.", at=TODAY)
        told = api(people["officer"]).get(f"{URL}reports/{report.key}/").json()
        assert told["state"] == "failed"
        assert told["failure"] == "Something went wrong while the report was made."
        assert set(told["links"]) == {"self", "page", "retry"}

    def test_a_done_one_is_final(self, api, people, done):
        client = api(people["officer"])
        told = client.get(f"{URL}reports/{done.key}/").json()
        assert (told["state"], told["step"]) == ("done", told["steps"])
        assert set(told["links"]) == {"self", "page", "files"}
        for move in ("cancel", "retry"):
            assert client.post(f"{URL}reports/{done.key}/{move}/").status_code == 409
        done.refresh_from_db()
        assert done.state == "done"


class TestFiles:
    def test_fetched_with_its_hash_and_recorded(self, api, people, done):
        client = api(people["auditor"], "reports")
        (told,) = client.get(f"{URL}reports/{done.key}/").json()["files"]
        response = client.get(told["url"], headers={"accept": "text/csv"})
        content = b"".join(response.streaming_content)
        assert content == b"a,b\n"
        digest = hashlib.sha256(content).hexdigest()
        assert told["sha256"] == digest
        assert told["size"] == len(content)
        assert response["ETag"] == f'"{digest}"'
        assert b64decode(response["Repr-Digest"].split(":")[1]).hex() == digest
        assert response["Content-Disposition"] == 'attachment; filename="figures.csv"'
        event = AuditEvent.objects.get(action="report.downloaded")
        assert (event.by_key, event.after["sha256"]) == (people["auditor"].key, digest)

    def test_who_has_the_bytes_does_not_get_them_again(self, api, people, done):
        client, address = api(people["auditor"]), f"{URL}reports/{done.key}/files/0/"
        etag = client.get(address)["ETag"]
        assert client.get(address, headers={"if-none-match": etag}).status_code == 304
        assert AuditEvent.objects.filter(action="report.downloaded").count() == 1

    def test_a_look_at_the_head_is_no_download(self, api, people, done):
        response = api(people["auditor"]).head(f"{URL}reports/{done.key}/files/0/")
        assert response["ETag"] == f'"{done.files.get().file.sha256}"'
        assert not AuditEvent.objects.filter(action="report.downloaded").exists()

    @pytest.mark.parametrize("position", ["1", "32768", "9" * 30, "-1", "a", "0x"])
    def test_a_file_that_is_not_there(self, position, api, people, done):
        assert api(people["auditor"]).get(f"{URL}reports/{done.key}/files/{position}/").status_code == 404

    def test_altered_bytes_are_not_handed_out(self, api, people, done):
        file = done.files.get().file
        path_of(file).chmod(0o600)
        path_of(file).write_bytes(b"x,b\n")
        response = api(people["auditor"]).get(f"{URL}reports/{done.key}/files/0/")
        assert response.status_code == 500
        assert response.json()["type"].endswith("#damaged-file")
        assert not AuditEvent.objects.filter(action="report.downloaded").exists()
        assert AuditEvent.objects.filter(action="report.damaged").exists()


@pytest.fixture
def filled(project, activity, group, line):
    """Sessions, marks, people and money, also in the quarter before."""
    from beneficiaries.models import Result

    for on, mark in ((date(2026, 1, 20), "here"), (date(2026, 3, 3), "absent"), (date(2026, 4, 7), "here")):
        held = factories.SessionFactory(
            project=project, activity=activity, school=group.school, group=group, on=on, state="held"
        )
        for gender in ("F", "M", "N"):
            person = factories.member_of(group, gender=gender, entered_on=min(on, date(2026, 3, 1)))
            factories.attended(held, person, mark)
    left = factories.member_of(group, left_on=date(2026, 3, 20))
    Result.objects.create(participation=left, kind="qualification", seen_on=date(2026, 3, 21))
    factories.participation(project, group.school, labour_status="")
    for day, total in ((date(2026, 1, 5), "1234.56"), (date(2026, 3, 31), "-34.56"), (date(2026, 4, 1), "99.99")):
        factories.ReportedCostFactory(line=line, reported_on=day, total=Decimal(total))
    return project


class TestFigures:
    @pytest.mark.parametrize("language", ["en", "bg", "lv"])
    def test_the_tables_are_those_of_the_report(self, language, api, people, filled):
        expected = progress(filled, date(2026, 1, 1), date(2026, 3, 31), language)
        client = api(people["officer"])
        told = client.get(f"{URL}projects/{filled.number}/tables/", PERIOD | {"language": language}).json()
        assert {key: {"rows": t["rows"], "total": t["total"]} for key, t in told["tables"].items()} == (
            expected.encoded_tables()
        )
        assert told["language"] == language
        for key, table in told["tables"].items():
            assert [c["key"] for c in table["columns"]] == [c.key for c in KINDS[key].columns]
        one = client.get(f"{URL}projects/{filled.number}/indicators/", PERIOD | {"language": language}).json()
        assert one["tables"] == {"indicators": told["tables"]["indicators"]}
        assert one["incomplete"] == {
            "period": expected.people.incomplete_period, "to_date": expected.people.incomplete_to_date,
        }  # fmt: skip
        assert one["incomplete"]["to_date"] == 1

    def test_the_money_is_that_of_the_pages(self, api, people, filled):
        client = api(people["finance"])
        told = client.get(f"{URL}projects/{filled.number}/money/", {"on": "2026-03-31"}).json()
        expected = progress(filled, date(2026, 1, 1), date(2026, 3, 31), "en")
        assert told == {
            "project": filled.number,
            "on": "2026-03-31",
            "contract": f"{filled.number}-C01",
            "currency": "EUR",
            "original": "100000.00",
            "contracted": "100000.00",
            "reported": "1200.00",
            "paid": "0.00",
            "left": "98800.00",
            "time_gone": str(expected.time_gone),
        }
        assert client.get(f"{URL}projects/{filled.number}/money/").json()["reported"] == "1299.99"

    def test_a_table_shows_to_whom_its_page_opens(self, api, people, filled):
        address = f"{URL}projects/{filled.number}/tables/"
        money = {"money_sources", "money_activities", "months", "costs"}
        everything = {kind.key for kind in TABLES}
        assert everything <= set(SEEN_WITH)
        assert set(api(people["officer"]).get(address, PERIOD).json()["tables"]) == everything
        assert set(api(people["coordinator"]).get(address, PERIOD).json()["tables"]) == everything - money
        assert set(api(people["finance"]).get(address, PERIOD).json()["tables"]) == money | {"evidence"}
        assert api(people["officer"], "participants").get(address, PERIOD).json()["tables"] == {}

    def test_a_programme_without_esf_indicators_has_none(self, api, people, filled):
        filled.programme.counts_esf_indicators = False
        filled.programme.save()
        client = api(people["officer"])
        assert client.get(f"{URL}projects/{filled.number}/indicators/", PERIOD).status_code == 404
        assert "indicators" not in client.get(f"{URL}projects/{filled.number}/tables/", PERIOD).json()["tables"]

    @pytest.mark.parametrize(
        ("query", "parameters"),
        [
            ({}, {"from", "to"}),
            ({"from": "2026-01-01"}, {"to"}),
            ({"from": "2026-04-01", "to": "2026-03-31"}, {"to"}),
            ({"from": "x", "to": "9999-12-31"}, {"from", "to"}),
            ({**PERIOD, "language": "xx"}, {"language"}),
            ({**PERIOD, "until": "x"}, {"until"}),
        ],
    )
    @pytest.mark.parametrize("table", ["indicators", "tables"])
    def test_a_wrong_period_is_told(self, table, query, parameters, api, people, project):
        response = api(people["officer"]).get(f"{URL}projects/{project.number}/{table}/", query)
        assert response.status_code == 422
        assert {error["parameter"] for error in response.json()["errors"]} == parameters

    def test_the_longest_period_is_answered(self, api, people, filled):
        query = {"from": "1900-01-01", "to": "2199-12-31"}
        assert api(people["officer"]).get(f"{URL}projects/{filled.number}/tables/", query).status_code == 200
