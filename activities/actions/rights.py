"""What every action asks first: the right, and that the month is open."""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from activities import checks
from core.access import Permission, Refused
from projects.models import Project, can


class PeriodLocked(Refused):
    """The month is locked for this person at this school."""


def require(by, permission: Permission, project: Project, school=None) -> None:
    """Raise PermissionDenied, saying who can give access, unless `by` has the right there.

    `by` is None for whoever works at the server's own command line."""
    if by is not None and not can(by, permission, project, school):
        raise PermissionDenied(
            _("Your role does not allow this in project %(number)s. An administrator can give you access.")
            % {"number": project.number}
        )


def require_open(project: Project, school, *days: date | None, by, at: datetime, field: str = "") -> None:
    """Raise PeriodLocked, beside `field` if given, unless `by` may still enter things of each of these days there."""
    if why := checks.period_locked(project, school, *days, by=by, at=at):
        raise PeriodLocked({field: [why]} if field else why)
