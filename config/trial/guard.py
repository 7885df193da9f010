"""Processes that never outlive their starter.

`guarded(work)` runs `work` in a keeper process of its own session. The starter only passes signals on. Whichever of
the two is killed, even by SIGKILL, the other one ends everything that was started below: on Linux both adopt orphans
(PR_SET_CHILD_SUBREAPER), so a grandchild that lost its parent is found as well. When both are killed in the same
moment, the parent-death signal of each child is what is left.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

LINUX = sys.platform.startswith("linux")
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
ASKED_TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Refused(Exception):
    """The command cannot be done; the message says in one sentence why and what to do."""


class Stop(BaseException):
    """Somebody asked the keeper to stop."""


def say(*lines: str) -> None:
    """Print for the person at the terminal; a closed terminal or pipe stops nobody."""
    with contextlib.suppress(OSError):
        print(*lines, sep="\n", flush=True)


def prctl(option: int, value: int) -> None:
    if LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def die_with_parent(number: int) -> Callable[[], None] | None:
    """For `preexec_fn`: the child gets signal `number` when this process ends, however it ends.

    The kernel watches the thread that started the child, so children are started from the main thread.
    """
    if not LINUX:
        return None
    parent = os.getpid()
    libc = ctypes.CDLL(None, use_errno=True)

    def arrange() -> None:
        libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # it ended between the fork and the line above
            os.kill(os.getpid(), number)

    return arrange


def start(command: Sequence[str | Path], *, dies_by: int = signal.SIGTERM, **options) -> subprocess.Popen:
    """Start a child in a process group of its own, so that Ctrl-C at the terminal reaches only the launcher."""
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen(command, process_group=0, preexec_fn=die_with_parent(dies_by), **options)


def finish(process: subprocess.Popen, *manner: tuple[int, float]) -> None:
    """End a child by signals of growing force, each with the seconds it gets, then its whole group by SIGKILL."""
    for number, patience in manner:
        if process.poll() is None:
            process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)  # pool processes that lost their parent keep its group
    process.wait()


def children() -> list[int]:
    """Process numbers of our children, adopted orphans included."""
    if not LINUX:
        found = subprocess.run(["pgrep", "-P", str(os.getpid())], capture_output=True, text=True, check=False)
        return [int(word) for word in found.stdout.split()]
    numbers = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # the name in brackets may itself hold spaces and brackets
                if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == os.getpid():
                    numbers.append(int(entry.name))
    return numbers


def sweep(grace: float) -> None:
    """End everything below this process: SIGTERM, `grace` seconds, SIGKILL until nothing is left."""
    end, told = time.monotonic() + grace, set()
    while True:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        left = children()
        if not left:
            return
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if time.monotonic() > end:
                    os.kill(pid, signal.SIGKILL)
                elif pid not in told:
                    os.kill(pid, signal.SIGTERM)
                    told.add(pid)
        time.sleep(0.02)


def watch(process: subprocess.Popen, keeper_of: int) -> int:
    """Wait for a child to end and give its code; Stop when the launcher `keeper_of` is gone."""
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(0.5)
        if os.getppid() != keeper_of:
            raise Stop


def _keep(work: Callable[[], int]) -> int:
    """The keeper's life: do the work, and whatever happens leave nothing running."""

    def stop(number, frame):
        for asked in ASKED_TO_STOP:
            signal.signal(asked, signal.SIG_IGN)
        raise Stop

    os.setsid()
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    for asked in ASKED_TO_STOP:
        signal.signal(asked, stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ASKED_TO_STOP)
    try:
        return work()
    except Stop:
        return 130
    except Refused as refused:
        say(str(refused))
        return 1
    finally:
        for asked in ASKED_TO_STOP:
            signal.signal(asked, signal.SIG_IGN)
        sweep(grace=3)


def guarded(work: Callable[[], int]) -> int:
    """Run `work` in a keeper process; its code, or 1 when the keeper was killed."""
    parent = os.getppid()
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    signal.pthread_sigmask(signal.SIG_BLOCK, ASKED_TO_STOP)
    sys.stdout.flush()
    keeper = os.fork()
    if keeper == 0:
        code = 1
        try:
            code = _keep(work)
        except BaseException:  # the forked copy must not run on into its starter's code
            sys.excepthook(*sys.exc_info())
        finally:
            with contextlib.suppress(OSError):
                sys.stdout.flush()
            os._exit(code)
    for asked in ASKED_TO_STOP:
        signal.signal(asked, lambda number, frame: os.kill(keeper, number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ASKED_TO_STOP)
    told = False
    while True:
        pid, status = os.waitpid(keeper, os.WNOHANG)
        if pid:
            break
        if os.getppid() != parent and not told:  # make, or the shell before it, was killed
            told = True
            os.kill(keeper, signal.SIGTERM)
        time.sleep(0.1)
    for asked in ASKED_TO_STOP:
        signal.signal(asked, signal.SIG_IGN)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:  # the keeper was killed: its children got their parent-death signal and are ours now
        say("The keeper of the servers was killed; stopping what it left.")
        sweep(grace=5)
        return 1
    return code
