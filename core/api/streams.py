"""Whole tables: every row of a list in one answer, as NDJSON or CSV, with memory that does not grow with the rows.

Where the database holds all that is told it writes the lines itself (`written`); else rows are made here in blocks."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from io import StringIO
from itertools import islice
from typing import Any

import orjson
from django.db.models import QuerySet
from django.http import StreamingHttpResponse

from core.api import FastJSONRenderer, written
from core.api.shapes import Row, columns

BLOCK = 2000  # rows that are read, completed and sent at once
FORMULA = ("=", "+", "@", "\t", "\r", "-")


class Ndjson(FastJSONRenderer):
    """One row a line. What this renders itself are problems; tables are streamed."""

    media_type, format = "application/x-ndjson", "ndjson"


class Csv(FastJSONRenderer):
    """Names first, then a line for each row. What this renders itself are problems; tables are streamed."""

    media_type, format = "text/csv", "csv"


TABLES = (Ndjson, Csv)


type Finish = Callable[[list[dict]], object] | None  # adds to the rows of a block


def streamed(
    rows: QuerySet, shape: type[Row], asked: list[str], kind: type[FastJSONRenderer], finish: Finish
) -> StreamingHttpResponse:
    """All `rows` in their shape, of one moment; `asked` are the names of the fields wanted (none for all).

    Values are written as in JSON; in CSV a list or an object is its JSON, what is null is empty, and a text that a
    spreadsheet would take for a formula begins with '.
    """
    names = asked or list(shape().fields)
    return StreamingHttpResponse(
        _lines(rows, shape, names, kind, finish), content_type=f"{kind.media_type}; charset=utf-8"
    )


def _lines(
    rows: QuerySet, shape: type[Row], names: list[str], kind: type[FastJSONRenderer], finish: Finish
) -> Iterator[bytes]:
    read = columns(shape)
    if finish is None and set(names) <= set(read) and len(names) == len(set(names)):
        straight = written.lines(rows, {name: read[name] for name in names}, "csv" if kind is Csv else "json")
        if straight is not None:
            return straight
    made = _csv_lines if kind is Csv else _json_lines
    return made(names, _blocks(rows, shape, finish))


def _blocks(rows: QuerySet, shape: type[Row], finish: Finish) -> Iterator[list[dict]]:
    read = columns(shape)
    values = rows.values_list(*read.values()).iterator(BLOCK)
    while block := list(islice(values, BLOCK)):
        found = [dict(zip(read, row, strict=True)) for row in block]
        if finish is not None:
            finish(found)
        yield found


def _json(value: Any, option: int = 0) -> bytes:
    return orjson.dumps(value, default=str, option=orjson.OPT_UTC_Z | option)


def _json_lines(names: list[str], blocks: Iterator[list[dict]]) -> Iterator[bytes]:
    for block in blocks:
        yield b"".join(_json({name: row[name] for name in names}, orjson.OPT_APPEND_NEWLINE) for row in block)


def _csv_lines(names: list[str], blocks: Iterator[list[dict]]) -> Iterator[bytes]:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(names)
    for block in blocks:
        writer.writerows([_cell(row[name]) for name in names] for row in block)
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    yield text.getvalue().encode()


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    return "" if value is None else _json(value).decode().strip('"')
