"""Chores of the worker that no app owns."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.core.management import call_command
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.utils.timezone import now
from django.utils.translation import gettext_noop

from core import actions, audit, mail, uploads
from core.bulk import jobs
from core.models import BulkJob, Stopped

log = logging.getLogger(__name__)
LONGEST_SECONDS = 1800


@shared_task
def seal_audit() -> int:
    """Every minute: chain the audit events written since the last time."""
    return audit.seal(now())


@shared_task
def send_mail() -> int:
    """Every minute: send the mails that wait."""
    return mail.send_due(now())


@shared_task
def clear_old_rows() -> None:
    """Every night: sessions of browsers that ended, tokens of systems that expired, mails that went out, answers of
    the API that were given long ago, and files on their way that nobody took."""
    call_command("clearsessions")
    call_command("oidc_cleartokens")
    mail.forget(before=now() - mail.KEPT)
    actions.forget_answers(before=now() - actions.KEPT)
    uploads.forget_expired(now())
    jobs.forget(before=now() - jobs.KEPT)


# --- many rows from programs -----------------------------------------------------------------------------------------


def wake_bulk(job: BulkJob) -> None:
    """Tell a worker, once the row is committed. If the broker is away the sweep finds the row within 20 seconds."""
    transaction.on_commit(lambda: bring_rows.delay(job_id=job.pk), robust=True)


@shared_task
def bulk_waiting() -> int:
    """Every 20 seconds: wake a worker for every job of rows that waits or was left by a dead one; returns how many."""
    waiting = list(BulkJob.objects.waiting(now()).values_list("pk", flat=True)[:50])
    for job_id in waiting:
        bring_rows.delay(job_id=job_id)
    return len(waiting)


@shared_task(soft_time_limit=LONGEST_SECONDS, time_limit=LONGEST_SECONDS + 60)
def bring_rows(*, job_id: int) -> None:
    """Bring the rows of one job in, if it still waits; it ends whole or leaves nothing behind."""
    token = audit.origin.set("task")
    try:
        if job := jobs.claim(job_id, at=now()):
            _bring(job)
    finally:
        audit.origin.reset(token)


def _bring(job: BulkJob) -> None:
    done = [0]
    try:
        with heartbeat(lambda at: jobs.alive(job, done[0], at=at), f"bulk {job.key}", every=2) as unwanted:

            def going_on(rows: int) -> None:
                done[0] = rows
                if unwanted.is_set():
                    raise Stopped

            jobs.work(job, at=now(), going_on=going_on)
    except Stopped:
        log.info("bulk %s was taken away from this worker", job.key)
    except (OperationalError, InterfaceError):
        log.exception("bulk %s lost the database; the next worker begins it anew", job.key)
    except SoftTimeLimitExceeded:
        log.error("bulk %s took too long", job.key)
        jobs.fail(job, gettext_noop("It took longer than 30 minutes. Send fewer rows at once."), at=now())
    except Exception:
        log.exception("bulk %s failed", job.key)
        jobs.fail(job, gettext_noop("Something went wrong with these rows. Nothing was stored."), at=now())


@contextmanager
def heartbeat(alive: Callable[..., None], name: str, every: float) -> Iterator[threading.Event]:
    """While the body runs, say every so many seconds that this worker lives, also in the middle of a long page layout.
    Gives what is set once the work is no longer this worker's."""
    over, unwanted = threading.Event(), threading.Event()

    def beat() -> None:
        while not over.wait(every):
            try:
                alive(at=now())
            except Stopped:
                return unwanted.set()  # the main thread finds out at its next stage
            except DatabaseError:
                log.exception("%s could not say that it lives", name)  # the next beat may get through
            finally:
                connection.close()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield unwanted
    finally:
        over.set()
        thread.join()
