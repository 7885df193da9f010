"""A payment that was mistyped is cancelled by a further one that takes every amount of it back; nothing is deleted."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from activities.actions import today_in
from budgets.actions.payments import accepted, note_last_payment
from budgets.figures import settlement
from budgets.figures.settlement import AMOUNTS, LineMoney, Split
from budgets.models import ApplicationEntry, LineFact, Payment
from core import audit
from core.access import Refused


@transaction.atomic
def cancel_payment(payment: Payment, *, because: str, by, at: datetime) -> Payment:
    """Take a recorded payment or recovery back, with all it settled and lowered; returns the row that does.

    Raises Refused without a reason, for one that is cancelled already or is a cancelling itself, while what was paid
    there was used later (settled or paid back), and once the claim stands with it in a payment application that is
    sent.
    """
    if payment.claim is None:
        raise Refused(_("This payment belongs to no claim. An administrator corrects it in the back office."))
    claim = accepted(payment.claim, by)
    if not because.strip():
        raise Refused({"because": [_("Say why the payment is cancelled.")]})
    if payment.reverses_id is not None or Payment.objects.filter(reverses=payment).exists():
        raise Refused(_("This payment is cancelled already. Record the right one as a new payment."))
    if entry := _certified_since(payment):
        words = {"application": str(entry.application), "claim": claim.number}
        raise Refused(
            _(
                "Claim %(claim)s stands with this payment in payment application %(application)s, which is sent. "
                "Correct the claim and send the next application, which takes it back; then cancel the payment."
            )
            % words
        )
    facts = [
        LineFact(line_id=fact.line_id, step=fact.step, at=at, **(-Split(*(getattr(fact, n) for n in AMOUNTS))).by_name)
        for fact in payment.facts.order_by("pk")
    ]
    if any(_below(line) for line in _without(facts, settlement.lines_of_project(claim.project_id))):
        raise Refused(
            _("What was paid there was used since: it was settled or paid back. Cancel the later payment first.")
        )
    back = Payment.objects.create(
        project=claim.project, claim=claim, kind=payment.kind, currency=payment.currency, amount=-payment.amount,
        paid_on=today_in(claim.project, at), reference=payment.reference, reverses=payment, because=because.strip(),
        made_by=by, made_at=at, synthetic=payment.synthetic,
    )  # fmt: skip
    for fact in facts:
        fact.payment = back
    LineFact.objects.bulk_create(facts)
    note_last_payment(claim.project)
    audit.record(
        "payment.cancelled", back, by=by, at=at, project=claim.project.number, key=str(claim.key), note=back.because,
        after={"kind": back.kind, "claim": str(claim.number), "amount": str(back.amount), "currency": back.currency,
               "paid_on": str(back.paid_on), "reference": back.reference},
    )  # fmt: skip
    return back


def _certified_since(payment: Payment) -> ApplicationEntry | None:
    """The entry of a sent application that holds the claim as it was paid; None once all of it was taken back."""
    lines = settlement.lines_of_claims([payment.claim_id] if payment.claim_id else [])
    certified = settlement.whole(
        lines, lambda line: line.of(LineFact.Step.CERTIFIED) - line.of(LineFact.Step.WITHDRAWN)
    )
    if not certified.total:
        return None
    entries = ApplicationEntry.objects.filter(claim=payment.claim_id, application__sent_at__gte=payment.made_at)
    return entries.select_related("application").order_by("-pk").first()


def _without(facts: list[LineFact], lines: list[LineMoney]) -> list[LineMoney]:
    """The lines of these facts as they would stand with them."""
    by_line = {line.line: line for line in lines}
    for fact in facts:
        line = by_line[fact.line_id]
        line.steps[fact.step] = line.of(fact.step) + Split(*(getattr(fact, name) for name in AMOUNTS))
    return [by_line[pk] for pk in {fact.line_id for fact in facts}]


def _below(line: LineMoney) -> bool:
    """Whether more of a line would be settled or paid back than was paid of it."""
    kept = line.unsettled if line.is_advance else line.covered
    side = -1 if line.of(LineFact.Step.VERIFIED).total < 0 else 1
    return any(side * part < 0 for part in kept.amounts if part is not None)
