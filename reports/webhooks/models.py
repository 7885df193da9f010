"""Addresses of other systems that are told of changes, what they were told, and how each attempt went."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.access import Permission
from core.ids import uuid7
from core.models import User
from projects.models import Project, reach


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def visible_to(self, user, permission: Permission = Permission.WEBHOOK_EDIT) -> WebhookQuerySet:
        """One's own; an administrator of the whole portal sees, pauses and removes all."""
        return self if reach(user, Permission.MEMBERS_EDIT).everywhere else self.filter(owner=user)

    def active(self) -> WebhookQuerySet:
        return self.filter(paused_at=None, owner__is_active=True)


class Webhook(models.Model):
    """An address that is told of events, with the rights its owner has at the moment of telling.

    `xid` and `seal` say how far it has followed the feeds of changes and the sealed trail: what is behind them is still
    to come, also after a pause.
    """

    class Pause(models.TextChoices):
        ASKED = "asked", pgettext_lazy("why a webhook is paused", "Paused by a person")
        FAILING = "failing", pgettext_lazy("why a webhook is paused", "Paused: it failed for days")
        GONE = "gone", pgettext_lazy("why a webhook is paused", "Paused: the address said that it is gone (410)")

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    owner = models.ForeignKey(User, models.CASCADE, related_name="webhooks", verbose_name=_("owner"))
    name = models.CharField(_("name"), max_length=80)
    url = models.CharField(_("address"), max_length=500)
    events = ArrayField(models.CharField(max_length=40), verbose_name=_("events"))
    project = models.ForeignKey(
        Project, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("project")
    )  # none: all its owner may see
    secret = models.TextField(editable=False)  # closed, as webhooks.signing does it
    old_secret = models.TextField(blank=True, editable=False)
    old_secret_until = models.DateTimeField(null=True, editable=False)
    made_at = models.DateTimeField(_("made"))
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True)
    pause = models.CharField(max_length=10, choices=Pause, blank=True)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    xid = models.BigIntegerField(editable=False)
    change = models.BigIntegerField(default=0, editable=False)
    seal = models.BigIntegerField(editable=False)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints = [
            models.CheckConstraint(
                condition=Q(paused_at=None, pause="") | Q(paused_at__isnull=False) & ~Q(pause=""),
                name="webhook_paused_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, user, permission: Permission = Permission.WEBHOOK_EDIT) -> DeliveryQuerySet:
        return self.filter(webhook__in=Webhook.objects.visible_to(user, permission))

    def due(self, at: datetime) -> DeliveryQuerySet:
        """Those to be sent now. While a webhook is paused only its tests are."""
        waiting = self.filter(state=Delivery.State.WAITING, next_at__lte=at, webhook__owner__is_active=True)
        return waiting.filter(Q(webhook__paused_at=None) | Q(is_test=True)).order_by("next_at", "pk")


class Delivery(models.Model):
    """One event for one webhook. Its key is the id the receiver knows it by, its body the same in each attempt."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("state of a delivery", "Waits")
        DELIVERED = "accepted", pgettext_lazy("state of a delivery", "Delivered")
        GIVEN_UP = "given_up", pgettext_lazy("state of a delivery", "Given up")
        WITHDRAWN = "withdrawn", pgettext_lazy("state of a delivery", "Not sent: the owner may not see it any more")

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    event = models.CharField(_("event"), max_length=60)
    is_test = models.BooleanField(default=False)
    change = models.BigIntegerField(null=True)  # the change it tells of, when it is one of a feed
    about = models.UUIDField(null=True)  # the row; none for a test and for many rows at once
    body = models.TextField(_("body"))
    made_at = models.DateTimeField(_("made"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    next_at = models.DateTimeField(_("next attempt"), null=True)
    tries = models.PositiveSmallIntegerField(default=0)  # since it was made or sent again
    claimed_at = models.DateTimeField(null=True)  # a worker is sending it since

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes = [
            models.Index(fields=["next_at", "id"], condition=Q(state="waiting"), name="delivery_waiting"),
            models.Index(fields=["webhook", "-id"], name="delivery_of_webhook"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", next_at__isnull=False) | ~Q(state="waiting") & Q(next_at=None),
                name="delivery_waits_for_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.key}"

    @property
    def message(self) -> str:
        """The webhook-id."""
        return f"msg_{self.key.hex}"


class Attempt(models.Model):
    """How one call went: a status and the beginning of the answer, or why there was none."""

    class Failure(models.TextChoices):
        ADDRESS = "address", pgettext_lazy("why a call failed", "The address is not one the portal calls")
        NAME = "name", pgettext_lazy("why a call failed", "The name of the server was not found")
        CONNECTION = "connection", pgettext_lazy("why a call failed", "No connection")
        TLS = "tls", pgettext_lazy("why a call failed", "No safe connection: check the certificate")
        TIME = "time", pgettext_lazy("why a call failed", "It took too long")
        BROKEN = "broken", pgettext_lazy("why a call failed", "The connection broke, or the answer was no HTTP")
        INTERRUPTED = "interrupted", pgettext_lazy("why a call failed", "The portal was interrupted while it called")
        SECRET = "secret", pgettext_lazy("why a call failed", "The secret cannot be read any more: make a new one")

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempts")
    at = models.DateTimeField(_("when"))
    took = models.PositiveIntegerField(_("milliseconds"))
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    failure = models.CharField(_("failure"), max_length=12, choices=Failure, blank=True)
    answer = models.CharField(_("answer"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__isnull=False, failure="") | Q(status=None) & ~Q(failure=""),
                name="attempt_answered_or_failed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.status or self.failure}"
