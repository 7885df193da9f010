"""Months that programs read and ask for, and that only a person opens."""

from __future__ import annotations

from datetime import date

import pytest

from activities import actions
from activities.models import LockException, LockRequest
from core.models import AuditEvent, OutgoingMail
from tests import factories
from tests.api.conftest import TODAY
from tests.api.test_writing import URL, errors


@pytest.fixture
def url(project, group):
    project.programme.late_days = 10
    project.programme.save()
    return f"{URL}projects/{project.number}/periods/"


@pytest.fixture
def ask(school):
    return {"school": str(school.key), "month": "2026-03-16", "because": "The lists came late."}


def state_of(told: dict, school, month: str) -> str:
    (row,) = [row for row in told["periods"] if (row["school"], row["month"]) == (str(school.key), month)]
    return row["state"]


def test_the_months_of_each_school_and_what_was_opened(api, people, url, school, session, project):
    client = api(people["client"])
    told = client.get(f"{url}?to=2026-03-31").json()
    assert len(told["periods"]) == 6 * len({row["school"] for row in told["periods"]})
    (march,) = [row for row in told["periods"] if row["month"] == "2026-03-01" and row["school"] == str(school.key)]
    assert march == {
        "month": "2026-03-01", "school": str(school.key), "state": "locked", "closes_on": "2026-04-10", "unmarked": 1,
    }  # fmt: skip
    assert (told["late_days"], told["exceptions"], told["asked"]) == (10, [], [])
    assert state_of(client.get(url).json(), school, "2026-10-01") == "open"
    actions.open_again(
        project=project, month=date(2026, 3, 1), school=school, because="Flu", until_on=TODAY.date(),
        by=people["officer"], at=TODAY,
    )  # fmt: skip
    told = client.get(f"{url}?to=2026-03-31").json()
    assert [(row["month"], row["school"]) for row in told["exceptions"]] == [("2026-03-01", str(school.key))]
    other = factories.UserFactory()
    elsewhere = factories.school_of(project)
    other.memberships.create(role="coordinator", project=project, organisation=elsewhere)
    hers = api(other).get(f"{url}?to=2026-03-31").json()
    assert {row["school"] for row in hers["periods"]} == {str(elsewhere.key)}
    assert hers["exceptions"] == []
    assert api(people["stranger"]).get(url).status_code == 404
    assert api(people["finance"]).get(url).status_code == 403


def test_a_school_asks_once(api, people, url, ask, school):
    client = api(people["coordinator"])
    asked = client.post(f"{url}ask/", ask, format="json", headers={"idempotency-key": "p-1"})
    assert (asked.status_code, asked.json()["month"]) == (200, "2026-03-01")
    assert client.post(f"{url}ask/", ask | {"because": "Again."}, format="json").json() == asked.json()
    assert client.get(url).json()["asked"] == [asked.json()]
    event = AuditEvent.objects.get(action="period.asked", origin="api")
    assert (event.by_key, event.note) == (people["coordinator"].key, "The lists came late.")
    assert LockRequest.objects.count() == OutgoingMail.objects.count() == 1
    open_ = client.post(f"{url}ask/", ask | {"month": "2026-10-01"}, format="json")
    assert set(errors(open_, 409)) == {"/month"}


def test_only_who_enters_sessions_there_asks(api, people, url, ask, project):
    assert api(people["auditor"]).post(f"{url}ask/", ask, format="json").status_code == 403
    assert api(people["stranger"]).post(f"{url}ask/", ask, format="json").status_code == 404
    elsewhere = factories.school_of(factories.ContractFactory(project__programme=project.programme).project)
    foreign = api(people["admin"]).post(f"{url}ask/", ask | {"school": str(elsewhere.key)}, format="json")
    assert set(errors(foreign)) == {"/school"}
    assert not LockRequest.objects.exists()


@pytest.mark.parametrize("what", ["open", "decline", "take-back"])
def test_no_program_opens_declines_or_takes_back(what, api, people, url, ask):
    for who in ("admin", "officer", "client"):
        refused = api(people[who]).post(f"{url}{what}/", ask, format="json")
        assert refused.status_code == 403
        assert refused.json()["type"].endswith("#person-only")
        assert "Open and locked months" in refused.json()["detail"]
    assert not LockException.objects.exists()
