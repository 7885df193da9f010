"""What is approved is certified: it goes into a payment application of the programme, in euro, and is sealed there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from budgets.checks import exchanged, not_yet
from budgets.checks.parts import parts_of
from budgets.figures import settlement
from budgets.figures.settlement import LineMoney, Split
from budgets.models import ApplicationEntry, Claim, LineFact, PaymentApplication, accounting_year
from core import audit
from core.access import Permission, Refused
from core.money import BGN_PER_EUR, NOTHING
from projects.models import Programme, reach

State = PaymentApplication.State
RATES = {"EUR": Decimal(1), "BGN": BGN_PER_EUR}
"""Units of a currency for one euro."""


def _allowed(by, programme: Programme) -> None:
    where = reach(by, Permission.ACCOUNT_EDIT) if by is not None else None
    if where is not None and not where.everywhere and programme.pk not in where.programmes:
        raise PermissionDenied(_("Your role does not allow this. An administrator can give you access."))


def _draft(application: PaymentApplication, by) -> PaymentApplication:
    found = PaymentApplication.objects.select_for_update(of=("self",)).select_related("programme")
    application = found.get(pk=application.pk)
    _allowed(by, application.programme)
    if application.state != State.DRAFT:
        raise Refused(_("This payment application is sent; it stays as it is. What is new goes into the next one."))
    return application


@transaction.atomic
def draft_application(programme: Programme, *, entered_on: date, by, at: datetime) -> PaymentApplication:
    """Draw up a payment application with every claim of which something can be certified or has to be taken back.
    Raises Refused, by field, for a day in the future, and while another draft of the programme is open."""
    programme = Programme.objects.select_for_update().get(pk=programme.pk)
    _allowed(by, programme)
    if wrong := not_yet(entered_on, localdate(at)):
        raise Refused({"entered_on": [wrong]})
    if programme.applications.filter(state=State.DRAFT).exists():
        raise Refused(_("A payment application of this programme is being drawn up already. Send or discard it first."))
    year = accounting_year(entered_on)
    last = programme.applications.filter(year=year).aggregate(last=Max("number"))["last"] or 0
    application = PaymentApplication.objects.create(
        programme=programme, entered_on=entered_on, year=year, number=last + 1, made_by=by, made_at=at
    )
    application.claims.set(settlement.certifiable(programme))
    audit.record(
        "application.drafted", application, by=by, at=at, key=str(application.key),
        after={"programme": programme.code, "year": str(year), "number": str(last + 1),
               "claims": application.claims.count()},
    )  # fmt: skip
    return application


@transaction.atomic
def choose_claims(application: PaymentApplication, *, claims: Iterable[Claim], by, at: datetime) -> PaymentApplication:
    """Let a draft hold exactly these claims of its programme."""
    application = _draft(application, by)
    wanted = {claim.pk for claim in claims}
    if wanted - set(settlement.certifiable(application.programme)):
        raise Refused(_("Nothing of one of these claims can be certified any more. Read the list as it is now."))
    before = application.claims.count()
    application.claims.set(wanted)
    audit.record(
        "application.changed", application, by=by, at=at, key=str(application.key),
        before={"claims": before}, after={"claims": len(wanted)},
    )  # fmt: skip
    return application


@transaction.atomic
def discard_application(application: PaymentApplication, *, by, at: datetime) -> None:
    """Throw a draft away; its number is free again."""
    application = _draft(application, by)
    told = {"programme": application.programme.code, "year": str(application.year), "number": str(application.number)}
    audit.record("application.discarded", application, by=by, at=at, key=str(application.key), before=told)
    application.delete()


@transaction.atomic
def send_application(application: PaymentApplication, *, by, at: datetime) -> PaymentApplication:
    """Seal a draft as the second person: what it certifies becomes facts, in euro at the rate of its day.

    Raises Refused for whoever drew it up, for a claim that was opened again, and when nothing is left to certify.
    """
    application = _draft(application, by)
    if by is not None and application.made_by_id == by.pk:
        raise Refused(_("You drew up this payment application yourself. A second person sends it."))
    claims = application.claims.select_for_update(of=("self",)).select_related("contract").in_bulk()
    if opened := [claim.number for claim in claims.values() if claim.state != Claim.State.ACCEPTED]:
        text = _("Claim %(number)s was opened again. Take it out, or wait until it is accepted.")
        raise Refused(text % {"number": opened[0]})
    by_claim: dict[int, list[LineMoney]] = {pk: [] for pk in claims}
    for line in settlement.lines_of_claims(claims):
        if line.certifiable.total:
            by_claim[line.claim].append(line)
    entries = [_entry(application, claims[pk], lines) for pk, lines in sorted(by_claim.items()) if lines]
    if not entries:
        raise Refused(_("Nothing of these claims is left to certify."))
    ApplicationEntry.objects.bulk_create(entries)
    for entry in entries:
        _certify(entry, by_claim[entry.claim_id], at)
    application.state, application.sent_by, application.sent_at = State.SENT, by, at
    application.save(update_fields=["state", "sent_by", "sent_at"])
    audit.record(
        "application.sent", application, by=by, at=at, key=str(application.key), before={"state": State.DRAFT},
        after={"state": State.SENT, "claims": len(entries), "total": str(sum((e.eur_total for e in entries), NOTHING))},
    )  # fmt: skip
    return application


def _entry(application: PaymentApplication, claim: Claim, lines: list[LineMoney]) -> ApplicationEntry:
    """What a claim adds: the sum of its lines, turned into euro once."""
    total, currency = settlement.whole(lines, lambda line: line.certifiable), claim.contract.currency
    euro = total
    if currency != "EUR":
        amount = exchanged(total.total, currency, "EUR")
        euro = Split(amount, **parts_of(amount, total.by_name))
    return ApplicationEntry(
        application=application, claim=claim, currency=currency, rate=RATES[currency], **total.by_name,
        **{f"eur_{name}": amount for name, amount in euro.by_name.items()},
    )  # fmt: skip


def _certify(entry: ApplicationEntry, lines: list[LineMoney], at: datetime) -> None:
    """A line is certified once; what changes later is withdrawn from it, or given back to it."""
    facts = []
    for line in lines:
        first = LineFact.Step.CERTIFIED not in line.steps
        amount = line.certifiable if first else -line.certifiable
        step = LineFact.Step.CERTIFIED if first else LineFact.Step.WITHDRAWN
        facts.append(LineFact(line_id=line.line, step=step, entry=entry, at=at, **amount.by_name))
    LineFact.objects.bulk_create(facts)
