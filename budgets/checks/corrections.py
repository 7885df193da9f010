"""Which irregularities are reported to the Commission, and until when (Regulation (EU) 2021/1060, Annex XII)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings

from budgets.models import Correction

Kind, FoundBy, State = Correction.Kind, Correction.FoundBy, Correction.State


def is_reported(correction: Correction, funds: Decimal, *, paid: bool) -> bool:
    """Whether a case is reported. `funds` is the contribution of the Funds it touches, in euro; `paid` says whether
    anything of it was paid before it was found.

    Fraud and its suspicion always; an irregularity from the threshold of the settings, but not where the beneficiary is
    only insolvent, told of it by itself before it was found, or where it was found before the payment.
    """
    if correction.state == State.DROPPED or correction.kind == Kind.NONE:
        return False
    if correction.kind in (Kind.SUSPECTED, Kind.FRAUD):
        return True
    excepted = correction.insolvency or correction.found_by == FoundBy.BENEFICIARY or not paid
    return not excepted and funds >= settings.IRREGULARITY_REPORTED_FROM


def report_due(found_on: date) -> date:
    """The last day to report a case: two months after the quarter in which it was found."""
    ended = (found_on.month - 1) // 3 * 3 + 3
    year, month = found_on.year + (ended + 2) // 12, (ended + 2) % 12
    return date(year, month + 1, 1) - timedelta(days=1)
