"""What every piece of work keeps that a worker does in the background: its row is the job, and tells how far it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

SILENT_AFTER = timedelta(seconds=60)  # a worker that said nothing for so long is taken for dead
AT_WORK = ("queued", "running")


class Stopped(Exception):
    """The work was cancelled, or another worker has it now: leave nothing behind."""


class JobQuerySet[Model: models.Model](models.QuerySet[Model]):
    def waiting(self, at: datetime) -> Self:
        """The workers' to-do list: asked for, or begun by a worker that has fallen silent."""
        dead = Q(state="running", heartbeat_at__lt=at - SILENT_AFTER)
        return self.filter(Q(state="queued") | dead).order_by("pk")

    def at_work(self) -> Self:
        return self.filter(state__in=AT_WORK)


class Job(models.Model):
    """A job with its `state` (queued and running among them) and `asked_at`, which each kind of job words itself."""

    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    failure = models.TextField(_("why it failed"), blank=True)

    state: models.CharField

    class Meta:
        abstract = True

    @property
    def at_work(self) -> bool:
        return self.state in AT_WORK
