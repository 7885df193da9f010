"""Reminders of reports a project owes: before the day to those who write them, after it to the office as well."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import audit, formats, mail
from core.access import GRANTS, Permission
from core.models import AuditEvent, User
from projects.models import Membership, Programme
from reports.models import Filing

DAYS = (-14, -3, 1, 14, 28)  # from the day it is due


@transaction.atomic
def remind_of_filings(*, at: datetime) -> int:
    """Queue the reminders of the day; returns how many reports were reminded of. A second run on that day finds them in
    the trail and changes nothing. The mail names project, report and day, nothing about anybody."""
    reminded = 0
    for programme in Programme.objects.filter(projects__filings__isnull=False).distinct():
        today = at.astimezone(ZoneInfo(programme.time_zone)).date()
        days = {today - timedelta(days=n): n for n in DAYS}
        waits = Filing.objects.awaited().filter(project__programme=programme, due_on__in=days)
        waits = waits.select_for_update(of=("self",)).select_related("project__programme")
        reminded += sum(_remind(filing, days[filing.due_on], at) for filing in waits)
    return reminded


def _remind(filing: Filing, days: int, at: datetime) -> bool:
    trail = AuditEvent.objects.filter(action="filing.reminded", key=str(filing.key))
    told = {"days": str(days)}
    if trail.filter(after=told).exists():
        return False

    def write() -> tuple[str, str]:
        language = get_language() or "en"
        words = {
            "report": filing.get_kind_display(), "period": formats.period(filing.from_on, filing.to_on, language),
            "number": filing.project.number, "day": formats.long_day(filing.due_on, language),
        }  # fmt: skip
        if days < 0:
            said = _("%(report)s of %(number)s is due on %(day)s.")
            text = _("%(report)s of project %(number)s for %(period)s is due on %(day)s and not submitted yet.")
        else:
            said = _("%(report)s of %(number)s is overdue since %(day)s.")
            text = _("%(report)s of project %(number)s for %(period)s was due on %(day)s and is not submitted yet.")
        url = f"{settings.SITE_URL}{reverse('reports:filing', args=[filing.key])}"
        return said % words, f"{text % words}\n{url}"

    mail.queue(_readers(filing, days, at), write, language=filing.project.programme.language, at=at)
    audit.record(
        "filing.reminded", filing, by=None, at=at, project=filing.project.number, key=str(filing.key), after=told
    )
    return True


def _readers(filing: Filing, days: int, at: datetime) -> list[User]:
    """Those who write for the project; after the day its officers, too."""
    project = filing.project
    writes = Q(role__in=_roles(Permission.FILING_EDIT), project=project)
    decides = Q(role__in=_roles(Permission.FILING_DECIDE)) & (Q(project=project) | Q(programme=project.programme))
    members = Membership.objects.in_force(at.date()).filter(writes | decides if days > 0 else writes)
    return list(User.objects.filter(memberships__in=members).distinct().order_by("pk"))


def _roles(permission: Permission) -> list[str]:
    return [role for role, granted in GRANTS.items() if permission in granted]
