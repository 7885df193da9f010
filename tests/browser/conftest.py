"""A whole portal for the browser: its own database with the demo data, the web server and a Celery worker as processes.

Tests of this folder see it only from outside: through Chromium and HTTP.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

AXE = Path(__file__).parents[1] / "vendor" / "axe.min.js"
ROOT = Path(__file__).parents[2]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PASSWORD = "a-password-for-the-walks"
TOKEN = "ip_token-for-the-walks-0123456789abcdefghij"


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in Path(item.fspath).parents:
            item.add_marker(pytest.mark.browser)


@dataclass
class Portal:
    """The running portal: where it is, and how to run a management command on its data."""

    url: str
    environment: dict[str, str]
    processes: dict[str, subprocess.Popen] = field(default_factory=dict)

    def manage(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def get(self, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
        """A plain HTTP request, as a client without a browser makes it."""
        request = urllib.request.Request(self.url + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read(), dict(answer.headers)
        except urllib.error.HTTPError as error:
            return error.code, error.read(), dict(error.headers)


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="session")
def portal(tmp_path_factory):
    home = tmp_path_factory.mktemp("portal")
    (home / "files").mkdir()
    url = os.environ["DATABASE_URL"]
    head, _, query = url.partition("?")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS walks WITH (FORCE)")
        connection.execute("CREATE DATABASE walks")
    port = _free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": head.rsplit("/", 1)[0] + "/walks" + (f"?{query}" if query else ""),
        "REDIS_URL": os.environ["REDIS_URL"].replace("virtual_host=0", "virtual_host=3"),
        "FILES_DIR": str(home / "files"),
        "SITE_URL": f"http://localhost:{port}",
        "TRIAL": "1",
        "DEMO_PASSWORD": PASSWORD,
        "DEMO_API_TOKEN": TOKEN,
        "FAST_HASHER": "1",
        "C_FORCE_ROOT": "1",
    }
    running = Portal(f"http://localhost:{port}", environment)
    for command in (["migrate", "-v0"], ["load_codes", "-v0"], ["seed_demo", "--quiet"]):
        running.manage(*command)
    log = (home / "log").open("ab")
    server = ["granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "4", "--host", "127.0.0.1"]
    commands = {
        "web": [sys.executable, "-m", *server, "--port", str(port), "--log-level", "error", "config.wsgi:app"],
        "worker": [sys.executable, "-m", "celery", "-A", "config.celery:app", "worker", "-c", "1", "-l", "WARNING"],
    }
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


def _until_it_answers(running: Portal, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if running.get("/health/")[0] == 200:
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


class Walker:
    """One person with one browser window. Console errors are collected; `check` fails on them and on axe findings."""

    def __init__(self, browser: Browser, portal: Portal, **options):
        self.portal = portal
        self.context = browser.new_context(base_url=portal.url, locale="en-GB", **options)
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.expected: tuple[str, ...] = ()
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))

    def sign_in(self, who: str, language: str = "en") -> Walker:
        self.page.goto(f"/{language}/account/login/")
        self.page.locator("input[name=login][type=email], input[name=login]:not([type=hidden])").first.fill(
            f"{who}@demo.example"
        )
        self.page.locator("input[name=password]:not([type=hidden])").first.fill(PASSWORD)
        self.page.locator("form:has(input[type=password]) button[type=submit]").first.click()
        self.page.wait_for_load_state()
        assert "/account/login" not in self.page.url, "the sign-in was refused"
        return self

    def open(self, path: str) -> Page:
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status < 500, f"{path} answered {answer.status}"
        return self.page

    def check(self) -> None:
        """The page at hand: no axe finding, no console error, a title, one h1, the language, nothing wider than it."""
        page = self.page
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate(
            "tags => axe.run({runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", TAGS
        )
        problems = [f"{v['id']}: {v['help']} at {[n['target'] for n in v['nodes'][:3]]}" for v in found["violations"]]
        assert not problems, f"{page.url}: " + "; ".join(problems)
        assert not self.errors, f"{page.url}: {self.errors}"
        assert page.locator("h1").count() == 1, f"{page.url} has not one h1"
        assert page.title().strip(" –")
        assert page.locator("html").get_attribute("lang") in ("en", "bg", "lv")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{page.url} is {wide} px wider than the window"

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def walker(browser, portal):
    """`walker("officer", phone=True, dark=True, language="bg", javascript=False)` signs that person in; without a name
    it is anyone from the street."""
    made: list[Walker] = []

    def make(who: str = "", *, phone=False, dark=False, language="en", javascript=True, **options) -> Walker:
        size = {"width": 360, "height": 740} if phone else {"width": 1280, "height": 900}
        scheme = "dark" if dark else "light"
        person = Walker(browser, portal, viewport=size, color_scheme=scheme, java_script_enabled=javascript, **options)
        made.append(person)
        if who:
            person.sign_in(who, language)
        return person

    yield make
    for person in made:
        person.close()
