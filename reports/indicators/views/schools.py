"""Figures of school years: the network by year, one school with its form, the list as CSV out and in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from budgets.forms import add_refusal
from core.access import Permission, Refused
from core.models import Code
from core.models.texts import said
from core.requests import Request
from projects.models import Reach, reach
from projects.views import taken_away
from reports.indicators import actions
from reports.indicators.actions.schools import COLUMNS
from reports.indicators.figures.schools import OfYear, network
from reports.indicators.forms import SchoolListForm, SchoolYearForm
from reports.indicators.models import SchoolFigure
from reports.indicators.models.schools import schools_of
from reports.indicators.taken import SCHOOL_YEARS

P = Permission


@dataclass(frozen=True)
class Line:
    """One measure over the years, in words."""

    name: str
    form: str
    numerator: str
    denominator: str
    years: list[OfYear | None]


def _measures() -> list[Code]:
    return list(Code.objects.of("school_measures").current())


def _words(code: Code, name: str) -> str:
    return code.more.get(f"{name}_{(get_language() or 'en')[:2]}") or code.more.get(f"{name}_en") or ""


@login_required
@require_safe
def schools(request: HttpRequest) -> HttpResponse:
    """Every measure by school year over the schools of this person, with the number of schools that reported it."""
    mine = schools_of(request.user, P.SESSION_VIEW).select_related("place").order_by("pk")
    rows = SchoolFigure.objects.visible_to(request.user).in_force()
    measures, panel = _measures(), request.GET.get("panel") == "1"
    found = network(rows, {m.code: m.more["form"] for m in measures}, panel=panel)
    years = sorted({year for by_year in found.values() for year in by_year}, reverse=True)[:6]
    lines = [
        Line(
            said(m.name, get_language() or "en")[0], m.more["form"], _words(m, "numerator"), _words(m, "denominator"),
            [found[m.code].get(year) for year in years],
        )
        for m in measures if m.code in found
    ]  # fmt: skip
    page = {
        "lines": lines, "years": [f"{year}/{year + 1}" for year in years], "panel": panel,
        "schools": mine[:500], "this_year": _year(), "may_load": reach(request.user, P.INDICATOR_EDIT) != Reach(),
    }  # fmt: skip
    return render(request, "indicators/schools.html", page)


def _year() -> int:
    """The school year of today, which begins on 15 September."""
    day = localdate()
    return day.year if (day.month, day.day) >= (9, 15) else day.year - 1


@login_required
@require_safe
def schools_csv(request: Request) -> HttpResponseBase:
    """All figures in force of the schools of this person, in the columns in which they are brought in; many are written
    by a worker."""
    return taken_away(request, SCHOOL_YEARS, {})


@login_required
@require_http_methods(["GET", "POST"])
def school(request: HttpRequest, key: UUID, year: int) -> HttpResponse:
    """What one school reports for one school year; an empty field is not reported, which is not 0."""
    one = get_object_or_404(schools_of(request.user, P.SESSION_VIEW), key=key)
    may = any(schools_of(request.user, p).filter(pk=one.pk).exists() for p in (P.INDICATOR_TYPE, P.INDICATOR_EDIT))
    measures = _measures()
    there = {f.measure: f for f in SchoolFigure.objects.in_force().filter(school=one, year=year)}
    form = SchoolYearForm(request.POST or None, measures=measures, there=there)
    if request.method == "POST" and not may:
        raise PermissionDenied(
            _("Your role does not allow this for this school. An administrator can give you access.")
        )
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_school_figures(
                one, year=year, figures=form.figures(), because=form.cleaned_data["because"], by=request.user, at=now()
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("The figures are saved."))
            return redirect("indicators:school", key=key, year=year)
    history = SchoolFigure.objects.filter(school=one, year=year, replaced=True).select_related("by").order_by("-pk")
    names = {m.code: said(m.name, get_language() or "en")[0] for m in measures}
    page = {
        "school": one, "year": year, "form": form, "may": may, "before": year - 1, "after": year + 1,
        "history": [{"name": names.get(f.measure, f.measure), "figure": f} for f in history],
    }  # fmt: skip
    return render(request, "indicators/school.html", page, status=422 if request.method == "POST" else 200)


@login_required
@require_http_methods(["GET", "POST"])
def schools_load(request: HttpRequest) -> HttpResponse:
    """Bring in figures of many schools from a CSV file, whole or not at all."""
    if reach(request.user, P.INDICATOR_EDIT) == Reach():
        raise PermissionDenied(_("Your role does not allow this. An administrator can give you access."))
    form = SchoolListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            n = actions.load_school_figures(
                _rows(form.cleaned_data["upload"].read()), because=form.cleaned_data["because"], by=request.user,
                at=now(),
            )  # fmt: skip
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, ngettext("%(n)s row is brought in.", "%(n)s rows are brought in.", n) % {"n": n})
            return redirect("indicators:schools")
    page = {"form": form, "columns": ", ".join(COLUMNS), "measures": _measures()}
    return render(request, "indicators/schools_load.html", page, status=422 if request.method == "POST" else 200)


def _rows(content: bytes) -> Iterator[dict[str, str]]:
    """The rows of a CSV file in UTF-8, with commas or semicolons."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused({"upload": [_("The file is not in UTF-8. Save it as “CSV UTF-8”.")]}) from None
    head = text.split("\n", 1)[0]
    return csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if ";" in head else ",")
