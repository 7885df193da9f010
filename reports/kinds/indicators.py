"""Indicator report of a project, a call or a programme: the library of the programme, counted over all projects of the
subject at once; typed values, estimates, and who is not counted stand apart."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from beneficiaries.figures import EARLIEST
from projects.models import Project
from reports import subjects
from reports.catalogue import Kind, Subject
from reports.columns import KINDS
from reports.columns.indicators import PARTS
from reports.columns.indicators import TABLES as COLUMNS
from reports.indicators.figures import Tally, counted, library_of, to_date, typed
from reports.indicators.figures.behind import left_out
from reports.indicators.figures.counting import Library
from reports.indicators.figures.words import REASONS, words_of
from reports.library import TYPED, Figures, cells, chart
from reports.library import tables as of_library
from reports.models import Report
from reports.tables import Table


def take(report: Report) -> dict[str, Any]:
    thing, start, end = report.subject, report.from_on, report.to_on
    programme = subjects.programme(thing)
    assert programme is not None
    library = sorted(library_of(programme.pk), key=lambda each: each[0])
    ids = list(subjects.projects(thing).values_list("pk", flat=True))
    with override(report.language):
        return {
            "facts": [[_("Projects"), str(len(ids))], [_("Indicators"), str(len(library))]],
            "tables": {t.key: t.encoded() for t in tables(thing, library, ids, start, end, report.language)},
            "notes": [
                _("Unknown is a part of its own, so that the parts of every table add up to its total."),
                _("Counts, typed values and estimates stand in tables of their own and are never added."),
            ],
            "samples": subjects.projects(thing).filter(synthetic=True).exists()
            or Project.objects.filter(pk__in=ids, participations__synthetic=True).exists(),
        }


def _problems(thing: subjects.Thing, start: date, end: date) -> dict[str, list[str]]:
    programme = subjects.programme(thing)
    if programme and library_of(programme.pk):
        return {}
    words = _("The library of this programme holds no indicators yet. Add them, then ask again.")
    return {str(subjects.what(thing)): [words]}


def tables(
    thing: subjects.Thing, library: Library, ids: list[int], start: date, end: date, language: str
) -> list[Table]:
    """All tables of the report: two passes over the participants (the period, and to date), two for who is left out."""
    now = dict(counted(library, ids, start, end)) | typed(library, ids, start, end)
    so_far = dict(counted(library, ids, EARLIEST, end)) | typed(library, ids, EARLIEST, end)
    reached = to_date(library, now, so_far)
    since_start = {code: definition.cumulative for code, definition in library}
    open_ones = [code for code, definition in library if not definition.sensitive and definition.source != TYPED]
    targets, counts, values, definitions, guesses = of_library(thing, library, ids, now, reached, end, language)
    return [
        targets,
        counts,
        values,
        *(_parts(dimension, open_ones, now, reached, language) for dimension in PARTS),
        Table(KINDS["not_counted"], [
            {"code": code, "reason": str(REASONS[reason]), "period": n, "to_date": all_ if since_start[code] else n}
            for code, reason, n, all_ in left_out(library, ids, start, end)
            if n or since_start[code]
        ]),
        definitions,
        guesses,
    ]  # fmt: skip


def _parts(dimension: str, codes: list[str], now: Figures, so_far: Figures, language: str) -> Table:
    """Every part an indicator has up to the last day, in the period and to date."""
    split = {code: figure.parts.get(dimension, {}) for code in codes if (figure := so_far.get(code))}
    words = words_of(dimension, sorted({part for parts in split.values() for part in parts}), language)
    rows = []
    for code, parts in split.items():
        figure = now.get(code)
        in_period = figure.parts.get(dimension, {}) if figure else {}
        for part in sorted(parts, key=lambda p: (p == "U", p)):
            numbers = cells(in_period.get(part, Tally()), "") | cells(parts[part], "_to_date")
            if parts[part].whole:
                numbers = {name: value for name, value in numbers.items() if name.startswith("total")}
            rows.append({"code": code, "part": words[part]} | numbers)
    return Table(KINDS[f"counted_by_{dimension}"], rows)


INDICATORS = Kind(
    key="indicators",
    name=gettext_lazy("Indicator report"),
    about=gettext_lazy(
        "Every indicator of the library against its target, by gender, age, education, place and region; typed values "
        "and estimates apart; who is not counted and why."
    ),
    take=take,
    subjects=(Subject.PROJECT, Subject.CALL, Subject.PROGRAMME),
    charts={"indicator_targets": chart},
    problems=_problems,
    tables=(("", tuple(table.key for table in COLUMNS)),),
)
