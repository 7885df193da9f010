"""Many sessions at once: each is planned or changed by the action of a single one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from activities import actions
from activities.models import Session
from activities.serializers import SentSession
from core.access import Permission, Refused
from core.api import errors_of, pointers
from core.bulk import Result, going
from projects.actions.external import External, give_ids, known_as
from projects.models import Change, Project

OPTIONAL = ("place", "leader", "topic")  # left as they are where a row that changes a session does not say them


class Sessions:
    """Sessions of groups: one that is named by its key, or by an external id that is known, is changed, any other one
    is planned."""

    one_by_one = True

    def take(self, rows: Sequence[Any], *, by, at: datetime, going_on=None) -> Iterator[Result]:
        context = {"request": SimpleNamespace(user=by), "known": {}}
        told: list[tuple[int, dict[str, Any]]] = []
        for index, row in enumerate(rows):
            shape = SentSession(data=row, context=context)
            if shape.is_valid():
                told.append((index, shape.validated_data | {"said": frozenset(row)}))
            else:
                yield Result(index, errors=pointers(shape.errors))
        known = _known(told)
        named: dict[Project, dict[External, UUID]] = defaultdict(dict)
        told.sort(key=lambda each: (each[1]["group"].pk, each[0]))  # who does the same at once waits, not for ever
        for index, row in going(told, going_on):
            project, external = row["group"].project, row.pop("external", None)
            if external in named[project]:
                words = _("This external id is in the list twice.")
                yield Result(index, errors=[{"pointer": "/external", "detail": words}])
                continue
            try:
                with transaction.atomic():
                    session, status = _store(row, known.get((project.pk, external)), by=by, at=at)
            except (Refused, PermissionDenied) as refused:
                yield Result(index, errors=errors_of(refused))
                continue
            if external:
                named[project][external] = session.key
            yield Result(index, status, str(session.key))
        for project, given in named.items():
            if given:
                give_ids(project, Change.Collection.SESSIONS, given, by=by, at=at)


def _known(told: list[tuple[int, dict[str, Any]]]) -> dict[tuple[int, External | None], UUID]:
    """The keys of the sessions that source systems call as the rows do, by project (id) and external id."""
    externals: dict[Project, set[External]] = defaultdict(set)
    for _index, row in told:
        if "external" in row:
            externals[row["group"].project].add(row["external"])
    return {
        (project.pk, external): key
        for project in sorted(externals, key=lambda project: project.pk)
        for external, key in known_as(project, Change.Collection.SESSIONS, externals[project]).items()
    }


def _store(row: dict[str, Any], known: UUID | None, *, by, at: datetime) -> tuple[Session, str]:
    """Plan or change one session; returns it and what became of the row."""
    said, key, version = row.pop("said"), row.pop("key", None), row.pop("version", None)
    rows = Session.objects.visible_to(by, Permission.SESSION_VIEW) if key else Session.objects.all()
    session = rows.filter(key=named).first() if (named := key or known) else None
    if session is None and key:
        raise Refused({"key": _("Nothing with this key is known here. Check the key.")})
    if session is None:
        group = row["group"]
        made = actions.plan_session(project=group.project, school=group.school, by=by, at=at, **row)
        return made, "created"
    details = {name: value for name, value in row.items() if name in said or name not in OPTIONAL}
    before = session.version
    changed = actions.change_session(session, version=version or before, by=by, at=at, **details)
    return changed, "unchanged" if changed.version == before else "updated"


SESSIONS = Sessions()
