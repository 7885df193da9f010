"""Final report of a grant paid as lump sums: work packages, deliverables, organisations, and what of the grant is due
(Erasmus+ Key Action 2). Everything as it stood at the end of a day."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from beneficiaries.figures import EARLIEST, deliveries
from budgets.checks import lumps
from budgets.models import BudgetLine, Deliverable, Form
from core import formats
from core.models.texts import said
from core.money import NOTHING, share, to_eur
from projects.models import ContractVersion, Partner, Project
from reports.catalogue import Asks, Group, Kind
from reports.columns import packages as columns
from reports.models import Report
from reports.tables import Table

Words = list[str]


def tables(project: Project, day: date, language: str) -> list[Table]:
    """All tables of a project up to the end of `day`, in words of `language`; none without a contract."""
    contract = project.contract_on(day)
    if contract is None:
        return []
    until = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(project.programme.time_zone))
    lines = list(
        contract.budget_lines.filter(form=Form.LUMP).select_related("activity__responsible", "partner").order_by("code")
    )
    promised = lumps.by_line(project, until)
    with override(language):
        return [
            _packages(contract, lines, promised, day, until, language),
            _deliverables(lines, promised, project, language),
            _partners(contract, lines, language),
            _settlement(contract, day, until),
        ]


def _words(texts: dict[str, str] | None, project: Project, language: str) -> Words:
    return list(said(texts, language, project.programme.language))


def _number(line: BudgetLine) -> str:
    return line.activity.number if line.activity else line.code


def _packages(
    contract: ContractVersion, lines: list[BudgetLine], promised: dict[str, list[Deliverable]], day: date,
    until: datetime, language: str,
) -> Table:  # fmt: skip
    project, released = contract.project, lumps.released(contract, until)
    held = deliveries(project.pk, EARLIEST, day).with_parts
    rows: list[dict[str, Any]] = []
    for line in lines:
        activity, due = line.activity, promised[line.code]
        delivery = held.get(activity.pk) if activity else None
        lead = activity.responsible if activity and activity.responsible else line.partner
        rows.append({
            "package": _number(line), "title": _words(activity.title if activity else line.name, project, language),
            "lead": _words(lead.name if lead else None, project, language),
            "starts_on": activity.starts_on if activity else None, "ends_on": activity.ends_on if activity else None,
            "lump": to_eur(line.total, contract.currency), "share": share(line.total, contract.total),
            "promised": len(due), "done": sum(each.state == Deliverable.State.DONE for each in due),
            "released": to_eur(released[line.code], contract.currency),
            "sessions": delivery.sessions if delivery else 0, "hours": delivery.hours if delivery else NOTHING,
            "people": delivery.people if delivery else 0,
        })  # fmt: skip
    whole = {
        "title": [_("Total"), ""], "lump": to_eur(sum((line.total for line in lines), NOTHING), contract.currency),
        "share": share(sum((line.total for line in lines), NOTHING), contract.total),
        "released": to_eur(sum(released.values(), NOTHING), contract.currency),
    } | {name: sum(row[name] for row in rows) for name in ("promised", "done", "sessions", "hours")}  # fmt: skip
    return Table(columns.PACKAGES, rows, whole if rows else None)


def _deliverables(
    lines: list[BudgetLine], promised: dict[str, list[Deliverable]], project: Project, language: str
) -> Table:
    zone = ZoneInfo(project.programme.time_zone)
    rows = [
        {
            "package": _number(line), "name": _words(each.name, project, language), "due_on": each.due_on,
            "state": str(each.get_state_display()), "share": each.share,
            "since_on": _since(each, zone),
        }
        for line in lines for each in promised[line.code]
    ]  # fmt: skip
    return Table(columns.DELIVERABLES, rows)


def _since(each: Deliverable, zone: ZoneInfo) -> date | None:
    """The day it came to the state it is shown in; None while it is only planned."""
    moves = [move for move in each.moves.all() if move.after == each.state]
    return localdate(max(move.at for move in moves), zone) if moves else None


def _partners(contract: ContractVersion, lines: list[BudgetLine], language: str) -> Table:
    project = contract.project
    led: dict[int, list[BudgetLine]] = defaultdict(list)
    for line in lines:
        lead = line.activity.responsible_id if line.activity and line.activity.responsible_id else line.partner_id
        if lead:
            led[lead].append(line)
    rows: list[dict[str, Any]] = []
    partners = project.partners.select_related("organisation").order_by("pk")
    told = [(p.organisation, str(p.get_role_display())) for p in partners if p.role != Partner.Role.SUBCONTRACTOR]
    if project.beneficiary and project.beneficiary not in [body for body, _role in told]:
        told.insert(0, (project.beneficiary, _("Beneficiary")))
    for body, role in told:
        mine = led[body.pk]
        rows.append({
            "name": _words(body.name, project, language), "country": body.country, "number": body.number, "role": role,
            "leads": ", ".join(_number(line) for line in mine),
            "lump": to_eur(sum((line.total for line in mine), NOTHING), contract.currency),
        })  # fmt: skip
    return Table(columns.PARTNERS, rows)


def _settlement(contract: ContractVersion, day: date, until: datetime) -> Table:
    """The grant, the plan of its payments, and what of it is due on the day."""
    found = lumps.settled(contract, day, until)

    def row(item: str, amount: Decimal | None, percent: Decimal | int | None = None) -> dict[str, Any]:
        eur = None if amount is None else to_eur(amount, contract.currency)
        return {"item": item, "percent": None if percent is None else Decimal(percent), "amount": eur}

    names = {True: _("Balance, after the final report"), False: _("Further payment")}
    rows = [row(_("Grant of the contract in force"), contract.total)]
    rows += [
        row(_("Pre-financing") if each.number == 1 else names[each.balance], each.amount, each.percent)
        for each in lumps.plan_of(contract)
    ]
    rows.append(row(_("Released by deliverables"), found.released))
    if found.score is not None:
        rows.append(row(_("Lowered by the score of the final report, %(score)s") % {"score": found.score},
                        -found.lowered, found.percent))  # fmt: skip
    return Table(columns.SETTLEMENT, [
        *rows, row(_("Grant due on the day"), found.due), row(_("Paid so far"), -found.paid),
        row(_("Balance, below 0 to be paid back"), found.balance),
    ])  # fmt: skip


def take(report: Report) -> dict[str, Any]:
    project = report.project
    assert project is not None
    found, contract = tables(project, report.to_on, report.language), project.contract_on(report.to_on)
    with override(report.language):
        due = lumps.report_due(contract) if contract else None
        facts = [
            [_("Contract"), contract.number if contract else formats.UNKNOWN],
            [_("Work"), formats.period(contract.starts_on, contract.ends_on, report.language) if contract else ""],
            [_("Final report due on"), formats.long_day(due, report.language)],
        ]
        notes = [*lumps.problems(contract)] if contract else []
    return {
        "tables": {table.key: table.encoded() for table in found}, "facts": facts, "notes": notes,
        "samples": project.synthetic,
    }  # fmt: skip


def problems(project: Project, from_on: date, to_on: date) -> dict[str, list[str]]:
    """Only a project with lump sums in its contract has work packages to report."""
    contract = project.contract_on(to_on)
    if contract is None or not contract.budget_lines.filter(form=Form.LUMP).exists():
        return {"project": [_("The contract of this project has no lump sums.")]}
    return {}


FINAL_PACKAGES = Kind(
    key="work_packages",
    name=gettext_lazy("Final report by work package"),
    about=gettext_lazy(
        "Work packages, deliverables, organisations and balance of a grant paid as lump sums (Erasmus+)."
    ),
    take=take,
    group=Group.FUNDER,
    asks=Asks.DAY,
    problems=problems,
    tables=(("", tuple(table.key for table in columns.TABLES)),),
)
