"""How amounts, days and numbers are written in each language, and how days are read and names are sorted.

Pure functions with the language as an argument, because a report may be in another language than the screen. A
regional code such as en-gb counts as en; a language without a style of its own is written like English. What is not
known (None) is written as a dash. Spaces inside an amount or a short date do not break.
"""

import calendar
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from decimal import Decimal

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.money import cents, to_bgn, to_eur

UNKNOWN = "—"
MINUS = "\u2212"
NBSP = "\u00a0"

Number = Decimal | int | str
"""A number; as text it is the machine form of a snapshot or of JSON, such as "358083.27"."""


@dataclass(frozen=True)
class _Style:
    thousands: str
    point: str
    months: tuple[str, ...]
    since: str
    until: str
    hour: str


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_STYLES = {
    "en": _Style(
        thousands=",",
        point=".",
        months=_words("January February March April May June July August September October November December"),
        since="from",
        until="until",
        hour="h",
    ),
    "bg": _Style(
        thousands=NBSP,
        point=",",
        months=_words("януари февруари март април май юни юли август септември октомври ноември декември"),
        since="от",
        until="до",
        hour="ч.",
    ),
    "lv": _Style(
        thousands=NBSP,
        point=",",
        months=_words(
            "janvāris februāris marts aprīlis maijs jūnijs jūlijs augusts septembris oktobris novembris decembris"
        ),
        since="no",
        until="līdz",
        hour="h",
    ),
}


def _code(language: str) -> str:
    code = re.split("[-_]", language.lower())[0]
    return code if code in _STYLES else "en"


# Numbers.


def number(value: Number | None, language: str) -> str:
    """A number with the decimals it was given with: 1,234.50 · 1 234,50."""
    if value is None:
        return UNKNOWN
    value = _decimal(value)
    style = _STYLES[_code(language)]
    digits = f"{abs(value):,f}".translate({ord(","): style.thousands, ord("."): style.point})
    return MINUS + digits if value < 0 else digits


def count(value: int | None, language: str) -> str:
    """A whole number: 1,234 · 1 234."""
    return number(value, language)


def money(amount: Number | None, language: str, currency: str = "EUR") -> str:
    """An amount in `currency` (ISO 4217) with its mark: €358,083.27 · 358 083,27 € · 358 083,27 EUR."""
    if amount is None:
        return UNKNOWN
    amount = cents(_decimal(amount))
    digits = number(abs(amount), language)
    code = _code(language)
    if code == "en":
        written = f"€{digits}" if currency == "EUR" else f"{currency}{NBSP}{digits}"
    else:
        mark = {"EUR": "€", "BGN": "лв."}.get(currency, currency) if code == "bg" else currency
        written = f"{digits}{NBSP}{mark}"
    return MINUS + written if amount < 0 else written


def both(amount: Number | None, language: str, currency: str = "EUR") -> str:
    """An amount in euro or lev in both, the euro first: 197 692,54 € (386 653,00 лв.); by the fixed rate."""
    if amount is None:
        return UNKNOWN
    known = _decimal(amount)
    euro, lev = (to_eur(known, "BGN"), known) if currency == "BGN" else (known, to_bgn(known))
    return f"{money(euro, language)} ({money(lev, language, 'BGN')})"


def shows_both(day: date, country: str) -> bool:
    """Whether amounts of this country are shown in euro and lev on a day (setting DUAL_DISPLAY)."""
    first, last = settings.DUAL_DISPLAY.get(country, (date.max, date.min))
    return first <= day <= last


def percent(value: Number | None, language: str) -> str:
    """A number of per cent, with the decimals it was given with: 27% · 27 %."""
    if value is None:
        return UNKNOWN
    return number(value, language) + ("%" if _code(language) == "en" else f"{NBSP}%")


def hours(value: Number | None, language: str) -> str:
    """Hours without needless zeros: 1.5 h · 1,5 ч."""
    if value is None:
        return UNKNOWN
    digits = f"{_decimal(value):f}"
    short = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return f"{number(short, language)}{NBSP}{_STYLES[_code(language)].hour}"


def _decimal(value: Number) -> Decimal:
    if isinstance(value, float):
        raise TypeError("Numbers are Decimal or int here, never float.")
    value = Decimal(value)
    if not value.is_finite():
        raise ValueError("A number that is shown must be finite.")
    return value


