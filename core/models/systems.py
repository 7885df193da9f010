"""Systems that sign in by themselves."""

from __future__ import annotations

from allauth.idp.oidc.models import Client
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import uuid7
from core.models.people import User


class SystemQuerySet(models.QuerySet["System"]):
    def usable(self) -> SystemQuerySet:
        return self.filter(revoked_at=None, user__is_active=True)


class System(models.Model):
    """A system, and the account in whose rights it acts. Its name, scopes and the hash of its secret stand in `client`,
    where the provider of OAuth 2.0 keeps them."""

    class Refusal(models.TextChoices):
        SECRET = "secret", _("Wrong secret")
        REVOKED = "revoked", _("The system was revoked")
        ADDRESS = "address", _("Came from another address")
        EXPIRED = "expired", _("The token had expired")
        SCOPE = "scope", _("Asked for a scope it does not have")
        ACCOUNT = "account", _("Its account is closed or has become that of an administrator")

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    client = models.OneToOneField(Client, models.CASCADE, related_name="system")
    user = models.ForeignKey(User, models.CASCADE, related_name="systems", verbose_name=_("acts as"))
    ranges = ArrayField(models.CharField(max_length=43), default=list, blank=True, verbose_name=_("addresses"))
    rate = models.PositiveIntegerField(_("requests a minute"))
    made_at = models.DateTimeField(_("made"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    objects = SystemQuerySet.as_manager()

    class Meta:
        verbose_name = _("system")
        verbose_name_plural = _("systems")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="system_may_ask_at_all"),
        ]

    def __str__(self) -> str:
        return self.client.name
