"""Why a session or a file may not be as somebody wants it: one function, one reason; "" when nothing stands against."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from activities.models import Activity, Group, LockException, Session
from core import formats
from core.access import GRANTS, Permission
from core.models import Organisation, User
from core.models.texts import said
from projects.models import Holiday, Membership, Partner, can

ENTERING = [role for role, granted in GRANTS.items() if Permission.SESSION_EDIT in granted]


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


# --- the plan of work ------------------------------------------------------------------------------------------------


def foreign_school(project, school) -> str:
    """A school that has neither a group in the project nor a part in it."""
    if project.groups.filter(school=school).exists() or project.partners.filter(organisation=school).exists():
        return ""
    return _("This school is not in the project. Choose one that is.")


def name_taken(group: Group) -> str:
    """Another group of the school has the name in this project."""
    others = Group.objects.filter(project=group.project, school=group.school, name=group.name).exclude(pk=group.pk)
    if not others.exists():
        return ""
    return _("The school has a group “%(name)s” in this project already. Give another name.") % {"name": group.name}


def number_taken(activity: Activity) -> str:
    """A plan without a number, or another activity that has it."""
    if not activity.number:
        return _("Give the activity the number it has in the contract.")
    if not Activity.objects.filter(project=activity.project, number=activity.number).exists():
        return ""
    return _("The project has an activity %(number)s already. Give another number.") % {"number": activity.number}


def cannot_hold(parent: Activity | None, activity: Activity) -> str:
    """A parent of another project, below the activity itself, or with sessions, which belong to the smallest unit."""
    if parent is None:
        return ""
    if parent.project_id != activity.project_id:
        return _("This activity belongs to another project. Choose one of this project.")
    above: Activity | None = parent
    while above is not None:
        if activity.pk and above.pk == activity.pk:
            return _("An activity cannot be part of itself. Choose another one.")
        above = above.parent
    if parent.sessions.exists():
        words = {"number": parent.number}
        return _("Activity %(number)s has sessions of its own, so it cannot be divided. Choose another one.") % words
    return ""


def no_part_in(project, organisation: Organisation | None) -> str:
    """A body that is neither the beneficiary of the project nor a partner."""
    if organisation is None or organisation.pk == project.beneficiary_id:
        return ""
    if project.partners.filter(organisation=organisation).exists():
        return ""
    return _("This organisation has no part in the project. Choose the beneficiary or a partner.")


def sessions_beyond(activity: Activity, name: str) -> str:
    """Sessions before the first day (`name` is starts_on) or after the last day (ends_on) of an activity."""
    day = getattr(activity, name)
    if day is None:
        return ""
    beyond = Q(on__lt=day) if name == "starts_on" else Q(on__gt=day)
    there = Session.objects.filter(beyond, activity=activity).exclude(state=Session.State.CANCELLED)
    if (n := there.count()) == 0:
        return ""
    return ngettext(
        "%(n)s session of the activity lies outside. Choose another day, or move the session first.",
        "%(n)s sessions of the activity lie outside. Choose another day, or move the sessions first.",
        n,
    ) % {"n": n}


# --- locked months ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Locks:
    """Which months of one project one person may still enter: read once, asked for any number of rows."""

    late_days: int | None  # of the programme; None: nothing is ever locked
    today: date
    schools: frozenset[tuple[date, int]]  # (month, school) opened again
    months: frozenset[date]  # opened again for this person

    def why(self, school: int, *days: date | None) -> str:
        """Why one of these days may no longer be entered at the school (id); "" when all may."""
        for day in days:
            if day is None or self.late_days is None or self.today <= closes_on(day, self.late_days):
                continue
            month = day.replace(day=1)
            if month not in self.months and (month, school) not in self.schools:
                return _("%(month)s is locked since %(day)s. Ask the officer of your programme to open it again.") % {
                    "month": formats.month(month, _language()),
                    "day": _said(closes_on(day, self.late_days) + timedelta(days=1)),
                }
        return ""


def closes_on(day: date, late_days: int) -> date:
    """The last day on which things of the month of `day` may be entered: March with 10 days closes on 10 April."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1]) + timedelta(days=late_days)


def month_after(month: date) -> date:
    """The first day of the month after that of `month`."""
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1)


