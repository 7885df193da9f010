"""Reports that are due, through the API: read, written in and submitted as on the page."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from core.access import Refused
from reports import actions
from reports.models import Filing, Report, Section
from tests.conftest import NOON


@pytest.fixture
def filing(project, activity, people):
    return actions.add_filing(
        project, kind="interim", from_on=date(2026, 1, 1), to_on=date(2026, 3, 31), due_on=date(2026, 4, 30),
        by=people["officer"], at=NOON,
    )  # fmt: skip


def section(text: str, activity: str = "") -> dict:
    return {"activity": activity, "text": text}


def test_it_is_written_submitted_returned_and_submitted_again(api, people, filing, activity, woken):
    client, url = api(people["coordinator"], "reports"), f"/api/v1/due-reports/{filing.key}/"
    empty = client.get(url).json()
    assert (empty["state"], empty["due_on"], [each["text"] for each in empty["sections"]]) == (
        "planned", "2026-04-30", ["", ""],
    )  # fmt: skip
    assert len(empty["missing"]) == 1
    early = client.post(f"{url}submit/", {"version": empty["version"]}, format="json")
    assert (early.status_code, Report.objects.count()) == (409, 0)

    texts = [section("We began."), section("Six pupils.", activity=activity.number)]
    told = client.patch(url, {"sections": texts}, format="json").json()
    assert ([each["text"] for each in told["sections"]], told["missing"]) == (["We began.", "Six pupils."], [])
    sent = client.post(f"{url}submit/", {"version": told["version"]}, format="json").json()
    (made,) = sent["submissions"]
    assert (sent["state"], made["approved"], list(woken)) == ("submitted", None, [Report.objects.get().key])
    assert made["report"] == str(Report.objects.get().key)
    assert client.patch(url, {"sections": texts}, format="json").status_code == 409

    filing.refresh_from_db()
    actions.decide(
        filing, approve=False, remarks={activity.number: "How many parents?"}, version=filing.version,
        by=people["officer"], at=NOON,
    )  # fmt: skip
    back = client.get(url).json()
    assert [each["remark"] for each in back["sections"]] == ["", "How many parents?"]
    assert (back["submissions"][0]["approved"], len(back["missing"])) == (False, 1)


def test_what_somebody_else_wrote_meanwhile_is_not_lost(api, people, filing):
    client, url = api(people["coordinator"]), f"/api/v1/due-reports/{filing.key}/"
    tag = client.get(url)["ETag"]
    actions.write(filing, {"": "Theirs."}, seen={}, by=people["admin"], at=NOON)
    late = client.patch(url, {"sections": [section("Mine.")]}, format="json", headers={"if-match": tag})
    assert (late.status_code, late.json()["current"]["sections"][0]["text"]) == (412, "Theirs.")
    assert [each.text for each in Section.objects.all()] == ["Theirs."]


@pytest.mark.django_db(transaction=True)
def test_a_report_is_sealed_with_the_figures_of_one_moment(api, people, filing, woken, monkeypatch):
    actions.write(filing, {"": "We began."}, seen={}, by=people["admin"], at=NOON)
    levels = []

    def taken(*_args, **_more):
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_isolation")
            levels.append(cursor.fetchone()[0])
        raise Refused("Not today.")

    monkeypatch.setattr("reports.snapshot.of_filing", taken)
    url = f"/api/v1/due-reports/{filing.key}/submit/"
    assert api(people["coordinator"]).post(url, {"version": 2}, format="json").status_code == 409
    assert levels == ["repeatable read"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 422), ({"sections": "x"}, 422), ({"sections": [{"activity": ""}]}, 422),
        ({"sections": [section("a"), section("b")]}, 422), ({"sections": [section("a", activity="99")]}, 409),
        ({"sections": [section("x" * 10_001)]}, 422),
    ],
)  # fmt: skip
def test_wrong_texts_are_refused_and_nothing_is_written(api, people, filing, body, code):
    told = api(people["coordinator"]).patch(f"/api/v1/due-reports/{filing.key}/", body, format="json")
    assert (told.status_code, Section.objects.exists(), Filing.objects.get().state) == (code, False, "planned")


def test_the_list_is_cut_by_project_state_and_day(api, people, filing, project):
    client = api(people["auditor"])
    for query, n in (("", 1), (f"?project={project.number}&state=planned", 1), ("?due_until=2026-04-29", 0)):
        assert len(client.get(f"/api/v1/due-reports/{query}").json()["results"]) == n


def test_the_schedule_of_a_contract_is_laid_out_once(api, people, project):
    client = api(people["officer"], "reports")
    body = {"project": project.number, "months": 12, "days": 30, "final_days": 60}
    made = client.post("/api/v1/due-reports/schedule/", body, format="json").json()["added"]
    assert [(row["kind"], row["to"], row["due_on"]) for row in made][-1] == ("final", "2028-12-09", "2029-02-07")
    assert client.post("/api/v1/due-reports/schedule/", body, format="json").json()["added"] == []
    assert Filing.objects.count() == len(made) > 1
    missing = client.post("/api/v1/due-reports/schedule/", {"project": project.number}, format="json")
    assert (missing.status_code, {each["pointer"] for each in missing.json()["errors"]}) == (
        409, {"/months", "/days", "/final_days"},
    )  # fmt: skip
    one = {"project": project.number, "kind": "interim", "from": "2026-01-01", "to": "2026-03-31"}
    early = client.post("/api/v1/due-reports/", one | {"due_on": "2026-03-30"}, format="json")
    assert (early.status_code, Filing.objects.count()) == (409, len(made))
    added = client.post("/api/v1/due-reports/", one | {"due_on": "2026-04-30"}, format="json")
    assert (added.status_code, client.get(added["Location"]).json()["due_on"]) == (201, "2026-04-30")
    school = api(people["coordinator"], "reports")
    assert school.post("/api/v1/due-reports/schedule/", body, format="json").status_code == 403


def test_a_report_is_skipped_with_a_reason_that_the_project_reads(api, people, filing):
    client, url = api(people["officer"]), f"/api/v1/due-reports/{filing.key}/"
    assert client.post(f"{url}skip/", {"because": " "}, format="json").status_code == 422
    assert client.post(f"{url}skip/", {"because": "No work yet."}, format="json").json()["state"] == "skipped"
    assert client.post(f"{url}skip/", {"because": "Again."}, format="json").status_code == 409


def test_another_person_than_who_submitted_a_report_decides_on_it(api, people, filing, activity):
    actions.write(filing, {"": "We began."}, seen={}, by=people["admin"], at=NOON)
    filing.refresh_from_db()
    actions.submit(filing, version=filing.version, by=people["admin"], at=NOON)
    url = f"/api/v1/due-reports/{filing.key}/"
    own = api(people["admin"], "reports").post(f"{url}decide/", {"approve": True}, format="json")
    assert (own.status_code, Filing.objects.get().state) == (409, "submitted")
    client = api(people["officer"], "reports")
    silent = client.post(f"{url}decide/", {"approve": False}, format="json")
    assert (silent.status_code, silent.json()["errors"][0]["pointer"]) == (409, "/comment")
    remark = {"activity": activity.number, "text": "How many parents?"}
    back = client.post(f"{url}decide/", {"approve": False, "remarks": [remark]}, format="json").json()
    assert (back["state"], [each["remark"] for each in back["sections"]]) == ("returned", ["", "How many parents?"])