# Days and moments.


def day(value: date | None, language: str) -> str:
    """A day in tables: 9 Dec 2025 · 09.12.2025 г. · 09.12.2025."""
    if value is None:
        return UNKNOWN
    match _code(language):
        case "bg":
            return f"{value:%d.%m}.{value.year:04}{NBSP}г."
        case "lv":
            return f"{value:%d.%m}.{value.year:04}."
        case _:
            return f"{value.day}{NBSP}{_month_name(value, 'en')[:3]}{NBSP}{value.year}"


def long_day(value: date | None, language: str) -> str:
    """A day in sentences: 9 December 2025 · 9 декември 2025 г. · 2025. gada 9. decembris."""
    if value is None:
        return UNKNOWN
    name = _month_name(value, language)
    match _code(language):
        case "bg":
            return f"{value.day}{NBSP}{name} {value.year}{NBSP}г."
        case "lv":
            return f"{value.year}.{NBSP}gada {value.day}.{NBSP}{name}"
        case _:
            return f"{value.day}{NBSP}{name} {value.year}"


def month(value: date | None, language: str) -> str:
    """The month of a day: December 2025 · декември 2025 г. · 2025. gada decembris."""
    if value is None:
        return UNKNOWN
    name = _month_name(value, language)
    match _code(language):
        case "bg":
            return f"{name} {value.year}{NBSP}г."
        case "lv":
            return f"{value.year}.{NBSP}gada {name}"
        case _:
            return f"{name} {value.year}"


def short_month(value: date, language: str) -> str:
    """The month of a day on an axis: Dec 2025 · 12.2025."""
    if _code(language) == "en":
        return f"{_month_name(value, 'en')[:3]}{NBSP}{value.year}"
    return f"{value.month:02}.{value.year}"


def clock(value: time | datetime | None, language: str) -> str:
    """A time of day as it is on the wall: 14:32 · 14.32 (Latvian)."""
    if value is None:
        return UNKNOWN
    return f"{value.hour:02}.{value.minute:02}" if _code(language) == "lv" else f"{value.hour:02}:{value.minute:02}"


def moment(value: datetime | None, language: str, tz: tzinfo, *, zone: bool = False) -> str:
    """A moment as seen in `tz`: 9 Dec 2025, 14:32 · 09.12.2025. plkst. 14.32.

    `zone` adds the name of the time zone, for files that leave the portal. A moment without a time zone of its own
    raises ValueError.
    """
    if value is None:
        return UNKNOWN
    if value.tzinfo is None:
        raise ValueError("A moment needs a time zone.")
    local = value.astimezone(tz)
    between = f" plkst.{NBSP}" if _code(language) == "lv" else ", "
    return f"{day(local, language)}{between}{clock(local, language)}" + (f" ({tz})" if zone else "")


def period(first: date | None, last: date | None, language: str) -> str:
    """From one day to another, both included; an open end is said in words."""
    style = _STYLES[_code(language)]
    if first and last:
        return day(first, language) if first == last else f"{day(first, language)} – {day(last, language)}"
    if first:
        return f"{style.since} {day(first, language)}"
    if last:
        return f"{style.until} {day(last, language)}"
    return UNKNOWN


def _month_name(value: date, language: str) -> str:
    return _STYLES[_code(language)].months[value.month - 1]


# Days as people type them.

_FORMS = [
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})",
        r"(?P<day>\d{1,2}) ?(?P<sign>[./-]) ?(?P<month>\d{1,2}) ?(?P=sign) ?(?P<year>\d{4}|\d{2})\.?(?: ?г\.?)?",
        r"(?P<day>\d{1,2})\.? (?P<name>[^\s\d.,]{3,})\.?,? (?P<year>\d{4})\.?(?: ?г\.?)?",
        r"(?P<year>\d{4})\.? ?(?:gada|g\.) (?P<day>\d{1,2})\. ?(?P<name>[^\s\d.,]{3,})\.?",
    )
]
FIRST_YEAR, LAST_YEAR = 1900, 2100


