"""Figures out of approved typed values, by the rule over time of their definition; estimates stand apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from beneficiaries.figures import EARLIEST
from core.money import share
from reports.indicators.figures.counting import Breakdown, Library, Tally
from reports.indicators.models import Definition, Estimate, Value
from reports.indicators.models.library import Indicator

OverTime = Definition.OverTime


@dataclass(frozen=True)
class Typed:
    """The total of one approved value: where, when, and its parts summed."""

    place: tuple[int, int | None]  # project, school
    from_on: date
    to_on: date
    amount: Decimal
    base: Decimal = Decimal(0)


@dataclass(frozen=True)
class Estimated:
    """An informed estimate beside the counts: never part of them."""

    indicator: str
    estimate: Estimate


def over_time(rule: str, values: Iterable[Typed]) -> Decimal | None:
    """Values of several periods and places as one; None when there are none.

    sum: all added. latest: the newest of each place, added. maximum: the highest of the sums of each period. average:
    the mean of these sums, to two places. ratio: the sum of numerators in per cent of the sum of denominators, never
    the mean of ratios; None when nothing was in the denominators.
    """
    rows = list(values)
    if not rows:
        return None
    if rule == OverTime.RATIO:
        return share(sum((r.amount for r in rows), Decimal(0)), sum((r.base for r in rows), Decimal(0)))
    if rule == OverTime.LATEST:
        newest: dict[tuple[int, int | None], Typed] = {}
        for row in sorted(rows, key=lambda r: (r.to_on, r.from_on)):
            newest[row.place] = row
        return sum((r.amount for r in newest.values()), Decimal(0))
    periods: dict[tuple[date, date], Decimal] = defaultdict(Decimal)
    for row in rows:
        periods[row.from_on, row.to_on] += row.amount
    if rule == OverTime.MAXIMUM:
        return max(periods.values())
    whole = sum(periods.values(), Decimal(0))
    return whole if rule == OverTime.SUM else (whole / len(periods)).quantize(Decimal("0.01"))


def typed(library: Library, projects: Iterable[int], start: date, end: date) -> dict[str, Breakdown | None]:
    """Figures of the typed indicators, of approved values whose last day lies in the period; None: no value yet. So a
    value of a longer period counts once, and what is reached to date is that of the last report and the period since.

    Parts by category are given where values are added over time; a highest or latest value has none.
    """
    return _figures(library, _values(library, projects, start, end))


def typed_totals(
    library: Library, projects: Iterable[int], start: date, end: date
) -> tuple[dict[str, Breakdown | None], dict[str, Breakdown | None]]:
    """The same of the period and of everything up to `end`."""
    rows = _values(library, projects, EARLIEST, end)
    return _figures(library, [row for row in rows if row.to_on >= start]), _figures(library, rows)


def _values(library: Library, projects: Iterable[int], start: date, end: date) -> list[Value]:
    typed_ones = [d.indicator_id for _code, d in library if d.source == Definition.Source.TYPED]
    rows = Value.objects.in_force().filter(
        definition__indicator__in=typed_ones, project__in=list(projects), to_on__range=(start, end)
    )
    return list(rows.select_related("definition", "school__place").prefetch_related("cells"))


def _figures(library: Library, rows: Iterable[Value]) -> dict[str, Breakdown | None]:
    codes = {d.indicator_id: (code, d) for code, d in library if d.source == Definition.Source.TYPED}
    values: dict[int, list[Typed]] = defaultdict(list)
    figures: dict[int, Breakdown] = defaultdict(Breakdown)
    for value in rows:
        cells, indicator = list(value.cells.all()), value.definition.indicator_id
        values[indicator].append(
            Typed(
                (value.project_id, value.school_id), value.from_on, value.to_on,
                sum((c.amount for c in cells), Decimal(0)), sum((c.base or Decimal(0) for c in cells), Decimal(0)),
            )
        )  # fmt: skip
        parts = figures[indicator]
        place = value.school.place.code if value.school and value.school.place else "U"
        for cell in cells:
            for dimension, part in (
                ("age", cell.age or "U"), ("education", cell.education or "U"), ("place", place),
                ("school", str(value.school_id or "U")), ("year", str(value.to_on.year)),
                ("project", str(value.project_id)),
            ):  # fmt: skip
                parts.add(dimension, part, cell.gender, _fit(cell.gender, cell.amount))
            parts.add("", "", cell.gender, _fit(cell.gender, cell.amount))
    found: dict[str, Breakdown | None] = {}
    for pk, (code, definition) in codes.items():
        if pk not in values:
            found[code] = None
        elif definition.over_time == OverTime.SUM:
            found[code] = figures[pk]
        else:
            whole = over_time(definition.over_time, values[pk])
            found[code] = None if whole is None else Breakdown(whole=Tally(whole=whole))
    return found


def to_date(
    library: Library, now: Mapping[str, Breakdown | None], so_far: Mapping[str, Breakdown | None]
) -> dict[str, Breakdown | None]:
    """What is reached up to the last day of a period: of a cumulative indicator everything since the start, of another
    one the value of the period itself (reference: technical report, cumulative = period)."""
    return {code: (so_far if definition.cumulative else now).get(code) for code, definition in library}


def bases_of(library: Library, projects: Iterable[int], start: date, end: date) -> dict[str, Decimal]:
    """Over how many the shares of the typed ratios were taken: the sums of their denominators."""
    codes = {d.indicator_id: code for code, d in library if d.over_time == OverTime.RATIO}
    rows = Value.objects.in_force().filter(
        definition__indicator__in=codes, project__in=list(projects), to_on__range=(start, end)
    )
    summed = rows.values_list("definition__indicator").annotate(n=Sum("cells__base")).order_by()
    return {codes[indicator]: n for indicator, n in summed if n is not None}


def _fit(gender: str, amount: Decimal) -> Decimal | int:
    return int(amount) if gender and amount == amount.to_integral_value() else amount


def estimates(projects: Iterable[int], end: date) -> list[Estimated]:
    """The newest estimate of each sensitive indicator, project and period up to `end`."""
    rows = Estimate.objects.filter(project__in=list(projects), to_on__lte=end).select_related(
        "indicator", "project", "by"
    )
    newest = rows.order_by("indicator_id", "project_id", "from_on", "to_on", "-pk").distinct(
        "indicator_id", "project_id", "from_on", "to_on"
    )
    return [Estimated(each.indicator.code, each) for each in newest]


def library_of(programme: int) -> list[tuple[str, Definition]]:
    """The codes of a programme (id) with the definition in force, without those no longer in use."""
    current = Indicator.objects.current().filter(programme=programme)
    return [(d.indicator.code, d) for d in Definition.objects.filter(indicator__in=current).newest()]
