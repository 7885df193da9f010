"""What schools report of their years, as a table that may be taken away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from core.access import Permission
from core.export import csv_rows
from projects.tables import Table
from reports.indicators.models import SchoolFigure


def _found(user, query: Mapping[str, str]) -> QuerySet[SchoolFigure]:
    return SchoolFigure.objects.visible_to(user).in_force().order_by("school", "year", "measure")


def _lines(rows: QuerySet[SchoolFigure]) -> Iterator[bytes]:
    """In the columns in which they are brought in."""
    return csv_rows(
        rows.values_list("school__key", "school__school_code", "year", "measure", "numerator", "denominator")
    )


SCHOOL_YEARS = Table(
    "school_years", gettext_lazy("Figures of school years"), Permission.SESSION_VIEW, "indicators:schools_csv",
    _found, _lines, "school_years.exported", filters=(),
)  # fmt: skip
