"""The trail as a table that may be taken away."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.tables import Table
from core.access import Permission
from core.models import AuditEvent
from projects.models import Project, reach
from reports.filters import TrailFilter
from reports.tables import machine

COLUMNS = (
    "event", "at", "who", "who_key", "through", "action", "kind", "object", "project", "before", "after", "note",
    "sealed_as", "digest",
)  # fmt: skip


def events_for(user) -> QuerySet[AuditEvent]:
    """The events of the projects in which `user` may read the trail; those of no project, such as sign-ins, are for
    administrators. Raises PermissionDenied for somebody who has this right nowhere."""
    where = reach(user, Permission.TRAIL_VIEW)
    events = AuditEvent.objects.select_related("seal").order_by("-pk")
    if where.everywhere:
        return events
    if not (where.programmes or where.projects or where.schools):
        raise PermissionDenied(
            _("Only auditors and programme officers read the trail. An administrator can give access.")
        )
    return events.filter(project__in=Project.objects.filter(where.projects_q()).values("number"))


def _events(user, query: Mapping[str, str]) -> QuerySet[AuditEvent]:
    """The events up to now that the filter leaves, newest first: not that they are being taken away."""
    last = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return TrailFilter(query, queryset=events_for(user)).qs.filter(pk__lte=last)


def csv_lines(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Rows as CSV: UTF-8 with a byte-order mark, and no text that a spreadsheet takes for a formula. Numbers and days
    are told from texts by their type."""
    writer: Any = csv.writer(_Echo())
    yield b"\xef\xbb\xbf" + writer.writerow(columns)
    for row in rows:
        values = [row.get(column) for column in columns]
        yield writer.writerow([machine(v, "text" if isinstance(v, str) else "number") for v in values])


class _Echo:
    def write(self, line: str) -> bytes:
        return line.encode()


def _lines(events: QuerySet[AuditEvent]) -> Iterator[bytes]:
    return csv_lines(COLUMNS, (_row(event) for event in events.iterator(chunk_size=2000)))


def _row(event: AuditEvent) -> dict[str, Any]:
    seal = getattr(event, "seal", None)
    return {
        "event": event.pk, "at": event.at.isoformat(), "who": event.by_name, "who_key": str(event.by_key or ""),
        "through": event.origin, "action": event.action, "kind": event.kind, "object": event.key,
        "project": event.project, "before": _flat(event.before), "after": _flat(event.after), "note": event.note,
        "sealed_as": seal.position if seal else None, "digest": seal.digest if seal else "",
    }  # fmt: skip


def _flat(values: dict[str, Any]) -> str:
    """`name: value` pairs in one cell."""
    pairs = []
    for name, value in values.items():
        if isinstance(value, dict):
            pairs += [f"{name} {key}: {inner}" for key, inner in value.items()]
        else:
            pairs.append(f"{name}: {value}")
    return "; ".join(pairs)


TRAIL = Table(
    "trail", gettext_lazy("Audit trail"), Permission.TRAIL_VIEW, "reports:trail_csv", _events, _lines,
    "trail.exported", filters=("project", "who", "action", "key", "from", "to"),
)  # fmt: skip
