"""Tables of participants as CSV: everything the list may show, by code, never by name; and the national micro-data
sheet. Long ones are written by a worker (`beneficiaries.tables.at_once`)."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_GET

from activities.actions import require
from beneficiaries import actions
from beneficiaries.forms import ExportForm
from beneficiaries.tables import MICRODATA, PARTICIPANTS, Table, at_once, gaps
from beneficiaries.views.common import query_of
from core.access import Permission
from core.requests import Request
from projects.models import Project


@require_GET
@login_required
def participants_csv(request: Request) -> HttpResponseBase:
    """All participations this person sees, or those of `?project=` and `?school=`; the export is written down."""
    return taken_away(request, PARTICIPANTS, query_of(request))


@login_required
def microdata_csv(request: Request) -> HttpResponseBase:
    """The participants of `?project=` with names and sensitive answers, so only for those who hold them. The page asks
    what the file is for; the export and the reason are written down in the trail."""
    table, chosen = MICRODATA, query_of(request, "project")
    project = get_object_or_404(Project.objects.visible_to(request.user), number=chosen.get("project", ""))
    require(request.user, Permission.PARTICIPANT_SENSITIVE, project)
    rows = table.rows(request.user, chosen)
    if not at_once(rows):
        return _by_a_worker(table, chosen)
    form = ExportForm(request.POST or None)
    if not form.is_valid():
        page = {"form": form, "project": project, "gaps": gaps(rows, project.number)}
        return render(request, "beneficiaries/microdata.html", page, status=422 if form.is_bound else 200)
    if form.cleaned_data["complete"]:
        chosen["complete"] = "1"
    return taken_away(request, table, chosen, because=form.cleaned_data["because"])


def _by_a_worker(table: Table, chosen: Mapping[str, str]) -> HttpResponse:
    """To the page that says how long the table is and has it made."""
    return redirect(f"{reverse('reports:export_new', args=[table.key])}?{urlencode(chosen)}")


def taken_away(request: Request, table: Table, chosen: Mapping[str, str], because: str = "") -> HttpResponseBase:
    """What a person sees of a table: a short one at once, written down; a long one from the page that has it made."""
    rows = table.rows(request.user, chosen)
    if not at_once(rows):
        return _by_a_worker(table, chosen)
    actions.exported(table, chosen, because=because, by=request.user, at=now())
    answer = StreamingHttpResponse(table.lines(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{table.file_name(chosen, localdate())}"'
    answer["Cache-Control"] = "private, no-store"
    return answer
