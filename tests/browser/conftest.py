"""A whole portal for the browser: its own database with the demo data, the web server and a Celery worker as processes.

Tests of this folder see it only from outside: through Chromium and HTTP.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

import kombu
import psycopg
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect, sync_playwright

AXE = Path(__file__).parents[1] / "vendor" / "axe.min.js"
ROOT = Path(__file__).parents[2]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NUMBER = "BG05SFPR001-1.008-0009"
PHONE: ViewportSize = {"width": 360, "height": 740}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
CLASS = "5 „А“ клас"
PASSWORD = "a-password-for-the-walks"
expect.set_options(timeout=20_000)  # a busy machine is not a wrong answer
TOKEN = "ip_token-for-the-walks-0123456789abcdefghij"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """These tests come last: while Playwright runs, Django takes this process for an asynchronous one and refuses to
    speak to the database."""
    ours = [item for item in items if Path(__file__).parent in item.path.parents]
    items[:] = [item for item in items if item not in ours] + ours


@dataclass
class Portal:
    """The running portal: where it is, and how to run a management command on its data."""

    url: str
    environment: dict[str, str]
    processes: dict[str, subprocess.Popen] = field(default_factory=dict)

    @property
    def today(self) -> str:
        """The day it is in the portal."""
        return str(datetime.now(ZoneInfo("Europe/Sofia")).date())

    def manage(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(
        self, path: str, body: Any = None, *, method: str = "", token: str = "", **headers: str
    ) -> tuple[int, bytes, Message]:
        """A plain HTTP request, as a client without a browser makes it; `body` goes as JSON. Redirects are answers."""
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        if data:
            headers["Content-Type"] = "application/json"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        method = method or ("POST" if data else "GET")
        request = urllib.request.Request(urljoin(self.url, path), data, named, method=method)
        try:
            with _opener.open(request, timeout=60) as answer:
                return answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, error.read(), error.headers

    def api(self, path: str, body: Any = None, *, expect: int = 200, token: str = TOKEN, **query: Any) -> Any:
        """The JSON that the API answers below /api/v1/, or to a whole address that it named."""
        path = path if path.startswith("http") else f"/api/v1/{path}"
        code, content, _headers = self.ask(path + (f"?{urlencode(query)}" if query else ""), body, token=token)
        assert code == expect, f"{path} answered {code}: {content[:500]!r}"
        return json.loads(content)

    def rows(self, query: str, *values: Any) -> list[tuple]:
        """What the database holds, for what no page may show."""
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            return connection.execute(query, values).fetchall()

    def finished(self, report: dict[str, Any], seconds: float = 90) -> dict[str, Any]:
        """The report as the API shows it once a worker has made it."""
        end = time.monotonic() + seconds
        while (found := self.api(report["links"]["self"]))["state"] != "done":
            assert found["state"] in ("queued", "running"), found
            assert time.monotonic() < end, f"not made within {seconds} s: {found}"
            time.sleep(0.3)
        return found


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_told):
        return None


_opener = urllib.request.build_opener(_Stay)


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def _with_database(url: str, name: str) -> str:
    head, _, query = url.partition("?")
    return head.rsplit("/", 1)[0] + "/" + name + (f"?{query}" if query else "")


def _other_broker(url: str) -> str:
    """The address of another numbered database of the same broker, so that no other worker takes what is asked here.

    The number stands in `?virtual_host=N` of a socket, or as the path `/N`.
    """
    socket_number = re.search(r"(?<=virtual_host=)\d+", url)
    if socket_number or "socket:" in url:
        number = (int(socket_number[0]) if socket_number else 0) + 3
        query = f"virtual_host={number % 16}"
        return re.sub(r"virtual_host=\d+", query, url) if socket_number else f"{url}{'&' if '?' in url else '?'}{query}"
    parts = urlsplit(url)
    number = int(parts.path.strip("/") or 0) + 3
    return urlunsplit(parts._replace(path=f"/{number % 16}"))


@pytest.fixture(scope="session")
def portal(tmp_path_factory):
    home = tmp_path_factory.mktemp("portal")
    (home / "files").mkdir()
    url, database = os.environ["DATABASE_URL"], f"walks_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {database} TEMPLATE {os.environ.get('TEMPLATE_DATABASE', 'template1')}")
    port = _free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": _with_database(url, database),
        "REDIS_URL": _other_broker(os.environ["REDIS_URL"]),
        "FILES_DIR": str(home / "files"),
        "SITE_URL": f"http://localhost:{port}",
        "TRIAL": "1",
        "DEMO_PASSWORD": PASSWORD,
        "DEMO_API_TOKEN": TOKEN,
        "FAST_HASHER": "1",
        "C_FORCE_ROOT": "1",
    }
    running = Portal(f"http://localhost:{port}", environment)
    running.manage("migrate", "-v0")
    running.manage("seed_demo", "--quiet")
    with kombu.Connection(environment["REDIS_URL"]) as connection:
        for queue in ("short", "long"):  # of an earlier run that was killed
            connection.default_channel.client.delete(queue)
    log = (home / "log").open("ab")
    server = ["granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "4", "--host", "127.0.0.1"]
    commands = {
        "web": [sys.executable, "-m", *server, "--port", str(port), "--log-level", "error", "config.wsgi:app"],
        "worker": [
            sys.executable, "-m", "celery", "-A", "config.celery:app", "worker", "-c", "1", "-l", "WARNING",
            "--without-gossip", "--without-mingle", "-n", f"walks{os.getpid()}@localhost",
        ],
    }  # fmt: skip
    try:
        for name, command in commands.items():
            running.processes[name] = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        _until_it_answers(running, home / "log")
        yield running
    finally:
        for process in running.processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 15)
        for process in running.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
        log.close()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {database} WITH (FORCE)")


def _until_it_answers(running: Portal, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if running.ask("/health/")[0] == 200:
                return
        time.sleep(0.1)
    raise AssertionError("the portal did not start: " + log.read_text()[-2000:])


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"],
            args=["--no-sandbox", "--disable-background-networking", "--disable-quic", "--disable-gpu"],
        )
        yield running
        running.close()


@pytest.fixture(scope="session")
def places(portal):
    """Keys of things that are on the screens: sessions and participants of the coordinator's school (`waiting` is and
    stays without marks), a finished report, a cost."""
    body = {"kind": "progress", "project": NUMBER, "from": "2025-12-09", "to": portal.today, "language": "lv"}
    report = portal.api("reports/", body, expect=202)
    groups = portal.api("groups/", project=NUMBER)["results"]
    group = next(g for g in groups if g["name"] == CLASS)
    sessions = portal.api("sessions/", group=group["key"], page_size=100)["results"]
    sessions.sort(key=lambda session: session["on"])
    people = portal.api("participants/", school=group["school"], page_size=100)["results"]
    session = {
        "group": group["key"], "activity": sessions[0]["activity"], "on": portal.today, "hours": "0.5",
        "starts_at": "06:00", "ends_at": "06:30",
    }  # fmt: skip
    waiting = portal.api("sessions/", session, expect=201)
    report = portal.finished(report)
    return {
        "group": group["key"],
        "school": group["school"],
        "waiting": waiting["key"],
        "coming": next(s for s in sessions if s["state"] == "planned" and s["on"] > portal.today)["key"],
        "held": [s for s in sessions if s["state"] == "held"][-1]["key"],
        "there": next(p for p in people if p["left_on"] is None)["key"],
        "left": next(p for p in people if p["left_on"])["key"],
        "cost": portal.api("reported-costs/", project=NUMBER)["results"][0]["key"],
        "report": report["key"],
        "code": report["code"],
    }


class Walker:
    """One person with one browser window. Console errors are collected; `check` fails on them and on axe findings."""

    def __init__(self, browser: Browser, portal: Portal, **options):
        self.portal, self.size = portal, options["viewport"]
        self.context = browser.new_context(base_url=portal.url, locale="en-GB", **options)
        self.context.set_default_timeout(20_000)
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))

    def _hear(self, message: ConsoleMessage) -> None:
        """Keep errors, but not that a page itself came with 404 or 422: the browser says so of every refusal."""
        refused = "responded with a status of 4" in message.text and message.location["url"] == self.page.url
        if message.type == "error" and not refused:
            self.errors.append(f"{message.text} ({message.location['url']})")

    def sign_in(self, who: str, language: str = "en") -> Walker:
        """Through the form, with the demo password."""
        self.page.goto(f"/{language}/account/login/")
        self.page.locator("input[name=login]:visible").first.fill(f"{who}@demo.example")
        self.page.locator("input[name=password]:visible").first.fill(PASSWORD)
        self.page.locator("form:has(input[type=password]) button[type=submit]").first.click()
        self.page.wait_for_url(lambda url: "/account/login" not in url)
        return self

    def open(self, path: str, code: int = 200) -> Page:
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == code, f"{path} answered {answer.status}, not {code}"
        return self.page

    def problems(self, rules: Sequence[str] | None = ()) -> list[str]:
        """What is wrong with the page at hand: axe findings (of these rules only, if any are named; none with None),
        console errors, not one h1, no title, no language of ours, something wider than the window or, on a phone,
        than 320 px."""
        page = self.page
        problems = [] if rules is None else self._findings(rules)
        problems += self.errors
        self.errors.clear()
        if (n := page.locator("h1").count()) != 1:
            problems.append(f"{n} h1")
        if not page.title().split(" – ")[0].strip():
            problems.append("no title")
        if page.locator("html").get_attribute("lang") not in ("en", "bg", "lv"):
            problems.append("no language")
        problems += self.too_wide()
        if self.size["width"] < 400:
            page.set_viewport_size({"width": 320, "height": 640})
            problems += self.too_wide()
            page.set_viewport_size(self.size)
        return [f"{page.url}: {problem}" for problem in problems]

    @contextlib.contextmanager
    def at_a_desktop_in_the_dark(self) -> Iterator[None]:
        """The page at hand, not loaded anew, in another window of another colour."""
        size, self.size = self.size, DESKTOP
        self.page.set_viewport_size(self.size)
        self.page.emulate_media(color_scheme="dark")
        yield
        self.size = size
        self.page.set_viewport_size(self.size)
        self.page.emulate_media(color_scheme="light")

    def _findings(self, rules: Sequence[str]) -> list[str]:
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        run = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": TAGS}
        found = self.page.evaluate("run => axe.run({runOnly: run, resultTypes: ['violations']})", run)
        return [f"{v['id']}: {v['help']} at {[n['target'] for n in v['nodes'][:3]]}" for v in found["violations"]]

    def too_wide(self) -> list[str]:
        wide, more = self.page.evaluate(
            "(e => [e.clientWidth, e.scrollWidth - e.clientWidth])(document.documentElement)"
        )
        return [f"{more} px wider than {wide} px"] if more > 0 else []

    def check(self) -> None:
        problems = self.problems()
        assert not problems, "\n".join(problems)

    def close(self) -> None:
        self.context.close()


@pytest.fixture(scope="session")
def signed_in() -> dict[str, Any]:
    """The cookies of those who have signed in, so that each does it once."""
    return {}


@pytest.fixture
def walker(browser, portal, signed_in):
    """`walker("officer", phone=True, dark=True, language="bg", javascript=False)` is that person, signed in; without a
    name it is anyone from the street. `fresh=True` signs in anew."""
    made: list[Walker] = []

    def make(
        who: str = "", *, phone=False, dark=False, language="en", javascript=True, fresh=False, **options
    ) -> Walker:
        size = PHONE if phone else DESKTOP
        scheme = "dark" if dark else "light"
        if not fresh and who in signed_in:
            options["storage_state"] = signed_in[who]
        person = Walker(browser, portal, viewport=size, color_scheme=scheme, java_script_enabled=javascript, **options)
        made.append(person)
        if who and "storage_state" not in options:
            person.sign_in(who, language)
            if not fresh:
                signed_in[who] = person.context.storage_state()
        return person

    yield make
    for person in made:
        person.close()
