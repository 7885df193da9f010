"""Draws lines by risk: a line with twice the weight of another is twice as likely to come first. The order follows from
the seed and the numbers of the lines alone, so a draw can be repeated by anyone who has both."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate, takewhile
from typing import Any

from budgets.checks import claim_facts
from budgets.checks import claims as checks
from budgets.checks.claim_twins import twins
from budgets.models import Claim, ClaimLine, ClaimSample, LineDecision, LineFact, Risk, SampleRule
from core.money import NOTHING


@dataclass(frozen=True)
class Unit:
    """A line that can be drawn."""

    line: int
    number: int
    amount: Decimal
    risks: tuple[str, ...] = ()

    def weight(self, method: dict[str, Any]) -> int:
        return 1 + sum(int(method[risk]) for risk in self.risks)

    def told(self) -> list[Any]:
        return [self.number, str(self.amount), list(self.risks)]


def method_of(claim: Claim) -> dict[str, Any]:
    """How the programme draws, as plain values; the usual way where it has said nothing."""
    rule = SampleRule.objects.filter(programme=claim.project.programme_id).first() or SampleRule()
    names = ("share", "of", "least", *Risk.values)
    return {name: str(getattr(rule, name)) for name in names}


def population(claim: Claim) -> list[Unit]:
    """The lines no draw took yet, with their risks. What takes an amount back is checked apart and not drawn."""
    facts = claim_facts.Facts.of(claim, claim.received_on or claim.to_on)
    flagged, similar = checks.flagged(facts), twins(claim)
    known, wrong = _earlier(claim)
    declared = dict(
        LineFact.objects.filter(line__claim=claim, line__released=False, step="declared").values_list(
            "line_id", "total"
        )
    )
    mean = sum(declared.values(), NOTHING) / (len(declared) or 1)
    taken = set(ClaimLine.objects.filter(claim=claim, sampled__isnull=False).values_list("pk", flat=True))
    found = []
    for row in facts.rows:
        amount = declared.get(row.line, NOTHING)
        if amount <= 0 or row.line in taken:
            continue
        why = {
            Risk.AMOUNT: amount >= 2 * mean,
            Risk.NEW_SUPPLIER: bool(row.supplier_number) and row.supplier_number not in known,
            Risk.WARNINGS: row.line in flagged,
            Risk.SIMILAR: row.line in similar,
            Risk.ERRORS: row.supplier_number in wrong or row.code in wrong,
        }
        found.append(Unit(row.line, row.number, amount, tuple(str(risk) for risk, is_so in why.items() if is_so)))
    return found


def _earlier(claim: Claim) -> tuple[set[str], set[str]]:
    """Suppliers in earlier claims of the project; suppliers and budget lines of which less was found eligible there."""
    earlier = ClaimLine.objects.filter(claim__project=claim.project_id, claim__number__lt=claim.number)
    known = set(earlier.exclude(cost=None).values_list("cost__supplier_number", flat=True).distinct())
    lower = LineDecision.objects.filter(line__in=earlier, verdict__in=["reduce", "refuse"])
    pairs = lower.values_list("line__cost__supplier_number", "line__cost__line__code").distinct()
    return known, {text for pair in pairs for text in pair if text}


def draw(units: Iterable[Unit], method: dict[str, Any], seed: str) -> list[Unit]:
    """The units drawn, in the order they were drawn: the share of their number or value, and the least number."""
    ordered = sorted(units, key=lambda unit: (_place(unit, method, seed), unit.number))
    share = Decimal(method["share"]) / 100
    least = min(int(method["least"]), len(ordered))
    if method["of"] == SampleRule.Of.LINES:
        return ordered[: max(least, math.ceil(share * len(ordered)))]
    reached = list(accumulate(unit.amount for unit in ordered))
    wanted = share * (reached[-1] if reached else NOTHING)
    short = sum(1 for _unit in takewhile(lambda amount: amount < wanted, reached))
    return ordered[: max(least, short + 1)]


def _place(unit: Unit, method: dict[str, Any], seed: str) -> float:
    """Weighted order without putting back (Efraimidis and Spirakis): −ln(u) / weight, the smallest first."""
    digest = hashlib.sha256(f"{seed}:{unit.number}".encode()).digest()
    chance = (int.from_bytes(digest[:7]) + 1) / (1 << 56)
    return -math.log(chance) / unit.weight(method)


def repeats(sample: ClaimSample) -> bool:
    """Whether seed, method and lines as they are kept give the lines that were drawn."""
    units = [Unit(0, number, Decimal(amount), tuple(risks)) for number, amount, risks in sample.units]
    drawn = {unit.number for unit in draw(units, sample.method, sample.seed)}
    return drawn == {sampled.line.number for sampled in sample.lines.all()}
