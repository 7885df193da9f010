"""Money figures, computed from facts. Sums are taken per currency in SQL and converted to euro once, as a total."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from budgets.models import BudgetLine, LineFact, Payment, ReportedCost
from core.money import NOTHING, to_eur
from projects.models import ContractVersion, Project

PARTS = ("eu_part", "national_part", "own_part")


@dataclass
class Amount:
    """A sum that may hold several currencies; `eur` converts each currency's sum once."""

    by_currency: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: NOTHING))

    def add(self, currency: str, amount: Decimal | None) -> None:
        if amount is not None:
            self.by_currency[currency] += amount

    def merge(self, other: Amount) -> None:
        for currency, amount in other.by_currency.items():
            self.by_currency[currency] += amount

    @property
    def eur(self) -> Decimal:
        return sum((to_eur(amount, currency) for currency, amount in self.by_currency.items()), NOTHING)


@dataclass
class Money:
    """The money of one project on a day. `contracted` is None while the contract gives no amount."""

    contract: ContractVersion | None
    contracted: Decimal | None  # EUR
    original: Decimal | None  # in the contract's currency
    currency: str
    reported: Decimal  # EUR
    paid: Decimal  # EUR

    @property
    def left(self) -> Decimal | None:
        return None if self.contracted is None else self.contracted - self.reported


def money_of(projects: Iterable[Project], day: date, *, public: bool = False) -> dict[int, Money]:
    """Contracted, reported and paid of each project on `day`, in euro, with three queries for any number of projects.

    `public` leaves out sample rows. Projects should come with `contracts` prefetched.
    """
    projects = list(projects)
    real = {"synthetic": False} if public else {}
    ids = [p.pk for p in projects]
    reported: dict[int, Amount] = defaultdict(Amount)
    costs = ReportedCost.objects.filter(project__in=ids, **real).reported_by(day)
    for project, currency, total in _sums(costs, "total"):
        reported[project].add(currency, total)
    paid: dict[int, Amount] = defaultdict(Amount)
    for project, currency, total in _sums(Payment.objects.filter(project__in=ids, paid_on__lte=day, **real), "amount"):
        paid[project].add(currency, total)
    found = {}
    for project in projects:
        contract = project.contract_on(day)
        original = contract.total if contract else None
        currency = contract.currency if contract else "EUR"
        found[project.pk] = Money(
            contract=contract,
            contracted=None if original is None else to_eur(original, currency),
            original=original,
            currency=currency,
            reported=reported[project.pk].eur,
            paid=paid[project.pk].eur,
        )
    return found


@dataclass(frozen=True)
class Flows:
    """What went to the beneficiary of a project and came back, in euro; what an advance settled is in `paid` once, as
    the advance. A payment and its cancelling make nothing."""

    paid: Decimal
    recovered: Decimal
    settled: Decimal


def flows_of(project: Project, day: date) -> Flows:
    """Paid before anything came back, recovered, and settled by the advance, by `day`."""
    paid, recovered, settled = Amount(), Amount(), Amount()
    rows = Payment.objects.filter(project=project, paid_on__lte=day).values_list("kind", "currency")
    for kind, currency, total in rows.annotate(sum=Sum("amount")).order_by():
        if kind == Payment.Kind.RECOVERY:
            recovered.add(currency, -total)
        else:
            paid.add(currency, total)
    facts = LineFact.objects.filter(
        line__claim__project=project, line__cost__isnull=False, step=LineFact.Step.SETTLED, payment__paid_on__lte=day
    )
    for currency, total in facts.values_list("line__claim__contract__currency").annotate(sum=Sum("total")).order_by():
        settled.add(currency, total)
    return Flows(paid.eur, recovered.eur, settled.eur)


def _sums(rows, column: str):
    return rows.values_list("project_id", "currency").annotate(sum=Sum(column)).order_by()


@dataclass
class ActivityMoney:
    """Money of one activity, in euro; `contracted` is None where no budget line names the activity."""

    contracted: Amount = field(default_factory=Amount)
    has_lines: bool = False
    period: Amount = field(default_factory=Amount)
    to_date: Amount = field(default_factory=Amount)

    def merge(self, other: ActivityMoney) -> None:
        self.contracted.merge(other.contracted)
        self.has_lines = self.has_lines or other.has_lines
        self.period.merge(other.period)
        self.to_date.merge(other.to_date)


def by_activity(
    project: Project, contract: ContractVersion | None, start: date, end: date, *, public: bool = False
) -> dict[int | None, ActivityMoney]:
    """Contracted and reported per activity; key None holds lines and costs that name no activity."""
    real = {"synthetic": False} if public else {}
    found: dict[int | None, ActivityMoney] = defaultdict(ActivityMoney)
    if contract is not None:
        lines = BudgetLine.objects.filter(contract=contract, **real)
        for activity, total in lines.values_list("activity_id").annotate(sum=Sum("total")).order_by():
            found[activity].contracted.add(contract.currency, total)
            found[activity].has_lines = True
    costs = ReportedCost.objects.filter(project=project, **real).reported_by(end)
    where = Coalesce("activity_id", "line__activity_id")
    rows = (
        costs.annotate(where=where)
        .values_list("where", "currency")
        .annotate(to_date=Sum("total"), period=Sum("total", filter=Q(reported_on__gte=start)))
        .order_by()
    )
    for activity, currency, to_date, period in rows:
        found[activity].to_date.add(currency, to_date)
        found[activity].period.add(currency, period)
    return found


