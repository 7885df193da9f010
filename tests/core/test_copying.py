"""Rows by COPY arrive as they were given, whatever signs stand in their texts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from django.db import connection

from core.copying import copy_in, packed
from core.models import Role

MOMENT, KEY = datetime(2026, 3, 16, 12, 0, tzinfo=UTC), UUID(int=7)
TEXTS = ["Ани", "", "a\tb", "c\\d", "\\N", "\\.", "two\nlines\r", None, Role.COORDINATOR, "'\"", "NULL"]


@pytest.mark.django_db
def test_whatever_is_copied_comes_back_as_it_was():
    rows = [(n, text, n % 2 == 0, None if n % 3 else date(2026, 3, n + 1), MOMENT, KEY, packed({"said": text}))
            for n, text in enumerate(TEXTS)]  # fmt: skip
    names = ["n", "said", "even", "day", "moment", "key", "more"]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE copied (n int, said text, even bool, day date, moment timestamptz, key uuid,"
            " more jsonb) ON COMMIT DROP"
        )
        copy_in("copied", names, [])
        copy_in("copied", names, rows)
        copy_in("copied", ["n", "said"], [(20, "plain"), (21, "only")])
        cursor.execute("SELECT n, said, even, day, moment, key, more->>'said' FROM copied ORDER BY n")
        found = cursor.fetchall()
    assert found[:-2] == [(*row[:-1], row[1]) for row in rows]
    assert [row[:2] for row in found[-2:]] == [(20, "plain"), (21, "only")]
