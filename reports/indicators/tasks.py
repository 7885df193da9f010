"""The clock of indicators."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils.timezone import localdate, now

from core import audit
from projects.models import Programme
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
