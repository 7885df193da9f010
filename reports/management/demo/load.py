"""Facts into rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from activities.models import Activity, PlannedOutput
from budgets.models import BudgetLine
from core import audit
from core.models import Code, Organisation
from projects.models import (
    Call,
    ContractVersion,
    Objective,
    PlannedFigure,
    Priority,
    Programme,
    Project,
    ProjectPlace,
    SpecificObjective,
    TargetGroup,
    TypeOfAction,
)
from reports.management.demo.facts import PROGRAMMES, PROJECTS, ActivityFacts, Body, ProgrammeFacts, ProjectFacts


def load_facts(at: datetime) -> list[Project]:
    """Make the programmes and projects that are not there yet, with one audit event each; returns the new projects."""
    for programme in PROGRAMMES:
        if not Programme.objects.filter(code=programme.code).exists():
            row = _programme(programme)
            audit.record("demo.programme", row, by=None, at=at, key=programme.code, note=row.source)
    there = set(Project.objects.filter(number__in=[p.number for p in PROJECTS]).values_list("number", flat=True))
    new = [_project(project, at) for project in PROJECTS if project.number not in there]
    for project in new:
        audit.record("demo.project", project, by=None, at=at, project=project.number, note=project.source)
    return new


def _body(body: Body | None) -> Organisation | None:
    if body is None:
        return None
    row, _created = Organisation.objects.get_or_create(
        name=body.name, country=body.country, synthetic=False, defaults={"kind": body.kind}
    )
    return row


def _programme(facts: ProgrammeFacts) -> Programme:
    programme = Programme.objects.create(code=facts.code, funder=_body(facts.funder), **facts.fields)
    priorities = {
        code: Priority.objects.create(programme=programme, code=code, name=name)
        for code, name in facts.priorities.items()
    }
    specific_objectives = {
        code: SpecificObjective.objects.create(priority=priorities[priority], code=code, name=name)
        for (priority, code), name in facts.specific_objectives.items()
    }
    for call in facts.calls:
        places: dict[str, Any] = {
            "priority": priorities.get(call.get("priority", "")),
            "specific_objective": specific_objectives.get(call.get("specific_objective", "")),
        }
        Call.objects.create(programme=programme, **call | places)
    types = [(group, name) for group, names in facts.types_of_action for name in names]
    language = programme.language
    TypeOfAction.objects.bulk_create(
        TypeOfAction(
            programme=programme,
            position=position,
            group={language: group},
            name={language: name},
            managed_by=facts.managed_by,
        )
        for position, (group, name) in enumerate(types, start=1)
    )
    return programme


def _project(facts: ProjectFacts, at: datetime) -> Project:
    programme = Programme.objects.get(code=facts.programme)
    project = Project.objects.create(
        number=facts.number,
        programme=programme,
        call=Call.objects.filter(programme=programme, code=facts.call).first(),
        specific_objective=SpecificObjective.objects.filter(
            priority__programme=programme, code=facts.specific_objective
        ).first(),
        beneficiary=_body(facts.beneficiary),
        title=facts.title,
        summary=facts.summary,
        state=Project.State.IN_PROGRESS,
        published=True,
        updated_at=at,
        source=facts.source,
    )
    for version, contract in enumerate(facts.contracts, start=1):
        ContractVersion.objects.create(project=project, version=version, **contract)
    for position, text in enumerate(facts.objectives, start=1):
        Objective.objects.create(project=project, position=position, text=text)
    for position, (text, excluded) in enumerate(facts.target_groups, start=1):
        TargetGroup.objects.create(project=project, position=position, text=text, excluded=excluded)
    for counter, planned, note in facts.figures:
        PlannedFigure.objects.create(project=project, counter=counter, planned=planned, note=note)
    for code_list, code in facts.places:
        ProjectPlace.objects.create(project=project, place=Code.objects.of(code_list).get(code=code))
    _activities(project, facts.activities)
    return project


def _activities(project: Project, facts: list[ActivityFacts]) -> None:
    """Activities in the order of the page, each followed by its sub-activities: 1, 1.1, 1.2, 2, …"""
    position = 0
    for number, fact in enumerate(facts, start=1):
        parent = None
        for part, one in enumerate((fact, *fact.parts)):
            position += 1
            activity = Activity.objects.create(
                project=project,
                parent=parent,
                position=position,
                number=f"{number}.{part}" if part else str(number),
                title=one.title,
                description=one.description,
            )
            parent = parent or activity
            if one.total is not None:
                contract = project.contracts.get()
                BudgetLine.objects.create(
                    contract=contract, activity=activity, code=activity.number, name=one.title, total=one.total
                )
            if one.outreach:
                name, planned = one.outreach
                PlannedOutput.objects.create(
                    activity=activity, position=1, name=name, planned=planned, counts=PlannedOutput.Counts.OUTREACH
                )
