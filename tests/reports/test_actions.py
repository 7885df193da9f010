"""Who may ask for a report, which way it may go, and that a finished one is whole, sealed and final."""

from __future__ import annotations

import os
from contextlib import nullcontext
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction

from core import storage
from core.access import Refused
from core.models import AuditEvent, StoredFile
from reports import actions, snapshot
from reports.models import Report, ReportFile
from tests import factories
from tests.conftest import NOON, path_of

LATER = NOON + timedelta(minutes=5)
State = Report.State


def trail():
    return AuditEvent.objects.filter(kind="reports.report").order_by("pk")


def events() -> list[str]:
    return list(trail().values_list("action", flat=True))


# --- asking ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        ("admin", True), ("officer", True), ("client", True),
        ("coordinator", False), ("finance", False), ("auditor", False), ("stranger", False),
    ],
)  # fmt: skip
def test_only_those_who_make_reports_ask_for_one(who, allowed, question, people):
    with nullcontext() if allowed else pytest.raises(Refused):
        actions.ask(**question, by=people[who], at=NOON)

    assert Report.objects.count() == len(events()) == (1 if allowed else 0)


def test_asking_leaves_a_waiting_row_and_says_who_asked_what(question, people):
    report, new = actions.ask(**question, by=people["officer"], at=NOON)

    assert new
    assert (report.state, report.stage, report.attempt, report.asked_at) == ("queued", "waiting", 0, NOON)
    event = trail().get()
    assert (event.action, event.by_key, event.project) == (
        "report.asked", people["officer"].key, question["project"].number,
    )  # fmt: skip
    assert event.after == {"kind": "progress", "from": "2026-01-01", "to": "2026-03-31", "language": "bg"}


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"from_on": date(2020, 1, 1)}, "from", "begins on"),
        ({"to_on": date(2030, 1, 1)}, "to", "ends on"),
        ({"from_on": date(2026, 3, 1), "to_on": date(2026, 2, 1)}, "to", "before it begins"),
        ({"language": "de"}, "language", "en, bg, lv"),
        ({"kind": "final"}, "kind", "progress"),
    ],
)
def test_a_wrong_question_is_refused_by_field_and_stores_nothing(change, field, says, question, people):
    with pytest.raises(ValidationError) as refused:
        actions.ask(**question | change, by=people["officer"], at=NOON)

    assert says in refused.value.message_dict[field][0]
    assert not Report.objects.exists()
    assert events() == []


def test_a_project_without_a_contract_has_nothing_to_report(question, people):
    bare = factories.ProjectFactory(programme=question["project"].programme)

    with pytest.raises(ValidationError) as refused:
        actions.ask(**question | {"project": bare}, by=people["officer"], at=NOON)

    assert "no contract" in refused.value.message_dict["project"][0]


def test_the_same_question_is_asked_once_while_it_is_worked_on(asked, question, people):
    again, new = actions.ask(**question, by=people["admin"], at=LATER)
    assert (again, new) == (asked, False)

    actions.claim(asked.pk, at=LATER)
    again, new = actions.ask(**question, by=people["admin"], at=LATER)
    assert (again, new) == (asked, False)
    assert events() == ["report.asked"]

    _other, new = actions.ask(**question | {"language": "lv"}, by=people["officer"], at=LATER)
    assert new


def test_two_who_ask_at_the_same_moment_get_the_same_report(asked, question, people, monkeypatch):
    monkeypatch.setattr(actions.reports, "at_work", lambda **_question: None)  # the other's row is not committed yet

    report, new = actions.ask(**question, by=people["admin"], at=NOON)

    assert (report, new) == (asked, False)
    assert events() == ["report.asked"]


def test_the_server_s_own_command_line_asks_without_a_person(question):
    report, new = actions.ask(**question, by=None, at=NOON)

    assert new
    assert report.asked_by is None
    assert trail().get().by_name == ""


def test_the_newest_finished_answer_is_offered(finished, finish, question, people):
    assert actions.ready(**question) == finished
    assert actions.ready(**question | {"language": "en"}) is None

    second = finish(actions.ask(**question, by=people["officer"], at=LATER)[0], at=LATER)
    assert actions.ready(**question) == second


