"""C1 on a wide screen: the week of one group as a grid, rows participants, columns sessions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _

from activities.actions import Locks, locks_of, require, today_in
from activities.models import Group, Session
from beneficiaries import actions
from beneficiaries.models import Attendance, GroupMember, Participation
from beneficiaries.views.common import key_from, language, lock_note, name_of, shows_names
from beneficiaries.views.participants import list_place
from beneficiaries.views.week import monday_of, week_of
from core import formats
from core.access import Permission, Refused
from projects.models import can

SYMBOLS = {"": "·", "here": "✓", "absent": "✕", "excused": "E", "late": "L"}
Marks = dict[str, dict[str, str]]  # by session, by participation


@login_required
def grid(request: HttpRequest) -> HttpResponse:
    """Show the grid; store what was chosen in it (all sessions or none)."""
    groups = Group.objects.visible_to(request.user).select_related("project__programme", "school")
    group = get_object_or_404(groups, key=key_from(request.GET.get("group")))
    monday = monday_of(request.GET.get("week", ""), localdate())
    week = group.sessions.between(monday, monday + timedelta(days=6)).exclude(state=Session.State.CANCELLED)
    sessions = list(week.select_related("project__programme", "school"))
    if request.method != "POST":
        return _grid_page(request, group, sessions, monday)
    require(request.user, Permission.SESSION_EDIT, group.project, group.school)
    chosen, seen = _sent(request.POST, "mark"), _sent(request.POST, "base")
    try:
        _store(sessions, chosen, seen, request.user)
    except actions.MarkedMeanwhile as meanwhile:
        problem = " ".join(meanwhile.messages)
        clashes = {clash.participation for clash in meanwhile.conflicts}
        return _grid_page(request, group, sessions, monday, chosen, problem, clashes, status=409)
    except Refused as refused:
        return _grid_page(request, group, sessions, monday, chosen, " ".join(refused.messages), status=422)
    messages.success(request, _("The marks of this week are saved."))
    return redirect(f"{reverse('beneficiaries:grid')}?group={group.key}&week={week_of(monday)}")


def _sent(data: Mapping[str, str], kind: str) -> Marks:
    """Fields such as `mark-<session>-<participation>` (the keys are UUIDs of 32 digits here)."""
    found: Marks = {}
    for name, value in data.items():
        parts = name.split("-")
        if len(parts) == 3 and parts[0] == kind:
            found.setdefault(parts[1], {})[parts[2]] = value
    return found


@transaction.atomic
def _store(sessions: list[Session], chosen: Marks, seen: Marks, by) -> None:
    for session in sessions:
        keys = {p.key.hex: str(p.key) for p in actions.on_sheet(session)}
        marks = {keys.get(k, k): mark for k, mark in chosen.get(session.key.hex, {}).items()}
        before = {keys.get(k, k): mark for k, mark in seen.get(session.key.hex, {}).items()}
        if any(before.get(key) != mark for key, mark in marks.items()):
            actions.mark_attendance(session, marks, seen=before, by=by, at=now())


def _grid_page(
    request: HttpRequest,
    group: Group,
    sessions: list[Session],
    monday: date,
    chosen: Marks | None = None,
    problem: str = "",
    clashes: set[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    names = shows_names(request, list_place(group.project), group.project, group.school)
    may_edit = can(request.user, Permission.SESSION_EDIT, group.project, group.school)
    locks = locks_of(group.project, by=request.user, at=now())
    noted = [lock_note(locks, group.project, group.school, s.on, may_ask=may_edit) for s in sessions]
    late = group.project.programme.marks_late
    labels = {value: str(label) for value, label in Attendance.Mark.choices if late or value != Attendance.Mark.LATE}
    labels = {"": _("Not marked"), **labels}
    page = {
        "group": group,
        "school_key": str(group.school.key),
        "columns": list(zip(sessions, noted, strict=True)),
        "sessions": sessions,
        "lock": next(filter(None, noted), None),
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "week": week_of(monday),
        "before": week_of(monday - timedelta(days=7)),
        "after": week_of(monday + timedelta(days=7)),
        "rows": _rows(group, sessions, names, may_edit, locks, chosen or {}, clashes or set()),
        "choices": [(value, label, SYMBOLS[value]) for value, label in labels.items()],
        "late": late,
        "may_edit": may_edit,
        "problem": problem,
    }
    return render(request, "beneficiaries/week_grid.html", page, status=status)


def _rows(
    group: Group,
    sessions: list[Session],
    names: bool,
    may_edit: bool,
    locks: Locks,
    chosen: Marks,
    clashes: set[str],
) -> list[dict[str, Any]]:
    """One row a participant with one cell a session, with three queries however many there are."""
    if not sessions:
        return []
    given = Attendance.objects.filter(session__in=sessions).values_list("session_id", "participation_id", "mark")
    marks = {(session, participation): mark for session, participation, mark in given}
    times: dict[int, list[GroupMember]] = {}
    for member in group.members.filter(from_on__lte=max(s.on for s in sessions)):
        times.setdefault(member.participation_id, []).append(member)
    people = Participation.objects.filter(pk__in={*times, *(participation for _session, participation in marks)})
    today = today_in(group.project, now())
    takes = {s.pk for s in sessions if may_edit and s.on <= today and not locks.why(group.school_id, s.on)}
    rows = []
    for participation in people.select_related("person__identity" if names else "person"):
        cells = []
        for session in sessions:
            there = marks.get((session.pk, participation.pk), "")
            on_sheet = bool(there) or any(_is_member(m, session) for m in times.get(participation.pk, []))
            typed = chosen.get(session.key.hex, {}).get(participation.key.hex, there)
            is_open = on_sheet and session.pk in takes
            cells.append({"session": session, "on_sheet": on_sheet, "open": is_open, "there": there, "mark": typed})
        if any(cell["on_sheet"] for cell in cells):
            clash = str(participation.key) in clashes
            own = names and participation.school_id == group.school_id  # who moved is another school's to name
            row = {"participation": participation, "name": name_of(participation, own), "cells": cells}
            rows.append(row | {"clash": clash})
    return sorted(rows, key=lambda row: formats.sort_key(row["name"], language()))


def _is_member(member: GroupMember, session: Session) -> bool:
    return member.from_on <= session.on and (member.until_on is None or member.until_on >= session.on)
