"""Figures about people: the ESF+ common indicators and what the sessions delivered, counted from the records.

Each indicator is one condition over a record; the table counts it and the row list filters by it, so that a figure
and the rows behind it cannot differ. Legal source: Regulation (EU) 2021/1057, Annex I; rules in the Commission's
guidance on ESF+ data. Values are numbers of persons, in the order women, men, non-binary, total.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from activities.models import PlannedOutput
from core.money import share

IMMEDIATE_DAYS = 28  # results count when seen from the exit day to four weeks after it
EARLIEST = date(1900, 1, 1)

# code: (condition over a row of RECORDS, the date that places it in a period)
INDICATORS: dict[str, tuple[str, str]] = {
    "EECO01": ("true", "entered_on"),
    "EECO02": ("status IN ('UE', 'LTU')", "entered_on"),
    "EECO03": ("status = 'LTU'", "entered_on"),
    "EECO04": ("status IN ('IN', 'INE')", "entered_on"),
    "EECO05": ("status IN ('EM', 'SE')", "entered_on"),
    "EECO06": ("years < 18", "entered_on"),
    "EECO07": ("years BETWEEN 18 AND 29", "entered_on"),
    "EECO08": ("years >= 55", "entered_on"),
    "EECO09": ("education <= 2", "entered_on"),
    "EECO10": ("education IN (3, 4)", "entered_on"),
    "EECO11": ("education >= 5", "entered_on"),
    "EECO12": ("disability", "entered_on"),
    "EECO13": ("third_country", "entered_on"),
    "EECO14": ("foreign_background", "entered_on"),
    "EECO15": ("minority", "entered_on"),
    "EECO16": ("homeless", "entered_on"),
    "EECO17": ("rural", "entered_on"),
    "EECR01": ("searching AND status IN ('IN', 'INE')", "left_on"),
    "EECR02": ("in_education AND status <> 'INE'", "left_on"),
    "EECR03": ("qualification", "left_on"),
    "EECR04": ("employed AND status IN ('UE', 'LTU', 'IN', 'INE')", "left_on"),
    "EECR05": ("employed_later AND status IN ('UE', 'LTU', 'IN', 'INE')", "left_on"),
    "EECR06": ("better_later AND status IN ('EM', 'SE')", "left_on"),
}
ENTITIES = ("EECO18", "EECO19")  # counted in bodies, not persons: the portal holds no record of them
GENDERS = ("F", "M", "N")

# Of one project, planning takes a third of the time: tables that a figure does not need are joined so that PostgreSQL
# may leave them out (projects), or looked up before (which of the projects ask for consent).
RECORDS = """
    WITH sensitive AS (
        SELECT a.participation_id,
               bool_or(question = 'disability') AS disability,
               bool_or(question = 'third_country') AS third_country,
               bool_or(question = 'foreign_background') AS foreign_background,
               bool_or(question = 'minority') AS minority,
               bool_or(question = 'homeless') AS homeless, bool_or(question = 'rural') AS rural
        FROM beneficiaries_sensitiveanswer a JOIN beneficiaries_participation p ON p.id = a.participation_id
        WHERE p.project_id = ANY(%(projects)s) AND answer = 'yes' GROUP BY 1
    ), results AS (
        SELECT p.id AS participation_id,
               bool_or(kind = 'searching' AND soon) AS searching,
               bool_or(kind = 'in_education' AND soon) AS in_education,
               bool_or(kind = 'qualification' AND soon) AS qualification,
               bool_or(kind = 'employed' AND soon) AS employed,
               bool_or(kind = 'employed_later' AND later) AS employed_later,
               bool_or(kind = 'better_later' AND later) AS better_later
        FROM beneficiaries_result r JOIN beneficiaries_participation p ON p.id = r.participation_id
             CROSS JOIN LATERAL (SELECT r.seen_on BETWEEN p.left_on AND p.left_on + %(days)s AS soon,
                                        r.seen_on >= (p.left_on + interval '6 months')::date AS later) w
        WHERE p.project_id = ANY(%(projects)s) AND p.left_on IS NOT NULL GROUP BY 1
    ), agreed AS (
        SELECT DISTINCT k.participation_id
        FROM beneficiaries_consent k JOIN beneficiaries_participation p ON p.id = k.participation_id
        WHERE p.project_id = ANY(%(asking)s::bigint[]) AND k.kind = 'consented' AND k.withdrawn_on IS NULL
    ), records AS (
        SELECT p.id, p.key, p.project_id, p.school_id, j.region, q.code, q.gender, p.entered_on, p.left_on,
               p.labour_status AS status, p.education, extract(year FROM age(p.entered_on, q.born_on))::int AS years,
               p.project_id <> ALL(%(asking)s::bigint[]) OR k.participation_id IS NOT NULL AS consented,
               q.gender <> '' AND q.born_on IS NOT NULL AND p.labour_status <> '' AND p.education IS NOT NULL
                   AND (p.project_id <> ALL(%(asking)s::bigint[]) OR k.participation_id IS NOT NULL) AS complete,
               s.disability, s.third_country, s.foreign_background, s.minority, s.homeless, s.rural,
               t.searching, t.in_education, t.qualification, t.employed, t.employed_later, t.better_later
        FROM beneficiaries_participation p JOIN beneficiaries_person q ON q.id = p.person_id
             LEFT JOIN projects_project j ON j.id = p.project_id LEFT JOIN agreed k ON k.participation_id = p.id
             LEFT JOIN sensitive s ON s.participation_id = p.id LEFT JOIN results t ON t.participation_id = p.id
        WHERE p.project_id = ANY(%(projects)s) AND p.entered_on <= %(end)s
              AND (%(school)s::bigint IS NULL OR p.school_id = %(school)s)
    )
