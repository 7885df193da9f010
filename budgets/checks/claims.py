"""What stands against a claim: every blocker and warning at once for the school, and what only officers are shown.

Articles are those of Regulation (EU) 2021/1060.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Exists, FilteredRelation, OuterRef, Q, Sum
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from budgets.checks import claim_forms, eligible_days, exchanged
from budgets.checks.claim_facts import AMOUNTS, Facts, Finding, day_said, money, named, unclaimed
from budgets.checks.claim_flats import flats_due
from budgets.checks.claim_past import past_of
from budgets.checks.claim_twins import Twin, twins
from budgets.checks.taken import taken
from budgets.models import Claim, ClaimLine, LineDecision, LineFact, Procurement, ReportedCost
from core import formats
from core.money import CENT, NOTHING

VAT_LIMIT = Decimal(5_000_000)
"""Total cost in euro, VAT included, from which VAT is eligible only where it cannot be recovered (Art. 64(1)(c))."""


def findings(claim: Claim, today: date) -> list[Finding]:
    """Everything that stands against sending, blockers first; with the flat rates as they will be computed."""
    facts = Facts.of(claim, today)
    for due in flats_due(claim, facts.left, facts.rules):
        facts.left[due.code].here["total"] += due.gap
    found = [finding for check in CHECKS for finding in check(facts)]
    return sorted(found, key=lambda f: not f.blocks)


def nothing_claimed(facts: Facts) -> Iterator[Finding]:
    if facts.claim.kind != Claim.Kind.ADVANCE and not facts.rows:
        yield Finding("nothing", True, _("The claim holds no cost yet. Choose the costs of the period."), "costs")


def not_declared(facts: Facts) -> Iterator[Finding]:
    if set(facts.claim.declarations) != set(Claim.Declaration.values):
        yield Finding("declared", True, _("The declarations are not confirmed."), "declarations")


def no_results(facts: Facts) -> Iterator[Finding]:
    if facts.claim.kind in (Claim.Kind.INTERIM, Claim.Kind.FINAL) and not facts.claim.results.strip():
        yield Finding("results", True, _("It is not said what was done and reached in the period."), "results")


def other_contract(facts: Facts) -> Iterator[Finding]:
    now_in_force = facts.claim.project.contract_on(facts.today)
    if now_in_force is not None and now_in_force.pk != facts.contract.pk:
        words = {"old": facts.contract.number, "new": now_in_force.number}
        text = _("The claim was begun under %(old)s; %(new)s is in force now. Save the period again to go over to it.")
        yield Finding("contract", True, text % words, "period")


def period_not_over(facts: Facts) -> Iterator[Finding]:
    if facts.claim.to_on > facts.today and facts.claim.kind != Claim.Kind.ADVANCE:
        words = {"day": day_said(facts.claim.to_on)}
        yield Finding("period", True, _("The period ends on %(day)s only. Send the claim then.") % words, "period")


def earlier_one_open(facts: Facts) -> Iterator[Finding]:
    """Its figures are going to change, and those of this claim stand on them."""
    open_ones = facts.claim.project.claims.filter(
        number__lt=facts.claim.number, state__in=[Claim.State.RETURNED, Claim.State.REOPENED]
    )
    for claim in open_ones.order_by("number"):
        words = {"number": claim.number, "state": claim.get_state_display()}
        yield Finding("earlier", True, _("Claim %(number)s comes first: it is “%(state)s”.") % words, "period")


def outside_days(facts: Facts) -> Iterator[Finding]:
    first, last = eligible_days(facts.contract)
    begin, end = first or date.min, last or date.max
    wrong = [
        row for row in facts.rows
        if not begin <= row.document_on <= end or (row.paid_on and not begin <= row.paid_on <= end)
    ]  # fmt: skip
    if wrong:
        days = {"days": formats.period(first, last, get_language() or "en")}
        text = _("Costs are eligible when they arose and were paid within the eligible days: %(days)s.") % days
        yield Finding("days", True, text, "costs", "Art. 63(2)", named(wrong))


def after_period(facts: Facts) -> Iterator[Finding]:
    wrong = [row for row in facts.rows if row.document_on > facts.claim.to_on]
    if wrong:
        text = _("The document is newer than the period of the claim. Take it out, or end the period later.")
        yield Finding("later", True, text, "costs", "", named(wrong))


def above_rate(facts: Facts) -> Iterator[Finding]:
    wrong, uncounted = [], []
    for row in facts.rows:
        if row.unit_price is None or row.total <= 0:
            continue
        if row.units is None:
            uncounted.append(row)
        elif row.total > (row.units * row.unit_price).quantize(CENT):
            wrong.append(row)
    if wrong:
        text = _("The amount is above the number of units times the amount of one unit.")
        yield Finding("rate", True, text, "costs", "Art. 53(1)(b)", named(wrong))
    if uncounted:
        text = _("The number of units is not given, so the amount cannot be held against the unit cost.")
        yield Finding("units", False, text, "costs", "Art. 53(1)(b)", named(uncounted))


def paid_before(facts: Facts) -> Iterator[Finding]:
    wrong = [row for row in facts.rows if row.paid_on and row.paid_on < row.document_on]
    if wrong:
        text = _("The cost was paid before its document was made.")
        yield Finding("paid_before", False, text, "costs", "Art. 63(2)", named(wrong))


def not_paid(facts: Facts) -> Iterator[Finding]:
    real = [r for r in facts.rows if r.form in ("real", "") and r.total > 0]
    if wrong := [row for row in real if row.paid_on is None]:
        text = _("The day of the payment is not given. Real costs are claimed once they are paid.")
        yield Finding("not_paid", False, text, "costs", "Art. 53(1)(a)", named(wrong))


def not_proved(facts: Facts) -> Iterator[Finding]:
    if wrong := [row for row in facts.rows if not row.proved]:
        text = _("There is no evidence with the cost.")
        yield Finding("evidence", False, text, "evidence", "Art. 69(6)", named(wrong))


def vat_not_allowed(facts: Facts) -> Iterator[Finding]:
    total = facts.contract.total
    if total is None or exchanged(total, facts.contract.currency, "EUR") < VAT_LIMIT:
        return
    if wrong := [row for row in facts.rows if row.vat]:
        text = _("The project costs 5 million euro or more: VAT is eligible only where it cannot be recovered.")
        yield Finding("vat", False, text, "costs", "Art. 64(1)(c)", named(wrong))


def above_procurement(facts: Facts) -> Iterator[Finding]:
    """Contracts with suppliers under which more is reported than they are over."""
    named_here = {row.procurement for row in facts.rows if row.procurement}
    if not named_here:
        return
    spent: dict[int, Decimal] = defaultdict(Decimal)
    contracts = Procurement.objects.in_bulk(named_here)
    sums = ReportedCost.objects.filter(procurement__in=named_here).values_list("procurement_id", "currency")
    for pk, currency, total in sums.annotate(sum=Sum("total")).order_by():
        spent[pk] += exchanged(total, currency, contracts[pk].currency)
    passed = {pk: contract for pk, contract in contracts.items() if spent[pk] > contract.amount}
    for pk, contract in passed.items():
        words = {"number": contract.number, "over": money(spent[pk] - contract.amount, contract.currency)}
        text = _("The costs under contract %(number)s pass its amount by %(over)s.") % words
        mine = [row for row in facts.rows if row.procurement == pk]
        yield Finding(f"procurement_{pk}", False, text, "costs", "Art. 74(1)(a)", named(mine))


def taken_back_elsewhere(facts: Facts) -> Iterator[Finding]:
    """Corrections and credit notes that a claim must bring along as soon as there is one."""
    missing = unclaimed(facts.claim.project, facts.claim.to_on).filter(total__lt=0)
    claimed = ClaimLine.objects.held().filter(cost=OuterRef("corrects")).exclude(
        claim__state__in=[Claim.State.REJECTED]
    ).filter(Q(claim=facts.claim.pk) | ~Q(claim__state__in=Claim.EDITED))  # fmt: skip
    wrong = list(missing.filter(Q(corrects=None) | Exists(claimed)))
    if wrong:
        text = _("Amounts taken back from claimed costs belong into the next claim. Choose them, too.")
        told = tuple((0, f"{cost.document}: {money(cost.total, cost.currency)}") for cost in wrong)
        yield Finding("back", True, text, "costs", "Art. 103", told)


def no_rate_yet(facts: Facts) -> Iterator[Finding]:
    """A currency whose rate of this month is not loaded: what its documents come to is not known yet."""
    missing: dict[str, list[int]] = defaultdict(list)
    for line, each in taken(facts.claim, facts.today).items():
        if not each.known:
            missing[each.currency].append(line)
    for currency, lines in missing.items():
        words = {"currency": currency, "month": formats.month(facts.today, get_language() or "en")}
        text = _("There is no rate from %(currency)s to euro for %(month)s. Ask an administrator to load it.") % words
        mine = named(row for row in facts.rows if row.line in lines)
        yield Finding(f"exchange_{currency}", True, text, "costs", "Art. 76(1)", mine)


CHECKS = (
    nothing_claimed, not_declared, no_results, other_contract, earlier_one_open, period_not_over, outside_days,
    after_period, *claim_forms.CHECKS, above_rate, above_procurement, taken_back_elsewhere, paid_before, not_paid,
    not_proved, vat_not_allowed, no_rate_yet,
)  # fmt: skip


# --- for officers only -----------------------------------------------------------------------------------------------

FLAGS = (
    outside_days,
    after_period,
    above_rate,
    *claim_forms.FLAGS,
    above_procurement,
    paid_before,
    not_proved,
    vat_not_allowed,
)


def flagged(facts: Facts) -> dict[int, list[str]]:
    """What the checks find of single lines, by line, in words."""
    found: dict[int, list[str]] = defaultdict(list)
    by_number = {row.number: row.line for row in facts.rows}
    for check in FLAGS:
        for finding in check(facts):
            article = f" ({finding.article})" if finding.article else ""
            for number, _text in finding.lines:
                found[by_number[number]].append(f"{finding.text}{article}")
    return found


@dataclass(frozen=True)
class Flags:
    """What an officer should look at, by line: in words for the lines that are shown."""

    found: dict[int, list[str]]
    similar: dict[int, list[Twin]]

    def __contains__(self, line: int) -> bool:
        return line in self.found or line in self.similar

    def said(self, line: int) -> list[str]:
        return [*self.found.get(line, ()), *(twin.said() for twin in self.similar.get(line, ()))]


def flags(facts: Facts) -> Flags:
    """The number of queries does not grow with the lines."""
    found = flagged(facts)
    past = past_of(facts.claim.lines.held().exclude(cost=None).values("cost"), facts.claim)
    for row in facts.rows:
        if texts := past.get(row.cost):
            found[row.line].extend(texts)
    return Flags(found, twins(facts.claim))


# --- decisions -------------------------------------------------------------------------------------------------------


def decisions_of(claim: Claim, lines: Iterable[ClaimLine] | None = None) -> dict[int, LineDecision]:
    """The decision that counts of each line, or of these lines; one query."""
    of_these = {"line__claim": claim} if lines is None else {"line__in": lines}
    return {decision.line_id: decision for decision in LineDecision.objects.filter(**of_these).newest()}


class Decided(NamedTuple):
    """What the sheet reads of a decision, and what its line claims (None: nothing)."""

    verdict: str
    total: Decimal
    at: datetime
    claimed: Decimal | None


def decided_of(claim: Claim) -> dict[int, Decided]:
    """The decision that counts of each line as plain values, for claims of thousands of lines; one query."""
    declared = FilteredRelation("line__facts", condition=Q(line__facts__step=LineFact.Step.DECLARED))
    newest = LineDecision.objects.filter(line__claim=claim).newest().annotate(declared=declared)
    columns = ("line_id", "verdict", "total", "at", "declared__total")
    return {line: Decided(*values) for line, *values in newest.values_list(*columns)}


def sums(claim: Claim) -> dict[str, dict[str, Decimal | None]]:
    """The amounts of a claim by step and source, summed over its facts; a part is None while it is not known. What is
    claimed and neither eligible nor put off is `refused` once the claim is decided."""
    rows = LineFact.objects.filter(line__claim=claim).values_list("step")
    found: dict[str, dict[str, Decimal | None]] = {
        step: dict.fromkeys(AMOUNTS, NOTHING) for step in LineFact.Step.values
    }
    for step, *amounts in rows.annotate(*(Sum(name) for name in AMOUNTS)).order_by():
        found[step] = dict(zip(AMOUNTS, amounts, strict=True))
    return found
