"""The final report by work package: lump sums, deliverables and the balance as they stood on a day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from budgets import actions
from reports.kinds import packages
from tests.budgets.test_deliverables import delivered, done, planned
from tests.budgets.test_deliverables import grant as grant
from tests.factories import NOON

D = Decimal
DAY = NOON.date()


def test_packages_release_what_is_done_and_a_low_score_lowers_the_balance(grant, people):
    """WP2 of 45 000.00 is done, WP3 half done; a score of 60 takes 10 % of what is released: 40 500.00 are due."""
    officer = people["officer"]
    done(planned(grant, officer, name={"en": "Map"}), people)
    done(planned(grant, officer, line="WP3", name={"en": "Clubs"}), people)
    delivered(planned(grant, officer, line="WP3", name={"en": "Meetings"}), people["coordinator"])
    actions.assess(grant.project, score=D(60), by=officer, at=NOON)

    of_packages, deliverables, partners, settlement = packages.tables(grant.project, DAY, "en")
    told = {r["package"]: (r["lump"], r["share"], r["promised"], r["done"], r["released"]) for r in of_packages.rows}
    assert told == {
        "WP1": (D("50000.00"), D("20.00"), 0, 0, D("0.00")),
        "WP2": (D("45000.00"), D("18.00"), 1, 1, D("45000.00")),
        "WP3": (D("155000.00"), D("62.00"), 2, 1, D("0.00")),
    }
    whole = of_packages.total
    assert (whole["lump"], whole["share"], whole["released"]) == (D("250000.00"), D("100.00"), D("45000.00"))
    states = {r["name"][0]: (r["package"], str(r["state"]), r["since_on"]) for r in deliverables.rows}
    assert states["Meetings"] == ("WP3", "Delivered, not decided", DAY)
    assert states["Map"] == ("WP2", "Done", DAY)
    assert [r["amount"] for r in settlement.rows] == [
        D("250000.00"), D("200000.00"), D("50000.00"), D("45000.00"), D("-4500.00"), D("40500.00"), D("0.00"),
        D("40500.00"),
    ]  # fmt: skip
    assert {r["role"] for r in partners.rows} >= {"Beneficiary", "School in the project"}

    before = packages.tables(grant.project, DAY - timedelta(days=1), "en")
    assert before[0].total["released"] == D("0.00")
    assert [r["amount"] for r in before[3].rows][3:5] == [D("0.00"), D("0.00")]  # nothing released, no score
    assert packages.problems(grant.project, DAY, DAY) == {}
    grant.budget_lines.all().delete()
    assert "project" in packages.problems(grant.project, date(2026, 3, 1), DAY)
