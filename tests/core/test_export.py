"""CSV straight from the database."""

from __future__ import annotations

import csv
import io

from django.db.models import F

from core.export import csv_rows, harmless
from core.models import Organisation
from tests import factories


def _read(rows) -> list[dict[str, str]]:
    text = b"".join(csv_rows(rows)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_rows_come_out_whole_with_quotes_line_breaks_and_other_scripts(db):
    for number in ('a "quoted", cell', "two\nlines", "Жена Šķēle", "100%"):
        factories.OrganisationFactory(number=number)
    rows = _read(Organisation.objects.order_by("pk").values("number", land=F("country")))
    assert [r["number"] for r in rows] == ['a "quoted", cell', "two\nlines", "Жена Šķēle", "100%"]
    assert {r["land"] for r in rows} == {"BG"}


def test_cells_that_look_like_formulas_are_made_harmless(db):
    for number in ("=1+1", "+359", "-2", "@x", "plain"):
        factories.OrganisationFactory(number=number)
    rows = _read(Organisation.objects.order_by("pk").values(safe=harmless("number")))
    assert [r["safe"] for r in rows] == ["'=1+1", "'+359", "'-2", "'@x", "plain"]


def test_conditions_of_the_queryset_hold_and_no_rows_give_the_heads_only(db):
    factories.OrganisationFactory(number="it's %s")
    assert [r["number"] for r in _read(Organisation.objects.filter(number="it's %s").values("number"))] == ["it's %s"]
    assert b"".join(csv_rows(Organisation.objects.filter(country="XX").values("number"))) == b"\xef\xbb\xbfnumber\n"
