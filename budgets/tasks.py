"""What happens by itself with budgets."""

from __future__ import annotations

from datetime import date

from celery import shared_task
from django.utils.timezone import localdate, now

from budgets.actions import carry_over
from budgets.models import Amendment


@shared_task
def carry_over_amendments(today: date | None = None) -> int:
    """Every hour: put targets and partners of approved amendments in force on the day of their version."""
    waiting = Amendment.objects.filter(carried_at=None, result__in_force_from__lte=today or localdate())
    found = list(waiting.order_by("result__version"))
    for amendment in found:
        carry_over(amendment, at=now())
    return len(found)
