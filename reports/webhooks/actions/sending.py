"""Sending what waits. A delivery is claimed in one transaction, sent outside of any, and settled in another one: a
worker that is stopped in between leaves a claim that runs out, and the message goes out again under the same id."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _

from core import audit, mail
from reports.webhooks import calling, events, signing
from reports.webhooks.models import Attempt, Delivery, Webhook

LEASE = timedelta(seconds=60)  # longer than any call; then another worker takes a delivery over
GONE = 410


def deliver(pk: int, *, until: datetime) -> int:
    """Send what waits for one webhook, one after the other, until a moment or the first failure; returns how many went
    out."""
    sent = 0
    while (at := now()) < until and (delivery := claim(pk, at=at)) is not None:
        answer = _call(delivery, at)
        settle(delivery, answer, at=at)
        if not answer.taken:
            break
        sent += 1
    return sent


@transaction.atomic
def claim(pk: int, *, at: datetime) -> Delivery | None:
    """Take the next delivery of a webhook for sending; what the owner may not see any more is withdrawn on the way."""
    due = Delivery.objects.due(at).filter(webhook=pk).select_related("webhook__owner")
    while (delivery := due.select_for_update(skip_locked=True, of=("self",)).first()) is not None:
        if delivery.claimed_at is not None:
            _note(delivery, calling.Answer(failure=Attempt.Failure.INTERRUPTED), delivery.claimed_at)
        if not _may_know(delivery):
            delivery.state, delivery.next_at, delivery.claimed_at = Delivery.State.WITHDRAWN, None, None
            delivery.save(update_fields=["state", "next_at", "claimed_at"])
            continue
        delivery.claimed_at, delivery.next_at = at, at + LEASE
        delivery.tries += 1
        delivery.save(update_fields=["claimed_at", "next_at", "tries"])
        return delivery
    return None


def _may_know(delivery: Delivery) -> bool:
    """Whether the owner may still know of what it tells."""
    owner = delivery.webhook.owner
    if delivery.is_test:
        return True
    if (moment := events.MOMENTS.get(delivery.event)) is not None:
        return bool(events.seen(moment.rows, moment.needs, owner, [delivery.about]))
    name = delivery.event.rpartition(".")[0]
    source = events.COLLECTIONS.get(name)
    if source is None or delivery.change is None:
        return False
    return events.changes_for(owner, [name]).filter(pk=delivery.change).exists()


def _call(delivery: Delivery, at: datetime) -> calling.Answer:
    webhook, body = delivery.webhook, delivery.body.encode()
    closed = [webhook.secret]
    if webhook.old_secret and webhook.old_secret_until and webhook.old_secret_until > at:
        closed.append(webhook.old_secret)
    try:
        keys = [signing.opened(each) for each in closed]
    except signing.Unreadable:
        return calling.Answer(failure=Attempt.Failure.SECRET)
    signed = signing.headers(delivery.message, int(at.timestamp()), body, keys)
    agent = f"inclusion-portal/{settings.VERSION} (+{settings.SITE_URL})"
    return calling.post(webhook.url, body, signed | {"Content-Type": "application/json", "User-Agent": agent})


@transaction.atomic
def settle(delivery: Delivery, answer: calling.Answer, *, at: datetime) -> None:
    """Write down how the call that began at `at` went, and when the next one follows; pause a webhook that failed for
    days, or whose address says that it is gone."""
    webhook = Webhook.objects.select_for_update().filter(pk=delivery.webhook_id).first()
    if webhook is None:
        return  # it was removed meanwhile, with its log
    _note(delivery, answer, at)
    mine = Delivery.objects.select_for_update().filter(pk=delivery.pk, claimed_at=at).first()
    ended = at + timedelta(milliseconds=answer.took)
    if mine is not None:
        mine.claimed_at, mine.next_at = None, None
        if answer.taken:
            mine.state = Delivery.State.DELIVERED
        elif mine.is_test or mine.tries > len(settings.WEBHOOK_WAITS):
            mine.state = Delivery.State.GIVEN_UP
        else:
            mine.next_at = ended + _wait(mine.tries, answer)
        mine.save(update_fields=["claimed_at", "next_at", "state"])
    if answer.taken and webhook.failing_since is not None:
        webhook.failing_since = None
        webhook.save(update_fields=["failing_since"])
    elif not answer.taken and not delivery.is_test:
        _failed(webhook, answer, ended)


def _wait(tries: int, answer: calling.Answer) -> timedelta:
    """Longer each time, up to a fifth longer still so that not all come back at once, and at least what was asked."""
    seconds = settings.WEBHOOK_WAITS[tries - 1] * random.uniform(1, 1.2)  # noqa: S311
    return timedelta(seconds=max(seconds, answer.wait))


def _failed(webhook: Webhook, answer: calling.Answer, at: datetime) -> None:
    webhook.failing_since = webhook.failing_since or at
    long = at - webhook.failing_since >= timedelta(days=settings.WEBHOOK_PAUSE_DAYS)
    if webhook.paused_at is None and (long or answer.status == GONE):
        webhook.paused_at = at
        webhook.pause = Webhook.Pause.GONE if answer.status == GONE else Webhook.Pause.FAILING
        after = {"status": answer.status, "failure": answer.failure}
        audit.record("webhook.paused", webhook, by=None, at=at, after=after, note=str(webhook.pause))
        mail.queue([webhook.owner], lambda: _mail(webhook), language=settings.LANGUAGE_CODE, at=at)
    webhook.save(update_fields=["failing_since", "paused_at", "pause"])


def _mail(webhook: Webhook) -> tuple[str, str]:
    page = settings.SITE_URL + reverse("webhooks:webhook", args=[webhook.key])
    subject = _("The webhook “%(name)s” is paused") % {"name": webhook.name}
    text = _(
        "The address of your webhook “%(name)s” does not take messages, so the portal stopped calling it. Nothing is "
        "lost: when you resume it, everything since is sent.\n\nSee what it answered, and resume it, here:\n%(page)s"
    )
    return subject, text % {"name": webhook.name, "page": page}


def _note(delivery: Delivery, answer: calling.Answer, at: datetime) -> None:
    Attempt.objects.create(
        delivery=delivery, at=at, took=answer.took, status=answer.status, failure=answer.failure, answer=answer.text
    )


def forget(*, before: datetime) -> int:
    """Remove deliveries that were made before a moment and do not wait, with their attempts; returns how many."""
    return Delivery.objects.filter(made_at__lt=before).exclude(state=Delivery.State.WAITING).delete()[0]
