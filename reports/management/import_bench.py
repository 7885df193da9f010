"""The part of the bench about spreadsheets: a whole import of participants against COPY and one upsert by hand.

Ours is what the command and the API do, from the file to the last row: the file recognised and read by the process
apart, its rows staged, every cell checked by the rules of the form, rows matched with the portal and with each other,
then written with their history (what undoing needs) and one or two audit events for each person.

The base is what somebody in a hurry writes: COPY of the same cells into a temporary table of texts, then one
INSERT … SELECT … ON CONFLICT for each table, with every date and number cast by the database. It leaves the same number
of rows in the same domain tables, under the same indexes, constraints and foreign keys: person, identity, own number,
participation, stay, answers, results, group, follow-up. It checks nothing, matches nobody, and keeps no history.

Both run in a transaction whose foreign keys are looked at before it is taken back.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import python_calamine as calamine
import tablib
import xlsxwriter
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection, models, transaction
from django.test import Client
from django.utils.timezone import localdate, now
from import_export import fields, resources, widgets

from activities.models import Group
from beneficiaries import actions
from beneficiaries.actions import imports
from beneficiaries.models import (
    FollowUp,
    GroupMember,
    Identity,
    Import,
    OwnNumber,
    Participation,
    Person,
    Result,
    SensitiveAnswer,
    Stay,
)
from core.models import Organisation, Role, User
from core.money import NOTHING
from projects.models import ContractVersion, Membership, Partner, Programme, Project
from reports.management.measure import Line, memory

SCHOOLS, GROUPS = 10, 8
FEW = 300  # rows for the resources, whose rows per second do not depend on how many there are
LARGE = 30_000  # rows from which one round of each is enough
LIMITS = {"CSV": 6.0, "XLSX": 6.0, "doing the same": 1 / 25, "only writing": 1 / 8}
MEMORY = 300  # MiB
ADDRESSES = ("", "projects/", "participants/", "projects/BENCH/people/", "reports/", "trail/", "imports/")
SLOWEST_PAGE = 1.0  # seconds, for 95 of 100
QUESTIONS = [str(question) for question in SensitiveAnswer.Question.values]
HEADINGS = (
    "Own number", "Given name", "Family name", "Date of birth", "National number", "Gender", "Entry date", "Exit date",
    "Situation on the day of entry", "Highest completed education", *QUESTIONS, "Result",
    "Result seen on", "Group", "School", "Project number",
)  # fmt: skip
COLUMNS = (
    "reference", "given_name", "family_name", "born_on", "national_number", "gender", "entered_on", "left_on",
    "labour_status", "education", *QUESTIONS, "result", "result_on", "class", "school", "project",
)  # fmt: skip
GIVEN = [first + last for first in ("Ани", "Бо", "Вя", "Га", "Дари", "Еле", "Ива", "Кали") for last in
         ("на", "ра", "мира", "слава", "лина", "дора", "яна", "вета")]  # fmt: skip
FAMILY = [first + middle + "ова" for first in ("Бърз", "Ветр", "Гълъб", "Дъг", "Ежк", "Звезд", "Камб", "Лъч", "Мрав",
          "Обла", "Оре", "Пче", "Поля", "Руч", "Свет", "Син", "Смок", "Снеж", "Хвър", "Чин") for middle in
          ("ак", "ан", "ар", "ев", "ел", "ен", "ил", "ин", "ич", "ок", "ол", "он", "ор", "ук", "ул", "ум", "ун", "ур",
           "уш", "як")]  # fmt: skip

# Bare: a table of texts, with the keys that its rows will have.
BARE = """
CREATE TEMPORARY TABLE bare ({}, person bigint DEFAULT nextval(pg_get_serial_sequence('beneficiaries_person', 'id')),
  participation bigint DEFAULT nextval(pg_get_serial_sequence('beneficiaries_participation', 'id'))) ON COMMIT DROP
