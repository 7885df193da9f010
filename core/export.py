"""Rows out as CSV, straight from the database or worked out row by row: flat memory for any number of rows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import IO, Any

import psycopg
from django.db import connection
from django.db.models import Case, CharField, F, QuerySet, Value, When
from django.db.models.functions import Concat

FORMULA = r"^[=+@\t\r-]"


def harmless(field: str):
    """An expression for a text column whose cells no spreadsheet takes for a formula: such cells begin with '."""
    return Case(
        When(**{f"{field}__regex": FORMULA}, then=Concat(Value("'"), F(field), output_field=CharField())),
        default=F(field),
        output_field=CharField(),
    )


def csv_rows(rows: QuerySet, block: int = 1 << 16) -> Iterator[bytes]:
    """The rows of a `.values(…)` queryset as CSV in blocks: byte-order mark, names of the values as heads, comma.

    Decimals with a point, ISO dates, moments in UTC. PostgreSQL writes the text itself (COPY), so a table of millions
    of rows needs no more memory than one of ten.
    """
    sql, parameters = rows.query.sql_with_params()
    connection.ensure_connection()
    raw: psycopg.Connection = connection.connection
    query = psycopg.ClientCursor(raw).mogrify(sql, parameters)
    buffer = bytearray(b"\xef\xbb\xbf")
    with raw.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT WITH (FORMAT csv, HEADER true)") as copy:
        for line in copy:
            buffer += line
            if len(buffer) >= block:
                yield bytes(buffer)
                buffer.clear()
    if buffer:
        yield bytes(buffer)


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Rows of values as CSV, line by line: UTF-8 with a byte-order mark, comma, CRLF, `columns` as heads; decimals with
    a point, ISO days and moments, and no text that a spreadsheet takes for a formula."""
    lines: Any = csv.writer(_Line())
    yield b"\xef\xbb\xbf" + lines.writerow(columns)
    for row in rows:
        yield lines.writerow([_cell(value) for value in row])


class _Line:
    """A file for csv.writer that hands each line back."""

    def write(self, line: str) -> bytes:
        return line.encode()


def _cell(value: Any) -> str:
    """Numbers and days are told from texts by their type."""
    if isinstance(value, str):
        return f"'{value}" if re.match(FORMULA, value) else value
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def rows_in(file: IO[bytes]) -> int:
    """Open a CSV file that was written and count its rows below the heads. Raises csv.Error or UnicodeError when it
    does not open."""
    file.seek(0)
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    try:
        return sum(1 for _row in csv.reader(text)) - 1
    finally:
        text.detach()
