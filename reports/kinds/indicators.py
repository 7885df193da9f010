"""Indicator report of a project, a call or a programme: the library of the programme, counted over all projects of the
subject at once; typed values, estimates, and who is not counted stand apart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from core.charts import Bullet, Chart, bullet
from core.models.texts import said
from core.money import share
from projects.models import Programme, Project
from reports import subjects
from reports.catalogue import Kind, Subject
from reports.columns import KINDS
from reports.columns.indicators import PARTS
from reports.indicators.figures import Breakdown, Tally, counted, estimates, library_of, told, typed
from reports.indicators.figures.behind import EARLIEST, left_out
from reports.indicators.figures.counting import Library
from reports.indicators.figures.words import REASONS, words_of
from reports.indicators.models import Definition, Target
from reports.models import Report
from reports.tables import Table

TYPED = Definition.Source.TYPED
Figures = Mapping[str, Breakdown | None]


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
    now, so_far = counted(library, ids, start, end), counted(library, ids, EARLIEST, end)
    typed_now, typed_so_far = typed(library, ids, start, end), typed(library, ids, EARLIEST, end)
    goals = _goals(thing)
    names = {code: said(definition.name, language)[0] for code, definition in library}
    lines: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
    targets = []
    for code, definition in library:
        is_typed = definition.source == TYPED
        figure, to_date = (typed_now, typed_so_far) if is_typed else (now, so_far)
        about = {"code": code, "name": names[code], "unit": str(definition.get_unit_display())}
        numbers = _numbers(figure.get(code), "") | _numbers(to_date.get(code), "_to_date")
        lines[is_typed].append(about | numbers)
        own, reached = goals.get(definition.indicator_id, {}), numbers["total_to_date"]
        source = {"source": str(definition.get_source_display()), "to_date": reached}
        targets.append(about | own | source | {"share": share(reached, own["target"]) if own.get("target") else None})
    open_ones = [code for code, definition in library if not definition.sensitive and definition.source != TYPED]
    return [
        Table(KINDS["indicator_targets"], targets),
        Table(KINDS["counted_indicators"], lines[False]),
        Table(KINDS["typed_indicators"], lines[True]),
        *(_parts(dimension, open_ones, now, so_far, language) for dimension in PARTS),
        Table(KINDS["not_counted"], [
            {"code": code, "reason": str(REASONS[reason]), "period": n, "to_date": all_}
            for code, reason, n, all_ in left_out(library, ids, start, end)
        ]),
        Table(KINDS["indicator_definitions"], [
            {
                "code": code, "version": definition.version, "kind": str(definition.get_kind_display()),
                "over_time": str(definition.get_over_time_display()),
                "who": " ".join(told(definition.rule)) or said(definition.text, language)[0],
            }
            for code, definition in library
        ]),
        Table(KINDS["estimated_indicators"], [
            {
                "code": each.indicator, "name": names.get(each.indicator, ""), "project": each.estimate.project.number,
                "from": each.estimate.from_on, "to": each.estimate.to_on, "value": each.estimate.value,
                "method": each.estimate.method, "basis": each.estimate.basis,
                "estimated_on": each.estimate.estimated_on,
            }
            for each in estimates(ids, end)
        ]),
    ]  # fmt: skip


def _numbers(figure: Breakdown | None, suffix: str) -> dict[str, Any]:
    """One figure as cells; persons by gender, anything else in the total alone. No value yet is None, not 0."""
    return _tally(figure.whole, suffix) if figure else {f"total{suffix}": None}


def _tally(tally: Tally, suffix: str) -> dict[str, Any]:
    if tally.whole:
        return {f"total{suffix}": Decimal(tally.total)}
    genders = ("women", "men", "non_binary", "unknown", "total")
    return {f"{name}{suffix}": Decimal(getattr(tally, name)) for name in genders}


def _parts(dimension: str, codes: list[str], now: Figures, so_far: Figures, language: str) -> Table:
    """Every part an indicator has up to the last day, in the period and to date."""
    split = {code: figure.parts.get(dimension, {}) for code in codes if (figure := so_far.get(code))}
    words = words_of(dimension, sorted({part for parts in split.values() for part in parts}), language)
    rows = []
    for code, parts in split.items():
        figure = now.get(code)
        in_period = figure.parts.get(dimension, {}) if figure else {}
        for part in sorted(parts, key=lambda p: (p == "U", p)):
            cells = _tally(in_period.get(part, Tally()), "") | _tally(parts[part], "_to_date")
            if parts[part].whole:
                cells = {name: value for name, value in cells.items() if name.startswith("total")}
            rows.append({"code": code, "part": words[part]} | cells)
    return Table(KINDS[f"counted_by_{dimension}"], rows)


def _goals(thing: subjects.Thing) -> dict[int, dict[str, Decimal]]:
    """Baseline, milestone and target set for the subject itself, as a whole; a call has none, and none is ever summed.
    The earliest baseline, and the newest milestone and target."""
    if not isinstance(thing, Project | Programme):
        return {}
    own = {"project": thing} if isinstance(thing, Project) else {"project": None, "indicator__programme": thing}
    rows = Target.objects.filter(
        **own, school=None, municipality=None, region="", specific_objective=None, in_percent=False
    ).order_by("on")
    found: dict[int, dict[str, Decimal]] = {}
    for goal in rows:
        of_indicator = found.setdefault(goal.indicator_id, {})
        if goal.kind != Target.Kind.BASELINE or "baseline" not in of_indicator:
            of_indicator[goal.kind] = goal.value
    return found


def _chart(taken: dict[str, Any], rows: list[dict[str, Any]], language: str, end: date) -> Chart:
    """What was reached to date against the targets."""

    def number(row: dict[str, Any], name: str) -> Decimal | int | None:
        value = Decimal(row[name]) if row.get(name) is not None else None
        return int(value) if value is not None and value == value.to_integral_value() else value

    bullets = [
        Bullet(
            f"{row['code']} {row['name']}", number(row, "to_date"), number(row, "target"),
            milestone=number(row, "milestone"), baseline=number(row, "baseline"),
        )
        for row in rows
        if number(row, "target")
    ]  # fmt: skip
    return bullet("targets", _("What is reached against the targets"), bullets, language=language)


INDICATORS = Kind(
    key="indicators",
    name=gettext_lazy("Indicator report"),
    about=gettext_lazy(
        "Every indicator of the library against its target, by gender, age, education, place and region; typed values "
        "and estimates apart; who is not counted and why."
    ),
    take=take,
    subjects=(Subject.PROJECT, Subject.CALL, Subject.PROGRAMME),
    charts={"indicator_targets": _chart},
    problems=_problems,
)
