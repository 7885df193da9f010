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
    """By project, with the contract in force on `day`. Five queries, one of them over the facts, for any number of
    projects. Each currency of a project is converted once, as a total."""
    ids = [project.pk for project in projects]
    sums: dict[str, dict[int, Amount]] = {field.name: defaultdict(Amount) for field in fields(Row)}
    columns = ("project_id", "version", "in_force_from", "currency", "total")
    versions = ContractVersion.objects.filter(project__in=ids).order_by("project_id").values_list(*columns, named=True)
    for project, of_project in groupby(versions, attrgetter("project_id")):
        contract = in_force(of_project, day)
        sums["contracted"][project].add(contract.currency, contract.total)
    claims = Claim.objects.filter(project__in=ids)
    heads = claims.values_list("pk", "project_id", "contract__currency", "state")
    about = {pk: (project, currency, state) for pk, project, currency, state in heads}
    for claim, claimed, released, verified, corrected in _facts(claims):
        if claim not in about:  # sent this very moment
            continue
        project, currency, state = about[claim]
        if state not in (Claim.State.DRAFT, Claim.State.REJECTED):
            sums["claimed"][project].add(currency, claimed)
            sums["claimed"][project].add(currency, None if released is None else -released)
        if state == Claim.State.ACCEPTED:
            sums["verified"][project].add(currency, verified)
        sums["corrected"][project].add(currency, corrected)
    entries = ApplicationEntry.objects.filter(claim__project__in=ids).values_list("claim__project_id")
    for project, total in entries.annotate(sum=Sum("eur_total")).order_by():
        sums["certified"][project].add("EUR", total)
    payments = Payment.objects.filter(project__in=ids).values_list("project_id", "currency")
    for project, currency, amount in payments.annotate(sum=Sum("amount")).order_by():
        sums["paid"][project].add(currency, amount)
    return {pk: Row(**{name: by[pk].eur if pk in by else NOTHING for name, by in sums.items()}) for pk in ids}


def _facts(claims: QuerySet[Claim]) -> QuerySet:
    """Declared, put off, found eligible and corrected by claim (id): the one pass."""
    facts = LineFact.objects.filter(
        line__claim__in=claims, line__cost__isnull=False,
        step__in=[Step.DECLARED, Step.RELEASED, Step.VERIFIED, Step.CORRECTED],
    )  # fmt: skip
    return facts.values_list("line__claim_id").annotate(
        claimed=Sum("total", filter=Q(step=Step.DECLARED)),
        released=Sum("total", filter=Q(step=Step.RELEASED)),
        verified=Sum("total", filter=Q(step=Step.VERIFIED)),
        corrected=Sum("total", filter=Q(step=Step.CORRECTED)),
    ).order_by()  # fmt: skip


def total(rows: Iterable[Row]) -> Row:
    """The sums over projects: the rows of a table add up to its last one."""
    found = list(rows)
    return Row(**{field.name: sum((getattr(row, field.name) for row in found), NOTHING) for field in fields(Row)})
