"""What official systems load: the files, and what stands in their way."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.access import Permission
from core.requests import Request
from projects.models import Project, Reach, reach
from reports import actions
from reports.models import Report
from reports.official.annex import COLUMNS, transmission
from reports.official.kohesio import kohesio
from reports.views.results import public, published

SHOWN = 100  # problems on the page


@login_required
@require_safe
def official(request: Request) -> HttpResponse:
    """For each official system the way to its file; of Kohesio also which operations are missing from it and why."""
    if reach(request.user, Permission.REPORT_VIEW) == Reach():
        raise PermissionDenied(_("Your role does not open this page. An administrator can give you access."))
    mine = Project.objects.visible_to(request.user, Permission.REPORT_VIEW)
    made = kohesio(mine.public(), localdate())
    page = {
        "operations": len(made.rows),
        "left_out": len({problem.project.pk for problem in made.problems}),
        "problems": made.problems[:SHOWN],
        "more": max(0, len(made.problems) - SHOWN),
    }
    return render(request, "reports/official.html", page)


@login_required
@require_safe
def annex_csv(request: Request, key, table: int) -> HttpResponse:
    """One table of a sealed report of Annex VII in the form of transmission; the download is written down."""
    reports = Report.objects.visible_to(request.user).with_subject()
    return annex_answer(get_object_or_404(reports, key=key), table, by=request.user)


def annex_answer(report: Report, table: int, *, by) -> HttpResponse:
    """The file, for a page or a program. Raises Http404 for another report, one that is not finished or whose figures
    are not what was sealed, and for another table."""
    if report.kind != "annex_vii" or report.state != Report.State.DONE or table not in COLUMNS:
        raise Http404
    if not actions.figures_intact(report):
        actions.found_damaged(report, name="figures.json", sha256=report.snapshot_sha256, by=by, at=now())
        raise Http404
    name = f"{report.file_name}_table_{table}_transmission.csv"
    actions.figures_downloaded(report, by=by, at=now(), name=name)
    answer = HttpResponse(transmission(report.snapshot or {}, table), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@public
def kohesio_csv(request: HttpRequest) -> HttpResponse:
    """The published operations as Kohesio takes them in; of one programme with `?programme=`."""
    rows = published()
    if programme := request.GET.get("programme"):
        rows = rows.filter(programme__code=programme)
    answer = HttpResponse(kohesio(rows, localdate()).csv(), content_type="text/csv; charset=utf-8; header=present")
    answer["Content-Disposition"] = f'attachment; filename="kohesio_{localdate()}.csv"'
    return answer
