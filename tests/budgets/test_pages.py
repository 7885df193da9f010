"""The pages of money: a cost, a correction, a contract version; what is typed wrong stays typed, nothing changes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from budgets import actions
from budgets.models import ReportedCost
from core.models import AuditEvent
from tests import factories
from tests.conftest import NOON


def text_of(answer) -> str:
    return " ".join(answer.content.decode().replace("\u00a0", " ").split())


@pytest.fixture
def sign_in(client, people):
    def as_person(who):
        client.force_login(people[who])
        return client

    return as_person


@pytest.fixture
def line(project, activity):
    return factories.BudgetLineFactory(contract=project.contracts.get(), activity=activity, code="1.1")


@pytest.fixture
def url(project):
    return f"/en/work/projects/{project.number}/costs/new/"


def filled(line, /, **new):
    facts = {
        "line": line.pk, "document": "Invoice 118", "document_on": "2.2.2026", "reported_on": "2026-03-02",
        "total": "1 000,00 €", "currency": "EUR",
    }  # fmt: skip
    return facts | new


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("admin", 200), ("officer", 200), ("finance", 200), ("coordinator", 403), ("auditor", 403), ("client", 403),
        ("stranger", 404),
    ],
)  # fmt: skip
def test_who_opens_the_form(sign_in, line, url, who, status):
    client = sign_in(who)
    assert client.get(url).status_code == status
    if status != 200:
        assert client.post(url, filled(line)).status_code == status
        assert not ReportedCost.objects.exists()


def test_finance_reports_a_cost(sign_in, line, url, project):
    answer = sign_in("finance").post(url, filled(line))
    assert answer.status_code == 302
    assert answer.url == f"/en/work/projects/{project.number}/money/"
    cost = ReportedCost.objects.get()
    assert (cost.total, cost.document_on, cost.eu_part) == (Decimal("1000.00"), date(2026, 2, 2), Decimal("850.00"))


@pytest.mark.parametrize(
    ("new", "field", "words"),
    [
        ({"total": "12,345"}, "total", "could be 12345 or 12 with three decimals"),
        ({"total": "a lot"}, "total", "Enter an amount such as 6200"),
        ({"total": "5 лв."}, "total", "Enter the amount in EUR"),
        ({"total": "10 000,01"}, "total", "€0.01 above that"),
        ({"document_on": "31.2.2026"}, "document_on", "February 2026 has the days 1 to 28"),
        ({"document_on": "1.1.2024"}, "document_on", "eligible from 9 December 2025"),
        ({"line": "999999"}, "line", "Select a valid choice"),
        ({"eu_part": "1", "national_part": "1", "own_part": "1"}, "eu_part", "€997.00 are missing"),
        ({"document": ""}, "document", "required"),
    ],
)
def test_a_wrong_field_is_named_and_everything_typed_is_kept(sign_in, line, url, new, field, words):
    answer = sign_in("officer").post(url, filled(line, **new))
    page = text_of(answer)
    assert answer.status_code == 422
    assert words in page
    assert f'href="#id_{field}"' in page
    assert 'value="Invoice 118"' in page or field == "document"
    assert not ReportedCost.objects.exists()
    assert not AuditEvent.objects.filter(action="cost.reported").exists()


def test_lev_are_read_as_lev(sign_in, line, url):
    answer = sign_in("officer").post(url, filled(line, total="195,58 лв.", currency="BGN"))
    assert answer.status_code == 302
    assert (ReportedCost.objects.get().currency, ReportedCost.objects.get().total) == ("BGN", Decimal("195.58"))


def test_sending_twice_stores_once(sign_in, line, url):
    client = sign_in("officer")
    assert client.post(url, filled(line)).status_code == 302
    answer = client.post(url, filled(line))
    assert answer.status_code == 422
    assert "reported already" in text_of(answer)
    assert ReportedCost.objects.count() == 1


def test_without_lines_the_page_says_whom_to_ask(sign_in, url):
    assert "Ask the programme officer to enter the budget" in text_of(sign_in("finance").get(url))


# --- corrections -----------------------------------------------------------------------------------------------------


@pytest.fixture
def cost(line, people):
    return actions.report_cost(
        line=line, document="Invoice 118", document_on=date(2026, 2, 2), reported_on=date(2026, 3, 2),
        total=Decimal("1000.00"), currency="EUR", by=people["officer"], at=NOON,
    )  # fmt: skip


def correct_url(cost):
    return f"/en/work/projects/{cost.project.number}/costs/{cost.key}/correct/"


def test_a_correction_by_hand(sign_in, cost):
    client = sign_in("finance")
    assert "€1,000.00" in text_of(client.get(correct_url(cost)))
    assert client.post(correct_url(cost), {"total": "250", "because": "Credit note 3"}).status_code == 302
    assert cost.corrections.get().total == Decimal("-250.00")
    page = text_of(client.get(f"/en/work/projects/{cost.project.number}/money/"))
    assert "Credit note 3" in page
    assert "Correction" in page


def test_too_much_is_refused_beside_the_field(sign_in, cost):
    answer = sign_in("officer").post(correct_url(cost), {"total": "1000.01", "because": "Credit note 3"})
    assert answer.status_code == 422
    assert "At most €1,000.00 can be taken back" in text_of(answer)
    assert "Credit note 3" in text_of(answer)
    assert not cost.corrections.exists()


def test_a_cost_of_another_project_is_not_found(sign_in, cost, programme):
    other = factories.ProjectFactory(programme=programme)
    url = f"/en/work/projects/{other.number}/costs/{cost.key}/correct/"
    assert sign_in("officer").get(url).status_code == 404


# --- contract versions -----------------------------------------------------------------------------------------------


def annex(**new):
    facts = {
        "number": "ANNEX-C02", "kind": "amendment", "in_force_from": "1.3.2026", "starts_on": "9.12.2025",
        "ends_on": "9.3.2029", "currency": "EUR", "total": "120 000", "eu_part": "102000", "national_part": "13000",
        "own_part": "5000",
    }  # fmt: skip
    return facts | new


def test_an_annex_begins_with_the_facts_of_the_version_before(sign_in, project, line):
    url = f"/en/work/projects/{project.number}/contracts/new/"
    client = sign_in("officer")
    assert 'value="100,000.00"' in text_of(client.get(url))
    assert client.post(url, annex()).status_code == 302
    assert project.contracts.get(version=2).budget_lines.count() == 1


def test_parts_that_do_not_add_up_are_named_with_the_gap(sign_in, project):
    url = f"/en/work/projects/{project.number}/contracts/new/"
    answer = sign_in("officer").post(url, annex(eu_part="102 000,50"))
    page = text_of(answer)
    assert answer.status_code == 422
    assert "€0.50 more than the total" in page
    assert 'value="102 000,50"' in page
    assert project.contracts.count() == 1


@pytest.mark.parametrize(
    ("who", "status"), [("coordinator", 403), ("finance", 403), ("auditor", 403), ("stranger", 404)]
)
def test_others_add_no_contract(sign_in, project, who, status):
    url = f"/en/work/projects/{project.number}/contracts/new/"
    assert sign_in(who).post(url, annex()).status_code == status
    assert project.contracts.count() == 1
