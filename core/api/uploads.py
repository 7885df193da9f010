"""Large files by pieces: the protocol tus 1.0 (https://tus.io/protocols/resumable-upload) with creation, expiration,
checksum and termination. What came before a connection was cut is kept, and the client goes on behind it."""

from __future__ import annotations

import base64
import binascii
import hashlib
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

from django.conf import settings
from django.http import Http404, UnreadablePostError
from django.urls import reverse
from django.utils.http import http_date
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.response import Response

from core import storage, uploads
from core.api import PROBLEM, Problem, WrongQuery
from core.api.doors import Door, location, operation
from core.api.shapes import ProblemDocument, Row
from core.models import Incoming

VERSION = "1.0.0"
PIECE = "application/offset+octet-stream"
CHECKSUMS = {"sha256": hashlib.sha256, "sha1": hashlib.sha1, "md5": hashlib.md5}
BLOCK = 1 << 18  # bytes read at once


class IncomingRow(Row):
    key = serializers.UUIDField(help_text=gettext_lazy("Name it in a request that takes a file."))
    name = serializers.CharField()
    size = serializers.IntegerField()
    received = serializers.IntegerField(help_text=gettext_lazy("How many bytes are there."))
    sha256 = serializers.CharField(help_text=gettext_lazy("Of the whole file; empty while it is not whole."))
    expires_at = serializers.DateTimeField(help_text=gettext_lazy("Until then it may be continued and used."))


def _header(name: str, about: Any, kind: type = str, *, required: bool = True) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.HEADER, required=required, description=about)


def _told(name: str, about: Any, *codes: int, kind: type = str) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.HEADER, response=list(codes), description=about)


TUS = OpenApiParameter(
    "Tus-Resumable",
    str,
    OpenApiParameter.HEADER,
    required=True,
    enum=[VERSION],
    description=gettext_lazy("The version of tus."),
)
OFFSET = gettext_lazy("How many bytes are there.")
EXPIRES = gettext_lazy("Until when it may be continued.")
OTHER_VERSION = OpenApiResponse(
    ProblemDocument, description=gettext_lazy("Tus-Resumable is missing or another version.")
)
WRONG_SUM = OpenApiResponse(
    ProblemDocument, description=gettext_lazy("The bytes are not those of Upload-Checksum; none was kept.")
)


