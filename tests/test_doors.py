"""Every door × every kind of person × GET and POST.

A new address without a row here fails the suite. A row says who may open the door and who may act through it; all
others are turned away (404 for strangers to the project, 403 for members without the right, the sign-in for nobody), no
door ever answers 5xx, and turning somebody away changes nothing.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pikepdf
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.test import Client, override_settings
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils.timezone import localdate, now

from activities.models import Evidence, LockException, LockRequest
from beneficiaries import actions
from beneficiaries.actions import imports
from beneficiaries.models import Consent, Export, FollowUp, Hold, Import, Notice
from beneficiaries.tables import PARTICIPANTS
from budgets import actions as budget_actions
from budgets.models import (
    AmendmentPaper,
    Claim,
    ClaimLetter,
    ClaimLine,
    ClaimMove,
    Computation,
    Correction,
    Deliverable,
    Finding,
    LineFact,
    Payment,
    PaymentApplication,
    Procurement,
    Visit,
)
from core import actions as core_actions
from core import storage
from core.models import ApiToken, AuditEvent, Code
from projects import actions as project_actions
from projects.actions.systems import make_system
from projects.models import Allocation, Membership, Priority
from reports import actions as report_actions
from reports import snapshot
from reports.indicators import actions as indicator_actions
from reports.indicators.models import Drift, Issue, Value
from reports.models import Filing, Report, ReportFile
from reports.webhooks import actions as webhook_actions
from reports.webhooks.models import Delivery
from tests import factories
from tests.factories import NOON

EVERYONE = {"nobody", "stranger", "admin", "officer", "coordinator", "finance", "auditor", "client"}
SIGNED_IN = EVERYONE - {"nobody"}
MEMBERS = SIGNED_IN - {"stranger"}
NAMES = {"admin", "officer", "coordinator", "auditor"}
SCHOOL = {"admin", "coordinator", "client"}  # write sessions and participants
MERGE = {"admin", "officer", "coordinator"}  # say whether two records are one person
PAPERS = {"admin", "coordinator"}  # add and remove evidence, see sensitive answers
MONEY = {"admin", "officer", "finance", "auditor", "client"}
MONEY_EDIT = {"admin", "officer", "finance"}
PEOPLE = MEMBERS - {"finance"}  # see sessions and participants
REPORTS = {"admin", "officer", "finance", "auditor", "client"}
MAKE = {"admin", "officer", "client"}
TRAIL = {"admin", "officer", "auditor"}
EDIT = {"admin", "officer"}
ASKED = EDIT | {"coordinator", "auditor"}  # see questions and answers
CLAIMS = EDIT | {"coordinator", "finance", "auditor"}  # see payment claims
CLAIM = {"admin", "coordinator", "finance"}  # prepare and send them
FILINGS = CLAIMS | {"client"}  # see the reports a project owes


@dataclass(frozen=True)
class Door:
    """Who may GET and who may POST. `listed`: strangers may open it too, and see an empty list of their own."""

    get: set[str] = field(default_factory=set)
    post: set[str] = field(default_factory=set)
    listed: bool = False


def _open(**more) -> Door:
    return Door(get=EVERYONE, **more)


DOORS: dict[str, Door] = {
    # open to everyone
    "health": _open(), "core:help": _open(), "core:privacy": _open(), "core:accessibility": _open(),
    "core:styleguide": _open(), "reports:home": _open(), "reports:public_projects": _open(),
    "reports:public_projects_csv": _open(), "reports:public_projects_xlsx": _open(),
    "reports:public_projects_json": _open(), "reports:public_project": _open(),
    "reports:public_results_csv": _open(), "reports:public_results_xlsx": _open(),
    "reports:public_results_json": _open(),
    "reports:kohesio_csv": _open(), "reports:report_annex": Door(TRAIL),
    "reports:official": Door(REPORTS, listed=True),
    "reports:public_programme": _open(), "reports:data": _open(), "reports:verify": _open(post=EVERYONE),
    "reports:verify_code": _open(post=EVERYONE),
    "answer": _open(post=EVERYONE), "calendar_feed": _open(), "catalogue_json": _open(),
    "catalogue_turtle": _open(),
    # one's own account
    "core:start": Door(SIGNED_IN), "core:settings": Door(SIGNED_IN, SIGNED_IN),
    "core:tokens": Door(SIGNED_IN, SIGNED_IN),
    "reports:calendar": Door(SIGNED_IN, SIGNED_IN), "reports:calendar_file": Door(SIGNED_IN),
    "core:token_revoke": Door(set(), {"officer"}), "core:saved_filter": Door(set(), SIGNED_IN),
    "webhooks:webhooks": Door(SIGNED_IN), "webhooks:webhook_new": Door(SIGNED_IN, SIGNED_IN),
    "webhooks:webhook": Door(EDIT), "webhooks:webhook_act": Door(set(), EDIT),
    "webhooks:webhook_remove": Door(EDIT, EDIT), "webhooks:webhook_change": Door({"officer"}, {"officer"}),
    "webhooks:webhook_again": Door(set(), {"officer"}), "webhooks:delivery": Door(EDIT),
    "webhooks:delivery_again": Door(set(), {"officer"}),
    # projects, money
    "reports:dashboard": Door(MONEY, listed=True), "reports:projects": Door(MEMBERS, listed=True),
    "reports:projects_csv": Door(MEMBERS, listed=True),
    "reports:project": Door(MEMBERS), "reports:project_money": Door(MONEY), "reports:project_people": Door(PEOPLE),
    "reports:project_indicators": Door(PEOPLE), "reports:project_indicator_rows": Door(PEOPLE),
    "reports:project_evidence": Door(MEMBERS), "reports:project_history": Door(TRAIL),
    "reports:trail": Door(TRAIL, listed=True), "reports:trail_csv": Door(TRAIL, listed=True),
    "projects:texts": Door(EDIT, EDIT), "projects:members": Door({"admin"}, {"admin"}),
    "projects:systems": Door({"admin"}, {"admin"}), "projects:system_revoke": Door(set(), {"admin"}),
    "projects:system_secret": Door({"admin"}, {"admin"}),
    "projects:member_remove": Door({"admin"}, {"admin"}), "budgets:cost_new": Door(MONEY_EDIT, MONEY_EDIT),
    "budgets:cost_correct": Door(MONEY_EDIT, MONEY_EDIT), "reports:project_amendments": Door(MONEY),
    "reports:project_budget": Door(MONEY),
    "budgets:version": Door(MONEY), "budgets:amendment": Door(MONEY),
    "budgets:amendment_new": Door(MONEY_EDIT, MONEY_EDIT), "budgets:amendment_row": Door(MONEY_EDIT, MONEY_EDIT),
    "budgets:amendment_move": Door(set(), MONEY_EDIT), "budgets:amendment_decide": Door(set(), EDIT),
    "budgets:contract_new": Door(EDIT, EDIT), "budgets:amendment_papers": Door(set(), MONEY_EDIT),
    "budgets:amendment_paper": Door(MONEY), "budgets:amendment_paper_out": Door(set(), MONEY_EDIT),
    "reports:project_packages": Door(CLAIMS), "budgets:deliverable_file": Door(CLAIMS),
    "reports:filings": Door(FILINGS, listed=True), "reports:filing": Door(FILINGS, {"admin", "coordinator"}),
    "reports:filing_draft": Door(set(), {"admin", "coordinator"}), "reports:filing_decide": Door(set(), EDIT),
    "reports:filing_skip": Door(set(), EDIT), "reports:schedule": Door(EDIT, EDIT),
    "budgets:deliverable": Door(CLAIMS, CLAIM), "budgets:score_new": Door(EDIT, EDIT),
    **{f"budgets:{name}": Door(EDIT, EDIT) for name in ("deliverable_new", "deliverable_plan")},
    "reports:project_messages": Door(ASKED), "projects:clarifications": Door(ASKED, listed=True),
    "projects:clarification": Door(ASKED, PAPERS), "projects:clarification_new": Door(EDIT, EDIT),
    "projects:clarification_more": Door(set(), EDIT), "projects:clarification_close": Door(set(), EDIT),
    # payment claims
    "budgets:claims": Door(CLAIMS, listed=True), "budgets:claim": Door(CLAIMS), "budgets:claim_file": Door(CLAIMS),
    **{f"budgets:{name}": Door(CLAIM, CLAIM) for name in (
        "claim_new", "claim_part", "claim_costs", "claim_paper", "claim_send", "claim_cost_new", "procurement_new",
        "procurement",
    )},
    "budgets:claim_pages": Door(CLAIMS), "budgets:claim_page": Door(CLAIMS), "budgets:claim_evidence": Door(CLAIM),
    "budgets:claim_cost_left": Door(CLAIM), "budgets:claim_cost_draft": Door(set(), CLAIM),
    "budgets:procurements": Door(CLAIMS), "budgets:procurement_file": Door(CLAIMS),
    "budgets:claim_letter": Door(CLAIMS), "budgets:claim_checklist": Door(TRAIL, EDIT),
    "budgets:suppliers": Door(CLAIMS, listed=True), "budgets:amendments": Door(MONEY, listed=True),
    "budgets:payments": Door(TRAIL),
    "budgets:visits": Door(CLAIMS, listed=True), "budgets:visits_csv": Door(CLAIMS, listed=True),
    **{f"budgets:{name}": Door(CLAIMS) for name in ("visit", "visit_file")},
    **{f"budgets:{name}": Door(EDIT, EDIT) for name in (
        "visit_new", "visit_change", "visit_record", "visit_end", "finding_new", "finding_close",
    )},
    "budgets:finding_answer": Door(CLAIM, CLAIM),
    "budgets:claim_sample": Door(TRAIL, EDIT),
    **{f"budgets:{name}": Door(EDIT, EDIT) for name in ("claim_check", "claim_accept", "claim_ask")},
    "budgets:claim_states": Door(SIGNED_IN), "budgets:claim_letter_ahead": Door(EDIT),
    "budgets:claim_move": Door(set(), EDIT),
    **{f"budgets:{name}": Door(EDIT, EDIT) for name in ("claim_pay", "claim_recover", "claim_correct")},
    "budgets:payment_cancel": Door(EDIT, EDIT),
    "budgets:corrections": Door(TRAIL), "budgets:corrections_csv": Door(TRAIL), "budgets:correction": Door(TRAIL, EDIT),
    "budgets:applications": Door(TRAIL, EDIT), "budgets:application": Door(TRAIL),
    "budgets:application_move": Door(set(), EDIT), "budgets:application_csv": Door(TRAIL),
    "budgets:accounts": Door(TRAIL), "budgets:accounts_csv": Door(TRAIL),
    # sessions and participants
    "beneficiaries:school_results": Door(PEOPLE, listed=True), "beneficiaries:group": Door(PEOPLE),
    "beneficiaries:week": Door(PEOPLE, listed=True), "beneficiaries:grid": Door(PEOPLE, SCHOOL),
    "beneficiaries:session": Door(PEOPLE),
    "beneficiaries:marks": Door(set(), SCHOOL), "beneficiaries:session_names": Door(set(), NAMES),
    "beneficiaries:session_join": Door(SCHOOL, SCHOOL), "beneficiaries:session_list": Door(SCHOOL),
    "reports:session_effect": Door(PEOPLE), "reports:claim_simplified": Door(CLAIM, CLAIM),
    "reports:claim_basis": Door(CLAIMS),
    "beneficiaries:imports": Door(SCHOOL | {"admin", "client"}, SCHOOL | {"admin", "client"}, listed=True),
    "beneficiaries:import_template": Door(SCHOOL | {"admin", "client"}, listed=True),
    **{f"beneficiaries:{name}": Door({"coordinator"}) for name in ("import", "import_answer")},
    **{f"beneficiaries:{name}": Door(set(), {"coordinator"}) for name in (
        "import_columns", "import_rows", "import_bring_in", "import_again", "import_cancel", "import_discard",
    )},
    "beneficiaries:import_into": Door(CLAIM, CLAIM), "beneficiaries:import_template_into": Door(CLAIM),
    "beneficiaries:import_job": Door({"coordinator"}),
    "beneficiaries:import_undo": Door({"coordinator"}, {"coordinator"}),
    "beneficiaries:participants": Door(PEOPLE, listed=True),
    "beneficiaries:participants_csv": Door(PEOPLE, listed=True), "beneficiaries:microdata_csv": Door(PAPERS, PAPERS),
    "beneficiaries:list_names": Door(set(), NAMES, listed=True),
    "beneficiaries:chosen": Door(set(), SCHOOL, listed=True),
    "beneficiaries:alike": Door(MERGE, listed=True), "beneficiaries:alike_typed": Door(set(), SCHOOL),
    "beneficiaries:pair": Door(MERGE, MERGE), "beneficiaries:unmerge": Door(set(), MERGE),
    "beneficiaries:consent": Door(SCHOOL, SCHOOL), "beneficiaries:consent_file": Door(NAMES),
    "beneficiaries:consent_withdraw": Door(SCHOOL, SCHOOL), "beneficiaries:follow_up": Door(PEOPLE, listed=True),
    "beneficiaries:follow_up_link": Door(set(), SCHOOL), "beneficiaries:follow_up_answer": Door(SCHOOL, SCHOOL),
    "beneficiaries:move": Door(SCHOOL, SCHOOL), "beneficiaries:support": Door(PAPERS),
    "beneficiaries:support_step": Door(PAPERS, PAPERS),
    "beneficiaries:add": Door(SCHOOL, SCHOOL, listed=True), "beneficiaries:participant": Door(PEOPLE),
    "beneficiaries:record_names": Door(set(), NAMES), "beneficiaries:record_answers": Door(set(), PAPERS),
    "beneficiaries:change": Door(SCHOOL, SCHOOL), "beneficiaries:leave": Door(SCHOOL, SCHOOL),
    "beneficiaries:results": Door(SCHOOL, SCHOOL), "beneficiaries:come_back": Door(SCHOOL, SCHOOL),
    "beneficiaries:join_group": Door(SCHOOL, SCHOOL), "beneficiaries:leave_group": Door(set(), SCHOOL),
    "beneficiaries:erase": Door(EDIT, EDIT), "beneficiaries:retention": Door(EDIT),
    "beneficiaries:hold_new": Door(EDIT, EDIT), "beneficiaries:hold_end": Door(set(), EDIT),
    "activities:plan": Door(SCHOOL, SCHOOL, listed=True), "activities:copy_week": Door(set(), SCHOOL, listed=True),
    "activities:change": Door(SCHOOL, SCHOOL), "activities:cancel": Door(SCHOOL, SCHOOL),
    "activities:series": Door(SCHOOL, SCHOOL), "beneficiaries:clashes": Door(PEOPLE),
    "activities:periods": Door(PEOPLE, listed=True), "activities:period_open": Door(EDIT, EDIT),
    "activities:period_take_back": Door(set(), EDIT), "activities:period_ask": Door(SCHOOL, SCHOOL),
    "activities:period_decline": Door(set(), EDIT),
    "activities:evidence_add": Door(PAPERS, PAPERS), "activities:evidence_file": Door(PEOPLE),
    "activities:evidence_remove": Door(PAPERS, PAPERS),
    # indicators
    **{f"indicators:{name}": Door(SIGNED_IN) for name in ("library", "schools")},
    "indicators:schools_csv": Door(PEOPLE, listed=True), "indicators:reason": Door(set(), TRAIL),
    **{f"indicators:{name}": Door(PEOPLE) for name in ("indicator", "project", "parts", "rows")},
    **{f"indicators:{name}": Door(EDIT, EDIT) for name in (
        "indicator_new", "indicator_change", "target", "estimate_new",
    )},
    "indicators:allocations": Door(REPORTS), "indicators:allocation_new": Door(EDIT, EDIT),
    "indicators:allocation": Door(EDIT, EDIT), "indicators:allocation_remove": Door(EDIT, EDIT),
    "indicators:common": Door(set(), EDIT), "indicators:schools_load": Door(EDIT, EDIT, listed=True),
    "indicators:school": Door(PEOPLE, EDIT | {"coordinator"}), "indicators:value_new": Door(PAPERS, PAPERS),
    "indicators:value": Door(PEOPLE, EDIT), "indicators:drifts": Door(TRAIL, listed=True),
    "indicators:drift": Door(TRAIL, EDIT),
    # reports
    "reports:reports": Door(REPORTS, listed=True), "reports:ask": Door(MAKE, MAKE, listed=True),
    "reports:report": Door(REPORTS), "reports:report_cancel": Door(set(), MAKE),
    "reports:report_retry": Door(set(), MAKE),
    "reports:report_mail": Door(set(), REPORTS), "reports:report_files": Door(set(), REPORTS),
    "reports:report_files_cancel": Door(set(), REPORTS),
    "reports:report_screen": Door(REPORTS), "reports:report_snapshot": Door(REPORTS),
    "reports:report_file": Door(REPORTS),
    "reports:exports": Door(SIGNED_IN), "reports:export_new": Door(PEOPLE, PEOPLE, listed=True),
    "reports:export": Door({"coordinator"}), "reports:export_file": Door({"coordinator"}),
    "reports:export_cancel": Door(set(), {"coordinator"}), "reports:export_retry": Door(set(), {"coordinator"}),
    "reports:layouts": Door(REPORTS, listed=True), "reports:layout_new": Door(EDIT, EDIT),
    "reports:layout": Door(REPORTS), "reports:layout_words": Door(EDIT, EDIT),
    "reports:layout_sections": Door(set(), EDIT), "reports:layout_section": Door(EDIT, EDIT),
    "reports:layout_logo": Door(EDIT, EDIT), "reports:layout_move": Door(EDIT, EDIT),
    "reports:layout_preview": Door(REPORTS),
}  # fmt: skip

# Doors of the sign-in package; its own tests guard them, ours ask that none of them breaks.
FOREIGN = ("account_", "mfa_", "set_language", "admin:", "api_")


def _names(resolver=None, namespace="") -> set[str]:
    found: set[str] = set()
    for pattern in (resolver or get_resolver()).url_patterns:
        if hasattr(pattern, "url_patterns"):
            inner = f"{pattern.namespace}:" if pattern.namespace else namespace
            found |= _names(pattern, inner)
        elif pattern.name:
            found.add(namespace + pattern.name)
    return found


def test_every_address_has_its_row():
    ours = {name for name in _names() if not name.startswith(FOREIGN)}
    assert ours == set(DOORS)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory):
    """One row behind every door, made once: each test is undone back to it."""
    files = tmp_path_factory.mktemp("files")
    with django_db_blocker.unblock(), override_settings(FILES_DIR=files), transaction.atomic():
        if not Code.objects.exists():
            call_command("load_codes", verbosity=0)
        contract = factories.ContractFactory()
        project = contract.project
        school = factories.school_of(project)
        people = factories.people_of(project, school)
        sessions = {who: _signed_in(person) for who, person in people.items()}
        yield _world(people, project, school) | {"files": files, "people": people, "sessions": sessions}
        transaction.set_rollback(True)


def _signed_in(person) -> str:
    client = Client()
    client.force_login(person)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture(autouse=True)
def db(world, files_dir, settings):
    """The world of one test; what the test does to it is undone."""
    settings.FILES_DIR = world["files"]
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _world(people, project, school) -> dict[str, Any]:
    activity, group = factories.ActivityFactory(project=project), factories.GroupFactory(project=project, school=school)
    session = factories.SessionFactory(project=project, activity=activity, school=school, group=group)
    row = factories.member_of(group)
    other, gone = factories.participation(project, school), factories.participation(project, school)
    merge = actions.merge_people(kept=row.person, gone=gone.person, by=people["admin"], at=NOON)
    line = factories.BudgetLineFactory(contract=project.contracts.get(), activity=activity)
    cost = factories.ReportedCostFactory(line=line)
    blank, pdf = pikepdf.new(), io.BytesIO()
    blank.add_blank_page()
    blank.save(pdf)
    file = storage.put(
        [pdf.getvalue()], name="list.pdf", media_type="application/pdf", by=people["coordinator"], at=NOON
    )
    notice = Notice.objects.create(programme=project.programme, version="1", text={"en": "Why"}, from_on=NOON.date())
    consent = Consent.objects.create(
        participation=row, notice=notice, kind="consented", given_on=NOON.date(), file=file, recorded_at=NOON
    )
    follow_up = FollowUp.objects.create(
        participation=row, left_on=date(2026, 1, 12), due_from=date(2026, 7, 12), due_until=date(2026, 8, 9)
    )
    secret = actions.make_link(follow_up, by=people["admin"], at=now())
    evidence = Evidence.objects.create(
        project=project, school=school, session=session, kind="signed_list", file=file, added_at=NOON
    )
    taken = _snapshot(project)
    report = Report.objects.create(
        kind="progress", project=project, from_on=NOON.date(), to_on=NOON.date(), language="en", state="done",
        asked_by=people["officer"], asked_at=NOON, finished_at=NOON, data_at=NOON, snapshot=taken,
        snapshot_sha256=snapshot.digest(taken), code="AAAA-BBBB-CCCC", template_version="1",
    )  # fmt: skip
    ReportFile.objects.create(report=report, kind="pdf", position=0, file=file)
    for_annex = Report(
        kind="annex_vii", programme=project.programme, from_on=date(2021, 1, 1), to_on=date(2026, 1, 31), language="en",
        state="done", asked_by=people["officer"], asked_at=NOON, finished_at=NOON, data_at=NOON, code="AAAA-BBBB-DDDD",
        template_version="1",
    )  # fmt: skip
    for_annex.snapshot = snapshot.take(for_annex, NOON)
    for_annex.snapshot_sha256 = snapshot.digest(for_annex.snapshot)
    for_annex.save()
    annex = for_annex.key
    export = Export.objects.create(
        table="participants", rows=1, asked_by=people["coordinator"], asked_at=NOON, state="done", file=file,
        expires_at=now() + timedelta(hours=1), rights=PARTICIPANTS.rights(people["coordinator"]),
    )  # fmt: skip
    layout = report_actions.add_layout(
        project.programme, kind="progress", name="Own", by=people["officer"], at=NOON
    )  # fmt: skip
    axis = Priority.objects.create(programme=project.programme, code="1")
    part = Allocation.objects.create(priority=axis, total=1000, eu_rate=85)
    webhook, _secret = webhook_actions.add(
        name="Register", url="https://register.example.org/", names=["sessions"], by=people["officer"], at=NOON
    )
    delivery = webhook_actions.test(webhook, by=people["officer"], at=NOON)
    Delivery.objects.filter(pk=delivery.pk).update(is_test=False)
    token, _secret = core_actions.make_token(
        user=people["officer"],
        name="t",
        scopes=["read"],
        expires_at=NOON + timedelta(days=9),
        by=people["officer"],
        at=NOON,
    )
    system, _secret = make_system(
        name="Register", user=people["client"], scopes=["read"], rate=60, by=people["admin"], at=NOON
    )  # fmt: skip
    request = LockRequest.objects.create(
        project=project, month=date(2026, 2, 1), school=school, because="Late papers", asked_at=NOON
    )
    exception = LockException.objects.create(
        project=project, month=date(2026, 1, 1), school=school, because="Late papers", until_on=date(2099, 1, 1),
        given_at=NOON, given_by=people["officer"],
    )  # fmt: skip
    upload = b"Own number;Entry date\nX1;2026-01-12\nX2;?\n"
    source = imports.begin(
        kind="participants", project=project, school=school, name="list.csv", chunks=[upload], size=len(upload),
        language="en", by=people["coordinator"], at=NOON,
    )  # fmt: skip
    for what in ("read", "bring_in"):
        imports.ask(source, what)
        imports.work(source, at=NOON)
    busy = Import.objects.create(
        kind="participants", by=people["coordinator"], language="en", made_at=NOON, file_name="x", state="done",
        job="check", heartbeat_at=now(),
    )  # fmt: skip
    procurement = Procurement.objects.create(
        project=project, number="D-7", contractor="Firm", signed_on=date(2026, 1, 5), amount=5000, procedure="offers"
    )
    procurement.papers.add(evidence)
    claim = Claim.objects.create(
        project=project, contract=line.contract, number=1, kind="interim", state="in_review", from_on=NOON.date(),
        to_on=NOON.date(), received_on=NOON.date(), made_by=people["finance"], made_at=NOON,
    )  # fmt: skip
    claim_line = ClaimLine.objects.create(claim=claim, number=1, cost=cost)
    claim_line.papers.add(evidence)
    Computation.objects.create(cost=cost, claim=claim, basis={"form": "lump", "total": "1"}, at=NOON)
    LineFact.objects.create(line=claim_line, step="declared", total=cost.total, at=NOON)
    deliverable = Deliverable.objects.create(project=project, line="L", name={"en": "Map"}, due_on=NOON.date())
    deliverable.papers.add(evidence)
    amendment = budget_actions.begin_amendment(project, because="b", by=people["finance"], at=NOON)
    paper = AmendmentPaper.objects.create(amendment=amendment, file=file, added_at=NOON)
    moved = ClaimMove.objects.create(claim=claim, before="waiting", after="accepted", at=NOON)
    letter = ClaimLetter.objects.create(claim=claim, move=moved, position=1, language="en", snapshot={}, file=file)
    accepted = Claim.objects.create(
        project=project, contract=line.contract, number=2, kind="interim", state="accepted", from_on=NOON.date(),
        to_on=NOON.date(), received_on=NOON.date(), made_by=people["finance"], made_at=NOON,
    )  # fmt: skip
    correction = Correction.objects.create(
        claim=accepted, number=1, kind="irregularity", error="other", found_by="audit", found_on=NOON.date(),
        way="later", because="b", made_at=NOON,
    )  # fmt: skip
    payment = Payment.objects.create(
        project=project, claim=accepted, kind="interim", paid_on=NOON.date(), amount=0, made_at=NOON
    )
    application = PaymentApplication.objects.create(
        programme=project.programme, entered_on=NOON.date(), year=2025, number=1, made_at=NOON
    )
    visit = Visit.objects.create(
        project=project, number=1, planned_on=NOON.date(), goes="g", about="a", made_at=NOON, state="done",
        done_on=NOON.date(), result="r",
    )  # fmt: skip
    visit.papers.add(evidence)
    Finding.objects.create(visit=visit, number=1, error="other", text="t", due_on=NOON.date(), at=NOON)
    asked = project_actions.ask(
        project, school=school, subject="s", questions=["q"], due_on=localdate(), by=people["officer"], at=now()
    )
    filing = Filing.objects.create(
        project=project, contract=line.contract, kind="final", from_on=NOON.date(), to_on=NOON.date(),
        due_on=NOON.date(), language="bg",
    )  # fmt: skip
    calendar = report_actions.make_calendar_link(by=people["coordinator"], at=NOON)
    indicator_actions.add_common(project.programme, by=people["officer"], at=NOON)
    bodies = project.programme.indicators.get(code="EECO18")
    value = Value.objects.create(
        definition=bodies.definitions.get(), project=project, from_on=NOON.date(), to_on=NOON.date(),
        state="submitted", made_at=NOON,
    )  # fmt: skip
    Issue.objects.create(project=project, as_of=localdate(), at=now(), rows=[], sha256="")
    drift = Drift.objects.create(project=project, of="night", source="x", code="EECO01", stored="1", counted="2",
                                 found_at=NOON)  # fmt: skip
    return {
        "calendar": calendar, "annex": annex, "filing": filing, "amendment": amendment, "paper": paper,
        "value": value, "drift": drift,
        "hold": Hold.objects.create(project=project, because="Case", put_at=NOON),
        "claim": claim, "procurement": procurement, "import": source, "busy": busy, "asked": asked,
        "exception": exception,
        "request": request, "deliverable": deliverable,
        "letter": letter, "visit": visit,
        "accepted": accepted, "correction": correction, "application": application, "payment": payment,
        "number": project.number, "code": project.programme.code, "key": row.key, "pk": 0, "row": row, "cost": cost,
        "consent": consent, "follow_up": follow_up, "secret": secret, "other": other, "merge": merge,
        "evidence": evidence, "report": report, "export": export, "layout": layout, "part": part, "session": session,
        "token": token, "webhook": webhook, "delivery": delivery, "system": system,
        "member": Membership.objects.get(user=people["finance"]), "group_member": row.group_members.get(),
    }  # fmt: skip


def _snapshot(project):
    report = Report(kind="progress", project=project, from_on=NOON.date(), to_on=NOON.date(), language="en")
    return snapshot.take(report, NOON)


IMPORTS = (
    "import", "import_again", "import_answer", "import_columns", "import_rows", "import_bring_in", "import_cancel",
    "import_discard", "import_undo",
)  # fmt: skip


def _address(name: str, world) -> str:
    number, school = world["number"], world["session"].school
    programme = world["session"].project.programme.code
    own = {
        **{
            f"indicators:{n}": {"programme": programme}
            for n in ("common", "indicator_new", "allocations", "allocation_new")
        },
        **{f"indicators:allocation{n}": {"programme": programme, "pk": world["part"].pk} for n in ("", "_remove")},
        **{
            f"indicators:{n}": {"programme": programme, "code": "EECO18"}
            for n in (
                "indicator",
                "indicator_change",
                "target",
            )
        },
        **{f"indicators:{n}": {"number": number, "code": "EECO01"} for n in ("parts", "rows")},
        "indicators:school": {"key": school.key, "year": 2025},
        "indicators:value": {"key": world["value"].key},
        "indicators:drift": {"key": world["drift"].key},
        "beneficiaries:import_template": {"kind": "participants"},
        "beneficiaries:import_job": {"key": world["busy"].key},
        **{
            f"beneficiaries:{one}": {"kind": "costs", "about": world["claim"].key}
            for one in (
                "import_into",
                "import_template_into",
            )
        },
        **{f"beneficiaries:{one}": {"key": world["import"].key} for one in IMPORTS},
        "core:token_revoke": {"pk": world["token"].pk},
        **{
            f"webhooks:webhook{one}": {"key": world["webhook"].key}
            for one in ("", "_act", "_remove", "_change", "_again")
        },
        **{f"webhooks:delivery{one}": {"key": world["delivery"].key} for one in ("", "_again")},
        **{f"projects:system_{one}": {"key": world["system"].key} for one in ("revoke", "secret")},
        "projects:member_remove": {"pk": world["member"].pk},
        "budgets:version": {"number": world["number"], "version": 1},
        **{
            f"budgets:{one}": {"key": world["amendment"].key}
            for one in (
                "amendment",
                "amendment_move",
                "amendment_decide",
                "amendment_papers",
            )
        },
        "budgets:amendment_row": {"key": world["amendment"].key, "part": "contract"},
        **{
            f"budgets:amendment_{one}": {"key": world["amendment"].key, "paper": world["paper"].key}
            for one in ("paper", "paper_out")
        },
        "budgets:cost_correct": {"number": world["number"], "key": world["cost"].key},
        **{f"budgets:claim_{one}": {"key": world["accepted"].key} for one in ("pay", "recover", "correct")},
        "budgets:payment_cancel": {"key": world["accepted"].key, "pk": world["payment"].pk},
        "budgets:correction": {"key": world["correction"].key},
        **{f"budgets:application{one}": {"key": world["application"].key} for one in ("", "_move", "_csv")},
        "budgets:claim_part": {"key": world["claim"].key, "part": "results"},
        "reports:claim_simplified": {"key": world["claim"].key},
        "reports:claim_basis": {"key": world["claim"].key, "number": 1},
        "budgets:claim_paper": {"key": world["claim"].key, "number": 1},
        "budgets:procurement": {"number": world["number"], "key": world["procurement"].key},
        "budgets:procurement_file": {
            "number": world["number"],
            "key": world["procurement"].key,
            "pk": world["evidence"].pk,
        },
        "budgets:claim_file": {"key": world["claim"].key, "pk": world["evidence"].pk},
        "budgets:claim_pages": {"key": world["claim"].key, "pk": world["evidence"].pk},
        "budgets:claim_letter": {"key": world["claim"].key, "letter": world["letter"].key},
        "budgets:claim_page": {"key": world["claim"].key, "pk": world["evidence"].pk, "page": 1, "turn": 0},
        **{
            f"budgets:{one}": {"key": world["visit"].key}
            for one in ("visit", "visit_change", "visit_record", "visit_end", "finding_new")
        },
        **{f"budgets:{one}": {"key": world["visit"].key, "n": 1} for one in ("finding_answer", "finding_close")},
        "budgets:visit_file": {"key": world["visit"].key, "pk": world["evidence"].pk},
        "budgets:deliverable_file": {"key": world["deliverable"].key, "pk": world["evidence"].pk},
        "activities:evidence_file": {"pk": world["evidence"].pk},
        "activities:evidence_remove": {"pk": world["evidence"].pk},
        "activities:period_decline": {"pk": world["request"].pk},
        "activities:period_take_back": {"pk": world["exception"].pk},
        "beneficiaries:support_step": {"key": world["row"].key, "step": "open"},
        "answer": {"secret": world["secret"]},
        "calendar_feed": {"secret": world["calendar"]},
        "reports:report_annex": {"key": world["annex"], "table": 6},
        "beneficiaries:consent_file": {"key": world["row"].key, "consent": world["consent"].key},
        "beneficiaries:consent_withdraw": {"key": world["row"].key, "consent": world["consent"].key},
        "beneficiaries:follow_up_link": {"key": world["follow_up"].key},
        "beneficiaries:follow_up_answer": {"key": world["follow_up"].key},
        "beneficiaries:pair": {"one": world["row"].key, "other": world["other"].key},
        "beneficiaries:unmerge": {"key": world["row"].key, "merge": world["merge"].key},
        "beneficiaries:leave_group": {"key": world["row"].key, "pk": world["group_member"].pk},
        "reports:export_new": {"table": "participants"},
        **{f"reports:export{one}": {"key": world["export"].key} for one in ("", "_file", "_cancel", "_retry")},
        "reports:report_file": {"key": world["report"].key, "position": 0},
        **{
            f"reports:layout{one}": {"key": world["layout"].layout.key, **more}
            for one, more in {
                "": {},
                "_words": {},
                "_sections": {},
                "_logo": {},
                "_section": {"section": 1},
                "_move": {"to": "publish"},
                "_preview": {"language": "en", "number": 1},
            }.items()
        },
        **{f"reports:filing{one}": {"key": world["filing"].key} for one in ("", "_draft", "_decide", "_skip")},
        "reports:project_indicator_rows": {"number": world["number"], "code": "EECO01"},
        "beneficiaries:hold_end": {"key": world["hold"].key},
        "reports:verify_code": {"code": "AAAA-BBBB-CCCC"},
    }
    if name == "beneficiaries:group":
        return reverse(name, args=[world["session"].group.key])
    if name == "activities:series":
        return f"{reverse(name)}?group={world['session'].group.key}"
    if name == "beneficiaries:clashes":
        return f"{reverse(name)}?group={world['session'].group.key}&from=14:00&to=15:00&on=2026-03-16"
    if name == "activities:period_ask":
        return f"{reverse(name)}?project={world['number']}&school={world['session'].school.key}&month=2026-01"
    if name == "activities:period_open":
        return f"{reverse(name)}?project={world['number']}"
    if name == "beneficiaries:alike_typed":
        return f"{reverse(name)}?project={world['number']}&school={world['session'].school.key}"
    if name in ("beneficiaries:hold_new", "beneficiaries:microdata_csv"):
        return f"{reverse(name)}?project={world['number']}"
    if name == "beneficiaries:grid":
        return f"{reverse(name)}?group={world['session'].group.key}&week=2026-W12"
    if name in own:
        return reverse(name, kwargs=own[name])
    of_session = name.startswith("activities:") or name in (
        "reports:session_effect",
        "beneficiaries:session", "beneficiaries:marks", "beneficiaries:session_names", "beneficiaries:session_join",
        "beneficiaries:session_list",
    )  # fmt: skip
    if name.startswith("projects:clarification") and name != "projects:clarifications":
        key = world["asked"].key
        return reverse(name, args=[world["number"] if name.endswith("_new") else key])
    of_report = name.startswith("reports:") and not of_session
    key = world["report"].key if of_report else world["session" if of_session else "row"].key
    for one in ("claim", "deliverable"):
        key = world[one].key if name.startswith(f"budgets:{one}") else key
    for kwargs in ({}, {"key": key}, {"number": world["number"]}, {"code": world["code"]}):
        try:
            return reverse(name, kwargs=kwargs)
        except NoReverseMatch:
            continue
    raise AssertionError(f"no address for {name}")


def _state() -> tuple[int, int, int]:
    """What a refused request may not change: events other than being refused, tokens, memberships."""
    return (
        AuditEvent.objects.exclude(action__in=["account.signed_in"]).count(),
        ApiToken.objects.filter(revoked_at=None).count(),
        Membership.objects.count(),
    )


def _client(world, who: str) -> Client:
    client = Client()
    if who != "nobody":
        client.cookies[settings.SESSION_COOKIE_NAME] = world["sessions"][who]
    return client


@pytest.mark.parametrize("name", list(DOORS))
def test_who_may_open_a_door_and_act_through_it(name, world):
    door, address = DOORS[name], _address(name, world)
    for who in sorted(EVERYONE):
        client = _client(world, who)
        before = _state()
        answer = client.get(address)
        if answer.streaming:
            b"".join(answer.streaming_content)
        _judge(answer.status_code, who, who in door.get, door, f"GET {name} as {who}", reading=True)
        own_list = door.listed and who == "stranger" and answer.status_code == 200  # an export of it is written down
        if who not in door.get and not own_list:
            assert _state() == before, f"GET {name} as {who} was turned away and yet changed something"
        if who not in door.post:
            before = _state()
            answer = client.post(address, _body(name, world))
            _judge(answer.status_code, who, False, door, f"POST {name} as {who}", reading=False)
            assert _state() == before, f"POST {name} as {who} was turned away and yet changed something"
    for who in sorted(door.post):
        with transaction.atomic():  # undone, so that the next person finds the same world
            answer = _client(world, who).post(address, _body(name, world))
            transaction.set_rollback(True)
        assert answer.status_code < 500, f"POST {name} as {who} answered {answer.status_code}"
        assert answer.status_code not in (401, 404, 405), f"POST {name} as {who} answered {answer.status_code}"


def _body(name: str, world) -> dict[str, str]:
    """What a door needs to know which row is meant; the rest is left out, so most answers are “correct this”."""
    bodies = {
        "beneficiaries:session_join": {"participation": str(world["row"].key)},
        "beneficiaries:list_names": {"project": world["number"]},
        "activities:period_open": {"project": world["number"]},
        "activities:period_ask": {"project": world["number"], "school": str(world["session"].school.key)},
        "budgets:claim_check": {"line": "1"},
        "webhooks:webhook_act": {"do": "pause"},
        "core:saved_filter": {"page": "reports:projects", "query": "state=active", "name": "Mine"},
        "reports:layout_sections": {"edits": "0", "what": "text"},
        "reports:layout_move": {"edits": "0"},
        "activities:copy_week": {"school": str(world["session"].school.key), "monday": "2026-03-23"},
    }
    return bodies.get(name, {})


def _judge(status: int, who: str, allowed: bool, door: Door, what: str, *, reading: bool) -> None:
    assert status < 500, f"{what} answered {status}"
    if allowed:
        assert status in (200, 302, 303), f"{what} answered {status}"
    elif who == "nobody":
        assert status in (302, 403, 405), f"{what} answered {status}"
    elif who == "stranger":
        fine = (403, 404, 405, *((200, 302, 422) if door.listed else ()))
        assert status in fine, f"{what} answered {status}"
    else:
        assert status in (403, 404, 405), f"{what} answered {status}"
