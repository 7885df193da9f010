"""The list of operations (Regulation (EU) 2021/1060, Art. 49(3)): the public pages and the report of a programme take
it from here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import Q, Sum, prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from activities.models import OutreachCount
from budgets.figures import Money, money_of
from core import formats
from core.models import Code
from core.models.texts import said
from projects.models import Partner, PlannedFigure, Project
from reports.catalogue import Asks, Group, Kind, Subject
from reports.columns.operations import LETTERS, OPERATIONS
from reports.indicators.figures.hiding import TOTAL
from reports.indicators.models import Issue
from reports.models import Report
from reports.overview import only_samples
from reports.tables import Table

LEGAL_BASIS = "Regulation (EU) 2021/1060, Art. 49(3)"
LISTS = (
    "programme", "beneficiary__place", "contracts", "places__place", "call__priority", "specific_objective__priority",
    "objectives", "planned_figures", "intervention_fields", "partners__organisation",
)  # fmt: skip


def table(projects: Iterable[Project], day: date, language: str) -> Table:
    """One row a project, in words of `language` where there are any; a fixed number of queries.

    Sample rows are left out; a natural person's name is never held; small counts of people are hidden.
    """
    found = list(projects)
    prefetch_related_objects(found, *LISTS)
    money = money_of(found, day, public=True)
    unknown = only_samples(p.pk for p in found)
    with override(language):
        reached = achieved(found, day, language)
        rows = [_row(p, money[p.pk], p.pk not in unknown, reached.get(p.pk, ""), language) for p in found]
    return Table(OPERATIONS, rows)


def achieved(projects: Sequence[Project], day: date, language: str) -> dict[int, str]:
    """By project what was reached, in words: people reached by outreach by `day`, and the totals of the newest
    published results, in which small counts were hidden when they were made. Two queries."""
    found: dict[int, list[str]] = defaultdict(list)
    true = Q(activity__project__in=projects) & (Q(synthetic=False) | Q(activity__project__synthetic=True))
    outreach = OutreachCount.objects.filter(true, on__lte=day).values_list("activity__project_id")
    for project, n in outreach.annotate(n=Sum("people")).order_by():
        found[project].append(f"{PlannedFigure.Counter.OUTREACH.label}: {n}")
    newest = Issue.objects.filter(project__in=projects, as_of__lte=day).order_by("project_id", "-as_of", "-pk")
    for issue in newest.distinct("project_id"):
        rows = [row for row in issue.rows if not row["sensitive"] and row[TOTAL] not in (None, 0, "0")]
        found[issue.project_id] += [f"{said(row['name'], language)[0]}: {row[TOTAL]}" for row in rows]
    return {project: "; ".join(words) for project, words in found.items()}


def _row(project: Project, m: Money, reported_known: bool, reached: str, language: str) -> dict[str, Any]:
    own, contract, body = project.programme.language, m.contract, project.beneficiary
    objective, call = project.specific_objective, project.call
    priority = objective.priority if objective else call.priority if call else None

    def words(texts: dict[str, str] | None) -> str:
        return said(texts, language, own)[0]

    contracted = [
        words(p.organisation.name)
        for p in project.partners.all()
        if p.role == Partner.Role.CONTRACTOR and not p.synthetic and not p.organisation.synthetic
    ]
    planned = [f"{p.get_counter_display()}: {p.planned}" for p in project.planned_figures.all()]
    return {
        "number": project.number,
        "beneficiary": words(body.name) if body and (not body.synthetic or project.synthetic) else None,
        "contractors": "; ".join(contracted),
        "name": words(project.title),
        "name_language": said(project.title, language, own)[1],
        "purpose": words(project.summary),
        "objectives": "; ".join(words(o.text) for o in project.objectives.all()),
        "planned_figures": "; ".join(planned),
        "achieved_figures": reached,
        "starts_on": contract.starts_on if contract else None,
        "ends_on": contract.ends_on if contract else None,
        "completed_on": project.completed_on,
        "total_cost_eur": m.contracted,
        "total_cost": m.original,
        "currency": m.currency if m.original is not None else None,
        "reported_eur": m.reported if reported_known else None,
        "fund": str(project.programme.get_fund_display()),
        "programme": project.programme.code,
        "programme_name": words(project.programme.name),
        "period": project.programme.period,
        "priority": priority.code if priority else None,
        "call": call.code if call else None,
        "specific_objective": objective.code if objective else None,
        "eu_rate_percent": contract.eu_rate if contract else None,
        "locations": "; ".join(f"{p.place.code} {words(p.place.name)}" for p in project.places.all()),
        "country": project.programme.country or (body.country if body else None),
        "beneficiary_location": words(body.place.name) if body and body.place else None,
        "interventions": "; ".join(f"{c.code} {words(c.name)}" for c in project.intervention_fields.all()),
        "state": str(project.get_state_display()),
        "contract_number": contract.number if contract else None,
        "updated_on": project.updated_at.date(),
        "sample_data": "yes" if project.synthetic else "no",
    }


def fields(language: str) -> list[tuple[str, str, str, str]]:
    """(column, its meaning, the letter of the law, what the law asks for) of each column."""
    law = {code.code: said(code.name, language)[0] for code in Code.objects.of("list_of_operations_fields")}
    letters = [(column, LETTERS.get(column.key, "")) for column in OPERATIONS.columns]
    return [(column.key, str(column.meaning), letter, law.get(letter, "")) for column, letter in letters]


def take(report: Report) -> dict[str, Any]:
    programme = report.programme
    assert programme is not None
    found = table(programme.projects.public().order_by("number"), report.to_on, report.language)
    with override(report.language):
        facts = [
            [_("Operations"), formats.count(len(found.rows), report.language)],
            [_("Legal basis"), _("Regulation (EU) 2021/1060, Art. 49(3)")],
        ]
        notes = [
            _("The list is brought up to date at least every four months. Beneficiaries are bodies, so there is no "
              "name of a person; the number in the fishing fleet register concerns the EMFAF only."),
        ]  # fmt: skip
    return {
        "tables": {found.key: found.encoded()}, "facts": facts, "notes": notes,
        "samples": any(row["sample_data"] == "yes" for row in found.rows),
    }  # fmt: skip


OPERATIONS_LIST = Kind(
    key="operations",
    name=gettext_lazy("List of operations"),
    about=gettext_lazy("Every published operation of a programme with the fields of the law, as it stood on a day."),
    take=take,
    group=Group.FUNDER,
    subjects=(Subject.PROGRAMME,),
    asks=Asks.DAY,
    template="pdf/operations.html",
    tables=(("", (OPERATIONS.key,)),),
    writes=("pdf", "archive", "xlsx", "csv", "json"),
)
