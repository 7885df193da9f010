"""Calendars as other programs read them: iCalendar (RFC 5545), with the names of calendars of RFC 7986."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LONGEST_LINE = 75  # octets, without the end of the line
READ_AGAIN = "PT1H"  # how often a reader should ask


@dataclass(frozen=True)
class Event:
    """One event. `starts` and `ends` are both moments, or both days (the last one is in it). The highest `sequence` of
    a `uid` is what holds, `revised` is when it came to be so."""

    uid: str
    title: str
    starts: date
    ends: date
    revised: datetime
    sequence: int
    cancelled: bool = False
    place: str = ""
    about: str = ""
    url: str = ""

    def lines(self) -> Iterable[str]:
        whole_day = not isinstance(self.starts, datetime)
        yield "BEGIN:VEVENT"
        yield f"UID:{self.uid}"
        yield f"DTSTAMP:{_moment(self.revised)}"
        yield f"SEQUENCE:{self.sequence}"
        if isinstance(self.starts, datetime) and isinstance(self.ends, datetime):
            yield f"DTSTART:{_moment(self.starts)}"
            yield f"DTEND:{_moment(self.ends)}"
        else:
            yield f"DTSTART;VALUE=DATE:{self.starts:%Y%m%d}"
            yield f"DTEND;VALUE=DATE:{self.ends + timedelta(days=1):%Y%m%d}"
        yield f"SUMMARY:{_text(self.title)}"
        for name, text in (("LOCATION", self.place), ("DESCRIPTION", self.about)):
            if text:
                yield f"{name}:{_text(text)}"
        if self.url:
            yield f"URL:{self.url}"
        yield f"STATUS:{'CANCELLED' if self.cancelled else 'CONFIRMED'}"
        yield f"TRANSP:{'TRANSPARENT' if whole_day or self.cancelled else 'OPAQUE'}"
        yield "END:VEVENT"


def calendar(name: str, events: Iterable[Event], *, maker: str, language: str) -> bytes:
    """A calendar of these events. Moments are in UTC, so that no time zone needs to be described."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//{_text(maker)}//{language.upper()}", "CALSCALE:GREGORIAN",
        f"NAME:{_text(name)}", f"X-WR-CALNAME:{_text(name)}", f"REFRESH-INTERVAL;VALUE=DURATION:{READ_AGAIN}",
        f"X-PUBLISHED-TTL:{READ_AGAIN}",
    ]  # fmt: skip
    for event in events:
        lines += event.lines()
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    """Text as a value: what has a meaning there is escaped, and signs that may not stand there are left out."""
    escaped = re.sub(r"([\\;,])", r"\\\1", words.replace("\r\n", "\n").replace("\r", "\n")).replace("\n", r"\n")
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", escaped)


def _folded(line: str) -> bytes:
    """A line in pieces of at most 75 octets that never cut a letter; each piece after the first begins with a space."""
    pieces, room = [b""], LONGEST_LINE
    for letter in line:
        octets = letter.encode()
        if len(pieces[-1]) + len(octets) > room:
            pieces.append(b"")
            room = LONGEST_LINE - 1
        pieces[-1] += octets
    return b"\r\n ".join(pieces) + b"\r\n"
