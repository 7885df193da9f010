"""What every test stands on: real PostgreSQL, the code lists, one person per kind of user, and a real worker."""

from __future__ import annotations

import contextlib
import gc
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.utils import translation

from tests import factories

hypothesis.settings.register_profile("portal", deadline=None)  # a busy machine is not a wrong answer
hypothesis.settings.load_profile("portal")

NOON = datetime(2026, 3, 16, 12, 0, tzinfo=UTC)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Each test carries the name of its folder as a mark, and “database” or “pages” for what it stands on; set before
    pytest looks at `-m`. On another PostgreSQL each test runs once, with the first of its arguments: the rules were
    shown with all of them, and the second server is asked whether it takes the statements."""
    for item in items:
        folder = item.path.relative_to(config.rootpath).parts[1]
        if not folder.endswith(".py"):
            item.add_marker(folder)
        if {"db", "transactional_db"} & set(item.fixturenames) or item.get_closest_marker("django_db"):
            item.add_marker("database")
        if "page" in item.path.name or item.path.name == "test_doors.py":
            item.add_marker("pages")
    if os.environ.get("DATABASE_ONLY") == "1":
        first = {item.nodeid.partition("[")[0]: item for item in reversed(items)}
        config.hook.pytest_deselected(items=list(set(items) - set(first.values())))
        items[:] = reversed(first.values())


def pytest_collection_finish(session):
    """What the collected tests stand on is not looked through for garbage again and again: a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


NO_TRUNCATE = [("core_auditevent", "auditevent_table_is_final"), ("core_auditseal", "auditseal_table_is_final")]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    """The database of the tests is a copy of TEMPLATE_DATABASE, where one is named, with all its tables."""
    connection.settings_dict["TEST"]["TEMPLATE"] = os.environ.get("TEMPLATE_DATABASE")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The migrated database with its code lists. Only the rule against TRUNCATE is off: tests that commit are undone
    by it. The rows themselves stay final."""
    cache.clear()  # an earlier run may have counted its sign-ins, too
    with django_db_blocker.unblock():
        for table, trigger in NO_TRUNCATE:
            with connection.cursor() as cursor:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        call_command("load_codes", verbosity=0)


@pytest.fixture(autouse=True)
def no_language_left():
    """What one test asked in Bulgarian does not make the next one speak it."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def files_dir(settings, tmp_path):
    """Private files of one test."""
    settings.WHITENOISE_AUTOREFRESH = True  # else each test client looks through all static files when it is made
    settings.FILES_DIR = tmp_path / "files"
    settings.FILES_DIR.mkdir()
    return settings.FILES_DIR


def path_of(file) -> Path:
    """Where the bytes of a stored file lie in the tests."""
    return Path(default_storage.path(file.place))


@pytest.fixture
def codes(db):
    """Loads the code lists again where an earlier test that commits emptied the tables."""
    from core.models import Code

    if not Code.objects.exists():
        call_command("load_codes", verbosity=0)


@pytest.fixture
def programme(codes):
    return factories.ProgrammeFactory()


@pytest.fixture
def project(programme):
    """A project with a contract from 2025-12-09 to 2028-12-09 over 100 000.00 EUR = 85 000 + 10 000 + 5 000."""
    project = factories.ProjectFactory(programme=programme)
    factories.ContractFactory(project=project)
    return project


@pytest.fixture
def school(project):
    return factories.school_of(project)


@pytest.fixture
def activity(project):
    return factories.ActivityFactory(project=project)


@pytest.fixture
def group(project, school):
    return factories.GroupFactory(project=project, school=school)


@pytest.fixture
def class_of_30(group):
    """Thirty complete participations in `group` since 2026-01-12."""
    return factories.class_of(group, 30)


@pytest.fixture
def session(activity, group):
    """A planned session of `group` on Monday 2026-03-16, 14:00 to 15:30."""
    return factories.SessionFactory(project=group.project, activity=activity, school=group.school, group=group)


@pytest.fixture
def people(project, school):
    """One person per kind of user, all tied to `project` and `school`, and a stranger from another programme."""
    return factories.people_of(project, school)


class Worker:
    """A real Celery worker on the test's database and broker, in a process group of its own."""

    def __init__(self, files_dir, concurrency: int = 1, **environment: str):
        self.files_dir, self.concurrency, self.environment = files_dir, concurrency, environment
        self.process: subprocess.Popen | None = None

    def start(self) -> Worker:
        database = connection.settings_dict["NAME"]
        env = {
            **os.environ,
            "DATABASE_URL": _with_database(os.environ["DATABASE_URL"], database),
            "FILES_DIR": str(self.files_dir),
            "C_FORCE_ROOT": "1",
            **self.environment,
        }
        command = [sys.executable, "-m", "celery", "-A", "config.celery:app", "worker", "-c", str(self.concurrency)]
        name = f"test{time.monotonic_ns()}@localhost"
        command += ["-l", "WARNING", "--without-gossip", "--without-mingle", "-n", name]
        log = open(self.files_dir.parent / "worker.log", "ab")  # noqa: SIM115 - lives as long as the process
        self.process = subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True)
        return self

    def kill(self, sig: int = 9) -> None:
        if self.process and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, sig)
            self.process.wait(20)

    def __enter__(self) -> Worker:
        return self.start()

    def __exit__(self, *_) -> None:
        self.kill(15)
        self.kill()


def _with_database(url: str, name: str) -> str:
    head, _, query = url.partition("?")
    return head.rsplit("/", 1)[0] + "/" + name + (f"?{query}" if query else "")


@pytest.fixture
def worker(transactional_db, codes, files_dir):
    """A running worker; use with data that are committed (this fixture brings `transactional_db`)."""
    from config.celery import app

    app.control.purge()
    with Worker(files_dir) as running:
        yield running
    app.control.purge()


@pytest.fixture
def wait_for():
    """Wait until a condition holds: `wait_for(lambda: …, seconds=30)`; fails clearly when it never does."""

    def wait(condition, seconds: float = 30, every: float = 0.1):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := condition():
                return found
            time.sleep(every)
        raise AssertionError(f"did not come true within {seconds} s")

    return wait
