"""The part of the bench about reports: the table of indicators against one pass written by hand, and from the snapshot;
the progress report of a large project against bare WeasyPrint; a large workbook against the bare writer; many reports
on two workers against one after the other on one."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import xlsxwriter
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.db.models import F, Max, Min, Sum
from django.utils.timezone import localdate, now
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from core.models import Role, User
from core.pdf import STATIC
from projects.models import Membership, Programme, Project
from reports import actions, book, pdf, snapshot, tasks
from reports.columns import KINDS
from reports.indicators import actions as indicators
from reports.indicators.figures import counted, library_of
from reports.indicators.figures.counting import totals
from reports.management.demo import scale
from reports.management.measure import Line, least, memory, pair
from reports.models import Report
from reports.tables import shown

PERIOD = (date(2021, 1, 1), date(2029, 12, 31))
LONGEST = 0.005  # seconds from the snapshot to the cells of a table
MOST_MEMORY = 400  # MiB of a process that makes the report of a large project
SILENT: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": settings.BASE_DIR}
PATIENCE = 900  # seconds for the queue
SAMPLE = 20  # reports made one after the other, to know what one takes

# Records as one pass sees them, written by hand: who entered in the period, what is yes, which results came in time.
RECORDS = """
  SELECT q.gender, p.labour_status AS status, p.education, extract(year FROM age(p.entered_on, q.born_on)) AS years,
    q.gender <> '' AND q.born_on IS NOT NULL AND p.labour_status <> '' AND p.education IS NOT NULL AS ok,
    s.yes, r.soon, r.later, c.code AS place, j.region, p.school_id, p.project_id, p.entered_on, p.left_on
  FROM beneficiaries_participation p JOIN beneficiaries_person q ON q.id = p.person_id
  JOIN projects_project j ON j.id = p.project_id JOIN core_organisation o ON o.id = p.school_id
  LEFT JOIN core_code c ON c.id = o.place_id
  LEFT JOIN (SELECT a.participation_id, array_agg(a.question) AS yes FROM beneficiaries_sensitiveanswer a
             JOIN beneficiaries_participation p ON p.id = a.participation_id
             WHERE a.answer = 'yes' AND p.project_id = ANY(%(projects)s) GROUP BY 1) s ON s.participation_id = p.id
  LEFT JOIN (SELECT r.participation_id,
               array_agg(r.kind) FILTER (WHERE r.seen_on BETWEEN p.left_on AND p.left_on + 28) AS soon,
               array_agg(r.kind) FILTER (WHERE r.seen_on >= (p.left_on + interval '6 months')::date) AS later
             FROM beneficiaries_result r JOIN beneficiaries_participation p ON p.id = r.participation_id
             WHERE p.project_id = ANY(%(projects)s) GROUP BY 1) r ON r.participation_id = p.id
  WHERE p.project_id = ANY(%(projects)s) AND p.entered_on BETWEEN %(start)s AND %(end)s
"""
COUNTS = """
  count(*) FILTER (WHERE ok), count(*) FILTER (WHERE ok AND status IN ('UE','LTU')),
  count(*) FILTER (WHERE ok AND status = 'LTU'), count(*) FILTER (WHERE ok AND status IN ('IN','INE')),
  count(*) FILTER (WHERE ok AND status IN ('EM','SE')), count(*) FILTER (WHERE ok AND years < 18),
  count(*) FILTER (WHERE ok AND years BETWEEN 18 AND 29), count(*) FILTER (WHERE ok AND years >= 55),
  count(*) FILTER (WHERE ok AND education <= 2), count(*) FILTER (WHERE ok AND education IN (3,4)),
  count(*) FILTER (WHERE ok AND education >= 5),
  count(*) FILTER (WHERE ok AND 'disability' = ANY(yes)), count(*) FILTER (WHERE ok AND 'third_country' = ANY(yes)),
  count(*) FILTER (WHERE ok AND 'foreign_background' = ANY(yes)), count(*) FILTER (WHERE ok AND 'minority' = ANY(yes)),
  count(*) FILTER (WHERE ok AND 'homeless' = ANY(yes)), count(*) FILTER (WHERE ok AND 'rural' = ANY(yes)),
  count(*) FILTER (WHERE ok AND 'searching' = ANY(soon) AND status IN ('IN','INE')),
  count(*) FILTER (WHERE ok AND 'in_education' = ANY(soon) AND status <> 'INE'),
  count(*) FILTER (WHERE ok AND 'qualification' = ANY(soon)),
  count(*) FILTER (WHERE ok AND 'employed' = ANY(soon) AND status NOT IN ('EM','SE')),
  count(*) FILTER (WHERE ok AND 'employed_later' = ANY(later) AND status NOT IN ('EM','SE')),
  count(*) FILTER (WHERE ok AND 'better_later' = ANY(later) AND status IN ('EM','SE'))
