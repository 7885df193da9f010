"""Sample payment claims over the sample costs, one a quarter, made and checked through the portal's own actions.

The newest ones stand in different states: with the first project one is returned and one is a draft, with the second
one waits for its check, one is in check and one waits for the second person; its first one was rejected.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from budgets import actions
from budgets.checks import claim_facts
from budgets.checks import claims as checks
from budgets.models import Claim
from core.models import User
from core.money import cents
from projects.models import ContractVersion, Project
from reports.management.demo import checking
from reports.management.demo.facts import COMMUNITY, TOGETHER


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


CASTS = {
    TOGETHER: Cast(
        "finance", "officer", "admin",
        "Клубовете и консултациите вървяха по план; присъствията са въведени в портала.",
        "Документите са на хартия в проекта и се качват поетапно.",
        "Част от разхода е извън договора.",
        "Приложете платежните документи към двата най-големи разхода.",
        ("returned",),
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
}  # fmt: skip
PERIODS_OVER = timedelta(days=20)
MOST = 5


def fill_claims(project: Project, users: dict[str, User], today: date) -> None:
    """The claims of a project up to `today`; none where nobody signs in or nothing is reported."""
    cast, contract = CASTS.get(project.number), project.contract_on(today)
    if cast is None or not users or contract is None or contract.starts_on is None or contract.ends_on is None:
        return
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
        _claim(project, cast, users, (start_on, end), state)
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


def _begin(project: Project, cast: Cast, users: dict[str, User], days: tuple[date, date], at: datetime) -> Claim | None:
    by, (start, end) = users[cast.school], days
    costs = list(claim_facts.unclaimed(project, end))
    if not costs:
        return None
    claim = actions.start_claim(project, kind=Claim.Kind.INTERIM, from_on=start, to_on=end, by=by, at=at)
    Claim.objects.filter(pk=claim.pk).update(synthetic=True)
    claim = actions.choose_costs(claim, costs=costs, version=claim.version, by=by, at=at)
    return actions.change_claim(claim, version=claim.version, results=cast.results, by=by, at=at)


def _claim(project: Project, cast: Cast, users: dict[str, User], days: tuple[date, date], state: str) -> None:
    """One claim, from its draft to the state it comes to."""
    school, officer = users[cast.school], users[cast.officer]
    sent = _moment(project, days[1] + timedelta(days=14))
    claim = _begin(project, cast, users, days, sent)
    if claim is None:
        return
    claim = actions.change_claim(
        claim, version=claim.version, declarations=list(Claim.Declaration.values), by=school, at=sent
    )
    reasons = {finding.check: cast.reason for finding in checks.findings(claim, sent.date()) if not finding.blocks}
    claim = actions.send_claim(claim, version=claim.version, reasons=reasons, by=school, at=sent)
    if state == "submitted":
        return
    step: dict[str, Any] = {"by": officer, "at": sent + timedelta(days=3)}
    claim = actions.take_up(claim, **step)
    if state == "returned":
        actions.return_claim(claim, comment=cast.returned, **step)
        return
    if state == "rejected":
        actions.reject_claim(claim, comment=cast.lowered, **step)
        return
    lines = list(claim.lines.all())
    wrong, claimed = claim.lines.order_by("-cost__total", "pk").values_list("pk", "cost__total")[0]
    actions.decide(
        claim.lines.get(pk=wrong), verdict="reduce", total=cents(claimed * 9 / 10), error="budget",
        comment=cast.lowered, seen=0, **step,
    )  # fmt: skip
    if state == "in_review":
        checking.add_files(claim, by=school, at=sent)
        actions.accept_lines(claim, lines=[line.pk for line in lines[: len(lines) // 2]], **step)
        return
    actions.accept_lines(claim, lines=[line.pk for line in lines], **step)
    checking.answer(claim, **step)
    claim = actions.propose(claim, **step)
    if state == "accepted":
        actions.confirm(claim, by=users[cast.second], at=sent + timedelta(days=20))
