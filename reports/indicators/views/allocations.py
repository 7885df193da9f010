"""The financial plan of a programme: the list of its parts, and the forms that add, change and remove one."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from budgets.forms import add_refusal
from core.access import Permission, Refused
from projects.models import Allocation, Programme
from reports.indicators import actions
from reports.indicators.actions.library import require_programme
from reports.indicators.forms import AllocationForm
from reports.indicators.models.library import programmes_of
from reports.indicators.views.library import may_edit


def _programme(request: HttpRequest, code: str, *, edit: bool = False) -> Programme:
    programme = get_object_or_404(programmes_of(request.user, Permission.REPORT_VIEW), code=code)
    if edit:
        require_programme(request.user, Permission.INDICATOR_EDIT, programme)
    return programme


@login_required
@require_safe
def allocations(request: HttpRequest, programme: str) -> HttpResponse:
    """What each part of the programme may spend in all."""
    found = _programme(request, programme)
    rows = Allocation.objects.filter(priority__programme=found).select_related("priority", "specific_objective")
    page = {"programme": found, "rows": rows, "may_edit": may_edit(request, found)}
    return render(request, "indicators/allocations.html", page)


@login_required
@require_http_methods(["GET", "POST"])
def allocation_new(request: HttpRequest, programme: str) -> HttpResponse:
    found = _programme(request, programme, edit=True)
    form = AllocationForm(request.POST or None, programme=found)
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_allocation(found, **form.facts(), by=request.user, at=now())
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("The part is in the plan."))
            return redirect("indicators:allocations", found.code)
    page = {"form": form, "programme": found}
    return render(request, "indicators/allocation.html", page, status=422 if request.method == "POST" else 200)


def _one(request: HttpRequest, programme: str, pk: int) -> Allocation:
    found = _programme(request, programme, edit=True)
    rows = Allocation.objects.select_related("priority__programme", "specific_objective")
    return get_object_or_404(rows, priority__programme=found, pk=pk)


@login_required
@require_http_methods(["GET", "POST"])
def allocation(request: HttpRequest, programme: str, pk: int) -> HttpResponse:
    """Change one part."""
    one = _one(request, programme, pk)
    form = AllocationForm(
        request.POST or None, programme=one.priority.programme, initial=AllocationForm.initial_of(one)
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_allocation(
                one, version=form.cleaned_data["version"], **form.facts(), by=request.user, at=now()
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("The part is changed. Reports made before keep their figures."))
            return redirect("indicators:allocations", programme)
    page = {"form": form, "programme": one.priority.programme, "one": one}
    return render(request, "indicators/allocation.html", page, status=422 if request.method == "POST" else 200)


@login_required
@require_http_methods(["GET", "POST"])
def allocation_remove(request: HttpRequest, programme: str, pk: int) -> HttpResponse:
    """What removing a part means, and its button."""
    one = _one(request, programme, pk)
    refused = None
    if request.method == "POST":
        given = request.POST.get("version", "")[:9]
        try:
            actions.remove_allocation(
                one, version=int(given) if given.isdecimal() else 0, by=request.user, at=now()
            )  # fmt: skip
        except Refused as wrong:
            refused = wrong
        else:
            messages.success(request, _("The part is removed from the plan."))
            return redirect("indicators:allocations", programme)
    page = {"programme": one.priority.programme, "one": one, "refused": refused}
    return render(request, "indicators/allocation_remove.html", page, status=409 if refused else 200)
