"""The library of a programme as tables: the same in progress and indicator reports, on the pages and in the API. Each
sealed table says by which version of a definition it was counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from beneficiaries.figures import People, esf_indicators
from core.charts import Bullet, Chart, bullet
from core.models import Code
from core.models.texts import said
from core.money import share
from projects.models import Programme, Project
from reports import subjects
from reports.columns import KINDS
from reports.indicators.figures import (
    Breakdown,
    Tally,
    Totals,
    estimates,
    library_of,
    to_date,
    told,
    totals,
    typed_totals,
)
from reports.indicators.figures.counting import Library
from reports.indicators.models import Definition, Target
from reports.tables import Table, encode, unpadded

TYPED = Definition.Source.TYPED
Counted = People | Totals
Figures = Mapping[str, Breakdown | None]


def indicators(project: Project, start: date, end: date, language: str) -> tuple[list[Table], Counted | None]:
    """The tables of the programme's library, or of the ESF+ common set where it has none, and what they were made of;
    None where the programme does not count the common indicators, so that no record has to be complete."""
    counts_esf = project.programme.counts_esf_indicators
    with override(language):
        if library := library_of(project.programme_id):
            tables, found = _of_project(project, library, start, end, language)
            return tables, found if counts_esf else None
        if not counts_esf:
            return [], None
        counted = esf_indicators([project.pk], start, end)
        return [_common_set(counted, language)], counted


def _common_set(counted: People, language: str) -> Table:
    """The ESF+ common indicators with their names; entity indicators hold no value because no record counts them."""
    rows = []
    for code in Code.objects.of("esf_indicators"):
        now, so_far = counted.period.get(code.code), counted.to_date.get(code.code)
        row: dict[str, Any] = {"code": code.code, "name": said(code.name, language)[0]}
        for suffix, c in (("", now), ("_to_date", so_far)):
            row |= {
                f"women{suffix}": c and c.women,
                f"men{suffix}": c and c.men,
                f"non_binary{suffix}": c and c.non_binary,
                f"total{suffix}": c and c.total,
            }
        rows.append(row)
    return Table(KINDS["indicators"], rows)


def _of_project(
    project: Project, library: Library, start: date, end: date, language: str
) -> tuple[list[Table], Totals]:
    """The tables of a project in a period, and the counts they were made of: one pass over the participants. Expects
    the words of `language` to be active."""
    found = totals(library, [project.pk], start, end)
    typed_now, typed_so_far = typed_totals(library, [project.pk], start, end)
    now = dict(found.period) | typed_now
    reached = to_date(library, now, dict(found.to_date) | typed_so_far)
    return tables(project, library, [project.pk], now, reached, end, language), found


def counts_of(project: Project, library: Library, start: date, end: date) -> dict[str, dict[str, Any]]:
    """The cells of what records make, by code, as a sealed table holds them."""
    found = totals(library, [project.pk], start, end)
    reached = to_date(library, found.period, found.to_date)
    return {
        code: {name: encode(n) for name, n in (_numbers(figure, "") | _numbers(reached[code], "_to_date")).items()}
        for code, figure in found.period.items()
    }


def tables(
    thing: subjects.Thing, library: Library, ids: Iterable[int], now: Figures, reached: Figures, end: date,
    language: str,
) -> list[Table]:  # fmt: skip
    """What is reached against the targets, counts and typed values apart, the definitions, and the estimates, of the
    projects `ids` of a subject; `now` and `reached` hold the figures of the period and up to its last day."""
    goals = _goals(thing)
    names = {code: said(definition.name, language)[0] for code, definition in library}
    lines: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
    targets = []
    for code, definition in library:
        about = {"code": code, "name": names[code], "unit": str(Definition.Unit(definition.unit).label)}
        numbers = _numbers(now.get(code), "") | _numbers(reached.get(code), "_to_date")
        lines[definition.source == TYPED].append(about | numbers)
        own, whole = goals.get(definition.indicator_id, {}), numbers["total_to_date"]
        source = {"source": str(Definition.Source(definition.source).label), "to_date": whole}
        if own:
            reached_share = share(whole, own["target"]) if own.get("target") else None
            targets.append(about | own | source | {"share": reached_share})
    return [
        Table(KINDS["indicator_targets"], targets),
        Table(KINDS["counted_indicators"], lines[False]),
        Table(KINDS["typed_indicators"], lines[True]),
        Table(KINDS["indicator_definitions"], [
            {
                "code": code, "version": definition.version, "kind": str(Definition.Kind(definition.kind).label),
                "over_time": _over_time(definition),
                "who": _who(definition, language),
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


def _who(definition: Definition, language: str) -> str:
    """The conditions in words, else the text of the definition in this language, else what it is counted from."""
    if rule := " ".join(told(definition.rule)):
        return rule
    text, said_in = said(definition.text, language)
    return text if text and said_in == language else str(Definition.Source(definition.source).label)


def _over_time(definition: Definition) -> str:
    words = str(Definition.OverTime(definition.over_time).label)
    return words if definition.cumulative else _("%(rule)s, each period by itself") % {"rule": words}


def _numbers(figure: Breakdown | None, suffix: str) -> dict[str, Any]:
    """One figure as cells; persons by gender, anything else in the total alone. No value yet is None, not 0."""
    return cells(figure.whole, suffix) if figure else {f"total{suffix}": None}


def cells(tally: Tally, suffix: str) -> dict[str, Any]:
    """A tally as cells, without fractions that say nothing."""
    if tally.whole:
        return {f"total{suffix}": _plain(tally.total)}
    genders = ("women", "men", "non_binary", "unknown", "total")
    return {f"{name}{suffix}": _plain(getattr(tally, name)) for name in genders}


def _plain(number: Decimal | int) -> Decimal:
    return Decimal(unpadded(Decimal(number)) or 0)


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
            of_indicator[goal.kind] = _plain(goal.value)
    return found


def chart(taken: dict[str, Any], rows: list[dict[str, Any]], language: str, end: date) -> Chart:
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
