"""A draft from the file to the end: what was recognised, which column holds what, and the work a worker does for it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import override

from beneficiaries.actions.imports.doing import counts, problems, remembered, settle, stage
from beneficiaries.actions.imports.ground import PERMISSIONS
from beneficiaries.actions.imports.modes import modes_of
from beneficiaries.columns import columns, guess, heads, templates
from beneficiaries.models import Import
from core import audit, sheets, storage
from core.access import Refused
from core.imports import kinds
from core.models import StoredFile
from projects.models import can

AT_ONCE = 500  # rows that a page waits for; more are a job
KINDS_OF_FILE = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet", "csv": "text/csv", "xls": "application/vnd.ms-excel",
    "html": "application/vnd.ms-excel",
}  # fmt: skip


@transaction.atomic
def begin(
    *, kind: str, project, school, name: str, chunks: Iterable[bytes], size: int, language: str, by, at: datetime,
    choice: Mapping[str, Any] | None = None, mapping: Mapping[str, Any] | None = None, about: UUID | None = None,
) -> Import:  # fmt: skip
    """Take a file in, recognise its table and guess its columns: a new draft. One draft per person and kind.

    The mapping is the one given or the one the school used last, if it fits, else a guess. Raises PermissionDenied
    without the right, Refused when there is a draft of this kind already, Unreadable when the file cannot be read.
    """
    _allowed(kind, project, school, about, by)
    if size > settings.UPLOAD_LIMIT:
        words = {"name": name, "size": filesizeformat(size), "limit": filesizeformat(settings.UPLOAD_LIMIT)}
        raise Refused(_("The file “%(name)s” is too large: %(size)s. At most %(limit)s; divide it into parts.") % words)
    if Import.objects.of(by).drafts().filter(kind=kind).exists():
        raise Refused(_("You have a draft of this kind already. Continue it or throw it away first."))
    file = storage.put(chunks, name=storage.plain_name(name), media_type="application/octet-stream", by=by, at=at)
    found = _look(file, kind, choice or {})
    StoredFile.objects.filter(pk=file.pk).update(media_type=KINDS_OF_FILE.get(found.kind, file.media_type))
    source = Import(
        kind=kind, project=project, school=school, about=about, by=by, language=language, made_at=at, file=file,
        file_name=file.name, file_sha256=file.sha256,
    )  # fmt: skip
    _take(source, found, mapping or remembered(source))
    try:
        with transaction.atomic():
            source.save()
    except IntegrityError:
        raise Refused(_("You have a draft of this kind already. Continue it or throw it away first.")) from None
    audit.record(
        "import.begun", source, by=by, at=at, project=project.number if project else "",
        after={"kind": kind, "file": file.sha256},
    )  # fmt: skip
    return source


def _allowed(kind: str, project, school, about: UUID | None, by) -> None:
    """Raise PermissionDenied without the right to bring this in there, Refused where nothing can go in now."""
    if other := kinds().get(kind):
        home = other.home(about, by=by) if about else None
        if home is None or home.project != project:
            raise Refused(_("Say what these rows go into."))
        if home.why:
            raise Refused(home.why)
    elif by is not None and not can(by, PERMISSIONS[Import.Kind(kind)], project, school):
        raise PermissionDenied(_("Your role does not allow this import here. An administrator can give you access."))


def _expected(kind: str) -> set[str]:
    known = set[str]().union(*(column.headings() for column in columns(kind).values()))
    known |= {heading.casefold() for heading in templates.headings_ever(kind)}
    return known | {heading.replace(" ", "_") for heading in known}


def _look(file: StoredFile, kind: str, choice: Mapping[str, Any]) -> sheets.Look:
    """What the file holds, read as `choice` says. Raises Unreadable."""
    with storage.on_disk(file) as path:
        return sheets.look(path, sheets.Choice.from_json(dict(choice)), expected=_expected(kind))


def _take(source: Import, found: sheets.Look, mapping: Mapping[str, Any] | None) -> None:
    """Keep what was recognised, and the mapping: a template has that of its version, else the one given if the sheet
    has its columns, else a guess. Raises Refused for a template of another kind or of a version that does not load."""
    source.look = asdict(found)
    source.choice = found.choice.as_json()
    names = set(heads(found.sheet.headings))
    asked: set[str] = set()
    for heading in (mapping or {}).get("columns", {}).values():
        asked |= {heading} if isinstance(heading, str) else set(heading)
    headings, sample = found.sheet.headings, found.sheet.sample
    if found.template in Import.Kind.values:
        source.mapping = _of_template(source.kind, found, mapping or {})
    else:
        source.mapping = dict(mapping) if mapping and asked <= names else guess(source.kind, headings, sample)


def _of_template(kind: str, found: sheets.Look, mapping: Mapping[str, Any]) -> dict[str, Any]:
    if found.template != kind:
        words = {"made_for": Import.Kind(found.template).label, "kind": Import.Kind(kind).label}
        raise Refused(
            _("This file is the template for “%(made_for)s”, not for “%(kind)s”. Choose what it holds.") % words
        )
    try:
        told = templates.mapping_of(kind, found.version, found.sheet.headings, found.sheet.sample)
    except ValueError as wrong:
        raise Refused(str(wrong)) from None
    return {name: value for name, value in mapping.items() if name != "columns"} | told


def read_otherwise(source: Import, choice: Mapping[str, Any]) -> Import:
    """Read the file of a draft as the person says: another sheet, heading row, encoding or separator."""
    _refuse_finished(source)
    if source.file is None:
        raise Refused(_("The file is no longer kept. Choose it again."))
    found = _look(source.file, source.kind, choice)
    _take(source, found, remembered(source))
    source.state, source.rows, source.new, source.same, source.doubtful, source.wrong = Import.State.DRAFT, *[0] * 5
    source.save()
    return source


def set_columns(source: Import, mapping: Mapping[str, Any], *, mode: str = "") -> Import:
    """Say which column holds what, and what becomes of rows that are known; the file is read again by it."""
    _refuse_finished(source)
    source.mapping = dict(mapping) | _mode(source.kind, mode)
    source.state = Import.State.DRAFT
    source.save(update_fields=["mapping", "state"])
    return source


def _mode(kind: str, mode: str) -> dict[str, str]:
    """The part of a mapping that says the mode, or nothing. Raises Refused for one that this kind does not have."""
    known = modes_of(kind)
    if mode and mode not in known:
        words = {"known": ", ".join(known) or "—"}
        raise Refused({"mode": [_("This kind of import has no such mode. It has: %(known)s.") % words]})
    return {"mode": mode} if mode else {}


def _refuse_finished(source: Import) -> None:
    if source.state not in (Import.State.DRAFT, Import.State.CHECKED):
        raise Refused(_("This import is finished. Begin a new one with the corrected file."))
    if source.finished_at:
        raise Refused(_("Rows of this file are in already. Correct the rows that wait, or begin a new import."))
    if source.job:
        raise Refused(_("This import is being worked on. Wait until it is ready, or cancel it."))


@transaction.atomic
def ask(source: Import, job: str) -> bool:
    """Put a draft to work; returns whether a worker has to do it, because there are many rows."""
    source.refresh_from_db()
    if source.job:
        return True
    if source.state not in (Import.State.DRAFT, Import.State.CHECKED):
        raise Refused(_("This import is finished. Begin a new one with the corrected file."))
    rows = source.rows or next((s["rows"] for s in source.look["sheets"] if s["name"] == source.choice["sheet"]), 0)
    source.job, source.heartbeat_at, source.progress, source.failure = job, None, 0, ""
    source.save(update_fields=["job", "heartbeat_at", "progress", "failure"])
    return rows > AT_ONCE


@transaction.atomic
def claim(import_id: int, *, at: datetime) -> Import | None:
    """Take a waiting import for this worker; None when there is nothing to do or another worker has it."""
    source = Import.objects.waiting(at).select_for_update(skip_locked=True, of=("self",)).filter(pk=import_id).first()
    if source is not None:
        source.heartbeat_at = at
        source.save(update_fields=["heartbeat_at"])
    return source


def alive(source: Import, progress: int, *, at: datetime) -> bool:
    """Say that the worker lives and how far it is; returns whether the work is still wanted."""
    wanted = Import.objects.filter(pk=source.pk, job=source.job)
    return bool(wanted.update(heartbeat_at=at, progress=progress))


def cancel(source: Import) -> None:
    """Take a job back; a worker in the middle of it leaves nothing behind."""
    Import.objects.filter(pk=source.pk).exclude(job="").update(job="", heartbeat_at=None)


@transaction.atomic
def fail(source: Import, why: str, *, at: datetime) -> None:
    """Give a job up with a reason people can read, or with none where the page that asked for it says it at once. The
    trail does not repeat the reason: it may quote the file."""
    Import.objects.filter(pk=source.pk).update(job="", heartbeat_at=None, failure=why)
    if why:
        number = source.project.number if source.project else ""
        audit.record("import.failed", source, by=source.by, at=at, project=number, after={"job": source.job})


def work(source: Import, *, at: datetime, going_on: Callable[[int], None] | None = None) -> Import:
    """Do the job of an import: reading, then settling, each whole or not at all, so that the import itself is not
    locked while a worker says how far it is. Raises Refused or Unreadable, saying why it cannot be done."""
    with override(source.language or None):
        if source.job == Import.Job.READ:
            if source.file is None:
                raise Refused(_("The file is no longer kept. Choose it again."))
            with storage.on_disk(source.file) as path:
                read_into(source, path, at=at, going_on=going_on)
        return settle(source, write=source.job == Import.Job.BRING_IN, at=at, going_on=going_on)


def read_into(source: Import, path: Path, *, at: datetime, going_on: Callable[[int], None] | None = None) -> int:
    """Stage the rows of a file by the mapping of its import; returns how many."""
    choice = sheets.Choice.from_json(source.choice)
    rows = iter(sheets.rows(path, choice, expected=_expected(source.kind)))
    headings = next(s["headings"] for s in source.look["sheets"] if s["name"] == source.choice["sheet"])
    return stage(source, headings, rows, at=at, going_on=going_on)


@dataclass(frozen=True)
class Answer:
    """What a whole import came to: its key ("" after a dry run), the rows in each heap, and every problem."""

    key: str
    counts: dict[str, int]
    problems: list[dict[str, Any]]


def take_at_once(
    *, kind: str, project, school, path: Path, name: str, language: str, by, at: datetime, write: bool,
    mapping: Mapping[str, Any] | None = None, choice: Mapping[str, Any] | None = None, mode: str = "",
    about: UUID | None = None,
) -> Answer:  # fmt: skip
    """A whole import in one go, for programs: the file stays where it is, only its hash is kept.

    `mode` says what becomes of rows that are known (see `modes`); what a person chose on the page does not hold here.

    Rows that cannot go in are in the answer. Without `write` everything is done and taken back.
    """
    _allowed(kind, project, school, about, by)
    with override(language), transaction.atomic():
        found = sheets.look(path, sheets.Choice.from_json(dict(choice or {})), expected=_expected(kind))
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        source = Import(
            kind=kind, project=project, school=school, about=about, by=by, language=language, made_at=at,
            file_name=name[:200], file_sha256=sha256, state=Import.State.AT_ONCE,
        )  # fmt: skip
        _take(source, found, mapping or remembered(source))
        if mapping is not None:
            source.mapping = dict(mapping)
        else:
            source.mapping.pop("mode", None)
        source.mapping |= _mode(kind, mode)
        source.save()
        read_into(source, path, at=at)
        source = settle(source, write=write, at=at)
        source.look = {}
        source.save(update_fields=["look"])
        answer = Answer(str(source.key) if source.finished_at else "", counts(source), list(problems(source)))
        transaction.set_rollback(not write)
    return answer


@transaction.atomic
def begin_again(source: Import, *, name: str, chunks: Iterable[bytes], size: int, by, at: datetime) -> Import:
    """Go on with a corrected file: the draft ends, what is in stays, and a new draft takes the file with the same
    columns and mode. Rows that are in already are found again as the same. Raises as `begin`; then nothing changes."""
    if source.state not in (Import.State.DRAFT, Import.State.CHECKED):
        raise Refused(_("This import is finished. Begin a new one with the corrected file."))
    kept = source.mapping
    discard(source, by=by, at=at)
    return begin(
        kind=source.kind, project=source.project, school=source.school, name=name, chunks=chunks, size=size,
        language=source.language, by=by, at=at, mapping=kept, about=source.about,
    )  # fmt: skip


@transaction.atomic
def discard(source: Import, *, by, at: datetime) -> Import:
    """Throw a draft away: its file and the rows that wait go, what is in already stays."""
    source = Import.objects.select_for_update(of=("self",)).get(pk=source.pk)
    if source.state not in (Import.State.DRAFT, Import.State.CHECKED):
        return source
    source.state = Import.State.DONE if source.finished_at else Import.State.DISCARDED
    source.job = ""
    _forget(source)
    audit.record(
        "import.discarded", source, by=by, at=at, project=source.project.number if source.project else "",
        after={"file": source.file_sha256},
    )  # fmt: skip
    return source


def _forget(source: Import) -> None:
    """Remove the file and what stood in its cells; what the rows made stays known, so that it can be undone."""
    file, source.file = source.file, None
    source.look = {}
    source.save()
    if file is not None:
        file.delete()
    source.staged.filter(done_at=None).update(cells={}, findings=[], accepted={})
    source.staged.exclude(done_at=None).update(cells={})


@transaction.atomic
def forget_old(*, before: datetime) -> int:
    """Remove the files and cells of imports older than `before`; drafts end. Returns how many."""
    old = Import.objects.filter(made_at__lt=before).exclude(look={}, file=None).select_for_update(of=("self",))
    found = list(chain(old))
    for source in found:
        if source.state in (Import.State.DRAFT, Import.State.CHECKED):
            source.state = Import.State.DONE if source.finished_at else Import.State.DISCARDED
        source.job = ""
        _forget(source)
    return len(found)
