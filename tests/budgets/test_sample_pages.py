"""A sample of the lines of a claim: drawn by risk, the same again from its seed, widened after a finding."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from budgets import actions
from budgets.checks import checklists, sampling
from budgets.checks.claim_twins import twins
from budgets.models import SampledLine, SampleRule
from core.access import Refused
from tests.budgets.conftest import cost, decide, drafted, send
from tests.conftest import NOON

METHOD = {"share": "10", "of": "lines", "least": "1", "amount": "3", "new_supplier": "2", "warnings": "3",
          "similar": "5", "errors": "3"}  # fmt: skip


def units(n: int, risky: set[int] = frozenset()) -> list[sampling.Unit]:
    return [
        sampling.Unit(i, i, Decimal(100 + i), ("similar", "warnings") if i in risky else ()) for i in range(1, n + 1)
    ]


def test_a_draw_follows_from_its_seed_and_takes_risky_lines_more_often():
    drawn = sampling.draw(units(142), METHOD, "a")
    assert len(drawn) == 15  # 10% of 142, rounded up
    assert sampling.draw(reversed(units(142)), METHOD, "a") == drawn  # whatever order the lines come in
    assert sampling.draw(units(142), METHOD, "b") != drawn
    often = sum(7 in {u.number for u in sampling.draw(units(50, {7}), METHOD, str(seed))} for seed in range(200))
    rarely = sum(8 in {u.number for u in sampling.draw(units(50, {7}), METHOD, str(seed))} for seed in range(200))
    assert often > 3 * rarely
    by_value = sampling.draw(units(50), METHOD | {"of": "value", "share": "50"}, "a")
    total = sum(u.amount for u in units(50))
    assert sum(u.amount for u in by_value) >= total / 2 > sum(u.amount for u in by_value[:-1])
    assert len(sampling.draw(units(3), METHOD | {"least": "9"}, "a")) == 3


@pytest.fixture
def claim(project, line, people):
    """Twelve lines in check, the last one three times as large and paid before its document."""
    SampleRule.objects.create(programme=project.programme, share=20, least=2)
    costs = [cost(line, "10.00", supplier_number="") for _ in range(11)]
    costs.append(cost(line, "40.00", paid_on=date(2026, 1, 2), supplier_number="BG1"))
    claim = send(drafted(project, costs, people["finance"]), people["finance"])
    return actions.take_up(claim, by=people["officer"], at=NOON)


def test_a_sample_is_drawn_once_decided_line_by_line_and_widened_after_a_finding(client, claim, people):
    officer = people["officer"]
    large = next(unit for unit in sampling.population(claim) if unit.amount == 40)
    assert {"amount", "new_supplier", "warnings"} <= set(large.risks)
    client.force_login(officer)
    there, sheet = (reverse(f"budgets:{name}", args=[claim.key]) for name in ("claim_sample", "claim_check"))
    client.post(there, {"seed": "2026-1"})
    sample = claim.samples.get()
    drawn = [each.line_id for each in sample.lines.all()]
    assert len(drawn) == 3  # 20% of 12
    assert sampling.repeats(sample)
    assert checklists.examined(claim) == drawn
    page = client.get(there).content.decode()
    assert "2026-1" in page
    assert "Drawn again now: the same lines." in page
    assert "Sampled" in client.get(f"{sheet}?show=sampled").content.decode()

    everything = list(claim.lines.values_list("pk", flat=True))
    assert actions.accept_lines(claim, lines=everything, by=officer, at=NOON) == 9  # not those of the sample
    assert "Widen the sample" not in client.get(sheet).content.decode()
    decide(claim.lines.get(pk=drawn[0]), officer, "refuse")
    assert "Widen the sample" in client.get(sheet).content.decode()
    with pytest.raises(Refused) as refused:
        actions.draw_sample(claim, seed="b", by=officer, at=NOON)
    assert "because" in refused.value.message_dict
    again = actions.draw_sample(claim, seed="b", because="A cost was not proved.", by=officer, at=NOON)
    assert (again.population, again.lines.count()) == (9, 2)
    with pytest.raises(DatabaseError), transaction.atomic():
        SampledLine.objects.all().delete()

    client.force_login(people["auditor"])
    assert "A cost was not proved." in client.get(there).content.decode()
    assert client.post(there, {"seed": "c"}).status_code == 403
    client.force_login(people["finance"])
    assert client.get(there).status_code == 403


def test_the_sheet_asks_as_many_queries_however_many_lines_there_are(
    client, claim, project, line, people, django_assert_max_num_queries
):
    """And says of one line at most five documents that look the same, in words made for the lines that are shown."""
    client.force_login(people["officer"])
    sheet = reverse("budgets:claim_check", args=[claim.key])
    page = client.get(f"{sheet}?line=1").content.decode()
    assert page.count('data-alt-key="ArrowDown"') == page.count('data-alt-key="ArrowUp"') == 1
    assert "line=2#line" in page
    with CaptureQueriesContext(connection) as few:
        client.get(sheet)
    costs = [cost(line, "5.00", supplier_number="BG2") for _ in range(20)]
    many = actions.return_claim(claim, comment="More.", by=people["officer"], at=NOON)
    held = [each.cost for each in many.lines.select_related("cost")]
    many = actions.choose_costs(many, costs=[*held, *costs], version=many.version, by=people["finance"], at=NOON)
    many = actions.take_up(send(many, people["finance"]), by=people["officer"], at=NOON)
    with django_assert_max_num_queries(len(few)):
        client.get(sheet)
    assert {len(each) for each in twins(many).values()} == {5}
