"""The bench of many requests at once: mixed reading at a fixed rate, asked of the web server as the office runs it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from threading import Lock, local
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from projects.models import Project
from reports.management.measure import Line

HOST = "127.0.0.1"
START = settings.BASE_DIR / "config" / "deploy" / "start"
UNLIMITED = "100000000/min"  # one client asks here for all
PATIENCE = 60  # seconds until the server is there, and for one answer
CONNECTIONS = 64  # open at once at most; a request that finds none free waits, and that counts
EACH = 40  # addresses of each kind, read in turn
LISTS = ("participants", "sessions", "activities", "organisations")
ROWS = ("participants", "sessions")
FEEDS = ("participants", "sessions")
BEGINS = "2020-01-01"  # the feeds are read as their history, not as the copy one begins with
PARTS = {"list of 100": 25, "one row": 30, "one row, 304": 25, "feed of 100": 15, "indicators": 5}
PERIOD = "from=2021-01-01&to=2029-12-31"


@dataclass(frozen=True)
class Asked:
    """One request and the answer it must get: its status, and the body, or for a status without one nothing."""

    kind: str
    address: str
    tag: str
    status: int
    body: bytes


@dataclass
class Seen:
    """What became of the requests: seconds from the moment each was due, and those that were answered wrongly."""

    took: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in PARTS})
    wrong: list[str] = field(default_factory=list)
    lock: Any = field(default_factory=Lock)

    def add(self, asked: Asked, took: float, wrong: str) -> None:
        with self.lock:
            self.took[asked.kind].append(took)
            if wrong:
                self.wrong.append(f"{asked.address} {wrong}")


class Reader:
    """A client that keeps one connection for each of its threads."""

    def __init__(self, port: int, secret: str):
        self.port, self.secret, self.mine = port, secret, local()

    def get(self, address: str, tag: str = "") -> tuple[int, bytes, str]:
        """Status, body and ETag. A connection that was cut is opened anew for the next one."""
        if not hasattr(self.mine, "connection"):
            self.mine.connection = http.client.HTTPConnection(HOST, self.port, timeout=PATIENCE)
        headers = {"Authorization": f"Bearer {self.secret}", "Accept": "application/json"}
        try:
            self.mine.connection.request("GET", address, headers=headers | ({"If-None-Match": tag} if tag else {}))
            answer = self.mine.connection.getresponse()
            return answer.status, answer.read(), answer.headers.get("ETag", "")
        except (OSError, http.client.HTTPException) as error:
            self.mine.connection.close()
            return 0, repr(error).encode(), ""


def lines(rate: int, seconds: int, secret: str, say: Callable[[str], Any]) -> list[Line]:
    """Ask `rate` times a second, each when it is due whether or not those before it are answered, and say how long
    answers took from that moment on. For orientation: the figures are of this machine, so they have no limit; a wrong
    answer is an error. `secret`: the token of a client that reads everything."""
    with _server() as port:
        reader = Reader(port, secret)
        by_kind = _addresses(reader)
        planned = _mixed(by_kind, max(1, round(rate * seconds)))
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            _all(reader, pool, planned[: 2 * rate], rate)  # the first ones open connections and meet cold processes
            seen, elapsed = _all(reader, pool, planned, rate)
    if seen.wrong:
        raise CommandError(f"{len(seen.wrong)} of {len(planned)} answers are wrong: {'; '.join(seen.wrong[:3])}")
    say(f"{'asked at once, wanted ' + str(rate) + '/s':24} {'rate':>9} {'p50':>11} {'p95':>11} {'p99':>11}")
    for kind, took in {"all": [one for found in seen.took.values() for one in found], **seen.took}.items():
        cuts = quantiles(took, n=100, method="inclusive") if len(took) > 1 else took * 99
        say(
            f"{kind:24} {len(took) / elapsed:7.1f}/s"
            + "".join(f" {cuts[at - 1] * 1000:8.1f} ms" for at in (50, 95, 99))
            + ("  for orientation: under 250 ms on two cores" if kind == "all" else "")
        )
    return []


def _all(reader: Reader, pool: ThreadPoolExecutor, planned: Sequence[Asked], rate: int) -> tuple[Seen, float]:
    """Ask them all, and the seconds from when the first was due to the last answer."""
    seen, begins = Seen(), time.perf_counter() + 0.1

    def ask(asked: Asked, due: float) -> None:
        status, body, _tag = reader.get(asked.address, asked.tag)
        good = status == asked.status and body == asked.body
        wrong = "" if good else f"gave {status} {body[:200]!r}"
        seen.add(asked, time.perf_counter() - due, wrong)

    running = []
    for position, asked in enumerate(planned):
        due = begins + position / rate
        time.sleep(max(0, due - time.perf_counter()))
        running.append(pool.submit(ask, asked, due))
    for one in running:
        one.result()
    return seen, time.perf_counter() - begins


def _mixed(by_kind: dict[str, list[Asked]], number: int) -> list[Asked]:
    """So many requests in the shares of PARTS, the same in each run."""
    chance = random.Random(1)  # noqa: S311 - no secret
    kinds = chance.choices(list(PARTS), list(PARTS.values()), k=number)
    return [by_kind[kind][position % len(by_kind[kind])] for position, kind in enumerate(kinds)]


def _addresses(reader: Reader) -> dict[str, list[Asked]]:
    """What is asked of each kind, with the answer of a quiet server."""
    lists = [address for name in LISTS for address in _pages(reader, f"{name}/?page_size=100", EACH // len(LISTS))]
    feeds = [
        address
        for name in FEEDS
        for address in _pages(reader, f"changes/{name}/?page_size=100&from={BEGINS}", EACH // len(FEEDS))
    ]
    rows = [
        f"/api/v1/{name}/{row['key']}/"
        for name in ROWS
        for address in _pages(reader, f"{name}/?page_size=100", EACH)
        for row in json.loads(reader.get(address)[1])["results"][:1]
    ]
    numbers = Project.objects.filter(participations__isnull=False).order_by("number").values_list("number", flat=True)
    figures = [f"/api/v1/projects/{number}/indicators/?{PERIOD}" for number in numbers.distinct()[:EACH]]
    kinds = {"list of 100": lists, "one row": rows, "one row, 304": rows, "feed of 100": feeds, "indicators": figures}
    found: dict[str, list[Asked]] = {}
    for kind, addresses in kinds.items():
        found[kind] = []
        for address in addresses:
            status, body, tag = reader.get(address)
            if status != 200 or not tag:
                raise CommandError(f"{address} gave {status} {body[:200]!r}")
            known = kind.endswith("304")
            asked = Asked(kind, address, tag, 304, b"") if known else Asked(kind, address, "", 200, body)
            found[kind].append(asked)
        if not found[kind]:
            raise CommandError(f"the bench of many requests found no {kind}")
    return found


def _pages(reader: Reader, first: str, number: int) -> list[str]:
    """The addresses of the first so many pages of a list or feed, without the end of a feed: that changes by itself."""
    found: list[str] = []
    address = f"/api/v1/{first}"
    while address and len(found) < number:
        status, body, _tag = reader.get(address)
        if status != 200:
            raise CommandError(f"{address} gave {status} {body[:200]!r}")
        told = json.loads(body)
        if not told["results"] or not told.get("more", True):
            break
        found.append(address)
        _site, api, rest = (told["next"] or "").partition("/api/")
        address = api + rest
    return found


@contextlib.contextmanager
def _server() -> Iterator[int]:
    """The web server as the container starts it, on the database of the bench; gives its port."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    beside = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    ours = {"PATH": beside, "WEB_HOST": HOST, "WEB_PORT": str(port), "API_RATE": UNLIMITED}
    running = subprocess.Popen(  # noqa: S603
        [START, "web"], cwd=settings.BASE_DIR, env=os.environ | ours, start_new_session=True
    )
    try:
        _await(port, running)
        yield port
    finally:
        running.terminate()
        try:
            running.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()


def _await(port: int, running: subprocess.Popen[bytes]) -> None:
    """Wait until it answers."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and running.poll() is None:
        status, _body, _tag = Reader(port, "").get("/health/")
        if status == 200:
            return
        time.sleep(0.2)
    raise CommandError("the web server of the bench did not start")
