"""Euro and lev beside each other, for as long as the law of a country asks for it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from django.urls import reverse
from django.utils.translation import override

from core import formats
from reports import pdf, snapshot, tables
from reports.book import to_xlsx
from reports.models import Report
from tests import factories
from tests.conftest import NOON
from tests.reports.test_book import sheets


@pytest.mark.parametrize(
    ("amount", "currency", "language", "shown"),
    [
        ("358083.27", "EUR", "bg", "358 083,27 € (700 350,00 лв.)"),
        ("386653.00", "BGN", "bg", "197 692,54 € (386 653,00 лв.)"),
        ("-0.01", "EUR", "en", "−€0.01 (−BGN 0.02)"),
        ("0", "EUR", "lv", "0,00 EUR (0,00 BGN)"),
        ("99999999999999.99", "EUR", "en", "€99,999,999,999,999.99 (BGN 195,582,999,999,999.98)"),
    ],
)
def test_an_amount_in_both(amount, currency, language, shown):
    assert formats.both(D(amount), language, currency).replace("\u00a0", " ") == shown
    assert formats.both(None, language) == "—"


@pytest.mark.parametrize(
    ("day", "country", "both"),
    [
        (date(2025, 8, 7), "BG", False), (date(2025, 8, 8), "BG", True), (date(2026, 8, 8), "BG", True),
        (date(2026, 8, 9), "BG", False), (date(2026, 3, 1), "LV", False), (date(2026, 3, 1), "", False),
    ],
)  # fmt: skip
def test_the_days_on_which_both_are_shown(day, country, both):
    assert formats.shows_both(day, country) is both


def test_the_public_page_shows_both_on_those_days_only(client, project, settings):
    url = f"/en/projects/{project.number}/"
    settings.DUAL_DISPLAY = {"BG": (date(2020, 1, 1), date(2099, 1, 1))}
    page = client.get(url).content.decode().replace("\u00a0", " ")
    assert "€100,000.00 (BGN 195,583.00)" in page
    settings.DUAL_DISPLAY = {"BG": (date(2020, 1, 1), date(2020, 1, 2))}
    page = client.get(url).content.decode()
    assert "€100,000.00" in page
    assert "BGN" not in page


def test_a_report_shows_what_the_day_of_its_data_asks_for(project):
    asked = Report(kind="progress", project=project, from_on=NOON.date(), to_on=NOON.date(), language="bg")
    taken = snapshot.take(asked, NOON)  # 16 March 2026
    with override("bg"):
        assert pdf._facts(taken, "bg")["contracted"].replace("\u00a0", " ") == "100 000,00 € (195 583,00 лв.)"
        taken["data_at"] = "2026-08-09T00:00:00+03:00"
        assert pdf._facts(taken, "bg")["contracted"].replace("\u00a0", " ") == "100 000,00 €"


ALWAYS = {"BG": (date(2020, 1, 1), date(2099, 1, 1))}
NEVER = {"BG": (date(2020, 1, 1), date(2020, 1, 2))}


@pytest.fixture
def spent(project, activity):
    """A line over 60 000.00 EUR of which 100.01 are reported."""
    line = factories.BudgetLineFactory(contract=project.contracts.get(), activity=activity, total=D("60000.00"))
    factories.ReportedCostFactory(line=line, total=D("100.01"))
    return project


def plain(text):
    return text.replace("\u00a0", " ").replace("&nbsp;", " ")


def test_report_tables_show_both_on_screen_and_in_the_pdf_while_the_files_keep_one_currency(spent, settings):
    """100.01 EUR are 195.60 BGN; the day of the data decides, not the day on which somebody reads it."""
    asked = Report(kind="progress", project=spent, from_on=date(2026, 1, 1), to_on=NOON.date(), language="en")
    taken = snapshot.take(asked, NOON)
    keys = ("money_sources", "money_activities", "months", "costs")
    for allowed, lev in ((ALWAYS, True), (NEVER, False)):
        settings.DUAL_DISPLAY = allowed
        document = plain(pdf.html(taken))
        assert ("€100.01 (BGN 195.60)" in document, "(BGN" in document) == (lev, lev)
        for key in keys:
            shown = tables.shown(key, taken["tables"][key], "en", both=tables.shows_both(taken))
            assert ("BGN 195.60" in plain(" ".join(cell.text for row in shown.rows for cell in row))) is lev, key
            written = tables.to_csv(key, taken["tables"][key]).decode()
            assert "100.01" in written
            assert "195.60" not in written
    values = [cell for sheet in sheets(to_xlsx(taken)).values() for row in sheet for cell in row]
    assert 100.01 in values
    assert not any("195.6" in str(value) for value in values)


def test_a_contract_in_lev_keeps_its_own_lev_beside_the_euro(project, settings):
    """100.01 BGN are 51.13 EUR; converted back they would be 100.00."""
    row = {"activity": "1", "contracted": "51.13", "original": "100.01", "left": "51.13"}
    found = tables.shown("money_activities", {"rows": [row], "total": None}, "en", "BGN", both=True)
    assert [plain(cell.text) for cell in found.rows[0] if cell.kind == "money" and cell.value] == [
        "BGN 100.01", "€51.13 (BGN 100.01)", "€51.13 (BGN 100.00)"
    ]  # fmt: skip


def test_pages_show_both_on_those_days_only(client, spent, people, settings):
    client.force_login(people["officer"])
    for url, words in (("/en/", "€100,000.00 (BGN 195,583.00)"),
                       (f"/en/projects/{spent.number}/", "€100.01 (BGN 195.60)"),
                       (reverse("reports:project_money", args=[spent.number]), "€100.01 (BGN 195.60)")):  # fmt: skip
        settings.DUAL_DISPLAY = ALWAYS
        assert words in plain(client.get(url).content.decode()), url
        settings.DUAL_DISPLAY = NEVER
        page = plain(client.get(url).content.decode())
        assert words not in page
        assert words.partition(" (")[0] in page
