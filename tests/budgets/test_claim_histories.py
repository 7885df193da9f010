"""Random histories of several claims of one project: whatever is done in whatever order, the figures hold.

The table `budgets.models.deeds` says what may be done in which state; here everything else is refused, nothing but
what it names is written, and no figure changes that a later claim, payment, correction or application used.
"""

from __future__ import annotations

import contextlib
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Count, Sum
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from budgets import actions
from budgets.checks import claims as checks
from budgets.figures import rollup, settlement
from budgets.models import ApplicationEntry, Claim, ClaimLine, Correction, LineFact, Payment, PaymentApplication
from budgets.models.deeds import DEEDS
from core.access import Refused
from core.money import cents
from projects.models import Project
from tests.budgets.conftest import PERIOD, cost, decide, drafted, send
from tests.conftest import NOON

AMOUNTS = ("total", "eu_part", "national_part", "own_part")
LATER = NOON + timedelta(days=3)
AT_LARGE = {"turn_correction", "send_application", "cancel_payment"}  # about something else than the claim
TABLE = {deed.action: deed for deed in DEEDS}


def test_the_table_and_the_moves_of_the_model_are_the_same():
    told = {(before, deed.after) for deed in DEEDS if deed.after for before in deed.before}
    assert told == set(Claim.MOVES)
    assert all(Claim.MOVES[before, d.after] == d.needs for d in DEEDS if d.after for before in d.before)
    written = {step for deed in DEEDS for step in deed.writes}
    assert written == set(LineFact.Step)


