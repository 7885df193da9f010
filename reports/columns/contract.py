"""What the contract of a table says: its columns, their kinds, and what each of them means."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

Words = str | Promise
RIGHT = {"count", "number", "hours", "money", "percent"}
UNITS = {"money": "EUR", "hours": "h", "percent": "%", "count": "", "number": ""}


@dataclass(frozen=True)
class Column:
    """One column: its key in CSV and JSON, its kind, its heading, and what it means (for the documented columns)."""

    key: str
    kind: str  # code, text, said, day, count, number, hours, money, percent
    label: Words
    meaning: Words = ""

    @property
    def right(self) -> bool:
        return self.kind in RIGHT


@dataclass(frozen=True)
class TableKind:
    """A named table and the contract of its columns."""

    key: str
    title: Words
    columns: tuple[Column, ...]
    note: Words = ""
