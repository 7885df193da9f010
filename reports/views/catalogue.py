"""The description of the open data for data portals (DCAT-AP), by the files it describes."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localdate
from django.utils.translation import override

from projects.filters import ProjectFilter
from projects.models import Project
from reports import overview
from reports.indicators.models import Issue
from reports.kinds import operations
from reports.official.dcat import catalogue, json_ld, turtle
from reports.official.kohesio import kohesio
from reports.tables import to_csv
from reports.views.public import operations_json
from reports.views.results import public, published, results_file

KEPT = 3600  # seconds: checksums need every file to be made


@public
def catalogue_json(request: HttpRequest) -> HttpResponse:
    """The catalogue as JSON-LD."""
    return HttpResponse(json_ld(_catalogue()), content_type="application/ld+json")


@public
def catalogue_turtle(request: HttpRequest) -> HttpResponse:
    """The catalogue as Turtle."""
    return HttpResponse(turtle(_catalogue()), content_type="text/turtle; charset=utf-8")


def _catalogue() -> dict[str, Any]:
    """Made once for as long as nothing that is published changes."""
    state = Project.objects.public().aggregate(at=Max("updated_at"), n=Count("pk"))
    issues = Issue.objects.aggregate(at=Max("at"), n=Count("pk"))
    key = f"dcat {localdate()} {state['at']} {state['n']} {issues['at']} {issues['n']}".replace(" ", "_")
    kept: dict[str, Any] | None = cache.get(key)
    if kept is None:
        kept = catalogue(_operations, results_file)
        cache.set(key, kept, KEPT)
    return kept


def _operations(name: str, language: str) -> bytes | None:
    """The file at an address of the list of operations, without filters."""
    with override(language):
        if name == "reports:kohesio_csv":
            return kohesio(published(), localdate()).csv()
        rows = overview.ordered(ProjectFilter({}, queryset=published()).qs, "number", localdate(), language)
        if name == "reports:public_projects_csv":
            return to_csv("operations", operations.table(rows, localdate(), language).encoded())
        if name == "reports:public_projects_json":
            return operations_json(operations.table(rows, localdate(), language).encoded()).content
    return None
