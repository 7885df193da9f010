"""From what happened to deliveries: each webhook follows the feeds of changes and the sealed trail.

The triggers that fill the feeds, and the trail, write in the transaction of the change itself; here they are read after
its commit, and how far they were read is kept in one transaction with the deliveries made. So nothing that was
committed is missed or made twice, and what was rolled back is never told, wherever a worker is stopped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import orjson
from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.urls import reverse

from core.models import AuditEvent, AuditSeal
from projects.models import Change, Project
from projects.models.changes import Followed
from reports.webhooks import events
from reports.webhooks.models import Delivery, Webhook

AT_ONCE = 1000  # changes read in one transaction
MANY = 50  # rows of one project and school: above it one message tells of all of them


def tell(at: datetime) -> int:
    """Make the deliveries of all webhooks up to now; returns how many. Workers that run this at once take different
    webhooks."""
    horizon, made = Followed.horizon(), 0
    for pk in Webhook.objects.active().order_by("pk").values_list("pk", flat=True):
        more = True
        while more:
            found, more = _tell(pk, horizon, at)
            made += found
    return made


@transaction.atomic
def _tell(pk: int, horizon: int, at: datetime) -> tuple[int, bool]:
    """The next deliveries of one webhook, and whether there may be more."""
    found = Webhook.objects.active().filter(pk=pk).select_related("owner", "project")
    webhook = found.select_for_update(skip_locked=True, of=("self",)).first()
    if webhook is None:
        return 0, False
    changes, more = _changes(webhook, horizon)
    made = [*_of_changes(webhook, changes, at), *_of_trail(webhook, at)]
    Delivery.objects.bulk_create(made)
    webhook.save(update_fields=["xid", "change", "seal"])
    return len(made), more


def _changes(webhook: Webhook, horizon: int) -> tuple[list[Change], bool]:
    """What the owner may know of behind the place where the webhook is, which moves on."""
    of = events.changes_for(webhook.owner, [name for name in webhook.events if name in events.COLLECTIONS])
    if webhook.project_id:
        of = of.filter(project=webhook.project_id)
    found = list(of.between((webhook.xid, webhook.change), horizon)[:AT_ONCE])
    more = len(found) == AT_ONCE
    last = (found[-1].xid, found[-1].pk) if more else (horizon, 0)
    webhook.xid, webhook.change = max((webhook.xid, webhook.change), last)
    return found, more


def _of_changes(webhook: Webhook, changes: Iterable[Change], at: datetime) -> list[Delivery]:
    rows: dict[str, dict[Any, Change]] = defaultdict(dict)  # by collection and key the last change
    for each in changes:
        rows[each.collection][each.key] = each
    numbers = dict(
        Project.objects.filter(pk__in={c.project_id for of in rows.values() for c in of.values()}).values_list(
            "pk", "number"
        )
    )
    made = []
    for name, of in rows.items():
        source = events.COLLECTIONS[name]
        seen = events.seen(source.rows, source.needs, webhook.owner, of)
        places: dict[Any, list[Change]] = defaultdict(list)
        for each in of.values():
            places[each.project_id, each.school_id].append(each)
        for (project, _school), told in places.items():
            where = {"collection": name, "project": numbers.get(project), "read": _url(source.feed)}
            if len(told) > MANY:
                made.append(_made(webhook, f"{name}.changed", told[-1], where | {"key": None, "rows": len(told)}, at))
                continue
            for each in told:
                what = "changed" if each.key in seen else "gone"
                made.append(_made(webhook, f"{name}.{what}", each, where | {"key": str(each.key), "rows": 1}, at))
    return made


def _of_trail(webhook: Webhook, at: datetime) -> list[Delivery]:
    """The moments it waits for, from the sealed trail, whose positions follow the order of commits."""
    last = AuditSeal.objects.aggregate(last=Max("position"))["last"] or 0
    wanted = {name: events.MOMENTS[name] for name in webhook.events if name in events.MOMENTS}
    actions = {action for moment in wanted.values() for action in moment.actions}
    found = AuditEvent.objects.filter(seal__position__gt=webhook.seal, seal__position__lte=last, action__in=actions)
    if webhook.project:
        found = found.filter(project=webhook.project.number)
    webhook.seal, made = last, []
    for event in found.filter(at__gte=webhook.made_at).order_by("seal__position"):
        for name, moment in wanted.items():
            if event.action not in moment.actions or (moment.states and event.after.get("state") not in moment.states):
                continue
            for key in events.seen(moment.rows, moment.needs, webhook.owner, [event.key]):
                data = {
                    "collection": moment.collection, "project": event.project or None, "key": str(key), "rows": 1,
                    "read": _url(moment.address, key=key),
                }  # fmt: skip
                body = written(name, event.at, data)
                made.append(Delivery(webhook=webhook, event=name, about=key, body=body, made_at=at, next_at=at))
    return made


def _made(webhook: Webhook, event: str, change: Change, data: dict[str, Any], at: datetime) -> Delivery:
    body, about = written(event, change.at, data), change.key if data["key"] else None
    return Delivery(webhook=webhook, event=event, change=change.pk, about=about, body=body, made_at=at, next_at=at)


def _url(name: str, **kwargs: Any) -> str:
    return settings.SITE_URL + reverse(name, kwargs=kwargs or None)


def written(event: str, moment: datetime, data: dict[str, Any]) -> str:
    """The body of a message: its kind, when it happened (UTC), and where to read it."""
    return orjson.dumps(
        {"type": event, "timestamp": moment.astimezone(UTC), "data": data}, option=orjson.OPT_UTC_Z
    ).decode()
