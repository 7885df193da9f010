"""Long tables at the export desk: asked for, claimed by a worker, alive, finished, failed, cancelled, tried again. How
such a file ends is said in `beneficiaries.actions.exports`, beside the erasing of identities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from statistics import median
from typing import IO

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import get_language, gettext_noop, ngettext
from django.utils.translation import gettext as _

from beneficiaries.actions import hold_off
from beneficiaries.models import Export, ExportQuerySet
from core import audit, mail, storage
from core.access import Refused
from core.models import AT_WORK
from projects.actions.exports import exported
from projects.models import Project
from projects.tables import Table, tables
from reports.actions.desk import MOST_ATTEMPTS, Stopped, refuse_too_many
from reports.models import Report

CHUNK = 1 << 20


def ask_export(
    table: Table, query: Mapping[str, str], *, because: str = "", mail: bool = False, by, at: datetime
) -> Export:
    """Have a table made as a file; the same one that is at work is not made twice. With `mail` its person is told when
    it is over.

    Raises PermissionDenied without the right to the table, Refused with too much at work.
    """
    rows = table.rows(by, query).count()
    project = Project.objects.visible_to(by).filter(number=query.get("project", "")).first()
    question = {"table": table.key, "query": dict(query)}
    try:
        with transaction.atomic():
            if found := Export.objects.filter(**question, asked_by=by, state__in=AT_WORK).first():
                return found
            refuse_too_many(by)
            export = Export.objects.create(
                **question, project=project, because=because.strip(), rows=rows, asked_by=by, asked_at=at, mail=mail
            )
            told = {"table": table.key, **query}
            audit.record("export.asked", export, by=by, at=at, project=_number(export), after=told, note=export.because)
    except IntegrityError:  # sent twice at the same moment
        return Export.objects.get(**question, asked_by=by, state__in=AT_WORK)
    return export


def seconds_left(export: Export, at: datetime) -> float | None:
    """In how many seconds a table will be ready once it is begun, by how many rows a second the last twenty of its kind
    came to; None before the first."""
    done = Export.objects.filter(
        table=export.table, state=Export.State.DONE, progress__gt=0, started_at__isnull=False, finished_at__isnull=False
    )
    times = [
        (took.total_seconds(), rows)
        for took, rows in done.annotate(took=F("finished_at") - F("started_at")).values_list("took", "progress")[:20]
    ]
    if not times:
        return None
    gone = (at - export.started_at).total_seconds() if export.started_at else 0
    return max(export.rows * median(seconds / rows for seconds, rows in times) - gone, 0)


def exports_before(export: Export) -> int:
    """How many files and long reports are made before one that waits."""
    files = Export.objects.filter(state=Export.State.QUEUED, pk__lt=export.pk).count()
    reports = Report.objects.filter(state=Report.State.QUEUED, queue=Report.Queue.LONG, asked_at__lt=export.asked_at)
    return files + reports.count()


@transaction.atomic
def claim_export(export_id: int, *, at: datetime) -> Export | None:
    """Take a table that waits for this worker, and note the rights it is made with; None when there is nothing to do.
    One whose workers died three times is given up."""
    hold_off(alone=True)
    waiting = Export.objects.waiting(at).select_for_update(skip_locked=True, of=("self",))
    export = waiting.filter(pk=export_id).select_related("asked_by", "project").first()
    if export is None:
        return None
    if export.attempt >= MOST_ATTEMPTS:
        _end(export, Export.State.FAILED, at, why=gettext_noop("The worker stopped in the middle three times."))
        return None
    export.state, export.stage, export.progress = Export.State.RUNNING, Export.Stage.WRITING, 0
    export.attempt, export.started_at, export.heartbeat_at = export.attempt + 1, at, at
    export.rights = tables()[export.table].rights(export.asked_by)
    export.save()
    return export


def _mine(export: Export) -> ExportQuerySet:
    """The row of a claimed table, as long as it is this worker's: claimed at that moment, and not stopped since."""
    return Export.objects.filter(pk=export.pk, state=Export.State.RUNNING, started_at=export.started_at)


def export_alive(export: Export, *, stage: str, progress: int, rows: int, at: datetime) -> None:
    """Say that the worker lives and how far it is. Raises Stopped when the table is no longer its own."""
    if not _mine(export).update(heartbeat_at=at, stage=stage, progress=progress, rows=rows):
        raise Stopped


@transaction.atomic
def finish_export(export: Export, written: IO[bytes], *, rows: int, at: datetime) -> Export:
    """Store the file of so many rows. Raises Stopped when it was cancelled, dropped or taken over meanwhile."""
    found = _mine(export).select_for_update(of=("self",)).select_related("asked_by", "project").first()
    if found is None:
        raise Stopped
    name = tables()[found.table].file_name(found.query, at.date())
    found.file = storage.put(
        _chunks(written), name=name, media_type="text/csv; charset=utf-8", by=found.asked_by, at=at
    )
    found.rows = found.progress = rows
    found.heartbeat_at, found.expires_at = at, at + timedelta(hours=settings.EXPORT_HOURS)
    _end(found, Export.State.DONE, at)
    return found


