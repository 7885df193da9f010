"""Flat rates of a claim: what they come to from its other costs, and whether what is found eligible keeps to it.

Nobody types a flat rate (Regulation (EU) 2021/1060, Art. 54 to 56).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from budgets.checks.claim_facts import Left, money
from budgets.checks.forms_of_cost import Cost, base_of, computed, rate_of, rules_of
from budgets.models import CallForm, Claim, Computation, Flat, Form, LineDecision
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


def flats_above(claim: Claim, decided: Mapping[int, LineDecision]) -> Iterator[str]:
    """Flat rates of which more is found eligible than their rate gives on what is found eligible of their base."""
    if not claim.contract.budget_lines.exclude(flat="").exists():
        return
    eligible: dict[str, Decimal] = defaultdict(Decimal)
    flats: dict[str, Decimal] = defaultdict(Decimal)
    held = claim.lines.held().exclude(cost=None)
    for pk, code, of_claim in held.values_list("pk", "cost__line__code", "cost__computation__claim"):
        total = decided[pk].total if pk in decided else NOTHING
        eligible[code] += total
        if of_claim == claim.pk:
            flats[code] += total
    rules = rules_of(claim.project)
    lines = [
        Cost(line.code, eligible[line.code], line.form, line.nature, line.flat)
        for line in claim.contract.budget_lines.all()
    ]
    due = computed([Cost(x.code, NOTHING if x.flat else x.total, x.form, x.nature, x.flat) for x in lines], rules)
    for line in lines:
        if line.form == Form.FLAT and line.flat and flats[line.code] > max(due[line.code], NOTHING):
            words = {
                "code": line.code,
                "due": money(due[line.code], claim.contract.currency),
                "decided": money(flats[line.code], claim.contract.currency),
            }
            yield (
                _("Line %(code)s: its flat rate gives %(due)s on what you found eligible; you decided %(decided)s.")
                % words
            )
