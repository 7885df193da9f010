"""`make test`: the whole suite on throw-away servers.

ARGS are pytest's arguments. PG_BIN names the bin folder of another PostgreSQL. DATABASE_ONLY=1 runs the tests of what
the database does, each with its first arguments: without the browser, the pages, the API and the slow ones. The Celery
worker of the suite is started by tests/conftest.py, against pytest's own database.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from . import steps
from .embedded import Postgres, Valkey, reachable
from .guard import Refused, Stop, finish, guarded, say, start, watch
from .run import NO_PANGO, PANGO_TEST, ROOT

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
CHROMIUM_ON_MACOS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
CACHE = ROOT / ".cache"  # static files are collected anew only when they changed
PYTEST = [sys.executable, "-m", "pytest"]
QUICK = "not (browser or slow)"
PARTS = (  # what each process of the suite gets: marks, then where it looks for tests
    (QUICK, "--ignore=tests/api", "--ignore=tests/browser", "--ignore=tests/reports"),
    (QUICK, "tests/api", "tests/reports"),
    ("browser or slow",),
)
OF_THE_DATABASE = "database and not (pages or slow)"  # rules, figures and histories
DATABASE_PARTS = (
    (OF_THE_DATABASE, "tests/activities", "tests/budgets"),
    (OF_THE_DATABASE, *(f"--ignore=tests/{name}" for name in ("activities", "api", "browser", "budgets"))),
)
FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}  # nothing here outlives the run


@contextlib.contextmanager
def servers(settings: dict[str, str]) -> Iterator[dict[str, str]]:
    """PostgreSQL and Valkey in a folder that is removed at the end; gives the environment of the portal on them."""
    temporary = Path(tempfile.gettempdir())
    if os.geteuid() == 0 and not reachable(temporary):
        temporary = Path("/tmp")
    home = Path(tempfile.mkdtemp(prefix="portal-", dir=temporary))
    home.chmod(0o711)
    running: list[Postgres | Valkey] = []
    try:
        given = os.environ.get("PG_BIN")
        database, broker = Postgres(home / "db", Path(given) if given else None), Valkey(home / "broker")
        running += [database, broker]
        database.start(settings)
        broker.start()
        for number in ("", *range(1, len(PARTS))):
            database.create_database(f"portal{number}")
        files = home / "files"
        files.mkdir(mode=0o700)
        say(f"PostgreSQL {database.version} and Valkey are up in {home}")
        yield {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "TRIAL": "1",
            "FAST_HASHER": "1",
            "SECRET_KEY": "a-key-for-tests-only-" + "0123456789" * 4,
            "DATABASE_URL": database.url(),
            "REDIS_URL": broker.url(),
            "FILES_DIR": str(files),
            "STATIC_DIR": str(CACHE / "static"),
            "SITE_URL": "http://localhost:8000",
            "PYTHONUTF8": "1",
            "C_FORCE_ROOT": "1",
            "TEMPLATE_DATABASE": "portal",
        }
    finally:
        for server in reversed(running):
            server.stop()
        shutil.rmtree(home, ignore_errors=True)


def works(program: str) -> bool:
    """Whether it runs: some systems have a chromium-browser that only asks for another package."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        return subprocess.run([program, "--version"], capture_output=True, timeout=30, check=False).returncode == 0
    return False


def find_chromium() -> str:
    """The browser of the suite: CHROMIUM, or one that is installed, or one installed now. Raises Refused."""
    if given := os.environ.get("CHROMIUM"):
        if works(given):
            return given
        raise Refused(f"CHROMIUM names {given}, which cannot be started.")
    for name in [*CHROMIUM_NAMES, *CHROMIUM_ON_MACOS]:
        if (program := shutil.which(name)) and works(program):
            return program
    if os.geteuid() == 0 and shutil.which("apt-get"):
        install("chromium")
        if (program := shutil.which("chromium")) and works(program):
            return program
    raise Refused(
        "The browser tests need Chromium, and this machine has none: install it (apt install chromium, "
        "dnf install chromium, brew install --cask chromium) or name one in CHROMIUM."
    )


