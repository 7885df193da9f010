"""The list of claims narrowed, also by its clocks."""

from __future__ import annotations

from datetime import date
from typing import Any

from budgets.forms import ClaimFilterForm
from budgets.models import Claim
from core.requests import Request
from projects.models import Programme


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
