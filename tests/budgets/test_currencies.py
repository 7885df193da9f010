"""Other currencies by the rate of their month, written with the cost for good; amounts of every size, everywhere."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.urls import reverse

from budgets import actions
from budgets.models import ClaimRate, LineFact, Rate, ReportedCost
from core.access import Refused
from core.models import AuditEvent
from tests import factories
from tests.budgets.conftest import decide, drafted, send
from tests.conftest import NOON

FACTS = {"document": "Factura 7", "document_on": date(2026, 3, 2), "reported_on": date(2026, 3, 10)}


@pytest.fixture
def rates(db):
    Rate.objects.create(month=date(2026, 2, 1), currency="RON", rate=D("4.9700"), source="InforEuro")
    return Rate.objects.create(month=date(2026, 3, 1), currency="RON", rate=D("4.9775"), source="InforEuro")


def report(line, by, total="1000.00", currency="RON", **more):
    return actions.report_cost(line=line, total=D(total), currency=currency, **(FACTS | more), by=by, at=NOON)


def test_an_amount_in_another_currency_is_taken_at_the_rate_of_its_month(rates, line, people):
    made = report(line, people["finance"], vat=D("190.00"), net=D("810.00"))
    assert (made.total, made.currency, made.vat) == (D("200.90"), "EUR", D("38.17"))  # 1000 / 4.9775 = 200.904…
    assert made.eu_part + made.national_part + made.own_part == made.total
    kept = made.exchange
    assert (kept.amount, kept.currency, kept.rate, kept.month) == (D("1000.00"), "RON", D("4.9775"), date(2026, 3, 1))
    event = AuditEvent.objects.get(action="cost.reported")
    assert event.after["on_paper"] == "1000.00 RON"


def test_a_missing_rate_is_named_and_nothing_is_stored(rates, line, people):
    for currency, day, told in (("PLN", FACTS["reported_on"], "PLN to euro for March 2026"),
                                ("RON", date(2026, 1, 5), "RON to euro for January 2026")):  # fmt: skip
        with pytest.raises(Refused, match=told):
            report(line, people["finance"], currency=currency, reported_on=day, document_on=date(2026, 1, 2))
    assert not ReportedCost.objects.exists()


APRIL = NOON + timedelta(days=31)
MAY = NOON + timedelta(days=62)
PERIOD = {"from_on": date(2026, 3, 1), "to_on": date(2026, 3, 15)}


def shown(claim, user, client):
    client.force_login(user)
    return client.get(reverse("budgets:claim", args=[claim.key])).content.decode().replace("\u00a0", " ")


def claimed(claim):
    return list(LineFact.objects.filter(line__claim=claim, step="declared").values_list("total", "rate__rate"))


def test_it_counts_by_the_month_in_which_the_claim_is_sent_and_is_an_estimate_until_then(
    rates, project, line, people, client, second
):
    """1 000 RON: 200.90 EUR by the rate of March, in which it is reported; sent in April it is 1000 / 5.0 = 200.00."""
    made = report(line, people["finance"], paid_on=date(2026, 3, 3))
    claim = drafted(project, [made], people["finance"], **PERIOD)
    with pytest.raises(Refused, match="no rate from RON to euro for April 2026"):
        send(claim, people["finance"], at=APRIL)
    Rate.objects.create(month=date(2026, 4, 1), currency="RON", rate=D("5.0"), source="InforEuro")
    assert "Estimate" in shown(claim, people["finance"], client)
    claim = send(claim, people["finance"], at=APRIL)
    assert claimed(claim) == [(D("200.00"), D("5.0"))]
    kept = claim.rates.get()
    assert (kept.currency, kept.month, kept.rate, kept.source) == ("RON", date(2026, 4, 1), D("5.0"), "InforEuro")
    for who in ("finance", "officer"):
        page = shown(claim, people[who], client)
        assert "Estimate" not in page
        assert "RON 1,000.00, 1 EUR = 5.000000 RON (April 2026)" in page
        assert "1 EUR = 5.000000 RON (April 2026, InforEuro)" in page
    client.force_login(people["finance"])
    got = client.get(f"/api/v1/claims/{claim.key}/").json()
    assert got["rates"] == [{"currency": "RON", "month": "2026-04-01", "rate": "5.000000"}]
    assert [(x["claimed"], x["original"], x["estimate"]) for x in got["lines"]] == [("200.00", "1000.00", False)]
    with pytest.raises(DatabaseError, match="final"), transaction.atomic():
        ClaimRate.objects.update(rate=5)


def test_neither_a_later_rate_nor_sending_again_takes_it_anew(rates, project, line, people, second):
    """Returned and sent again in April: what was there keeps March, a new cost takes April. Reopened and put off, it
    stays as it is, in a later claim too."""
    made = report(line, people["finance"], paid_on=date(2026, 3, 3))
    claim = send(drafted(project, [made], people["finance"], **PERIOD), people["finance"])
    claim = actions.take_up(claim, by=people["officer"], at=NOON)
    Rate.objects.create(month=date(2026, 4, 1), currency="RON", rate=D("5.0"), source="InforEuro")
    Rate.objects.create(month=date(2026, 5, 1), currency="RON", rate=D("6.0"), source="InforEuro")
    Rate.objects.filter(pk=rates.pk).update(rate=D("5.5"))
    claim = actions.return_claim(claim, comment="Add the other one.", by=people["officer"], at=APRIL)
    other = actions.report_cost(line=line, total=D("1000.00"), currency="RON", **(FACTS | {"document": "Factura 8"}),
                                paid_on=date(2026, 3, 3), by=people["finance"], at=NOON)  # fmt: skip
    claim = actions.choose_costs(claim, costs=[made, other], version=claim.version, by=people["finance"], at=APRIL)
    claim = send(claim, people["finance"], at=APRIL)
    assert claimed(claim) == [(D("200.90"), D("4.9775")), (D("200.00"), D("5.0"))]
    claim = actions.take_up(claim, by=people["officer"], at=APRIL)
    for each in claim.lines.order_by("number"):
        decide(each, people["officer"], "accept" if each.number == 1 else "ask")
    claim = actions.confirm(actions.propose(claim, by=people["officer"], at=APRIL), by=second, at=APRIL)
    claim = actions.reopen(claim, comment="Look again.", by=second, at=MAY)
    claim = actions.confirm(actions.propose(claim, by=people["officer"], at=MAY), by=second, at=MAY)
    sums = LineFact.objects.filter(line__claim=claim, step="verified").values_list("total", flat=True)
    assert list(sums) == [D("200.90")]
    later = send(drafted(project, [other], people["finance"], **PERIOD), people["finance"], at=MAY)
    assert claimed(later) == [(D("200.00"), D("5.0"))]


def test_what_is_taken_back_goes_at_the_rate_of_its_cost(rates, project, line, people):
    """All of 1 000 RON in two parts: what was claimed at the rate of March comes back at it in May, to the cent."""
    made = report(line, people["finance"], paid_on=date(2026, 3, 3))
    send(drafted(project, [made], people["finance"], **PERIOD), people["finance"])
    Rate.objects.create(month=date(2026, 5, 1), currency="RON", rate=D("6.0"), source="InforEuro")
    for part in ("50.00", "150.90"):
        actions.correct_cost(made, total=D(part), because="Credit.", by=people["officer"], at=NOON)
    backs = ReportedCost.objects.exclude(corrects=None)
    assert sum(back.exchange.amount for back in backs) == -1000
    later = drafted(project, list(backs), people["finance"], **PERIOD | {"to_on": date(2026, 3, 31)})
    send(later, people["finance"], at=MAY)
    assert sum(total for total, _rate in claimed(later)) == D("-200.90")


def test_rates_come_from_a_file_all_or_none(tmp_path, db):
    file = tmp_path / "rates.csv"
    head = "month,currency,rate,source\n"
    file.write_text(head + "2026-03,RON,4.9775,InforEuro\n2026-03,PLN,4.2545,InforEuro\n")
    call_command("load_rates", str(file), verbosity=0)
    call_command("load_rates", str(file), verbosity=0)
    assert Rate.objects.count() == 2
    assert AuditEvent.objects.filter(action="rates.loaded").count() == 1
    file.write_text(
        head
        + "2026-04,RON,5.0,x\n2026-03,RON,9,x\n2026-13,RON,1,x\n2026-04,BGN,1,x\n2026-04,USD,-1,x\n2026-04,GBP,a,x\n"
    )
    with pytest.raises(CommandError) as told:
        call_command("load_rates", str(file), verbosity=0)
    lines = str(told.value).split("\n")
    assert [line.partition(":")[0] for line in lines] == ["Line 3", "Line 4", "Line 5", "Line 6", "Line 7"]
    assert Rate.objects.count() == 2


@pytest.mark.parametrize(
    ("total", "shown"),
    [
        ("99999999999999.99", "€99,999,999,999,999.99"),
        ("-99999999999999.99", "−€99,999,999,999,999.99"),
        ("-0.01", "−€0.01"),
    ],
)
def test_very_large_and_negative_amounts_are_the_same_everywhere(client, project, line, people, total, shown):
    kind = "credit_note" if total.startswith("-") else "invoice"
    factories.ReportedCostFactory(line=line, total=D(total), kind=kind)
    client.force_login(people["officer"])
    query = "?from=2026-01-01&to=2026-03-31"
    page = client.get(reverse("reports:project_money", args=[project.number]) + query).content.decode()
    assert f'<td class="num">{shown}</td>' in page.replace("\u00a0", " ")
    got = client.get("/api/v1/reported-costs/").json()["results"][0]
    assert (got["total"], got["original"]) == (total, None)
    money = client.get(f"/api/v1/projects/{project.number}/money/?on=2026-03-31").json()
    assert money["reported"] == total
    tables = client.get(f"/api/v1/projects/{project.number}/tables/{query}").json()["tables"]
    assert total in str(tables["costs"])


def test_nothing_is_written_as_zero_and_unknown_as_a_dash(client, project, people):
    contract = project.contracts.get()
    factories.BudgetLineFactory(contract=contract, code="0", total=D("0.00"))
    factories.BudgetLineFactory(contract=contract, code="9", total=D("99999999999999.99"))
    client.force_login(people["officer"])
    page = client.get(reverse("reports:project_budget", args=[project.number]) + "?by=form").content.decode()
    assert "€99,999,999,999,999.99" in page
    rows = client.get(reverse("reports:project_budget", args=[project.number]) + "?by=form&as=csv")
    assert b"99999999999999.99" in b"".join(rows.streaming_content)
    contract.budget_lines.filter(code="9").delete()
    page = client.get(reverse("reports:project_budget", args=[project.number])).content.decode()
    assert '<td class="num">€0.00</td>' in page
