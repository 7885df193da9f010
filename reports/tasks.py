"""The worker's side of reports. Rows are the to-do list: a lost message loses nothing, a repeated one does nothing."""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import IO

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils.timezone import now
from django.utils.translation import gettext_noop

from beneficiaries.actions import drop_expired_exports
from beneficiaries.models import Export
from core import audit, storage
from core.sheets.marking import XLSX
from core.tasks import heartbeat
from projects.tables import tables
from reports import actions, opening, pdf, snapshot
from reports.book import to_xlsx
from reports.columns import KINDS
from reports.models import Remake, Report
from reports.tables import columns_csv, to_csv, to_json

log = logging.getLogger(__name__)
BEAT_SECONDS = 10
PDF = "application/pdf"
LONGEST_SECONDS = 600  # a report that takes longer is given up, so that it does not hold up those behind it


def wake(report: Report) -> None:
    """Tell a worker, once the row is committed. If the broker is away the sweep finds the row within 20 seconds."""
    transaction.on_commit(lambda: send(report.pk, report.queue), robust=True)


def send(report_id: int, queue: str) -> None:
    """Give a worker of that queue the report to make."""
    build.apply_async(kwargs={"report_id": report_id}, queue=queue)


@shared_task
def build_waiting() -> int:
    """Every 20 seconds: wake a worker for every report that waits or was left by a dead one, and for files to be made
    again and long tables; returns how many."""
    waiting = list(Report.objects.waiting(now()).values_list("pk", "queue")[:100])
    for report_id, queue in waiting:
        send(report_id, queue)
    again = list(actions.made_again(now()).values_list("pk", "report__queue")[:100])
    for remake_id, queue in again:
        build_again.apply_async(kwargs={"remake_id": remake_id}, queue=queue)
    exports = list(Export.objects.waiting(now()).values_list("pk", flat=True)[:100])
    for export_id in exports:
        send_export(export_id)
    return len(waiting) + len(again) + len(exports)


@shared_task(soft_time_limit=LONGEST_SECONDS, time_limit=LONGEST_SECONDS + 60)
def build(*, report_id: int) -> None:
    """Make one report, if it still waits."""
    token = audit.origin.set("task")
    try:
        if report := actions.claim(report_id, at=now()):
            make(report)
    finally:
        audit.origin.reset(token)


def make(report: Report) -> None:
    """Count, draw, write and seal a claimed report; a failure is kept with its reference, never half a file."""
    try:
        with heartbeat(partial(actions.alive, report), f"report {report.key}", every=BEAT_SECONDS):
            taken = report.snapshot or _counted(report)
            actions.alive(report, Report.Stage.CHARTS, at=now())
            source = pdf.source(taken)
            made = sound(report, taken, source, lambda stage: actions.alive(report, stage, at=now()))
            actions.alive(report, Report.Stage.SEALING, at=now())
            actions.finish(report, taken, made, source, at=now())
    except actions.Stopped:
        log.info("report %s was taken away from this worker", report.key)
    except (OperationalError, InterfaceError):
        log.exception("report %s lost the database; the next worker begins it anew", report.key)
    except SoftTimeLimitExceeded:
        log.error("report %s took too long", report.key)
        actions.fail(report, gettext_noop("It took longer than 10 minutes. Choose a shorter period."), at=now())
    except opening.Unsound as unsound:
        log.exception("report %s failed: %s", report.key, unsound)
        actions.fail(report, unsound.why, at=now())
    except Exception:
        log.exception("report %s failed", report.key)
        actions.fail(report, gettext_noop("Something went wrong while the report was made."), at=now())


def _counted(report: Report) -> dict:
    """The figures of this moment; those of a submitted report were sealed when it was submitted."""
    with transaction.atomic():
        connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return snapshot.take(report, now())


def sound(report: Report, taken: dict, source: pdf.Source, say: Callable[[str], None]) -> list[actions.Made]:
    """The files of a snapshot, each opened again and its rows counted; `say` is told the stage. Raises Unsound."""
    made = list(files(report, taken, source, say))
    say(Report.Stage.OPENING)
    for file, pages in made:
        opening.look(file.kind, file.table, file.name, file.content, taken, pages)
    return [file for file, _pages in made]


def files(
    report: Report, taken: dict, source: pdf.Source, say: Callable[[str], None] = lambda stage: None
) -> Iterator[tuple[actions.Made, int]]:
    """The files of a snapshot that its kind has, one by one, each with the pages of the document; says at which stage
    it is."""
    name, writes = report.file_name, report.of_kind.writes
    say(Report.Stage.PDF)
    laid = pdf.lay_out(source.html, source.css)
    yield actions.Made("pdf", "", f"{name}.pdf", PDF, pdf.render(laid, taken, source.words)), laid.pages
    say(Report.Stage.TABLES)
    keys = [key for key in KINDS if key in taken["tables"]]  # a stored snapshot has lost their order
    written = {key: to_csv(key, taken["tables"][key]) for key in keys}
    written["columns"] = columns_csv(list(written), taken["language"])
    tables = {key: pdf.Table(f"{name}_{key}.csv", content) for key, content in written.items()}
    if "archive" in writes:
        kept = pdf.archive(laid, taken, tables, source.words)
        yield actions.Made("archive", "", f"{name}_archive.pdf", PDF, kept), laid.pages
    if "xlsx" in writes:
        yield actions.Made("xlsx", "", f"{name}.xlsx", XLSX, to_xlsx(taken)), laid.pages
    if "json" in writes:
        yield actions.Made("json", "", f"{name}.json", "application/json", to_json(taken)), laid.pages
    if "csv" in writes:
        for key, table in tables.items():
            yield actions.Made("csv", key, table.name, "text/csv; charset=utf-8", table.content), laid.pages


