"""How long identities are kept, what holds them longer, and erasing one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from activities.actions import require
from beneficiaries import actions
from beneficiaries.forms import EraseForm, HoldForm, refuse
from beneficiaries.models import Hold, Participation
from beneficiaries.views.common import key_from, name_of, shows_names
from beneficiaries.views.participants import record_of, record_place
from core.access import Permission, Refused
from projects.models import Project, reach

P = Permission


def _own(user) -> Any:
    """The projects in which this person may erase; raises PermissionDenied for who may nowhere."""
    where = reach(user, P.PARTICIPANT_ERASE)
    if not (where.everywhere or where.programmes or where.projects):
        raise PermissionDenied(_("Your role does not open this page. An administrator can give you access."))
    return Project.objects.filter(where.projects_q()).select_related("programme")


@require_GET
@login_required
def retention(request: HttpRequest) -> HttpResponse:
    """Each project with people: until when they are kept, how many identities there are and are due, and the holds."""
    today = localdate()
    own = _own(request.user)
    known = Count("participations", filter=Q(participations__person__identity__isnull=False))
    rows = own.annotate(known=known).filter(known__gt=0).order_by("number")
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    due = actions.due_for_erasure(today).filter(participations__project__in=[p.pk for p in page.object_list])
    counts = dict(due.values_list("participations__project").annotate(n=Count("pk", distinct=True)).order_by())
    holds = Hold.objects.in_force(today).filter(project__in=own)
    held = set(holds.filter(person=None).values_list("project_id", flat=True))
    listed = [
        {"project": p, "until": actions.keep_until(p), "due": counts.get(p.pk, 0), "held": p.pk in held}
        for p in page.object_list
    ]
    context = {
        "page": page,
        "rows": listed,
        "holds": holds.select_related("project__programme", "person", "put_by").order_by("project__number", "pk"),
        "grace": settings.ERASURE_GRACE_DAYS,
        "today": today,
    }
    return render(request, "beneficiaries/retention.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def hold_new(request: HttpRequest) -> HttpResponse:
    """Keep the identities of a project (?project=), or of one participant (?participant=), for longer."""
    participation = None
    if key := key_from(request.GET.get("participant")):
        participation = record_of(request, key)
        project = participation.project
    else:
        visible = Project.objects.visible_to(request.user).select_related("programme")
        project = get_object_or_404(visible, number=request.GET.get("project", ""))
    require(request.user, P.PARTICIPANT_ERASE, project)
    form = HoldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.put_hold(project, participation=participation, **form.cleaned_data, by=request.user, at=now())
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The hold is in force. Nothing it covers is erased."))
            return redirect("beneficiaries:retention")
    context = {"form": form, "project": project, "participation": participation}
    return render(request, "beneficiaries/hold_new.html", context, status=422 if form.is_bound else 200)


@require_POST
@login_required
def hold_end(request: HttpRequest, key: UUID) -> HttpResponse:
    visible = Project.objects.visible_to(request.user)
    hold = get_object_or_404(Hold.objects.filter(project__in=visible), key=key)
    actions.end_hold(hold, by=request.user, at=now())
    messages.success(request, _("The hold has ended."))
    return redirect("beneficiaries:retention")


@require_http_methods(["GET", "POST"])
@login_required
def erase(request: HttpRequest, key: UUID) -> HttpResponse:
    """Says what erasing means for this participant, and does it."""
    participation = record_of(request, key)
    project, person = participation.project, participation.person
    require(request.user, P.PARTICIPANT_ERASE, project)
    names = shows_names(request, record_place(participation), project, participation.school)
    form = EraseForm(request.POST or None)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            actions.erase_person(person, **form.cleaned_data, by=request.user, at=now())
        except Refused as refused:
            refuse(form, refused)
            status = 409
        else:
            messages.success(request, _("The identity is erased. What is counted stays under the code."))
            return redirect("beneficiaries:participant", key=key)
    others = Participation.objects.filter(person=person).exclude(pk=participation.pk).count()
    context = {
        "participation": participation, "project": project, "name": name_of(participation, names), "form": form,
        "others": others, "until": actions.keep_until(project), "holds": actions.holds_on(person, localdate()),
        "back": reverse("beneficiaries:participant", args=[key]), "today": localdate(),
    }  # fmt: skip
    return render(request, "beneficiaries/participant_erase.html", context, status=status)
