"""What the decisions on a claim come to, as facts before they are written: what is confirmed, and what its letter
shows before."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from budgets.checks import claims as checks
from budgets.checks import less
from budgets.checks.parts import parts_of
from budgets.models import Claim, LineDecision, LineFact
from core.money import NOTHING
from projects.actions import PARTS

AMOUNTS = ("total", *PARTS)


def outcome(claim: Claim, at: datetime) -> list[LineFact]:
    """The facts that a confirmation at `at` adds to a claim with all its lines decided, not saved: what is eligible,
    less what was found eligible before a reopening, and what returns in a later claim because it is asked about."""
    decided, before = checks.decisions_of(claim), _verified(claim)
    new = []
    for fact in LineFact.objects.filter(line__claim=claim, line__released=False, step=LineFact.Step.DECLARED):
        decision = decided[fact.line_id]
        parts = {name: getattr(fact, name) for name in PARTS}
        wanted = {
            "total": decision.total, **(parts if decision.total == fact.total else parts_of(decision.total, parts))
        }  # fmt: skip
        was = before.get(fact.line_id, dict.fromkeys(AMOUNTS, NOTHING))
        differs = {name: less(wanted[name], was[name]) for name in AMOUNTS}
        if differs["total"]:
            new.append(LineFact(line_id=fact.line_id, step=LineFact.Step.VERIFIED, at=at, **differs))
        if decision.verdict == LineDecision.Verdict.ASK:
            new.append(returned(fact, at))
    return new


def returned(declared: LineFact, at: datetime) -> LineFact:
    """The fact, not saved, that what a line claimed returns in a later claim."""
    amounts = {name: getattr(declared, name) for name in AMOUNTS}
    return LineFact(line_id=declared.line_id, step=LineFact.Step.RELEASED, at=at, **amounts)


def _verified(claim: Claim) -> dict[int, dict[str, Decimal | None]]:
    """What was found eligible of each line before a reopening."""
    facts = LineFact.objects.filter(line__claim=claim, step=LineFact.Step.VERIFIED).values_list("line_id")
    sums = facts.annotate(*(Sum(name) for name in AMOUNTS)).order_by()
    return {line: dict(zip(AMOUNTS, amounts, strict=True)) for line, *amounts in sums}
