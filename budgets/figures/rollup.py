"""The money of many projects side by side, for page, file and API alike: one pass over the facts of claims."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

from django.db.models import Q, QuerySet, Sum

from budgets.figures.money import Amount
from budgets.models import ApplicationEntry, Claim, LineFact, Payment
from core.money import NOTHING
from projects.models import ContractVersion, Project, in_force

Step = LineFact.Step


@dataclass(frozen=True)
class Row:
    """Sums in euro. Claimed and verified are costs without advances; verified is what accepted claims were found
    eligible for, corrected what was taken back of it; paid is what went out less what came back."""

    contracted: Decimal
    claimed: Decimal
    verified: Decimal
    corrected: Decimal
    certified: Decimal
    paid: Decimal

    @property
    def approved(self) -> Decimal:
        return self.verified - self.corrected


def of_projects(projects: Sequence[Project], day: date) -> dict[int, Row]:
    """By project, with the contract in force on `day`. Four queries, one of them over the facts, for any number of
    projects. Each currency of a project is converted once, as a total."""
    ids = [project.pk for project in projects]
    sums: dict[str, dict[int, Amount]] = {field.name: defaultdict(Amount) for field in fields(Row)}
    columns = ("project_id", "version", "in_force_from", "currency", "total")
    versions = ContractVersion.objects.filter(project__in=ids).order_by("project_id").values_list(*columns, named=True)
    for project, of_project in groupby(versions, attrgetter("project_id")):
        contract = in_force(of_project, day)
        sums["contracted"][project].add(contract.currency, contract.total)
    for project, currency, claimed, released, verified, corrected in _facts(ids):
        sums["claimed"][project].add(currency, claimed)
        sums["claimed"][project].add(currency, None if released is None else -released)
        sums["verified"][project].add(currency, verified)
        sums["corrected"][project].add(currency, corrected)
    entries = ApplicationEntry.objects.filter(claim__project__in=ids).values_list("claim__project_id")
    for project, total in entries.annotate(sum=Sum("eur_total")).order_by():
        sums["certified"][project].add("EUR", total)
    payments = Payment.objects.filter(project__in=ids).values_list("project_id", "currency")
    for project, currency, amount in payments.annotate(sum=Sum("amount")).order_by():
        sums["paid"][project].add(currency, amount)
    return {pk: Row(**{name: by[pk].eur if pk in by else NOTHING for name, by in sums.items()}) for pk in ids}


def _facts(projects: list[int]) -> QuerySet:
    """Claimed, put off, found eligible and corrected by project and currency: the one pass."""
    state = "line__claim__state"
    open_or_done = ~Q(**{f"{state}__in": [Claim.State.DRAFT, Claim.State.REJECTED]})
    facts = LineFact.objects.filter(
        line__claim__project__in=projects, line__cost__isnull=False,
        step__in=[Step.DECLARED, Step.RELEASED, Step.VERIFIED, Step.CORRECTED],
    )  # fmt: skip
    return facts.values_list("line__claim__project_id", "line__claim__contract__currency").annotate(
        claimed=Sum("total", filter=Q(step=Step.DECLARED) & open_or_done),
        released=Sum("total", filter=Q(step=Step.RELEASED) & open_or_done),
        verified=Sum("total", filter=Q(step=Step.VERIFIED, **{state: Claim.State.ACCEPTED})),
        corrected=Sum("total", filter=Q(step=Step.CORRECTED)),
    ).order_by()  # fmt: skip


def total(rows: Iterable[Row]) -> Row:
    """The sums over projects: the rows of a table add up to its last one."""
    found = list(rows)
    return Row(**{field.name: sum((getattr(row, field.name) for row in found), NOTHING) for field in fields(Row)})