def parse_day(text: str) -> date:
    """The day somebody typed: 9.12.25, 09/12/2025, 2025-12-09, 09.12.2025 г., 9 December 2025, 2025. gada 9. decembris.

    The day always comes before the month. Two digits of a year mean 1950 to 2049. Raises ValueError with a message
    for people that says how to write it.
    """
    plain = " ".join(text.split()).casefold()
    found = next((match for form in _FORMS if (match := form.fullmatch(plain))), None)
    parts = found.groupdict() if found else {}
    number_of_month = _month_number(parts["name"]) if "name" in parts else int(parts.get("month") or 0)
    if not found or number_of_month is None:
        raise ValueError(_("Enter a date such as 9.12.2025 or 2025-12-09."))
    if not 1 <= number_of_month <= 12:
        raise ValueError(_("A year has 12 months. Enter the day first, then the month, such as 9.12.2025."))
    year = int(parts["year"])
    if len(parts["year"]) == 2:
        year += 2000 if year < 50 else 1900
    if not FIRST_YEAR <= year <= LAST_YEAR:
        limits = {"year": year, "first": FIRST_YEAR, "last": LAST_YEAR}
        raise ValueError(_("Check the year %(year)s: it must be from %(first)s to %(last)s.") % limits)
    last = calendar.monthrange(year, number_of_month)[1]
    if not 1 <= int(parts["day"]) <= last:
        which = {"month": month(date(year, number_of_month, 1), get_language() or "en"), "last": last}
        raise ValueError(_("Check the day: %(month)s has the days 1 to %(last)s.") % which)
    return date(year, number_of_month, int(parts["day"]))


def _month_number(name: str) -> int | None:
    """The month whose name begins so in one of our languages, unless the beginning fits several."""
    fits = {
        place
        for style in _STYLES.values()
        for place, whole in enumerate(style.months, start=1)
        if whole.casefold().startswith(name)
    }
    return fits.pop() if len(fits) == 1 else None


# Sorting names.

# One group a letter, in alphabetical order; signs in one group differ only when all else is equal.
_LATIN = "a b c d e f g h i j k l m n o p q r s t u v w x y z"
_LATVIAN = "aā b c č d eē f g ģ h iīy j k ķ l ļ m n ņ oō p q r ŗ s š t uū v w x z ž"
_CYRILLIC = "а б в г д её ж з иѝ й к л м н о п р с т у ф х ц ч ш щ ъ ы ь э ю я"
_ALPHABETS = {"bg": (_CYRILLIC, _LATIN), "lv": (_LATVIAN, _CYRILLIC), "en": (_LATIN, _CYRILLIC)}
_PLACES = {
    code: {
        sign: (1000 * rank + place, nuance)
        for rank, alphabet in enumerate(alphabets, start=1)
        for place, group in enumerate(alphabet.split())
        for nuance, sign in enumerate(group)
    }
    for code, alphabets in _ALPHABETS.items()
}
_QUOTES = frozenset("\"'„“”‚‘’«»‹›")
_SPACE, _SIGN, _FIGURE, _LETTER = range(4)

SortKey = tuple[tuple[tuple[int, int], ...], tuple[int, ...], str]


def sort_key(text: str, language: str) -> SortKey:
    """The key for `sorted(…, key=…)` in the alphabet of `language`, without case.

    Latvian: č, ģ, ķ, ļ, ņ, š and ž are letters after their plain ones, ā, ē, ī and ū only break ties. Bulgarian:
    Cyrillic before Latin. Numbers sort by value (2. СУ before 32. СУ), quotation marks do not count.
    """
    elements = list(_elements(" ".join(text.split()), _PLACES[_code(language)]))
    return tuple((kind, place) for kind, place, _nuance in elements), tuple(e[2] for e in elements), text


def _elements(text: str, places: dict[str, tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """(kind, place, nuance) of each letter, number or sign."""
    for piece in re.findall(r"[0-9]{1,18}|.", unicodedata.normalize("NFC", text.casefold())):
        if piece[0] in "0123456789":
            yield _FIGURE, int(piece), len(piece)
        elif piece in places:
            yield _LETTER, *places[piece]
        elif piece in _QUOTES:
            continue
        elif piece.isspace():
            yield _SPACE, 0, 0
        else:
            base, *marks = list(unicodedata.normalize("NFD", piece))
            place, _nuance = places.get(base, (10_000 + ord(base), 0))
            yield (_LETTER if base.isalpha() else _SIGN), place, sum(map(ord, marks))
