"""Webhooks through the API, and what the schema says of the messages they send."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.http import Http404
from django.utils.timezone import make_aware, now
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample

from core.access import Permission
from core.api.conditions import ShownOnce
from core.api.doors import Door, location, operation
from core.api.shapes import ListQuery, RowQuery, page_of, rows_of
from reports.webhooks import actions, events, tasks
from reports.webhooks.models import Delivery, Webhook
from reports.webhooks.serializers import (
    AgainInput,
    AttemptRow,
    DeliveryDetail,
    DeliveryQuery,
    DeliveryRow,
    WebhookChange,
    WebhookInput,
    WebhookRow,
    WebhookWithSecret,
)

NEEDS = Permission.WEBHOOK_EDIT
HOOK = {"name": "School register", "url": "https://register.example.org/portal", "events": ["sessions", "attendance"]}


def _example(name: str, value: dict[str, Any]) -> list[OpenApiExample]:
    return [OpenApiExample(name, value=value, request_only=True)]


class WebhookDoor(Door):
    @operation(
        _("List webhooks"),
        needs=NEEDS,
        query=ListQuery,
        answers={200: page_of(WebhookRow)},
        about=_("Your own. Secrets never go out again."),
    )
    def list(self, request):
        return self.pages().of(self.visible(Webhook.objects.all()), WebhookRow)

    @operation(
        _("Add a webhook"),
        needs=NEEDS,
        body=WebhookInput,
        answers={201: WebhookWithSecret},
        headers=[location(201)],
        about=_(
            "It tells of what happens from now on, with your rights at the moment of telling. Addresses inside a "
            "network of its own are refused. 409 names events to which your role or token has no right."
        ),
        examples=_example("Sessions and marks", HOOK),
    )
    def create(self, request):
        told = self.body()
        made, secret = actions.add(names=told.pop("events"), **told, by=request.user, at=now())
        response = self._shown(made, secret, 201)
        response["Location"] = request.build_absolute_uri(f"{made.key}/")
        return response

    @operation(_("Read a webhook"), needs=NEEDS, query=RowQuery, answers={200: WebhookRow})
    def retrieve(self, request, key):
        return self._row(self.fetch(Webhook.objects.all(), key=key))

    @operation(
        _("Change, pause or resume a webhook"),
        needs=NEEDS,
        body=WebhookChange,
        answers={200: WebhookRow},
        matches=True,
        about=_("What waits goes to the new address. Resumed, it sends what waits, then what happened meanwhile."),
        examples=_example("Paused", {"paused": True}),
    )
    def partial_update(self, request, key):
        found = self.fetch(Webhook.objects.select_for_update(of=("self",)), key=key)
        self.require_match(self._row(found))
        told, by, at = self.body(), request.user, now()
        paused = told.pop("paused", None)
        if told:
            new = {"name": found.name, "url": found.url, "events": found.events} | told
            actions.change(found, names=new.pop("events"), **new, by=by, at=at)
        if paused is not None:
            (actions.pause if paused else actions.resume)(found, by=by, at=at)
        return self._row(found)

    @operation(
        _("Send a test"),
        needs=NEEDS,
        answers={200: DeliveryRow},
        about=_("A message of the type portal.test that tells of nothing; sent once, also while it is paused."),
    )
    def test(self, request, key):
        found = self.fetch(Webhook.objects.all(), key=key)
        made = actions.test(found, by=request.user, at=now())
        tasks.wake(found)
        return self.answer(Delivery.objects.filter(pk=made.pk), DeliveryRow)

    @operation(
        _("Make a new secret"),
        needs=NEEDS,
        answers={200: WebhookWithSecret},
        about=_("For seven days each message carries two signatures: by this secret and by the one before it."),
    )
    def secret(self, request, key):
        found = self.fetch(Webhook.objects.all(), key=key)
        return self._shown(found, actions.renew_secret(found, by=request.user, at=now()), 200)

    @operation(
        _("Send messages again"),
        needs=NEEDS,
        body=AgainInput,
        answers={200: WebhookRow},
        about=_("Each goes out again under the id it had. Messages are kept for 30 days."),
        examples=_example("Everything of March", {"from": "2026-03-01"}),
    )
    def replay(self, request, key):
        found, told = self.fetch(Webhook.objects.all(), key=key), self.body()
        which: dict[str, Any] = {}
        if "from" in told:
            which["since"] = make_aware(datetime.combine(told["from"], time.min))
        else:
            which["delivery"] = found.deliveries.filter(key=told["delivery"]).first()
            if which["delivery"] is None:
                raise Http404
        actions.replay(found, **which, by=request.user, at=now())
        tasks.wake(found)
        return self._row(found)

    @operation(
        _("Remove a webhook"),
        needs=NEEDS,
        answers={200: WebhookRow},
        about=_("With its log; what waits is not sent. The answer is how it was."),
    )
    def remove(self, request, key):
        found = self.fetch(Webhook.objects.all(), key=key)
        response = self._row(found)
        actions.remove(found, by=request.user, at=now())
        return response

    def _row(self, found: Webhook):
        return self.answer(Webhook.objects.filter(pk=found.pk), WebhookRow)

    @staticmethod
    def _shown(found: Webhook, secret: str, status: int) -> ShownOnce:
        (row,) = rows_of(WebhookRow, Webhook.objects.filter(pk=found.pk))
        return ShownOnce({**row, "secret": secret}, status=status)


class DeliveryDoor(Door):
    @operation(
        _("List messages of webhooks"),
        needs=NEEDS,
        query=DeliveryQuery,
        answers={200: page_of(DeliveryRow)},
        about=_("The newest first: what was told, and whether it arrived."),
    )
    def list(self, request):
        rows = self.visible(Delivery.objects.all())
        for name in ("webhook", "state"):
            if name in self.asked:
                rows = rows.filter(**{name: self.asked[name]})
        return self.pages(newest_first=True).of(rows, DeliveryRow)

    @operation(
        _("Read a message of a webhook"),
        needs=NEEDS,
        query=RowQuery,
        answers={200: DeliveryDetail},
        about=_("With its body and each attempt to deliver it, the newest first."),
    )
    def retrieve(self, request, key):
        found = self.fetch(Delivery.objects.all(), key=key)
        attempts = rows_of(AttemptRow, found.attempts.order_by("-pk"))
        return self.answer(Delivery.objects.filter(pk=found.pk), DeliveryDetail, attempts=attempts)


# --- what the schema says of messages --------------------------------------------------------------------------------

HEADERS = {
    "webhook-id": _("The same in each attempt: a receiver that knows it leaves the message."),
    "webhook-timestamp": _("Seconds since 1970 at which this attempt was sent. Refuse what is minutes old."),
    "webhook-signature": _(
        "One or more, with spaces between: v1, a comma, and in base64 the HMAC-SHA256 of id, point, timestamp, point "
        "and body. Its key is the secret behind whsec_, decoded from base64."
    ),
}
DATA = {
    "collection": (["string", "null"], None, _("The collection of the row.")),
    "key": (["string", "null"], "uuid", _("The row; null for a test and for many rows at once.")),
    "project": (["string", "null"], None, _("Number of its project.")),
    "rows": (["integer"], None, _("How many rows it tells of.")),
    "read": (["string", "null"], "uri", _("Where to read: a feed of changes, the row, or its page in the portal.")),
}


def add_webhooks(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add to the document what is sent to webhooks (a hook of drf-spectacular)."""
    fields = {}
    for name, (kinds, form, words) in DATA.items():
        fields[name] = {"type": kinds if len(kinds) > 1 else kinds[0], "description": str(words)}
        fields[name] |= {"format": form} if form else {}
    result["components"]["schemas"]["WebhookMessage"] = {
        "type": "object",
        "description": str(_("What is sent to a webhook: what happened, and where to read it.")),
        "properties": {
            "type": {"type": "string"},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": {"type": "object", "properties": fields, "required": list(fields)},
        },
        "required": ["type", "timestamp", "data"],
    }
    headers = [
        {"in": "header", "name": name, "required": True, "schema": {"type": "string"}, "description": str(words)}
        for name, words in HEADERS.items()
    ]
    told = {name: (label, [name]) for name, label in events.choices() if name in events.MOMENTS}
    told |= {
        name: (label, [f"{name}.changed", f"{name}.gone"])
        for name, label in events.choices()
        if name in events.COLLECTIONS
    }
    told[events.TEST] = (_("A test that a person sends"), [events.TEST])
    result["webhooks"] = {
        name: {"post": _sent(str(label), types, headers)} for name, (label, types) in sorted(told.items())
    }
    return result


def _sent(label: str, types: list[str], headers: list[dict[str, Any]]) -> dict[str, Any]:
    message = {
        "allOf": [{"$ref": "#/components/schemas/WebhookMessage"}, {"properties": {"type": {"enum": types}}}],
    }
    return {
        "summary": label,
        "parameters": headers,
        "requestBody": {"required": True, "content": {"application/json": {"schema": message}}},
        "responses": {
            "2XX": {"description": str(_("It arrived."))},
            "410": {"description": str(_("There is nobody here any more: the webhook is paused at once."))},
            "default": {"description": str(_("It is sent again later, after growing waits."))},
        },
    }
