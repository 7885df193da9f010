"""Marks of many sessions at once: by the rules of the class sheet, with a few questions to the database for all of them
together, and the same rows and events as one sheet after the other leaves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from activities.actions import Locks, locks_of, today_in
from activities.models import Session
from beneficiaries.actions.attendance import why_closed, why_no_mark
from beneficiaries.models import Attendance
from core import audit
from core.access import Permission
from core.bulk import Result, going
from core.copying import copy_in
from projects.actions.external import External
from projects.models import Change, ExternalId

Name = str | External
"""A key as text, or what a source system calls a row."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One mark that is sent: the place of its row, whose mark it is in which session, and the one seen before."""

    index: int
    session: Name
    participation: Name
    mark: str
    seen: str | None = None


@dataclass(slots=True)
class _Mark:
    pk: int
    mark: str


@dataclass(slots=True)
class _Sheet:
    """A session with who is on its sheet (key → id and code), the marks there are by id, and what changes."""

    session: Session
    why: str  # it takes no marks
    people: dict[str, tuple[int, str]] = field(default_factory=dict)
    marks: dict[int, _Mark] = field(default_factory=dict)
    changed: dict[str, str] = field(default_factory=dict)  # key → mark
    touched: set[str] = field(default_factory=set)  # keys that a row spoke of


@transaction.atomic
def mark_many(wishes: Collection[Wish], *, by, at: datetime, going_on=None) -> list[Result]:
    """Set marks ("" takes one away) in any sessions; each wish that can be is carried out, and each has its result.

    What stands against a wish is what stands against it on the sheet of its session: no right there, a locked month, a
    session that is cancelled or to come, somebody who is not on the sheet, a mark that the programme does not know, and
    a mark that somebody else set since the one that was `seen`. What the person may not see is as unknown as what is
    not there.
    """
    sheets = _sheets({wish.session for wish in wishes}, by, at)
    people = _people_called(wishes, sheets)
    results = [_judge(wish, sheets.get(wish.session), people) for wish in going(wishes, going_on, 1000)]
    known = {sheet.session.pk: sheet for sheet in sheets.values() if isinstance(sheet, _Sheet)}
    changed = [sheet for sheet in known.values() if sheet.changed]
    if changed:
        states = {sheet.session.pk: state for sheet in changed if (state := _state_after(sheet)) != sheet.session.state}
        audit.record_many([_event(sheet, states.get(sheet.session.pk, ""), by, at) for sheet in changed])
        _store(changed, by, at)
        for state in set(states.values()):
            Session.objects.filter(pk__in=[pk for pk, new in states.items() if new == state]).update(state=state)
    return results


def _sheets(names: set[Name], by, at: datetime) -> dict[Name, _Sheet | str]:
    """Every session by what the wishes call it, locked in one order for all who do the same; why not, where the person
    may see it and not mark it."""
    keys: dict[Name, set[str]] = {name: {name} for name in names if isinstance(name, str)}
    for external, key, _project in _called(Change.Collection.SESSIONS, names):
        keys.setdefault(external, set()).add(key)
    every = Session.objects.filter(key__in={key for found in keys.values() for key in found})
    may = set(every.visible_to(by, Permission.SESSION_EDIT).values_list("pk", flat=True))
    sees = {str(key): pk for key, pk in every.visible_to(by, Permission.PROJECT_VIEW).values_list("key", "pk")}
    locked = Session.objects.filter(pk__in=may).select_for_update(no_key=True, of=("self",)).order_by("pk")
    sheets: dict[int, _Sheet] = {}
    locks: dict[int, Locks] = {}
    today: dict[int, date] = {}
    for session in locked.select_related("project__programme"):
        project = session.project
        if project.pk not in locks:
            locks[project.pk], today[project.pk] = locks_of(project, by=by, at=at), today_in(project, at)
        closed = locks[project.pk].why(session.school_id, session.on) or why_closed(session, today[project.pk])
        sheets[session.pk] = _Sheet(session, closed)
    _read(sheets)
    found: dict[Name, _Sheet | str] = {}
    for name, called in keys.items():
        pks = {sees[key] for key in called if key in sees}
        if len(pks) > 1:
            found[name] = _("Several rows have this external id. Give the key.")
        elif pks:
            (pk,) = pks
            no = _("Your role does not allow this here. An administrator can give you access.")
            found[name] = sheets.get(pk, no)
    return found


def _called(collection: str, names: Iterable[Name]) -> Iterable[tuple[External, str, int]]:
    """What source systems call rows: the external id, the key, and the project in which it is called so."""
    by_system: dict[str, set[str]] = defaultdict(set)
    for name in names:
        if not isinstance(name, str):
            by_system[name[0]].add(name[1])
    for system, ids in by_system.items():
        rows = ExternalId.objects.filter(collection=collection, system=system, external_id__in=ids)
        for external_id, key, project in rows.values_list("external_id", "key", "project_id"):
            yield (system, external_id), str(key), project


