"""Long tables as files: a worker writes the same bytes as come at once, for one person, for some hours."""

from __future__ import annotations

import csv
import io
import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.utils.timezone import now

from beneficiaries import actions as people_actions
from beneficiaries.actions.exports import drop_exports_of
from beneficiaries.models import Export
from core import audit, storage
from core.access import Refused
from core.models import AuditEvent, OutgoingMail, StoredFile
from projects.models import Membership
from projects.tables import tables
from reports import actions, tasks
from reports.indicators.models import SchoolFigure
from tests import factories
from tests.conftest import path_of
from tests.reports.test_tasks import PATIENCE

LIST, SHEET = "/en/work/participants.csv", "/en/work/participants/microdata.csv"


@pytest.fixture
def woken(monkeypatch):
    """The tables workers were woken for."""
    rows: list[int] = []
    monkeypatch.setattr(tasks.write_export, "apply_async", lambda kwargs, queue: rows.append(kwargs["export_id"]))
    return rows


@pytest.fixture
def long(settings, project, school):
    """Three participants, one more than comes at once."""
    settings.EXPORT_ROWS_AT_ONCE = 2
    return [factories.participation(project, school) for _n in range(3)]


def words(answer) -> str:
    return " ".join(answer.content.decode().split())


def streamed(client, settings, project) -> bytes:
    """The list as it comes at once."""
    settings.EXPORT_ROWS_AT_ONCE = 1000
    return b"".join(client.get(f"{LIST}?project={project.number}").streaming_content)


def made(user, query, *, table: str = "participants", because: str = "", hours: float = 0) -> Export:
    """A worker's work, without one: asked for, claimed, written, stored."""
    at = now() - timedelta(hours=hours)
    asked = actions.ask_export(tables()[table], query, because=because, by=user, at=at)
    claimed = actions.claim_export(asked.pk, at=at)
    assert claimed is not None
    rows = tables()[table].rows(user, query)
    return actions.finish_export(claimed, io.BytesIO(b"".join(tables()[table].lines(rows))), rows=rows.count(), at=at)


def verbs() -> list[str]:
    return list(AuditEvent.objects.filter(action__contains="export").order_by("pk").values_list("action", flat=True))


@pytest.mark.slow
def test_a_worker_writes_a_long_table_with_the_bytes_that_come_at_once(
    worker, wait_for, client, people, long, project, settings
):
    client.force_login(people["coordinator"])
    page = client.get(f"{LIST}?project={project.number}", follow=True)
    assert "The table has 3 rows. A long table is written in the background" in words(page)
    assert not AuditEvent.objects.filter(action="participant.exported").exists()
    asked = client.post(page.redirect_chain[-1][0])
    assert asked.status_code == 303

    export = Export.objects.get()
    wait_for(lambda: Export.objects.get().state == "done", seconds=PATIENCE)
    export.refresh_from_db()
    assert (export.rows, export.progress, export.attempt) == (3, 3, 1)
    assert "3 rows" in words(client.get(asked.url))
    file = b"".join(client.get(f"{asked.url}file/").streaming_content)
    event = AuditEvent.objects.filter(action="participant.exported").get()
    assert (event.by_key, event.after) == (people["coordinator"].key, {"project": project.number})
    assert file == streamed(client, settings, project)

    settings.EXPORT_ROWS_AT_ONCE = 2
    sheet = client.get(f"{SHEET}?project={project.number}", follow=True).redirect_chain[-1][0]
    assert client.post(sheet, {"because": " "}).status_code == 422
    asked = client.post(sheet, {"because": "Report of June"})
    wait_for(lambda: Export.objects.filter(state="done").count() == 2, seconds=PATIENCE)
    file = b"".join(client.get(f"{asked.url}file/").streaming_content)
    settings.EXPORT_ROWS_AT_ONCE = 1000
    at_once = client.post(f"{SHEET}?project={project.number}", {"because": "Report of June"})
    assert file == b"".join(at_once.streaming_content)
    *_list, first, second = AuditEvent.objects.filter(action="participant.exported").order_by("pk")
    assert (first.after, first.note) == (second.after, second.note)
    assert first.after == {"project": project.number, "kind": "microdata"}


