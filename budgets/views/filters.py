"""Lists narrowed: the one of claims by its clocks, the others by their columns."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest

from budgets.forms import ClaimFilterForm, ListFilterForm
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


def listed(
    rows: Any, request: HttpRequest, *, programme: str, project: str = "", **own: forms.Field
) -> tuple[Any, ListFilterForm]:
    """The rows a filter leaves, and its form. `programme` and `project` are the way from a row to them; without a
    project the list has none. Each of `own` names a column of the row; one that is none is left to the caller."""
    programmes = Programme.objects.filter(pk__in=rows.order_by().values(programme)).order_by("code")
    form = ListFilterForm(request.GET, programmes=programmes, own=own)
    if not project:
        del form.fields["project"]
    if not form.is_valid():
        return rows.none(), form
    columns = {field.name for field in rows.model._meta.get_fields()}
    where = {"programme": f"{programme}__code", "project": f"{project}__number"}
    where |= {name: name for name in own if name in columns}
    asked = {where[name]: value for name, value in form.cleaned_data.items() if value and name in where}
    return rows.filter(**asked), form