def test_what_a_period_holds(project, session, class_of_30, activity):
    for row in class_of_30:
        factories.attended(session, row)
    line = factories.BudgetLineFactory(contract=project.contracts.get(), activity=activity)
    factories.ReportedCostFactory(line=line)

    assert actions.in_scope(project, date(2026, 2, 1), date(2026, 3, 31)) == {"sessions": 1, "people": 30, "costs": 1}
    assert actions.in_scope(project, date(2026, 3, 17), date(2026, 3, 31)) == {"sessions": 0, "people": 30, "costs": 0}
    assert actions.in_scope(project, date(2025, 12, 9), date(2026, 1, 11)) == {"sessions": 0, "people": 0, "costs": 0}


def test_the_usual_time_is_the_median_of_what_was_made(finish, question, people):
    assert actions.usual_seconds("progress") is None
    for language, seconds in (("bg", 4), ("en", 6), ("lv", 200)):
        finish(actions.ask(**question | {"language": language}, by=people["officer"], at=NOON)[0], seconds=seconds)

    assert actions.usual_seconds("progress") == 6


# --- the way of a report --------------------------------------------------------------------------------------------


def put(report: Report, state: str) -> Report:
    """The report in a state, as the database allows it."""
    fields = {"state": state, "attempt": 1, "started_at": NOON, "heartbeat_at": NOON}
    Report.objects.filter(pk=report.pk).update(**fields)
    report.refresh_from_db()
    return report


@pytest.mark.parametrize(
    ("action", "state", "allowed"),
    [
        (actions.cancel, State.QUEUED, True), (actions.cancel, State.RUNNING, True),
        (actions.cancel, State.FAILED, False), (actions.cancel, State.CANCELLED, False),
        (actions.retry, State.FAILED, True), (actions.retry, State.CANCELLED, True),
        (actions.retry, State.RUNNING, False), (actions.retry, State.QUEUED, False),
    ],
)  # fmt: skip
def test_which_moves_are_possible(action, state, allowed, asked, people):
    put(asked, state)
    before = events()

    with nullcontext() if allowed else pytest.raises(Refused):
        action(asked, by=people["officer"], at=LATER)

    asked.refresh_from_db()
    assert (asked.state == state) is not allowed
    assert len(events()) == len(before) + (1 if allowed else 0)


@pytest.mark.parametrize("action", [actions.cancel, actions.retry])
def test_a_finished_report_is_neither_cancelled_nor_tried_again(action, finished, people):
    with pytest.raises(Refused, match="Ready"):
        action(finished, by=people["officer"], at=LATER)

    assert Report.objects.get().state == State.DONE


@pytest.mark.parametrize("who", ["coordinator", "finance", "auditor", "stranger"])
@pytest.mark.parametrize("action", [actions.cancel, actions.retry])
def test_who_may_not_make_reports_may_not_stop_or_repeat_them(action, who, asked, people):
    state = State.QUEUED if action is actions.cancel else State.FAILED
    put(asked, state)

    with pytest.raises(Refused):
        action(asked, by=people[who], at=LATER)

    asked.refresh_from_db()
    assert asked.state == state
    assert events() == ["report.asked"]


def test_a_retry_starts_from_the_beginning(asked, people):
    actions.fail(actions.claim(asked.pk, at=NOON), "Something went wrong while the report was made.", at=NOON)

    actions.retry(Report.objects.get(), by=people["officer"], at=LATER)

    report = Report.objects.get()
    assert (report.state, report.stage, report.attempt, report.failure) == ("queued", "waiting", 0, "")
    assert (report.asked_at, report.started_at, report.finished_at, report.heartbeat_at) == (LATER, None, None, None)
    assert events() == ["report.asked", "report.failed", "report.retried"]


