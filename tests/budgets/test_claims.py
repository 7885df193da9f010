"""Claims: what is claimed, decided and found eligible stands as facts; nothing is claimed twice, nothing is lost."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budgets import actions
from budgets.checks import claims as checks
from budgets.models import Claim, ClaimLine, ClaimMove, LineDecision, LineFact, run_clock
from core.access import Refused
from core.models import AuditEvent
from core.money import NOTHING
from projects import actions as project_actions
from tests.budgets.conftest import DECLARED, PARTS, PERIOD, cost, decide, drafted, send
from tests.conftest import NOON


def finish(claim, first, second):
    actions.accept_lines(claim, lines=claim.lines.values_list("pk", flat=True), by=first, at=NOON)
    return actions.confirm(actions.propose(claim, by=first, at=NOON), by=second, at=NOON)


def amounts(claim, step):
    return tuple(checks.sums(claim)[step].values())


# --- one claim -------------------------------------------------------------------------------------------------------


def test_a_claim_from_draft_to_accepted_by_source(project, sent, people, second):
    """By hand: 100.01 + 50.00 + 30.00 = 180.01 claimed; the second line reduced to 20.00, the third refused."""
    assert amounts(sent, "declared") == (Decimal("180.01"), Decimal("153.00"), Decimal("18.01"), Decimal("9.00"))
    one, two, three = sent.lines.all()
    decide(one, people["officer"])
    decide(two, people["officer"], "reduce", total=Decimal("20.00"))
    decide(three, people["officer"], "refuse")
    claim = actions.propose(sent, by=people["officer"], at=NOON)
    with pytest.raises(Refused, match="second person"):
        actions.confirm(claim, by=people["officer"], at=NOON)
    claim = actions.confirm(claim, by=second, at=NOON)
    assert claim.state == "accepted"
    assert amounts(claim, "verified") == (Decimal("120.01"), Decimal("102.00"), Decimal("12.01"), Decimal("6.00"))
    assert amounts(claim, "released") == (0, 0, 0, 0)
    assert [m.after for m in claim.moves.all()] == ["submitted", "in_review", "waiting", "accepted"]
    trail = AuditEvent.objects.filter(kind="budgets.claim", project=project.number)
    assert trail.filter(action="claim.moved").count() == 4


def test_who_prepares_does_not_check_and_others_do_neither(project, line, people):
    for who in ("officer", "auditor", "client", "stranger"):
        with pytest.raises(PermissionDenied):
            actions.start_claim(project, kind="interim", **PERIOD, by=people[who], at=NOON)
    claim = send(drafted(project, [cost(line)], people["admin"]), people["admin"])
    with pytest.raises(Refused, match="Another person checks it"):
        actions.take_up(claim, by=people["admin"], at=NOON)
    with pytest.raises(PermissionDenied):
        actions.take_up(claim, by=people["finance"], at=NOON)
    assert Claim.objects.get().state == "submitted"


def test_a_cost_stands_in_one_claim_only_and_with_its_correction(project, line, people):
    wrong = cost(line, "100.00")
    actions.correct_cost(wrong, total=Decimal("40.00"), because="Half", by=people["finance"], at=NOON)
    claim = send(drafted(project, [wrong], people["finance"]), people["finance"])
    assert amounts(claim, "declared")[0] == Decimal("60.00")
    other = actions.start_claim(project, kind="interim", **PERIOD, by=people["finance"], at=NOON)
    with pytest.raises(Refused, match="another claim already"):
        actions.choose_costs(other, costs=[wrong], version=other.version, by=people["finance"], at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        ClaimLine.objects.create(claim=other, number=1, cost=wrong)
    assert not other.lines.exists()


def test_a_line_with_a_question_is_put_off_and_returns_in_a_later_claim(project, sent, people, second):
    _one, two, _three = sent.lines.all()
    decide(two, people["officer"], "ask")
    claim = finish(sent, people["officer"], second)
    assert amounts(claim, "verified")[0] == Decimal("130.01")
    assert amounts(claim, "released")[0] == Decimal("50.00")
    later = send(drafted(project, [two.cost], people["finance"]), people["finance"])
    assert amounts(later, "declared")[0] == Decimal("50.00")
    assert amounts(claim, "verified")[0] == Decimal("130.01")


def test_a_returned_claim_loses_a_line_and_keeps_its_first_day(project, sent, people):
    actions.return_claim(sent, comment="Take out the trip.", by=people["officer"], at=NOON)
    claim = Claim.objects.get(pk=sent.pk)
    keep = [each.cost for each in claim.lines.all()][:2]
    claim = actions.choose_costs(claim, costs=keep, version=claim.version, by=people["finance"], at=NOON)
    claim = send(claim, people["finance"], at=NOON + timedelta(days=9))
    assert (claim.received_on, claim.clock_on(date(2026, 3, 31)).due_on) == (date(2026, 3, 16), date(2026, 6, 13))
    assert amounts(claim, "declared")[0] - amounts(claim, "released")[0] == Decimal("150.01")


def test_an_accepted_claim_is_opened_again_until_a_later_one_is_sent(project, line, sent, people, second):
    claim = finish(sent, people["officer"], second)
    claim = actions.reopen(claim, comment="Wrong sum.", by=people["officer"], at=NOON)
    decide(claim.lines.first(), people["officer"], "reduce", seen=1, total=Decimal("100.00"))
    draft = drafted(project, [cost(line, "7.00")], people["finance"])
    with pytest.raises(Refused, match="comes first"):
        send(draft, people["finance"])
    claim = actions.confirm(actions.propose(claim, by=people["officer"], at=NOON), by=second, at=NOON)
    assert amounts(claim, "verified")[0] == Decimal("180.00")
    assert list(LineFact.objects.filter(step="verified").values_list("total", flat=True))[-1] == Decimal("-0.01")
    send(draft, people["finance"])
    with pytest.raises(Refused, match="used its figures"):
        actions.reopen(claim, comment="Again.", by=people["officer"], at=NOON)


def test_a_rejected_claim_gives_its_costs_free(project, sent, people):
    costs = [each.cost for each in sent.lines.all()]
    actions.reject_claim(sent, comment="Wrong period.", by=people["officer"], at=NOON)
    assert send(drafted(project, costs, people["finance"]), people["finance"]).number == 2


def test_an_advance_is_claimed_as_an_amount(project, people, second):
    claim = actions.start_claim(
        project, kind="advance", advance=Decimal("10000.00"), **PERIOD, by=people["finance"], at=NOON
    )
    claim = actions.change_claim(claim, version=1, declarations=DECLARED, by=people["finance"], at=NOON)
    claim = finish(actions.take_up(send(claim, people["finance"]), by=people["officer"], at=NOON),
                   people["officer"], second)  # fmt: skip
    assert amounts(claim, "verified") == (Decimal(10000), Decimal("8947.36"), Decimal("1052.64"), 0)  # public money
    with pytest.raises(Refused) as refused:
        actions.start_claim(project, kind="advance", **PERIOD, by=people["finance"], at=NOON)
    assert "advance" in refused.value.message_dict


def test_lev_costs_are_claimed_in_the_currency_of_the_contract_at_the_fixed_rate(project, line, people):
    in_lev = cost(line, "195.58", currency="BGN")
    claim = send(drafted(project, [in_lev], people["finance"]), people["finance"])
    assert amounts(claim, "declared") == (Decimal("100.00"), Decimal("84.99"), Decimal("10.01"), Decimal("5.00"))


@pytest.mark.parametrize(
    ("verdict", "more", "field"),
    [
        ("reduce", {"total": Decimal("100.01")}, "total"), ("reduce", {"total": NOTHING}, "total"),
        ("reduce", {}, "total"), ("refuse", {"error": ""}, "error"), ("refuse", {"comment": " "}, "comment"),
        ("ask", {"comment": ""}, "comment"), ("maybe", {}, "verdict"),
    ],
)  # fmt: skip
def test_a_decision_that_says_too_little_is_refused_beside_its_field(sent, people, verdict, more, field):
    with pytest.raises(Refused) as refused:
        decide(sent.lines.first(), people["officer"], verdict, **more)
    assert field in refused.value.message_dict
    assert not LineDecision.objects.exists()


# --- the database says no --------------------------------------------------------------------------------------------


def test_facts_decisions_and_moves_are_never_changed_or_deleted(sent, people):
    decide(sent.lines.first(), people["officer"])
    for rows in (LineFact.objects.all(), LineDecision.objects.all(), ClaimMove.objects.all()):
        for change in (lambda r=rows: r.update(at=NOON), lambda r=rows: r._raw_delete("default")):
            with pytest.raises(DatabaseError, match="are final"), transaction.atomic():
                change()


def test_no_tool_verifies_above_the_claimed_or_decides_outside_the_check(sent, people):
    first = sent.lines.first()
    with pytest.raises(IntegrityError, match="at most what was claimed"), transaction.atomic():
        LineFact.objects.create(line=first, step="verified", total=Decimal("100.02"), at=NOON)
    with pytest.raises(IntegrityError, match="at most what was claimed"), transaction.atomic():
        LineDecision.objects.create(line=first, position=1, verdict="accept", total=Decimal("100.02"), at=NOON)
    actions.return_claim(sent, comment="x", by=people["officer"], at=NOON)
    with pytest.raises(IntegrityError, match="only while its claim is in check"), transaction.atomic():
        LineDecision.objects.create(line=first, position=1, verdict="accept", total=first.cost.total, at=NOON)


# --- the clock -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("waits", "today", "due", "day", "stopped"),
    [
        ([], "2026-04-01", "2026-05-21", 30, None),
        ([("2026-03-10", "2026-03-17")], "2026-04-01", "2026-05-28", 23, None),
        ([("2026-03-10", "2026-03-17"), ("2026-03-15", "2026-03-20")], "2026-04-01", "2026-05-31", 20, None),
        ([("2026-03-10", None)], "2026-04-01", "2026-06-12", 8, "2026-03-10"),
        ([("2026-03-10", "2026-03-10")], "2026-04-01", "2026-05-21", 30, None),
    ],
)
def test_the_clock_of_a_claim_received_on_2_march_2026(waits, today, due, day, stopped):
    read = date.fromisoformat
    spans = [(read(since), read(until) if until else None) for since, until in waits]
    clock = run_clock(date(2026, 3, 2), spans, read(today))
    assert (clock.due_on, clock.day, clock.stopped) == (read(due), day, read(stopped) if stopped else None)


def test_the_clock_stands_still_while_the_school_is_asked(sent, people, school):
    decide(sent.lines.first(), people["officer"], "ask", comment="Which trainer?")
    asked = actions.ask_school(sent, due_on=date(2026, 3, 30), by=people["officer"], at=NOON)
    assert [q.text for q in asked.questions.all()] == [f"1. {sent.lines.first().cost.document}: Which trainer?"]
    with pytest.raises(Refused, match="not sent yet"):
        actions.ask_school(sent, due_on=date(2026, 3, 30), by=people["officer"], at=NOON)
    assert sent.clock_on(date(2026, 3, 26)).stopped == date(2026, 3, 16)
    project_actions.answer(
        asked, answers={1: "Ms Petrova"}, seen={}, by=people["coordinator"], at=datetime(2026, 3, 26, 9, tzinfo=UTC)
    )
    clock = sent.clock_on(date(2026, 3, 31))
    assert (clock.stopped, clock.day, clock.due_on) == (None, 5, date(2026, 6, 14))


# --- at the same moment ----------------------------------------------------------------------------------------------


def at_once(*calls):
    """Run calls at the same moment on connections of their own; their results or what they were refused with."""
    start, found = Barrier(len(calls)), []

    def run(call):
        start.wait()
        try:
            found.append(call())
        except Refused as refused:
            found.append(refused)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return found


@pytest.mark.django_db(transaction=True)
def test_two_officers_and_two_tabs_at_once(project, line, people, second):
    claim = drafted(project, [cost(line)], people["finance"])
    tabs = at_once(*[lambda: send(claim, people["finance"])] * 2)
    assert sum(isinstance(each, Refused) for each in tabs) == 1
    assert (ClaimMove.objects.count(), LineFact.objects.count()) == (1, 1)

    actions.take_up(claim, by=people["officer"], at=NOON)
    one = claim.lines.get()
    found = at_once(
        lambda: decide(one, people["officer"]), lambda: decide(one, second, "reduce", total=Decimal("60.00"))
    )
    decision = LineDecision.objects.get()
    told = [each for each in found if isinstance(each, actions.DecidedMeanwhile)]
    assert len(told) == 1
    assert told[0].theirs == decision


@pytest.mark.django_db(transaction=True)
def test_two_claims_reach_for_one_cost_at_once(project, line, people):
    wanted = cost(line)
    returned = send(drafted(project, [cost(line, "5.00")], people["finance"]), people["finance"])
    actions.take_up(returned, by=people["officer"], at=NOON)
    returned = actions.return_claim(returned, comment="x", by=people["officer"], at=NOON)
    draft = actions.start_claim(project, kind="interim", **PERIOD, by=people["finance"], at=NOON)
    found = at_once(*[
        lambda c=each: actions.choose_costs(c, costs=[wanted], version=c.version, by=people["finance"], at=NOON)
        for each in (returned, draft)
    ])  # fmt: skip
    assert sum(isinstance(each, Refused) for each in found) == 1
    assert ClaimLine.objects.held().filter(cost=wanted).count() == 1


# --- whatever happens ------------------------------------------------------------------------------------------------

NEXT = {"draft": "send", "returned": "send", "submitted": "take", "in_review": "propose", "reopened": "propose",
        "waiting": "confirm", "accepted": "start"}  # fmt: skip
STEPS = (
    "go",
    "go",
    "go",
    "go",
    "go",
    "go",
    "start",
    "choose",
    "choose",
    "send",
    "take",
    "decide",
    "propose",
    "confirm",
    "back",
    "return",
    "reject",
    "reopen",
    "fix",
)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 9)), min_size=15, max_size=40))
def test_no_history_loses_a_cent_or_changes_what_a_later_claim_used(project, line, people, second, history):
    """Any steps in any order, each allowed or refused: the parts make the total on every line, no cost is claimed
    twice, eligible stays within claimed, and what was accepted before a later claim was sent stays as it was."""
    with transaction.atomic():
        costs = [cost(line, total, document=f"D{total}") for total in ("10.01", "0.03", "99.99")]
        used: dict[int, tuple] = {}
        for step, n in history:
            claims = list(project.claims.order_by("number"))
            claim = claims[n % len(claims)] if claims else None
            if step == "go":
                step = NEXT.get(claim.state, "start") if claim else "start"
            try:
                with transaction.atomic():
                    if step == "propose":
                        _step("decide", n, claim, project, costs, people, second)
                    _step(step, n, claim, project, costs, people, second)
            except (Refused, PermissionDenied):
                pass
            else:
                if step == "send":
                    claim.refresh_from_db()
                    earlier = [c for c in claims if c.number < claim.number and c.state == "accepted"]
                    used.update({c.pk: amounts(c, "verified") for c in earlier})
            _hold(project, costs, used)
        transaction.set_rollback(True)


def _step(step, n, claim, project, costs, people, second):
    finance, officer = people["finance"], people["officer"]
    if step == "start":
        claim = actions.start_claim(project, kind="interim", **PERIOD, by=finance, at=NOON)
        _step("choose", 9, claim, project, costs, people, second)
    elif claim is None:
        raise Refused("nothing there")
    elif step == "choose":
        free = [c for i, c in enumerate(costs) if (i + n) % 3 or n > 6]
        free = [c for c in free if not c.claim_lines.filter(released=False).exclude(claim=claim).exists()]
        actions.choose_costs(claim, costs=free, version=claim.version, by=finance, at=NOON)
        claim.refresh_from_db()
        facts = {"results": "Done.", "declarations": DECLARED}
        actions.change_claim(claim, version=claim.version, **facts, by=finance, at=NOON)
    elif step == "send":
        send(claim, finance)
    elif step == "take":
        actions.take_up(claim, by=officer, at=NOON)
    elif step == "decide":
        for i, each in enumerate(claim.lines.held()):
            verdict = ("accept", "reduce", "refuse", "ask")[(i + n) % 4]
            newest = each.decisions.order_by("-position").first()
            more = {"total": each.cost.total / 2} if verdict == "reduce" else {}
            more = {"total": more["total"].quantize(Decimal("0.01"))} if more else {}
            decide(each, officer, verdict, seen=newest.position if newest else 0, **more)
    elif step == "propose":
        actions.propose(claim, by=officer, at=NOON)
    elif step == "fix":
        actions.correct_cost(costs[n % 3], total=Decimal("0.01"), because="x", by=finance, at=NOON)
    else:
        act = {"back": actions.send_back, "return": actions.return_claim, "reject": actions.reject_claim,
               "reopen": actions.reopen}.get(step)  # fmt: skip
        if act:
            act(claim, comment="x", by=second, at=NOON)
        else:
            actions.confirm(claim, by=second, at=NOON)


def _hold(project, costs, used):
    lines = {line.pk: line for line in ClaimLine.objects.filter(claim__project=project).select_related("cost")}
    by = {pk: dict.fromkeys(LineFact.Step.values, NOTHING) for pk in lines}
    for fact in LineFact.objects.filter(line__in=lines):
        by[fact.line_id][fact.step] += fact.total
        assert fact.total == sum(getattr(fact, name) for name in PARTS)
    verified = dict.fromkeys((line.cost_id for line in lines.values()), NOTHING)
    for pk, line in lines.items():
        assert by[pk]["declared"] in (0, line.cost.total)
        assert by[pk]["released"] in (0, by[pk]["declared"])
        assert abs(by[pk]["verified"]) <= abs(by[pk]["declared"] - by[pk]["released"])
        verified[line.cost_id] += by[pk]["verified"]
        assert abs(verified[line.cost_id]) <= abs(line.cost.total)
    held = [line.cost_id for line in lines.values() if not line.released]
    assert len(held) == len(set(held))
    for pk, was in used.items():
        assert amounts(Claim.objects.get(pk=pk), "verified") == was
