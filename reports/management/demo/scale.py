"""Many sample projects, for measuring: rows of the large tables are made inside the database, not one by one.

The same number gives the same rows, but for the moment they were made: chance is arithmetic here. Prime moduli of their
own keep the properties of a person independent of each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, models, transaction

from activities.models import Activity, Group, Session
from beneficiaries.actions import name_keys
from beneficiaries.models import Attendance, GroupMember, Identity, Participation, Person, Result, SensitiveAnswer, Stay
from budgets.models import BudgetLine, ReportedCost
from core import audit
from core.models import Organisation
from core.money import NOTHING, split
from projects.models import ContractVersion, Partner, Programme, Project
from reports.management.demo.cast import FAMILY, GIVEN
from reports.management.demo.facts import EDUCATION

ACTIVITIES = 4
COSTS = 3  # of each budget line
TOTAL = Decimal("400000.00")
BEGINS, ENDS = date(2025, 1, 1), date(2028, 12, 31)
RATE = Decimal("0.85")


@dataclass(frozen=True)
class Shape:
    """How large the sample projects whose numbers begin with `prefix` are."""

    prefix: str
    people: int = 400  # participations of one project
    of_class: int = 40  # of them in the group whose sessions are marked
    sessions: int = 5
    days: int = 7  # from one session to the next


MANY = Shape("SCALE-")
LARGE = Shape("LARGE-", people=2000, sessions=500, days=1)

# A chance of its own for every property: person n falls on one of `modulus` places, the same on every server.
PERSONS = """
INSERT INTO beneficiaries_person (id, key, code, gender, born_on, synthetic)
SELECT %(person)s + n, md5('person ' || %(prefix)s || %(from)s + n)::uuid,
       left(%(prefix)s, 1) || '-' || lpad((%(from)s + n)::text, 8, '0'),
       CASE WHEN n * 7919 %% 101 < 50 THEN 'F' WHEN n * 7919 %% 101 < 99 THEN 'M' WHEN n * 7919 %% 101 = 99 THEN 'N'
            ELSE '' END,
       CASE WHEN n * 104729 %% 97 < 80 THEN date '2008-01-01' + (n * 15485863 %% 3653)::int
            ELSE date '1960-01-01' + (n * 15485863 %% 14611)::int END,
       true
FROM generate_series(0::bigint, %(count)s - 1) AS n
"""
IDENTITIES = """
INSERT INTO beneficiaries_identity
       (person_id, given_name, family_name, search_key, sound_key, national_number_hash, synthetic)
SELECT %(person)s + n, (%(given)s::text[])[name + 1], (%(family)s::text[])[name + 1], (%(keys)s::text[])[name + 1],
       (%(sounds)s::text[])[name + 1], '', true
FROM generate_series(0::bigint, %(count)s - 1) AS n
     CROSS JOIN LATERAL (SELECT (n * 32452843 %% %(names)s)::int) AS w (name)
"""
PARTICIPATIONS = """
INSERT INTO beneficiaries_participation
       (id, key, project_id, person_id, school_id, entered_on, left_on, labour_status, education, version, synthetic)
SELECT %(participation)s + n, md5('participation ' || %(prefix)s || %(from)s + n)::uuid,
       (%(projects)s::bigint[])[(n / %(people)s + 1)::int], %(person)s + n,
       (%(schools)s::bigint[])[(n / %(people)s * 2 + 1)::int
           + CASE WHEN n %% %(people)s < %(class)s THEN 0 ELSE (n %% 2)::int END],
       entered_on, CASE WHEN gone THEN entered_on + (40 + n * 49979687 %% 47)::int END,
       CASE WHEN NOT pupil THEN (ARRAY['EM', 'EM', 'EM', 'UE', 'LTU', 'IN', 'SE'])[(n * 67867967 %% 7 + 1)::int]
            WHEN n * 86028121 %% 89 = 0 THEN '' ELSE 'INE' END,
       CASE WHEN n * 86028157 %% 79 = 0 THEN NULL WHEN pupil THEN n * 122949823 %% 3 ELSE n * 122949823 %% 8 END,
       1, true
FROM generate_series(0::bigint, %(count)s - 1) AS n
     CROSS JOIN LATERAL (
         SELECT %(today)s::date - (100 + n * 141650939 %% 251)::int, n * 104729 %% 97 < 80,
                n %% %(people)s >= %(class)s AND n * 160481183 %% 73 < 18
     ) AS w (entered_on, pupil, gone)
