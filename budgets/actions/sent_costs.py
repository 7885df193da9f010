"""Costs as a finance system sends them: many at once, each named by its id there, so that what comes twice is one.

A cost is a fact. A row whose id is known changes nothing where it says the same; a smaller amount takes back the
difference, for a reason, as a correction on the page does; any other value is refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from activities.actions import today_in
from budgets import checks
from budgets.actions.cost_sheets import NOT_TYPED
from budgets.actions.costs import Judged, correct_cost, judge, lines_with_rules
from budgets.checks.books import Books
from budgets.checks.parts import shares
from budgets.models import BudgetLine, Exchange, ReportedCost
from core import audit, formats
from core.access import Permission, Refused
from core.bulk import going
from core.money import NOTHING
from projects.actions import PARTS, require
from projects.actions.external import External, give_ids, known_as
from projects.models import Change, Project

ALIKE = (
    "document", "document_on", "reported_on", "kind", "number", "supplier", "supplier_number", "units", "paid_on",
    "activity", "evidence", "procurement",
)  # fmt: skip


@dataclass(frozen=True)
class SentCost:
    """A row: its place, the code of its budget line, the facts of `judge` without the line, which of them it says
    itself, what its source calls it, and why a known cost is taken back."""

    index: int
    project: Project
    line: str
    facts: dict[str, Any]
    said: frozenset[str]
    external: External | None = None
    because: str = ""


@dataclass(frozen=True)
class Became:
    """What became of a row; `refused` says why none of it was stored."""

    index: int
    status: str
    cost: ReportedCost | None = None
    refused: Refused | PermissionDenied | None = None


def line_of(project: Project, code: str, *, by, at: datetime) -> BudgetLine:
    """The line of the contract in force with this code. Raises PermissionDenied for who may report none there, Refused
    for a code there is not."""
    require(by, Permission.BUDGET_EDIT, project)
    contract = project.contract_on(today_in(project, at))
    return _named({line.code: line for line in contract.budget_lines.all()} if contract else {}, code)


def _named(lines: Mapping[str, BudgetLine], code: str) -> BudgetLine:
    if code not in lines:
        if not lines:
            raise Refused({"line": [_("The project has no budget yet, so no cost can be reported.")]})
        known = ", ".join(sorted(lines)[:20])
        raise Refused({"line": [_("The contract has no such budget line. Use one of: %(known)s.") % {"known": known}]})
    return lines[code]


def facts_of(told: Mapping[str, Any], project: Project, *, at: datetime) -> dict[str, Any]:
    """The facts of `judge` from those of a row: reported today and in the currency of the contract, unless it says
    otherwise."""
    today = today_in(project, at)
    facts = {"reported_on": today, **told, "parts": {name: told.get(name) for name in PARTS}}
    if not facts.get("currency"):
        contract = project.contract_on(today)
        facts["currency"] = contract.currency if contract else ""
    return {name: value for name, value in facts.items() if name not in PARTS}


@dataclass
class _Home:
    """A project that rows go into, with all that they are held against; its lines are locked."""

    books: Books
    lines: dict[str, BudgetLine] = field(default_factory=dict)
    known: dict[External, ReportedCost] = field(default_factory=dict)
    may: dict[int | None, PermissionDenied | None] = field(default_factory=dict)
    seen: set[External] = field(default_factory=set)


@transaction.atomic
def take_costs(rows: Sequence[SentCost], *, by, at: datetime, going_on=None) -> list[Became]:
    """Correct the costs that are known, then report those that are new; each row tells what became of it, and one that
    is refused leaves nothing behind."""
    homes = _homes(rows, at)
    found: list[Became] = []
    new: list[SentCost] = []
    for row in going(rows, going_on, 500):
        home = homes[row.project]
        known = home.known.get(row.external) if row.external else None
        left = _left(known) if known else NOTHING
        try:
            if row.external in home.seen:
                raise Refused({"external": [_("This external id is in the list twice.")]})
            for line in (known.line if known else None, home.lines.get(row.line)):
                _may(home, row.project, line, by)
            if known and left:
                found.append(_again(row, known, left, by=by, at=at))
            elif known and not row.facts["total"]:
                found.append(Became(row.index, "unchanged", known))
            else:
                new.append(row)
        except (Refused, PermissionDenied) as refused:
            found.append(Became(row.index, "refused", refused=refused))
        else:
            home.seen |= {row.external} if row.external else set()
    judged: list[tuple[SentCost, Judged]] = []
    for row in new:
        try:
            judged.append((row, _judged(homes[row.project], row, by=by, at=at)))
        except Refused as refused:
            found.append(Became(row.index, "refused", refused=refused))
    _store(judged, by=by, at=at)
    return found + [Became(row.index, "created", each.cost) for row, each in judged]


def _homes(rows: Iterable[SentCost], at: datetime) -> dict[Project, _Home]:
    """The projects of the rows. Ids first, then lines, both in one order: who does the same at once waits, not for
    ever."""
    wanted: dict[Project, set[External]] = defaultdict(set)
    for row in rows:
        wanted[row.project] |= {row.external} if row.external else set()
    homes: dict[Project, _Home] = {}
    contracts: dict[int, _Home] = {}
    for project in sorted(wanted, key=lambda project: project.pk):
        home = homes[project] = _Home(Books(project, today_in(project, at), many=True))
        if home.books.contract is not None:
            contracts[home.books.contract.pk] = home
        keys = known_as(project, Change.Collection.COSTS, wanted[project])
        costs = ReportedCost.objects.filter(project=project, key__in=keys.values()).prefetch_related(
            "corrections__exchange"
        )
        beside = ("line__partner", "activity", "evidence", "procurement", "exchange")
        by_key = {cost.key: cost for cost in costs.select_related(*beside)}
        home.known = {external: by_key[key] for external, key in keys.items() if key in by_key}
    locked = lines_with_rules().select_for_update(of=("self",), no_key=True)
    for line in locked.filter(contract__in=contracts).order_by("pk"):
        contracts[line.contract_id].lines[line.code] = line
    return homes


def _may(home: _Home, project: Project, line: BudgetLine | None, by) -> None:
    """Raise PermissionDenied where the person may not report on a line."""
    partner = line.partner if line else None
    where = partner.pk if partner else None
    if where not in home.may:
        try:
            require(by, Permission.BUDGET_EDIT, project, partner)
            home.may[where] = None
        except PermissionDenied as denied:
            home.may[where] = denied
    if no := home.may[where]:
        raise no


def _judged(home: _Home, row: SentCost, *, by, at: datetime) -> Judged:
    line, books = _named(home.lines, row.line), home.books
    found = judge(books, line=line, **row.facts, by=by, at=at)
    cost = found.cost
    if cost.total < 0 and books.has(line, cost.document, cost.document_on, cost.total):
        raise Refused({"document": [checks.reported_already(True)]})
    try:
        cost.clean_fields(exclude=NOT_TYPED)
    except ValidationError as error:
        raise Refused(error) from None
    books.add(cost)
    return found


def _left(cost: ReportedCost) -> Decimal:
    """What is left of a cost, as it stands on its document."""
    return sum((_on_paper(each) for each in cost.corrections.all()), _on_paper(cost))


def _on_paper(cost: ReportedCost) -> Decimal:
    return cost.exchange.amount if hasattr(cost, "exchange") else cost.total


def _again(row: SentCost, cost: ReportedCost, left: Decimal, *, by, at: datetime) -> Became:
    """A row of a cost that is known and not taken back as a whole."""
    problems, wanted = _other(row, cost), row.facts["total"]
    if wanted == left and not problems:
        return Became(row.index, "unchanged", cost)
    if wanted != left:
        words = {"left": formats.money(left, get_language() or "en", _currency(cost))}
        if cost.total < 0:
            problems["total"] = [_("A credit note that is reported stays as it is: %(left)s.") % words]
        elif wanted > left:
            problems["total"] = [_("Of this cost %(left)s are left. Report the rest as a further one.") % words]
        elif hasattr(cost, "exchange"):
            problems["total"] = [_("Of this cost %(left)s are left. Correct it by its key, in euro.") % words]
    if problems:
        raise Refused(problems)
    correct_cost(cost, total=left - wanted, because=row.because, by=by, at=at)
    return Became(row.index, "updated", cost)


def _other(row: SentCost, cost: ReportedCost) -> dict[str, list[str]]:
    """The values of a row that are others than were reported, by field. Of a cost that was taken back in part its
    parts and VAT are not compared."""
    there: dict[str, Any] = {name: getattr(cost, name) for name in ALIKE}
    there |= {"line": cost.line.code, "currency": _currency(cost)}
    if not hasattr(cost, "exchange") and row.facts["total"] == cost.total:
        there |= shares(cost) | {"vat": cost.vat}
    told = row.facts | row.facts["parts"] | {"line": row.line}
    return {
        name: [_("Another value is reported, and a cost is never edited. Take it back, then report it anew.")]
        for name, value in there.items()
        if name in row.said and _plain(told.get(name)) != value
    }


def _plain(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _currency(cost: ReportedCost) -> str:
    return cost.exchange.currency if hasattr(cost, "exchange") else cost.currency


def _store(judged: Sequence[tuple[SentCost, Judged]], *, by, at: datetime) -> None:
    try:
        with transaction.atomic():
            ReportedCost.objects.bulk_create([each.cost for _row, each in judged], batch_size=1000)
    except IntegrityError:  # the same was reported at the same moment
        raise Refused(_("A document of these rows was just reported by somebody else. Send them again.")) from None
    Exchange.objects.bulk_create([each.exchange for _row, each in judged if each.exchange])
    audit.record_many(
        {"action": "cost.reported", "thing": each.cost, "key": str(each.cost.key), "after": each.told(), "by": by,
         "at": at, "project": row.project.number} for row, each in judged
    )  # fmt: skip
    for project, given in _given(judged):
        give_ids(project, Change.Collection.COSTS, given, by=by, at=at)


def _given(judged: Iterable[tuple[SentCost, Judged]]) -> Iterator[tuple[Project, dict[External, Any]]]:
    named: dict[Project, dict[External, Any]] = defaultdict(dict)
    for row, each in judged:
        if row.external:
            named[row.project][row.external] = each.cost.key
    yield from named.items()
