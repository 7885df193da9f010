"""What follows the sample claims: advances and accepted claims are paid, one claim is corrected and pays back, and the
first ones are certified. All of it through the portal's own actions."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from budgets import actions
from budgets.checks.visits import questions_of
from budgets.figures import settlement
from budgets.models import Claim, Correction, LineDecision, PaymentApplication, Visit
from core.models import User
from projects.models import Project
from reports.management.demo.claims import CASTS

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


SEEN = {  # what is looked at; where nothing was wrong; what the result was; what was found, answered and closed with
    "bg": (
        "Занятията по клубове, присъствените списъци и емблемата на ЕС.", "Занятията се провеждат по график.",
        "На два списъка липсва подпис на учителя.", "Списъците са подписани и приложени.", "Подписите са налице.",
    ),
    "lv": (
        "Pulciņu nodarbības, apmeklējuma saraksti un ES emblēma.", "Nodarbības notiek pēc plāna.",
        "Divos sarakstos trūkst skolotāja paraksta.", "Saraksti ir parakstīti un pievienoti.", "Paraksti ir.",
    ),
}  # fmt: skip
VISITED_AFTER, NEXT_VISIT, ANSWER_TERM = timedelta(days=20), timedelta(days=25), timedelta(days=14)


def visit(project: Project, users: dict[str, User], today: date) -> None:
    """One visit that was made after the first accepted claim of costs, with findings on its lines, and one to come."""
    paid = project.claims.filter(state=Claim.State.ACCEPTED).exclude(kind=Claim.Kind.ADVANCE)
    claim, words = paid.order_by("number").first(), SEEN.get(project.programme.language)
    if claim is None or words is None or project.number not in CASTS:
        return
    about, result, wrong, answer, closed = words
    zone = ZoneInfo(project.programme.time_zone)
    made_on = claim.moves.filter(after=Claim.State.ACCEPTED).latest("pk").at.astimezone(zone).date() + VISITED_AFTER
    if made_on > today:
        return
    school = project.partners.select_related("organisation").order_by("pk").first()
    partner = school.organisation if school else None

    def who(name: str, day: date) -> dict[str, Any]:
        return {"by": users[name], "at": datetime.combine(day, time(10, 0), zone)}

    plan: dict[str, Any] = {
        "announced": True,
        "partner": partner,
        "place": "" if partner else project.number,
        "goes": users["officer"].name,
        "about": about,
    }

    def planned(day: date, claims: list[Claim], **who: Any) -> Visit:
        visit = actions.plan_visit(project, planned_on=day, claims=claims, **plan, **who)
        Visit.objects.filter(pk=visit.pk).update(synthetic=True)  # invented, even where the project is a true one
        return visit

    made = planned(made_on, [claim], **who("officer", made_on))
    answers = {question.pk: ("yes", "") for question in questions_of(made)}
    made = actions.record_visit(made, done_on=made_on, result=result, answers=answers, **who("officer", made_on))
    line = claim.lines.held().exclude(cost=None).order_by("number").first()
    due_on = made_on + ANSWER_TERM
    first, second = (
        actions.add_finding(
            made, line=each, error=LineDecision.Error.EVIDENCE, text=wrong, amount=None, due_on=due_on,
            **who("officer", made_on),
        )
        for each in (None, line)
    )  # fmt: skip
    answered_on = min(made_on + timedelta(days=5), today)
    for finding in (first, second):
        actions.answer_finding(finding, text=answer, **who(CASTS[project.number].school, answered_on))
    actions.close_finding(first, text=closed, **who("officer", answered_on))
    planned(today + NEXT_VISIT, [], **who("officer", today))


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
