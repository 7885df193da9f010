"""Doors: each operation says once which rights it needs, what it takes and what it answers. The checks and the schema
are both made from that."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import QuerySet
from django.http import Http404
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.timezone import localdate
from django.utils.translation import activate
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.viewsets import ViewSet

from core.access import SCOPES, Permission, roles_with
from core.api import AsItIs, ClientRateThrottle, JsonOnly, Problem, StrictJSONParser, WrongQuery
from core.api.conditions import once, require_match, tag_of, tagged
from core.api.packed import packed
from core.api.shapes import Input, ListQuery, Query, Row, RowQuery, row_in, rows_of
from core.api.streams import TABLES, streamed

# --- pages -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pages:
    """Pages that stay right while rows come and go: each begins behind (or ends before) a row, named by the value of a
    unique column in `by`, which is the field `named` of the shape (empty: it has the same name)."""

    request: Request
    size: int
    cursor: str
    by: str
    newest_first: bool = False
    fields: list[str] = field(default_factory=list)
    named: str = ""

    def of(self, rows: QuerySet, shape: type[Row], finish: Callable[[list[dict]], object] | None = None) -> Any:
        """The page asked for, or the whole table where NDJSON or CSV is asked for; `finish` may add to its rows.

        Raises WrongQuery for a cursor that is none of ours.
        """
        backwards, position = self._position(rows)
        up = backwards == self.newest_first
        if position is not None:
            rows = rows.filter(**{f"{self.by}__{'gt' if up else 'lt'}": position})
        rows = rows.order_by(self.by if up else f"-{self.by}")
        kind = type(self.request.accepted_renderer)
        if kind in TABLES:
            return streamed(rows, shape, self.fields, kind, finish)
        found = rows_of(shape, rows[: self.size + 1])
        more, found = len(found) > self.size, found[: self.size]
        if backwards:
            found.reverse()
        after = found and (more or backwards)
        before = found and position is not None and (more or not backwards)
        if finish is not None:
            finish(found)
        named = self.named or self.by
        page = {
            "next": self._link("+", found[-1][named]) if after else None,
            "previous": self._link("-", found[0][named]) if before else None,
            "results": found,
        }
        return Response(page)

    def _position(self, rows: QuerySet) -> tuple[bool, Any]:
        """Whether the page ends before the row of the cursor, and that row's value; None without a cursor."""
        if not self.cursor:
            return False, None
        try:
            text = urlsafe_b64decode(self.cursor + "=" * (-len(self.cursor) % 4)).decode()
            value = rows.model._meta.get_field(self.by).to_python(text[1:])
        except (binascii.Error, ValueError, DjangoValidationError):
            text, value = "", None
        if text[:1] not in ("+", "-") or "\0" in text:
            raise WrongQuery({"cursor": [_("This is not a cursor of this list. Follow “next” and “previous”.")]})
        return text[0] == "-", value

    def _link(self, direction: str, value: Any) -> str:
        cursor = urlsafe_b64encode(f"{direction}{value}".encode()).decode().rstrip("=")
        query = self.request.query_params.dict() | {"cursor": cursor}
        return self.request.build_absolute_uri(f"{self.request.path}?{urlencode(query)}")


# --- doors -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Operation:
    """What a method of a door needs and takes."""

    needs: tuple[Permission, ...]
    query: type[Query]
    body: type[Input] | None
    matches: bool  # whether it must name the version that it changes
    chosen: type[Serializer] | None  # its answer, where the fields of a row may be chosen
    streams: str = ""  # the kind of body that it reads as it comes


