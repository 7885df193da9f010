"""What DRF's settings name: who is asking, JSON in and out, and errors as problem documents (RFC 9457).

The rest is in `shapes` (what comes in and goes out), `doors` (operations and pages) and `schema`. They stand on DRF's
views, which read their settings from here, so this file imports none of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import ceil
from types import SimpleNamespace
from typing import Any

import orjson
from allauth.mfa.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, status
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle

from core import shared
from core.access import Refused

PROBLEM = "application/problem+json"


def __getattr__(name: str) -> Any:
    """`Schema` is fetched when it is asked for, which is after the views are there."""
    if name == "Schema":
        from core.api.schema import Schema

        return Schema
    raise AttributeError(name)


# --- who is asking ---------------------------------------------------------------------------------------------------


class SignedIn(BasePermission):
    """The API is for those who sign in; what they see is decided by `visible_to`. Who must have a second factor in the
    browser must have it here too, unless a token was made for the program."""

    message = gettext_lazy("Sign in or send a token.")

    def has_permission(self, request, view) -> bool:
        if not (request.user and request.user.is_authenticated):
            return False
        if request.auth is None and settings.SECOND_FACTOR_ROLES:
            roles = request.user.memberships.filter(role__in=settings.SECOND_FACTOR_ROLES)
            if roles.exists() and not get_adapter().is_mfa_enabled(request.user):
                raise PermissionDenied(_("Your role needs a second step at sign-in. Set it up to continue."))
        return True


class ClientRateThrottle(UserRateThrottle):
    """So many requests in each minute (or what the rate says) for each client, counted by all processes together."""

    scope = "client"
    num_requests: int
    duration: int
    seen = 0  # requests of this client in this window, this one included; 0 where nobody counts
    seconds = 1  # until the next window begins

    def allow_request(self, request, view) -> bool:
        who = self.get_cache_key(request, view)
        if rate := getattr(request.auth, "rate", None):  # a system has its own
            self.num_requests, self.duration, who = rate, 60, f"system:{request.auth.system}"
        elif self.rate is None:  # no limit
            return True
        window, gone = divmod(self.timer(), self.duration)
        self.seconds = ceil(self.duration - gone)
        self.seen = shared.count(f"{who}:{window:.0f}", self.duration + 1)
        return self.seen <= self.num_requests

    def wait(self) -> float:
        return self.seconds

    def told(self) -> dict[str, str]:
        """Headers of the answer (draft-ietf-httpapi-ratelimit-headers): r requests are left for t seconds; none where
        nothing was counted."""
        if not self.seen:
            return {}
        left = max(0, self.num_requests - self.seen)
        return {
            "RateLimit-Policy": f'"{self.scope}";q={self.num_requests};w={self.duration}',
            "RateLimit": f'"{self.scope}";r={left};t={self.seconds}',
        }


# --- JSON in and out -------------------------------------------------------------------------------------------------


class StrictJSONParser(JSONParser):
    """JSON of bounded depth; what is not JSON is told with its place."""

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            return orjson.loads(stream.read())
        except orjson.JSONDecodeError as error:
            words = {"line": error.lineno, "column": error.colno}
            raise exceptions.ParseError(
                _("The body is not valid JSON: look at line %(line)s, column %(column)s.") % words
            ) from None


class FastJSONRenderer(JSONRenderer):
    """JSON by orjson: decimals stay text, moments are in UTC and end in Z."""

    charset = None

    def render(self, data, accepted_media_type=None, renderer_context=None) -> bytes:
        if data is None:
            return b""
        return orjson.dumps(data, default=str, option=orjson.OPT_UTC_Z)


class JsonOnly(DefaultContentNegotiation):
    """JSON for who takes it; a parameter of the address never chooses the format."""

    settings = SimpleNamespace(URL_FORMAT_OVERRIDE=None)


class AsItIs(JsonOnly):
    """For files: they go out as what they are, whatever the client would rather have."""

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type


# --- problems --------------------------------------------------------------------------------------------------------


class WrongQuery(exceptions.ValidationError):
    """Errors in parameters of the address, by their names."""


class Problem(exceptions.APIException):
    """A refusal of a kind that programs act upon; `more` goes into the problem document."""

    def __init__(self, code: int, kind: str, detail: Any, **more: Any):
        super().__init__(detail)
        self.status_code, self.kind, self.more = code, kind, more


def problem_title(code: int) -> str:
    titles = {
        400: _("The request cannot be read"),
        401: _("Sign in or send a token"),
        403: _("Not allowed"),
        404: _("Not found"),
        405: _("This address does not take that method"),
        406: _("This format is not offered"),
        409: _("Not possible now"),
        410: _("Begin again"),
        412: _("Changed in the meantime"),
        413: _("Too large"),
        415: _("Send JSON"),
        422: _("The request has errors"),
        428: _("Say which version you change"),
        429: _("Too many requests"),
        460: _("Not the bytes that were meant"),
    }
    return titles.get(code, _("Error"))


def problem_body(
    code: int, detail: str, errors: Sequence[Mapping[str, str]] | None = None, kind: str = "", **more: Any
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": f"{reverse('api_docs')}#{kind}" if kind else "about:blank",
        "title": problem_title(code),
        "status": code,
        "detail": detail,
    }
    return body | ({"errors": errors} if errors else {}) | more


def problem_response(code: int, detail: str, errors: Sequence[Mapping[str, str]] | None = None) -> HttpResponse:
    """A problem document from outside the doors, such as a middleware."""
    return HttpResponse(orjson.dumps(problem_body(code, detail, errors)), status=code, content_type=PROBLEM)


def problem(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every refusal becomes a problem document; a `Refused` of an action is 409."""
    headers: dict[str, str] = {}
    more: dict[str, Any] = {}
    if isinstance(exc, Refused):
        code, detail = status.HTTP_409_CONFLICT, " ".join(exc.messages)
        if hasattr(exc, "error_dict"):
            more["errors"] = errors_of(exc)
    elif isinstance(exc, DjangoValidationError):
        code, detail = status.HTTP_422_UNPROCESSABLE_ENTITY, _("Correct what is named below. Nothing was stored.")
        more["errors"] = pointers(exc.message_dict if hasattr(exc, "error_dict") else {"": exc.messages})
    elif isinstance(exc, WrongQuery):
        code, detail = status.HTTP_422_UNPROCESSABLE_ENTITY, _("Correct the parameters named below.")
        more["errors"] = [
            {"parameter": name, "detail": str(text)}
            for name, texts in exc.detail.items()  # type: ignore[union-attr]
            for text in texts
        ]
    elif isinstance(exc, exceptions.ValidationError):
        code, detail = status.HTTP_422_UNPROCESSABLE_ENTITY, _("Correct what is named below. Nothing was stored.")
        more["errors"] = pointers(exc.detail)
    elif isinstance(exc, Http404):
        code, detail = status.HTTP_404_NOT_FOUND, _("There is nothing at this address, or it is not for you to see.")
    elif isinstance(exc, PermissionDenied):
        code, detail = status.HTTP_403_FORBIDDEN, str(exc) or _("Your role does not allow this.")
    elif isinstance(exc, RequestDataTooBig):
        code, limit = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE, filesizeformat(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        detail = _("The body is too large: at most %(limit)s of JSON.") % {"limit": limit}
    elif isinstance(exc, exceptions.APIException):
        code, detail = exc.status_code, _told(exc)
        if isinstance(exc, Problem):
            more = {"kind": exc.kind, **exc.more}
        if isinstance(exc, exceptions.Throttled):
            headers["Retry-After"] = _seconds(exc)
        if getattr(exc, "auth_header", None):
            headers["WWW-Authenticate"] = exc.auth_header  # type: ignore[attr-defined]
    else:
        return None
    return Response(problem_body(code, detail, **more), status=code, headers=headers, content_type=PROBLEM)


def _seconds(exc: exceptions.Throttled) -> str:
    """How long to wait."""
    return str(getattr(exc, "wait", 1))


@contextmanager
def named(names: Mapping[str, str]) -> Iterator[None]:
    """Refusals of an action beside the names that the API has for its fields."""
    try:
        yield
    except Refused as refused:
        if not hasattr(refused, "error_dict"):
            raise
        raise Refused({names.get(name, name): errors for name, errors in refused.error_dict.items()}) from None


@contextmanager
def placed(place: str) -> Iterator[None]:
    """Refusals of an action beside the part of the body they are about, such as sections.0."""
    try:
        yield
    except Refused as refused:
        told: dict[str, Any] = {place: refused.messages}
        if hasattr(refused, "error_dict"):
            told = {f"{place}.{name}": texts for name, texts in refused.message_dict.items()}
        raise Refused(told) from None


def errors_of(refused: Refused | PermissionDenied) -> list[dict[str, str]]:
    """Why something was refused, each reason with a pointer to what it is about; "" is the whole."""
    if isinstance(refused, PermissionDenied):
        return [{"pointer": "", "detail": str(refused)}]
    if not hasattr(refused, "error_dict"):
        return [{"pointer": "", "detail": text} for text in refused.messages]
    return [
        {"pointer": "" if name == "__all__" else f"/{name.replace('.', '/')}", "detail": text}
        for name, texts in refused.message_dict.items()  # a field inside another one is written results.employed
        for text in texts
    ]


def _told(exc: exceptions.APIException) -> str:
    """The sentence of an error that DRF raises, in our words where DRF's are not for people."""
    match exc:
        case exceptions.Throttled():
            return _("Too many requests. Try again in %(seconds)s seconds.") % {"seconds": _seconds(exc)}
        case exceptions.NotAuthenticated():
            return _("Sign in or send a token: “Authorization: Bearer ip_…”.")
        case exceptions.MethodNotAllowed():
            return _("This address does not take that method; the header “Allow” says which it takes.")
        case exceptions.NotAcceptable():
            return _("The answer is JSON: ask with “Accept: application/json”.")
        case exceptions.UnsupportedMediaType():
            return _("Send the body as JSON with “Content-Type: application/json”.")
    return str(exc.detail)


def pointers(detail: Any, path: str = "") -> list[dict[str, str]]:
    """Nested errors as a flat list of JSON pointers (RFC 6901) with their sentences; "" is the whole body."""
    if isinstance(detail, Mapping):
        whole = ("non_field_errors", "__all__", "")
        return [
            found
            for name, inner in detail.items()
            for found in pointers(inner, path if name in whole else f"{path}/{_part(name)}")
        ]
    if isinstance(detail, list) and any(isinstance(inner, dict | list) for inner in detail):
        return [found for i, inner in enumerate(detail) for found in pointers(inner, f"{path}/{i}")]
    return [{"pointer": path, "detail": str(text)} for text in (detail if isinstance(detail, list) else [detail])]


def _part(name: Any) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")
