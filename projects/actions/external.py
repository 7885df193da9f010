"""Ids of other systems are given to rows, in the transaction that writes the rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q

from core import audit
from core.copying import copy_in
from projects.models import ExternalId, Project

External = tuple[str, str]
"""A source system and the id it has for a row."""


def known_as(project: Project, collection: str, externals: Iterable[External]) -> dict[External, UUID]:
    """The keys of rows by what source systems call them. Whoever asks for the same systems waits for the end of this
    transaction, so that one id never makes two rows. A key may be that of a row that is gone by now."""
    by_system: dict[str, list[str]] = {}
    for system, external_id in externals:
        by_system.setdefault(system, []).append(external_id)
    if not by_system:
        return {}
    with connection.cursor() as cursor:
        for system in sorted(by_system):
            lock = f"external {project.pk} {collection} {system}"
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [lock])
    wanted = Q()
    for system, ids in by_system.items():
        wanted |= Q(system=system, external_id__in=ids)
    rows = ExternalId.objects.filter(wanted, project=project, collection=collection)
    return {(row.system, row.external_id): row.key for row in rows}


def give_ids(project: Project, collection: str, given: Mapping[External, UUID], *, by, at: datetime) -> None:
    """Give rows of a project (by their keys) ids of source systems; one that has its id already is left as it is. Ask
    `known_as` for them first. The trail says which system named the row, never how."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE naming (system text, external_id text, key uuid)")
        copy_in("naming", ("system", "external_id", "key"), [(*external, key) for external, key in given.items()])
        cursor.execute(
            "INSERT INTO projects_externalid AS e (project_id, collection, system, external_id, key, given_at,"
            " given_by_id) SELECT %s, %s, system, external_id, key, %s, %s FROM naming"
            " ON CONFLICT (project_id, collection, system, external_id) DO UPDATE SET key = excluded.key,"
            " given_at = excluded.given_at, given_by_id = excluded.given_by_id WHERE e.key <> excluded.key"
            " RETURNING key, system",
            [project.pk, collection, at, by and by.pk],
        )
        new = cursor.fetchall()
        cursor.execute("DROP TABLE naming")
    audit.record_many(
        {
            "action": "external_id.given", "thing": ExternalId, "key": str(key), "by": by, "at": at,
            "project": project.number, "after": {"collection": collection, "system": system},
        }
        for key, system in new
    )  # fmt: skip