def operation(
    summary: Any,
    *,
    answers: Mapping[int, Any],
    needs: Permission | tuple[Permission, ...] = (),
    query: type[Query] = Query,
    body: type[Input] | None = None,
    about: Any = "",
    matches: bool = False,
    one_moment: bool = False,
    lines: bool = False,
    streams: str = "",
    headers: Iterable[OpenApiParameter] = (),
    examples: Iterable[OpenApiExample] = (),
):
    """Say of a method of a Door what it is for, which rights it needs, what it takes and what it answers.

    `answers` gives for each status a serializer or an OpenApiResponse; errors that any such operation may answer are
    added by Schema. A body of `lines` may also come as NDJSON, a row a line. Each that is not safe, and no dry run, is
    answered `once`; one that `matches` calls `require_match`, one of `one_moment` sees the data of one moment. One that
    `streams` a body of this kind reads it before it opens a transaction of its own.
    """
    needed = (needs,) if isinstance(needs, Permission) else needs
    scopes = scopes_for(needed)
    kinds: Any = {streams: OpenApiTypes.BINARY} if streams else body
    if lines:
        kinds = {"application/json": body, "application/x-ndjson": str}

    def mark(method):
        @wraps(method)
        def answered(self, request, *args, **kwargs):
            if request.method in SAFE_METHODS or self.asked.get("dry_run"):
                return self.chosen(method(self, request, *args, **kwargs))
            if streams:
                return method(self, request, *args, **kwargs)
            return once(request, lambda: method(self, request, *args, **kwargs), one_moment=one_moment)

        marked: Any = answered
        chosen = answers[200] if issubclass(query, RowQuery) else None
        marked.operation = Operation(needed, query, body, matches, chosen, streams)
        return extend_schema(
            summary=summary,
            description=about or summary,
            parameters=[query, *headers],
            request=kinds,
            responses=dict(answers),
            examples=list(examples),
            extensions={"x-scopes": scopes} if scopes else None,
        )(marked)

    return mark


def scopes_for(needed: Iterable[Permission]) -> list[str]:
    """The scopes of which each alone opens what needs all these rights; none where it needs none."""
    return sorted(scope for scope, granted in SCOPES.items() if set(needed) <= granted) if needed else []


def scopes_with(permission: Permission) -> list[str]:
    """The scopes of a token that let this through."""
    return [str(scope) for scope, granted in SCOPES.items() if permission in granted]


