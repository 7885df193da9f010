"""The tables of a report: which columns each has, what they mean, and how a cell is shown or written.

Screen, PDF, CSV and API all take their cells from here. A table's rows are plain values (`encode`), so that a snapshot
of them in JSON gives back the same cells years later.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext, override

from core import formats
from core.suppression import HIDDEN
from reports.columns import KINDS, RIGHT, UNITS, Column, TableKind


@dataclass
class Table:
    """A table with its rows: dictionaries by column key. `total` is a row of its own, never added up by a reader."""

    kind: TableKind
    rows: list[dict[str, Any]]
    total: dict[str, Any] | None = None

    @property
    def key(self) -> str:
        return self.kind.key

    def encoded(self) -> dict[str, Any]:
        """The table as plain JSON values."""
        return {
            "rows": [{k: encode(v) for k, v in row.items()} for row in self.rows],
            "total": None if self.total is None else {k: encode(v) for k, v in self.total.items()},
        }


def unpadded(number: Decimal | None) -> Decimal | int | None:
    """A number as a whole one where it is one, so that nobody reads pupils with two decimals."""
    return int(number) if number is not None and number == number.to_integral_value() else number


def encode(value: Any) -> Any:
    """A value as JSON holds it: decimals as text, days and moments in ISO form."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Promise):
        return str(value)
    return value


@dataclass(frozen=True)
class Cell:
    """One cell ready to be shown."""

    value: Any
    kind: str
    text: str
    lang: str = ""

    @property
    def right(self) -> bool:
        return self.kind in RIGHT

    def __str__(self) -> str:
        return (
            format_html('<span lang="{}">{}</span>', self.lang, self.text)
            if self.lang
            else format_html("{}", self.text)
        )


def cell(value: Any, column: Column, language: str, currency: str = "EUR", *, both: bool = False) -> Cell:
    """A raw or encoded value as people read it in `language`; an amount in euro and lev where `both` are shown. None
    is shown as a dash."""
    kind = column.kind
    if kind == "said" and isinstance(value, list | tuple):
        text, said_in = value
        return Cell(text, kind, text or "—", said_in if said_in and said_in != language else "")
    if value is None or value == "":
        return Cell(None, kind, "—")
    if value == HIDDEN:
        return Cell(value, kind, HIDDEN)
    if kind == "money":
        write = formats.both if both else formats.money
        return Cell(value, kind, write(Decimal(value), language, currency))
    if kind == "percent":
        return Cell(value, kind, formats.percent(Decimal(value), language))
    if kind == "hours":
        return Cell(value, kind, formats.hours(Decimal(value), language))
    if kind == "number":
        return Cell(value, kind, formats.number(Decimal(value), language))
    if kind == "count":
        return Cell(value, kind, formats.count(int(value), language))
    if kind == "day":
        shown = date.fromisoformat(value) if isinstance(value, str) else value
        return Cell(value, kind, formats.day(shown, language))
    return Cell(value, kind, str(value))


@dataclass(frozen=True)
class Shown:
    """A table in one language, ready for a template."""

    key: str
    title: str
    note: str
    columns: tuple[Column, ...]
    rows: list[list[Cell]]
    total: list[Cell] | None
    levels: list[int]
    keys: list[str]

    def without(self, hidden: Sequence[str]) -> Shown:
        """The same table without these columns."""
        kept = [i for i, column in enumerate(self.columns) if column.key not in hidden]
        return replace(
            self,
            columns=tuple(self.columns[i] for i in kept),
            rows=[[row[i] for i in kept] for row in self.rows],
            total=self.total and [self.total[i] for i in kept],
        )


def subject_of(taken: Mapping[str, Any]) -> dict[str, Any]:
    """What a snapshot says about its subject: number, title, programme, country."""
    return taken.get("subject") or taken["project"]


def currency_of(taken: Mapping[str, Any]) -> str:
    """The currency of the contract a snapshot speaks of; the euro where it speaks of none or of several."""
    return taken["money"]["currency"] if "money" in taken else "EUR"


def shows_both(taken: Mapping[str, Any]) -> bool:
    """Whether a report shows euro and lev beside each other: on the day of its data, in its country."""
    about = subject_of(taken)
    at = datetime.fromisoformat(taken["data_at"]).astimezone(ZoneInfo(about["time_zone"]))
    return formats.shows_both(at.date(), about.get("country", ""))