"""
BY_GENDER = f"SELECT gender, {COUNTS} FROM ({RECORDS}) x GROUP BY gender"  # noqa: S608
AGE = "CASE WHEN years < 18 THEN 1 WHEN years < 30 THEN 2 WHEN years < 55 THEN 3 WHEN years IS NOT NULL THEN 4 END"
SCHOOLING = "CASE WHEN education <= 2 THEN 1 WHEN education <= 4 THEN 2 WHEN education IS NOT NULL THEN 3 END"
IN_PARTS = f"""
SELECT gender, age, schooling, place, region, school_id, project_id, entered, gone, {COUNTS}
FROM (SELECT y.*, {AGE} AS age, {SCHOOLING} AS schooling, extract(year FROM entered_on) AS entered,
             extract(year FROM left_on) AS gone FROM ({RECORDS}) y) x
GROUP BY GROUPING SETS ((gender), (gender, age), (gender, schooling), (gender, place), (gender, region),
                        (gender, school_id), (gender, project_id), (gender, entered), (gender, gone))
"""  # noqa: S608


def lines(rounds: int, cells: int, queued: int, by: User, say: Callable[[str], Any]) -> Iterator[Line]:
    """`cells`: rows of the large workbook; `queued`: reports that two workers share. `by` becomes an administrator."""
    Membership.objects.get_or_create(user=by, role=Role.ADMINISTRATOR)
    scale.make(1, localdate(), now(), scale.LARGE)
    programme = Programme.objects.get(projects__number__startswith=scale.LARGE.prefix)
    indicators.add_common(programme, by=by, at=now())
    few = max(2, rounds // 5)
    yield from _indicators(programme, few)
    yield _from_the_snapshot(programme, rounds, by)
    yield _large_report(few)
    yield _workbook(cells, few)
    yield _queue(queued, say)


def _indicators(programme: Programme, rounds: int) -> Iterator[Line]:
    """The library of a programme over all its projects: as progress reports show it, by gender; and with every part."""
    library = [each for each in library_of(programme.pk) if each[1].source == "common"]
    ids = list(programme.projects.values_list("pk", flat=True))
    asked: dict[str, Any] = {"projects": ids, "start": PERIOD[0], "end": PERIOD[1]}

    def by_hand(sql: str) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, asked)
            return cursor.fetchall()

    found = totals(library, ids, *PERIOD).period
    plain = by_hand(BY_GENDER)
    for n, code in enumerate(sorted(found), start=1):
        if found[code].whole.total != sum(row[n] for row in plain):
            raise CommandError(f"{code} differs from the pass written by hand")
    more = f"{len(ids)} projects, {found['EECO01'].whole.total} people"
    times = pair(lambda: totals(library, ids, *PERIOD), lambda: by_hand(BY_GENDER), rounds)
    yield Line("library of indicators by gender", *times, 1.3, more)
    times = pair(lambda: counted(library, ids, *PERIOD), lambda: by_hand(IN_PARTS), rounds)
    yield Line("library of indicators with all parts", *times, 1.3, more)


def _from_the_snapshot(programme: Programme, rounds: int, by: User) -> Line:
    """The table of a sealed report, from its row in the database to cells for people."""
    with transaction.atomic():
        report, _new = actions.ask(
            kind="indicators", programme=programme, from_on=PERIOD[0], to_on=localdate(), language="bg", by=by, at=now()
        )
        claimed = actions.claim(report.pk, at=now())
        if claimed is None:
            raise CommandError("the report of the bench is made by somebody else")
        actions.finish(claimed, snapshot.take(claimed, now()), [], at=now())

        def ours() -> int:
            column = "snapshot__tables__counted_indicators"
            table = Report.objects.values_list(column, flat=True).get(pk=report.pk)
            return len(shown("counted_indicators", table, "bg").rows)

        took, _base = least(ours, lambda: 0, rounds, _database())
        transaction.set_rollback(True)
    return Line("table of indicators from the snapshot", took, LONGEST, 1.0, "plain: what it may take")


def _large_report(rounds: int) -> Line:
    """The progress report of 2,000 participants and 500 sessions, figures to bytes, against bare WeasyPrint on its
    HTML; then once more in a process of its own, to see the memory that takes."""
    project = Project.objects.get(number__startswith=scale.LARGE.prefix)
    report = Report(kind="progress", project=project, from_on=scale.BEGINS, to_on=localdate(), language="bg")
    taken = snapshot.take(report, now())
    html = pdf.html(taken)

    def ours() -> bytes:
        found = snapshot.take(report, now())
        return pdf.render(pdf.lay_out(pdf.html(found)), found)

    def bare() -> bytes:
        fonts = FontConfiguration()
        css = CSS(filename=STATIC / "css" / "pdf.css", font_config=fonts)
        page = HTML(string=html, base_url=STATIC.as_uri() + "/")
        return page.write_pdf(stylesheets=[css], font_config=fonts, pdf_variant="pdf/ua-1")

    size = len(ours())
    times = least(ours, bare, rounds, _database())
    most = _memory_of_making(project.number)
    if most > MOST_MEMORY:
        raise CommandError(f"the report of a large project takes {most:.0f} MiB")
    more = f"{project.participations.count()} people, {project.sessions.count()} sessions, {size / 1024:.0f} kB"
    return Line("progress report of a large project", *times, 1.15, f"{more}, process {most:.0f} MiB")


def _database() -> int:
    """The process of the database that serves this one; only where it runs on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def _memory_of_making(number: str) -> float:
    """The most memory in MiB of a process that makes all files of that report."""
    period = ["--from", str(scale.BEGINS), "--to", str(localdate()), "--language", "bg"]
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "manage.py", "make_report", "progress", "--project", number, *period, "--out", out]
        making = subprocess.Popen(command, **SILENT)  # noqa: S603
        most = 0.0
        while making.poll() is None:
            most = max(most, memory("VmHWM", making.pid))
            time.sleep(0.02)
    if making.returncode:
        raise CommandError("the report of a large project was not made")
    return most


