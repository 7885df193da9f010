"""Payments, corrections and payment applications through the API: read to the cent, narrowed as on their pages."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from budgets import actions
from tests import factories
from tests.api.test_writing import URL
from tests.budgets.conftest import cost
from tests.budgets.test_settlement import DAY, LATER, accepted, correct, pay


@pytest.fixture
def second(project):
    user = factories.UserFactory(name="Second")
    user.memberships.create(role="officer", programme=project.programme)
    return user


@pytest.fixture
def claim(project, line, people, second):
    """An accepted claim over 1000.01, paid, of which 200.01 are corrected."""
    done = accepted(project, [cost(line, "1000.01")], people, second)
    pay(done, people["officer"], reference="PO-7")
    correct(done, people["officer"], {1: "200.01"}, found_on=DAY)
    return done


def rows(client, path, **asked):
    response = client.get(f"{URL}{path}/", asked)
    assert response.status_code == 200, response.content
    return response.json()["results"]


def test_payments_are_read_with_what_cancels_them(api, people, project, claim):
    auditor = api(people["auditor"], "read")
    (paid,) = rows(auditor, "payments", project=project.number, kind="interim")
    assert (paid["amount"], paid["claim"], paid["reference"]) == ("950.01", str(claim.key), "PO-7")
    assert (paid["reverses"], paid["cancelled_by"]) == (None, None)
    assert rows(auditor, "payments", kind="recovery") == []
    assert rows(auditor, "payments", programme="?") == []
    assert api(people["finance"], "money").get(f"{URL}payments/").status_code == 403


def test_a_payment_that_was_cancelled_names_what_cancels_it(api, people, project, line, second):
    done = accepted(project, [cost(line, "100.01")], people, second)
    wrong = pay(done, people["officer"])
    back = actions.cancel_payment(wrong, because="Typed twice.", by=people["officer"], at=LATER)
    told = {row["key"]: row for row in rows(api(people["officer"], "money"), "payments")}
    one, other = told[str(wrong.key)], told[str(back.key)]
    assert (one["cancelled_by"], other["reverses"]) == (str(back.key), str(wrong.key))
    assert (D(one["amount"]) + D(other["amount"]), other["because"]) == (D("0.00"), "Typed twice.")


def test_corrections_are_read_with_their_figures(api, people, project, claim):
    auditor = api(people["auditor"], "read")
    (case,) = rows(auditor, "corrections", project=project.number, kind="irregularity", state="active")
    assert (case["total"], case["euro"], case["currency"], case["reported"]) == ("200.01", "200.01", "EUR", False)
    assert sum(D(case[name]) for name in ("eu_part", "national_part", "own_part")) == D("200.01")
    assert rows(auditor, "corrections", kind="fraud") == []
    told = auditor.get(f"{URL}corrections/{case['key']}/").json()
    assert [(line["number"], line["total"]) for line in told["lines"]] == [(1, "200.01")]
    away = factories.ContractFactory().project
    other = factories.UserFactory()
    other.memberships.create(role="officer", programme=away.programme)
    assert rows(api(other, "read"), "corrections") == []
    assert api(other, "read").get(f"{URL}corrections/{case['key']}/").status_code == 404


def test_applications_are_read_as_drafts_and_with_their_facts(api, people, project, claim, second):
    office = api(people["officer"], "money")
    draft = actions.draft_application(project.programme, entered_on=DAY, by=people["officer"], at=LATER)
    (told,) = rows(office, "payment-applications", programme=project.programme.code, state="draft", year=2025)
    assert (told["key"], told["total"], told["number"]) == (str(draft.key), None, 1)
    url = f"{URL}payment-applications/{draft.key}/"
    assert office.get(url).json()["claims"] == [str(claim.key)]
    actions.send_application(draft, by=second, at=LATER)
    sent = office.get(url).json()
    (entry,) = sent["entries"]
    assert (sent["state"], sent["total"], entry["euro_total"], entry["rate"]) == (
        "sent", "800.00", "800.00", "1.000000",
    )  # fmt: skip
    assert rows(office, "payment-applications", state="draft") == []
    assert api(people["finance"], "money").get(url).status_code == 404
    assert office.post(f"{URL}payment-applications/", {}, format="json").status_code == 405
