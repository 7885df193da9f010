"""Reports a project owes: their days stay, the project writes, submission seals, the office returns or approves."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from core.access import Refused
from core.models import AuditEvent, OutgoingMail
from projects.models import Call, ContractVersion
from reports import actions, snapshot, tasks
from reports.models import Filing, Report, Section
from tests import factories
from tests.conftest import NOON, path_of

RHYTHM = {"months": 6, "days": 30, "final_days": 60}
LATER = NOON + timedelta(days=1)
State = Filing.State


@pytest.fixture
def filing(project, activity, people):
    """The first interim report of the project, over its first six months; nothing is written yet."""
    return actions.lay_out(project, **RHYTHM, by=people["officer"], at=NOON)[0]


@pytest.fixture
def submitted(filing, people):
    """The same, written and submitted by the coordinator."""
    write(filing, people, {"": "We began."})
    filing.refresh_from_db()
    actions.submit(filing, version=filing.version, by=people["coordinator"], at=NOON)
    filing.refresh_from_db()
    return filing


def write(filing, people, texts, seen=None):
    return actions.write(filing, texts, seen=seen or {}, by=people["coordinator"], at=NOON)


def trail(filing) -> list[str]:
    return list(AuditEvent.objects.filter(key=str(filing.key)).order_by("pk").values_list("action", flat=True))


# --- the schedule ----------------------------------------------------------------------------------------------------


def test_the_schedule_is_that_of_the_contract(filing, project):
    found = list(project.filings.values_list("kind", "from_on", "to_on", "due_on"))

    assert found[0] == ("interim", date(2025, 12, 9), date(2026, 6, 8), date(2026, 7, 8))
    assert found[4] == ("interim", date(2027, 12, 9), date(2028, 6, 8), date(2028, 7, 8))
    assert found[6:] == [("final", date(2025, 12, 9), date(2028, 12, 9), date(2029, 2, 7))]


@pytest.mark.parametrize("first", [date(2026, 1, 31), date(2027, 8, 29), date(2027, 12, 31)])
def test_periods_follow_each_other_without_gap_at_the_end_of_months(first):
    contract = ContractVersion(starts_on=first, ends_on=date(2030, 1, 1))
    interim = actions.foreseen(contract, months=1, days=0, final_days=0)[:-1]

    assert all(b.from_on == a.to_on + timedelta(days=1) for a, b in itertools.pairwise(interim))
    assert interim[0].from_on == first


def test_due_days_stay_when_the_contract_changes_and_only_what_is_missing_is_added(filing, project, people):
    before = list(project.filings.values_list("pk", "due_on"))
    old = project.contracts.get()
    factories.ContractFactory(project=project, version=2, number="2", starts_on=old.starts_on,
                              ends_on=date(2029, 12, 9), eligible_to=date(2029, 12, 9),
                              in_force_from=NOON.date())  # fmt: skip
    project = type(project).objects.get(pk=project.pk)

    made = actions.lay_out(project, **RHYTHM | {"days": 5}, by=people["officer"], at=NOON)

    assert [(one.kind, one.to_on) for one in made] == [
        ("interim", date(2029, 6, 8)), ("interim", date(2029, 12, 8)), ("final", date(2029, 12, 9)),
    ]  # fmt: skip
    assert set(before) < set(project.filings.values_list("pk", "due_on"))
    with pytest.raises(DatabaseError), transaction.atomic():
        Filing.objects.filter(pk=filing.pk).update(due_on=date(2030, 1, 1))
    with pytest.raises(DatabaseError), transaction.atomic():
        Filing.objects.filter(pk=filing.pk).delete()


@pytest.fixture
def rhythm(project):
    """The contract says: a report each half year in 30 days, the final one in 60."""
    ContractVersion.objects.filter(project=project).update(interim_months=6, interim_days=30, report_days=60)
    return type(project).objects.get(pk=project.pk)


def test_the_rhythm_is_a_fact_of_the_contract_and_nobody_types_another(rhythm, people, sign_in):
    officer = sign_in("officer")
    url = reverse("reports:schedule", args=[rhythm.number])
    shown = officer.get(url).content.decode()
    assert (shown.count('<th scope="row">Interim report'), "7 Feb 2029" in shown.replace("\xa0", " ")) == (6, True)
    assert 'name="months"' not in shown
    with pytest.raises(Refused, match="says 30"):
        actions.lay_out(rhythm, days=45, by=people["officer"], at=NOON)
    assert not rhythm.filings.exists()

    assert officer.post(url, {"days": "45"}).status_code == 302  # the page asks for nothing the contract says
    assert list(rhythm.filings.values_list("to_on", "due_on"))[:2] == [
        (date(2026, 6, 8), date(2026, 7, 8)), (date(2026, 12, 8), date(2027, 1, 7)),
    ]  # fmt: skip
    assert b"every report the contract asks for" in officer.get(url).content


def test_a_contract_that_says_nothing_is_told_so_and_asks_for_the_rhythm(project, people, sign_in):
    url = reverse("reports:schedule", args=[project.number])
    shown = sign_in("officer").get(url).content.decode()
    assert "does not say when reports are due" in shown
    assert 'name="months"' in shown
    with pytest.raises(Refused) as refused:
        actions.lay_out(project, months=0, by=people["officer"], at=NOON)  # no interim reports need no days
    assert set(refused.value.message_dict) == {"final_days"}
    (final,) = actions.lay_out(project, months=0, final_days=60, by=people["officer"], at=NOON)
    assert (final.kind, final.due_on) == ("final", date(2029, 2, 7))

    ContractVersion.objects.filter(project=project).update(report_days=90)
    part = sign_in("officer").get(url).content.decode()
    assert "says only a part" in part
    assert ('name="months"' in part, 'name="final_days"' in part) == (True, False)


def test_a_new_rhythm_leaves_what_is_laid_out_and_begins_after_what_is_not_skipped(rhythm, people):
    laid = actions.lay_out(rhythm, by=people["officer"], at=NOON)
    before = list(rhythm.filings.values_list("pk", "from_on", "to_on", "due_on"))
    old = rhythm.contracts.get()
    factories.ContractFactory(project=rhythm, version=2, number="2", starts_on=old.starts_on, ends_on=old.ends_on,
                              interim_months=4, interim_days=15, report_days=60, in_force_from=NOON.date())  # fmt: skip
    rhythm = type(rhythm).objects.get(pk=rhythm.pk)

    assert actions.lay_out(rhythm, by=people["officer"], at=NOON) == []
    for one in laid[1:6]:
        actions.skip(one, because="Every four months from now on.", by=people["officer"], at=NOON)
    made = actions.lay_out(rhythm, by=people["officer"], at=NOON)

    assert [(one.from_on, one.to_on, one.due_on) for one in made[:2]] == [
        (date(2026, 6, 9), date(2026, 8, 8), date(2026, 8, 23)),  # the rest of a period that had begun
        (date(2026, 8, 9), date(2026, 12, 8), date(2026, 12, 23)),
    ]  # fmt: skip
    assert {one.contract.version for one in made} == {2}
    assert set(before) < set(rhythm.filings.values_list("pk", "from_on", "to_on", "due_on"))
    assert (laid[6].kind, Filing.objects.get(pk=laid[6].pk).state) == ("final", "planned")


def test_what_is_not_needed_does_not_come_back(rhythm, people):
    laid = actions.lay_out(rhythm, by=people["officer"], at=NOON)
    actions.skip(laid[5], because="The final report tells it.", by=people["officer"], at=NOON)

    assert actions.lay_out(rhythm, by=people["officer"], at=NOON) == []
    assert rhythm.filings.count() == 7


def test_skipping_needs_a_reason_and_moves_nothing_else(filing, project, people):
    with pytest.raises(Refused, match="Say why"):
        actions.skip(filing, because=" ", by=people["officer"], at=NOON)
    with pytest.raises(PermissionDenied):
        actions.skip(filing, because="x", by=people["coordinator"], at=NOON)
    actions.skip(filing, because="Merged with the next one.", by=people["officer"], at=NOON)

    assert AuditEvent.objects.filter(key=str(filing.key)).latest("pk").note == "Merged with the next one."
    assert project.filings.exclude(state="planned").get().state == "skipped"
    assert filing not in Filing.objects.overdue(date(2027, 1, 1))


def test_reminders_go_out_once_before_and_after_the_day(filing, people):
    coordinator, officer = people["coordinator"], people["officer"]
    coordinator.language = "lv"
    coordinator.save()
    due = datetime.combine(filing.due_on, NOON.timetz())
    sent = {days: actions.remind_of_filings(at=due + timedelta(days=days)) for days in (-15, -14, -14, 0, 1, 14, 15)}

    assert sent == {-15: 0, -14: 0, 0: 0, 1: 1, 14: 1, 15: 0}  # the second run on a day reminds nobody
    mails = OutgoingMail.objects.order_by("pk")
    assert [m.to for m in mails] == [coordinator.email] + [officer.email, coordinator.email] * 2
    assert mails[0].language == "lv"
    assert str(filing.key) in mails[0].text
    write(filing, people, {"": "x"})
    actions.submit(filing, version=2, by=coordinator, at=NOON)
    assert actions.remind_of_filings(at=due + timedelta(days=28)) == 0


# --- writing ---------------------------------------------------------------------------------------------------------


def test_two_people_write_without_losing_a_word(filing, activity, people):
    write(filing, people, {"": "  One\r\ntwo\x07 "})
    done = write(filing, people, {"": "Other", activity.number: "Work"}, seen={"": 0})

    assert [place.text for place in done.clashes] == ["One\ntwo"]
    assert {s.activity_id: s.text for s in Section.objects.all()} == {None: "One\ntwo", activity.pk: "Work"}
    write(filing, people, {"": "Both"}, seen={"": 1})
    assert Section.objects.get(activity=None).text == "Both"
    events = AuditEvent.objects.filter(action="filing.written").order_by("pk")
    assert [event.after for event in events] == [{"summary": "7"}, {activity.number: "4"}, {"summary": "4"}]


@pytest.mark.parametrize("who", ["officer", "finance", "auditor", "stranger", "client"])
def test_only_the_coordinator_writes_and_submits(who, filing, people):
    with pytest.raises(PermissionDenied):
        actions.write(filing, {"": "x"}, seen={}, by=people[who], at=NOON)
    write(filing, people, {"": "x"})
    with pytest.raises(PermissionDenied):
        actions.submit(filing, version=2, by=people[who], at=NOON)

    filing.refresh_from_db()
    assert (filing.state, Report.objects.count()) == ("draft", 0)


# --- submitting seals ------------------------------------------------------------------------------------------------


def test_an_empty_report_is_not_submitted(filing, activity, people):
    write(filing, people, {activity.number: "Work"})
    with pytest.raises(Refused, match="summary"):
        actions.submit(filing, version=2, by=people["coordinator"], at=NOON)

    assert not Report.objects.exists()


def test_an_activity_with_sessions_is_written_about_before_it_is_submitted(filing, session, people, sign_in):
    write(filing, people, {"": "We began."})
    assert actions.problems(filing) == []
    client, page = sign_in("coordinator"), reverse("reports:filing", args=[filing.key])
    assert client.get(page).content.count(b"(optional)") == 1  # the activity, not the summary
    type(session).objects.update(state="held")
    assert b"(optional)" not in client.get(page).content
    (problem,) = actions.problems(filing)
    assert session.activity.number in problem
    with pytest.raises(Refused, match="sessions were held"):
        actions.submit(filing, version=2, by=people["coordinator"], at=NOON)

    write(filing, people, {session.activity.number: "Six pupils came."})
    assert actions.problems(filing) == []


def test_submission_seals_figures_texts_rates_and_who(submitted, activity, people):
    made = Report.objects.get()
    taken = made.snapshot

    assert made.state == "queued"
    assert made.code == snapshot.check_code(snapshot.digest(taken))
    assert [(t["number"], t["text"]) for t in taken["told"]] == [("", "We began.")]
    assert taken["submitted"] == {
        "kind": "interim", "version": 1, "at": NOON.isoformat(), "due_on": str(submitted.due_on),
    }  # fmt: skip
    assert (taken["asked_by"], taken["rates"]) == ("Coordinator", {"BGN": "1.95583"})
    assert trail(submitted) == ["filing.planned", "filing.moved", "filing.written", "filing.moved"]
    for change in ({"snapshot": {}}, {"code": "A"}, {"data_at": LATER}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Report.objects.filter(pk=made.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        submitted.submissions.update(number=9)
    with pytest.raises(Refused, match="submitted"):
        actions.cancel(made, by=people["officer"], at=LATER)


def test_files_are_made_from_what_was_sealed_not_from_what_came_after(submitted, activity, group):
    report = Report.objects.get()
    sealed = report.snapshot_sha256
    factories.SessionFactory(
        project=group.project, activity=activity, school=group.school, group=group, state="held", on=date(2026, 3, 2)
    )
    tasks.build(report_id=report.pk)

    report.refresh_from_db()
    assert (report.state, report.snapshot_sha256) == ("done", sealed)
    archive = report.files.get(kind="archive").file
    pdf = report.files.get(kind="pdf").file
    document = tasks.pdf.lay_out(tasks.pdf.html(report.snapshot))
    assert tasks.pdf.render(document, report.snapshot) == path_of(pdf).read_bytes()
    assert path_of(archive).read_bytes()[:5] == b"%PDF-"


def test_what_was_asked_for_says_that_it_was_not_submitted(asked, submitted):
    asked_for = tasks.pdf.html(snapshot.take(asked, NOON) | {"language": "en"})
    handed_in = tasks.pdf.html(Report.objects.get(kind="submitted").snapshot | {"language": "en"})
    older = tasks.pdf.html(snapshot.take(asked, NOON) | {"language": "en", "template": "1"})

    assert "was not submitted" in asked_for
    assert "Interim report" not in asked_for
    assert "was not submitted" not in handed_in
    assert "Interim report" in handed_in
    assert "We began." in handed_in
    assert "was not submitted" not in older  # a report sealed by the former template keeps its bytes


# --- returning and approving -----------------------------------------------------------------------------------------


def published(programme, people, title, call=None):
    """A layout for what projects hand in, with this title on the cover."""
    made = actions.add_layout(programme, kind="submitted", name=title, call=call, by=people["officer"], at=NOON)
    words = {"title": dict.fromkeys(("en", "bg", "lv"), title), "statement": {}, "footer": {}}
    actions.set_words(made, edits=0, words=words, by=people["officer"], at=NOON)
    return actions.publish(made, edits=1, by=people["officer"], at=NOON)


def test_what_is_submitted_takes_the_layout_of_the_call_else_of_the_programme(submitted, activity, people):
    officer, coordinator, project = people["officer"], people["coordinator"], submitted.project
    own, other = (
        Call.objects.create(programme=project.programme, code=code, name={"en": code}) for code in ("C1", "C2")
    )
    type(project).objects.filter(pk=project.pk).update(call=own)

    def again(version):
        actions.decide(submitted, approve=False, remarks={"": "More."}, version=version, by=officer, at=LATER)
        submitted.refresh_from_db()
        write(submitted, people, {"": f"Text {version}."}, {"": submitted.sections.get(activity=None).version})
        submitted.refresh_from_db()
        submission = actions.submit(submitted, version=submitted.version, by=coordinator, at=LATER)
        submitted.refresh_from_db()
        return submission.made

    published(project.programme, people, "Of another call", other)
    assert Report.objects.get().layout is None
    of_programme = published(project.programme, people, "Of the programme")
    second = again(submitted.version)
    of_call = published(project.programme, people, "Of the call", own)
    third = again(submitted.version)

    assert [second.layout, third.layout] == [of_programme, of_call]
    assert "Of the programme" in tasks.pdf.html(second.snapshot)
    assert "Of the call" in tasks.pdf.html(third.snapshot)
    assert actions.figures_intact(third)


def test_a_returned_report_gets_a_new_version_and_the_former_stays(submitted, activity, people):
    officer, coordinator = people["officer"], people["coordinator"]
    remarks = {activity.number: "How many pupils?"}
    decision = actions.decide(submitted, approve=False, remarks=remarks, version=3, by=officer, at=LATER)
    assert [(r.activity, r.text) for r in decision.remarks.all()] == [(activity, "How many pupils?")]

    with pytest.raises(Refused, match="Nothing was changed"):
        actions.submit(submitted, version=4, by=coordinator, at=LATER)
    write(submitted, people, {activity.number: "Thirty."})
    second = actions.submit(submitted, version=4, by=coordinator, at=LATER)
    actions.decide(submitted, approve=True, version=5, by=officer, at=LATER)

    submitted.refresh_from_db()
    first = submitted.submissions.get(number=1).made
    assert (submitted.state, second.number, first.snapshot["told"][-1]["text"]) == ("approved", 2, "We began.")
    assert actions.figures_intact(first)
    assert first.code != second.made.code
    with pytest.raises(Refused, match="Approved"):
        write(submitted, people, {"": "More"})
    with pytest.raises(DatabaseError), transaction.atomic():
        Filing.objects.filter(pk=submitted.pk).update(state="draft")


def test_nobody_decides_on_their_own_report(filing, people):
    admin = people["admin"]
    actions.write(filing, {"": "x"}, seen={}, by=admin, at=NOON)
    actions.submit(filing, version=2, by=admin, at=NOON)
    with pytest.raises(Refused, match="yourself"):
        actions.decide(filing, approve=True, version=3, by=admin, at=NOON)
    with pytest.raises(PermissionDenied):
        actions.decide(filing, approve=True, version=3, by=people["coordinator"], at=NOON)
    with pytest.raises(Refused, match="corrected"):
        actions.decide(filing, approve=False, version=3, by=people["officer"], at=NOON)
    with pytest.raises(Refused, match="Someone changed"):
        actions.decide(filing, approve=True, version=2, by=people["officer"], at=NOON)

    filing.refresh_from_db()
    assert filing.state == "submitted"


def test_one_report_once_per_period(filing, project, people):
    what = {"kind": "interim", "from_on": filing.from_on, "to_on": filing.to_on, "due_on": filing.due_on}
    with pytest.raises(Refused, match="already"):
        actions.add_filing(project, **what, by=people["officer"], at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Filing.objects.create(project=project, contract=filing.contract, language="bg", **what)


# --- pages -----------------------------------------------------------------------------------------------------------


def test_from_the_first_word_to_the_approval_on_pages(filing, activity, sign_in, people):
    page = reverse("reports:filing", args=[filing.key])
    coordinator = sign_in("coordinator")
    sent = {"text_0": "<b>We</b> began", "seen_0": "0", "text_1": "", "seen_1": "0", "version": "1"}
    kept = coordinator.post(page + "draft/", sent).json()
    assert kept["fields"] == {"version": 2, "seen_0": 1, "seen_1": 0}
    clash = coordinator.post(page, sent | {"text_0": "Mine"})
    assert clash.status_code == 409
    assert b"Somebody else wrote here" in clash.content
    assert b">\nMine<" in clash.content
    done = coordinator.post(page, sent | {key: str(n) for key, n in kept["fields"].items()} | {"submit": "1"})
    assert done.status_code == 302

    made = Report.objects.get()
    assert coordinator.get(reverse("reports:report", args=[made.key])).status_code == 200
    assert coordinator.get(reverse("reports:reports")).status_code == 403  # working figures are not for schools
    officer = sign_in("officer")
    shown = officer.get(page).content.decode()
    assert "&lt;b&gt;We&lt;/b&gt; began" in shown
    back = officer.post(page + "decide/", {"version": "3", "approve": "no", "remark_1": "And this?"})
    assert back.status_code == 302
    assert "And this?" in sign_in("coordinator").get(page).content.decode()
    assert sign_in("stranger").get(page).status_code == 404


def test_the_board_shows_what_is_overdue_first_with_few_queries(
    project, people, sign_in, django_assert_max_num_queries
):
    officer = sign_in("officer")
    url = reverse("reports:schedule", args=[project.number])
    assert officer.post(url, {"months": "1", "days": "0", "final_days": "60"}).status_code == 302
    assert project.filings.count() == 37
    with django_assert_max_num_queries(12):
        shown = officer.get(reverse("reports:filings")).content.decode()
    assert shown.index("2026") < shown.index("2028")
    add = {
        "do": "add",
        "one-kind": "interim",
        "one-from_on": "1.1.2026",
        "one-to_on": "5.1.2026",
        "one-due_on": "3.1.2026",
    }
    refused = officer.post(url, add)
    assert refused.status_code == 422
    assert b"on the last day of its period or later" in refused.content
    assert officer.post(url, add | {"one-due_on": "6.1.2026"}).status_code == 302
    assert datetime(2026, 1, 6, tzinfo=UTC).date() in set(project.filings.values_list("due_on", flat=True))
