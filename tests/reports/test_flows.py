"""The money page tells how the paid amount is made up: paid, come back, net, and what the advance settled."""

from __future__ import annotations

from decimal import Decimal

from django.urls import reverse

from budgets.figures import flows_of
from budgets.models import Claim, ClaimLine, LineFact, Payment
from tests import factories
from tests.conftest import NOON


def test_gross_recovered_net_and_settled_stand_beside_each_other(project, people, client):
    day = NOON.date()
    contract = project.contracts.get()
    for kind, amount in (("advance", "1000.00"), ("interim", "300.00"), ("recovery", "-200.00")):
        Payment.objects.create(project=project, kind=kind, paid_on=day, amount=Decimal(amount))
    claim = Claim.objects.create(
        project=project, contract=contract, number=1, kind="interim", state="accepted", from_on=day, to_on=day,
        received_on=day, made_by=people["finance"], made_at=NOON,
    )  # fmt: skip
    cost = factories.ReportedCostFactory(line=factories.BudgetLineFactory(contract=contract))
    advance = Claim.objects.create(
        project=project, contract=contract, number=2, kind="advance", advance=Decimal("100.00"), state="accepted",
        from_on=day, to_on=day, received_on=day, made_by=people["finance"], made_at=NOON,
    )  # fmt: skip
    given = Payment.objects.create(project=project, claim=advance, kind="advance", paid_on=day, amount=Decimal(100))
    settling = Payment.objects.create(project=project, claim=claim, kind="interim", paid_on=day, amount=0)
    real, early = (
        ClaimLine.objects.create(claim=claim, number=1, cost=cost),
        ClaimLine.objects.create(claim=advance, number=1),
    )
    for line, step, total, payment in (
        (real, "declared", 100, None), (real, "verified", 100, None), (early, "declared", 100, None),
        (early, "verified", 100, None), (early, "paid", 100, given), (real, "settled", 50, settling),
        (early, "settled", -50, settling),
    ):  # fmt: skip
        LineFact.objects.create(line=line, step=step, total=Decimal(total), payment=payment, at=NOON)
    flows = flows_of(project, day)
    assert (flows.paid, flows.recovered, flows.settled) == (Decimal("1400.00"), Decimal("200.00"), Decimal("50.00"))
    client.force_login(people["officer"])
    address = reverse("reports:project_money", args=[project.number])
    page = client.get(f"{address}?from=2026-01-01&to=2026-03-31").content.decode()
    for words in ("€1,400.00", "€200.00", "€1,200.00", "€50.00"):
        assert words in page
