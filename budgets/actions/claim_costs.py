"""A cost is entered straight into a claim: reported, held by the claim and proved in one step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from activities.actions import today_in
from budgets.actions.claims import add_paper, edited
from budgets.actions.costs import report_cost
from budgets.actions.simplified import compute, hold
from budgets.checks import lumps
from budgets.checks.claim_units import lump_left, units_left
from budgets.models import BudgetLine, Claim, ClaimLine, CostDraft, Deliverable, Form, ReportedCost
from core import formats
from core.access import Permission, Refused
from core.money import NOTHING
from projects.models import Project

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
    claim = filled(claim, by)
    document = document_of(claim, kind=kind, number=number, document_on=facts["document_on"], line=facts["line"])
    cost = report_cost(
        **facts, kind=kind, number=number, document=document, reported_on=today_in(claim.project, at),
        needs=Permission.CLAIM_EDIT, by=by, at=at,
    )  # fmt: skip
    line = hold(claim, cost, by=by, at=at)
    for upload in uploads:
        add_paper(line, upload, by=by, at=at)
    CostDraft.objects.filter(claim=claim, user=by).delete()
    return line


def filled(claim: Claim, by) -> Claim:
    """A locked claim into which `by` may put costs now."""
    claim = edited(claim, None, by)
    if claim.kind == Claim.Kind.ADVANCE:
        raise Refused(_("An advance is asked for as an amount; it holds no costs."))
    return claim


def document_of(claim: Claim, *, kind: str, number: str, document_on: date, line: BudgetLine) -> str:
    """What a document is called in a claim. Raises Refused, by field, for one that this claim does not take."""
    problems = {}
    if kind not in ReportedCost.Kind.values:
        problems["kind"] = [_("Choose the kind of the document.")]
    if not number.strip():
        problems["number"] = [_("Enter the number as it stands on the document.")]
    if document_on > claim.to_on:
        problems["document_on"] = [_("The document is newer than the period of the claim.")]
    if line.form == Form.LUMP:
        problems["line"] = [_("A lump sum is released by its deliverables. Take it from the page of the costs.")]
    if line.unit:
        problems["line"] = [_("Units of this line are counted from attendance. Take them from the page of the costs.")]
    if problems:
        raise Refused(problems)
    with override(claim.project.programme.language):
        return f"{ReportedCost.Kind(kind).label} {number.strip()}"


@transaction.atomic
def keep_draft(claim: Claim, typed: Mapping[str, str], *, by, at: datetime) -> CostDraft:
    """Keep what a person has typed of a cost, unchecked, in place of what was kept before."""
    claim = edited(claim, None, by)
    data = {name: text[:LONGEST] for name, text in typed.items() if name in DRAFTED and text}
    return CostDraft.objects.update_or_create(claim=claim, user=by, defaults={"data": data, "saved_at": at})[0]


def drop_draft(claim: Claim, *, by) -> None:
    CostDraft.objects.filter(claim=claim, user=by).delete()


@dataclass(frozen=True)
class Counted:
    """Units delivered on a line from a day to a day, and the rows that make them."""

    line: BudgetLine
    units: Decimal
    first: date
    last: date
    rows: list[dict[str, str]]


@transaction.atomic
def claim_units(claim: Claim, counted: Counted, *, by, at: datetime) -> ClaimLine:
    """Let a claim hold what was counted on a line of unit costs and is not reported yet.

    The count and its rows are kept with the cost. No more is claimed than the line has room for. Raises Refused when
    nothing new is counted, and for a line that does not count units.
    """
    claim, line = _on_line(claim, counted.line, by)
    if line.form != Form.UNIT or not line.unit or line.unit_price is None:
        raise Refused(_("Line %(code)s does not count units.") % {"code": line.code})
    offer = units_left(claim, line, counted.units, today_in(claim.project, at))
    if not offer.amount:
        raise Refused(_("Nothing new is counted on line %(code)s.") % {"code": line.code})
    language = claim.project.programme.language
    with override(language):
        words = {"unit": line.get_unit_display(), "code": line.code, "day": formats.day(counted.last, language)}
        document = _("%(unit)s on line %(code)s until %(day)s") % words
    basis = {
        "form": "unit", "unit": line.unit, "price": str(line.unit_price), "from": str(counted.first),
        "to": str(counted.last), "counted": str(counted.units), "before": str(offer.before), "rows": counted.rows,
    }  # fmt: skip
    return compute(
        claim, line, total=offer.amount, units=offer.units, document=document, basis=basis, by=by, at=at
    )  # fmt: skip


@transaction.atomic
def claim_lump(claim: Claim, line: BudgetLine, *, by, at: datetime) -> ClaimLine:
    """Let a claim hold what the deliverables of a lump sum release and is not reported yet."""
    claim, line = _on_line(claim, line, by)
    amount = lump_left(claim).get(line.code, NOTHING)
    if amount <= 0:
        raise Refused(_("The deliverables of line %(code)s release nothing new.") % {"code": line.code})
    done = [d for d in lumps.by_line(claim.project)[line.code] if d.state == Deliverable.State.DONE]
    language = claim.project.programme.language
    with override(language):
        document = _("Lump sum of line %(code)s, claim %(number)s") % {"code": line.code, "number": claim.number}
    basis = {
        "form": "lump", "total": str(line.total),
        "rows": [{"key": str(each.key), "name": str(each), "share": str(each.share or "")} for each in done],
    }  # fmt: skip
    return compute(claim, line, total=amount, document=document, basis=basis, by=by, at=at)


def _on_line(claim: Claim, line: BudgetLine, by) -> tuple[Claim, BudgetLine]:
    """A claim and a line of its contract, locked with the project, so that nothing is counted twice at once."""
    claim = filled(claim, by)
    Project.objects.select_for_update(of=("self",)).get(pk=claim.project_id)
    found = claim.contract.budget_lines.select_related("contract").filter(pk=line.pk).first()
    if found is None:
        raise Refused(_("Line %(code)s does not belong to the contract of this claim.") % {"code": line.code})
    return claim, found