"""


ASKING = """
    SELECT j.id FROM projects_project j JOIN projects_programme g ON g.id = j.programme_id
    WHERE g.consent_to_count AND j.id = ANY(%(projects)s)
"""


@dataclass(frozen=True)
class Count:
    """Persons counted: women, men, non-binary; the total is their sum."""

    women: int
    men: int
    non_binary: int

    @property
    def total(self) -> int:
        return self.women + self.men + self.non_binary


@dataclass(frozen=True)
class People:
    """The ESF+ table of one scope and period."""

    period: dict[str, Count]
    to_date: dict[str, Count]
    incomplete_period: int
    incomplete_to_date: int
    left_period: int
    left_to_date: int


def esf_indicators(projects: Iterable[int], start: date, end: date, *, school: int | None = None) -> People:
    """Count every ESF+ person indicator of these projects (ids), or of one school (id) in them, in one pass.

    In: the days of the period, both counted. Out: counts of the period (entered, or for results left, from `start` to
    `end`) and to date (up to `end`). Records that lack gender, birth date, labour-market status, education or, where
    the programme asks for it, consent are in no indicator; their number is given apart. One person counts once per
    project.
    """
    conditions = ", ".join(f"count(*) FILTER (WHERE {c})" for c, _day in INDICATORS.values())
    sql = (
        f"{RECORDS} SELECT gender, entered_on >= %(start)s, "  # noqa: S608 - own constants
        "CASE WHEN left_on > %(end)s THEN NULL ELSE left_on >= %(start)s END, complete, count(*), "
        f"{conditions} FROM records GROUP BY 1, 2, 3, 4"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, asked(projects, start, end, school))
        groups = [_Group(row[0], row[1], row[2], row[3], row[4], row[5:]) for row in cursor.fetchall()]

    def counts(placed: dict[str, list[_Group]]) -> dict[str, Count]:
        """Every indicator, over the groups that count by the day they are placed by."""
        sums = {
            (day, gender): [sum(each) for each in zip(*(g.counts for g in of_day if g.gender == gender), strict=True)]
            for day, of_day in placed.items()
            for gender in GENDERS
        }
        return {
            code: Count(*(sums[day, gender][i] if sums[day, gender] else 0 for gender in GENDERS))
            for i, (code, (_condition, day)) in enumerate(INDICATORS.items())
        }

    whole = [g for g in groups if g.complete]
    left = [g for g in whole if g.left_in_period is not None]  # by the end, as results need
    return People(
        period=counts(
            {"entered_on": [g for g in whole if g.entered_in_period], "left_on": [g for g in left if g.left_in_period]}
        ),
        to_date=counts({"entered_on": whole, "left_on": left}),
        incomplete_period=sum(g.people for g in groups if g.entered_in_period and not g.complete),
        incomplete_to_date=sum(g.people for g in groups if not g.complete),
        left_period=sum(g.people for g in groups if g.left_in_period),
        left_to_date=sum(g.people for g in groups if g.left_in_period is not None),
    )


@dataclass(frozen=True)
class _Group:
    """Counts of one gender, by whether they entered and left in the period (None: not by its end) and are complete."""

    gender: str
    entered_in_period: bool
    left_in_period: bool | None
    complete: bool
    people: int
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """One record behind a figure, by code; never a name."""

    key: str
    code: str
    project_id: int
    gender: str
    years: int | None
    status: str
    education: int | None
    entered_on: date
    left_on: date | None
    consented: bool = True


def esf_rows(
    code: str, projects: Iterable[int], start: date, end: date, *, gender: str = "", limit: int = 500, offset: int = 0
) -> list[Row]:
    """The records that make the figure of indicator `code`, or with code "incomplete" those not counted."""
    condition, day = INDICATORS.get(code, ("true", "entered_on"))
    complete = "NOT complete" if code == "incomplete" else "complete"
    sql = (
        f"{RECORDS} SELECT key::text, code, project_id, gender, years, status, education, entered_on, left_on, "  # noqa: S608
        f"consented FROM records WHERE {complete} AND ({condition}) AND {day} BETWEEN %(start)s AND %(end)s "
        "AND (%(gender)s = '' OR gender = %(gender)s) ORDER BY entered_on, id LIMIT %(limit)s OFFSET %(offset)s"
    )
    parameters: dict[str, Any] = asked(projects, start, end) | {
        "gender": gender,
        "limit": limit,
        "offset": offset,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [Row(*row) for row in cursor.fetchall()]


def asked(projects: Iterable[int], start: date, end: date, school: int | None = None) -> dict[str, Any]:
    """What RECORDS need to know; one query, for the projects in which only who agreed is counted."""
    ids = list(projects)
    base: dict[str, Any] = {"projects": ids, "start": start, "end": end, "days": IMMEDIATE_DAYS, "school": school}
    with connection.cursor() as cursor:
        cursor.execute(ASKING, base)
        return base | {"asking": [pk for (pk,) in cursor.fetchall()]}


@dataclass(frozen=True)
class Delivery:
    """What sessions delivered: sessions and hours held, marks, marks of people who came, people who came at least
    once, hours times people who came, and people whose hours reach the programme's bar of support."""

    sessions: int = 0
    hours: Decimal = Decimal("0.00")
    cancelled: int = 0
    marks: int = 0
    came: int = 0
    people: int = 0
    person_hours: Decimal = Decimal("0.00")
    supported: int = 0


