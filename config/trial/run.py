"""`make run`: the whole portal on this machine, for trying it out.

PostgreSQL and Valkey out of wheels (unless DATABASE_URL and REDIS_URL name servers), the tables, the demo data, then
web server, worker and beat, until Ctrl-C. The data stay. PORT, TRIAL_DIR, DEMO_PASSWORD and DEMO_API_TOKEN are read
from the environment, and every setting of the portal may be given there as well.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import psycopg

from . import steps
from .certificate import self_signed
from .embedded import Postgres, Valkey, reachable, tail
from .guard import Refused, Stop, finish, guarded, say, start, watch

ROOT = steps.ROOT
PANGO_TEST = "import sys\ntry: import weasyprint\nexcept OSError: sys.exit(3)"
NO_PANGO = (
    "WeasyPrint needs the library Pango, which this machine lacks; install it: apt install libpango-1.0-0 "
    "libpangoft2-1.0-0 libharfbuzz-subset0 (Debian, Ubuntu), dnf install pango (Fedora) or brew install pango (macOS)."
)
DEMO = {
    "admin@demo.example": "administrator",
    "officer@demo.example": "programme officer",
    "coordinator@demo.example": "school coordinator",
    "finance@demo.example": "finance of a partner",
    "auditor@demo.example": "auditor",
}


class Service(Protocol):
    """Something that runs beside the others and is started again when it falls."""

    process: subprocess.Popen | None
    log: Path

    def start(self) -> None: ...

    def stop(self) -> None: ...


@dataclass
class Child:
    """One of the portal's own processes, with the signals that end it and the seconds each gets."""

    command: list[str]
    log: Path
    environment: dict[str, str]
    ending: tuple[tuple[int, float], ...] = ((signal.SIGTERM, 10),)
    dies_by: int = signal.SIGTERM
    process: subprocess.Popen | None = field(default=None, init=False)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = start(
                self.command, dies_by=self.dies_by, cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )

    def stop(self) -> None:
        if self.process:
            finish(self.process, *self.ending)


def data_folder() -> Path:
    """Where the trial keeps its data: .trial in the checkout, or for root, where `nobody` can pass to it."""
    if given := os.environ.get("TRIAL_DIR"):
        return Path(given).resolve()
    if os.geteuid() == 0 and not reachable(ROOT):
        name = hashlib.sha256(os.fsencode(ROOT)).hexdigest()[:10]
        return Path(f"/var/lib/inclusion-portal-trial-{name}")
    return ROOT / ".trial"


def take(home: Path, port: int):
    """Lock the data folder for this launcher; the open file is the lock. Raises Refused."""
    try:
        for folder in (home, home / "log"):
            folder.mkdir(parents=True, exist_ok=True)
        # as root the database runs as `nobody`, who must pass through but see nothing
        home.chmod(0o711 if os.geteuid() == 0 else 0o700)
        lock = (home / "lock").open("a+")
    except OSError as error:
        why = error.strerror
        raise Refused(f"The data folder {home} cannot be used ({why}); TRIAL_DIR can name another.") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        raise Refused(f"The trial runs already, at {lock.read().strip() or 'an address it prints soon'}.") from None
    lock.truncate(0)
    lock.write(f"http://localhost:{port}")
    lock.flush()
    return lock


def free_port() -> int:
    """PORT, checked to be free. Raises Refused."""
    given = os.environ.get("PORT") or "8000"
    if not (given.isdigit() and 0 < int(given) < 65536):
        raise Refused(f"PORT must be a number from 1 to 65535, not {given!r}.")
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with contextlib.closing(socket.socket(family)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, int(given)))
            except PermissionError:
                raise Refused(f"Port {given} needs more rights than you have; choose one: PORT=8000 make run") from None
            except OSError as error:
                if family == socket.AF_INET or error.errno == 98:
                    other = int(given) % 65535 + 1
                    raise Refused(
                        f"Port {given} is in use by another program; choose another: PORT={other} make run"
                    ) from None
    return int(given)


def secret(home: Path) -> str:
    """The trial's own SECRET_KEY, made at the first start, so that sign-ins outlive a restart."""
    path = home / "secret-key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()