def locks_of(project, *, by, at: datetime) -> Locks:
    """The locks of `project` for the person `by` at the moment `at`, with one query, or none where nothing locks."""
    late_days, today = project.programme.late_days, today_in(project, at)
    if late_days is None:
        return Locks(None, today, frozenset(), frozenset())
    given = LockException.objects.in_force(today).filter(project=project.pk)
    rows = list(given.values_list("month", "school_id", "person_id"))
    person = getattr(by, "pk", None)
    return Locks(
        late_days=late_days,
        today=today,
        schools=frozenset((month, school) for month, school, _p in rows if school is not None),
        months=frozenset(month for month, _school, p in rows if p is not None and p == person),
    )


def period_locked(project, school, *days: date | None, by, at: datetime) -> str:
    """Why `by` may no longer enter things of one of these days at `school`; "" when all their months are open.

    The one check behind marks, sessions and the days on which participants enter and leave, whichever door they use.
    """
    return locks_of(project, by=by, at=at).why(school.pk, *days)


def locked_months(project, today: date) -> list[date]:
    """The months of the contract that are locked by now, the newest first (three years at most)."""
    first, last = contract_days(project, today)
    month, found = today.replace(day=1), list[date]()
    for _n in range(36):
        if first and month < first.replace(day=1):
            break
        if not month_is_open(project, month, today) and (last is None or month <= last):
            found.append(month)
        month = (month - timedelta(days=1)).replace(day=1)
    return found


def schools_of(project) -> list[Organisation]:
    """The schools of a project: those with a group, and those its contract names."""
    there = Q(groups__project=project) | Q(partnerships__project=project, partnerships__role=Partner.Role.SCHOOL)
    return sorted(
        Organisation.objects.filter(there).distinct(),
        key=lambda s: formats.sort_key(said(s.name, _language())[0], _language()),
    )


def entering(project, today: date) -> list[User]:
    """The people who may enter sessions of a project, by name. Administrators are left out: they ask themselves."""
    there = Membership.objects.in_force(today).filter(project=project, role__in=ENTERING, user__is_active=True)
    found = {member.user for member in there.select_related("user")}
    return sorted(found, key=lambda user: formats.sort_key(str(user), _language()))


def month_is_open(project, month: date, today: date) -> str:
    """A month that needs no exception, because nothing locks it yet."""
    late_days = project.programme.late_days
    if late_days is None:
        return _("This programme locks nothing, so nothing has to be opened again.")
    if today > closes_on(month, late_days):
        return ""
    words = {"month": formats.month(month, _language()), "day": _said(closes_on(month, late_days))}
    return _("%(month)s is open until %(day)s. It needs no exception.") % words


def one_of(project, school, person, today: date) -> str:
    """An exception is for one school of the project or for one person who enters its sessions."""
    if (school is None) == (person is None):
        return _("Choose one school or one person.")
    if school is not None and (wrong := foreign_school(project, school)):
        return wrong
    if person is not None and not can(person, Permission.SESSION_EDIT, project):
        return _("This person enters no sessions in the project. Choose somebody who does.")
    return ""


def open_already(exception: LockException) -> str:
    """An exception that is in force already."""
    words = {"month": formats.month(exception.month, _language()), "day": _said(exception.until_on)}
    return _("%(month)s is open again until %(day)s already. Take that back first.") % words


# --- series ----------------------------------------------------------------------------------------------------------

MOST_AT_ONCE = 60  # sessions of one series


def weekly(first: date, until: date) -> list[date]:
    """The days of a weekly series from `first` to `until`, both counted; MOST_AT_ONCE of them at most."""
    weeks = min((until - first).days // 7 + 1, MOST_AT_ONCE)
    return [first + timedelta(days=7 * n) for n in range(weeks)]


def series_until(first: date, until: date) -> str:
    """A series that ends before it begins, or is longer than anybody plans at once."""
    if until < first:
        return _("The series cannot end before its first day.")
    if (until - first).days // 7 + 1 > MOST_AT_ONCE:
        return _("A series has at most %(n)s sessions. Choose an earlier last day.") % {"n": MOST_AT_ONCE}
    return ""


def holidays_on(project, days: list[date]) -> dict[date, str]:
    """Which of these days the programme's schools are closed, and what the holiday is called."""
    if not days:
        return {}
    rows = Holiday.objects.filter(programme=project.programme_id, from_on__lte=max(days), to_on__gte=min(days))
    return {day: said(h.name, _language())[0] for h in rows for day in days if h.from_on <= day <= h.to_on}


def _language() -> str:
    return get_language() or "en"


def _said(on: date | None) -> str:
    return formats.long_day(on, _language())
