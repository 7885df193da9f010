"""The export desk: queue, place and estimate, limits, reuse, mail, and files that are put away and made again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.timezone import now

from core import audit, storage
from core import pdf as core_pdf
from core.access import Refused
from core.models import AuditEvent, OutgoingMail, StoredFile
from reports import actions, pdf, snapshot, tasks
from reports.actions import desk
from reports.models import Remake, Report, ReportFile, ReportSource, Watch
from tests import factories
from tests.conftest import NOON, path_of

ASK, API = "/en/work/reports/new/", "/api/v1/reports/"


@pytest.fixture
def sent(question):
    """The question as the page and the API are asked it."""
    return {
        "kind": "progress", "project": question["project"].number, "from": "2026-01-01", "to": "2026-03-31",
        "language": "bg",
    }  # fmt: skip


@pytest.fixture
def woken(monkeypatch):
    """The queues workers were woken in."""
    queues: list[str] = []
    monkeypatch.setattr(tasks.build, "apply_async", lambda kwargs, queue: queues.append(queue))
    monkeypatch.setattr(tasks.build_again, "apply_async", lambda kwargs, queue: queues.append(queue))
    return queues


def page_of(report: Report, part: str = "") -> str:
    return f"/en/work/reports/{report.key}/{part}"


def words(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_a_person_has_so_many_reports_at_work_and_no_more(sign_in, asked, sent, question, people, settings):
    settings.REPORTS_PER_PERSON = 1
    officer = sign_in("officer")
    more = sent | {"language": "en", "empty": "1"}

    page, api = officer.post(ASK, more), officer.post(API, sent | {"language": "lv"}, content_type="application/json")

    assert (page.status_code, api.status_code) == (409, 409)
    assert "You have 1 report or file at work" in words(page)
    assert "You have 1 report or file at work" in api.json()["detail"]
    assert Report.objects.get() == asked
    assert officer.post(ASK, sent | {"empty": "1"}).status_code == 303  # the same question is no second one
    actions.ask(**question | {"language": "en"}, by=people["admin"], at=NOON)  # nor are those of others
    actions.cancel(asked, by=people["officer"], at=NOON)
    assert officer.post(ASK, sent | {"language": "lv", "empty": "1"}).status_code == 303


def test_place_and_estimate_come_from_the_queue_and_from_earlier_runs(sign_in, asked, finish, question, people):
    finish(asked, seconds=40)
    first, second = (
        actions.ask(**question | {"language": language}, by=people["officer"], at=NOON)[0] for language in ("en", "lv")
    )
    apart = actions.ask(**question, by=people["officer"], at=NOON)[0]
    Report.objects.filter(pk=apart.pk).update(queue=Report.Queue.LONG)
    officer = sign_in("officer")

    assert "1 report before this one" in words(officer.get(page_of(second)))
    assert "ready in about 1 minute" in words(officer.get(page_of(second)))  # twice 40 seconds
    assert "before this one" not in words(officer.get(page_of(apart)))  # the other queue
    assert "1 before it" in words(officer.get("/en/work/reports/"))
    told = {row["key"]: row for row in officer.get(API).json()["results"]}
    assert [(told[str(r.key)]["before"], told[str(r.key)]["ready_in"]) for r in (first, second, apart)] == [
        (0, 40), (1, 80), (0, 40),
    ]  # fmt: skip
    assert (told[str(asked.key)]["before"], told[str(asked.key)]["ready_in"]) == (None, None)
    assert words(officer.get("/en/work/reports/?by=me")).count("before it") == 1
    assert "No report fits" in words(sign_in("admin").get("/en/work/reports/?by=me"))


def test_what_took_long_goes_to_the_queue_of_long_jobs(
    asked, finish, question, people, woken, django_capture_on_commit_callbacks
):
    finish(asked, seconds=61)
    with django_capture_on_commit_callbacks(execute=True):
        for language in ("en", "lv"):
            tasks.wake(actions.ask(**question | {"language": language}, by=people["officer"], at=NOON)[0])
    other = factories.ProjectFactory(programme=question["project"].programme)
    factories.ContractFactory(project=other)
    new = actions.ask(**question | {"project": other}, by=people["officer"], at=NOON)[0]

    assert woken == ["long", "long"]
    assert new.queue == "short"
    assert tasks.build_waiting() == 3
    assert woken[2:] == ["long", "long", "short"]


def test_whoever_wants_a_mail_gets_one_in_their_language_when_it_is_over(
    sign_in, asked, sent, finish, people, question
):
    people["officer"].language = "lv"
    people["officer"].save()
    assert sign_in("officer").post(ASK, sent | {"mail": "on", "empty": "1"}).status_code == 303
    sign_in("admin").post(page_of(asked, "mail/"), {"wanted": "1"})
    assert "You will get a mail" in words(sign_in("admin").get(page_of(asked)))
    sign_in("auditor").post(page_of(asked, "mail/"), {"wanted": "1"})
    sign_in("auditor").post(page_of(asked, "mail/"), {"wanted": ""})
    assert Watch.objects.count() == 2

    finish(asked)

    mails = {mail.to: mail for mail in OutgoingMail.objects.all()}
    assert set(mails) == {people["officer"].email, people["admin"].email}
    assert mails[people["officer"].email].language == "lv"
    for mail in mails.values():
        assert f"/work/reports/{asked.key}/" in mail.text
        assert question["project"].number in mail.subject
        assert not any(str(person) in mail.text + mail.subject for person in people.values())
    assert not Watch.objects.exists()

    new = actions.ask(**question | {"language": "en"}, by=people["admin"], at=NOON)[0]
    actions.watch(new, by=people["admin"], wanted=True)
    actions.fail(actions.claim(new.pk, at=NOON), "Something went wrong while the report was made.", at=NOON)
    failed = OutgoingMail.objects.latest("pk")
    assert "could not be made" in failed.subject
    assert "Something went wrong" in failed.text


def test_an_equal_report_is_offered_with_what_changed_since(sign_in, asked, finish, sent, question, woken):
    finished = finish(asked, at=now())
    officer = sign_in("officer")

    def ask():
        return officer.post(API, sent | {"reuse": True}, content_type="application/json")

    audit.record("report.downloaded", finished, by=None, at=now(), project=question["project"].number)

    assert "Nothing was recorded since" in words(officer.post(ASK, sent))
    same = ask()
    assert (same.status_code, same.json()["key"]) == (200, str(finished.key))

    audit.record("cost.reported", question["project"], by=None, at=now(), project=question["project"].number)
    assert "Records changed since" in words(officer.post(ASK, sent))
    new = ask()
    assert (new.status_code, new.json()["state"]) == (202, "queued")
    assert Report.objects.count() == 2


def test_old_working_files_are_put_away_and_made_again_byte_by_byte(
    sign_in, asked, woken, files_dir, django_capture_on_commit_callbacks, monkeypatch
):
    monkeypatch.setattr(tasks, "_counted", lambda report: snapshot.take(report, now()))
    tasks.make(actions.claim(asked.pk, at=now()))
    asked.refresh_from_db()
    assert asked.state == "done", asked.failure
    files = {f.file.place: path_of(f.file).read_bytes() for f in ReportFile.objects.select_related("file")}
    later = now() + timedelta(days=181)
    assert (actions.put_away(at=now() + timedelta(days=179)), actions.put_away(at=later)) == (0, 1)
    assert actions.put_away(at=later) == 0
    kept = ReportFile.objects.filter(file__put_away_at=None).values_list("kind", "table")
    assert set(kept) == {
        ("xlsx", ""),
        ("csv", "columns"),
    }  # words of the portal stand in them, so they are not made again
    assert storage.sweep(before=later) == len(files) - 2

    auditor = sign_in("auditor")
    assert "The files were put away on" in words(auditor.get(page_of(asked)))
    assert auditor.get(page_of(asked, "files/0/"))["Location"] == page_of(asked)
    assert auditor.get(f"{API}{asked.key}/files/0/").status_code == 410
    assert not AuditEvent.objects.filter(action="report.damaged").exists()

    with django_capture_on_commit_callbacks(execute=True):
        assert auditor.post(page_of(asked, "files/")).status_code == 303
        assert auditor.post(f"{API}{asked.key}/files/").status_code == 202  # asked twice, made once
    assert woken == ["short", "short"]
    assert "The files are being made again" in words(auditor.get(page_of(asked)))
    remake = Remake.objects.get()
    poll, stages, say = {"HX-Request": "true"}, [], actions.stage_again
    waiting = auditor.get(page_of(asked), headers=poll)
    assert (waiting.status_code, "Waiting for a worker" in words(waiting)) == (200, True)

    def watched(remake, stage):
        say(remake, stage)
        stages.append(words(auditor.get(page_of(asked), headers=poll)).partition("Step ")[2][:10])

    monkeypatch.setattr(actions, "stage_again", watched)
    # stylesheet, template and words have changed since it was sealed
    css = core_pdf.stylesheet().replace("font-size", "color: #123456; font-size")
    monkeypatch.setattr(
        core_pdf, "stylesheet", lambda name="pdf.css": css
    )  # and what the PDF says has changed since, too
    monkeypatch.setattr(pdf, "html", lambda taken: "<html lang=en><title>New</title><h1>New</h1></html>")
    monkeypatch.setattr(pdf, "words_of", lambda taken: {})
    for _ in range(2):
        tasks.build_again(remake_id=remake.pk)
    remake.refresh_from_db()
    assert remake.done_at, remake.failure

    assert {f.file.place: path_of(f.file).read_bytes() for f in ReportFile.objects.select_related("file")} == files
    assert not StoredFile.objects.exclude(put_away_at=None).exists()
    assert stages == ["2 of 6: dr", "3 of 6: la", "4 of 6: wr", "5 of 6: op"]
    assert auditor.get(page_of(asked), headers=poll).status_code == 286
    assert AuditEvent.objects.filter(action="report.files_made").count() == 1
    answer = auditor.get(page_of(asked, "files/0/"))
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")
    assert auditor.post(f"{API}{asked.key}/files/").status_code == 409
    assert actions.put_away(at=later) == 1  # as if it had been made again that long ago


def test_the_files_of_a_report_whose_source_was_not_kept_stay(asked, finish, monkeypatch):
    finish(asked)
    assert not ReportSource.objects.exists()
    assert actions.put_away(at=now() + timedelta(days=500)) == 0
    assert actions.goes_on(asked) is None
    assert not StoredFile.objects.exclude(put_away_at=None).exists()


def test_files_that_come_out_otherwise_are_not_put_back(asked, finish, woken, people, monkeypatch):
    finish(asked)
    desk.keep_source(asked, pdf.Source("<html lang=en><title>A</title><h1>A</h1></html>", "h1 {}", {}), at=now())
    later = now() + timedelta(days=500)
    actions.put_away(at=later)
    remake = actions.ask_again(asked, by=people["officer"], at=later)
    monkeypatch.setattr(tasks, "sound", lambda *given: [actions.Made("pdf", "", "a.pdf", "application/pdf", b"other")])
    tasks.build_again(remake_id=remake.pk)

    remake.refresh_from_db()
    assert (remake.done_at, remake.failure[:40]) == (None, "The files come out otherwise than they w")
    assert not ReportFile.objects.filter(kind="pdf", file__put_away_at=None).exists()


@pytest.mark.parametrize("changed", [False, True])
def test_a_report_sealed_before_its_source_was_kept_comes_back_with_its_bytes_or_says_that_it_cannot(
    asked, woken, sign_in, people, monkeypatch, changed
):
    monkeypatch.setattr(tasks, "_counted", lambda report: snapshot.take(report, now()))
    tasks.make(actions.claim(asked.pk, at=now()))
    files = {f.file.place: path_of(f.file).read_bytes() for f in ReportFile.objects.select_related("file")}
    later = now() + timedelta(days=500)
    actions.put_away(at=later)
    ReportSource.objects.filter(report=asked).delete()  # they were put away before sources were kept
    storage.sweep(before=later)
    officer = sign_in("officer")
    assert "the portal did not keep what its pages are laid out from" in words(officer.get(page_of(asked)))
    if changed:
        css = core_pdf.stylesheet().replace("font-size", "color: #123456; font-size")
        monkeypatch.setattr(core_pdf, "stylesheet", lambda name="pdf.css": css)
    remake = actions.ask_again(asked, by=people["officer"], at=later)
    tasks.build_again(remake_id=remake.pk)

    remake.refresh_from_db()
    page = words(officer.get(page_of(asked)))
    assert ("The files come out otherwise than they were sealed" in page) is changed
    assert (remake.done_at is None) is changed
    if changed:
        assert officer.get(page_of(asked, "files/0/"))["Location"] == page_of(asked)
        assert not ReportFile.objects.filter(kind="pdf", file__put_away_at=None).exists()
    else:
        assert {f.file.place: path_of(f.file).read_bytes() for f in ReportFile.objects.select_related("file")} == files


def test_files_being_made_again_can_be_cancelled_and_count_as_work_of_their_person(
    asked, finish, woken, sign_in, settings, people
):
    finish(asked)
    desk.keep_source(asked, pdf.Source("<html lang=en><title>A</title><h1>A</h1></html>", "h1 {}", {}), at=now())
    actions.put_away(at=now() + timedelta(days=500))
    officer = sign_in("officer")
    assert officer.post(page_of(asked, "files/")).status_code == 303
    settings.REPORTS_PER_PERSON = 1
    with pytest.raises(Refused, match="You have 1 report or file at work"):
        actions.refuse_too_many(people["officer"])
    remake = actions.claim_again(Remake.objects.get().pk, at=now())
    assert remake is not None
    assert officer.post(page_of(asked, "files/cancel/")).status_code == 303
    with pytest.raises(actions.Stopped):
        actions.stage_again(remake, "pdf")
    actions.put_back(remake, {}, at=now())
    assert "The making of the files was cancelled" in words(officer.get(page_of(asked)))
    assert not ReportFile.objects.filter(kind="pdf", file__put_away_at=None).exists()
    assert AuditEvent.objects.filter(action="report.files_cancelled").count() == 1
    assert officer.post(page_of(asked, "files/")).status_code == 303
    assert Remake.objects.count() == 2
