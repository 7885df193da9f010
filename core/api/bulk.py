"""Doors that take many rows at once, as JSON or a row a line (NDJSON)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from django.conf import settings
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.response import Response

from core.access import Permission
from core.api import PROBLEM, Problem, StrictJSONParser
from core.api.doors import Door, location, operation
from core.api.shapes import FieldProblem, Flag, Input, OneOf, ProblemDocument, Query, Row, rows_of
from core.bulk import MOST, Mode, jobs, kinds, take
from core.bulk.taking import STATUSES
from core.models import BulkJob
from core.tasks import wake_bulk

LINES = "application/x-ndjson"


class LinesParser(StrictJSONParser):
    """A row a line; of too many no more are read than show it."""

    media_type = LINES

    def parse(self, stream, media_type=None, parser_context=None):
        rows: list[Any] = []
        for number, line in enumerate(stream.read().split(b"\n"), 1):
            if line.strip() and len(rows) <= MOST:
                try:
                    rows.append(orjson.loads(line))
                except orjson.JSONDecodeError:
                    raise ParseError(_("Line %(line)s is not valid JSON.") % {"line": number}) from None
        return {"rows": rows}


class BulkQuery(Query):
    mode = OneOf(
        Mode, required=False, default=Mode.ALL, help_text=_("What becomes of the other rows when one is refused.")
    )
    dry_run = Flag(
        required=False, default=False, help_text=_("Check all, tell what would become of each row, store nothing.")
    )  # fmt: skip


class BulkResult(serializers.Serializer):
    index = serializers.IntegerField(help_text=_("Place of the row in the request, from 0."))
    status = OneOf(
        [(status, status) for status in STATUSES], component="BulkStatus",
        help_text=_("left: right in itself, not stored because other rows were refused."),
    )  # fmt: skip
    key = serializers.UUIDField(allow_null=True, help_text=_("Of the row in the portal; of a mark, its session."))
    errors = FieldProblem(many=True, help_text=_("With JSON pointers into the row."))


class BulkCounts(serializers.Serializer):
    rows = serializers.IntegerField(help_text=_("All rows: those of each status together."))
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField()
    left = serializers.IntegerField()


class BulkAnswer(serializers.Serializer):
    """What became of each row."""

    stored = serializers.BooleanField(help_text=_("false after a dry run, and when none was stored."))
    counts = BulkCounts()
    results = BulkResult(many=True)


class BulkProblem(ProblemDocument):
    stored = serializers.BooleanField(required=False)
    counts = BulkCounts(required=False)
    results = BulkResult(many=True, required=False)


class BulkJobRow(Row):
    """Rows that a worker brings in."""

    key = serializers.UUIDField()
    collection = serializers.CharField()
    state = OneOf(BulkJob.State)
    mode = OneOf(Mode)
    dry_run = serializers.BooleanField()
    rows = serializers.IntegerField()
    progress = serializers.IntegerField(help_text=_("Rows dealt with so far."))
    asked_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    failure = serializers.CharField(source="*", help_text=_("Why it failed."))
    answer = BulkAnswer(allow_null=True, help_text=_("What became of each row, once it is done."))


def rows_in(body: Any) -> list[Any]:
    """The rows of a body. Raises ValidationError for a body of another shape, and for too many."""
    if not isinstance(body, Mapping):
        raise ValidationError({"": [_("Give an object with named values.")]})
    if unknown := [str(name) for name in body if name != "rows"]:
        words = _("There is no such name here. There are: %(known)s.") % {"known": "rows"}
        raise ValidationError({name: [words] for name in unknown})
    if "rows" not in body:
        raise ValidationError({"rows": [_("Give this value; it is missing.")]})
    rows = body["rows"]
    if not isinstance(rows, list):
        raise ValidationError({"rows": [_("Give a list.")]})
    if not 0 < len(rows) <= MOST:
        words = _("Give from 1 to %(most)s rows at once.") % {"most": f"{MOST:,}"}
        raise ValidationError({"rows": [words]})
    return rows


def told_of(job: BulkJob, code: int = 200) -> Response:
    """A job as it is now."""
    (found,) = rows_of(BulkJobRow, BulkJob.objects.filter(pk=job.pk))
    answer = orjson.loads(job.told) if job.told else None
    return Response(found | {"failure": gettext(job.failure) if job.failure else "", "answer": answer}, status=code)


class BulkJobDoor(Door):
    @operation(
        _("Read a job of many rows"),
        answers={200: BulkJobRow},
        about=_("How far it is; once it is done, what became of each row. Jobs are told to who asked for them."),
    )
    def retrieve(self, request, key):
        return told_of(get_object_or_404(BulkJob.objects.visible_to(request.user), key=key))

    @operation(
        _("Cancel a job of many rows"),
        answers={200: BulkJobRow},
        about=_("While it is not over: then nothing of it is stored."),
    )
    def cancel(self, request, key):
        job = get_object_or_404(BulkJob.objects.visible_to(request.user), key=key)
        return told_of(jobs.cancel(job, by=request.user, at=now()))


def bulk_door(
    kind: str, row: type[Input], needs: Permission, *, summary: Any, about: Any, examples: Iterable[OpenApiExample]
) -> type[Door]:
    """The door through which a collection takes many rows of a shape at once."""
    shape = type(f"{row.__name__}s", (Input,), {"rows": row(many=True), "__doc__": "Rows."})

    class BulkDoor(Door):
        parser_classes = [StrictJSONParser, LinesParser]

        @operation(
            summary,
            needs=needs,
            query=BulkQuery,
            body=shape,
            lines=True,
            answers={
                200: BulkAnswer,
                202: OpenApiResponse(
                    BulkJobRow, description=_("Too many rows to wait for: a worker brings them in, as its job tells.")
                ),
                (422, PROBLEM): OpenApiResponse(
                    BulkProblem, description=_("Errors in the request, or a row was refused and all were asked for.")
                ),
            },
            about=about,
            headers=[location(202)],
            examples=examples,
        )  # fmt: skip
        def create(self, request):
            rows, how = rows_in(request.data), {name: self.asked[name] for name in ("mode", "dry_run")}
            most = settings.BULK_ROWS_AT_ONCE // (10 if kinds()[kind].one_by_one else 1)
            if len(rows) > most:
                job = jobs.ask(kind, rows, **how, language=get_language() or "en", by=request.user, at=now())
                wake_bulk(job)
                response = told_of(job, 202)
                response["Location"] = request.build_absolute_uri(reverse("api_bulk_job", args=[job.key]))
                return response
            taken = take(kind, rows, **how, by=request.user, at=now())
            told = taken.as_json()
            if taken.refused and how["mode"] == Mode.ALL:
                detail = gettext("Rows were refused, so none was stored. “results” says which and why.")
                raise Problem(422, "rows-refused", detail, **told)
            return Response(told)

    return BulkDoor
