"""Tokens for systems: OAuth 2.0 client credentials (RFC 6749, 4.4), by django-allauth's provider. Nothing else of that
provider has an address here."""

from __future__ import annotations

import time
from base64 import b64decode
from math import ceil

import orjson
from allauth.idp.oidc.models import Client, Token
from allauth.idp.oidc.views import token as provided
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import DataError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from core import shared
from core.actions import refused
from core.api import problem_response
from core.api.tokens import client_address
from core.models import Role, System
from core.ranges import inside

TRIES, MINUTE = 60, 60  # requests for tokens that one address has in so many seconds
WHY = {"invalid_client": System.Refusal.SECRET, "invalid_scope": System.Refusal.SCOPE}  # of the provider's refusals


class _Refused(Exception):
    """An error of RFC 6749 that ends a request; `why` it was refused to a system that is known."""

    def __init__(self, error: str, description: str, code: int = 400, why: System.Refusal | None = None):
        super().__init__(error)
        self.why = why
        told = {"error": error, "error_description": description}
        self.response = HttpResponse(orjson.dumps(told), status=code, content_type="application/json")


@csrf_exempt
@require_POST
@sensitive_post_parameters("client_secret")
def token(request: HttpRequest) -> HttpResponse:
    """A token of an hour for a system that names its id and secret, by HTTP Basic or in the form. Errors are those of
    RFC 6749, 5.2, and 429 for an address that asks too often."""
    address, (window, gone) = client_address(request), divmod(time.time(), MINUTE)
    if shared.count(f"oauth:{address}:{window:.0f}", MINUTE + 1) > TRIES:
        seconds = ceil(MINUTE - gone)
        detail = _("Too many requests. Try again in %(seconds)s seconds.") % {"seconds": seconds}
        too_often = problem_response(429, detail)
        too_often["Retry-After"] = str(seconds)
        return too_often
    client_id = _named(request)
    try:
        response, why = _answer(request, address, client_id)
    except _Refused as refusal:
        response, why = refusal.response, refusal.why
    if why and (system := System.objects.filter(client=client_id).first()):
        refused(system, why, address=address, at=now())
    if response.status_code == 401:
        response["WWW-Authenticate"] = 'Basic realm="token", charset="UTF-8"'
    response["Cache-Control"], response["Pragma"] = "no-store", "no-cache"
    return response


def _named(request: HttpRequest) -> str:
    """The client id of a request; "" where it names none that could be ours."""
    try:
        scheme, _space, told = request.headers.get("Authorization", "").partition(" ")
        basic = b64decode(told).decode() if scheme.lower() == "basic" else ""
        found = basic.partition(":")[0] or request.POST.get("client_id", "")
    except (ValueError, RequestDataTooBig, TooManyFieldsSent):
        return ""
    return "" if "\0" in found else found


def _answer(request: HttpRequest, address: str, client_id: str) -> tuple[HttpResponse, System.Refusal | None]:
    """What is answered, and why the provider refused it. Raises _Refused for what we refuse ourselves."""
    try:
        form = request.POST
        twice = [name for name, values in form.lists() if len(values) > 1]
    except (ValueError, RequestDataTooBig, TooManyFieldsSent):
        raise _unreadable() from None
    if twice:
        raise _Refused("invalid_request", f"{twice[0][:40]!a} was sent twice.")
    if (grant := form.get("grant_type")) != Client.GrantType.CLIENT_CREDENTIALS:
        words = "grant_type is missing." if grant is None else "The only grant_type here is client_credentials."
        raise _Refused("unsupported_grant_type" if grant else "invalid_request", words)
    try:
        with transaction.atomic():
            return _granted(request, address, client_id)
    except (ValueError, DataError):  # the provider's, of bytes that are no form
        raise _unreadable() from None


def _granted(request: HttpRequest, address: str, client_id: str) -> tuple[HttpResponse, System.Refusal | None]:
    """The provider's answer; what it grants holds only if the system still has the secret that it looked at."""
    secret = Client.objects.filter(pk=client_id).values_list("secret", flat=True)
    was = secret.first()
    response = provided(request)
    if response.status_code != 200:
        return response, WHY.get(orjson.loads(response.content).get("error"))
    given = Token.objects.lookup(Token.Type.ACCESS_TOKEN, orjson.loads(response.content)["access_token"])
    rows = System.objects.select_for_update(of=("self",), no_key=True).select_related("user")
    system = rows.filter(client=given and given.client_id).first()
    if system is None or system.client_id != client_id or secret.first() != was:
        raise _Refused("invalid_client", "This client is unknown, or its secret was changed.", 401)
    if system.revoked_at:
        raise _Refused("invalid_client", "This client was revoked.", 401, System.Refusal.REVOKED)
    if not system.user.is_active:
        raise _Refused("invalid_client", "The account of this client is closed.", 401, System.Refusal.ACCOUNT)
    if system.ranges and not inside(address, system.ranges):
        words = f"This client may not come from {address}."
        raise _Refused("unauthorized_client", words, why=System.Refusal.ADDRESS)
    if system.user.memberships.in_force(localdate()).filter(role=Role.ADMINISTRATOR).exists():
        words = "The account of this client has become that of an administrator."
        raise _Refused("unauthorized_client", words, why=System.Refusal.ACCOUNT)
    return response, None


def _unreadable() -> _Refused:
    return _Refused("invalid_request", "The request cannot be read.")
