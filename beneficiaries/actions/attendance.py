"""The marks of a session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from activities.actions import require, require_open, today_in
from activities.models import Evidence, Group, Session, SessionQuerySet
from beneficiaries.actions.receipts import digest, keep_receipt, receipt_of
from beneficiaries.models import (
    Attendance,
    GroupMember,
    Participation,
    ParticipationQuerySet,
)
from core import audit
from core.access import Permission, Refused
from projects.models import Programme


@dataclass(frozen=True)
class Summary:
    """What stands on the sheet of a session after marking: how many of each mark, how many have none."""

    saved_at: str
    here: int
    absent: int
    excused: int
    late: int
    unmarked: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class MarkConflict:
    """A mark that somebody else set differently after this person opened the sheet."""

    participation: str
    code: str
    yours: str
    theirs: str
    who: str = ""


@dataclass
class _Sheet:
    """Who is on the sheet of a session: participations by key, and the mark each has."""

    participations: dict[str, Participation]
    marks: dict[str, Attendance] = field(default_factory=dict)

    def summary(self, at: datetime) -> Summary:
        n = Counter(a.mark for a in self.marks.values())
        unmarked = len(self.participations) - len(self.marks)
        return Summary(at.isoformat(timespec="seconds"), n["here"], n["absent"], n["excused"], n["late"], unmarked)


class Closed(Refused):
    """The session takes no marks: it is cancelled, or has not taken place yet."""


class MarkedMeanwhile(Refused):
    """Marks that somebody else set meanwhile stand against the ones sent; nothing was stored."""

    def __init__(self, conflicts: list[MarkConflict]):
        codes = ", ".join(c.code for c in conflicts)
        super().__init__(_("Someone else marked %(codes)s meanwhile. Compare and choose.") % {"codes": codes})
        self.conflicts = conflicts


def members_on(session: Session) -> Q:
    """Memberships of the session's group on its day, as a condition on GroupMember."""
    return Q(group=session.group_id, from_on__lte=session.on) & (Q(until_on=None) | Q(until_on__gte=session.on))


def on_sheet(session: Session) -> ParticipationQuerySet:
    """The participants on the class sheet: members of the group on that day, and whoever has a mark."""
    member = GroupMember.objects.filter(members_on(session), participation=OuterRef("pk"))
    marked = Attendance.objects.filter(session=session, participation=OuterRef("pk"))
    return Participation.objects.filter(Exists(member) | Exists(marked)).select_related("person")


def elsewhere(session: Session) -> dict[int, Session]:
    """Who came to another session of the project at the same time, or belongs there and is not marked yet:
    participation (id) → that session. Worth a look, nothing that is refused."""
    there = _at_the_time(session.project_id, [session.on], session.starts_at, session.ends_at).exclude(pk=session.pk)
    sessions = list(there.select_related("group")[:50])
    marks = {
        (a.session_id, a.participation_id): a.mark for a in Attendance.objects.filter(session__in=sessions)
    }  # fmt: skip
    found: dict[int, Session] = {}
    for other in sessions:
        members = GroupMember.objects.filter(members_on(other)).values_list("participation_id", flat=True)
        came = {p for (s, p), mark in marks.items() if s == other.pk and mark in Attendance.CAME}
        found |= dict.fromkeys(came | {p for p in members if (other.pk, p) not in marks}, other)
    return found


def in_two_places(group: Group, days: list[date], start: time, end: time) -> list[tuple[Session, int]]:
    """Other groups' sessions on these days within that time, and how many members of `group` belong to them."""
    found = []
    for other in _at_the_time(group.project_id, days, start, end).exclude(group=group).select_related("group"):
        own = GroupMember.objects.filter(
            Q(until_on=None) | Q(until_on__gte=other.on), group=group, from_on__lte=other.on
        ).values("participation")
        if n := GroupMember.objects.filter(members_on(other), participation__in=own).count():
            found.append((other, n))
    return found


def _at_the_time(project: int, days: list[date], start: time, end: time) -> SessionQuerySet:
    there = Session.objects.filter(project=project, on__in=days, starts_at__lt=end, ends_at__gt=start)
    return there.exclude(state=Session.State.CANCELLED)


def with_counts(sessions: SessionQuerySet) -> SessionQuerySet:
    """Sessions with what stands on their sheets: `came`, `away` (absent, excused), `unmarked` and `proofs` (files)."""
    marks = Attendance.objects.filter(session=OuterRef("pk")).order_by().values("session")
    member = GroupMember.objects.filter(
        Q(until_on=None) | Q(until_on__gte=OuterRef("on")), group=OuterRef("group"), from_on__lte=OuterRef("on")
    )
    has_mark = Attendance.objects.filter(session=OuterRef(OuterRef("pk")), participation=OuterRef("participation"))
    unmarked = member.filter(~Exists(has_mark)).order_by().values("group")
    proofs = Evidence.objects.filter(session=OuterRef("pk"), removed_at=None).order_by().values("session")
    return sessions.annotate(
        came=_counted(marks.filter(mark__in=Attendance.CAME)),
        away=_counted(marks.exclude(mark__in=Attendance.CAME)),
        unmarked=_counted(unmarked),
        proofs=_counted(proofs),
    )


def _counted(rows) -> Coalesce:
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0)


def _sheet(session: Session) -> _Sheet:
    marks = Attendance.objects.filter(session=session).select_related("participation", "marked_by")
    return _Sheet({str(p.key): p for p in on_sheet(session)}, {str(a.participation.key): a for a in marks})


