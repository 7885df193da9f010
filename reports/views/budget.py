"""The budget of the contract in force by one dimension, as a page and as a file with the same figures."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from budgets.figures import DIMENSIONS, PARTS, Share, budget_by
from budgets.models import Form
from core.models.texts import said
from reports.views.projects import Page, language
from reports.views.trail import csv_response


def _labels() -> dict[str, str]:
    return {
        "activity": _("Activity"), "category": _("Cost category"), "partner": _("Partner"), "year": _("Year"),
        "form": _("Form of cost"), "source": _("Source"),
    }  # fmt: skip


def _name(page: Page, dimension: str, row: Share) -> str:
    """What a row is called; a dimension that is not set has words of its own."""
    if dimension == "source":
        words = {
            "eu_part": _("EU part"), "national_part": _("National part"), "own_part": _("Own part"),
            "unsplit": _("Not split by source"),
        }  # fmt: skip
        return words[row.code]
    if row.name in (None, "", {}):
        return _("Not set")
    if dimension == "form":
        return str(Form(row.name).label)
    if dimension == "year":
        return str(row.name)
    text = said(row.name, language(), page.project.programme.language)[0]
    return f"{row.code} {text}" if dimension == "activity" else text


@login_required
@require_safe
def budget(request: HttpRequest, number: str) -> HttpResponseBase:
    """`?by=` names the dimension; `?as=csv` gives the same rows as a file."""
    page = Page(request, number, "money")
    dimension = request.GET.get("by", "activity")
    if dimension not in DIMENSIONS:
        raise Http404
    contract = page.project.contract_on(page.today)
    found, whole = budget_by(contract, dimension) if contract else ([], None)
    rows: list[dict[str, Any]] = [
        {"name": _name(page, dimension, row), "total": row.total, "parts": [row.parts.get(part) for part in PARTS]}
        for row in found
    ]
    if request.GET.get("as") == "csv" and contract:
        columns = [dimension, "total", *([] if dimension == "source" else PARTS), "currency", "contract"]
        lines = [
            {dimension: row["name"], "total": row["total"], "currency": contract.currency, "contract": contract.number}
            | dict(zip(PARTS, row["parts"], strict=True))
            for row in rows
        ]
        return csv_response(f"budget_{number}_{dimension}.csv", columns, lines)
    labels = _labels()
    context = page.context(
        by=dimension,
        label=labels[dimension],
        dimensions=[(key, labels[key]) for key in DIMENSIONS],
        rows=rows,
        has_samples=contract is not None and contract.budget_lines.filter(synthetic=True).exists(),
        whole=whole,
        whole_parts=[whole.parts[part] for part in PARTS] if whole else [],
        has_parts=dimension != "source",
    )
    return render(request, "reports/project_budget.html", context)