@dataclass
class SourceMoney:
    """Money of one source: the EU, the national or the own part, or `unsplit` where no split is known."""

    contracted: Decimal | None
    period: Decimal
    to_date: Decimal


def by_source(
    project: Project, contract: ContractVersion | None, start: date, end: date, *, public: bool = False
) -> dict[str, SourceMoney]:
    """Contracted and reported per source of funding in euro; the four rows always add up to the totals.

    Each source is converted once; what rounding leaves goes to the row `unsplit` only when a split is really unknown.
    """
    real = {"synthetic": False} if public else {}
    period: dict[str, Amount] = defaultdict(Amount)
    to_date: dict[str, Amount] = defaultdict(Amount)
    unknown = Case(When(eu_part=None, then=F("total")), default=Value(NOTHING))
    costs = ReportedCost.objects.filter(project=project, **real).reported_by(end)
    now = Q(reported_on__gte=start)
    sums: dict[str, Any] = {f"{p}_all": Sum(p) for p in PARTS} | {f"{p}_now": Sum(p, filter=now) for p in PARTS}
    rows: Any = costs.values("currency").annotate(
        unsplit_all=Sum(unknown), unsplit_now=Sum(unknown, filter=now), **sums
    )
    for row in rows.order_by():
        for source in (*PARTS, "unsplit"):
            to_date[source].add(row["currency"], row[f"{source}_all"])
            period[source].add(row["currency"], row[f"{source}_now"])
    found = {}
    for source in PARTS:
        part = getattr(contract, source) if contract else None
        known = None if part is None or contract is None else to_eur(part, contract.currency)
        found[source] = SourceMoney(known, period[source].eur, to_date[source].eur)
    whole = contract.total if contract else None
    unsplit = None
    if contract is not None and whole is not None:
        unsplit = to_eur(whole, contract.currency) if contract.eu_part is None else NOTHING
    found["unsplit"] = SourceMoney(unsplit, period["unsplit"].eur, to_date["unsplit"].eur)
    return found


# --- the budget of a version by a dimension --------------------------------------------------------------------------

DIMENSIONS: dict[str, tuple[str, ...]] = {  # what names a row, and its order
    "activity": ("activity__position", "activity__number", "activity__title"),
    "category": ("category__position", "category__code", "category__name"),
    "partner": ("partner_id", "partner__key", "partner__name"),
    "year": ("year", "year", "year"),
    "form": ("form", "form", "form"),
    "source": (),
}


@dataclass(frozen=True)
class Share:
    """One row of a budget: `name` as the column holds it (texts by language, a year, a code), None where it is not set.
    A part is None while a line of the row does not know it."""

    code: str
    name: Any
    total: Decimal
    parts: dict[str, Decimal | None]


def budget_by(contract: ContractVersion, dimension: str) -> tuple[list[Share], Share]:
    """The budget of a version by activity, cost category, partner, year, form of cost or source, and its total, in the
    currency of the contract. Every line stands in exactly one row, so the rows add up to the total in each column."""
    lines = BudgetLine.objects.filter(contract=contract)
    whole = _share("", None, lines.aggregate(**_SUMS))
    if dimension == "source":
        known = [Share(part, None, whole_part, {}) for part, whole_part in _by_part(lines)]
        return [row for row in known if row.total or row.code != "unsplit"], whole
    order, code, name = DIMENSIONS[dimension]
    rows: Any = lines.values(of_order=F(order), of_code=F(code), of_name=F(name)).annotate(**_SUMS)
    found = rows.order_by(F("of_order").asc(nulls_last=True))
    return [_share(str(row["of_code"] or ""), row["of_name"], row) for row in found], whole


_SUMS: dict[str, Any] = {"all": Sum("total"), "n": Count("pk")} | {
    name: value for part in PARTS for name, value in ((f"sum_{part}", Sum(part)), (f"n_{part}", Count(part)))
}


def _share(code: str, name: Any, row: dict[str, Any]) -> Share:
    parts = {part: (row[f"sum_{part}"] if row["n"] and row[f"n_{part}"] == row["n"] else None) for part in PARTS}
    return Share(code, name, row["all"] or NOTHING, parts)


def _by_part(lines: Any) -> list[tuple[str, Decimal]]:
    split = Q(eu_part__isnull=False)
    sums = lines.aggregate(of_unsplit=Sum("total", filter=~split), **{f"of_{p}": Sum(p, filter=split) for p in PARTS})
    return [(name, sums[f"of_{name}"] or NOTHING) for name in (*PARTS, "unsplit")]
