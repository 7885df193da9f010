"""Rows into tables by COPY."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from django.db import connection, models
from psycopg import sql


def copy_in(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Put rows into a table. The rows must be there already: while COPY runs the connection answers nothing else."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    connection.ensure_connection()
    with connection.connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def write(model: type[models.Model], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """New rows of a model; a column that is not given has the model's own default, or is empty."""
    if not rows:
        return
    left = [f for f in model._meta.concrete_fields if f.column not in columns and not f.primary_key]
    left.sort(key=lambda field: not (field.has_default() and callable(field.default)))
    made = [field.get_default for field in left if field.has_default() and callable(field.default)]  # for each row anew
    rest = tuple(field.get_default() for field in left[len(made) :])
    rows = [(*row, *[make() for make in made], *rest) for row in rows] if left else rows
    copy_in(model._meta.db_table, [*columns, *(str(field.column) for field in left)], rows)


def look_anew(tables: Iterable[type[models.Model]]) -> None:
    """Let the database see how large these tables are now. Left to itself it would do so in a minute, and until then
    answer pages as if the rows of a large import were not there: some took ten seconds."""
    names = sql.SQL(", ").join(sql.Identifier(model._meta.db_table) for model in tables)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("ANALYZE {}").format(names))


def packed(value: Any) -> str:
    """A value as the text of JSON, for a row of `copy_in`."""
    return orjson.dumps(value).decode()


def free_ids(model: type[models.Model], count: int) -> list[int]:
    """Keys of a table that no row has, in falling order: the last one is taken first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return sorted((pk for (pk,) in cursor.fetchall()), reverse=True)
