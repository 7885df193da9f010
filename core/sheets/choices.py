"""What is known and chosen about a file with a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, NamedTuple, Self


@dataclass(frozen=True)
class Choice:
    """How a file is to be read, as the user chose it; what is empty is guessed."""

    sheet: str = ""
    heading_row: int = 0  # as the user sees it, from 1
    encoding: str = ""  # of CSV and HTML: utf-8, windows-1251, windows-1257, utf-16
    separator: str = ""  # of CSV
    decimal: str = ""  # a comma or a dot, for `core.sheets.values`

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Keys it does not know are left out, so that a mapping kept for long still loads."""
        known = {field.name for field in fields(cls)}
        return cls(**{key: value for key, value in data.items() if key in known})


@dataclass(frozen=True)
class SheetLook:
    """One sheet as it was recognised."""

    name: str
    rows: int  # filled ones below the headings
    columns: int
    heading_row: int
    headings: list[str]
    sample: list[list[str]]  # up to five rows below the headings
    decimal: str
    merged: bool
    formulas: bool


@dataclass(frozen=True)
class Look:
    """What was recognised in a file, to show and to correct."""

    kind: str  # xlsx, ods, csv, html (an HTML table named .xls), xls
    sheets: list[SheetLook]
    choice: Choice  # complete
    encodings: list[tuple[str, str]]  # of CSV and HTML: the likely one first, each with a few words to read
    template: str = ""  # the kind of the template the workbook was made from
    version: str = ""  # and its version

    @property
    def sheet(self) -> SheetLook:
        """The chosen sheet."""
        return next(sheet for sheet in self.sheets if sheet.name == self.choice.sheet)


class Row(NamedTuple):
    """A row below the headings; `number` as the user sees it in the file, at least one cell a heading."""

    number: int
    cells: list[str]


@dataclass(frozen=True)
class Mark:
    """A finding in one cell, or in the whole row when `column` is 0. Columns count from 1."""

    row: int
    column: int
    grade: str  # error, warning or accepted
    text: str
    value: str = ""


@dataclass(frozen=True)
class Column:
    """One column of a template."""

    heading: str
    help: str = ""  # a comment on the heading
    choices: Sequence[str] = ()  # a drop-down list
    kind: str = "text"  # text, date, time, number or yes
    required: bool = False
    example: str = ""
    note: str = ""  # under "what to write" on the sheet of instructions
