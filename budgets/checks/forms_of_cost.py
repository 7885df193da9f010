"""Forms of cost: what a call allows, and what a flat rate comes to (Regulation (EU) 2021/1060, Art. 53 to 56)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from budgets.models import CallForm, Flat, Form, Nature
from budgets.models.rules import HIGHEST
from core import formats
from core.money import NOTHING, cents
from projects.models import Project

N = Nature
BASE: dict[str, tuple[str, ...]] = {  # natures whose costs are the base of a flat rate
    Flat.INDIRECT_DIRECT: (N.STAFF, N.DIRECT, N.ALLOWANCES),
    Flat.INDIRECT_STAFF: (N.STAFF,),
    Flat.INDIRECT_METHOD: (N.STAFF, N.DIRECT, N.ALLOWANCES),
    Flat.STAFF_OTHER: (N.DIRECT, N.ALLOWANCES),
    Flat.ALL_OTHER: (N.STAFF,),
}
PAYS: dict[str, str] = {Flat.STAFF_OTHER: N.STAFF, Flat.ALL_OTHER: N.DIRECT}  # all the others pay indirect costs


@dataclass(frozen=True)
class Cost:
    """One line as the rules see it, in the currency of the contract."""

    code: str
    total: Decimal
    form: str = ""
    nature: str = ""
    flat: str = ""


def rate_of(flat: str, rules: Iterable[CallForm]) -> Decimal:
    """The rate in per cent that the call agreed, else the highest one of the law."""
    agreed = next((rule.rate for rule in rules if rule.flat == flat and rule.rate is not None), None)
    return HIGHEST[Flat(flat)] if agreed is None else agreed


def base_of(flat: str, lines: Iterable[Cost]) -> Decimal:
    """The base of a flat rate: lines of its natures. Other flat rates are no base, but for staff costs by the 20 %,
    which are direct costs of their own (Art. 55(1)); of those neither 15 % nor 40 % can be taken again."""
    found = NOTHING
    for line in lines:
        staff = line.flat == Flat.STAFF_OTHER and flat in (Flat.INDIRECT_DIRECT, Flat.INDIRECT_METHOD)
        if (line.nature in BASE[flat] and line.form != Form.FLAT) or staff:
            found += line.total
    return found


def computed(lines: Iterable[Cost], rules: Iterable[CallForm]) -> dict[str, Decimal]:
    """The amount of each flat-rate line by code; staff by the 20 % first, for it is part of the others' base."""
    lines, rules = list(lines), list(rules)
    found: dict[str, Decimal] = {}
    for line in sorted((line for line in lines if line.flat), key=lambda line: line.flat != Flat.STAFF_OTHER):
        now = [Cost(x.code, found.get(x.code, x.total), x.form, x.nature, x.flat) for x in lines]
        found[line.code] = cents(base_of(line.flat, now) * rate_of(line.flat, rules) / 100)
    return found


def rules_of(project: Project) -> list[CallForm]:
    return list(CallForm.objects.filter(call=project.call_id)) if project.call_id else []


def form_not_allowed(code: str, form: str, flat: str, rules: Iterable[CallForm]) -> str:
    """Why a line may not have its form of cost under these rules of a call; "" where it may, or nothing is agreed."""
    rules = list(rules)
    if rules and form not in {rule.form for rule in rules}:
        words = {"code": code, "form": Form(form).label if form else _("none")}
        return _("Line %(code)s has the form “%(form)s”, which this call does not allow.") % words
    if flat and rules and flat not in {rule.flat for rule in rules}:
        return _("Line %(code)s has a flat rate that this call does not allow.") % {"code": code}
    return ""


def wrong_forms(lines: Iterable[Cost], rules: Iterable[CallForm], currency: str) -> Iterator[tuple[str, str]]:
    """Why lines may not have the form they have: code of the line and reason."""
    lines, rules = list(lines), list(rules)
    due, language = computed(lines, rules), get_language() or "en"
    kinds = {line.flat for line in lines if line.flat}
    for line in lines:
        if wrong := form_not_allowed(line.code, line.form, line.flat, rules):
            yield line.code, wrong
        if line.form == Form.FLAT and not line.flat:
            yield line.code, _("Line %(code)s is a flat rate. Choose which one.") % {"code": line.code}
        if line.flat and line.total != due[line.code]:
            words = {"code": line.code, "due": formats.money(due[line.code], language, currency)}
            yield line.code, _("Line %(code)s comes to %(due)s by its flat rate.") % words
        if Flat.ALL_OTHER in kinds and line.flat != Flat.ALL_OTHER:
            if line.flat:
                text = _("Line %(code)s: 40%% covers all other costs, so there is no other flat rate (Art. 56).")
                yield line.code, text % {"code": line.code}
            elif line.nature in (Nature.DIRECT, Nature.INDIRECT):
                text = _("Line %(code)s is inside the 40%% for all other costs and cannot stand beside it (Art. 56).")
                yield line.code, text % {"code": line.code}
