"""Chores of the worker about sessions."""

from __future__ import annotations

from celery import shared_task
from django.utils.timezone import now

from activities import actions


@shared_task
def remind_of_locks() -> int:
    """Every few hours: the reminders of the day; whoever has one gets no second."""
    return actions.remind_of_locks(at=now())
