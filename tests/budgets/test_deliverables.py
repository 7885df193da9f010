"""Lump sums of a cooperation partnership: what deliverables release, what is paid when, what a low score takes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.urls import reverse

from budgets import actions
from budgets.actions.amendments import seen
from budgets.checks import lumps
from budgets.models import Deliverable, LumpRule, Payment, ScoreBand
from budgets.snapshot import consequences
from core.access import Refused
from core.models import AuditEvent
from core.money import NOTHING
from projects.models import Call, ContractVersion
from projects.models.contracts import instalments
from tests import factories
from tests.conftest import NOON

DUE = date(2026, 8, 31)
SHARES = {"WP1": "50000.00", "WP2": "45000.00", "WP3": "155000.00"}  # WP1 is management: 20 % of the grant


def pdf(name: str = "handbook.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, f"%PDF-1.7 {name}".encode(), content_type="application/pdf")


@pytest.fixture
def grant(project):
    """A grant of 250 000.00 EUR in three packages under a call that pays each when it is done."""
    project.call = Call.objects.create(
        programme=project.programme, code="KA220", name={"en": "Partnerships"}, management_share=Decimal(20)
    )
    project.save()
    for below, lowers in ((70, 10), (55, 40), (40, 70)):
        ScoreBand.objects.create(call=project.call, below=below, lowers=lowers)
    contract = project.contracts.get()
    whole = Decimal("250000.00")
    for name, value in {"total": whole, "eu_part": whole, "national_part": NOTHING, "own_part": NOTHING}.items():
        setattr(contract, name, value)
    contract.instalments, contract.report_days = "80/20", 60
    contract.save()
    for code, total in SHARES.items():
        package = factories.ActivityFactory(project=project, number=code, management=code == "WP1")
        factories.BudgetLineFactory(contract=contract, activity=package, code=code, form="lump", total=Decimal(total))
    return contract


def planned(grant, officer, line="WP2", **more):
    facts = {"name": {"en": "Handbook"}, "due_on": DUE} | more
    return actions.plan_deliverable(grant.project, line=line, **facts, by=officer, at=NOON)


def delivered(one, by, *files):
    return actions.deliver(one, uploads=files or [pdf(f"{one.pk}.pdf")], version=one.version, by=by, at=NOON)


def done(one, people):
    one = delivered(one, people["coordinator"])
    return actions.judge_deliverable(one, done=True, version=one.version, by=people["officer"], at=NOON)


def test_a_line_is_released_when_all_it_promised_is_done(grant, people):
    first, second = (planned(grant, people["officer"], name={"en": n}) for n in ("Map", "Study"))
    assert lumps.released(grant) == dict.fromkeys(SHARES, NOTHING)
    done(first, people)
    assert lumps.released(grant)["WP2"] == NOTHING  # all or nothing
    done(second, people)
    assert lumps.released(grant) == {"WP1": NOTHING, "WP2": Decimal("45000.00"), "WP3": NOTHING}
    moved = AuditEvent.objects.filter(action="deliverable.moved", key=str(second.key)).order_by("pk")
    assert [event.after["state"] for event in moved] == ["delivered", "done"]


def test_where_the_call_pays_by_share_each_deliverable_releases_its_own(grant, people):
    LumpRule.objects.create(call=grant.project.call, release="share")
    parts = [planned(grant, people["officer"], share=Decimal(s), name={"en": s}) for s in ("33.33", "33.33", "33.34")]
    done(parts[0], people)
    assert lumps.released(grant)["WP2"] == Decimal("14998.50")
    done(parts[1], people)
    done(parts[2], people)
    assert lumps.released(grant)["WP2"] == Decimal("45000.00")  # nothing is lost to rounding
    planned(grant, people["officer"], line="WP3", share=Decimal(60))
    assert "The deliverables of line WP3 make 60%, not 100%." in [
        p.replace("60.00", "60") for p in lumps.problems(grant)
    ]


def test_who_delivers_and_who_decides(grant, people):
    one = planned(grant, people["officer"])
    with pytest.raises(PermissionDenied):
        planned(grant, people["coordinator"])
    with pytest.raises(PermissionDenied):
        delivered(one, people["officer"])
    with pytest.raises(Refused, match="proves"):
        actions.deliver(one, uploads=[], version=one.version, by=people["coordinator"], at=NOON)
    one = delivered(one, people["coordinator"])
    with pytest.raises(PermissionDenied):
        actions.judge_deliverable(one, done=True, version=one.version, by=people["coordinator"], at=NOON)
    with pytest.raises(Refused, match="missing"):
        actions.judge_deliverable(one, done=False, version=one.version, by=people["officer"], at=NOON)
    with pytest.raises(Refused, match="while you were working"):
        actions.judge_deliverable(one, done=True, version=one.version - 1, by=people["officer"], at=NOON)
    with pytest.raises(Refused, match="cannot be changed"):
        actions.change_deliverable(one, version=one.version, due_on=DUE, by=people["officer"], at=NOON)
    one = actions.judge_deliverable(
        one, done=False, comment="No chapter 3.", version=one.version, by=people["officer"], at=NOON
    )
    assert one.state == Deliverable.State.NOT_DONE
    by_admin = actions.deliver(one, uploads=[pdf("more.pdf")], version=one.version, by=people["admin"], at=NOON)
    with pytest.raises(Refused, match="Another person"):
        actions.judge_deliverable(by_admin, done=True, version=by_admin.version, by=people["admin"], at=NOON)


def test_what_is_done_stays_done(grant, people):
    one = done(planned(grant, people["officer"]), people)
    score = actions.assess(grant.project, score=Decimal(80), by=people["officer"], at=NOON)
    with pytest.raises(Refused, match="not possible"):
        delivered(one, people["coordinator"])
    for rows, new in ((Deliverable.objects.filter(pk=one.pk), {"state": "planned"}), (one.moves, {"comment": "x"}),
                      (type(score).objects.filter(pk=score.pk), {"score": 1})):  # fmt: skip
        with pytest.raises(DatabaseError, match="final"), transaction.atomic():
            rows.update(**new)


def test_only_a_lump_sum_line_of_the_contract_in_force_promises_something(grant, people):
    factories.BudgetLineFactory(contract=grant, code="9", form="real", total=NOTHING)
    for code in ("9", "none"):
        with pytest.raises(Refused, match="lump-sum line"):
            planned(grant, people["officer"], line=code)
    one = planned(grant, people["officer"])
    actions.drop_deliverable(one, version=one.version, by=people["officer"], at=NOON)
    assert not Deliverable.objects.exists()


def test_shares_make_the_grant_and_management_stays_below_its_share(grant, people):
    for code in SHARES:
        planned(grant, people["officer"], line=code)
    assert list(lumps.problems(grant)) == []  # 50 000 of 250 000 are 20 %
    grant.budget_lines.filter(code="WP1").update(total=Decimal("50000.01"))
    found = list(lumps.problems(grant))
    assert len(found) == 2
    assert "€250,000.01" in found[0]
    assert "€50,000.01" in found[1]
    assert "at most €50,000.00" in found[1]
    assert grant.budget_lines.get(code="WP1").total == Decimal("50000.01")  # told, never corrected


@pytest.mark.parametrize(
    ("shares", "amounts"),
    [
        ("80/20", ["200000.00", "50000.00"]),
        ("40/40/20", ["100000.00", "100000.00", "50000.00"]),
        ("33/33/34", ["82500.00", "82500.00", "85000.00"]),
        ("", []),
    ],
)
def test_instalments_of_a_grant(grant, shares, amounts):
    grant.instalments = shares
    assert [str(each.amount) for each in lumps.plan_of(grant)] == amounts
    assert [each.balance for each in lumps.plan_of(grant)][-1:] == [True] * bool(amounts)


def test_the_balance_of_an_odd_grant_takes_the_rest():
    odd = ContractVersion(total=Decimal("100.03"), instalments="40/40/20")
    assert [str(each.amount) for each in lumps.plan_of(odd)] == ["40.01", "40.01", "20.01"]


@pytest.mark.parametrize("wrong", ["80/30", "80-20", "0/100", "101", "80/20/", "²0/80", "9" * 30])
def test_shares_that_are_none_are_refused(wrong):
    with pytest.raises(ValidationError):
        instalments(wrong)


@pytest.mark.parametrize(
    ("score", "percent", "due", "balance"),
    [
        ("70", "0", "250000.00", "60000.00"),
        ("69.99", "10", "225000.00", "35000.00"),
        ("55", "10", "225000.00", "35000.00"),
        ("54", "40", "150000.00", "-40000.00"),
        ("39", "70", "75000.00", "-115000.00"),
    ],
)
def test_a_low_score_lowers_the_grant(grant, people, score, percent, due, balance):
    """200 000 was agreed as pre-financing; what counts is what was paid: 200 000 less 10 000 that came back."""
    today = NOON.date()
    for kind, amount, on in (("advance", 200_000, today), ("recovery", -10_000, today),
                             ("interim", 7, today + timedelta(days=1))):  # fmt: skip
        Payment.objects.create(project=grant.project, kind=kind, amount=amount, paid_on=on)
    for code in SHARES:
        done(planned(grant, people["officer"], line=code), people)
    actions.assess(grant.project, score=Decimal(score), by=people["officer"], at=NOON)
    found = lumps.settled(grant, today)
    assert found.paid == 190_000
    assert (found.percent, found.due, found.balance) == (Decimal(percent), Decimal(due), Decimal(balance))
    assert lumps.report_due(grant) == date(2029, 2, 7)  # 60 days after 9 December 2028
    with pytest.raises(Refused, match="why it changes"):
        actions.assess(grant.project, score=Decimal(90), by=people["officer"], at=NOON)


def test_an_amendment_does_not_take_the_line_of_a_deliverable(grant, people):
    planned(grant, people["officer"])
    wish = actions.begin_amendment(grant.project, because="Less work.", by=people["finance"], at=NOON)
    row = wish.draft["lines"]["WP2"]
    wish = actions.change_amendment(
        wish, part="lines", ref="WP2", row=None, was=seen(row), by=people["finance"], at=NOON
    )
    texts = [each.text for each in consequences.all_of(wish, NOON.date()) if each.stops]
    assert "Line WP2 is taken out, and 1 deliverable belongs to it." in texts


# --- pages -----------------------------------------------------------------------------------------------------------


def said(answer) -> str:
    return " ".join(answer.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ").split())


def test_a_deliverable_on_the_pages(client, grant, people):
    number = grant.project.number
    packages, plan = (
        reverse("reports:project_packages", args=[number]),
        reverse("budgets:deliverable_new", args=[number]),
    )
    client.force_login(people["officer"])
    Payment.objects.create(project=grant.project, kind="advance", amount=Decimal("100000.01"), paid_on=NOON.date())
    facts = {"version": 0, "line": "WP2", "name_bg": "Наръчник", "name_en": "Handbook", "due_on": "31.8.2026"}
    assert client.post(plan, facts | {"line": "WP9"}).status_code == 422
    assert "The deliverable is planned." in said(client.post(plan, facts, follow=True))
    one = Deliverable.objects.get()
    assert (one.name, one.due_on) == ({"bg": "Наръчник", "en": "Handbook"}, DUE)
    url = reverse("budgets:deliverable", args=[one.key])
    changed = facts | {"version": 1, "due_on": "30.9.2026"}
    assert "The plan is changed." in said(client.post(f"{url}plan/", changed, follow=True))
    assert "while you were working" in said(client.post(f"{url}plan/", changed))

    client.force_login(people["coordinator"])
    assert "Add a file that proves it." in said(client.post(url, {"version": 2}))
    delivered_page = said(client.post(url, {"version": 2, "upload": pdf()}, follow=True))
    assert "Delivered, not decided" in delivered_page
    assert "handbook.pdf" in delivered_page
    assert "released so far" not in said(client.get(packages))  # amounts are for those who see the money

    client.force_login(people["officer"])
    assert "what is missing" in said(client.post(url, {"version": 3, "done": "no"}))
    assert "Overdue" not in said(client.get(packages))
    assert "Done" in said(client.post(url, {"version": 3, "done": "yes"}, follow=True))
    assert "Lump sum €45,000.00, released so far €45,000.00" in said(client.get(packages))
    page = said(client.post(reverse("budgets:score_new", args=[number]), {"score": "54"}, follow=True))
    assert "The grant is lowered by 40%." in page
    for words in (
        "Pre-financing</th>",
        "€200,000.00",
        "Lowered by the score, 40.00%",
        "Paid so far</dt><dd>€100,000.01",
        "−€73,000.01",
        "paid back",
    ):
        assert words in page, words