class Door(ViewSet):
    """One resource. Before an operation runs, its language is set, its rights and parameters are checked."""

    parser_classes = [StrictJSONParser]
    content_negotiation_class = JsonOnly
    http_method_names = ["get", "head", "post", "patch"]

    operation: Operation
    asked: dict[str, Any]
    throttles: Sequence[ClientRateThrottle] = ()  # that counted this request

    def get_throttles(self):
        self.throttles = super().get_throttles()
        return self.throttles

    def initial(self, request: Request, *args, **kwargs) -> None:
        language = request.query_params.get("language")
        if language in dict(settings.LANGUAGES):
            activate(language)
        super().initial(request, *args, **kwargs)
        if self.action not in self.action_map.values():  # a method that is not there
            return
        if any("\0" in str(value) for value in kwargs.values()):
            raise Http404
        self.operation = getattr(self, self.action).operation
        self._check_rights(request)
        self.asked = self._parameters(request)

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, ["Authorization", "Accept"])
        response.headers.setdefault("Cache-Control", "private, no-cache")
        for throttle in self.throttles:
            for name, value in throttle.told().items():
                response.headers[name] = value
        whole = response.status_code == 201 or (response.status_code == 200 and self._reads_or_matches(request))
        if whole and isinstance(response, Response):
            response.add_post_render_callback(lambda rendered: tagged(request, rendered))
        if isinstance(response, Response):
            response.add_post_render_callback(lambda rendered: packed(request, rendered))
        elif self.content_negotiation_class is not AsItIs:
            packed(request, response)
        return response

    def get_renderers(self):
        """Lists are also to be had as whole tables."""
        method = getattr(self, self.action or "", None)
        is_list = method is not None and issubclass(method.operation.query, ListQuery)
        return super().get_renderers() + [kind() for kind in TABLES if is_list]

    def _reads_or_matches(self, request: Request) -> bool:
        return request.method in SAFE_METHODS or self.operation.matches

    def _check_rights(self, request: Request) -> None:
        """A token without the scope is told which one it lacks; a person who has the right nowhere is told so, except
        about one thing, where `fetch` finds out whether they may know of it."""
        for need in self.operation.needs:
            scopes = scopes_with(need)
            held = getattr(request.user, "token_scopes", None)
            if held is not None and not held & set(scopes):
                words = " / ".join(f"“{scope}”" for scope in scopes)
                detail = _("This token lacks the scope %(scope)s. Make one that has it under Account › API tokens.")
                raise Problem(403, "missing-scope", detail % {"scope": words}, scopes=scopes)
            if not self.kwargs and not self._holds(request.user, need):
                raise PermissionDenied(_("Your role does not allow this. An administrator can give you access."))

    @staticmethod
    def _holds(user: Any, permission: Permission) -> bool:
        roles = roles_with(permission, user)
        return user.memberships.in_force(localdate()).filter(role__in=roles).exists()

    def _parameters(self, request: Request) -> dict[str, Any]:
        twice = [name for name, values in request.query_params.lists() if len(values) > 1]
        if twice:
            raise WrongQuery({name: [_("Give this parameter once.")] for name in twice})
        given = {name: value for name, value in request.query_params.items() if value != ""}
        query = self.operation.query(data=given, context={"request": request})
        if not query.is_valid():
            raise WrongQuery(query.errors)
        asked = query.validated_data
        if self.operation.chosen and "fields" in asked:
            asked["fields"] = [name.strip() for name in asked["fields"].split(",")]
            known = list(row_in(self.operation.chosen)().fields)
            if not set(asked["fields"]) <= set(known):
                words = _("There is no such name here. There are: %(known)s.") % {"known": ", ".join(known)}
                raise WrongQuery({"fields": [words]})
        return asked

    def chosen(self, response: Any) -> Any:
        """An answer with those fields of its rows that were asked for. Tables have them already."""
        names = self.asked.get("fields")
        if names and isinstance(response, Response):
            told: dict[str, Any] = response.data
            is_page = row_in(self.operation.chosen) is not self.operation.chosen
            rows = told["results"] if is_page else [told]
            some = [{name: row[name] for name in names if name in row} for row in rows]
            response.data = told | {"results": some} if is_page else some[0]
        return response

    def body(self) -> dict[str, Any]:
        """The checked body. Raises ValidationError with every error in it."""
        taken = self.operation.body(data=self.request.data, context={"request": self.request})  # type: ignore[misc]
        taken.is_valid(raise_exception=True)
        return taken.validated_data

    def visible(self, rows: Any) -> Any:
        """The rows in which the person has every right this operation needs."""
        for need in self.operation.needs:
            rows = rows.visible_to(self.request.user, need)
        return rows

    def fetch(self, rows: Any, **lookup: Any) -> Any:
        """One row. Who may not know of it gets 404; who may, but lacks the right, gets 403."""
        row = self.visible(rows).filter(**lookup).first()
        if row is None:
            if rows.visible_to(self.request.user, Permission.PROJECT_VIEW).filter(**lookup).exists():
                raise PermissionDenied(_("Your role does not allow this here. An administrator can give you access."))
            raise Http404
        return row

    def pages(self, by: str = "key", *, newest_first: bool = False, named: str = "") -> Pages:
        size, cursor, fields = self.asked["page_size"], self.asked.get("cursor", ""), self.asked.get("fields", [])
        return Pages(self.request, size, cursor, by, newest_first, fields, named)

    def answer(self, rows: QuerySet, shape: type[Row], code: int = 200, **more: Any) -> Response:
        """One row in its shape, with what the door adds."""
        (found,) = rows_of(shape, rows)
        return Response(found | more, status=code)

    def require_match(self, current: Response) -> None:
        """Refuse a change of something that was read otherwise than it is: `current` is the answer that reads it."""
        current["ETag"] = tag_of(current.data)
        require_match(self.request, current)


def location(*codes: int) -> OpenApiParameter:
    """The header with the address of what was made."""
    words = _("Address of what was made.")
    return OpenApiParameter("Location", str, OpenApiParameter.HEADER, response=list(codes), description=words)