class Histories(RuleBasedStateMachine):
    project, line, school, officer, second = None, None, None, None, None

    @initialize()
    def begin(self):
        self.world = transaction.atomic()
        self.world.__enter__()
        self.used: dict[int, list] = {}
        self.sent: dict[int, tuple] = {}

    def teardown(self):
        if hasattr(self, "world"):
            transaction.set_rollback(True)
            self.world.__exit__(None, None, None)

    # --- what is done --------------------------------------------------------------------------------------------

    def claims(self) -> list[Claim]:
        return list(Claim.objects.filter(project=self.project).order_by("number"))

    @precondition(lambda self: not any(c.state in Claim.EDITED for c in self.claims()))
    @rule(
        totals=st.lists(st.integers(1, 30_000), min_size=1, max_size=3),
        back=st.booleans(),
        ahead=st.booleans(),
        ready=st.booleans(),
    )
    def new_claim(self, totals, back, ahead, ready):
        """A claim over new costs and those that came back, one of them half taken back; or an advance."""
        if ahead and not self.claims():
            claim = actions.start_claim(
                self.project, kind="advance", advance=Decimal(totals[0]), **PERIOD, by=self.school, at=NOON
            )
            actions.change_claim(claim, version=1, declarations=["true", "once", "kept"], by=self.school, at=NOON)
            self.carry(ready)
            return
        for total in totals:
            cost(self.line, Decimal(total).scaleb(-2))
        if back and totals[0] > 1:
            last = self.project.reported_costs.filter(corrects=None).order_by("-pk")[0]
            actions.correct_cost(last, total=cents(last.total / 2), because="Half.", by=self.school, at=NOON)
        free = list(checks.unclaimed(self.project, PERIOD["to_on"]))
        drafted(self.project, free, self.school)
        self.carry(ready)

    def carry(self, ready):
        """The newest claim goes straight to its end where it is `ready`, so that histories come further."""
        names = ["send_claim", "take_up", "decide", "propose", "confirm"] if ready else []
        with contextlib.suppress(Refused), transaction.atomic():
            for name in names:
                self.doings()[name](self.claims()[-1], Decimal(1), "later")

    @precondition(lambda self: self.claims())
    @rule(data=st.data(), share=st.integers(1, 100), way=st.sampled_from(["later", "recovery"]))
    def act(self, data, share, way):
        """Something that the table allows for one of the claims; a rule may stand against it all the same."""
        claim = data.draw(st.sampled_from(self.claims()))
        names = [deed.action for deed in DEEDS if claim.state in deed.before and deed.action in self.doings()]
        if not names:
            return
        name = data.draw(st.sampled_from(names))
        before, facts = claim.state, LineFact.objects.count()
        last = LineFact.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        try:
            with transaction.atomic():
                self.doings()[name](claim, Decimal(share) / 100, way)
        except Refused:
            assert (Claim.objects.get(pk=claim.pk).state, LineFact.objects.count()) == (before, facts)
            return
        deed = TABLE[name]
        assert Claim.objects.get(pk=claim.pk).state == (deed.after or before)
        new = LineFact.objects.filter(pk__gt=last)
        assert set(new.values_list("step", flat=True)) <= set(deed.writes), name
        if name == "pay":
            paid = set(new.filter(step="paid", total__gt=0).values_list("line", flat=True))
            assert all(x.due.total >= 0 for x in settlement.lines_of_claims([claim.pk]) if x.line in paid)

    @precondition(lambda self: self.claims())
    @rule(data=st.data())
    def act_in_a_wrong_state(self, data):
        claim = data.draw(st.sampled_from(self.claims()))
        names = [d.action for d in DEEDS if claim.state not in d.before and d.action in self.doings()]
        name = data.draw(st.sampled_from(sorted(set(names) - AT_LARGE)))
        with pytest.raises(Refused), transaction.atomic():
            self.doings()[name](claim, Decimal(1), "later")

    def doings(self):
        who = {"by": self.officer, "at": LATER}
        words = {**who, "comment": "Because."}
        return {
            "send_claim": lambda c, *_: send(c, self.school),
            "take_up": lambda c, *_: actions.take_up(c, **who),
            "decide": self.decide_lines,
            "return_claim": lambda c, *_: actions.return_claim(c, **words),
            "reject_claim": lambda c, *_: actions.reject_claim(c, **words),
            "propose": lambda c, *_: actions.propose(c, **who),
            "send_back": lambda c, *_: actions.send_back(c, **words),
            "confirm": lambda c, *_: actions.confirm(c, by=self.second, at=LATER),
            "reopen": lambda c, *_: actions.reopen(c, **words),
            "pay": self.pay, "recover": self.recover, "cancel_payment": self.cancel,
            "correct_claim": self.correct, "turn_correction": self.drop,
            "send_application": self.certify,
        }  # fmt: skip

    def decide_lines(self, claim, share, way):
        verdict = {"later": "reduce", "recovery": "ask"}[way] if share < 1 else "accept"
        for line in claim.lines.held():
            newest = line.decisions.order_by("-position").first()
            declared = line.facts.filter(step="declared").aggregate(s=Sum("total"))["s"] or Decimal(0)
            total = cents(declared * share)
            this = "accept" if declared < 0 or not 0 < total < declared else verdict
            decide(line, self.officer, this, seen=newest.position if newest else 0, total=total)

    def pay(self, claim, share, way):
        amount = cents(actions.plan_of(claim).to_pay * share)
        actions.pay(claim, amount=amount, currency="EUR", paid_on=LATER.date(), by=self.officer, at=LATER)

    def recover(self, claim, share, way):
        found = settlement.of_claims(settlement.lines_of_claims([claim.pk])).get(claim.pk)
        owed = found.debt + found.lowers if found else Decimal(1)
        actions.recover(
            claim, amount=cents(owed * share), currency="EUR", paid_on=LATER.date(), by=self.officer, at=LATER
        )

    def cancel(self, claim, share, way):
        payment = claim.payments.filter(reverses=None, reversed_by=None).order_by("-pk" if share < 1 else "pk").first()
        if payment is None:
            raise Refused("There is none.")
        actions.cancel_payment(payment, because="Mistyped.", by=self.officer, at=LATER)

    def correct(self, claim, share, way):
        lines = settlement.lines_of_claims([claim.pk])
        amounts = {line.number: cents(line.approved.total * share) for line in lines if not line.is_advance}
        actions.correct_claim(
            claim, amounts={n: a for n, a in amounts.items() if a > 0}, kind="irregularity", error="other",
            found_by="audit", found_on=LATER.date(), way=way, because="Found.", by=self.officer, at=LATER,
        )  # fmt: skip

    def drop(self, claim, share, way):
        found = Correction.objects.filter(claim=claim).first()
        if found is None:
            raise Refused("There is none.")
        actions.turn_correction(found, state="dropped", kind="none", note="Unfounded.", by=self.officer, at=LATER)

    def certify(self, claim, share, way):
        draft = actions.draft_application(self.project.programme, entered_on=LATER.date(), by=self.officer, at=LATER)
        actions.send_application(draft, by=self.second, at=LATER)

    # --- what always holds -----------------------------------------------------------------------------------------

    @invariant()
    def figures_hold(self):
        if not hasattr(self, "world"):
            return
        lines = settlement.lines_of_project(self.project.pk)
        for line in lines:
            for split in (*line.steps.values(), line.approved, line.covered, line.due):
                assert split.total == split.eu_part + split.national_part + split.own_part
            for a, b in zip(line.of("verified").amounts, line.of("declared").amounts, strict=True):
                assert abs(a) <= abs(b)
            certified = line.of("certified") - line.of("withdrawn")
            for name in AMOUNTS:
                assert abs(certified.by_name[name]) <= abs(line.of("verified").by_name[name])
                assert abs(line.of("corrected").by_name[name]) <= abs(line.of("verified").by_name[name])
                kept = line.covered.by_name[name]
                assert abs(kept) <= abs(line.of("verified").by_name[name])
            assert line.of("paid").total * line.of("verified").total >= 0
            assert line.unsettled.total >= 0
        whole = settlement.whole(lines, lambda line: line.of("paid")).total
        back = settlement.whole(lines, lambda line: line.of("recovered")).total
        assert whole - back == (Payment.objects.aggregate(s=Sum("amount"))["s"] or 0)
        assert settlement.whole(lines, lambda line: line.of("settled")).total == 0
        self.totals_agree()
        held = ClaimLine.objects.held().exclude(cost=None).values("cost").annotate(n=Count("pk"))
        assert not held.filter(n__gt=1).exists()

    def totals_agree(self):
        """Line, claim, project and programme say the same."""
        projects = list(Project.objects.filter(pk=self.project.pk).prefetch_related("contracts"))
        row = rollup.of_projects(projects, LATER.date())[self.project.pk]
        by_claim = {c.pk: checks.sums(c) for c in self.claims()}
        costs = [c for c in self.claims() if c.kind != "advance"]
        accepted = [by_claim[c.pk]["verified"]["total"] for c in costs if c.state == "accepted"]
        open_ones = [c for c in costs if c.state not in ("draft", "rejected")]
        claimed = sum(by_claim[c.pk]["declared"]["total"] - by_claim[c.pk]["released"]["total"] for c in open_ones)
        assert (row.verified, row.claimed) == (sum(accepted), claimed)
        assert row.certified == (ApplicationEntry.objects.aggregate(s=Sum("eur_total"))["s"] or 0)
        for entry in ApplicationEntry.objects.all():
            facts = dict(entry.facts.values_list("step").annotate(s=Sum("total")))
            assert entry.total == facts.get("certified", 0) - facts.get("withdrawn", 0)
        assert row.claimed <= self.line.total

    @invariant()
    def what_was_used_stays(self):
        if not hasattr(self, "world"):
            return
        claims = self.claims()
        for claim in claims:
            facts = LineFact.objects.filter(line__claim=claim)
            if claim.state == "accepted" and (
                facts.filter(step__in=LineFact.AFTER).exists()
                or any(c.number > claim.number and c.state != "draft" for c in claims)
            ):
                self.used.setdefault(claim.pk, self.verified(claim))
        for pk, before in self.used.items():
            claim = next(c for c in claims if c.pk == pk)
            assert (claim.state, self.verified(claim)) == ("accepted", before)
        entries = {e.pk: (e.total, e.eur_total) for e in ApplicationEntry.objects.all()}
        assert {pk: entries[pk] for pk in self.sent} == self.sent
        self.sent = entries
        assert not PaymentApplication.objects.filter(state="draft").exists()

    def verified(self, claim) -> list:
        facts = LineFact.objects.filter(line__claim=claim, step="verified").order_by("line")
        return list(facts.values_list("line").annotate(*(Sum(name) for name in AMOUNTS)))


def test_no_history_breaks_a_figure(project, line, people, second):
    class Here(Histories):
        pass

    Here.project, Here.line, Here.second = project, line, second
    Here.school, Here.officer = people["finance"], people["officer"]
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=8, stateful_step_count=18, phases=[Phase.generate], deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck), print_blob=False,
        ),
    )  # fmt: skip