def test_a_table_that_waits_has_a_place_and_may_be_cancelled_and_asked_for_again(
    client, people, long, project, woken, settings
):
    officer, url = people["officer"], f"/en/work/participants/files/new/participants/?project={project.number}"
    actions.ask_export(tables()["participants"], {}, by=people["auditor"], at=now())
    client.force_login(officer)
    asked = client.post(url).url
    assert client.post(url).url == asked  # sent twice
    assert "Waiting for a worker: 1 file before this one" in words(client.get(asked))
    assert client.get(asked, headers={"HX-Request": "true"}).status_code == 200
    settings.REPORTS_PER_PERSON = 1
    refused = client.post("/en/work/participants/files/new/participants/")
    assert (refused.status_code, "You have 1 report or file at work" in words(refused)) == (409, True)

    export = Export.objects.get(asked_by=officer)
    claimed = actions.claim_export(export.pk, at=now())
    assert claimed is not None
    assert actions.claim_export(export.pk, at=now()) is None
    actions.export_alive(claimed, stage="writing", progress=2, rows=3, at=now())
    assert "writing the rows: 2 of 3 rows" in words(client.get(asked))
    assert client.post(f"{asked}cancel/").status_code == 303
    for late in (
        lambda: actions.export_alive(claimed, stage="writing", progress=3, rows=3, at=now()),
        lambda: actions.finish_export(claimed, io.BytesIO(b"x"), rows=3, at=now()),
    ):
        with pytest.raises(actions.Stopped):
            late()
    assert client.post(f"{asked}cancel/").status_code == 409
    assert client.get(asked, headers={"HX-Request": "true"}).status_code == 286
    assert client.get(f"{asked}file/").status_code == 409
    assert not StoredFile.objects.exists()
    assert client.post(f"{asked}retry/").status_code == 303
    assert verbs()[1:] == ["export.asked", "export.cancelled", "export.retried"]
    assert "Files of long tables" in words(client.get("/en/work/participants/files/"))


def test_a_dead_worker_is_found_and_after_the_third_it_is_given_up(people, long, woken):
    export = actions.ask_export(tables()["participants"], {}, by=people["officer"], at=now())
    at = now()
    for _attempt in range(3):
        assert tasks.build_waiting() == 1
        assert actions.claim_export(export.pk, at=at) is not None
        assert tasks.build_waiting() == 0
        at += timedelta(seconds=61)
        Export.objects.update(heartbeat_at=now() - timedelta(seconds=61))
    assert woken == [export.pk] * 3
    assert actions.claim_export(export.pk, at=at) is None
    export.refresh_from_db()
    assert (export.state, export.failure) == ("failed", "The worker stopped in the middle three times.")


def test_only_who_asked_is_given_the_file_and_only_with_the_rights_it_was_made_with(client, people, long, project):
    coordinator = people["coordinator"]
    export = made(coordinator, {"project": project.number})
    page = f"/en/work/participants/files/{export.key}/"
    client.force_login(people["officer"])
    for answer in (client.get(page), client.get(f"{page}file/"), client.post(f"{page}cancel/")):
        assert answer.status_code == 404
    assert client.get(f"/en/work/participants/files/{uuid.uuid4()}/").status_code == 404

    client.force_login(coordinator)
    rows = list(csv.DictReader(io.TextIOWrapper(io.BytesIO(client.get(f"{page}file/").getvalue()), "utf-8-sig")))
    assert len(rows) == 3
    other = factories.school_of(project)
    more = Membership.objects.create(user=coordinator, role="coordinator", project=project, organisation=other)
    assert "What you may see has changed" in words(client.get(f"{page}file/"))
    more.delete()
    assert client.get(f"{page}file/").status_code == 200
    Membership.objects.filter(user=coordinator).delete()
    assert client.get(f"{page}file/").status_code == 403
    assert AuditEvent.objects.filter(action="participant.exported").count() == 2
    with pytest.raises(PermissionDenied):
        actions.ask_export(tables()["participants"], {}, by=people["finance"], at=now())


def test_a_file_is_gone_when_its_hours_are_over(client, people, long, settings, django_capture_on_commit_callbacks):
    fresh = made(people["officer"], {})
    old = made(people["auditor"], {}, hours=settings.EXPORT_HOURS)
    assert old.file is not None
    assert fresh.file is not None
    client.force_login(people["auditor"])
    page = f"/en/work/participants/files/{old.key}/"
    assert "Have it made again" in words(client.get(page))  # also before the night
    assert client.get(f"{page}file/").status_code == 409
    with django_capture_on_commit_callbacks(execute=True):
        assert tasks.put_files_away() == 1
    old.refresh_from_db()
    assert (old.state, old.file) == ("gone", None)
    assert path_of(fresh.file).exists()  # the same bytes are another's, too
    Export.objects.filter(pk=fresh.pk).update(expires_at=now())
    with django_capture_on_commit_callbacks(execute=True):
        assert tasks.put_files_away() == 1
    assert not default_storage.exists(fresh.file.place)
    assert verbs().count("export.dropped") == 2


