"""The worker's side with a real worker: whatever is killed, repeated or lost, a report is finished once and whole."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace

import pikepdf
import psycopg
import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, connection
from django.utils.timezone import now
from pikepdf import pdfa

from config.celery import app
from core import storage
from core.models import AuditEvent, StoredFile
from reports import actions, opening, pdf, tasks
from reports.book import to_xlsx
from reports.models import Report, ReportFile
from tests import factories
from tests.conftest import Worker, path_of
from tests.reports.readers import kept_rows

PATIENCE = 90  # seconds: the machine may be busy with other tests


@pytest.fixture
def filled(project, session, class_of_30, activity):
    """A project with a session, thirty pupils and three costs, one of them a correction."""
    for row in class_of_30:
        factories.attended(session, row)
    line = factories.BudgetLineFactory(contract=project.contracts.get(), activity=activity)
    for total in ("1234.56", "-34.56", "0.99"):
        factories.ReportedCostFactory(line=line, total=total)
    return project


@pytest.fixture
def question(filled, question):
    return question


@contextmanager
def held(table: str):
    """Nobody gets past `table` inside: a report being made stops there, until it is let go or killed."""
    with psycopg.connect(os.environ["DATABASE_URL"], dbname=connection.settings_dict["NAME"]) as holder:
        holder.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
        holder.rollback()


def stopped_at(table: str) -> int:
    """How many wait for the table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE relation = %s::regclass AND NOT granted", [table])
        return cursor.fetchone()[0]


def at_work(what: str = "active") -> list[dict]:
    """What the worker does just now."""
    found = getattr(app.control.inspect(timeout=5, limit=1), what)()
    return [task for of_worker in (found or {}).values() for task in of_worker]


def idle() -> bool:
    """Nothing is done, nothing is next, and nothing waits in the broker."""
    with app.connection_or_acquire() as broker:
        waiting = [broker.default_channel.client.llen(queue.name) for queue in app.conf.task_queues]
    return not any(waiting) and not at_work("reserved") and not at_work()


def silent(report: Report) -> None:
    """As if a minute had gone by without a word from the worker."""
    Report.objects.filter(pk=report.pk).update(heartbeat_at=now() - timedelta(seconds=61))


def state(report: Report) -> str:
    return Report.objects.values_list("state", flat=True).get(pk=report.pk)


def assert_finished_once(report: Report) -> None:
    """One seal, each file once, every byte there, and nothing else among the stored files."""
    report.refresh_from_db()
    assert report.state == "done"
    assert AuditEvent.objects.filter(action="report.sealed").count() == 1
    files = list(ReportFile.objects.select_related("file"))
    assert {f.report_id for f in files} == {report.pk}
    assert [f.position for f in files] == list(range(len(files)))
    assert {f.table for f in files} == {"", "columns", *report.snapshot["tables"]}
    assert kept_rows() == set(StoredFile.objects.values_list("pk", flat=True))
    assert all(actions.intact(f.file) for f in files)


# --- one report -----------------------------------------------------------------------------------------------------


def test_a_report_asked_for_on_the_page_is_made_by_a_worker(worker, wait_for, client, people, filled):
    client.force_login(people["officer"])
    sent = {"project": filled.number, "from": "2026-01-01", "to": "2026-03-31", "language": "bg"}
    answer = client.post("/en/work/reports/new/", sent)
    report = Report.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/en/work/reports/{report.key}/")

    wait_for(
        lambda: client.get(answer["Location"], headers={"HX-Request": "true"}).status_code == 286, seconds=PATIENCE
    )

    assert_finished_once(report)
    assert report.attempt == 1
    seals = AuditEvent.objects.filter(action="report.sealed").values_list("origin", "by_key")
    assert list(seals) == [("task", people["officer"].key)]
    for _ in range(2):
        tasks.build.delay(report_id=report.pk)  # the broker repeats itself
    wait_for(idle, seconds=PATIENCE)
    assert_finished_once(report)
    content = path_of(report.files.get(kind="pdf").file).read_bytes()

    # The worker was another process: the same figures give the same bytes here.
    laid = pdf.lay_out(pdf.html(report.snapshot))
    assert pdf.render(laid, report.snapshot) == content
    assert_readable_by_all(content, report)
    kept = path_of(report.files.get(kind="archive").file).read_bytes()
    tables = {f.table: pdf.Table(f.file.name, path_of(f.file).read_bytes()) for f in report.files.filter(kind="csv")}
    assert pdf.archive(laid, report.snapshot, tables) == kept
    assert to_xlsx(report.snapshot) == path_of(report.files.get(kind="xlsx").file).read_bytes()
    assert_kept_for_long(kept, report)
    for file in report.files.filter(kind="csv"):
        assert path_of(file.file).read_bytes().startswith(b"\xef\xbb\xbf")


