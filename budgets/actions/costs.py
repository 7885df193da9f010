"""A cost is reported, a cost is corrected.

A missing right raises PermissionDenied (pages and API: 403), a rule that stands against raises Refused (API: 409) with
its message beside the name of the field where there is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from activities.actions import today_in
from activities.models import Activity, Evidence
from budgets import checks
from budgets.actions.rates import rate_for
from budgets.checks.books import Books
from budgets.checks.forms_of_cost import form_not_allowed
from budgets.checks.parts import Parts, negative, parts_of, parts_on, shares
from budgets.models import BudgetLine, Exchange, Form, Procurement, ReportedCost
from core import audit
from core.access import Permission, Refused
from core.money import NOTHING, cents
from projects.actions import PARTS, parts_problems, require
from projects.models import Currency


@dataclass(frozen=True)
class Judged:
    """A cost that may be stored, and the amount on its document where that is in another currency."""

    cost: ReportedCost
    exchange: Exchange | None

    def told(self) -> dict[str, str]:
        """What the trail says of it."""
        told = _told(self.cost)
        if paper := self.exchange:
            told |= {"on_paper": f"{paper.amount} {paper.currency}", "rate": f"{paper.rate:f}"}
        return told


@transaction.atomic
def report_cost(
    *, line: BudgetLine, needs: Permission = Permission.BUDGET_EDIT, by, at: datetime, **facts: Any
) -> ReportedCost:
    """Report a cost on a line of the contract in force; `facts` are those of `judge`, which says what is refused."""
    line = lines_with_rules().select_for_update(of=("self",)).get(pk=line.pk)
    project = line.contract.project
    require(by, needs, project, line.partner)
    judged = judge(Books(project, today_in(project, at)), line=line, by=by, at=at, **facts)
    save_cost(judged.cost)
    if judged.exchange:
        judged.exchange.save()
    audit.record(
        "cost.reported", judged.cost, by=by, at=at, project=project.number, key=str(judged.cost.key),
        after=judged.told(),
    )  # fmt: skip
    return judged.cost


def lines_with_rules() -> models.QuerySet[BudgetLine]:
    """Budget lines with what a cost on them is held against."""
    return BudgetLine.objects.select_related(
        "contract__project__programme", "contract__project__call", "activity", "partner"
    )


def judge(
    books: Books,
    *,
    line: BudgetLine,
    document: str,
    document_on: date,
    reported_on: date,
    total: Decimal,
    currency: str,
    activity: Activity | None = None,
    parts: Parts | None = None,
    evidence: Evidence | None = None,
    kind: str = "",
    number: str = "",
    supplier: str = "",
    supplier_number: str = "",
    vat: Decimal | None = None,
    units: Decimal | None = None,
    paid_on: date | None = None,
    net: Decimal | None = None,
    procurement: Procurement | None = None,
    by,
    at: datetime,
) -> Judged:
    """A cost on a line that is locked, not stored yet; of a credit note the amounts are negative.

    An amount in another currency than euro and lev is estimated in euro by the Commission's rate of the month in which
    it is reported, and written beside; what counts is the rate of the month in which a claim with it is sent.

    Without `parts` the amount is split as the line is, else as the contract is, else not at all. Raises Refused, by
    field, for a document outside eligibility, a day in the future, an amount above what is left on the line, parts
    that do not make the amount, an activity or file of another project, the same document twice.
    """
    contract, project, today = line.contract, books.project, books.today
    document = document.strip()
    problems: dict[str, list[str]] = {}

    def note(field: str, message: str) -> None:
        if message:
            problems.setdefault(field, []).append(message)

    rate, on_paper = rate_for(currency, reported_on), total
    written = currency
    if rate is not None:
        if net is not None:
            note("total", checks.not_the_sum(net, vat, total, currency))
        if parts and any(amount is not None for amount in parts.values()):
            note("eu_part", _("Leave the parts of an amount in another currency empty: they follow from the line."))
        total, net, vat, currency, parts = rate.euro(total), None, vat and rate.euro(vat), Currency.EUR, None
    note("line", checks.not_in_force(line, books.contract))
    if line.form == Form.FLAT:
        note("line", _("A flat rate is computed when a claim is sent. Nobody reports it."))
    note("line", form_not_allowed(line.code, line.form, line.flat, books.rules))
    if not document:
        note("document", _("Enter kind and number of the document, such as “Invoice 118”."))
    note("document_on", checks.not_yet(document_on, today) or checks.not_eligible(contract, document_on))
    note("reported_on", checks.not_yet(reported_on, today) or checks.reported_before_document(document_on, reported_on))
    note("activity", checks.foreign_activity(line, activity))
    if kind == ReportedCost.Kind.CREDIT_NOTE:
        if total >= 0:
            note("total", _("The amount of a credit note is negative: write a minus before it."))
    elif total <= 0:
        note("total", _("Enter an amount above 0. To take back a reported cost, correct it."))
    else:
        note("total", checks.above_line(line, total, currency, books.spent(line)))
        note("document", checks.reported_already(books.has(line, document, document_on, total)))
    if paid_on is not None:
        note("paid_on", checks.not_yet(paid_on, today))
    if vat is not None and (abs(vat) > abs(total) or vat * total < 0):
        note("vat", _("The VAT is a part of the amount: from 0 to the amount itself."))
    if net is not None:
        note("total", checks.not_the_sum(net, vat, total, currency))
    if procurement is not None and procurement.project_id != project.pk:
        note("procurement", _("This contract belongs to another project. Choose one of this project."))
    if units is not None and units <= 0:
        note("units", _("Enter how many units there were, above 0."))
    if evidence is not None and (evidence.project_id != project.pk or evidence.removed_at is not None):
        note("evidence", _("This file belongs to another project or was removed. Choose another one."))
    given = {name: parts.get(name) for name in PARTS} if parts else {}
    if any(amount is not None for amount in given.values()):
        for name, message in parts_problems(total, given, currency).items():
            note(name, message)
    else:
        given = parts_on(line, total)
    if problems:
        raise Refused(problems)
    cost = ReportedCost(
        project=project, line=line, activity=activity, document=document, document_on=document_on,
        reported_on=reported_on, currency=currency, total=total, evidence=evidence, entered_at=at, entered_by=by,
        kind=kind, number=number.strip(), supplier=supplier.strip(), supplier_number=supplier_number.strip(), vat=vat,
        units=units, paid_on=paid_on, procurement=procurement, **given,
    )  # fmt: skip
    if rate is None:
        return Judged(cost, None)
    paper = Exchange(cost=cost, currency=written, amount=on_paper, rate=rate.rate, month=rate.month, source=rate.source)
    return Judged(cost, paper)


@transaction.atomic
def correct_cost(cost: ReportedCost, *, total: Decimal, because: str, by, at: datetime) -> ReportedCost:
    """Take back `total` (above zero) of a reported cost: a further, negative row that points back to it.

    The cost itself stays as it was. Raises Refused when more would be taken back than is left of it, or without a
    reason.
    """
    cost = (
        ReportedCost.objects.select_for_update(of=("self",))
        .select_related("project__programme", "line__partner", "line__contract", "activity")
        .get(pk=cost.pk)
    )
    require(by, Permission.BUDGET_EDIT, cost.project, cost.line.partner)
    earlier = list(cost.corrections.all())
    problems: dict[str, list[str]] = {}
    if cost.corrects_id is not None:
        raise Refused(_("This row is a correction itself. Correct the cost it belongs to."))
    if cost.line.form == Form.FLAT:
        raise Refused(_("A flat rate follows its base. Correct the costs it was computed on."))
    if not because.strip():
        problems["because"] = [_("Say why the cost is corrected.")]
    if total <= 0:
        problems["total"] = [_("Enter the amount to take back, above 0.")]
    elif wrong := checks.above_rest(cost, earlier, total):
        problems["total"] = [wrong]
    if problems:
        raise Refused(problems)
    left: dict[str, Decimal | None] = {
        name: None if part is None else part + sum((getattr(c, name) or NOTHING for c in earlier), NOTHING)
        for name, part in shares(cost).items()
    }
    back = negative(parts_of(total, left))
    correction = ReportedCost(
        project=cost.project, line=cost.line, activity=cost.activity, document=cost.document,
        document_on=cost.document_on, reported_on=today_in(cost.project, at), currency=cost.currency, total=-total,
        corrects=cost, entered_at=at, entered_by=by, synthetic=cost.synthetic, procurement=cost.procurement, **back,
    )  # fmt: skip
    save_cost(correction)
    _take_back_on_paper(cost, correction, earlier)
    audit.record(
        "cost.corrected", correction, by=by, at=at, project=cost.project.number,
        after=_told(correction) | {"corrects": str(cost.key)}, note=because.strip(),
    )  # fmt: skip
    return correction


def _take_back_on_paper(cost: ReportedCost, correction: ReportedCost, earlier: list[ReportedCost]) -> None:
    """Of a document in another currency so much is taken back there, too; with the last of it, what is left there."""
    paper = Exchange.objects.filter(cost=cost).first()
    if paper is None:
        return
    left = paper.amount + sum(Exchange.objects.filter(cost__in=earlier).values_list("amount", flat=True), NOTHING)
    all_of_it = not cost.total + correction.total + sum((each.total for each in earlier), NOTHING)
    amount = -left if all_of_it else -min(cents(-correction.total * paper.rate), left)
    Exchange.objects.create(
        cost=correction, currency=paper.currency, amount=amount, rate=paper.rate, month=paper.month, source=paper.source
    )


def save_cost(cost: ReportedCost) -> None:
    """Store a cost; Refused for what its constraints do not allow."""
    try:
        cost.full_clean(exclude=["project", "line", "activity", "evidence", "corrects", "entered_by", "procurement"])
        with transaction.atomic():
            cost.save()
    except ValidationError as error:
        raise Refused(error) from None
    except IntegrityError:  # the same was sent twice at the same moment
        raise Refused(_("This document is reported already on this budget line with this amount.")) from None


def _told(cost: ReportedCost) -> dict[str, str]:
    told = {
        "line": cost.line.code,
        "document": cost.document,
        "document_on": str(cost.document_on),
        "reported_on": str(cost.reported_on),
        "currency": cost.currency,
        "total": str(cost.total),
        "kind": cost.kind,
        "paid_on": str(cost.paid_on or ""),
        "units": "" if cost.units is None else str(cost.units),
        "activity": cost.activity.number if cost.activity else "",
    } | {name: str(part) for name, part in shares(cost).items() if part is not None}
    return {name: value for name, value in told.items() if value}
