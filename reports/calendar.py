"""What stands in a person's calendar: the sessions of the own groups and the days by which something is due.

Calendars are read outside the portal, where nobody signs in. So nothing in them names a participant: of a session they
tell group, activity, time and place; what people typed about it (topic, leader, why it is cancelled) stays inside.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Max, QuerySet
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import override

from activities.models import Session
from budgets.models import Claim
from core.access import Permission
from core.ical import Event, calendar
from core.models import AuditEvent
from core.models.texts import said
from projects.models import Clarification, Reach, reach
from reports.models import Filing

BACK, AHEAD = timedelta(days=90), timedelta(days=400)
MOST = 3000  # events of one sort


def calendar_of(user, *, at: datetime, language: str) -> bytes:
    """The calendar of `user` as iCalendar, in words of `language`; a fixed number of queries."""
    today = localdate(at)
    with override(language):
        events = [
            *_sessions(user, today, language),
            *_reports(user, today),
            *_claims(user, today),
            *_asked(user, today),
        ]
        name = _("Sessions and deadlines")
    return calendar(f"{settings.PORTAL_NAME}: {name}", events, maker=str(settings.PORTAL_NAME), language=language)


def _uid(key) -> str:
    return f"{key}@{urlsplit(settings.SITE_URL).hostname}"


def _url(name: str, key) -> str:
    return settings.SITE_URL + reverse(name, args=[key])


def _revised(rows: QuerySet[Any]) -> dict[str, datetime]:
    """By key when each was last changed, as the trail says."""
    events = AuditEvent.objects.filter(kind=rows.model._meta.label_lower, key__in=[str(row.key) for row in rows])
    return dict(events.values_list("key").annotate(at=Max("at")).order_by())


def _sessions(user, today: date, language: str) -> Iterator[Event]:
    """Those of the schools and projects one works in; who sees a whole programme has no calendar of all of it."""
    where = reach(user, Permission.SESSION_VIEW)
    own = Reach(projects=where.projects, schools=where.schools)
    rows = Session.objects.filter(own.schools_q("project", "school")).between(today - BACK, today + AHEAD)
    rows = rows.select_related("project__programme", "activity", "group", "school").order_by("on", "pk")[:MOST]
    revised = _revised(rows)
    for row in rows:
        zone, programme = ZoneInfo(row.project.programme.time_zone), row.project.programme
        school = said(row.school.name, language, programme.language)[0]
        yield Event(
            _uid(row.key),
            f"{row.group.name}: {said(row.activity.title, language, programme.language)[0]}",
            datetime.combine(row.on, row.starts_at, zone),
            datetime.combine(row.on, row.ends_at, zone),
            revised.get(str(row.key), datetime.combine(row.on - AHEAD, row.starts_at, zone)),
            row.version - 1,
            cancelled=row.state == Session.State.CANCELLED,
            place=", ".join(part for part in (row.place, school) if part),
            about=_("Project %(number)s") % {"number": row.project.number},
            url=_url("beneficiaries:session", row.key),
        )


def _reports(user, today: date) -> Iterator[Event]:
    """Reports that are waited for, and those that turned out not to be needed."""
    rows = Filing.objects.visible_to(user).filter(
        state__in=[*Filing.OPEN, Filing.State.SKIPPED], due_on__range=(today - BACK, today + AHEAD)
    )
    rows = rows.select_related("project").order_by("due_on", "pk")[:MOST]
    revised = _revised(rows)
    for row in rows:
        words = {"kind": row.get_kind_display(), "number": row.project.number}
        yield _deadline(
            row.key, _("%(kind)s due: %(number)s") % words, row.due_on, revised.get(str(row.key)), row.version - 1,
            _url("reports:filing", row.key), cancelled=row.state == Filing.State.SKIPPED,
        )  # fmt: skip


def _claims(user, today: date) -> Iterator[Event]:
    """The last day on which a claim that lies at the office is to be paid; it moves while an answer is waited for."""
    rows = Claim.objects.visible_to(user).waiting().with_clock().select_related("project").order_by("pk")[:MOST]
    for row in rows:
        clock = row.clock_on(today)
        if clock is None or row.received_on is None:
            continue
        words = {"claim": row.number, "number": row.project.number}
        moved = (clock.due_on - row.received_on).days
        yield _deadline(
            row.key, _("Payment claim %(claim)s to be paid: %(number)s") % words, clock.due_on,
            max((move.at for move in row.moves.all()), default=None), 1000 * row.version + moved,
            _url("budgets:claim", row.key),
        )  # fmt: skip


def _asked(user, today: date) -> Iterator[Event]:
    """Questions of the office that wait for an answer."""
    rows = Clarification.objects.visible_to(user).unanswered().select_related("project").order_by("due_on", "pk")[:MOST]
    revised = _revised(rows)
    for row in rows:
        title = _("Answers due: %(number)s") % {"number": row.project.number}
        yield _deadline(
            row.key, title, row.due_on, revised.get(str(row.key)), 0, _url("projects:clarification", row.key)
        )


def _deadline(
    key, title: str, on: date, revised: datetime | None, sequence: int, url: str, *, cancelled: bool = False
) -> Event:
    written = revised or datetime.combine(on - AHEAD, datetime.min.time(), ZoneInfo(settings.TIME_ZONE))
    return Event(_uid(key), title, on, on, written, sequence, cancelled=cancelled, url=url)
