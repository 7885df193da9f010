"""Opening a locked month again, for one school or one person, and taking that back."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from activities import checks
from activities.actions.rights import require
from activities.models import LockException
from core import audit
from core.access import Permission, Refused
from projects.models import Project


@transaction.atomic
def open_again(
    *, project: Project, month: date, school=None, person=None, because: str, until_on: date, by, at: datetime
) -> LockException:
    """Let one school or one person (exactly one of them) enter `month` of `project` until the end of `until_on`.

    Raises Refused, by field, for a month that is not locked, a missing reason, a day that is over, somebody who enters
    nothing in this project, and where such an exception is in force already.
    """
    project = (
        Project.objects.select_for_update(no_key=True, of=("self",)).select_related("programme").get(pk=project.pk)
    )
    require(by, Permission.PROJECT_EDIT, project)
    month, today = month.replace(day=1), checks.today_in(project, at)
    problems = {
        "month": checks.month_is_open(project, month, today),
        "who": checks.one_of(project, school, person, today),
        "because": "" if because.strip() else _("Say why the month is opened again."),
        "until_on": "" if until_on >= today else _("Enter today or a later day."),
    }
    there = LockException.objects.in_force(today).filter(project=project, month=month, school=school, person=person)
    if (other := there.first()) and not problems["who"]:
        problems["who"] = checks.open_already(other)
    if found := {field: [text] for field, text in problems.items() if text}:
        raise Refused(found)
    exception = LockException.objects.create(
        project=project, month=month, school=school, person=person, because=because.strip(), until_on=until_on,
        given_at=at, given_by=by,
    )  # fmt: skip
    audit.record(
        "period.opened", exception, by=by, at=at, project=project.number, after=_told(exception), note=exception.because
    )
    return exception


@transaction.atomic
def take_back(exception: LockException, *, by, at: datetime) -> LockException:
    """End an exception now; a second call changes nothing."""
    found = LockException.objects.select_for_update(no_key=True, of=("self",))
    exception = found.select_related("project", "school", "person").get(pk=exception.pk)
    require(by, Permission.PROJECT_EDIT, exception.project)
    if exception.taken_back_at is None:
        exception.taken_back_at, exception.taken_back_by = at, by
        exception.save(update_fields=["taken_back_at", "taken_back_by"])
        number = exception.project.number
        audit.record("period.closed_again", exception, by=by, at=at, project=number, before=_told(exception))
    return exception


def _told(exception: LockException) -> dict[str, str]:
    who = {"organisation": str(exception.school)} if exception.school else {"person": str(exception.person)}
    return {"month": f"{exception.month:%Y-%m}", **who, "until": str(exception.until_on)}
