"""Tokens for systems: OAuth 2.0 client credentials (RFC 6749, 4.4), by django-allauth's provider. Nothing else of that
provider has an address here."""

from __future__ import annotations

import time
from math import ceil

import orjson
from allauth.idp.oidc.models import Client, Token
from allauth.idp.oidc.views import token as provided
from django.db import DataError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from core import shared
from core.api import problem_response
from core.api.tokens import client_address
from core.models import Role, System
from core.ranges import inside

TRIES, MINUTE = 60, 60  # requests for tokens that one address has in so many seconds


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
        refused = problem_response(429, detail)
        refused["Retry-After"] = str(seconds)
        return refused
    try:
        response = _answer(request, address)
    except (ValueError, DataError):  # the provider's, of bytes that are no form
        response = _error("invalid_request", "The request cannot be read.")
    if response.status_code == 401:
        response["WWW-Authenticate"] = 'Basic realm="token", charset="UTF-8"'
    response["Cache-Control"], response["Pragma"] = "no-store", "no-cache"
    return response


def _answer(request: HttpRequest, address: str) -> HttpResponse:
    if twice := [name for name, values in request.POST.lists() if len(values) > 1]:
        return _error("invalid_request", f"{twice[0][:40]!a} was sent twice.")
    if (grant := request.POST.get("grant_type")) != Client.GrantType.CLIENT_CREDENTIALS:
        words = "grant_type is missing." if grant is None else "The only grant_type here is client_credentials."
        return _error("unsupported_grant_type" if grant else "invalid_request", words)
    with transaction.atomic():
        response = provided(request)
        if response.status_code != 200:
            return response
        given = Token.objects.lookup(Token.Type.ACCESS_TOKEN, orjson.loads(response.content)["access_token"])
        system = System.objects.usable().filter(client=given and given.client_id).first()
        if system is None:
            transaction.set_rollback(True)
            return _error("invalid_client", "This client was revoked.", 401)
        if system.ranges and not inside(address, system.ranges):
            transaction.set_rollback(True)
            return _error("unauthorized_client", f"This client may not come from {address}.")
        if system.user.memberships.in_force(localdate()).filter(role=Role.ADMINISTRATOR).exists():
            transaction.set_rollback(True)
            return _error("unauthorized_client", "The account of this client has become that of an administrator.")
    return response


def _error(error: str, description: str, code: int = 400) -> HttpResponse:
    told = {"error": error, "error_description": description}
    return HttpResponse(orjson.dumps(told), status=code, content_type="application/json")