def install(*packages: str) -> None:
    """Install system packages where we may."""
    say(f"Installing {', '.join(packages)} by apt-get")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", *command], env=quiet, stdout=subprocess.DEVNULL, check=False)


def need_pango() -> None:
    """Pango, or install it where we may. Raises Refused."""
    test = [sys.executable, "-c", PANGO_TEST]
    if subprocess.run(test, check=False).returncode and os.geteuid() == 0 and shutil.which("apt-get"):
        install("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
    if subprocess.run(test, check=False).returncode:
        raise Refused(NO_PANGO)


def need_pdfsig() -> None:
    """The program that looks at our signatures from outside, or install it where we may. Raises Refused."""
    if not shutil.which("pdfsig") and os.geteuid() == 0 and shutil.which("apt-get"):
        install("poppler-utils")
    if not shutil.which("pdfsig"):
        raise Refused(
            "The tests of signatures need pdfsig: install it (apt or dnf install poppler-utils, brew install poppler)."
        )


def perform(command: list[str], settings: dict[str, str], launcher: int) -> int:
    """Run one command to its end and give its code; asked to stop, it may first say what it has."""
    process = start(command, cwd=ROOT, env=settings)
    try:
        return watch(process, launcher)
    except Stop:
        finish(process, (signal.SIGINT, 20))
        raise
    finally:
        finish(process)


def prepare(settings: dict[str, str], launcher: int, *fresh: str) -> None:
    """Translations and static files where they are stale, then the steps `fresh`. Raises Refused."""
    again = [*steps.stale(CACHE, ["messages", "static"]), *(f"{name}=" for name in fresh)]
    if again and perform([sys.executable, "-m", "config.trial.steps", str(CACHE), *again], settings, launcher):
        raise Refused("The portal could not be prepared; the reason stands above.")


def work(launcher: int) -> int:
    arguments = shlex.split(os.environ.get("ARGS", "")) + sys.argv[1:]
    need_pango()
    database_only = os.environ.get("DATABASE_ONLY") == "1" or "not browser" in " ".join(arguments)
    browser = {} if database_only else {"CHROMIUM": find_chromium()}
    if not database_only:
        need_pdfsig()
    with servers(FAST) as settings:
        settings |= browser
        prepare(settings, launcher, "migrate", "codes")  # once; every database of the suite is a copy
        if arguments:
            return perform([*PYTEST, *arguments], settings, launcher)
        return together(settings, launcher, DATABASE_PARTS if database_only else PARTS)


def together(settings: dict[str, str], launcher: int, parts: tuple[tuple[str, ...], ...]) -> int:
    """The tests of each of these parts, one process for each, as two cores have time for more. All must be green."""
    with contextlib.ExitStack() as stack:
        beside = []
        for number, part in enumerate(parts[1:], 1):
            told = stack.enter_context(tempfile.TemporaryFile("w+b"))
            apart = settings | {
                "DATABASE_URL": settings["DATABASE_URL"].replace("/portal?", f"/portal{number}?"),
                "REDIS_URL": settings["REDIS_URL"].replace("virtual_host=0", f"virtual_host={5 * number}"),
            }
            command = [*PYTEST, "-p", "no:cacheprovider", "-m", *part]
            process = start(command, cwd=ROOT, env=apart, stdout=told, stderr=told)
            stack.callback(shown, process, told)
            beside.append(process)
        codes = [perform([*PYTEST, "-m", *parts[0]], settings, launcher), *(watch(one, launcher) for one in beside)]
    return max(codes, key=abs)


def shown(process: subprocess.Popen[bytes], told: IO[bytes]) -> None:
    """End what still runs, and show what it told."""
    finish(process, (signal.SIGINT, 20))
    told.seek(0)
    say("The tests that ran beside them:")
    sys.stdout.flush()
    shutil.copyfileobj(told, sys.stdout.buffer)
    sys.stdout.flush()


def main() -> int:
    launcher = os.getpid()
    return guarded(lambda: work(launcher))


if __name__ == "__main__":
    sys.exit(main())
