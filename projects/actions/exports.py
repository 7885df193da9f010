"""What is written down when somebody takes a table away as a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from core import audit
from projects.tables import Table


@transaction.atomic
def exported(table: Table, query: Mapping[str, str], *, by, at: datetime, because: str = "") -> None:
    """Write down that `by` took what they see of a table, or what the query leaves of it, away as a file, and what
    for."""
    told, project = table.told(query), query.get("project", "") if table.of_people else ""
    audit.record(table.event, by, by=by, at=at, project=project, after=told, note=because.strip())
