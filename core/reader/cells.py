"""One canonical text for every value a cell can hold, and what can be guessed from the texts of the first rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import orjson

Cells = list[str]
Numbered = tuple[int, Any]
"""The number of a row as the user sees it in the file, and its cells."""


def _number(value: float) -> str:
    """Plain digits with a dot: 1001 · 0.3 · 100000000000000000000; fifteen digits, as the spreadsheet shows them."""
    if value.is_integer():
        return str(int(value))
    text = orjson.dumps(value).decode()  # three times as fast as repr()
    if len(text) > 16 or "e" in text:
        return format(Decimal(f"{value:.15g}"), "f")
    return "" if text == "null" else text  # what is no number at all


class _Days(dict[date, str]):
    """The text of each day, made once: a column has few days, and many of them."""

    def __missing__(self, value: date) -> str:
        text = self[value] = value.isoformat()
        return text


def _clock(value: time) -> str:
    if value.microsecond:  # a time is a fraction of a day, so its seconds are rounded
        rounded = datetime.combine(date(2000, 1, 1), value) + timedelta(microseconds=500_000)
        value = rounded.time().replace(microsecond=0) if rounded.day == 1 else time(23, 59, 59)
    return value.isoformat("seconds" if value.second else "minutes")


def _moment(value: datetime) -> str:
    if value.microsecond:
        value = (value + timedelta(microseconds=500_000)).replace(microsecond=0)
    return value.isoformat(" ", "seconds" if value.second else "minutes")


def _duration(value: timedelta) -> str:
    minutes, seconds = divmod(round(value.total_seconds()), 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{seconds:02}" if seconds else text


TEXT: dict[type, Callable[[Any], str]] = {
    str: str.strip,
    float: _number,
    int: str,
    bool: lambda value: "true" if value else "false",
    date: _Days().__getitem__,
    datetime: _moment,
    time: _clock,
    timedelta: _duration,
    type(None): lambda value: "",
}


def texts(row: Sequence[Any]) -> Cells:
    """The cells of a row as text: 2026-03-16, 14:00, 2026-03-16 14:00, 1001, 0.3, true; blanks around text dropped."""
    return [cell.strip() if cell.__class__ is str else TEXT[cell.__class__](cell) for cell in row]


def texts_of_rows(rows: Sequence[Sequence[Any]]) -> Iterable[Sequence[str]]:
    """The same for rows of equal length, column by column: cells of one column mostly are of one kind."""
    return zip(*map(_texts_of_column, zip(*rows, strict=True)), strict=True)


def _texts_of_column(column: Sequence[Any]) -> Iterable[str]:
    kinds = set(map(type, column))
    if len(kinds) == 1:
        kind = kinds.pop()
        if kind is float and all(map(float.is_integer, column)):
            return map(str, map(int, column))
        return map(TEXT[kind], column)
    return texts(column)


def stripped(rows: Iterable[Cells]) -> Iterable[Cells]:
    """The same for rows of text."""
    return [list(map(str.strip, row)) for row in rows]


def typed(rows: Iterable[Sequence[Any]]) -> Iterable[list[Any]]:
    """The cells of rows for writing them back: text, number, true or false; days and times as [text]."""
    kept = (str, float, int, bool)
    return [[cell if cell.__class__ in kept else [TEXT[cell.__class__](cell)] for cell in row] for row in rows]


# Guesses.

_NOT_WORDS = re.compile(r"[\d\s.,:/%€+-]*(г\.?|лв\.?|true|false)?")
HEADINGS_WITHIN = 40


def heading_row(rows: Iterable[tuple[int, Cells]], expected: frozenset[str] = frozenset()) -> int:
    """The number of the row that holds the headings: words that differ, as wide as the rows under it.

    `expected` are known headings in small letters; a row that has two of them or more wins. 0 when there is no row.
    """
    rows = [(number, cells) for number, cells in rows if any(cells)][:HEADINGS_WITHIN]
    if not rows:
        return 0
    known = [(sum(cell.casefold() in expected for cell in cells), -number) for number, cells in rows]
    if expected and max(known)[0] >= 2:
        return -max(known)[1]
    filled = [sum(map(bool, cells)) for _, cells in rows]
    usual = Counter(filled).most_common(1)[0][0]
    best, best_score = rows[0][0], -1.0
    for place, (number, cells) in enumerate(rows[:20]):
        words = {cell for cell in cells if cell and not _NOT_WORDS.fullmatch(cell)}
        wide = 1.0 if filled[place] >= 0.6 * usual else filled[place] / usual
        score = wide + len(words) / filled[place] - place * 0.05
        above = rows[place - 1][1] if place else []
        if filled[place] > filled[place - 1] and any(
            cell and cell == over for cell, over in zip(cells, above, strict=False)
        ):
            score += 0.1  # the lower storey of headings, of which some are merged with the upper
        if score > best_score:
            best, best_score = number, score
    return best


def decimal_sign(cells: Iterable[str]) -> str:
    """A comma or a dot, whichever the numbers of these texts use; empty when no number tells."""
    signs = Counter(
        found[1]
        for cell in cells
        if (found := re.fullmatch(r"-?(?:\d{1,3}(?:[\s.']\d{3})+|\d+)([.,])(?:\d{1,2}|\d{4,})", cell))
    )
    return signs.most_common(1)[0][0] if signs else ""
