"""The pages of an amendment: the beneficiary edits and sends, the officer reads what follows and decides."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils.timezone import localdate

from budgets import actions
from budgets.models import Amendment
from core.models import AuditEvent
from tests import factories
from tests.budgets.test_pages import text_of
from tests.conftest import NOON


@pytest.fixture
def contract(project, activity):
    contract = project.contracts.get()
    for code, total in (("1.1", "60000"), ("1.2", "40000")):
        parts = actions.parts_of(
            Decimal(total), {"eu_part": Decimal(85), "national_part": Decimal(10), "own_part": Decimal(5)}
        )
        factories.BudgetLineFactory(contract=contract, activity=activity, code=code, total=Decimal(total), **parts)
    return contract


@pytest.fixture
def sign_in(client, people):
    def as_person(who):
        client.force_login(people[who])
        return client

    return as_person


def change(client, one, part, ref="", /, **new):
    """Fill one form of the copy as a person would: what stands in the fields stays."""
    address = reverse("budgets:amendment_row", args=[one.key, part]) + (f"?row={ref}" if ref else "")
    page = client.get(address)
    form = page.context["form"]
    given = {name: form[name].value() for name in form.fields}
    texts = {name: "" if value is None else value for name, value in given.items()}
    return client.post(address, texts | new)


def test_the_beneficiary_changes_the_copy_and_the_officer_approves_it(sign_in, contract, project, people):
    client = sign_in("finance")
    tab = reverse("reports:project_amendments", args=[project.number])
    assert "No amendment yet" in text_of(client.get(tab))
    answer = client.post(reverse("budgets:amendment_new", args=[project.number]), {"because": "More clubs"})
    one = Amendment.objects.get()
    page = reverse("budgets:amendment", args=[one.key])
    assert answer.url == page
    shown = text_of(client.get(page))
    assert "Nothing is changed yet" in shown
    assert "Send the amendment" not in shown

    empty = {"eu_part": "", "national_part": "", "own_part": ""}
    assert change(client, one, "lines", "1.1", total="59 000,00", **empty).status_code == 302
    one.refresh_from_db()
    assert one.draft["lines"]["1.1"]["eu_part"] == "50150.00"  # split as the contract is
    shown = text_of(client.get(page))
    assert "€1,000.00 of the contract stand on no line" in shown
    assert "lines differ by €1,000.00" in shown
    wrong = change(client, one, "lines", code="1.1", name="Twice", total="1000")
    assert wrong.status_code == 422
    assert "is in this amendment already" in text_of(wrong)
    assert change(client, one, "lines", code="1.3", name="Trips", total="1000").status_code == 302
    assert change(client, one, "contract", ends_on="9.3.2029").status_code == 302
    shown = text_of(client.get(page))
    assert re.search(r"9 Dec 2028</del>.*9 Mar 2029</ins>", shown), re.findall("<del>.{0,150}", shown)
    assert "1.3 Trips" in shown

    officer = sign_in("officer")
    assert "Approve from this day" not in text_of(officer.get(page))  # not sent yet
    client = sign_in("finance")
    client.post(reverse("budgets:amendment_move", args=[one.key]), {"to": "send"})
    assert "Approve from this day" not in text_of(client.get(page))

    officer = sign_in("officer")
    shown = text_of(officer.get(page))
    assert "Approve from this day" in shown
    facts = {"approve-number": "A-1", "approve-in_force_from": str(localdate()), "to": "approved"}
    decide = reverse("budgets:amendment_decide", args=[one.key])
    wrong = officer.post(decide, facts | {"approve-in_force_from": "9.12.2025"})
    assert wrong.status_code == 409
    assert "An annex begins on a later day" in text_of(wrong)
    assert officer.post(decide, facts).status_code == 302
    new = project.contracts.get(version=2)
    assert (new.number, new.ends_on, new.budget_lines.count()) == ("A-1", date(2029, 3, 9), 3)
    shown = text_of(officer.get(reverse("budgets:version", args=[project.number, 2])))
    assert "It is final." in shown
    assert "What differs from" in shown
    first = text_of(officer.get(reverse("budgets:version", args=[project.number, 1])))
    assert "This version is not the one in force today" in first
    assert "€60,000.00" in first
    history = text_of(officer.get(reverse("reports:project_history", args=[project.number])))
    for words in ("Amendment begun", "Copy of the contract changed", "Amendment sent", "Amendment approved"):
        assert words in history
    money = text_of(officer.get(reverse("reports:project_money", args=[project.number])))
    assert "Version 2 from" in money


def test_who_read_the_list_says_so(sign_in, contract, people):
    one = actions.begin_amendment(contract.project, because="Less", by=people["finance"], at=NOON)
    factories.ReportedCostFactory(line=contract.budget_lines.get(code="1.1"), total=Decimal("59500.00"))
    client = sign_in("finance")
    empty = {"eu_part": "", "national_part": "", "own_part": ""}
    change(client, one, "lines", "1.1", total="59000", **empty)
    change(client, one, "lines", "1.2", total="41000", **empty)
    client.post(reverse("budgets:amendment_move", args=[one.key]), {"to": "send"})
    officer, decide = sign_in("officer"), reverse("budgets:amendment_decide", args=[one.key])
    facts = {"approve-number": "A-1", "approve-in_force_from": str(localdate()), "to": "approved"}
    answer = officer.post(decide, facts)
    assert answer.status_code == 422
    assert "Line 1.1 falls €500.00 below the €59,500.00 reported on it." in text_of(answer)
    assert Amendment.objects.get().state == "sent"
    assert officer.post(decide, facts | {"approve-read": "on"}).status_code == 302


def test_two_people_on_one_row(sign_in, contract, people):
    one = actions.begin_amendment(contract.project, because="Less", by=people["finance"], at=NOON)
    client = sign_in("finance")
    address = reverse("budgets:amendment_row", args=[one.key, "lines"]) + "?row=1.1"
    seen = client.get(address).context["form"]["seen"].value()
    assert change(client, one, "lines", "1.1", name="First").status_code == 302
    late = client.post(address, {"seen": seen, "name": "Second", "total": "1"})
    assert late.status_code == 422
    assert "Someone changed this while you were working" in text_of(late)
    assert client.post(address, {"seen": seen, "out": "1"}).status_code == 409
    one.refresh_from_db()
    assert one.draft["lines"]["1.1"]["name"]["bg"] == "First"
    assert AuditEvent.objects.filter(action="amendment.changed").count() == 1


def test_a_page_of_an_amendment_asks_the_database_as_often_for_one_line_as_for_thirty(
    sign_in, contract, people, django_assert_max_num_queries
):
    for n in range(30):
        factories.BudgetLineFactory(contract=contract, code=f"2.{n}")
    one = actions.begin_amendment(contract.project, because="Less", by=people["finance"], at=NOON)
    client = sign_in("finance")
    with django_assert_max_num_queries(45):
        assert client.get(reverse("budgets:amendment", args=[one.key])).status_code == 200


def test_an_output_is_added_on_its_page(client, project, activity, people):
    client.force_login(people["finance"])
    factories.BudgetLineFactory(contract=project.contracts.get(), total=project.contracts.get().total)
    one = actions.begin_amendment(project, because="More clubs.", by=people["finance"], at=NOON)
    url = reverse("budgets:amendment_row", args=[one.key, "outputs"])
    page = client.get(url)
    seen = page.context["form"]["seen"].value()
    facts = {"activity": activity.number, "name": "Срещи", "counts": "sessions", "planned": "40", "seen": seen}
    assert client.post(url, facts | {"counts": "none"}).status_code == 422
    assert client.post(url, facts).status_code == 302
    one.refresh_from_db()
    (row,) = one.draft["outputs"].values()
    assert (row["name"], row["position"], row["planned"]) == ({"bg": "Срещи"}, 1, "40.00")
