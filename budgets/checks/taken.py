"""What documents in other currencies come to in a claim: by the rate of the month in which it is sent, which stays with
every cost it took; until then by an estimate (Regulation (EU) 2021/1060, Art. 76)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from budgets.checks import exchanged
from budgets.checks.parts import negative, parts_on
from budgets.models import Claim, ClaimLine, ClaimRate, LineFact, Rate
from core.money import cents


@dataclass(frozen=True)
class Taken:
    """A document in another currency on a line: its amount there, the rate (of one euro, and of which month), and what
    it comes to in the currency of the contract, with its parts. `fixed` once a claim that holds it was sent; else the
    amount is an estimate, by the rate of today's month where it is `known`."""

    amount: Decimal
    currency: str
    rate: Decimal
    month: date
    source: str
    total: Decimal
    parts: dict[str, Decimal | None]
    fixed: bool
    known: bool


def taken(claim: Claim, today: date, lines: Iterable[ClaimLine] | None = None) -> dict[int, Taken]:
    """By line, of all lines of a claim or of these; one query where none is in another currency, else three.

    A cost that was sent before keeps its rate, and a correction has that of its cost.
    """
    rows = (
        claim.lines.exclude(cost__exchange=None) if lines is None else claim.lines.filter(pk__in=[x.pk for x in lines])
    )
    rows = rows.exclude(cost__exchange=None).select_related("cost__exchange", "cost__line__contract")
    found = list(rows.order_by("number"))
    if not found:
        return {}
    costs = {pk for line in found if line.cost for pk in (line.cost.pk, line.cost.corrects_id)}
    fixed: dict[int, ClaimRate] = {}
    facts = LineFact.objects.filter(step=LineFact.Step.DECLARED, line__cost__in=costs, rate__isnull=False)
    for fact in facts.select_related("rate", "line").order_by("-pk"):
        if fact.rate is not None and fact.line.cost_id is not None:
            fixed[fact.line.cost_id] = fact.rate
    now = {rate.currency: rate for rate in Rate.objects.filter(month=today.replace(day=1))}
    return {line.pk: _taken(line, claim.contract.currency, fixed, now) for line in found}


def _taken(line: ClaimLine, into: str, fixed: dict[int, ClaimRate], now: dict[str, Rate]) -> Taken:
    cost = line.cost
    assert cost is not None
    paper = cost.exchange
    stays = fixed.get(cost.pk) or fixed.get(cost.corrects_id or 0)
    rate = stays or now.get(paper.currency)
    use = rate or paper
    total = exchanged(cents(paper.amount / use.rate), "EUR", into)
    parts = negative(parts_on(cost.line, -total)) if cost.corrects_id else parts_on(cost.line, total)
    return Taken(
        paper.amount, paper.currency, use.rate, use.month, use.source, total, parts, stays is not None, rate is not None
    )
