"""Every change to sessions and evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from activities import checks
from activities.actions.rights import require, require_open
from activities.models import Activity, Evidence, Group, Session
from core import audit, storage
from core.access import Permission, Refused
from core.models import AuditEvent
from projects.models import Project

DETAILS = ("activity", "group", "on", "starts_at", "ends_at", "hours", "place", "leader", "topic")  # of a session


@dataclass(frozen=True)
class Difference:
    """A field that two people set differently: its name, and both values."""

    field: str
    yours: Any
    theirs: Any


class Stale(Refused):
    """Somebody changed the thing after it was opened. `differences` holds the fields in question, `who` and `when` the
    last change."""

    def __init__(self, differences: list[Difference], who: str = "", when: datetime | None = None):
        super().__init__(_("Someone changed this while you were working. Compare and choose."))
        self.differences, self.who, self.when = differences, who, when


@dataclass(frozen=True)
class Unplanned:
    """A day on which one of several sessions was not planned, and why."""

    on: date
    why: str


@transaction.atomic
def plan_session(
    *,
    project: Project,
    activity: Activity,
    school,
    group: Group,
    on: date,
    starts_at: time,
    ends_at: time,
    hours: Decimal,
    place: str,
    leader: str,
    topic: str,
    by,
    at: datetime,
) -> Session:
    """Plan one session of `group`. Raises Refused for a day outside the contract or the activity, an activity that has
    sub-activities, a group of another school, a time at which the group already has a session; PeriodLocked for a day
    of a locked month."""
    require(by, Permission.SESSION_EDIT, project, school)
    require_open(project, school, on, by=by, at=at, field="on")
    group = Group.objects.select_for_update(no_key=True, of=("self",)).get(pk=group.pk)
    session = Session(project=project, school=school, created_by=by)
    details = _stripped({
        "activity": activity, "group": group, "on": on, "starts_at": starts_at, "ends_at": ends_at, "hours": hours,
        "place": place, "leader": leader, "topic": topic,
    })  # fmt: skip
    _set_details(session, details, at)
    session.save()
    audit.record(
        "session.planned", session, by=by, at=at, project=project.number, after=_as_audited(details) | {"version": 1}
    )
    return session


@transaction.atomic
def change_session(session: Session, *, version: int, by, at: datetime, **new) -> Session:
    """Change details of a session (names of DETAILS). `version` is the one the person had open.

    Details that nobody else touched since are simply set. Raises Stale when somebody set one of them to another value,
    PeriodLocked when the month of the session, or the one it would move to, is locked.
    """
    session = locked(session)
    require(by, Permission.SESSION_EDIT, session.project, session.school)
    if session.state == Session.State.CANCELLED:
        raise Refused(_("This session is cancelled and can no longer be changed."))
    new = {name: value for name, value in _stripped(new).items() if getattr(session, name) != value}
    refuse_stale(session, version, new, {name: getattr(session, name) for name in DETAILS})
    if not new:
        return session
    require_open(session.project, session.school, session.on, new.get("on"), by=by, at=at)
    if "group" in new:
        if session.attendance.exists():
            raise Refused({"group": _("This session has marks already, so its group stays.")})
        Group.objects.select_for_update(no_key=True, of=("self",)).get(pk=new["group"].pk)
    before = {name: getattr(session, name) for name in new}
    _set_details(session, new, at)
    session.version += 1
    session.save(update_fields=[*new, "version"])
    audit.record(
        "session.changed",
        session,
        by=by,
        at=at,
        project=session.project.number,
        before=_as_audited(before),
        after=_as_audited(new) | {"version": session.version},
    )
    return session


def refuse_stale(thing, version: int, new: dict[str, Any], current: dict[str, Any]) -> None:
    """Raise Stale when a field of `new` was changed by somebody since `version`, as the audit trail of `thing` tells.

    `current` holds every changeable field of `thing` as it is now.
    """
    if version == thing.version:
        return
    events = AuditEvent.objects.filter(kind=thing._meta.label_lower, key=str(thing.key)).order_by("-pk")
    since = [event for event in events if event.after.get("version", 0) > version]
    touched = {name for event in since for name in event.after}
    if len(since) != thing.version - version:  # changed past the trail: trust nothing
        touched = set(current)
    differences = [Difference(n, value, current[n]) for n, value in new.items() if n in touched]
    if differences:
        raise Stale(differences, since[0].by_name if since else "", since[0].at if since else None)


@transaction.atomic
def cancel_session(session: Session, *, because: str, by, at: datetime) -> Session:
    """Cancel a session that has no marks; a second call changes nothing."""
    session = locked(session)
    require(by, Permission.SESSION_EDIT, session.project, session.school)
    if session.state == Session.State.CANCELLED:
        return session
    require_open(session.project, session.school, session.on, by=by, at=at)
    if session.attendance.exists():
        raise Refused(_("This session has marks, so it took place. Clear the marks before you cancel it."))
    if not because.strip():
        raise Refused({"because": _("Say why the session is cancelled.")})
    before, session.state = session.state, Session.State.CANCELLED
    session.cancelled_because = because.strip()
    session.version += 1
    session.save(update_fields=["state", "cancelled_because", "version"])
    audit.record(
        "session.cancelled",
        session,
        by=by,
        at=at,
        project=session.project.number,
        before={"state": before},
        after={"state": session.state, "version": session.version},
        note=session.cancelled_because,
    )
    return session


@transaction.atomic
def attach_evidence(
    *,
    project: Project,
    upload,
    kind: str,
    session: Session | None = None,
    activity: Activity | None = None,
    school=None,
    needs: Permission = Permission.EVIDENCE_ADD,
    by,
    at: datetime,
) -> Evidence:
    """Store an uploaded file as evidence of a session, an activity or the project. Raises Refused, beside the field
    `upload`, for an empty, too large or wrong file and for one that is there already. `needs` is the right for it where
    the file belongs to something else, such as a claim."""
    if session is not None:
        session = locked(session)
        project, school, activity = session.project, session.school, session.activity
    require(by, needs, project, school)
    if kind not in Evidence.Kind.values:
        raise Refused({"kind": _("Choose what kind of file it is.")})
    if activity is not None and activity.project_id != project.pk:
        raise Refused(_("This activity belongs to another project. Choose one of this project."))
    try:
        file = storage.put_upload(upload, by=by, at=at)
    except Refused as refused:
        raise Refused({"upload": refused.messages}) from None
    same = Evidence.objects.filter(
        project=project, session=session, activity=activity, school=school, file__sha256=file.sha256, removed_at=None
    )
    if same.exists():
        raise Refused({"upload": _("The file “%(name)s” is already there.") % {"name": file.name}})
    evidence = Evidence.objects.create(
        project=project,
        school=school,
        session=session,
        activity=activity,
        kind=kind,
        file=file,
        added_at=at,
        added_by=by,
    )
    audit.record(
        "evidence.added",
        evidence,
        by=by,
        at=at,
        project=project.number,
        key=str(file.key),
        after=_of(evidence),
    )
    return evidence


@transaction.atomic
def remove_evidence(evidence: Evidence, *, by, at: datetime) -> Evidence:
    """Take a file off the list; its bytes stay for the audit trail. A second call changes nothing.

    Raises PeriodLocked for a session of a locked month: what was counted keeps its proof. Files may still be added.
    """
    evidence = (
        Evidence.objects.select_for_update(no_key=True, of=("self",))
        .select_related("project__programme", "school", "session__school", "file")
        .get(pk=evidence.pk)
    )
    require(by, Permission.EVIDENCE_ADD, evidence.project, evidence.school)
    if evidence.removed_at is None:
        if session := evidence.session:
            require_open(evidence.project, session.school, session.on, by=by, at=at)
        evidence.removed_at = at
        evidence.save(update_fields=["removed_at"])
        number, key = evidence.project.number, str(evidence.file.key)
        audit.record("evidence.removed", evidence, by=by, at=at, project=number, key=key, before=_of(evidence))
    return evidence


@transaction.atomic
def hand_out_evidence(evidence: Evidence, *, by, at: datetime) -> None:
    """Write down that `by` fetches the file; call it before the bytes go out."""
    require(by, Permission.EVIDENCE_VIEW, evidence.project, evidence.school)
    number, key = evidence.project.number, str(evidence.file.key)
    audit.record("evidence.downloaded", evidence, by=by, at=at, project=number, key=key, after=_of(evidence))


@transaction.atomic
def copy_week(
    *, project: Project, school, monday: date, to_monday: date, by, at: datetime
) -> tuple[list[Session], list[Unplanned]]:
    """Plan the sessions of the week that begins on `monday` again for the week of `to_monday`, without their topics.

    Returns what was planned, and why each of the others was not.
    """
    require(by, Permission.SESSION_EDIT, project, school)
    week = Session.objects.filter(project=project, school=school).between(monday, monday + timedelta(days=6))
    planned, refused = list[Session](), list[Unplanned]()
    for old in week.exclude(state=Session.State.CANCELLED).select_related("activity", "group"):
        on = old.on + (to_monday - monday)
        try:
            new = plan_session(
                project=project, school=school, activity=old.activity, group=old.group, on=on,
                starts_at=old.starts_at, ends_at=old.ends_at, hours=old.hours, place=old.place, leader=old.leader,
                topic="", by=by, at=at,
            )  # fmt: skip
        except Refused as reason:
            refused += [Unplanned(on, why) for why in reason.messages]
        else:
            planned.append(new)
    return planned, refused


@transaction.atomic
def plan_series(*, days: list[date], by, at: datetime, **details) -> tuple[list[Session], list[Unplanned]]:
    """Plan the same session (details as of plan_session, without `on`) on each of `days`.

    Returns what was planned, and why each of the others was not: a day that is taken or locked stops no other.
    """
    require(by, Permission.SESSION_EDIT, details["project"], details["school"])
    planned, refused = list[Session](), list[Unplanned]()
    for on in days[: checks.MOST_AT_ONCE]:
        try:
            planned.append(plan_session(on=on, by=by, at=at, **details))
        except Refused as reason:
            refused += [Unplanned(on, why) for why in reason.messages]
    return planned, refused


def locked(session: Session) -> Session:
    """The session as it is now, with what its rules need; who would change it too waits for the end of this
    transaction."""
    return (
        Session.objects.select_for_update(no_key=True, of=("self",))
        .select_related("project__programme", "school", "group", "activity")
        .get(pk=session.pk)
    )


def _set_details(session: Session, new: dict[str, Any], at: datetime) -> None:
    """Set details on the row in memory; raises Refused with every reason against them, beside its field."""
    for name, value in new.items():
        setattr(session, name, value)
    problems: dict[str, list[str]] = {}

    def note(field: str, message: str) -> None:
        if message:
            problems.setdefault(field, []).append(message)

    if wrong := checks.foreign(session.project, session.school, session.group, session.activity):
        raise Refused(wrong)
    if "activity" in new:
        note("activity", checks.has_parts(session.activity))
    if {"on", "activity"} & set(new):
        note("on", checks.outside_contract(session.project, session.on, checks.today_in(session.project, at)))
        note("on", checks.outside_activity(session.activity, session.on))
    if session.ends_at <= session.starts_at:
        note("ends_at", _("The session must end after it starts."))
    elif {"group", "on", "starts_at", "ends_at"} & set(new):
        but = session if session.pk else None
        note("starts_at", checks.overlaps(session.group, session.on, session.starts_at, session.ends_at, but))
    if not 0 < session.hours <= 24:
        note("hours", _("Enter the hours as a number above 0 and at most 24."))
    if "on" in new and session.pk and session.attendance.exists() and session.on > checks.today_in(session.project, at):
        note("on", _("This session has marks, so it cannot lie in the future."))
    if problems:
        raise Refused(problems)
    try:
        session.full_clean(exclude=["project", "school", "group", "activity", "created_by"])
    except ValidationError as error:
        raise Refused(error) from None


def _stripped(details: dict[str, Any]) -> dict[str, Any]:
    return {name: value.strip() if isinstance(value, str) else value for name, value in details.items()}


def _as_audited(details: dict[str, Any]) -> dict[str, str]:
    """Details as texts; the leader is a name, so the trail only says that there is one."""
    said = {name: str(getattr(value, "key", value)) for name, value in details.items()}
    if "leader" in said:
        said["leader"] = "•" if said["leader"] else ""
    return said


def _of(evidence: Evidence) -> dict[str, str]:
    return {
        "kind": evidence.kind,
        "session": str(evidence.session.key) if evidence.session else "",
        "sha256": evidence.file.sha256,
    }
