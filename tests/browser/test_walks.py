"""What each kind of user does with the portal, from the sign-in to the end, in a real browser or as a program.

Each walk stands for itself: what it needs beyond the demo it plans through the API first.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import time
from collections import Counter
from decimal import Decimal
from itertools import count
from pathlib import Path
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Locator, Page, expect
from python_calamine import CalamineWorkbook

from tests.browser.conftest import CLASS, NUMBER, TOKEN

PROJECT = f"/work/projects/{NUMBER}/"
SOFIA, LATVIAN = "BG05SFPR001-SOFIA-BTFB", "4.2.3.1"
PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj
trailer<</Root 1 0 R>>
"""
TO_MARK = "#waiting ~ ul.tasks:has(a[href*='/work/sessions/'])"  # the first such list of the week page
_slots = count(30)


@pytest.fixture
def plan(portal):
    """Plan a quarter of an hour of the coordinator's class for today, at a time of its own; returns the session."""

    def make() -> dict:
        group = next(g for g in portal.api("groups/", project=NUMBER)["results"] if g["name"] == CLASS)
        activity = next(a for a in portal.api("activities/", project=NUMBER)["results"] if a["number"] == "1")
        starts, ends = (f"{(slot := next(_slots)) // 4:02}:{slot % 4 * 15:02}" for _end in range(2))
        body = {
            "group": group["key"], "activity": activity["key"], "on": portal.today, "hours": "0.25",
            "starts_at": starts, "ends_at": ends,
        }  # fmt: skip
        return portal.api("sessions/", body, expect=201)

    return make


def plain(text: str) -> str:
    """Without the blanks that keep numbers and units together."""
    return re.sub(r"\s+", " ", text).strip()


def marks_of(portal, session: str) -> dict[str, str]:
    """The marks the server has: by key of the participation."""
    sheet = portal.api(f"sessions/{session}/attendance/")
    return {row["participation"]: row["mark"] for row in sheet["marks"]}


def markings(portal, session: str) -> int:
    """How many events of marking the trail holds of a session."""
    query = "SELECT count(*) FROM core_auditevent WHERE action = 'attendance.marked' AND key = %s"
    return portal.rows(query, session)[0][0]


def counted(portal, table: str) -> int:
    return portal.rows(f"SELECT count(*) FROM {table}")[0][0]


def choose(row: Locator, mark: str) -> None:
    """Press one of the marks of a child, as a finger does."""
    row.locator(f"label:has(input[value={mark}])").click()


def follow(link: Locator) -> None:
    """Press a link or a button that leads to another page, and wait for that page."""
    with link.page.expect_navigation():
        link.click()


def table_of(page: Page, caption: str) -> list[dict[str, str]]:
    """The rows of the table with this caption, by the words of the heads."""
    table = page.locator(f"table:has(caption#{caption})")
    heads = [plain(text) for text in table.locator("thead th").all_inner_texts()]
    rows = table.locator("tbody").evaluate("b => [...b.rows].map(r => [...r.cells].map(c => c.innerText))")
    return [dict(zip(heads, map(plain, row), strict=True)) for row in rows]


def number(text: str) -> float:
    """A figure of an English page."""
    return float(re.sub(r"[^\d.]", "", text))


def said_beside(page: Page, field: str) -> str:
    """What stands as wrong beside a field, after a look that the summary leads there too."""
    expect(page.locator(f".errsum a[href='#{field}']")).to_have_count(1)
    wrong = page.locator(f".field-err:has(#{field}) .errorlist, .field-err:has(#{field}) .err").first
    expect(wrong).to_be_visible()
    return plain(wrong.inner_text())


# --- the coordinator ---------------------------------------------------------------------------------------------


