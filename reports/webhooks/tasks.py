"""Webhooks: what happened becomes deliveries, and what waits is sent."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils.timezone import now

from reports.webhooks import actions
from reports.webhooks.models import Delivery, Webhook

AT_A_TIME = timedelta(seconds=30)  # one webhook keeps a worker so long at most


@shared_task
def tell() -> None:
    """Every ten seconds: deliveries of what was committed, and a worker for each webhook that has some waiting."""
    at = now()
    actions.tell(at)
    for pk in set(Delivery.objects.due(at).order_by().values_list("webhook", flat=True).distinct()):
        send.apply_async(kwargs={"webhook": pk}, expires=60)


@shared_task
def send(*, webhook: int) -> int:
    """Send what waits for one webhook; returns how many went out. Rows that wait are its to-do list."""
    return actions.deliver(webhook, until=now() + AT_A_TIME)


def wake(webhook: Webhook) -> None:
    """Call a worker to send what waits for it, once it is committed; without one it is sent all the same, later."""
    transaction.on_commit(lambda: send.delay(webhook=webhook.pk), robust=True)


@shared_task
def forget() -> int:
    """Every night: deliveries of long ago."""
    return actions.forget(before=now() - timedelta(days=settings.WEBHOOK_DAYS))
