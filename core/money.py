"""Euro and lev: one rounding rule, the fixed rate, splits by source, amounts as people type them.

Amounts are `Decimal` in whole currency units (euro or lev) with two places. A balance is a sum, never a column.
"""

import re
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import TypedDict

from django.utils.translation import gettext as _


class _Stored(TypedDict):
    max_digits: int
    decimal_places: int


EUR: _Stored = {"max_digits": 16, "decimal_places": 2}
"""How an amount is stored: `models.DecimalField(**EUR)`. It holds lev as well; the currency has its own column."""

NOTHING = Decimal("0.00")
CENT = Decimal("0.01")

BGN_PER_EUR = Decimal("1.95583")
"""Lev for one euro, fixed by the Council on 8 July 2025: always all six digits, never shortened, never inverted."""


class UnknownRate(ValueError):
    """An amount in a currency for which the portal holds no rate."""


def cents(amount: Decimal | int) -> Decimal:
    """The amount in whole cents; half a cent goes away from zero. The only rounding of money there is."""
    return Decimal(amount).quantize(CENT, rounding=ROUND_HALF_UP)


def to_eur(amount: Decimal, currency: str) -> Decimal:
    """Euro for an amount in `currency` (ISO 4217): euro comes back unchanged, lev by the fixed rate.

    Convert a total once; converted lines do not add up to the converted total. Other currencies need the
    Commission's rate of a month (Regulation (EU) 2021/1060, art. 76) and raise UnknownRate.
    """
    if currency == "EUR":
        return amount
    if currency == "BGN":
        return cents(amount / BGN_PER_EUR)
    raise UnknownRate(_("There is no rate from %(currency)s to euro.") % {"currency": currency})


def to_bgn(amount: Decimal) -> Decimal:
    """Lev for an amount in euro, by the fixed rate."""
    return cents(amount * BGN_PER_EUR)


def split(total: Decimal, rate: Decimal, unit: Decimal = CENT) -> tuple[Decimal, Decimal]:
    """The EU part and the national part of `total`; together they are `total`.

    `rate` is a fraction from 0 to 1 (85 % is 0.85). `unit` is what the budget counts in: a cent or a whole euro.
    The EU part is rounded down to it, so that it never passes the rate; the national part takes the rest. For a
    correction take back the stored parts: splitting the negative total again would round the other way.
    """
    if not 0 <= rate <= 1:
        raise ValueError("A co-financing rate is a fraction from 0 to 1.")
    eu = (total * rate / unit).to_integral_value(rounding=ROUND_FLOOR) * unit
    return eu, total - eu


def share(part: Decimal | int | None, whole: Decimal | int | None) -> Decimal | None:
    """`part` of `whole` in per cent with two decimals; None where there is nothing to compare."""
    if part is None or not whole:
        return None
    return cents(100 * Decimal(part) / Decimal(whole))


_MARKS = {"EUR": ("€", "eur", "euro", "евро", "eiro"), "BGN": ("лв.", "лв", "bgn", "лева")}
_SHAPE = re.compile(
    r"(?P<minus>-?) ?(?P<before>[^\d\s.,-]+\.?)? ?(?P<inner>-?)(?P<body>[0-9., ]*[0-9]) ?(?P<after>[^\d\s.,-]+\.?)?",
    re.ASCII,
)
_DIGITS = EUR["max_digits"] - EUR["decimal_places"]


def parse_amount(text: str, currency: str = "EUR") -> Decimal:
    """The amount somebody typed or pasted, with two places.

    Understands `358 083,27 €`, `358,083.27`, `358083.27`, any kind of space, the minus sign U+2212 and the marks of
    `currency`. Raises ValueError with a message for people when the text could mean two amounts, names another
    currency, has more than two decimals or is no amount.
    """
    shown = {"text": " ".join(text.split())[:40]}
    found = _SHAPE.fullmatch(" ".join(text.replace("\u2212", "-").split()))
    if not found or (found["minus"] and found["inner"]) or (found["before"] and found["after"]):
        raise ValueError(_("Enter an amount such as 6200 or 6200.50."))
    mark = (found["before"] or found["after"] or "").lower()
    if mark and mark not in _MARKS.get(currency, (currency.lower(),)):
        if any(mark in marks for marks in _MARKS.values()):
            raise ValueError(_("Enter the amount in %(currency)s.") % {"currency": currency})
        raise ValueError(_("Enter an amount such as 6200 or 6200.50."))
    whole, decimals = _parts(found["body"], shown)
    if len(whole.lstrip("0")) > _DIGITS:
        raise ValueError(_("“%(text)s” is larger than any amount the portal can hold.") % shown)
    amount = Decimal(f"{whole or 0}.{decimals or 0}").quantize(CENT)
    return -amount if amount and (found["minus"] or found["inner"]) else amount


def _parts(body: str, shown: dict[str, str]) -> tuple[str, str]:
    """The digits before and after the decimal sign of a body such as `358 083,27`."""
    *groups, last = re.split(r"[ .,]", body)
    signs = re.findall(r"[ .,]", body)
    if not signs:
        return last, ""
    point = signs[-1] if signs[-1] != " " and signs.count(signs[-1]) == 1 else ""
    thousands = signs[:-1] if point else signs
    if not point:
        groups = [*groups, last]
    if len(set(thousands)) > 1 or not _grouped(groups, alone=not thousands):
        raise ValueError(
            _("It is not clear which amount “%(text)s” is. Write it without spaces, such as 6200.50.") % shown
        )
    whole = "".join(groups)
    if not point:
        return whole, ""
    if len(last) == 3 and not thousands and len(whole) <= 3 and not whole.startswith("0") and whole:
        raise ValueError(
            _("“%(text)s” could be %(large)s or %(small)s with three decimals. Write the amount with two decimals.")
            % {**shown, "large": whole + last, "small": whole}
        )
    if len(last) > 2:
        raise ValueError(_("“%(text)s” has more than two decimals. Write whole cents.") % shown)
    return whole, last


def _grouped(groups: list[str], *, alone: bool) -> bool:
    """Whether the groups are those of a number written in thousands; one group alone may have any length."""
    first, *rest = groups
    return alone or (1 <= len(first) <= 3 and all(len(group) == 3 for group in rest))
