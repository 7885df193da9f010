"""Tokens of programs and systems: whose they are, what they open, and from where they may be used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.account.adapter import get_adapter
from allauth.idp.oidc.models import Token
from django.http import HttpRequest
from django.utils.timezone import now
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header

from core.actions import refused
from core.api import Problem
from core.models import ApiToken, System, User
from core.ranges import inside


@dataclass(frozen=True)
class Caller:
    """The token of a request, as the doors know it. A system has a number and a rate, in requests a minute."""

    name: str
    prefix: str
    scopes: list[str]
    expires_at: datetime
    system: int | None = None
    rate: int | None = None


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer …`: a personal token, which begins with ip_, or the one of a system; found by its hash."""

    def authenticate(self, request):
        header = get_authorization_header(request).split()
        if not header or header[0].lower() != b"bearer":
            return None
        if len(header) != 2:
            raise exceptions.AuthenticationFailed(_("Send one token: “Authorization: Bearer ip_…”."))
        secret = header[1].decode("latin-1")
        find = self._personal if secret.startswith("ip_") else self._of_a_system
        user, caller = find(secret, request, now())
        user.token_scopes = frozenset(caller.scopes)
        return user, caller

    def authenticate_header(self, request) -> str:
        return "Bearer"

    def _personal(self, secret: str, request: HttpRequest, at: datetime) -> tuple[User, Caller]:
        token = ApiToken.objects.usable(at).select_related("user").filter(digest=ApiToken.hash(secret)).first()
        if token is None:
            raise _unknown()
        _use(token, request, at)
        return token.user, Caller(token.name, token.prefix, token.scopes, token.expires_at)

    def _of_a_system(self, secret: str, request: HttpRequest, at: datetime) -> tuple[User, Caller]:
        token = Token.objects.by_value(secret).filter(type=Token.Type.ACCESS_TOKEN).first()
        system = token and System.objects.select_related("user", "client").filter(client=token.client_id).first()
        if token is None or system is None:
            raise _unknown()
        if why := _refusal(system, token, at):
            refused(system, why, address=client_address(request), at=at)
            raise _unknown()
        try:
            _use(system, request, at)
        except Problem:
            refused(system, System.Refusal.ADDRESS, address=client_address(request), at=at)
            raise
        scopes = token.get_scopes()
        return system.user, Caller(str(system), secret[:8], scopes, token.expires_at, system.pk, system.rate)


def _refusal(system: System, token: Token, at: datetime) -> System.Refusal | None:
    """Why a system gets in no more with this token; None when it does."""
    if system.revoked_at:
        return System.Refusal.REVOKED
    if not system.user.is_active:
        return System.Refusal.ACCOUNT
    return System.Refusal.EXPIRED if token.expires_at is None or token.expires_at <= at else None


def _unknown() -> exceptions.AuthenticationFailed:
    return exceptions.AuthenticationFailed(_("This token is unknown, has expired or was revoked."))


def _use(known: ApiToken | System, request: HttpRequest, at: datetime) -> None:
    """Check the address, and note to the minute that it was used."""
    require_inside(request, known.ranges)
    if known.last_used_at is None or (at - known.last_used_at).total_seconds() > 60:
        type(known).objects.filter(pk=known.pk).update(last_used_at=at)


def require_inside(request: HttpRequest, ranges: list[str]) -> None:
    """Refuse a program that comes from elsewhere than it may; without ranges it may come from anywhere."""
    if ranges and not inside(address := client_address(request), ranges):
        detail = _("This token may not be used from %(address)s.") % {"address": address}
        raise Problem(403, "wrong-address", detail)


def client_address(request: HttpRequest) -> str:
    """The address of the client, behind as many proxies as the office has (TRUSTED_PROXIES)."""
    return get_adapter().get_client_ip(request)
