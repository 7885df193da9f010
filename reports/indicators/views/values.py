"""Typed values and estimates: begin, fill, send, decide, correct. What was is never overwritten."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from budgets.forms import add_refusal
from core.access import Permission, Refused
from core.models import Organisation
from projects.actions import require
from projects.models import Project, can
from reports.indicators import actions
from reports.indicators.figures import library_of
from reports.indicators.forms import BeginForm, CorrectForm, DecideForm, EstimateForm, PartsForm, part_words
from reports.indicators.models import Definition, Indicator, Value
from reports.indicators.models.schools import schools_of
from reports.indicators.views.project import project_of

P = Permission


def _typed(project: Project) -> list[Definition]:
    return [d for _code, d in library_of(project.programme_id) if d.source == Definition.Source.TYPED]


@login_required
@require_http_methods(["GET", "POST"])
def value_new(request: HttpRequest, number: str) -> HttpResponse:
    """Choose indicator, period and school; the numbers come on the next page."""
    project = project_of(request, number, P.INDICATOR_TYPE)
    typed = {d.indicator.code: d for d in _typed(project)}
    schools = _schools(request, project)
    indicators = Indicator.objects.filter(pk__in=[d.indicator_id for d in typed.values()])
    form = BeginForm(request.POST or None, indicators=indicators, schools=schools)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        definition = typed[given.pop("indicator").code]
        try:
            made = actions.type_value(definition, project, **given, amounts={}, by=request.user, at=now())
        except Refused as refused:
            add_refusal(form, refused)
        else:
            return redirect("indicators:value", key=made.key)
    page = {"project": project, "form": form, "none": not typed}
    return render(request, "indicators/value_new.html", page, status=422 if request.method == "POST" else 200)


def _schools(request: HttpRequest, project: Project) -> Any:
    """The schools of the project for which this person may type."""
    partners = project.partners.filter(role="school").values("organisation")
    return schools_of(request.user, P.INDICATOR_TYPE).filter(pk__in=Organisation.objects.filter(pk__in=partners))


@login_required
@require_http_methods(["GET", "POST"])
def value(request: HttpRequest, key: UUID) -> HttpResponse:
    """One value with its log; who types fills and sends it, another person decides, later it is corrected."""
    visible = Value.objects.visible_to(request.user).select_related(
        "definition__indicator__programme", "project__programme", "school", "corrects"
    )
    one = get_object_or_404(visible, key=key)
    form = _form_for(request, one)
    if request.method == "POST":
        if form is None:
            require(request.user, P.INDICATOR_EDIT, one.project)
            require(request.user, P.INDICATOR_TYPE, one.project, one.school)
            return _page(request, one, None, 409)
        if form.is_valid():
            try:
                done = _act(request, one, form)
            except Refused as refused:
                add_refusal(form, refused)
            else:
                return redirect("indicators:value", key=done.key)
    return _page(request, one, form, 422 if request.method == "POST" else 200)


def _form_for(request: HttpRequest, one: Value) -> forms.Form | None:
    """What this person may do with the value now."""
    given = request.POST if request.method == "POST" else None
    start = {"version": one.version}
    types = can(request.user, P.INDICATOR_TYPE, one.project, one.school)
    if one.state in Value.OPEN and types:
        return PartsForm(given, definition=one.definition, initial=PartsForm.initial_of(one))
    if one.state == Value.State.SUBMITTED and can(request.user, P.INDICATOR_EDIT, one.project):
        return DecideForm(given, initial=start)
    if one.state == Value.State.APPROVED and types and not Value.objects.filter(corrects=one).exists():
        return CorrectForm(given, initial=start)
    return None


def _act(request: HttpRequest, one: Value, form: forms.Form) -> Value:
    by, at, given = request.user, now(), form.cleaned_data
    if isinstance(form, PartsForm):
        one = actions.fill_value(one, amounts=form.amounts(), version=given["version"], by=by, at=at)
        if "send" in request.POST:
            one = actions.send_value(one, version=one.version, by=by, at=at)
        messages.success(request, _("The value is sent. Another person decides.") if "send" in request.POST
                         else _("The value is saved."))  # fmt: skip
        return one
    if isinstance(form, DecideForm):
        one = actions.decide_value(one, **given, by=by, at=at)
        messages.success(request, _("The decision is written down."))
        return one
    made = actions.correct_value(one, **given, by=by, at=at)
    messages.success(
        request, _("Change the numbers and send the correction. The old value counts until it is approved.")
    )
    return made


def _page(request: HttpRequest, one: Value, form: forms.Form | None, status: int) -> HttpResponse:
    cells = list(one.cells.all())
    page = {
        "one": one, "project": one.project, "form": form, "fills": isinstance(form, PartsForm),
        "decides": isinstance(form, DecideForm), "moves": one.moves.select_related("by").order_by("-pk"),
        "cells": [{"words": part_words((c.gender, c.age, c.education)), "cell": c} for c in cells],
        "total": sum(c.amount for c in cells), "base": sum(c.base or 0 for c in cells),
        "ratio": one.definition.over_time == Definition.OverTime.RATIO,
        "correction": Value.objects.filter(corrects=one).first(),
    }  # fmt: skip
    return render(request, "indicators/value.html", page, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def estimate_new(request: HttpRequest, number: str) -> HttpResponse:
    """Write down an informed estimate of a sensitive indicator."""
    project = project_of(request, number, P.INDICATOR_EDIT)
    sensitive = [d.indicator_id for _code, d in library_of(project.programme_id) if d.sensitive]
    form = EstimateForm(request.POST or None, indicators=Indicator.objects.filter(pk__in=sensitive))
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        try:
            actions.estimate(given.pop("indicator"), project, **given, by=request.user, at=now())
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("The estimate is written down. It stands beside the counts, never in them."))
            return redirect("indicators:project", number=number)
    page = {"project": project, "form": form}
    return render(request, "indicators/estimate_new.html", page, status=422 if request.method == "POST" else 200)
