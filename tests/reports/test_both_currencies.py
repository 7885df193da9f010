"""Euro and lev beside each other, for as long as the law of a country asks for it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from django.utils.translation import override

from core import formats
from reports import pdf, snapshot
from reports.models import Report
from tests.conftest import NOON


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
