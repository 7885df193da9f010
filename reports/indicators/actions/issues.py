"""Results for the public: an issue per project and quarter, small counts hidden (reference: GDPR Art. 5 and 89)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from core import audit
from core.sealing import digest
from core.suppression import HIDDEN, hide_average
from projects.models import Project
from reports.indicators.figures import bases_of, counted, hidden_of, library_of, narrower, numbers, typed
from reports.indicators.figures.counting import Breakdown, Library
from reports.indicators.figures.hiding import PARTS, TOTAL, Place
from reports.indicators.models import Definition, Issue, Target

EARLIEST = date(1900, 1, 1)
SCALE = "to_date"


def threshold(definition: Definition) -> int:
    """The lowest number of persons that is shown."""
    return settings.SMALL_SENSITIVE_COUNT if definition.sensitive else settings.SMALL_COUNT


@transaction.atomic
def issue(project: Project, *, as_of: date, at: datetime) -> Issue | None:
    """Publish the results of `project` up to the day `as_of`, once.

    None where nothing is to be published: the project is not on the public pages, its programme has no library, its
    real figures are mixed with sample data, or that day has its issue already.
    """
    project = Project.objects.select_for_update(of=("self",)).select_related("programme").get(pk=project.pk)
    library = library_of(project.programme_id)
    if not (project.published and library) or _mixed(project) or project.issues.filter(as_of=as_of).exists():
        return None
    figures = dict(counted(library, [project.pk], EARLIEST, as_of)) | typed(library, [project.pk], EARLIEST, as_of)
    rows = _rows(project, library, figures, as_of)
    made = Issue.objects.create(project=project, as_of=as_of, at=at, rows=rows, sha256=digest({"rows": rows}))
    audit.record("indicator.issued", made, by=None, at=at, project=project.number, after={"as_of": str(as_of)})
    return made


def _mixed(project: Project) -> bool:
    samples = project.sessions.filter(synthetic=True).exists() or project.participations.filter(synthetic=True).exists()
    return samples and not project.synthetic


def _rows(
    project: Project, library: Library, figures: Mapping[str, Breakdown | None], as_of: date
) -> list[dict[str, Any]]:
    persons = {
        code: numbers(figure.whole) for code, definition in library
        if definition.unit == Definition.Unit.PERSONS and (figure := figures.get(code))
        and figure.whole.total == int(figure.whole.total)
    }  # fmt: skip
    bases = bases_of(library, [project.pk], EARLIEST, as_of)
    hidden = hidden_of(
        {SCALE: persons}, {code: threshold(d) for code, d in library}, within=tuple(narrower(library)),
        shown_before=_shown_before(project, library),
    )  # fmt: skip
    goals = {
        t.indicator_id: t for t in Target.objects.filter(
            project=project, kind=Target.Kind.TARGET, school=None, municipality=None, region="",
        ).order_by("on")
    }  # fmt: skip
    rows = []
    for code, definition in library:
        figure, goal = figures.get(code), goals.get(definition.indicator_id)
        row: dict[str, Any] = {
            "code": code, "version": definition.version, "name": definition.name, "unit": definition.unit,
            "sensitive": definition.sensitive, **dict.fromkeys((*PARTS, TOTAL)),
            "target": str(goal.value) if goal else None, "target_on": str(goal.on) if goal else None,
        }  # fmt: skip
        if code in persons:
            row |= {part: HIDDEN if (SCALE, code, part) in hidden else n for part, n in persons[code].items()}
        elif figure:
            total = figure.whole.total
            few = total if definition.unit == Definition.Unit.PERSONS else bases.get(code)
            row[TOTAL] = hide_average(str(total), few, threshold(definition))
        rows.append(row)
    return rows


def _shown_before(project: Project, library: Library) -> dict[Place, int]:
    """What readers of earlier issues know: the last number shown of each place, of the same definition."""
    versions = {code: definition.version for code, definition in library}
    known: dict[Place, int] = {}
    for earlier in project.issues.order_by("as_of"):
        for row in earlier.rows:
            if row["unit"] == Definition.Unit.PERSONS and versions.get(row["code"]) == row["version"]:
                known |= {(SCALE, row["code"], part): n for part in (*PARTS, TOTAL) if isinstance(n := row[part], int)}
    return known
