"""`make run` as seen from outside: it starts, it stops, it leaves nothing behind.

The servers are the real ones. The portal on them is a stand-in that starts in no time and has what makes stopping
hard: a child of its own that ignores every polite signal.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil
import psycopg
import pytest

from config.trial import steps

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
STAND_IN = '''
import sys

sys.path.insert(0, {root!r})
from config.trial import run, steps

WEB = """
import http.server, os, signal, sys, time

if os.fork() == 0:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    time.sleep(600)

class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *words):
        pass

http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Page).serve_forever()
"""


def portal(settings, home, port):
    def child(name, *command):
        return run.Child([sys.executable, "-c", *command], home / "log" / (name + ".log"), settings)

    worker = "import os, time; os.fork(); time.sleep(600)"
    return {{"web server": child("web", WEB, str(port)), "worker": child("worker", worker)}}


run.PANGO_TEST = {pango!r}
run.portal = portal
run.welcome = lambda settings, home, seconds: run.say("ready")
steps.stale = lambda folder, names: []
sys.exit(run.main())
'''


def free_port():
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Trial:
    """A launcher on its own data folder, and what runs because of it."""

    def __init__(self, home):
        self.home, self.port, self.launcher = home, free_port(), None

    def start(self, *, pango="", shell=False, port=None, whole=False, **settings):
        script = self.home.with_suffix(".py")
        script.write_text(STAND_IN.format(root=str(ROOT), pango=pango))
        command = [sys.executable, "-m", "config.trial.run"] if whole else [sys.executable, str(script)]
        if shell:  # something between us and the launcher, as make is
            command = ["sh", "-c", f"'{sys.executable}' '{script}'; true"]
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
        self.launcher = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**kept, **settings, "TRIAL_DIR": str(self.home), "PORT": str(port or self.port)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return self

    def until(self, words):
        """Read its output up to a line with these words; the lines."""
        lines = []
        for line in self.launcher.stdout:
            lines.append(line)
            if words in line:
                return lines
        raise AssertionError(f"never said {words!r}: {''.join(lines)}")

    def end(self):
        """Its exit code and the rest of its output."""
        output, _ = self.launcher.communicate(timeout=60)
        return self.launcher.returncode, output

    def running(self):
        """Every process that belongs to the trial: by its environment, or by working in the data folder."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                ours = process.environ().get("TRIAL_DIR") == str(self.home)
                if (ours or process.cwd().startswith(str(self.home))) and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def called(self, words):
        found = []
        for process in self.running():
            with contextlib.suppress(psutil.Error):  # it may end while we look
                if words in " ".join(process.cmdline()):
                    found.append(process)
        return found

    def so_many(self, count, words, seconds=60):
        """Its processes with these words in their command line, once there are `count` of them."""
        end = time.monotonic() + seconds
        while len(found := self.called(words)) != count and time.monotonic() < end:
            time.sleep(0.1)
        assert len(found) == count, found
        return found

    def gone(self, seconds=20):
        """Whether nothing of it is left within some seconds."""
        end = time.monotonic() + seconds
        while self.running() and time.monotonic() < end:
            time.sleep(0.1)
        return not self.running()

    def sql(self, *statement):
        with psycopg.connect(f"postgresql://portal@/portal?host={self.home}/db/run", autocommit=True) as connection:
            cursor = connection.execute(*statement)
            return cursor.fetchall() if cursor.description else None


@pytest.fixture
def trial():
    # not tmp_path: as root, the database runs as `nobody`, who cannot pass there
    home = Path(tempfile.mkdtemp(prefix="trial-", dir="/tmp")) / "data"
    home.parent.chmod(0o711)
    trial = Trial(home)
    yield trial
    for process in trial.running():
        with contextlib.suppress(psutil.Error):
            process.kill()
    if trial.launcher:
        trial.launcher.kill()
        trial.launcher.communicate()
    shutil.rmtree(home.parent, ignore_errors=True)


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_all_of_it_and_the_data_are_there_at_the_next_start(trial, asked):
    trial.start().until("ready")
    assert {"postgres", "valkey-server"} <= {process.name() for process in trial.running()}
    trial.sql("create table kept (word text)")
    trial.sql("insert into kept values ('still here')")

    trial.launcher.send_signal(asked)
    code, output = trial.end()

    assert (code, "Stopping" in output) == (0, True)
    assert trial.running() == []
    assert "database system is shut down" in (trial.home / "db" / "postgres.log").read_text()

    began = time.monotonic()
    trial.start().until("ready")
    assert time.monotonic() - began < 10
    assert trial.sql("select word from kept") == [("still here",)]


@pytest.mark.parametrize("victim", ["launcher", "keeper", "shell"])
def test_sigkill_of_any_of_the_three_leaves_no_orphan(trial, victim):
    trial.start(shell=victim == "shell").until("ready")
    assert len(trial.running()) > 8
    process = psutil.Process(trial.launcher.pid)

    (process.children()[0] if victim == "keeper" else process).kill()

    assert trial.gone(), trial.running()
    assert "database system is shut down" in (trial.home / "db" / "postgres.log").read_text()


def test_the_same_data_start_again_after_everything_was_killed_at_once(trial):
    trial.start().until("ready")
    trial.sql("create table kept (word text)")
    trial.so_many(2, "os.fork(); time")
    for process in trial.running():
        with contextlib.suppress(psutil.NoSuchProcess):  # one that fell with its parent
            process.kill()
    assert trial.gone()
    trial.launcher.communicate()
    # the number in the leftover file has meanwhile gone to somebody else
    pid_file = trial.home / "db" / "pgdata" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n" + pid_file.read_text().partition("\n")[2])

    trial.start().until("ready")

    assert trial.sql("select count(*) from kept") == [(0,)]


