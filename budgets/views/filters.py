"""The list of claims narrowed, and the filters a person keeps."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from budgets import actions
from budgets.forms import ClaimFilterForm
from budgets.models import Claim, SavedFilter
from core.access import Refused
from core.requests import Request
from projects.models import Programme

NAMES = ("state", "programme", "kind", "clock", "mine", "project")


def narrowed(rows: Any, request: Request, today: date) -> tuple[Any, ClaimFilterForm]:
    """The claims a filter leaves, and its form. A claim's clock is read of its history, not of a column."""
    programmes = Programme.objects.filter(pk__in=Claim.objects.visible_to(request.user).values("project__programme"))
    form = ClaimFilterForm(request.GET, programmes=programmes.order_by("code"))
    if not form.is_valid():
        return rows, form
    wanted = form.cleaned_data
    if wanted["programme"]:
        rows = rows.filter(project__programme__code=wanted["programme"])
    if wanted["kind"]:
        rows = rows.filter(kind=wanted["kind"])
    if wanted["mine"]:
        rows = rows.filter(moves__after=Claim.State.IN_CHECK, moves__by=request.user).distinct()
    if wanted["clock"]:
        clocks = [(claim.pk, claim.clock_on(today)) for claim in rows.exclude(received_on=None)]
        found = {
            pk for pk, clock in clocks if clock and (clock.stopped if wanted["clock"] == "stopped" else clock.soon)
        }
        rows = rows.filter(pk__in=found)
    return rows, form


def kept(query: QueryDict) -> str:
    """The part of a query that is a filter, in one order."""
    return "&".join(f"{name}={query[name]}" for name in NAMES if query.get(name))


@login_required
@require_POST
def claim_filter(request: Request) -> HttpResponse:
    """Keep the filter of the page under a name, or drop one."""
    query = kept(QueryDict(request.POST.get("query", "")))
    try:
        if drop := request.POST.get("drop"):
            saved = get_object_or_404(SavedFilter, user=request.user, pk=drop if drop.isdigit() else 0)
            actions.drop_filter(saved, by=request.user, at=now())
            messages.success(request, _("The filter is dropped."))
        else:
            actions.save_filter(name=request.POST.get("name", ""), query=query, by=request.user, at=now())
            messages.success(request, _("The filter is saved."))
    except Refused as refused:
        for message in refused.messages:
            messages.error(request, message)
    return redirect(reverse("budgets:claims") + (f"?{query}" if query else ""))
