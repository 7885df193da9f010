"""The progress report as it is handed to a funder or to the public: money, people and indicators, small counts hidden.
What goes to the Commission (Annex VII) and working reports never hide anything."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from core.suppression import HIDDEN
from reports import snapshot
from reports.catalogue import Group, Kind
from reports.figures import progress
from reports.indicators.figures import hidden_of
from reports.indicators.figures.hiding import ALL, OF_RESULTS, SENSITIVE, TOTAL
from reports.models import Report

SCALES = {"period": "", "to_date": "_to_date"}  # scale: what ends the names of its columns
GENDERS = ("women", "men", "non_binary")
COUNTERS = ("participants", "incomplete", "left", "outreach")  # the rows of persons, in the order of the table
KEPT = ("money_sources", "money_activities", "counters", "indicators")
RESULTS = tuple((code, "left") for _whole, codes, _all in OF_RESULTS for code in codes)  # some of those who left


def take(report: Report) -> dict[str, Any]:
    assert report.project is not None
    found = progress(report.project, report.from_on, report.to_on, report.language)
    taken = snapshot.of_progress(found)
    tables = {key: table for key, table in taken["tables"].items() if key in KEPT}
    hide(tables)
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


def hide(tables: dict[str, Any]) -> None:
    """Put the mark in the place of small counts of persons and of what gives them away, across both tables."""
    rows = {row["code"]: row for row in tables["indicators"]["rows"]} if "indicators" in tables else {}
    counters = dict(zip(COUNTERS, tables["counters"]["rows"], strict=False))
    figures: dict[str, dict[str, dict[str, int]]] = {}
    for scale, end in SCALES.items():
        split = {
            code: {part: row[part + end] for part in (*GENDERS, TOTAL)}
            for code, row in rows.items() if row[TOTAL + end] is not None
        }  # fmt: skip
        split |= {name: {TOTAL: row[scale]} for name, row in counters.items() if not (name == "participants" and rows)}
        figures[scale] = split
    codes = {code for split in figures.values() for code in split}
    limits = {code: settings.SMALL_SENSITIVE_COUNT if code in SENSITIVE else settings.SMALL_COUNT for code in codes}
    for scale, code, part in hidden_of(figures, limits, within=RESULTS):
        if code in rows:
            rows[code][part + SCALES[scale]] = HIDDEN
        else:
            _mark(counters[code], scale)
    if ALL in rows:  # the same persons as a counter
        for scale, end in SCALES.items():
            if rows[ALL][TOTAL + end] == HIDDEN:
                _mark(counters["participants"], scale)


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
)
