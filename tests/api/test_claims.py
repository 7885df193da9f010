"""Claims through the API: begun, filled, sent and read, with the same refusals as on the pages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from budgets.models import Claim, LineFact
from core.models import AuditEvent
from tests import factories
from tests.api.conftest import TODAY

URL = "/api/v1/"
PERIOD = {"kind": "interim", "from": "2026-01-01", "to": "2026-09-30"}
DECLARED = ["true", "once", "kept"]


@pytest.fixture
def program(api, people):
    """A program of the partner's finance with the scope of money."""
    return api(people["finance"], "money")


@pytest.fixture
def paid(line):
    parts = {"eu_part": Decimal("850.00"), "national_part": Decimal("100.00"), "own_part": Decimal("50.00")}
    return factories.ReportedCostFactory(line=line, paid_on=date(2026, 2, 3), **parts)


def begin(client, project, key="", **more):
    headers = {"idempotency-key": key} if key else {}
    body = PERIOD | {"project": project.number} | more
    return client.post(f"{URL}claims/", body, format="json", headers=headers)


def test_a_claim_is_begun_filled_sent_and_read(program, api, people, project, paid):
    begun = begin(program, project)
    assert begun.status_code == 201
    url = begun["Location"]
    told = begun.json()
    assert (told["state"], told["version"], told["clock"]) == ("draft", 1, None)
    assert any(each["blocks"] for each in told["findings"])
    facts = {"costs": [str(paid.key)], "results": "Two clubs ran.", "declarations": DECLARED}
    filled = program.patch(url, {"version": 1} | facts, format="json")
    assert filled.status_code == 200
    told = filled.json()
    (row,) = told["lines"]
    assert (row["cost"], row["claimed"], row["eligible"]) == (str(paid.key), "1000.00", None)
    assert [each["blocks"] for each in told["findings"]] == [False] * len(told["findings"])
    late = program.patch(url, {"version": 1, "results": "Three clubs ran."}, format="json")
    assert (late.status_code, late.json()["type"].partition("#")[2]) == (409, "changed-meanwhile")

    send = f"{url}send/"
    without = program.post(send, {"version": told["version"]}, format="json")
    assert without.status_code == 409
    assert any(error["pointer"].startswith("/reasons/") for error in without.json()["errors"])
    assert not LineFact.objects.exists()
    reasons = {each["check"]: "On paper." for each in told["findings"]}
    sent = program.post(send, {"version": told["version"], "reasons": reasons}, format="json")
    assert sent.status_code == 200, sent.content
    told = sent.json()
    assert (told["state"], told["received_on"], told["findings"]) == ("submitted", str(TODAY.date()), [])
    assert told["clock"]["due_on"] == "2026-12-20"
    declared = next(each for each in told["amounts"] if each["step"] == "declared")
    assert (declared["total"], declared["eu_part"]) == ("1000.00", "850.00")
    assert program.post(send, {"version": told["version"], "reasons": reasons}, format="json").status_code == 409
    seen = api(people["officer"], "read").get(f"{URL}claims/?project={project.number}&state=submitted").json()
    assert [row["number"] for row in seen["results"]] == [1]
    event = AuditEvent.objects.filter(action="claim.moved").get()
    assert (event.origin, event.by_key) == ("api", people["finance"].key)


def test_a_repeat_with_the_same_key_begins_nothing_new(program, project):
    first, again = (begin(program, project, key="a-1") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["key"] == again.json()["key"]
    assert Claim.objects.count() == 1
    other = begin(program, project, key="a-1", to="2026-08-31")
    assert (other.status_code, Claim.objects.count()) == (422, 1)


def test_what_is_wrong_is_said_beside_its_name_and_nothing_is_stored(program, project, paid):
    assert begin(program, project, to="2025-12-31").json()["errors"][0]["pointer"] == "/to"
    assert begin(program, project, kind="advance").json()["errors"][0]["pointer"] == "/advance"
    assert begin(program, project, from_="2026-01-01").status_code == 422
    url = begin(program, project).json()["key"]
    elsewhere = factories.ReportedCostFactory(line=factories.BudgetLineFactory(contract=factories.ContractFactory()))
    body = {"version": 1, "results": "x", "costs": [str(paid.key), str(elsewhere.key)]}
    wrong = program.patch(f"{URL}claims/{url}/", body, format="json")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/costs/1")
    claim = Claim.objects.get()
    assert (claim.version, claim.results, claim.lines.count()) == (1, "", 0)


def test_the_budget_of_each_version_is_read_as_it_was(api, people, project, line):
    client = api(people["auditor"], "read")
    told = client.get(f"{URL}projects/{project.number}/budget/").json()
    assert (told["version"], told["total"], [row["code"] for row in told["lines"]]) == (1, "100000.00", [line.code])
    assert told["lines"][0]["total"] == "10000.00"
    assert client.get(f"{URL}projects/{project.number}/budget/?version=2").status_code == 404
