"""Marks from a spreadsheet: each row one participant at one session, written as on the class sheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from activities.models import Session
from beneficiaries.actions.attendance import mark_attendance
from beneficiaries.actions.imports.ground import Ground, Place
from beneficiaries.actions.imports.modes import Mode, goes, mode_of, stays
from beneficiaries.actions.imports.rowwise import Doubt, Heap, Left, Row, each
from beneficiaries.models import Attendance, GroupMember, OwnNumber, Participation
from core.access import Refused
from core.imports import Outcome, finding, findings_of


def run(ground: Ground, rows: Iterable[Row]) -> Iterator[Outcome]:
    """Marks are set session by session; what one session refuses is told at each row of it."""
    people = _People()
    sheets: dict[int, tuple[Session, dict[int, str]]] = {}
    wanted: dict[int, dict[int, tuple[int, str]]] = {}  # session → row → participation, mark
    current = 0
    mode, replaced = mode_of(ground.source), dict[int, dict[str, str]]()

    def do(values: dict[str, Any], place: Place, reason: str) -> list[list[Any]]:
        participation = people.find(place, values)
        session = _session(place, values, participation)
        if session.pk not in sheets:
            marks = Attendance.objects.filter(session=session).values_list("participation", "mark")
            sheets[session.pk] = session, dict(marks)
        mark, there = values["mark"], sheets[session.pk][1].get(participation.pk, "")
        if mark == there:
            return []
        if there:
            message = _(
                "The portal says “%(known)s” for this participant. Correct the row, or accept it with a reason."
            )
            said, known = (str(Attendance.Mark(one).label) for one in (mark, there))
            doubt = finding("mark", said, message % {"known": known}, "doubt")
            if mode == Mode.ADD:
                raise Left(stays(doubt))
            if mode == Mode.REPLACE:
                replaced[current] = goes(doubt)
            elif not reason:
                raise Doubt(doubt)
        sheets[session.pk][1][participation.pk] = mark
        wanted.setdefault(session.pk, {})[current] = (participation.pk, mark)
        return [["", 0, None]]  # settled below, with the other marks of the session

    outcomes: dict[int, Outcome] = {}
    for row in rows:
        current = row[0]
        outcomes[current] = next(each(ground, [row], do))
        if current in replaced:
            outcomes[current].findings.append(replaced[current])
    for pk, marks in wanted.items():
        _mark(ground, sheets[pk][0], marks, outcomes)
    yield from outcomes.values()


def _mark(ground: Ground, session: Session, marks: dict[int, tuple[int, str]], outcomes: dict[int, Outcome]) -> None:
    """Set the marks of one session together; when that is refused, one by one, so that each row has its own reason."""
    keys = dict(Participation.objects.filter(pk__in=[pk for pk, _m in marks.values()]).values_list("pk", "key"))
    before = dict(Attendance.objects.filter(session=session).values_list("participation", "mark"))
    state = session.state
    try:
        with transaction.atomic():
            mark_attendance(session, {keys[pk]: mark for pk, mark in marks.values()}, by=ground.by, at=ground.at)
    except (Refused, PermissionDenied) as refused:
        if len(marks) > 1:
            for number, one in marks.items():
                _mark(ground, session, {number: one}, outcomes)
            return
        for number in marks:
            told = findings_of(refused, {}) if isinstance(refused, Refused) else [finding("", "", str(refused))]
            outcomes[number] = Outcome(number, Heap.WRONG, told)
        return
    made = dict(Attendance.objects.filter(session=session).values_list("participation", "pk"))
    moved = Session.objects.filter(pk=session.pk).exclude(state=state).exists()
    session.refresh_from_db(fields=["state"])
    for number, (pk, _set) in marks.items():
        old = {"mark": before[pk]} if pk in before else None
        sheet = [Session._meta.label_lower, session.pk, {"state": state} if moved else {}]
        outcomes[number].effects = [sheet, [Attendance._meta.label_lower, made[pk], old]]
        moved = False


def _session(place: Place, values: dict[str, Any], participation: Participation) -> Session:
    """The one session a row can mean."""
    found = Session.objects.filter(project=place.project, school=place.school, on=values["on"])
    found = found.exclude(state=Session.State.CANCELLED)
    if values["starts_at"]:
        found = found.filter(starts_at=values["starts_at"])
    if place.group:
        found = found.filter(group=place.group)
    else:
        on = values["on"]
        there = GroupMember.objects.filter(Q(until_on=None) | Q(until_on__gte=on), from_on__lte=on)
        found = found.filter(group__in=there.filter(participation=participation).values("group"))
    sessions = list(found.select_related("project__programme", "school", "group")[:2])
    if not sessions:
        raise Refused({"on": [_("There is no such session on that day. Plan it first, or correct the day.")]})
    if len(sessions) > 1:
        message = _("There are several sessions on that day. Say in the columns “Group” and “From” which one it is.")
        raise Refused({"on": [message]})
    return sessions[0]


class _People:
    """The participants of a project and school, by everything a row may call them; each place is read once."""

    def __init__(self) -> None:
        self.places: dict[tuple[int, int], dict[tuple[str, ...], set[int]]] = {}
        self.rows: dict[int, Participation] = {}

    def find(self, place: Place, values: dict[str, Any]) -> Participation:
        """The one participant a row can mean; never the first of several."""
        assert place.project
        assert place.school
        if (place.project.pk, place.school.pk) not in self.places:
            self._read(place.project.pk, place.school.pk)
        known = self.places[place.project.pk, place.school.pk]
        name = tuple(" ".join(values[part].split()).casefold() for part in ("given_name", "family_name"))
        for column, key in (("code", ("code", values["code"].upper())), ("reference", ("own", values["reference"]))):
            if values[column]:
                found = known.get(key, set())
                break
        else:
            column = "family_name"
            found = known.get(("name", *name), set())
            if values["born_on"]:
                found = {pk for pk in found if self.rows[pk].person.born_on in (None, values["born_on"])}
        if not found:
            message = _("There is no such participant at this school. Add the participant first, or correct the cell.")
            raise Refused({column: [message]})
        if len(found) > 1:
            message = _("Several participants have this name. Add a column with the code or the date of birth.")
            raise Refused({column: [message]})
        return self.rows[next(iter(found))]

    def _read(self, project: int, school: int) -> None:
        rows = Participation.objects.filter(project=project, school=school).select_related("person__identity")
        names: dict[tuple[str, ...], set[int]] = {}
        by_person: dict[int, int] = {}
        for row in rows:
            self.rows[row.pk] = row
            by_person[row.person_id] = row.pk
            names.setdefault(("code", row.person.code.upper()), set()).add(row.pk)
            if identity := getattr(row.person, "identity", None):
                name = (identity.given_name.casefold(), identity.family_name.casefold())
                names.setdefault(("name", *name), set()).add(row.pk)
        for number, person in OwnNumber.objects.filter(school=school).values_list("number", "person"):
            if person in by_person:
                names.setdefault(("own", number), set()).add(by_person[person])
        self.places[project, school] = names
