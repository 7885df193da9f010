"""Contracts with suppliers: their list, one entered or put right, and its files."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from activities.models import Evidence
from budgets import actions
from budgets.forms import ProcurementForm, add_refusal
from budgets.models import Procurement
from core import storage
from core.access import Permission, Refused
from projects.actions import require
from projects.models import Project, can

P = Permission


def _project(request: HttpRequest, number: str, permission: Permission) -> Project:
    visible = Project.objects.visible_to(request.user).select_related("programme", "beneficiary")
    project = get_object_or_404(visible, number=number)
    require(request.user, permission, project)
    return project


@login_required
@require_safe
def procurements(request: HttpRequest, number: str) -> HttpResponse:
    """The contracts of a project with suppliers."""
    project = _project(request, number, P.CLAIM_VIEW)
    rows = project.procurements.annotate(n=Count("costs")).prefetch_related("papers__file")
    page = {"project": project, "rows": rows, "may_edit": can(request.user, P.CLAIM_EDIT, project)}
    return render(request, "budgets/procurements.html", page)


@login_required
@require_http_methods(["GET", "POST"])
def procurement_new(request: HttpRequest, number: str) -> HttpResponse:
    """Enter a contract with a supplier."""
    project = _project(request, number, P.CLAIM_EDIT)
    return _filled(request, project, None)


@login_required
@require_http_methods(["GET", "POST"])
def procurement(request: HttpRequest, number: str, key: UUID) -> HttpResponse:
    """Put facts of a contract right, and add files to it."""
    project = _project(request, number, P.CLAIM_EDIT)
    return _filled(request, project, get_object_or_404(project.procurements, key=key))


def _filled(request: HttpRequest, project: Project, there: Procurement | None) -> HttpResponse:
    initial: dict[str, Any] = {}
    if there is not None:
        initial = {
            name: getattr(there, name) for name in (*ProcurementForm.base_fields, "version") if name != "uploads"
        }
    form = ProcurementForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        version = facts.pop("version")
        try:
            if there is None:
                made = actions.enter_procurement(project, **facts, by=request.user, at=now())
            else:
                made = actions.change_procurement(there, version=version or 0, **facts, by=request.user, at=now())
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Contract %(number)s is saved.") % {"number": made.number})
            return redirect("budgets:procurements", number=project.number)
    page = {"project": project, "form": form, "there": there}
    return render(request, "budgets/procurement.html", page, status=422 if form.is_bound else 200)


@login_required
@require_safe
def procurement_file(request: HttpRequest, number: str, key: UUID, pk: int) -> HttpResponseBase:
    """A file of a contract, as a download; every download leaves an audit row."""
    project = _project(request, number, P.CLAIM_VIEW)
    contract = get_object_or_404(project.procurements, key=key)
    there = Evidence.objects.filter(procurements=contract, removed_at=None).select_related("file", "project")
    paper = get_object_or_404(there, pk=pk)
    try:
        answer = storage.answer(paper.file)
    except FileNotFoundError:
        raise Http404(_("The file is missing from the store. Please tell an administrator.")) from None
    actions.hand_out_contract(contract, paper, by=request.user, at=now())
    return answer
