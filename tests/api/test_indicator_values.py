"""Indicators through the API: the library, typed values and their life, estimates, figures of school years."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from reports.indicators import actions
from reports.indicators.figures import library_of, typed
from reports.indicators.models import Definition, Estimate, SchoolFigure, Target, Value
from tests.conftest import NOON

VALUES = "/api/v1/indicator-values/"
PARTS = [{"gender": "F", "amount": "4"}, {"gender": "U", "amount": "1.50"}]


@pytest.fixture
def trained(programme) -> Definition:
    return actions.add_indicator(
        programme, code="OWN", name={"en": "Teachers trained"}, unit="persons", kind="output", source="typed",
        categories=["gender"], by=None, at=NOON,
    )  # fmt: skip


@pytest.fixture
def sent(project, trained):
    return {
        "project": project.number, "indicator": "OWN", "from": "2026-01-01", "to": "2026-02-28", "parts": PARTS,
    }  # fmt: skip


def total(project) -> Decimal | int | None:
    figure = typed(library_of(project.programme_id), [project.pk], date(2026, 1, 1), date(2026, 12, 31))["OWN"]
    return figure and figure.whole.total


def test_a_value_is_typed_returned_approved_by_another_and_corrected(api, people, project, school, sent):
    client, office = api(people["coordinator"], "read", "reports"), api(people["officer"])
    made = client.post(VALUES, sent | {"school": str(school.key)}, format="json", headers={"idempotency-key": "one"})
    again = client.post(VALUES, sent | {"school": str(school.key)}, format="json", headers={"idempotency-key": "one"})
    assert (made.status_code, made.json()["total"], again.json()) == (201, "5.50", made.json())
    assert (Value.objects.count(), made["Location"]) == (1, f"http://testserver{VALUES}{made.json()['key']}/")
    url, told = made["Location"], made.json()
    assert [part["gender"] for part in told["parts"]] == ["F", "U"]
    assert client.post(VALUES, sent | {"school": str(school.key)}, format="json").status_code == 409  # that period

    tag = client.get(url)["ETag"]
    wrong = client.patch(url, {"parts": [{"age": "0-17", "amount": "1"}]}, format="json", headers={"if-match": tag})
    assert (wrong.status_code, client.get(url)["ETag"]) == (409, tag)
    new = client.patch(url, {"parts": PARTS[:1]}, format="json", headers={"if-match": tag})
    assert (new.json()["total"], new.json()["version"]) == ("4.00", 2)
    late = client.patch(url, {"parts": PARTS}, format="json", headers={"if-match": tag})
    assert (late.status_code, late.json()["current"]["total"]) == (412, "4.00")

    assert client.post(f"{url}send/", {"version": 1}, format="json").status_code == 409
    assert client.post(f"{url}send/", {"version": 2}, format="json").json()["state"] == "submitted"
    assert client.post(f"{url}decide/", {"version": 3, "approve": True}, format="json").status_code == 403
    assert office.post(f"{url}decide/", {"version": 3, "approve": False}, format="json").status_code == 409  # why?
    back = office.post(f"{url}decide/", {"version": 3, "approve": False, "comment": "Lists?"}, format="json").json()
    assert (back["state"], back["steps"][-1]["comment"], total(project)) == ("returned", "Lists?", None)
    assert client.post(f"{url}send/", {"version": 4}, format="json").status_code == 200
    assert office.post(f"{url}decide/", {"version": 5, "approve": True}, format="json").json()["state"] == "approved"
    assert total(project) == 4

    better = client.post(f"{url}correct/", {"version": 6, "because": "Counted again."}, format="json")
    assert (better.status_code, better.json()["corrects"], better.json()["total"]) == (201, told["key"], "4.00")
    client.patch(better["Location"], {"parts": PARTS}, format="json")
    client.post(f"{better['Location']}send/", {"version": 2}, format="json")
    office.post(f"{better['Location']}decide/", {"version": 3, "approve": True}, format="json")
    assert (total(project), client.get(url).json()["state"]) == (Decimal("5.50"), "replaced")
    for query, n in (
        ("", 2),
        ("?state=replaced", 1),
        (f"?project={project.number}&indicator=OWN", 2),
        ("?indicator=X", 0),
    ):
        assert len(client.get(VALUES + query).json()["results"]) == n


def test_nobody_decides_on_a_value_they_typed_themselves(api, people, sent):
    admin = api(people["admin"])
    url = admin.post(VALUES, sent, format="json")["Location"]
    admin.post(f"{url}send/", {"version": 1}, format="json")
    told = admin.post(f"{url}decide/", {"version": 2, "approve": True}, format="json")
    assert (told.status_code, Value.objects.get().state) == (409, "submitted")
    assert "Another person decides" in told.json()["detail"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"indicator": "NONE"}, 422), ({"from": "2026-03-01"}, 409), ({"to": "2026-09-30", "school": "x"}, 422),
        ({"parts": [*PARTS, PARTS[0]]}, 422), ({"parts": [{"gender": "X", "amount": "1"}]}, 422),
        ({"parts": [{"gender": "F", "amount": "-1"}]}, 422), ({"more": 1}, 422),
    ],
)  # fmt: skip
def test_wrong_values_are_refused_and_nothing_is_written(api, people, sent, wrong, code):
    assert api(people["coordinator"]).post(VALUES, sent | wrong, format="json").status_code == code
    assert not Value.objects.exists()


def test_the_library_shows_every_version_and_the_targets_one_may_see(api, people, project, trained, programme):
    for to, value in ((None, 10), (project, 4)):
        Target.objects.create(indicator=trained.indicator, kind="target", on="2026-12-31", value=value, project=to)
    (own,) = api(people["auditor"]).get(f"/api/v1/programmes/{programme.code}/indicators/").json()["indicators"]
    assert (own["code"], [each["version"] for each in own["definitions"]]) == ("OWN", [trained.version])
    assert own["definitions"][0]["categories"] == ["gender"]
    assert [(each["project"], each["value"]) for each in own["targets"]] == [(None, "10.00"), (project.number, "4.00")]


def test_estimates_stand_apart_and_school_years_keep_what_was_there(api, people, project, school, programme):
    actions.add_indicator(
        programme, code="GUESS", name={"en": "Homeless"}, unit="persons", kind="output", source="typed", sensitive=True,
        by=None, at=NOON,
    )  # fmt: skip
    office, url = api(people["officer"]), f"/api/v1/projects/{project.number}/estimates/"
    body = {
        "indicator": "GUESS", "from": "2026-01-01", "to": "2026-02-28", "value": 7, "method": "Sample",
        "basis": "Survey", "estimated_on": "2026-03-01",
    }  # fmt: skip
    assert office.post(url, body, format="json").json()["estimates"][0]["value"] == 7
    assert office.post(url, body | {"method": " "}, format="json").status_code == 422
    assert Estimate.objects.get().by == people["officer"]

    client, url = api(people["coordinator"]), f"/api/v1/organisations/{school.key}/school-years/"
    figures = [
        {"measure": "dropout", "numerator": "4", "denominator": "200"},
        {"measure": "enrolled", "numerator": "9"},
    ]
    done = client.post(url, {"year": 2024, "figures": figures}, format="json").json()["figures"]
    assert [(each["measure"], each["numerator"]) for each in done] == [("dropout", "4.00"), ("enrolled", "9.00")]
    changed = {"year": 2024, "figures": [{"measure": "enrolled", "numerator": "8"}, figures[0] | {"numerator": "5"}]}
    assert client.post(url, changed, format="json").status_code == 409  # without a reason, neither
    assert SchoolFigure.objects.count() == 2
    assert client.post(url, changed | {"because": "Typed twice."}, format="json").status_code == 200
    assert [each["numerator"] for each in client.get(url).json()["figures"]] == ["5.00", "8.00"]
    assert SchoolFigure.objects.filter(replaced=True).count() == 2
