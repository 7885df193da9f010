"""Reminders before a month locks: seven and two days before, to those who enter the sessions that are not marked."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from activities import checks
from activities.models import Session
from core import audit, formats, mail
from core.models import AuditEvent, Organisation
from projects.models import Membership, Programme, Project

DAYS_BEFORE = (7, 2)


@transaction.atomic
def remind_of_locks(*, at: datetime) -> int:
    """Queue the reminders of the day; returns how many schools were reminded. A second run on that day finds them in
    the trail and changes nothing. The mail holds a number of sessions and a link, nothing about anybody."""
    reminded = 0
    for programme in Programme.objects.exclude(late_days=None).select_for_update(no_key=True):
        today = at.astimezone(ZoneInfo(programme.time_zone)).date()
        for days in DAYS_BEFORE:
            until = today + timedelta(days=days)
            month = (until - timedelta(days=programme.late_days or 0)).replace(day=1)
            if checks.closes_on(month, programme.late_days or 0) == until:
                reminded += sum(_remind(*place, month, until, at) for place in _unmarked(programme, month, today))
    return reminded


def _unmarked(programme: Programme, month: date, today: date) -> list[tuple[int, int, int]]:
    """Project, school and number of past sessions of the month that nobody has marked."""
    waits = Session.objects.filter(project__programme=programme, state=Session.State.PLANNED)
    waits = waits.filter(on__gte=month, on__lt=checks.month_after(month), on__lte=today)
    return list(waits.order_by().values_list("project_id", "school_id").annotate(n=Count("pk")))


def _remind(project_id: int, school_id: int, n: int, month: date, until: date, at: datetime) -> bool:
    project = Project.objects.select_related("programme").get(pk=project_id)
    school = Organisation.objects.get(pk=school_id)
    told = {"month": f"{month:%Y-%m}", "until": str(until), "on": str(at.date()), "organisation": str(school)}
    trail = AuditEvent.objects.filter(action="period.reminded", project=project.number, key=str(school.key))
    if trail.filter(after=told).exists():
        return False
    members = Membership.objects.in_force(until).filter(project=project, organisation=school, role__in=checks.ENTERING)

    def write() -> tuple[str, str]:
        language = get_language() or "en"
        words = {"month": formats.month(month, language), "day": formats.long_day(until, language), "n": n,
                 "url": f"{settings.SITE_URL}{reverse('beneficiaries:week')}?school={school.key}"}  # fmt: skip
        said = ngettext(
            "%(month)s locks after %(day)s. %(n)s of its sessions is not marked yet.",
            "%(month)s locks after %(day)s. %(n)s of its sessions are not marked yet.",
            n,
        )
        return _("%(month)s locks after %(day)s.") % words, f"{said % words}\n{words['url']}"

    mail.queue(
        [member.user for member in members.select_related("user")], write, language=project.programme.language, at=at
    )
    audit.record("period.reminded", school, by=None, at=at, project=project.number, key=str(school.key), after=told)
    return True
