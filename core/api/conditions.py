"""Conditions of a request: a repeat is answered as the first time (`Idempotency-Key`), nothing is sent that the client
has (`If-None-Match`), and nothing is changed that looks otherwise than the client read it (`If-Match`)."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any, cast

import orjson
from django.db import connection, transaction
from django.http import HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags
from django.utils.timezone import now
from django.utils.translation import gettext as _
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import FastJSONRenderer, Problem, WrongQuery
from core.api.packed import plain
from core.models import KeptAnswer, User

HEADERS = ("Location", "Retry-After")  # kept with an answer
KEPT = ("Cache-Control", "Vary", "RateLimit", "RateLimit-Policy")  # with an answer that the client has


def once(request: Request, answer: Callable[[], Response], *, one_moment: bool = False) -> Response:
    """What `answer` gives, in one transaction with what it changes (`one_moment`: that sees the data of one moment);
    with an `Idempotency-Key` only the first time.

    A later request with the same key, method, address and body gets the first answer again and changes nothing; one
    that comes while the first still runs waits for it. Any other is 422. A refusal keeps nothing: its key is free.
    """
    key, outermost = _key(request), not connection.in_atomic_block
    with transaction.atomic():
        if one_moment and outermost:
            connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return _first_or_kept(request, key, answer) if key else answer()


def _first_or_kept(request: Request, key: str, answer: Callable[[], Response]) -> Response:
    user = cast(User, request.user)
    told = orjson.dumps(request.data, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    digest = sha256(f"{request.method} {request.get_full_path()}\n".encode() + told).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"answer {user.pk} {key}"])
    kept = KeptAnswer.objects.filter(user=user, idempotency_key=key).first()
    if kept is None:
        response = answer()
        KeptAnswer.objects.create(
            user=user, idempotency_key=key, request_sha256=digest, status=response.status_code,
            headers={name: response[name] for name in HEADERS if name in response},
            body=_json(_kept(response)).decode(), answered_at=now(),
        )  # fmt: skip
        return response
    if kept.request_sha256 != digest:
        detail = _("This key came before with another request. Give each request a key of its own.")
        raise Problem(422, "key-used-before", detail)
    return Response(orjson.loads(kept.body), status=kept.status, headers=kept.headers)


class ShownOnce(Response):
    """An answer with a `secret`, which is not kept for repeats: they get null in its place."""


def _kept(response: Response) -> Any:
    return {**response.data, "secret": None} if isinstance(response, ShownOnce) else response.data


def _key(request: Request) -> str:
    """The header that makes a repeat harmless; "" when it was not sent."""
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > 80 or not (key.isascii() and key.isprintable()):
        raise WrongQuery({"Idempotency-Key": [_("Use at most 80 letters, digits and signs.")]})
    return key


def require_match(request: Request, current: Response) -> None:
    """Refuse a change of what the client has not read as it is: `current` is how it would be read now, from a row that
    is locked. Without `If-Match` 428; with another version 412, which carries the current one."""
    wanted = [plain(tag) for tag in parse_etags(request.headers.get("If-Match", ""))]
    if not wanted:
        raise Problem(428, "if-match", _("Send the ETag of what you read as If-Match, so that no change is lost."))
    if wanted != ["*"] and current["ETag"] not in wanted:
        detail = _("It was changed since you read it. “current” is how it is now: compare and send again.")
        raise Problem(412, "changed-since", detail, etag=current["ETag"], current=current.data)


def tag_of(body: Any) -> str:
    """The ETag of an answer: it changes when anything in it does."""
    return f'"{sha256(body if isinstance(body, bytes) else _json(body)).hexdigest()[:32]}"'


def tagged(request: Request, response: Any) -> HttpResponse:
    """A rendered answer with its ETag; 304 instead when the client named it as what it has."""
    response["ETag"] = tag_of(response.content)
    named = [tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))]
    known = {plain(tag): tag for tag in named}
    if request.method not in SAFE_METHODS or not {"*", response["ETag"]} & known.keys():
        return response
    kept = {name: response[name] for name in KEPT if name in response}
    return HttpResponseNotModified(headers=kept | {"ETag": known.get(response["ETag"], response["ETag"])})


def _json(data: Any) -> bytes:
    return FastJSONRenderer().render(data)
