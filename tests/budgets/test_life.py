"""The life of one project from its contract to the final payment, held against a ledger that was kept by hand.

After each stage the amounts of the claims, in all and by source, are the same in five places: in the ledger, in the
sums of the facts, in the roll-up of the project, on the page of the claim, and in the API.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from budgets import actions
from budgets.checks import claims as checks
from budgets.figures import execution, rollup
from budgets.models import BudgetLine, Claim, LineFact, Payment
from core.actions import make_token
from core.models import Code, User
from core.money import NOTHING
from projects.models import Call, Project
from tests import factories
from tests.budgets.conftest import DECLARED, PERIOD, cost, send
from tests.budgets.test_amendments import approve, shift
from tests.conftest import NOON

AMOUNTS = ("total", "eu_part", "national_part", "own_part")
NIL = (NOTHING,) * 4
NO_STEPS = dict.fromkeys(LineFact.Step.values, NIL)
MAY, JUNE, JULY = (datetime(2026, month, 20, 12, 0, tzinfo=UTC) for month in (5, 6, 7))

# What each stage writes, by number of the claim and step: total = EU + national + own part. Of an amount the EU part is
# 85/100 rounded down, the own part 5/15 of the rest rounded down, the national part what is left. Steps that a stage
# does not name stay as they were, for every claim.
LEDGER = {
    # 20 000 of public money, 85 : 10. EU 20 000 × 85/95 = 17 894.736…
    "advance accepted": {1: {"declared": "20000.00 = 17894.73 + 2105.27 + 0",
                             "verified": "20000.00 = 17894.73 + 2105.27 + 0"}},
    "advance paid": {1: {"paid": "20000.00 = 17894.73 + 2105.27 + 0"}},
    "amended": {},
    # 4 000.01 = 3 400.00 + 400.01 + 200.00 (EU 3 400.0085; own 600.01/3 = 200.003…)
    # 3 000.00 = 2 550.00 + 300.00 + 150.00;   1 000.00 = 850 + 100 + 50;   2 000.00 = 1 700 + 200 + 100
    "claim 2 sent": {2: {"declared": "10000.01 = 8500.00 + 1000.01 + 500.00"}},
    "claim 2 proposed": {2: {}},
    # 4 000.01 accepted; 3 000.00 reduced to 2 500.50 = 2 125.42 + 250.06 + 125.02 (EU 2 125.425; own 375.08/3 =
    # 125.026…); 1 000.00 refused; 2 000.00 asked about and put off
    "claim 2 accepted": {2: {"verified": "6500.51 = 5525.42 + 650.07 + 325.02",
                             "released": "2000.00 = 1700.00 + 200.00 + 100.00"}},
    "claim 2 reopened": {2: {}},
    # 2 500.50 becomes 2 700.00 = 2 295.00 + 270.00 + 135.00: 199.50 more
    "claim 2 accepted again": {2: {"verified": "6700.01 = 5695.00 + 670.01 + 335.00"}},
    # Public 3 800.01 + 2 565.00 = 6 365.01. 30 % of it = 1 909.503: 1 909.50 is settled, on the first line; as the
    # advance is split, EU 1 909.50 × 17 894.73 / 20 000 = 1 708.499….
    # Paid in two payments: 6 365.01 − 1 909.50 = 4 455.51; EU 5 695.00 − 1 708.49, national 670.01 − 201.01
    "claim 2 paid": {1: {"settled": "-1909.50 = -1708.49 + -201.01 + 0"},
                     2: {"settled": "1909.50 = 1708.49 + 201.01 + 0", "paid": "4455.51 = 3986.51 + 469.00 + 0"}},
    # 2 000.00 returns: 1 700 + 200 + 100.   38 999.99 = 33 149.99 + 3 900.00 + 1 950.00 (EU 33 149.9915; own 5 850/3)
    # 33.37 = 28.36 + 3.34 + 1.67 (EU 28.3645; own 5.01/3)
    "claim 3 accepted": {3: {"declared": "41033.36 = 34878.35 + 4103.34 + 2051.67",
                             "verified": "41033.36 = 34878.35 + 4103.34 + 2051.67"}},
    # Public 1 900.00 + 37 049.99 + 31.70 = 38 981.69; 30 % = 11 694.507. Settled as what is left of the advance is
    # split, 18 090.50 = 16 186.24 + 1 904.26: EU 11 694.50 × 16 186.24 / 18 090.50 = 10 463.502….
    # Paid 38 981.69 − 11 694.50 = 27 287.19; EU 34 878.35 − 10 463.50, national 4 103.34 − 1 231.00
    "claim 3 paid": {1: {"settled": "-13604.00 = -12171.99 + -1432.01 + 0"},
                     3: {"settled": "11694.50 = 10463.50 + 1231.00 + 0", "paid": "27287.19 = 24414.85 + 2872.34 + 0"}},
    # 400.00 of the 4 000.01: EU 400 × 3 400.00 / 4 000.01 = 339.999…; own 60.01 × 200.00 / 600.01 = 20.003…
    "claim 2 corrected": {2: {"corrected": "400.00 = 339.99 + 40.01 + 20.00"}},
    "claim 2 recovered": {2: {"recovered": "380.00 = 339.99 + 40.01 + 0"}},  # all but the own part
    # 6 700.01 − 400.00, and all of claim 3; an advance is no cost
    "certified": {2: {"certified": "6300.01 = 5355.01 + 630.00 + 315.00"},
                  3: {"certified": "41033.36 = 34878.35 + 4103.34 + 2051.67"}},
    "claim 3 corrected": {3: {"corrected": "33.37 = 28.36 + 3.34 + 1.67"}},  # the third line, whole
    "final accepted": {4: {"declared": "10000.00 = 8500.00 + 1000.00 + 500.00",
                           "verified": "10000.00 = 8500.00 + 1000.00 + 500.00"}},
    # All that is left of the advance, 20 000 − 13 604 = 6 396.00 = 5 722.74 + 673.26, is settled against 9 500.00 =
    # 8 500 + 1 000, source by source. The rest is paid: 3 104.00 = 2 777.26 + 326.74, of it
    # 31.70 = 28.36 + 3.34 with what was paid too much for claim 3, and 3 072.30 in money.
    "final paid": {1: {"settled": "-20000.00 = -17894.73 + -2105.27 + 0"},
                   3: {"paid": "27255.49 = 24386.49 + 2869.00 + 0"},
                   4: {"settled": "6396.00 = 5722.74 + 673.26 + 0", "paid": "3104.00 = 2777.26 + 326.74 + 0"}},
    "certified again": {3: {"withdrawn": "33.37 = 28.36 + 3.34 + 1.67"},
                        4: {"certified": "10000.00 = 8500.00 + 1000.00 + 500.00"}},
}  # fmt: skip
END = "certified again"
COLUMNS = ("claim_number", "total", *(f"eur_{name}" for name in AMOUNTS), "public_contribution")
MACHINE = str.maketrans("\u2212", "-", "€,")  # from an amount as the page writes it
ROW = re.compile(r'<tr><th scope="row">([^<]+)</th>((?:<td class="num">[^<]+</td>){4})</tr>')


def read(entry: str) -> tuple[Decimal, ...]:
    total, *parts = (Decimal(amount) for amount in re.split(r" [=+] ", entry))
    assert total == sum(parts), f"the ledger itself is wrong: {entry}"
    return (total, *parts)


def less(*amounts: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
    return tuple(first - sum(others) for first, *others in zip(*amounts, strict=True))


@dataclass
class Life:
    """The project, who works on it, and what the ledger says so far."""

    project: Project
    finance: User
    officer: User
    second: User
    client: Client
    token: str
    book: dict[int, dict[str, tuple[Decimal, ...]]] = field(default_factory=dict)
    facts: list[tuple[Any, ...]] = field(default_factory=list)

    def claim(self, number: int) -> Claim:
        return Claim.objects.get(project=self.project, number=number)

    def prepared(self, kind: str, days: tuple[str, str], at: datetime, costs: Any = (), advance: Any = None) -> Claim:
        facts = {"kind": kind, "advance": advance} | dict(zip(PERIOD, map(date.fromisoformat, days), strict=True))
        claim = actions.start_claim(self.project, **facts, by=self.finance, at=at)
        if costs:
            claim = actions.choose_costs(claim, costs=costs, version=claim.version, by=self.finance, at=at)
        return self.saved(claim, at)

    def saved(self, claim: Claim, at: datetime) -> Claim:
        facts = {"version": claim.version, "results": "Two clubs ran.", "declarations": DECLARED}
        return actions.change_claim(claim, **facts, by=self.finance, at=at)

    def send(self, claim: Claim, at: datetime) -> Claim:
        return actions.take_up(send(claim, self.finance, at), by=self.officer, at=at)

    def finish(self, claim: Claim, at: datetime) -> None:
        actions.accept_lines(claim, lines=claim.lines.values_list("pk", flat=True), by=self.officer, at=at)
        actions.confirm(actions.propose(claim, by=self.officer, at=at), by=self.second, at=at)

    def decide(self, number: int, verdict: str, seen: int = 0, **more: Any) -> None:
        facts = {"verdict": verdict, "seen": seen, "comment": "See the contract."} | more
        actions.decide(self.claim(2).lines.get(number=number), **facts, by=self.officer, at=NOON)

    def pay(self, number: int, at: datetime, amount: str, act: Any = actions.pay) -> None:
        act(self.claim(number), amount=Decimal(amount), currency="EUR", paid_on=at.date(), by=self.officer, at=at)

    def correct(self, number: int, line: int, amount: str, way: str) -> None:
        facts = {"kind": "irregularity", "error": "procurement", "found_by": "audit", "found_on": JUNE.date(),
                 "because": "No offers were compared.", "way": way, "amounts": {line: Decimal(amount)}}  # fmt: skip
        actions.correct_claim(self.claim(number), **facts, by=self.officer, at=JUNE)

    def certify(self, at: datetime, *expected: str) -> None:
        """Drawn up by one, sent by a second person, and read as CSV."""
        draft = actions.draft_application(self.project.programme, entered_on=at.date(), by=self.officer, at=at)
        sent = actions.send_application(draft, by=self.second, at=at)
        self.client.force_login(self.second)
        content = self.client.get(reverse("budgets:application_csv", args=[sent.key])).getvalue().decode("utf-8-sig")
        rows = csv.DictReader(content.splitlines())
        assert tuple(" ".join(row[name] for name in COLUMNS) for row in rows) == expected

    def ledger_is(self, stage: str) -> None:
        """Each amount of each claim is the one of the ledger; no fact of before has changed. Pages and API are read
        of the claims that the stage names, and of all at the end."""
        for number, steps in LEDGER[stage].items():
            told = {step: read(entry) for step, entry in steps.items()}
            self.book[number] = NO_STEPS | self.book.get(number, {}) | told
        before, self.facts = self.facts, list(LineFact.objects.order_by("pk").values_list())
        assert self.facts[: len(before)] == before, stage
        claims = {claim.number: claim for claim in Claim.objects.filter(received_on__isnull=False)}
        assert set(claims) == set(self.book), stage
        for number, claim in claims.items():
            where = f"{stage}: claim {number}"
            assert self.of_facts(claim) == self.book[number], where
            if number in LEDGER[stage] or stage == END:
                assert self.of_api(claim) == self.book[number], where
                self.page_is(claim, self.book[number], where)
        self.roll_up_is(claims, stage)

    def of_facts(self, claim: Claim) -> dict[str, tuple[Decimal, ...]]:
        rows = LineFact.objects.filter(line__claim=claim).order_by().values_list("step")
        return NO_STEPS | {step: tuple(amounts) for step, *amounts in rows.annotate(*(Sum(n) for n in AMOUNTS))}

    def of_api(self, claim: Claim) -> dict[str, tuple[Decimal, ...]]:
        answer = self.client.get(f"/api/v1/claims/{claim.key}/", headers={"authorization": f"Bearer {self.token}"})
        return {row["step"]: tuple(Decimal(row[name]) for name in AMOUNTS) for row in answer.json()["amounts"]}

    def page_is(self, claim: Claim, of: dict[str, tuple[Decimal, ...]], where: str) -> None:
        self.client.force_login(self.officer)
        content = self.client.get(reverse("budgets:claim", args=[claim.key])).content.decode()
        rows = [(label, re.findall(r">([^<]+)</td>", cells)) for label, cells in ROW.findall(content)]
        shown = {label: tuple(Decimal(amount.translate(MACHINE)) for amount in amounts) for label, amounts in rows}
        wanted = {"Claimed": of["declared"], "Returns in a later claim": of["released"], "Eligible": of["verified"]}
        if claim.state == Claim.State.ACCEPTED:
            wanted |= {
                "Not eligible": less(of["declared"], of["released"], of["verified"]),
                "Approved": less(of["verified"], of["corrected"]), "Corrected": of["corrected"], "Paid": of["paid"],
                "Settled by the advance": of["settled"], "Recovered": of["recovered"],
                "Certified": less(of["certified"], of["withdrawn"]),
            }  # fmt: skip
        assert dict.fromkeys(wanted, NIL) | shown == wanted, where  # rows without an amount are left out

    def roll_up_is(self, claims: dict[int, Claim], stage: str) -> None:
        def whole(step: str, numbers: Any) -> Decimal:
            return sum((self.book[number][step][0] for number in numbers), NOTHING)

        costs = [number for number in claims if number > 1]  # claim 1 is the advance
        ended = [number for number in costs if claims[number].state == Claim.State.ACCEPTED]
        project = Project.objects.prefetch_related("contracts").get(pk=self.project.pk)
        assert rollup.of_projects([project], JULY.date())[project.pk] == rollup.Row(
            contracted=Decimal(100_000), claimed=whole("declared", costs) - whole("released", costs),
            verified=whole("verified", ended), corrected=whole("corrected", costs),
            certified=whole("certified", costs) - whole("withdrawn", costs),
            paid=whole("paid", claims) - whole("recovered", claims),
        ), stage  # fmt: skip

    def execution_is(self) -> None:
        """Line 1.1, the clubs, is of a cost category, line 1.2, the trips, of none. Verified of the clubs: 4 000.01 and
        2 700.00 of claim 2, 33.37 of claim 3, the final 10 000.00; paid without the own part, less what came back:
        3 800.01 − 380.00 + 2 565.00 + 31.70 − 31.70 + 9 500.00. In May the advance still holds 6 396.00."""
        project = Project.objects.prefetch_related("contracts").get(pk=self.project.pk)
        staff = Code.objects.of("cost_categories").get(code="staff").pk

        def by(dimension: str, at: datetime) -> dict[Any, list[Decimal]]:
            found = execution.execution([project], at.date(), "Europe/Sofia").by[dimension]
            return {key: [getattr(row, step) for step in execution.STEPS] for key, row in found.items()}

        def rows(**told: str) -> dict[Any, list[Decimal]]:
            return {staff if key == "staff" else None: list(map(Decimal, row.split())) for key, row in told.items()}

        assert by("category", JULY) == rows(
            staff="50000 17033.38 16733.38 433.37 16300.01 15485.01", none="50000 41999.99 40999.99 0 40999.99 38949.99"
        )
        assert by("category", MAY) == rows(
            staff="50000 7033.38 6733.38 0 0 6396.71", none="50000 41999.99 40999.99 0 0 45345.99"
        )
        of = {step: [sum(self.book[n][step][i] for n in (2, 3, 4)) for i in range(4)] for step in NO_STEPS}
        money = [sum(p[i] for n in self.book for p in [less(self.book[n]["paid"], self.book[n]["recovered"])])
                 for i in range(4)]  # fmt: skip
        assert by("source", JULY) == {
            name: [Decimal(planned), of["declared"][i] - of["released"][i], of["verified"][i], of["corrected"][i],
                   of["certified"][i] - of["withdrawn"][i], money[i]]
            for i, (name, planned) in enumerate(zip(AMOUNTS, (0, 85_000, 10_000, 5_000), strict=True)) if i
        }  # fmt: skip


@pytest.fixture
def life(project, people, second, client):
    """100 000 = 85 000 + 10 000 + 5 000, on line 1.1 with 60 000 and 1.2 with 40 000; 30 % of a claim is settled."""
    contract = project.contracts.get()
    staff = Code.objects.of("cost_categories").get(code="staff")
    for code, total, category in (("1.1", "60000.00", staff), ("1.2", "40000.00", None)):
        parts = actions.parts_of(Decimal(total), {name: getattr(contract, name) for name in AMOUNTS[1:]})
        facts = parts | {"total": Decimal(total), "category": category, "form": "real"}
        factories.BudgetLineFactory(contract=contract, code=code, **facts)
    project.call = Call.objects.create(programme=project.programme, code="C1", name={"en": "Call"}, settled_share=30)
    project.save()
    at, officer = now(), people["officer"]
    token = {"user": officer, "name": "life", "scopes": ["money"], "expires_at": at + timedelta(days=1)}
    return Life(project, people["finance"], officer, second, client, make_token(**token, by=officer, at=at)[1])


def test_the_life_of_a_project_is_the_one_of_its_ledger(life):
    clubs, trips = BudgetLine.objects.filter(contract__project=life.project).order_by("code")

    advance = life.prepared("advance", ("2026-01-01", "2026-02-28"), NOON, advance=Decimal(20000))
    life.finish(life.send(advance, NOON), NOON)
    life.ledger_is("advance accepted")
    life.pay(1, NOON, "20000.00")
    life.ledger_is("advance paid")

    amendment = actions.begin_amendment(life.project, because="More clubs", by=life.finance, at=NOON)
    shift(amendment, "10000", life.finance)
    actions.send_amendment(amendment, by=life.finance, at=NOON)
    approve(amendment, life.officer, day=date(2026, 4, 1))
    lines = BudgetLine.objects.filter(contract__project=life.project).order_by("contract__version", "code")
    assert [line.total for line in lines] == [60_000, 40_000, 50_000, 50_000]
    life.ledger_is("amended")

    costs = [cost(clubs, "4000.01"), cost(clubs, "3000.00"), cost(trips, "1000.00"), cost(trips, "2000.00")]
    claim = life.send(life.prepared("interim", ("2026-01-01", "2026-02-28"), NOON, costs), NOON)
    life.ledger_is("claim 2 sent")
    life.decide(1, "accept", comment="")
    life.decide(2, "reduce", total=Decimal("2500.50"), error="budget")
    life.decide(3, "refuse", error="evidence")
    life.decide(4, "ask")
    claim = actions.propose(claim, by=life.officer, at=NOON)
    life.ledger_is("claim 2 proposed")
    actions.confirm(claim, by=life.second, at=NOON)
    life.ledger_is("claim 2 accepted")
    claim = actions.reopen(claim, comment="A receipt was overlooked.", by=life.officer, at=NOON)
    life.decide(2, "reduce", seen=1, total=Decimal("2700.00"), error="budget")
    life.ledger_is("claim 2 reopened")
    life.finish(claim, NOON)
    life.ledger_is("claim 2 accepted again")
    life.pay(2, NOON, "1000.00")
    life.pay(2, NOON, "3455.51")
    life.ledger_is("claim 2 paid")

    march = NOON + timedelta(days=15)  # the 31st: 2 000.00 + 38 999.99 are too much for line 1.2 with 40 000.00
    costs = [costs[3], cost(trips, "38999.99"), cost(clubs, "33.37")]
    claim = life.prepared("interim", ("2026-03-01", "2026-04-30"), march, costs)
    assert "line" in {each.check for each in checks.findings(claim, march.date())}
    claim = life.saved(claim, MAY)  # but fit into its 50 000.00, in force since 1 April
    life.finish(life.send(claim, MAY), MAY)
    life.ledger_is("claim 3 accepted")
    life.pay(3, MAY, "27287.19")
    life.ledger_is("claim 3 paid")

    life.correct(2, line=1, amount="400.00", way="recovery")
    life.ledger_is("claim 2 corrected")
    life.pay(2, JUNE, "380.00", act=actions.recover)
    life.ledger_is("claim 2 recovered")
    two, three = "6300.01 6300.01 5355.01 630.00 315.00 5985.01", "41033.36 41033.36 34878.35 4103.34 2051.67 38981.69"
    life.certify(JUNE, f"2 {two}", f"3 {three}")
    life.ledger_is("certified")

    life.correct(3, line=3, amount="33.37", way="later")
    life.ledger_is("claim 3 corrected")
    final = life.prepared("final", ("2026-05-01", "2026-06-30"), JULY, [cost(clubs, "10000.00")])
    life.finish(life.send(final, JULY), JULY)
    life.ledger_is("final accepted")
    life.pay(4, JULY, "3072.30")
    life.ledger_is("final paid")
    back, four = "-33.37 -33.37 -28.36 -3.34 -1.67 -31.70", "10000.00 10000.00 8500.00 1000.00 500.00 9500.00"
    life.certify(JULY, f"3 {back}", f"4 {four}")
    life.ledger_is(END)
    life.execution_is()
    # The public part of what stayed approved, 5 985.01 + 38 949.99 + 9 500.00, was paid to the cent, and certified.
    assert sum(payment.amount for payment in Payment.objects.all()) == Decimal("54435.00")
