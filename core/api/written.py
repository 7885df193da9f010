"""Lines of a whole table that PostgreSQL writes itself (COPY): many times as fast as making each row here, and to the
byte what is made here."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

import orjson
import psycopg
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Field, QuerySet
from psycopg.postgres import types

from core.export import FORMULA

BLOCK = 1 << 16  # bytes that are sent at once

_QUOTED = "'\"' || {0} || '\"'"
_MOMENT = """to_char({0} AT TIME ZONE 'UTC', CASE WHEN date_part('microseconds', {0})::int % 1000000 = 0
    THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"' END)"""
_CLOCK = """to_char({0}::interval, CASE WHEN date_part('microseconds', {0})::int % 1000000 = 0
    THEN 'HH24:MI:SS' ELSE 'HH24:MI:SS.US' END)"""
_DAY = "trim(to_json({0})::text, '\"')"  # whatever the server's style of dates; many times as fast as to_char
PLAIN = ("bool", "int2", "int4", "int8")
MARKED = {"uuid": "{0}", "numeric": "{0}", "date": _DAY, "timestamptz": _MOMENT, "time": _CLOCK}
"""How values of a type are written; in JSON those that are marked stand between quotation marks."""
TEXTS = ("text", "varchar")
MOST_KNOWN = 8  # values of a field with choices that are compared
DIGITS = 6  # behind the point: with more, Python writes small numbers with an exponent


def lines(rows: QuerySet, columns: dict[str, str], kind: str) -> Iterator[bytes] | None:
    """The rows as "json" or "csv" in blocks, each column under its name; None where a value is not to be had from the
    database as it goes out, and for a table of one column as CSV (in which nothing and an empty text look alike)."""
    if kind == "csv" and len(columns) < 2:
        return None
    values = rows.values_list(*columns.values())
    try:
        sql, parameters = values.query.sql_with_params()
    except EmptyResultSet:
        return iter([_head(columns)] if kind == "csv" else [])
    compiler = values.query.get_compiler(connection=connection)
    compiler.pre_sql_setup()
    fields = [expression.output_field for expression, *_rest in compiler.select or ()]
    if any(hasattr(field, "from_db_value") for field in fields):
        return None
    connection.ensure_connection()
    raw: psycopg.Connection = connection.connection
    query = psycopg.ClientCursor(raw).mogrify(sql, parameters)
    inner = f"({query}) AS told({', '.join(f'c{n}' for n in range(len(columns)))})"
    with raw.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {inner} LIMIT 0".encode())  # noqa: S608
        described = zip(cursor.description or (), fields, strict=True)
        found = [_cell(f"c{n}", column, kind, field) for n, (column, field) in enumerate(described)]
    if not all(found):
        return None
    if kind == "csv":
        return _copied(raw, f"SELECT {', '.join(found)} FROM {inner}", "FORMAT csv", _head(columns))  # noqa: S608
    cells = " || ".join(
        f"{_literal((',' if n else '{') + orjson.dumps(name).decode() + ':')} || coalesce({cell}, 'null')"
        for n, (name, cell) in enumerate(zip(columns, found, strict=True))
    )
    whole = r"FORMAT csv, DELIMITER E'\x02', QUOTE E'\x01'"  # signs that JSON never holds: lines go out as they are
    return _copied(raw, f"SELECT {cells} || '}}' FROM {inner}", whole)  # noqa: S608


def _cell(name: str, column: psycopg.Column, kind: str, field: Field) -> str:
    """The expression that writes a column; "" for a type that is not known here."""
    known = types.get(column.type_code)
    type_ = known.name if known else ""
    if type_ == "numeric" and (column.scale is None or column.scale > DIGITS):
        return ""
    if type_ in TEXTS and kind == "csv":
        return f"nullif(CASE WHEN {name} ~ {_literal(FORMULA)} THEN '''' || {name} ELSE {name} END, '')"
    if type_ in TEXTS and field.choices:  # most values are known, and to compare them is faster than to escape them
        choices = [str(value) for value, _label in field.flatchoices][:MOST_KNOWN]
        whens = " ".join(f"WHEN {_literal(value)} THEN {_literal(orjson.dumps(value).decode())}" for value in choices)
        return f"CASE {name} {whens} ELSE to_json({name})::text END"
    if type_ in TEXTS or (type_ == "date" and kind == "json"):
        return f"to_json({name})::text"
    if type_ in PLAIN:
        return f"{name}::text"
    cell = MARKED.get(type_, "").format(name)
    return _QUOTED.format(cell) if cell and kind == "json" else cell


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _head(columns: dict[str, str]) -> bytes:
    text = StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(columns)
    return text.getvalue().encode()


def _copied(raw: psycopg.Connection, query: str, options: str, head: bytes = b"") -> Iterator[bytes]:
    """The lines in blocks; under a head they end as lines of CSV do."""
    buffer = bytearray(head)
    with raw.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT WITH ({options})") as copy:
        for line in copy:
            if head:
                buffer += line[:-1]
                buffer += b"\r\n"
            else:
                buffer += line
            if len(buffer) >= BLOCK:
                yield bytes(buffer)
                buffer.clear()
    if buffer:
        yield bytes(buffer)
