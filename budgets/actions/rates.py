"""Accounting rates are loaded, and a document in another currency is taken at the rate of its month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from budgets.models import Rate
from core import audit, formats
from core.access import Refused
from projects.models import Currency


def rate_for(currency: str, day: date) -> Rate | None:
    """The rate for a document reported on a day; None for euro and lev. Raises Refused, naming month and currency, for
    a rate that is not loaded."""
    if currency in Currency.values:
        return None
    found = Rate.objects.of_day(currency, day)
    if found is None:
        words = {"currency": currency[:3], "month": formats.month(day, get_language() or "en")}
        text = _("There is no rate from %(currency)s to euro for %(month)s. Ask an administrator to load it.") % words
        raise Refused({"currency": [text]})
    return found


@transaction.atomic
def load_rates(rows: Iterable[Mapping[str, str]], *, by, at: datetime) -> tuple[int, int]:
    """Take in rates as rows of texts: month (2026-03), currency, rate, source. Returns how many are new and how many
    stood there already.

    All or none: raises Refused with every line that is wrong, or says something else than the portal does. A rate that
    was published does not change; a slip is corrected in the back office, and no cost is taken anew.
    """
    new, same, wrong = 0, 0, []
    for number, row in enumerate(rows, start=2):
        try:
            made = _read(row)
            known = Rate.objects.of_day(made.currency, made.month)
            if known is None:
                made.full_clean()
                made.save()
                new += 1
            elif known.rate == made.rate:
                same += 1
            else:
                wrong.append(
                    _("Line %(n)s: %(row)s stands in the portal as %(known)s.")
                    % {"n": number, "row": made, "known": known.rate.normalize()}
                )
        except ValidationError as error:
            wrong += [f"{_('Line %(n)s') % {'n': number}}: {text}" for text in error.messages]
    if wrong:
        raise Refused(wrong)
    if new:
        audit.record("rates.loaded", Rate(), by=by, at=at, key="rates", after={"new": new, "same": same})
    return new, same


def _read(row: Mapping[str, str]) -> Rate:
    texts = {name: (row.get(name) or "").strip() for name in ("month", "currency", "rate", "source")}
    try:
        month = date.fromisoformat(f"{texts['month']}-01" if len(texts["month"]) == 7 else texts["month"])
    except ValueError:
        raise ValidationError(_("Write the month as 2026-03.")) from None
    try:
        rate = Decimal(texts["rate"])
    except InvalidOperation:
        raise ValidationError(_("Write the rate with a point, such as 4.9775.")) from None
    if not rate.is_finite():
        raise ValidationError(_("Write the rate with a point, such as 4.9775."))
    return Rate(month=month, currency=texts["currency"].upper(), rate=rate, source=texts["source"])