def shown(key: str, table: Mapping[str, Any], language: str, currency: str = "EUR", *, both: bool = False) -> Shown:
    """An encoded table for people; euro and lev beside each other where `both` are shown. The column in the contract's
    currency appears only when that is not the euro."""
    kind = KINDS[key]
    columns = tuple(c for c in kind.columns if c.key != "original" or currency != "EUR")

    def line(row: Mapping[str, Any]) -> list[Cell]:
        found = []
        for c in columns:
            value, own = row.get(c.key), currency if c.key == "original" else "EUR"
            agreed = row.get("original") if c.key == "contracted" and currency == "BGN" else None
            if both and agreed is not None:  # the lev of the contract are a fact, not to be converted there and back
                value, own = agreed, "BGN"
            found.append(cell(value, c, language, own, both=both and c.key != "original"))
        return found

    with override(language):
        return Shown(
            key=key,
            title=str(kind.title),
            note=str(kind.note),
            columns=tuple(Column(c.key, c.kind, str(c.label), str(c.meaning)) for c in columns),
            rows=[line(row) for row in table["rows"]],
            total=None if table["total"] is None else line(table["total"]),
            levels=[int(row.get("level") or 0) for row in table["rows"]],
            keys=[str(row.get("code") or row.get("number") or "") for row in table["rows"]],
        )


def sections_of(taken: Mapping[str, Any], tables: Mapping[str, Shown]) -> list[tuple[str, list[Shown]]]:
    """The tables under the headings the kind gives them; those it does not name stand at the end, without one."""
    named = [(heading, [tables[key] for key in keys if key in tables]) for heading, keys in taken.get("sections", [])]
    placed = {table.key for _heading, found in named for table in found}
    rest = [tables[key] for key in KINDS if key in tables and key not in placed]
    return [(heading, found) for heading, found in [*named, ("", rest)] if found]


FORMULA_START = ("=", "+", "-", "@", "\t", "\r")


def machine(value: Any, kind: str) -> str:
    """A value as CSV holds it: point decimals, ISO dates, and text that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if kind == "said" and isinstance(value, list | tuple):
        value = value[0]
    text = str(encode(value))
    if kind in ("text", "said", "code") and text.startswith(FORMULA_START):
        return "'" + text
    return text


def to_csv(key: str, table: Mapping[str, Any]) -> bytes:
    """The table as CSV: UTF-8 with a byte-order mark (people open it in spreadsheets), comma, CRLF, keys as heads."""
    columns = KINDS[key].columns
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([c.key for c in columns])
    for row in table["rows"]:
        writer.writerow([machine(row.get(c.key), c.kind) for c in columns])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def to_json(taken: Mapping[str, Any]) -> bytes:
    """The tables of a snapshot for programs: amounts as text with a point, days in ISO form, by table and column."""
    tables = {
        key: {
            "columns": [{"key": c.key, "kind": c.kind, "unit": UNITS.get(c.kind, "")} for c in KINDS[key].columns],
            **taken["tables"][key],
        }
        for key in KINDS
        if key in taken["tables"]
    }
    about = {name: taken[name] for name in ("kind", "period", "language", "data_at")}
    about["subject"] = {name: subject_of(taken)[name] for name in ("number", "title", "programme_code")}
    return orjson.dumps({**about, "tables": tables}, option=orjson.OPT_INDENT_2)


def documented(keys: Sequence[str], language: str) -> Iterator[tuple[str, ...]]:
    """What each column of these tables means: table, column, kind, unit, heading and meaning in `language`."""
    with override(language):
        for key in keys:
            for c in KINDS[key].columns:
                unit = gettext("contract’s currency") if c.key == "original" else UNITS.get(c.kind, "")
                yield key, c.key, c.kind, unit, str(c.label), str(c.meaning)


def columns_csv(keys: Sequence[str], language: str) -> bytes:
    """What each column of each CSV means, in the language of the report."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["table", "column", "kind", "unit", "heading", "meaning"])
    writer.writerows(documented(keys, language))
    return b"\xef\xbb\xbf" + out.getvalue().encode()
