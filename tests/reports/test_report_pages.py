"""Asking for a report, watching it, finding it, taking its files: what each person sees, and what is left unchanged."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import json
import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.urls import reverse

from core.models import AuditEvent
from projects.models import Membership
from reports import actions, checks, snapshot, tasks
from reports.forms import reports as forms
from reports.forms.reports import as_code, find_project, periods
from reports.models import Report
from reports.views import asking
from reports.views import reports as door
from tests import factories
from tests.conftest import NOON, path_of

LIST, ASK = "/en/work/reports/", "/en/work/reports/new/"
PROGRESS = ASK + "?kind=progress"
HTMX = {"HX-Request": "true"}
POST = {"from": "1.1.2026", "to": "31.3.26", "language": "lv"}


@pytest.fixture(autouse=True)
def at_noon(monkeypatch):
    """The clock of these pages stands at NOON, 16 March 2026."""
    monkeypatch.setattr(door, "now", lambda: NOON)
    monkeypatch.setattr(asking, "now", lambda: NOON)
    monkeypatch.setattr(asking, "localdate", lambda *_: NOON.date())


@pytest.fixture
def woken(monkeypatch):
    """The ids of the reports for which a worker was woken."""
    ids = []
    monkeypatch.setattr(tasks, "send", lambda report_id, queue: ids.append(report_id))
    return ids


@pytest.fixture
def something(project, class_of_30):
    """Thirty participants, so that a period holds something."""
    return class_of_30


def words(answer) -> str:
    """The text of a page without its head, header and footer."""
    body = re.sub(r"(?s)<(head|header|footer|dialog)\b.*?</\1>", "", answer.content.decode())
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", body).split()))


def error_at(answer, name: str) -> str:
    """The message beside a field."""
    found = re.search(rf'id="id_{name}_error"[^>]*>(.*?)</ul>', answer.content.decode(), re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found[1])).split()) if found else ""


def page_of(report: Report, *rest: str) -> str:
    return "/".join([f"{LIST}{report.key}", *rest]) + ("" if rest and rest[-1].endswith(".json") else "/")


def events() -> list[str]:
    return list(AuditEvent.objects.filter(kind="reports.report").order_by("pk").values_list("action", flat=True))


# --- the form -------------------------------------------------------------------------------------------------------


def test_the_page_proposes_the_running_quarter_and_the_programme_s_language(sign_in, project, something):
    answer = sign_in("officer").get(PROGRESS)

    form = answer.context["form"]
    assert (form["project"].value(), form["from"].value(), form["to"].value(), form["language"].value()) == (
        project.number, "01.01.2026", "31.03.2026", "bg",
    )  # fmt: skip
    assert "30 participants" in words(answer)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [
        (date(2026, 3, 16), date(2026, 1, 1), date(2026, 3, 31)),
        (date(2025, 12, 20), date(2025, 12, 9), date(2025, 12, 31)),
        (date(2024, 5, 5), date(2025, 12, 9), date(2025, 12, 31)),  # not begun
        (date(2028, 12, 1), date(2028, 10, 1), date(2028, 12, 9)),
        (date(2031, 1, 1), date(2028, 10, 1), date(2028, 12, 9)),  # over
    ],
)
def test_the_usual_period_is_a_quarter_inside_the_contract(today, first, last, project):
    assert periods(project, today)[0][1:] == (first, last)


@pytest.mark.parametrize(
    "today", [date(2024, 2, 29), date(2025, 12, 9), date(2026, 8, 1), date(2028, 12, 9), date(2031, 1, 1)]
)
def test_every_proposed_period_may_be_asked_for(today, project):
    for name, first, last in periods(project, today):
        assert checks.problems(project, first, last) == {}, name


def test_the_page_says_how_long_it_usually_takes(sign_in, asked, finish, something):
    assert "not known" in words(sign_in("officer").get(PROGRESS))
    finish(asked, seconds=130)
    assert "usually about 2 minutes" in words(sign_in("officer").get(PROGRESS))


def test_a_link_from_a_project_fills_the_form(sign_in, project, something):
    answer = sign_in("officer").get(
        ASK, {"project": project.number, "from": "2026-02-01", "to": "2026-02-28", "language": "lv"}
    )

    form = answer.context["form"]
    assert [form[n].value() for n in ("project", "from", "to", "language")] == [
        project.number, "01.02.2026", "28.02.2026", "lv",
    ]  # fmt: skip
    assert not form.is_bound


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_project_is_said_beside_the_field_with_the_close_ones(method, sign_in, project, something):
    mistyped = project.number[:-1] + "x"

    answer = getattr(sign_in("officer"), method)(ASK, POST | {"project": mistyped})

    assert answer.status_code == 422
    assert f"no project with the number “{mistyped}”. Did you mean {project.number}?" in error_at(answer, "project")
    assert answer.context["form"]["from"].value() in ("1.1.2026", "01.01.2026")
    assert "Error:" in answer.content.decode().split("</title>")[0]
    assert not Report.objects.exists()


def test_a_project_of_others_is_as_unknown_as_none(sign_in, people):
    elsewhere = Membership.objects.get(user=people["stranger"]).project

    answer = sign_in("officer").post(ASK, POST | {"project": elsewhere.number})

    assert answer.status_code == 422
    assert "There is no project with the number" in error_at(answer, "project")
    assert not Report.objects.exists()


WRONG = {
    "before the contract": ({"from": "1.1.2020"}, "from", "The contract begins on 9 Dec 2025"),
    "after the contract": ({"to": "1.1.2030"}, "to", "The contract ends on 9 Dec 2028"),
    "reversed": ({"from": "1.3.2026", "to": "1.2.2026"}, "to", "The period ends before it begins"),
    "no such day": ({"to": "31.2.2026"}, "to", "February 2026 has the days 1 to 28"),
    "no date": ({"from": "soon"}, "from", "Enter a date such as"),
    "nothing": ({"from": ""}, "from", "This field is required"),
    "no such language": ({"language": "de"}, "language", "Select a valid choice"),
    "no project": ({"project": ""}, "project", "This field is required"),
}


@pytest.mark.parametrize(("change", "field", "says"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(
    change, field, says, sign_in, project, something, woken
):
    sent = POST | {"project": project.number} | change

    answer = sign_in("officer").post(ASK, sent)

    assert answer.status_code == 422
    assert says in error_at(answer, field)
    form = answer.context["form"]
    assert {name: form[name].value() for name in sent} == sent
    assert 'class="errsum"' in answer.content.decode()
    assert not Report.objects.exists()
    assert (events(), woken) == ([], [])


def test_asking_leads_to_the_page_of_the_report_and_wakes_a_worker(
    sign_in, project, something, woken, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        answer = sign_in("officer").post(ASK, POST | {"project": project.number})

    report = Report.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, page_of(report))
    assert (report.from_on, report.to_on, report.language) == (date(2026, 1, 1), date(2026, 3, 31), "lv")
    assert woken == [report.pk]
    assert events() == ["report.asked"]


def test_asking_goes_through_when_the_broker_is_away(
    sign_in, project, something, monkeypatch, django_capture_on_commit_callbacks
):
    def away(*_report):
        raise ConnectionError("no broker")

    monkeypatch.setattr(tasks, "send", away)
    with django_capture_on_commit_callbacks(execute=True):
        answer = sign_in("officer").post(ASK, POST | {"project": project.number})

    assert answer.status_code == 303
    assert Report.objects.waiting(NOON).count() == 1


def test_a_form_that_is_sent_twice_leads_to_the_same_report(sign_in, project, something, woken):
    officer = sign_in("officer")
    first = officer.post(ASK, POST | {"project": project.number})
    second = officer.post(ASK, POST | {"project": project.number})

    assert (second.status_code, second["Location"]) == (303, first["Location"])
    assert Report.objects.count() == 1
    assert events() == ["report.asked"]


def test_a_report_that_exists_already_is_offered_and_made_again_only_on_purpose(
    sign_in, project, question, finished, finish, people, woken
):
    officer = sign_in("officer")
    sent = POST | {"project": project.number, "language": "bg"}

    offered = officer.post(ASK, sent)
    assert offered.status_code == 409
    assert "This report exists already" in words(offered)
    assert page_of(finished) in offered.content.decode()
    assert Report.objects.count() == 1

    again = officer.post(ASK, sent | {"again": str(finished.key)})
    assert again.status_code == 303
    second = Report.objects.first()
    assert (again["Location"], second.pk > finished.pk) == (page_of(second), True)

    finish(second, at=NOON + timedelta(minutes=5))
    twice = officer.post(ASK, sent | {"again": str(finished.key)})
    assert (twice.status_code, twice["Location"]) == (303, page_of(second))
    assert Report.objects.count() == 2


def test_declining_one_report_does_not_decline_the_answer_to_another_question(
    sign_in, project, question, finished, finish, people, woken
):
    other = finish(actions.ask(**question | {"language": "en"}, by=people["officer"], at=NOON)[0])

    answer = sign_in("officer").post(
        ASK, POST | {"project": project.number, "language": "en", "again": str(finished.key)}
    )

    assert answer.status_code == 409
    assert page_of(other) in answer.content.decode()


def test_an_empty_period_is_said_before_a_report_of_it_is_made(sign_in, project, people, woken):
    officer = sign_in("officer")
    sent = POST | {"project": project.number}

    told = officer.post(ASK, sent)
    assert told.status_code == 409
    assert "holds nothing to report" in words(told)
    assert not Report.objects.exists()

    assert officer.post(ASK, sent | {"empty": "1"}).status_code == 303
    assert Report.objects.count() == 1


def test_the_page_says_what_a_period_holds_while_it_is_being_chosen(sign_in, project, session, class_of_30):
    factories.attended(session, class_of_30[0])
    officer = sign_in("officer")

    held = officer.get(
        ASK, {"project": project.number, "from": "1.3.26", "to": "31.3.26", "language": "en"}, headers=HTMX
    )
    assert "1 session held · 30 participants · 0 reported costs" in words(held)
    assert "<html" not in held.content.decode()

    empty = officer.get(ASK, {"project": project.number, "from": "9.12.25", "to": "31.12.25"}, headers=HTMX)
    assert "Nothing is recorded in this period" in words(empty)

    wrong = officer.get(ASK, {"project": project.number, "from": "1.3.19", "to": "31.3.26"}, headers=HTMX)
    assert "The contract begins on 9 Dec 2025" in words(wrong)
    assert wrong.status_code == 200


@pytest.mark.parametrize("who", ["auditor", "coordinator", "finance", "stranger"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_who_may_not_make_reports_is_told_so(method, who, sign_in, project, something, woken):
    answer = getattr(sign_in(who), method)(ASK, POST | {"project": project.number})

    assert answer.status_code == 403
    assert "Your role may not make reports" in words(answer)
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    "typed",
    [
        "BG05SFPR001-1.008-0009", "bg05sfpr001-1.008-0009", " BG05SFPR001-1.008-0009 ", "BG05SFPR00110080009",
        "BG05SFPR001 1.008 0009", "BG05SFPR001-1.008-0009-C01", "BG05SFPR00110080009C01",
    ],
)  # fmt: skip
def test_a_project_is_found_by_its_number_however_it_is_written(typed, programme):
    project = factories.ProjectFactory(programme=programme, number="BG05SFPR001-1.008-0009")
    factories.ContractFactory(project=project)

    assert find_project(type(project).objects.all(), typed) == project


def test_many_projects_are_typed_instead_of_picked(sign_in, project, programme, people, something, monkeypatch, woken):
    monkeypatch.setattr(forms, "MOST_IN_A_LIST", 1)
    factories.ContractFactory(project=factories.ProjectFactory(programme=programme))
    officer = sign_in("officer")

    page = officer.get(PROGRESS).content.decode()
    assert '<select name="project"' not in page
    assert '<input type="text" name="project"' in page
    assert officer.post(ASK, POST | {"project": project.number.lower()}).status_code == 303


def test_the_page_asks_the_database_no_more_with_more_projects(
    sign_in, project, programme, something, django_assert_num_queries, django_assert_max_num_queries
):
    officer = sign_in("officer")
    factories.ContractFactory(project=factories.ProjectFactory(programme=programme))
    with django_assert_max_num_queries(30) as few:
        officer.get(ASK, {"project": project.number})
    for _ in range(3):
        factories.ContractFactory(project=factories.ProjectFactory(programme=programme))

    with django_assert_num_queries(len(few)):
        assert officer.get(ASK, {"project": project.number}).content.decode().count("<option") == 6


# --- watching -------------------------------------------------------------------------------------------------------


def bar(answer) -> tuple[str | None, str | None]:
    """Value and maximum of the progress bar."""
    found = re.search(r"<progress[^>]*>", answer.content.decode())
    assert found
    value, most = re.search(r'value="(\d+)"', found[0]), re.search(r'max="(\d+)"', found[0])
    return (value and value[1], most and most[1])


def test_a_waiting_report_says_how_many_wait_before_it(sign_in, asked, question, people):
    second = actions.ask(**question | {"language": "lv"}, by=people["officer"], at=NOON)[0]

    answer = sign_in("officer").get(page_of(second))

    assert "Waiting for a worker: 1 report before this one" in words(answer)
    assert bar(answer) == ("0", "6")
    assert "Cancel this report" in words(answer)
    assert "You can leave this page" in words(answer)
    assert 'hx-trigger="every 2s"' in answer.content.decode()
    assert "no-cache" in answer["Cache-Control"]


def test_the_bar_is_never_full_before_the_report_is_done(sign_in, asked, finish):
    officer = sign_in("officer")
    claimed = actions.claim(asked.pk, at=NOON)
    seen = []
    for stage in list(Report.Stage)[1:]:
        actions.alive(claimed, stage, at=NOON)
        answer = officer.get(page_of(asked))
        seen.append(bar(answer))
        assert f"Step {len(seen)} of 6: {stage.label}" in words(answer)

    assert seen == [(f"{n}", "6") for n in range(6)]


def test_the_part_that_is_asked_for_again_and_again_is_only_the_part(sign_in, asked):
    officer = sign_in("officer")
    address = re.search(r'hx-get="([^"]+)"', officer.get(page_of(asked)).content.decode())[1]

    answer = officer.get(html.unescape(address), headers=HTMX)
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()
    assert "data-say" not in answer.content.decode()  # nothing new to say

    actions.claim(asked.pk, at=NOON)
    moved = officer.get(html.unescape(address), headers=HTMX)
    assert 'data-say="Step 1 of 6: counting the figures"' in moved.content.decode()


def test_a_minute_without_change_is_called_slow_and_asked_less_often(sign_in, asked, monkeypatch):
    officer = sign_in("officer")
    claimed = actions.claim(asked.pk, at=NOON)
    actions.alive(claimed, Report.Stage.PDF, at=NOON)
    address = html.unescape(re.search(r'hx-get="([^"]+)"', officer.get(page_of(asked)).content.decode())[1])

    monkeypatch.setattr(door, "now", lambda: NOON + timedelta(seconds=59))
    actions.alive(claimed, at=NOON + timedelta(seconds=59))
    assert "longer than usual" not in words(officer.get(address, headers=HTMX))

    monkeypatch.setattr(door, "now", lambda: NOON + timedelta(seconds=61))
    answer = officer.get(address, headers=HTMX)
    assert "longer than usual" in words(answer)
    assert 'hx-trigger="every 5s"' in answer.content.decode()

    actions.alive(claimed, Report.Stage.TABLES, at=NOON + timedelta(seconds=61))
    assert "longer than usual" not in words(officer.get(address, headers=HTMX))


def test_a_worker_that_fell_silent_is_said(sign_in, asked, monkeypatch):
    actions.claim(asked.pk, at=NOON)
    monkeypatch.setattr(door, "now", lambda: NOON + timedelta(seconds=31))

    assert "has gone silent" in words(sign_in("officer").get(page_of(asked)))


@pytest.mark.parametrize("since", ["99999999999999999999", "-5", "x", ""])
def test_an_address_somebody_bent_still_shows_the_page(since, sign_in, asked):
    assert sign_in("officer").get(page_of(asked), {"seen": "waiting", "since": since}).status_code == 200


def test_a_finished_report_stops_the_asking_and_shows_its_files(sign_in, finished):
    answer = sign_in("officer").get(page_of(finished), {"seen": "sealing", "since": "1"}, headers=HTMX)

    page = answer.content.decode()
    assert answer.status_code == 286
    assert "hx-get" not in page
    assert 'data-say="The report is ready' in page
    assert "<progress" not in page
    for file in finished.files.select_related("file"):
        assert reverse("reports:report_file", args=[finished.key, file.position]) in page
        assert f"SHA-256 {file.file.sha256[:8]}…" in words(answer)
        assert f"{file.file.sha256}  {file.file.name}" in page


def test_the_page_of_a_finished_report_leads_to_its_seal_and_to_the_rows(sign_in, finished):
    answer = sign_in("auditor").get(page_of(finished))

    page = answer.content.decode()
    assert answer.status_code == 200
    for piece in (finished.code, finished.snapshot_sha256, reverse("reports:verify_code", args=[finished.code])):
        assert piece in page
    for name in ("project_money", "project_people", "project_indicators", "project_evidence", "project_history"):
        url = reverse(f"reports:{name}", args=[finished.project.number])
        assert f"{url}?from=2026-01-01&amp;to=2026-03-31" in page
    assert "16 Mar 2026" in words(answer)
    assert "Officer" in words(answer)
    assert "Make the same report again" not in words(answer)
    assert "Report sealed" in words(answer)


def test_the_finance_of_a_partner_sees_the_files_but_no_people_and_no_trail(sign_in, finished):
    page = sign_in("finance").get(page_of(finished)).content.decode()

    assert reverse("reports:project_money", args=[finished.project.number]) in page
    assert reverse("reports:project_people", args=[finished.project.number]) not in page
    assert reverse("reports:project_history", args=[finished.project.number]) not in page
    assert "History of this report" not in page


def test_a_failed_report_says_why_with_a_reference(sign_in, asked):
    actions.fail(actions.claim(asked.pk, at=NOON), "Something went wrong while the report was made.", at=NOON)

    answer = sign_in("officer").get(page_of(asked), headers=HTMX)

    assert answer.status_code == 286
    said = words(answer)
    assert "Something went wrong while the report was made." in said
    assert str(asked.key) in said
    assert 'id="other">Try again</button>' in answer.content.decode()
    assert 'id="other"' not in sign_in("auditor").get(page_of(asked)).content.decode()


@pytest.mark.parametrize("who", ["coordinator", "stranger"])
def test_a_report_of_others_does_not_exist(who, sign_in, finished):
    client = sign_in(who)
    for rest in ([], ["screen"], ["figures.json"], ["files", "0"]):
        assert client.get(page_of(finished, *rest)).status_code == 404
    for verb in ("cancel", "retry"):
        assert client.post(page_of(finished, verb)).status_code == 404
    assert events() == ["report.asked", "report.sealed"]


def test_without_signing_in_one_is_asked_to(client, finished):
    for address in (LIST, ASK, page_of(finished), page_of(finished, "screen"), page_of(finished, "figures.json")):
        answer = client.get(address)
        assert answer.status_code == 302
        assert "/login/" in answer["Location"]
    assert client.get(page_of(finished, "files", "0")).status_code == 302


# --- stopping and repeating -----------------------------------------------------------------------------------------


def test_cancelling_and_trying_again(sign_in, asked, woken, django_capture_on_commit_callbacks):
    officer = sign_in("officer")

    answer = officer.post(page_of(asked, "cancel"))
    assert (answer.status_code, answer["Location"]) == (303, page_of(asked))
    assert "The report was cancelled" in words(officer.get(page_of(asked)))

    with django_capture_on_commit_callbacks(execute=True):
        assert officer.post(page_of(asked, "retry")).status_code == 303
    asked.refresh_from_db()
    assert (asked.state, woken) == ("queued", [asked.pk])
    assert events() == ["report.asked", "report.cancelled", "report.retried"]


@pytest.mark.parametrize("verb", ["cancel", "retry"])
@pytest.mark.parametrize("who", ["auditor", "finance"])
def test_who_only_reads_changes_nothing(who, verb, sign_in, asked, woken):
    if verb == "retry":
        Report.objects.filter(pk=asked.pk).update(state="failed")

    assert sign_in(who).post(page_of(asked, verb)).status_code == 403

    state = asked.state if verb == "cancel" else "failed"
    asked.refresh_from_db()
    assert (asked.state, events(), woken) == (state, ["report.asked"], [])


@pytest.mark.parametrize("verb", ["cancel", "retry"])
def test_what_is_not_possible_any_more_is_said_on_the_page(verb, sign_in, finished):
    answer = sign_in("officer").post(page_of(finished, verb))

    assert answer.status_code == 409
    assert "“Ready”, so this is not possible any more" in words(answer)
    assert "The report is ready and sealed" in words(answer)


@pytest.mark.parametrize("verb", ["cancel", "retry"])
def test_a_link_alone_stops_or_repeats_nothing(verb, sign_in, asked):
    assert sign_in("officer").get(page_of(asked, verb)).status_code == 405
    asked.refresh_from_db()
    assert asked.state == "queued"


# --- files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["auditor", "officer", "finance", "admin"])
def test_a_file_comes_as_it_was_sealed_and_the_download_is_written_down(who, sign_in, finished, people):
    for file in finished.files.select_related("file"):
        answer = sign_in(who).get(page_of(finished, "files", str(file.position)))
        got = b"".join(answer.streaming_content)
        assert hashlib.sha256(got).hexdigest() == file.file.sha256
        assert answer["Content-Disposition"] == f'attachment; filename="{file.file.name}"'

    downloads = AuditEvent.objects.filter(action="report.downloaded", by_key=people[who].key)
    assert [e.after["file"] for e in downloads.order_by("pk")] == [f.file.name for f in finished.files.all()]
    assert set(downloads.values_list("project", "origin")) == {(finished.project.number, "page")}


def test_there_is_no_file_beyond_the_last(sign_in, finished):
    assert sign_in("auditor").get(page_of(finished, "files", "99")).status_code == 404
    assert "report.downloaded" not in events()


@pytest.mark.parametrize(
    "harm", [lambda p: p.unlink(), lambda p: p.write_bytes(b"%PDF-1.7 forged")], ids=["gone", "forged"]
)
def test_a_file_that_is_no_longer_the_sealed_one_is_not_handed_out(harm, sign_in, finished, people):
    stored = finished.files.first().file
    harm(path_of(stored))

    answer = sign_in("auditor").get(page_of(finished, "files", "0"))

    assert answer.status_code == 500
    assert "no longer matches the hash it was sealed with" in words(answer)
    assert b"forged" not in answer.content
    assert events()[-1] == "report.damaged"
    event = AuditEvent.objects.get(action="report.damaged")
    assert (event.by_key, event.after) == (people["auditor"].key, {"file": stored.name, "sha256": stored.sha256})


def test_the_figures_are_the_bytes_of_the_hash_on_the_cover(sign_in, finished):
    answer = sign_in("auditor").get(page_of(finished, "figures.json"))

    assert hashlib.sha256(answer.content).hexdigest() == finished.snapshot_sha256
    assert json.loads(answer.content) == Report.objects.get().snapshot
    assert answer["Content-Type"] == "application/json"
    assert AuditEvent.objects.get(action="report.downloaded").after["file"] == "figures.json"


@pytest.mark.parametrize("rest", ["figures.json", "screen"])
def test_figures_changed_behind_the_portal_are_not_shown(rest, sign_in, finished):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE reports_report SET snapshot = jsonb_set(snapshot, '{money,reported}', '\"9.99\"')")
        cursor.execute("SET LOCAL session_replication_role = origin")

    answer = sign_in("auditor").get(page_of(finished, rest))

    assert answer.status_code == 500
    assert "9.99" not in words(answer)
    assert events()[-1] == "report.damaged"


def test_the_screen_shows_the_tables_of_the_files_in_the_report_s_language(
    sign_in, project, session, class_of_30, activity, asked, finish, people
):
    for row in class_of_30:
        factories.attended(session, row)
    line = factories.BudgetLineFactory(contract=project.contracts.get(), activity=activity)
    factories.ReportedCostFactory(line=line, total="1234.56")
    finished = finish(asked)

    answer = sign_in("auditor").get(page_of(finished, "screen"))

    page = answer.content.decode()
    assert answer.status_code == 200
    assert '<div lang="bg">' in page
    plain = words(answer)
    costs = path_of(finished.files.select_related("file").get(table="costs").file).read_text("utf-8-sig")
    assert [r["eur"] for r in csv.DictReader(io.StringIO(costs))] == ["1234.56"]
    assert "1 234,56 €" in plain
    assert f'href="{page_of(finished, "files", "1")}"' in page
    assert page.count("<h1") == 1


def test_a_report_that_is_not_finished_has_neither_screen_nor_figures(sign_in, asked):
    officer = sign_in("officer")

    assert officer.get(page_of(asked, "screen")).status_code == 404
    assert officer.get(page_of(asked, "figures.json")).status_code == 404
    assert officer.get(page_of(asked, "files", "0")).status_code == 404


# --- the list -------------------------------------------------------------------------------------------------------


@pytest.fixture
def several(question, programme, people, finish):
    """Three reports: a finished Bulgarian one, a waiting Latvian one, and one of another project that failed."""
    done = finish(actions.ask(**question, by=people["officer"], at=NOON)[0])
    waits = actions.ask(**question | {"language": "lv"}, by=people["admin"], at=NOON)[0]
    other = factories.ProjectFactory(
        programme=programme, number="LV-4.2.3.1-77", title={"lv": "Skola kopienā", "en": "School in the community"}
    )
    factories.ContractFactory(project=other)
    failed = actions.ask(**question | {"project": other}, by=people["officer"], at=NOON)[0]
    actions.fail(actions.claim(failed.pk, at=NOON), "Something went wrong while the report was made.", at=NOON)
    return {"done": done, "waits": waits, "failed": failed}


def listed(answer) -> set[str]:
    return set(re.findall(rf'<th scope="row"><a href="{LIST}([0-9a-f-]+)/"', answer.content.decode()))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"done", "waits", "failed"}),
        ({"state": "done"}, {"done"}),
        ({"state": "queued"}, {"waits"}),
        ({"language": "lv"}, {"waits"}),
        ({"project": "lv-4.2"}, {"failed"}),
        ({"q": "kopienā"}, {"failed"}),
        ({"q": "school Community"}, {"failed"}),
        ({"q": "nothing of the kind"}, set()),
        ({"state": "done", "language": "lv"}, set()),
    ],
)
def test_filters_find_reports(query, found, sign_in, several):
    answer = sign_in("auditor").get(LIST, query)

    assert answer.status_code == 200
    assert listed(answer) == {str(several[name].key) for name in found}
    assert f"{len(found)} report" in words(answer)
    assert ("No report fits these filters" in words(answer)) is (not found)


def test_a_report_is_found_by_what_stands_on_paper_and_by_a_file(sign_in, several):
    done = several["done"]
    pdf = done.files.first().file
    for text in (done.code, done.code.replace("-", " ").lower(), pdf.sha256, pdf.sha256.upper(), pdf.name):
        assert listed(sign_in("auditor").get(LIST, {"q": text})) == {str(done.key)}, text


def test_filters_in_force_can_be_taken_away_one_by_one(sign_in, several):
    page = sign_in("auditor").get(LIST, {"state": "done", "language": "bg", "page": "1"}).content.decode()

    assert f'class="chip" href="{LIST.rsplit("/", 0)[0] and "?"}language=bg"' in page
    assert 'class="chip" href="?state=done"' in page


def test_a_filter_that_does_not_exist_is_said(sign_in, several):
    answer = sign_in("auditor").get(LIST, {"state": "melted"})

    assert answer.status_code == 422
    assert "Select a valid choice" in error_at(answer, "state")
    assert len(listed(answer)) == 3


def test_everybody_sees_the_reports_of_their_own_projects_only(sign_in, several, people):
    elsewhere = Membership.objects.get(user=people["stranger"]).project
    actions.ask(
        project=elsewhere, kind="progress", from_on=date(2026, 1, 1), to_on=date(2026, 3, 31), language="en",
        by=people["admin"], at=NOON,
    )  # fmt: skip

    assert len(listed(sign_in("admin").get(LIST))) == 4
    assert listed(sign_in("officer").get(LIST)) == {str(r.key) for r in several.values()}
    assert listed(sign_in("finance").get(LIST)) == {str(several["done"].key), str(several["waits"].key)}
    for who in ("coordinator", "stranger"):
        assert sign_in(who).get(LIST).status_code == 403


def test_only_those_who_make_reports_are_offered_to_make_one(sign_in, several, people):
    for who, offered in (("officer", True), ("admin", True), ("auditor", False), ("finance", False)):
        assert (ASK in sign_in(who).get(LIST).content.decode()) is offered, who


@pytest.mark.parametrize(
    ("who", "says"), [("officer", "Nobody has asked for one yet"), ("auditor", "none has been made yet")]
)
def test_an_empty_list_says_why(who, says, sign_in, project):
    assert says in words(sign_in(who).get(LIST))


def test_states_are_tags_and_files_are_one_click_away(sign_in, several):
    page = sign_in("auditor").get(LIST).content.decode()

    assert '<span class="tag ok">Ready</span>' in page
    assert '<span class="tag danger">Failed</span>' in page
    assert page.count('/files/0/"') == 1


def test_a_long_list_has_pages(sign_in, several, monkeypatch):
    monkeypatch.setattr(door, "PER_PAGE", 2)
    auditor = sign_in("auditor")

    assert len(listed(auditor.get(LIST))) == 2
    assert listed(auditor.get(LIST, {"page": 2})) == {str(several["done"].key)}
    assert auditor.get(LIST, {"page": "x"}).status_code == 200


def test_the_list_asks_the_database_no_more_with_more_reports(
    sign_in, finished, question, people, finish, django_assert_num_queries, django_assert_max_num_queries
):
    auditor = sign_in("auditor")
    with django_assert_max_num_queries(10) as one:
        assert len(listed(auditor.get(LIST))) == 1
    for language in ("en", "lv"):
        finish(actions.ask(**question | {"language": language}, by=people["admin"], at=NOON)[0])

    with django_assert_num_queries(len(one)):
        assert len(listed(auditor.get(LIST))) == 3


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("abcd-efgh-2345", "ABCD-EFGH-2345"), (" ABCD EFGH 2345 ", "ABCD-EFGH-2345"),
        ("ABCD–EFGH–2345", "ABCD-EFGH-2345"), ("0BCD-1FGH-8345", "OBCD-IFGH-B345"),
        ("ABCD-EFGH-234", ""), ("ABCD-EFGH-2349", ""), ("", ""), ("АБВГ", ""),
    ],
)  # fmt: skip
def test_check_codes_are_read_as_people_type_them(typed, code):
    assert as_code(typed) == code


def test_every_code_the_portal_prints_is_read_back():
    for n in range(200):
        code = snapshot.check_code(hashlib.sha256(str(n).encode()).hexdigest())
        assert as_code(code) == as_code(code.lower().replace("-", "")) == code