def _people_called(wishes: Collection[Wish], sheets: dict[Name, _Sheet | str]) -> dict[tuple[int, External], str]:
    """The keys of participations by project and external id."""
    names = {wish.participation for wish in wishes if not isinstance(wish.participation, str)}
    return {(project, name): key for name, key, project in _called(Change.Collection.PARTICIPANTS, names)}


def _read(sheets: dict[int, _Sheet]) -> None:
    """Who is on each sheet, members of the group on that day and whoever has a mark, and the marks."""
    members = Session.objects.filter(
        Q(group__members__until_on=None) | Q(group__members__until_on__gte=F("on")),
        pk__in=sheets, group__members__from_on__lte=F("on"),
    )  # fmt: skip
    path = "group__members__participation"
    for pk, participation, key, code in members.order_by().values_list(
        "pk", f"{path}_id", f"{path}__key", f"{path}__person__code"
    ):
        sheets[pk].people[str(key)] = participation, code
    marks = Attendance.objects.filter(session__in=sheets).order_by()
    path = "participation"
    for pk, participation, key, code, mark_pk, mark in marks.values_list(
        "session_id", f"{path}_id", f"{path}__key", f"{path}__person__code", "pk", "mark"
    ):
        sheets[pk].people[str(key)] = participation, code
        sheets[pk].marks[participation] = _Mark(mark_pk, mark)


def _judge(wish: Wish, sheet: _Sheet | str | None, people: dict[tuple[int, External], str]) -> Result:
    """What becomes of one wish; one that is carried out is noted on its sheet."""
    if sheet is None:
        return _refused(wish, "session", _("Nothing with this key is known here. Check the key."))
    if isinstance(sheet, str) or sheet.why:
        return _refused(wish, "session", sheet if isinstance(sheet, str) else sheet.why)
    session, name = sheet.session, wish.participation
    key = name if isinstance(name, str) else people.get((session.project_id, name), "")
    if key not in sheet.people:
        return _refused(wish, "participation", _("This participant is not in the group of this session."))
    if key in sheet.touched:
        return _refused(wish, "participation", _("This participant is in the list twice."))
    if wrong := why_no_mark(wish.mark, session.project.programme):
        return _refused(wish, "mark", wrong)
    sheet.touched.add(key)
    participation, code = sheet.people[key]
    there = sheet.marks.get(participation)
    theirs = there.mark if there else ""
    if wish.mark in (theirs, wish.seen):
        return Result(wish.index, "unchanged", str(session.key))
    if wish.seen is not None and wish.seen != theirs:
        words = _("Someone else marked %(codes)s meanwhile. Compare and choose.") % {"codes": code}
        return _refused(wish, "seen", words)
    sheet.changed[key] = wish.mark
    return Result(wish.index, "updated" if there else "created", str(session.key))


def _refused(wish: Wish, name: str, words: str) -> Result:
    return Result(wish.index, errors=[{"pointer": f"/{name}", "detail": words}])


def _state_after(sheet: _Sheet) -> str:
    """A session with marks took place, one without is still planned."""
    more = sum(bool(mark) - (sheet.people[key][0] in sheet.marks) for key, mark in sheet.changed.items())
    left = len(sheet.marks) + more
    return Session.State.HELD if left else Session.State.PLANNED


def _event(sheet: _Sheet, state: str, by, at: datetime) -> dict[str, Any]:
    """What the trail says of one sheet, as `mark_attendance` says it."""
    before = {}
    for key in sheet.changed:
        participation, code = sheet.people[key]
        before[code] = sheet.marks[participation].mark if participation in sheet.marks else ""
    after = {sheet.people[key][1]: mark for key, mark in sheet.changed.items()}
    moved = ({"state": sheet.session.state}, {"state": state}) if state else ({}, {})
    return {
        "action": "attendance.marked", "thing": sheet.session, "by": by, "at": at,
        "project": sheet.session.project.number,
        "before": {"marks": before} | moved[0], "after": {"marks": after} | moved[1],
    }  # fmt: skip


def _store(sheets: list[_Sheet], by, at: datetime) -> None:
    """Write the marks of all sheets."""
    new: list[tuple[Any, ...]] = []
    old: list[tuple[int, str]] = []
    gone: list[int] = []
    for sheet in sheets:
        for key, mark in sheet.changed.items():
            participation = sheet.people[key][0]
            if there := sheet.marks.get(participation):
                if mark:
                    old.append((there.pk, mark))
                else:
                    gone.append(there.pk)
            else:
                new.append((sheet.session.pk, participation, mark, at, by.pk))
    Attendance.objects.filter(pk__in=gone).delete()
    if old:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE beneficiaries_attendance a SET mark = n.mark, marked_at = %s, marked_by_id = %s"
                " FROM unnest(%s::bigint[], %s::text[]) AS n (id, mark) WHERE a.id = n.id",
                [at, by.pk, [pk for pk, _mark in old], [mark for _pk, mark in old]],
            )
    names = ("session_id", "participation_id", "mark", "marked_at", "marked_by_id")
    copy_in(Attendance._meta.db_table, names, new)
