"""Which month is open at which school of a project."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count
from django.db.models.functions import TruncMonth

from activities import checks
from activities.models import Group, LockException, Session
from core.access import Permission
from core.models import Organisation
from projects.models import Partner, Project, reach

MONTHS = 6  # that are shown at once


@dataclass(frozen=True)
class Cell:
    """One month at one school: its state, the last day on which it takes entries, sessions that wait for marks."""

    month: date
    state: str  # "open", "closing" (within a week), "locked", "opened", "never"
    closes_on: date | None
    unmarked: int


@dataclass(frozen=True)
class Place:
    """A school of a project, and its months."""

    project: Project
    school: Organisation
    cells: list[Cell]


def places(user, project: Project | None = None) -> set[tuple[Project, Organisation]]:
    """Schools with a group, or named as a school of the project, in each project (or the one) that the person sees
    sessions of."""
    groups = Group.objects.visible_to(user).select_related("project__programme", "school")
    schools = Partner.objects.filter(
        reach(user, Permission.SESSION_VIEW).schools_q("project", "organisation"), role=Partner.Role.SCHOOL
    )
    if project is not None:
        groups, schools = groups.filter(project=project), schools.filter(project=project)
    found = {(g.project, g.school) for g in groups}
    return found | {(p.project, p.organisation) for p in schools.select_related("project__programme", "organisation")}


def board(places: Iterable[tuple[Project, Organisation]], months: list[date], today: date) -> list[Place]:
    """One row a school of a project, with two queries however many there are."""
    places = list(places)
    projects = {project.pk for project, _school in places}
    opened = set(
        LockException.objects.in_force(today)
        .filter(project__in=projects, month__in=months)
        .exclude(school=None)
        .values_list("project_id", "school_id", "month")
    )
    waits = Session.objects.filter(
        project__in=projects, on__gte=months[0], on__lte=today, state=Session.State.PLANNED
    ).annotate(month=TruncMonth("on"))
    unmarked = {
        (project, school, month): n
        for project, school, month, n in waits.order_by()
        .values_list("project_id", "school_id", "month")
        .annotate(n=Count("pk"))
    }
    rows = list[Place]()
    for project, school in places:
        late_days = project.programme.late_days
        cells = [
            _cell(
                month,
                late_days,
                today,
                opened=(project.pk, school.pk, month) in opened,
                unmarked=unmarked.get((project.pk, school.pk, month), 0),
            )
            for month in months
        ]
        rows.append(Place(project, school, cells))
    return rows


def _cell(month: date, late_days: int | None, today: date, *, opened: bool, unmarked: int) -> Cell:
    if late_days is None:
        return Cell(month, "never", None, unmarked)
    closes_on = checks.closes_on(month, late_days)
    if today > closes_on:
        return Cell(month, "opened" if opened else "locked", closes_on, unmarked)
    soon = closes_on - timedelta(days=7) <= today
    return Cell(month, "closing" if soon and month < today.replace(day=1) else "open", closes_on, unmarked)


def earlier(month: date, n: int) -> date:
    """The first day of the month `n` months before `month`."""
    year, zero_based = divmod(month.year * 12 + month.month - 1 - n, 12)
    return date(year, zero_based + 1, 1)
