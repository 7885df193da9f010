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
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import formats
from core.export import csv_lines
from core.models.texts import said
from core.sheets.marking import XLSX
from core.suppression import HIDDEN
from projects.models import Project
from reports.book import plain
from reports.columns.indicators import PUBLIC
from reports.indicators.figures.hiding import PARTS, TOTAL
from reports.indicators.models import Definition, Issue
from reports.tables import encode
from reports.views.trail import csv_response

MINUTES_CACHED = 5
LICENCE = ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/")
COLUMNS = tuple(column.key for column in PUBLIC.columns)


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


def _newest(number: str) -> tuple[Project, Issue]:
    project = get_object_or_404(published(), number=number)
    issue = project.issues.first()
    if issue is None:
        raise Http404
    return project, issue


def _rows(project: Project, issue: Issue) -> list[dict[str, Any]]:
    same, own = {"project": project.number, "as_of": issue.as_of.isoformat()}, project.programme.language
    return [same | row | {"name": said(row["name"], get_language() or "en", own)[0]} for row in issue.rows]


@public
def results_csv(request: HttpRequest, number: str) -> HttpResponseBase:
    """The published results of a project as CSV; `:c` stands for a hidden number."""
    project, issue = _newest(number)
    return csv_response(f"results_{number}_{issue.as_of}.csv", COLUMNS, _rows(project, issue))


@public
def results_json(request: HttpRequest, number: str) -> HttpResponse:
    """The same as JSON, with the meaning of the mark and the hash of the figures."""
    return _json(*_newest(number))


def _json(project: Project, issue: Issue) -> JsonResponse:
    rows = _rows(project, issue)
    body = {
        "project": project.number, "as_of": issue.as_of.isoformat(), "published_at": issue.at.isoformat(),
        "language": get_language(), "licence": LICENCE[0], "licence_url": LICENCE[1],
        "hidden": {"mark": HIDDEN, "below": settings.SMALL_COUNT, "sensitive_below": settings.SMALL_SENSITIVE_COUNT},
        "sha256": issue.sha256, "indicators": [{name: row[name] for name in COLUMNS[2:]} for row in rows],
    }  # fmt: skip
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})


@public
def results_xlsx(request: HttpRequest, number: str) -> HttpResponse:
    """The same as a workbook that says what its columns mean."""
    project, issue = _newest(number)
    answer = HttpResponse(_xlsx(project, issue), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="results_{number}_{issue.as_of}.xlsx"'
    return answer


def _xlsx(project: Project, issue: Issue) -> bytes:
    """The workbook is of the moment of publication, so that it is always the same."""
    language = get_language() or "en"
    facts = [
        (_("Published results"), f"{settings.SITE_URL}{reverse('reports:public_project', args=[project.number])}"),
        (_("Data of"), formats.day(issue.as_of, language)), (_("Licence"), f"{LICENCE[0]}, {LICENCE[1]}"),
        (_("Hidden numbers"), str(PUBLIC.note)), (_("Hash of the figures (SHA-256)"), issue.sha256),
    ]  # fmt: skip
    rows = [{name: encode(row[name]) for name in COLUMNS} for row in _rows(project, issue)]
    rows = [row | {"unit": str(Definition.Unit(row["unit"]).label)} for row in rows]
    return plain({PUBLIC.key: {"rows": rows, "total": None}}, facts, language, issue.at)


def results_file(project: Project, issue: Issue, ending: str, language: str) -> bytes:
    """The bytes of published results, as they are answered in a language."""
    with override(language):
        if ending == "json":
            return _json(project, issue).content
        if ending == "xlsx":
            return _xlsx(project, issue)
        rows = ([row.get(name) for name in COLUMNS] for row in _rows(project, issue))
        return b"".join(csv_lines(COLUMNS, rows))
