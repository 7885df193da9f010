"""Pages of private files as pictures, so that nobody opens what a stranger made to look at it. A page is drawn once, in
a process with limits (`core.reader.pictures`), and kept for a day in the store under the hash of the file."""

from __future__ import annotations

import hashlib
import logging
import select
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import storage
from core.access import Refused
from core.models import StoredFile
from core.reader.starting import started

logger = logging.getLogger(__name__)

LIMITS = {"memory": 600 << 20, "first_cpu": 5, "cpu": 5}
"""Bytes of address space and seconds of processor for one page."""
WAIT = 10.0  # seconds on the clock
LARGEST = 16 << 20  # bytes of a picture with its text
TURNS = (0, 90, 180, 270)

MESSAGES = {
    "password": gettext_lazy("This file is protected by a password, so its pages cannot be shown."),
    "damaged": gettext_lazy("This file is damaged: its pages cannot be drawn."),
    "empty": gettext_lazy("This file has no page."),
    "pixels": gettext_lazy("This picture is too large to be shown: %(pixels)s megapixels."),
    "memory": gettext_lazy("This page is too large to be drawn."),
    "time": gettext_lazy("This page took too long to draw. Try again in a moment."),
    "missing": gettext_lazy("The file is missing from the store. Please tell an administrator."),
    "page": gettext_lazy("This file has only %(pages)s pages."),
}


class NoPicture(Refused):
    """A page that cannot be shown. `code` names the reason, the message says it."""

    def __init__(self, code: str, **about: Any):
        super().__init__(_(str(MESSAGES[code])) % about if about else str(MESSAGES[code]))
        self.code = code


@dataclass(frozen=True)
class Picture:
    """One page: how many there are, its size in pixels, its words ("" for a scan) and the JPEG."""

    pages: int
    width: int
    height: int
    text: str
    jpeg: bytes


def of(file: StoredFile, page: int = 1, turn: int = 0) -> Picture:
    """A page of a PDF, JPEG or PNG, turned clockwise by 0, 90, 180 or 270 degrees. Raises NoPicture."""
    kept = f"pictures/{file.sha256}-{page}-{turn}"
    try:
        with default_storage.open(kept) as source:
            answer = source.read()
    except FileNotFoundError:
        answer = _drawn(file, page, turn)
        _keep(kept, answer)
    head, length = answer[:1], int.from_bytes(answer[1:5], "big")
    about = orjson.loads(answer[5 : 5 + length])
    if head == b"X":
        if because := about.pop("because", ""):
            logger.warning("File %s could not be drawn: %s", file.key, because)
        raise NoPicture(**about)
    return Picture(**about, jpeg=answer[5 + length :])


def of_document(document: bytes, page: int = 1) -> Picture:
    """A page of a PDF the portal has just made and keeps nowhere. Raises NoPicture."""
    passing = StoredFile(sha256=hashlib.sha256(document).hexdigest(), media_type="application/pdf")
    default_storage.save(passing.place, ContentFile(document))  # no row refers to it: the sweep takes it away
    return of(passing, page)


def _drawn(file: StoredFile, page: int, turn: int) -> bytes:
    """The answer of the process. Raises NoPicture for what another try may put right, which is not kept."""
    request = {"pdf": file.media_type == "application/pdf", "page": page, "turn": turn, "limits": LIMITS}
    try:
        with storage.on_disk(file) as path, started("pictures", request | {"path": str(path.resolve())}) as process:
            answer = _all_of(process, time.monotonic() + WAIT)
    except FileNotFoundError:
        raise NoPicture("missing") from None
    length = int.from_bytes(answer[1:5], "big")
    if len(answer) < 5 + length or answer[:1] not in (b"I", b"X") or (answer[:1] == b"I") != (len(answer) > 5 + length):
        raise NoPicture("memory")
    return answer


def _all_of(process: subprocess.Popen[bytes], end: float) -> bytes:
    assert process.stdout
    answer = bytearray()
    waiting = select.poll()
    waiting.register(process.stdout, select.POLLIN)
    while waiting.poll(max(0.0, end - time.monotonic()) * 1000):
        if not (piece := process.stdout.read(1 << 20)):
            return bytes(answer)
        answer += piece
        if len(answer) > LARGEST:
            raise NoPicture("memory")
    raise NoPicture("time")


def _keep(place: str, answer: bytes) -> None:
    """Put the answer where the next one finds it: whole, or not at all."""
    with suppress(OSError):  # a full disk does not keep anybody from looking
        default_storage.save(place, ContentFile(answer))
