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
