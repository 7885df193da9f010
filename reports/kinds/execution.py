"""Budget execution of a project, a call or a programme: planned, claimed, verified, certified, paid and left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from activities.models import Activity
from budgets.figures.execution import STEPS, Row, execution, total
from budgets.models import BudgetLine, ReportedCost
from core.charts import Bar, Chart, Measure, bar
from core.models import Code, Organisation
from core.models.texts import said
from core.money import share
from projects.models import Programme, Project
from reports import subjects
from reports.catalogue import Asks, Kind, Subject
from reports.columns import KINDS
from reports.columns.execution import TABLES as COLUMNS
from reports.figures import sources
from reports.models import Report
from reports.tables import Table

Words = tuple[str, list[str]]  # code; name and its language


def take(report: Report) -> dict[str, Any]:
    """Facts recorded up to the day, of all projects of the subject at once."""
    programme = subjects.programme(report.subject)
    assert programme is not None
    projects = subjects.projects(report.subject).select_related("programme").prefetch_related("contracts")
    with override(report.language):
        found = list(projects)
        return {
            "facts": [[_("Projects"), str(len(found))]],
            "tables": {t.key: t.encoded() for t in tables(found, programme, report.to_on, report.language)},
            "notes": [
                _(
                    "Amounts are sums of the facts of claims recorded up to the day; payments count by the day on "
                    "which they were paid."
                ),
                _("Claims count by their state at the moment of these figures."),
                _(
                    "Each currency of a project is turned into euro once, as a total, which its rows share out to the "
                    "cent."
                ),
            ],
            "samples": any(project.synthetic for project in found)
            or any(
                rows.exists()
                for rows in (
                    ReportedCost.objects.filter(project__in=found, synthetic=True),
                    BudgetLine.objects.filter(contract__project__in=found, synthetic=True),
                )
            ),
        }


def tables(projects: Sequence[Project], programme: Programme, day: date, language: str) -> list[Table]:
    """A table for each dimension, by project only where there are several; by currency where one is not the euro."""
    found = execution(projects, day, programme.time_zone)
    made = []
    for dimension, rows in found.by.items():
        if dimension == "project" and len(projects) < 2:
            continue
        words = _words(dimension, list(rows), projects, programme.language, language)
        lines = [
            {"code": code, "name": name} | _cells(rows[key])
            for key, (code, name) in sorted(words.items(), key=lambda item: _place(item[0], *item[1]))
        ]
        made.append(Table(KINDS[f"execution_by_{dimension}"], lines, {"name": _("Total")} | _cells(total(rows))))
    if set(found.in_currency) - {"EUR"}:
        kind = KINDS["execution_in_currency"]
        made.append(Table(kind, [{"code": c} | _steps(row) for c, row in found.in_currency.items()]))
    return made


def _steps(row: Row) -> dict[str, Any]:
    return {step: getattr(row, step) for step in STEPS}


def _cells(row: Row) -> dict[str, Any]:
    return _steps(row) | {"left": row.left, "share": share(row.paid, row.planned)}


def _place(key: Any, code: str, name: list[str]) -> tuple[Any, ...]:
    """By code as people count (2 before 10), then by name; what is tied to nothing stands last."""
    untied = key is None or (isinstance(key, tuple) and key[1] is None)
    return untied, [(len(part), part) for part in code.replace("-", ".").split(".")], name


def _words(dimension: str, keys: list[Any], projects: Sequence[Project], own: str, language: str) -> dict[Any, Words]:
    """What each key is called. `own` is the language in which texts of the programme are written."""
    named: dict[Any, Words]
    ids = [key for key in keys if key is not None]

    def words(texts: dict[str, str]) -> list[str]:
        return list(said(texts, language, own))

    if dimension == "activity":
        numbers = {project.pk: project.number for project in projects}
        found = Activity.objects.in_bulk([activity for _project, activity in keys if activity])
        named = {(None, pk): (each.number, words(each.title)) for pk, each in found.items()}
        untied: Words = ("", [_("Tied to no activity"), language])
        return {
            (project, activity): (f"{numbers[project]} {code}".strip() if len(projects) > 1 else code, name)
            for project, activity in keys
            for code, name in [named.get((None, activity), untied)]
        }
    if dimension == "source":
        return {key: (str(n), [name, language]) for n, (key, name) in enumerate(sources().items(), 1) if key in keys}
    if dimension == "category":
        named = {pk: (each.code, words(each.name)) for pk, each in Code.objects.in_bulk(ids).items()}
        nothing = _("In no cost category")
    elif dimension == "partner":
        named = {pk: (each.school_code, words(each.name)) for pk, each in Organisation.objects.in_bulk(ids).items()}
        nothing = _("Tied to no partner")
    elif dimension == "year":
        named = {year: (str(year), [str(year), ""]) for year in ids}
        nothing = _("Planned for no year")
    else:
        return {project.pk: (project.number, words(project.title)) for project in projects if project.pk in keys}
    return {key: named[key] if key is not None else ("", [nothing, language]) for key in keys}


def _chart(taken: dict[str, Any], rows: list[dict[str, Any]], language: str, end: date) -> Chart:
    """How far each part of the budget came: planned, verified and paid."""
    measures = (
        Measure(str(_label("planned")), plan=True), Measure(str(_label("verified"))), Measure(str(_label("paid"))),
    )  # fmt: skip
    bars = [
        Bar((row["name"][0], row["name"][1]), tuple(Decimal(row[step]) for step in ("planned", "verified", "paid")))
        for row in rows
    ]
    return bar(
        "execution", _("Planned, verified and paid by source"), bars,
        language=language, measures=measures, head=_("Source"),
    )  # fmt: skip


def _label(step: str) -> Any:
    return next(column.label for column in KINDS["execution_by_source"].columns if column.key == step)


EXECUTION = Kind(
    key="execution",
    name=gettext_lazy("Budget execution"),
    about=gettext_lazy(
        "Planned, claimed, verified, corrected, certified, paid and left, by activity, cost category, partner, source "
        "and year."
    ),
    take=take,
    subjects=(Subject.PROJECT, Subject.CALL, Subject.PROGRAMME),
    asks=Asks.DAY,
    charts={"execution_by_source": _chart},
    tables=(("", tuple(table.key for table in COLUMNS)),),
)
