"""What stands at the beginning of every file made from a snapshot: its period, the moment of its data, its seal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from core import formats, sealing
from reports import snapshot as snapshots


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
    moment, zone = datetime.fromisoformat(taken["data_at"]), ZoneInfo(taken["project"]["time_zone"])
    return Cover(
        period=formats.period(date.fromisoformat(period["from"]), date.fromisoformat(period["to"]), language),
        data_at=formats.moment(moment, language, zone, zone=True),
        code=code,
        sha256=sha256,
        verify_url=sealing.verify_url(taken["site"], language, code),
    )
