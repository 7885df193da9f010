"""Pages that change money: a cost reported, a cost corrected, a contract version."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from activities.actions import today_in
from activities.models import Evidence
from budgets import actions
from budgets.forms import ContractForm, CorrectionForm, CostForm, add_refusal
from budgets.models import ReportedCost
from core.access import Permission, Refused
from core.money import NOTHING
from projects.actions import PARTS, require
from projects.models import ContractVersion, Project


def _project(request: HttpRequest, number: str, permission: Permission) -> Project:
    """The project, 404 for strangers, 403 with a sentence for those without the right."""
    visible = Project.objects.visible_to(request.user).select_related("programme", "beneficiary")
    project = get_object_or_404(visible.prefetch_related("contracts"), number=number)
    require(request.user, permission, project)
    return project


@login_required
@require_http_methods(["GET", "POST"])
def cost_new(request: HttpRequest, number: str) -> HttpResponse:
    """Report a cost on a line of the contract in force."""
    project = _project(request, number, Permission.BUDGET_EDIT)
    at = now()
    contract = project.contract_on(today_in(project, at))
    files = Evidence.objects.visible_to(request.user).filter(project=project, removed_at=None)
    files = files.select_related("file").order_by("-added_at", "-pk")[:500]
    chosen: dict[str, Any] = {"project": project, "contract": contract, "evidence": files, "at": at}
    if request.method == "POST":  # a queryset that was cut cannot be filtered by what was chosen
        chosen["evidence"] = Evidence.objects.visible_to(request.user).filter(project=project).select_related("file")
    form = CostForm(request.POST if request.method == "POST" else None, **chosen)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            facts = {k: v for k, v in form.cleaned_data.items() if not k.endswith("_part")}
            try:
                cost = actions.report_cost(**facts, parts=form.parts(), by=request.user, at=at)
            except Refused as refused:
                add_refusal(form, refused)
            else:
                messages.success(request, _("“%(document)s” is reported.") % {"document": cost.document})
                return redirect("reports:project_money", number=project.number)
    page = {"project": project, "contract": contract, "form": form}
    return render(request, "budgets/cost_new.html", page, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def cost_correct(request: HttpRequest, number: str, key: str) -> HttpResponse:
    """Take back a reported cost, or a part of it."""
    project = _project(request, number, Permission.BUDGET_EDIT)
    costs = ReportedCost.objects.visible_to(request.user).filter(project=project, corrects=None)
    costs = costs.select_related("line__contract", "line__partner", "activity").prefetch_related("corrections")
    cost = get_object_or_404(costs, key=key)
    corrections = sorted(cost.corrections.all(), key=lambda c: c.pk)
    rest = cost.total + sum((c.total for c in corrections), NOTHING)
    form = CorrectionForm(request.POST if request.method == "POST" else None, cost=cost, rest=rest)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.correct_cost(cost, **form.cleaned_data, by=request.user, at=now())
            except Refused as refused:
                add_refusal(form, refused)
            else:
                messages.success(request, _("“%(document)s” is corrected.") % {"document": cost.document})
                return redirect("reports:project_money", number=project.number)
    page = {"project": project, "cost": cost, "corrections": corrections, "rest": rest, "form": form}
    return render(request, "budgets/cost_correct.html", page, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def contract_new(request: HttpRequest, number: str) -> HttpResponse:
    """Add a contract or annex; the newest version's facts stand in the fields already."""
    project = _project(request, number, Permission.PROJECT_EDIT)
    previous = max(project.contracts.all(), key=lambda c: c.version, default=None)
    form = ContractForm(
        request.POST if request.method == "POST" else None, initial=_as_before(previous) if previous else None
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                contract = actions.add_contract_version(project, **form.cleaned_data, by=request.user, at=now())
            except Refused as refused:
                add_refusal(form, refused)
            else:
                messages.success(request, _("%(number)s is added.") % {"number": contract.number})
                return redirect("reports:project", number=project.number)
    page = {"project": project, "previous": previous, "form": form}
    return render(request, "budgets/contract_new.html", page, status=status)


def _as_before(previous: ContractVersion) -> dict[str, Any]:
    same = (
        "starts_on",
        "ends_on",
        "eligible_from",
        "eligible_to",
        "currency",
        "total",
        *PARTS,
        "instalments",
        "report_days",
        "interim_months",
        "interim_days",
    )
    return {name: getattr(previous, name) for name in same} | {"kind": ContractVersion.Kind.AMENDMENT}
