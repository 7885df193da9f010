"""Files that come in by pieces: begun, continued where the connection broke, and taken by the request that names them.

Nothing of them is evidence yet: what a page's upload must pass, they pass when a request takes them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from core import audit, storage
from core.access import Refused
from core.models import Incoming, User

KEPT = timedelta(hours=23)  # after their beginning; bytes without a row are swept when they are a day old
MOST = 100  # files of one person on their way
MOST_PIECES = 1000  # of one file


class OtherPlace(Refused):
    """A piece that does not begin where the file ends."""


@transaction.atomic
def begin(*, name: str, size: int, by, at: datetime) -> Incoming:
    """Begin a file of `size` bytes. Raises Refused when it is empty or too large, or `by` has too much on its way."""
    if not 0 < size <= settings.UPLOAD_LIMIT:
        raise Refused(
            _("A file has at least one byte and at most %(limit)s.") % {"limit": filesizeformat(settings.UPLOAD_LIMIT)}
        )
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    sizes = list(Incoming.objects.open_to(by, at).values_list("size", flat=True))
    if len(sizes) >= MOST or sum(sizes) + size > settings.INCOMING_LIMIT:
        raise Refused(_("You have too many files on their way. Use them, drop them, or wait until the oldest expires."))
    one = Incoming.objects.create(user=by, name=storage.plain_name(name), size=size, begun_at=at, expires_at=at + KEPT)
    audit.record("upload.begun", one, by=by, at=at, after={"size": size})
    return one


@transaction.atomic
def add(one: Incoming, piece: IO[bytes], *, start: int, by, at: datetime) -> Incoming:
    """Add the bytes of `piece`, which begin at byte `start`; the last one makes the file whole, and its hash is told.

    Raises OtherPlace when the file does not end there, Refused for too many pieces."""
    one = Incoming.objects.select_for_update().get(pk=one.pk)
    size = piece.seek(0, 2)
    piece.seek(0)
    if start != one.received or start + size > one.size:
        raise OtherPlace(
            _("The file has %(received)s of %(size)s bytes. Go on there.")
            % {"received": one.received, "size": one.size}
        )
    if size == 0:
        return one
    if len(one.starts) >= MOST_PIECES:
        raise Refused(_("This file came in too many pieces. Begin again and send larger ones."))
    default_storage.save(one.place_at(start), File(piece, one.place_at(start)))
    one.starts.append(start)
    one.received += size
    if one.is_whole:
        digest = hashlib.sha256()
        for block in _blocks(one):
            digest.update(block)
        one.sha256 = digest.hexdigest()
        audit.record("upload.received", one, by=by, at=at, after={"size": one.size, "sha256": one.sha256})
    one.save(update_fields=["starts", "received", "sha256"])
    return one


@transaction.atomic
def drop(one: Incoming, *, by, at: datetime) -> None:
    """Forget a file on its way and its bytes."""
    audit.record("upload.dropped", one, by=by, at=at, before={"size": one.size})
    _forget(one)


@transaction.atomic
def forget_expired(at: datetime) -> int:
    """Forget what was not taken in time; returns how many files."""
    old = list(Incoming.objects.select_for_update(skip_locked=True).filter(expires_at__lte=at))
    for one in old:
        _forget(one)
    return len(old)


def _forget(one: Incoming) -> None:
    places = one.places
    one.delete()

    def delete() -> None:
        for place in places:
            default_storage.delete(place)

    transaction.on_commit(delete, robust=True)


def taken(one: Incoming) -> UploadedFile:
    """The whole file, as a form would hand it over. Raises Refused when parts of it are still to come."""
    if not one.is_whole:
        raise Refused(
            _("The file has %(received)s of %(size)s bytes. Send the rest first.")
            % {"received": one.received, "size": one.size}
        )
    whole: Any = SpooledTemporaryFile(storage.IN_MEMORY)  # noqa: SIM115 - lives as long as the request
    for block in _blocks(one):
        whole.write(block)
    whole.seek(0)
    return UploadedFile(whole, one.name, "application/octet-stream", one.size)


def _blocks(one: Incoming) -> Iterator[bytes]:
    for place in one.places:
        with default_storage.open(place) as piece:
            yield from piece.chunks()