"""
STAYS = """
INSERT INTO beneficiaries_stay (participation_id, entered_on, left_on)
SELECT id, entered_on, left_on FROM beneficiaries_participation WHERE id BETWEEN %(participation)s AND %(last)s
"""
ANSWERS = """
INSERT INTO beneficiaries_sensitiveanswer (participation_id, question, answer)
SELECT %(participation)s + n, question,
       CASE WHEN n * multiplier %% modulus < yes THEN 'yes' WHEN n * multiplier %% modulus < 60 THEN 'no'
            WHEN n * multiplier %% modulus < 66 THEN 'refused' ELSE 'not_asked' END
FROM (VALUES ('minority', 179424673, 71, 28), ('disability', 198491317, 69, 5), ('rural', 217645177, 67, 13))
     AS q (question, multiplier, modulus, yes)
     CROSS JOIN generate_series(0::bigint, %(count)s - 1) AS n
"""
RESULTS = """
INSERT INTO beneficiaries_result (participation_id, kind, seen_on)
SELECT id, CASE WHEN labour_status = 'INE' THEN 'in_education' WHEN labour_status IN ('EM', 'SE') THEN 'qualification'
                ELSE 'employed' END,
       left_on + 9
FROM beneficiaries_participation
WHERE id BETWEEN %(participation)s AND %(last)s AND left_on IS NOT NULL AND id %% 4 > 0
"""
MEMBERS = """
INSERT INTO beneficiaries_groupmember (group_id, participation_id, from_on)
SELECT g.id, %(participation)s + (g.place - 1) * %(people)s + n, p.entered_on
FROM unnest(%(groups)s::bigint[]) WITH ORDINALITY AS g (id, place)
     CROSS JOIN generate_series(0::bigint, %(class)s - 1) AS n
     JOIN beneficiaries_participation p ON p.id = %(participation)s + (g.place - 1) * %(people)s + n
"""
ATTENDANCE = """
INSERT INTO beneficiaries_attendance (session_id, participation_id, mark, marked_at)
SELECT s.id, %(participation)s + (s.place - 1) / %(each)s * %(people)s + n,
       CASE WHEN chance < 45 THEN 'here' WHEN chance < 50 THEN 'absent' ELSE 'excused' END,
       %(at)s
FROM unnest(%(sessions)s::bigint[]) WITH ORDINALITY AS s (id, place)
     CROSS JOIN generate_series(0::bigint, %(class)s - 1) AS n
     CROSS JOIN LATERAL (SELECT (s.place * 41 + n) * 7919 %% 53) AS w (chance)
