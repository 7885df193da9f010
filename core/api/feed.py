"""The feed of changes of a collection: first everything there is, then what was written and what went, for ever.

An answer tells rows as they are now, not as they were: a client that keeps the last row of each key, and drops the keys
that are gone, has what the database has. Why no change is lost is said at the model that holds them."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, time
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Min, QuerySet
from django.utils.http import urlencode
from django.utils.timezone import make_aware
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema_serializer
from rest_framework import serializers
from rest_framework.response import Response

from core.api import PROBLEM, Problem, WrongQuery
from core.api.doors import Door
from core.api.shapes import Day, PageQuery, ProblemDocument, Row, rows_of

FORGOTTEN = _("The changes since then are forgotten. Begin again without a cursor and without a day.")


class FeedQuery(PageQuery):
    from_ = Day(
        required=False,
        help_text=_(
            "Leave out what there is: begin, at the latest, with what was written on this day. Not with a cursor."
        ),
    )


@cache
def feed_of(shape: type[Row]) -> dict[Any, Any]:
    """What a feed of such rows may answer."""
    change = type(
        f"ChangeOf{shape.__name__}",
        (serializers.Serializer,),
        {
            "key": serializers.UUIDField(),
            "gone": serializers.BooleanField(help_text=_("It was deleted, or you may not see it any more.")),
            "row": shape(allow_null=True, help_text=_("As it is now; null when it is gone.")),
            "__doc__": "A row that was written, or went.",
        },
    )
    page = type(
        f"FeedOf{shape.__name__}",
        (serializers.Serializer,),
        {
            "next": serializers.URLField(help_text=_("Where to go on, now or in a year: keep it.")),
            "more": serializers.BooleanField(help_text=_("Whether it is worth asking again at once.")),
            "results": change(many=True),
            "__doc__": "A part of the feed of a collection.",
        },
    )
    gone = OpenApiResponse(
        ProblemDocument,
        description=_("You see other rows than before, or what changed since is forgotten: begin without a cursor."),
    )
    return {200: extend_schema_serializer(many=False)(page), (410, PROBLEM): gone}


@dataclass(frozen=True)
class Place:
    """Where a client is: behind the change (xid, pk); while `copied` is set it still reads what there is, by key."""

    collection: str
    sees: str
    xid: int
    pk: int
    copied: str | None = None  # "" before the first row

    def token(self) -> str:
        told = json.dumps([self.collection, self.sees, self.xid, self.pk, self.copied], separators=(",", ":"))
        return urlsafe_b64encode(told.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, token: str) -> Place:
        """Raises ValueError for a token that is none of ours."""
        told = json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        if not (isinstance(told, list) and [type(part) for part in told[:4]] == [str, str, int, int]):
            raise ValueError(token)
        place = cls(*told)
        if place.copied is not None and place.copied != "":
            UUID(place.copied)
        if not 0 <= min(place.xid, place.pk) <= max(place.xid, place.pk) < 2**63:
            raise ValueError(token)
        return place


@dataclass(frozen=True)
class Feed:
    """The feed of a collection to the person of the door; `source` is what `projects.models.followed` gives."""

    door: Door
    source: Any

    def of(
        self,
        rows: QuerySet,
        shape: type[Row],
        *,
        named: str = "key",
        finish: Callable[[list[dict[str, Any]]], object] | None = None,
    ) -> Response:
        """The part asked for, of the visible `rows`; `named` is the field of the shape that holds their key, and
        `finish` may add to what goes out."""
        place = self._place()
        size = self.door.asked["page_size"]
        if place.copied is not None:
            found = rows_of(shape, (rows.filter(key__gt=place.copied) if place.copied else rows).order_by("key")[:size])
            copied = str(found[-1][named]) if len(found) == size else None
            place, more = replace(place, copied=copied), True
            keys = [row[named] for row in found]
        else:
            horizon = self.source.horizon()
            seen = list(
                self.source.changes.between((place.xid, place.pk), horizon).values_list("xid", "pk", "key")[:size]
            )
            more = len(seen) == size
            if self.source.forgotten(place.xid):
                raise Problem(410, "begin-again", FORGOTTEN)
            xid, pk = seen[-1][:2] if more else (horizon, 0)
            place, keys = replace(place, xid=xid, pk=pk), list(dict.fromkeys(key for _xid, _pk, key in seen))
            found = rows_of(shape, rows.filter(key__in=keys))
        if finish is not None:
            finish(found)
        there = {row[named]: row for row in found}
        results = [{"key": key, "gone": key not in there, "row": there.get(key)} for key in keys]
        return Response({"next": self._link(place), "more": more, "results": results})

    def _place(self) -> Place:
        """Where to begin. Raises WrongQuery for a cursor that is none of this feed, Problem when the rights changed."""
        asked = self.door.asked
        if "cursor" not in asked:
            start = self.source.horizon()
            if "from" not in asked:
                return Place(self.source.collection, self.source.sees, start, 0, "")
            since = make_aware(datetime.combine(asked["from"], time.min))
            if self.source.forgotten_since(since):
                raise Problem(410, "begin-again", FORGOTTEN)
            first = self.source.changes.filter(at__gte=since).aggregate(first=Min("xid"))["first"]
            return Place(self.source.collection, self.source.sees, start if first is None else min(first, start), 0)
        if "from" in asked:
            raise WrongQuery({"from": [_("A cursor says where to begin. Leave this out.")]})
        try:
            place = Place.read(asked["cursor"])
        except (binascii.Error, ValueError, TypeError, RecursionError):
            place = None
        if place is None or place.collection != self.source.collection:
            raise WrongQuery({"cursor": [_("This is not a cursor of this feed. Follow “next”.")]})
        if place.sees != self.source.sees:
            detail = _("You see other rows than before, so some would be missing. Begin again without a cursor.")
            raise Problem(410, "begin-again", detail)
        return place

    def _link(self, place: Place) -> str:
        request = self.door.request
        query = request.query_params.dict() | {"cursor": place.token()}
        query.pop("from", None)
        return request.build_absolute_uri(f"{request.path}?{urlencode(query)}")
