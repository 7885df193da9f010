"""Why a contract version or a membership may not be as somebody wants it: one function, one reason; "" or {} when
nothing stands against."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import formats
from core.models import Role
from core.money import split
from projects.models import ContractVersion, Membership, Project

PARTS = ("eu_part", "national_part", "own_part")


def parts(total: Decimal | None, given: dict[str, Decimal | None], currency: str) -> dict[str, str]:
    """Parts that do not make the total, or only some of them. The message says by how much."""
    known = {name: amount for name, amount in given.items() if amount is not None}
    if not known:
        return {}
    missing = [name for name in PARTS if name not in known]
    if missing:
        message = _("Enter all three parts, 0 where a source gives nothing, or leave all three empty.")
        return dict.fromkeys(missing, message)
    negative = {name: _("A part cannot be negative.") for name, amount in known.items() if amount < 0}
    if negative:
        return negative
    if total is None:
        return {"total": _("Enter the total of which these are the parts.")}
    gap = total - sum(known.values())
    if not gap:
        return {}
    language = get_language() or "en"
    words = {
        "sum": formats.money(sum(known.values()), language, currency),
        "total": formats.money(total, language, currency),
        "gap": formats.money(abs(gap), language, currency),
    }
    if gap > 0:
        return {"eu_part": _("The parts add up to %(sum)s; %(gap)s are missing to the total of %(total)s.") % words}
    return {"eu_part": _("The parts add up to %(sum)s; that is %(gap)s more than the total of %(total)s.") % words}


def highest_rate(project: Project) -> Decimal | None:
    """The highest EU rate of a project in per cent, by its priority and category of region; None where none is set."""
    by_call = project.call.priority if project.call else None
    by_objective = project.specific_objective.priority if project.specific_objective else None
    priority = by_call or by_objective
    if priority is None:
        return None
    own = priority.rates.filter(region=project.region).first() if project.region else None
    return own.eu_rate if own else priority.eu_rate


def above_rate(project: Project, total: Decimal | None, eu_part: Decimal | None, currency: str) -> str:
    """An EU part above the highest rate of its total, to the cent. It is told, never corrected."""
    rate = highest_rate(project)
    if rate is None or total is None or eu_part is None or eu_part * 100 <= total * rate:
        return ""
    language = get_language() or "en"
    words = {
        "rate": formats.percent(rate, language),
        "most": formats.money(split(total, rate / 100)[0], language, currency),
    }
    return _("The EU pays at most %(rate)s here, that is %(most)s of this total.") % words


def dates_in_order(fields: dict[str, Any]) -> dict[str, str]:
    """Ends that lie before their beginnings."""
    found = {}
    if _before(fields.get("ends_on"), fields.get("starts_on")):
        found["ends_on"] = _("The work cannot end before it starts.")
    if _before(fields.get("eligible_to"), fields.get("eligible_from")):
        found["eligible_to"] = _("Eligibility cannot end before it begins.")
    if _before(fields.get("in_force_from"), fields.get("signed_on")):
        found["in_force_from"] = _("A contract cannot be in force before it is signed.")
    return found


def half_a_rhythm(months: int | None, days: int | None) -> dict[str, str]:
    """An interim report of which is known only how often it is made, or only in how many days."""
    if months is None and days is not None:
        return {"interim_months": _("Say every how many months an interim report is made, 0 for none.")}
    if months and days is None:
        return {"interim_days": _("Say in how many days after its period an interim report is due.")}
    return {}


def _before(one: date | None, other: date | None) -> bool:
    return one is not None and other is not None and one < other


def follows(previous: ContractVersion | None, in_force_from: date | None) -> str:
    """An annex that is not in force later than the version it follows."""
    if previous is None:
        return ""
    if in_force_from is None:
        return _("Enter the day from which the annex is in force.")
    if previous.in_force_from and in_force_from <= previous.in_force_from:
        words = {"number": previous.number, "day": formats.long_day(previous.in_force_from, get_language() or "en")}
        return _("%(number)s is in force from %(day)s. An annex begins on a later day.") % words
    return ""


def number_is_free(number: str) -> str:
    """A contract number that stands somewhere already."""
    other = ContractVersion.objects.filter(number__iexact=number).select_related("project").first()
    if other is None:
        return ""
    return _("The contract number %(number)s is used already, in project %(project)s.") % {
        "number": other.number,
        "project": other.project.number,
    }


def place_of(
    role: str, programme: Any, project: Project | None, organisation: Any, until_on: date | None
) -> dict[str, str]:
    """What a role needs to know where it applies: a programme, a project, a school, a last day."""
    if role == Role.ADMINISTRATOR:
        return {
            name: _("An administrator works everywhere. Leave this empty.")
            for name, value in (("programme", programme), ("project", project), ("organisation", organisation))
            if value
        }
    found = {}
    if role == Role.OFFICER:
        if programme is None:
            found["programme"] = _("An officer works for a programme: choose it.")
        if project is not None:
            found["project"] = _("An officer works for a whole programme. Leave the project empty.")
    elif role in (Role.COORDINATOR, Role.PARTNER_FINANCE):
        if project is None:
            found["project"] = _("Choose the project this person works for.")
        if organisation is None:
            found["organisation"] = _("Choose the school or partner this person works for.")
        if programme is not None:
            found["programme"] = _("This role belongs to one project. Leave the programme empty.")
    elif role == Role.AUDITOR:
        if until_on is None:
            found["until_on"] = _("An audit ends: enter its last day.")
        if programme is None and project is None:
            found["programme"] = _("Choose the programme or the project that is audited.")
    elif programme is None and project is None:
        found["programme"] = _("Choose the programme or the project of this program.")
    if role not in (Role.COORDINATOR, Role.PARTNER_FINANCE) and organisation is not None:
        found["organisation"] = _("This role is not tied to a school. Leave this empty.")
    return found


def last_administrator(membership: Membership, today: date) -> str:
    """Without an administrator nobody could give access any more."""
    if membership.role != Role.ADMINISTRATOR:
        return ""
    others = Membership.objects.in_force(today).filter(role=Role.ADMINISTRATOR, user__is_active=True)
    if others.exclude(pk=membership.pk).exists():
        return ""
    return _("This is the last administrator. Make somebody else an administrator first.")
