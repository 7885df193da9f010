"""The worker's side of reports. Rows are the to-do list: a lost message loses nothing, a repeated one does nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.utils.timezone import now
from django.utils.translation import gettext_noop

from core import audit, storage
from core.sheets.marking import XLSX
from reports import actions, opening, pdf, snapshot
from reports.book import to_xlsx
from reports.columns import KINDS
from reports.models import Remake, Report
from reports.tables import columns_csv, to_csv, to_json

log = logging.getLogger(__name__)
PDF = "application/pdf"
BEAT_SECONDS = 10
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
    again; returns how many."""
    waiting = list(Report.objects.waiting(now()).values_list("pk", "queue")[:100])
    for report_id, queue in waiting:
        send(report_id, queue)
    again = list(actions.made_again(now()).values_list("pk", "report__queue")[:100])
    for remake_id, queue in again:
        build_again.apply_async(kwargs={"remake_id": remake_id}, queue=queue)
    return len(waiting) + len(again)


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
        with _heartbeat(report):
            taken = report.snapshot or _counted(report)
            made = sound(report, taken, lambda stage: actions.alive(report, stage, at=now()))
            actions.alive(report, Report.Stage.SEALING, at=now())
            actions.finish(report, taken, made, at=now())
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


def sound(report: Report, taken: dict, say: Callable[[str], None]) -> list[actions.Made]:
    """The files of a snapshot, each opened again and its rows counted; `say` is told the stage. Raises Unsound."""
    made = list(files(report, taken, say))
    say(Report.Stage.OPENING)
    for file, pages in made:
        opening.look(file.kind, file.table, file.name, file.content, taken, pages)
    return [file for file, _pages in made]


def files(
    report: Report, taken: dict, say: Callable[[str], None] = lambda stage: None
) -> Iterator[tuple[actions.Made, int]]:
    """The files of a snapshot that its kind has, one by one, each with the pages of the document; says at which stage
    it is."""
    name, writes = report.file_name, report.of_kind.writes
    say(Report.Stage.CHARTS)
    html = pdf.html(taken)
    say(Report.Stage.PDF)
    laid = pdf.lay_out(html)
    yield actions.Made("pdf", "", f"{name}.pdf", PDF, pdf.render(laid, taken)), laid.pages
    say(Report.Stage.TABLES)
    keys = [key for key in KINDS if key in taken["tables"]]  # a stored snapshot has lost their order
    written = {key: to_csv(key, taken["tables"][key]) for key in keys}
    written["columns"] = columns_csv(list(written), taken["language"])
    tables = {key: pdf.Table(f"{name}_{key}.csv", content) for key, content in written.items()}
    if "archive" in writes:
        yield actions.Made("archive", "", f"{name}_archive.pdf", PDF, pdf.archive(laid, taken, tables)), laid.pages
    if "xlsx" in writes:
        yield actions.Made("xlsx", "", f"{name}.xlsx", XLSX, to_xlsx(taken)), laid.pages
    if "json" in writes:
        yield actions.Made("json", "", f"{name}.json", "application/json", to_json(taken)), laid.pages
    if "csv" in writes:
        for key, table in tables.items():
            yield actions.Made("csv", key, table.name, "text/csv; charset=utf-8", table.content), laid.pages


@contextmanager
def _heartbeat(report: Report):
    """While the body runs, say every ten seconds that this worker lives, also in the middle of a long page layout."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT_SECONDS):
            try:
                actions.alive(report, at=now())
            except actions.Stopped:
                return  # the main thread finds out at its next stage
            except DatabaseError:
                log.exception("report %s could not say that it lives", report.key)  # the next beat may get through
            finally:
                connection.close()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


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
            made = sound(report, report.snapshot or {}, partial(actions.stage_again, remake))
            actions.put_back(remake, {(file.kind, file.table): file.content for file in made}, at=now())
    except Exception:
        log.exception("remake %s failed", remake_id)
        if remake:
            actions.fail_again(remake, gettext_noop("Something went wrong while the report was made."))
    finally:
        audit.origin.reset(token)


@shared_task
def put_files_away() -> int:
    """Every night: the files of working reports that are old enough; returns of how many reports."""
    return actions.put_away(at=now())


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