@dataclass(frozen=True)
class Deliveries:
    """Deliveries of one project by activity, by activity with its sub-activities, and in all."""

    own: dict[int, Delivery]
    with_parts: dict[int, Delivery]
    total: Delivery


def deliveries(
    project: int, start: date, end: date, *, bar: Decimal | None = None, but: int | None = None,
    school: int | None = None,
) -> Deliveries:  # fmt: skip
    """Sessions and attendance of a project (id) from `start` to `end`, both days counted, in two queries, and a third
    one for those who reach `bar` hours of support, where there is a bar. `but` leaves out one session (id), `school`
    (id) counts what one school held and who came there.

    A person who came to several sessions is one of `people` in each row; rows of people are therefore never added.
    """
    sessions = """
        SELECT s.activity_id, coalesce(a.parent_id, a.id) AS root, GROUPING(s.activity_id, coalesce(a.parent_id, a.id)),
               count(*) FILTER (WHERE s.state = 'held'), coalesce(sum(s.hours) FILTER (WHERE s.state = 'held'), 0),
               count(*) FILTER (WHERE s.state = 'cancelled')
        FROM activities_session s JOIN activities_activity a ON a.id = s.activity_id
        WHERE s.project_id = %(project)s AND s.on BETWEEN %(start)s AND %(end)s AND s.id IS DISTINCT FROM %(but)s
              AND (%(school)s::bigint IS NULL OR s.school_id = %(school)s)
        GROUP BY GROUPING SETS ((s.activity_id), (coalesce(a.parent_id, a.id)), ())
    """
    attendance = """
        SELECT s.activity_id, coalesce(a.parent_id, a.id) AS root, GROUPING(s.activity_id, coalesce(a.parent_id, a.id)),
               count(*), count(*) FILTER (WHERE came), count(DISTINCT m.participation_id) FILTER (WHERE came),
               coalesce(sum(s.hours) FILTER (WHERE came), 0)
        FROM beneficiaries_attendance m JOIN activities_session s ON s.id = m.session_id
             JOIN activities_activity a ON a.id = s.activity_id
             CROSS JOIN LATERAL (SELECT m.mark IN ('here', 'late') AS came) w
        WHERE s.project_id = %(project)s AND s.state = 'held' AND s.on BETWEEN %(start)s AND %(end)s
              AND s.id IS DISTINCT FROM %(but)s
              AND (%(school)s::bigint IS NULL OR s.school_id = %(school)s)
        GROUP BY GROUPING SETS ((s.activity_id), (coalesce(a.parent_id, a.id)), ())
    """
    reached = """
        SELECT activity_id, root, level, count(*) FROM (
            SELECT s.activity_id, coalesce(a.parent_id, a.id) AS root,
                   GROUPING(s.activity_id, coalesce(a.parent_id, a.id)) AS level
            FROM beneficiaries_attendance m JOIN activities_session s ON s.id = m.session_id
                 JOIN activities_activity a ON a.id = s.activity_id
            WHERE s.project_id = %(project)s AND s.state = 'held' AND s.on BETWEEN %(start)s AND %(end)s
                  AND s.id IS DISTINCT FROM %(but)s
              AND (%(school)s::bigint IS NULL OR s.school_id = %(school)s) AND m.mark IN ('here', 'late')
            GROUP BY GROUPING SETS ((m.participation_id, s.activity_id),
                                    (m.participation_id, coalesce(a.parent_id, a.id)), (m.participation_id))
            HAVING sum(s.hours) >= %(bar)s
        ) each GROUP BY activity_id, root, level
    """
    parameters: dict[str, Any] = {
        "project": project,
        "start": start,
        "end": end,
        "but": but,
        "bar": bar,
        "school": school,
    }
    held: dict[tuple[int, int | None], Sequence] = {}
    marks: dict[tuple[int, int | None], Sequence] = {}
    supported: dict[tuple[int, int | None], Sequence] = {}
    with connection.cursor() as cursor:
        for sql, into in ((sessions, held), (attendance, marks), *([(reached, supported)] if bar is not None else [])):
            cursor.execute(sql, parameters)
            for activity, root, grouping, *rest in cursor.fetchall():
                into[grouping, activity if grouping == 1 else root] = rest

    def delivery(grouping: int, activity: int | None) -> Delivery:
        s = held.get((grouping, activity), (0, Decimal("0.00"), 0))
        m = marks.get((grouping, activity), (0, 0, 0, Decimal("0.00")))
        reach = supported.get((grouping, activity), (0,))
        return Delivery(s[0], Decimal(s[1]), s[2], m[0], m[1], m[2], Decimal(m[3]), reach[0])

    own = {activity: delivery(1, activity) for grouping, activity in held if grouping == 1 and activity}
    roots = {root: delivery(2, root) for grouping, root in held if grouping == 2 and root}
    return Deliveries(own=own, with_parts={**own, **roots}, total=delivery(3, None))


