"""What the checks of a claim read, fetched once: its lines, the forms of cost agreed, and what is left to claim."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, Sum
from django.utils.translation import get_language

from budgets.checks import exchanged, tolerance_of
from budgets.checks.forms_of_cost import rules_of
from budgets.checks.taken import taken
from budgets.models import BudgetLine, CallForm, Claim, ClaimLine, Form, LineFact, ReportedCost
from budgets.models.costs import digits
from core import formats
from core.money import NOTHING
from projects.models import ContractVersion, Project

PARTS = ("eu_part", "national_part", "own_part")
AMOUNTS = ("total", *PARTS)


class Row(NamedTuple):
    """A line of a claim with what the checks read of its cost, and of the budget line the cost was reported on."""

    line: int
    number: int
    cost: int
    document: str
    supplier_number: str
    document_on: date
    paid_on: date | None
    total: Decimal
    eu_part: Decimal | None
    national_part: Decimal | None
    own_part: Decimal | None
    currency: str
    vat: Decimal | None
    units: Decimal | None
    procurement: int | None
    proved: bool  # has evidence, or needs none
    computed: int | None  # how it was computed, where it is
    exchange: int | None  # its amount in another currency, where it has one
    on: int
    code: str
    form: str
    flat: str
    unit_price: Decimal | None

    @property
    def amounts(self) -> tuple[Decimal | None, ...]:
        return self.total, self.eu_part, self.national_part, self.own_part


COLUMNS = (
    "pk", "number", "cost_id", "cost__document", "cost__supplier_number", "cost__document_on", "cost__paid_on",
    "cost__total", "cost__eu_part", "cost__national_part", "cost__own_part", "cost__currency", "cost__vat",
    "cost__units", "cost__procurement_id", "proved", "cost__computation", "cost__exchange", "cost__line_id",
)  # fmt: skip


def rows_of(claim: Claim) -> list[Row]:
    """The lines of a claim that hold a cost, in their order; two queries. A claim may have thousands of lines, so the
    few budget lines they are on are fetched once, and no column that no check reads."""
    papers = ClaimLine.papers.through.objects.filter(claimline=OuterRef("pk"))
    needs_none = Q(cost__corrects__isnull=False) | Q(cost__computation__isnull=False)
    proved = Q(cost__evidence__isnull=False) | needs_none | Exists(papers)
    lines = claim.lines.held().exclude(cost=None).annotate(proved=ExpressionWrapper(proved, BooleanField()))
    found = list(lines.order_by("number").values_list(*COLUMNS))
    used = BudgetLine.objects.filter(pk__in={values[-1] for values in found})
    budget = {pk: rest for pk, *rest in used.values_list("pk", "code", "form", "flat", "unit_price")}
    return [Row(*values, *budget[values[-1]]) for values in found]


def digits_of(claim: Claim) -> dict[int, str]:
    """The digits of the number of each document, by line (id); one query."""
    return dict(claim.lines.held().exclude(cost=None).values_list("pk", digits("cost__")))


@dataclass(frozen=True)
class Finding:
    """One thing found. A blocker stops the sending, a warning needs a reason; both name the lines they are about."""

    check: str
    blocks: bool
    text: str
    step: str  # the part of the task list where it is put right
    article: str = ""
    lines: tuple[tuple[int, str], ...] = ()  # number of the line and what is said of it


# --- what is left ----------------------------------------------------------------------------------------------------


@dataclass
class Left:
    """One budget line and what claims took of it, in the currency of the contract, by source."""

    code: str
    name: Any
    form: str
    nature: str
    flat: str
    planned: dict[str, Decimal | None]
    tolerance: Decimal  # by how much the call lets claims pass it
    used: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(AMOUNTS, NOTHING))  # by other claims
    here: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(AMOUNTS, NOTHING))  # by this claim

    def left(self, name: str = "total") -> Decimal | None:
        planned = self.planned[name]
        return None if planned is None else planned - self.used[name] - self.here[name]

    def after(self, amounts: Mapping[str, Decimal | None]) -> list[Decimal | None]:
        """What a further cost of these amounts would leave: in all, of the EU, the national and the own part."""
        rest = [(self.left(name), amounts.get(name)) for name in AMOUNTS]
        return [None if left is None or amount is None else left - amount for left, amount in rest]

    @property
    def passed(self) -> Decimal:
        """By how much claims pass the line and what the call allows above it."""
        return max(NOTHING, -(self.left() or NOTHING) - self.tolerance)

    @property
    def amounts(self) -> list[Decimal | None]:
        """Left in all, of the EU, the national and the own part."""
        return [self.left(name) for name in AMOUNTS]


def left_to_claim(claim: Claim, today: date, rows: Iterable[Row] | None = None) -> dict[str, Left]:
    """What is left to claim of each budget line, by code. An accepted claim takes what was found eligible, one under
    way what it claims and does not put off. Lev and euro are converted once, as totals; documents in other currencies
    one by one, as they are `taken` today. `rows` are those of the claim, where they are fetched already."""
    contract = claim.contract
    found = {
        line.code: Left(
            line.code, line.name, line.form, line.nature, line.flat, {name: getattr(line, name) for name in AMOUNTS},
            tolerance_of(line.total, claim.project),
        )
        for line in contract.budget_lines.all()
    }  # fmt: skip
    step, state = "step", "line__claim__state"
    open_claim = ~Q(**{state: Claim.State.ACCEPTED})
    facts = LineFact.objects.filter(line__claim__project=claim.project_id).exclude(line__claim=claim.pk)
    facts = facts.exclude(line__cost=None).exclude(**{state: Claim.State.REJECTED})
    counted = facts.filter(Q(step="verified") & ~open_claim | Q(step__in=["declared", "released"]) & open_claim)
    groups = counted.values_list("line__cost__line__code", "line__claim__contract__currency", step)
    for code, currency, kind, *sums in groups.annotate(*(Sum(name) for name in AMOUNTS)).order_by():
        if left := found.get(code):
            for name, amount in zip(AMOUNTS, sums, strict=True):
                signed = exchanged(amount or NOTHING, currency, contract.currency)
                left.used[name] += -signed if kind == "released" else signed
    rows = rows_of(claim) if rows is None else list(rows)
    mine: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [NOTHING] * len(AMOUNTS))
    for row in rows:
        if row.exchange is None:
            sums = mine[row.code, row.currency]
            sums[:] = [known + amount if amount else known for known, amount in zip(sums, row.amounts, strict=True)]
    for (code, currency), sums in mine.items():
        if left := found.get(code):
            for name, amount in zip(AMOUNTS, sums, strict=True):
                left.here[name] += exchanged(amount, currency, contract.currency)
    foreign = taken(claim, today) if any(row.exchange for row in rows) else {}
    for row in rows:
        if (each := foreign.get(row.line)) and (left := found.get(row.code)):
            for name, amount in {"total": each.total, **each.parts}.items():
                left.here[name] += amount or NOTHING
    return found


def unclaimed(project: Project, until: date) -> Any:
    """The reported costs of a project with a document up to a day that no claim holds."""
    held = ClaimLine.objects.held().filter(cost=OuterRef("pk"))
    costs = ReportedCost.objects.filter(project=project, document_on__lte=until).exclude(Exists(held))
    voided = Q(line__form=Form.FLAT) & (Q(corrects__isnull=False) | Q(corrections__isnull=False))
    costs = costs.exclude(voided)  # the flat rates of a claim that was rejected
    return costs.select_related("line", "activity", "exchange").order_by("document_on", "pk")


@dataclass
class Facts:
    """What the checks of one claim read, fetched once."""

    claim: Claim
    contract: ContractVersion
    today: date
    rows: list[Row]
    left: dict[str, Left]
    rules: list[CallForm]

    @classmethod
    def of(cls, claim: Claim, today: date) -> Facts:
        rows = rows_of(claim)
        return cls(claim, claim.contract, today, rows, left_to_claim(claim, today, rows), rules_of(claim.project))


def money(amount: Decimal, currency: str) -> str:
    return formats.money(amount, get_language() or "en", currency)


def day_said(day: date | None) -> str:
    return formats.long_day(day, get_language() or "en")


def named(rows: Iterable[Row], say: Callable[[Row], str] = lambda row: row.document) -> tuple[tuple[int, str], ...]:
    return tuple((row.number, say(row)) for row in rows)
