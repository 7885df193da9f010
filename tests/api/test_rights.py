"""Who may do what through the API: every operation by every kind of person and with every scope."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils.timezone import localdate, now
from PIL import Image

from activities.actions import attach_evidence
from activities.models import Session
from beneficiaries.actions import give_consent
from beneficiaries.models import Attendance, FollowUp, Notice, Participation
from budgets.actions import attach_document, begin_amendment, change_amendment, change_claim, start_claim
from budgets.actions.amendments import seen
from budgets.actions.checklists import put_checklist
from budgets.models import (
    Checklist,
    ChecklistQuestion,
    Claim,
    ClaimLetter,
    ClaimLine,
    ClaimMove,
    Correction,
    Deliverable,
    Finding,
    LineDecision,
    PaymentApplication,
    Procurement,
    Visit,
)
from config.reference import schema_in
from core.actions import revoke_token
from core.api.uploads import PIECE
from core.bulk import jobs
from core.models import ApiToken, AuditEvent, StoredFile
from core.uploads import begin
from projects.actions import ask
from projects.models import Call
from reports.actions import add_filing, add_layout, publish, submit, write
from reports.indicators.actions import add_indicator, decide_value, send_value, type_value
from reports.indicators.models import Definition
from reports.models import LayoutLogo, Report
from reports.webhooks import actions as webhooks
from reports.webhooks.models import Delivery
from tests import factories

EVERYBODY = {"admin", "officer", "coordinator", "finance", "auditor", "client", "stranger"}
INSIDE = EVERYBODY - {"stranger"}
SEES_SESSIONS = INSIDE - {"finance"}
EDITS = {"admin", "coordinator", "client"}
SEES_MONEY = INSIDE - {"coordinator"}
MAKES_REPORTS = {"admin", "officer", "client"}


@dataclass(frozen=True)
class Case:
    """An operation on the one project: who may, and what the others are told."""

    name: str
    who: set[str]
    code: int = 200
    others: int = 403
    told: dict[str, int] | None = None  # where somebody is told otherwise


def picture() -> bytes:
    out = BytesIO()
    Image.new("RGB", (30, 10), "red").save(out, "PNG")
    return out.getvalue()


FILE = {"name": "plan.pdf", "content": "JVBERi0xLjcgcGxhbg=="}
SIGN = {"name": "sign.png", "content": b64encode(picture()).decode()}
AMENDS = {"admin", "officer", "finance"}
REPORTS_COSTS = {"admin", "officer", "finance"}
TYPES = {"admin", "coordinator"}
LAYS_OUT = {"admin", "officer"}
MESSAGES = {"admin", "officer", "coordinator", "auditor"}
CLAIMS = {"admin", "coordinator", "finance"}
SEES_CLAIMS = CLAIMS | {"officer", "auditor", "stranger"}
PERIOD = "?from=2026-01-01&to=2026-03-31"
SHEET = b"Budget line;Kind of document;Number;Date;Amount\n%s;Invoice;77;2026-02-02;10.00"
ON_A_SCHOOL = {"stranger": 404, "finance": 404}  # the finance of a partner works for no school
CASES = [
    Case("get me/", EVERYBODY),
    Case("get programmes/", EVERYBODY),
    Case("get programmes/{number}/", EVERYBODY),
    Case("get calls/", EVERYBODY),
    Case("get calls/{key}/", EVERYBODY),
    Case("get projects/", EVERYBODY),
    Case("get projects/{number}/", INSIDE, told={"stranger": 404}),
    Case("patch projects/{number}/", {"admin", "officer"}, told={"stranger": 404}),
    Case("get projects/{number}/versions/", INSIDE, told={"stranger": 404}),
    Case("get projects/{number}/versions/{version}/", SEES_MONEY, told={"stranger": 404}),
    Case("get messages/", MESSAGES | {"stranger"}),
    Case("get messages/{key}/", MESSAGES, told={"stranger": 404}),
    Case("post messages/", {"admin", "officer"}, 201),
    Case("post messages/{key}/questions/", {"admin", "officer"}, told={"stranger": 404}),
    Case("post messages/{key}/answers/", {"admin", "coordinator"}, told={"stranger": 404}),
    Case("post messages/{key}/close/", {"admin", "officer"}, told={"stranger": 404}),
    Case("post members/", set(), 403),  # a person does it
    Case("get projects/{number}/indicators/", SEES_SESSIONS, told={"stranger": 404}),
    Case("get projects/{number}/tables/", INSIDE, told={"stranger": 404}),
    Case("get projects/{number}/money/", SEES_MONEY, told={"stranger": 404}),
    Case("get projects/{number}/periods/", SEES_SESSIONS, told={"stranger": 404}),
    Case("post projects/{number}/periods/ask/", EDITS, told={"stranger": 404}),
    Case("post projects/{number}/periods/open/", set(), 403),  # a person does it
    Case("post projects/{number}/periods/decline/", set(), 403),
    Case("post projects/{number}/periods/take-back/", set(), 403),
    Case("get activities/", EVERYBODY),
    Case("get organisations/", EVERYBODY),
    Case("get groups/", EVERYBODY - {"finance"}),
    Case("post activities/", {"admin", "officer"}, 201),
    Case("post activities/bulk/", {"admin", "officer"}),
    Case("get activities/{key}/", INSIDE, told={"stranger": 404}),
    Case("patch activities/{key}/", {"admin", "officer"}, told={"stranger": 404}),
    Case("post groups/", EDITS, 201, told={"stranger": 422}),
    Case("post groups/bulk/", EDITS, told={"stranger": 422}),
    Case("get groups/{key}/", SEES_SESSIONS, told=ON_A_SCHOOL),
    Case("patch groups/{key}/", EDITS, told=ON_A_SCHOOL),
    Case("get sessions/", EVERYBODY - {"finance"}),
    Case("post sessions/", EDITS, 201, told={"stranger": 422}),
    Case("get sessions/{key}/", SEES_SESSIONS, told=ON_A_SCHOOL),
    Case("patch sessions/{key}/", EDITS, told=ON_A_SCHOOL),
    Case("post sessions/{key}/cancel/", EDITS, told=ON_A_SCHOOL),
    Case("post sessions/series/", EDITS, told={"stranger": 422}),
    Case("post sessions/copy-week/", EDITS, told={"stranger": 422}),
    Case("get sessions/{key}/attendance/", SEES_SESSIONS, told=ON_A_SCHOOL),
    Case("post sessions/{key}/attendance/", EDITS, told=ON_A_SCHOOL),
    Case("post sessions/bulk/", EDITS, told={"stranger": 422}),
    Case("post participants/bulk/", EDITS, told={"stranger": 422}),
    Case("post attendance/bulk/", EDITS, told={"stranger": 422}),
    Case("get sessions/{key}/evidence/", SEES_SESSIONS, told=ON_A_SCHOOL),
    Case("post sessions/{key}/evidence/", {"admin", "coordinator"}, 201, told=ON_A_SCHOOL),
    Case("get sessions/{key}/evidence/{paper}/file/", SEES_SESSIONS, told=ON_A_SCHOOL),
    Case("post sessions/{key}/evidence/{paper}/remove/", {"admin", "coordinator"}, told=ON_A_SCHOOL),
    Case("post uploads/", EVERYBODY, 201),
    Case("get uploads/{key}/", {"admin"}, others=404),  # it is its sender's alone
    Case("patch uploads/{key}/", {"admin"}, 204, others=404),
    Case("delete uploads/{key}/", {"admin"}, 204, others=404),
    Case("get participants/", EVERYBODY - {"finance"}),
    Case("post participants/", EDITS, 201, told={"stranger": 422}),
    Case("get participants/{key}/", SEES_SESSIONS, told=ON_A_SCHOOL),
    Case("post participants/{key}/correct/", EDITS, told=ON_A_SCHOOL),
    Case("post participants/{key}/move/", EDITS, told=ON_A_SCHOOL),
    Case("post participants/{key}/groups/", EDITS, told=ON_A_SCHOOL),
    Case("post participants/{key}/groups/{group}/leave/", EDITS, told=ON_A_SCHOOL),
    Case("get participants/{key}/consents/", SEES_SESSIONS, told=ON_A_SCHOOL),
    Case("post participants/{key}/consents/", EDITS, 201, told=ON_A_SCHOOL),
    Case("post participants/{key}/consents/{consent}/withdraw/", EDITS, told=ON_A_SCHOOL),
    Case("get participants/{key}/consents/{consent}/file/", set(), 403),  # from here on a person does it
    Case("post participants/names/", set(), 403),
    Case("post participants/{key}/name/", set(), 403),
    Case("get participants/{key}/answers/", set(), 403),
    Case("get participants/{key}/support/", set(), 403),
    Case("post participants/{key}/support/", set(), 403),
    Case("post participants/{key}/merge/", set(), 403),
    Case("post participants/{key}/erase/", set(), 403),
    Case("get follow-ups/", EVERYBODY - {"finance"}),
    Case("post follow-ups/{key}/answer/", EDITS, told=ON_A_SCHOOL),
    Case("post follow-ups/{key}/link/", EDITS, 201, told=ON_A_SCHOOL),
    Case("get changes/participants/", EVERYBODY - {"finance"}),
    Case("get changes/sessions/", EVERYBODY - {"finance"}),
    Case("get changes/attendance/", EVERYBODY - {"finance"}),
    Case("get changes/activities/", EVERYBODY),
    Case("get changes/groups/", EVERYBODY - {"finance"}),
    Case("get changes/reported-costs/", SEES_MONEY),
    Case("get changes/amendments/", SEES_MONEY),
    Case("get changes/claims/", SEES_CLAIMS),
    Case("get changes/deliverables/", SEES_CLAIMS),
    Case("get changes/visits/", SEES_CLAIMS),
    Case("get changes/due-reports/", EVERYBODY),
    Case("get changes/indicator-values/", EVERYBODY - {"finance"}),
    Case("get changes/projects/", EVERYBODY),
    Case("get changes/organisations/", EVERYBODY),
    Case("get bulk/{key}/", {"admin"}, others=404),  # a job is told to who asked for it
    Case("post bulk/{key}/cancel/", {"admin"}, others=404),
    Case("post imports/", EDITS, told={"stranger": 422}),
    Case("patch participants/{key}/", EDITS, told=ON_A_SCHOOL),
    Case("get reported-costs/", SEES_MONEY),
    Case("post reported-costs/", REPORTS_COSTS, 201),
    Case("post reported-costs/bulk/", REPORTS_COSTS),
    Case("get reported-costs/{key}/", SEES_MONEY, told={"stranger": 404}),
    Case("post reported-costs/{key}/correct/", REPORTS_COSTS, told={"stranger": 404}),
    Case("get amendments/", SEES_MONEY),
    Case("get amendments/{key}/", SEES_MONEY, told={"stranger": 404}),
    Case("post amendments/", AMENDS, 201),
    Case("patch amendments/{key}/", AMENDS, told={"stranger": 404}),
    Case("post amendments/{key}/send/", AMENDS, told={"stranger": 404}),
    Case("post amendments/{key}/papers/", AMENDS, 201, told={"stranger": 404}),
    Case("get amendments/{key}/papers/{paper}/", SEES_MONEY, told={"stranger": 404}),
    Case("get claims/", SEES_CLAIMS),
    Case("post claims/", CLAIMS, 201, told={"stranger": 422}),
    Case("get claims/{key}/", SEES_CLAIMS - {"stranger"}, told={"stranger": 404}),
    Case("patch claims/{key}/", CLAIMS, others=404),  # a draft is known to those who prepare it only
    Case("post claims/{key}/send/", CLAIMS, others=404),
    *[
        Case(f"post claims/{{key}}/{part}/", LAYS_OUT, told={"stranger": 404})
        for part in ("take-up", "decisions", "ask", "return", "reject", "propose", "reopen", "checklist")
    ],
    Case("get claims/{key}/checklist/", LAYS_OUT, told={"stranger": 404}),
    Case("get claims/{key}/letters/", SEES_CLAIMS - {"stranger"}, told={"stranger": 404}),
    Case("get claims/{key}/letters/{paper}/", SEES_CLAIMS - {"stranger"}, told={"stranger": 404}),
    Case("post claims/{key}/confirm/", set(), 403),  # a second person does it
    Case("post claims/{key}/send-back/", set(), 403),
    Case("post amendments/{key}/decide/", set(), 403),
    Case("get payments/", {"admin", "officer", "auditor"}),
    Case("get corrections/", {"admin", "officer", "auditor"}),
    Case("get corrections/{key}/", {"admin", "officer", "auditor"}, told={"stranger": 404}),
    Case("get payment-applications/", {"admin", "officer", "auditor"}),
    Case("get payment-applications/{key}/", {"admin", "officer", "auditor"}, others=404),  # of the programme as a whole
    Case("get accounts/", {"admin", "officer", "auditor"}),
    Case("get deliverables/", SEES_CLAIMS),
    Case("post deliverables/{key}/deliver/", CLAIMS, told={"stranger": 404}),
    Case("post deliverables/{key}/decide/", {"admin", "officer"}, told={"stranger": 404}),
    Case("get procurements/", SEES_CLAIMS),
    Case("post procurements/", CLAIMS, 201, told={"stranger": 422}),
    Case("get procurements/{key}/", SEES_CLAIMS - {"stranger"}, told={"stranger": 404}),
    Case("patch procurements/{key}/", CLAIMS, told={"stranger": 404}),
    Case("get procurements/{key}/papers/{paper}/", SEES_CLAIMS - {"stranger"}, told={"stranger": 404}),
    Case("get visits/", SEES_CLAIMS),
    Case("post visits/", {"admin", "officer"}, 201),
    Case("get visits/{key}/", SEES_CLAIMS - {"stranger"}, told={"stranger": 404}),
    Case("patch visits/{key}/", {"admin", "officer"}, told={"stranger": 404}),
    Case("post visits/{key}/record/", {"admin", "officer"}, told={"stranger": 404}),
    Case("post visits/{key}/cancel/", {"admin", "officer"}, told={"stranger": 404}),
    Case("post visits/{key}/close/", {"admin", "officer"}, told={"stranger": 404}),
    Case("post visits/{key}/findings/", {"admin", "officer"}, 201, told={"stranger": 404}),
    Case("post visits/{key}/findings/{finding}/answer/", CLAIMS, told={"stranger": 404}),
    Case("post visits/{key}/findings/{finding}/close/", {"admin", "officer"}, told={"stranger": 404}),
    Case("get visits/{key}/papers/{paper}/", SEES_CLAIMS - {"stranger"}, told={"stranger": 404}),
    Case("post claims/{key}/import/", CLAIMS, others=404),
    Case("get projects/{number}/budget/", SEES_MONEY, told={"stranger": 404}),
    Case("get reports/", SEES_MONEY),
    Case("post reports/", MAKES_REPORTS, 202),
    Case("get reports/{key}/", SEES_MONEY, told={"stranger": 404}),
    Case("post reports/{key}/cancel/", MAKES_REPORTS, told={"stranger": 404}),
    Case("post reports/{key}/retry/", MAKES_REPORTS, 202, told={"stranger": 404}),
    Case("get reports/{key}/files/{position}/", SEES_MONEY, told={"stranger": 404}),
    Case("post reports/{key}/files/", SEES_MONEY, 202, told={"stranger": 404}),
    Case("get due-reports/", EVERYBODY),
    Case("get due-reports/{key}/", INSIDE, told={"stranger": 404}),
    Case("patch due-reports/{key}/", {"admin", "coordinator"}, told={"stranger": 404}),
    Case("post due-reports/{key}/submit/", {"admin", "coordinator"}, told={"stranger": 404}),
    Case("post due-reports/", LAYS_OUT, 201),
    Case("post due-reports/schedule/", LAYS_OUT),
    Case("post due-reports/{key}/skip/", LAYS_OUT, told={"stranger": 404}),
    Case("post due-reports/{key}/decide/", LAYS_OUT, told={"stranger": 404}),
    Case("get programmes/{number}/indicators/", SEES_SESSIONS, told={"stranger": 404}),
    Case("get indicator-values/", EVERYBODY - {"finance"}),
    Case("post indicator-values/", TYPES, 201, told={"stranger": 422}),
    Case("get indicator-values/{key}/", SEES_SESSIONS, told={"stranger": 404}),
    Case("patch indicator-values/{key}/", TYPES, told={"stranger": 404}),
    Case("post indicator-values/{key}/send/", TYPES, told={"stranger": 404}),
    Case("post indicator-values/{key}/decide/", {"admin", "officer"}, told={"stranger": 404}),
    Case("post indicator-values/{key}/correct/", TYPES, 201, told={"stranger": 404}),
    Case("get projects/{number}/estimates/", SEES_SESSIONS, told={"stranger": 404}),
    Case("post projects/{number}/estimates/", {"admin", "officer"}, 201, told={"stranger": 404}),
    Case("get organisations/{key}/", INSIDE, told={"stranger": 404}),
    Case("get organisations/{key}/school-years/", SEES_SESSIONS, told=ON_A_SCHOOL),
    Case("post organisations/{key}/school-years/", TYPES, told=ON_A_SCHOOL),
    Case("get layouts/", SEES_MONEY),
    Case("get layouts/drafts/", SEES_MONEY),
    Case("post layouts/", LAYS_OUT, 201),
    Case("get layouts/{key}/", SEES_MONEY, told={"stranger": 404}),
    Case("get layouts/{key}/preview/", SEES_MONEY, told={"stranger": 404}),
    Case("patch layouts/{key}/", LAYS_OUT, told={"stranger": 404}),
    Case("post layouts/{key}/logos/", LAYS_OUT, told={"stranger": 404}),
    Case("post layouts/{key}/logos/{position}/remove/", LAYS_OUT, told={"stranger": 404}),
    Case("post layouts/{key}/publish/", LAYS_OUT, told={"stranger": 404}),
    Case("post layouts/{key}/retire/", LAYS_OUT, told={"stranger": 404}),
    Case("post layouts/{key}/begin/", LAYS_OUT, told={"stranger": 404}),
    Case("post layouts/{key}/drop/", LAYS_OUT, told={"stranger": 404}),
    Case("get reports/{key}/annex-vii/{table}/", SEES_MONEY, 404, told={"stranger": 404}),  # a report of another kind
    Case("get webhooks/", EVERYBODY),
    Case("post webhooks/", EVERYBODY, 201),
    Case("get webhooks/{key}/", {"admin"}, others=404),
    Case("patch webhooks/{key}/", {"admin"}, others=404),
    Case("post webhooks/{key}/test/", {"admin"}, others=404),
    Case("post webhooks/{key}/secret/", {"admin"}, others=404),
    Case("post webhooks/{key}/replay/", {"admin"}, others=404),
    Case("post webhooks/{key}/remove/", {"admin"}, others=404),
    Case("get deliveries/", EVERYBODY),
    Case("get deliveries/{key}/", {"admin"}, others=404),
    Case("get calendar/", EVERYBODY),
    Case("get kohesio/", SEES_MONEY),
    Case("get kohesio/problems/", SEES_MONEY),
    Case("get audit-events/", {"admin", "officer", "auditor"}),
    Case("get audit-events/{event}/", {"admin", "officer", "auditor"}),
    Case("get codes/", EVERYBODY),
    Case("get codes/{name}/", EVERYBODY),
]


@pytest.fixture
def send(people, project, group, session, activity, participant, cost, done, report, woken):
    """`send(client, case)`: the request of a case, about the one project, with a body that is right."""
    waiting, failed = (
        Report.objects.create(
            kind="progress",
            project=project,
            from_on="2026-02-01",
            to_on="2026-02-28",
            language="lv",
            state=state,
            asked_by=people["officer"],
            asked_at=now(),
        )
        for state in (Report.State.QUEUED, Report.State.FAILED)
    )
    Report.objects.filter(pk=failed.pk).update(language="en")
    claim = start_claim(
        project, kind="advance", from_on=date(2026, 1, 1), to_on=date(2026, 9, 30), advance=Decimal(1000),
        by=people["finance"], at=now(),
    )  # fmt: skip
    visit = Visit.objects.create(
        project=project, number=1, planned_on=date(2026, 3, 1), goes="g", about="a", made_at=now()
    )
    procurement = Procurement.objects.create(
        project=project, number="D-1", contractor="Books", signed_on=date(2026, 1, 5), amount=100, procedure="open"
    )
    wish = begin_amendment(project, because="More clubs", by=people["finance"], at=now())

    upload = SimpleUploadedFile("letter.pdf", b"%PDF-1.7 letter")
    paper = attach_document(wish, upload=upload, by=people["finance"], at=now())
    deliverable = Deliverable.objects.create(project=project, line="WP1", name={"en": "Map"}, due_on="2026-08-31")

    filing = add_filing(
        project, kind="interim", from_on=date(2026, 1, 1), to_on=date(2026, 3, 31), due_on=date(2026, 4, 30),
        by=people["officer"], at=now(),
    )  # fmt: skip

    handed = add_filing(
        project, kind="interim", from_on=date(2026, 4, 1), to_on=date(2026, 6, 30), due_on=date(2026, 7, 31),
        by=people["officer"], at=now(),
    )  # fmt: skip
    write(handed, {"": "We began."}, seen={}, by=people["coordinator"], at=now())
    submit(handed, version=2, by=people["coordinator"], at=now())

    for code, more in (("TYPED", {"source": "typed"}), ("GUESSED", {"source": "typed", "sensitive": True})):
        add_indicator(
            project.programme, code=code, name={"en": code}, unit="persons", kind="output", by=None, at=now(), **more
        )
    value = type_value(
        Definition.objects.get(indicator__code="TYPED"), project, from_on=date(2026, 1, 1), to_on=date(2026, 1, 31),
        amounts={("", "", ""): (Decimal(3), None)}, by=people["coordinator"], at=now(),
    )  # fmt: skip

    hook, _secret = webhooks.add(
        name="Register", url="https://register.example.org/", names=["activities"], by=people["admin"], at=now()
    )
    message = webhooks.test(hook, by=people["admin"], at=now())
    Delivery.objects.filter(pk=message.pk).update(is_test=False)

    photo = SimpleUploadedFile("list.pdf", b"%PDF-1.7 list")
    evidence = attach_evidence(
        project=project, session=session, upload=photo, kind="photo", by=people["admin"], at=now()
    )
    procurement.papers.add(evidence)
    visit.papers.add(evidence)
    notice = Notice.objects.create(programme=project.programme, version="1", text={"en": "T"}, from_on=date(2026, 1, 1))
    consent = give_consent(
        participant, kind="consented", notice=notice, given_on=date(2026, 2, 2), by=people["coordinator"], at=now()
    )
    later = FollowUp.objects.create(
        participation=participant, left_on="2026-02-01", due_from="2026-08-01", due_until="2026-08-29"
    )
    there = factories.school_of(project)
    club = factories.GroupFactory(project=project, school=group.school)
    incoming = begin(name="plan.pdf", size=8, by=people["admin"], at=now())
    job = jobs.ask("sessions", [{}], mode="all", dry_run=False, language="en", by=people["admin"], at=now())

    layout = add_layout(project.programme, kind="progress", name="Short", by=people["officer"], at=now())
    sign = StoredFile.objects.get(pk=evidence.file_id)
    call = Call.objects.create(programme=project.programme, code="C-1", name={"en": "Call"})
    thread = ask(
        project, school=None, subject="Clubs", questions=["Why?"], due_on=localdate(), by=people["officer"], at=now()
    )
    new_cost = {
        "project": project.number, "line": cost.line.code, "document": "Invoice 4711", "document_on": "2026-02-02",
        "total": "10.00",
    }  # fmt: skip

    case = Correction.objects.create(
        claim=claim, number=1, kind="none", error="sum", found_by="audit", found_on=date(2026, 3, 1), way="later",
        because="b", made_at=now(),
    )  # fmt: skip
    application = PaymentApplication.objects.create(
        programme=project.programme, entered_on=date(2026, 3, 1), year=2025, number=1, made_at=now()
    )

    def key_of(path: str) -> str:
        if path.startswith("reported-costs/"):
            return str(cost.key)
        if path.startswith("procurements/"):
            return str(procurement.key)
        if path.startswith(("corrections/", "payment-applications/")):
            return str(case.key if path.startswith("corrections/") else application.key)
        if path.startswith("uploads/"):
            return str(incoming.key)
        if path.startswith("layouts/"):
            return str(layout.layout.key)
        if path.startswith(("calls/", "messages/")):
            return str(call.key if path.startswith("calls/") else thread.key)
        if path.startswith(("webhooks/", "deliveries/")):
            return str(hook.key if path.startswith("webhooks/") else message.key)
        if path.startswith("indicator-values/"):
            return str(value.key)
        if path.startswith("organisations/"):
            return str(group.school.key)
        if path == "due-reports/{key}/decide/":
            return str(handed.key)
        if path.startswith("due-reports/"):
            return str(filing.key)
        if path.startswith("bulk/"):
            return str(job.key)
        if path.startswith("sessions/"):
            return str(session.key)
        if path.startswith("activities/"):
            return str(activity.key)
        if path.startswith("groups/"):
            return str(group.key)
        if path.startswith("follow-ups/"):
            return str(later.key)
        if path.startswith("participants/"):
            return str(participant.key)
        if path.startswith("claims/"):
            return str(claim.key)
        if path.startswith("visits/"):
            return str(visit.key)
        if path.startswith("amendments/"):
            return str(wish.key)
        if path.startswith("deliverables/"):
            return str(deliverable.key)
        if path.endswith("cancel/"):
            return str(waiting.key)
        return str(failed.key if path.endswith("retry/") else done.key)

    lesson = {
        "activity": str(activity.key), "group": str(group.key), "on": "2026-03-17", "starts_at": "09:00",
        "ends_at": "10:00", "hours": "1.00",
    }  # fmt: skip
    klass = {"project": project.number, "school": str(group.school.key), "name": "5a"}
    clubs = {"project": project.number, "number": "9", "title": {"en": "Clubs"}}

    def body_of(case: str) -> dict | None:
        return {
            "post sessions/": lesson,
            "patch sessions/{key}/": {"topic": "Reading"},
            "post sessions/{key}/cancel/": {"because": "School closed because of flu"},
            "post sessions/series/": lesson | {"until": "2026-03-24"},
            "post sessions/copy-week/": {"school": str(group.school.key), "to": "2026-03-23"},
            "post projects/{number}/periods/ask/": {
                "school": str(group.school.key),
                "month": "2026-03-01",
                "because": "The lists came late.",
            },
            "post activities/": clubs,
            "post activities/bulk/": {"rows": [clubs]},
            "patch activities/{key}/": {"ends_on": "2026-12-31"},
            "post groups/": klass,
            "post groups/bulk/": {"rows": [klass]},
            "patch groups/{key}/": {"name": "6a"},
            "post due-reports/": {
                "project": project.number,
                "kind": "interim",
                "from": "2026-07-01",
                "to": "2026-09-30",
                "due_on": "2026-10-31",
            },
            "post due-reports/schedule/": {
                "project": project.number,
                "months": 12,
                "days": 30,
                "final_days": 60,
            },
            "post due-reports/{key}/skip/": {"because": "Not needed."},
            "post due-reports/{key}/decide/": {"approve": True},
            "post claims/{key}/decisions/": {"decisions": [{"line": 1, "verdict": "accept"}]},
            "post claims/{key}/ask/": {"due_on": str(localdate())},
            "post claims/{key}/return/": {"comment": "Invoices are missing."},
            "post claims/{key}/reject/": {"comment": "Another project."},
            "post claims/{key}/propose/": {},
            "post claims/{key}/reopen/": {"comment": "Overlooked."},
            "post claims/{key}/checklist/": {"answers": [{"question": 1, "answer": "yes"}]},
            "patch projects/{number}/": {"title": {"en": "Together"}},
            "post layouts/": {"programme": project.programme.code, "kind": "progress", "name": "Long"},
            "patch layouts/{key}/": {"footer": {"en": "School"}},
            "post layouts/{key}/logos/": {"file": SIGN, "alt": {"en": "A sign"}},
            "post messages/": {
                "project": project.number,
                "subject": "Clubs",
                "questions": ["Why?"],
                "due_on": str(localdate()),
            },
            "post messages/{key}/questions/": {"text": "And who?"},
            "post messages/{key}/answers/": {"answers": [{"question": 1, "text": "Because."}]},
            "post messages/{key}/close/": {"because": "Clear."},
            "post sessions/{key}/attendance/": {"marks": [{"participation": str(participant.key), "mark": "here"}]},
            "post participants/bulk/": {
                "rows": [
                    {
                        "project": project.number,
                        "school": str(group.school.key),
                        "given_name": "Йоана",
                        "family_name": "Множествена",
                        "entered_on": "2026-03-02",
                    }
                ]
            },
            "post attendance/bulk/": {
                "rows": [{"session": str(session.key), "participation": str(participant.key), "mark": "here"}]
            },
            "post sessions/bulk/": {"rows": [lesson | {"on": "2026-03-18"}]},
            "post sessions/{key}/evidence/": {"kind": "signed_list", "file": FILE},
            "post participants/": {
                "project": project.number,
                "school": str(group.school.key),
                "given_name": "Йоана",
                "family_name": "Единствена",
                "entered_on": "2026-03-02",
            },
            "post imports/": {
                "kind": "participants",
                "project": project.number,
                "school": str(group.school.key),
                "name": "list.csv",
                "content": "T3duIG51bWJlcjtFbnRyeSBkYXRlClgxOzIwMjYtMDMtMDIK",
            },
            "post reported-costs/": new_cost,
            "post reported-costs/bulk/": {"rows": [new_cost]},
            "post reported-costs/{key}/correct/": {"total": "1.00", "because": "A discount."},
            "post procurements/": {
                "project": project.number,
                "number": "D-2",
                "contractor": "Books",
                "signed_on": "2026-01-05",
                "currency": "EUR",
                "amount": "100.00",
                "procedure": "open",
            },
            "patch procurements/{key}/": {"amount": "200.00"},
            "post visits/": {
                "project": project.number,
                "planned_on": "2026-10-02",
                "place": "Room 1",
                "goes": "g",
                "about": "a",
            },
            "patch visits/{key}/": {"place": "Room 1"},
            "post visits/{key}/record/": {"done_on": "2026-03-01", "result": "Good."},
            "post visits/{key}/cancel/": {"because": "Snow."},
            "post visits/{key}/findings/": {"text": "t", "error": "evidence", "due_on": "2026-10-02"},
            "post visits/{key}/findings/{finding}/answer/": {"text": "t"},
            "post visits/{key}/findings/{finding}/close/": {"text": "t"},
            "post amendments/{key}/papers/": FILE,
            "post deliverables/{key}/deliver/": {"version": 1, "files": [FILE]},
            "post deliverables/{key}/decide/": {"version": 1, "done": True},
            "post claims/{key}/import/": {
                "name": "costs.csv",
                "content": b64encode(SHEET % cost.line.code.encode()).decode(),
            },
            "post claims/": {"project": project.number, "kind": "interim", "from": "2026-01-01", "to": "2026-09-30"},
            "patch claims/{key}/": {"version": 1, "declarations": ["true", "once", "kept"]},
            "post claims/{key}/send/": {"version": 2, "reasons": {}},
            "post amendments/": {"project": project.number, "because": "Fewer clubs."},
            "patch amendments/{key}/": {
                "part": "contract",
                "row": "contract",
                "seen": seen(wish.draft["contract"]["contract"]),
                "values": {"ends_on": "2028-11-30"},
            },
            "patch participants/{key}/": {"left_on": "2026-03-20"},
            "post participants/{key}/correct/": {"education": 3, "because": "Asked again."},
            "post participants/{key}/move/": {"school": str(there.key), "on": "2026-09-15"},
            "post participants/{key}/groups/": {"group": str(club.key), "from_on": "2026-02-16"},
            "post participants/{key}/groups/{group}/leave/": {"until_on": "2026-03-20"},
            "post participants/{key}/consents/": {"kind": "informed", "notice": "1", "given_on": "2026-03-20"},
            "post participants/{key}/consents/{consent}/withdraw/": {"withdrawn_on": "2026-03-20"},
            "post follow-ups/{key}/answer/": {"situation": "employed", "better": True},
            "post webhooks/": {"name": "Mine", "url": "https://register.example.org/", "events": ["activities"]},
            "patch webhooks/{key}/": {"paused": True},
            "post webhooks/{key}/replay/": {"delivery": str(message.key)},
            "patch due-reports/{key}/": {"sections": [{"activity": "", "text": "We began."}]},
            "post due-reports/{key}/submit/": {"version": 2},
            "post indicator-values/": {
                "project": project.number,
                "indicator": "TYPED",
                "from": "2026-02-01",
                "to": "2026-02-28",
                "parts": [{"amount": "4"}],
            },
            "patch indicator-values/{key}/": {"parts": [{"amount": "5"}]},
            "post indicator-values/{key}/send/": {"version": 1},
            "post indicator-values/{key}/decide/": {"version": 2, "approve": True},
            "post indicator-values/{key}/correct/": {"version": 3, "because": "Counted again."},
            "post projects/{number}/estimates/": {
                "indicator": "GUESSED",
                "from": "2026-01-01",
                "to": "2026-01-31",
                "value": 2,
                "method": "Survey",
                "basis": "20 answers",
                "estimated_on": "2026-02-01",
            },
            "post organisations/{key}/school-years/": {
                "year": 2024,
                "figures": [{"measure": "dropout", "numerator": "4", "denominator": "212"}],
            },
            "post reports/": {
                "kind": "progress",
                "project": project.number,
                "from": "2026-01-01",
                "to": "2026-01-31",
                "language": "bg",
            },
        }.get(case)

    def send(client, case: str, body=...):
        method, path = case.split(" ")
        if case == "post amendments/{key}/send/":
            _changed(wish, people["finance"])
        if path.startswith("indicator-values/") and path.endswith(("decide/", "correct/")):
            sent = send_value(value, version=1, by=people["coordinator"], at=now())
            if path.endswith("correct/"):
                decide_value(sent, approve=True, version=2, by=people["officer"], at=now())
        if path.startswith("claims/{key}/") and (part := path.split("/")[2]) in CHECKED:
            in_check(claim, part)
        if path.endswith("periods/ask/"):
            type(project.programme).objects.update(late_days=10)
        if path.endswith("submit/"):
            write(filing, {"": "We began."}, seen={}, by=people["coordinator"], at=now())
        if case == "post reports/{key}/files/":
            StoredFile.objects.filter(report_files__report=done).update(put_away_at=now())
        if path.startswith("visits/{key}/findings/") or path == "visits/{key}/close/":
            Visit.objects.update(state="done", done_on=date(2026, 3, 1), result="Good.")
        if "{finding}" in path:
            Finding.objects.create(visit=visit, number=1, error="evidence", text="t", due_on=date(2026, 3, 9), at=now())
        if path.startswith("deliverables/") and path.endswith("decide/"):
            Deliverable.objects.update(state=Deliverable.State.DELIVERED)
        if case == "get claims/{key}/":
            Claim.objects.filter(pk=claim.pk).update(state=Claim.State.SENT, received_on=date(2026, 10, 1))
        if path.endswith("import/"):
            ClaimLine.objects.filter(claim=claim).delete()
            Claim.objects.filter(pk=claim.pk).update(kind="interim", advance=None)
        if case == "post claims/":
            Correction.objects.filter(claim=claim).delete()
            ClaimLine.objects.filter(claim=claim).delete()
            Claim.objects.filter(pk=claim.pk).delete()
        if path == "claims/{key}/send/":
            change_claim(claim, version=1, declarations=["true", "once", "kept"], by=people["finance"], at=now())
        if path.endswith(("/retire/", "/begin/")):
            publish(layout, edits=0, by=people["officer"], at=now())
        if path.endswith("logos/{position}/remove/"):
            LayoutLogo.objects.create(version=layout, file=sign, alt={"en": "A sign"})
        inner = paper.key if path.startswith("amendments/") else evidence.file.key
        if path == "claims/{key}/letters/{paper}/":
            inner = letter_of(claim, sign).key
        number = project.programme.code if path.startswith("programmes/") else project.number
        position = 1 if path.startswith("layouts/") else 0
        event = AuditEvent.objects.filter(project=project.number).order_by("pk").values_list("pk", flat=True)[0]
        address = path.format(
            number=number, key=key_of(path), position=position, table=1, version=1, finding=1, name="nuts",
            paper=inner, event=event, group=group.key, consent=consent.key,
        )  # fmt: skip
        query = PERIOD if path in ("projects/{number}/indicators/", "projects/{number}/tables/") else ""
        if path.startswith("uploads/"):
            said = {"HTTP_TUS_RESUMABLE": "1.0.0", "HTTP_UPLOAD_LENGTH": "8", "HTTP_UPLOAD_OFFSET": "0"}
            piece = b"%PDF-1.7" if method == "patch" else b""
            return client.generic(method.upper(), f"/api/v1/{address}", piece, PIECE, **said)
        data = body_of(case) if body is ... else body
        return getattr(client, method)(f"/api/v1/{address}{query}", data, format="json")

    return send


CHECKED = ("take-up", "decisions", "ask", "return", "reject", "propose", "reopen", "checklist", "letters")


def in_check(claim, to: str) -> None:
    """A claim of one line in the state in which this may be done."""
    state = {"take-up": Claim.State.SENT, "reopen": Claim.State.ACCEPTED}.get(to, Claim.State.IN_CHECK)
    Claim.objects.filter(pk=claim.pk).update(state=state, received_on=date(2026, 10, 1))
    if to == "checklist":
        made = Checklist.objects.create(programme=claim.project.programme, version=1)
        ChecklistQuestion.objects.create(checklist=made, position=1, text={"en": "Complete?"})
        put_checklist(claim, at=now())
    if to in ("propose", "ask"):
        verdict = {"propose": "accept", "ask": "ask"}[to]
        LineDecision.objects.create(
            line=claim.lines.get(), position=1, verdict=verdict, total=0, comment="Why?", at=now()
        )


def letter_of(claim, file) -> ClaimLetter:
    move = ClaimMove.objects.create(claim=claim, before="in_review", after="accepted", at=now())
    return ClaimLetter.objects.create(
        claim=claim, move=move, position=1, language="en", snapshot={}, sha256="a" * 64, file=file
    )


def _changed(wish, by) -> None:
    """An amendment that may be sent: a longer contract whose lines make its total."""
    for part, ref, new in (
        ("contract", "contract", {"ends_on": "2028-11-30"}),
        ("lines", next(iter(wish.draft["lines"])), {"total": "100000.00"}),
    ):
        row = wish.draft[part][ref]
        wish = change_amendment(wish, part=part, ref=ref, row=new, was=seen(row), by=by, at=now())


def stored() -> tuple:
    return (
        Session.objects.count(),
        Attendance.objects.count(),
        list(Participation.objects.order_by("pk").values_list("pk", "left_on")),
        list(Report.objects.order_by("pk").values_list("pk", "state")),
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_kind_of_person_and_each_scope(case, api, people, send):
    """Each person with all scopes; then who may do everything with one scope: without the right one the refusal names
    it, with it they get through."""
    method, path = case.name.split(" ")
    for who in sorted(EVERYBODY):
        with transaction.atomic():
            client, before = api(people[who]), stored()
            response = send(client, case.name)
            expected = case.code if who in case.who else (case.told or {}).get(who, case.others)
            assert response.status_code == expected, (who, response.content)
            if who not in case.who:
                assert stored() == before, f"{who} changed something"
            elif method != "get":
                assert AuditEvent.objects.filter(by_key=people[who].key, origin="api").exists()
            transaction.set_rollback(True)
    scopes = schema_in("en")["paths"][f"/api/v1/{path}"][method].get("x-scopes")
    for scope in ApiToken.Scope.values:
        with transaction.atomic():
            before = stored()
            response = send(api(people["admin"], scope), case.name)
            if scopes is None or scope in scopes:
                assert response.status_code == case.code, (scope, response.content)
            else:
                problem = response.json()
                assert response.status_code == 403, scope
                assert problem["type"].endswith("#missing-scope")
                assert any(f"“{lacking}”" in problem["detail"] for lacking in problem["scopes"])
                assert scope not in problem["scopes"]
                assert stored() == before
            transaction.set_rollback(True)


def test_every_operation_has_its_case():
    told = {f"{method} {path}" for path, methods in schema_in("en")["paths"].items() for method in methods}
    systems = "post /api/v1/oauth/token/"  # has its own tests
    assert told == {case.name.replace(" ", " /api/v1/") for case in CASES} | {"get /api/v1/", systems}


def test_two_scopes_add_up(api, people, send):
    both = api(people["client"], "read", "participants")
    assert send(both, "get sessions/{key}/attendance/").status_code == 200


PRIVATE = [case.name for case in CASES]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Bearer a b", "Basic abc", "Bearer ü\x80"])
def test_without_a_good_token_nothing_opens(header, client, send):
    for name in PRIVATE:
        method, path = name.split(" ")
        address = re.sub(
            r"{\w+}",
            "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0e",
            re.sub("{(position|table|version|finding|event)}", "1", path),
        )
        headers = {"HTTP_AUTHORIZATION": header.encode().decode("latin-1")} if header else {}
        response = getattr(client, method)(f"/api/v1/{address}", **headers)
        assert response.status_code == 401, name
        assert response["WWW-Authenticate"] == "Bearer"
        assert response["Content-Type"] == "application/problem+json"


def test_an_expired_and_a_revoked_token_are_401(api, people):
    client = api(people["officer"])
    assert client.get("/api/v1/me/").status_code == 200
    token = ApiToken.objects.get(user=people["officer"])
    ApiToken.objects.filter(pk=token.pk).update(
        created_at=now() - timedelta(days=2), expires_at=now() - timedelta(seconds=1)
    )
    assert client.get("/api/v1/me/").status_code == 401
    ApiToken.objects.filter(pk=token.pk).update(expires_at=now() + timedelta(days=1))
    assert client.get("/api/v1/me/").status_code == 200
    revoke_token(token, by=people["officer"], at=now())
    assert client.get("/api/v1/me/").status_code == 401


def test_a_person_who_may_no_longer_sign_in_has_no_token_either(api, people):
    client = api(people["officer"])
    people["officer"].is_active = False
    people["officer"].save()
    assert client.get("/api/v1/me/").status_code == 401


def test_an_audit_that_is_over_opens_nothing(api, people, project):
    client = api(people["auditor"])
    people["auditor"].memberships.update(from_on="2025-01-01", until_on="2025-12-31")
    assert client.get("/api/v1/projects/").status_code == 403
    assert client.get(f"/api/v1/projects/{project.number}/").status_code == 404


def test_a_token_remembers_when_it_was_used(api, people):
    client = api(people["officer"])
    assert ApiToken.objects.get().last_used_at is None
    client.get("/api/v1/me/")
    assert (now() - ApiToken.objects.get().last_used_at).total_seconds() < 60


@pytest.mark.parametrize("code", ["get sessions/{key}/", "get sessions/{key}/attendance/", "get participants/{key}/"])
def test_the_coordinator_of_another_school_sees_nothing_of_this_one(code, api, people, project, send):
    other = factories.UserFactory()
    school = factories.school_of(project)
    people["coordinator"].memberships.model.objects.create(
        user=other, role="coordinator", project=project, organisation=school
    )
    client = api(other)
    assert send(client, code).status_code == 404
    assert client.get("/api/v1/participants/").json()["results"] == []
    assert client.get("/api/v1/sessions/").json()["results"] == []


class TestSignedInByBrowser:
    def test_reads_with_the_session_and_writes_with_the_token_of_the_form(self, people, session, participant):
        from django.test import Client

        client = Client(enforce_csrf_checks=True)
        client.force_login(people["coordinator"])
        address = f"/api/v1/sessions/{session.key}/attendance/"
        assert client.get(address).status_code == 200
        body = {"marks": [{"participation": str(participant.key), "mark": "here"}]}
        refused = client.post(address, body, content_type="application/json")
        assert refused.status_code == 403
        assert refused["Content-Type"] == "application/problem+json"
        assert not Attendance.objects.exists()
        client.cookies["csrftoken"] = "a" * 32
        saved = client.post(address, body, content_type="application/json", headers={"x-csrftoken": "a" * 32})
        assert saved.status_code == 200, saved.content
        assert Attendance.objects.get().mark == "here"

    def test_who_must_have_a_second_factor_has_no_way_round_it(self, client, people, settings):
        settings.SECOND_FACTOR_ROLES = ["officer"]
        client.force_login(people["officer"])
        response = client.get("/api/v1/projects/")
        assert response.status_code == 403
        assert "second step" in response.json()["detail"]
        client.force_login(people["coordinator"])
        assert client.get("/api/v1/projects/").status_code == 200
