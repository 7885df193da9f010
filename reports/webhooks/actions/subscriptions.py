"""Adding, changing, pausing and removing webhooks; a test, and sending again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from core import audit
from core.access import Permission, Refused, roles_with
from core.models import AuditSeal, User
from projects.models import Project
from projects.models.changes import Followed
from reports.webhooks import calling, events, signing
from reports.webhooks.actions.telling import written
from reports.webhooks.models import Delivery, Webhook

MOST = 20  # webhooks of one person
OVERLAP = timedelta(days=7)  # after a secret was renewed each message is signed with the old one, too


@transaction.atomic
def add(
    *, name: str, url: str, names: Iterable[str], by, at: datetime, project: Project | None = None
) -> tuple[Webhook, str]:
    """A webhook of the person, and its secret, which is shown once. It tells of what happens from now on.

    Raises Refused for an address that is never called, for an event the person has no right to, and above twenty.
    """
    _require(by)
    User.objects.select_for_update().get(pk=by.pk)  # `by` itself knows the scopes of the token in use
    if Webhook.objects.filter(owner=by).count() >= MOST:
        raise Refused(_("You have 20 webhooks already. Remove one first."))
    secret = signing.new_secret()
    horizon = Followed.horizon()
    last = AuditSeal.objects.aggregate(last=Max("position"))["last"] or 0
    made = Webhook.objects.create(
        owner=by, secret=signing.close(secret), made_at=at, xid=horizon, seal=last, project=project,
        **_checked(name, url, names, by),
    )  # fmt: skip
    _record("added", made, by, at, after=_told(made))
    return made, secret


@transaction.atomic
def change(webhook: Webhook, *, name: str, url: str, names: Iterable[str], by, at: datetime) -> Webhook:
    """Another name, address or choice of events. What waits goes to the new address. Raises Refused as `add` does."""
    webhook = _mine(webhook, by)
    new = _checked(name, url, names, by, kept=webhook.events)
    before = _told(webhook)
    if all(getattr(webhook, field) == value for field, value in new.items()):
        return webhook
    for field, value in new.items():
        setattr(webhook, field, value)
    webhook.save(update_fields=list(new))
    _record("changed", webhook, by, at, before=before, after=_told(webhook))
    return webhook


@transaction.atomic
def renew_secret(webhook: Webhook, *, by, at: datetime) -> str:
    """A new secret, shown once. For seven days each message is signed with the old one as well."""
    webhook, secret = _mine(webhook, by), signing.new_secret()
    webhook.old_secret, webhook.old_secret_until = webhook.secret, at + OVERLAP
    webhook.secret = signing.close(secret)
    webhook.save(update_fields=["secret", "old_secret", "old_secret_until"])
    _record("secret_renewed", webhook, by, at)
    return secret


@transaction.atomic
def pause(webhook: Webhook, *, by, at: datetime) -> None:
    """Send nothing until it is resumed; what happens meanwhile is told then. A second call changes nothing."""
    webhook = _known(webhook, by)
    if webhook.paused_at is None:
        webhook.paused_at, webhook.pause = at, Webhook.Pause.ASKED
        webhook.save(update_fields=["paused_at", "pause"])
        _record("paused", webhook, by, at)


@transaction.atomic
def resume(webhook: Webhook, *, by, at: datetime) -> None:
    """Go on: what waits is sent at once, what happened meanwhile follows. A second call changes nothing."""
    webhook = _known(webhook, by)
    if webhook.paused_at is not None:
        webhook.paused_at, webhook.pause, webhook.failing_since = None, "", None
        webhook.save(update_fields=["paused_at", "pause", "failing_since"])
        webhook.deliveries.filter(state=Delivery.State.WAITING, claimed_at=None).update(next_at=at, tries=0)
        _record("resumed", webhook, by, at)


@transaction.atomic
def remove(webhook: Webhook, *, by, at: datetime) -> None:
    """Take it out with all that waits and its log; of one that is gone already nothing is written."""
    found = Webhook.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=webhook.pk).first()
    if found is not None:
        _record("removed", found, by, at, before=_told(found))
        found.delete()


@transaction.atomic
def test(webhook: Webhook, *, by, at: datetime) -> Delivery:
    """A message that tells of nothing, sent once, also while it is paused."""
    webhook = _mine(webhook, by)
    body = written(events.TEST, at, {"collection": None, "key": None, "project": None, "rows": 0, "read": None})
    made = Delivery.objects.create(
        webhook=webhook, event=events.TEST, is_test=True, body=body, made_at=at, next_at=at
    )  # fmt: skip
    _record("tested", webhook, by, at)
    return made


@transaction.atomic
def replay(
    webhook: Webhook, *, by, at: datetime, delivery: Delivery | None = None, since: datetime | None = None
) -> int:
    """Send one delivery again, or all that were made since a moment, each under the id it had; returns how many.

    Raises Refused when there is nothing of that kind.
    """
    webhook = _mine(webhook, by)
    chosen = webhook.deliveries.filter(is_test=False, claimed_at=None)
    chosen = chosen.filter(pk=delivery.pk) if delivery is not None else chosen.filter(made_at__gte=since)
    found = chosen.update(state=Delivery.State.WAITING, next_at=at, tries=0)
    if not found:
        raise Refused(_("There is nothing to send again: no delivery since then is kept."))
    told = {"delivery": str(delivery.key)} if delivery is not None else {"from": since.isoformat() if since else ""}
    _record("replayed", webhook, by, at, after=told | {"rows": found})
    return found


def _checked(name: str, url: str, names: Iterable[str], by, kept: Iterable[str] = ()) -> dict[str, Any]:
    """The typed values, as they are kept; `kept` are events it has already, to which the right may be gone."""
    name, url, wanted = name.strip(), url.strip(), list(dict.fromkeys(names))
    wrong: dict[str, list[str]] = {}
    if not 0 < len(name) <= 80:
        wrong["name"] = [_("Give a name of at most 80 characters.")]
    try:
        calling.read(url)
    except ValueError as error:
        wrong["url"] = [str(error)]
    known = [each for each, _label in events.choices()]
    if not wanted or not set(wanted) <= set(known):
        wrong["events"] = [_("Choose at least one event, and only of those there are.")]
    elif not set(wanted) <= set(events.open_to(by)) | set(kept):
        wrong["events"] = [_("Your role, or the scope of your token, does not let you see all of these.")]
    if wrong:
        raise Refused(wrong)
    return {"name": name, "url": url, "events": [each for each in known if each in wanted]}


def _require(by) -> None:
    if not roles_with(Permission.WEBHOOK_EDIT, by):
        raise PermissionDenied(_("This token lacks the scope “webhooks”."))


def _known(webhook: Webhook, by) -> Webhook:
    """The locked webhook, for who may see it. Raises PermissionDenied."""
    _require(by)
    found = Webhook.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=webhook.pk).first()
    if found is None:
        raise PermissionDenied(_("This webhook is not yours."))
    return found


def _mine(webhook: Webhook, by) -> Webhook:
    """The locked webhook, for its owner: it speaks with the owner's rights and secret."""
    found = _known(webhook, by)
    if found.owner_id != by.pk:
        raise PermissionDenied(_("Only its owner may do this. You may pause it, resume it and remove it."))
    return found


def _told(webhook: Webhook) -> dict[str, Any]:
    """What the trail says of it: the server only, for the rest of an address may hold a secret of its own."""
    return {"name": webhook.name, "server": urlsplit(webhook.url).hostname or "", "events": list(webhook.events)}


def _record(what: str, webhook: Webhook, by, at: datetime, *, before=None, after=None) -> None:
    project = webhook.project.number if webhook.project else ""
    audit.record(f"webhook.{what}", webhook, by=by, at=at, project=project, before=before, after=after)
