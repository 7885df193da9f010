"""Corrections with their amounts, as the register and the page of one show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, Sum

from budgets.checks import corrections as checks
from budgets.figures.settlement import AMOUNTS, Split
from budgets.models import Correction, LineFact
from core.export import harmless
from core.models import AuditEvent
from core.money import to_eur


@dataclass(frozen=True)
class Case:
    """A correction, its amount in the currency of the contract and in euro, and whether it is reported until when."""

    correction: Correction
    amount: Split
    euro: Decimal
    reported: bool
    due_on: date | None


def cases(corrections: Iterable[Correction]) -> list[Case]:
    """Two queries for any number of corrections; they come with claim and contract. The amount of a dropped one is
    what it was before its amounts were given back."""
    found = list(corrections)
    first = LineFact.objects.filter(correction__in=found, total__gt=0)
    sums = first.values_list("correction_id").annotate(*(Sum(name) for name in AMOUNTS)).order_by()
    amounts = {pk: Split(*parts) for pk, *parts in sums}
    before = LineFact.objects.filter(
        line__facts__correction=OuterRef("pk"), step__in=[LineFact.Step.PAID, LineFact.Step.SETTLED], total__gt=0,
        payment__paid_on__lt=OuterRef("found_on"), payment__reverses=None, payment__reversed_by=None,
    )  # fmt: skip
    mine = Correction.objects.filter(Exists(before), pk__in=[correction.pk for correction in found])
    paid = set(mine.values_list("pk", flat=True))
    return [_case(correction, amounts.get(correction.pk, Split()), correction.pk in paid) for correction in found]


def _case(correction: Correction, amount: Split, paid: bool) -> Case:
    currency = correction.claim.contract.currency
    euro = to_eur(amount.total, currency)
    funds = euro if amount.eu_part is None else to_eur(amount.eu_part, currency)
    reported = checks.is_reported(correction, funds, paid=paid)
    return Case(correction, amount, euro, reported, checks.report_due(correction.found_on) if reported else None)


def lines_of(correction: Correction) -> list[tuple[int, str, Split]]:
    """The lines it corrects: number, document, amount."""
    first = correction.facts.filter(total__gt=0).order_by("line__number")
    rows = first.values_list("line__number", F("line__cost__document"), *AMOUNTS)
    return [(number, document or "", Split(*parts)) for number, document, *parts in rows]


def as_rows(corrections: QuerySet[Correction]) -> QuerySet:
    """Corrections as rows of a file, amounts in the currency of their contract."""
    of = LineFact.objects.filter(correction=OuterRef("pk"), total__gt=0).order_by().values("correction")
    amounts = {f"corrected_{name}": Subquery(of.annotate(sum=Sum(name)).values("sum")) for name in AMOUNTS}
    return corrections.annotate(
        project=F("claim__project__number"), claim_number=F("claim__number"), classed=F("kind"),
        currency=F("claim__contract__currency"), reason=harmless("because"), **amounts,
    ).values(
        "project", "claim_number", "number", "classed", "state", "error", "found_by", "by_audit", "found_on", "way",
        "currency", *amounts, "reason", "synthetic",
    )  # fmt: skip


def history(correction: Correction) -> list[tuple[str, AuditEvent]]:
    """What became of a case, newest first: class and state it had then, and the event."""
    events = AuditEvent.objects.filter(kind="budgets.correction", key=str(correction.key)).order_by("-pk")
    return [(_became(event.after), event) for event in events]


def _became(after: dict[str, str]) -> str:
    state = Correction.State(after.get("state", Correction.State.ACTIVE)).label
    return f"{Correction.Kind(after['class']).label}: {state}"
