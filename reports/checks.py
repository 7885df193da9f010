"""Why a report may not be asked for: one function, one reason."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.formats import day
from projects.models import Project


def period_in_order(project: Project, start: date, end: date) -> None:
    if end < start:
        raise ValidationError(
            {"to": _("The period ends before it begins. Choose a last day on or after the first day.")}
        )


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
