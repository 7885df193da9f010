"""What happens by itself with budgets."""

from __future__ import annotations

import logging
from datetime import date
from functools import partial

from celery import shared_task
from django.db import transaction
from django.utils.timezone import localdate, now

from budgets.actions import carry_over, make_letter
from budgets.models import Amendment, Claim, ClaimLetter
from core import audit

log = logging.getLogger(__name__)


@shared_task
def carry_over_amendments(today: date | None = None) -> int:
    """Every hour: put targets and partners of approved amendments in force on the day of their version."""
    waiting = Amendment.objects.filter(carried_at=None, result__in_force_from__lte=today or localdate())
    found = list(waiting.order_by("result__version"))
    for amendment in found:
        carry_over(amendment, at=now())
    return len(found)


def wake(claim: Claim) -> None:
    """Tell a worker of the letter of a decision, once it is committed. If the broker is away the sweep finds it."""
    for letter in claim.letters.waiting().values_list("pk", flat=True):
        transaction.on_commit(partial(write_letter.delay, letter_id=letter), robust=True)


@shared_task
def write_waiting_letters() -> int:
    """Every 20 seconds: wake a worker for every letter that waits; returns how many."""
    waiting = list(ClaimLetter.objects.waiting().values_list("pk", flat=True)[:100])
    for letter in waiting:
        write_letter.delay(letter_id=letter)
    return len(waiting)


@shared_task(soft_time_limit=300, time_limit=360)
def write_letter(*, letter_id: int) -> None:
    """Make the PDF of one letter, if it still waits. After some failed tries it is left to people."""
    token = audit.origin.set("task")
    try:
        make_letter(letter_id, at=now())
    except Exception:
        log.exception("letter %s could not be made", letter_id)
    finally:
        audit.origin.reset(token)
