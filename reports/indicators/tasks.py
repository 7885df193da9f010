"""The clock of indicators."""

from __future__ import annotations

import logging
from datetime import date, timedelta

from celery import shared_task
from django.utils.timezone import localdate, now

from core import audit
from projects.models import Programme, Project
from reports.indicators import actions

log = logging.getLogger(__name__)


@shared_task
def recount_night() -> int:
    """Every night: count again what is stored, write down what drifted, then keep the figures of today. Returns the
    number of drifts, expected 0."""
    token, drifts = audit.origin.set("task"), 0
    try:
        for programme in Programme.objects.filter(indicators__isnull=False).distinct():
            found = actions.recount(programme, at=now())
            drifts += len(found)
            for drift in found:
                log.warning("figure %s of project %s drifted", drift.code, drift.project_id)
            actions.keep(programme, as_of=localdate(), at=now())
    finally:
        audit.origin.reset(token)
    return drifts


@shared_task
def issue_results() -> int:
    """Every night: publish the results of the last quarter of every public project that has none yet; returns how
    many were."""
    token, day = audit.origin.set("task"), quarter_before(localdate())
    try:
        return sum(actions.issue(each, as_of=day, at=now()) is not None for each in Project.objects.public())
    finally:
        audit.origin.reset(token)


def quarter_before(day: date) -> date:
    """The last day of the quarter that was over on `day`."""
    return day.replace(month=day.month - (day.month - 1) % 3, day=1) - timedelta(days=1)
