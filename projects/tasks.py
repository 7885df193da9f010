"""Chores of the worker about projects."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils.timezone import now

from projects import actions


@shared_task
def forget_changes() -> int:
    """Every night: drop what the feeds of changes told long ago; returns how many changes."""
    return actions.forget_changes(before=now() - timedelta(days=settings.CHANGES_DAYS))
