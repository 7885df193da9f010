"""The money of a programme: page, CSV and API say the same of every project, from a life that has everything in it."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

from django.urls import reverse

from budgets import actions
from budgets.figures import rollup
from tests import factories
from tests.budgets.conftest import cost, drafted, send
from tests.budgets.test_settlement import DAY, LATER, accepted, advance, correct, pay

STEPS = ("contracted", "claimed", "verified", "corrected", "certified", "paid")


def test_page_csv_and_api_give_the_same_figures(client, project, line, people, second):
    """One project has an advance, a certified and corrected claim and one under way, another a contract in lev only."""
    pay(advance(project, people, second, "1000.00"), people["officer"])
    claim = accepted(project, [cost(line, "100.01"), cost(line, "50.00")], people, second)
    draft = actions.draft_application(project.programme, entered_on=DAY, by=people["officer"], at=LATER)
    actions.send_application(draft, by=second, at=LATER)
    correct(claim, people["officer"], {1: "0.01"})
    send(drafted(project, [cost(line, "7.77")], people["finance"]), people["finance"])
    other = factories.ProjectFactory(programme=project.programme)
    nothing = dict.fromkeys(("eu_part", "national_part", "own_part"))
    factories.ContractFactory(project=other, currency="BGN", total=Decimal("300.03"), **nothing)
    expected = {
        project.number: ["100000.00", "157.78", "150.01", "0.01", "150.01", "1000.00"],
        other.number: ["153.40", *["0.00"] * 5],
    }
    client.force_login(people["officer"])
    url, query = reverse("budgets:accounts_csv"), {"programme": project.programme.code}
    content = client.get(url, query).getvalue()
    assert content.startswith("\ufeff".encode())
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert list(rows[0]) == ["project", *STEPS]
    assert {row["project"]: [row[step] for step in STEPS] for row in rows} == expected

    found, address = {}, f"/api/v1/accounts/?programme={project.programme.code}&page_size=1"
    while address:
        page = client.get(address).json()
        found |= {row["number"]: [row[step] for step in STEPS] for row in page["results"]}
        address = page["next"]
    assert found == expected
    assert client.get("/api/v1/accounts/?programme=NONE").json()["results"] == []

    page = client.get(reverse("budgets:accounts"), query)
    told = {each.number: [str(getattr(row, step)) for step in STEPS] for each, row in page.context["rows"]}
    assert told == expected
    whole = [str(getattr(page.context["whole"], step)) for step in STEPS]
    assert whole == [str(sum(Decimal(row[n]) for row in expected.values())) for n in range(len(STEPS))]
    assert rollup.of_projects([project], date(2026, 3, 19))[project.pk].approved == Decimal("150.00")
