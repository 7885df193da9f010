"""A whole import taken back by the person who made it, until a report has used it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import batched
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.utils.translation import gettext as _

from activities.models import Session
from beneficiaries.actions.imports.later import Effects, hold_still, told
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
from core.imports import kinds
from core.models import Organisation, User
from projects.models import ContractVersion, Membership, Project

# What stands on something comes before it, so that rows can be deleted in this order and made again in the other.
ORDER: tuple[type[models.Model], ...] = (
    Attendance, FollowUp, Result, SensitiveAnswer, GroupMember, Stay, Participation, OwnNumber, Identity, Person,
    Session, Membership, User, ContractVersion, Project, Organisation,
)  # fmt: skip
BLOCK = 1000


def _brought_in(source: Import) -> Iterator[StagedRow]:
    yield from source.staged.exclude(done_at=None).order_by("number").iterator(chunk_size=BLOCK)


def may_undo(source: Import, by) -> str:
    """Why this person may not take this import back; "" when they may."""
    if source.finished_at is None or source.undone_at:
        return _("There is nothing to undo.")
    if by is not None and source.by_id != by.pk:
        return _("Only the person who made an import may undo it.")
    if source.used_in:
        words = {"report": source.used_in}
        return _("Report %(report)s counts these rows, so they stay. Correct single records instead.") % words
    if (kind := kinds().get(source.kind)) and source.about:
        return kind.may_undo(source.about, _made(source), by=by)
    return ""


def _made(source: Import) -> list[int]:
    """What an import of another app's kind made."""
    return [pk for row in _brought_in(source) for _table, pk, _before in row.effects]


@transaction.atomic
def undo(source: Import, *, by, at: datetime, keep_edited: bool = False) -> int:
    """Take everything back that an import made and changed; returns how many rows of the file were taken back.

    Raises Refused when it may not be undone, and when things were changed since or lie in a locked month: with
    `keep_edited` those stay as they are, with the rows that stand together with them, and the others are taken back.
    """
    source = Import.objects.select_for_update(of=("self",)).get(pk=source.pk)
    if wrong := may_undo(source, by):
        raise Refused(wrong)
    if (kind := kinds().get(source.kind)) and source.about:
        made, edited = _made(source), set[int]()
        kind.undo(source.about, made, by=by, at=at)
        taken = len(made)
    else:
        taken, edited = _undo(source, by=by, at=at, keep_edited=keep_edited)
    source.staged.exclude(number__in=edited).update(effects=[], done_at=None)
    source.undone_at, source.state = at, Import.State.UNDONE
    source.save(update_fields=["undone_at", "state"])
    audit.record(
        "import.undone", source, by=by, at=at, project=source.project.number if source.project else "",
        before={"file": source.file_sha256}, after={"rows": taken, "kept": len(edited)},
    )  # fmt: skip
    return taken


def _undo(source: Import, *, by, at: datetime, keep_edited: bool) -> tuple[int, set[int]]:
    """Take back what was not changed since; how many rows that were, and the numbers of those that stay."""
    effects = Effects(source)
    hold_still(effects)
    edited = {later.number for later in told(effects, by=by, at=at)}
    if edited and not keep_edited:
        raise Refused(_("Some of these records were changed after the import. Look at the changes first."))
    edited = effects.standing_together(edited)
    taken = 0
    for rows in batched(reversed([row for row in _brought_in(source) if row.number not in edited]), BLOCK):
        _take_back(rows, source, by, at)
        taken += len(rows)
    return taken, edited


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
        if model is Session and set(before) == {"state"}:  # a session that somebody else marked took place all the same
            Session.objects.filter(pk=pk, attendance=None, state=Session.State.HELD).update(**before)
        elif "" in before:
            model._default_manager.create(**{n: v for n, v in before.items() if n})
        else:
            model._default_manager.filter(pk=pk).update(**before)
    touched = [pk for table, pk, _b in changed if table == Participation._meta.label_lower and (table, pk) not in gone]
    Participation.objects.filter(pk__in=touched).update(version=models.F("version") + 1)


def _write_down(made: dict[str, list[int]], changed, source: Import, by, at: datetime) -> None:
    """One event for each record that goes, or goes back to what it was."""
    events = []
    sheets = _marks_back(made.get(Attendance._meta.label_lower, []), changed)
    for model in (Participation, Session):
        label = model._meta.label_lower
        pks = {*made.get(label, ()), *(pk for table, pk, _before in changed if table == label)}
        rows = model._default_manager.filter(pk__in=pks).select_related("project")
        for thing in rows:
            whole = thing.pk in made.get(label, ())
            before, after = sheets.get(thing.pk, ({}, {})) if model is Session else ({}, {})
            if not whole and model is Participation:
                after = {"version": thing.version + 1}
            events.append({
                "action": "import.row_undone", "thing": thing, "by": by, "at": at, "project": thing.project.number,
                "before": {"import": str(source.key)} | before, "after": {"gone": "yes"} if whole else after,
            })  # fmt: skip
    audit.record_many(events)


def _marks_back(made: list[int], changed) -> dict[int, tuple[dict[str, Any], dict[str, Any]]]:
    """The marks of each session by code, as they are and as they will be again."""
    label = Attendance._meta.label_lower
    old = dict.fromkeys(made, "") | {pk: before["mark"] for table, pk, before in changed if table == label}
    found: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
    for mark in Attendance.objects.filter(pk__in=old).select_related("participation__person"):
        before, after = found.setdefault(mark.session_id, ({"marks": {}}, {"marks": {}}))
        before["marks"][mark.participation.person.code] = mark.mark
        after["marks"][mark.participation.person.code] = old[mark.pk]
    return found


@transaction.atomic
def use_in_report(*, project: Project, report: str, data_at: datetime) -> int:
    """Tie the imports whose rows a report counts to it: from now on they are not undone. Returns how many."""
    counted = Import.objects.filter(
        touched__contains=[project.pk], finished_at__lte=data_at, undone_at=None, used_in=""
    )
    return counted.update(used_in=report[:60])
