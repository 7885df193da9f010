"""The list of operations as Kohesio takes it in: one line for each operation of a Fund, in the Commission's columns.

Columns, their types and what they accept stand in the code list `kohesio_fields`, made from the published table schema.
An operation that the schema would refuse stays out of the file and is named with what it lacks.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, prefetch_related_objects
from django.utils.translation import gettext as _

from budgets.figures import money_of
from core.models import Code
from core.models.texts import said
from core.money import BGN_PER_EUR
from projects.models import Project
from reports.tables import machine

LIST = "kohesio_fields"
NEEDS = (
    "programme", "beneficiary__place__list", "contracts", "places__place__list", "call__priority",
    "specific_objective__priority", "intervention_fields",
)  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """Why an operation stays out of the file: its project, the column, and what is wrong."""

    project: Project
    column: str
    text: str


@dataclass(frozen=True)
class Kohesio:
    columns: list[str]
    rows: list[list[str]]  # of the operations that are whole
    problems: list[Problem]

    def csv(self) -> bytes:
        """UTF-8 without a byte-order mark, comma, one head, one line for each operation."""
        out = io.StringIO(newline="")
        csv.writer(out).writerows([self.columns, *self.rows])
        return out.getvalue().encode()


def kohesio(projects: QuerySet[Project], day: date) -> Kohesio:
    """What Kohesio gets of these projects on `day`, invented ones and those of other funds left out; a fixed number of
    queries."""
    fields = list(Code.objects.of(LIST).current())
    funds = [fund for field in fields if field.code == "Fund_Code" for fund in _words(field)]
    found = list(projects.filter(synthetic=False, programme__fund__in=funds).order_by("number"))
    prefetch_related_objects(found, *NEEDS)
    money = money_of(found, day, public=True)
    rows, problems = [], list[Problem]()
    for project in found:
        values = _values(project, money[project.pk])
        told = [(field.code, _told(field, values.get(field.more["of"]))) for field in fields]
        wrong = [Problem(project, field.code, why) for field in fields if (why := _wrong(field, dict(told), values))]
        problems += wrong
        if not wrong:
            rows.append([machine(text, "text") for _name, text in told])
    return Kohesio([field.code for field in fields], rows, problems)


def _words(field: Code) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in field.more["words"].split("|") if pair)
    return {ours: theirs for ours, _equals, theirs in pairs}


def _told(field: Code, value: Any) -> str:
    """A value as the schema writes it: days as DD/MM/YYYY, amounts with a point, text on one line."""
    if value is None:
        return ""
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    words = _words(field)
    return words.get(str(value), "") if words else " ".join(str(value).split())


def _wrong(field: Code, told: dict[str, str], values: dict[str, Any]) -> str:
    """What the schema, or one of its rules between columns, has against a value; "" for nothing."""
    text, more = told[field.code], field.more
    if not text:
        other_currency = field.code == "Total_Eligible_Expenditure_Exchange_Rate" and values["currency"] != "EUR"
        return _("It is missing.") if more["needed"] == "yes" or other_currency else ""
    if more["type"] == "number":
        low, high = (Decimal(more[side]) if more[side] else None for side in ("minimum", "maximum"))
        if (low is not None and Decimal(text) < low) or (high is not None and Decimal(text) > high):
            return _("%(value)s is outside %(low)s to %(high)s.") % {"value": text, "low": low, "high": high}
    if more["accepted"] and text not in more["accepted"].split("|"):
        return _("“%(value)s” is not one of %(accepted)s.") % {
            "value": text, "accepted": more["accepted"].replace("|", ", "),
        }  # fmt: skip
    if field.code == "Operation_Start_Date" and values["ended_on"] and values["starts_on"] > values["ended_on"]:
        return _("It lies behind the last day.")
    return ""


def _values(project: Project, money: Any) -> dict[str, Any]:
    """What the portal holds about an operation, by the names of the code list."""
    programme, contract, body = project.programme, money.contract, project.beneficiary
    objective, call = project.specific_objective, project.call
    priority = objective.priority if objective else call.priority if call else None
    body = body if body and not body.synthetic else None

    def own(texts: dict[str, str] | None) -> str:
        return said(texts, programme.language)[0]

    fields = sorted(code.code for code in project.intervention_fields.all())
    return {
        "number": project.number,
        "country": programme.country or (body.country if body else None),
        "name": own(project.title),
        "name_en": project.title.get("en"),
        "summary": own(project.summary),
        "summary_en": (project.summary or {}).get("en"),
        "starts_on": contract.starts_on if contract else None,
        "ends_on": contract.ends_on if contract else None,
        "ended_on": project.completed_on or (contract.ends_on if contract else None),
        "rate": contract.eu_rate if contract else None,
        "amount": money.original,
        "currency": money.currency,
        "exchange": BGN_PER_EUR if money.currency == "BGN" else None,
        "nuts": _nuts([place.place for place in project.places.all()], body.place if body else None),
        "beneficiary": own(body.name) if body else None,
        "beneficiary_number": body.number if body else None,
        "intervention": int(fields[0]) if fields and fields[0].isdecimal() else None,
        "fund": programme.fund,
        "programme": programme.code,
        "programme_name": own(programme.name),
        "period": programme.period,
        "priority": priority.code if priority else None,
        "priority_name": own(priority.name) if priority else None,
        "objective": objective.code if objective else None,
        "objective_name": own(objective.name) if objective else None,
        "updated_on": project.updated_at.date(),
    }


def _nuts(places: Sequence[Code], home: Code | None) -> str | None:
    """The region of the one place the operation works in; of several, or none, that of the beneficiary (Art. 49(3)(l)
    and (m)), else the first."""
    found = [region for place in places if (region := _region(place))]
    if len(set(found)) != 1 and home and (region := _region(home)):
        return region
    return found[0] if found else None


def _region(place: Code) -> str:
    """The NUTS code of a place; a municipality lies in its region."""
    return place.code if place.list.name == "nuts" else place.parent
