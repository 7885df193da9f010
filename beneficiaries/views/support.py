"""The individual support plan of a pupil: read on one page, written on small ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from activities.actions import require, today_in
from beneficiaries import actions
from beneficiaries.forms import CloseForm, FoundForm, MeasureForm, PlanForm, ReviewForm, refuse
from beneficiaries.models import SupportReview
from beneficiaries.views.changes import change_page, to_change
from beneficiaries.views.participants import record_of
from core.access import Permission, Refused
from projects.models import can

STEPS: dict[str, tuple[Any, Any, Any]] = {  # word in the address: form, heading, button
    "open": (PlanForm, gettext_lazy("Open a support plan"), gettext_lazy("Open the plan")),
    "measure": (MeasureForm, gettext_lazy("Add a measure"), gettext_lazy("Add the measure")),
    "review": (ReviewForm, gettext_lazy("Set a review"), gettext_lazy("Set the review")),
    "found": (FoundForm, gettext_lazy("Write down a review"), gettext_lazy("Save the review")),
    "close": (CloseForm, gettext_lazy("Close the plan"), gettext_lazy("Close the plan with this result")),
}


@require_GET
@login_required
def support(request: HttpRequest, key: UUID) -> HttpResponse:
    """The plans of one participant, the newest first. Opening the page leaves an audit row."""
    participation = record_of(request, key)
    actions.show_support(participation, by=request.user, at=now())
    plans = participation.support_plans.prefetch_related("measures", "reviews")
    may_edit = can(request.user, Permission.PARTICIPANT_EDIT, participation.project, participation.school)
    page = {
        "plans": plans,
        "has_open": any(plan.closed_on is None for plan in plans),
        "may_edit": may_edit,
        "today": today_in(participation.project, now()),
    }
    return change_page(request, "support", participation, None, 200, **page)


@login_required
def step(request: HttpRequest, key: UUID, step: str) -> HttpResponse:
    """One step of the plan that is open: open it, add a measure, set or write down a review, close it."""
    participation = to_change(request, key)
    require(request.user, Permission.PARTICIPANT_SENSITIVE, participation.project, participation.school)
    if step not in STEPS:
        raise Http404
    kind, title, button = STEPS[step]
    plan = None
    if step != "open":
        plan = get_object_or_404(participation.support_plans, closed_on=None)
    review = _review(request, plan) if step == "found" else None
    today = today_in(participation.project, now())
    form = kind(request.POST if request.method == "POST" else None, initial={"from_on": today})
    if form.is_bound and form.is_valid():
        doing: dict[str, tuple[Callable, Any]] = {
            "open": (actions.open_plan, participation),
            "measure": (actions.add_measure, plan),
            "review": (actions.plan_review, plan),
            "found": (actions.hold_review, review),
            "close": (actions.close_plan, plan),
        }
        action, thing = doing[step]
        try:
            action(thing, by=request.user, at=now(), **form.cleaned_data)
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The support plan is saved."))
            return redirect("beneficiaries:support", key=key)
    more = {"title": title, "button": button, "review": review}
    return change_page(request, "support_step", participation, form, 422 if form.is_bound else 200, **more)


def _review(request: HttpRequest, plan) -> SupportReview:
    """The review asked for by its number, else the next that is due."""
    reviews = SupportReview.objects.filter(plan=plan, held_on=None)
    number = request.GET.get("review", "")
    if number.isdecimal():
        return get_object_or_404(reviews, pk=int(number))
    found = reviews.first()
    if found is None:
        raise Http404(_("No review is due. Set one first."))
    return found
