"""What happened since to the things an import made or changed: looked at before it is taken back, and kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models
from django.utils.translation import gettext as _

from activities.actions import Locks, locks_of
from activities.models import Session
from beneficiaries.models import (
    Attendance,
    FollowUp,
    GroupMember,
    Identity,
    Import,
    Participation,
    Person,
    Result,
    SensitiveAnswer,
    Stay,
)
from core.imports import kinds
from core.models import AuditEvent, Organisation, User
from projects.models import ContractVersion, Membership, Project

LOOKED_AT = ("viewed", "shown", "listed", "exported", "downloaded", "consent_opened")
BLOCK = 1000
# Whose events are asked for, what an event calls the row (as in `audit`), and what a person calls it.
TOLD = {
    Participation: ("key", "person__code"), Session: ("key", "on"), Membership: ("pk", "user__email"),
    User: ("key", "email"), Project: ("number", "number"), ContractVersion: ("number", "number"),
}  # fmt: skip
# What is made along with a row without standing in its effects; whatever happens to it later is told of the row.
PARTS: dict[type[models.Model], set[type[models.Model]]] = {
    Participation: {Stay, SensitiveAnswer, Result, GroupMember, FollowUp}, Person: {Identity},
}  # fmt: skip
# Project, school and days of what a locked month keeps as it is.
DAYS: dict[type[models.Model], tuple[str, ...]] = {
    Attendance: ("session__project", "session__school", "session__on"), Session: ("project", "school", "on"),
    Participation: ("project", "school", "entered_on", "left_on"),
    Stay: ("participation__project", "participation__school", "entered_on", "left_on"),
}  # fmt: skip


@dataclass(frozen=True)
class Later:
    """A row of the file that is not taken back, and why: somebody changed what it made, or its month is locked."""

    number: int
    what: str  # the code of a participant, the day of a session, …
    who: str
    at: datetime | None
    action: str = ""  # as in the audit trail; or
    why: str = ""  # in words


@dataclass
class Touched:
    """One thing an import made or changed: the row of the file, when it went in, and whether the import made it."""

    number: int
    at: datetime
    made: bool
    fields: set[str]  # that were changed


class Effects:
    """All things an import made or changed: table → id → what was done to it."""

    def __init__(self, source: Import):
        self.of: dict[type[models.Model], dict[int, Touched]] = {}
        self.rows: dict[int, list[tuple[type[models.Model], int]]] = {}
        self.sheets: dict[int, int] = {}  # row → the session whose mark it set
        rows = source.staged.exclude(done_at=None).order_by("number").values_list("number", "effects", "done_at")
        for number, effects, at in rows.iterator(chunk_size=BLOCK):
            assert at
            for table, pk, before in effects:
                model = apps.get_model(table)
                known = self.of.setdefault(model, {})
                there = known.setdefault(pk, Touched(number, at, False, set()))
                there.at, there.made = max(there.at, at), there.made or before is None
                there.fields |= set(before or ())
                if _follows(model, before):
                    self.sheets[number] = pk
                else:
                    self.rows.setdefault(number, []).append((model, pk))

    def blocks(self, model: type[models.Model]) -> Iterator[dict[int, Touched]]:
        for block in batched(self.of.get(model, {}).items(), BLOCK):
            yield dict(block)

    def standing_together(self, numbers: set[int]) -> set[int]:
        """These rows, with all others that touch the same things or made what theirs stand on: a person, an account."""
        wanted = {thing for number in numbers for thing in self.rows.get(number, ())}
        found, seen = set(numbers), set[tuple[type[models.Model], int]]()
        while fresh := wanted - seen:
            seen |= fresh
            wanted |= self._grounds(fresh)
            added = {number for number, things in self.rows.items() if number not in found and seen & {*things}}
            added |= {self.of[model][pk].number for model, pk in wanted - seen}
            found |= added
            wanted |= {thing for number in added for thing in self.rows.get(number, ())}
        return found

    def _grounds(self, things: set[tuple[type[models.Model], int]]) -> set[tuple[type[models.Model], int]]:
        """What the import made that these rows point to."""
        found = set[tuple[type[models.Model], int]]()
        for model in {model for model, _pk in things}:
            pointing = [f for f in model._meta.concrete_fields if f.many_to_one or f.one_to_one]
            for field in pointing:
                target: Any = field.related_model
                if known := self.of.get(target):
                    pks = [pk for m, pk in things if m is model]
                    for block in batched(pks, BLOCK):
                        rows = model._default_manager.filter(pk__in=block).values_list(field.attname, flat=True)
                        found |= {(target, pk) for pk in rows.distinct() if pk in known and known[pk].made}
        return found


def _follows(model: type[models.Model], before: dict[str, Any] | None) -> bool:
    """The state of a session follows its marks: it ties no rows together."""
    return model is Session and before is not None and set(before) <= {"state"}


def later_edits(source: Import, *, by, at: datetime) -> list[Later]:
    """What keeps rows of an import from being taken back, newest first: what happened since to the things it made or
    changed and to all that hangs on them, and days in months that are locked for `by`."""
    return [] if source.kind in kinds() else told(Effects(source), by=by, at=at)


def told(effects: Effects, *, by, at: datetime) -> list[Later]:
    found = [*_events(effects), *_marks(effects)]
    said = {(later.number, later.at) for later in found}
    numbers = {later.number for later in found}
    found += [
        later for later in _hanging(effects)
        if (later.number, later.at) not in said and (later.at or later.number not in numbers)
    ]  # fmt: skip
    found += [*_gone(effects, {later.number for later in found}), *_locked(effects, by, at)]
    return sorted(dict.fromkeys(found), key=lambda later: (later.at is None, later.at), reverse=True)


def _events(effects: Effects) -> Iterator[Later]:
    """What the audit trail says of the things themselves."""
    for model, (key, name) in TOLD.items():
        for block in effects.blocks(model):
            rows = model._default_manager.filter(pk__in=block).values_list("pk", key, name)
            things = {str(k): (pk, str(said)) for pk, k, said in rows}
            if model is Membership:  # one that was ended is gone
                things |= {str(pk): (pk, "") for pk in block if str(pk) not in things}
            yield from _since(model, things, block)
    for block in effects.blocks(User):
        for pk, email, at in User.objects.filter(pk__in=block).values_list("pk", "email", "last_login"):
            if at and at > block[pk].at:
                yield Later(block[pk].number, email, email, at, why=_("signed in"))
    for block in effects.blocks(Person):  # their data are changed on the record of any project
        shown = Participation.objects.filter(person__in=block).values_list("person", "key", "person__code")
        things = {str(key): (pk, code) for pk, key, code in shown}
        yield from _since(Participation, things, block, "changed", "erased", "merged", "unmerged")


def _since(model: type[models.Model], things: dict[str, tuple[int, str]], block, *verbs: str) -> Iterator[Later]:
    first = min(touched.at for touched in block.values())
    label = model._meta.label_lower
    for event in AuditEvent.objects.filter(kind=label, key__in=things, at__gt=first).order_by("pk"):
        pk, said = things[event.key]
        verb = event.action.partition(".")[2]
        of_sheet = model is Session and not block[pk].made and block[pk].fields <= {"state"}  # its marks tell of it
        if event.at > block[pk].at and not verb.endswith(LOOKED_AT) and not of_sheet and (not verbs or verb in verbs):
            yield Later(block[pk].number, said, event.by_name, event.at, event.action)


def _marks(effects: Effects) -> Iterator[Later]:
    """Marks of participants the import made or changed, and marks it made itself that somebody set anew."""
    for model, at in ((Participation, "participation"), (Attendance, "pk")):
        for block in effects.blocks(model):
            first = min(touched.at for touched in block.values())
            rows = Attendance.objects.filter(**{f"{at}__in": block}, marked_at__gt=first)
            for mark in rows.select_related("participation__person", "marked_by"):
                touched = block[mark.pk if at == "pk" else mark.participation_id]
                if mark.marked_at > touched.at:
                    code, who = mark.participation.person.code, str(mark.marked_by or "")
                    yield Later(touched.number, code, who, mark.marked_at, "attendance.marked")


def _hanging(effects: Effects) -> Iterator[Later]:
    """Rows of any table that stand on something the import made and are not of the import themselves."""
    for model in effects.of:
        relations = [r for r in model._meta.related_objects if not r.many_to_many]
        for relation in relations:
            other: Any = relation.related_model
            if other in PARTS.get(model, ()) or (other is Attendance and model is Participation):
                continue  # told in other words
            own: dict[int, Touched] = effects.of.get(other, {})
            for block in effects.blocks(model):
                made = [pk for pk, touched in block.items() if touched.made]
                field = relation.field
                for row in other._base_manager.filter(**{f"{field.name}__in": made}):
                    if row.pk not in own:
                        touched = block[getattr(row, field.attname)]
                        yield _hangs(row, touched.number, model, getattr(row, field.attname))


def _hangs(row: models.Model, number: int, model: type[models.Model], pk: int) -> Later:
    """A row that stands on something: what it is, who put it there and when, where it says so itself."""
    at, who = None, ""
    for field in row._meta.concrete_fields:
        if isinstance(field, models.DateTimeField) and at is None:
            at = getattr(row, field.name)
        if field.related_model is get_user_model() and field.name.endswith("by") and not who:
            who = str(getattr(row, field.name) or "")
    name = TOLD.get(model, ("", ""))[1]
    said = model._default_manager.filter(pk=pk).values_list(name, flat=True).first() if name else ""
    return Later(number, str(said or ""), who, at, why=str(row._meta.verbose_name))


def _gone(effects: Effects, known: set[int]) -> Iterator[Later]:
    """Things somebody removed, where nothing else says so: undoing cannot bring back what was there before them."""
    for model in (Attendance, Session, Membership, Project):
        for block in effects.blocks(model):
            there = set(model._default_manager.filter(pk__in=block).values_list("pk", flat=True))
            for pk, touched in block.items():
                if pk not in there and touched.number not in known:
                    who, at = _took_away(effects.sheets.get(touched.number, 0), touched.at)
                    yield Later(touched.number, str(model._meta.verbose_name), who, at, why=_("taken away"))


def _took_away(session: int, since: datetime) -> tuple[str, datetime | None]:
    """Who took marks of a session away, and when last; nobody where it was more than one person."""
    key = Session.objects.filter(pk=session).values_list("key", flat=True).first()
    events = AuditEvent.objects.filter(kind=Session._meta.label_lower, key=str(key), at__gt=since).order_by("pk")
    found = [e for e in events if e.action == "attendance.marked" and "" in e.after.get("marks", {}).values()]
    if len({event.by_key for event in found}) != 1:
        return "", None
    return found[-1].by_name, found[-1].at


def _locked(effects: Effects, by, at: datetime) -> Iterator[Later]:
    """What lies in a locked month stays as it is, whoever undoes."""
    locks: dict[int, Locks] = {}
    projects: dict[int, Project] = {}
    for model, (project, school, *days) in DAYS.items():
        for block in effects.blocks(model):
            pks = [pk for pk, done in block.items() if done.made or done.fields & {*days, "on", "mark"}]
            for pk, project_id, school_id, *on in model._default_manager.filter(pk__in=pks).values_list(
                "pk", project, school, *days
            ):
                if project_id not in locks:
                    projects[project_id] = Project.objects.select_related("programme").get(pk=project_id)
                    locks[project_id] = locks_of(projects[project_id], by=by, at=at)
                if why := locks[project_id].why(school_id, *on):
                    yield Later(block[pk].number, "", "", None, why=why)


def hold_still(effects: Effects) -> None:
    """Let nobody hang something on what the import made until this transaction ends."""
    for model in (Organisation, Project, User, Session, Person, Participation):
        for block in effects.blocks(model):
            list(model._default_manager.select_for_update().filter(pk__in=block).order_by("pk").values_list("pk"))
