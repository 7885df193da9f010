"""On-the-spot visits, for programs: as the school reads them."""

from __future__ import annotations

import pytest

from tests.budgets.test_visits import NOTE, found, planned, recorded

pytestmark = pytest.mark.django_db


def test_visits_are_read_without_what_is_for_the_office(api, people, project):
    visit = recorded(planned(project, people["officer"], announced=False), people["officer"])
    planned(project, people["officer"], announced=False)
    found(visit, people["officer"])
    listed = api(people["finance"]).get("/api/v1/visits/", {"project": project.number}).json()
    assert [(row["number"], row["result"]) for row in listed["results"]] == [(1, "Clubs take place.")]
    assert len(api(people["officer"]).get("/api/v1/visits/").json()["results"]) == 1  # no token opens the trail
    answer = api(people["finance"]).get(f"/api/v1/visits/{visit.key}/")
    assert NOTE not in answer.text
    (finding,) = answer.json()["findings"]
    assert (finding["text"], finding["closed"], finding["amount"]) == ("Two lists lack signatures.", False, None)
    assert api(people["stranger"]).get(f"/api/v1/visits/{visit.key}/").status_code == 404
