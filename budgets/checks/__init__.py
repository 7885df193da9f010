"""Why a cost may not be reported as somebody wants it: one function, one reason; "" when nothing stands against."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from activities.models import Activity
from budgets.models import BudgetLine, ReportedCost
from core import formats
from core.money import NOTHING, cents, to_bgn, to_eur
from projects.models import ContractVersion, Project


def exchanged(amount: Decimal, currency: str, into: str) -> Decimal:
    """An amount in the currency `into`, by the fixed rate between euro and lev."""
    if currency == into:
        return amount
    return to_eur(amount, currency) if into == "EUR" else to_bgn(amount)


def less(whole: Decimal | None, *parts: Decimal | None) -> Decimal | None:
    """What is left of an amount; None while it is not known."""
    return None if whole is None else whole - sum((part or NOTHING for part in parts), NOTHING)


def spent(contract: ContractVersion) -> dict[str, Decimal]:
    """What is reported on each line (by code) of a project, in the currency of `contract`.

    Costs stay on the line of the version they were reported under; lines of other versions with the same code are the
    same line. Each currency is converted once, as a total.
    """
    sums: dict[str, dict[str, Decimal]] = defaultdict(dict)
    costs = ReportedCost.objects.filter(project_id=contract.project_id)
    for code, currency, total in costs.values_list("line__code", "currency").annotate(sum=Sum("total")).order_by():
        sums[code][currency] = total
    return defaultdict(
        lambda: NOTHING,
        {
            code: sum((exchanged(total, currency, contract.currency) for currency, total in by.items()), NOTHING)
            for code, by in sums.items()
        },
    )


def unplanned(contract: ContractVersion, lines: Iterable[BudgetLine]) -> Decimal | None:
    """What the lines leave of the contract's total (negative: they pass it), in its currency; None without a total."""
    if contract.total is None:
        return None
    return contract.total - sum((line.total for line in lines), NOTHING)


def eligible_days(contract: ContractVersion) -> tuple[date | None, date | None]:
    """First and last day a document may bear: the eligibility of costs, or the days of work where it is not agreed."""
    return contract.eligible_from or contract.starts_on, contract.eligible_to or contract.ends_on


def not_eligible(contract: ContractVersion, document_on: date) -> str:
    """A document of a day on which costs are not eligible (Regulation (EU) 2021/1060, Art. 63(2), and the contract)."""
    first, last = eligible_days(contract)
    if (first is None or document_on >= first) and (last is None or document_on <= last):
        return ""
    words = {"number": contract.number, "first": _said(first), "last": _said(last)}
    if first and last:
        return _("Costs of %(number)s are eligible from %(first)s to %(last)s. The document lies outside.") % words
    if first:
        return _("Costs of %(number)s are eligible from %(first)s. The document is older.") % words
    return _("Costs of %(number)s are eligible until %(last)s. The document is newer.") % words


def not_yet(day: date, today: date) -> str:
    if day <= today:
        return ""
    return _("This day lies in the future. Today is %(today)s.") % {"today": _said(today)}


def reported_before_document(document_on: date, reported_on: date) -> str:
    if document_on <= reported_on:
        return ""
    return _("The cost is reported before its document was made. Check both dates.")


def tolerance_of(planned: Decimal, project: Project) -> Decimal:
    """By how much the call of a project lets claims pass a budget line of this amount."""
    return cents(planned * project.call.line_tolerance / 100) if project.call else NOTHING


def above_line(line: BudgetLine, amount: Decimal, currency: str, used: Decimal) -> str:
    """An amount larger than what is left on its budget line, of which `used` is spent, with what the call allows above
    it; the message says by how much."""
    contract = line.contract
    wanted = exchanged(amount, currency, contract.currency)
    left = line.total + tolerance_of(line.total, contract.project) - used
    if wanted <= left:
        return ""
    language = get_language() or "en"
    words = {
        "code": line.code,
        "left": formats.money(left, language, contract.currency),
        "over": formats.money(wanted - left, language, contract.currency),
    }
    return _("Line %(code)s has %(left)s left; the amount is %(over)s above that.") % words


def not_the_sum(net: Decimal, vat: Decimal | None, total: Decimal, currency: str) -> str:
    """A net amount and VAT that do not make the amount of the document."""
    there = net + (vat or NOTHING)
    if there == total:
        return ""
    language = get_language() or "en"
    words = {"sum": formats.money(there, language, currency), "total": formats.money(total, language, currency)}
    return _("The net amount and the VAT make %(sum)s, not %(total)s.") % words


def not_in_force(line: BudgetLine, contract: ContractVersion | None) -> str:
    """A line of a contract version that another one has replaced."""
    if contract is None or line.contract_id == contract.pk:
        return ""
    return _("Line %(code)s belongs to %(old)s. The contract in force is %(new)s: choose its line.") % {
        "code": line.code,
        "old": line.contract.number,
        "new": contract.number,
    }


def foreign_activity(line: BudgetLine, activity: Activity | None) -> str:
    """An activity of another project, or another one than the line pays for."""
    if activity is None:
        return ""
    if activity.project_id != line.contract.project_id:
        return _("This activity belongs to another project. Choose one of this project.")
    if line.activity_id and line.activity_id not in (activity.pk, activity.parent_id):
        words = {"code": line.code, "number": line.activity.number if line.activity else ""}
        return _("Line %(code)s pays for activity %(number)s. Choose it or a part of it.") % words
    return ""


def reported_already(there: bool) -> str:
    return "" if not there else _("This document is reported already on this budget line with this amount.")


def above_rest(cost: ReportedCost, corrections: Iterable[ReportedCost], total: Decimal) -> str:
    """More to take back than is left of the cost after earlier corrections."""
    rest = cost.total + sum((c.total for c in corrections), NOTHING)
    language = get_language() or "en"
    if rest <= 0:
        return _("This cost is taken back as a whole already.")
    if total > rest:
        words = {"rest": formats.money(rest, language, cost.currency)}
        return _("At most %(rest)s can be taken back: that is what is left of this cost.") % words
    return ""


def _said(day: date | None) -> str:
    return formats.long_day(day, get_language() or "en")
