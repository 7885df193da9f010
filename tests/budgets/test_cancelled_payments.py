"""A mistyped payment is cancelled by a further entry; sums, settlement and application follow, and nothing is lost."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from budgets import actions
from budgets.figures import rollup, settlement
from budgets.models import LineFact, Payment
from core.access import Refused
from core.models import AuditEvent
from tests.budgets.conftest import cost
from tests.budgets.test_settlement import DAY, LATER, accepted, advance, correct, finish, money, pay


def cancel(payment, by, because="A digit too many."):
    payment = Payment.objects.select_related("claim").get(pk=payment.pk)
    back = actions.cancel_payment(payment, because=because, by=by, at=LATER)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    return back


def steps(project):
    return {
        line.line: {step: split.amounts for step, split in line.steps.items() if split.total}
        for line in settlement.lines_of_project(project.pk)
    }


def test_a_mistyped_payment_is_taken_back_with_all_it_did(client, project, line, sent, people, second):
    """100.00 were recorded instead of 10.00: cancelled on the page by who keeps the accounts, then 10.00 recorded."""
    claim = finish(sent, people["officer"], second)
    before = steps(project)
    wrong = pay(claim, people["officer"], "100.00")
    with pytest.raises(PermissionDenied):
        cancel(wrong, people["finance"])
    with pytest.raises(Refused) as refused:
        cancel(wrong, people["officer"], " ")
    assert "because" in refused.value.message_dict
    client.force_login(people["officer"])
    there = reverse("budgets:claim", args=[claim.key])
    url = reverse("budgets:payment_cancel", args=[claim.key, wrong.pk])
    assert url in client.get(there).content.decode()
    assert client.post(url, {"because": ""}).status_code == 422
    page = client.post(url, {"because": "A digit too many."}, follow=True).content.decode()
    for words in ("The payment is cancelled.", "Cancelled: Interim payment", "A digit too many.", "−€100.00"):
        assert words in page, words
    assert steps(project) == before
    assert client.post(url, {"because": "Again."}).status_code == 409
    back = Payment.objects.get(reverses=wrong)
    with pytest.raises(Refused, match="cancelled already"):
        cancel(back, people["officer"])
    assert (Payment.objects.count(), back.amount, back.because) == (2, Decimal("-100.00"), "A digit too many.")
    assert AuditEvent.objects.get(action="payment.cancelled").after["amount"] == "-100.00"
    pay(claim, people["officer"], "10.00")
    assert (money(claim).paid.total, money(claim).due) == (Decimal("10.00"), Decimal("161.01"))
    paid = rollup.of_projects([project], DAY)[project.pk].paid
    assert paid == Decimal("10.00")


def test_what_settled_an_advance_and_what_a_correction_lowered_come_back(project, line, people, second):
    """The payment of the second claim settles the advance and takes back what was paid too much for the first."""
    ahead = advance(project, people, second, "20.00")
    first_paid = pay(ahead, people["officer"])
    one = accepted(project, [cost(line, "100.00")], people, second)
    one_paid = pay(one, people["officer"])
    correct(one, people["officer"], {1: "10.00"}, way="later", kind="none")
    two = accepted(project, [cost(line, "50.00")], people, second)
    before = steps(project)
    two_paid = pay(two, people["officer"])
    assert two_paid.amount == Decimal("38.00")  # 47.50 public less 9.50
    for earlier in (first_paid, one_paid):  # 20.00 are settled by `one`; of `one` 9.50 were taken from `two`
        with pytest.raises(Refused, match="Cancel the later payment first"):
            cancel(earlier, people["officer"])
    cancel(two_paid, people["officer"])
    assert steps(project) == before
    cancel(one_paid, people["officer"])
    assert actions.plan_of(one).settled == Decimal("20.00")
    cancel(first_paid, people["officer"])
    assert sum(payment.amount for payment in Payment.objects.all()) == 0
    assert not any(line.get(step) for line in steps(project).values() for step in ("paid", "settled"))


def test_a_payment_in_a_sent_application_stays_until_the_next_one_takes_it_back(project, sent, people, second):
    claim = finish(sent, people["officer"], second)
    paid = pay(claim, people["officer"])

    def certify():
        draft = actions.draft_application(project.programme, entered_on=DAY, by=people["officer"], at=LATER)
        return actions.send_application(draft, by=second, at=LATER)

    certify()
    facts = LineFact.objects.count()
    with pytest.raises(Refused, match=r"payment application 2025/2026-1, which is sent\. Correct the claim and send"):
        cancel(paid, people["officer"])
    assert (Payment.objects.count(), LineFact.objects.count()) == (1, facts)
    made = correct(claim, people["officer"], {1: "100.01", 2: "50.00", 3: "30.00"})
    certify()
    cancel(paid, people["officer"])
    actions.turn_correction(made, state="dropped", kind="none", note="Paid anew.", by=people["officer"], at=LATER)
    assert money(claim).due == Decimal("171.01")
    assert certify().entries.get().eur_total == Decimal("180.01")


@transaction.atomic
def create(**facts):
    Payment.objects.create(**facts)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def test_the_database_holds_a_cancelling_to_what_it_cancels(project, sent, people, second):
    claim = finish(sent, people["officer"], second)
    paid = pay(claim, people["officer"], "100.00")
    facts = {"project": project, "claim": claim, "kind": "interim", "paid_on": DAY, "made_at": LATER, "reverses": paid}
    for wrong, message in (
        ({"amount": Decimal("-99.00"), "because": "x"}, "as a whole"), ({"amount": Decimal(-100)}, "for_a_reason"),
        ({"amount": Decimal(-100), "because": "x"}, "all its amounts"),
    ):  # fmt: skip
        with pytest.raises((DatabaseError, IntegrityError), match=message):
            create(**(facts | wrong))


def test_retention_begins_with_the_last_payment_once_the_final_one_is_made(project, sent, line, people, second):
    def last():
        project.refresh_from_db()
        return project.last_payment_on

    pay(finish(sent, people["officer"], second), people["officer"], paid_on=DAY - timedelta(days=2))
    assert last() is None
    final = accepted(project, [cost(line, "40.00")], people, second, kind="final")
    payment = pay(final, people["officer"], "10.00", paid_on=DAY - timedelta(days=1))
    assert last() == DAY - timedelta(days=1)
    pay(final, people["officer"], "5.00")
    assert last() == DAY
    cancel(Payment.objects.get(amount=5), people["officer"])
    assert last() == DAY - timedelta(days=1)
    cancel(payment, people["officer"])
    assert last() is None