"""
UPSERT = (
    """INSERT INTO beneficiaries_person (id, key, code, gender, born_on, synthetic)
       SELECT person, gen_random_uuid(), 'B-' || person, gender, born_on::date, false FROM bare
       ON CONFLICT (code) DO UPDATE SET gender = excluded.gender, born_on = excluded.born_on""",
    """INSERT INTO beneficiaries_identity
         (person_id, given_name, family_name, search_key, sound_key, national_number_hash, synthetic)
       SELECT person, given_name, family_name, lower(given_name || ' ' || family_name),
         lower(given_name || ' ' || family_name), CASE WHEN coalesce(national_number, '') = '' THEN '' ELSE
         encode(sha256(convert_to(national_number, 'UTF8')), 'hex') END, false FROM bare
       ON CONFLICT (person_id) DO UPDATE SET given_name = excluded.given_name, family_name = excluded.family_name""",
    """INSERT INTO beneficiaries_ownnumber (school_id, number, person_id)
       SELECT o.id, reference, person FROM bare JOIN core_organisation o ON o.number = school
       ON CONFLICT (school_id, number) DO UPDATE SET person_id = excluded.person_id""",
    """INSERT INTO beneficiaries_participation
         (id, key, project_id, person_id, school_id, entered_on, left_on, labour_status, education, version, synthetic)
       SELECT participation, gen_random_uuid(), p.id, person, o.id, entered_on::date, nullif(left_on, '')::date,
         labour_status, education::smallint, 1, false
       FROM bare JOIN core_organisation o ON o.number = school JOIN projects_project p ON p.number = project
       ON CONFLICT (project_id, person_id) DO UPDATE
       SET left_on = excluded.left_on, labour_status = excluded.labour_status, education = excluded.education""",
    """INSERT INTO beneficiaries_stay (participation_id, entered_on, left_on)
       SELECT participation, entered_on::date, nullif(left_on, '')::date FROM bare ON CONFLICT DO NOTHING""",
    """INSERT INTO beneficiaries_sensitiveanswer (participation_id, question, answer)
       SELECT participation, question, answer FROM bare CROSS JOIN LATERAL (VALUES {}) AS a (question, answer)
       WHERE coalesce(answer, '') <> ''
       ON CONFLICT (participation_id, question) DO UPDATE SET answer = excluded.answer""",
    """INSERT INTO beneficiaries_result (participation_id, kind, seen_on)
       SELECT participation, result, result_on::date FROM bare WHERE coalesce(result, '') <> ''
       ON CONFLICT DO NOTHING""",
    """INSERT INTO beneficiaries_groupmember (group_id, participation_id, from_on, until_on)
       SELECT g.id, participation, entered_on::date, nullif(left_on, '')::date
       FROM bare JOIN core_organisation o ON o.number = school JOIN projects_project p ON p.number = project
       JOIN activities_group g ON g.project_id = p.id AND g.school_id = o.id AND g.name = class
       ON CONFLICT DO NOTHING""",
    """INSERT INTO beneficiaries_followup
         (key, participation_id, left_on, due_from, due_until, link_sha256, situation)
       SELECT gen_random_uuid(), participation, left_on::date, (left_on::date + interval '6 months')::date,
         (left_on::date + interval '6 months')::date + 28, '', '' FROM bare WHERE coalesce(left_on, '') <> ''
       ON CONFLICT DO NOTHING""",
)
TABLES: tuple[type[models.Model], ...] = (
    FollowUp, GroupMember, Result, SensitiveAnswer, Stay, Participation, OwnNumber, Identity, Person,
)  # fmt: skip
WORKER = "import django; django.setup(); from beneficiaries.tasks import bring_in; bring_in(import_id={})"


def lines(rows: int, by: User, say: Callable[[str], Any]) -> list[Line]:
    """Import `rows` participants as CSV and as XLSX and in a process of its own; the lines for the table."""
    Membership.objects.get_or_create(user=by, role=Role.ADMINISTRATOR)
    project = _project()
    with tempfile.TemporaryDirectory() as folder:
        sheet, book = Path(folder) / "participants.csv", Path(folder) / "participants.xlsx"
        _write(rows, project, sheet, book)
        found = [*_files(sheet, book, rows, project, by)]
        found += _against_resources(found[0], sheet, rows, project, by)
        return [*found, *_in_a_worker(sheet, rows, project, by, say)]


def _project() -> Project:
    """A project of its own with some schools and their groups."""
    programme = Programme.objects.filter(code="BENCH").first() or Programme.objects.create(
        code="BENCH", name={"en": "For measuring"}, fund=Programme.Fund.ESF_PLUS, country="BG", language="bg",
        statement=Programme.Statement.COFUNDED, counts_esf_indicators=True, late_days=400, synthetic=True,
    )  # fmt: skip
    if project := Project.objects.filter(number="BENCH").first():
        return project
    project = Project.objects.create(
        number="BENCH", programme=programme, title={"en": "For measuring"}, state=Project.State.IN_PROGRESS,
        updated_at=now(), synthetic=True,
    )  # fmt: skip
    ContractVersion.objects.create(
        project=project, number="BENCH-C01", version=1, signed_on=date(2024, 1, 1), in_force_from=date(2024, 1, 1),
        starts_on=date(2024, 1, 1), ends_on=date(2033, 12, 31), total=Decimal(100), eu_part=Decimal(100),
        national_part=NOTHING, own_part=NOTHING,
    )  # fmt: skip
    for n in range(SCHOOLS):
        school = Organisation.objects.create(
            name={"bg": f"Училище {n}"}, number=f"BENCH-{n}", kind=Organisation.Kind.SCHOOL, country="BG",
            synthetic=True,
        )  # fmt: skip
        Partner.objects.create(project=project, organisation=school, role=Partner.Role.SCHOOL, synthetic=True)
        Group.objects.bulk_create(
            Group(project=project, school=school, name=f"{5 + g} клас", synthetic=True) for g in range(GROUPS)
        )
    return project


def _write(rows: int, project: Project, sheet: Path, book: Path) -> None:
    """The same participants as CSV and as XLSX, with all columns of a list of a school.

    On one day nobody is born who shares a name with another, so that nobody is taken for somebody else; half of them
    have a national number.
    """
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        writer.writerows(_people(rows, project))
    workbook = xlsxwriter.Workbook(str(book), {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
    page = workbook.add_worksheet("Participants")
    page.write_row(0, 0, HEADINGS)
    for n, row in enumerate(_people(rows, project), 1):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                page.write_datetime(n, column, cell)
            elif cell:
                page.write_string(n, column, cell)
    workbook.close()


def _people(rows: int, project: Project) -> Iterator[list[Any]]:
    today, answers = localdate(), ("yes", "no", "no", "no", "refused", "not_asked", "no")
    for n in range(rows):
        turn, day = divmod(n, 3650)
        born_on = date(2008, 1, 1) + timedelta(days=day)
        entered_on = today - timedelta(days=90 + n % 211)
        left_on = entered_on + timedelta(days=30 + n % 43) if n % 4 == 0 else None
        seen_on = left_on + timedelta(days=9) if left_on and n % 8 == 0 else None
        yield [
            f"{n // SCHOOLS + 1}/{n % SCHOOLS}", GIVEN[turn % len(GIVEN)], FAMILY[(7 * turn + day) % len(FAMILY)],
            born_on, _egn(born_on, turn) if n % 2 else "", "FM"[n % 2], entered_on, left_on or "",
            ("INE", "INE", "INE", "IN", "UE")[n % 5], str(n % 3), *(answers[(n + 3 * q) % 7] for q in range(6)),
            "in_education" if seen_on else "", seen_on or "",
            f"{5 + n // SCHOOLS % GROUPS} клас", f"BENCH-{n % SCHOOLS}", project.number,
        ]  # fmt: skip


def _egn(born_on: date, serial: int) -> str:
    """A national number of the form it has in Bulgaria, of nobody."""
    digits = f"{born_on.year % 100:02}{born_on.month + 40:02}{born_on.day:02}{serial:03}"
    weights = (2, 4, 8, 5, 10, 9, 7, 3, 6)
    return digits + str(sum(w * int(d) for w, d in zip(weights, digits, strict=True)) % 11 % 10)


# --- the same import, ours and bare ----------------------------------------------------------------------------------


def _files(sheet: Path, book: Path, rows: int, project: Project, by: User) -> Iterator[Line]:
    def bare_csv() -> None:
        with sheet.open(encoding="utf-8") as file, _bare(" WITH (FORMAT csv, HEADER true)") as copy:
            while block := file.read(1 << 20):
                copy.write(block)
        _upsert()

    def bare_xlsx() -> None:
        with _bare() as copy:
            table = calamine.load_workbook(str(book)).get_sheet_by_index(0).iter_rows()
            next(table)
            for row in table:
                copy.write_row([cell if cell.__class__ is str else str(cell) for cell in row])
        _upsert()

    for name, path, base in (("CSV", sheet, bare_csv), ("XLSX", book, bare_xlsx)):
        ours: list[float] = []
        bare: list[float] = []
        left: set[tuple[int, ...]] = set()
        for _round in range(1 if rows >= LARGE else 2):
            left |= {_timed(partial(_import, path, rows, project, by), ours), _timed(base, bare)}
        if len(left) > 1:
            raise CommandError(f"import of {name} and its base leave another number of rows: {left}")
        yield Line(
            f"{name} of {rows} participants", min(ours), min(bare), LIMITS[name], f"{rows / min(ours):.0f} rows/s"
        )


def _timed(do: Callable[[], Any], times: list[float]) -> tuple[int, ...]:
    """Do it, look at the foreign keys, and take it back; how many rows it left in each table."""
    before = [model._default_manager.count() for model in TABLES]
    with transaction.atomic():
        start = time.perf_counter()
        do()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        times.append(time.perf_counter() - start)
        after = [model._default_manager.count() for model in TABLES]
        transaction.set_rollback(True)
    with connection.cursor() as cursor:  # the next one shall not pay for the dead rows of this one
        cursor.execute("VACUUM")
    return tuple(b - a for a, b in zip(before, after, strict=True))


def _import(path: Path, rows: int, project: Project, by: User) -> None:
    answer = imports.take_at_once(
        kind="participants", project=project, school=None, path=path, name=path.name, language="bg", by=by, at=now(),
        write=True,
    )  # fmt: skip
    if answer.counts["new"] != rows:
        raise CommandError(f"not every row went in: {answer.counts} {answer.problems[:3]}")


def _bare(form: str = "") -> Any:
    """A COPY into the temporary table, to be filled."""
    with connection.cursor() as cursor:
        cursor.execute(BARE.format(", ".join(f"{name} text" for name in COLUMNS)))
    return connection.connection.cursor().copy(f"COPY bare ({', '.join(COLUMNS)}) FROM STDIN{form}")


def _upsert() -> None:
    answers = ", ".join(f"('{name}', {name})" for name in QUESTIONS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE bare")
        for statement in UPSERT:
            cursor.execute(statement.format(answers))


# --- a default resource ----------------------------------------------------------------------------------------------


def _against_resources(ours: Line, sheet: Path, rows: int, project: Project, by: User) -> list[Line]:
    """Resources of django-import-export as they are by default: row by row, with a look for the row that is there.

    One does what the import does, with the checks, the search for duplicates and the events of the form, by the same
    actions as the page. The other only writes the rows through the ORM: no check, no history, and it is given the
    project, schools and groups.
    """
    with sheet.open(encoding="utf-8") as file:
        table = tablib.Dataset(*[["", *row] for row in csv.reader(file)][1 : FEW + 1], headers=["id", *HEADINGS])
    found = []
    for name, kind in (("doing the same", _Entering), ("only writing", _Writing)):

        def do(kind=kind) -> None:
            result = kind(project, by).import_data(table, raise_errors=True)
            if result.totals["new"] != len(table):
                raise CommandError(f"the resource took {dict(result.totals)}")

        times: list[float] = []
        for _round in range(2):
            _timed(do, times)
        base = min(times) / len(table) * rows
        told = f"{base / ours.ours:.0f} times as fast; {len(table) / min(times):.0f} rows/s with it"
        found.append(Line(f"CSV, a resource {name}", ours.ours, base, LIMITS[name], told))
    return found


class _Participants(resources.ModelResource):
    entered_on = fields.Field("entered_on", "Entry date", widgets.DateWidget("%Y-%m-%d"))
    left_on = fields.Field("left_on", "Exit date", widgets.DateWidget("%Y-%m-%d"))
    labour_status = fields.Field("labour_status", "Situation on the day of entry")
    education = fields.Field("education", "Highest completed education", widgets.IntegerWidget())

    class Meta:
        model = Participation
        fields = ("id", "entered_on", "left_on", "labour_status", "education")

    def __init__(self, project: Project, by: User):
        super().__init__()
        self.project, self.by = project, by
        self.schools = {school.number: school for school in Organisation.objects.filter(number__startswith="BENCH-")}
        groups = Group.objects.filter(project=project).select_related("project", "school")
        self.groups = {(group.school_id, group.name): group for group in groups}


class _Entering(_Participants):
    def save_instance(self, instance, is_create, row, **kwargs):
        school, who = self.schools[row["School"]], dict[str, Any](by=self.by, at=now())
        made = actions.add_participant(
            project=self.project, school=school, given_name=row["Given name"], family_name=row["Family name"],
            born_on=date.fromisoformat(row["Date of birth"]), gender=row["Gender"], entered_on=instance.entered_on,
            labour_status=instance.labour_status, education=instance.education,
            sensitive={question: row[question] for question in QUESTIONS}, group=self.groups[school.pk, row["Group"]],
            national_number=row["National number"], confirmed_not_duplicate=True, **who,
        )  # fmt: skip
        OwnNumber.objects.create(school=school, number=row["Own number"], person=made.person)
        if instance.left_on:
            results = {row["Result"]: date.fromisoformat(row["Result seen on"])} if row["Result"] else {}
            actions.leave(made, left_on=instance.left_on, results=results, **who)


class _Writing(_Participants):
    def before_save_instance(self, instance, row, **kwargs):
        code = f"R-{row['School']}-{row['Own number']}"[:20]
        person = Person.objects.create(code=code, gender=row["Gender"], born_on=row["Date of birth"])
        names = {"given_name": row["Given name"], "family_name": row["Family name"]}
        Identity.objects.create(
            person=person, **names, **actions.name_keys(*names.values()), national_number_hash=row["National number"]
        )
        instance.person, instance.project, instance.school = person, self.project, self.schools[row["School"]]
        OwnNumber.objects.create(school=instance.school, number=row["Own number"], person=person)

    def after_save_instance(self, instance, row, **kwargs):
        stay = {"entered_on": instance.entered_on, "left_on": instance.left_on}
        Stay.objects.create(participation=instance, **stay)
        for question in QUESTIONS:
            SensitiveAnswer.objects.create(participation=instance, question=question, answer=row[question])
        group = self.groups[instance.school_id, row["Group"]]
        days = {"from_on": instance.entered_on, "until_on": instance.left_on}
        GroupMember.objects.create(participation=instance, group=group, **days)
        if row["Result"]:
            Result.objects.create(participation=instance, kind=row["Result"], seen_on=row["Result seen on"])
        if instance.left_on:
            due = instance.left_on + timedelta(days=184)
            days = {"left_on": instance.left_on, "due_from": due, "due_until": due + timedelta(days=28)}
            FollowUp.objects.create(participation=instance, **days)


# --- in a worker -----------------------------------------------------------------------------------------------------


def _in_a_worker(sheet: Path, rows: int, project: Project, by: User, say: Callable[[str], Any]) -> list[Line]:
    """The way of the page: a worker reads and checks, is stopped once, then brings in, while pages are fetched."""
    for draft in Import.objects.of(by).drafts():
        imports.discard(draft, by=by, at=now())
    with sheet.open("rb") as file:
        source = imports.begin(
            kind="participants", project=project, school=None, name=sheet.name,
            chunks=iter(lambda: file.read(1 << 16), b""), size=sheet.stat().st_size, language="bg", by=by, at=now(),
        )  # fmt: skip
    pages = Watched(by, source)
    try:
        alone = pages.alone()
        read = pages.during(Import.Job.READ)
        stopped = pages.during(Import.Job.BRING_IN, stop=True)
        source.refresh_from_db()
        if source.job or source.finished_at or Participation.objects.filter(project=project).exists():
            raise CommandError("the import was not stopped; give it more --rows")
        bring = pages.during(Import.Job.BRING_IN)
        source.refresh_from_db()
        if source.new != rows:
            raise CommandError(f"the worker brought in {source.new} of {rows} rows: {source.failure}")
    finally:
        _sweep(source, project)
    p95 = _p95(pages.times)
    slowest, which = max(pages.times)
    say(
        f"a worker reads and checks {rows} rows in {read:.1f} s, brings them in in {bring:.1f} s (both from its start),"
        f" stops {stopped:.1f} s after it was told to; progress was seen {len(pages.seen)} times; at most"
        f" {pages.memory:.0f} MiB; {len(pages.times)} pages meanwhile, p95 {p95 * 1000:.0f} ms,"
        f" slowest {slowest * 1000:.0f} ms (/{which})"
    )
    return [
        Line("pages during an import, p95 against 1 s", p95, SLOWEST_PAGE, 1.0, f"without it {alone * 1000:.0f} ms"),
        Line(f"memory of the worker against {MEMORY} MiB", pages.memory / 1000, MEMORY / 1000, 1.0, "MiB, not ms"),
    ]


def _p95(times: list[tuple[float, str]]) -> float:
    return sorted(times)[int(len(times) * 0.95)][0]


class Watched:
    """Jobs of one import done by a process like a worker, with pages fetched meanwhile."""

    def __init__(self, by: User, source: Import):
        self.source, self.memory, self.seen = source, 0.0, set[int]()
        self.times: list[tuple[float, str]] = []
        self.client = Client(SERVER_NAME="localhost")
        self.client.force_login(by, backend=settings.AUTHENTICATION_BACKENDS[0])

    def alone(self) -> float:
        """The same pages while nothing is imported: seconds for 95 of 100."""
        for _round in range(6):
            self._fetch()
        times, self.times = self.times[len(ADDRESSES) :], []
        return _p95(times)

    def during(self, job: str, *, stop: bool = False) -> float:
        """Let a worker do the job; how many seconds it took, with `stop` from the moment it was told to stop."""
        imports.ask(self.source, job)
        start, asked = time.perf_counter(), 0.0
        command = [sys.executable, "-c", WORKER.format(self.source.pk)]
        with subprocess.Popen(command, cwd=settings.BASE_DIR) as process:  # noqa: S603
            while process.poll() is None:
                self._fetch()
                self.memory = max(self.memory, memory("VmHWM", process.pid))
                working, progress = Import.objects.values_list("job", "progress").get(pk=self.source.pk)
                self.seen |= {progress} - {0}
                if stop and working and progress:
                    imports.cancel(self.source)
                    asked = time.perf_counter()
        if process.returncode:
            raise CommandError(f"the worker ended with {process.returncode}")
        return time.perf_counter() - (asked or start)

    def _fetch(self) -> None:
        for address in ADDRESSES:
            start = time.perf_counter()
            answer = self.client.get(f"/en/work/{address}")
            self.times.append((time.perf_counter() - start, address))
            if answer.status_code != 200:
                raise CommandError(f"{address} answered {answer.status_code}")


def _sweep(source: Import, project: Project) -> None:
    """Take the rows of the worker out of the database again, but those of the trail."""
    participations = Participation.objects.filter(project=project)
    people = list(participations.values_list("person", flat=True))
    for model in TABLES:
        rows = model._default_manager.all()
        if model is Participation:
            rows = participations
        elif model is Person:
            rows = rows.filter(pk__in=people)
        elif model in (Identity, OwnNumber):
            rows = rows.filter(person__in=people)
        else:
            rows = rows.filter(participation__project=project)
        rows._raw_delete(rows.db)
    source.staged.all()._raw_delete(source.staged.db)
    source.refresh_from_db()
    file = source.file
    source.delete()
    if file:
        file.delete()
