"""Who counts, as data: a rule is a few conditions over one record, all of which must hold.

    {"status": ["UE", "LTU"], "years_from": 15, "years_to": 17, "education_from": 0, "education_to": 2,
     "hours_from": 40, "answers": ["minority"], "results": ["qualification"], "complete": true}

Conditions that are not named let everybody through; {} counts every participant. `complete` leaves out records that
lack gender, date of birth, situation or education. Codes come from closed lists, numbers go to the database as
parameters, so that no text of a rule ever becomes SQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from beneficiaries.figures import INDICATORS
from beneficiaries.models import Participation, Result, SensitiveAnswer
from reports.indicators.models import Definition

STATUSES = Participation.LabourStatus
ANSWERS = SensitiveAnswer.Question
RESULTS = Result.Kind
NUMBERS = {  # name in a rule: (SQL with its parameter, highest value)
    "years_from": ("years >= {}", 120),
    "years_to": ("years <= {}", 120),
    "education_from": ("education >= {}", 8),
    "education_to": ("education <= {}", 8),
    "hours_from": ("hours >= {}", 10000),
}
LISTS: dict[str, type[models.TextChoices]] = {"status": STATUSES, "answers": ANSWERS, "results": RESULTS}
RANGES = (("years_from", "years_to"), ("education_from", "education_to"))


@dataclass(frozen=True)
class Rule:
    """A rule ready for SQL: conditions by name over a row of SEEN, their parameters, and the day that places a row."""

    code: str
    conditions: dict[str, str]
    parameters: dict[str, Any]
    day: str

    @property
    def where(self) -> str:
        return " AND ".join(f"({c})" for c in self.conditions.values()) or "true"

    @property
    def placed(self) -> str:
        """The record lies in the period asked for."""
        return f"{self.day} BETWEEN %(start)s AND %(end)s"

    @property
    def uses_hours(self) -> bool:
        return "hours_from" in self.conditions


def compiled(definition: Definition, code: str) -> Rule:
    """The rule of a definition that counts participants, or schools by them."""
    if definition.source == Definition.Source.COMMON:
        condition, day = INDICATORS[code]
        return Rule(code, {"complete": "complete", "common": condition}, {}, day)
    rule, prefix = definition.rule, f"d{definition.pk}_"
    conditions = {"consent": "consented"}  # always, where the programme asks for it
    parameters: dict[str, Any] = {}
    if rule.get("complete"):
        conditions["complete"] = "complete"
    for name, (sql, _most) in NUMBERS.items():
        if rule.get(name) is not None:
            parameters[prefix + name] = Decimal(str(rule[name]))
            conditions[name] = sql.format(f"%({prefix}{name})s")
    if rule.get("status"):
        parameters[prefix + "status"] = list(rule["status"])
        conditions["status"] = f"status = ANY(%({prefix}status)s)"
    for name, known in (("answers", ANSWERS), ("results", RESULTS)):
        if chosen := [each for each in known.values if each in rule.get(name, [])]:
            conditions[name] = " OR ".join(f"coalesce({each}, false)" for each in chosen)
    return Rule(code, conditions, parameters, "left_on" if rule.get("results") else "entered_on")


def wrong(rule: Any) -> list[str]:
    """What is wrong with a rule, in words; nothing when it can be counted by."""
    if not isinstance(rule, dict):
        return [_("A rule is a list of conditions by name.")]
    return list(_problems(rule))


def _problems(rule: dict[str, Any]) -> Iterator[str]:
    for name, value in rule.items():
        if name == "complete":
            good = isinstance(value, bool)
        elif name in NUMBERS:
            good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= NUMBERS[name][1]
        elif name in LISTS:
            good = isinstance(value, list) and bool(value) and set(value) <= set(LISTS[name].values)
        else:
            good = False
        if not good:
            yield _("The condition “%(name)s” is not known or its value is not possible.") % {"name": name}
    for low, high in RANGES:
        if isinstance(rule.get(low), int) and isinstance(rule.get(high), int) and rule[low] > rule[high]:
            yield _("“From” is higher than “to”: nobody would count.")


def told(rule: dict[str, Any]) -> list[str]:
    """The conditions of a rule in words, one sentence each."""
    return [words for words in (_told(name, rule) for name in ("complete", "status", "years", "education", "hours_from",
            "answers", "results")) if words]  # fmt: skip


def _told(name: str, rule: dict[str, Any]) -> str:
    if name == "complete" and rule.get("complete"):
        return _("The record is complete.")
    if name == "hours_from" and rule.get(name) is not None:
        return _("Came to %(hours)s hours or more.") % {"hours": rule[name]}
    if name == "years" and (rule.get("years_from") is not None or rule.get("years_to") is not None):
        return _("Age at entry: %(range)s.") % {"range": _range(rule.get("years_from"), rule.get("years_to"))}
    if name == "education" and (rule.get("education_from") is not None or rule.get("education_to") is not None):
        return _("Completed education, ISCED level: %(range)s.") % {
            "range": _range(rule.get("education_from"), rule.get("education_to"))
        }
    words = {
        "status": _("On the day of entry: %(list)s."),
        "answers": _("Answered yes: %(list)s."),
        "results": _("After leaving: %(list)s."),
    }
    if name in words and rule.get(name):
        listed = ", ".join(str(LISTS[name](each).label) for each in rule[name])
        return words[name] % {"list": listed}
    return ""


def _range(low: int | None, high: int | None) -> str:
    if low is None:
        return _("up to %(high)s") % {"high": high}
    return _("from %(low)s") % {"low": low} if high is None else f"{low}–{high}"
