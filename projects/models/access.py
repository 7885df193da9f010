"""From a person and a permission to the rows it reaches. Every `visible_to` of every app is built on `reach`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.timezone import localdate

from core.access import Permission, roles_with
from core.requests import memory
from projects.models.people import Membership

ALL = ~Q(pk__in=[])  # an empty Q() would vanish beside “or”, and leave the other side alone


@dataclass
class Reach:
    """Where a person has one permission: everywhere, or in these programmes, projects, and schools of projects."""

    everywhere: bool = False
    programmes: list[int] = field(default_factory=list)
    projects: list[int] = field(default_factory=list)
    schools: list[tuple[int, int]] = field(default_factory=list)  # (project, organisation)

    def covers(self, project, school=None) -> bool:
        """Whether it reaches a project; and, where the thing belongs to a school, that school of it."""
        if self.everywhere or project.programme_id in self.programmes or project.pk in self.projects:
            return True
        if school is None:
            return any(p == project.pk for p, _ in self.schools)
        return (project.pk, school.pk) in self.schools

    def projects_q(self, path: str = "") -> Q:
        """The projects reached, as a condition on a model whose project is at `path` ("project__" or "")."""
        if self.everywhere:
            return ALL
        own = self.projects + [project for project, _ in self.schools]
        return _any(
            Q(**{f"{path}programme_id__in": self.programmes}) if self.programmes else None,
            Q(**{f"{path}pk__in": own}) if own else None,
        )

    def schools_q(self, project: str, school: str) -> Q:
        """Rows of a project and a school: all of a project reached as a whole, else only those of the own school."""
        if self.everywhere:
            return ALL
        return _any(
            Q(**{f"{project}__programme_id__in": self.programmes}) if self.programmes else None,
            Q(**{f"{project}_id__in": self.projects}) if self.projects else None,
            *[Q(**{f"{project}_id": p, f"{school}_id": s}) for p, s in self.schools],
        )


def _any(*conditions: Q | None) -> Q:
    found = [q for q in conditions if q is not None]
    if not found:
        return Q(pk__in=[])
    result = found[0]
    for q in found[1:]:
        result |= q
    return result


def reach(user, permission: Permission, on=None) -> Reach:
    """Where `user` has `permission` on the day `on` (today in the portal's time zone when not given)."""
    roles = roles_with(permission, user) if user.is_authenticated and user.is_active else []
    if not roles:
        return Reach()
    found = Reach()
    for role, programme, project, organisation in _memberships(user, on or localdate()):
        if role not in roles:
            continue
        if project and organisation:
            found.schools.append((project, organisation))
        elif project:
            found.projects.append(project)
        elif programme:
            found.programmes.append(programme)
        else:
            found.everywhere = True
    return found


def _memberships(user, day) -> Sequence[tuple[str, int | None, int | None, int | None]]:
    """Role, programme, project and organisation of each membership in force on a day; one query in a whole request."""
    known, key = memory.get(), ("memberships", user.pk, day)
    if known is not None and key in known:
        return known[key]
    rows = Membership.objects.in_force(day).filter(user=user)
    found = list(rows.values_list("role", "programme_id", "project_id", "organisation_id"))
    if known is not None:
        known[key] = found
    return found


def can(user, permission: Permission, project, school=None) -> bool:
    """May `user` do this in `project` (and, where the thing belongs to a school, at that school)?"""
    return reach(user, permission).covers(project, school)
