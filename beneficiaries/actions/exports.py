"""The end of a file that a worker wrote: when its hours are over, and at once when somebody in it is erased."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext_noop

from beneficiaries.models import Export, ExportQuerySet
from core import audit, storage
from core.models import AT_WORK
from projects.models import Project
from projects.tables import tables

ERASED = gettext_noop("The identity of a participant was erased while the file was there. Have it made again.")
OVER = gettext_noop("Its time was over.")


def hold_off(*, alone: bool) -> None:
    """Until the transaction ends: no table is begun (`alone`) while an identity is being erased, so that every file
    that may hold the identity is found as a row that is dropped."""
    with connection.cursor() as cursor:
        lock = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
        cursor.execute(f"SELECT {lock}(hashtext('exports'))")


def drop_exports_of(projects: Iterable[Project], *, by, at: datetime) -> int:
    """Drop what is made or was made of these projects, or of all that somebody sees; returns how many. Call inside the
    transaction that erases."""
    hold_off(alone=False)
    theirs = Q(project=None) | Q(project__in=list(projects))
    of_people = [table.key for table in tables().values() if table.of_people]
    mine = Export.objects.filter(theirs, table__in=of_people, state__in=[*AT_WORK, "done"])
    return _drop(mine, ERASED, by=by, at=at)


@transaction.atomic
def drop_expired_exports(*, at: datetime) -> int:
    """Every night: the files whose hours are over; returns how many."""
    return _drop(Export.objects.filter(state="done", expires_at__lte=at), OVER, by=None, at=at)


def _drop(exports: ExportQuerySet, why: str, *, by, at: datetime) -> int:
    found = list(exports.select_for_update(of=("self",)).select_related("project", "file").order_by("pk"))
    for export in found:
        before, file = export.state, export.file
        export.state, export.file, export.failure, export.finished_at = Export.State.GONE, None, why, at
        export.save(update_fields=["state", "file", "failure", "finished_at"])
        if file:
            storage.forget(file)
        number = export.project.number if export.project else ""
        audit.record(
            "export.dropped", export, by=by, at=at, project=number, before={"state": before}, after={"state": "gone"}
        )
    return len(found)
