"""What follows the sample claims: advances and accepted claims are paid, one claim is corrected and pays back, and the
first ones are certified. All of it through the portal's own actions."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from budgets import actions
from budgets.figures import settlement
from budgets.models import Claim, Correction, LineDecision, PaymentApplication
from core.models import User
from projects.models import Project

PAID_AFTER, CORRECTED_AFTER, RETURNED_AFTER = timedelta(days=10), timedelta(days=30), timedelta(days=60)
CERTIFIED_AFTER = timedelta(days=40)
BECAUSE = {"bg": "Няма доказателства за събраните оферти.", "lv": "Nav pierādījumu par cenu aptauju."}


def settle(project: Project, users: dict[str, User], today: date) -> None:
    """Pay what is accepted by `today`; of the first claim with costs correct a tenth of its first line."""
    corrected = False
    zone = ZoneInfo(project.programme.time_zone)
    for claim in project.claims.filter(state=Claim.State.ACCEPTED).order_by("number"):
        accepted = claim.moves.get(after=Claim.State.ACCEPTED).at.astimezone(zone).date()
        by = users["officer"]

        def moment(day: date) -> datetime:
            return datetime.combine(day, time(11, 0), zone)

        if (paid_on := accepted + PAID_AFTER) > today:
            continue
        plan = actions.plan_of(claim)
        if plan.due:
            actions.pay(
                claim, amount=plan.to_pay, currency=claim.contract.currency, paid_on=paid_on,
                reference=f"PO-{project.pk}-{claim.number}", by=by, at=moment(paid_on),
            )  # fmt: skip
        if claim.kind == Claim.Kind.ADVANCE or corrected or (found_on := accepted + CORRECTED_AFTER) > today:
            continue
        corrected = True
        line = settlement.lines_of_claims([claim.pk])[0]
        amount = (line.approved.total / 10).quantize(Decimal("0.01"))
        actions.correct_claim(
            claim, amounts={line.number: amount}, kind=Correction.Kind.IRREGULARITY, found_on=found_on,
            error=LineDecision.Error.PROCUREMENT, found_by=Correction.FoundBy.AUDIT, by_audit=True,
            because=BECAUSE[project.programme.language],
            way=Correction.Way.RECOVERY, by=by, at=moment(found_on),
        )  # fmt: skip
        if (back_on := accepted + RETURNED_AFTER) <= today:
            owed = settlement.of_claims(settlement.lines_of_claims([claim.pk]))[claim.pk].debt
            actions.recover(
                claim, amount=owed, currency=claim.contract.currency, paid_on=back_on,
                reference="", by=by, at=moment(back_on),
            )  # fmt: skip


def certify(project: Project, users: dict[str, User], today: date) -> None:
    """One payment application of the programme, sent by a second person; what came later stands in a draft."""
    first = (
        project.claims.filter(state=Claim.State.ACCEPTED).exclude(kind=Claim.Kind.ADVANCE).order_by("number").first()
    )
    if first is None:
        return
    zone = ZoneInfo(project.programme.time_zone)
    accepted = first.moves.get(after=Claim.State.ACCEPTED).at.astimezone(zone).date()
    day = accepted + CERTIFIED_AFTER
    if day > today:
        return
    at = datetime.combine(day, time(12, 0), zone)
    draft = actions.draft_application(project.programme, entered_on=day, by=users["officer"], at=at)
    PaymentApplication.objects.filter(pk=draft.pk).update(synthetic=True)
    draft = actions.choose_claims(draft, claims=[first], by=users["officer"], at=at)
    actions.send_application(draft, by=users["admin"], at=at)
    now = datetime.combine(today, time(8, 0), zone)
    if settlement.certifiable(project.programme):
        draft = actions.draft_application(project.programme, entered_on=today, by=users["officer"], at=now)
        PaymentApplication.objects.filter(pk=draft.pk).update(synthetic=True)