def test_a_coordinator_records_a_session_on_a_phone(walker, portal):
    person = walker("coordinator", phone=True, language="bg", fresh=True)
    page = person.page
    expect(page).to_have_url(re.compile(r"/bg/work/week/"))
    expect(page.locator("h1")).to_have_text("Тази седмица")
    card = page.locator("article", has_text=CLASS).filter(has_text="13:30").filter(has=page.locator("a.btn"))
    waits = page.locator(TO_MARK).first.locator("li")
    waiting = waits.count()
    follow(card.locator("a.btn"))
    session = page.url.rstrip("/").rpartition("/")[2]
    rows = page.locator(".marks > li")
    expect(rows).to_have_count(30)
    person.check()

    page.locator("[data-mark-all]").click()
    state = page.locator("[data-state]")
    expect(state).to_contain_text("Записано в")
    expect(state).to_contain_text("тук: 30")
    choose(rows.nth(4), "absent")
    choose(rows.nth(11), "excused")
    expect(state).to_contain_text("тук: 28, отсъстват: 1, извинени: 1, закъснели: 0, без отметка: 0")

    page.reload()
    there = [rows.nth(n).locator("input:checked").get_attribute("value") for n in range(30)]
    assert Counter(there) == {"here": 28, "absent": 1, "excused": 1}
    assert (there[4], there[11]) == ("absent", "excused")
    assert Counter(marks_of(portal, session).values()) == {"here": 28, "absent": 1, "excused": 1}

    name = rows.first.locator(".name").inner_text()
    _add_somebody_like(page, name)
    expect(page).to_have_url(re.compile(f"/sessions/{session}/"))
    expect(rows).to_have_count(31)
    expect(page.locator(".marks > li", has_text="Ava-Proba")).to_have_count(1)

    page.locator("input[type=file]").set_input_files(
        {"name": "списък.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    page.locator("form[data-upload] [data-main]").click()
    expect(page.locator("#evidence ~ .files .name", has_text="списък.pdf")).to_be_visible()

    page.goto("/bg/work/week/")
    to_mark = page.locator(TO_MARK).first
    left = to_mark.locator("li", has=page.locator(f"a[href*='{session}']"))
    expect(left).to_contain_text("1 без отметка")  # the child who was added
    expect(to_mark.locator("li")).to_have_count(waiting)
    without_list = page.locator("#waiting ~ ul.tasks a[href$='#evidence']")
    assert without_list.count() > 0
    expect(page.locator(f"#waiting ~ ul.tasks a[href*='{session}'][href$='#evidence']")).to_have_count(0)
    person.check()


LATIN = str.maketrans("абвгдезийклмнопрстуфхАБВГДЕЗИЙКЛМНОПРСТУФХ", "abvgdeziyklmnoprstufhABVGDEZIYKLMNOPRSTUFH")
LETTERS = {"ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sht", "ъ": "a", "ь": "y", "ю": "yu", "я": "ya"}


def _latin(name: str) -> str:
    """A Bulgarian name as it stands in a passport."""
    for one, other in LETTERS.items():
        name = name.replace(one, other).replace(one.upper(), other.capitalize())
    return name.translate(LATIN)


def send_by_steps(page: Page) -> None:
    """On a phone a long form goes part by part; the last part sends it."""
    onwards = page.locator("form[data-steps] button.btn-primary[type=button]")
    parts = page.locator("form[data-steps] [data-step]")
    for n in range(parts.count()):
        assert [part.is_visible() for part in parts.all()].index(True) == n
        assert sum(part.is_visible() for part in parts.all()) == 1
        if onwards.is_visible():
            onwards.click()
    follow(page.locator("main [data-main]"))


def _add_somebody_like(page: Page, name: str) -> None:
    """Add a participant from the sheet, whose name is that of a child in it in other letters: compare, go back, change
    the name, add."""
    follow(page.locator("a[href$='/join/']"))
    follow(page.locator("a[href*='/participants/new/']"))
    given, family = _latin(name).rsplit(" ", 1)
    page.locator("#id_given_name").fill(given)
    page.locator("#id_family_name").fill(family)
    send_by_steps(page)
    expect(page.locator("h1")).to_have_text("Същото лице ли е?")
    expect(page.locator("main h2").first).to_contain_text(name)
    follow(page.locator("button[name=again]"))
    expect(page.locator("#id_family_name")).to_have_value(family)
    page.locator("#id_given_name").fill(f"{given}-Proba")
    send_by_steps(page)
    follow(page.locator("button[name=confirmed]"))


def test_a_coordinator_marks_without_javascript(walker, portal, plan):
    session = plan()["key"]
    person = walker("coordinator", javascript=False, fresh=True)
    page = person.page
    page.goto("/en/work/week/")
    follow(page.locator(f"article a[href$='/work/sessions/{session}/']").first)
    rows = page.locator(".marks > li")
    everybody = rows.count()
    follow(page.locator("button[name=all]"))
    expect(page.locator("[data-state]")).to_contain_text(f"{everybody} here, 0 absent")
    choose(rows.nth(2), "absent")
    choose(rows.nth(3), "late")
    follow(page.locator("button[name=done]"))
    expect(page).to_have_url(re.compile("/work/week/"))
    expect(page.locator("main")).to_contain_text(
        f"Saved: {everybody - 2} here, 1 absent, 0 excused, 1 late, 0 not marked."
    )
    assert Counter(marks_of(portal, session).values()) == {"here": everybody - 2, "absent": 1, "late": 1}


def test_marks_wait_while_there_is_no_connection(walker, portal, plan):
    session = plan()["key"]
    person = walker("coordinator", phone=True)
    page = person.open(f"/en/work/sessions/{session}/")
    stored: list[str] = []
    page.on("response", lambda r: stored.append(r.url) if r.url.endswith("/marks/") and r.ok else None)
    rows, banner = page.locator(".marks > li"), page.locator("#queue")
    person.context.set_offline(True)
    choose(rows.nth(0), "here")
    choose(rows.nth(1), "absent")
    expect(banner).to_be_visible()
    expect(banner).to_contain_text("Changes waiting on this device: 2")
    expect(rows.nth(0).locator("[data-unit-state]")).to_have_text("waits to be saved")
    assert set(marks_of(portal, session).values()) == {""}

    person.context.set_offline(False)
    expect(banner).to_be_hidden()
    expect(page.locator("[data-state]")).to_contain_text("Saved at")
    expect(page.locator(".marks .pending")).to_have_count(0)
    keys = [rows.nth(n).get_attribute("data-participation") for n in (0, 1)]
    found = {key: mark for key, mark in marks_of(portal, session).items() if mark}
    assert found == {keys[0]: "here", keys[1]: "absent"}
    assert markings(portal, session) == len(stored) <= 2
    page.reload()
    assert markings(portal, session) == len(stored), "nothing was sent again"


def test_marks_whose_answer_was_lost_are_stored_once(walker, portal, plan):
    session = plan()["key"]
    person = walker("coordinator")
    page = person.open(f"/en/work/sessions/{session}/")
    sent: list[str] = []

    def lose_the_first_answer(route):
        sent.append(route.request.headers["idempotency-key"])
        if len(sent) == 1:
            route.fetch()  # the server stores it, and nobody hears of it
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/marks/", lose_the_first_answer)
    choose(page.locator(".marks > li").first, "excused")
    expect(page.locator("[data-state]")).to_contain_text("Saved at", timeout=15_000)
    assert len(sent) == 2
    assert len(set(sent)) == 1
    assert markings(portal, session) == 1
    assert Counter(marks_of(portal, session).values())["excused"] == 1


def test_marks_wait_over_a_reload_are_sent_once_and_the_sheet_says_what_they_moved(walker, portal, plan):
    session = plan()["key"]
    person = walker("coordinator", phone=True)
    page = person.open(f"/en/work/sessions/{session}/")
    rows, effect = page.locator(".marks > li"), page.locator("#effect")
    expect(effect).to_contain_text("0 participants came")
    sent: list[str] = []

    def no_connection(route):
        sent.append(route.request.headers["idempotency-key"])
        route.abort("internetdisconnected")

    page.route("**/marks/", no_connection)
    page.on("dialog", lambda dialog: dialog.accept())  # “marks wait”: leave all the same
    choose(rows.nth(0), "here")
    choose(rows.nth(1), "excused")
    expect(page.locator("#queue")).to_be_visible()
    page.reload()
    expect(rows.nth(0).locator("input:checked")).to_have_value("here")
    expect(rows.nth(0).locator("[data-unit-state]")).to_have_text("waits to be saved")
    assert markings(portal, session) == 0

    page.unroute("**/marks/")
    page.on("request", lambda r: sent.append(r.headers["idempotency-key"]) if r.url.endswith("/marks/") else None)
    expect(page.locator("[data-state]")).to_contain_text("Saved at", timeout=70_000)
    expect(page.locator(".marks .pending")).to_have_count(0)
    assert Counter(marks_of(portal, session).values())["here"] == 1
    assert Counter(marks_of(portal, session).values())["excused"] == 1
    assert markings(portal, session) == len(set(sent)) <= 2, "each request was stored once"
    receipts = portal.rows(
        "SELECT count(*) FROM beneficiaries_receipt WHERE idempotency_key = ANY(%s)", list(set(sent))
    )
    assert receipts[0][0] == len(set(sent))
    expect(effect).to_contain_text("1 participant came: 0.25 h")
    expect(effect).to_contain_text("Since you opened this page: 0.25 h of participants")


# --- the officer -------------------------------------------------------------------------------------------------


def test_an_officer_sees_it_counted_and_makes_a_report(walker, portal, plan):
    session = plan()["key"]
    officer = walker("officer")
    page = officer.open("/en/work/")
    row = page.locator("tr", has=page.locator(".code", has_text=re.compile(f"^{NUMBER}$")))
    expect(row).to_contain_text("358,083.27")
    officer.check()
    follow(row.locator("th a").first)
    expect(page.locator("h1")).to_contain_text("Заедно успяваме")

    people = f"/en{PROJECT}people/?from=2026-01-01&to={portal.today}"
    page.goto(people)
    before = next(r for r in table_of(page, "activities") if next(iter(r.values())) == "1")
    coordinator = walker("coordinator")
    sheet = coordinator.open(f"/en/work/sessions/{session}/")
    rows = sheet.locator(".marks > li")
    everybody = rows.count()
    sheet.locator("[data-mark-all]").click()
    choose(rows.nth(0), "absent")
    choose(rows.nth(1), "excused")
    expect(sheet.locator("[data-state]")).to_contain_text(f"{everybody - 2} here, 1 absent, 1 excused")
    expect(sheet.locator(".marks .pending")).to_have_count(0)
    page.goto(people)
    after = next(r for r in table_of(page, "activities") if next(iter(r.values())) == "1")
    moved = {name: number(after[name]) - number(before[name]) for name in ("Sessions held", "Attendances", "Marks")}
    assert moved == {"Sessions held": 1, "Attendances": everybody - 2, "Marks": everybody}
    hours = number(after["Participant hours"]) - number(before["Participant hours"])
    assert hours == pytest.approx(0.25 * (everybody - 2))

    follow(page.locator("nav.tabs a[href*='/history/']"))
    event = page.locator(".timeline > li").first
    expect(event).to_contain_text("Гергана Илиева")
    expect(event.locator(".name", has_text=session)).to_have_count(1)
    officer.check()

    page.goto(f"/en{PROJECT}")
    follow(page.locator("a.btn-primary[href*='/reports/new/']"))
    expect(page.locator("#id_project")).to_have_value(NUMBER)
    page.locator("#id_from").fill("2026-01-01")
    page.locator("#id_to").fill(portal.today)
    page.locator("input[name=language][value=bg]").check()
    follow(page.locator("#ask [data-main]"))
    expect(page).to_have_url(re.compile(r"/work/reports/[0-9a-f-]{36}/$"))
    report = page.url
    bar = page.locator("progress")
    expect(bar).to_be_visible()
    assert float(bar.get_attribute("value") or 0) < float(bar.get_attribute("max") or 0)
    page.goto("/en/work/reports/")
    expect(page.locator(f"main a[href='{report.removeprefix(portal.url)}']").first).to_be_visible()
    page.goto(report)
    expect(page.locator("#pdf")).to_be_visible(timeout=90_000)
    expect(page.locator("h2", has_text="The report is ready and sealed")).to_be_visible()
    expect(page.locator("#files ~ .files li", has_text="CSV").first).to_be_visible()
    expect(page.locator("main")).to_contain_text("Български")
    officer.check()


# --- the auditor -------------------------------------------------------------------------------------------------


def _shown_hashes(page: Page) -> dict[str, str]:
    """Name of the file → SHA-256, as the page of a report lists them for sha256sum."""
    lines = (page.locator("#sums").text_content() or "").strip().splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def _fetch(page: Page, link: Locator, folder: Path) -> Path:
    with page.expect_download() as waiting:
        link.click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def test_an_auditor_proves_a_report_and_changes_nothing(walker, portal, places, tmp_path):
    auditor = walker("auditor", language="lv")
    page = auditor.open("/lv/work/reports/")
    page.locator("#id_q").fill(places["code"])
    follow(page.locator("form.filters [data-main]"))
    follow(page.locator(f"main a[href$='/work/reports/{places['report']}/']").first)
    auditor.check()
    hashes = _shown_hashes(page)
    pdf = _fetch(page, page.locator("#pdf"), tmp_path)
    written = page.locator("#files ~ .files li", has_text="_counted_indicators.csv")
    table = _fetch(page, written.locator("a[href]").first, tmp_path)
    for path in (pdf, table):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == hashes[path.name]
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert table.read_bytes().startswith(b"\xef\xbb\xbf")

    _verify(walker, pdf, table, tmp_path)

    page.goto(f"/lv/work/reports/{places['report']}/")
    follow(page.locator("#rows ~ .tasks a[href*='/indicators/']"))
    figure = page.locator("table:has(caption#counted_indicators) a[href*='/EECO01/rows/']:not([href*='gender'])").first
    shown = int(re.match(r"\d+", plain(figure.inner_text()))[0])
    follow(figure)
    assert shown == _listed(page) > 30
    auditor.check()

    page.goto(f"/lv{PROJECT}history/")
    assert page.locator(".timeline > li").count() > 3
    page.goto("/lv/work/trail/")
    expect(page.locator(".timeline > li").first).to_be_visible()
    _cannot_change(auditor, portal, places)


def _verify(walker, pdf: Path, table: Path, folder: Path) -> None:
    """Anyone checks the files, in a window of their own: with JavaScript the file stays with them."""
    changed = folder / "changed.pdf"
    content = bytearray(pdf.read_bytes())
    content[len(content) // 2] ^= 1
    changed.write_bytes(content)
    anyone = walker(phone=True, language="lv")
    page = anyone.page
    for path, answer in ((pdf, "Nav mainīts kopš"), (table, "Nav mainīts kopš"), (changed, "Šis nav šī portāla fails")):
        anyone.open("/lv/verify/")
        page.locator("#id_file").set_input_files(path)
        expect(page.locator("#id_sha256")).to_have_value(hashlib.sha256(path.read_bytes()).hexdigest())
        with page.expect_request(lambda request: request.method == "POST") as asked:
            page.locator("main form [data-main]").click()
        assert b"%PDF" not in (asked.value.post_data_buffer or b""), "the file left the device"
        expect(page.locator("#answer-h")).to_contain_text(answer)
    plainly = walker(javascript=False)
    for path, answer in ((pdf, "Unchanged since"), (changed, "This is not a file of this portal")):
        plainly.open("/en/verify/")
        plainly.page.locator("#id_file").set_input_files(path)
        follow(plainly.page.locator("main form [data-main]"))
        expect(plainly.page.locator("#answer-h")).to_contain_text(answer)
    assert not anyone.context.cookies()


def _listed(page: Page) -> int:
    """How many records a list holds on all its pages."""
    found = page.locator("main tbody tr").count()
    while (more := page.locator("main a[rel=next]")).count():
        follow(more.first)
        found += page.locator("main tbody tr").count()
    return found


def _cannot_change(auditor, portal, places) -> None:
    page = auditor.page
    for path in (
        f"/lv/work/sessions/{places['waiting']}/",
        f"/lv/work/participants/{places['there']}/",
        f"/lv{PROJECT}",
    ):
        auditor.open(path)
        expect(page.locator("main [data-mark-all], main input[type=radio], main input[type=file]")).to_have_count(0)
        expect(page.locator("main a[href*='/change/'], main a[href*='/new/'], main a[href*='/texts/']")).to_have_count(
            0
        )
    before = counted(portal, "core_auditevent")
    token = page.locator("body").get_attribute("data-csrf")
    headers = {"X-CSRFToken": token, "Accept": "application/json", "Referer": portal.url}
    for path in (
        f"/lv/work/sessions/{places['waiting']}/marks/", f"/lv/work/sessions/{places['waiting']}/evidence/",
        f"/lv/work/sessions/{places['waiting']}/change/", f"/lv/work/participants/{places['there']}/leave/",
        f"/lv{PROJECT}costs/new/", f"/lv/work/reports/{places['report']}/cancel/", "/lv/work/reports/new/",
    ):  # fmt: skip
        form = {"participation": places["there"], "mark": "here", "base": ""}
        answer = page.request.post(portal.url + path, headers=headers, form=form)
        assert answer.status == 403, path
    assert counted(portal, "core_auditevent") == before
    assert set(marks_of(portal, places["coming"]).values()) == {""}


# --- the program -------------------------------------------------------------------------------------------------


def test_a_program_reads_and_writes_the_same_data(walker, portal, plan):
    numbers = [project["number"] for project in portal.api("projects/")["results"]]
    assert {NUMBER, SOFIA} <= set(numbers)
    project = portal.api(f"projects/{NUMBER}/")
    assert project["number"] == NUMBER
    assert "358083.27" in json.dumps(project)

    period = {"from": "2026-01-01", "to": portal.today}
    told = portal.api(f"projects/{NUMBER}/indicators/", language="en", **period)["tables"]["counted_indicators"]
    officer = walker("officer")
    page = officer.open(f"/en{PROJECT}indicators/?from={period['from']}&to={period['to']}")
    lines = page.locator("table:has(caption#counted_indicators) tbody tr")
    heads = [c["key"] for c in told["columns"] if c["key"] not in ("code", "name")]
    assert lines.count() == len(told["rows"]) > 15
    shown = lines.evaluate_all(
        "rows => rows.map(r => [...r.cells].map(c => (c.querySelector('.code') || c).firstChild "
        "? (c.querySelector('.code, a') || c).firstChild.textContent : ''))"
    )
    for line, row in zip(shown, told["rows"], strict=True):
        assert line[0] == row["code"]
        cells = [row.get(head) for head in heads]
        figures = ["—" if n is None else f"{Decimal(n):,}" if n[0].isdigit() else n for n in cells]
        assert [plain(text) for text in line[1:]] == figures, row["code"]

    session = plan()["key"]
    sheet = portal.api(f"sessions/{session}/attendance/")["marks"]
    marks = [{"participation": row["participation"], "mark": "here"} for row in sheet]
    marks[0]["mark"] = "absent"
    summary = portal.api(f"sessions/{session}/attendance/", {"marks": marks})
    assert (summary["here"], summary["absent"], summary["unmarked"]) == (len(marks) - 1, 1, 0)
    assert marks_of(portal, session) == {m["participation"]: m["mark"] for m in marks}


def test_a_program_has_a_report_made(portal):
    body = {"kind": "progress", "project": NUMBER, "from": "2026-02-01", "to": "2026-04-30", "language": "en"}
    code, content, headers = portal.ask("/api/v1/reports/", body, token=TOKEN)
    assert code == 202
    assert headers["Location"] == json.loads(content)["links"]["self"]
    report = portal.finished(json.loads(content))
    kinds = Counter(file["kind"] for file in report["files"])
    assert kinds["pdf"] == 1
    assert kinds["csv"] > 5
    for file in report["files"]:
        code, content, headers = portal.ask(file["url"], token=TOKEN)
        assert code == 200
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        assert headers["ETag"] == f'"{file["sha256"]}"'
        if file["kind"] == "csv":
            assert len(list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))) >= 1


def test_a_program_is_told_what_is_wrong(portal):
    good = {"kind": "progress", "project": NUMBER, "from": "2026-01-01", "to": "2026-03-31", "language": "en"}
    before = counted(portal, "reports_report")
    for path, body, token, expected in (
        ("projects/", None, "", 401),
        ("projects/", None, "ip_nobody", 401),
        ("projects/NO-SUCH-NUMBER/", None, TOKEN, 404),
        ("reports/", good | {"project": "NO-SUCH-NUMBER"}, TOKEN, 422),
        ("reports/", good | {"from": "2020-01-01"}, TOKEN, 422),
        ("reports/", good | {"language": "xx"}, TOKEN, 422),
        ("nothing/here/", None, TOKEN, 404),
    ):
        code, content, headers = portal.ask(f"/api/v1/{path}", body, token=token)
        assert code == expected, path
        assert headers["Content-Type"] == "application/problem+json"
        problem = json.loads(content)
        assert problem["status"] == expected
        assert problem["title"]
        assert problem["detail"]
        if expected == 422:
            assert problem["errors"][0]["pointer"] in ("/project", "/from", "/language")
    assert counted(portal, "reports_report") == before


def test_a_token_opens_what_its_scope_says(walker, portal):
    """The person makes a token for reading on the page of tokens; it does not write."""
    person = walker("coordinator")
    page = person.open("/en/account/settings/tokens/")
    page.locator("#id_name").fill("Reads only")
    for box in page.locator("input[name=scopes]").all():
        box.set_checked(box.get_attribute("value") == "read")
    follow(page.locator("form:has(#id_name) [type=submit], form:has(#id_name) [data-main]").first)
    secret = re.search(r"ip_[A-Za-z0-9_-]{20,}", page.locator("main").inner_text() + page.content())
    assert secret
    assert portal.api("projects/", token=secret[0])["results"]
    body = {"kind": "progress", "project": NUMBER, "from": "2026-01-01", "to": "2026-03-31", "language": "en"}
    code, content, headers = portal.ask("/api/v1/reports/", body, token=secret[0])
    assert code == 403
    assert headers["Content-Type"] == "application/problem+json"
    assert json.loads(content)["status"] == 403


def test_the_api_describes_itself(walker, portal):
    code, content, _headers = portal.ask("/api/v1/schema/")
    schema = json.loads(content)
    assert code == 200
    assert schema["openapi"].startswith("3.1")
    assert "/api/v1/projects/{number}/indicators/" in schema["paths"]
    anyone = walker()
    anyone.open("/api/v1/docs/")
    expect(anyone.page.locator("main")).to_contain_text("/api/v1/reports/")
    anyone.check()


# --- the public --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no-javascript"])
def test_the_public_reads_the_projects(walker, portal, javascript):
    anyone = walker(phone=True, language="bg", javascript=javascript)
    page = anyone.open("/bg/")
    page.locator("#find").fill("sofia")
    follow(page.locator("form:has(#find) button"))
    follow(page.locator(f"main a[href$='/projects/{SOFIA}/']").first)
    text = plain(page.locator("main").inner_text())
    assert "197 692,54 €" in text
    assert "386 653,00" in text
    assert "0,00 €" in text
    counters = [plain(kpi.inner_text()) for kpi in page.locator(".kpis").last.locator(".kpi").all()]
    assert [any(re.search(rf"(^|\D){n}(\D|$)", c) for c in counters) for n in ("580", "90")] == [True, True]
    assert len(counters) == 2
    assert "670" not in text

    page.goto("/bg/projects/")
    page.locator("input[name=q]").fill("kopiena")  # “Skola – kopienā”
    follow(page.locator("form:has(input[name=q]) button").first)
    follow(page.locator(f"main a[href$='/projects/{LATVIAN}/']").first)
    text = plain(page.locator("main").inner_text())
    assert "85,00 %" in text
    for amount in ("29 545 252,00", "25 113 464,00", "4 431 788,00"):
        assert amount in text
    assert not anyone.context.cookies()
    assert not anyone.errors


def in_sheets(workbook: bytes) -> str:
    """Every cell of a workbook."""
    sheets = CalamineWorkbook.from_filelike(io.BytesIO(workbook))
    return "\n".join(str(row) for name in sheets.sheet_names for row in sheets.get_sheet_by_name(name).to_python())


def test_no_public_page_names_a_participant(portal):
    """Every public address that can be reached from the first page, in three languages, and the open data."""
    people = portal.rows(
        "SELECT p.code, i.given_name || ' ' || i.family_name FROM beneficiaries_person p "
        "JOIN beneficiaries_identity i ON i.person_id = p.id"
    )
    assert len(people) > 120
    waiting, seen = [f"/{language}/" for language in ("en", "bg", "lv")], dict[str, str]()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        code, content, headers = portal.ask(path)
        assert code in (200, 302), path
        assert headers["Set-Cookie"] is None, path
        seen[path] = in_sheets(content) if path.endswith(".xlsx") else content.decode("utf-8-sig")
        for href in re.findall(r'href="([^"#?]+)', seen[path]):
            where = urljoin(path, href)
            if re.match(r"/(en|bg|lv)/(projects|programmes|data|verify|$)", where):
                waiting.append(where)
    assert len(seen) > 30
    assert {path.rpartition(".")[2] for path in seen if "projects." in path} == {"csv", "xlsx", "json"}
    secrets = {word for person in people for word in person}
    for path, text in seen.items():
        assert not (found := {word for word in secrets if word in text}), f"{path}: {found}"


# --- bad input ---------------------------------------------------------------------------------------------------


def test_a_report_is_not_asked_for_with_wrong_facts(walker, portal):
    officer = walker("officer", language="bg")
    before = counted(portal, "reports_report")
    page = officer.open("/bg/work/reports/new/?project=BG05SFPR001-1.008-9999", 422)
    assert "BG05SFPR001-1.008-9999" in said_beside(page, "id_project")
    officer.open(f"/bg/work/reports/new/?project={NUMBER}")
    page.locator("#id_from").fill("01.01.2020")
    page.locator("#id_to").fill("31.02.2026")
    follow(page.locator("#ask [data-main]"))
    assert said_beside(page, "id_to")
    page.locator("#id_to").fill("31.12.2040")
    follow(page.locator("#ask [data-main]"))
    assert "09.12.2025" in said_beside(page, "id_from")
    assert "09.12.2028" in said_beside(page, "id_to")
    expect(page.locator("#id_from")).to_have_value("01.01.2020")
    expect(page.locator(".errsum")).to_be_focused()
    assert counted(portal, "reports_report") == before


def test_an_amount_has_to_be_a_number(walker, portal):
    finance = walker("finance", language="lv")
    before = counted(portal, "budgets_reportedcost")
    page = finance.open(f"/lv{PROJECT}costs/new/")
    page.locator("#id_line").select_option(index=1)
    page.locator("#id_document").fill("Rēķins 118")
    page.locator("#id_document_on").fill("01.03.2026")
    page.locator("#id_reported_on").fill("02.03.2026")
    page.locator("#id_total").fill("divi simti")
    follow(page.locator("main form [data-main]"))
    assert said_beside(page, "id_total")
    expect(page.locator("#id_total")).to_have_value("divi simti")
    expect(page.locator("#id_document")).to_have_value("Rēķins 118")
    assert counted(portal, "budgets_reportedcost") == before


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no-javascript"])
def test_a_file_has_to_be_a_scan(walker, portal, places, javascript):
    person = walker("coordinator", javascript=javascript)
    before = counted(portal, "activities_evidence"), counted(portal, "core_storedfile")
    for name, content, wrong in (
        ("empty.pdf", b"", "is empty"),
        ("list.pdf", b"PK\x03\x04 a spreadsheet with another name", "is not a PDF, JPEG or PNG"),
    ):
        page = person.open(f"/en/work/sessions/{places['held']}/")
        page.locator("input[type=file]").set_input_files(
            {"name": name, "mimeType": "application/pdf", "buffer": content}
        )
        page.locator("form[data-upload] [data-main]").click()
        if javascript:
            expect(page.locator("[data-upload-list] [data-row-state]")).to_contain_text(wrong)
        else:
            assert wrong in said_beside(page, "id_upload")
    assert (counted(portal, "activities_evidence"), counted(portal, "core_storedfile")) == before


def test_two_windows_do_not_overwrite_each_other(walker, portal, plan):
    session = plan()["key"]
    one, other = walker("coordinator"), walker("coordinator")
    for window in (one, other):
        window.open(f"/en/work/sessions/{session}/change/")
    one.page.locator("#id_place").fill("Room one")
    follow(one.page.locator("main form [data-main]"))
    expect(one.page.locator("main")).to_contain_text("The session is changed.")
    other.page.locator("#id_place").fill("Room two")
    follow(other.page.locator("main form [data-main]"))
    expect(other.page.locator("#cf")).to_contain_text("changed this while you were working")
    expect(other.page.locator(".note fieldset")).to_contain_text("Room one")
    expect(other.page.locator(".note fieldset")).to_contain_text("Room two")
    assert portal.api(f"sessions/{session}/")["place"] == "Room one"
    other.page.locator("#t-place").check()
    follow(other.page.locator("main form [data-main]"))
    expect(other.page.locator("h1")).to_contain_text(CLASS)
    assert portal.api(f"sessions/{session}/")["place"] == "Room one"


def test_a_double_click_makes_one_report(walker, portal):
    officer = walker("officer")
    before = counted(portal, "reports_report")
    page = officer.open(f"/en/work/reports/new/?project={NUMBER}&from=2026-05-01&to=2026-05-31&language=en")
    page.locator("#ask [data-main]").dblclick()
    expect(page).to_have_url(re.compile(r"/work/reports/[0-9a-f-]{36}/$"))
    assert counted(portal, "reports_report") == before + 1


# --- the keyboard ------------------------------------------------------------------------------------------------

FOCUS = """() => { const e = document.activeElement, s = getComputedStyle(e), t = getComputedStyle(e.parentElement);
  const face = e.matches('input[type=radio]') && e.nextElementSibling ? getComputedStyle(e.nextElementSibling) : s;
  const seen = [s, t, face].some(x => x.outlineStyle !== 'none' && parseFloat(x.outlineWidth) >= 2);
  return {tag: e.tagName, text: (e.innerText || e.value || '').slice(0, 40), seen} }"""


def test_the_keyboard_reaches_and_shows_everything(walker, places):
    person = walker("coordinator")
    page = person.open(f"/en/work/sessions/{places['held']}/")
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    expect(page.locator("a.skip")).to_be_in_viewport()
    unseen = []
    for _step in range(25):
        page.keyboard.press("Tab")
        now = page.evaluate(FOCUS)
        if not now["seen"]:
            unseen.append(now)
    assert unseen == []
    page.goto(f"/en/work/sessions/{places['held']}/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_class_is_marked_by_keyboard(walker, portal, plan):
    session = plan()["key"]
    person = walker("coordinator")
    page = person.open(f"/en/work/sessions/{session}/")
    rows = page.locator(".marks > li")
    page.locator("[data-mark-all]").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-state]")).to_contain_text("1 here, 1 absent, 1 excused")
    keys = [rows.nth(n).get_attribute("data-participation") for n in range(3)]
    marks = marks_of(portal, session)
    assert [marks[key] for key in keys] == ["here", "absent", "excused"]
    assert sum(1 for mark in marks.values() if mark) == 3


def test_thirty_children_are_marked_by_keyboard_in_less_than_a_minute(walker, portal, plan):
    """Everybody present by one key, then the exceptions: Tab from child to child, arrows between the marks."""
    session = plan()["key"]
    page = walker("coordinator").open(f"/en/work/sessions/{session}/")
    rows = page.locator(".marks > li")
    everybody = rows.count()
    assert everybody >= 30
    began = time.monotonic()  # of the machine: a person needs longer for each key, not more keys
    page.locator("[data-mark-all]").focus()
    page.keyboard.press("Enter")
    for n in range(everybody):
        page.keyboard.press("Tab")
        if n in (3, 17):
            page.keyboard.press("ArrowRight")
        if n == 22:
            page.keyboard.press("ArrowRight")
            page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    expect(page.locator("button[name=done]")).to_be_focused()
    expect(page.locator("[data-state]")).to_contain_text(f"{everybody - 3} here, 2 absent, 1 excused, 0 late, 0 not")
    expect(page.locator(".marks .pending")).to_have_count(0)
    assert time.monotonic() - began < 60
    keys = [rows.nth(n).get_attribute("data-participation") for n in (3, 17, 22)]
    marks = marks_of(portal, session)
    assert [marks[key] for key in keys] == ["absent", "absent", "excused"]
    follow(page.locator("button[name=done]"))
    expect(page).to_have_url(re.compile("/work/week/"))


def test_thirty_children_are_marked_by_thumb_on_a_phone_in_less_than_two_minutes(walker, portal, plan):
    """No “all present”: a tap for each child, one after the other, faster than a thumb; each mark arrives, once."""
    session = plan()["key"]
    page = walker("coordinator", phone=True, has_touch=True, is_mobile=True).open(f"/en/work/sessions/{session}/")
    rows = page.locator(".marks > li")
    everybody = rows.count()
    assert everybody >= 30
    marks = {n: "absent" if n % 9 == 4 else "excused" if n == 7 else "here" for n in range(everybody)}
    keys = [rows.nth(n).get_attribute("data-participation") for n in range(everybody)]
    began = time.monotonic()
    for n, mark in marks.items():
        rows.nth(n).locator(f"label:has(input[value={mark}])").tap()
    away = sum(mark == "absent" for mark in marks.values())
    told = f"{everybody - away - 1} here, {away} absent, 1 excused, 0 late, 0 not"
    expect(page.locator("[data-state]")).to_contain_text(told)
    expect(page.locator(".marks .pending")).to_have_count(0)
    assert time.monotonic() - began < 120
    saved = marks_of(portal, session)
    assert [saved[key] for key in keys] == list(marks.values())
    page.locator("button[name=done]").tap()
    expect(page).to_have_url(re.compile("/work/week/"))
    page.goto(f"/en/work/sessions/{session}/")
    assert page.locator(".marks input:checked").count() == everybody


def test_a_week_is_marked_by_digits(walker, portal, plan, places):
    session = plan()["key"]
    person = walker("coordinator")
    page = person.open(f"/en/work/week/grid/?group={places['group']}")
    column = page.locator("thead th").evaluate_all(
        "(heads, key) => heads.findIndex(h => (h.dataset.url || '').includes(key))", session
    )
    cells = page.locator(f"tbody tr td:nth-child({column + 1})")
    cells.first.click()
    page.keyboard.press("1")
    page.keyboard.press("2")
    page.keyboard.press("3")
    page.keyboard.press("1")
    page.keyboard.press("Control+z")
    expect(page.locator("[data-state]")).to_contain_text("1 here, 1 absent, 1 excused")
    keys = [cells.nth(n).get_attribute("data-participation") for n in range(4)]
    marks = marks_of(portal, session)
    assert [marks[key] for key in keys] == ["here", "absent", "excused", ""]
    page.keyboard.press("Escape")
    expect(page.locator("#grid-h")).to_be_focused()


def test_the_focus_goes_to_what_is_wrong(walker):
    person = walker("coordinator")
    page = person.open("/en/work/participants/new/")
    page.locator("#id_family_name").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".errsum")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#id_given_name")).to_be_focused()
