"""Rows that are too many for one request: a worker brings them in, whole or not at all, and answers for each."""

from __future__ import annotations

import re
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.utils.timezone import now

from beneficiaries.models import Attendance, Participation
from core import tasks
from core.bulk import jobs
from core.models import AuditEvent, BulkJob, Role
from projects.models import Membership
from tests.api.test_bulk import send
from tests.conftest import Worker


@pytest.fixture
def few(settings):
    settings.BULK_ROWS_AT_ONCE = 2


@pytest.fixture
def marks(session, class_of_30):
    return [{"session": str(session.key), "participation": str(p.key), "mark": "here"} for p in class_of_30]


@pytest.fixture
def woken(monkeypatch):
    """Jobs for which a worker would be woken."""
    found: list[int] = []
    monkeypatch.setattr(tasks.bring_rows, "delay", lambda job_id: found.append(job_id))
    return found


class TestJob:
    def test_it_answers_at_once_and_does_the_same_later(
        self, few, api, people, marks, woken, django_capture_on_commit_callbacks
    ):
        client = api(people["coordinator"])
        rows = [*marks, marks[0] | {"mark": "?"}]
        with django_capture_on_commit_callbacks(execute=True):
            asked = send(client, "attendance", rows, "?mode=rows&language=bg", key="j-1")
        again = send(client, "attendance", rows, "?mode=rows&language=bg", key="j-1")
        assert (asked.status_code, again.json(), again["Location"]) == (202, asked.json(), asked["Location"])
        assert (asked.json()["state"], asked.json()["rows"], asked.json()["answer"]) == ("queued", 31, None)
        assert not Attendance.objects.exists()
        job = BulkJob.objects.get()
        assert woken == [job.pk]
        assert marks[0]["session"].encode() not in bytes(job.body)
        tasks.bring_rows(job_id=job.pk)
        told = client.get(asked["Location"]).json()
        assert (told["state"], told["progress"], told["answer"]["stored"]) == ("done", 31, True)
        assert [r["status"] for r in told["answer"]["results"]] == ["created"] * 30 + ["refused"]
        assert re.search("[а-я]", told["answer"]["results"][-1]["errors"][0]["detail"])
        assert Attendance.objects.count() == 30
        tasks.bring_rows(job_id=job.pk)
        assert AuditEvent.objects.filter(action="attendance.marked", origin="api").count() == 1
        job.refresh_from_db()
        assert bytes(job.body) == b""
        assert client.post(f"{asked['Location']}cancel/").status_code == 409
        assert api(people["admin"]).get(asked["Location"]).status_code == 404
        assert jobs.forget(before=now() + timedelta(days=1)) == 1

    def test_all_or_none_dry_cancelled_and_without_the_right(self, few, api, people, marks, woken, settings):
        client = api(people["coordinator"])
        none = send(client, "attendance", [*marks, {}])
        dry = send(client, "attendance", marks, "?dry_run=true")
        gone = send(client, "attendance", marks)
        cancelled = client.post(f"{gone['Location']}cancel/").json()
        for job in BulkJob.objects.all():
            tasks.bring_rows(job_id=job.pk)
        told = client.get(none["Location"]).json()["answer"]
        assert (told["stored"], told["counts"]["left"], told["counts"]["refused"]) == (False, 30, 1)
        told = client.get(dry["Location"]).json()["answer"]
        assert (told["stored"], told["counts"]["created"], told["results"][0]["key"]) == (False, 30, None)
        assert cancelled["state"] == client.get(gone["Location"]).json()["state"] == "cancelled"
        late = send(client, "attendance", marks, "?mode=rows")
        settings.BULK_JOBS_PER_PERSON = 1
        assert send(client, "attendance", marks).status_code == 409
        Membership.objects.filter(user=people["coordinator"]).delete()
        tasks.bring_rows(job_id=BulkJob.objects.latest("pk").pk)
        assert client.get(late["Location"]).json()["answer"]["counts"]["refused"] == 30
        assert not Attendance.objects.exists()
        assert not AuditEvent.objects.filter(action="attendance.marked").exists()

    def test_a_job_has_no_more_scopes_than_its_token(self, few, api, people, woken, project, group):
        Membership.objects.create(user=people["client"], role=Role.ADMINISTRATOR)
        rows = [
            {
                "project": project.number, "school": str(group.school.key), "given_name": "Ани",
                "family_name": f"Отделна{n}", "born_on": f"2013-0{n}-04", "entered_on": "2026-03-02",
            }
            for n in (1, 5, 9)
        ]  # fmt: skip
        asked = send(api(people["client"], "participants"), "participants", rows)
        job = BulkJob.objects.get()
        assert job.scopes == ["participants"]
        BulkJob.objects.update(scopes=["read"])
        tasks.bring_rows(job_id=job.pk)
        assert api(people["client"]).get(asked["Location"]).json()["answer"]["counts"]["refused"] == 3
        assert not Participation.objects.exists()

    def test_it_is_given_up_when_its_workers_die_again_and_again(self, few, api, people, marks, woken):
        asked = send(api(people["coordinator"]), "attendance", marks)
        long_ago = now() - timedelta(minutes=5)
        for _attempt in range(3):
            job = jobs.claim(BulkJob.objects.get().pk, at=now())
            assert tasks.bulk_waiting() == 0
            BulkJob.objects.update(heartbeat_at=long_ago)
            assert tasks.bulk_waiting() == 1
        jobs.claim(job.pk, at=now())
        told = api(people["coordinator"]).get(asked["Location"]).json()
        assert (told["state"], "three times" in told["failure"]) == ("failed", True)


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_leaves_nothing_and_the_next_one_does_it_once(
    few, worker, files_dir, api, people, marks, session, wait_for
):
    """The first worker waits for the session, which somebody else holds, and is killed there."""
    client = api(people["coordinator"])
    with psycopg.connect(**_server()) as other:
        other.execute("SELECT 1 FROM activities_session WHERE id = %s FOR UPDATE", [session.pk])
        asked = send(client, "attendance", marks)
        wait_for(lambda: BulkJob.objects.get().state == "running" and _held_up())
        worker.kill()
    assert not Attendance.objects.exists()
    BulkJob.objects.update(heartbeat_at=now() - timedelta(minutes=5))
    with Worker(files_dir):
        tasks.bulk_waiting()
        told = wait_for(lambda: (found := client.get(asked["Location"]).json())["state"] == "done" and found, 60)
    assert told["answer"]["counts"]["created"] == 30
    assert BulkJob.objects.get().attempt == 2
    assert Attendance.objects.count() == 30
    assert AuditEvent.objects.filter(action="attendance.marked").count() == 1


def _server() -> dict:
    params = connection.get_connection_params()
    return {name: params[name] for name in ("dbname", "user", "password", "host", "port") if params.get(name)}


def _held_up() -> bool:
    waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with connection.cursor() as cursor:
        cursor.execute(waits)
        return cursor.fetchone()[0] > 0
