"""Private files: the bytes lie under their SHA-256 below FILES_DIR, so a file is whole or absent and never changes."""

from __future__ import annotations

import hashlib
import os
import tempfile
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.http import FileResponse
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from core.access import Refused
from core.models import StoredFile

# What may be uploaded as evidence, by the first bytes of the file; the name of a file proves nothing.
SIGNATURES = {
    "application/pdf": (b"%PDF-",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
}


def put(chunks: Iterable[bytes], *, name: str, media_type: str, by, at) -> StoredFile:
    """Store bytes made by the portal itself and return their row. Raises Refused when there are none."""
    sha256, size = _write(chunks, limit=None)
    if size == 0:
        raise Refused(_("The file is empty."))
    return StoredFile.objects.create(
        sha256=sha256, size=size, name=name, media_type=media_type, stored_by=by, stored_at=at
    )


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
    sha256, size = _write(upload.chunks(), limit=settings.UPLOAD_LIMIT)
    return StoredFile.objects.create(
        sha256=sha256, size=size, name=plain_name(upload.name), media_type=media_type, stored_by=by, stored_at=at
    )


def plain_name(name: str) -> str:
    """A file name without path and control characters, at most 150 characters, its ending kept."""
    base = "".join(c for c in os.path.basename(name.replace("\\", "/")) if unicodedata.category(c)[0] != "C").strip()
    stem, ending = os.path.splitext(base or "file")
    return stem[: 150 - len(ending)] + ending[:20]


def _write(chunks: Iterable[bytes], limit: int | None) -> tuple[str, int]:
    """Write to a temporary file, then move it to its hash: half a file can never be read under a final name."""
    settings.FILES_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    handle, temporary = tempfile.mkstemp(dir=settings.FILES_DIR, prefix="new-")
    try:
        with os.fdopen(handle, "wb") as out:
            for chunk in chunks:
                size += len(chunk)
                if limit is not None and size > limit:
                    raise Refused(_("The file is too large: at most %(limit)s.") % {"limit": filesizeformat(limit)})
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        final = settings.FILES_DIR / digest.hexdigest()[:2] / digest.hexdigest()
        final.parent.mkdir(exist_ok=True, mode=0o700)
        os.replace(temporary, final)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return digest.hexdigest(), size


def answer(file: StoredFile, *, inline: bool = False) -> FileResponse:
    """The response that hands a file out: as a download, never run by the browser."""
    response = FileResponse(file.path.open("rb"), as_attachment=not inline, filename=file.name)
    response["Content-Type"] = file.media_type
    response["Content-Length"] = str(file.size)
    response["ETag"] = f'"{file.sha256}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def sweep(before) -> int:
    """Remove bytes that no row refers to and that are older than `before`; returns how many files went. The pictures of
    pages (`core.pictures`) are such bytes: they go, and are drawn again for who looks."""
    gone = 0
    for path in settings.FILES_DIR.glob("*/*"):
        old = path.stat().st_mtime < before.timestamp()
        if old and not StoredFile.objects.filter(sha256=path.name).exists():
            path.unlink(missing_ok=True)
            gone += 1
    for path in settings.FILES_DIR.glob("new-*"):
        if path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
            gone += 1
    return gone
