"""Rows into tables by COPY."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

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


def write(model: type[models.Model], rows: list[dict[str, Any]]) -> None:
    """New rows of a model, by column; a column that is not given has the model's own default, or is empty."""
    if not rows:
        return
    given = [field for field in model._meta.concrete_fields if field.column in rows[0]]
    left = [f for f in model._meta.concrete_fields if f.column not in rows[0] and not f.primary_key]
    copy_in(
        model._meta.db_table,
        [str(field.column) for field in (*given, *left)],
        ([row[str(f.column)] for f in given] + [f.get_default() for f in left] for row in rows),
    )


def free_ids(model: type[models.Model], count: int) -> list[int]:
    """Keys of a table that no row has, in falling order: the last one is taken first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return sorted((pk for (pk,) in cursor.fetchall()), reverse=True)
