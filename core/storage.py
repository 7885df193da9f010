"""Private files: the bytes lie under their SHA-256, so a file is whole or absent and never changes. Where they lie is
Django's default storage: a folder of this machine, or an S3-compatible store that all machines of the portal share."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import batched
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection, transaction
from django.http import FileResponse
from django.template.defaultfilters import filesizeformat
from django.utils.timezone import now
from django.utils.translation import gettext as _

from core.access import Refused
from core.models import StoredFile

# What may be uploaded as evidence, by the first bytes of the file; the name of a file proves nothing.
SIGNATURES = {
    "application/pdf": (b"%PDF-",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
}


IN_MEMORY = 8 << 20  # bytes of a file on its way to the store; a larger one is written to a passing file


class Folder(FileSystemStorage):
    """A folder of this machine, FILES_DIR: a file is written beside its place and moved there whole."""

    def path(self, name: str) -> str:
        return str(settings.FILES_DIR / name)

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name  # the same name again holds the same bytes

    def _save(self, name: str, content: File[Any]) -> str:
        final = Path(self.path(name))
        for folder in (settings.FILES_DIR, final.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=settings.FILES_DIR, prefix="new-")
        try:
            with os.fdopen(handle, "wb") as out:
                shutil.copyfileobj(content, out)
                out.flush()
                os.fsync(out.fileno())
            os.replace(temporary, final)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        return name


def put(chunks: Iterable[bytes], *, name: str, media_type: str, by, at) -> StoredFile:
    """Store bytes made by the portal itself and return their row. Raises Refused when there are none."""
    return _put(chunks, None, name=name, media_type=media_type, by=by, at=at)


def put_upload(upload, *, by, at) -> StoredFile:
    """Store a file somebody sent. Raises Refused, saying how to fix it, when it is empty, too large or of another kind
    than PDF, JPEG or PNG."""
    if upload.size == 0:
        raise Refused(_("The file “%(name)s” is empty. Choose the file again.") % {"name": upload.name})
    if upload.size > settings.UPLOAD_LIMIT:
        raise Refused(
            _("The file “%(name)s” is too large: %(size)s. At most %(limit)s; scan with fewer dots per inch.")
            % {
                "name": upload.name,
                "size": filesizeformat(upload.size),
                "limit": filesizeformat(settings.UPLOAD_LIMIT),
            }
        )
    head = upload.read(16)
    upload.seek(0)
    media_type = next((kind for kind, starts in SIGNATURES.items() if head.startswith(starts)), None)
    if media_type is None:
        raise Refused(
            _("The file “%(name)s” is not a PDF, JPEG or PNG. Save or scan it as one of these.") % {"name": upload.name}
        )
    name = plain_name(upload.name)
    return _put(upload.chunks(), settings.UPLOAD_LIMIT, name=name, media_type=media_type, by=by, at=at)


def plain_name(name: str) -> str:
    """A file name without path and control characters, at most 150 characters, its ending kept."""
    base = "".join(c for c in os.path.basename(name.replace("\\", "/")) if unicodedata.category(c)[0] != "C").strip()
    stem, ending = os.path.splitext(base or "file")
    return stem[: 150 - len(ending)] + ending[:20]


@transaction.atomic
def _put(chunks: Iterable[bytes], limit: int | None, *, name: str, media_type: str, by, at) -> StoredFile:
    digest, size = hashlib.sha256(), 0
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as passing:
        for chunk in chunks:
            size += len(chunk)
            if limit is not None and size > limit:
                raise Refused(_("The file is too large: at most %(limit)s.") % {"limit": filesizeformat(limit)})
            digest.update(chunk)
            passing.write(chunk)
        if size == 0:
            raise Refused(_("The file is empty."))
        passing.seek(0)
        stored = StoredFile(
            sha256=digest.hexdigest(), size=size, name=name, media_type=media_type, stored_by=by, stored_at=at
        )
        _lock(stored.sha256, "pg_advisory_xact_lock_shared")
        default_storage.save(stored.place, File(passing, stored.place))
    stored.save()
    return stored


@transaction.atomic
def put_back(file: StoredFile, content: bytes) -> None:
    """Store the bytes of a file that was put away again. Raises ValueError for other bytes."""
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise ValueError(f"these are not the bytes of {file.key}")
    _lock(file.sha256, "pg_advisory_xact_lock_shared")
    default_storage.save(file.place, ContentFile(content))
    StoredFile.objects.filter(pk=file.pk).update(put_away_at=None)


def _lock(sha256: str, how: str) -> bool:
    """Until the transaction ends: bytes that are being stored are not swept away before their row is seen."""
    with connection.cursor() as cursor:
        number = int.from_bytes(bytes.fromhex(sha256)[:8], signed=True)
        cursor.execute(f"SELECT {how}(%s)", [number])
        return cursor.fetchone()[0] is not False


def opened(file: StoredFile) -> File[Any]:
    """The bytes of a file, to be read. Raises FileNotFoundError when they are gone."""
    return default_storage.open(file.place)


@contextmanager
def on_disk(file: StoredFile) -> Iterator[Path]:
    """The bytes as a file of this machine, for readers that need a path: in their place, or as a passing copy of what
    lies in a shared store. Raises FileNotFoundError when they are gone."""
    try:
        place = default_storage.path(file.place)
    except NotImplementedError:  # no store of this machine
        place = ""
    with opened(file) as source, tempfile.NamedTemporaryFile() as copy:
        if not place:
            shutil.copyfileobj(source, copy)
            copy.flush()
        yield Path(place or copy.name)


def answer(file: StoredFile, *, inline: bool = False) -> FileResponse:
    """The response that hands a file out: as a download, never run by the browser."""
    response = FileResponse(opened(file), as_attachment=not inline, filename=file.name)
    response["Content-Type"] = file.media_type
    response["Content-Length"] = str(file.size)
    response["ETag"] = f'"{file.sha256}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def forget(file: StoredFile) -> None:
    """Drop a stored file for good: its row now, its bytes with the transaction, unless another row has the same."""
    file.delete()
    transaction.on_commit(lambda: _gone(file.place, now()), robust=True)


def sweep(before: datetime) -> int:
    """Remove bytes that no row refers to, or only rows of files put away, and that are older than `before`; returns how
    many files went. The pictures of pages (`core.pictures`) are such bytes: they are drawn again for who looks."""
    try:
        folders, loose = default_storage.listdir("")
    except FileNotFoundError:  # nothing was ever stored
        return 0
    gone = sum(_gone(name, before) for name in loose if name.startswith("new-"))
    for folder in folders:
        for names in batched(default_storage.listdir(folder)[1], 1000):
            kept = set(StoredFile.objects.there().filter(sha256__in=names).values_list("sha256", flat=True))
            gone += sum(_gone(f"{folder}/{name}", before) for name in names if name not in kept)
    return gone


@transaction.atomic
def _gone(place: str, before: datetime) -> bool:
    """Remove one file, if it is old enough and nobody stores the same bytes just now."""
    sha256 = place.partition("/")[2]
    named_by_hash = len(sha256) == 64
    with suppress(FileNotFoundError):  # somebody else swept
        if default_storage.get_modified_time(place) >= before:
            return False
        if named_by_hash and not _lock(sha256, "pg_try_advisory_xact_lock"):
            return False
        if named_by_hash and StoredFile.objects.there().filter(sha256=sha256).exists():
            return False
        default_storage.delete(place)
        return True
    return False
