"""The progress report as it is handed to a funder or to the public: money, people and indicators, small counts hidden.
What goes to the Commission (Annex VII) and working reports never hide anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from beneficiaries.figures import EARLIEST
from core.suppression import HIDDEN, hide_average
from reports import snapshot
from reports.catalogue import Group, Kind
from reports.figures import progress
from reports.indicators.figures import bases_of, hidden_of, library_of, narrower
from reports.indicators.figures.counting import Library
from reports.indicators.figures.hiding import ALL, OF_RESULTS, SENSITIVE, TOTAL
from reports.indicators.models import Definition
from reports.models import Report

SCALES = {"period": "", "to_date": "_to_date"}  # scale: what ends the names of its columns
GENDERS = ("women", "men", "non_binary", "unknown")
COUNTERS = ("participants", "incomplete", "left", "outreach")  # the rows of persons, in the order of the table
FIGURES = ("indicators", "counted_indicators", "typed_indicators")
KEPT = ("money_sources", "money_activities", "counters", "indicator_targets", *FIGURES, "indicator_definitions")
RESULTS = tuple((code, "left") for _whole, codes, _all in OF_RESULTS for code in codes)  # some of those who left


def take(report: Report) -> dict[str, Any]:
    assert report.project is not None
    found = progress(report.project, report.from_on, report.to_on, report.language)
    taken = snapshot.of_progress(found)
    tables = {key: table for key, table in taken["tables"].items() if key in KEPT}
    hide(tables, library_of(report.project.programme_id), [report.project.pk], report.from_on, report.to_on)
    words = {"few": settings.SMALL_COUNT - 1, "sensitive": settings.SMALL_SENSITIVE_COUNT - 1}
    with override(report.language):
        return {
            "tables": tables,
            "sections": [[_("Money"), list(KEPT[:2])], [_("People"), [key for key in KEPT[2:] if key in tables]]],
            "notes": [
                _("“:c” is a hidden number: counts of 1 to %(few)s persons (1 to %(sensitive)s in special categories) "
                  "are not shown, nor those from which they could be worked out. 0 is a counted zero.") % words,
                _("A person counts once in a project, with the data of the day of first entry."),
            ],
            "samples": taken["samples"],
        }  # fmt: skip


def hide(tables: dict[str, Any], library: Library, projects: list[int], start: date, end: date) -> None:
    """Put the mark in the place of small counts of persons and of what gives them away, across all tables."""
    rows = {row["code"]: row for key in FIGURES if key in tables for row in tables[key]["rows"]}
    definitions = dict(library)
    counters = dict(zip(COUNTERS, tables["counters"]["rows"], strict=False))
    figures: dict[str, dict[str, dict[str, int]]] = {}
    for scale, ending in SCALES.items():
        split = {code: found for code, row in rows.items() if (found := _persons(row, ending, definitions.get(code)))}
        split |= {
            name: {TOTAL: row[scale]} for name, row in counters.items() if not (name == "participants" and ALL in rows)
        }
        figures[scale] = split
    codes = {code for split in figures.values() for code in split}
    limits = {code: _limit(code, definitions) for code in codes}
    for scale, code, part in hidden_of(figures, limits, within=(*RESULTS, *narrower(library))):
        if code in rows:
            rows[code][part + SCALES[scale]] = HIDDEN
        else:
            _mark(counters[code], scale)
    if ALL in rows:  # the same persons as a counter
        for scale, ending in SCALES.items():
            if rows[ALL][TOTAL + ending] == HIDDEN:
                _mark(counters["participants"], scale)
    _hide_averages(rows, library, projects, {"": start, "_to_date": EARLIEST}, end)
    for goal in tables["indicator_targets"]["rows"] if "indicator_targets" in tables else ():
        if rows[goal["code"]][TOTAL + SCALES["to_date"]] == HIDDEN:
            goal["to_date"] = HIDDEN
            goal["share"] = goal["share"] and HIDDEN


def _limit(code: str, definitions: Mapping[str, Definition]) -> int:
    """The lowest number of persons that is shown."""
    sensitive = definitions[code].sensitive if code in definitions else code in SENSITIVE
    return settings.SMALL_SENSITIVE_COUNT if sensitive else settings.SMALL_COUNT


def _persons(row: dict[str, Any], ending: str, definition: Definition | None) -> dict[str, int]:
    """The counts of persons in a row, by part and total; empty where it counts something else or nothing yet."""
    found = {part: row[part + ending] for part in (*GENDERS, TOTAL) if row.get(part + ending) is not None}
    if definition and definition.unit != Definition.Unit.PERSONS:
        return {}
    return (
        {part: int(Decimal(n)) for part, n in found.items()} if all(Decimal(n) % 1 == 0 for n in found.values()) else {}
    )


def _hide_averages(
    rows: dict[str, Any], library: Library, projects: list[int], starts: dict[str, date], end: date
) -> None:
    """Averages and shares of few persons, which are no counts."""
    for ending, start in starts.items():
        bases = bases_of(library, projects, start, end)
        for code, definition in library:
            value = rows[code].get(TOTAL + ending)
            if value in (None, HIDDEN) or _persons(rows[code], ending, definition):
                continue
            few = Decimal(value) if definition.unit == Definition.Unit.PERSONS else bases.get(code)
            rows[code][TOTAL + ending] = hide_average(value, few, _limit(code, {code: definition}))


def _mark(row: dict[str, Any], scale: str) -> None:
    """Hide a counter, and with the number to date the share that is taken of it."""
    row[scale] = HIDDEN
    if scale == "to_date" and row["share"] is not None:
        row["share"] = HIDDEN


FUNDER = Kind(
    key="funder",
    name=gettext_lazy("Progress report for a funder or the public"),
    about=gettext_lazy(
        "Money, people and indicators of one project in one period; small counts of persons are hidden."
    ),
    take=take,
    group=Group.FUNDER,
    tables=((gettext_lazy("Money"), KEPT[:2]), (gettext_lazy("People"), KEPT[2:])),
)