"""
TABLES = (Person, Identity, Participation, Stay, SensitiveAnswer, Result, GroupMember, Attendance)


@transaction.atomic
def make(projects: int, today: date, at: datetime, shape: Shape = MANY) -> int:
    """Bring the sample projects of a shape up to so many; returns how many were missing.

    They stand in the programme of the demo. `today` is the day before which everything of theirs happened.
    """
    there = Project.objects.filter(number__startswith=shape.prefix).count()
    wanted = range(there, projects)
    if not wanted:
        return 0
    programme = Programme.objects.get(code=EDUCATION)
    made = _projects(programme, wanted, at, shape)
    schools = _schools(made)
    _money(made, today, at)
    groups, sessions = _sessions(made, schools, today, shape)
    _people(there, made, schools, groups, sessions, today, at, shape)
    audit.record("demo.scaled", programme, by=None, at=at, key=programme.code, after={"projects": len(made)})
    with connection.cursor() as cursor:
        for model in (*TABLES, Project, Session, ReportedCost):  # so that the planner knows how large they are now
            cursor.execute(f"ANALYZE {model._meta.db_table}")
    return len(made)


def _projects(programme: Programme, numbers: range, at: datetime, shape: Shape) -> list[Project]:
    return Project.objects.bulk_create(
        Project(
            number=f"{shape.prefix}{n + 1:05}",
            programme=programme,
            title={"bg": f"Примерен проект {n + 1}", "en": f"Sample project {n + 1}"},
            summary={
                "bg": "Измислен проект за измерване на скоростта.",
                "en": "An invented project for measuring speed.",
            },
            state=Project.State.IN_PROGRESS,
            published=True,
            updated_at=at,
            source="Invented, for measuring.",
            synthetic=True,
        )
        for n in numbers
    )


def _schools(projects: Sequence[Project]) -> list[Organisation]:
    """Two schools of each project, in the order of the projects."""
    schools = Organisation.objects.bulk_create(
        Organisation(
            name={"bg": f"Училище {letter} на {project.number}", "en": f"School {letter} of {project.number}"},
            kind=Organisation.Kind.SCHOOL,
            country="BG",
            synthetic=True,
        )
        for project in projects
        for letter in "AB"
    )
    Partner.objects.bulk_create(
        Partner(project=projects[n // 2], organisation=school, role=Partner.Role.SCHOOL, synthetic=True)
        for n, school in enumerate(schools)
    )
    return schools


def _money(projects: Sequence[Project], today: date, at: datetime) -> None:
    eu, national = split(TOTAL, RATE)
    contracts = ContractVersion.objects.bulk_create(
        ContractVersion(
            project=project, number=f"{project.number}-C01", version=1, signed_on=BEGINS, in_force_from=BEGINS,
            starts_on=BEGINS, ends_on=ENDS, total=TOTAL, eu_part=eu, national_part=national, own_part=NOTHING,
        )
        for project in projects
    )  # fmt: skip
    activities = Activity.objects.bulk_create(
        Activity(
            project=project, position=n, number=str(n), title={"bg": f"Дейност {n}", "en": f"Activity {n}"},
            synthetic=True,
        )
        for project in projects
        for n in range(1, ACTIVITIES + 1)
    )  # fmt: skip
    lines = BudgetLine.objects.bulk_create(
        BudgetLine(
            contract=contracts[n // ACTIVITIES], activity=activity, code=f"{activity.number}.1", name=activity.title,
            form=BudgetLine.Form.REAL, synthetic=True, **_parts(TOTAL / ACTIVITIES),
        )
        for n, activity in enumerate(activities)
    )  # fmt: skip
    ReportedCost.objects.bulk_create(
        (
            ReportedCost(
                project=line.contract.project, line=line, activity=line.activity, document=f"Фактура {100 * n + cost}",
                document_on=today - timedelta(days=40 + 30 * cost), reported_on=today - timedelta(days=20 + 30 * cost),
                entered_at=at, synthetic=True, **_parts(Decimal(3000 + (n * 7919 + cost * 641) % 4000)),
            )
            for n, line in enumerate(lines)
            for cost in range(COSTS)
        ),
        batch_size=2000,
    )  # fmt: skip


def _parts(total: Decimal) -> dict[str, Any]:
    eu, national = split(total, RATE)
    return {"total": total, "eu_part": eu, "national_part": national, "own_part": NOTHING}


def _sessions(
    projects: Sequence[Project], schools: Sequence[Organisation], today: date, shape: Shape
) -> tuple[list[Group], list[Session]]:
    """One group at the first school of each project, with sessions that are over."""
    groups = Group.objects.bulk_create(
        Group(project=project, school=schools[2 * n], name="Клуб 1", synthetic=True)
        for n, project in enumerate(projects)
    )
    first = {a.project_id: a for a in Activity.objects.filter(project__in=projects, number="1")}
    sessions = Session.objects.bulk_create(
        Session(
            project_id=group.project_id, activity=first[group.project_id], school_id=group.school_id, group=group,
            on=today - timedelta(days=shape.days * back), starts_at=time(14, 0), ends_at=time(15, 30),
            hours=Decimal("1.50"), place="Стая 1", leader="Ръководител 1", topic="Работа по двойки",
            state=Session.State.HELD, synthetic=True,
        )
        for group in groups
        for back in range(shape.sessions, 0, -1)
    )  # fmt: skip
    return groups, sessions


def _people(
    there: int,
    projects: Sequence[Project],
    schools: Sequence[Organisation],
    groups: Sequence[Group],
    sessions: Sequence[Session],
    today: date,
    at: datetime,
    shape: Shape,
) -> None:
    count = len(projects) * shape.people
    given, family = zip(*((g, f) for g in GIVEN["bg F"].split() for f in FAMILY["bg F"].split()), strict=True)
    keys = [name_keys(*name) for name in zip(given, family, strict=True)]
    participation = _reserve(Participation, count)
    values: dict[str, Any] = {
        "count": count, "from": there * shape.people, "people": shape.people, "class": shape.of_class,
        "each": shape.sessions, "prefix": shape.prefix,
        "person": _reserve(Person, count), "participation": participation, "last": participation + count - 1,
        "given": list(given), "family": list(family), "names": len(given),
        "keys": [key["search_key"] for key in keys], "sounds": [key["sound_key"] for key in keys],
        "projects": [p.pk for p in projects], "schools": [s.pk for s in schools], "groups": [g.pk for g in groups],
        "sessions": [s.pk for s in sessions], "today": today, "at": at,
    }  # fmt: skip
    with connection.cursor() as cursor:
        for sql in (PERSONS, IDENTITIES, PARTICIPATIONS, STAYS, ANSWERS, RESULTS, MEMBERS, ATTENDANCE):
            cursor.execute(sql, values)


def _reserve(model: type[models.Model], count: int) -> int:
    """The first of `count` keys of a table that nobody else will get."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [model._meta.db_table])
        [sequence] = cursor.fetchone()
        cursor.execute(f"LOCK TABLE {model._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("SELECT setval(%s, nextval(%s) + %s)", [sequence, sequence, count])
        [last] = cursor.fetchone()
    return last - count
