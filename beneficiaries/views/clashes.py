"""Children who would be in two sessions at once: a warning for whoever plans, never a refusal."""

from __future__ import annotations

from datetime import date, time

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from activities.models import Group
from beneficiaries import actions
from beneficiaries.views.common import key_from
from core.access import Permission

MOST_DAYS = 60


@require_GET
@login_required
def clashes(request: HttpRequest) -> HttpResponse:
    """`?group=&from=&to=&on=…`: the other sessions in which members of the group are at that time, by day."""
    groups = Group.objects.visible_to(request.user, Permission.SESSION_VIEW).select_related(
        "project__programme", "school"
    )
    group = get_object_or_404(
        groups.select_related("project__programme", "school"), key=key_from(request.GET.get("group"))
    )
    try:
        days = [date.fromisoformat(text) for text in request.GET.getlist("on")[:MOST_DAYS]]
        start, end = time.fromisoformat(request.GET.get("from", "")), time.fromisoformat(request.GET.get("to", ""))
    except ValueError:
        raise Http404 from None
    found = actions.in_two_places(group, days, start, end)
    part = "#clashes" if request.headers.get("HX-Request") else ""
    return render(request, f"beneficiaries/clashes.html{part}", {"group": group, "found": found})
