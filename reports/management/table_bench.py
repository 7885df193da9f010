"""The bench of whole tables: the API's list of participants as NDJSON and CSV."""

from __future__ import annotations

from functools import partial
from typing import Any

import psycopg
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.test import Client

from beneficiaries.api import with_counts
from beneficiaries.models import Participation
from beneficiaries.serializers import ParticipantRow
from core.api.shapes import columns
from reports.management.measure import Line, pair, peak

MOST = 24  # MiB that a table may take, of however many rows


def lines(rounds: int, client: Client) -> list[Line]:
    """Whole requests against COPY TO STDOUT of the same query; goal 2.0 with flat memory."""
    rows, found = with_counts(Participation.objects.order_by("key")), []
    sql, parameters = rows.values_list(*columns(ParticipantRow).values()).query.sql_with_params()

    def whole(accept: str) -> int:
        answer: Any = client.get("/api/v1/participants/", headers={"accept": accept})
        return sum(len(block) for block in answer.streaming_content)

    def plain() -> int:
        raw: psycopg.Connection = connection.connection
        query = psycopg.ClientCursor(raw).mogrify(sql, parameters)
        with raw.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT") as copy:
            return sum(len(line) for line in copy)

    for name, accept in (("NDJSON", "application/x-ndjson"), ("CSV", "text/csv")):
        with peak() as rose:
            size = whole(accept)
        if rose[0] > MOST:
            raise CommandError(f"the API's {name} is not flat: +{rose[0]:.0f} MiB")
        with transaction.atomic():
            times = pair(partial(whole, accept), plain, rounds)
        more = f"{rows.count()} rows, {size / 1024 / 1024:.1f} MiB, whole request, peak +{rose[0]:.0f} MiB"
        found.append(Line(f"API participants as {name}", *times, 2.0, more))
    return found
