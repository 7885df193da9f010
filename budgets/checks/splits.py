"""Parts of an amount that somebody gives: checked against the rule of the split, never corrected."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import formats
from core.money import NOTHING


def not_as_split(
    total: Decimal, given: Mapping[str, Decimal | None], rule: Mapping[str, Decimal | None], currency: str
) -> dict[str, str]:
    """What is wrong with the parts given of an amount: name of the part → message. Those not given are not judged.

    The EU part is rounded down, the national part takes the rest; together they make the amount. Where the rule of the
    line is not known (None), only the sum is.
    """
    told = {name: part for name, part in given.items() if part is not None}
    language = get_language() or "en"

    def money(amount: Decimal) -> str:
        return formats.money(amount, language, currency)

    if len(told) == len(given) and (there := sum(told.values(), NOTHING)) != total:
        words = {"sum": money(there), "total": money(total)}
        return {next(iter(told)): _("The parts make %(sum)s, the amount is %(total)s. Correct one of them.") % words}
    message = _("The split of the budget line gives %(rule)s, the file says %(given)s. Correct it or leave it empty.")
    return {
        name: message % {"rule": money(right), "given": money(part)}
        for name, part in told.items()
        if (right := rule.get(name)) is not None and right != part
    }
