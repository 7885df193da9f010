"""Chores of the worker around participants and attendance."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils.timezone import now

from beneficiaries import actions

KEPT = timedelta(days=30)  # a phone that was off for so long sends nothing twice any more


@shared_task
def forget_receipts() -> int:
    """Every night: drop the receipts of requests that nobody repeats now; returns how many."""
    return actions.forget_receipts(before=now() - KEPT)


@shared_task
def erase_due() -> int:
    """Every night: erase the identities whose documents need not be kept any more; returns how many."""
    return sum(1 for _person in actions.erase_due(at=now()))
