"""The blank attendance list of a session: printed, signed, photographed and attached to the session again."""

from __future__ import annotations

import hashlib

import segno
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import override

from activities.models import Session
from core import pdf

EMPTY_LINES = 4  # for those who come without being on the list


def attendance_list(session: Session, names: list[str], language: str, address: str) -> bytes:
    """Names (or codes) with a place to sign each, under the EU lock-up; code and `address` lead back to it."""
    page = {
        "session": session,
        "project": session.project,
        "names": names,
        "empty": range(len(names) + 1, len(names) + 1 + EMPTY_LINES),
        "language": language,
        "lockup": pdf.lockup(session.project.programme.statement, language),
        "qr": mark_safe(segno.make(address, error="m", micro=False).svg_inline(scale=2, border=0, omitsize=True)),
        "code": code(session),
    }
    with override(language):
        document = render_to_string("pdf/attendance.html", page)
    return pdf.write(document, hashlib.sha256(document.encode()).digest()[:16], "pdf-list.css")


def code(session: Session) -> str:
    """The session code on paper: the last twelve characters of its key in fours, short enough to be typed."""
    text = session.key.hex[-12:].upper()
    return "-".join(text[i : i + 4] for i in (0, 4, 8))