@transaction.atomic
def mark_attendance(
    session: Session,
    marks: Mapping[Any, str],
    *,
    by,
    at: datetime,
    idempotency_key: str = "",
    seen: Mapping[Any, str] | None = None,
) -> Summary:
    """Set marks of participants (key → mark; "" takes a mark away) on the sheet of a session, all or none.

    `seen` are the marks the person had before them: one that was left as it was is not a change, and one that somebody
    else set since raises MarkedMeanwhile. The
    first mark makes the session held, taking the last one away makes it planned again. A repeated `idempotency_key`
    with the same marks answers as the first time and changes nothing; with other marks it is refused.
    """
    session = _locked_session(session)
    require(by, Permission.SESSION_EDIT, session.project, session.school)
    wanted = {str(key): mark for key, mark in marks.items()}
    before_them = {str(key): mark for key, mark in (seen or {}).items()}
    body = digest([str(session.key), sorted(wanted.items())])
    if receipt := receipt_of(by, idempotency_key, body):
        return Summary(**receipt.answer)
    require_open(session.project, session.school, session.on, by=by, at=at)
    sheet = _sheet(session)
    _check_marks(session, sheet, wanted, today_in(session.project, at))
    wanted = {key: mark for key, mark in wanted.items() if before_them.get(key) != mark}  # set by this person
    _refuse_conflicts(sheet, wanted, before_them)
    before = {key: sheet.marks[key].mark if key in sheet.marks else "" for key in wanted}
    changed = {key: mark for key, mark in wanted.items() if mark != before[key]}
    if changed:
        _store_marks(session, sheet, changed, by, at)
        state = _follow_marks(session, sheet)
        codes = {key: sheet.participations[key].person.code for key in changed}
        audit.record(
            "attendance.marked",
            session,
            by=by,
            at=at,
            project=session.project.number,
            before={"marks": {codes[key]: before[key] for key in changed}} | {k: v[0] for k, v in state.items()},
            after={"marks": {codes[key]: mark for key, mark in changed.items()}} | {k: v[1] for k, v in state.items()},
        )
    summary = sheet.summary(at)
    keep_receipt(by, idempotency_key, body, summary.as_json(), at)
    return summary


@transaction.atomic
def mark_all_present(session: Session, *, by, at: datetime) -> Summary:
    """Mark everybody present who has no mark yet; exceptions that were marked stay."""
    session = _locked_session(session)
    sheet = _sheet(session)
    unmarked = [key for key in sheet.participations if key not in sheet.marks]
    return mark_attendance(session, dict.fromkeys(unmarked, Attendance.Mark.HERE), by=by, at=at)


def _locked_session(session: Session) -> Session:
    return (
        Session.objects.select_for_update(no_key=True, of=("self",))
        .select_related("project__programme", "school", "group")
        .get(pk=session.pk)
    )


def why_closed(session: Session, today: date) -> str:
    """Why a session takes no marks; "" when it does. That its month is locked is another question."""
    if session.state == Session.State.CANCELLED:
        return _("This session is cancelled: it has no marks.")
    if session.on > today:
        return _("This session has not taken place yet. Mark it on its day or after it.")
    return ""


def why_no_mark(mark: str, programme: Programme) -> str:
    """Why a programme does not know a mark; "" when it does, and for none."""
    known = {"", *Attendance.Mark.values} - (set() if programme.marks_late else {Attendance.Mark.LATE})
    if mark in known:
        return ""
    words = {"mark": mark[:20], "known": ", ".join(sorted(known - {""}))}
    return _("“%(mark)s” is not a mark of this programme. It has: %(known)s.") % words


def _check_marks(session: Session, sheet: _Sheet, wanted: Mapping[str, str], today: date) -> None:
    if closed := why_closed(session, today):
        raise Closed(closed)
    for key, mark in wanted.items():
        if wrong := why_no_mark(mark, session.project.programme):
            raise Refused(wrong)
        if key not in sheet.participations:
            raise Refused(_("A participant in this list is not in the group of this session. Load the page again."))


def _refuse_conflicts(sheet: _Sheet, wanted: Mapping[str, str], seen: Mapping[str, str]) -> None:
    conflicts = []
    for key, mark in wanted.items():
        there = sheet.marks.get(key)
        theirs = there.mark if there else ""
        if key in seen and theirs not in (seen[key], mark):
            who = str(there.marked_by) if there and there.marked_by else ""
            conflicts.append(MarkConflict(key, sheet.participations[key].person.code, mark, theirs, who))
    if conflicts:
        raise MarkedMeanwhile(conflicts)


def _store_marks(session: Session, sheet: _Sheet, changed: Mapping[str, str], by, at: datetime) -> None:
    """Write the marks and bring the sheet in memory up to date."""
    gone = [key for key, mark in changed.items() if not mark]
    Attendance.objects.filter(pk__in=[sheet.marks.pop(key).pk for key in gone]).delete()
    new, old = [], []
    for key, mark in changed.items():
        if not mark:
            continue
        if there := sheet.marks.get(key):
            there.mark, there.marked_at, there.marked_by = mark, at, by
            old.append(there)
        else:
            participation = sheet.participations[key]
            new.append(Attendance(session=session, participation=participation, mark=mark, marked_at=at, marked_by=by))
            sheet.marks[key] = new[-1]
    Attendance.objects.bulk_update(old, ["mark", "marked_at", "marked_by"])
    Attendance.objects.bulk_create(new)


def _follow_marks(session: Session, sheet: _Sheet) -> dict[str, tuple[str, str]]:
    """A session with marks took place, one without is still planned. Returns the states before and after a move."""
    state = Session.State.HELD if sheet.marks else Session.State.PLANNED
    if state == session.state:
        return {}
    before, session.state = session.state, state
    session.save(update_fields=["state"])
    return {"state": (before, state)}
