"""Defaults of the API: who is asking, what an answer looks like, and errors as problem documents (RFC 9457)."""

from __future__ import annotations

import re
from typing import Any

import orjson
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpResponse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse
from rest_framework import exceptions, serializers, status
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle

from core.access import Refused
from core.models import ApiToken

PROBLEM = "application/problem+json"


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer ip_…`: a personal or program token, found by its hash."""

    def authenticate(self, request):
        header = get_authorization_header(request).split()
        if not header or header[0].lower() != b"bearer":
            return None
        if len(header) != 2:
            raise exceptions.AuthenticationFailed(_("Send one token: “Authorization: Bearer ip_…”."))
        at = now()
        digest = ApiToken.hash(header[1].decode("latin-1"))
        token = ApiToken.objects.usable(at).select_related("user").filter(digest=digest).first()
        if token is None:
            raise exceptions.AuthenticationFailed(_("This token is unknown, has expired or was revoked."))
        if token.last_used_at is None or (at - token.last_used_at).total_seconds() > 60:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
        token.user.token_scopes = frozenset(token.scopes)
        return token.user, token

    def authenticate_header(self, request) -> str:
        return "Bearer"


class _TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer", "description": "A token from Account › API tokens."}


class SignedIn(BasePermission):
    """The API is for those who sign in; what they see is decided by `visible_to`."""

    message = "Sign in or send a token."

    def has_permission(self, request, view) -> bool:
        return bool(request.user and request.user.is_authenticated)


class ClientRateThrottle(UserRateThrottle):
    scope = "client"


class FastJSONRenderer(JSONRenderer):
    """JSON by orjson: decimals stay text, times carry their zone."""

    charset = None

    def render(self, data, accepted_media_type=None, renderer_context=None) -> bytes:
        if data is None:
            return b""
        return orjson.dumps(data, default=str, option=orjson.OPT_NON_STR_KEYS)


class Pages(CursorPagination):
    """Pages that stay right while rows change: `page_size` up to 1,000, `next` and `previous` as links."""

    ordering = "pk"
    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000


class FieldProblem(serializers.Serializer):
    pointer = serializers.CharField(help_text="JSON pointer to the field, such as /marks/0/mark.")
    detail = serializers.CharField()


class Problem(serializers.Serializer):
    """RFC 9457: what went wrong, in the language asked for, with a pointer to each field."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = FieldProblem(many=True, required=False)


def problem_response(code: int, detail: str, errors: list[dict[str, str]] | None = None) -> HttpResponse:
    body = orjson.dumps(problem_body(code, detail, errors))
    return HttpResponse(body, status=code, content_type=PROBLEM)


def problem_body(code: int, detail: str, errors: list[dict[str, str]] | None = None) -> dict[str, Any]:
    titles = {
        400: _("The request has errors"),
        401: _("Sign in or send a token"),
        403: _("Not allowed"),
        404: _("Not found"),
        405: _("This address does not take that method"),
        406: _("This format is not offered"),
        409: _("Not possible now"),
        412: _("Changed in the meantime"),
        413: _("Too large"),
        415: _("Send JSON"),
        422: _("The request has errors"),
        423: _("Locked"),
        429: _("Too many requests"),
    }
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": titles.get(code, _("Error")),
        "status": code,
        "detail": detail,
    }
    if errors:
        body["errors"] = errors
    return body


def problem(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every refusal becomes a problem document; a `Refused` of an action is 409."""
    headers: dict[str, str] = {}
    errors: list[dict[str, str]] | None = None
    if isinstance(exc, Refused):
        code, detail = status.HTTP_409_CONFLICT, " ".join(exc.messages)
    elif isinstance(exc, DjangoValidationError):
        code, detail = status.HTTP_422_UNPROCESSABLE_ENTITY, _("Correct the fields named below.")
        errors = _pointers(exc.message_dict if hasattr(exc, "error_dict") else {"": exc.messages})
    elif isinstance(exc, exceptions.ValidationError):
        code, detail = status.HTTP_422_UNPROCESSABLE_ENTITY, _("Correct the fields named below.")
        errors = _pointers(exc.detail)
    elif isinstance(exc, Http404):
        code, detail = status.HTTP_404_NOT_FOUND, str(exc) if str(exc) and "matches" not in str(exc) else _("Not found.")
    elif isinstance(exc, PermissionDenied):
        code, detail = status.HTTP_403_FORBIDDEN, str(exc) or _("Your role or token does not allow this.")
    elif isinstance(exc, exceptions.APIException):
        code, detail = exc.status_code, str(exc.detail)
        if isinstance(exc, exceptions.Throttled) and exc.wait is not None:
            headers["Retry-After"] = str(int(exc.wait) + 1)
        if getattr(exc, "auth_header", None):
            headers["WWW-Authenticate"] = exc.auth_header  # type: ignore[attr-defined]
    else:
        return None
    return Response(problem_body(code, detail, errors), status=code, headers=headers, content_type=PROBLEM)


def _pointers(detail: Any, path: str = "") -> list[dict[str, str]]:
    """The nested errors of a serializer as a flat list of JSON pointers."""
    if isinstance(detail, dict):
        return [
            found
            for name, inner in detail.items()
            for found in _pointers(inner, path if name in ("non_field_errors", "__all__", "") else f"{path}/{name}")
        ]
    if isinstance(detail, list) and any(isinstance(inner, dict | list) for inner in detail):
        return [found for i, inner in enumerate(detail) for found in _pointers(inner, f"{path}/{i}")]
    return [{"pointer": path or "/", "detail": str(text)} for text in (detail if isinstance(detail, list) else [detail])]


class Schema(AutoSchema):
    """Every operation says which errors it may answer."""

    ERRORS = ("400", "401", "403", "404", "406", "409", "415", "422", "429")

    def _get_response_bodies(self, direction="response"):
        bodies = super()._get_response_bodies(direction=direction)
        writes = self.method in ("POST", "PUT", "PATCH")
        for code in self.ERRORS:
            needless = (code in ("409", "415") and not writes) or (code == "404" and not re.search(r"{", self.path))
            if code not in bodies and not needless:
                response = OpenApiResponse(Problem, description=problem_title(int(code)))
                bodies[code] = self._get_response_for_code(response, code, media_types=[PROBLEM])
        return bodies


def problem_title(code: int) -> str:
    return str(problem_body(code, "")["title"])
