"""A cost is entered straight into a claim: reported, held by the claim and proved in one step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import override

from activities.actions import today_in
from budgets.actions.claims import add_paper, edited
from budgets.actions.costs import report_cost
from budgets.models import Claim, ClaimLine, CostDraft, ReportedCost
from core import audit
from core.access import Permission, Refused

DRAFTED = frozenset({
    "line", "kind", "number", "document_on", "supplier", "supplier_number", "currency", "net", "vat", "total",
    "paid_on", "units", "activity", "procurement",
})  # fmt: skip
LONGEST = 300


@transaction.atomic
def enter_cost(
    claim: Claim, *, kind: str, number: str, uploads: Iterable[Any] = (), by, at: datetime, **facts: Any
) -> ClaimLine:
    """Report a cost of a claim's period and let the claim hold it, with the files that prove it.

    `facts` are those of `report_cost`, which splits and checks them; the document is named by its kind and number in
    the language of the programme. Raises Refused, by field, for what it refuses, for a document after the period of
    the claim, a wrong file, and for a claim that is sent.
    """
    claim = edited(claim, None, by)
    if claim.kind == Claim.Kind.ADVANCE:
        raise Refused(_("An advance is asked for as an amount; it holds no costs."))
    problems = {}
    if kind not in ReportedCost.Kind.values:
        problems["kind"] = [_("Choose the kind of the document.")]
    if not number.strip():
        problems["number"] = [_("Enter the number as it stands on the document.")]
    if facts["document_on"] > claim.to_on:
        problems["document_on"] = [_("The document is newer than the period of the claim.")]
    if problems:
        raise Refused(problems)
    with override(claim.project.programme.language):
        document = f"{ReportedCost.Kind(kind).label} {number.strip()}"
    cost = report_cost(
        **facts, kind=kind, number=number, document=document, reported_on=today_in(claim.project, at),
        needs=Permission.CLAIM_EDIT, by=by, at=at,
    )  # fmt: skip
    line = hold(claim, cost, by=by, at=at)
    for upload in uploads:
        add_paper(line, upload, by=by, at=at)
    CostDraft.objects.filter(claim=claim, user=by).delete()
    return line


def hold(claim: Claim, cost: ReportedCost, *, by, at: datetime) -> ClaimLine:
    """A further line of a locked claim, for a cost that was just reported."""
    last = claim.lines.aggregate(last=Max("number"))["last"] or 0
    line = ClaimLine.objects.create(claim=claim, number=last + 1, cost=cost)
    claim.version += 1
    claim.save(update_fields=["version"])
    audit.record(
        "claim.cost_entered", claim, by=by, at=at, project=claim.project.number, key=str(claim.key),
        after={"line": str(line.number), "document": cost.document, "total": str(cost.total)},
    )  # fmt: skip
    return line


@transaction.atomic
def keep_draft(claim: Claim, typed: Mapping[str, str], *, by, at: datetime) -> CostDraft:
    """Keep what a person has typed of a cost, unchecked, in place of what was kept before."""
    claim = edited(claim, None, by)
    data = {name: text[:LONGEST] for name, text in typed.items() if name in DRAFTED and text}
    return CostDraft.objects.update_or_create(claim=claim, user=by, defaults={"data": data, "saved_at": at})[0]


def drop_draft(claim: Claim, *, by) -> None:
    CostDraft.objects.filter(claim=claim, user=by).delete()
