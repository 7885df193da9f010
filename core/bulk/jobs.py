"""Rows that are too many for one request: asked for, claimed by a worker, alive, brought in, failed, cancelled.

What a job stores and that it is over are one transaction: a worker that dies leaves nothing, and the next one begins
anew.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from core import audit
from core.access import Refused
from core.bulk.kinds import GoingOn
from core.bulk.taking import take
from core.models import BulkJob, Stopped

KEPT = timedelta(days=30)  # what became of the rows
MOST_ATTEMPTS = 3


def _lock() -> Fernet:
    return Fernet(urlsafe_b64encode(sha256(f"bulk rows {settings.SECRET_KEY}".encode()).digest()))


@transaction.atomic
def ask(kind: str, rows: Sequence[Any], *, mode: str, dry_run: bool, language: str, by, at: datetime) -> BulkJob:
    """Have rows brought in by a worker. Raises Refused with too many jobs of this person at work."""
    if BulkJob.objects.visible_to(by).at_work().count() >= settings.BULK_JOBS_PER_PERSON:
        words = _("You have %(count)s jobs at work. Wait until one is over, or cancel one.")
        raise Refused(words % {"count": settings.BULK_JOBS_PER_PERSON})
    scopes = None if by.token_scopes is None else sorted(by.token_scopes)
    job = BulkJob.objects.create(
        collection=kind, mode=mode, dry_run=dry_run, language=language, scopes=scopes, rows=len(rows),
        body=_lock().encrypt(orjson.dumps(rows)), asked_by=by, asked_at=at,
    )  # fmt: skip
    audit.record("bulk.asked", job, by=by, at=at, after={"collection": kind, "rows": str(job.rows)})
    return job


@transaction.atomic
def claim(job_id: int, *, at: datetime) -> BulkJob | None:
    """Take a job that waits for this worker; None when there is nothing to do. One whose workers died three times is
    given up."""
    waiting = BulkJob.objects.waiting(at).select_for_update(skip_locked=True, of=("self",))
    job = waiting.select_related("asked_by").filter(pk=job_id).first()
    if job is None:
        return None
    if job.attempt >= MOST_ATTEMPTS:
        _end(job, BulkJob.State.FAILED, at, why=gettext_noop("The worker stopped in the middle three times."))
        return None
    job.state, job.progress, job.attempt = BulkJob.State.RUNNING, 0, job.attempt + 1
    job.started_at = job.heartbeat_at = at
    job.save(update_fields=["state", "progress", "attempt", "started_at", "heartbeat_at"])
    return job


def _mine(job: BulkJob):
    """The row of a claimed job, as long as it is this worker's: claimed at that moment, and not over since."""
    return BulkJob.objects.filter(pk=job.pk, state=BulkJob.State.RUNNING, started_at=job.started_at)


def alive(job: BulkJob, progress: int, *, at: datetime) -> None:
    """Say that the worker lives and how far it is. Raises Stopped when the job is no longer its own."""
    if not _mine(job).update(heartbeat_at=at, progress=progress):
        raise Stopped


@transaction.atomic
def work(job: BulkJob, *, at: datetime, going_on: GoingOn = None) -> BulkJob:
    """Bring the rows of a claimed job in, with the rights of who asked as they are now and no more scopes than the
    token had. Raises Stopped when it was cancelled or taken over meanwhile; nothing is stored then."""
    by = job.asked_by
    by.token_scopes = None if job.scopes is None else frozenset(job.scopes)
    rows, token = orjson.loads(_lock().decrypt(bytes(job.body))), audit.origin.set("api")
    try:
        with override(job.language):
            taken = take(
                job.collection, rows, mode=job.mode, dry_run=job.dry_run, by=by, at=job.asked_at, going_on=going_on
            )
        found = _mine(job).select_for_update().first()
        if found is None:
            raise Stopped
        found.told, found.progress = orjson.dumps(taken.as_json()).decode(), found.rows
        _end(found, BulkJob.State.DONE, at, by=by)
    finally:
        audit.origin.reset(token)
    return found


@transaction.atomic
def fail(job: BulkJob, why: str, *, at: datetime) -> None:
    """Give it up with a reason people can read, in English: the API translates it. Nothing when it is no longer this
    worker's."""
    if found := _mine(job).select_for_update().first():
        _end(found, BulkJob.State.FAILED, at, why=why)


@transaction.atomic
def cancel(job: BulkJob, *, by, at: datetime) -> BulkJob:
    """Stop a job; a worker in the middle of it leaves nothing behind. Raises Refused when it is over."""
    found = BulkJob.objects.visible_to(by).select_for_update().filter(pk=job.pk).first()
    if found is None:
        raise PermissionDenied(_("Somebody else asked for this job."))
    if not found.at_work:
        raise Refused(_("The job is over, so it cannot be cancelled."))
    _end(found, BulkJob.State.CANCELLED, at, by=by)
    return found


def forget(*, before: datetime) -> int:
    """Remove jobs that were over before a moment; returns how many."""
    return BulkJob.objects.filter(finished_at__lt=before).delete()[0]


def _end(job: BulkJob, state: str, at: datetime, *, by=None, why: str = "") -> None:
    job.state, job.failure, job.finished_at, job.body = state, why, at, b""
    job.save()
    after = {"collection": job.collection, "state": state, "rows": str(job.rows)}
    audit.record("bulk.over", job, by=by, at=at, after=after, note=why)
