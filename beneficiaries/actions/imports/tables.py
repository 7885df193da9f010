"""New rows of many tables at once: their keys, their columns, and what the database thinks of them afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models
from psycopg import sql

from core.copying import copy_in


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
    answer pages as if the rows of a large import were not there: some took ten seconds. Nobody else
    looks at them before the import is committed, so what was seen here stays."""
    names = sql.SQL(", ").join(sql.Identifier(model._meta.db_table) for model in tables)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("ANALYZE {}").format(names))


def free_ids(model: type[models.Model], count: int) -> list[int]:
    """Keys of a table that no row has, in falling order: the last one is taken first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH it AS MATERIALIZED (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS sequence)"
            " SELECT nextval(sequence) FROM it, generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return sorted((pk for (pk,) in cursor.fetchall()), reverse=True)
