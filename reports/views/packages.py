"""What the work packages of a project promise, what that releases, and what is paid when."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from budgets.checks import lumps
from budgets.models import Form
from core.access import Permission
from projects.models import can
from reports.views.projects import Page


@login_required
@require_safe
def packages(request: HttpRequest, number: str) -> HttpResponse:
    """Lines with a lump sum and their deliverables; amounts for those who see the money of the project."""
    page = Page(request, number, "packages")
    project, contract = page.project, page.project.contract_on(page.today)
    promised, released = lumps.by_line(project), lumps.released(contract) if contract else {}
    lines = contract.budget_lines.filter(form=Form.LUMP).select_related("activity").order_by("code") if contract else []
    rows = [{"line": line, "released": released[line.code], "promised": promised[line.code]} for line in lines]
    return page.answer(
        rows=rows,
        by_share=lumps.release_of(project.call) == lumps.Release.SHARE,
        problems=list(lumps.problems(contract)) if contract else [],
        plan=lumps.plan_of(contract) if contract else [],
        report_due=lumps.report_due(contract) if contract else None,
        settled=lumps.settled(contract, page.today) if contract else None,
        may_score=can(request.user, Permission.CLAIM_CHECK, project),
    )
