"""Whether the files of a report open and hold what they should, looked at with other libraries than those that wrote
them, before anybody is told that the report is ready."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import IO, Any

import pikepdf
from django.utils.translation import gettext_noop
from python_calamine import CalamineWorkbook

from core.export import rows_in

DOES_NOT_OPEN = gettext_noop("A file of the report did not open after it was written.")
ROWS_MISSING = gettext_noop("A file of the report did not hold all rows of its figures.")


class Unsound(Exception):
    """A file that must not be handed out. `why` says it to people, in English; the message says it to operators."""

    def __init__(self, why: str, about: str):
        super().__init__(about)
        self.why = why


def look(kind: str, table: str, name: str, content: bytes, taken: Mapping[str, Any], pages: int) -> None:
    """Open one file of the snapshot `taken`, whose document has so many pages. Raises Unsound."""
    tables = taken["tables"]
    try:
        found, wanted = LOOKS[kind](content, table, tables, pages)
    except Exception as error:  # whatever a reader stumbles over
        raise Unsound(DOES_NOT_OPEN, f"{name} does not open: {type(error).__name__}: {error}") from error
    if found != wanted:
        raise Unsound(ROWS_MISSING, f"{name} holds {found}, not {wanted}")


def count_rows(file: IO[bytes], rows: int, name: str) -> None:
    """Whether a CSV file that was written opens and holds so many rows. Raises Unsound."""
    try:
        found = rows_in(file)
    except (csv.Error, UnicodeError) as error:
        raise Unsound(DOES_NOT_OPEN, f"{name} does not open: {error}") from error
    if found != rows:
        raise Unsound(ROWS_MISSING, f"{name} holds {found} rows, not {rows}")


def _pdf(content: bytes, table: str, tables: Mapping[str, Any], pages: int) -> tuple[Any, Any]:
    """Pages."""
    with pikepdf.open(io.BytesIO(content)) as document:
        return len(document.pages), pages


def _archive(content: bytes, table: str, tables: Mapping[str, Any], pages: int) -> tuple[Any, Any]:
    """Pages, then files inside: each table, what the columns mean, and the manifest."""
    with pikepdf.open(io.BytesIO(content)) as document:
        return (len(document.pages), len(document.attachments)), (pages, len(tables) + 2)


def _xlsx(content: bytes, table: str, tables: Mapping[str, Any], pages: int) -> tuple[Any, Any]:
    """Rows of each sheet but the first: heads, rows and a total."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    found = {name: book.get_sheet_by_name(name).height for name in book.sheet_names[1:]}
    return found, {key: 1 + len(t["rows"]) + (t["total"] is not None) for key, t in tables.items()}


def _csv(content: bytes, table: str, tables: Mapping[str, Any], pages: int) -> tuple[Any, Any]:
    """Rows below the heads; of the file that explains columns: that there are some."""
    rows = sum(1 for _row in csv.reader(io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", newline=""))) - 1
    return (rows, len(tables[table]["rows"])) if table in tables else (rows > 0, True)


def _json(content: bytes, table: str, tables: Mapping[str, Any], pages: int) -> tuple[Any, Any]:
    """Rows of each table."""
    found = json.loads(content)["tables"]
    return {key: len(t["rows"]) for key, t in found.items()}, {key: len(t["rows"]) for key, t in tables.items()}


LOOKS: dict[str, Callable[[bytes, str, Mapping[str, Any], int], tuple[Any, Any]]] = {
    "pdf": _pdf, "archive": _archive, "xlsx": _xlsx, "csv": _csv, "json": _json,
}  # fmt: skip
