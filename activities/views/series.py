"""Plan the same session for every week until a day: first the days are shown, then the ticked ones are planned."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activities import actions, checks
from activities.forms import SeriesForm
from activities.models import Group
from activities.views.sessions import begin_as_last, key_of
from core.access import Permission


@login_required
def series(request: HttpRequest) -> HttpResponse:
    """Without `days` the answer lists the days, holidays unticked; with them the sessions are planned."""
    groups = Group.objects.visible_to(request.user, Permission.SESSION_EDIT).select_related(
        "project__programme", "school"
    )
    group = get_object_or_404(
        groups.select_related("project__programme", "school"), key=key_of(request.GET.get("group", ""))
    )
    project = group.project
    form = SeriesForm(request.POST or None, project=project, initial=begin_as_last(group, ""))
    days: list[dict[str, Any]] = []
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        wanted, ticked = form.days(), set(request.POST.getlist("days"))
        if "plan" in request.POST:
            chosen = [day for day in wanted if day.isoformat() in ticked]
            if chosen:
                return _plan(request, group, form, chosen)
            form.add_error(None, _("Tick at least one day."))
        else:
            ticked, status = set(), 200
        days = _days(group, form, wanted, ticked)
    page = {"form": form, "group": group, "project": project, "days": days}
    return render(request, "activities/series.html", page, status=status)


def _plan(request: HttpRequest, group: Group, form: SeriesForm, days: list[date]) -> HttpResponse:
    planned, refused = actions.plan_series(
        project=group.project, school=group.school, group=group, days=days, by=request.user, at=now(), **form.details()
    )
    if planned:
        words = ngettext("%(n)s session is planned.", "%(n)s sessions are planned.", len(planned)) % {"n": len(planned)}
        messages.success(request, words)
    for day in refused:
        messages.warning(request, day.why)
    year, week, _day = (planned[0].on if planned else days[0]).isocalendar()
    return redirect(f"{reverse('beneficiaries:week')}?week={year}-W{week:02}&school={group.school.key}")


def _days(group: Group, form: SeriesForm, wanted: list[date], ticked: set[str]) -> list[dict[str, Any]]:
    """Each day with its holiday or what the group already has then; ticked as the person did, else when it is free."""
    holidays = checks.holidays_on(group.project, wanted)
    starts_at, ends_at = form.cleaned_data["starts_at"], form.cleaned_data["ends_at"]
    days = []
    for day in wanted:
        taken = checks.overlaps(group, day, starts_at, ends_at)
        on = day.isoformat() in ticked if ticked else not (taken or day in holidays)
        days.append({"day": day, "holiday": holidays.get(day, ""), "taken": taken, "ticked": on})
    return days
