"""What every part of the bench measures with: two ways to one result taken in turn, and the memory of a process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Line:
    """One row of the table: ours and the plainest way in seconds, and how many times as long ours may take."""

    name: str
    ours: float
    base: float
    limit: float
    more: str = ""

    @property
    def ratio(self) -> float:
        return self.ours / self.base

    @property
    def good(self) -> bool:
        return self.ratio <= self.limit


@contextmanager
def peak() -> Iterator[list[float]]:
    """How far the memory of this process rose above where it was, in MiB (Linux)."""
    out = [float("nan")]
    clear = Path("/proc/self/clear_refs")
    if not clear.exists():
        yield out
        return
    clear.write_text("5")
    before = memory("VmRSS")
    yield out
    out[0] = memory("VmHWM") - before


def memory(name: str, process: int | str = "self") -> float:
    """VmRSS (now) or VmHWM (the most ever) of a process in MiB; not a number when it is over or there is no /proc."""
    status = Path(f"/proc/{process}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(name + ":")), float("nan"))


def working(process: int) -> float:
    """Seconds this process and another one worked so far; the other one's only where there is a /proc (Linux)."""
    told = Path(f"/proc/{process}/schedstat")  # nanoseconds on a processor, then waiting for one
    return time.process_time() + (int(told.read_text().split()[0]) / 1e9 if told.exists() else 0)


def least(ours: Callable[[], Any], base: Callable[[], Any], rounds: int, process: int) -> tuple[float, float]:
    """The least work of both, here and in another process such as that of the database, in seconds on a processor,
    taken in turn: what others do on the machine counts for neither."""
    took = _in_turn(ours, base, rounds, lambda: working(process))
    return min(took[0]), min(took[1])


def pair(ours: Callable[[], Any], base: Callable[[], Any], rounds: int) -> tuple[float, float]:
    """Medians of both in seconds, taken in turn so that a busy moment hits both."""
    ours(), base()
    took = _in_turn(ours, base, rounds, time.perf_counter)
    return statistics.median(took[0]), statistics.median(took[1])


def _in_turn(
    ours: Callable[[], Any], base: Callable[[], Any], rounds: int, clock: Callable[[], float]
) -> tuple[list[float], list[float]]:
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for call, into in ((ours, times[0]), (base, times[1])):
            start = clock()
            call()
            into.append(clock() - start)
    return times
