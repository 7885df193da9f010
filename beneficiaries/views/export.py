"""Tables of participants as CSV: everything the list may show, by code, never by name; and the national micro-data
sheet. Long ones are written by a worker (`projects.tables.at_once`)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from activities.actions import require
from beneficiaries.forms import ExportForm
from beneficiaries.tables import MICRODATA, PARTICIPANTS, gaps
from core.access import Permission
from core.requests import Request
from projects.models import Project
from projects.tables import at_once
from projects.views import query_of, taken_away


@require_GET
@login_required
def participants_csv(request: Request) -> HttpResponseBase:
    """All participations this person sees, or those of `?project=` and `?school=`; the export is written down."""
    return taken_away(request, PARTICIPANTS, query_of(request, *PARTICIPANTS.filters))


@login_required
def microdata_csv(request: Request) -> HttpResponseBase:
    """The participants of `?project=` with names and sensitive answers, so only for those who hold them. The page asks
    what the file is for; the export and the reason are written down in the trail."""
    table, chosen = MICRODATA, query_of(request, "project")
    project = get_object_or_404(Project.objects.visible_to(request.user), number=chosen.get("project", ""))
    require(request.user, Permission.PARTICIPANT_SENSITIVE, project)
    rows = table.rows(request.user, chosen)
    if not at_once(rows):
        return redirect(table.job_url(chosen))
    form = ExportForm(request.POST or None)
    if not form.is_valid():
        page = {"form": form, "project": project, "gaps": gaps(rows, project.number)}
        return render(request, "beneficiaries/microdata.html", page, status=422 if form.is_bound else 200)
    if form.cleaned_data["complete"]:
        chosen["complete"] = "1"
    return taken_away(request, table, chosen, because=form.cleaned_data["because"])
