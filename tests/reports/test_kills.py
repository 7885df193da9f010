"""The servers killed in the middle of a report: broker and database, each a throw-away one of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from kombu import pools

from config.celery import app
from config.trial.embedded import Postgres, Valkey, reachable
from core import storage
from core.models import AuditEvent, StoredFile
from reports import actions, tasks
from reports.models import Report
from tests.conftest import Worker, _with_database
from tests.reports.readers import kept_rows
from tests.reports.test_tasks import PATIENCE, held, silent, state, stopped_at

pytestmark = pytest.mark.slow
TABLE, ASK = "reports_reportfile", "/en/work/reports/new/"
SENT = {"from": "2026-01-01", "to": "2026-03-31", "empty": "1"}  # also without a record in the period


@pytest.fixture
def home():
    """A folder for a server, where `nobody` may pass to it."""
    parent = Path(tempfile.gettempdir())
    folder = Path(tempfile.mkdtemp(prefix="kill-", dir=parent if reachable(parent) else "/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def broker(home, monkeypatch):
    """A broker that may be killed, to which this process and every worker of the test speak."""
    own = Valkey(home)
    own.start()
    monkeypatch.setenv("CELERY_BROKER_URL", own.url())
    _forget_lines()
    yield own
    monkeypatch.undo()
    _forget_lines()
    own.stop()


def _forget_lines() -> None:
    """Lines to the broker are made anew, to the one that is named now."""
    pools.reset()
    app._pool = app.amqp._producer_pool = None


def kill(server: Postgres | Valkey, how: int = signal.SIGKILL) -> None:
    assert server.process is not None
    server.process.send_signal(how)
    server.process.wait(20)


def shown(client, report: Report) -> str:
    """What the page of a report says."""
    return " ".join(client.get(f"/en/work/reports/{report.key}/").content.decode().split())


def assert_made_once(expected: dict[int, int]) -> None:
    """These reports (row → attempts) and no others are there, each sealed once, with all the bytes of its files."""
    assert dict(Report.objects.filter(state="done").values_list("pk", "attempt")) == expected
    assert Report.objects.count() == AuditEvent.objects.filter(action="report.sealed").count() == len(expected)
    for report in Report.objects.all():
        tables = report.files.values_list("table", flat=True)
        assert set(tables) == {"", "columns", *(report.snapshot or {})["tables"]}
    stored = StoredFile.objects.all()
    assert set(stored.values_list("pk", flat=True)) == kept_rows()
    assert all(actions.intact(file) for file in stored)


def test_a_broker_killed_in_the_middle_of_reports_loses_none_of_them(
    transactional_db, codes, project, people, client, wait_for, files_dir, broker
):
    client.force_login(people["officer"])

    def ask(**other: str) -> Report:
        answer = client.post(ASK, SENT | {"project": project.number} | other)
        assert answer.status_code == 303, answer.content.decode()
        return Report.objects.latest("pk")

    with Worker(files_dir):
        with held(TABLE):
            made, queued = ask(language="bg"), ask(language="en")
            wait_for(lambda: stopped_at(TABLE), seconds=PATIENCE)
            kill(broker)
            assert "Step 6 of 6: sealing the files" in shown(client, made)
            assert "Waiting for a worker" in shown(client, queued)
            broker.start()
        wait_for(lambda: state(queued) == "done", seconds=PATIENCE)  # without the sweep: its message was kept
        assert state(made) == "done"

        with held(TABLE):
            made, queued = ask(language="lv"), ask(language="bg", to="2026-02-28")
            wait_for(lambda: stopped_at(TABLE), seconds=PATIENCE)
            kill(broker)
            shutil.rmtree(broker.home / "appendonlydir")  # as when its disk is lost
            began = time.monotonic()
            later = ask(language="en", to="2026-02-28")
            assert time.monotonic() - began < 5  # nobody waits for a broker that is away
            assert "Waiting for a worker: 1 report before this one" in shown(client, later)
            broker.start()
        wait_for(lambda: state(made) == "done", seconds=PATIENCE)
        assert (state(queued), state(later)) == ("queued", "queued")  # nobody told a worker
        tasks.build_waiting.delay()  # as beat does
        wait_for(lambda: state(later) == "done", seconds=PATIENCE)

    assert_made_once(dict.fromkeys(Report.objects.values_list("pk", flat=True), 1))
    assert Report.objects.count() == 5


@contextmanager
def moved_to(server: Postgres, name: str):
    """This process, and each worker it starts, works in a copy of the test's database on that server."""
    here = connection.settings_dict.copy()
    _copy(_with_database(os.environ["DATABASE_URL"], here["NAME"]), server, name)
    _part()
    connection.settings_dict |= {"NAME": name, "HOST": str(server.run), "USER": server.user}
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DATABASE_URL", server.url(name))
            yield
    finally:
        _part()
        connection.settings_dict |= here


def _part() -> None:
    connection.close()
    connection.close_pool()


def _copy(source: str, server: Postgres, name: str) -> None:
    """The tables of the test with all their rows."""
    server.create_database(name)
    dump = server.home / "dump.sql"
    tools = {tool: str(server.binaries / tool) for tool in ("pg_dump", "psql")}
    subprocess.run([tools["pg_dump"], "--no-owner", "--no-sync", "-f", dump, source], check=True)
    quiet = ["-qX", "-o", os.devnull, "-v", "ON_ERROR_STOP=1", "-1"]
    subprocess.run([tools["psql"], *quiet, "-f", dump, server.url(name)], check=True)


def test_a_database_killed_in_the_middle_of_a_report_leaves_no_half_of_it(
    transactional_db, codes, asked, question, people, client, wait_for, files_dir, home
):
    database = Postgres(home)
    database.start()
    app.control.purge()
    try:
        with moved_to(database, "portal"), Worker(files_dir):
            client.force_login(people["officer"])
            with suppress(psycopg.OperationalError), held(TABLE):  # whoever holds it is cut off, too
                tasks.wake(asked)
                wait_for(lambda: stopped_at(TABLE), seconds=PATIENCE)
                assert client.post(ASK, SENT | {"project": asked.project.number, "language": "en"}).status_code == 303
                kill(database, signal.SIGQUIT)  # all at once, as in a crash
            client.raise_request_exception = False
            away = client.get(f"/en/work/reports/{asked.key}/")
            assert (away.status_code, away["Retry-After"]) == (503, "10")
            assert "was most likely not saved" in away.content.decode()
            assert "няма връзка с данните си" in away.content.decode()
            told = client.get(f"/api/v1/reports/{asked.key}/")
            assert (told.status_code, told["Content-Type"]) == (503, "application/problem+json")
            connection.close()  # as after every request
            database.start()

            queued = Report.objects.latest("pk")
            assert "Step 6 of 6: sealing the files" in shown(client, asked)
            assert not StoredFile.objects.filter(report_files__report=asked).exists()
            assert any(path.is_file() for path in files_dir.rglob("*"))  # bytes without a row: nobody is given them
            wait_for(lambda: state(queued) == "done", seconds=PATIENCE)
            assert state(asked) == "running"
            silent(asked)
            assert tasks.build_waiting() == 1  # as beat does
            wait_for(lambda: state(asked) == "done", seconds=PATIENCE)
            assert_made_once({asked.pk: 2, queued.pk: 1})
            storage.sweep(before=asked.asked_at.replace(year=2100))
            assert_made_once({asked.pk: 2, queued.pk: 1})
            kept = {path.name for path in files_dir.rglob("*") if path.is_file()}
            assert kept == set(StoredFile.objects.values_list("sha256", flat=True))
    finally:
        database.stop()
        app.control.purge()
