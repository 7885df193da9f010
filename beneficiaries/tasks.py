"""Chores of the worker around participants and attendance."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from datetime import timedelta

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, connection, transaction
from django.utils.timezone import now
from django.utils.translation import gettext_noop

from beneficiaries import actions
from beneficiaries.actions import imports
from beneficiaries.models import Import
from core.access import Refused

log = logging.getLogger(__name__)

KEPT = timedelta(days=30)  # a phone that was off for so long sends nothing twice any more


@shared_task
def forget_receipts() -> int:
    """Every night: drop the receipts of requests that nobody repeats now; returns how many."""
    return actions.forget_receipts(before=now() - KEPT)


@shared_task
def erase_due() -> int:
    """Every night: erase the identities whose documents need not be kept any more; returns how many."""
    return sum(1 for _person in actions.erase_due(at=now()))


# --- imports ---------------------------------------------------------------------------------------------------------

BEAT_SECONDS = 2
LONGEST_SECONDS = 1800


def wake(source: Import) -> None:
    """Tell a worker, once the row is committed. If the broker is away the sweep finds the row within 20 seconds."""
    transaction.on_commit(lambda: bring_in.delay(import_id=source.pk), robust=True)


@shared_task
def import_waiting() -> int:
    """Every 20 seconds: wake a worker for every import that waits or was left by a dead one; returns how many."""
    waiting = list(Import.objects.waiting(now()).values_list("pk", flat=True)[:50])
    for import_id in waiting:
        bring_in.delay(import_id=import_id)
    return len(waiting)


@shared_task(soft_time_limit=LONGEST_SECONDS, time_limit=LONGEST_SECONDS + 60)
def bring_in(*, import_id: int) -> None:
    """Do the job of one import, if it still waits; it ends whole or leaves nothing behind."""
    source = imports.claim(import_id, at=now())
    if source is None:
        return
    try:
        with _heartbeat(source) as going_on:
            imports.work(source, at=now(), going_on=going_on)
    except imports.Stopped:
        log.info("import %s was taken back", source.key)
    except Refused as refused:
        imports.fail(source, " ".join(refused.messages), at=now())
    except SoftTimeLimitExceeded:
        log.error("import %s took too long", source.key)
        imports.fail(source, gettext_noop("It took longer than 30 minutes. Divide the file into parts."), at=now())
    except Exception:
        log.exception("import %s failed", source.key)
        why = gettext_noop("Something went wrong while the rows were imported. Nothing was changed; try again.")
        imports.fail(source, why, at=now())


@contextmanager
def _heartbeat(source: Import):
    """While the body runs, say on a connection of its own that this worker lives and how far it is.

    Gives the function that is told how many rows are done; it raises Stopped once the work is no longer wanted.
    """
    over, unwanted = threading.Event(), threading.Event()
    done = [0]

    def beat() -> None:
        while not over.wait(BEAT_SECONDS):
            try:
                if not imports.alive(source, done[0], at=now()):
                    unwanted.set()
            except DatabaseError:
                log.exception("import %s could not say that it lives", source.key)  # the next beat may get through
            finally:
                connection.close()

    def going_on(rows: int) -> None:
        done[0] = rows
        if unwanted.is_set():
            raise imports.Stopped

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield going_on
    finally:
        over.set()
        thread.join()


@shared_task
def forget_imports() -> int:
    """Every night: remove the files and cells of imports older than 30 days, and end their drafts; returns how many."""
    return imports.forget_old(before=now() - KEPT)
