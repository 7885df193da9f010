"""The pages of one deliverable: its plan, its proof, its decision; and the score of the final report."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from activities.actions import today_in
from budgets import actions
from budgets.checks.lumps import lowered_by
from budgets.forms import DeliverableForm, DeliverForm, JudgeForm, ScoreForm, add_refusal
from budgets.models import Deliverable
from core import storage
from core.access import Permission, Refused
from projects.actions import require
from projects.models import Project, can

P = Permission


def _project(request: HttpRequest, number: str, permission: Permission) -> Project:
    visible = Project.objects.visible_to(request.user).select_related("programme", "call").prefetch_related("contracts")
    project = get_object_or_404(visible, number=number)
    require(request.user, permission, project)
    return project


def _visible(request: HttpRequest, key: UUID) -> Deliverable:
    """The deliverable, 404 for strangers, 403 with a sentence for those without the right."""
    rows = Deliverable.objects.visible_to(request.user, P.PROJECT_VIEW).select_related("project__programme")
    one = get_object_or_404(rows, key=key)
    require(request.user, P.CLAIM_VIEW, one.project)
    return one


@login_required
@require_http_methods(["GET", "POST"])
def deliverable_new(request: HttpRequest, number: str) -> HttpResponse:
    """Write down what a work package promises."""
    project, at = _project(request, number, P.PROJECT_EDIT), now()
    contract = project.contract_on(today_in(project, at))
    form = DeliverableForm(request.POST or None, project=project, contract=contract)
    if request.method == "POST" and form.is_valid():
        try:
            actions.plan_deliverable(project, **form.facts(), by=request.user, at=at)
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("The deliverable is planned."))
            return redirect("reports:project_packages", number=number)
    page = {"project": project, "contract": contract, "form": form}
    return render(request, "budgets/deliverable_plan.html", page, status=422 if request.method == "POST" else 200)


@login_required
@require_http_methods(["GET", "POST"])
def deliverable_plan(request: HttpRequest, key: UUID) -> HttpResponse:
    """Change the plan of a deliverable, or take it out."""
    one, at = _visible(request, key), now()
    project = one.project
    require(request.user, P.PROJECT_EDIT, project)
    out = "out" in request.POST
    contract = project.contract_on(today_in(project, at))
    given = request.POST if request.method == "POST" and not out else None
    form = DeliverableForm(given, project=project, contract=contract, initial=DeliverableForm.initial_of(one))
    problems: list[str] = []
    try:
        if out:
            seen = request.POST.get("version", "")
            actions.drop_deliverable(one, version=int(seen) if seen.isdecimal() else 0, by=request.user, at=at)
            messages.success(request, _("The deliverable is taken out."))
            return redirect("reports:project_packages", number=project.number)
        if form.is_valid():
            version = form.cleaned_data["version"]
            actions.change_deliverable(one, version=version, **form.facts(), by=request.user, at=at)
            messages.success(request, _("The plan is changed."))
            return redirect("budgets:deliverable", key=key)
    except Refused as refused:
        if out:
            problems = refused.messages
        else:
            add_refusal(form, refused)
    page = {"project": project, "contract": contract, "form": form, "one": one, "refused": problems}
    return render(request, "budgets/deliverable_plan.html", page, status=422 if request.method == "POST" else 200)


@login_required
@require_http_methods(["GET", "POST"])
def deliverable(request: HttpRequest, key: UUID) -> HttpResponse:
    """A deliverable with its proof and history; who may delivers it here, who may decides."""
    one = _visible(request, key)
    form = _form_for(request, one)
    if request.method == "POST":
        if form is None:
            require(request.user, P.CLAIM_EDIT, one.project)
            require(request.user, P.CLAIM_CHECK, one.project)
            return _page(request, one, None, 409)
        if form.is_valid():
            given = dict(form.cleaned_data)
            try:
                if isinstance(form, JudgeForm):
                    actions.judge_deliverable(one, **given, by=request.user, at=now())
                    messages.success(request, _("The decision is written down."))
                else:
                    upload = given.pop("upload")
                    actions.deliver(one, uploads=[upload] if upload else [], **given, by=request.user, at=now())
                    messages.success(request, _("It is delivered. An officer decides."))
            except Refused as refused:
                add_refusal(form, refused)
            else:
                return redirect("budgets:deliverable", key=key)
    return _page(request, one, form, 422 if request.method == "POST" else 200)


def _form_for(request: HttpRequest, one: Deliverable) -> DeliverForm | JudgeForm | None:
    """What this person may do with it now."""
    given, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    start = {"version": one.version}
    if one.state in Deliverable.OPEN and can(request.user, P.CLAIM_EDIT, one.project):
        return DeliverForm(given, files, initial=start)
    if one.state == Deliverable.State.DELIVERED and can(request.user, P.CLAIM_CHECK, one.project):
        return JudgeForm(given, initial=start)
    return None


def _page(request: HttpRequest, one: Deliverable, form: Any, status: int) -> HttpResponse:
    page = {
        "one": one, "project": one.project, "form": form, "judges": isinstance(form, JudgeForm),
        "moves": one.moves.select_related("by").order_by("-pk"),
        "papers": one.papers.filter(removed_at=None).select_related("file"),
        "may_plan": one.state in Deliverable.OPEN and can(request.user, P.PROJECT_EDIT, one.project),
    }  # fmt: skip
    return render(request, "budgets/deliverable.html", page, status=status)


@login_required
@require_safe
def deliverable_file(request: HttpRequest, key: UUID, pk: int) -> HttpResponseBase:
    """A file that proves it, as a download; every download leaves an audit row."""
    one = _visible(request, key)
    papers = one.papers.filter(removed_at=None).select_related("file", "project", "school", "session")
    paper = get_object_or_404(papers, pk=pk)
    try:
        answer = storage.answer(paper.file)
    except FileNotFoundError:
        raise Http404(_("The file is missing from the store. Please tell an administrator.")) from None
    actions.hand_out_proof(one, paper, by=request.user, at=now())
    return answer


@login_required
@require_http_methods(["GET", "POST"])
def score_new(request: HttpRequest, number: str) -> HttpResponse:
    """Write down the score of the final report."""
    project = _project(request, number, P.CLAIM_CHECK)
    form = ScoreForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.assess(project, **form.cleaned_data, by=request.user, at=now())
        except Refused as refused:
            add_refusal(form, refused)
        else:
            lowered = lowered_by(project.call, made.score)
            messages.success(
                request, _("The grant is lowered by %(percent)s%%.") % {"percent": f"{lowered.normalize():f}"}
                if lowered else _("The score is written down. The grant stays as it is."),
            )  # fmt: skip
            return redirect("reports:project_packages", number=number)
    page = {"project": project, "form": form, "bands": project.call.score_bands.all() if project.call else []}
    return render(request, "budgets/score_new.html", page, status=422 if request.method == "POST" else 200)
