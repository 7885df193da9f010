"""Rows into tables by COPY, many at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from psycopg import sql

_PLAIN = {int, bool, date, datetime, UUID}  # whose text holds no sign that COPY reads as another
_SIGNS = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_HAS_SIGNS = re.compile(r"[\\\t\n\r]")


def copy_in(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Put rows into a table: texts, numbers, days, moments, keys and None. JSON is given as text (see `packed`).

    The rows are made into text column by column, which takes a third of the time that psycopg takes row by row.
    """
    if not rows:
        return
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    texts = map(_texts, zip(*rows, strict=True))
    connection.ensure_connection()
    with connection.connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write("\n".join(map("\t".join, zip(*texts, strict=True))) + "\n")


def _texts(column: Sequence[Any]) -> Iterable[str]:
    kinds = set(map(type, column))
    if kinds == {str}:
        return [text.translate(_SIGNS) for text in column] if _HAS_SIGNS.search("".join(column)) else column
    if kinds <= _PLAIN:
        return map(str, column)
    return ["\\N" if value is None else str(value).translate(_SIGNS) for value in column]


def packed(value: Any) -> str:
    """A value as the text of JSON, for a row of `copy_in`."""
    return orjson.dumps(value).decode()
