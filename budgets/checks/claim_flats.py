"""Flat rates of a claim: what they come to from its other costs, and whether what is found eligible keeps to it.

Nobody types a flat rate (Regulation (EU) 2021/1060, Art. 54 to 56).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.db.models import Sum

from budgets.checks.claim_facts import Left
from budgets.checks.forms_of_cost import Cost, base_of, computed, rate_of, rules_of
from budgets.models import BudgetLine, CallForm, Claim, Computation, Flat, Form, LineFact
from core.money import NOTHING


@dataclass(frozen=True)
class FlatDue:
    """What a flat-rate line comes to in a claim, in the currency of the contract."""

    code: str
    flat: str
    rate: Decimal  # per cent
    base: Decimal
    full: Decimal  # rate × base
    amount: Decimal  # the same, held to what is left of its line
    there: Decimal  # of it in the claim already, from an earlier sending

    @property
    def gap(self) -> Decimal:
        return self.amount - self.there

    @property
    def label(self) -> str:
        return str(Flat(self.flat).label)


def flats_due(claim: Claim, left: Mapping[str, Left], rules: Iterable[CallForm]) -> list[FlatDue]:
    """The flat rates of a claim from the costs it holds. One query, and none where no line has a flat rate."""
    if not any(each.flat for each in left.values()):
        return []
    rules = list(rules)
    lines = [Cost(x.code, x.here["total"], x.form, x.nature, x.flat) for x in left.values()]
    due = computed(lines, rules)
    lines = [Cost(x.code, due.get(x.code, x.total), x.form, x.nature, x.flat) for x in lines]
    mine = Computation.objects.filter(claim=claim, cost__claim_lines__claim=claim, cost__claim_lines__released=False)
    there = dict(mine.values_list("cost__line__code").annotate(sum=Sum("cost__total")).order_by())
    found = []
    for code in sorted(due):
        line = left[code]
        room = (line.planned["total"] or NOTHING) + line.tolerance - line.used["total"]
        rate, base = rate_of(line.flat, rules), base_of(line.flat, lines)
        amount = min(due[code], max(room, NOTHING))
        found.append(FlatDue(code, line.flat, rate, base, due[code], amount, there.get(code, NOTHING)))
    return found


@dataclass(frozen=True)
class FlatEligible:
    """What a flat-rate line of a claim gives on what is found eligible of its base, in the currency of the contract."""

    code: str
    rate: Decimal  # per cent
    base: Decimal  # found eligible so far
    due: Decimal  # rate × base
    claimed: Decimal
    decided: Decimal
    lines: tuple[tuple[int, Decimal], ...]  # the claim lines that hold it, and what each claims


def flats_eligible(
    claim: Claim, decided: Mapping[int, Any], planned: Iterable[BudgetLine | Left] | None = None
) -> list[FlatEligible]:
    """The flat rates computed for a claim, with the decisions made so far (each with its `total`), and with the lines
    of its contract where they are fetched already. Three queries, none where no line has a flat rate."""
    planned = sorted(claim.contract.budget_lines.all() if planned is None else planned, key=attrgetter("code"))
    if not any(line.flat for line in planned):
        return []
    eligible: dict[str, Decimal] = defaultdict(Decimal)
    flats: dict[str, list[tuple[int, Decimal]]] = defaultdict(list)
    facts = LineFact.objects.filter(line__claim=claim, line__released=False, line__cost__isnull=False, step="declared")
    columns = ("line_id", "line__cost__line__code", "line__cost__computation__claim", "total")
    for pk, code, of_claim, total in facts.order_by("line__number").values_list(*columns):
        eligible[code] += decided[pk].total if pk in decided else NOTHING
        if of_claim == claim.pk:
            flats[code].append((pk, total))
    rules = rules_of(claim.project)
    lines = [Cost(x.code, NOTHING if x.flat else eligible[x.code], x.form, x.nature, x.flat) for x in planned]
    due = computed(lines, rules)
    lines = [Cost(x.code, due.get(x.code, x.total), x.form, x.nature, x.flat) for x in lines]
    return [
        FlatEligible(
            line.code, rate_of(line.flat, rules), base_of(line.flat, lines), max(due[line.code], NOTHING),
            sum((total for _pk, total in flats[line.code]), NOTHING),
            sum((decided[pk].total for pk, _total in flats[line.code] if pk in decided), NOTHING),
            tuple(flats[line.code]),
        )
        for line in planned
        if line.form == Form.FLAT and line.flat and flats[line.code]
    ]  # fmt: skip