def test_erasing_a_participant_takes_every_file_away_that_may_name_them(
    client, people, long, project, programme, django_capture_on_commit_callbacks
):
    other = factories.ProjectFactory(programme=programme)
    factories.participation(other, factories.school_of(other))
    admin = people["admin"]
    elsewhere = made(admin, {"project": other.number})
    of_all = made(admin, {})
    sheet = made(admin, {"project": project.number}, table="microdata", because="June")
    name = long[0].person.identity.family_name
    assert sheet.file is not None
    assert name in storage.opened(sheet.file).read().decode()
    asked = actions.ask_export(tables()["microdata"], {"project": project.number}, because="July", by=admin, at=now())
    running = actions.claim_export(asked.pk, at=now())
    assert running is not None
    with django_capture_on_commit_callbacks(execute=True):
        people_actions.erase_person(long[0].person, reason="request", because="Letter", by=admin, at=now())
    states = dict(Export.objects.values_list("pk", "state"))
    assert states == {elsewhere.pk: "done", of_all.pk: "gone", sheet.pk: "gone", running.pk: "gone"}
    assert not default_storage.exists(sheet.file.place)
    with pytest.raises(actions.Stopped):
        actions.finish_export(running, io.BytesIO(b"x"), rows=3, at=now())
    with pytest.raises(Refused):
        actions.fetch_export(sheet, by=admin, at=now())
    client.force_login(admin)
    assert "The identity of a participant was erased" in words(client.get(f"/en/work/participants/files/{sheet.key}/"))


def test_the_trail_and_the_school_years_are_jobs_when_they_are_long(client, people, school, project, settings, woken):
    """The same bytes as at once; the one that is ready is told by mail, and the next one says how long it takes."""
    measures = ("enrolled", "mediators", "left_abroad")
    SchoolFigure.objects.bulk_create(
        SchoolFigure(school=school, year=2024, measure=measure, numerator=7, at=now()) for measure in measures
    )
    officer = people["officer"]
    client.force_login(officer)
    years, trail = "/en/work/school-years.csv", f"/en/work/trail.csv?project={project.number}&page=2"
    at_once = b"".join(client.get(years).streaming_content)
    assert AuditEvent.objects.filter(action="school_years.exported").get().by_key == officer.key
    for n in range(3):
        audit.record("project.changed", project, by=officer, at=now(), project=project.number, after={"n": str(n)})
    settings.EXPORT_ROWS_AT_ONCE = 2
    page = client.get(years, follow=True)
    assert "The table has 3 rows" in words(page)
    asked = client.post(page.redirect_chain[-1][0], {"mail": "1"}).url
    export = Export.objects.get()
    claimed = actions.claim_export(export.pk, at=now())
    assert claimed is not None
    table = tables()["school_years"]
    written = io.BytesIO(b"".join(table.lines(table.rows(officer, {}))))
    assert written.getvalue() == at_once
    actions.finish_export(claimed, written, rows=3, at=claimed.started_at + timedelta(minutes=3))
    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.subject) == (officer.email, "“Figures of school years” is ready")
    assert asked in mail.text
    assert b"".join(client.get(f"{asked}file/").streaming_content) == at_once
    again = client.post(page.redirect_chain[-1][0])
    assert "ready in about 3 minutes" in words(client.get(again.url))
    drop_exports_of([project], by=None, at=now())  # an identity is erased: nobody is named here
    assert set(Export.objects.values_list("state", flat=True)) == {"done", "queued"}

    asked = client.post(client.get(trail, follow=True).redirect_chain[-1][0]).url
    export = Export.objects.get(table="trail")
    assert (export.query, export.rows, export.mail) == ({"project": project.number}, 3, False)
    claimed = actions.claim_export(export.pk, at=now())
    assert claimed is not None
    assert actions.seconds_left(claimed, now()) is None
    actions.fail_export(claimed, "Something went wrong while the file was made.", at=now())
    assert OutgoingMail.objects.count() == 1
    client.force_login(people["coordinator"])
    assert client.get(trail).status_code == 403
