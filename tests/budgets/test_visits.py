"""On-the-spot visits: planned, recorded, answered by the school and closed; money moves by other doors alone."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils.timezone import localdate

from budgets import actions
from budgets.models import Checklist, ChecklistQuestion, Finding, FindingStep, LineDecision, LineFact, Visit
from core.access import Refused
from core.models import AuditEvent
from tests import factories
from tests.conftest import NOON

NOTE = "The register looked copied."


@pytest.fixture
def questions(project):
    listed = Checklist.objects.create(programme=project.programme, version=1)
    return [
        ChecklistQuestion.objects.create(checklist=listed, position=n, about="visit", text={"en": text})
        for n, text in enumerate(("Do the clubs take place?", "Is the emblem shown?"), start=1)
    ]


def planned(project, by, **more):
    facts = {
        "planned_on": date(2026, 3, 20), "announced": True, "partner": None, "place": "Burgas", "claims": [],
        "goes": "A. Person", "about": "Clubs and registers",
    }  # fmt: skip
    return actions.plan_visit(project, **(facts | more), by=by, at=NOON)


def recorded(visit, by, questions=(), **more):
    answers = {question.pk: ("yes", "") for question in questions}
    facts = {"done_on": NOON.date(), "result": "Clubs take place.", "note": NOTE, "answers": answers}
    return actions.record_visit(visit, **(facts | more), by=by, at=NOON)


def found(visit, by, **more):
    facts = {"line": None, "error": "evidence", "text": "Two lists lack signatures.", "amount": None,
             "due_on": date(2026, 4, 1)}  # fmt: skip
    return actions.add_finding(visit, **(facts | more), by=by, at=NOON)


def page(name, *args):
    return reverse(f"budgets:{name}", args=args)


def test_a_visit_from_the_plan_to_its_end_on_the_pages(client, people, project, sent, questions):
    client.force_login(people["officer"])
    day = localdate() + timedelta(days=3)
    made = client.post(page("visit_new", project.number), {
        "planned_on": day.isoformat(), "place": "Burgas", "claims": [sent.pk], "goes": "A. Person",
        "about": "Clubs and registers",
    })  # fmt: skip
    visit = Visit.objects.get()
    assert made.url == page("visit", visit.key)
    assert (visit.announced, visit.state, list(visit.claims.all())) == (False, "planned", [sent])

    client.force_login(people["coordinator"])
    assert client.get(page("visit", visit.key)).status_code == 404  # a surprise
    client.force_login(people["officer"])
    facts = {"done_on": localdate().isoformat(), "result": "Clubs take place.", "note": NOTE}
    refused = client.post(page("visit_record", visit.key), facts | {f"answer_{questions[0].pk}": "no"})
    assert refused.status_code == 422
    assert "Say why the answer is no." in refused.text
    assert "Answer this question." in refused.text
    answers = {f"answer_{questions[0].pk}": "no", f"remark_{questions[0].pk}": "One of two.",
               f"answer_{questions[1].pk}": "yes"}  # fmt: skip
    photo = SimpleUploadedFile("photo.pdf", b"%PDF-1.7", content_type="application/pdf")
    client.post(page("visit_record", visit.key), facts | answers | {"uploads": [photo]})
    line = sent.lines.order_by("number").first()
    client.post(page("finding_new", visit.key), {
        "text": "Two lists lack signatures.", "error": "evidence", "line": line.pk, "amount": "20,00",
        "due_on": day.isoformat(),
    })  # fmt: skip
    finding = Finding.objects.get()
    assert (finding.amount, finding.line) == (Decimal("20.00"), line)
    assert NOTE in client.get(page("visit", visit.key)).text

    client.force_login(people["coordinator"])
    seen = client.get(page("visit", visit.key)).text
    assert "Two lists lack signatures." in seen
    assert "Clubs take place." in seen
    assert NOTE not in seen
    assert "One of two." not in seen
    assert "photo.pdf" in seen
    assert client.post(page("finding_answer", visit.key, 1), {"text": "Signed on 3 March."}).status_code == 302

    client.force_login(people["officer"])
    too_early = client.post(page("visit_end", visit.key), {"save": "1"})
    assert "not closed yet" in too_early.text
    client.post(page("finding_close", visit.key, 1), {"text": "Proved."})
    client.post(page("visit_end", visit.key), {"save": "1"})
    visit.refresh_from_db()
    assert visit.state == "closed"
    client.force_login(people["auditor"])
    assert NOTE in client.get(page("visit", visit.key)).text
    assert "Visit 1 of" in client.get(page("claim", sent.key)).text
    told = client.get(page("visits_csv")).getvalue().decode("utf-8-sig")
    assert f"{localdate()},closed,Clubs take place.,{project.number},1" in told

    assert not LineDecision.objects.exists()  # the amount was only proposed
    assert set(LineFact.objects.values_list("step", flat=True)) == {"declared"}
    trail = AuditEvent.objects.filter(kind="budgets.visit").order_by("pk")
    assert list(trail.values_list("action", flat=True)) == [
        "visit.planned", "visit.moved", "visit.finding_added", "visit.finding_answered", "visit.finding_closed",
        "visit.moved",
    ]  # fmt: skip
    assert not any("Person" in str(event.after) or NOTE in str(event.after) for event in trail)


def test_who_may(people, project):
    for who in ("coordinator", "finance", "auditor"):
        with pytest.raises(PermissionDenied):
            planned(project, people[who])
    visit = recorded(planned(project, people["officer"]), people["officer"])
    finding = found(visit, people["officer"])
    with pytest.raises(PermissionDenied):
        actions.answer_finding(finding, text="x", by=people["officer"], at=NOON)
    with pytest.raises(PermissionDenied):
        actions.close_finding(finding, text="x", by=people["coordinator"], at=NOON)
    assert not FindingStep.objects.exists()


def test_a_plan_is_changed_until_the_visit_is_recorded(client, people, project, sent):
    officer, visit = people["officer"], planned(project, people["officer"], announced=False)
    client.force_login(officer)
    shown = client.get(page("visit_change", visit.key)).text
    assert 'value="Burgas"' in shown
    day = localdate() + timedelta(days=5)
    facts = {"planned_on": day.isoformat(), "place": "Burgas", "goes": "B. Person", "about": "Clubs", "announced": "on",
             "version": "1"}  # fmt: skip
    assert 'name="version" value="1"' in shown
    assert client.post(page("visit_change", visit.key), facts | {"claims": [sent.pk]}).status_code == 302
    lost = client.post(page("visit_change", visit.key), facts | {"place": "Varna"})  # the other officer had it open too
    assert (lost.status_code, "Someone changed this" in lost.text) == (422, True)
    visit.refresh_from_db()
    assert (visit.planned_on, visit.goes, visit.announced, list(visit.claims.all())) == (day, "B. Person", True, [sent])
    trail = AuditEvent.objects.get(action="visit.changed")
    assert trail.before == {"planned_on": "2026-03-20", "announced": "False", "claims": ""}
    assert trail.after["changed"] == "about, goes"
    assert "Person" not in str(trail.after)

    plan = {"planned_on": day, "announced": True, "partner": None, "place": "Burgas", "claims": [sent],
            "goes": "B. Person", "about": "Clubs", "version": 2}  # fmt: skip
    actions.change_visit(visit, **plan, by=officer, at=NOON)  # nothing new leaves no trace
    assert AuditEvent.objects.filter(action="visit.changed").count() == 1
    for wrong, field in (
        ({"announced": False}, "announced"), ({"planned_on": date(2026, 3, 1)}, "planned_on"), ({"place": ""}, "place"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            actions.change_visit(visit, **plan | wrong, by=officer, at=NOON)
        assert set(refused.value.error_dict) == {field}
    with pytest.raises(PermissionDenied):
        actions.change_visit(visit, **plan, by=people["coordinator"], at=NOON)
    recorded(visit, officer)
    with pytest.raises(Refused, match="possible in this state"):
        actions.change_visit(visit, **plan, by=officer, at=NOON)


def test_no_state_is_left_out_of_turn_and_what_is_recorded_is_final(people, project, sent):
    officer, other = people["officer"], factories.ProjectFactory(programme=project.programme)
    for more, field in (
        ({"planned_on": date(2026, 3, 1)}, "planned_on"), ({"place": " "}, "place"),
        ({"claims": [sent], "project": other}, "claims"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            planned(more.pop("project", project), officer, **more)
        assert set(refused.value.error_dict) == {field}
    visit = planned(project, officer)
    with pytest.raises(Refused, match="after the visit is recorded"):
        found(visit, officer)
    with pytest.raises(Refused, match="possible in this state"):
        actions.close_visit(visit, by=officer, at=NOON)
    visit = recorded(visit, officer)
    with pytest.raises(Refused, match="possible in this state"):
        actions.cancel_visit(visit, because="Snow", by=officer, at=NOON)
    with pytest.raises(Refused, match="possible in this state"):
        recorded(visit, officer, result="Otherwise")
    with pytest.raises(Refused, match="did not look at"):
        found(visit, officer, line=sent.lines.first(), amount=Decimal(5))
    finding = found(visit, officer)
    actions.answer_finding(finding, text="Signed.", by=people["coordinator"], at=NOON)
    actions.close_finding(finding, text="Proved.", by=officer, at=NOON)
    with pytest.raises(Refused, match="This finding is closed"):
        actions.answer_finding(finding, text="More.", by=people["coordinator"], at=NOON)
    for change in (
        lambda: Visit.objects.update(result="Otherwise"), lambda: Visit.objects.update(state="planned"),
        lambda: Finding.objects.update(text="x"), lambda: FindingStep.objects.all().delete(),
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    called_off = actions.cancel_visit(planned(project, officer), because="Snow", by=officer, at=NOON)
    assert called_off.state == "cancelled"


def test_what_is_late_waits_for_the_officer(client, people, project, monkeypatch):
    visit = planned(project, people["officer"])
    assert not Visit.objects.late(date(2026, 3, 20)).exists()
    assert Visit.objects.late(date(2026, 3, 21)).get() == visit
    visit = recorded(visit, people["officer"])
    finding = found(visit, people["officer"])
    assert not Visit.objects.late(date(2026, 4, 1)).exists()
    assert Visit.objects.late(date(2026, 4, 2)).get() == visit
    client.force_login(people["officer"])
    monkeypatch.setattr("reports.views.dashboard.localdate", lambda: date(2026, 4, 2))
    assert "1 on-the-spot visit is late" in client.get(reverse("reports:dashboard")).text
    actions.answer_finding(finding, text="Signed.", by=people["coordinator"], at=NOON)
    assert not Visit.objects.late(date(2026, 4, 2)).exists()
