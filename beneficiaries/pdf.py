"""Papers that are printed and signed: the blank attendance list of a session, forms of consent, certificates."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import segno
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import override

from activities.models import Session
from beneficiaries.figures import Hours
from beneficiaries.models import Notice, Participation
from core import pdf
from core.models.texts import said
from core.sealing import verify_url
from projects.models import Project

LONG_NOTICE = 2200  # characters of a notice that is set smaller, to stay on one page
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


def consent_forms(
    project: Project, people: list[tuple[Participation, str, str]], notice: Notice, language: str
) -> bytes:
    """A page to sign for each participant (with the name or code, and the groups) under the EU lock-up, all in one
    language: the notice in this version and, where the programme counts with consent only, the consent."""
    page = {
        "project": project, "people": people, "notice": notice, "language": language,
        "long": len(said(notice.text, language, project.programme.language)[0]) > LONG_NOTICE,
        "lockup": pdf.lockup(project.programme.statement, language),
    }  # fmt: skip
    with override(language):
        document = render_to_string("pdf/consent.html", page)
    return pdf.write(document, hashlib.sha256(document.encode()).digest()[:16], "pdf-list.css")


@dataclass(frozen=True)
class Certified:
    """What is certified to a participant: the hours by activity, under a check code."""

    code: str
    hours: list[Hours]

    @property
    def sessions(self) -> int:
        return sum(one.sessions for one in self.hours)

    @property
    def total(self) -> Decimal:
        return sum((one.hours for one in self.hours), Decimal(0))


def certificates(
    project: Project, people: list[tuple[Participation, str, Certified]], day: date, language: str
) -> bytes:
    """A page for each participant (with the name and what is certified) under the EU lock-up: the days in the project,
    what was attended for how long, room for signature and stamp, and the code by which anyone may check it. `day` is
    the day of issue."""
    page = {
        "project": project, "day": day, "language": language,
        "people": [
            {"row": row, "name": name, "certified": certified, "stays": row.stays.all(), "url": url, "qr": pdf.qr(url)}
            for row, name, certified in people
            if (url := verify_url(settings.SITE_URL, language, certified.code))
        ],
        "lockup": pdf.lockup(project.programme.statement, language),
    }  # fmt: skip
    with override(language):
        document = render_to_string("pdf/certificate.html", page)
    return pdf.write(document, hashlib.sha256(document.encode()).digest()[:16], "pdf-list.css")


def code(session: Session) -> str:
    """The session code on paper: the last twelve characters of its key in fours, short enough to be typed."""
    text = session.key.hex[-12:].upper()
    return "-".join(text[i : i + 4] for i in (0, 4, 8))