def test_a_retry_waits_for_the_same_report_that_is_at_work(asked, question, people):
    actions.cancel(asked, by=people["officer"], at=NOON)
    actions.ask(**question, by=people["admin"], at=LATER)

    with pytest.raises(Refused, match="being made already"):
        actions.retry(asked, by=people["officer"], at=LATER)

    assert sorted(Report.objects.values_list("state", flat=True)) == ["cancelled", "queued"]


def test_a_report_is_claimed_once(asked):
    claimed = actions.claim(asked.pk, at=NOON)

    assert (claimed.state, claimed.stage, claimed.attempt) == ("running", "figures", 1)
    assert (claimed.started_at, claimed.heartbeat_at) == (NOON, NOON)
    assert actions.claim(asked.pk, at=NOON + timedelta(seconds=60)) is None


def test_a_report_whose_worker_fell_silent_is_claimed_again_and_given_up_after_three_times(asked):
    at = NOON
    for attempt in (1, 2, 3):
        assert actions.claim(asked.pk, at=at).attempt == attempt
        at += timedelta(seconds=61)

    assert actions.claim(asked.pk, at=at) is None
    report = Report.objects.get()
    assert (report.state, report.failure) == ("failed", "The worker stopped in the middle three times.")
    assert events() == ["report.asked", "report.failed"]


def test_a_worker_learns_that_its_report_was_cancelled(asked, people):
    claimed = actions.claim(asked.pk, at=NOON)
    actions.alive(claimed, Report.Stage.PDF, at=LATER)
    assert Report.objects.get().stage == "pdf"

    actions.cancel(asked, by=people["officer"], at=LATER)

    with pytest.raises(actions.Stopped):
        actions.alive(claimed, at=LATER)


def test_a_worker_learns_that_another_one_took_over(asked):
    first = actions.claim(asked.pk, at=NOON)
    second = actions.claim(asked.pk, at=LATER)

    with pytest.raises(actions.Stopped):
        actions.alive(first, at=LATER)
    actions.fail(first, "the first one's trouble", at=LATER)
    actions.alive(second, at=LATER)
    assert Report.objects.get().state == State.RUNNING


def test_a_worker_that_was_cancelled_does_not_take_a_retry_for_its_own(asked, people):
    first = actions.claim(asked.pk, at=NOON)
    actions.cancel(asked, by=people["officer"], at=NOON + timedelta(seconds=1))
    actions.retry(asked, by=people["officer"], at=NOON + timedelta(seconds=2))
    second = actions.claim(asked.pk, at=NOON + timedelta(seconds=3))

    with pytest.raises(actions.Stopped):
        actions.alive(first, at=LATER)
    with pytest.raises(actions.Stopped):
        actions.finish(first, snapshot.take(first, NOON), [], at=LATER)
    actions.alive(second, at=LATER)


# --- finished -------------------------------------------------------------------------------------------------------


def test_finishing_seals_figures_and_files(finished):
    report = Report.objects.get()
    assert report.state == State.DONE
    assert report.snapshot_sha256 == snapshot.digest(report.snapshot)
    assert report.code == snapshot.check_code(report.snapshot_sha256)
    assert report.data_at == NOON
    files = list(report.files.all())
    assert [f.position for f in files] == list(range(len(files)))
    assert files[0].kind == "pdf"
    assert {f.table for f in files[1:]} == {*report.snapshot["tables"], "columns"}
    assert all(actions.intact(f.file) for f in files)
    sealed = trail().get(action="report.sealed")
    assert sealed.after["figures"] == report.snapshot_sha256
    assert sealed.after[files[0].file.name] == files[0].file.sha256


def test_a_cancelled_report_leaves_no_file(asked, people):
    claimed = actions.claim(asked.pk, at=NOON)
    taken = snapshot.take(claimed, NOON)
    actions.cancel(asked, by=people["officer"], at=LATER)

    with pytest.raises(actions.Stopped):
        actions.finish(claimed, taken, [actions.Made("pdf", "", "a.pdf", "application/pdf", b"%PDF")], at=LATER)

    assert not StoredFile.objects.exists()
    assert not ReportFile.objects.exists()
    assert Report.objects.get().state == State.CANCELLED