def assert_kept_for_long(content: bytes, report: Report) -> None:
    """PDF/A-3 by a validator, tagged, with each CSV file of the report inside and a manifest of their hashes."""
    with pikepdf.open(io.BytesIO(content)) as document:
        inside = {name: file.get_file().read_bytes() for name, file in document.attachments.items()}
        assert document.Root.MarkInfo.Marked
        assert str(document.Root.Lang) == "bg"
        with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")
            metadata["pdfaid:conformance"] = "B"  # the level the validator knows
        for part in document.objects:  # legal, but unknown to it: dictionaries without anything inside
            if isinstance(part, pikepdf.Dictionary | pikepdf.Stream):
                for holder in (part, part.get("/Resources")):
                    for name in ("/Shading", "/Pattern", "/XObject", "/ExtGState", "/ColorSpace"):
                        if isinstance(holder, pikepdf.Dictionary | pikepdf.Stream) and len(holder.get(name, "x")) == 0:
                            del holder[name]
        copy = io.BytesIO()
        document.save(copy, **pdfa.resolve_save_kwargs(pdfa.Flavour("3b")))
    copy.seek(0)
    judged = pdfa.validate_written(copy, "3b")
    assert judged.verdict == "pass", [f"{f.rule} {f.message}" for f in judged.findings]
    manifest = json.loads(inside.pop("manifest.json"))
    assert inside == {f.file.name: path_of(f.file).read_bytes() for f in report.files.filter(kind="csv")}
    assert {f["name"]: f["sha256"] for f in manifest["files"]} == {
        f.file.name: f.file.sha256 for f in report.files.filter(kind="csv")
    }
    assert manifest["report"]["figures_sha256"] == report.snapshot_sha256


def assert_readable_by_all(content: bytes, report: Report) -> None:
    """What a program can see of PDF/UA-1: tags, language, title, heads of tables, and words for pictures."""
    with pikepdf.open(io.BytesIO(content)) as document:
        root = document.Root
        assert root.MarkInfo.Marked
        assert str(root.Lang) == "bg"
        assert root.ViewerPreferences.DisplayDocTitle
        assert report.project.number in str(document.docinfo.Title)
        with document.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
        assert len(root.Outlines.keys()) > 0
        tags: dict[str, list] = {}
        collect(root.StructTreeRoot, tags)
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/Figure"} <= set(tags)
    assert all(str(figure.get("/Alt", "")).strip() for figure in tags["/Figure"])


def collect(node, tags: dict[str, list]) -> None:
    """Every element of the structure tree by its tag."""
    if not isinstance(node, pikepdf.Dictionary):
        return
    if "/S" in node:
        tags.setdefault(str(node.S), []).append(node)
    children = node.get("/K")
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        collect(child, tags)


# --- killed in the middle -------------------------------------------------------------------------------------------


def test_a_worker_process_killed_while_it_stores_the_files_leaves_nothing_and_another_finishes(
    worker, wait_for, asked, files_dir
):
    with held("reports_reportfile"):
        tasks.wake(asked)
        wait_for(lambda: stopped_at("reports_reportfile"), seconds=PATIENCE)
        (task,) = wait_for(at_work, seconds=PATIENCE)
        assert (state(asked), Report.objects.get().stage) == ("running", "sealing")
        os.kill(task["worker_pid"], signal.SIGKILL)
    wait_for(idle, seconds=PATIENCE)  # the broker has handed the task out again, and it was not taken: too early

    assert not ReportFile.objects.exists()
    assert not StoredFile.objects.exists()
    assert (state(asked), Report.objects.get().attempt) == ("running", 1)
    assert tasks.build_waiting() == 0

    silent(asked)
    assert tasks.build_waiting() == 1
    wait_for(lambda: state(asked) == "done", seconds=PATIENCE)

    assert_finished_once(asked)
    assert asked.attempt == 2
    storage.sweep(before=now() + timedelta(hours=1))
    kept = {p.name for p in files_dir.rglob("*") if p.is_file()}
    assert kept == set(StoredFile.objects.values_list("sha256", flat=True))
    assert_finished_once(asked)


