"""How far budgets are carried out, by activity, cost category, partner, source, year and project: one pass over the
facts of claims, one over the budget lines in force. The rows of every dimension add up to the same totals, which are
those of the roll-up of money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from budgets.figures.money import PARTS
from budgets.models import ApplicationEntry, BudgetLine, Claim, LineFact, Payment
from core.money import NOTHING, to_eur
from projects.models import ContractVersion, Project

Fact = LineFact.Step
DIMENSIONS = ("activity", "category", "partner", "source", "year", "project")
ALL = ("total", *PARTS)
Purse = tuple[str, int, str]  # step, project, currency


@dataclass(frozen=True)
class Row:
    """One part of a budget in euro. Claimed and verified are costs without advances; verified is what accepted claims
    were found eligible for, corrected what was taken back of it; certified is less what was withdrawn; paid is what
    went out less what came back, with what an advance settled on the costs it settled."""

    planned: Decimal = NOTHING
    claimed: Decimal = NOTHING
    verified: Decimal = NOTHING
    corrected: Decimal = NOTHING
    certified: Decimal = NOTHING
    paid: Decimal = NOTHING

    @property
    def left(self) -> Decimal:
        """What was not paid yet."""
        return self.planned - self.paid


STEPS = tuple(field.name for field in fields(Row))


@dataclass(frozen=True)
class Place:
    """Where an amount stands: ids of rows, a year; None where it names none."""

    activity: int | None = None
    category: int | None = None
    partner: int | None = None
    year: int | None = None


@dataclass
class Sums:
    """An amount and its parts by source."""

    total: Decimal = NOTHING
    eu_part: Decimal = NOTHING
    national_part: Decimal = NOTHING
    own_part: Decimal = NOTHING

    def add(self, amounts: Sequence[Decimal | None], sign: int = 1) -> None:
        for name, amount in zip(ALL, amounts, strict=True):
            setattr(self, name, getattr(self, name) + sign * (amount or NOTHING))

    def by_source(self) -> Iterator[tuple[str, Decimal]]:
        parts = asdict(self)
        whole = parts.pop("total")
        yield from parts.items()
        yield "unsplit", whole - sum(parts.values(), NOTHING)


Amounts = dict[Purse, dict[Place, Sums]]


@dataclass(frozen=True)
class Execution:
    """By dimension, then by its key (id, source, year; of an activity its project and itself), in euro; and by currency
    of the contracts the totals in that currency."""

    by: dict[str, dict[Any, Row]]
    in_currency: dict[str, Row]


def execution(projects: Sequence[Project], day: date, zone: str) -> Execution:
    """Of the facts recorded up to the end of `day` in the time zone `zone`, payments by the day they were paid. Four
    queries for any number of projects, which come with `contracts` prefetched.

    Each currency of a project is converted once, as a total; its rows share that total out to the cent.
    """
    until = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
    amounts: Amounts = defaultdict(lambda: defaultdict(Sums))
    _planned(projects, day, amounts)
    _facts(projects, day, until, amounts)
    _paid_beside_claims(projects, day, amounts)
    certified: dict[Purse, Decimal] = {}
    entries = ApplicationEntry.objects.filter(claim__project__in=projects, application__sent_at__lt=until)
    for project, currency, total in _grouped(entries, "claim__project_id", "currency", eur=Sum("eur_total")):
        certified["certified", project, currency] = total
    in_currency: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: NOTHING))
    for (step, _project, currency), places in amounts.items():
        in_currency[currency][step] += sum((sums.total for sums in places.values()), NOTHING)
    return Execution(
        by={dimension: _folded(dimension, amounts, certified) for dimension in DIMENSIONS},
        in_currency={currency: Row(**sums) for currency, sums in sorted(in_currency.items()) if any(sums.values())},
    )


def total(rows: Mapping[Any, Row]) -> Row:
    return Row(**{step: sum((getattr(row, step) for row in rows.values()), NOTHING) for step in STEPS})


def _grouped(rows: Any, *keys: Any, **sums: Any) -> Any:
    return rows.values_list(*keys).annotate(**sums).order_by()


def _planned(projects: Sequence[Project], day: date, amounts: Amounts) -> None:
    """The lines of the contract in force; what it gives beyond them names no place."""
    contracts: dict[int, ContractVersion] = {}
    rest: dict[int, Sums] = {}
    for project in projects:
        if contract := project.contract_on(day):
            contracts[contract.pk] = contract
            rest[contract.pk] = Sums()
            rest[contract.pk].add([getattr(contract, name) for name in ALL])
    lines = BudgetLine.objects.filter(contract__in=list(contracts))
    keys = ("contract_id", "activity_id", "category_id", "partner_id", "year")
    for pk, *row in _grouped(lines, *keys, **{f"sum_{name}": Sum(name) for name in ALL}):
        contract = contracts[pk]
        amounts["planned", contract.project_id, contract.currency][Place(*row[:4])].add(row[4:])
        if contract.total is not None:
            rest[pk].add(row[4:], -1)
    for pk, contract in contracts.items():
        if contract.total is not None and rest[pk] != Sums():
            amounts["planned", contract.project_id, contract.currency][Place()].add(list(asdict(rest[pk]).values()))


def _facts(projects: Sequence[Project], day: date, until: datetime, amounts: Amounts) -> None:
    """The pass over the facts of claims."""
    state, cost, by_now = "line__claim__state", Q(line__cost__isnull=False), Q(at__lt=until)
    sent = cost & by_now & ~Q(**{f"{state}__in": [Claim.State.DRAFT, Claim.State.REJECTED]})
    paid = Q(payment__paid_on__lte=day)
    terms = [  # what adds to a step, and what is taken from it
        ("claimed", sent & Q(step=Fact.DECLARED), 1),
        ("claimed", sent & Q(step=Fact.RELEASED), -1),
        ("verified", cost & by_now & Q(step=Fact.VERIFIED, **{state: Claim.State.ACCEPTED}), 1),
        ("corrected", cost & by_now & Q(step=Fact.CORRECTED), 1),
        ("certified", cost & by_now & Q(step=Fact.CERTIFIED), 1),
        ("certified", cost & by_now & Q(step=Fact.WITHDRAWN), -1),
        ("paid", paid & Q(step__in=[Fact.PAID, Fact.SETTLED]), 1),
        ("paid", paid & Q(step=Fact.RECOVERED), -1),
    ]
    sums = {f"sum_{n}_{name}": Sum(name, filter=term[1]) for n, term in enumerate(terms) for name in ALL}
    of_line = "line__cost__line__"
    where = Coalesce("line__cost__activity_id", f"{of_line}activity_id")
    keys = ("line__claim__project_id", "line__claim__contract__currency", where,
            f"{of_line}category_id", f"{of_line}partner_id", f"{of_line}year")  # fmt: skip
    for project, currency, *row in _grouped(LineFact.objects.filter(line__claim__project__in=projects), *keys, **sums):
        place = Place(*row[:4])
        for n, (step, _where, sign) in enumerate(terms):
            found = row[4 + 4 * n : 8 + 4 * n]
            if found[0] is not None:
                amounts[step, project, currency][place].add(found, sign)


def _paid_beside_claims(projects: Sequence[Project], day: date, amounts: Amounts) -> None:
    """Payments the portal was only told of: they stand on no line of a claim."""
    told = Payment.objects.filter(project__in=projects, claim=None, paid_on__lte=day)
    for project, currency, amount in _grouped(told, "project_id", "currency", sum=Sum("amount")):
        amounts["paid", project, currency][Place()].add([amount, None, None, None])


def _folded(dimension: str, amounts: Amounts, certified: Mapping[Purse, Decimal]) -> dict[Any, Row]:
    rows: dict[Any, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(STEPS, NOTHING))
    for purse, places in amounts.items():
        step, project, currency = purse
        found: dict[Any, Decimal] = defaultdict(lambda: NOTHING)
        for place, sums in places.items():
            for key, amount in _keys(dimension, project, place, sums):
                found[key] += amount
        for key, eur in _shared_out(found, currency, certified.get(purse)).items():
            rows[key][step] += eur
    return {key: Row(**row) for key, row in rows.items() if any(row.values())}


def _keys(dimension: str, project: int, place: Place, sums: Sums) -> Iterator[tuple[Any, Decimal]]:
    if dimension == "source":
        yield from sums.by_source()
    elif dimension == "project":
        yield project, sums.total
    elif dimension == "activity":
        yield (project, place.activity), sums.total
    else:
        yield getattr(place, dimension), sums.total


def _shared_out(amounts: Mapping[Any, Decimal], currency: str, whole: Decimal | None) -> dict[Any, Decimal]:
    """The amounts in euro: their running total is converted, so that they add up to the converted total. `whole` is
    what their total in euro is known to be; the cents it differs by go to the largest amount."""
    found, running, before = {}, NOTHING, NOTHING
    for key in sorted(amounts, key=str):
        running += amounts[key]
        found[key], before = to_eur(running, currency) - before, to_eur(running, currency)
    if whole is not None and whole != before:
        found[max(found, key=lambda key: abs(found[key]))] += whole - before
    return found
