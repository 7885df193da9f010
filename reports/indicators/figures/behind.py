"""The rows behind a figure, by the same conditions that counted it, and the complete list of who is not counted and
why. Participants come by code, never by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from beneficiaries.figures import EARLIEST
from reports.indicators.figures.counting import BODIES, ROWS, Library, asked, rules_of, seen
from reports.indicators.models import Definition

COUNTED, OUTSIDE = "counted", "outside"
PLACED_BY = {"entered_on": "entered", "left_on": "left"}


@dataclass(frozen=True)
class PersonRow:
    """One record of a participant behind a figure, or outside it, with the names of the conditions it fails."""

    key: str
    code: str
    gender: str
    age: int | None
    status: str
    education: int | None
    entered_on: date
    left_on: date | None
    fails: list[str]


@dataclass(frozen=True)
class DeedRow:
    """A session held or an outreach count behind a figure, and what it counts for."""

    on: date
    activity: str
    counts: Any


def people_behind(
    code: str, definition: Definition, project: int, start: date, end: date, *, dimension: str = "", part: str = "",
    gender: str = "", heap: str = COUNTED, schools: list[int] | None = None,
) -> list[PersonRow]:  # fmt: skip
    """The participants of a project (id) behind a figure or one of its parts, or with `heap` outside those of the same
    part and period who do not count. `schools` (ids) leaves out what belongs to others."""
    rules = rules_of([(code, definition)], {definition.source})
    rule = rules[0]
    fails = ", ".join(f"CASE WHEN NOT coalesce(({sql}), false) THEN '{name}' END" for name, sql in
                      rule.conditions.items())  # fmt: skip
    where = [rule.placed, f"coalesce(({rule.where}), false) = %(inside)s"]
    if dimension:
        column = PLACED_BY[rule.day] if dimension == "year" else dimension
        where.append(f"by_{column} = %(part)s")
    if gender:
        where.append("gender = %(gender)s")
    if schools is not None:
        where.append("by_school = ANY(%(schools)s)")
    sql = (
        f"{seen(rules)} SELECT key::text, code, gender, years, status, education, entered_on, left_on, "  # noqa: S608
        f"array_remove(ARRAY[{fails or 'NULL'}]::text[], NULL) FROM seen WHERE {' AND '.join(where)} "
        "ORDER BY entered_on, id"
    )
    more = {"inside": heap == COUNTED, "part": part, "gender": gender, "schools": [str(s) for s in schools or []]}
    with connection.cursor() as cursor:
        cursor.execute(sql, asked(rules, [project], start, end) | more)
        return [PersonRow(*row) for row in cursor.fetchall()]


def deeds_behind(
    definition: Definition, project: int, start: date, end: date, *, dimension: str = "", part: str = ""
) -> list[DeedRow]:
    """The sessions or outreach counts of a project (id) that make a figure or one of its parts."""
    rows, what, dimensions = BODIES[definition.source]
    where = f"WHERE by_{dimension} = %(part)s" if dimension in dimensions else ""
    sql = f"SELECT seen.on, number, {what} FROM ({ROWS[rows]}) seen {where} ORDER BY seen.on, id"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, {"projects": [project], "start": start, "end": end, "part": part})
        return [DeedRow(*row) for row in cursor.fetchall()]


def left_out(library: Library, projects: Iterable[int], start: date, end: date) -> list[tuple[str, str, int, int]]:
    """The records that are in no figure of an indicator, by the first condition they fail: code, condition, how many of
    the period and how many up to `end`. One pass for all indicators; each record stands in one row of an indicator."""
    rules = rules_of(library, {Definition.Source.COMMON, Definition.Source.PEOPLE})
    wanted: list[tuple[str, str]] = []
    columns: list[str] = []
    for rule in rules:
        passed: list[str] = []
        for reason, condition in rule.conditions.items():
            where = " AND ".join([*passed, f"NOT coalesce(({condition}), false)"])
            placed = (f"{rule.day} BETWEEN %({first})s AND %(end)s" for first in ("start", "earliest"))
            columns.extend(f"count(*) FILTER (WHERE {day} AND {where})" for day in placed)
            wanted.append((rule.code, reason))
            passed.append(f"coalesce(({condition}), false)")
    if not wanted:
        return []
    with connection.cursor() as cursor:
        sql = f"{seen(rules)} SELECT {', '.join(columns)} FROM seen"  # noqa: S608
        cursor.execute(sql, asked(rules, projects, start, end) | {"earliest": EARLIEST})
        found = cursor.fetchone()
    rows = zip(wanted, found[::2], found[1::2], strict=True)
    return [(code, reason, n, to_date) for (code, reason), n, to_date in rows if to_date]
