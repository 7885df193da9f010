"""A claim on the pages: a school fills and sends it, an officer decides its lines, a second one finishes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.timezone import now

from budgets import actions
from budgets.checks import claims as checks
from budgets.models import Claim, LineDecision, LineFact
from core import storage
from core.models import AuditEvent
from tests import factories
from tests.budgets.conftest import DECLARED, cost, decide, drafted, send


@pytest.fixture
def at(client):
    """GET or POST a page of budgets as somebody; follows to where it leads."""

    def go(who, name, *args, query="", **data):
        client.force_login(who)
        url = reverse(f"budgets:{name}", args=args) + query
        answer = client.post(url, data, follow=True) if data else client.get(url)
        return answer

    return go


def said(answer) -> str:
    return " ".join(answer.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ").split())


def test_a_school_fills_and_sends_a_claim(at, project, line, people, school):
    who = people["coordinator"]
    costs = [cost(line, "100.00"), cost(line, "50.00")]
    wrong = cost(line, "9.00", document_on=date(2025, 11, 1))
    days = {"from_on": "1.1.2026", "to_on": "28.2.2026", "advance": ""}
    page = at(who, "claim_new", project.number, kind="interim", **days)
    claim = Claim.objects.get()
    assert "To do" in said(page)

    page = at(who, "claim_costs", claim.key)
    assert said(page).count(" checked>") == 3  # prefilled; nothing is stored yet
    assert not claim.lines.exists()
    at(who, "claim_costs", claim.key, cost=[c.pk for c in (*costs, wrong)], version=1)
    assert "€9,841.00" in said(at(who, "claim_costs", claim.key))  # 10 000 − 159 left to claim

    page = said(at(who, "claim_send", claim.key))
    for words in (
        "declarations are not confirmed",
        "not said what was done",
        "within the eligible days",
        "no evidence",
    ):
        assert words in page
    assert "Art. 63(2)" in page
    at(who, "claim_costs", claim.key, cost=[c.pk for c in costs], version=2)
    at(who, "claim_part", claim.key, "results", results="Two clubs ran.", version=3)
    at(who, "claim_part", claim.key, "declarations", declarations=DECLARED, version=4)

    page = at(who, "claim_send", claim.key, version=5)
    assert "Say why the claim is right all the same" in said(page)
    assert Claim.objects.get().state == "draft"
    page = at(who, "claim_send", claim.key, version=5, reason_evidence="On paper.")
    assert "Claim 1 is sent" in said(page)
    again = at(who, "claim_send", claim.key, version=5, reason_evidence="On paper.")
    assert "it can be changed only when the officer returns it" in said(again)
    assert LineFact.objects.count() == 2
    assert "day 0 of 80" in said(at(people["officer"], "claims"))


def test_a_stale_form_does_not_overwrite_what_somebody_else_saved(at, project, line, people):
    claim = drafted(project, [cost(line)], people["finance"])
    page = at(people["coordinator"], "claim_part", claim.key, "results", results="Mine", version=1)
    assert page.status_code == 409
    assert "Someone changed this while you were working" in said(page)
    assert "Yours: Mine" in said(page)
    assert "Theirs: Two clubs ran." in said(page)
    assert Claim.objects.get().results == "Two clubs ran."
    version = Claim.objects.get().version
    for pick, holds in (("theirs", "Two clubs ran."), ("mine", "Mine")):
        more = {"results": "Mine", "pick_results": pick, "version": version}
        assert "Saved." in said(at(people["coordinator"], "claim_part", claim.key, "results", **more))
        assert Claim.objects.get().results == holds
        version = Claim.objects.get().version


def test_a_file_is_attached_and_fetched(at, project, line, people):
    claim = drafted(project, [cost(line)], people["finance"])
    upload = SimpleUploadedFile("faktura.pdf", b"%PDF-1.7 x", content_type="application/pdf")
    assert "The file is attached" in said(at(people["coordinator"], "claim_paper", claim.key, 1, upload=upload))
    paper = claim.lines.get().papers.get()
    assert "no evidence" not in said(at(people["finance"], "claim_send", claim.key))
    assert at(people["finance"], "claim_file", claim.key, paper.pk).status_code == 200
    assert at(people["stranger"], "claim_file", claim.key, paper.pk).status_code == 404
    assert AuditEvent.objects.filter(action="evidence.downloaded").count() == 1


def test_a_draft_is_not_shown_to_officers(at, project, line, people):
    claim = drafted(project, [cost(line)], people["finance"])
    assert at(people["officer"], "claim", claim.key).status_code == 404
    assert at(people["auditor"], "claim", claim.key).status_code == 404


def test_an_officer_decides_and_a_second_one_finishes(at, sent, people, second):
    officer = people["officer"]
    one, _two, three = sent.lines.all()
    page = at(officer, "claim_check", sent.key, query="?line=2")
    assert "Line 2, claimed €50.00" in said(page)
    page = at(officer, "claim_check", sent.key, line=2, verdict="reduce", total="20,00", seen=0)
    assert page.status_code == 409
    assert "Choose the type of error" in said(page)
    page = at(officer, "claim_check", sent.key, line=2, verdict="reduce", total="20,00", seen=0, error="sum",
              comment="Counted twice.", note="Ask B.")  # fmt: skip
    assert "Line 2 is decided" in said(page)
    assert "Line 3, claimed" in said(page)  # the next undecided one is open
    assert "Ask B." not in said(at(people["finance"], "claim", sent.key))
    assert "Counted twice." not in said(at(people["finance"], "claim", sent.key))  # not before it is told

    page = at(second, "claim_check", sent.key, line=2, verdict="refuse", seen=0, error="sum", comment="No.")
    assert page.status_code == 409
    assert "decided on" in said(page)
    assert "Theirs: Reduce, €20.00, Calculated wrongly" in said(page)
    assert "Yours: No." in said(page)
    assert "Theirs: Counted twice." in said(page)
    assert page.context["form"]["seen"].value() == "1"
    at(second, "claim_check", sent.key, line=2, verdict="refuse", seen=1, error="sum", comment="No.",
       pick_verdict="theirs", pick_comment="mine", pick_note="theirs")  # fmt: skip
    settled = LineDecision.objects.get(line__number=2, position=2)
    assert (settled.verdict, settled.total, settled.comment, settled.note, settled.by) == (
        "reduce", Decimal("20.00"), "No.", "Ask B.", second
    )  # fmt: skip

    listed = at(officer, "claim_accept", sent.key)
    assert "No line without flags" in said(listed)  # both others lack evidence
    decide(settled.line, officer, "reduce", seen=2, total=Decimal("20.00"), comment="Counted twice.", note="Ask B.")
    for each in (one, three):
        decide(each, officer)
    at(officer, "claim_move", sent.key, to="waiting")
    assert "second person confirms" in said(at(officer, "claim_move", sent.key, to="accepted"))
    at(second, "claim_move", sent.key, to="accepted")
    claim = Claim.objects.get()
    assert claim.state == "accepted"
    page = said(at(people["finance"], "claim", sent.key))
    assert "Counted twice." in page
    assert "Ask B." not in page
    assert "€150.01" in page


def test_lines_without_flags_are_accepted_after_they_were_listed(at, project, line, people):
    costs = [cost(line, total) for total in ("10.00", "20.00", "30.00")]
    for each in costs[:2]:
        each.evidence = _paper(project)
        each.save()
    claim = send(drafted(project, costs, people["finance"]), people["finance"])
    actions.take_up(claim, by=people["officer"], at=now())
    listed = said(at(people["officer"], "claim_accept", claim.key))
    assert listed.count('name="line"') == 2
    assert "€30.00" in listed  # their sum
    at(people["officer"], "claim_accept", claim.key, line=[each.pk for each in claim.lines.all()])
    assert sorted(LineDecision.objects.values_list("line__number", flat=True)) == [1, 2]


def _paper(project):
    file = storage.put([b"%PDF-1.7"], name="a.pdf", media_type="application/pdf", by=None, at=now())
    return project.evidence.create(kind="document", file=file, added_at=now())


def test_the_same_invoice_elsewhere_is_shown_to_the_officer_not_to_the_school(at, project, line, people):
    elsewhere = factories.ProjectFactory()
    other = factories.BudgetLineFactory(contract=factories.ContractFactory(project=elsewhere))
    facts = {"document_on": date(2026, 2, 2), "supplier_number": "831641791"}
    cost(other, "77.00", document="Фактура № 0000118", **facts)
    cost(other, "78.00", document="Invoice 119", **facts)
    mine = [cost(line, "77.00", document="Invoice 118", **facts), cost(line, "79.00", document="Invoice 119", **facts)]
    claim = send(drafted(project, mine, people["finance"]), people["finance"])
    sheet = said(at(people["officer"], "claim_check", claim.key))
    assert sheet.count(f"The same document stands in project {elsewhere.number}") == 1
    assert elsewhere.number not in said(at(people["finance"], "claim", claim.key))


@pytest.mark.parametrize(
    ("facts", "check", "blocks"),
    [
        ({"paid_on": date(2026, 2, 1)}, "paid_before", False), ({"paid_on": None}, "not_paid", False),
        ({"document_on": date(2026, 3, 1), "paid_on": date(2026, 3, 2)}, "later", True),
        ({"total": Decimal("10000.01")}, "line", True),
        ({"unit_price": "8.00", "units": Decimal("12.00")}, "rate", True), ({"unit_price": "8.00"}, "units", False),
        ({"unit_price": "8.00", "units": Decimal("12.50")}, None, False),
        ({"vat": Decimal("16.67"), "contract_total": Decimal(5_000_000)}, "vat", False),
        ({"vat": Decimal("16.67")}, None, False),
    ],
)  # fmt: skip
def test_each_rule_is_a_check_of_its_own(project, line, people, facts, check, blocks):
    facts = dict(facts)
    if price := facts.pop("unit_price", None):
        line.form, line.unit, line.unit_price = "unit", "hours", Decimal(price)
        line.save()
    if total := facts.pop("contract_total", None):
        contract = line.contract
        contract.total, contract.eu_part = total, total - 15_000
        contract.save()
    claim = drafted(project, [cost(line, str(facts.pop("total", "100.00")), **facts)], people["finance"])
    found = {f.check: f.blocks for f in checks.findings(claim, date(2026, 3, 16)) if f.check != "evidence"}
    assert found == ({check: blocks} if check else {})


def test_a_claim_takes_costs_of_its_own_number_of_queries(at, project, line, people, django_assert_max_num_queries):
    """The sheet asks the database as often for sixty lines as for two."""
    counts = []
    for n in (2, 60):
        claim = send(drafted(project, [cost(line, "1.00") for _n in range(n)], people["finance"]), people["finance"])
        actions.take_up(claim, by=people["officer"], at=now())
        at(people["officer"], "claim_check", claim.key)
        with django_assert_max_num_queries(60) as asked:
            assert at(people["officer"], "claim_check", claim.key).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_dashboard_tells_officers_of_waiting_claims_by_age(sent, people, client):
    client.force_login(people["officer"])
    page = said(client.get(reverse("reports:dashboard")))
    assert "1 claim waits, the oldest is at day" in page
    assert "€180.01" in page
    client.force_login(people["finance"])
    assert "claim waits" not in said(client.get(reverse("reports:dashboard")))
