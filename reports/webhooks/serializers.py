"""Webhooks and deliveries as they come in and go out of the API."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api.shapes import Day, Flag, Input, Key, KeyOf, ListQuery, OneOf, Row, Words
from projects.serializers import ProjectNumber
from reports.webhooks import calling, events
from reports.webhooks.models import Attempt, Delivery, Webhook


def _event() -> OneOf:
    return OneOf(events.choices(), component="WebhookEvent")


class _Events(serializers.ListField):
    default_error_messages = {
        "required": _("Give this value; it is missing."),
        "null": _("null is not possible here. Give a value."),
        "not_a_list": _("Choose at least one event, and only of those there are."),
        "empty": _("Choose at least one event, and only of those there are."),
    }


class WebhookInput(Input):
    name = Words(max_length=80, help_text=_("What is called, such as “School register, 5th school”."))
    url = Words(max_length=calling.LONGEST, help_text=_("https, without a name and a password."))
    events = _Events(child=_event(), allow_empty=False, max_length=50)
    project = ProjectNumber(required=False, help_text=_("Only this project; else all you may see."))


class WebhookChange(Input):
    """What is left out stays as it is."""

    name = Words(required=False, max_length=80)
    url = Words(required=False, max_length=calling.LONGEST)
    events = _Events(required=False, child=_event(), allow_empty=False, max_length=50)
    paused = Flag(required=False, help_text=_("Nothing is sent while it is; what happens meanwhile is sent after it."))


class AgainInput(Input):
    """One of the two."""

    from_ = Day(required=False, help_text=_("Everything that was made on this day or later."))
    delivery = Key(required=False, help_text=_("This one."))

    def validate(self, told):
        if len(told) != 1:
            raise serializers.ValidationError(_("Give either “from” or “delivery”."))
        return told


class WebhookRow(Row):
    key = serializers.UUIDField()
    name = serializers.CharField()
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.CharField())
    project = serializers.CharField(
        source="project__number", allow_null=True, help_text=_("null: all its owner may see.")
    )
    made_at = serializers.DateTimeField()
    paused_at = serializers.DateTimeField(allow_null=True)
    pause = OneOf(Webhook.Pause, allow_blank=True, help_text=_("Why it is paused; empty while it is not."))
    failing_since = serializers.DateTimeField(allow_null=True, help_text=_("null: the last message was taken."))


class WebhookWithSecret(WebhookRow):
    secret = serializers.CharField(
        source="*", allow_null=True, help_text=_("Signs the messages. Shown once; a repeat of the request gets null.")
    )


class DeliveryQuery(ListQuery):
    webhook = KeyOf(Webhook.objects.visible_to, required=False, help_text=_("Only those of this webhook."))
    state = OneOf(Delivery.State, required=False, help_text=_("Only those in this state."))


class DeliveryRow(Row):
    key = serializers.UUIDField(help_text=_("Its webhook-id is msg_ and this key without dashes."))
    webhook = serializers.UUIDField(source="webhook__key")
    event = serializers.CharField()
    about = serializers.UUIDField(allow_null=True, help_text=_("The row; null for a test and for many rows at once."))
    state = OneOf(Delivery.State)
    made_at = serializers.DateTimeField()
    next_at = serializers.DateTimeField(allow_null=True, help_text=_("When it is sent next; null when it is over."))


class AttemptRow(Row):
    at = serializers.DateTimeField()
    took = serializers.IntegerField(help_text=_("Milliseconds."))
    status = serializers.IntegerField(allow_null=True, help_text=_("Of the answer; null when there was none."))
    failure = OneOf(Attempt.Failure, allow_blank=True, help_text=_("Why there was no answer."))
    answer = serializers.CharField(help_text=_("The first 500 letters of it."))


class DeliveryDetail(DeliveryRow):
    body = serializers.CharField(help_text=_("What is sent, to the byte."))
    attempts = AttemptRow(many=True)
