"""Opening a locked month again, for one school or one person, and taking that back."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from activities import checks
from activities.actions.rights import require
from activities.models import LockException, LockRequest
from core import audit, formats, mail
from core.access import Permission, Refused
from core.models import Role
from projects.models import Membership, Project


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
    asked = LockRequest.objects.waiting().filter(project=project, month=month)
    (asked.filter(school=school) if school else asked.filter(asked_by=person)).update(settled_at=at)
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


@transaction.atomic
def ask_to_open(*, project: Project, school, month: date, because: str, by, at: datetime) -> LockRequest:
    """Ask the officers of the programme to open a locked month for a school; they are told by mail. A second one
    while the first waits changes nothing. Raises Refused, by field, for a month that is open or without a reason."""
    project = (
        Project.objects.select_for_update(no_key=True, of=("self",)).select_related("programme").get(pk=project.pk)
    )
    require(by, Permission.SESSION_EDIT, project, school)
    month, today = month.replace(day=1), checks.today_in(project, at)
    there = LockRequest.objects.waiting().filter(project=project, school=school, month=month).first()
    if there is not None:
        return there
    problems = {
        "month": checks.month_is_open(project, month, today),
        "because": "" if because.strip() else _("Say why the month should be opened again."),
    }
    if found := {field: [text] for field, text in problems.items() if text}:
        raise Refused(found)
    request = LockRequest.objects.create(
        project=project, school=school, month=month, because=because.strip(), asked_by=by, asked_at=at
    )
    told = {"month": f"{month:%Y-%m}", "organisation": str(school)}
    audit.record("period.asked", request, by=by, at=at, project=project.number, after=told, note=request.because)
    _mail_officers(request, today, at)
    return request


def _mail_officers(request: LockRequest, today: date, at: datetime) -> None:
    project = request.project

    def write() -> tuple[str, str]:
        words = {
            "month": formats.month(request.month, get_language() or "en"),
            "project": project.number,
            "url": f"{settings.SITE_URL}{reverse('activities:periods')}?project={project.number}",
        }
        return (
            _("Project %(project)s: a school asks to open %(month)s again") % words,
            _("A school of project %(project)s asks to enter %(month)s again. Its reason stands here:\n%(url)s")
            % words,
        )

    officers = Membership.objects.in_force(today).filter(programme=project.programme_id, role=Role.OFFICER)
    mail.queue(
        [member.user for member in officers.select_related("user")], write, language=project.programme.language, at=at
    )


@transaction.atomic
def decline(request: LockRequest, *, by, at: datetime) -> LockRequest:
    """Take a request off the list without opening the month; a second call changes nothing."""
    request = (
        LockRequest.objects.select_for_update(no_key=True, of=("self",)).select_related("project").get(pk=request.pk)
    )
    require(by, Permission.PROJECT_EDIT, request.project)
    if request.settled_at is None:
        request.settled_at = at
        request.save(update_fields=["settled_at"])
        told = {"month": f"{request.month:%Y-%m}", "organisation": str(request.school)}
        audit.record("period.declined", request, by=by, at=at, project=request.project.number, after=told)
    return request


def _told(exception: LockException) -> dict[str, str]:
    who = {"organisation": str(exception.school)} if exception.school else {"person": str(exception.person)}
    return {"month": f"{exception.month:%Y-%m}", **who, "until": str(exception.until_on)}
