"""How an amount is split among its sources: EU, national and own part, to the cent."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from budgets.models import BudgetLine
from core.money import CENT, NOTHING

PARTS = ("eu_part", "national_part", "own_part")
Parts = Mapping[str, Decimal | None]


def parts_of(total: Decimal, whole: Parts, unit: Decimal = CENT) -> dict[str, Decimal | None]:
    """EU, national and own part of `total` in the proportions of `whole`; all None while those are not known.

    The EU part is rounded down to `unit` (a cent or a whole euro), so that it never passes its rate, the own part too;
    the national part takes the rest, so the parts add up to `total`.
    """
    if any(whole.get(name) is None for name in PARTS):
        return dict.fromkeys(PARTS)
    eu, national, own = (_cents(whole[name] or NOTHING) for name in PARTS)
    if not eu + national + own:
        return dict.fromkeys(PARTS)
    # In whole cents: a rate with 28 digits times an amount may miss the cent it should reach.
    amount, step = _cents(total), _cents(unit)
    eu_part = amount * eu // (eu + national + own) // step * step
    rest = amount - eu_part
    own_part = (rest * own // (national + own) // step * step if national else rest) if own else 0
    found = {"eu_part": eu_part, "national_part": amount - eu_part - own_part, "own_part": own_part}
    return {name: Decimal(part).scaleb(-2) for name, part in found.items()}


def parts_on(line: BudgetLine, total: Decimal) -> dict[str, Decimal | None]:
    """The parts of an amount on a line: as the line is split, else as its contract is, else not known."""
    return parts_of(total, shares(line) if line.eu_part is not None else shares(line.contract))


def shares(thing: Any) -> dict[str, Decimal | None]:
    """The three parts of a row that has them."""
    return {name: getattr(thing, name) for name in PARTS}


def negative(parts: Parts) -> dict[str, Decimal | None]:
    """The parts taken back, as they stand: splitting the negative amount anew would round the other way."""
    return {name: None if part is None else -part for name, part in parts.items()}


def _cents(amount: Decimal) -> int:
    return int(amount.scaleb(2))
