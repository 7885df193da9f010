"""Results on the public pages: the newest issue of a project, on its page, as CSV and as JSON. What is hidden was
hidden when the issue was made; nothing here knows the numbers behind the mark."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from core import formats
from core.models.texts import said
from core.suppression import HIDDEN
from projects.models import Project
from reports.indicators.figures.hiding import PARTS, TOTAL
from reports.indicators.models import Definition, Issue
from reports.views.trail import csv_response

MINUTES_CACHED = 5
LICENCE = ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/")
COLUMNS = ("project", "as_of", "code", "name", "unit", *PARTS, TOTAL, "target", "target_on")


def public(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page for anyone: caches may keep it, except what a signed-in person sees."""

    @wraps(view)
    @require_safe
    def shown_to_all(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if request.user.is_authenticated:
            patch_cache_control(response, private=True, no_cache=True)
        else:
            response.headers.pop("Cache-Control", None)
            patch_cache_control(response, public=True, max_age=60 * MINUTES_CACHED)
        return response

    return shown_to_all


def published() -> QuerySet[Project]:
    return Project.objects.public().select_related("programme", "beneficiary")


def results_of(project: Project, language: str) -> dict[str, Any] | None:
    """The newest published results of a project, ready for its page; special categories in a table of their own."""
    issue = project.issues.first()
    if issue is None:
        return None
    rows = [
        row | {
            "cells": [_text(row[part], language) for part in PARTS], "shown": _text(row[TOTAL], language),
            "persons": row["unit"] == Definition.Unit.PERSONS, "unit": Definition.Unit(row["unit"]).label,
            "goal": _text(row["target"], language),
        }
        for row in issue.rows
    ]  # fmt: skip
    split = [(sensitive, [row for row in rows if row["sensitive"] == sensitive]) for sensitive in (False, True)]
    return {
        "issue": issue, "tables": [(sensitive, listed) for sensitive, listed in split if listed],
        "few": settings.SMALL_COUNT - 1, "few_sensitive": settings.SMALL_SENSITIVE_COUNT - 1,
    }  # fmt: skip


def _text(value: Any, language: str) -> str:
    if value is None or value == HIDDEN:
        return value or formats.UNKNOWN
    return formats.number(Decimal(value), language)


def _newest(number: str) -> tuple[Issue, list[dict[str, Any]]]:
    project, language = get_object_or_404(published(), number=number), get_language() or "en"
    issue = project.issues.first()
    if issue is None:
        raise Http404
    same, own = {"project": number, "as_of": issue.as_of.isoformat()}, project.programme.language
    return issue, [same | row | {"name": said(row["name"], language, own)[0]} for row in issue.rows]


@public
def results_csv(request: HttpRequest, number: str) -> HttpResponseBase:
    """The published results of a project as CSV; `:c` stands for a hidden number."""
    issue, rows = _newest(number)
    return csv_response(f"results_{number}_{issue.as_of}.csv", COLUMNS, rows)


@public
def results_json(request: HttpRequest, number: str) -> HttpResponse:
    """The same as JSON, with the meaning of the mark and the hash of the figures."""
    issue, rows = _newest(number)
    body = {
        "project": number, "as_of": issue.as_of.isoformat(), "published_at": issue.at.isoformat(),
        "language": get_language(), "licence": LICENCE[0], "licence_url": LICENCE[1],
        "hidden": {"mark": HIDDEN, "below": settings.SMALL_COUNT, "sensitive_below": settings.SMALL_SENSITIVE_COUNT},
        "sha256": issue.sha256, "indicators": [{name: row[name] for name in COLUMNS[2:]} for row in rows],
    }  # fmt: skip
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})
