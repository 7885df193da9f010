"""What is approved, paid, settled and recovered of claims, line by line, and what follows for the next payment.

Amounts are in the currency of the contract of a claim. Approved is what was found eligible less what was corrected;
payable of it are the EU and the national part (the own part is the beneficiary's own money).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from django.db.models import Case, F, Q, Sum, Value, When

from budgets.models import Claim, Correction, LineFact
from core.money import CENT, NOTHING
from projects.models import Programme

PARTS = ("eu_part", "national_part", "own_part")
AMOUNTS = ("total", *PARTS)
Step = LineFact.Step
SIGNS = {Step.VERIFIED: 1, Step.CORRECTED: -1, Step.CERTIFIED: -1, Step.WITHDRAWN: 1}
"""What makes up the amount that can still be certified."""


@dataclass(frozen=True)
class Split:
    """An amount and its parts; the parts are None while they are not known."""

    total: Decimal = NOTHING
    eu_part: Decimal | None = NOTHING
    national_part: Decimal | None = NOTHING
    own_part: Decimal | None = NOTHING

    @property
    def amounts(self) -> list[Decimal | None]:
        return [self.total, self.eu_part, self.national_part, self.own_part]

    @property
    def by_name(self) -> dict[str, Any]:
        return dict(zip(AMOUNTS, self.amounts, strict=True))

    @property
    def public(self) -> Split:
        """Without the own part."""
        return Split(
            self.total - (self.own_part or NOTHING), self.eu_part, self.national_part, self.own_part and NOTHING
        )

    def __add__(self, other: Split) -> Split:
        return self._with(other, lambda a, b: a + b)

    def __sub__(self, other: Split) -> Split:
        return self._with(other, lambda a, b: a - b)

    def __neg__(self) -> Split:
        return Split() - self

    def _with(self, other: Split, both: Callable[[Decimal, Decimal], Decimal]) -> Split:
        known = [
            None if a is None or b is None else both(a, b)
            for a, b in zip(self.amounts[1:], other.amounts[1:], strict=True)
        ]
        return Split(both(self.total, other.total), *known)


@dataclass
class LineMoney:
    """The amounts of one line by step."""

    line: int
    number: int
    claim: int
    of_claim: int  # its number in the project
    is_advance: bool
    steps: dict[str, Split] = field(default_factory=dict)
    claimed_back: Decimal = NOTHING  # corrected in a way that makes a debt

    def of(self, step: str) -> Split:
        return self.steps.get(step, Split())

    @property
    def approved(self) -> Split:
        return self.of(Step.VERIFIED) - self.of(Step.CORRECTED)

    @property
    def covered(self) -> Split:
        """What the beneficiary has of it: paid or settled by an advance, and not given back. What an advance settled
        elsewhere is still paid on its own line."""
        kept = self.of(Step.PAID) - self.of(Step.RECOVERED)
        return kept if self.is_advance else kept + self.of(Step.SETTLED)

    @property
    def due(self) -> Split:
        """Still to be paid; what was paid too much where it is negative."""
        return self.approved.public - self.covered

    @property
    def unsettled(self) -> Split:
        """What is left of an advance."""
        return self.covered + self.of(Step.SETTLED) if self.is_advance else Split()

    @property
    def certifiable(self) -> Split:
        """What a payment application could add, or has to take back where it is negative. An advance is no cost."""
        if self.is_advance:
            return Split()
        return self.approved - (self.of(Step.CERTIFIED) - self.of(Step.WITHDRAWN))


def lines_of(facts: Q) -> list[LineMoney]:
    """The lines of accepted claims that these facts select, in their order; two queries for any number of lines."""
    rows = LineFact.objects.filter(facts, line__claim__state=Claim.State.ACCEPTED)
    found: dict[int, LineMoney] = {}
    columns = ("line_id", "line__number", "line__claim_id", "line__claim__number", "line__cost_id", "step")
    sums = rows.values_list(*columns).annotate(*(Sum(name) for name in AMOUNTS))
    for line, number, claim, of_claim, cost, step, *amounts in sums.order_by("line__claim__number", "line__number"):
        each = found.setdefault(line, LineMoney(line, number, claim, of_claim, cost is None))
        each.steps[step] = Split(*amounts)
    debts = rows.filter(step=Step.CORRECTED, correction__way=Correction.Way.RECOVERY).values_list("line_id")
    for line, total, own in debts.annotate(Sum("total"), Sum("own_part")).order_by():
        found[line].claimed_back = total - (own or NOTHING)
    return list(found.values())


def lines_of_project(project: int) -> list[LineMoney]:
    return lines_of(Q(line__claim__project=project))


def lines_of_claims(claims: Iterable[int]) -> list[LineMoney]:
    """The lines of the claims with these ids."""
    return lines_of(Q(line__claim__in=list(claims)))


def certifiable(programme: Programme) -> dict[int, Split]:
    """What each accepted claim of a programme could add to a payment application, or has to take back; one query.

    It is sought by lines: on one claim a correction of a line may make up for another one."""
    facts = LineFact.objects.filter(
        line__claim__project__programme=programme, line__claim__state=Claim.State.ACCEPTED, line__cost__isnull=False,
        step__in=SIGNS,
    )  # fmt: skip
    sign = Case(*(When(step=step, then=Value(sign)) for step, sign in SIGNS.items()))
    by_line = facts.values_list("line_id", "line__claim_id").annotate(
        **{f"sum_{name}": Sum(F(name) * sign) for name in AMOUNTS}
    )
    found: dict[int, Split] = {}
    for _line, claim, total, *parts in by_line.order_by():
        if total:
            found[claim] = found.get(claim, Split()) + Split(total, *parts)
    return found


def whole(lines: Iterable[LineMoney], what: Callable[[LineMoney], Split]) -> Split:
    found = Split()
    for line in lines:
        found += what(line)
    return found


def set_off(line: LineMoney) -> Decimal:
    """How much of what was paid too much on a line lowers the next payment; the rest is a debt that is paid back."""
    if line.is_advance or line.due.total >= 0:
        return NOTHING
    debt = max(line.claimed_back - line.of(Step.RECOVERED).total, NOTHING)
    return max(-line.due.total - debt, NOTHING)


SOURCES = ("eu_part", "national_part")
"""What is paid of a claim; the own part never is."""


def room_by_source(split: Split) -> dict[str, Decimal] | None:
    """How much each source of a positive amount can take; None while its parts are not known."""
    parts = [split.by_name[name] for name in SOURCES]
    if any(part is None for part in parts):
        return None
    return {name: min(max(part, NOTHING), split.total) for name, part in zip(SOURCES, parts, strict=True)}


def settled_by_source(dues: Iterable[Split], advances: Iterable[Split], wanted: Decimal) -> Split:
    """At most `wanted` of what is due, settled by what is left of advances source by source: what leaves a source of
    the advance is what reaches that source of the claim, to the cent. The proportion is that of the advance, as far as
    the claim has room for it. The parts are None where those of a line are not known.
    """
    sides = [list(dues), list(advances)]
    total = min(wanted, *(sum((split.total for split in side), NOTHING) for side in sides))
    rooms = [[room_by_source(split) for split in side] for side in sides]
    if total > 0 and any(room is None for side in rooms for room in side):
        return Split(total, None, None, None)
    there, left = ([sum((room[name] for room in side if room), NOTHING) for name in SOURCES] for side in rooms)
    most = [min(of_claim, of_advance) for of_claim, of_advance in zip(there, left, strict=True)]
    total = min(total, sum(most, NOTHING))
    if total <= 0:
        return Split()
    eu = (total * left[0] / sum(left, NOTHING)).quantize(CENT, rounding=ROUND_FLOOR)
    eu = min(max(eu, total - most[1]), most[0])
    return Split(total, eu, total - eu, NOTHING)


@dataclass(frozen=True)
class Plan:
    """How the next payment of a claim is made up: `due` of its lines, less what is `settled` by the advance and what
    lowers it (`lowered`), makes what is `to_pay`. Nothing else is ever taken off (Art. 74(1)(b))."""

    due: Decimal
    settled: Decimal
    lowered: Decimal
    by_source: Split = Split()  # what is settled

    @property
    def to_pay(self) -> Decimal:
        return self.due - self.settled - self.lowered


def plan(claim: Claim, lines: list[LineMoney], share: Decimal) -> Plan:
    """The plan for an accepted claim. `lines` are all of its project; `share` is the part of a claim, in per cent,
    that the call sets against the advance. A final claim settles all that is left of it; what was paid too much lowers
    it where it belongs to this claim or an earlier one."""
    mine = [line for line in lines if line.claim == claim.pk]
    due = sum((line.due.total for line in mine if line.due.total > 0), NOTHING)
    lowered = sum((set_off(line) for line in lines if line.of_claim <= claim.number), NOTHING)
    settled = Split()
    if claim.kind != Claim.Kind.ADVANCE:
        if claim.kind == Claim.Kind.FINAL:
            wanted = due
        else:
            approved = whole(mine, lambda line: line.approved.public).total
            done = whole(mine, lambda line: line.of(Step.SETTLED)).total
            wanted = (approved * share / 100).quantize(CENT, rounding=ROUND_FLOOR) - done
        dues = [line.due for line in mine if line.due.total > 0]
        advances = [line.unsettled for line in lines if line.unsettled.total > 0]
        settled = settled_by_source(dues, advances, wanted)
    return Plan(due, settled.total, min(lowered, due - settled.total), settled)


def debt(line: LineMoney, *, ended: bool) -> Split:
    """What is to be paid back of a line: what was paid too much, and what is left of an advance once the project has
    `ended`."""
    if line.is_advance and line.due.total >= 0:
        return line.unsettled if ended else Split()
    return -line.due if line.due.total < 0 else Split()


def has_ended(claims: Iterable[Claim], lines: Iterable[LineMoney]) -> bool:
    """Whether nothing more settles the advance: the final claim is accepted and nothing of it is left to pay."""
    final = {claim.pk for claim in claims if claim.kind == Claim.Kind.FINAL and claim.state == Claim.State.ACCEPTED}
    return bool(final) and not any(line.due.total > 0 for line in lines if line.claim in final)


@dataclass(frozen=True)
class ClaimMoney:
    """The money of one claim after it was accepted, as its page shows it."""

    approved: Split
    corrected: Split
    certified: Split
    paid: Split
    settled: Split
    recovered: Split
    due: Decimal  # still to be paid, line by line
    lowers: Decimal  # paid too much, taken from later payments
    debt: Decimal  # paid too much, to be paid back


def of_claims(lines: Iterable[LineMoney]) -> dict[int, ClaimMoney]:
    """By claim. The sums are those of its lines."""
    by_claim: dict[int, list[LineMoney]] = defaultdict(list)
    for line in lines:
        by_claim[line.claim].append(line)
    return {claim: _claim_money(mine) for claim, mine in by_claim.items()}


def _claim_money(lines: list[LineMoney]) -> ClaimMoney:
    def step(name: str) -> Split:
        return whole(lines, lambda line: line.of(name))

    over = sum((-line.due.total for line in lines if line.due.total < 0), NOTHING)
    lowers = sum((set_off(line) for line in lines), NOTHING)
    return ClaimMoney(
        approved=whole(lines, lambda line: line.approved), corrected=step(Step.CORRECTED),
        certified=step(Step.CERTIFIED) - step(Step.WITHDRAWN), paid=step(Step.PAID), settled=step(Step.SETTLED),
        recovered=step(Step.RECOVERED), lowers=lowers, debt=over - lowers,
        due=sum((line.due.total for line in lines if line.due.total > 0), NOTHING),
    )  # fmt: skip
