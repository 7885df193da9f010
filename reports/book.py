"""From a snapshot to a workbook: a sheet "About", then a sheet for each table, its cells typed. The same snapshot gives
the same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from core.suppression import HIDDEN
from reports.catalogue import Subject, kinds
from reports.columns import KINDS, Column
from reports.cover import cover
from reports.tables import documented, subject_of

OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
NUMBERS = {"money": "#,##0.00", "number": "#,##0.00", "hours": "#,##0.00", "percent": '0.00"%"', "count": "#,##0"}
DIGITS = 15  # as many as a spreadsheet keeps; a longer number is written as text, so that none of it is lost
FIRST_DAY = date(1900, 3, 1)  # spreadsheets count 29 February 1900, which there was not
NARROW, WIDE, WIDEST = 12, 32, 60  # characters


Write = Callable[[int, int, Any], None]


class _Book:
    """A workbook being written, with the formats its cells need."""

    def __init__(self, out: io.BytesIO, made_at: datetime):
        self.book = xlsxwriter.Workbook(out, OPTIONS)
        self.book.set_properties({"created": made_at})
        self.styles: dict[tuple[tuple[str, Any], ...], Any] = {}

    def style(self, **look: Any) -> Any:
        key = tuple(sorted(look.items()))
        if key not in self.styles:
            self.styles[key] = self.book.add_format({"valign": "top", **look})
        return self.styles[key]

    def sheet(self, name: str, heads: Sequence[str], widths: Sequence[int], frozen: int = 1) -> Any:
        """A sheet whose headings stay in sight."""
        sheet = self.book.add_worksheet(name)
        for i, width in enumerate(widths):
            sheet.set_column(i, i, width)
        for i, head in enumerate(heads):
            sheet.write_string(frozen - 1, i, head, self.style(bold=True, text_wrap=True, bottom=1))
        sheet.freeze_panes(frozen, 0)
        return sheet

    def writer(self, sheet: Any, kind: str, **look: Any) -> Write:
        """Writes encoded values of a kind as cells of their type (row, column, value); None stays empty. Formats are
        looked up once for all cells, for a table may have hundreds of thousands."""
        numbers = kind in NUMBERS
        right = {"align": "right"} if numbers else {"text_wrap": True}
        number = cache(lambda: self.style(num_format=NUMBERS[kind], **look))
        of_day = cache(lambda: self.style(num_format="yyyy-mm-dd", **look))
        words = cache(lambda: self.style(quote_prefix=True, **right, **look))

        def write(row: int, column: int, value: Any) -> None:
            if isinstance(value, list | tuple):  # a text and its language
                value = value[0]
            if value is None or value == "":
                return
            if numbers and value != HIDDEN and _fits(value):
                sheet.write_number(row, column, float(value), number())
            elif kind == "day" and (day := date.fromisoformat(value)) >= FIRST_DAY:
                sheet.write_datetime(row, column, day, of_day())
            else:
                sheet.write_string(row, column, str(value), words())

        return write

    def write(self, sheet: Any, row: int, column: int, value: Any, kind: str, **look: Any) -> None:
        """One cell."""
        self.writer(sheet, kind, **look)(row, column, value)


def _fits(value: Any) -> bool:
    """Whether a spreadsheet keeps all its digits."""
    return len(str(value)) <= DIGITS or len(Decimal(value).as_tuple().digits) <= DIGITS


def to_xlsx(taken: dict[str, Any]) -> bytes:
    """The tables of a snapshot as a workbook in the language of the report. Sheets are called by the names of the
    tables, which are the same in every language; a total is the last row of its sheet."""
    with override(taken["language"]):
        facts = list(_facts(taken))
    return plain(taken["tables"], facts, taken["language"], datetime.fromisoformat(taken["data_at"]))


def plain(tables: Mapping[str, Any], facts: Sequence[tuple[str, str]], language: str, at: datetime) -> bytes:
    """Encoded tables by key as a workbook made `at` a moment; `facts` stand on top of its first sheet."""
    out = io.BytesIO()
    book = _Book(out, at.replace(tzinfo=None))
    keys = [key for key in KINDS if key in tables]  # a stored snapshot has lost their order
    with override(language):
        _about(book, facts, keys, language)
        for key in keys:
            _table(book, key, tables[key])
    book.book.close()
    return out.getvalue()


def _about(book: _Book, facts: Sequence[tuple[str, str]], keys: list[str], language: str) -> None:
    heads = (_("Table"), _("Column"), _("Kind"), _("Unit"), pgettext("column", "Heading"), _("Meaning"))
    # Translators: the first sheet of a workbook, which tells what the workbook is
    sheet = book.sheet(pgettext("sheet", "About"), heads, (22, WIDE, NARROW, NARROW, WIDE, WIDEST), len(facts) + 2)
    for i, (name, value) in enumerate(facts):
        book.write(sheet, i, 0, name, "text", bold=True)
        sheet.write_string(i, 1, value, book.style())
    for i, row in enumerate(documented(keys, language), start=len(facts) + 2):
        for j, value in enumerate(row):
            book.write(sheet, i, j, value, "text")


def _facts(taken: dict[str, Any]) -> Iterator[tuple[str, str]]:
    first, about = cover(taken), subject_of(taken)
    if "subject" in taken:
        yield str(kinds()[taken["kind"]].name), about["title"][0]
        yield str(Subject(about["is"]).label), about["number"]
    else:
        yield _("Progress report"), about["title"][0]
        yield _("Project number"), about["number"]
    if about["programme"]:
        yield _("Programme"), f"{about['programme'][0]} ({about['programme_code']})"
    yield _("Period"), first.period
    yield _("Data of"), first.data_at
    yield _("Check code"), first.code
    yield _("Hash of the figures (SHA-256)"), first.sha256
    yield _("Address"), first.verify_url
    if taken.get("samples"):
        yield _("Sample data"), _("This report holds sample data: sessions, participants or costs that are invented.")
    yield from taken.get("facts", [])
    for note in taken.get("notes", []):
        # Translators: beside it, on the first sheet of a workbook, stands a sentence about the figures
        yield pgettext("sheet", "Note"), note


def _table(book: _Book, key: str, table: Mapping[str, Any]) -> None:
    columns = KINDS[key].columns
    sheet = book.sheet(key, [str(c.label) for c in columns], [_width(c) for c in columns])
    cells = [(j, column.key, book.writer(sheet, column.kind)) for j, column in enumerate(columns)]
    for i, row in enumerate(table["rows"], start=1):
        for j, key, write in cells:
            write(i, j, row.get(key))
    if table["rows"]:
        sheet.autofilter(0, 0, len(table["rows"]), len(columns) - 1)
    if table["total"] is not None:
        for j, column in enumerate(columns):
            book.write(sheet, len(table["rows"]) + 1, j, table["total"].get(column.key), column.kind, bold=True, top=1)


def _width(column: Column) -> int:
    return {"text": WIDE, "said": WIDEST}.get(column.kind, 16)
