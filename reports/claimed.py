"""What the project did that a claim may hold: units counted from attendance by the figures of the reports."""

from __future__ import annotations

from datetime import date

from beneficiaries import figures as people
from budgets.actions import Counted
from budgets.checks import eligible_days
from budgets.models import BudgetLine, Claim
from reports.figures import unit_amounts


def days_of(claim: Claim) -> tuple[date, date]:
    """From the first eligible day to the last day of the claim, or the last eligible one."""
    first, last = eligible_days(claim.contract)
    return first or people.EARLIEST, min(claim.to_on, last) if last else claim.to_on


def counted(claim: Claim, line: BudgetLine | None = None) -> list[Counted]:
    """The units each line of a claim's contract delivered; of one line, with the rows behind them."""
    first, last = days_of(claim)
    project, bar = claim.project, claim.project.programme.support_hours
    found = []
    for each in unit_amounts(project, claim.contract, people.deliveries(project.pk, first, last, bar=bar)):
        if line is not None and each.line.pk != line.pk:
            continue
        rows = (
            people.rows_behind(project.pk, each.line.activity_id, each.line.unit, first, last, bar=bar) if line else []
        )
        found.append(Counted(each.line, each.units, first, last, rows))
    return found
