"""Many sessions, groups or activities at once: each is added or changed by the action of a single one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any, ClassVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from activities import actions
from activities.models import Activity, Group, Session
from activities.serializers import SentActivity, SentGroup, SentSession
from core.access import Permission, Refused
from core.api import errors_of, pointers
from core.api.shapes import Input
from core.bulk import Result, going
from projects.actions.external import External, give_ids, known_as
from projects.models import Change, Project

Told = dict[str, Any]
"""A row that is right in itself: its values, and under `said` the names that it gave."""


class Rows(ABC):
    """A row that is named by its key, or by an external id that is known, is changed; any other one is added."""

    one_by_one = True
    shape: ClassVar[type[Input]]
    collection: ClassVar[Change.Collection]
    model: ClassVar[Any]
    needs: ClassVar[Permission]  # to know of a row by its key

    def take(self, rows: Sequence[Any], *, by, at: datetime, going_on=None) -> Iterator[Result]:
        context = {"request": SimpleNamespace(user=by), "known": {}}
        told: list[tuple[int, Told]] = []
        for index, row in enumerate(rows):
            shape = self.shape(data=row, context=context)
            if shape.is_valid():
                told.append((index, shape.validated_data | {"said": frozenset(row)}))
            else:
                yield Result(index, errors=pointers(shape.errors))
        known = self._known(told)
        named: dict[Project, dict[External, UUID]] = defaultdict(dict)
        told.sort(key=lambda each: (self.lock(each[1]), each[0]))  # who does the same at once waits, not for ever
        for index, row in going(told, going_on):
            project, external = self.project(row), row.pop("external", None)
            if external in named[project]:
                words = _("This external id is in the list twice.")
                yield Result(index, errors=[{"pointer": "/external", "detail": words}])
                continue
            try:
                with transaction.atomic():
                    stored, status = self._store(row, known.get((project.pk, external)), by=by, at=at)
            except (Refused, PermissionDenied) as refused:
                yield Result(index, errors=errors_of(refused))
                continue
            if external:
                named[project][external] = stored.key
            yield Result(index, status, str(stored.key))
        for project, given in named.items():
            if given:
                give_ids(project, self.collection, given, by=by, at=at)

    def _known(self, told: list[tuple[int, Told]]) -> dict[tuple[int, External | None], UUID]:
        """The keys of the rows that source systems call so, by project (id) and external id."""
        externals: dict[Project, set[External]] = defaultdict(set)
        for _index, row in told:
            if "external" in row:
                externals[self.project(row)].add(row["external"])
        return {
            (project.pk, external): key
            for project in sorted(externals, key=lambda project: project.pk)
            for external, key in known_as(project, self.collection, externals[project]).items()
        }

    def _store(self, row: Told, known: UUID | None, *, by, at: datetime) -> tuple[Any, str]:
        """Add or change one; returns it and what became of the row."""
        key = row.pop("key", None)
        rows = self.model.objects.visible_to(by, self.needs) if key else self.model.objects.all()
        found = rows.filter(key=named).first() if (named := key or known) else None
        if found is None and key:
            raise Refused({"key": _("Nothing with this key is known here. Check the key.")})
        if found is None:
            return self.add(row, by=by, at=at), "created"
        changed, is_new = self.change(found, row, by=by, at=at)
        return changed, "updated" if is_new else "unchanged"

    def project(self, row: Told) -> Project:
        """The project to which the row says that it belongs."""
        return row["project"]

    def lock(self, row: Told) -> int:
        """The id of what is locked first for the row."""
        return self.project(row).pk

    @abstractmethod
    def add(self, row: Told, *, by, at: datetime) -> Any:
        """The row that is new."""

    @abstractmethod
    def change(self, found: Any, row: Told, *, by, at: datetime) -> tuple[Any, bool]:
        """The changed row, and whether anything changed."""


class Sessions(Rows):
    shape, collection, model = SentSession, Change.Collection.SESSIONS, Session
    needs = Permission.SESSION_VIEW
    optional = ("place", "leader", "topic")  # left as they are where a row that changes a session does not say them

    def project(self, row: Told) -> Project:
        return row["group"].project

    def lock(self, row: Told) -> int:
        return row["group"].pk

    def add(self, row: Told, *, by, at: datetime) -> Session:
        group, details = row["group"], {n: v for n, v in row.items() if n not in ("said", "version")}
        return actions.plan_session(project=group.project, school=group.school, by=by, at=at, **details)

    def change(self, found: Session, row: Told, *, by, at: datetime) -> tuple[Session, bool]:
        said, version = row.pop("said"), row.pop("version", None)
        details = {name: value for name, value in row.items() if name in said or name not in self.optional}
        changed = actions.change_session(found, version=version or found.version, by=by, at=at, **details)
        return changed, changed.version != found.version


class Groups(Rows):
    shape, collection, model = SentGroup, Change.Collection.GROUPS, Group
    needs = Permission.SESSION_VIEW

    def add(self, row: Told, *, by, at: datetime) -> Group:
        return actions.add_group(project=row["project"], school=row["school"], name=row["name"], by=by, at=at)

    def change(self, found: Group, row: Told, *, by, at: datetime) -> tuple[Group, bool]:
        for name in ("project", "school"):
            if getattr(found, f"{name}_id") != row[name].pk:
                raise Refused({name: _("A group stays in its project and at its school. Add another one there.")})
        changed = actions.change_group(found, name=row["name"], by=by, at=at)
        return changed, changed.name != found.name


class Activities(Rows):
    shape, collection, model = SentActivity, Change.Collection.ACTIVITIES, Activity
    needs = Permission.PROJECT_VIEW

    def add(self, row: Told, *, by, at: datetime) -> Activity:
        del row["said"]
        return actions.add_activity(by=by, at=at, **row)

    def change(self, found: Activity, row: Told, *, by, at: datetime) -> tuple[Activity, bool]:
        for name in ("project", "number"):
            if getattr(found, name) != row[name]:
                words = _("An activity stays in its project and keeps its number: contract lines name it so.")
                raise Refused({name: words})
        facts = {name: row[name] for name in actions.FACTS if name in row}
        changed = actions.change_activity(found, by=by, at=at, **facts)
        return changed, any(getattr(changed, name) != getattr(found, name) for name in actions.FACTS)


ACTIVITIES, GROUPS, SESSIONS = Activities(), Groups(), Sessions()
