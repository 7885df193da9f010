"""Why a participant's data cannot be as they were given: one function, one reason; "" when nothing stands against."""

from __future__ import annotations

import hmac
from datetime import date

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from stdnum.bg import egn, pnf
from stdnum.exceptions import ValidationError as WrongNumber
from stdnum.lv import pvn

from beneficiaries.models import Counting, Participation
from core import formats


def missing(participation: Participation) -> list[str]:
    """What a record lacks to be counted in the indicators (reference 8.2, rule 6); expects `person` to be selected."""
    lacks = {
        _("gender"): not participation.person.gender,
        _("date of birth"): participation.person.born_on is None,
        _("situation on the day of entry"): not participation.labour_status,
        _("education"): participation.education is None,
    }
    return [what for what, is_missing in lacks.items() if is_missing]


def lacking(participation: Participation) -> list[str]:
    """Everything that keeps a record from being counted, in words; expects `with_counting()` and the person."""
    without_consent = participation.counting == Counting.NOT_COUNTED  # type: ignore[attr-defined]
    return missing(participation) + ([_("consent")] if without_consent else [])


def national_number(number: str, country: str, born_on: date | None) -> tuple[str, str]:
    """The number in its plain form, and why it is refused ("" when it is right).

    Bulgaria: EGN or the foreigner's number (LNCh). Latvia: personal code. An EGN and an old Latvian code hold the date
    of birth, which must be the one given.
    """
    try:
        match country:
            case "BG":
                try:
                    plain = egn.validate(number)
                except WrongNumber:
                    return pnf.validate(number), ""
                return plain, _other_birth_date(egn.get_birth_date(plain), born_on)
            case "LV":
                plain = pvn.validate(number)
                if plain[0] > "3":
                    return "", _("This is the number of a company. Enter the personal code of 11 digits.")
                holds_date = not plain.startswith("32")
                return plain, _other_birth_date(pvn.get_birth_date(plain), born_on) if holds_date else ""
    except WrongNumber:
        if country == "BG":
            return "", _("Check the number: an EGN or LNCh has 10 digits, and the last one does not fit.")
        return "", _("Check the number: a personal code has 11 digits, and the last one does not fit.")
    return "", _("Numbers of this country cannot be checked here. Leave the field empty.")


def _other_birth_date(told: date, born_on: date | None) -> str:
    if born_on is None or told == born_on:
        return ""
    return _("The number belongs to somebody with another date of birth. Check both.")


def birth_date_in(plain: str, country: str) -> date | None:
    """The date of birth that a checked national number holds, if it does."""
    try:
        if country == "BG":
            return egn.get_birth_date(plain) if egn.is_valid(plain) else None
        return pvn.get_birth_date(plain) if country == "LV" and plain[0] <= "3" and plain[:2] != "32" else None
    except WrongNumber:
        return None


def looks_like_national_number(text: str) -> bool:
    """Whether a text is a valid EGN, LNCh or Latvian personal code, which may not be kept."""
    if len(text) < 10:
        return False
    digits = "".join(c for c in text if c.isdecimal())
    return (len(digits) == 10 and egn.is_valid(digits)) or (
        len(digits) == 11 and digits[0] <= "3" and pvn.is_valid(digits)
    )


def number_hash(plain: str, country: str) -> str:
    """HMAC-SHA256 of a checked national number, with the portal's own key: the number itself is never stored."""
    key = settings.NATIONAL_NUMBER_KEY.encode()
    return hmac.digest(key, f"{country}:{plain}".encode(), "sha256").hex()


def birth_date(born_on: date | None, today: date) -> str:
    if born_on is None:
        return ""
    if born_on > today:
        return _("The date of birth lies in the future. Check the year.")
    if born_on.year < 1900:
        return _("Enter a date of birth after 1 January 1900.")
    return ""


def entry_date(entered_on: date, born_on: date | None, today: date) -> str:
    """An entry that has not happened yet, or happened before birth."""
    if entered_on > today:
        return _("The entry date lies in the future. Enter the participant on the day they come.")
    if born_on and entered_on <= born_on:
        words = {"born": formats.long_day(born_on, get_language() or "en")}
        return _("The entry date must lie after the date of birth, %(born)s.") % words
    return ""


def exit_date(left_on: date, entered_on: date, last_came_on: date | None, today: date) -> str:
    """An exit that has not happened yet, or happened before the stay began or while the participant still came."""
    language = get_language() or "en"
    if left_on > today:
        return _("The exit date lies in the future. Enter it when the participant has left.")
    if left_on < entered_on:
        words = {"entered": formats.long_day(entered_on, language)}
        return _("The exit date lies before the entry date, %(entered)s.") % words
    if last_came_on and left_on < last_came_on:
        words = {"day": formats.long_day(last_came_on, language)}
        return _("The participant was at a session on %(day)s. Enter that date or a later one.") % words
    return ""
