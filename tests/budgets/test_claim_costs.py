"""A cost typed into a claim: reported, held and proved at once; what is left is told while it is typed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from budgets import actions
from budgets.checks import claims as checks
from budgets.models import Claim, CostDraft, Procurement, ReportedCost
from core.access import Refused
from core.models import AuditEvent
from tests.budgets.conftest import PERIOD, cost, drafted, send
from tests.budgets.test_claim_pages import said
from tests.conftest import NOON

D = Decimal


@pytest.fixture
def begun(project, line, people):
    return actions.start_claim(project, kind="interim", **PERIOD, by=people["coordinator"], at=NOON)


@pytest.fixture
def typed(line):
    """A cost as the coordinator types it."""
    return {
        "kind": "invoice", "number": "0000118", "document_on": "2.2.2026", "supplier": "Kniga OOD",
        "supplier_number": "831641791", "currency": "EUR", "net": "500,00", "vat": "100,00", "total": "",
        "paid_on": "5.2.2026", "line": line.pk,
    }  # fmt: skip


def paper(name="faktura.pdf"):
    return SimpleUploadedFile(name, f"%PDF-1.7 {name}".encode(), content_type="application/pdf")


def address(name, *args):
    return reverse(f"budgets:{name}", args=args)


def supplier(project, by, **more):
    facts = {
        "number": "D-7", "contractor": "Kniga OOD", "contractor_number": "831641791", "signed_on": date(2026, 1, 5),
        "currency": "EUR", "amount": D("700.00"), "procedure": "offers",
    }  # fmt: skip
    return actions.enter_procurement(project, **(facts | more), by=by, at=NOON)


def test_a_coordinator_types_a_cost_and_sees_what_it_leaves(client, people, project, begun, typed):
    client.force_login(people["coordinator"])
    left = client.get(address("claim_cost_left", begun.key), {k: typed[k] for k in ("line", "net", "vat", "currency")})
    words = said(left)
    assert words.count("<tr>") == 5
    for amount in ("€10,000.00", "€600.00", "€9,400.00", "€510.00", "€60.00", "€30.00"):  # 85 / 10 / 5 %
        assert amount in words
    over = client.get(address("claim_cost_left", begun.key), {"line": typed["line"], "total": "10 000,01"})
    assert "passes the line by €0.01" in said(over)

    page = client.post(
        address("claim_cost_new", begun.key), typed | {"uploads": [paper(), paper("plateno.pdf")]}, follow=True
    )
    assert "is in the claim" in said(page)
    line = begun.lines.get()
    entered = line.cost
    assert (entered.total, entered.vat, entered.document) == (D("600.00"), D("100.00"), "Фактура 0000118")
    assert (entered.eu_part, entered.national_part, entered.own_part) == (D("510.00"), D("60.00"), D("30.00"))
    assert line.papers.count() == 2
    assert "evidence" not in {f.check for f in checks.findings(Claim.objects.get(), NOON.date())}
    trail = AuditEvent.objects.filter(project=project.number).values_list("action", flat=True)
    assert {"cost.reported", "claim.cost_entered", "claim.paper_added"} <= set(trail)

    again = client.post(address("claim_cost_new", begun.key), typed)
    assert again.status_code == 422
    assert "reported already" in said(again)
    assert begun.lines.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"total": "600,01"}, "total"), ({"net": "", "vat": ""}, "total"), ({"vat": "-1", "net": "601"}, "vat"),
        ({"number": " "}, "number"), ({"document_on": "1.3.2026"}, "document_on"),
        ({"document_on": "1.11.2025"}, "document_on"), ({"net": "10 000", "vat": "0,01"}, "total"),
    ],
)  # fmt: skip
def test_a_cost_that_cannot_be_right_is_refused_beside_its_field(client, people, begun, typed, change, field):
    client.force_login(people["coordinator"])
    page = client.post(address("claim_cost_new", begun.key), typed | change)
    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert not ReportedCost.objects.exists()


def test_what_is_typed_is_kept_for_the_one_who_types_until_it_is_entered(client, people, begun, typed):
    client.force_login(people["coordinator"])
    kept = client.post(address("claim_cost_draft", begun.key), typed | {"net": "5", "csrfmiddlewaretoken": "x"})
    assert set(kept.json()) >= {"at"}
    assert "csrfmiddlewaretoken" not in CostDraft.objects.get().data
    page = client.get(address("claim_cost_new", begun.key))
    assert page.context["form"]["net"].value() == "5"
    assert "stands here again" in said(page)
    assert not ReportedCost.objects.exists()
    client.force_login(people["finance"])
    assert "stands here again" not in said(client.get(address("claim_cost_new", begun.key)))
    client.force_login(people["coordinator"])
    no_script = client.post(address("claim_cost_new", begun.key), typed | {"reckon": "1"})
    assert "€9,400.00" in said(no_script)
    assert no_script.context["form"]["supplier"].value() == "Kniga OOD"
    client.post(address("claim_cost_new", begun.key), typed)
    assert not CostDraft.objects.exists()


def test_costs_under_a_contract_with_a_supplier_are_held_against_its_amount(client, people, project, begun, typed):
    who = people["coordinator"]
    contract = supplier(project, who)
    client.force_login(who)
    client.post(address("claim_cost_new", begun.key), typed | {"procurement": contract.pk})
    claim = Claim.objects.get()
    assert not [f for f in checks.findings(claim, NOON.date()) if f.check.startswith("procurement")]
    client.post(address("claim_cost_new", begun.key), typed | {"procurement": contract.pk, "number": "119", "net": "1"})
    over = next(f for f in checks.findings(claim, NOON.date()) if f.check.startswith("procurement"))
    assert (over.blocks, over.article, len(over.lines)) == (False, "Art. 74(1)(a)", 2)
    assert "€1.00" in over.text
    annex = {"number": "D-7", "contractor": "Kniga OOD", "signed_on": "5.1.2026", "currency": "EUR", "version": 1,
             "amount": "701,00", "procedure": "offers", "uploads": [paper()]}  # fmt: skip
    page = client.post(address("procurement", project.number, contract.key), annex, follow=True)
    assert "Contract D-7 is saved" in said(page)
    assert "faktura.pdf" in said(page)
    assert not [f for f in checks.findings(claim, NOON.date()) if f.check.startswith("procurement")]
    told = AuditEvent.objects.filter(action="procurement.changed").get()
    assert (told.before, told.after) == ({"amount": "700.00"}, {"amount": "701.00"})
    stale = client.post(address("procurement", project.number, contract.key), annex | {"uploads": []})
    assert "Someone changed this" in said(stale)

    elsewhere = Procurement.objects.create(
        project=people["stranger"].memberships.get().project, number="X", contractor="Y", signed_on=date(2026, 1, 1),
        amount=1, procedure="direct",
    )  # fmt: skip
    with pytest.raises(Refused, match="another project"):
        actions.report_cost(
            line=begun.contract.budget_lines.get(), document="Invoice 9", document_on=date(2026, 2, 1), total=D(1),
            reported_on=date(2026, 2, 1), currency="EUR", procurement=elsewhere, by=people["finance"], at=NOON,
        )  # fmt: skip


def test_nothing_is_entered_into_a_claim_that_is_sent(people, project, line):
    claim = send(drafted(project, [cost(line)], people["finance"]), people["finance"])
    for call in (
        lambda: actions.enter_cost(claim, kind="invoice", number="1", document_on=date(2026, 2, 1), line=line,
                                   total=D(1), currency="EUR", by=people["finance"], at=NOON),
        lambda: actions.keep_draft(claim, {"number": "1"}, by=people["finance"], at=NOON),
    ):  # fmt: skip
        with pytest.raises(Refused, match="sent"):
            call()
    assert claim.lines.count() == 1
