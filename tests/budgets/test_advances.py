"""What an advance settles: source by source to the cent, whatever the amounts and however many claims it takes."""

from __future__ import annotations

from decimal import Decimal as D

from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from budgets import actions
from budgets.actions import parts_of
from budgets.figures import settlement
from budgets.figures.settlement import SOURCES, Split, room_by_source, settled_by_source
from projects.models import Call
from tests.budgets.conftest import PARTS, cost
from tests.budgets.test_settlement import accepted, advance, pay

cent = st.integers(1, 10**9).map(lambda n: D(n).scaleb(-2))


@st.composite
def splits(draw):
    """Public money of a line: the rest of an amount of which something was settled or corrected by source already."""
    eu, national = draw(cent), draw(cent) - D("0.01")
    return Split(eu + national, eu, national)


@given(st.lists(splits(), max_size=4), st.lists(splits(), max_size=3), cent)
def test_no_more_is_settled_of_a_source_than_both_sides_have(dues, advances, wanted):
    found = settled_by_source(dues, advances, wanted)
    assert found.total == found.eu_part + found.national_part
    most = {name: min(sum(room_by_source(s)[name] for s in side) for side in (dues, advances)) for name in SOURCES}
    for name in SOURCES:
        assert 0 <= found.by_name[name] <= most[name]
    assert found.total == min(wanted, sum(most.values()))


def settled(lines, *, on_advance):
    return settlement.whole((x for x in lines if x.is_advance == on_advance), lambda x: x.of("settled"))


def test_the_sources_of_an_advance_and_of_what_it_settles_never_differ(project, line, people, second):
    """Random advances over several claims whose lines are split otherwise than the contract; the last one is final."""
    call = Call.objects.create(programme=project.programme, code="C1", name={"en": "Call"})
    project.call = call
    project.save()
    shares = st.sampled_from([(85, 10, 5), (60, 40, 0), (100, 0, 0), (33, 33, 34)])
    claims = st.lists(st.lists(st.tuples(st.integers(1, 900_000), shares), min_size=1, max_size=3),
                      min_size=2, max_size=3)  # fmt: skip

    @settings(max_examples=4, deadline=None, derandomize=True, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(st.integers(1, 1_500_000).map(lambda n: D(n).scaleb(-2)), st.integers(1, 100), claims)
    def history(ahead, share, claimed):
        with transaction.atomic():
            call.settled_share = share
            call.save()
            first = advance(project, people, second, ahead)
            pay(first, people["officer"])
            for n, rows in enumerate(claimed, start=1):
                costs = []
                for each, whole in rows:
                    total = D(each).scaleb(-2)
                    parts = parts_of(total, dict(zip(PARTS, map(D, whole), strict=True)))
                    costs.append(cost(line, total, **parts))
                claim = accepted(project, costs, people, second, kind="final" if n == len(claimed) else "interim")
                if actions.plan_of(claim).due:
                    pay(claim, people["officer"])
                lines = settlement.lines_of_project(project.pk)
                both = settled(lines, on_advance=True), settled(lines, on_advance=False)
                assert both[0].amounts == (-both[1]).amounts
                mine = [x for x in lines if x.claim == claim.pk]
                approved = settlement.whole(mine, lambda x: x.approved.public)
                assert settlement.whole(mine, lambda x: x.covered).amounts == approved.amounts
            left = settlement.whole(lines, lambda x: x.unsettled)
            assert all(part >= 0 for part in left.amounts)
            if not left.total:
                assert left.amounts == [0, 0, 0, 0]
            else:
                actions.recover(first, amount=left.total, currency="EUR", paid_on=first.received_on,
                                by=people["officer"], at=first.made_at)  # fmt: skip
                lines = settlement.lines_of_project(project.pk)
                assert settlement.whole(lines, lambda x: x.unsettled).amounts == [0, 0, 0, 0]
            transaction.set_rollback(True)

    history()
