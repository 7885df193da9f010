"""Deliverables through the API: delivered with proof by the school's side, decided by an officer, as on the page."""

from __future__ import annotations

from base64 import b64encode

import pytest

from activities.models import Evidence
from budgets.models import Deliverable
from tests import factories

FILE = {"name": "map.pdf", "content": b64encode(b"%PDF-1.7 map").decode()}


@pytest.fixture
def deliverable(project, activity):
    contract = project.contracts.get()
    factories.BudgetLineFactory(contract=contract, activity=activity, code="WP1", form="lump")
    return Deliverable.objects.create(project=project, line="WP1", name={"en": "Map"}, due_on="2026-08-31")


def test_it_is_delivered_and_another_person_decides(api, people, deliverable):
    url = f"/api/v1/deliverables/{deliverable.key}/"
    finance, officer = api(people["finance"], "money"), api(people["officer"], "money")
    bare = finance.post(f"{url}deliver/", {"version": 1}, format="json")
    assert (bare.status_code, deliverable.papers.count()) == (409, 0)
    told = finance.post(f"{url}deliver/", {"version": 1, "files": [FILE]}, format="json")
    assert (told.status_code, told.json()["state"], told.json()["version"]) == (200, "delivered", 2)
    assert Evidence.objects.get().deliverables.get() == deliverable
    assert finance.post(f"{url}deliver/", {"version": 1, "files": [FILE]}, format="json").status_code == 409

    assert officer.post(f"{url}decide/", {"version": 2, "done": False}, format="json").status_code == 409  # no reason
    done = officer.post(f"{url}decide/", {"version": 2, "done": True}, format="json")
    assert (done.status_code, done.json()["state"]) == (200, "done")


@pytest.mark.parametrize(
    ("who", "scope", "code"),
    [("client", "money", 403), ("coordinator", "money", 403), ("officer", "read", 403), ("stranger", "money", 404)],
)
def test_others_do_not_decide_and_are_told_why(who, scope, code, api, people, deliverable):
    Deliverable.objects.update(state="delivered")
    client = api(people[who], scope)
    refused = client.post(
        f"/api/v1/deliverables/{deliverable.key}/decide/", {"version": 1, "done": True}, format="json"
    )
    assert refused.status_code == code
    assert refused.json()["detail"]
    assert Deliverable.objects.get().state == "delivered"


def test_whoever_delivered_does_not_decide(api, people, deliverable):
    admin = api(people["admin"], "money")
    url = f"/api/v1/deliverables/{deliverable.key}/"
    admin.post(f"{url}deliver/", {"version": 1, "files": [FILE]}, format="json")
    own = admin.post(f"{url}decide/", {"version": 2, "done": True}, format="json")
    assert own.status_code == 409
    assert "Another person decides" in str(own.json())
