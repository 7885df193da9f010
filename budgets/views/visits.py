"""On-the-spot visits: the list, planning, recording, what was found and what the school answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from budgets import actions
from budgets.checks.visits import questions_of
from budgets.forms import AnswerFindingForm, FindingForm, VisitForm, VisitRecordForm, WordsForm, add_refusal
from budgets.models import Finding, Visit
from budgets.taken import VISITS, visits_for
from core import storage
from core.access import Permission, Refused
from core.requests import Request
from projects.actions import require
from projects.models import Project, Reach, can, reach
from projects.views import query_of, taken_away

P = Permission


def visit_of(request: HttpRequest, key: UUID, permission: Permission = P.CLAIM_VIEW) -> Visit:
    """The visit, 404 for strangers, 403 with a sentence for those without the right."""
    found = Visit.objects.visible_to(request.user).select_related("project__programme", "partner", "checklist")
    visit = get_object_or_404(found, key=key)
    require(request.user, permission, visit.project)
    return visit


@login_required
@require_safe
def visits(request: Request) -> HttpResponse:
    """The visits a person may see, the latest first; of one project, or only what is late."""
    if reach(request.user, P.CLAIM_VIEW) == Reach():
        raise PermissionDenied(_("Your role does not open payment claims. An administrator can give you access."))
    rows, form = visits_for(request.user, request.GET)
    closed = Count("findings", filter=Q(findings__steps__kind="closed"), distinct=True)
    rows = rows.order_by("-planned_on", "pk").annotate(found=Count("findings", distinct=True), closed=closed)
    number = request.GET.get("project", "")
    project = Project.objects.visible_to(request.user, P.CLAIM_CHECK).filter(number=number).first() if number else None
    page = {
        "page": Paginator(rows, 25).get_page(request.GET.get("page")), "number": number, "project": project,
        "filter": form, "day": localdate(),
    }  # fmt: skip
    return render(request, "budgets/visits.html", page)


@login_required
@require_safe
def visits_csv(request: Request) -> HttpResponseBase:
    """Dates and short results of the visits the filter leaves, as CSV; many are written by a worker."""
    return taken_away(request, VISITS, query_of(request, *VISITS.filters))


@login_required
@require_http_methods(["GET", "POST"])
def visit_new(request: HttpRequest, number: str) -> HttpResponse:
    """Plan a visit."""
    visible = Project.objects.visible_to(request.user).select_related("programme", "beneficiary")
    project = get_object_or_404(visible, number=number)
    require(request.user, P.CLAIM_CHECK, project)
    form = VisitForm(request.POST or None, project=project)
    del form.fields["version"]
    there = reverse("budgets:visits") + f"?project={project.number}"
    return _filled(
        request, form, lambda: actions.plan_visit(project, **form.cleaned_data, by=request.user, at=now()),
        title=_("Plan an on-the-spot visit"), up=there, up_label=_("On-the-spot visits"), facts=project.number,
    )  # fmt: skip


def _filled(
    request: HttpRequest, form: forms.Form, do: Callable[[], Any], *, title: str, up: str, up_label: str, facts: str
) -> HttpResponse:
    """A page with one form: done and back to the visit, or shown again with what stands against it."""
    if request.method == "POST" and form.is_valid():
        try:
            made = do()
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Saved."))
            return redirect(reverse("budgets:visit", args=[made.key]) if isinstance(made, Visit) else up)
    page = {"form": form, "title": title, "up": up, "up_label": up_label, "facts": facts}
    return render(request, "budgets/visit_form.html", page, status=422 if form.is_bound else 200)


def _on(request: HttpRequest, visit: Visit, form: forms.Form, do: Callable[[], Any], title: str) -> HttpResponse:
    up = reverse("budgets:visit", args=[visit.key])
    name = _("Visit %(number)s") % {"number": visit.number}
    return _filled(request, form, do, title=title, up=up, up_label=name, facts=visit.project.number)


@login_required
@require_safe
def visit(request: HttpRequest, key: UUID) -> HttpResponse:
    """One visit. The internal note and the checklist are for the office and auditors alone."""
    visit = visit_of(request, key)
    found = visit.findings.select_related("line__claim__contract", "line__cost", "by").prefetch_related("steps__by")
    may_check = can(request.user, P.CLAIM_CHECK, visit.project)
    office = can(request.user, P.VISIT_INTERNAL, visit.project)
    page = {
        "visit": visit, "project": visit.project, "findings": found, "may_check": may_check, "office": office,
        "may_answer": can(request.user, P.CLAIM_EDIT, visit.project),
        "claims": visit.claims.visible_to(request.user).order_by("number"),
        "papers": visit.papers.filter(removed_at=None).select_related("file"),
        "answers": visit.answers.select_related("question") if office else [],
        "open": sum(not each.closed for each in found), "day": localdate(),
    }  # fmt: skip
    return render(request, "budgets/visit.html", page)


@login_required
@require_http_methods(["GET", "POST"])
def visit_change(request: HttpRequest, key: UUID) -> HttpResponse:
    """Change the plan of a visit."""
    visit = visit_of(request, key, P.CLAIM_CHECK)
    names = ("planned_on", "partner", "place", "goes", "about", "announced", "version")
    initial = {name: getattr(visit, name) for name in names} | {"claims": visit.claims.all()}
    form = VisitForm(request.POST or None, project=visit.project, initial=initial)
    return _on(
        request, visit, form, lambda: actions.change_visit(visit, **form.cleaned_data, by=request.user, at=now()),
        _("Change the plan"),
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def visit_record(request: HttpRequest, key: UUID) -> HttpResponse:
    """Write down that a visit was made, and what came of it."""
    visit = visit_of(request, key, P.CLAIM_CHECK)
    own = visit.project.programme.language
    form = VisitRecordForm(request.POST or None, request.FILES or None, questions=questions_of(visit), own=own)
    return _on(
        request, visit, form, lambda: actions.record_visit(visit, **form.facts(), by=request.user, at=now()),
        _("Record the visit"),
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def visit_end(request: HttpRequest, key: UUID) -> HttpResponse:
    """Call a planned visit off with a reason; close one that was made when nothing of it is open."""
    visit = visit_of(request, key, P.CLAIM_CHECK)
    by: dict[str, Any] = {"by": request.user, "at": now()}
    if visit.state == Visit.State.PLANNED:
        form = WordsForm(request.POST or None)
        form.fields["text"].label = _("Why it is called off")
        return _on(
            request, visit, form, lambda: actions.cancel_visit(visit, because=form.cleaned_data["text"], **by),
            _("Call the visit off"),
        )  # fmt: skip
    return _on(
        request, visit, forms.Form(request.POST or None), lambda: actions.close_visit(visit, **by), _("Close the visit")
    )


@login_required
@require_http_methods(["GET", "POST"])
def finding_new(request: HttpRequest, key: UUID) -> HttpResponse:
    """Write down something the visit found."""
    visit = visit_of(request, key, P.CLAIM_CHECK)
    form = FindingForm(request.POST or None, claims=visit.claims.all())
    return _on(
        request, visit, form, lambda: actions.add_finding(visit, **form.cleaned_data, by=request.user, at=now()),
        _("Write down a finding"),
    )  # fmt: skip


def _finding(request: HttpRequest, key: UUID, n: int, permission: Permission) -> Finding:
    return get_object_or_404(visit_of(request, key, permission).findings.select_related("visit"), number=n)


@login_required
@require_http_methods(["GET", "POST"])
def finding_answer(request: HttpRequest, key: UUID, n: int) -> HttpResponse:
    """The school answers a finding."""
    finding = _finding(request, key, n, P.CLAIM_EDIT)
    form = AnswerFindingForm(request.POST or None, request.FILES or None)

    def answer() -> Any:
        uploads = [upload for upload in form.cleaned_data["uploads"] or [] if upload]
        text = form.cleaned_data["text"]
        return actions.answer_finding(finding, text=text, uploads=uploads, by=request.user, at=now())

    return _on(request, finding.visit, form, answer, _("Answer finding %(number)s") % {"number": n})


@login_required
@require_http_methods(["GET", "POST"])
def finding_close(request: HttpRequest, key: UUID, n: int) -> HttpResponse:
    """The office closes a finding."""
    finding = _finding(request, key, n, P.CLAIM_CHECK)
    form = WordsForm(request.POST or None)
    return _on(
        request, finding.visit, form,
        lambda: actions.close_finding(finding, text=form.cleaned_data["text"], by=request.user, at=now()),
        _("Close finding %(number)s") % {"number": n},
    )  # fmt: skip


@login_required
@require_safe
def visit_file(request: HttpRequest, key: UUID, pk: int) -> HttpResponseBase:
    """A file of a visit, as a download; every download leaves an audit row."""
    visit = visit_of(request, key)
    paper = get_object_or_404(visit.papers.filter(removed_at=None).select_related("file", "project"), pk=pk)
    try:
        answer = storage.answer(paper.file)
    except FileNotFoundError:
        raise Http404(_("The file is missing from the store. Please tell an administrator.")) from None
    actions.hand_out_visit_paper(visit, paper, by=request.user, at=now())
    return answer
