"""Why a report may not be asked for: one function, one reason."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from core.formats import day
from projects.models import Project
from reports.catalogue import Asks, Kind
from reports.models import LayoutVersion
from reports.subjects import Thing, what

OUT_OF_ORDER = gettext_lazy("The period ends before it begins. Choose a last day on or after the first day.")


def period_in_order(project: Project, start: date, end: date) -> None:
    if end < start:
        raise ValidationError({"to": str(OUT_OF_ORDER)})


def period_inside_contract(project: Project, start: date, end: date) -> None:
    """The period must lie within the work or eligibility dates of the contract, where these are known."""
    contract = project.contract_on(end)
    if contract is None:
        raise ValidationError({"project": _("This project has no contract yet, so there is nothing to report.")})
    begins = min((d for d in (contract.starts_on, contract.eligible_from) if d), default=None)
    ends = max((d for d in (contract.ends_on, contract.eligible_to) if d), default=None)
    language = get_language() or "en"
    wrong = {}
    if begins and start < begins:
        words = _("The contract begins on %(day)s. Choose this day or a later one.")
        wrong["from"] = words % {"day": day(begins, language)}
    if ends and end > ends:
        words = _("The contract ends on %(day)s. Choose this day or an earlier one.")
        wrong["to"] = words % {"day": day(ends, language)}
    if wrong:
        raise ValidationError(wrong)


CHECKS = (period_in_order, period_inside_contract)


def problems(project: Project, start: date, end: date) -> dict[str, list[str]]:
    """Everything that speaks against this period, by field: {} when nothing does."""
    found: dict[str, list[str]] = {}
    for check in CHECKS:
        try:
            check(project, start, end)
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                found.setdefault(name, []).extend(messages)
    return found


def question(kind: Kind, thing: Thing, start: date | None, end: date) -> dict[str, list[str]]:
    """Everything that speaks against asking for a report of this kind about `thing`, by field."""
    subject = what(thing)
    if subject not in kind.subjects:
        names = ", ".join(str(each.label) for each in kind.subjects)
        words = _("“%(kind)s” cannot be made of this. It is made of: %(subjects)s.")
        return {str(subject): [words % {"kind": kind.name, "subjects": names}]}
    first, last = kind.period(start, end)
    if kind.asks == Asks.PERIOD and isinstance(thing, Project):
        found = problems(thing, first, last)
    else:
        found = {"to": [str(OUT_OF_ORDER)]} if last < first else {}
    if not found and kind.problems:
        found = kind.problems(thing, first, last)
    return found


def layout(chosen: LayoutVersion | None, kind: str, thing: Thing) -> dict[str, list[str]]:
    """Why a report of this kind about `thing` may not take this layout: {} when it may."""
    fit = LayoutVersion.objects.published().fit_for(kind, thing)
    if chosen is None or fit.filter(pk=chosen.pk).exists():
        return {}
    return {"layout": [_("This layout is not published for such a report of this programme or call.")]}
