"""What all forms of a chart share: the table, the sentence while there is no data, the finished chart."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core import formats
from core.charts.data import Cell, Chart, Column, Kind, Value, Words
from core.charts.drawing import Drawing, words_of


@dataclass(frozen=True)
class Maker:
    """What a chart has with and without data."""

    key: str
    title: str
    language: str
    note: str
    columns: Sequence[Column]
    rows: Sequence[tuple[Cell, ...]]
    starts_on: date | None

    def nothing(self) -> Chart:
        if self.starts_on:
            summary = _("No data before %(day)s.") % {"day": formats.day(self.starts_on, self.language)}
        else:
            summary = _("No data yet.")
        return self._chart(SafeString(""), summary)

    def drawn(self, summary: str, draw: Callable[[Drawing], float]) -> Chart:
        drawing = Drawing(self.key, self.language)
        height = draw(drawing)
        return self._chart(drawing.svg(self.title, _one_stop(summary), height), summary)

    def _chart(self, svg: SafeString, summary: str) -> Chart:
        if not re.fullmatch(r"[a-z][a-z0-9-]*", self.key):
            raise ValueError("The key of a chart is a part of ids: small letters, digits and hyphens.")
        columns, rows = tuple(self.columns), tuple(self.rows)
        return Chart(self.key, self.title, svg, _one_stop(summary), columns, rows, self.note, self.language)


def say(value: Value | date | str | None, kind: Kind, language: str) -> str:
    """A value of a chart as people read it."""
    if value is None:
        return formats.UNKNOWN
    if isinstance(value, date):
        return formats.day(value, language)
    if kind == "text":
        return str(value)
    write: dict[str, Callable[[Decimal | int | str, str], str]] = {
        "money": formats.money,
        "percent": formats.percent,
        "hours": formats.hours,
    }
    return write.get(kind, formats.number)(value, language)


def cell(value: Words | date | Value | None, kind: Kind, language: str) -> Cell:
    if isinstance(value, str | tuple):
        text, lang = words_of(value, language)
        return Cell(text, kind, text, lang)
    return Cell(value, kind, say(value, kind, language))


def cells(
    rows: Iterable[Sequence[Words | date | Value | None]], columns: Sequence[Column], language: str
) -> list[tuple[Cell, ...]]:
    kinds = [column.kind for column in columns]
    return [tuple(cell(value, kind, language) for value, kind in zip(row, kinds, strict=True)) for row in rows]


def check_rows(rows: Iterable[Sequence[object]], width: int) -> None:
    if any(len(row) != width for row in rows):
        raise ValueError("Every row needs one value for each measure or part.")


def _one_stop(sentence: str) -> str:
    """The sentence with one full stop: a day or a unit at its end may bring its own."""
    return sentence[:-1] if sentence.endswith("..") else sentence


def joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def known_of(values: Iterable[Value | None]) -> list[Value]:
    return [value for value in values if value is not None]


def total_of(values: Iterable[Value | None]) -> Value | None:
    known = known_of(values)
    return sum(known[1:], start=known[0]) if known else None