def test_a_worker_killed_as_a_whole_is_replaced_by_the_next_one(worker, wait_for, asked, files_dir):
    with held("budgets_reportedcost"):
        tasks.wake(asked)
        wait_for(lambda: stopped_at("budgets_reportedcost"), seconds=PATIENCE)
        assert (state(asked), Report.objects.get().stage) == ("running", "figures")
        worker.kill(signal.SIGKILL)
    silent(asked)

    with Worker(files_dir):
        tasks.build_waiting.delay()  # as beat does
        wait_for(lambda: state(asked) == "done", seconds=PATIENCE)
        wait_for(idle, seconds=PATIENCE)

    assert_finished_once(asked)
    assert asked.attempt == 2


def test_two_workers_never_both_finish(transactional_db, codes, asked, wait_for, files_dir):
    app.control.purge()
    with Worker(files_dir, concurrency=2):
        with held("budgets_reportedcost"):
            for _ in range(3):
                tasks.build.delay(report_id=asked.pk)
            wait_for(lambda: stopped_at("budgets_reportedcost"), seconds=PATIENCE)
            (first,) = wait_for(lambda: len(found := at_work()) == 1 and found, seconds=PATIENCE)
            assert Report.objects.get().attempt == 1  # three messages, one at work

            os.kill(first["worker_pid"], signal.SIGSTOP)  # as when a machine is suspended
            silent(asked)
            tasks.build.delay(report_id=asked.pk)
            wait_for(lambda: stopped_at("budgets_reportedcost") == 2, seconds=PATIENCE)
            os.kill(first["worker_pid"], signal.SIGCONT)
        wait_for(lambda: state(asked) == "done", seconds=PATIENCE)
        wait_for(idle, seconds=PATIENCE)

    assert_finished_once(asked)
    assert asked.attempt == 2


# --- stopped, repeated, lost ----------------------------------------------------------------------------------------


def test_cancelled_in_the_middle_no_file_is_kept_and_a_retry_makes_it(worker, wait_for, asked, people):
    with held("budgets_reportedcost"):
        tasks.build_waiting.delay()  # nobody woke a worker: the message was lost
        wait_for(lambda: stopped_at("budgets_reportedcost"), seconds=PATIENCE)
        actions.cancel(asked, by=people["officer"], at=now())
    wait_for(idle, seconds=PATIENCE)

    assert state(asked) == "cancelled"
    assert not ReportFile.objects.exists()
    assert not StoredFile.objects.exists()
    assert tasks.build_waiting() == 0

    tasks.wake(actions.retry(asked, by=people["officer"], at=now()))
    wait_for(lambda: state(asked) == "done", seconds=PATIENCE)
    assert_finished_once(asked)


# --- in this process ------------------------------------------------------------------------------------------------


@pytest.fixture
def claimed(transactional_db, codes, asked, monkeypatch):
    """A report a worker has taken; its pages are not laid out."""
    monkeypatch.setattr(pdf, "lay_out", lambda html, css: SimpleNamespace(pages=1))
    monkeypatch.setattr(opening, "look", lambda *file: None)
    monkeypatch.setattr(pdf, "archive", lambda *given: b"%PDF-1.7 with tables")
    return actions.claim(asked.pk, at=now())


def test_a_worker_says_that_it_lives_while_it_lays_out_pages(claimed, wait_for, monkeypatch):
    monkeypatch.setattr(tasks, "BEAT_SECONDS", 0.05)
    began = claimed.heartbeat_at
    beats = []

    def slow(*given):
        before = Report.objects.get().heartbeat_at
        beats.append(wait_for(lambda: Report.objects.get().heartbeat_at > before))
        return b"%PDF-1.7"

    monkeypatch.setattr(pdf, "render", slow)
    tasks.make(claimed)

    assert beats == [True]
    assert Report.objects.get().heartbeat_at > began
    assert state(claimed) == "done"


