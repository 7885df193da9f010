"""Counting: one SQL pass over the participants for all indicators and all breakdowns at once, one over the sessions,
one over outreach. Every record stands in exactly one part of each breakdown, unknown is a part, and totals are sums of
parts, so that parts add up whatever the data. Places are those of the school, regions those of the project.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from beneficiaries import figures
from beneficiaries.figures import EARLIEST, RECORDS
from core.models import Organisation
from projects.models import Project
from reports.indicators.figures.rules import Rule, compiled
from reports.indicators.models import Definition

GENDERS = ("F", "M", "N", "U")  # women, men, non-binary, unknown
AGES = ("0-17", "18-29", "30-54", "55+", "U")
EDUCATION = ("0-2", "3-4", "5-8", "U")
DIMENSIONS = ("age", "education", "school", "entered", "left", "project")
PARTS = ("age", "education", "place", "region", "school", "year", "project")  # what a reader may ask for

SEEN = """, seen AS (
        SELECT r.id, r.key, r.code, r.project_id, r.school_id, r.entered_on, r.left_on, r.status, r.education, r.years,
               r.complete, r.consented, r.disability, r.third_country, r.foreign_background, r.minority, r.homeless,
               r.rural, r.searching, r.in_education, r.qualification, r.employed, r.employed_later, r.better_later,
               coalesce(nullif(r.gender, ''), 'U') AS gender,
               CASE WHEN years IS NULL THEN 'U' WHEN years < 18 THEN '0-17' WHEN years < 30 THEN '18-29'
                    WHEN years < 55 THEN '30-54' ELSE '55+' END AS by_age,
               CASE WHEN education IS NULL THEN 'U' WHEN education <= 2 THEN '0-2' WHEN education <= 4 THEN '3-4'
                    ELSE '5-8' END AS by_education,
               coalesce(m.code, 'U') AS by_place, coalesce(nullif(r.region, ''), 'U') AS by_region,
               r.school_id::text AS by_school, r.project_id::text AS by_project,
               extract(year FROM r.entered_on)::int AS year_entered, extract(year FROM r.left_on)::int AS year_left,
               extract(year FROM r.entered_on)::int::text AS by_entered,
               coalesce(extract(year FROM r.left_on)::int::text, 'U') AS by_left
               {hours}
        FROM records r JOIN core_organisation o ON o.id = r.school_id LEFT JOIN core_code m ON m.id = o.place_id
             {attended}
    )"""
HOURS = ", coalesce(a.hours, 0) AS hours"
ATTENDED = """LEFT JOIN (
            SELECT t.participation_id, sum(s.hours) AS hours
            FROM beneficiaries_attendance t JOIN activities_session s ON s.id = t.session_id
            WHERE s.project_id = ANY(%(projects)s) AND s.state = 'held' AND s.on <= %(end)s
                  AND t.mark IN ('here', 'late') GROUP BY 1
        ) a ON a.participation_id = r.id"""
NUMBERS = {"school": "school_id", "project": "project_id", "entered": "year_entered", "left": "year_left"}
GROUPED = [NUMBERS.get(name, f"by_{name}") for name in DIMENSIONS]  # of many parts by number: faster than by text
SETS = ", ".join(f"(gender, {name})" for name in GROUPED)
NAMES = ", ".join(GROUPED)


@dataclass(frozen=True)
class Tally:
    """Persons by gender, or, of what has none, the whole; the total is always their sum."""

    women: Decimal | int = 0
    men: Decimal | int = 0
    non_binary: Decimal | int = 0
    unknown: Decimal | int = 0
    whole: Decimal | int = 0

    @property
    def total(self) -> Decimal | int:
        return self.women + self.men + self.non_binary + self.unknown + self.whole

    def plus(self, gender: str, n: Any) -> Tally:
        name = {"F": "women", "M": "men", "N": "non_binary", "U": "unknown"}.get(gender, "whole")
        return Tally(**(self.__dict__ | {name: getattr(self, name) + n}))


@dataclass
class Breakdown:
    """The figure of one indicator: in all, and by each dimension with each of its parts."""

    whole: Tally = field(default_factory=Tally)
    parts: dict[str, dict[str, Tally]] = field(default_factory=dict)

    def add(self, dimension: str, part: str, gender: str, n: Any) -> None:
        if not n:
            return
        if not dimension:
            self.whole = self.whole.plus(gender, n)
        else:
            parts = self.parts.setdefault(dimension, {})
            parts[part] = parts.get(part, Tally()).plus(gender, n)


Library = Sequence[tuple[str, Definition]]  # codes with the version of their definition


def counted(library: Library, projects: Iterable[int], start: date, end: date) -> dict[str, Breakdown]:
    """The figures of all indicators that records make, in these projects (ids) from `start` to `end`, both counted."""
    ids = list(projects)
    return count_people(library, ids, start, end) | count_bodies(library, ids, start, end)


def rules_of(library: Library, sources: Iterable[str]) -> list[Rule]:
    return [compiled(definition, code) for code, definition in library if definition.source in sources]


def asked(rules: Iterable[Rule], projects: Iterable[int], start: date, end: date) -> dict[str, Any]:
    """What RECORDS and the rules need to know."""
    base = figures.asked(projects, start, end)
    for rule in rules:
        base |= rule.parameters
    return base


def seen(rules: Iterable[Rule]) -> str:
    """The records with the part of each dimension they stand in; hours only where a rule asks for them."""
    with_hours = any(rule.uses_hours for rule in rules)
    return RECORDS + SEEN.format(hours=HOURS if with_hours else "", attended=ATTENDED if with_hours else "")


def count_people(library: Library, projects: Iterable[int], start: date, end: date) -> dict[str, Breakdown]:
    """All indicators of participants with all their breakdowns in one pass. A person counts once per project: outputs
    on the day of entry, results on the day of leaving. The whole is added up from the ages, places from the schools and
    regions from the projects, which is faster than to group by them."""
    rules, ids = rules_of(library, {Definition.Source.COMMON, Definition.Source.PEOPLE}), list(projects)
    if not rules:
        return {}
    counts = ", ".join(f"count(*) FILTER (WHERE {rule.placed} AND {rule.where})" for rule in rules)
    sql = f"{seen(rules)} SELECT GROUPING({NAMES}), {NAMES}, gender, {counts} FROM seen GROUP BY GROUPING SETS ({SETS})"  # noqa: S608
    rows = list(_grouped(sql, asked(rules, ids, start, end), DIMENSIONS))
    schools = {part for dimension, part, *_rest in rows if dimension == "school"}
    places = Organisation.objects.filter(pk__in=schools).values_list("pk", "place__code")
    regions = Project.objects.filter(pk__in=ids).values_list("pk", "region")
    above = {("age", part): ("", "") for part in AGES}
    above |= {("school", str(pk)): ("place", code or "U") for pk, code in places}
    above |= {("project", str(pk)): ("region", code or "U") for pk, code in regions}
    sums: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0] * len(rules)))
    for dimension, part, gender, numbers in rows:
        for place in filter(None, ((dimension, part), above.get((dimension, part)))):
            sums[place][gender] = [a + b for a, b in zip(sums[place][gender], numbers, strict=True)]
    found = {rule.code: Breakdown() for rule in rules}
    for (dimension, part), genders in sums.items():
        day = f"{dimension}_on" if dimension in ("entered", "left") else ""
        for n, rule in enumerate(rules):
            tally = Tally(*(genders[gender][n] if gender in genders else 0 for gender in GENDERS))
            if not tally.total or day not in ("", rule.day):
                continue
            if dimension:
                found[rule.code].parts.setdefault("year" if day else dimension, {})[part] = tally
            else:
                found[rule.code].whole = tally
    return found


@dataclass(frozen=True)
class Totals:
    """The figures of a library without their parts, in a period and up to its last day, and how many records are not
    complete."""

    period: dict[str, Breakdown]
    to_date: dict[str, Breakdown]
    incomplete_period: int
    incomplete_to_date: int


def totals(library: Library, projects: Iterable[int], start: date, end: date) -> Totals:
    """What `counted` says of the period and of everything up to `end`, by gender only: one pass over the participants
    for both. Groups of records by where their days lie are added up here."""
    ids = list(projects)
    rules = rules_of(library, {Definition.Source.COMMON, Definition.Source.PEOPLE})
    counts = "".join(f", count(*) FILTER (WHERE {rule.where})" for rule in rules)
    sql = (
        f"{seen(rules)} SELECT gender, entered_on >= %(start)s, left_on BETWEEN %(start)s AND %(end)s, "  # noqa: S608
        f"left_on <= %(end)s, complete, count(*){counts} FROM seen GROUP BY 1, 2, 3, 4, 5"
    )
    now, so_far = ({rule.code: Breakdown() for rule in rules} for _each in range(2))
    incomplete = [0, 0]
    with connection.cursor() as cursor:
        cursor.execute(sql, asked(rules, ids, start, end))
        for gender, entered, left, has_left, complete, people, *numbers in cursor.fetchall():
            if not complete:
                incomplete = [incomplete[0] + people * entered, incomplete[1] + people]
            for rule, n in zip(rules, numbers, strict=True):
                by_entry = rule.day == "entered_on"
                if entered if by_entry else left:
                    now[rule.code].add("", "", gender, n)
                if by_entry or has_left:
                    so_far[rule.code].add("", "", gender, n)
    for code, period, to_date in _body_totals(library, ids, start, end):
        now[code], so_far[code] = (Breakdown(Tally(whole=Decimal(n or 0))) for n in (period, to_date))
    return Totals(now, so_far, *incomplete)


def _grouped(
    sql: str, parameters: dict[str, Any], dimensions: Sequence[str], with_gender: bool = True
) -> Iterator[tuple[str, str, str, tuple[int, ...]]]:
    """Rows of grouping sets as (dimension or "" for all, part, gender, counts)."""
    width = len(dimensions)
    whole = (1 << width) - 1
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        for row in cursor.fetchall():
            bits, parts, rest = row[0], row[1 : 1 + width], row[1 + width :]
            gender, numbers = (rest[0], rest[1:]) if with_gender else ("", rest)
            if bits == whole:
                yield "", "", gender, numbers
            else:
                at = next(i for i in range(width) if not bits & (1 << (width - 1 - i)))
                yield dimensions[at], "U" if parts[at] is None else str(parts[at]), gender, numbers


BODIES: dict[str, tuple[str, str, tuple[str, ...]]] = {  # source: (rows, what is summed, dimensions)
    Definition.Source.SESSIONS: ("sessions", "1", ("place", "region", "school", "year", "project")),
    Definition.Source.HOURS: ("sessions", "hours", ("place", "region", "school", "year", "project")),
    Definition.Source.OUTREACH: ("outreach", "people", ("region", "year", "project")),
}
ROWS = {
    "sessions": """
        SELECT s.id, s.on, s.hours, c.number, coalesce(m.code, 'U') AS by_place,
               coalesce(nullif(j.region, ''), 'U') AS by_region, coalesce(s.school_id::text, 'U') AS by_school,
               extract(year FROM s.on)::int::text AS by_year, s.project_id::text AS by_project
        FROM activities_session s JOIN projects_project j ON j.id = s.project_id
             JOIN activities_activity c ON c.id = s.activity_id
             LEFT JOIN core_organisation o ON o.id = s.school_id LEFT JOIN core_code m ON m.id = o.place_id
        WHERE s.project_id = ANY(%(projects)s) AND s.state = 'held' AND s.on BETWEEN %(start)s AND %(end)s""",
    "outreach": """
        SELECT n.id, n.on, n.people, c.number, coalesce(nullif(j.region, ''), 'U') AS by_region,
               extract(year FROM n.on)::int::text AS by_year, c.project_id::text AS by_project
        FROM activities_outreachcount n JOIN activities_activity c ON c.id = n.activity_id
             JOIN projects_project j ON j.id = c.project_id
        WHERE c.project_id = ANY(%(projects)s) AND n.on BETWEEN %(start)s AND %(end)s""",
}
SCHOOL_DIMENSIONS = ("place", "region", "school", "project")


def count_bodies(library: Library, projects: Iterable[int], start: date, end: date) -> dict[str, Breakdown]:
    """Sessions, hours and outreach, and schools with participants who fit; a school counts once in each project."""
    ids = list(projects)
    found: dict[str, Breakdown] = {}
    for source, (rows, what, dimensions) in BODIES.items():
        codes = [code for code, definition in library if definition.source == source]
        if codes:
            names = ", ".join(f"by_{name}" for name in dimensions)
            sets = ", ".join(["()", *(f"(by_{name})" for name in dimensions)])
            sql = (
                f"SELECT GROUPING({names}), {names}, sum({what})::numeric FROM ({ROWS[rows]}) seen "  # noqa: S608
                f"GROUP BY GROUPING SETS ({sets})"
            )
            figure = _bodies(sql, {"projects": ids, "start": start, "end": end}, dimensions)[0]
            found |= dict.fromkeys(codes, figure)
    rules = rules_of(library, {Definition.Source.SCHOOLS})
    if rules:
        names = ", ".join(f"by_{name}" for name in SCHOOL_DIMENSIONS)
        sets = ", ".join(["()", *(f"(by_{name})" for name in SCHOOL_DIMENSIONS)])
        once = "count(DISTINCT (by_project, by_school)) FILTER (WHERE {})"
        counts = ", ".join(once.format(f"{rule.placed} AND {rule.where}") for rule in rules)
        sql = f"{seen(rules)} SELECT GROUPING({names}), {names}, {counts} FROM seen GROUP BY GROUPING SETS ({sets})"  # noqa: S608
        figures = _bodies(sql, asked(rules, ids, start, end), SCHOOL_DIMENSIONS, len(rules))
        found |= {rule.code: figure for rule, figure in zip(rules, figures, strict=True)}
    return found


def _body_totals(library: Library, ids: list[int], start: date, end: date) -> Iterator[tuple[str, Any, Any]]:
    """Code, value of the period and value up to `end` of what is counted in sessions, hours, outreach and schools."""
    with connection.cursor() as cursor:
        for source, (rows, what, _dimensions) in BODIES.items():
            if codes := [code for code, definition in library if definition.source == source]:
                sql = f"SELECT sum({what}) FILTER (WHERE seen.on >= %(from)s), sum({what}) FROM ({ROWS[rows]}) seen"  # noqa: S608
                cursor.execute(sql, {"projects": ids, "from": start, "start": EARLIEST, "end": end})
                found = cursor.fetchone()
                yield from ((code, *found) for code in codes)
        if rules := rules_of(library, {Definition.Source.SCHOOLS}):
            placed = ((rule, day) for rule in rules for day in (rule.placed, f"{rule.day} <= %(end)s"))
            once = "count(DISTINCT (by_project, by_school)) FILTER (WHERE {} AND {})"
            counts = ", ".join(once.format(day, rule.where) for rule, day in placed)
            cursor.execute(f"{seen(rules)} SELECT {counts} FROM seen", asked(rules, ids, start, end))  # noqa: S608
            found = cursor.fetchone()
            yield from zip((rule.code for rule in rules), found[::2], found[1::2], strict=True)


def _bodies(sql: str, parameters: dict[str, Any], dimensions: Sequence[str], width: int = 1) -> list[Breakdown]:
    found = [Breakdown() for _each in range(width)]
    for dimension, part, _gender, numbers in _grouped(sql, parameters, dimensions, with_gender=False):
        for figure, n in zip(found, numbers, strict=True):
            figure.add(dimension, part, "", Decimal(n or 0))
    return found
