"""Figures of school years over several schools: sums of numerators over sums of denominators, never means of rates."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum

from core.money import share
from reports.indicators.models import SchoolFigure


@dataclass(frozen=True)
class OfYear:
    """One measure in one year over the schools that reported it; a school that did not is not a 0."""

    schools: int
    numerator: Decimal
    denominator: Decimal | None
    value: Decimal | None


def value_of(form: str, numerator: Decimal, denominator: Decimal | None) -> Decimal | None:
    """rate: per cent; per and mean: the quotient, to two places; count: the sum. None: nothing to divide by."""
    if form == "count":
        return numerator
    if not denominator:
        return None
    return share(numerator, denominator) if form == "rate" else (numerator / denominator).quantize(Decimal("0.01"))


def network(
    rows: QuerySet[SchoolFigure], forms: dict[str, str], *, panel: bool = False
) -> dict[str, dict[int, OfYear]]:
    """By measure and year, of figures in force. `panel` keeps to the schools that reported a measure in every year in
    which anybody did, so that years compare the same schools."""
    if panel:
        years: dict[str, set[int]] = defaultdict(set)
        reported: dict[tuple[str, int], int] = {}
        for measure, year in rows.order_by().values_list("measure", "year").distinct():
            years[measure].add(year)
        for measure, school, n in rows.order_by().values_list("measure", "school").annotate(n=Count("year")):
            reported[measure, school] = n
        steady = {key for key, n in reported.items() if n == len(years[key[0]])}
        sums: dict[tuple[str, int], list] = {}
        for measure, school, year, top, base in rows.values_list(
            "measure", "school", "year", "numerator", "denominator"
        ):
            if (measure, school) in steady:
                at = sums.setdefault((measure, year), [Decimal(0), None if base is None else Decimal(0), 0])
                at[0], at[1], at[2] = at[0] + top, None if base is None else at[1] + base, at[2] + 1
        summed = [(measure, year, *each) for (measure, year), each in sums.items()]
    else:
        grouped = rows.order_by().values_list("measure", "year")
        summed = list(grouped.annotate(top=Sum("numerator"), base=Sum("denominator"), n=Count("school")))
    found: dict[str, dict[int, OfYear]] = defaultdict(dict)
    for measure, year, top, base, n in summed:
        found[measure][year] = OfYear(n, top, base, value_of(forms.get(measure, "count"), top, base))
    return dict(found)
