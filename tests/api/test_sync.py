"""The reference client holds two portals equal over a bad line, both ways, while people work in both."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import psycopg
import pytest
from django.db import connection, connections
from django.utils.timezone import now

from activities.models import Session
from beneficiaries.models import Participation
from core.actions import make_token
from core.api import ClientRateThrottle
from core.models import ApiToken
from projects.models import Change, Forgotten
from tests import factories
from tests.client.flaky import Flaky
from tests.client.pair import Pair, Side
from tests.client.portal import Failed, Portal

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def database(name: str) -> str:
    head, _, query = os.environ["DATABASE_URL"].partition("?")
    return f"{head.rpartition('/')[0]}/{name}?{query}"


@pytest.fixture
def secret(people, monkeypatch):
    monkeypatch.setattr(ClientRateThrottle, "THROTTLE_RATES", {"client": None})
    user, at = people["client"], now()
    _token, secret = make_token(
        user=user, name="sync", scopes=list(ApiToken.Scope.values), expires_at=at + timedelta(days=1), by=user, at=at
    )
    return secret


@pytest.fixture
def other(secret, activity, class_of_30, tmp_path):
    """The address of a second portal: a process of its own, on a copy of the database as it is now."""
    name = f"{connection.settings_dict['NAME']}_other"
    connections.close_all()
    connection.close_pool()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with psycopg.connect(database("postgres"), autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name} TEMPLATE {connection.settings_dict['NAME']}")
    environment = os.environ | {"DATABASE_URL": database(name), "FILES_DIR": str(tmp_path), "API_RATE": "100000/min"}
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--blocking-threads", "3", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--log-level", "error", "config.wsgi:app"]
    log = (tmp_path / "log").open("wb")
    process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    url, end = f"http://127.0.0.1:{port}", time.monotonic() + 60
    try:
        while True:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/health/", timeout=5):
                break
            assert process.poll() is None, (tmp_path / "log").read_text()[-2000:]
            assert time.monotonic() < end, "the second portal did not start"
            time.sleep(0.1)
        yield url
    finally:
        os.killpg(process.pid, 15)
        process.wait(20)
        log.close()
        with psycopg.connect(database("postgres"), autocommit=True) as server:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def work(url: str, secret: str, seed: int, activity, group, pupils) -> None:
    """What a school does in its portal: plans, moves, marks; and says that somebody left."""
    dice, portal = random.Random(seed), Portal(f"{url}/api/v1/", secret)
    for n in range(4):
        day = date(2026, 3, 2) + timedelta(days=7 * n + seed)
        plan = {
            "activity": str(activity.key), "group": str(group.key), "on": str(day), "starts_at": f"{9 + seed:02}:00",
            "ends_at": f"{10 + seed:02}:00", "hours": "1.00", "topic": f"Lesson {seed}.{n}",
        }  # fmt: skip
        made = portal.post("sessions/", plan)["key"]
        marks = [{"participation": str(p.key), "mark": dice.choice(["here", "absent"])} for p in dice.sample(pupils, 4)]
        portal.post(f"sessions/{made}/attendance/", {"marks": marks})
        told = list(portal.table("sessions/"))
        moved = dice.choice(told)["key"]
        portal.post("sessions/bulk/?mode=rows", {"rows": [plan | {"key": moved, "topic": f"Moved {seed}.{n}"}]})
        who = dice.choice(marks)["participation"]
        again = {"session": dice.choice(told)["key"], "participation": who, "mark": "excused"}
        portal.post("attendance/bulk/?mode=rows", {"rows": [again]})
    leaver = str(pupils[seed].key)
    portal.change(f"participants/{leaver}/", lambda row: None if row["left_on"] else {"left_on": "2026-05-29"})


def test_two_portals_end_equal_over_a_bad_line(live_server, other, secret, activity, group, class_of_30):
    slept: list[float] = []

    def nap(seconds: float) -> None:
        slept.append(seconds)
        time.sleep(min(seconds, 0.01))

    urls = live_server.url, other
    with Flaky(urls[0], share=0.3, seed=1) as one, Flaky(urls[1], share=0.3, seed=2) as two:

        def pair() -> Pair:
            lines = (Portal(f"{line.url}/api/v1/", secret, tries=40, sleep=nap) for line in (one, two))
            return Pair(*(Side(system, portal, 5) for system, portal in zip(("north", "south"), lines, strict=True)))

        sync = pair()
        with ThreadPoolExecutor(2) as pool:
            working = [pool.submit(work, url, secret, n, activity, group, class_of_30) for n, url in enumerate(urls)]
            while not all(worker.done() for worker in working):
                sync.round()
            for worker in working:
                worker.result()
        Session.objects.update(place="Room 7")
        last = Change.objects.latest("xid").xid
        Forgotten.objects.create(collection="sessions", xid=last, at=now())  # the client was away for too long
        sync.first.follow()
        assert sync.first.sessions.begun >= 1
        for _turn in range(2):  # and once more by somebody who knows of nothing
            until_equal(sync, urls, secret)
            sync = pair()
        seen = one.seen + two.seen
    assert all(seen[how] for how in Flaky.HOW), seen
    assert 1.0 in slept  # as Retry-After said
    assert Session.objects.count() == 8
    assert Participation.objects.exclude(left_on=None).count() == 2
    connection.close_pool()


def until_equal(sync: Pair, urls: tuple[str, str], secret: str) -> None:
    """Rounds until both databases hold the same; what still runs there may hold a feed back a moment."""
    end = time.monotonic() + 60
    while sync.round() or stored(urls[0], secret) != stored(urls[1], secret):
        assert time.monotonic() < end, (stored(urls[0], secret), stored(urls[1], secret))


def stored(url: str, secret: str) -> tuple:
    """All that a portal says to a client that has no copy, without what is its own: keys and counts of changes."""
    portal = Portal(f"{url}/api/v1/", secret)
    sessions = list(portal.table("sessions/"))
    sheets = {row["key"]: portal.read(f"sessions/{row['key']}/attendance/")["marks"] for row in sessions}
    own = ("key", "version")
    told = [
        ({name: value for name, value in row.items() if name not in own}, [m for m in sheets[row["key"]] if m["mark"]])
        for row in sessions
    ]
    left = {row["key"]: row["left_on"] for row in portal.table("participants/")}
    return sorted(told, key=lambda each: (each[0]["topic"], each[0]["on"], each[0]["starts_at"])), left


def test_the_client_reads_again_what_others_changed_and_says_why_it_was_refused(
    live_server, secret, participant, project, school
):
    portal, path = Portal(f"{live_server.url}/api/v1/", secret), f"participants/{participant.key}/"
    assert portal.read(path) is portal.read(path)  # the second time only “not modified” came
    calls = []

    def leave(row):
        calls.append(row["education"])
        return {"left_on": "2026-05-29"}

    Participation.objects.filter(pk=participant.pk).update(education=2)
    portal.known[path] = portal.known[path]  # what it has is from before
    told = portal.change(path, leave)
    assert (told["left_on"], calls[-1]) == ("2026-05-29", 2)
    with pytest.raises(Failed, match="404"):
        portal.read("participants/0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0e/")
    away = Portal("http://127.0.0.1:9/api/v1/", secret, tries=2, sleep=lambda seconds: None)
    with pytest.raises(OSError, match="cannot be reached"):
        away.read("me/")
    factories.member_of(factories.GroupFactory(project=project, school=school))
    assert {row["key"] for row in portal.table("participants/")} == {
        str(key) for key in Participation.objects.values_list("key", flat=True)
    }
    connection.close_pool()
