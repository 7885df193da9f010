"""How a row of a spreadsheet is read, what is said against it, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from core.access import Refused
from core.imports.cells import Column

HIDDEN = "•••"  # stands for a national number
REMEMBERED = 20_000  # different cells of a column


def finding(column: str, value: str, message: str, grade: str = "error") -> dict[str, str]:
    """A problem as it is kept and shown: where, what stood there, which rule, how to fix it.

    Grades: error (the row cannot go in), doubt (a person decides), warning (it goes in; somebody should know) and
    accepted (a doubt that a person took upon themselves, with a reason). Messages say the rule first and the remedy in
    the sentences after it.
    """
    rule, dot, fix = message.partition(". ")
    value = HIDDEN if column == "national_number" and value else value[:80]
    return {"column": column, "value": value, "rule": rule + dot.strip(), "fix": fix, "grade": grade}


def findings_of(refused: Refused, values: Mapping[str, str], names: Mapping[str, str] | None = None) -> list[dict]:
    """The reasons of a refusal as problems, each beside its column."""
    if not hasattr(refused, "error_dict"):
        return [finding("", "", message) for message in refused.messages]
    found = []
    for name, errors in refused.error_dict.items():
        column = (names or {}).get(name, name)
        found += [finding(column, values.get(column, ""), m) for error in errors for m in error.messages]
    return found


@dataclass
class Outcome:
    """What became of one row: its heap, what was found, and what it made or changed (see StagedRow.effects)."""

    number: int
    heap: str
    findings: list[dict[str, str]] = field(default_factory=list)
    effects: list[list[Any]] = field(default_factory=list)


class Cells:
    """Reads the rows of one import. `decimal` is the sign before the decimals in its file."""

    def __init__(self, columns: Mapping[str, Column], decimal: str = ""):
        self.decimal = decimal
        self.columns = columns
        self._read: dict[str, tuple[Column, dict[str, Any]]] = {  # with the cells read before, by their text
            name: (column, {}) for name, column in columns.items()
        }
        self._blank = {name: column.read("", decimal) for name, column in columns.items()}
        self._required = [name for name, column in columns.items() if column.required]

    def values(
        self, cells: Mapping[str, str], names: Iterable[str] = ()
    ) -> tuple[dict[str, Any], list[dict[str, str]]]:
        """The typed value of every column (or of those named), empty ones included, and what could not be read."""
        values, unread = self._blank.copy(), dict[str, str]()
        for name in names or cells:
            text = cells.get(name, "")
            if not text or name not in self._read:
                continue
            column, known = self._read[name]
            if (value := known.get(text)) is None:
                try:
                    value = column.read(text, self.decimal)
                except ValueError as wrong:
                    unread[name] = str(wrong)
                    continue
                if column.kind != "text" and len(known) < REMEMBERED:
                    known[text] = value
            values[name] = value
        for name in () if names else self._required:
            if name not in unread and values[name] in ("", None):
                unread[name] = _("This cell is empty. Enter: %(what)s.") % {"what": self.columns[name].label}
        found = [finding(name, cells.get(name, ""), unread[name]) for name in self.columns if name in unread]
        return values, found
