"""A school makes a claim on a phone: begins it, types a cost, proves it, says why it is right, and sends it once."""

from __future__ import annotations

import datetime

from playwright.sync_api import expect

from tests.browser.test_walks import PDF, plain


def test_a_claim_is_made_on_a_phone_and_sent_once(walker, portal):
    person = walker("coordinator.lv", phone=True, language="en")
    page = person.open("/en/work/projects/4.2.3.1/claims/new/")
    today = datetime.date.fromisoformat(portal.today)
    first, last = today - datetime.timedelta(days=8), today - datetime.timedelta(days=1)
    page.locator("#id_from_on").fill(f"{first:%d.%m.%Y}")
    page.locator("#id_to_on").fill(f"{last:%d.%m.%Y}")
    page.locator("main [data-main]").click()
    page.wait_for_url("**/claims/*-*/")
    claim = page.url

    page.locator("main .tasks a[href$='/costs/']").click()
    page.locator("main a[href$='/costs/new/']").click()
    page.locator("#id_number").fill("LV-4711")
    page.locator("#id_document_on").fill(f"{first:%d.%m.%Y}")
    page.locator("#id_paid_on").fill(f"{last:%d.%m.%Y}")
    page.locator("#id_line").select_option(index=1)
    left = page.locator("#left")
    page.locator("#id_net").fill("100,00")
    expect(left).to_contain_text("€100.00")
    page.locator("#id_vat").fill("21,00")
    expect(left).to_contain_text("€121.00")
    before = plain(left.inner_text())
    page.locator("#id_net").fill("200,00")
    expect(left).to_contain_text("€221.00")
    assert plain(left.inner_text()) != before
    expect(page.locator("[data-autosave-state]")).to_contain_text("Draft saved", timeout=8000)
    person.check()
    page.locator("#id_uploads").set_input_files({"name": "rekins.pdf", "mimeType": "application/pdf", "buffer": PDF})
    page.locator("main [data-main]").click()
    expect(page.locator("main")).to_contain_text("is in the claim")
    assert not person.problems(None)

    page.goto(claim)
    page.locator("main .tasks a[href$='/results/']").click()
    page.locator("#id_results").fill("Two clubs ran.")
    page.locator("main [data-main]").click()
    page.locator("main .tasks a[href$='/declarations/']").click()
    for box in page.locator("main input[name=declarations]").all():
        box.check()
    page.locator("main [data-main]").click()

    sending = page.locator("main a[href$='/send/']")
    sending.click()
    other = person.context.new_page()
    other.goto(page.url)
    for tab in (page, other):
        for reason in tab.locator("main input[name^=reason_]").all():
            reason.fill("As agreed with the agency.")
    assert not person.problems(None)
    page.locator("main [data-main]").click()
    expect(page.locator("main")).to_contain_text("is sent")
    other.locator("main [data-main]").click()
    expect(other.locator("main")).to_contain_text("it can be changed only when the officer returns it")