def test_a_beat_that_does_not_get_through_is_not_the_last_one(claimed, wait_for, monkeypatch):
    monkeypatch.setattr(tasks, "BEAT_SECONDS", 0.05)
    alive, calls = actions.alive, []

    def first_fails(report, stage=None, *, at):
        if stage is None:
            calls.append(at)
            if len(calls) == 1:
                raise OperationalError("the connection was lost")
        alive(report, stage, at=at)

    monkeypatch.setattr(actions, "alive", first_fails)
    monkeypatch.setattr(pdf, "render", lambda *given: wait_for(lambda: len(calls) > 2) and b"%PDF-1.7")
    tasks.make(claimed)

    assert len(calls) > 2
    assert state(claimed) == "done"


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ValueError("boom"), "Something went wrong while the report was made."),
        (OSError("no space left on device"), "Something went wrong while the report was made."),
        (SoftTimeLimitExceeded(), "It took longer than 10 minutes. Choose a shorter period."),
    ],
)
def test_a_failure_is_kept_in_words_and_leaves_no_file(error, says, claimed, monkeypatch, caplog):
    def fails(*given):
        raise error

    monkeypatch.setattr(pdf, "render", fails)
    tasks.make(claimed)

    report = Report.objects.get()
    assert (report.state, report.failure, report.snapshot) == ("failed", says, None)
    assert str(report.key) in caplog.text
    assert "boom" not in report.failure
    assert not StoredFile.objects.exists()
    assert AuditEvent.objects.get(action="report.failed").note == says


CSV_LACKING_A_ROW = b"\xef\xbb\xbfnumber\r\n"


@pytest.mark.parametrize(
    ("module", "writer", "wrong", "says"),
    [
        (pdf, "render", b"%PDF-1.7 and no more", opening.DOES_NOT_OPEN),
        (pdf, "archive", None, opening.ROWS_MISSING),  # the pages without the tables
        (tasks, "to_xlsx", b"PK", opening.DOES_NOT_OPEN),
        (tasks, "to_csv", CSV_LACKING_A_ROW, opening.ROWS_MISSING),
    ],
)
def test_a_file_that_does_not_open_or_lacks_rows_is_never_handed_out(
    module, writer, wrong, says, transactional_db, codes, asked, monkeypatch, caplog
):
    claimed = actions.claim(asked.pk, at=now())
    plain = pdf.lay_out("<html lang=en><title>A</title><h1>One page</h1>")
    monkeypatch.setattr(pdf, "lay_out", lambda html, css: plain)
    monkeypatch.setattr(module, writer, lambda *given: plain.accessible(b"0" * 16) if wrong is None else wrong)
    tasks.make(claimed)

    report = Report.objects.get()
    assert (report.state, report.failure) == ("failed", says)
    assert not StoredFile.objects.exists()
    assert "not " in caplog.text


def test_figures_are_read_at_one_moment_and_nothing_is_written_meanwhile(claimed, monkeypatch):
    seen = {}

    def look(report, at):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')")
            seen["mode"] = cursor.fetchone()
        raise actions.Stopped

    monkeypatch.setattr(tasks.snapshot, "take", look)
    tasks.make(claimed)

    assert seen["mode"] == ("repeatable read", "on")
    assert state(claimed) == "running"  # whoever took it over goes on


def test_building_what_nobody_asked_for_does_nothing(db):
    tasks.build(report_id=10**9)

    assert not Report.objects.exists()


def test_only_what_waits_or_was_left_is_woken(asked, question, people, finish, monkeypatch):
    woken = []
    monkeypatch.setattr(tasks, "send", lambda report_id, queue: woken.append(report_id))
    running = actions.ask(**question | {"language": "en"}, by=people["officer"], at=now())[0]
    actions.claim(running.pk, at=now())
    finish(actions.ask(**question | {"language": "lv"}, by=people["officer"], at=now())[0], at=now())

    assert tasks.build_waiting() == 1
    assert woken == [asked.pk]


# --- how it is wired ------------------------------------------------------------------------------------------------


def test_every_task_of_the_clock_exists():
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}

    assert scheduled <= set(app.tasks)
    assert {"reports.tasks.build_waiting", "core.tasks.seal_audit"} <= scheduled


def test_a_report_that_hangs_is_given_up_and_a_lost_child_hands_its_task_back():
    assert (tasks.build.soft_time_limit, tasks.build.time_limit) == (600, 660)
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1


def test_pages_and_commands_send_to_the_broker_of_the_workers():
    """In a fresh process, as the web server starts: without the Celery app its tasks would go nowhere."""
    code = "import django; django.setup(); from reports.tasks import build; print(build.app.conf.broker_url)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == os.environ["REDIS_URL"]
