"""The costs of a spreadsheet go into a claim, all of them or none, and are taken back as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from activities.actions import today_in
from budgets.actions.claim_costs import document_of, filled
from budgets.actions.claims import edited
from budgets.actions.costs import Judged, judge, lines_with_rules
from budgets.checks.books import Books, Document, document_key
from budgets.checks.parts import parts_on
from budgets.checks.splits import not_as_split
from budgets.models import BudgetLine, Claim, ClaimLine, Exchange, ReportedCost
from core import audit
from core.access import Permission, Refused
from projects.actions import PARTS, require
from projects.models import Currency

AMOUNTS = ("total", "net", "vat", *PARTS)
NOT_TYPED = ("project", "line", "activity", "evidence", "corrects", "entered_by", "procurement", *PARTS)


@dataclass(frozen=True)
class Entered:
    """What became of rows, by their number: the costs that went in, those the claim held already, and what was
    refused. When a row is refused, none goes in."""

    costs: dict[int, ReportedCost] = field(default_factory=dict)
    held: set[int] = field(default_factory=set)
    refused: dict[int, Refused] = field(default_factory=dict)


@transaction.atomic
def enter_costs(
    claim: Claim, rows: Iterable[tuple[int, Mapping[str, Any]]], *, whole: bool = True, by, at: datetime
) -> Entered:
    """Report many costs of a claim's period and let the claim hold them, by the rules of `enter_cost`.

    A row has the facts of `enter_cost`, its line by key, and parts only to be checked against the split of the line.
    Without `whole`, where other rows of the file cannot be read, the rows are judged and none goes in. The same
    document twice among the rows is refused; one that the claim holds already stays as it is. Raises Refused for a
    claim that is sent, PermissionDenied without the right.
    """
    claim = filled(claim, by)
    project = claim.project
    today = today_in(project, at)
    books = Books(project, today, many=True)
    # Held against others that report on these lines, not against claims being sent, whose rows only point to them.
    locked = lines_with_rules().select_for_update(of=("self",), no_key=True)
    lines = {line.pk: line for line in locked.filter(contract=claim.contract).order_by("pk")}
    may = _may_report_on(lines.values(), by)
    held = _held(claim)
    entered, seen, judged = Entered(), dict[Document, int](), dict[int, Judged]()
    for number, told in rows:
        facts = dict(told)
        line = lines[facts.pop("line")]
        try:
            if why := may[line.partner_id]:
                raise Refused({"line": [why]})
            _in_range(facts)
            document = document_of(
                claim, kind=facts["kind"], number=facts["number"], document_on=facts["document_on"], line=line
            )
            key = document_key(line, document, facts["document_on"], facts["total"])
            if key in seen:
                raise Refused({"number": [_("Row %(row)s is the same. Take one of them out.") % {"row": seen[key]}]})
            seen[key] = number
            if key in held:
                entered.held.add(number)
                continue
            if books.has(line, document, facts["document_on"], facts["total"]):
                raise Refused({"number": [_("This cost is reported already, outside this claim. Choose it there.")]})
            _split_is_right(line, facts)
            found = judge(books, line=line, document=document, reported_on=today, **facts, by=by, at=at)
            found.cost.clean_fields(exclude=NOT_TYPED)
        except Refused as refused:
            entered.refused[number] = refused
        except ValidationError as error:
            entered.refused[number] = Refused(error)
        else:
            judged[number] = found
            books.add(found.cost)
    if whole and judged and not entered.refused:
        _store(claim, list(judged.values()), by=by, at=at)
        entered.costs.update({number: each.cost for number, each in judged.items()})
    return entered


def _may_report_on(lines: Iterable[BudgetLine], by) -> dict[int | None, str]:
    """Partner of a line → why `by` may not report on its lines; "" when they may."""
    found: dict[int | None, str] = {}
    for line in lines:
        if line.partner_id not in found:
            try:
                require(by, Permission.CLAIM_EDIT, line.contract.project, line.partner)
                found[line.partner_id] = ""
            except PermissionDenied as denied:
                found[line.partner_id] = str(denied)
    return found


def _held(claim: Claim) -> set[Document]:
    """The documents of the costs a claim holds."""
    lines = claim.lines.held().exclude(cost=None)
    costs = lines.values_list("cost__line", "cost__document", "cost__document_on", "cost__total")
    return {(line, document.casefold(), day, total) for line, document, day, total in costs}


def _in_range(facts: Mapping[str, Any]) -> None:
    """Raise Refused for amounts with parts of a cent, or larger than the portal can hold."""
    wrong = {}
    for name in AMOUNTS:
        value = facts["parts"].get(name) if name in PARTS else facts.get(name)
        if value is not None:
            try:
                ReportedCost._meta.get_field("total").run_validators(value)
            except ValidationError as error:
                wrong[name] = error.messages
    if wrong:
        raise Refused(wrong)


def _split_is_right(line: BudgetLine, facts: dict[str, Any]) -> None:
    """Check the parts a row gives and leave them to the rule where it is known. Raises Refused, part by part."""
    given = {name: facts["parts"].get(name) for name in PARTS}
    if facts["currency"] not in Currency.values:
        return
    rule = parts_on(line, facts["total"])
    if wrong := not_as_split(facts["total"], given, rule, facts["currency"]):
        raise Refused({name: [message] for name, message in wrong.items()})
    if rule["eu_part"] is not None:
        facts["parts"] = None


def _store(claim: Claim, judged: Sequence[Judged], *, by, at: datetime) -> None:
    try:
        with transaction.atomic():
            costs = ReportedCost.objects.bulk_create([each.cost for each in judged], batch_size=1000)
    except IntegrityError:  # the same was reported at the same moment
        raise Refused(_("A document of this file was just reported by somebody else. Check the rows again.")) from None
    Exchange.objects.bulk_create([each.exchange for each in judged if each.exchange])
    last = claim.lines.aggregate(last=Max("number"))["last"] or 0
    held = ClaimLine.objects.bulk_create(
        [ClaimLine(claim=claim, number=n, cost=cost) for n, cost in enumerate(costs, start=last + 1)], batch_size=1000
    )
    claim.version += 1
    claim.save(update_fields=["version"])
    told = {"by": by, "at": at, "project": claim.project.number}
    audit.record_many([
        *({"action": "cost.reported", "thing": each.cost, "after": each.told(), **told} for each in judged),
        *({"action": "claim.cost_entered", "thing": claim, "key": str(claim.key), "after": {
            "line": str(line.number), "document": cost.document, "total": str(cost.total),
        }, **told} for line, cost in zip(held, costs, strict=True)),
    ])  # fmt: skip


def may_take_back(claim: Claim, costs: Sequence[int], *, by) -> str:
    """Why the costs an import brought into a claim stay there; "" when they may be taken back."""
    if claim.received_on is not None:
        return _("The claim was sent with these costs, so they stay. Correct single costs instead.")
    lines = claim.lines.held().filter(cost__in=costs)
    if lines.count() != len(costs):
        return _("Costs of this import were taken out of the claim. Take the others out of it one by one.")
    if ReportedCost.objects.filter(corrects__in=costs).exists():
        return _("Costs of this import were corrected since, so they stay. Correct the others singly.")
    if lines.exclude(papers=None).exists():
        return _("Files prove costs of this import already, so they stay. Correct single costs instead.")
    return ""


@transaction.atomic
def take_back_costs(claim: Claim, costs: Sequence[int], *, by, at: datetime) -> None:
    """Take the costs an import brought in out of the claim and out of the books, while it was never sent and they are
    as they came. Raises Refused, saying why they stay."""
    claim = edited(claim, None, by)
    if why := may_take_back(claim, costs, by=by):
        raise Refused(why)
    Exchange.objects.filter(cost__in=costs).delete()  # before the lines: the database looks where the costs stand
    claim.lines.filter(cost__in=costs).delete()
    gone = ReportedCost.objects.filter(pk__in=costs, project=claim.project)
    told = {"by": by, "at": at, "project": claim.project.number}
    audit.record_many(
        {"action": "cost.taken_back", "thing": cost, "before": {"document": cost.document, "total": str(cost.total)},
         **told} for cost in gone
    )  # fmt: skip
    gone.delete()
    claim.version += 1
    claim.save(update_fields=["version"])
    audit.record(
        "claim.costs_taken_back", claim, by=by, at=at, project=claim.project.number, key=str(claim.key),
        before={"costs": len(costs)},
    )  # fmt: skip
