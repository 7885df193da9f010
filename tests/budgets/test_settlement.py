"""After a claim is accepted: paid, settled by the advance, corrected, recovered, certified, each to the cent."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, transaction

from budgets import actions
from budgets.figures import settlement
from budgets.models import Claim, Correction, LineFact, Payment, PaymentApplication
from core.access import Refused
from core.models import AuditEvent
from tests.budgets.conftest import DECLARED, PERIOD, cost, decide, drafted, send
from tests.conftest import NOON

LATER = NOON + timedelta(days=3)
DAY = LATER.date()


def finish(claim, first, second):
    actions.accept_lines(claim, lines=claim.lines.values_list("pk", flat=True), by=first, at=NOON)
    return actions.confirm(actions.propose(claim, by=first, at=NOON), by=second, at=NOON)


def accepted(project, costs, people, second, **more):
    claim = send(drafted(project, costs, people["finance"], **more), people["finance"])
    return finish(actions.take_up(claim, by=people["officer"], at=NOON), people["officer"], second)


def advance(project, people, second, amount="10000.00"):
    claim = actions.start_claim(
        project, kind="advance", advance=Decimal(amount), **PERIOD, by=people["finance"], at=NOON
    )
    claim = actions.change_claim(claim, version=1, declarations=DECLARED, by=people["finance"], at=NOON)
    return finish(
        actions.take_up(send(claim, people["finance"]), by=people["officer"], at=NOON), people["officer"], second
    )


def pay(claim, by, amount=None, **more):
    facts = {"amount": actions.plan_of(claim).to_pay if amount is None else Decimal(amount), "currency": "EUR"}
    return actions.pay(claim, **(facts | {"paid_on": DAY} | more), by=by, at=LATER)


def correct(claim, by, amounts, **more):
    facts = {
        "kind": "irregularity", "error": "procurement", "found_by": "audit", "found_on": DAY, "way": "recovery",
        "because": "No offers were compared.",
    }  # fmt: skip
    return actions.correct_claim(
        claim, amounts={n: Decimal(a) for n, a in amounts.items()}, **(facts | more), by=by, at=LATER
    )


def money(claim):
    return settlement.of_claims(settlement.lines_of_claims([claim.pk]))[claim.pk]


def test_an_accepted_claim_is_paid_in_two_parts_without_its_own_part(project, sent, people, second):
    """180.01 = 153.00 + 18.01 + 9.00 (100.01 = 85.00 + 10.01 + 5.00, and so on): 171.01 is public and is paid."""
    claim = finish(sent, people["officer"], second)
    with pytest.raises(PermissionDenied):
        pay(claim, people["finance"], "10.00")
    with pytest.raises(Refused) as refused:
        pay(claim, people["officer"], "171.02")
    assert "amount" in refused.value.message_dict
    pay(claim, people["officer"], "100.00")
    # 95.01 of line 1, then 4.99 of the 47.50 of line 2: 4.99 × 42.50 / 47.50 = 4.46 rounded down, and the rest
    facts = list(LineFact.objects.filter(step="paid").values_list("total", "eu_part", "national_part", "own_part"))
    assert facts == [
        (Decimal("95.01"), Decimal("85.00"), Decimal("10.01"), 0),
        (Decimal("4.99"), Decimal("4.46"), Decimal("0.53"), 0),
    ]  # fmt: skip
    assert money(claim).due == Decimal("71.01")
    pay(claim, people["officer"])
    assert money(claim).paid.amounts == [Decimal("171.01"), Decimal("153.00"), Decimal("18.01"), 0]
    with pytest.raises(Refused, match="Nothing of this claim is left to pay"):
        pay(claim, people["officer"], "0.01")
    assert AuditEvent.objects.filter(action="payment.recorded").count() == Payment.objects.count() == 2
    with pytest.raises(Refused, match="used already"):
        actions.reopen(claim, comment="Again.", by=people["officer"], at=LATER)


def test_later_claims_settle_the_advance_and_the_rest_of_it_comes_back(project, line, people, second):
    """10 000 in advance; half of each claim is set against it: 6 000 × 95 % = 5 700, of it 2 850. Then the final claim
    settles 950 whole; 6 200 of the advance are left and come back."""
    first = advance(project, people, second)
    assert pay(first, people["officer"]).amount == Decimal(10000)
    call = project.call = project.call or _call(project)
    call.settled_share = 50
    call.save()
    project.save()
    claim = accepted(project, [cost(line, "6000.00")], people, second)
    plan = actions.plan_of(claim)
    assert (plan.due, plan.settled, plan.to_pay) == (Decimal(5700), Decimal(2850), Decimal(2850))
    assert pay(claim, people["officer"]).amount == Decimal(2850)
    final = accepted(project, [cost(line, "1000.00")], people, second, kind="final")
    assert actions.plan_of(final).to_pay == 0
    assert pay(final, people["officer"]).amount == 0
    with pytest.raises(Refused):
        actions.recover(first, amount=Decimal("6200.01"), currency="EUR", paid_on=DAY, by=people["officer"], at=LATER)
    back = actions.recover(first, amount=Decimal(6200), currency="EUR", paid_on=DAY, by=people["officer"], at=LATER)
    assert back.amount == Decimal(-6200)
    lines = settlement.lines_of_project(project.pk)
    assert sum(each.unsettled.total for each in lines) == 0
    assert sum(p.amount for p in Payment.objects.all()) == Decimal("6650.00")  # 95 % of 7 000.00
    assert sum(each.of("settled").total for each in lines) == 0


def _call(project):
    from projects.models import Call

    return Call.objects.create(programme=project.programme, code="C1", name={"en": "Call"})


def test_a_correction_of_what_was_paid_becomes_a_debt_or_lowers_the_next_payment(project, line, sent, people, second):
    claim = finish(sent, people["officer"], second)
    pay(claim, people["officer"])
    made = correct(claim, people["officer"], {1: "100.01"})
    later = correct(claim, people["officer"], {2: "10.00"}, way="later", kind="none")
    found = money(claim)
    assert (found.approved.total, found.debt, found.lowers) == (Decimal("70.00"), Decimal("95.01"), Decimal("9.50"))
    following = accepted(project, [cost(line, "20.00")], people, second)
    assert actions.plan_of(following).to_pay == Decimal("9.50")  # 19.00 public less 9.50
    pay(following, people["officer"])
    assert (money(following).due, money(claim).lowers, money(claim).debt) == (0, 0, Decimal("95.01"))
    actions.recover(claim, amount=Decimal("95.01"), currency="EUR", paid_on=DAY, by=people["officer"], at=LATER)
    found = money(claim)
    assert (found.debt, found.recovered.total, found.due) == (0, Decimal("95.01"), 0)
    assert sum(p.amount for p in Payment.objects.all()) == Decimal("85.50")  # 95 % of 40 + 30 + 20
    actions.turn_correction(later, state="closed", kind="none", note="Done.", by=people["officer"], at=LATER)
    actions.turn_correction(
        made, state="dropped", kind="none", note="The offers were found.", by=people["officer"], at=LATER
    )
    assert (money(claim).approved.total, money(claim).due) == (Decimal("170.01"), Decimal("95.01"))
    with pytest.raises(Refused, match="has ended"):
        actions.turn_correction(made, state="active", kind="none", note="?", by=people["officer"], at=LATER)


def test_a_correction_names_lines_and_reasons_and_stays_within_what_is_approved(project, sent, people, second):
    claim = finish(sent, people["officer"], second)
    for amounts, more, name in (
        ({1: "100.02"}, {}, "lines"), ({9: "1.00"}, {}, "lines"), ({}, {}, "lines"),
        ({1: "10.00"}, {"because": " "}, "because"), ({1: "10.00"}, {"found_on": DAY + timedelta(days=1)}, "found_on"),
        ({1: "10.00"}, {"parts": {"eu_part": Decimal(9), "national_part": Decimal(0), "own_part": Decimal(0)}}, None),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            correct(claim, people["officer"], amounts, **more)
        assert name is None or name in refused.value.message_dict
    with pytest.raises(PermissionDenied):
        correct(claim, people["finance"], {1: "1.00"})
    assert not Correction.objects.exists()


def test_what_is_approved_goes_into_one_payment_application_only(project, line, sent, people, second):
    """Claim 1 has 180.01; corrected by 30.00 after it was certified, the next application takes 30.00 back."""
    claim = finish(sent, people["officer"], second)
    first = advance(project, people, second)
    draft = actions.draft_application(project.programme, entered_on=DAY, by=people["officer"], at=LATER)
    assert list(draft.claims.all()) == [claim]  # an advance is no cost
    with pytest.raises(Refused, match="second person"):
        actions.send_application(draft, by=people["officer"], at=LATER)
    one = actions.send_application(draft, by=second, at=LATER)
    assert (one.year, one.number) == (2025, 1)
    entry = one.entries.get()
    assert (entry.total, entry.eur_total, entry.eur_eu_part, entry.public) == (
        Decimal("180.01"), Decimal("180.01"), Decimal("153.00"), Decimal("171.01")
    )  # fmt: skip
    with pytest.raises(Refused, match="sent"):
        actions.choose_claims(one, claims=[], by=people["officer"], at=LATER)
    correct(claim, people["officer"], {3: "30.00"})
    two = actions.draft_application(project.programme, entered_on=DAY, by=people["officer"], at=LATER)
    two = actions.send_application(two, by=second, at=LATER)
    assert (two.number, two.entries.get().eur_total) == (2, Decimal("-30.00"))
    assert one.entries.get().eur_total == Decimal("180.01")
    three = actions.draft_application(project.programme, entered_on=DAY, by=people["officer"], at=LATER)
    with pytest.raises(Refused, match="left to certify"):
        actions.send_application(three, by=second, at=LATER)
    actions.discard_application(three, by=people["officer"], at=LATER)
    assert PaymentApplication.objects.count() == 2
    assert first.state == "accepted"


def test_lev_are_certified_in_euro_as_a_total_at_the_fixed_rate(project, line, people, second):
    """3 × 100.01 BGN = 300.03 BGN = 153.40 EUR; line by line it would be 153.39."""
    project.contracts.update(currency="BGN")
    costs = [cost(line, "100.01", currency="BGN", document=f"Invoice {n}") for n in range(3)]
    claim = accepted(project, costs, people, second)
    draft = actions.draft_application(project.programme, entered_on=DAY, by=people["officer"], at=LATER)
    entry = actions.send_application(draft, by=second, at=LATER).entries.get()
    assert (entry.total, entry.eur_total, entry.rate) == (Decimal("300.03"), Decimal("153.40"), Decimal("1.955830"))
    assert entry.eur_eu_part + entry.eur_national_part + entry.eur_own_part == entry.eur_total
    paid = pay(claim, people["officer"], "145.73")  # 285.03 BGN are public
    assert (paid.currency, money(claim).paid.total, money(claim).due) == ("EUR", Decimal("285.03"), 0)


def test_the_database_refuses_what_no_action_would_do(project, sent, people, second):
    claim = finish(sent, people["officer"], second)
    line = claim.lines.first()
    correction = correct(claim, people["officer"], {1: "50.00"})
    payment = pay(claim, people["officer"])
    facts = {"line": line, "at": NOON, "eu_part": None, "national_part": None, "own_part": None}
    for wrong, message in (
        ({"step": "paid", "total": Decimal("60.00"), "payment": payment}, "at most what is approved"),
        ({"step": "corrected", "total": Decimal("50.02"), "correction": correction}, "at most what is eligible"),
        ({"step": "recovered", "total": Decimal("1.00"), "payment": payment}, "only what was paid too much"),
        ({"step": "verified", "total": Decimal("-1.00")}, "used already"),
        ({"step": "paid", "total": Decimal("1.00")}, "fact_names_its_payment"),
    ):
        with pytest.raises(IntegrityError, match=message), transaction.atomic():
            LineFact.objects.create(**(facts | wrong))
    with pytest.raises(DatabaseError, match="stays accepted"), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(state="reopened")
    for rows in (Payment.objects.all(), LineFact.objects.all()):
        with pytest.raises(DatabaseError, match="final"), transaction.atomic():
            rows._raw_delete("default")
    draft = actions.draft_application(project.programme, entered_on=date(2026, 3, 17), by=second, at=LATER)
    with pytest.raises(IntegrityError, match="second_person"), transaction.atomic():
        PaymentApplication.objects.filter(pk=draft.pk).update(state="sent", sent_by=second, sent_at=NOON)


def test_money_is_neither_paid_for_nor_taken_of_a_claim_that_is_not_accepted(project, sent, people):
    for act in (
        lambda: pay(sent, people["officer"], "1.00"),
        lambda: correct(sent, people["officer"], {1: "1.00"}),
        lambda: actions.recover(sent, amount=Decimal(1), currency="EUR", paid_on=DAY, by=people["officer"], at=LATER),
    ):
        with pytest.raises(Refused, match="Only an accepted claim"):
            act()
    decide(sent.lines.first(), people["officer"])
    assert not Payment.objects.exists()
