"""Costs in a simplified form: computed for a claim, never typed; what they were computed from is kept with them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import override

from activities.actions import today_in
from budgets.actions.costs import save_cost
from budgets.checks import eligible_days
from budgets.checks.claim_facts import left_to_claim
from budgets.checks.claim_flats import flats_due
from budgets.checks.forms_of_cost import rules_of
from budgets.checks.parts import negative, parts_on, shares
from budgets.models import BudgetLine, Claim, ClaimLine, Computation, ReportedCost
from core import audit, formats


def hold(claim: Claim, cost: ReportedCost, *, by, at: datetime) -> ClaimLine:
    """A further line of a locked claim, for a cost that was just reported."""
    last = claim.lines.aggregate(last=Max("number"))["last"] or 0
    line = ClaimLine.objects.create(claim=claim, number=last + 1, cost=cost)
    claim.version += 1
    claim.save(update_fields=["version"])
    audit.record(
        "claim.cost_entered", claim, by=by, at=at, project=claim.project.number, key=str(claim.key),
        after={"line": str(line.number), "document": cost.document, "total": str(cost.total)},
    )  # fmt: skip
    return line


def compute(
    claim: Claim, line: BudgetLine, *, total: Decimal, document: str, basis: dict[str, Any],
    units: Decimal | None = None, by, at: datetime,
) -> ClaimLine:  # fmt: skip
    """Report a simplified cost on a line of a locked claim's contract, hold it, and keep what it was computed from."""
    today = today_in(claim.project, at)
    cost = ReportedCost(
        project=claim.project, line=line, document=_numbered(claim, line, document), document_on=_day(claim, today),
        reported_on=today, currency=claim.contract.currency, total=total, units=units, entered_at=at, entered_by=by,
        synthetic=claim.synthetic, **parts_on(line, total),
    )  # fmt: skip
    save_cost(cost)
    Computation.objects.create(cost=cost, claim=claim, basis=basis, at=at)
    audit.record(
        "cost.computed", cost, by=by, at=at, project=claim.project.number,
        after={"line": line.code, "document": cost.document, "total": str(total)},
    )  # fmt: skip
    return hold(claim, cost, by=by, at=at)


def _day(claim: Claim, today: date) -> date:
    """The last day of the period that is eligible and past."""
    _first, last = eligible_days(claim.contract)
    return min(day for day in (claim.to_on, last, today) if day is not None)


def _numbered(claim: Claim, line: BudgetLine, document: str) -> str:
    """Its name, with a number where the claim was sent before."""
    there = Computation.objects.filter(claim=claim, cost__line__code=line.code).count()
    return document if not there else f"{document} ({there + 1})"


def compute_flats(claim: Claim, *, by, at: datetime) -> None:
    """Bring the flat rates of a locked claim to what its costs give; after an earlier sending by a further row."""
    dues = flats_due(claim, left_to_claim(claim, today_in(claim.project, at)), rules_of(claim.project))
    lines = {line.code: line for line in claim.contract.budget_lines.select_related("contract")}
    for due in dues:
        if not due.gap:
            continue
        language = claim.project.programme.language
        with override(language):
            words = {"rate": formats.percent(due.rate, language), "number": claim.number}
            document = _("Flat rate of %(rate)s, claim %(number)s") % words
        basis = {
            "form": "flat", "flat": due.flat, "rate": str(due.rate), "base": str(due.base), "full": str(due.full),
            "there": str(due.there),
        }  # fmt: skip
        compute(claim, lines[due.code], total=due.gap, document=document, basis=basis, by=by, at=at)


def void_flats(claim: Claim, *, at: datetime) -> None:
    """Take back the flat rates of a claim that ends without effect: a later one computes them anew on its own costs."""
    flats = ReportedCost.objects.filter(computation__claim=claim, line__form="flat", corrections=None)
    for cost in flats.select_related("line", "project"):
        back = negative(shares(cost))
        save_cost(
            ReportedCost(
                project=cost.project, line=cost.line, document=cost.document, document_on=cost.document_on,
                reported_on=today_in(claim.project, at), currency=cost.currency, total=-cost.total, corrects=cost,
                entered_at=at, synthetic=cost.synthetic, **back,
            )
        )  # fmt: skip