OF_DELIVERY: dict[str, str] = {  # what counts towards an output: its name in a delivery
    PlannedOutput.Counts.SESSIONS: "sessions",
    PlannedOutput.Counts.HOURS: "hours",
    PlannedOutput.Counts.PARTICIPANTS: "people",
    PlannedOutput.Counts.SUPPORTED: "supported",
}


@dataclass(frozen=True)
class Hours:
    """Hours one participant came to in one activity (its number and title), and how often."""

    number: str
    title: dict[str, str]
    sessions: int
    hours: Decimal


def hours_of(participation: int) -> list[Hours]:
    """Hours per activity of one participation (id), in the order of the contract; their sum stands against the bar."""
    return hours_of_each([participation])[participation]


def hours_of_each(participations: Iterable[int]) -> dict[int, list[Hours]]:
    """The same of several participations (ids), in one query."""
    found: dict[int, list[Hours]] = {pk: [] for pk in participations}
    sql = """
        SELECT m.participation_id, a.number, a.title, count(*), sum(s.hours)
        FROM beneficiaries_attendance m JOIN activities_session s ON s.id = m.session_id
             JOIN activities_activity a ON a.id = s.activity_id
        WHERE m.participation_id = ANY(%s) AND s.state = 'held' AND m.mark IN ('here', 'late')
        GROUP BY m.participation_id, a.id ORDER BY a.position
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(found)])
        for participation, number, title, n, hours in cursor.fetchall():
            words = json.loads(title) if isinstance(title, str) else title
            found[participation].append(Hours(number, words, n, hours))
    return found


def weeks(
    project: int, start: date, end: date, *, groups: Iterable[int] | None = None
) -> list[tuple[date, int, int, int]]:
    """Attendance by week: (Monday, sessions held, marks, came), of a project (id) or of some groups (ids) in it."""
    sql = """
        SELECT date_trunc('week', s.on)::date, count(DISTINCT s.id), count(m.id),
               count(m.id) FILTER (WHERE m.mark IN ('here', 'late'))
        FROM activities_session s LEFT JOIN beneficiaries_attendance m ON m.session_id = s.id
        WHERE s.project_id = %(project)s AND s.state = 'held' AND s.on BETWEEN %(start)s AND %(end)s
              AND (%(groups)s::bigint[] IS NULL OR s.group_id = ANY(%(groups)s))
        GROUP BY 1 ORDER BY 1
    """
    chosen = None if groups is None else list(groups)
    with connection.cursor() as cursor:
        cursor.execute(sql, {"project": project, "start": start, "end": end, "groups": chosen})
        return [tuple(row) for row in cursor.fetchall()]


# --- absences --------------------------------------------------------------------------------------------------------

FLAG = Decimal(25)  # per cent of the lessons of a term; from there on an absence is flagged (Bulgaria, schools)


@dataclass(frozen=True)
class Absence:
    """What one participant missed in one group: lessons marked, and of them absent, excused and late."""

    group: int
    participation: int
    lessons: int
    absent: int
    excused: int
    late: int

    @property
    def missed(self) -> Decimal:
        """Lessons missed: excused or not counts 1, late counts a half."""
        return self.absent + self.excused + Decimal(self.late) / 2

    @property
    def rate(self) -> Decimal | None:
        return share(self.missed, self.lessons)

    @property
    def flagged(self) -> bool:
        return self.missed * 100 >= FLAG * self.lessons


def absences(groups: Iterable[int], start: date, end: date) -> list[Absence]:
    """Absences of everybody with a mark in these groups (ids) from `start` to `end`, both days counted."""
    sql = """
        SELECT s.group_id, m.participation_id, count(*), count(*) FILTER (WHERE m.mark = 'absent'),
               count(*) FILTER (WHERE m.mark = 'excused'), count(*) FILTER (WHERE m.mark = 'late')
        FROM beneficiaries_attendance m JOIN activities_session s ON s.id = m.session_id
        WHERE s.group_id = ANY(%s) AND s.state = 'held' AND s.on BETWEEN %s AND %s GROUP BY 1, 2 ORDER BY 1, 2
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(groups), start, end])
        return [Absence(*row) for row in cursor.fetchall()]