def test_a_report_is_finished_whole_or_not_at_all(asked, monkeypatch):
    claimed = actions.claim(asked.pk, at=NOON)
    taken = snapshot.take(claimed, NOON)
    put_file, calls = storage.put, []

    def second_fails(*args, **more):
        calls.append(args)
        if len(calls) == 2:
            raise OSError("no space left on device")
        return put_file(*args, **more)

    monkeypatch.setattr(storage, "put", second_fails)
    made = [actions.Made("csv", name, f"{name}.csv", "text/csv", name.encode()) for name in ("a", "b", "c")]
    with pytest.raises(OSError, match="no space"):
        actions.finish(claimed, taken, made, at=LATER)

    assert len(calls) == 2
    assert not StoredFile.objects.exists()
    assert not ReportFile.objects.exists()
    assert Report.objects.get().state == State.RUNNING
    assert events() == ["report.asked"]


CHANGES = {
    "figures": lambda r: Report.objects.filter(pk=r.pk).update(snapshot={}),
    "state": lambda r: Report.objects.filter(pk=r.pk).update(state="failed"),
    "the report itself": lambda r: Report.objects.filter(pk=r.pk).delete(),
    "which file": lambda r: r.files.update(position=99),
    "a file of it": lambda r: r.files.all()[0].delete(),
    "the hash of a file": lambda r: StoredFile.objects.update(sha256="0" * 64),
    "the size of a file": lambda r: StoredFile.objects.update(size=1),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_the_database_refuses_to_change_a_finished_report(change, finished):
    before = list(Report.objects.values()), list(ReportFile.objects.values()), list(StoredFile.objects.values())

    with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
        change(finished)

    assert before == (
        list(Report.objects.values()), list(ReportFile.objects.values()), list(StoredFile.objects.values()),
    )  # fmt: skip


def test_done_without_a_seal_is_refused_by_the_database(asked):
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.filter(pk=asked.pk).update(state="done")


# --- the files ------------------------------------------------------------------------------------------------------


def altered(path):
    path.write_bytes(b"x" + path.read_bytes()[1:])


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("harm", [altered, cut, os.unlink])
def test_bytes_that_changed_on_the_disk_are_noticed(harm, finished):
    stored = finished.files.first().file
    assert actions.intact(stored)

    harm(path_of(stored))

    assert not actions.intact(stored)


def test_figures_changed_behind_the_portal_are_noticed(finished):
    report = Report.objects.get()
    assert actions.figures_intact(report)
    with connection.cursor() as cursor:  # only who owns the database can do this
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE reports_report SET snapshot = jsonb_set(snapshot, '{money,reported}', '\"9.99\"')")
        cursor.execute("SET LOCAL session_replication_role = origin")
    report.refresh_from_db()

    assert not actions.figures_intact(report)


def test_downloads_and_damage_are_written_down(finished, people):
    file = finished.files.first()
    name = file.file.name

    actions.downloaded(file, by=people["auditor"], at=LATER)
    actions.figures_downloaded(finished, by=people["auditor"], at=LATER)
    actions.found_damaged(finished, name=name, sha256=file.file.sha256, by=people["auditor"], at=LATER)

    found = trail()[2:]
    assert [(e.action, e.after["file"]) for e in found] == [
        ("report.downloaded", name),
        ("report.downloaded", "figures.json"),
        ("report.damaged", name),
    ]
    assert {e.by_key for e in found} == {people["auditor"].key}
    assert {e.project for e in found} == {finished.project.number}


def test_a_file_is_found_by_its_hash_among_finished_reports_only(finished, finish, question, people):
    other = finish(actions.ask(**question | {"language": "en"}, by=people["officer"], at=NOON)[0])
    pdf, empty = finished.files.get(kind="pdf"), finished.files.get(table="evidence")
    same = other.files.get(table="evidence")

    assert list(actions.found_by_hash(pdf.file.sha256.upper())) == [pdf]
    assert list(actions.found_by_hash(empty.file.sha256)) == [same, empty]
    assert list(actions.found_by_hash(empty.file.sha256, finished.code)) == [empty]
    assert list(actions.found_by_hash("0" * 64)) == []
