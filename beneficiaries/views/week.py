"""C1: the sessions of one week at one school, and what waits there."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_GET

from activities.actions import Locks, closes_on, locks_of
from activities.models import Group, Session
from beneficiaries import actions
from beneficiaries.models import FollowUp, Participation, SupportReview
from beneficiaries.views.common import key_from, language, require_any
from core import formats
from core.access import Permission
from core.models import Organisation
from core.models.texts import said
from projects.models import Clarification

MOST_TO_CHOOSE = 200  # schools in the list to choose from; who sees more searches by name


def monday_of(text: str, today: date) -> date:
    """The Monday of a week such as 2026-W47; of this week when it cannot be read."""
    try:
        year, week = (int(part) for part in text.split("-W"))
        if not formats.FIRST_YEAR < year < formats.LAST_YEAR:
            raise ValueError(year)
        return date.fromisocalendar(year, week, 1)
    except ValueError:
        return today - timedelta(days=today.weekday())


def week_of(on: date) -> str:
    """The week a day is in, as it stands in addresses: 2026-W47."""
    year, week, _day = on.isocalendar()
    return f"{year}-W{week:02}"


@require_GET
@login_required
def week(request: HttpRequest) -> HttpResponse:
    """The sessions of one week at one school as cards, today first, and what waits."""
    user = request.user
    there = Organisation.objects.filter(pk__in=Group.objects.visible_to(user).order_by().values("school"))
    schools = sorted(there, key=lambda s: formats.sort_key(said(s.name, language())[0], language()))
    wanted = key_from(request.GET.get("school"))
    school = next((s for s in schools if s.key == wanted), schools[0] if schools else None)
    if school is None:
        require_any(user, Permission.SESSION_VIEW)
    text = request.GET.get("find", "").strip()
    today = localdate()
    monday = monday_of(request.GET.get("week", ""), today)
    sunday = monday + timedelta(days=6)
    sessions = Session.objects.visible_to(user).filter(school=school).select_related("group", "project", "activity")
    shown = list(actions.with_counts(sessions.between(monday, sunday)))
    locks = _locks(request, school)
    waiting = _waiting(request, sessions, school, today, locks) if school else {}
    next_unmarked = next(
        (s for s in shown if s.on <= today and s.state == Session.State.PLANNED and not _is_locked(s, locks)), None
    )
    page = {
        "school": school,
        "schools": schools if len(schools) <= MOST_TO_CHOOSE else [],
        "many_schools": len(schools) > MOST_TO_CHOOSE,
        "text": text,
        "found": [s for s in schools if actions.fold(text) in actions.fold(said(s.name, language())[0])][:20]
        if text
        else [],
        "monday": monday,
        "sunday": sunday,
        "today": today,
        "is_this_week": monday <= today <= sunday,
        "week_number": monday.isocalendar().week,
        "week_year": monday.isocalendar().year,
        "week": week_of(monday),
        "before": week_of(monday - timedelta(days=7)),
        "after": week_of(monday + timedelta(days=7)),
        "todays": [s for s in shown if s.on == today],
        "others": [s for s in shown if s.on != today],
        "next_unmarked": next_unmarked,
        "closing": _closing(sessions, locks, today),
        "groups": sorted({s.group for s in shown}, key=lambda group: group.name),
        "all_sample": all(s.synthetic for s in shown) if shown else False,
        "several_projects": len({s.project_id for s in shown}) > 1,
        "may_plan": bool(school) and _reaches(user, Permission.SESSION_EDIT, school),
        "last_week": 0 if shown else _worth_copying(sessions, monday),
        **waiting,
    }
    return render(request, "beneficiaries/week.html", page)


def _reaches(user, permission: Permission, school) -> bool:
    """Is there a project at this school in which the person has the right?"""
    return Group.objects.visible_to(user, permission).filter(school=school).exists()


def _worth_copying(sessions, monday: date) -> int:
    last_week = sessions.between(monday - timedelta(days=7), monday - timedelta(days=1))
    return last_week.exclude(state=Session.State.CANCELLED).count()


def _locks(request: HttpRequest, school) -> dict[int, Locks]:
    """The locks of each project at this school for this person."""
    groups = Group.objects.visible_to(request.user).filter(school=school).select_related("project__programme")
    return {p.pk: locks_of(p, by=request.user, at=now()) for p in {group.project for group in groups}}


def _is_locked(session: Session, locks: dict[int, Locks]) -> bool:
    there = locks.get(session.project_id)
    return bool(there and there.why(session.school_id, session.on))


def _closing(sessions, locks: dict[int, Locks], today: date) -> list[dict[str, Any]]:
    """The month that locks next, of each closing day there is: its last day for entries, and what is not marked yet.
    `soon` within a week of it (ux: seven and two days before)."""
    found: dict[tuple[date, date], int] = {}
    for project, there in locks.items():
        if there.late_days is None:
            continue
        month = next(m for m in ((today.replace(day=1) - timedelta(days=1)).replace(day=1), today.replace(day=1))
                     if closes_on(m, there.late_days) >= today)  # fmt: skip
        until = closes_on(month, there.late_days)
        last = until - timedelta(days=there.late_days)
        waits = sessions.between(month, min(last, today)).filter(project=project, state=Session.State.PLANNED).count()
        found[month, until] = found.get((month, until), 0) + waits
    return [
        {"month": month, "until": until, "unmarked": n, "soon": until - timedelta(days=7) <= today}
        for (month, until), n in sorted(found.items())
    ]


def _waiting(request: HttpRequest, sessions, school, today: date, locks: dict[int, Locks]) -> dict[str, Any]:
    """What waits at this school: sessions to mark, lists to attach, records to complete, results to enter."""
    past = actions.with_counts(sessions.filter(on__lte=today).exclude(state=Session.State.CANCELLED))
    recent = Q(on__gte=today - timedelta(days=56))
    unmarked = past.filter(Q(state=Session.State.PLANNED) | recent & Q(unmarked__gt=0)).order_by("on", "starts_at")
    unproved = past.filter(recent, Q(proofs=0), state=Session.State.HELD).order_by("on", "starts_at")
    people = Participation.objects.visible_to(request.user).filter(school=school)
    left = people.filter(actions.due_results(today)).select_related("person").order_by("left_on")[:10]
    later = FollowUp.objects.visible_to(request.user).due(today).filter(participation__school=school, answered_on=None)
    may_read = Participation.objects.visible_to(request.user, Permission.PARTICIPANT_SENSITIVE).filter(school=school)
    reviews = SupportReview.objects.filter(
        plan__participation__in=may_read, plan__closed_on=None, held_on=None, due_on__lte=today + timedelta(days=7)
    )
    asked = Clarification.objects.visible_to(request.user, Permission.QUESTION_ANSWER).unanswered()
    of_school = Q(school=school) | Q(school=None, project__members__organisation=school)
    return {
        "questions": asked.filter(of_school).select_related("project").distinct().order_by("due_on", "pk")[:10],
        "unmarked": [(session, _is_locked(session, locks)) for session in unmarked[:10]],
        "unmarked_count": unmarked.count(),
        "unproved": unproved[:10],
        "unproved_count": unproved.count(),
        "incomplete_count": people.count() - people.counted().count(),
        "later_count": later.count(),
        "reviews": reviews.select_related("plan__participation__person").order_by("due_on", "pk")[:10],
        "without_result": [(p, p.left_on + actions.RESULT_TERM) for p in left if p.left_on],
    }
