"""What stands at the beginning of every file made from a snapshot: its period, the moment of its data, its seal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import override

from core import formats, sealing
from reports import snapshot as snapshots
from reports.catalogue import Asks
from reports.tables import subject_of


@dataclass(frozen=True)
class Cover:
    """In the language of the report: the period and the moment of the figures; where the seal is checked."""

    period: str
    data_at: str
    code: str
    sha256: str
    verify_url: str


def cover(taken: dict[str, Any]) -> Cover:
    """The cover of a snapshot."""
    language, period = taken["language"], taken["period"]
    sha256 = snapshots.digest(taken)
    code = snapshots.check_code(sha256)
    moment, zone = datetime.fromisoformat(taken["data_at"]), ZoneInfo(subject_of(taken)["time_zone"])
    first, last = date.fromisoformat(period["from"]), date.fromisoformat(taken.get("data_to") or period["to"])
    return Cover(
        period=spoken(first, last, taken.get("asks", Asks.PERIOD), language),
        data_at=formats.moment(moment, language, zone, zone=True),
        code=code,
        sha256=sha256,
        verify_url=sealing.verify_url(taken["site"], language, code),
    )


def spoken(first: date, last: date, asks: str, language: str) -> str:
    """What a report speaks of: a period, everything up to a day, or a school year."""
    if asks == Asks.DAY:
        with override(language):
            return _("up to %(day)s") % {"day": formats.day(last, language)}
    if asks == Asks.SCHOOL_YEAR:
        return f"{first.year}/{last.year}"
    return formats.period(first, last, language)
