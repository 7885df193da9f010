"""Sample payment claims over the sample costs, one a quarter, made and checked through the portal's own actions.

The newest ones stand in different states: with the first project one is returned and one is a draft, with the second
one waits for its check, one is in check and one waits for the second person; its first one was rejected. What is
accepted of the first project leaves one line to the next claim. The claim of the sample partnership is open again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from budgets import actions
from budgets.checks import claim_facts
from budgets.checks import claims as checks
from budgets.models import BudgetLine, Claim, ClaimLine, LineFact, ReportedCost
from core.models import User
from core.money import cents
from projects.models import ContractVersion, Project
from reports.management.demo import checking
from reports.management.demo.cast import SAMPLE
from reports.management.demo.facts import COMMUNITY, TOGETHER

MOST = 5  # claims of a project


@dataclass(frozen=True)
class Cast:
    """Who prepares, checks and confirms, and what they write."""

    school: str
    officer: str
    second: str
    results: str
    reason: str
    lowered: str
    returned: str
    newest: tuple[str, ...]  # what the newest quarters come to, the last one first
    first: str = "accepted"
    asked: str = ""  # about a line that is therefore put off to the next claim
    advance: bool = True


CASTS = {
    TOGETHER: Cast(
        "finance", "officer", "admin",
        "Клубовете и консултациите вървяха по план; присъствията са въведени в портала.",
        "Документите са на хартия в проекта и се качват поетапно.",
        "Част от разхода е извън договора.",
        "Приложете платежните документи към двата най-големи разхода.",
        ("returned",),
        asked="Кой проведе обучението? Приложете протокола.",
    ),
    COMMUNITY: Cast(
        "coordinator.lv", "officer.lv", "officer",
        "Atbalsta pasākumi notika saskaņā ar plānu; apmeklējums ir ievadīts portālā.",
        "Dokumenti glabājas projektā papīra formā un tiek pievienoti pakāpeniski.",
        "Daļa izmaksu neatbilst līgumam.",
        "",
        ("submitted", "in_review", "waiting"),
        first="rejected",
    ),
    SAMPLE: Cast(
        "", "officer", "admin",
        "Първият работен пакет е изпълнен; наръчникът е готов.",
        "Резултатът е приложен към работния пакет.",
        "Част от резултата е извън договора.",
        "Партньорът представи липсващия превод; редът се решава отново.",
        ("reopened",) * MOST,
        first="reopened",
        advance=False,
    ),
}  # fmt: skip
PERIODS_OVER = timedelta(days=20)


def fill_claims(project: Project, users: dict[str, User], today: date) -> None:
    """The claims of a project up to `today`; none where nobody signs in or nothing is reported."""
    cast, contract = CASTS.get(project.number), project.contract_on(today)
    if cast is None or not users or contract is None or contract.starts_on is None or contract.ends_on is None:
        return
    if cast.advance:
        _advance(project, cast, users, contract, today)
    checking.rules(project.programme)
    quarters = []
    start = contract.starts_on
    while (end := _quarter_end(start)) + PERIODS_OVER <= min(today, contract.ends_on):
        quarters.append((start, end))
        start = end + timedelta(days=1)
    if len(quarters) > MOST:  # the first claim then holds all that came before
        quarters = [(contract.starts_on, quarters[-MOST][1]), *quarters[1 - MOST :]]
    ends = [cast.first, *["accepted"] * len(quarters)][: len(quarters)]
    for i, state in enumerate(cast.newest[: len(quarters)], start=1):
        ends[-i] = state
    for (start_on, end), state in zip(quarters, ends, strict=True):
        if _claim(project, cast, users, (start_on, end), state) and state == "reopened":
            break  # nothing is sent after a claim that is open again
    if project.number == TOGETHER and start <= min(today, contract.ends_on):
        at = _moment(project, start if start > today - timedelta(days=1) else today - timedelta(days=1))
        _begin(project, cast, users, (start, min(_quarter_end(start), contract.ends_on)), at)


def _advance(project: Project, cast: Cast, users: dict[str, User], contract: ContractVersion, today: date) -> None:
    """A tenth of the grant in advance, asked for a week after the start."""
    if contract.starts_on is None or contract.total is None or contract.starts_on + timedelta(days=30) > today:
        return
    days: dict[str, Any] = {"from_on": contract.starts_on, "to_on": contract.starts_on + timedelta(days=90)}
    at = _moment(project, contract.starts_on + timedelta(days=7))
    school: dict[str, Any] = {"by": users[cast.school], "at": at}
    amount = cents(contract.total / 10)
    claim = actions.start_claim(project, kind=Claim.Kind.ADVANCE, advance=amount, **days, **school)
    Claim.objects.filter(pk=claim.pk).update(synthetic=True)
    claim = actions.change_claim(claim, version=claim.version, declarations=list(Claim.Declaration.values), **school)
    claim = actions.send_claim(claim, version=claim.version, reasons={}, **school)
    step: dict[str, Any] = {"by": users[cast.officer], "at": at + timedelta(days=3)}
    claim = actions.take_up(claim, **step)
    actions.accept_lines(claim, lines=claim.lines.values_list("pk", flat=True), **step)
    claim = actions.propose(claim, **step)
    actions.confirm(claim, by=users[cast.second], at=at + timedelta(days=20))


def _quarter_end(day: date) -> date:
    month = (day.month - 1) // 3 * 3 + 4
    return date(day.year + month // 13, (month - 1) % 12 + 1, 1) - timedelta(days=1)


def _moment(project: Project, day: date) -> datetime:
    return datetime.combine(day, time(10, 0), ZoneInfo(project.programme.time_zone))


def _count_rows() -> None:
    """Tell the planner how many rows there are. All of the demo is one transaction, so autovacuum sees none of them,
    and tables it found empty are taken to hold one row each: it then joins them row by row without an index."""
    tables = [m._meta.db_table for m in (Claim, ClaimLine, LineFact, ReportedCost, BudgetLine, ContractVersion)]
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(map(connection.ops.quote_name, tables))}")


def _begin(project: Project, cast: Cast, users: dict[str, User], days: tuple[date, date], at: datetime) -> Claim | None:
    by, (start, end) = users.get(cast.school), days
    costs = list(claim_facts.unclaimed(project, end))
    if not costs:
        return None
    _count_rows()
    claim = actions.start_claim(project, kind=Claim.Kind.INTERIM, from_on=start, to_on=end, by=by, at=at)
    Claim.objects.filter(pk=claim.pk).update(synthetic=True)
    claim = actions.choose_costs(claim, costs=costs, version=claim.version, by=by, at=at)
    return actions.change_claim(claim, version=claim.version, results=cast.results, by=by, at=at)


def _claim(project: Project, cast: Cast, users: dict[str, User], days: tuple[date, date], state: str) -> bool:
    """One claim, from its draft to the state it comes to; False where there is nothing to claim."""
    school, officer = users.get(cast.school), users[cast.officer]
    sent = _moment(project, days[1] + timedelta(days=14))
    claim = _begin(project, cast, users, days, sent)
    if claim is None:
        return False
    claim = actions.change_claim(
        claim, version=claim.version, declarations=list(Claim.Declaration.values), by=school, at=sent
    )
    reasons = {finding.check: cast.reason for finding in checks.findings(claim, sent.date()) if not finding.blocks}
    claim = actions.send_claim(claim, version=claim.version, reasons=reasons, by=school, at=sent)
    if state == "submitted":
        return True
    step: dict[str, Any] = {"by": officer, "at": sent + timedelta(days=3)}
    claim = actions.take_up(claim, **step)
    if state == "returned":
        actions.return_claim(claim, comment=cast.returned, **step)
        return True
    if state == "rejected":
        actions.reject_claim(claim, comment=cast.lowered, **step)
        return True
    lines = list(claim.lines.all())
    wrong, claimed = claim.lines.order_by("-cost__total", "pk").values_list("pk", "cost__total")[0]
    actions.decide(
        claim.lines.get(pk=wrong), verdict="reduce", total=cents(claimed * 9 / 10), error="budget",
        comment=cast.lowered, seen=0, **step,
    )  # fmt: skip
    if state == "in_review":
        checking.add_files(claim, by=school, at=sent)
        actions.accept_lines(claim, lines=[line.pk for line in lines[: len(lines) // 2]], **step)
        return True
    if cast.asked:
        smallest = claim.lines.exclude(pk=wrong).order_by("cost__total", "pk").first()
        if smallest is not None:
            actions.decide(smallest, verdict="ask", comment=cast.asked, seen=0, **step)
    actions.accept_lines(claim, lines=[line.pk for line in lines], **step)
    checking.answer(claim, **step)
    claim = actions.propose(claim, **step)
    if state in ("accepted", "reopened"):
        claim = actions.confirm(claim, by=users[cast.second], at=sent + timedelta(days=20))
    if state == "reopened":
        actions.reopen(claim, comment=cast.returned, by=officer, at=sent + timedelta(days=25))
    return True
