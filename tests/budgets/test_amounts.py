"""Nothing, a credit note and very large amounts: one claim of them reads the same on page, letter, file and API."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from decimal import Decimal as D

import pytest
from django.urls import reverse

from budgets import actions, pdf
from budgets.models import LineFact, ReportedCost
from core.access import Refused
from core.money import parse_amount
from tests.budgets.conftest import cost, decide, drafted, send
from tests.budgets.test_settlement import DAY, LATER, pay
from tests.conftest import NOON

LARGE, NOTE, SMALL = "999999999999.99", "-1000.00", "0.01"
WRITTEN = {LARGE: "€999,999,999,999.99", NOTE: "−€1,000.00", SMALL: "€0.01", "0.00": "€0.00"}
WHOLE = "999999998999.99"  # large, less the credit note; the cent is refused


@pytest.fixture
def claim(project, line, people, second):
    """Accepted: 999 999 999 999.99, a credit note of 1 000.00, and a cent of which nothing is eligible."""
    whole = {"total": D(10) ** 13, "eu_part": D(85) * 10**11, "national_part": D(10) ** 12, "own_part": D(5) * 10**11}
    for name, amount in whole.items():
        setattr(line.contract, name, amount)
    line.contract.save()
    line.total = whole["total"]
    line.save()
    parts = {"eu_part": D("-850.00"), "national_part": D("-100.00"), "own_part": D("-50.00")}
    costs = [cost(line, LARGE), cost(line, NOTE, kind="credit_note", **parts), cost(line, SMALL)]
    claim = send(drafted(project, costs, people["finance"]), people["finance"])
    claim = actions.take_up(claim, by=people["officer"], at=NOON)
    for each in claim.lines.order_by("number"):
        decide(each, people["officer"], "refuse" if each.number == 3 else "accept")
    return actions.confirm(actions.propose(claim, by=people["officer"], at=NOON), by=second, at=NOON)


def plain(text):
    return re.sub(r"\s+</td>", "</td>", text.replace("\u00a0", " "))


def test_page_letter_csv_and_api_say_the_same(client, project, claim, people, second):
    client.force_login(people["officer"])
    page = plain(client.get(reverse("budgets:claim", args=[claim.key])).content.decode())
    for claimed, eligible in ((LARGE, LARGE), (NOTE, NOTE), (SMALL, "0.00")):
        assert f'<td class="num">{WRITTEN[claimed]}</td><td class="num">{WRITTEN[eligible]}</td>' in page, claimed
    sums = "€999,999,998,999.99"
    assert f'<td class="num">{sums}</td>' in page
    told = client.get(f"/api/v1/claims/{claim.key}/").json()
    assert [(x["claimed"], x["eligible"]) for x in told["lines"]] == [(LARGE, LARGE), (NOTE, NOTE), (SMALL, "0.00")]
    verified = next(x for x in told["amounts"] if x["step"] == "verified")
    assert verified["total"] == WHOLE
    assert sum(D(verified[part]) for part in ("eu_part", "national_part", "own_part")) == D(WHOLE)

    kept = claim.letters.get()
    document = plain(pdf.html(kept.snapshot, kept.sha256))  # in the language of the programme
    for words in ("999 999 999 999,99", "−1 000,00", "0,01", "0,00", "999 999 998 999,99"):
        assert words in document, words

    payment = pay(claim, people["officer"])
    assert payment.amount == D(WHOLE) - LineFact.objects.get(line__number=1, step="verified").own_part + 50
    draft = actions.draft_application(project.programme, entered_on=DAY, by=people["officer"], at=LATER)
    sent = actions.send_application(draft, by=second, at=LATER)
    accounts = reverse("budgets:accounts_csv") + f"?programme={project.programme.code}"
    for url, column in ((reverse("budgets:application_csv", args=[sent.key]), "eur_total"), (accounts, "certified")):
        response = client.get(url)
        (row,) = csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig")))
        assert row[column] == WHOLE
    (row,) = client.get("/api/v1/accounts/").json()["results"]
    assert (row["verified"], row["paid"]) == (WHOLE, str(payment.amount))


def test_what_is_beyond_the_bound_or_nothing_is_refused_with_words(client, line, people):
    """The portal holds amounts below 100 000 000 000 000; a document over nothing proves nothing."""
    facts = {"line": line, "document": "Invoice 1", "document_on": date(2026, 2, 1), "reported_on": date(2026, 2, 2)}
    with pytest.raises(Refused, match="above 0"):
        actions.report_cost(**facts, total=D("0.00"), currency="EUR", by=people["finance"], at=NOON)
    with pytest.raises(ValueError, match="larger than any amount the portal can hold"):
        parse_amount("100 000 000 000 000,00")
    client.force_login(people["finance"])
    form = {"line": line.pk, "document": "Invoice 1", "document_on": "2026-02-01", "reported_on": "2026-02-02",
            "total": "100000000000000.00", "currency": "EUR"}  # fmt: skip
    page = client.post(reverse("budgets:cost_new", args=[line.contract.project.number]), form)
    assert page.status_code == 422
    assert "larger than any amount the portal can hold" in page.content.decode()
    asked = {"project": line.contract.project.number, "kind": "advance", "from": "2026-01-01", "to": "2026-02-28"}
    told = client.post("/api/v1/claims/", asked | {"advance": "100000000000000.00"}, content_type="application/json")
    assert (told.status_code, told.json()["errors"][0]["pointer"]) == (422, "/advance")
    assert not ReportedCost.objects.exists()
