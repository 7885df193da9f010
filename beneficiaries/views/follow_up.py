"""Results that are due: in the four weeks after leaving, and six months later; and the participant's own page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from activities.actions import require
from beneficiaries import actions
from beneficiaries.forms import FollowUpForm, refuse
from beneficiaries.models import FollowUp, Participation
from beneficiaries.views.common import name_of, require_any, shows_names
from core.access import Permission, Refused
from projects.models import Project, can

SOON = timedelta(days=60)  # how far ahead the calendar looks
MOST = 200


@require_GET
@login_required
def due(request: HttpRequest) -> HttpResponse:
    """Who is to be asked now, soon, and was asked in vain; and how many of those who were due answered."""
    visible = Project.objects.visible_to(request.user, Permission.PARTICIPANT_VIEW).select_related("programme")
    if not (number := request.GET.get("project")):
        require_any(request.user, Permission.PARTICIPANT_VIEW)
        busy = FollowUp.objects.visible_to(request.user).values("participation__project")
        project = visible.filter(pk__in=busy).first()
    else:
        project = get_object_or_404(visible, number=number)
    today = localdate()
    people = Participation.objects.visible_to(request.user).filter(project=project)
    looks = FollowUp.objects.visible_to(request.user).filter(participation__project=project)
    rows = looks.filter(due_from__lte=today + SOON, answered_on=None).select_related(
        "participation__person__identity", "participation__school"
    )
    waiting = list(rows.order_by("due_from", "pk")[:MOST])
    left = people.filter(actions.due_results(today)).select_related("person__identity").order_by("left_on")[:MOST]
    seen = bool(project) and _names(request, project, [*(w.participation for w in waiting), *left])
    page = {
        "project": project,
        "projects": visible.filter(pk__in=FollowUp.objects.visible_to(request.user).values("participation__project")),
        "soon": [(p, name_of(p, seen), p.left_on and p.left_on + actions.RESULT_TERM) for p in left],
        "waiting": [(w, name_of(w.participation, seen), _state(w, today)) for w in waiting],
        "response": actions.response(looks, today),
        "may_edit": bool(project) and can(request.user, Permission.PARTICIPANT_EDIT, project),
        "today": today,
    }
    return render(request, "beneficiaries/follow_up.html", page)


def _names(request: HttpRequest, project: Project | None, people: list[Participation]) -> bool:
    if project is None or not shows_names(request, f"list:{project.number}", project):
        return False
    known = Participation.objects.visible_to(request.user, Permission.PARTICIPANT_NAMES)
    return known.filter(pk__in=[p.pk for p in people]).count() == len({p.pk for p in people})


def _state(follow_up: FollowUp, today) -> tuple[str, str]:
    """Kind of tag and word."""
    if today < follow_up.due_from:
        return "neutral", _("Not due yet")
    if today > follow_up.due_until:
        return "danger", _("Overdue")
    return "warn", _("Due")


def _follow_up(request: HttpRequest, key: UUID) -> FollowUp:
    rows = FollowUp.objects.visible_to(request.user).select_related(
        "participation__person__identity", "participation__project__programme", "participation__school"
    )
    found = get_object_or_404(rows, key=key)
    row = found.participation
    require(request.user, Permission.PARTICIPANT_EDIT, row.project, row.school)
    return found


@require_POST
@never_cache
@login_required
def link(request: HttpRequest, key: UUID) -> HttpResponse:
    """Make the one-time link and show it this once, to hand over or to print."""
    follow_up = _follow_up(request, key)
    row = follow_up.participation
    try:
        secret = actions.make_link(follow_up, by=request.user, at=now())
    except Refused as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect("beneficiaries:participant", key=row.key)
    follow_up.refresh_from_db()
    address = request.build_absolute_uri(reverse("answer", args=[secret]))
    page = {
        "follow_up": follow_up,
        "project": row.project,
        "address": address,
        "picture": segno.make(address, micro=False).svg_data_uri(scale=4, border=2),
        "name": name_of(row, shows_names(request, f"record:{row.key}", row.project, row.school)),
    }
    return render(request, "beneficiaries/follow_up_link.html", page)


@login_required
def asked(request: HttpRequest, key: UUID) -> HttpResponse:
    """The answer of somebody the school asked, on the phone or at the door."""
    follow_up = _follow_up(request, key)
    row = follow_up.participation
    form = FollowUpForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.answer_follow_up(follow_up, by=request.user, at=now(), **form.cleaned_data)
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The answer is saved."))
            return redirect("beneficiaries:participant", key=row.key)
    names = shows_names(request, f"record:{row.key}", row.project, row.school)
    page = {"form": form, "follow_up": follow_up, "participation": row, "name": name_of(row, names)}
    return render(request, "beneficiaries/follow_up_answer.html", page, status=422 if form.is_bound else 200)


@never_cache
def answer(request: HttpRequest, secret: str) -> HttpResponse:
    """The participant's own page, without sign-in: two questions, answered once. It shows nobody's name."""
    at = now()
    follow_up = actions.follow_up_of(secret, at)
    if follow_up is None:
        return _own_page(request, {"state": "gone"}, 410)
    form = FollowUpForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.answer_follow_up(follow_up, by=None, at=at, secret=secret, **form.cleaned_data)
        except Refused:
            return _own_page(request, {"state": "gone"}, 410)
        return _own_page(request, {"state": "thanks"}, 200)
    page = {"state": "open", "form": form, "follow_up": follow_up, "project": follow_up.participation.project}
    return _own_page(request, page, 422 if form.is_bound else 200)


def _own_page(request: HttpRequest, page: dict[str, Any], status: int) -> HttpResponse:
    response = render(request, "beneficiaries/answer.html", page, status=status)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