def _chunks(written: IO[bytes]) -> Iterator[bytes]:
    written.seek(0)
    while chunk := written.read(CHUNK):
        yield chunk


@transaction.atomic
def fail_export(export: Export, why: str, *, at: datetime) -> None:
    """Give it up with a reason people can read, in English: pages translate it. Does nothing when it is no longer this
    worker's."""
    if found := _mine(export).select_for_update(of=("self",)).select_related("project").first():
        _end(found, Export.State.FAILED, at, why=why)


@transaction.atomic
def cancel_export(export: Export, *, by, at: datetime) -> Export:
    """Stop a table that waits or is being written. Raises Refused when it is over."""
    export = _own(export, by)
    if not export.at_work:
        raise Refused(_not_now(export))
    _end(export, Export.State.CANCELLED, at, by=by)
    return export


@transaction.atomic
def retry_export(export: Export, *, by, at: datetime) -> Export:
    """Have a table made that failed or was cancelled. Raises PermissionDenied when the right is gone meanwhile, Refused
    in another state or with too much at work."""
    export = _own(export, by)
    if export.state not in (Export.State.FAILED, Export.State.CANCELLED):
        raise Refused(_not_now(export))
    rows = tables()[export.table].rows(by, export.query).count()
    refuse_too_many(by)
    before, export.state, export.stage = export.state, Export.State.QUEUED, Export.Stage.WAITING
    export.attempt, export.progress, export.rows, export.failure, export.asked_at = 0, 0, rows, "", at
    export.started_at = export.heartbeat_at = export.finished_at = export.expires_at = None
    try:
        with transaction.atomic():
            export.save()
    except IntegrityError:
        raise Refused(_("The same file is being made already.")) from None
    _record("export.retried", export, before, by, at)
    return export


@transaction.atomic
def fetch_export(export: Export, *, by, at: datetime) -> Export:
    """Hand the file out to who asked for it: the same row in the trail as of a table that comes at once. Raises Refused
    when its hours are over or the rights of the person have changed since it was made, PermissionDenied without any."""
    export = _own(export, by)
    table = tables()[export.table]
    table.rows(by, export.query)
    if export.state != Export.State.DONE or export.expires_at is None or export.expires_at <= at:
        raise Refused(_("The file is not here any more. Have it made again."))
    if table.rights(by) != export.rights:
        raise Refused(_("What you may see has changed since the file was made. Have it made again."))
    exported(table, export.query, because=export.because, by=by, at=at)
    return export


def _own(export: Export, by) -> Export:
    locked = Export.objects.visible_to(by).select_for_update(of=("self",)).select_related("project", "file")
    if found := locked.filter(pk=export.pk).first():
        return found
    raise PermissionDenied(_("Somebody else asked for this file."))


def _not_now(export: Export) -> str:
    return _("The file is “%(state)s”, so this is not possible any more.") % {"state": export.get_state_display()}


def _number(export: Export) -> str:
    return export.project.number if export.project else ""


def _end(export: Export, state: Export.State, at: datetime, *, by=None, why: str = "") -> None:
    before = export.state
    export.state, export.failure, export.finished_at = state, why, at
    export.save()
    _record(f"export.{'made' if state == Export.State.DONE else state}", export, before, by, at)
    if export.mail and state != Export.State.CANCELLED:
        mail.queue([export.asked_by], partial(_told, export), language=get_language() or settings.LANGUAGE_CODE, at=at)


def _told(export: Export) -> tuple[str, str]:
    """Subject and text of the mail about a table that is over; it names neither filters nor people."""
    words, url = {"table": tables()[export.table].title}, reverse("reports:export", args=[export.key])
    if export.state == Export.State.DONE:
        subject = _("“%(table)s” is ready")
        hours = settings.EXPORT_HOURS
        text = ngettext(
            "The file is kept for %(n)s hour and only you can fetch it:",
            "The file is kept for %(n)s hours and only you can fetch it:", hours,
        ) % {"n": hours}  # fmt: skip
    else:
        subject, text = _("“%(table)s” could not be made"), _(export.failure)
    return subject % words, f"{text}\n{settings.SITE_URL}{url}"


def _record(action: str, export: Export, before: str, by, at: datetime) -> None:
    audit.record(
        action, export, by=by, at=at, project=_number(export), before={"state": before},
        after={"state": export.state, "rows": str(export.rows)}, note=export.failure,
    )  # fmt: skip
