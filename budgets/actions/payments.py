"""Accepted claims are paid, and what was paid too much is recovered. Every cent stands as a fact on a line."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from activities.actions import today_in
from budgets.actions.claims import locked
from budgets.checks import exchanged, not_yet
from budgets.checks.parts import parts_of
from budgets.figures import settlement
from budgets.figures.settlement import LineMoney, Plan, Split
from budgets.models import Claim, LineFact, Payment
from core import audit, formats
from core.access import Permission, Refused
from core.money import NOTHING
from projects.actions import require
from projects.models import Project

Step = LineFact.Step
ALL_OF_IT = Decimal(100)
KINDS = {Claim.Kind.ADVANCE: Payment.Kind.ADVANCE, Claim.Kind.FINAL: Payment.Kind.FINAL}


type Room = tuple[LineMoney, Split]
"""A line and how much it can take, above zero."""


def settled_share(project: Project) -> Decimal:
    """How much of a claim the call sets against the advance, in per cent; all of it where nothing is agreed."""
    return project.call.settled_share if project.call else ALL_OF_IT


def plan_of(claim: Claim) -> Plan:
    """How the next payment of an accepted claim is made up, in the currency of its contract."""
    return settlement.plan(claim, settlement.lines_of_project(claim.project_id), settled_share(claim.project))


def accepted(claim: Claim, by) -> Claim:
    """A locked, accepted claim; other payments of its project wait."""
    Project.objects.select_for_update(of=("self",)).get(pk=claim.project_id)
    claim = locked(claim)
    require(by, Permission.ACCOUNT_EDIT, claim.project)
    if claim.state != Claim.State.ACCEPTED:
        words = {"state": claim.get_state_display()}
        raise Refused(_("This claim is “%(state)s” now. Only an accepted claim is paid or recovered.") % words)
    return claim


@transaction.atomic
def pay(
    claim: Claim, *, amount: Decimal, currency: str, paid_on: date, reference: str = "", by, at: datetime
) -> Payment:
    """Record what was paid for an accepted claim; less than all that is due leaves the rest open.

    First the advance is settled as the call says and corrections lower the payment, then the amount goes to the lines
    in their order. An amount of zero records just that. Raises Refused, by field, for more than is due, a day in the
    future or before the claim, and when nothing is due.
    """
    claim = accepted(claim, by)
    lines = settlement.lines_of_project(claim.project_id)
    plan = settlement.plan(claim, lines, settled_share(claim.project))
    if not plan.due:
        raise Refused(_("Nothing of this claim is left to pay."))
    _check_day(claim, paid_on, at)
    own = claim.contract.currency
    full = exchanged(plan.to_pay, own, currency)
    if amount < 0 or amount > full or (amount == 0 and plan.to_pay and not plan.settled and not plan.lowered):
        words = {"most": formats.money(full, get_language() or "en", currency)}
        raise Refused({"amount": [_("At most %(most)s is left to pay.") % words]})
    money = plan.to_pay if amount == full else min(exchanged(amount, currency, own), plan.to_pay)
    dues = [(line, line.due) for line in lines if line.claim == claim.pk and line.due.total > 0]
    settled = _settle(dues, plan.by_source)
    taken = _settle([(line, line.unsettled) for line in lines if line.unsettled.total > 0], plan.by_source)
    lowered = _spread(
        [(line, _portion(-line.due, settlement.set_off(line))) for line in lines if line.of_claim <= claim.number],
        plan.lowered,
    )
    by_line = {line.line: amount for line, amount in settled}
    left = [(line, due - by_line.get(line.line, Split())) for line, due in dues]
    facts = [
        *_facts(Step.SETTLED, settled), *_facts(Step.SETTLED, taken, back=True),
        *_facts(Step.PAID, lowered, back=True), *_facts(Step.PAID, _spread(left, money + plan.lowered)),
    ]  # fmt: skip
    payment = Payment(
        kind=KINDS.get(Claim.Kind(claim.kind), Payment.Kind.INTERIM), currency=currency, amount=amount, paid_on=paid_on,
        reference=reference.strip(),
    )  # fmt: skip
    return _record(claim, payment, facts, by=by, at=at)


@transaction.atomic
def recover(
    claim: Claim, *, amount: Decimal, currency: str, paid_on: date, reference: str = "", by, at: datetime
) -> Payment:
    """Record what the beneficiary paid back of a claim. Raises Refused, by field, for more than was paid too much, a
    day in the future or before the claim."""
    claim = accepted(claim, by)
    lines = settlement.lines_of_project(claim.project_id)
    ended = settlement.has_ended(claim.project.claims.all(), lines)
    debts = [(line, settlement.debt(line, ended=ended)) for line in lines if line.claim == claim.pk]
    owed = sum((debt.total for _line, debt in debts), NOTHING)
    _check_day(claim, paid_on, at)
    own = claim.contract.currency
    full = exchanged(owed, own, currency)
    if not 0 < amount <= full:
        words = {"most": formats.money(full, get_language() or "en", currency)}
        raise Refused({"amount": [_("Enter an amount above 0; %(most)s is to be paid back.") % words]})
    back = _spread(debts, owed if amount == full else min(exchanged(amount, currency, own), owed))
    notes = [(line, share) for line, share in back if line.approved.total < 0]  # credit notes: nothing was paid there
    facts = [
        *_facts(Step.RECOVERED, [(line, share) for line, share in back if line.approved.total >= 0]),
        *_facts(Step.PAID, notes, back=True),
    ]  # fmt: skip
    payment = Payment(
        kind=Payment.Kind.RECOVERY, currency=currency, amount=-amount, paid_on=paid_on, reference=reference.strip()
    )
    return _record(claim, payment, facts, by=by, at=at)


def _check_day(claim: Claim, paid_on: date, at: datetime) -> None:
    today = today_in(claim.project, at)
    if wrong := not_yet(paid_on, today):
        raise Refused({"paid_on": [wrong]})
    if claim.received_on and paid_on < claim.received_on:
        raise Refused({"paid_on": [_("The claim was received later than this day.")]})


def _portion(whole: Split, total: Decimal) -> Split:
    """So much of `whole`, in the proportion of its parts; the whole of it to the cent."""
    if total == whole.total:
        return whole
    parts = {name: part if part is None else max(part, NOTHING) for name, part in whole.by_name.items()}
    return Split(total, **parts_of(total, parts))


def _spread(rooms: Iterable[Room], total: Decimal) -> list[Room]:
    """`total` over the lines in their order, each as full as it goes."""
    found: list[Room] = []
    for line, room in rooms:
        share = min(room.total, total)
        if share > 0:
            found.append((line, _portion(room, share)))
            total -= share
    assert not total, "more than the lines can take"
    return found


def _settle(rooms: Iterable[Room], wanted: Split) -> list[Room]:
    """What is settled over the lines in their order, source by source; by totals where a part is not known."""
    left = {name: wanted.by_name[name] for name in settlement.SOURCES}
    if None in left.values():
        return _spread(rooms, wanted.total)
    found: list[Room] = []
    for line, room in rooms:
        shares = {name: min(most, left[name]) for name, most in (settlement.room_by_source(room) or {}).items()}
        left = {name: left[name] - share for name, share in shares.items()}
        if total := sum(shares.values()):
            found.append((line, Split(total, **shares)))
    assert not any(left.values()), "more than the lines can take"
    return found


def _facts(step: Step, shares: Iterable[Room], *, back: bool = False) -> list[LineFact]:
    return [
        LineFact(line_id=line.line, step=step, **(-share if back else share).by_name) for line, share in shares
    ]  # fmt: skip


def note_last_payment(project: Project) -> None:
    """Where the final payment of a project stands in the portal, the last day on which anything was paid starts the
    retention of its documents (Regulation (EU) 2021/1060, Art. 82); none does once the final payment is cancelled."""
    if not project.payments.filter(kind=Payment.Kind.FINAL).exists():
        return
    kept = project.payments.filter(reverses=None, reversed_by=None)
    last = kept.exclude(kind=Payment.Kind.RECOVERY).filter(amount__gt=0).aggregate(day=Max("paid_on"))["day"]
    ended = kept.filter(kind=Payment.Kind.FINAL).exists()
    Project.objects.filter(pk=project.pk).update(last_payment_on=last if ended else None)


def _record(claim: Claim, payment: Payment, facts: list[LineFact], *, by, at: datetime) -> Payment:
    payment.project, payment.claim, payment.synthetic = claim.project, claim, claim.synthetic
    payment.made_by, payment.made_at = by, at
    payment.save()
    for fact in facts:
        fact.payment, fact.at = payment, at
    LineFact.objects.bulk_create(facts)
    note_last_payment(claim.project)
    audit.record(
        "payment.recorded", payment, by=by, at=at, project=claim.project.number, key=str(claim.key),
        after={"kind": payment.kind, "claim": str(claim.number), "amount": str(payment.amount),
               "currency": payment.currency, "paid_on": str(payment.paid_on), "reference": payment.reference},
    )  # fmt: skip
    return payment