def certificate(home: Path) -> Path:
    """The trial's own certificate, self-signed at the first start, to sign its reports with."""
    path = home / "signing.p12"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(self_signed("Trial of the portal"))
    return path


def environment(home: Path, port: int) -> dict[str, str]:
    """The portal's settings for the trial; what is set outside wins."""
    ours = {
        "SECRET_KEY": secret(home),
        "SITE_URL": f"http://localhost:{port}",
        "FILES_DIR": str(home / "files"),
        "SIGNING_PKCS12": str(certificate(home)),
        "STATIC_DIR": str(home / "static"),
    }
    always = {"TRIAL": "1", "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}
    if os.geteuid() == 0:
        always["C_FORCE_ROOT"] = "1"  # Celery asks before it runs as root
    return {**ours, **{name: value for name, value in os.environ.items() if value}, **always}


def portal(settings: dict[str, str], home: Path, port: int) -> dict[str, Child]:
    """The three processes of the portal."""
    python, celery = sys.executable, [sys.executable, "-m", "celery", "-A", "config.celery:app"]
    granian = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "2", "--no-ws"]
    granian += ["--blocking-threads", "4", "--respawn-failed-workers", "--workers-kill-timeout", "5"]
    return {
        "web server": Child(
            [python, "-m", "granian", *granian, "--log-level", "warning", "config.wsgi:app"],
            home / "log" / "web.log",
            settings,
        ),
        "worker": Child(
            # SIGTERM lets a running report end, SIGQUIT gives it back to the queue
            [*celery, "worker", "-c", "2", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"],
            home / "log" / "worker.log",
            settings,
            ending=((signal.SIGTERM, 5), (signal.SIGQUIT, 5)),
            dies_by=signal.SIGQUIT,
        ),
        "beat": Child(
            [*celery, "beat", "--loglevel", "WARNING", "--schedule", str(home / "beat-schedule")],
            home / "log" / "beat.log",
            settings,
        ),
    }


def reach_database(url: str) -> None:
    """Look whether the server of DATABASE_URL answers. Raises Refused."""
    try:
        psycopg.connect(url, connect_timeout=10).close()
    except psycopg.Error as error:
        raise Refused(f"The database of DATABASE_URL cannot be reached: {' '.join(str(error).split())}") from None


def reach_broker(url: str) -> None:
    """Look whether the server of REDIS_URL answers. Raises Refused."""
    from kombu import Connection
    from kombu.exceptions import KombuError

    try:
        with Connection(url, transport_options={"socket_connect_timeout": 5}) as connection:
            connection.ensure_connection(max_retries=1, timeout=10)
    except (KombuError, OSError, ValueError, KeyError) as error:
        raise Refused(f"The broker of REDIS_URL cannot be reached: {' '.join(str(error).split())}") from None


def look_for_pango(home: Path, settings: dict[str, str], launcher: int) -> None:
    """Whether reports can be drawn; asked until it was so once with these packages. Raises Refused."""
    stamp, wanted = home / "stamps" / "pango", steps.digest([ROOT / "requirements.lock"])
    if stamp.exists() and stamp.read_text() == wanted:
        return
    process = start([sys.executable, "-c", PANGO_TEST], cwd=ROOT, env=settings)
    try:
        if watch(process, launcher):
            raise Refused(NO_PANGO)
    finally:
        finish(process)
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(wanted)


def prepare(folder: Path, wanted: list[str], settings: dict[str, str], launcher: int) -> None:
    """Do the steps that are stale; the static files have nothing to do with the tables. Raises Refused."""
    static = [step for step in wanted if step.startswith("static=")]
    parts = [part for part in (static, [step for step in wanted if step not in static]) if part]
    command = [sys.executable, "-m", "config.trial.steps", str(folder)]
    running = [start([*command, *part], cwd=ROOT, env=settings) for part in parts]
    try:
        codes = [watch(process, launcher) for process in reversed(running)]
    finally:
        for process in running:
            finish(process)
    if any(codes):
        raise Refused("The portal could not be prepared; the reason stands above.")


def await_page(url: str, server: Child, launcher: int) -> None:
    """Wait until the web server answers a request. Raises Refused."""
    end = time.monotonic() + 90
    while time.monotonic() < end:
        if os.getppid() != launcher:
            raise Stop
        if server.process and server.process.poll() is not None:
            break
        try:
            urllib.request.urlopen(url + "/health/", timeout=10).close()
        except urllib.error.HTTPError:  # it answers, and is not well
            break
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise Refused(f"The web server did not start; the end of {server.log}:\n{tail(server.log, 12)}")


def tend(services: dict[str, Service], launcher: int) -> None:
    """Start again whatever falls, until asked to stop. Raises Refused when one falls again and again."""
    falls: dict[str, list[float]] = {name: [] for name in services}
    while True:
        for name, service in services.items():
            if service.process is None or service.process.poll() is None:
                continue
            code, now = service.process.returncode, time.monotonic()
            falls[name] = [moment for moment in falls[name] if moment > now - 120] + [now]
            if len(falls[name]) > 3:
                end = tail(service.log, 12)
                raise Refused(f"The {name} ended four times within two minutes; the end of {service.log}:\n{end}")
            say(f"The {name} ended ({'signal' if code < 0 else 'code'} {abs(code)}); starting it again.")
            service.stop()  # what is left of its group
            service.start()
        time.sleep(0.3)
        if os.getppid() != launcher:
            raise Stop


def welcome(settings: dict[str, str], home: Path, seconds: float) -> None:
    """Address, place of the data and demo sign-ins."""
    os.environ.update(settings)
    from django.conf import settings as portal_settings

    url = settings["SITE_URL"]
    say(
        "",
        f"The inclusion portal is ready after {seconds:.1f} s:  {url}",
        "",
        f"  Demo sign-ins, all with the password  {portal_settings.DEMO_PASSWORD}",
        *(f"    {email:26} {role}" for email, role in DEMO.items()),
        f"  API:   curl -H 'Authorization: Bearer {portal_settings.DEMO_API_TOKEN}' {url}/api/v1/projects/",
        f"  Data:  {home} (logs in its folder log); they stay. Remove the folder to begin anew.",
        "  Ctrl-C stops everything.",
        "",
    )


def work(launcher: int) -> int:
    began = time.monotonic()
    port = free_port()
    home = data_folder()
    lock = take(home, port)
    settings = environment(home, port)
    (home / "files").mkdir(mode=0o700, exist_ok=True)
    for log in (home / "log").iterdir():
        if log.stat().st_size > 10_000_000:
            log.unlink()
    services: dict[str, Service] = {}
    say(f"Starting the trial; its data are in {home}")
    try:
        embedded = "DATABASE_URL" not in settings
        if embedded:
            services["database"] = database = Postgres(home / "db")
            database.start()
            database.create_database("portal")
            settings["DATABASE_URL"] = database.url()
        else:
            reach_database(settings["DATABASE_URL"])
        if "REDIS_URL" not in settings:
            services["broker"] = broker = Valkey(home / "broker")
            broker.start()
            settings["REDIS_URL"] = broker.url()
        else:
            reach_broker(settings["REDIS_URL"])
        look_for_pango(home, settings, launcher)
        # Stamps speak of our own database only; another one is asked itself, every time.
        folder = home if embedded else home / "other"
        wanted = steps.stale(folder, steps.STEPS) if embedded else [f"{name}=" for name in steps.STEPS]
        if wanted:
            say("Preparing the portal; the first time this takes about a minute")
            prepare(folder, wanted, settings, launcher)
        for name, child in portal(settings, home, port).items():
            services[name] = child
            child.start()
            if name == "web server":  # alone, so that people see the first page sooner
                await_page(f"http://127.0.0.1:{port}", child, launcher)
        welcome(settings, home, time.monotonic() - began)
        tend(services, launcher)
    except Stop:
        say("", "Stopping …")
    finally:
        for service in reversed(services.values()):
            service.stop()
        lock.close()
    return 0


def main() -> int:
    launcher = os.getpid()
    return guarded(lambda: work(launcher))


if __name__ == "__main__":
    sys.exit(main())
