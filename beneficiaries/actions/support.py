"""Individual support plans: who sees or writes one needs the right to sensitive data; the trail holds no word of it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from activities.actions import require, today_in
from beneficiaries.models import Participation, SupportMeasure, SupportPlan, SupportReview
from core import audit
from core.access import Permission, Refused


@transaction.atomic
def show_support(participation: Participation, *, by, at: datetime) -> None:
    """Write down that `by` looked at the support plan of a participant."""
    require(by, Permission.PARTICIPANT_SENSITIVE, participation.project, participation.school)
    _record("participant.support_shown", participation, by, at, {})


@transaction.atomic
def open_plan(participation: Participation, *, risk: str, why: str, by, at: datetime) -> SupportPlan:
    """Begin a plan today. Raises Refused while another one is open."""
    _may_write(participation, by)
    Participation.objects.select_for_update(no_key=True).get(pk=participation.pk)
    if participation.support_plans.filter(closed_on=None).exists():
        raise Refused(_("There is an open plan already. Close it first."))
    if risk not in SupportPlan.Risk.values:
        raise Refused({"risk": _("Choose one of the answers.")})
    today = today_in(participation.project, at)
    plan = SupportPlan.objects.create(
        participation=participation, opened_on=today, risk=risk, why=why.strip(), written_by=by
    )
    _record("participant.support_opened", participation, by, at, {"on": str(today)})
    return plan


@transaction.atomic
def add_measure(
    plan: SupportPlan, *, what: str, responsible: str, from_on: date, until_on: date | None, hours: Decimal | None,
    by, at: datetime,
) -> SupportMeasure:  # fmt: skip
    """Add a measure: what is done, who sees to it, from when to when, hours meant (None: not said)."""
    plan = _open(plan, by)
    if until_on and until_on < from_on:
        raise Refused({"until_on": _("The last day lies before the first day.")})
    if hours is not None and hours <= 0:
        raise Refused({"hours": _("Enter more than 0 hours, or leave the field empty.")})
    measure = SupportMeasure.objects.create(
        plan=plan, what=what.strip(), responsible=responsible.strip(), from_on=from_on, until_on=until_on, hours=hours
    )
    told = {"from": str(from_on), "to": str(until_on or ""), "hours": str(hours or "")}
    _record("participant.support_measure", plan.participation, by, at, told)
    return measure


@transaction.atomic
def plan_review(plan: SupportPlan, *, due_on: date, by, at: datetime) -> SupportReview:
    """Name a day on which the plan is to be looked at again."""
    plan = _open(plan, by)
    if due_on < plan.opened_on:
        raise Refused({"due_on": _("The review lies before the plan. Enter a later day.")})
    review, new = SupportReview.objects.get_or_create(plan=plan, due_on=due_on)
    if new:
        _record("participant.support_review", plan.participation, by, at, {"on": str(due_on)})
    return review


@transaction.atomic
def hold_review(review: SupportReview, *, found: str, by, at: datetime) -> SupportReview:
    """Write down what a review found, today."""
    plan = _open(review.plan, by)
    review = SupportReview.objects.select_for_update().get(pk=review.pk)
    if review.held_on:
        raise Refused(_("This review was held already."))
    if not found.strip():
        raise Refused({"found": _("Say in a sentence what was found.")})
    review.held_on, review.found = today_in(plan.participation.project, at), found.strip()
    review.save(update_fields=["held_on", "found"])
    _record("participant.support_reviewed", plan.participation, by, at, {"on": str(review.held_on)})
    return review


@transaction.atomic
def close_plan(plan: SupportPlan, *, outcome: str, result: str, by, at: datetime) -> SupportPlan:
    """End a plan today with its result; reviews that were not held fall away."""
    plan = _open(plan, by)
    if outcome not in SupportPlan.Outcome.values:
        raise Refused({"outcome": _("Choose one of the answers.")})
    plan.reviews.filter(held_on=None).delete()
    plan.closed_on, plan.outcome, plan.result = today_in(plan.participation.project, at), outcome, result.strip()
    plan.save(update_fields=["closed_on", "outcome", "result"])
    _record("participant.support_closed", plan.participation, by, at, {"on": str(plan.closed_on)})
    return plan


def _may_write(participation: Participation, by) -> None:
    for right in (Permission.PARTICIPANT_SENSITIVE, Permission.PARTICIPANT_EDIT):
        require(by, right, participation.project, participation.school)


def _open(plan: SupportPlan, by) -> SupportPlan:
    rows = SupportPlan.objects.select_for_update(of=("self",)).select_related(
        "participation__project__programme", "participation__school", "participation__person"
    )
    plan = rows.get(pk=plan.pk)
    _may_write(plan.participation, by)
    if plan.closed_on:
        raise Refused(_("This plan is closed. Open a new one."))
    return plan


def _record(action: str, row: Participation, by, at: datetime, after: dict[str, str]) -> None:
    told = {"code": row.person.code} | after
    audit.record(action, row, by=by, at=at, project=row.project.number, after=told)
