"""Texts of cells as values, written as people in Bulgaria, Latvia and elsewhere write them.

Every function takes the text of one cell and raises ValueError with a message for people that says how to write it.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal

from django.utils.translation import gettext as _

from core.formats import parse_day

_DIGITS = re.compile(r"[+\-\u2212]?\d+(?:[.,]\d+)?")
_GROUPED = {  # thousands in threes, with the sign of the decimals after them
    ",": re.compile(r"([+\-\u2212]?\d{1,3}(?:[ .']\d{3})+)(?:,(\d+))?"),
    ".": re.compile(r"([+\-\u2212]?\d{1,3}(?:[ ,']\d{3})+)(?:\.(\d+))?"),
}
_MONEY = re.compile(r"^(?:€|eur|bgn|лв\.?|lv)\s*|\s*(?:€|eur|bgn|лв\.?|евро|eiro|h|ч\.?|%)$", re.IGNORECASE)
YES = frozenset({"yes", "y", "true", "1", "x", "✓", "да", "д", "jā", "ja", "j"})
NO = frozenset({"no", "n", "false", "0", "-", "не", "н", "nē", "ne"})


def day(text: str) -> date:
    """2026-03-16 · 16.03.2026 · 16.3.2026 г. · 16/03/2026 · 16 март 2026 · 2026. gada 16. marts; midnight may follow.

    The day comes before the month, except that a date with slashes which could also be read the American way, such as
    03/04/2026, is refused: nobody can tell which was meant.
    """
    plain = re.sub(r"[ T]00:00(:00)?$", "", text.strip())
    if found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})", plain):
        first, second = int(found[1]), int(found[2])
        if first != second and first <= 12 and second <= 12:
            choices = {"text": text, "one": f"{first}.{second}.{found[3]}", "two": f"{second}.{first}.{found[3]}"}
            raise ValueError(
                _("“%(text)s” can mean two days. Write it with dots, day first: %(one)s or %(two)s.") % choices
            )
        if second > 12 >= first:
            raise ValueError(
                _("“%(text)s” has the month before the day. Write the day first, with dots: %(one)s.")
                % {"text": text, "one": f"{second}.{first}.{found[3]}"}
            )
    return parse_day(plain)


def clock(text: str) -> time:
    """14:00 · 14.00 · 9:05:30 · 14h · 14.30 ч."""
    plain = re.sub(r"\s*(?:ч\.?|h|plkst\.?)$|^plkst\.?\s*", "", text.strip(), flags=re.IGNORECASE)
    found = re.fullmatch(r"(\d{1,2})(?:[:.](\d{2}))?(?:[:.](\d{2}))?", plain)
    if not found or int(found[1]) > 23 or int(found[2] or 0) > 59 or int(found[3] or 0) > 59:
        raise ValueError(_("Enter a time such as 14:00."))
    return time(int(found[1]), int(found[2] or 0), int(found[3] or 0))


def moment(text: str) -> datetime:
    """A day and a time in one cell, as it is on the wall: 2026-03-16 14:00 · 16.03.2026 г., 14:00."""
    parts = re.fullmatch(
        r"(.*?\d\.?(?:\s*г\.?)?)[,;]?[ T](?:plkst\.?\s*)?(\d{1,2}[:.]\d{2}(?::\d{2})?)\s*(?:ч\.?)?", text
    )
    if not parts:
        raise ValueError(_("Enter a date and a time such as 16.3.2026 14:00."))
    return datetime.combine(day(parts[1]), clock(parts[2]))


def number(text: str, decimal: str = "") -> Decimal:
    """1234.5 · 1234,5 · 1 234,50 · 1.234,50 · 1,234.50 · 12,5 € · 12,5 %; the unit is left out.

    `decimal` is the sign before the decimals in this file, a comma or a dot; without it a number such as 1,234 or
    1.234, in which the sign could also part the thousands, is refused.
    """
    plain = " ".join(text[:100].replace("\u2212", "-").split())
    plain = _MONEY.sub("", plain).strip()
    if _DIGITS.fullmatch(plain):
        sign = next((sign for sign in ",." if sign in plain), "")
        if not sign or decimal == sign or not re.fullmatch(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", plain):
            return Decimal(plain.replace(",", "."))
        if decimal:
            return Decimal(plain.replace(sign, ""))
        raise ValueError(
            _("“%(text)s” can mean %(one)s or %(two)s. Write it without a sign between thousands, or with decimals.")
            % {"text": text, "one": plain.replace(sign, ""), "two": plain.replace(sign, ".") + "0"}
        )
    signs = [decimal] if decimal else [",", "."]
    for sign in signs:
        if found := _GROUPED[sign].fullmatch(plain):
            return Decimal(re.sub(r"[ .,']", "", found[1]) + "." + (found[2] or "0"))
    raise ValueError(_("Enter a number such as 1234.50."))


def yes(text: str) -> bool:
    """Yes or no in three languages, or x, 1 and 0, true and false."""
    plain = text.strip().casefold()
    if plain in YES:
        return True
    if plain in NO:
        return False
    raise ValueError(_("Enter yes or no."))
