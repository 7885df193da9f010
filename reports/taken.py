"""The trail and the list of projects as tables that may be taken away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import batched
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Case, QuerySet, Value, When
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from budgets.figures import money_of
from core.access import Permission
from core.export import csv_lines
from core.models import AuditEvent
from core.models.texts import said
from projects.filters import ProjectFilter
from projects.models import Project, reach
from projects.tables import Table
from reports import overview as facts
from reports.figures import time_gone
from reports.filters import TrailFilter

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


def _lines(events: QuerySet[AuditEvent]) -> Iterator[bytes]:
    return csv_lines(COLUMNS, map(_row, events.iterator(chunk_size=2000)))


def _row(event: AuditEvent) -> list[Any]:
    seal = getattr(event, "seal", None)
    return [
        event.pk, event.at.isoformat(), event.by_name, str(event.by_key or ""), event.origin, event.action, event.kind,
        event.key, event.project, _flat(event.before), _flat(event.after), event.note,
        seal.position if seal else None, seal.digest if seal else "",
    ]  # fmt: skip


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


# --- the list of projects --------------------------------------------------------------------------------------------

LIST_COLUMNS = (
    "number", "title", "beneficiary", "programme", "state", "starts_on", "ends_on", "contracted_eur", "contracted",
    "currency", "reported_eur", "time_gone_percent", "sample_data",
)  # fmt: skip
BLOCK = 500  # projects whose money is added up at once


def _projects(user, query: Mapping[str, str]) -> QuerySet[Project]:
    """The projects as the list shows them, each with the language of the file and whether its costs may be seen."""
    language = query.get("language", settings.LANGUAGE_CODE)
    found = ProjectFilter(query, queryset=Project.objects.visible_to(user)).qs
    seen = When(reach(user, Permission.BUDGET_VIEW).projects_q(), then=True)
    rows = facts.ordered(found, query.get("sort", "number"), now().date(), language)
    return rows.annotate(sees_costs=Case(seen, default=False), worded_in=Value(language))


def _project_lines(rows: QuerySet[Project]) -> Iterator[bytes]:
    return csv_lines(LIST_COLUMNS, _project_rows(rows, now().date()))


def _project_rows(rows: QuerySet[Any], day: date) -> Iterator[list[Any]]:
    for block in batched(rows.iterator(chunk_size=BLOCK), BLOCK):
        listed: list[Any] = facts.with_lists(block)
        money = money_of(listed, day)
        for p in listed:
            of, own = money[p.pk], p.programme.language
            with override(p.worded_in):
                state = str(p.get_state_display())
            yield [
                p.number, said(p.title, p.worded_in, own)[0],
                said(p.beneficiary.name, p.worded_in)[0] if p.beneficiary else "", p.programme.code, state,
                of.contract.starts_on if of.contract else None, of.contract.ends_on if of.contract else None,
                of.contracted, of.original, of.currency, of.reported if p.sees_costs else None,
                time_gone(of.contract, day), "yes" if p.synthetic else "no",
            ]  # fmt: skip


PROJECTS = Table(
    "projects", gettext_lazy("Projects"), Permission.PROJECT_VIEW, "reports:projects_csv", _projects, _project_lines,
    "projects.exported", filters=("q", "programme", "call", "state", "country", "sort"),
    also=(Permission.BUDGET_VIEW,), worded=True,
)  # fmt: skip