def wake_again(remake: Remake) -> None:
    """As `wake`, for files that were put away."""
    queue = remake.report.queue
    transaction.on_commit(lambda: build_again.apply_async(kwargs={"remake_id": remake.pk}, queue=queue), robust=True)


@shared_task(soft_time_limit=LONGEST_SECONDS, time_limit=LONGEST_SECONDS + 30)
def build_again(*, remake_id: int) -> None:
    """Make files that were put away again, from the sealed figures, if they still wait for it."""
    token = audit.origin.set("task")
    remake = None
    try:
        if remake := actions.claim_again(remake_id, at=now()):
            report = remake.report
            taken: dict = report.snapshot or {}
            actions.stage_again(remake, Report.Stage.CHARTS)
            source = actions.kept_source(report) or pdf.source(taken)
            made = sound(report, taken, source, partial(actions.stage_again, remake))
            actions.put_back(remake, {(file.kind, file.table): file.content for file in made}, at=now())
    except actions.Stopped:
        log.info("remake %s is not wanted any more", remake_id)
    except Exception:
        log.exception("remake %s failed", remake_id)
        if remake:
            actions.fail_again(remake, gettext_noop("Something went wrong while the report was made."))
    finally:
        audit.origin.reset(token)


# --- long tables ------------------------------------------------------------------------------------------------------


def wake_export(export: Export) -> None:
    """As `wake`, for a table; they go to the queue of long jobs."""
    transaction.on_commit(lambda: send_export(export.pk), robust=True)


def send_export(export_id: int) -> None:
    """Give a worker the table to write."""
    write_export.apply_async(kwargs={"export_id": export_id}, queue=Report.Queue.LONG)


@shared_task(soft_time_limit=LONGEST_SECONDS, time_limit=LONGEST_SECONDS + 60)
def write_export(*, export_id: int) -> None:
    """Write one table into its file, if it still waits; a failure is kept, never half a file."""
    token = audit.origin.set("task")
    try:
        if export := actions.claim_export(export_id, at=now()):
            _write(export)
    finally:
        audit.origin.reset(token)


@dataclass
class Written:
    """How far a table is, for the thread that tells it."""

    export: Export
    rows: int
    progress: int = 0
    stage: str = Export.Stage.WRITING

    def alive(self, *, at: datetime) -> None:
        actions.export_alive(self.export, stage=self.stage, progress=self.progress, rows=self.rows, at=at)


def _write(export: Export) -> None:
    written = Written(export, export.rows)
    try:
        with tempfile.TemporaryFile() as file:
            with heartbeat(written.alive, f"export {export.key}", every=2) as unwanted:
                _rows_into(file, written, unwanted)
                written.stage = Export.Stage.OPENING
                opening.count_rows(file, written.rows, str(export.key))
            actions.finish_export(export, file, rows=written.rows, at=now())
    except actions.Stopped:
        log.info("export %s was taken away from this worker", export.key)
    except (OperationalError, InterfaceError):
        log.exception("export %s lost the database; the next worker begins it anew", export.key)
    except PermissionDenied:
        actions.fail_export(export, gettext_noop("You have no right to this table any more."), at=now())
    except SoftTimeLimitExceeded:
        log.error("export %s took too long", export.key)
        actions.fail_export(export, gettext_noop("It took longer than 10 minutes. Choose fewer rows."), at=now())
    except opening.Unsound as unsound:
        log.exception("export %s failed: %s", export.key, unsound)
        actions.fail_export(export, unsound.why, at=now())
    except Exception:
        log.exception("export %s failed", export.key)
        actions.fail_export(export, gettext_noop("Something went wrong while the file was made."), at=now())


def _rows_into(file: IO[bytes], written: Written, unwanted: threading.Event) -> None:
    """Write what the person may see now, all of one moment. Raises PermissionDenied, Stopped."""
    table, export = tables()[written.export.table], written.export
    with transaction.atomic():
        connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        rows = table.rows(export.asked_by, export.query)
        written.rows = rows.count()
        for chunk in table.lines(rows):
            file.write(chunk)
            written.progress = min(written.progress + chunk.count(b"\n"), written.rows)
            if unwanted.is_set():
                raise actions.Stopped


@shared_task
def put_files_away() -> int:
    """Every night: the files of working reports that are old enough, and those of tables whose hours are over; returns
    how many."""
    return actions.put_away(at=now()) + drop_expired_exports(at=now())


@shared_task
def remind_of_filings() -> int:
    """Every few hours: the reminders of the day about reports that are due; whoever has one gets no second."""
    return actions.remind_of_filings(at=now())


@shared_task
def recount_submitted() -> int:
    """Every night: count the figures of submitted reports again; returns the number of drifts, expected 0."""
    token = audit.origin.set("task")
    try:
        found = actions.recount_submitted(at=now())
    finally:
        audit.origin.reset(token)
    for drift in found:
        log.warning("figure %s of the sealed report %s drifted", drift.code, drift.source)
    return len(found)


@shared_task
def sweep_files() -> int:
    """Every hour: remove bytes that no row refers to, left by workers that died; returns how many."""
    return storage.sweep(before=now() - timedelta(days=1))
