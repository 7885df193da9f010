"""`manage.py make_report`: the same report without browser and worker, and a clear word for each wrong argument."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from core.models import AuditEvent, StoredFile
from reports import actions, opening, pdf, tasks
from reports.models import Report
from tests import factories
from tests.conftest import NOON, path_of

PERIOD = {"start": "2026-01-01", "end": "31.3.2026"}


@pytest.fixture
def committed(transactional_db, codes):
    """Reports are counted in a transaction of their own, so these tests commit."""


class Blank:
    """Pages that are not laid out."""

    pages = 1


@pytest.fixture
def quick(monkeypatch):
    """Without laying out pages: what is tested here is the command."""
    monkeypatch.setattr(pdf, "lay_out", lambda html, css: Blank())
    monkeypatch.setattr(pdf, "render", lambda laid, taken, words: b"%PDF-1.7 " + taken["language"].encode())
    monkeypatch.setattr(pdf, "archive", lambda *given: b"%PDF-1.7 with tables")
    monkeypatch.setattr(opening, "look", lambda *file: None)


def run(project: str, out, **more) -> str:
    said = io.StringIO()
    options = PERIOD | {"project": project, "language": "bg", "out": out} | more
    call_command("make_report", options.pop("kind", "progress"), stdout=said, stderr=io.StringIO(), **options)
    return said.getvalue()


def test_it_writes_all_files_with_their_hashes(committed, quick, project, tmp_path):
    out = tmp_path / "deep" / "folder"

    said = run(project.number, out)

    report = Report.objects.get()
    assert (report.state, report.language, report.asked_by, report.attempt) == ("done", "bg", None, 1)
    names = {f.file.name: f.file.sha256 for f in report.files.select_related("file")}
    assert {p.name for p in out.iterdir()} == {*names, "SHA256SUMS"}
    assert {n: hashlib.sha256((out / n).read_bytes()).hexdigest() for n in names} == names
    sums = (out / "SHA256SUMS").read_text().splitlines()
    assert [line.split("  ") for line in sums] == [[sha256, name] for name, sha256 in names.items()]
    for name, sha256 in names.items():
        assert f"{out / name}  " in said
        assert sha256 in said
    assert report.code in said
    assert list(AuditEvent.objects.filter(kind="reports.report").order_by("pk").values_list("action", "origin")) == [
        ("report.asked", "command"), ("report.sealed", "command"),
    ]  # fmt: skip


def test_a_second_run_writes_over_the_same_names(committed, quick, project, tmp_path):
    run(project.number, tmp_path / "out")
    first = (tmp_path / "out" / "SHA256SUMS").read_text()
    run(project.number, tmp_path / "out")

    assert Report.objects.filter(state="done").count() == 2
    assert (tmp_path / "out" / "SHA256SUMS").read_text() != first  # the moment of the data stands in the PDF
    assert not list((tmp_path / "out").glob(".new-*"))


def test_it_works_with_the_rights_of_a_person(committed, quick, project, people, tmp_path):
    run(project.number, tmp_path / "a", by=people["officer"].email.upper())
    assert Report.objects.get().asked_by == people["officer"]

    with pytest.raises(CommandError, match="Your role may not make reports") as refused:
        run(project.number, tmp_path / "b", language="lv", by=people["auditor"].email)
    assert refused.value.returncode == 2
    assert Report.objects.count() == 1


WRONG = {
    "unknown number": ({"project": "BG05SFPR001-1.008-XXXX"}, "--project: There is no project with the number"),
    "close number": ({"project": "close"}, "Did you mean"),
    "no date": ({"start": "soon"}, "--from: “soon” is not a date"),
    "no such day": ({"end": "2026-02-31"}, "--to: “2026-02-31” is not a date. Check the day"),
    "before the contract": ({"start": "2020-01-01"}, "--from: The contract begins on"),
    "after the contract": ({"end": "2031-01-01"}, "--to: The contract ends on"),
    "reversed": ({"start": "2026-03-01", "end": "2026-02-01"}, "--to: The period ends before it begins"),
    "no such language": ({"language": "de"}, "--language: Reports are made in these languages: en, bg, lv"),
    "no such kind": ({"kind": "final"}, "kind: These kinds of report can be made: progress"),
    "nobody": ({"by": "nobody@example.org"}, "--by: nobody with the address “nobody@example.org” can sign in"),
}


@pytest.mark.parametrize(("change", "says"), WRONG.values(), ids=WRONG.keys())
def test_each_wrong_argument_gets_its_own_words_and_nothing_is_stored(change, says, project, tmp_path):
    if change.get("project") == "close":
        change = {"project": project.number[:-1] + "x"}
    out = tmp_path / "out"

    with pytest.raises(CommandError) as refused:
        run(**{"project": project.number, "out": out} | change)

    assert says in str(refused.value)
    assert refused.value.returncode == 2
    assert not Report.objects.exists()
    assert not list(out.glob("*"))


def test_several_wrong_arguments_are_told_at_once(project, tmp_path):
    with pytest.raises(CommandError) as refused:
        run("nothing", tmp_path / "out", start="soon", end="later", by="x")

    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == ["--by", "--project", "--from", "--to"]


def test_a_person_who_left_cannot_be_named(project, people, tmp_path):
    people["officer"].is_active = False
    people["officer"].save()

    with pytest.raises(CommandError, match="can sign in"):
        run(project.number, tmp_path / "out", by=people["officer"].email)


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_made(project, tmp_path):
    (tmp_path / "taken").write_text("a file")

    for out in (tmp_path / "taken", tmp_path / "taken" / "below"):
        with pytest.raises(CommandError, match=r"--out: .* cannot be written") as refused:
            run(project.number, out)
        assert refused.value.returncode == 2
    assert not Report.objects.exists()
    assert (tmp_path / "taken").read_text() == "a file"


def test_a_report_that_cannot_be_made_ends_with_another_code(committed, project, tmp_path, monkeypatch):
    def fails(html, taken):
        raise MemoryError

    monkeypatch.setattr(pdf, "render", fails)
    with pytest.raises(CommandError, match="Something went wrong") as failed:
        run(project.number, tmp_path / "out")

    report = Report.objects.get()
    assert failed.value.returncode == 1
    assert str(report.key) in str(failed.value)
    assert report.state == "failed"
    assert not StoredFile.objects.exists()
    assert list((tmp_path / "out").iterdir()) == []


def test_it_waits_for_the_worker_that_makes_the_same_report(committed, quick, question, people, tmp_path, monkeypatch):
    asked = actions.ask(**question, by=people["officer"], at=NOON)[0]
    claimed = actions.claim(asked.pk, at=tasks.now())
    naps = []

    def nap(seconds):
        naps.append(seconds)
        tasks.make(claimed)

    monkeypatch.setattr("reports.management.commands.make_report.time.sleep", nap)
    run(question["project"].number, tmp_path / "out")

    report = Report.objects.get()
    assert (report.state, report.attempt, len(naps)) == ("done", 1, 1)
    assert (tmp_path / "out" / "SHA256SUMS").exists()


def test_a_report_cancelled_meanwhile_is_said(committed, question, people, tmp_path, monkeypatch):
    asked = actions.ask(**question, by=people["officer"], at=NOON)[0]
    actions.claim(asked.pk, at=tasks.now())

    def nap(seconds):
        actions.cancel(asked, by=people["officer"], at=tasks.now())

    monkeypatch.setattr("reports.management.commands.make_report.time.sleep", nap)
    with pytest.raises(CommandError, match="It was cancelled") as ended:
        run(question["project"].number, tmp_path / "out")

    assert ended.value.returncode == 1


def test_a_stored_file_that_changed_is_not_copied(committed, quick, project, tmp_path, monkeypatch):
    make = tasks.make

    def make_and_forge(report):
        make(report)
        report.refresh_from_db()
        path_of(report.files.first().file).write_bytes(b"%PDF-1.7 forged")

    monkeypatch.setattr("reports.management.commands.make_report.make", make_and_forge)
    with pytest.raises(CommandError, match="not the sealed ones") as failed:
        run(project.number, tmp_path / "out")

    assert failed.value.returncode == 1
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.slow
def test_the_command_line_itself(committed, programme, tmp_path, files_dir):
    """Through manage.py in a process of its own: real pages, exit codes, and sums that the tool accepts."""
    from django.db import connection

    from tests.conftest import _with_database

    number = "BG05SFPR001-1.008-0009"
    factories.ContractFactory(project=factories.ProjectFactory(programme=programme, number=number))
    database = _with_database(os.environ["DATABASE_URL"], connection.settings_dict["NAME"])
    env = {**os.environ, "DATABASE_URL": database, "FILES_DIR": str(files_dir)}
    command = [sys.executable, "manage.py", "make_report", "progress", "--project", number, "--from", "2026-01-01"]
    command += ["--out", str(tmp_path / "out"), "--language", "lv"]

    done = subprocess.run([*command, "--to", "2026-03-31"], env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("Error")) == (0, 0), done.stderr
    for line in (tmp_path / "out" / "SHA256SUMS").read_text().splitlines():
        sha256, name = line.split("  ")
        assert hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == sha256
    assert len(list((tmp_path / "out").glob("*.pdf"))) == 2

    wrong = subprocess.run([*command, "--to", "2036-03-31"], env=env, capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "--to: The contract ends on" in wrong.stderr
