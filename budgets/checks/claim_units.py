"""What is left to claim of units that were counted and of lump sums that were released."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

from django.db.models import Sum

from budgets.checks import exchanged, lumps
from budgets.checks.claim_facts import left_to_claim
from budgets.models import BudgetLine, Claim, ReportedCost
from core.money import CENT, NOTHING, cents

WHOLE = {BudgetLine.Unit.SESSIONS, BudgetLine.Unit.SUPPORTED}


@dataclass(frozen=True)
class UnitOffer:
    """Units of a line: counted, reported before, and what a claim may hold of the rest."""

    line: BudgetLine
    counted: Decimal
    before: Decimal
    units: Decimal
    amount: Decimal  # in the currency of the contract

    @property
    def held_back(self) -> Decimal:
        """Units for which the line has no room."""
        return self.counted - self.before - self.units


def units_left(claim: Claim, line: BudgetLine, counted: Decimal, today: date) -> UnitOffer:
    """What a claim may hold of `counted` units. Fewer than were reported before make a negative amount; a correction
    of attendance takes back what was claimed on it."""
    costs = ReportedCost.objects.filter(project=claim.project_id, line__code=line.code)
    before = costs.aggregate(sum=Sum("units"))["sum"] or NOTHING
    price = line.unit_price or NOTHING
    units = counted - before
    left = left_to_claim(claim, today)[line.code]
    room = (left.left() or NOTHING) + left.tolerance
    if price and units * price > room:
        step = Decimal(1) if line.unit in WHOLE else CENT
        units = max(NOTHING, (room / price).quantize(step, ROUND_DOWN))
    return UnitOffer(line, counted, before, units, cents(units * price))


def lump_left(claim: Claim) -> dict[str, Decimal]:
    """What each lump-sum line (by code) has released and nobody reported yet, in the currency of the contract."""
    sums = ReportedCost.objects.filter(project=claim.project_id).values_list("line__code", "currency")
    before: dict[str, Decimal] = {}
    for code, currency, total in sums.annotate(sum=Sum("total")).order_by():
        before[code] = before.get(code, NOTHING) + exchanged(total, currency, claim.contract.currency)
    released = lumps.released(claim.contract)
    return {code: amount - before.get(code, NOTHING) for code, amount in released.items()}
