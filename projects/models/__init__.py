"""Programmes, calls, projects, contracts, partners, and who works on them."""

from projects.models.access import Reach, can, reach
from projects.models.allocations import Allocation
from projects.models.changes import Change, Forgotten, followed
from projects.models.contracts import ContractVersion, Currency, in_force
from projects.models.external import ExternalId, called, external_ids
from projects.models.people import Membership
from projects.models.programmes import (
    Call,
    Holiday,
    Priority,
    PriorityRate,
    Programme,
    Region,
    SpecificObjective,
    TypeOfAction,
)
from projects.models.projects import Objective, Partner, PlannedFigure, Project, ProjectPlace, TargetGroup
from projects.models.questions import Answer, Clarification, ClarificationQuerySet, Question

__all__ = [
    "Allocation",
    "Answer",
    "Call",
    "Change",
    "Clarification",
    "ClarificationQuerySet",
    "ContractVersion",
    "Currency",
    "ExternalId",
    "Forgotten",
    "Holiday",
    "Membership",
    "Objective",
    "Partner",
    "PlannedFigure",
    "Priority",
    "PriorityRate",
    "Programme",
    "Project",
    "ProjectPlace",
    "Question",
    "Reach",
    "Region",
    "SpecificObjective",
    "TargetGroup",
    "TypeOfAction",
    "called",
    "can",
    "external_ids",
    "followed",
    "in_force",
    "reach",
]
