"""Systems that sign in by themselves: made and revoked by administrators."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from allauth.idp.oidc.models import Client
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from core import audit
from core.access import Permission, Refused
from core.models import ApiToken, AuditEvent, Role, System, User
from projects.models import Membership, reach

FASTEST = 10_000  # requests a minute
REMEMBERED = timedelta(days=30)
MOST_SHOWN = 50  # refusals on one page


def accounts_for_systems() -> QuerySet[User]:
    """Accounts in whose rights a system may act: with a role in force, and none that is an administrator's."""
    roles = Membership.objects.in_force(localdate())
    found = User.objects.filter(is_active=True, pk__in=roles.values("user"))
    return found.exclude(pk__in=roles.filter(role=Role.ADMINISTRATOR).values("user")).order_by("name", "email")


@transaction.atomic
def make_system(
    *, name: str, user: User, scopes: Sequence[str], rate: int, ranges: Sequence[str] = (), by, at: datetime
) -> tuple[System, str]:
    """Let a system sign in with a client id and a secret; returns the row and the secret, which is never stored and
    shown once. `rate` is in requests a minute, `ranges` are those of `core.ranges`.

    Raises PermissionDenied for who is no administrator, and Refused, by field, for an account that no system may have,
    without a name or scope, and for a rate that is none.
    """
    _require_administrator(by)
    problems = {}
    if not name.strip():
        problems["name"] = _("Enter a name.")
    if not accounts_for_systems().filter(pk=user.pk).exists():
        problems["user"] = _("Choose an account that has a role now and is no administrator’s.")
    if not scopes or not set(scopes) <= set(ApiToken.Scope.values):
        problems["scopes"] = _("Choose at least one scope.")
    if not 0 < rate <= FASTEST:
        problems["rate"] = _("Choose between 1 and %(most)s requests a minute.") % {"most": FASTEST}
    if problems:
        raise Refused({field: [text] for field, text in problems.items()})
    secret, wanted = secrets.token_urlsafe(32), sorted(scopes)
    client = Client(name=name.strip(), grant_types=Client.GrantType.CLIENT_CREDENTIALS, response_types="")
    client.set_scopes(wanted)
    client.set_default_scopes(wanted)
    client.set_secret(secret)
    client.save()
    system = System.objects.create(client=client, user=user, ranges=list(ranges), rate=rate, made_at=at)
    told = {"name": client.name, "client_id": client.id, "user": str(user.key), "scopes": wanted}
    audit.record("system.made", system, by=by, at=at, after=told | {"ranges": list(ranges), "rate": rate})
    return system, secret


@transaction.atomic
def renew_secret(system: System, *, by: User, at: datetime) -> str:
    """Give a system another secret, which is never stored and shown once; the old one and every token made with it are
    useless from now on. Raises PermissionDenied for who is no administrator, Refused for a system that was revoked."""
    _require_administrator(by)
    system = System.objects.select_for_update(of=("self",)).select_related("client").get(pk=system.pk)
    if system.revoked_at:
        raise Refused(_("This system was revoked. Let it in anew."))
    secret = secrets.token_urlsafe(32)
    system.client.set_secret(secret)
    system.client.save(update_fields=["secret"])
    system.client.token_set.all().delete()
    audit.record("system.secret_renewed", system, by=by, at=at)
    return secret


@transaction.atomic
def revoke_system(system: System, *, by, at: datetime) -> None:
    """Let a system in no more: its secret and every token it has are useless from now on. A second call changes
    nothing."""
    _require_administrator(by)
    system = System.objects.select_for_update(of=("self",)).select_related("client").get(pk=system.pk)
    if system.revoked_at is None:
        system.revoked_at = at
        system.save(update_fields=["revoked_at"])
        system.client.token_set.all().delete()
        audit.record("system.revoked", system, by=by, at=at)


def refusals(at: datetime) -> list[tuple[System, System.Refusal, str, datetime]]:
    """Which systems were turned away in the last 30 days, why, from which address and when, the latest first; at most
    one an hour for each reason."""
    events = AuditEvent.objects.filter(
        kind=System._meta.label_lower, action="system.refused", at__gt=at - REMEMBERED
    ).order_by("-pk")[:MOST_SHOWN]
    systems = {str(system.key): system for system in System.objects.select_related("client")}
    found = [(systems.get(event.key), event) for event in events]
    return [
        (system, System.Refusal(event.after["refusal"]), event.after["address"], event.at)
        for system, event in found
        if system
    ]


def _require_administrator(by: User) -> None:
    if not reach(by, Permission.MEMBERS_EDIT).everywhere:
        raise PermissionDenied(_("Only an administrator of the portal may decide which systems sign in."))
