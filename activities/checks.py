"""Why a session or a file may not be as somebody wants it: one function, one reason; "" when nothing stands against."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from activities.models import Activity, Session
from core import formats


def today_in(project, at: datetime) -> date:
    """The day it is at the moment `at` where the programme of `project` works."""
    return at.astimezone(ZoneInfo(project.programme.time_zone)).date()


def contract_days(project, today: date) -> tuple[date | None, date | None]:
    """First and last day of the contract in force: work or eligibility, whichever reaches further; None: no limit."""
    contract = project.contract_on(today)
    if contract is None:
        return None, None
    firsts = [d for d in (contract.starts_on, contract.eligible_from) if d]
    lasts = [d for d in (contract.ends_on, contract.eligible_to) if d]
    return min(firsts, default=None), max(lasts, default=None)


def outside_contract(project, on: date, today: date) -> str:
    """A day before or after what the contract allows."""
    first, last = contract_days(project, today)
    if (first is None or on >= first) and (last is None or on <= last):
        return ""
    if first and last:
        return _("The contract of %(project)s runs from %(first)s to %(last)s. Enter a date in that time.") % {
            "project": project.number,
            "first": _said(first),
            "last": _said(last),
        }
    if first:
        words = {"project": project.number, "first": _said(first)}
        return _("The contract of %(project)s begins on %(first)s. Enter that date or a later one.") % words
    words = {"project": project.number, "last": _said(last)}
    return _("The contract of %(project)s ends on %(last)s. Enter that date or an earlier one.") % words


def outside_activity(activity: Activity, on: date) -> str:
    """A day before or after the activity's own dates."""
    first, last = activity.starts_on, activity.ends_on
    if (first is None or on >= first) and (last is None or on <= last):
        return ""
    words = {"number": activity.number, "days": formats.period(first, last, _language())}
    return _("Activity %(number)s lasts: %(days)s. Choose a day in that time or another activity.") % words


def has_parts(activity: Activity) -> str:
    """Sessions belong to the smallest unit of the contract."""
    if not activity.parts.exists():
        return ""
    words = {"number": activity.number}
    return _("Activity %(number)s is divided into sub-activities. Choose one of them.") % words


def foreign(project, school, group, activity: Activity) -> str:
    """A group or activity of another project or school."""
    if activity.project_id != project.pk:
        return _("This activity belongs to another project. Choose one of this project.")
    if group.project_id != project.pk or group.school_id != school.pk:
        return _("This group belongs to another school or project. Choose one of this school.")
    return ""


def overlaps(group, on: date, starts_at: time, ends_at: time, but: Session | None = None) -> str:
    """The group already has a session at that time."""
    others = Session.objects.filter(group=group, on=on, starts_at__lt=ends_at, ends_at__gt=starts_at)
    others = others.exclude(state=Session.State.CANCELLED)
    other = (others.exclude(pk=but.pk) if but else others).first()
    if other is None:
        return ""
    return _("%(group)s already has a session on %(day)s from %(from)s to %(to)s. Choose another time.") % {
        "group": group.name,
        "day": _said(on),
        "from": formats.clock(other.starts_at, _language()),
        "to": formats.clock(other.ends_at, _language()),
    }


def _language() -> str:
    return get_language() or "en"


def _said(on: date | None) -> str:
    return formats.long_day(on, _language())
