"""Every list that is taken away: long, it is a job whose file has the bytes that come at once, with the same rights."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils.translation import override

from beneficiaries.models import Export
from budgets import actions as budgets
from budgets.taken import VISITS
from core.models import AuditEvent, StoredFile
from projects.models import Membership
from projects.tables import tables
from reports import tasks
from reports.indicators.models import SchoolFigure
from tests import factories
from tests.budgets.conftest import cost
from tests.budgets.test_settlement import DAY, LATER, accepted, correct
from tests.conftest import NOON

OTHERS = {"microdata"}  # asks what it is for: shown in test_exports
LISTS = {  # key: filters, and rows below the heads
    "participants": ("", 3), "school_years": ("", 2), "trail": ("?action=claim.moved", 8), "visits": ("", 2),
    "corrections": ("", 2), "application": ("", 2), "accounts": ("", 2), "projects": ("?sort=-title", 2),
}  # fmt: skip
pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class World:
    project: Any
    application: Any
    people: dict[str, Any]

    def url(self, key: str) -> str:
        """The page that gives a list at once, in Bulgarian."""
        with override("bg"):
            of_row = [self.application.key] if key == "application" else []
            return reverse(tables()[key].url, args=of_row) + LISTS[key][0]


@pytest.fixture
def world(codes, programme):
    """Two projects; two claims of the first certified and corrected; two visits, two figures of a school."""
    project, other = (factories.ProjectFactory(programme=programme, title={"en": title}) for title in ("=A", "B"))
    contract = factories.ContractFactory(project=project)
    factories.ContractFactory(project=other)
    school = factories.school_of(project)
    people = factories.people_of(project, school)
    second = factories.UserFactory(name="Second")
    Membership.objects.create(user=second, role="officer", programme=programme)
    activity = factories.ActivityFactory(project=project)
    line = factories.BudgetLineFactory(contract=contract, activity=activity, code="1.1", form="real")
    claims = [accepted(project, [cost(line, total)], people, second) for total in ("100.01", "50.00")]
    draft = budgets.draft_application(programme, entered_on=DAY, by=people["officer"], at=LATER)
    application = budgets.send_application(draft, by=second, at=LATER)
    for claim in claims:
        correct(claim, people["officer"], {1: "0.01"})
    for day in (20, 21):
        budgets.plan_visit(
            project, planned_on=date(2026, 3, day), announced=True, partner=None, place="Burgas", claims=[],
            goes="A. Person", about="Clubs", by=people["officer"], at=NOON,
        )  # fmt: skip
    for _n in range(3):
        factories.participation(project, school)
    SchoolFigure.objects.bulk_create(
        SchoolFigure(school=school, year=2024, measure=measure, numerator=7, at=NOON)
        for measure in ("enrolled", "mediators")
    )
    return World(project, application, people)


@pytest.fixture
def long(settings, monkeypatch):
    """`long(True)`: each list is long, however few its rows; no worker is woken."""
    monkeypatch.setattr(tasks.write_export, "apply_async", lambda kwargs, queue: None)

    def switched(on: bool) -> None:
        settings.EXPORT_ROWS_AT_ONCE = 0 if on else 1000

    return switched


def asked(client, url: str) -> Export:
    """The job of a list that was too long, as the page has it made."""
    page = client.get(url)
    assert page.status_code == 302
    answer = client.post(page.url)
    assert answer.status_code == 303, answer.content
    return Export.objects.get(key=answer.url.rstrip("/").rpartition("/")[2])


def work(export: Export) -> Export:
    """What a worker does, who knows no language of a page."""
    with override("en"):
        tasks.write_export(export_id=export.pk)
    export.refresh_from_db()
    return export


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_each_list_is_here():
    assert set(tables()) == set(LISTS) | OTHERS


@pytest.mark.parametrize("key", LISTS)
def test_a_long_list_is_a_job_with_the_bytes_that_come_at_once_and_without_the_right_nothing(key, client, world, long):
    officer, url, table = world.people["officer"], world.url(key), tables()[key]
    client.force_login(officer)
    long(False)
    streamed = client.get(url)
    assert (streamed.status_code, streamed["Cache-Control"]) == (200, "private, no-store")
    at_once = streamed.getvalue()
    assert len(rows_of(at_once)) == LISTS[key][1]
    told = AuditEvent.objects.get(action=table.event)
    assert told.by_key == officer.key

    long(True)
    export = work(asked(client, url))
    assert (export.state, export.rows, export.progress, export.failure) == ("done", LISTS[key][1], LISTS[key][1], "")
    with override("bg"):
        file = client.get(reverse("reports:export_file", args=[export.key]))
    assert file.getvalue() == at_once
    assert AuditEvent.objects.filter(action=table.event).order_by("-pk")[0].after == told.after
    assert client.get(reverse("reports:export", args=[export.key])).status_code == 200

    waits, files = asked(client, url), set(StoredFile.objects.values_list("pk", flat=True))
    Membership.objects.filter(user=officer).delete()
    work(waits)
    assert (waits.state, waits.failure) == ("failed", "You have no right to this table any more.")
    assert (waits.rows, waits.file) == (LISTS[key][1], None)
    assert set(StoredFile.objects.values_list("pk", flat=True)) == files
    for gone in (waits, export):
        assert client.get(reverse("reports:export_file", args=[gone.key])).status_code == 403
    assert client.get(url).status_code in (403, 404)
    assert AuditEvent.objects.filter(action=table.event).count() == 2


def test_what_a_page_hides_the_file_of_a_worker_hides_too(client, world, long):
    seen = {}
    for who in ("officer", "coordinator"):
        client.force_login(world.people[who])
        long(True)
        export = work(asked(client, world.url("projects")))
        content = client.get(reverse("reports:export_file", args=[export.key])).getvalue()
        long(False)
        assert client.get(world.url("projects")).getvalue() == content
        seen[who] = {row["number"]: row for row in rows_of(content)}
    number = world.project.number
    assert (seen["officer"][number]["reported_eur"], seen["officer"][number]["title"]) == ("150.01", "'=A")
    assert (seen["coordinator"][number]["reported_eur"], list(seen["coordinator"])) == ("", [number])


def test_a_file_that_lacks_a_row_is_not_handed_out(client, world, long, monkeypatch):
    long(False)
    lacking = replace(VISITS, lines=lambda rows: (b"".join(VISITS.lines(rows)).rpartition(b"2026-03-21")[0],))
    monkeypatch.setattr("budgets.views.visits.VISITS", lacking)
    client.force_login(world.people["officer"])
    with pytest.raises(RuntimeError, match="visits came out with 1 rows, not 2"):
        client.get(world.url("visits"))
    assert not AuditEvent.objects.filter(action="visits.exported").exists()


@pytest.mark.parametrize("key", [str(uuid4()), "nothing", ""])
def test_the_job_of_a_row_there_is_not_or_of_a_stranger_is_not_made(key, client, world, long):
    long(True)
    new = reverse("reports:export_new", args=["application"])
    for who in ("officer", "stranger", "coordinator"):
        client.force_login(world.people[who])
        there = str(world.application.key) if who != "officer" else key
        answer = client.post(f"{new}?application={there}", follow=True)
        assert answer.status_code in (403, 404), who
    assert not Export.objects.exists()
