"""Children who would be in two sessions at once: a warning for whoever plans, never a refusal."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from activities.models import Group
from beneficiaries import actions
from beneficiaries.views.common import key_from
from core.access import Permission
from core.formats import parse_day
from core.sheets.values import clock

MOST_DAYS = 60
TIMES = (("from", "starts_at"), ("to", "ends_at"))


@require_GET
@login_required
def clashes(request: HttpRequest) -> HttpResponse:
    """`?group=&from=&to=&on=…`: the other sessions in which members of the group are at that time, by day; the names
    of a form's fields and the days and times as people type them do too. Part of a page that asks while somebody types
    says nothing until it can."""
    groups = Group.objects.visible_to(request.user, Permission.SESSION_VIEW).select_related(
        "project__programme", "school"
    )
    group = get_object_or_404(
        groups.select_related("project__programme", "school"), key=key_from(request.GET.get("group"))
    )
    part = "#clashes" if request.headers.get("HX-Request") else ""
    asked = request.GET
    try:
        days = [parse_day(text) for text in asked.getlist("on")[:MOST_DAYS]]
        start, end = (clock(asked.get(name) or asked.get(field, "")) for name, field in TIMES)
    except ValueError:
        if part:
            return HttpResponse()
        raise Http404 from None
    found = actions.in_two_places(group, days, start, end)
    return render(request, f"beneficiaries/clashes.html{part}", {"group": group, "found": found})
