"""An officer checks a claim on its sheet by keyboard, a second one is told what the first decided, and confirms."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import NUMBER, Walker
from tests.browser.test_walks import PDF, follow, number, plain

SCAN = PDF.replace(b"[3 0 R]/Count 1", b"[3 0 R 4 0 R]/Count 2").replace(
    b"trailer", b"4 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 842 595]>>endobj\ntrailer"
)  # an upright page and a lying one
FOCUSED = "selector => document.activeElement.matches(selector)"
PICTURE = "() => { const i = document.querySelector('#viewer-page img'); return i.complete && i.naturalWidth > 0 }"


def tab_to(page: Page, selector: str, key: str = "Tab") -> None:
    """Press Tab, or Shift+Tab for what is nearer to the end of the page, until the focus is there."""
    for _press in range(120):
        if page.evaluate(FOCUSED, selector):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} does not reach {selector}")


def press(page: Page, key: str) -> None:
    """Press a key that leads to another page, and wait for that page."""
    with page.expect_navigation():
        page.keyboard.press(key)


def type_over(page: Page, field: str, text: str) -> None:
    tab_to(page, field)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def lower(page: Page, downs: int, total: str, comment: str) -> None:
    """Choose a decision so many below “Accept”, what is eligible, a type of error and what the school reads."""
    tab_to(page, "input[name=verdict]")
    for _down in range(downs):
        page.keyboard.press("ArrowDown")
    type_over(page, "#id_total", total)
    tab_to(page, "#id_error")
    page.keyboard.press("ArrowDown")
    type_over(page, "#id_comment", comment)


def say_yes(page: Page) -> None:
    """Answer the question of the checklist about the line, and save."""
    tab_to(page, "input[name^=answer_]")
    page.keyboard.press("Space")
    press(page, "Control+Enter")


def shown_sum(page: Page, label: str) -> float:
    return number(page.locator("dl.kpis .kpi", has_text=label).locator("dd").first.inner_text())


def sent_again(school: Walker) -> str:
    """The school keeps eight costs of the claim that was returned, puts a scan behind each, and sends it; returns its
    address."""
    page = school.open("/en/work/claims/?state=draft")
    follow(page.locator("main table tr", has_text=NUMBER).filter(has_text="Returned").locator("a").first)
    claim = page.url
    page.goto(f"{claim}costs/")
    for box in page.locator("main input[name=cost]").all()[8:]:
        box.uncheck()
    follow(page.locator("main form:has([name=cost]) [data-main]"))
    page.goto(f"{claim}evidence/")
    token = page.locator("body").get_attribute("data-csrf") or ""
    adds = page.locator("main a[href*='/lines/']").evaluate_all("links => links.map(link => link.href)")
    assert len(adds) == 8
    for n, add in enumerate(adds):
        upload = {"name": "scan.pdf", "mimeType": "application/pdf", "buffer": SCAN + b"%% %d\n" % n}
        answer = page.request.post(
            add, headers={"X-CSRFToken": token, "Referer": add}, multipart={"upload": upload}, max_redirects=0
        )
        assert answer.status == 302
    page.goto(f"{claim}send/")
    for reason in page.locator("main input[name^=reason_]").all():
        reason.fill("As agreed with the agency.")
    follow(page.locator("main [data-main]"))
    expect(page.locator("main")).to_contain_text("is sent")
    return claim


def test_a_claim_is_checked_by_keyboard_and_confirmed_by_a_second_officer(walker, portal):
    claim = sent_again(walker("finance"))
    officer, second = walker("officer"), walker("admin")
    page = officer.open("/en/work/claims/")
    page.locator(f"main table a[href*='{claim.rstrip('/').rpartition('/')[2]}']").first.focus()
    press(page, "Enter")
    expect(page).to_have_url(f"{claim}check/")
    tab_to(page, "button[name=to][value=in_review]", "Shift+Tab")
    press(page, "Enter")
    expect(page.locator(".head .tag").first).to_have_text("In check")
    everything = shown_sum(page, "Undecided")
    assert everything == shown_sum(page, "Claimed") > 0

    # the sample
    tab_to(page, "main a[href$='/sample/']")
    press(page, "Enter")
    type_over(page, "#id_seed", "walk-1")
    press(page, "Control+Enter")
    expect(page.locator("main")).to_contain_text("Drawn again now: the same lines.")
    drawn = page.locator("main tbody tr").count()
    officer.check()

    # the first line, with its evidence beside it
    page.goto(f"{claim}check/")
    press(page, "Alt+ArrowDown")
    expect(page.locator("#line")).to_be_focused()
    first = plain(page.locator("#line").inner_text())
    page.wait_for_function(PICTURE)
    form, viewer = page.locator("form.in-row").bounding_box(), page.locator("#viewer").bounding_box()
    assert form
    assert viewer
    assert viewer["x"] > form["x"]
    assert viewer["width"] > 300
    officer.check()
    for width in (360, 320):
        page.set_viewport_size({"width": width, "height": 740})
        assert not officer.too_wide()
    page.set_viewport_size(officer.size)

    tab_to(page, "#viewer-after")
    page.keyboard.press("PageDown")
    expect(page.locator("#viewer .facts")).to_contain_text("page 2 of 2")
    page.wait_for_function(PICTURE)
    lying = "i => i.naturalWidth > i.naturalHeight"
    assert page.locator("#viewer-page img").evaluate(lying)
    page.keyboard.press("r")
    expect(page.locator("#viewer-page img")).to_have_attribute("src", re.compile("/2/90/$"))
    page.wait_for_function(PICTURE)
    assert not page.locator("#viewer-page img").evaluate(lying)
    assert page.evaluate(FOCUSED, "#viewer *")

    # the same line is open before two officers
    other = second.open(page.url.removeprefix(portal.url))
    press(page, "Alt+ArrowUp")
    press(page, "Alt+ArrowDown")
    assert plain(page.locator("#line").inner_text()) == first
    lower(page, 1, "10,00", "Only the part of the contract.")
    lower(other, 2, "0,00", "Nothing proves it.")
    type_over(other, "#id_note", "Ask the auditors.")
    tab_to(other, "input[name^=answer_]")
    other.keyboard.press("ArrowDown")
    type_over(other, "input[name^=remark_]", "No proof of payment.")
    say_yes(page)
    expect(page.locator("main")).to_contain_text("Line 1 is decided.")
    expect(page.locator("#line")).to_contain_text("Line 2,")
    typed = "form => Object.fromEntries([...new FormData(form)].filter(([n]) => !/seen|csrf|pick/.test(n)))"
    mine = other.locator("form.in-row").evaluate(typed)
    press(other, "Control+Enter")
    theirs = other.locator("form.in-row .note")
    expect(theirs).to_be_focused()
    expect(theirs).to_contain_text("Виолета Стоянова decided on")
    expect(theirs).to_contain_text("€10.00")
    expect(theirs).to_contain_text("Only the part of the contract.")
    assert other.locator("form.in-row").evaluate(typed) == mine
    assert {"refuse", "Nothing proves it.", "Ask the auditors.", "no", "No proof of payment."} <= set(mine.values())
    assert not second.problems(None)
    tab_to(other, "form.in-row a[href*=line]")
    press(other, "Enter")
    expect(other.locator("#id_total")).to_have_value(re.compile("^10[.,]00$"))

    # those without flags at once, then the rest one by one
    page.goto(f"{claim}check/")
    tab_to(page, "main a[href$='/accept/']")
    plain_ones = number(page.locator("main a[href$='/accept/']").inner_text())
    press(page, "Enter")
    listed = page.locator("main tbody tr")
    expect(listed).to_have_count(int(plain_ones))
    assert plain_ones > 1
    tab_to(page, "main [data-main]")
    press(page, "Enter")
    expect(page.locator("main")).to_contain_text("lines are accepted.")
    press(page, "Alt+ArrowDown")
    one_by_one = 0
    while page.locator("#line").count():
        say_yes(page)
        one_by_one += 1
    assert drawn - 1 <= one_by_one <= drawn + 3
    assert shown_sum(page, "Undecided") == 0
    eligible, refused = shown_sum(page, "Eligible so far"), shown_sum(page, "Refused")
    assert round(eligible + refused, 2) == everything
    assert refused > 0

    # the checklist stands before the second person
    tab_to(page, "button[name=to][value=waiting]", "Shift+Tab")
    press(page, "Enter")
    expect(page.locator("main .note.danger")).to_contain_text("3 questions of the checklist have no answer")
    tab_to(page, "main a[href$='/questions/']", "Shift+Tab")
    press(page, "Enter")
    officer.check()
    for question in range(page.locator("main input[value=yes]").count()):
        tab_to(page, f"input[name='{page.locator('main input[value=yes]').nth(question).get_attribute('name')}']")
        page.keyboard.press("Space")
    press(page, "Control+Enter")
    expect(page.locator("main")).to_contain_text("Answered by Виолета Стоянова")
    page.goto(f"{claim}check/")
    tab_to(page, "button[name=to][value=waiting]", "Shift+Tab")
    press(page, "Enter")
    expect(page.locator("main")).to_contain_text("A second person confirms it.")
    assert not officer.problems(None)

    other.goto(f"{claim}check/")
    tab_to(other, "button[name=to][value=accepted]", "Shift+Tab")
    press(other, "Enter")
    expect(other.locator(".head .tag").first).to_have_text("Accepted")
    assert not second.problems(None)
    verified = portal.rows(
        "SELECT sum(f.total) FROM budgets_linefact f JOIN budgets_claimline l ON l.id = f.line_id"
        " JOIN budgets_claim c ON c.id = l.claim_id WHERE f.step = 'verified' AND c.key = %s",
        claim.rstrip("/").rpartition("/")[2],
    )
    assert float(verified[0][0]) == eligible
