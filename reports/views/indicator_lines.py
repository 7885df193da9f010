"""The tables of indicators on the tab of a project: each figure that records make leads to the rows behind it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from beneficiaries.figures import INDICATORS
from projects.models import Project
from reports.indicators.figures.hiding import SENSITIVE
from reports.indicators.models import Definition
from reports.tables import Shown

TABLES = ("indicators", "indicator_targets", "counted_indicators", "typed_indicators", "estimated_indicators")
GENDERS = {"women": "F", "men": "M", "non_binary": "N", "unknown": "U", "total": ""}
NONE = (None, 0, "0")
CLOSED = (Definition.Source.TYPED, Definition.Source.SCHOOLS)  # no rows open behind these


def lines_of(
    project: Project,
    library: Mapping[str, Definition],
    table: Shown,
    period: tuple[date, date],
    *,
    opens_rows: bool,
    opens_sensitive: bool,
) -> list[dict[str, Any]]:
    """The rows of a table for the page: code, name, and cells with the address of their records, where one may open
    them. A table of the library leads to the rows by its definitions, the common set to those of the regulation."""
    lines = []
    for row, code in zip(table.rows, table.keys, strict=True):
        one = library.get(code)
        link = _rows(project, table.key, code, one, opens_rows=opens_rows, opens_sensitive=opens_sensitive)
        cells = [
            {
                "text": cell.text,
                "right": cell.right,
                "url": _address(link, column.key, period, one)
                if link and column.right and cell.value not in NONE
                else "",
            }
            for column, cell in list(zip(table.columns, row, strict=True))[2:]
        ]
        parts = reverse("indicators:parts", args=[project.number, code]) if one else ""
        lines.append({"code": code, "name": row[1].text, "cells": cells, "url": parts})
    return lines


def _rows(
    project: Project, table: str, code: str, one: Definition | None, *, opens_rows: bool, opens_sensitive: bool
) -> str:
    """Where the rows of an indicator stand; "" where none open."""
    sensitive = one.sensitive if one else code in SENSITIVE
    if not (opens_sensitive if sensitive else opens_rows):
        return ""
    if table == "indicators":
        return reverse("reports:project_indicator_rows", args=[project.number, code]) if code in INDICATORS else ""
    if table != "counted_indicators" or one is None or one.source in CLOSED:
        return ""
    return reverse("indicators:rows", args=[project.number, code])


def _address(link: str, column: str, period: tuple[date, date], one: Definition | None) -> str:
    gender = GENDERS.get(column.removesuffix("_to_date"))
    if gender is None:
        return ""
    start, end = map(str, period)
    query = {"from": start, "to": end} | ({"gender": gender} if gender else {})
    if column.endswith("_to_date") and (one is None or one.cumulative):
        query = {**query, "all": "1"} if one is None else {name: query[name] for name in query if name != "from"}
    return f"{link}?{urlencode(query)}"