def test_a_server_that_outlived_its_launcher_is_stopped_before_the_next_start(trial):
    trial.start().until("ready")
    trial.launcher.send_signal(signal.SIGTERM)
    trial.end()
    leftover = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)", str(trial.home / "db" / "pgdata")],
        start_new_session=True,
    )
    try:
        (trial.home / "db" / "pgdata" / "postmaster.pid").write_text(f"{leftover.pid}\n")

        trial.start().until("ready")

        assert leftover.wait(1) == -signal.SIGINT
    finally:
        leftover.kill()
        leftover.wait()


@pytest.mark.parametrize(
    ("name", "words", "count"), [("worker", "os.fork(); time", 2), ("database", "bin/postgres", 1)]
)
def test_what_falls_is_started_again_without_its_leftovers(trial, name, words, count):
    trial.start().until("ready")
    before = trial.so_many(count, words)

    min(before, key=lambda process: process.create_time()).kill()

    trial.until(f"The {name} ended (signal 9); starting it again.")
    end, old = time.monotonic() + 20, {process.pid for process in before}
    while (left := old & {process.pid for process in trial.called(words)}) and time.monotonic() < end:
        time.sleep(0.1)
    assert not left
    trial.so_many(count, words)


def test_what_falls_again_and_again_ends_the_trial_with_a_sentence(trial):
    trial.start().until("ready")
    for fall in range(4):
        min(trial.so_many(2, "os.fork(); time"), key=lambda process: process.create_time()).kill()
        if fall < 3:
            trial.until("starting it again")

    code, output = trial.end()

    assert code == 1
    assert "The worker ended four times within two minutes" in output
    assert trial.gone()


def test_a_port_in_use_gets_one_sentence_and_starts_nothing(trial):
    with contextlib.closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, output = trial.start(port=port).end()

    assert code == 1
    assert output == f"Port {port} is in use by another program; choose another: PORT={port % 65535 + 1} make run\n"
    assert not trial.home.exists()


@pytest.mark.parametrize("port", ["http", "0", "70000"])
def test_a_port_that_is_none_gets_one_sentence(trial, port):
    code, output = trial.start(port=port).end()
    assert (code, output) == (1, f"PORT must be a number from 1 to 65535, not '{port}'.\n")


def test_a_second_launcher_is_told_where_the_first_one_is(trial):
    trial.start().until("ready")
    second = Trial(trial.home)

    code, output = second.start().end()

    assert (code, output) == (1, f"The trial runs already, at http://localhost:{trial.port}.\n")
    assert urllib.request.urlopen(f"http://127.0.0.1:{trial.port}/").status == 200


def test_a_missing_pango_gets_one_sentence(trial):
    code, output = trial.start(pango="import sys; sys.exit(3)").end()

    assert code == 1
    assert output.splitlines()[-1].startswith("WeasyPrint needs the library Pango, which this machine lacks;")
    assert "Traceback" not in output
    assert trial.running() == []


def test_an_old_or_missing_python_gets_one_sentence():
    done = subprocess.run(
        ["make", "--no-print-directory", "run", "PYTHONS=no-such-python /bin/false"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr.startswith("This needs Python 3.12 or newer, which was not found; install it: ")
    assert "Traceback" not in done.stderr


def test_the_secret_of_the_trial_is_its_own_and_readable_by_its_owner_only(trial):
    trial.start().until("ready")

    secret = trial.home / "secret-key"
    assert len(secret.read_text()) >= 60
    assert secret.stat().st_mode & 0o077 == 0
    assert trial.home.stat().st_mode & 0o066 == 0  # others may pass, not look
    assert (trial.home / "db" / "pgdata").stat().st_mode & 0o077 == 0


def test_the_whole_portal_starts_with_its_demo_answers_and_is_gone_after_sigkill(trial):
    # the static files are there already, collected for the suite
    (trial.home / "stamps").mkdir(parents=True)
    (trial.home / "stamps" / "static").write_text(steps.inputs()["static"])

    said = "".join(trial.start(whole=True, STATIC_DIR=os.environ["STATIC_DIR"]).until("Ctrl-C stops everything"))

    assert "tables up to date" in said
    assert "demo projects loaded" in said
    assert "Demo sign-ins, all with the password  together-we-succeed" in said
    assert re.findall(r"(\w+)@demo\.example", said) == ["admin", "officer", "coordinator", "finance", "auditor"]
    token = re.search(r"Bearer (\w+)", said)[1]
    asked = urllib.request.Request(
        f"http://127.0.0.1:{trial.port}/api/v1/projects/", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(asked) as answer:
        assert b"BG05SFPR001-1.008-0009" in answer.read()
    trial.so_many(4, "celery")  # the worker, its two, and beat
    trial.so_many(3, "granian")

    trial.launcher.kill()

    assert trial.gone(40), trial.running()

    # the next start finds everything done
    said = "".join(trial.start(whole=True, STATIC_DIR=os.environ["STATIC_DIR"]).until("Ctrl-C stops everything"))
    assert "demo projects loaded" not in said
    trial.launcher.send_signal(signal.SIGINT)
    assert trial.end()[0] == 0
    assert trial.running() == []