class UploadDoor(Door):
    http_method_names = ["get", "head", "post", "patch", "delete", "options"]

    def initial(self, request, *args, **kwargs) -> None:
        super().initial(request, *args, **kwargs)
        sent = request.headers.get("Tus-Resumable")
        if sent != VERSION and (sent or request.method not in ("GET", "OPTIONS")):
            raise Problem(412, "", _("Send “Tus-Resumable: 1.0.0”."))

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Tus-Resumable"] = response["Tus-Version"] = VERSION
        return response

    def options(self, request, *args, **kwargs) -> Response:
        """What of tus there is."""
        told = {
            "Tus-Extension": "creation,expiration,checksum,termination",
            "Tus-Max-Size": str(settings.UPLOAD_LIMIT),
            "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
            "Allow": ", ".join(name.upper() for name in self.action_map),
        }
        return Response(status=204, headers=told)

    @operation(
        gettext_lazy("Begin to send a file by pieces"),
        answers={201: IncomingRow, (412, PROBLEM): OTHER_VERSION},
        about=gettext_lazy(
            "The protocol tus 1.0: any of its clients can send the file to the address in Location and go on where the "
            "connection broke. Then name the key as “upload” in a request that takes a file."
        ),
        headers=[
            TUS,
            _header("Upload-Length", gettext_lazy("Size of the file in bytes."), int),
            _header("Upload-Metadata", gettext_lazy("“filename” and its value in base64."), required=False),
            location(201),
            _told("Upload-Expires", EXPIRES, 201),
        ],
    )
    def create(self, request):
        size, name = _whole(request, "Upload-Length"), _name(request)
        if size > settings.UPLOAD_LIMIT:
            raise Problem(413, "", _("The file is too large: Tus-Max-Size says how large one may be."))
        one = uploads.begin(name=name, size=size, by=request.user, at=now())
        response = self._answer(one, 201)
        response["Location"] = request.build_absolute_uri(reverse("api_upload", args=[one.key]))
        return response

    @operation(
        gettext_lazy("See how much of a file has come"),
        answers={200: IncomingRow},
        headers=[
            _told("Upload-Offset", OFFSET, 200, kind=int),
            _told("Upload-Length", gettext_lazy("Size of the file in bytes."), 200, kind=int),
            _told("Upload-Expires", EXPIRES, 200),
        ],
    )
    def retrieve(self, request, key):
        response = self._answer(self._one(key))
        response["Cache-Control"] = "no-store"
        return response

    @operation(
        gettext_lazy("Send a piece of a file"),
        streams=PIECE,
        answers={204: None, (412, PROBLEM): OTHER_VERSION, (460, PROBLEM): WRONG_SUM},
        about=gettext_lazy("The bytes from Upload-Offset on, as many as you like. 409 says where to go on instead."),
        headers=[
            TUS,
            _header("Upload-Offset", OFFSET, int),
            _header("Upload-Checksum", gettext_lazy("sha256, a blank, and the hash in base64."), required=False),
            _told("Upload-Offset", OFFSET, 204, kind=int),
            _told("Upload-Expires", EXPIRES, 204),
        ],
    )
    def partial_update(self, request, key):
        one, start, check = self._one(key), _whole(request, "Upload-Offset"), _checksum(request)
        if request.content_type != PIECE:
            raise UnsupportedMediaType(request.content_type)
        if start != one.received:
            raise self._elsewhere(one)
        with SpooledTemporaryFile(storage.IN_MEMORY) as piece:
            _read(request, cast(IO[bytes], piece), one.size - start, check)
            try:
                one = uploads.add(one, cast(IO[bytes], piece), start=start, by=request.user, at=now())
            except uploads.OtherPlace:
                raise self._elsewhere(self._one(key)) from None
        response = self._answer(one, 204)
        response.data = None
        return response

    @operation(
        gettext_lazy("Drop a file on its way"),
        answers={204: None, (412, PROBLEM): OTHER_VERSION},
        headers=[TUS],
    )
    def destroy(self, request, key):
        uploads.drop(self._one(key), by=request.user, at=now())
        return Response(status=204)

    def _one(self, key) -> Incoming:
        one = Incoming.objects.open_to(self.request.user, now()).filter(key=key).first()
        if one is None:
            raise Http404
        return one

    def _answer(self, one: Incoming, code: int = 200) -> Response:
        response = self.answer(Incoming.objects.filter(pk=one.pk), IncomingRow, code)
        response["Upload-Offset"], response["Upload-Length"] = str(one.received), str(one.size)
        response["Upload-Expires"] = http_date(one.expires_at.timestamp())
        return response

    @staticmethod
    def _elsewhere(one: Incoming) -> Problem:
        return Problem(409, "other-offset", _("Go on at the byte that “received” says."), received=one.received)


def _read(request: Any, piece: IO[bytes], most: int, check: tuple[str, bytes] | None) -> None:
    """The body into `piece`, at most `most` bytes. What came before the connection was cut stays, unless a checksum
    tells of all of it."""
    digest = CHECKSUMS[check[0]](usedforsecurity=False) if check else None
    came = 0
    stream = request.stream  # none, where the request has no body
    try:
        while stream and (block := stream.read(BLOCK)):
            came += len(block)
            if came > most:
                raise Problem(413, "", _("These are more bytes than the file was to have. None was kept."))
            piece.write(block)
            if digest:
                digest.update(block)
    except UnreadablePostError:
        pass  # the connection was cut: what came is kept, and the sender goes on behind it
    if digest and check and digest.digest() != check[1]:
        raise Problem(460, "", _("The bytes are not those of Upload-Checksum. None was kept; send them again."))


def _whole(request: Any, name: str) -> int:
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise WrongQuery({name: [_("Give a whole number.")]})
    return int(text)


def _name(request: Any) -> str:
    """The name in Upload-Metadata: pairs by commas, a key, a blank and the value in base64."""
    try:
        pairs = [pair.split() for pair in request.headers.get("Upload-Metadata", "").split(",") if pair.strip()]
        told = {pair[0]: base64.b64decode(pair[1] if len(pair) > 1 else "", validate=True).decode() for pair in pairs}
    except (binascii.Error, ValueError):
        raise WrongQuery({"Upload-Metadata": [_("Give names and values in base64: filename cGxhbi5wZGY=")]}) from None
    name = told.get("filename", "")
    return "file" if "\0" in name or not name else name


def _checksum(request: Any) -> tuple[str, bytes] | None:
    if "Upload-Checksum" not in request.headers:
        return None
    algorithm, _blank, text = request.headers["Upload-Checksum"].partition(" ")
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        value = b""
    if algorithm not in CHECKSUMS or not value:
        known = {"known": ", ".join(CHECKSUMS)}
        raise WrongQuery({"Upload-Checksum": [_("Give one of %(known)s, a blank, and the hash in base64.") % known]})
    return algorithm, value
