"""From a file to the portal: rows are staged, settled in four heaps, brought in, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import batched
from types import ModuleType
from typing import Any

import orjson
from django.db import connection, transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from beneficiaries.actions.imports import attendance, participants, projects, sessions, staff
from beneficiaries.actions.imports.ground import Ground
from beneficiaries.actions.imports.tables import look_anew
from beneficiaries.columns import Reader
from beneficiaries.models import ColumnMapping, Import, StagedRow
from core import audit
from core.access import Refused
from core.copying import copy_in, packed
from core.imports import Outcome, Row, kinds

KINDS: dict[str, ModuleType] = {
    Import.Kind.PARTICIPANTS: participants,
    Import.Kind.SESSIONS: sessions,
    Import.Kind.ATTENDANCE: attendance,
    Import.Kind.STAFF: staff,
    Import.Kind.PROJECTS: projects,
}
BY_SCHOOLS = frozenset({"participants", "sessions", "attendance"})  # what coordinators bring in
BLOCK = 4000
MANY = 2000  # rows that change how the database should look for others
Heap = StagedRow.Heap


@transaction.atomic
def stage(
    source: Import, headings: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]], *, at: datetime,
    going_on: Callable[[int], None] | None = None,
) -> int:  # fmt: skip
    """Keep the mapped cells of every row of the file, in place of those kept before; returns how many rows.

    `going_on` is called now and then and may raise to stop; nothing is settled yet. Raises Refused when the mapping
    names a column that the file does not have, or lacks one that is needed.
    """
    _refuse_unmapped(source)
    try:
        reader = Reader(source.kind, source.mapping, headings)
    except ValueError as wrong:
        raise Refused(str(wrong)) from None
    ground = Ground(source, by=source.by, at=at)
    protect = getattr(KINDS.get(source.kind), "protect", lambda _ground, cells: cells)
    source.staged.filter(done_at=None).delete()
    names = ("source_id", "number", "cells", "heap", "findings", "accepted", "effects")
    count = 0
    for block in batched(((n, cells) for n, cells in rows if any(cells)), BLOCK):
        kept = [(number, protect(ground, reader.cells(cells))) for number, cells in block]
        empty = ("", "[]", "{}", "[]")
        copy_in(StagedRow._meta.db_table, names, [(source.pk, number, packed(c), *empty) for number, c in kept])
        count += len(kept)
        if going_on:
            going_on(0)
    if not count:
        raise Refused(_("There are no rows below the headings. Choose another sheet or another row of headings."))
    source.rows = count
    source.save(update_fields=["rows"])
    return count


def _refuse_unmapped(source: Import) -> None:
    known = {**source.mapping.get("columns", {}), **source.mapping.get("fixed", {})}
    ground = {c.name: c for c in Ground(source, by=source.by, at=None).columns.values()}  # type: ignore[arg-type]
    missing = [str(c.label) for c in ground.values() if c.required and not known.get(c.name)]
    if source.kind in (Import.Kind.PARTICIPANTS, Import.Kind.ATTENDANCE):
        keys = (
            ("code", "reference", "national_number")
            if source.kind == Import.Kind.PARTICIPANTS
            else ("code", "reference")
        )
        if not any(known.get(key) for key in keys):
            missing += [str(ground[name].label) for name in ("given_name", "family_name") if not known.get(name)]
    if missing:
        raise Refused(_("Say which column holds: %(missing)s.") % {"missing": ", ".join(missing)})


@transaction.atomic
def settle(source: Import, *, write: bool, at: datetime, going_on: Callable[[int], None] | None = None) -> Import:
    """Put every row that is not in yet into one of four heaps and, if `write`, bring the new ones in.

    Without `write` the same is done and taken back, so that the check can promise nothing that the import would not
    keep. Of a kind of another app all rows go in or none. `going_on` is told how many rows are dealt with, of which
    reading is the half, and may raise to stop. A draft ends when no row of it waits.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('beneficiaries.import'), %s)", [source.pk])
    asked = source.job
    source.refresh_from_db()
    if source.state not in (Import.State.DRAFT, Import.State.CHECKED, Import.State.AT_ONCE):
        raise Refused(_("This import is finished. Begin a new one with the corrected file."))
    token = audit.origin.set("import") if write else None
    outcomes: list[Kept] = []
    read = 0

    def pending() -> Iterator[tuple[int, dict[str, str], dict[str, Any]]]:
        nonlocal read
        for row in _pending(source):
            read += 1
            tell()
            yield row

    def tell() -> None:
        done = read + len(outcomes)
        if going_on and done % 1000 == 0:
            going_on(done // 2)

    try:
        with transaction.atomic():
            ground = Ground(source, by=source.by, at=at)
            for outcome in _run(source, ground, pending()):
                outcomes.append(_kept(outcome, at if write else None))
                tell()
            transaction.set_rollback(not write)
    finally:
        if token:
            audit.origin.reset(token)
    touched = sorted({place.project.pk for place in ground.places() if place.project})
    if source.kind in kinds():
        touched = [source.project.pk] if source.project else []
        write = write and not any(heap in (Heap.WRONG, Heap.DOUBTFUL) for _number, heap, *_rest in outcomes)
    _keep(source, outcomes)
    if write and len(outcomes) >= MANY:
        others = kinds().get(source.kind)
        if tables := others.tables if others else getattr(KINDS[source.kind], "TABLES", ()):
            look_anew(tables)
    _count(source)
    at_once = source.state == Import.State.AT_ONCE
    source.state = Import.State.DISCARDED if at_once and not write else Import.State.CHECKED
    if write:
        source.finished_at = at
        source.touched = sorted({*source.touched, *touched})
        if at_once or not source.doubtful + source.wrong:
            source.state = Import.State.DONE
        audit.record(
            "import.brought_in", source, by=source.by, at=at, project=source.project.number if source.project else "",
            after={"kind": source.kind, "file": source.file_sha256} | counts(source),
        )  # fmt: skip
        if source.school_id:
            ColumnMapping.objects.update_or_create(
                school_id=source.school_id, kind=source.kind, defaults={"mapping": source.mapping}
            )
    if Import.objects.select_for_update().values_list("job", flat=True).get(pk=source.pk) != asked:
        raise Stopped
    source.job, source.heartbeat_at, source.failure = "", None, ""
    source.save()
    return source


def _run(source: Import, ground: Ground, rows: Iterable[Row]) -> Iterator[Outcome]:
    if source.kind in kinds():
        assert source.about
        return kinds()[source.kind].run(source.about, ground, rows, by=source.by, at=ground.at)
    return KINDS[source.kind].run(ground, rows)


class Stopped(Exception):
    """The work was taken back by the person who asked for it: leave nothing behind."""


def counts(source: Import) -> dict[str, int]:
    return {heap: getattr(source, heap) for heap in ("rows", *Heap.values)}


def _pending(source: Import) -> Iterator[tuple[int, dict[str, str], dict[str, Any]]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            "SELECT number, cells, accepted FROM beneficiaries_stagedrow"
            " WHERE source_id = %s AND done_at IS NULL ORDER BY number",
            [source.pk],
        )
        while rows := cursor.fetchmany(BLOCK):
            for number, cells, accepted in rows:
                yield number, orjson.loads(cells), orjson.loads(accepted)


Kept = tuple[int, str, str, str, datetime | None]
"""An outcome as its row keeps it: number, heap, findings and effects as JSON, when it went in."""


def _kept(outcome: Outcome, done_at: datetime | None) -> Kept:
    effects = packed(outcome.effects if done_at else [])
    return outcome.number, outcome.heap, packed(outcome.findings), effects, done_at if outcome.effects else None


def _keep(source: Import, outcomes: list[Kept]) -> None:
    """Write the outcomes beside their rows."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS outcome")
        cursor.execute(
            "CREATE TEMPORARY TABLE outcome (number int, heap text, findings jsonb, effects jsonb, done_at timestamptz)"
            " ON COMMIT DROP"
        )
        for block in batched(outcomes, BLOCK):
            copy_in("outcome", ("number", "heap", "findings", "effects", "done_at"), block)
        cursor.execute(
            "UPDATE beneficiaries_stagedrow s SET heap = o.heap, findings = o.findings, effects = o.effects,"
            " done_at = o.done_at FROM outcome o WHERE s.source_id = %s AND s.number = o.number",
            [source.pk],
        )


def _count(source: Import) -> None:
    heaps = dict(source.staged.order_by().values_list("heap").annotate(n=Count("pk")))
    for heap in Heap.values:
        setattr(source, heap, heaps.get(heap, 0))
    source.rows = sum(heaps.values())


def problems(source: Import) -> Iterator[dict[str, Any]]:
    """Every problem of an import with its place, row by row."""
    heading = {
        name: h if isinstance(h, str) else " / ".join(h) for name, h in source.mapping.get("columns", {}).items()
    }
    sheet = source.choice.get("sheet") or ""
    rows = source.staged.exclude(findings=[]).order_by("number").values_list("number", "heap", "findings")
    for number, heap, findings in rows.iterator():
        for found in findings:
            yield {
                "sheet": sheet, "row": number, "column": heading.get(found["column"], ""), "field": found["column"],
                "value": found["value"], "rule": found["rule"], "fix": found["fix"], "grade": found["grade"],
                "heap": heap,
            }  # fmt: skip


def remembered(source: Import) -> Mapping[str, Any] | None:
    """The mapping of the last import of this kind for a school; of a kind of another app, for the project."""
    if source.kind in kinds():
        last = Import.objects.filter(kind=source.kind, project=source.project).exclude(finished_at=None).first()
        return last.mapping if last else None
    found = ColumnMapping.objects.filter(school=source.school_id, kind=source.kind).first() if source.school else None
    return found.mapping if found else None


@transaction.atomic
def accept(source: Import, number: int, *, reason: str, by, at: datetime, same_as: str = "") -> StagedRow:
    """Take the doubts about a row upon oneself, with a reason. `same_as` is the code of the person this row is about,
    one whom the doubt names; without it the row is about somebody else. The row goes in at the next settling."""
    row = source.staged.select_for_update().get(number=number)
    if row.heap != Heap.DOUBTFUL or row.done_at:
        raise Refused(_("Only a doubtful row can be accepted. Correct a wrong one."))
    if not reason.strip():
        raise Refused({"reason": [_("Say why, so that whoever asks later knows.")]})
    named = {found["code"] for found in row.findings if found.get("code")}
    if same_as and same_as not in named:
        raise Refused(_("That is not one of the people who may be the same. Compare again."))
    row.accepted = {"reason": reason.strip(), "who": str(by), "at": at.isoformat()}
    row.accepted |= {"same_as": same_as} if same_as else {"other": True} if named else {}
    row.save(update_fields=["accepted"])
    return row


@transaction.atomic
def correct(source: Import, number: int, cells: Mapping[str, str], *, at: datetime) -> StagedRow:
    """Put other texts into cells of a row that waits, by column; the next settling judges it anew."""
    row = source.staged.select_for_update().get(number=number)
    if row.done_at:
        raise Refused(_("This row is in already. Change its record."))
    known = Ground(source, by=source.by, at=at).columns
    new = row.cells | {name: text.strip() for name, text in cells.items() if name in known}
    protect = getattr(KINDS.get(source.kind), "protect", lambda _ground, cells: cells)
    row.cells = protect(Ground(source, by=source.by, at=at), {name: text for name, text in new.items() if text})
    row.accepted = {}
    row.save(update_fields=["cells", "accepted"])
    return row
