"""A whole import taken back by the person who made it, until a report has used it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.utils.translation import gettext as _

from activities.models import Session
from beneficiaries.models import (
    Attendance,
    FollowUp,
    GroupMember,
    Identity,
    Import,
    OwnNumber,
    Participation,
    Person,
    Result,
    SensitiveAnswer,
    StagedRow,
    Stay,
)
from core import audit
from core.access import Refused
from core.models import AuditEvent, Organisation, User
from projects.models import ContractVersion, Membership, Project

# What stands on something comes before it, so that rows can be deleted in this order and made again in the other.
ORDER: tuple[type[models.Model], ...] = (
    Attendance, FollowUp, Result, SensitiveAnswer, GroupMember, Stay, Participation, OwnNumber, Identity, Person,
    Session, Membership, User, ContractVersion, Project, Organisation,
)  # fmt: skip
LOOKED_AT = ("viewed", "shown", "listed", "exported", "downloaded")
BLOCK = 1000


@dataclass(frozen=True)
class Later:
    """Something an import made or changed that somebody changed afterwards."""

    number: int
    what: str
    who: str
    at: datetime | None
    action: str


def later_edits(source: Import) -> list[Later]:
    """What happened since to the things an import made or changed, newest first. They would be lost by undoing it."""
    found: list[Later] = []
    for rows in batched(_brought_in(source), BLOCK):
        found += _later_of(rows)
    return sorted(found, key=lambda later: (later.at is None, later.at), reverse=True)


def _brought_in(source: Import) -> Iterator[StagedRow]:
    yield from source.staged.exclude(done_at=None).order_by("number").iterator(chunk_size=BLOCK)


def _later_of(rows: tuple[StagedRow, ...]) -> Iterator[Later]:
    for model, name in ((Participation, "person__code"), (Session, "on")):
        label = model._meta.label_lower
        made = {pk: row for row in rows for table, pk, _before in row.effects if table == label}
        if not made:
            continue
        things = {str(key): (pk, str(said)) for pk, key, said in
                  model._default_manager.filter(pk__in=made).values_list("pk", "key", name)}  # fmt: skip
        done = {pk: row.done_at for pk, row in made.items() if row.done_at}
        events = AuditEvent.objects.filter(kind=label, key__in=things).order_by("pk")
        for event in events.filter(at__gt=min(done.values())):
            pk, said = things[event.key]
            if event.at > done[pk] and not event.action.endswith(LOOKED_AT):
                yield Later(made[pk].number, said, event.by_name, event.at, event.action)
        if model is Participation:
            marks = Attendance.objects.filter(participation__in=made).values_list("participation", "marked_at")
            codes = dict(things.values())
            for pk, at in marks.distinct():
                if at > done[pk]:
                    yield Later(made[pk].number, codes[pk], "", at, "attendance.marked")


def may_undo(source: Import, by) -> str:
    """Why this person may not take this import back; "" when they may."""
    if source.finished_at is None or source.undone_at:
        return _("There is nothing to undo.")
    if by is not None and source.by_id != by.pk:
        return _("Only the person who made an import may undo it.")
    if source.used_in:
        words = {"report": source.used_in}
        return _("Report %(report)s counts these rows, so they stay. Correct single records instead.") % words
    return ""


@transaction.atomic
def undo(source: Import, *, by, at: datetime, keep_edited: bool = False) -> int:
    """Take everything back that an import made and changed; returns how many rows of the file were taken back.

    Raises Refused when it may not be undone, and when things were changed since: with `keep_edited` those stay as they
    are and only the others are taken back.
    """
    source = Import.objects.select_for_update(of=("self",)).get(pk=source.pk)
    if wrong := may_undo(source, by):
        raise Refused(wrong)
    edited = {later.number for later in later_edits(source)}
    if edited and not keep_edited:
        raise Refused(_("Some of these records were changed after the import. Look at the changes first."))
    edited |= _of_the_same_people(source, edited)
    taken = 0
    for rows in batched(reversed([row for row in _brought_in(source) if row.number not in edited]), BLOCK):
        _take_back(rows, source, by, at)
        taken += len(rows)
    source.staged.exclude(number__in=edited).update(effects=[], done_at=None)
    source.undone_at, source.state = at, Import.State.UNDONE
    source.save(update_fields=["undone_at", "state"])
    audit.record(
        "import.undone", source, by=by, at=at, project=source.project.number if source.project else "",
        before={"file": source.file_sha256}, after={"rows": taken, "kept": len(edited)},
    )  # fmt: skip
    return taken


def _of_the_same_people(source: Import, edited: set[int]) -> set[int]:
    """Rows about somebody whom one of these rows is about too: they stand or fall together."""
    if not edited:
        return set()
    rows = [(row.number, {(table, pk) for table, pk, _before in row.effects}) for row in _brought_in(source)]
    kept = set().union(*(things for number, things in rows if number in edited))
    return {number for number, things in rows if things & kept}


def _take_back(rows: tuple[StagedRow, ...], source: Import, by, at: datetime) -> None:
    """Undo the effects of some rows, the last effect first."""
    made: dict[str, list[int]] = {}
    changed: list[tuple[str, int, dict[str, Any]]] = []
    for row in rows:
        for table, pk, before in reversed(row.effects):
            if before is None:
                made.setdefault(table, []).append(pk)
            else:
                changed.append((table, pk, before))
    _write_down(made, changed, source, by, at)
    gone = {(table, pk) for table, pks in made.items() for pk in pks}
    for model in ORDER:
        if pks := made.get(model._meta.label_lower):
            if model is Participation:
                Person.objects.select_for_update().filter(participations__in=pks).exists()
            model._default_manager.filter(pk__in=pks).delete()
    for table, pk, before in changed:
        whose = (Participation._meta.label_lower, before.get("participation_id"))
        if (table, pk) in gone or whose in gone or not before:
            continue
        model = apps.get_model(table)
        if "" in before:
            model._default_manager.create(**{n: v for n, v in before.items() if n})
        else:
            model._default_manager.filter(pk=pk).update(**before)
    touched = [pk for table, pk, _b in changed if table == Participation._meta.label_lower and (table, pk) not in gone]
    Participation.objects.filter(pk__in=touched).update(version=models.F("version") + 1)


def _write_down(made: dict[str, list[int]], changed, source: Import, by, at: datetime) -> None:
    """One event for each record that goes, or goes back to what it was."""
    events = []
    for model in (Participation, Session):
        label = model._meta.label_lower
        pks = {*made.get(label, ()), *(pk for table, pk, _before in changed if table == label)}
        rows = model._default_manager.filter(pk__in=pks).select_related("project")
        for thing in rows:
            whole = thing.pk in made.get(label, ())
            events.append({
                "action": "import.row_undone", "thing": thing, "by": by, "at": at, "project": thing.project.number,
                "before": {"import": str(source.key)},
                "after": {"gone": "yes"} if whole else {"version": thing.version + 1},
            })  # fmt: skip
    audit.record_many(events)


@transaction.atomic
def use_in_report(*, project: Project, report: str, data_at: datetime) -> int:
    """Tie the imports whose rows a report counts to it: from now on they are not undone. Returns how many."""
    counted = Import.objects.filter(
        touched__contains=[project.pk], finished_at__lte=data_at, undone_at=None, used_in=""
    )
    return counted.update(used_in=report[:60])
