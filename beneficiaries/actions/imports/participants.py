"""Participants from a spreadsheet: new people in bulk, everything else by the same actions as the form.

Every row is read and checked by the rule of the form (`check_participant`), put into a temporary table, matched with
who is there already and with the other rows in SQL, then decided person by person in the order of their days. Nobody
is taken for somebody else on likeness alone: a match is exact (code, national number, own number, or name and date of
birth at the same school), everything less is doubtful and waits for a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils.translation import gettext as _

from beneficiaries.actions import participants as single
from beneficiaries.actions.imports.adding import COLUMNS, Adding
from beneficiaries.actions.imports.ground import Ground
from beneficiaries.actions.imports.matching import BLOCK, ENTRY, Alike, Row, decided, incoming, protect
from beneficiaries.actions.imports.modes import Mode, mode_of, stays
from beneficiaries.models import (
    FollowUp,
    GroupMember,
    Identity,
    Participation,
    Person,
    Result,
    SensitiveAnswer,
    StagedRow,
    Stay,
)
from core.access import Refused
from core.imports import Outcome, finding, findings_of

Heap = StagedRow.Heap
TABLES = tuple(COLUMNS)  # that grow by an import


@dataclass
class Known:
    """What the portal holds of a person in a project, with what the rows before this one will have added."""

    code: str
    school_id: int
    given_name: str
    family_name: str
    gender: str
    born_on: date | None
    labour_status: str
    education: int | None
    stays: list[tuple[date, date | None]]
    answers: dict[str, str]
    results: set[tuple[str, date]]
    groups: set[int]
    named: bool


@dataclass
class Steps:
    """What a row still adds to somebody who is there already."""

    data: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    left_on: date | None = None
    back_on: date | None = None
    results: dict[str, date] = field(default_factory=dict)
    group_id: int | None = None

    def any(self) -> bool:
        return bool(self.data or self.answers or self.left_on or self.back_on or self.results or self.group_id)


def run(ground: Ground, rows: Iterable[tuple[int, dict[str, str], dict[str, Any]]]) -> Iterator[Outcome]:
    """Bring rows in, each (number, cells, accepted); yields the outcome of every row. Call inside a transaction.

    Rows that are wrong or doubtful change nothing. Projects are locked, so that two imports do not add one person
    twice.
    """
    alike = incoming(ground, rows)
    yield from _Deciding(ground, alike).outcomes()


class _Deciding:
    """Goes through the people of the temporary table and writes what is sure."""

    def __init__(self, ground: Ground, alike: dict[int, Alike]):
        self.ground, self.alike = ground, alike
        self.adding = Adding(ground)
        self.later: list[tuple[Any, Steps, list[dict]]] = []

    def outcomes(self) -> Iterator[Outcome]:
        for _subject, of_person in groupby(decided(), key=lambda row: row.subject):
            yield from self._person(list(of_person))
            if len(self.adding.people) >= BLOCK:
                yield from self.adding.flush()
        yield from self.adding.flush()
        for row, steps, found in self.later:
            yield self._add_to(row, steps, found)

    def _person(self, rows: list[Row]) -> Iterator[Outcome]:
        """All rows about one person, of every project."""
        new_person: dict[str, Any] = {}  # shared by the projects of somebody the portal does not know yet
        for _project, of_project in groupby(rows, key=lambda row: row.project_id):
            known, blocked = None, 0
            for row in of_project:
                if known is None and row.participation_id:
                    known = _known(row)
                outcome, known = self._row(row, known, blocked, new_person)
                if outcome is not None:
                    yield outcome
                    if outcome.heap != Heap.SAME and known is None:
                        blocked = blocked or row.number

    def _row(self, row, known: Known | None, blocked: int, new_person) -> tuple[Outcome | None, Known | None]:
        """Decide one row; None as outcome when it is settled later, by `flush` or `_add_to`."""
        found = row.findings
        if row.heap == Heap.WRONG:
            return Outcome(row.number, Heap.WRONG, found), known
        doubts = self._doubts(row, known, blocked)
        if row.found > 1:
            return Outcome(row.number, Heap.DOUBTFUL, found + doubts), known
        if any(f["grade"] == "error" for f in doubts):
            return Outcome(row.number, Heap.WRONG, found + doubts), known
        reason = row.accepted.get("reason", "")
        steps = Steps()
        if known is not None:
            steps, differences = _compare(row, known)
            if row.participation_id and mode_of(self.ground.source) == Mode.ADD:
                return Outcome(row.number, Heap.SAME, found + _left(steps, differences)), known
            doubts += differences
        if doubts and not reason:
            return Outcome(row.number, Heap.DOUBTFUL, found + doubts), known
        found = found + [f | {"grade": "accepted", "fix": f"{reason} — {row.accepted.get('who', '')}"} for f in doubts]
        if known is None:
            self.adding.add(row, found, new_person)
            return None, _as_known(row)
        if not steps.any():
            return Outcome(row.number, Heap.SAME, found), known
        _take(known, steps)
        self.later.append((row, steps, found))
        return None, known

    def _doubts(self, row, known: Known | None, blocked: int) -> list[dict]:
        """Why somebody should look before this row goes in; an error where looking does not help."""
        if row.found > 1:
            message = _("%(count)s people here have this name and date of birth. Add a column with the code or number.")
            return [finding("family_name", "", message % {"count": row.found}, "doubt")]
        if row.code and row.person_id is None:
            message = _("There is no participant with this code in the project. Correct the code or leave it empty.")
            return [finding("code", row.code, message)]
        if blocked:
            message = _("Row %(row)s about the same person waits. Settle that row first.") % {"row": blocked}
            return [finding("", "", message)]
        if known is not None and known.school_id != row.school_id:
            message = _("%(code)s takes part in this project at another school already: a person counts once.")
            return [finding("", "", message % {"code": known.code})]
        if known is None and (locked := self._locked(row)):
            return locked
        if known is None and row.person_id:
            message = _("The portal knows another value for this person. Correct the row, or accept it with a reason.")
            return [
                finding(name, str(getattr(row, name)), message, "doubt")
                for name in ("gender", "born_on")
                if getattr(row, name) and getattr(row, f"known_{name}") not in ("", None, getattr(row, name))
            ]
        if known is None and row.number in self.alike:
            score, code, other, reasons = self.alike[row.number]
            who = code or _("row %(row)s") % {"row": other}
            words = {"who": who, "score": score, "why": " ".join(reasons)}
            message = _("This may be the same person as %(who)s: %(score)s of 100. %(why)s Say which it is.") % words
            return [finding("family_name", row.family_name, message, "doubt") | {"code": code}]
        return []

    def _locked(self, row: Row) -> list[dict]:
        """Days of a new participant in months that are locked."""
        place = self.ground.place_of(row.project_id, row.school_id)
        days = {"entered_on": row.entered_on, "left_on": row.left_on}
        told = {name: self.ground.locked(*place, day) for name, day in days.items()}
        return [finding(name, str(days[name]), why) for name, why in told.items() if why]

    def _add_to(self, row, steps: Steps, found: list[dict]) -> Outcome:
        """Add the steps of a row to somebody who is there, by the actions of the record page."""
        of = {"project": row.project_id}
        person = row.person_id or self.adding.ids[row.subject]
        participation = Participation.objects.filter(person=person, **of).first()
        if participation is None:
            message = _("An earlier row about the same person could not go in. Settle that row first.")
            return Outcome(row.number, Heap.WRONG, [*found, finding("", "", message)])
        before = snapshot(participation)
        who: dict[str, Any] = {"by": self.ground.by, "at": self.ground.at}
        try:
            with transaction.atomic():
                if steps.data or steps.answers:
                    single.change_participation(
                        participation, version=single.locked(participation).version, sensitive=steps.answers,
                        because=row.accepted.get("reason", ""), **steps.data, **who,
                    )  # fmt: skip
                if steps.back_on:
                    single.come_back(participation, entered_on=steps.back_on, **who)
                if steps.left_on:
                    single.leave(participation, left_on=steps.left_on, results=steps.results, **who)
                elif steps.results:
                    single.add_results(participation, results=steps.results, **who)
                if steps.group_id:
                    group = self._group(steps.group_id)
                    from_on = row.entered_on
                    if self.ground.locked(participation.project, participation.school, from_on):
                        from_on = self.ground.today(participation.project)  # the lists of a locked month stay
                    single.join_group(participation, group=group, from_on=from_on, **who)
        except Refused as refused:
            return Outcome(row.number, Heap.WRONG, found + findings_of(refused, {}))
        except PermissionDenied as denied:
            return Outcome(row.number, Heap.WRONG, [*found, finding("", "", str(denied))])
        return Outcome(row.number, Heap.NEW, found, difference(before, snapshot(participation)))

    def _group(self, pk: int):
        groups = (place.group for place in self.ground.places() if place.group)
        return next(group for group in groups if group.pk == pk)


def _known(row: Row) -> Known:
    return Known(
        code=row.person_code, school_id=row.known_school, given_name=row.known_given_name or "",
        family_name=row.known_family_name or "", gender=row.known_gender, born_on=row.known_born_on,
        labour_status=row.known_labour_status, education=row.known_education,
        stays=[(date.fromisoformat(a), _day(b)) for a, b in row.stays or []], answers=row.known_answers or {},
        results={(kind, date.fromisoformat(day)) for kind, day in row.known_results or []},
        groups=set(row.groups or []), named=row.known_given_name is not None,
    )  # fmt: skip


def _as_known(row: Row) -> Known:
    """Somebody as this row will have made them."""
    return Known(
        code="", school_id=row.school_id, given_name=row.given_name, family_name=row.family_name, gender=row.gender,
        born_on=row.born_on, labour_status=row.labour_status, education=row.education,
        stays=[(row.entered_on, row.left_on)], answers=dict(row.answers), results=row.seen_results(),
        groups={row.group_id} if row.group_id else set(), named=bool(row.given_name or row.family_name),
    )  # fmt: skip


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _compare(row: Row, known: Known) -> tuple[Steps, list[dict]]:
    """What a row adds to somebody known, and where it says something else than the portal.

    A later stay says nothing about the day of the first entry, whose data stay as they are (reference 8.2).
    """
    steps, found = Steps(), []
    stays = dict(known.stays)
    first, last_left = known.stays[0][0], known.stays[-1][1]
    later = row.entered_on != first and (row.entered_on in stays or (last_left and row.entered_on > last_left))
    names = ("given_name", "family_name") if known.named else ()
    for name in (*names, *ENTRY):
        new, old = getattr(row, name), getattr(known, name)
        if (
            new in ("", None)
            or str(new).casefold() == str(old).casefold()
            or (later and name in ("labour_status", "education"))
        ):
            continue
        steps.data[name] = new
        if old not in ("", None):
            message = _(
                "The portal says “%(known)s” for this participant. Correct the row, or accept it with a reason."
            )
            shown = _("another value") if name == "born_on" and not known.code else old
            found.append(finding(name, str(new), message % {"known": shown}, "doubt"))
    for question, answer in row.answers.items():
        old = known.answers.get(question, "")
        if answer == old or (later and old):
            continue
        steps.answers[question] = answer
        if old not in ("", "not_asked"):
            message = _(
                "The portal holds another answer to this question. Correct the row, or accept it with a reason."
            )
            found.append(finding(question, answer, message, "doubt"))
    if row.entered_on in stays:
        left_on = stays[row.entered_on]
        if row.left_on and left_on is None:
            steps.left_on = row.left_on
        elif row.left_on and row.left_on != left_on:
            message = _("The portal has the exit on %(day)s. Correct the row, or the record in the portal.")
            found.append(finding("left_on", str(row.left_on), message % {"day": left_on}))
    elif later:
        steps.back_on, steps.left_on = row.entered_on, row.left_on
    else:
        message = _("The portal has the entry on %(day)s. Correct the row, or the record in the portal.")
        found.append(finding("entered_on", str(row.entered_on), message % {"day": known.stays[-1][0]}))
    steps.results = dict(row.seen_results() - known.results)
    if row.group_id and row.group_id not in known.groups:
        steps.group_id = row.group_id
    return steps, found


def _left(steps: Steps, differences: list[dict]) -> list[dict]:
    """What a row says beyond what the portal holds, as notes, where only new people are added."""
    if steps.any() and not differences:
        told = {**steps.data, **steps.answers, "left_on": steps.left_on, "entered_on": steps.back_on}
        column = next((name for name, value in told.items() if value), "group" if steps.group_id else "result")
        message = _("The portal does not say this of the participant yet.")
        differences = [finding(column, str(told.get(column, "")), message)]
    return [stays(found) for found in differences]


def _take(known: Known, steps: Steps) -> None:
    """What is known once these steps are taken."""
    for name, value in steps.data.items():
        setattr(known, name, value)
    known.answers |= steps.answers
    known.results |= set(steps.results.items())
    if steps.back_on:
        known.stays.append((steps.back_on, steps.left_on))
    elif steps.left_on:
        known.stays[-1] = (known.stays[-1][0], steps.left_on)
    if steps.group_id:
        known.groups.add(steps.group_id)


PARTS = (Stay, SensitiveAnswer, Result, GroupMember, FollowUp)


def snapshot(participation: Participation) -> dict[tuple[str, int], dict[str, Any]]:
    """A participation with its person and all its parts as rows: (table, pk) → columns."""
    rows: list[models.QuerySet] = [
        Person.objects.filter(pk=participation.person_id), Identity.objects.filter(person=participation.person_id),
        Participation.objects.filter(pk=participation.pk),
        *(model._default_manager.filter(participation=participation) for model in PARTS),
    ]  # fmt: skip
    return {(found.model._meta.label_lower, row["id"]): row for found in rows for row in found.values()}


def difference(before: dict, after: dict) -> list[list[Any]]:
    """Effects that lead from one snapshot to another: rows made (None), changed or gone (their columns before)."""
    effects: list[list[Any]] = []
    for (table, pk), row in after.items():
        old = before.get((table, pk))
        if old is None:
            effects.append([table, pk, None])
        else:
            changed = {n: _plain(v) for n, v in old.items() if row[n] != v and n != "version"}
            if changed or table == Participation._meta.label_lower:
                effects.append([table, pk, changed])
    for (table, pk), old in before.items():
        if (table, pk) not in after:
            effects.append([table, pk, {n: _plain(v) for n, v in old.items()} | {"": "gone"}])
    return effects


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int | str) else str(value)


__all__ = ["TABLES", "protect", "run"]