def _workbook(rows: int, rounds: int) -> Line:
    """A table of costs as a workbook against a loop over the bare writer that writes the same cells."""
    day, kind = date(2025, 1, 1), KINDS["costs"]
    written = [
        {
            "reported_on": str(day + timedelta(days=n % 700)), "line": f"{n % 9 + 1}.1", "number": str(n % 7 + 1),
            "document": f"Фактура {n}", "document_on": str(day + timedelta(days=n % 690)), "currency": "EUR",
            "amount": f"{n * 7919 % 400_000}.17", "eur": f"{n * 7919 % 400_000}.17",
        }
        for n in range(rows)
    ]  # fmt: skip
    at = datetime(2026, 1, 1, tzinfo=UTC)

    def ours() -> int:
        return len(book.plain({"costs": {"rows": written, "total": None}}, [], "en", at))

    def bare() -> int:
        out = io.BytesIO()
        workbook = xlsxwriter.Workbook(out, book.OPTIONS)
        sheet = workbook.add_worksheet("costs")
        money, of_day = (workbook.add_format({"num_format": form}) for form in ("#,##0.00", "yyyy-mm-dd"))
        for i, row in enumerate(written, start=1):
            for j, column in enumerate(kind.columns):
                value = row[column.key]
                if column.kind == "day":
                    sheet.write_datetime(i, j, date.fromisoformat(value), of_day)
                elif column.kind in book.NUMBERS:
                    sheet.write_number(i, j, float(value), money)
                else:
                    sheet.write_string(i, j, value)
        workbook.close()
        return len(out.getvalue())

    size = ours()
    times = least(ours, bare, rounds, _database())
    return Line("workbook", *times, 1.3, f"{rows} rows, {size / 1024 / 1024:.1f} MiB")


# --- the queue -------------------------------------------------------------------------------------------------------


def _queue(number: int, say: Callable[[str], Any]) -> Line:
    """So many progress reports, each of another project of the same size: some of them one after the other on one
    worker, then all on two workers at once, from the first begun to the last finished. The base is half of what all
    would take on one worker, by the mean of those made there."""
    projects = list(Project.objects.filter(number__startswith=scale.MANY.prefix).order_by("pk")[:number])
    alone = projects[:: max(1, number // SAMPLE)]
    worked, elapsed = _made(alone, localdate(), workers=1)
    say(f"{len(alone)} reports on one worker in {elapsed:.0f} s")
    single = worked / len(alone)
    _worked, elapsed = _made(projects, localdate() - timedelta(days=1), workers=2)
    more = f"{len(projects)} reports; alone one takes {single:.1f} s"
    return Line("reports queued on two workers", elapsed, single * len(projects) / 2, 1.2, more)


def _made(projects: list[Project], day: date, workers: int) -> tuple[float, float]:
    """Seconds that workers spent on a report of each project in all, and from the first begun to the last finished."""
    asked = []
    for project in projects:
        report, _new = actions.ask(
            kind="progress", project=project, from_on=scale.BEGINS, to_on=day, language="bg", by=None, at=now()
        )
        asked.append(report)
    reports = Report.objects.filter(pk__in=[report.pk for report in asked])
    with _workers(workers):
        for report in asked:
            tasks.send(report.pk, report.queue)
        until = time.monotonic() + PATIENCE
        while reports.exclude(state=Report.State.DONE).exists():
            if time.monotonic() > until or reports.filter(state=Report.State.FAILED).exists():
                raise CommandError("the workers of the bench did not make every report")
            time.sleep(0.2)
    took = reports.annotate(took=F("finished_at") - F("started_at"))
    told = took.aggregate(worked=Sum("took"), first=Min("started_at"), last=Max("finished_at"))
    return told["worked"].total_seconds(), (told["last"] - told["first"]).total_seconds()


@contextlib.contextmanager
def _workers(number: int) -> Iterator[None]:
    """Workers on the servers of the bench, in a process group of their own."""
    command = [sys.executable, "-m", "celery", "-A", "config.celery:app", "worker", "-c", str(number)]
    command += ["-l", "ERROR", "--without-gossip", "--without-mingle"]
    running = subprocess.Popen(command, start_new_session=True, **SILENT)  # noqa: S603
    try:
        yield
    finally:
        running.terminate()
        try:
            running.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