def term_of(day: date) -> tuple[date, date]:
    """First and last day of the school term `day` lies in. The school year runs from 15 September to 14 September; its
    second term begins on 1 February."""
    year = day.year if (day.month, day.day) >= (9, 15) else day.year - 1
    second = date(year + 1, 2, 1)
    return (second, date(year + 1, 9, 14)) if day >= second else (date(year, 9, 15), second - timedelta(days=1))


def rows_behind(
    project: int, activity: int | None, counts: str, start: date, end: date, *, bar: Decimal | None = None
) -> list[dict[str, str]]:
    """The rows behind one number of `deliveries` (its name in `counts`), of an activity (id) with its parts or of the
    whole project: the sessions held, or the participants who reached `bar`, by their codes. What each row counts for
    is its `counted`; together they make the number."""
    where = """
        WHERE s.project_id = %(project)s AND s.state = 'held' AND s.on BETWEEN %(start)s AND %(end)s
              AND (%(activity)s::bigint IS NULL OR %(activity)s IN (s.activity_id, a.parent_id))
    """
    sessions = f"""
        SELECT s.on, a.number, s.hours, count(m.id) FILTER (WHERE m.mark IN ('here', 'late'))
        FROM activities_session s JOIN activities_activity a ON a.id = s.activity_id
             LEFT JOIN beneficiaries_attendance m ON m.session_id = s.id {where}
        GROUP BY s.id, a.number ORDER BY s.on, s.id
    """  # noqa: S608 - own constants
    reached = f"""
        SELECT q.code, sum(s.hours) FROM beneficiaries_attendance m
             JOIN activities_session s ON s.id = m.session_id JOIN activities_activity a ON a.id = s.activity_id
             JOIN beneficiaries_participation p ON p.id = m.participation_id
             JOIN beneficiaries_person q ON q.id = p.person_id {where} AND m.mark IN ('here', 'late')
        GROUP BY p.id, q.code HAVING sum(s.hours) >= %(bar)s ORDER BY q.code
    """  # noqa: S608 - own constants
    by_person = counts == "supported"
    parameters = {"project": project, "activity": activity, "start": start, "end": end, "bar": bar}
    with connection.cursor() as cursor:
        cursor.execute(reached if by_person else sessions, parameters)
        found = cursor.fetchall()
    if by_person:
        return [{"code": code, "hours": str(hours), "counted": "1"} for code, hours in found]
    return [
        {
            "on": str(on), "activity": number, "hours": str(hours), "came": str(came),
            "counted": {"person_hours": str(hours * came), "hours": str(hours)}.get(counts, "1"),
        }
        for on, number, hours, came in found
    ]  # fmt: skip
