"""A line put off returns as an offer with its history, and the officer of the later claim reads where it was."""

from __future__ import annotations

from datetime import date

from django.urls import reverse

from budgets import actions
from budgets.checks import claim_facts
from budgets.checks import claims as checks
from budgets.checks.packages import package_of
from budgets.models import Claim
from core.models import Code
from tests.budgets.conftest import PERIOD, cost, decide, drafted, send
from tests.budgets.test_claim_pages import said
from tests.budgets.test_claims import finish
from tests.conftest import NOON


def test_a_line_put_off_returns_with_its_history(client, project, sent, line, people, second):
    _one, two, _three = sent.lines.all()
    decide(two, people["officer"], "ask", comment="Which trainer?")
    finish(sent, people["officer"], second)
    new = cost(line, "7.00", document_on=date(2026, 2, 20))
    later = drafted(project, [new], people["finance"])

    client.force_login(people["coordinator"])
    page = said(client.get(reverse("budgets:claim_costs", args=[later.key])))
    assert "1 cost was put off from an earlier claim" in page
    assert "It was in claim 1 (Accepted) on line 2. Ask: Which trainer?" in page
    assert page.count("It was in claim") == 1

    later = actions.choose_costs(later, costs=[new, two.cost], version=later.version, by=people["finance"], at=NOON)
    later = send(later, people["finance"])
    flags = checks.flags(claim_facts.Facts.of(later, NOON.date()))
    returned = later.lines.get(cost=two.cost)
    assert "It was in claim 1 (Accepted) on line 2. Ask: Which trainer?" in flags.said(returned.pk)
    assert "It was in claim" not in " ".join(flags.said(later.lines.get(cost=new).pk))


def test_a_claim_that_was_returned_does_not_count_as_its_own_past(project, sent, people):
    actions.return_claim(sent, comment="Take one out.", by=people["officer"], at=NOON)
    claim = project.claims.get()
    keep = [each.cost for each in claim.lines.all()][:2]
    gone = claim.lines.last().cost
    claim = actions.choose_costs(claim, costs=keep, version=claim.version, by=people["finance"], at=NOON)
    claim = actions.choose_costs(claim, costs=[*keep, gone], version=claim.version, by=people["finance"], at=NOON)
    flags = checks.flags(claim_facts.Facts.of(claim, NOON.date()))
    assert not [text for texts in flags.found.values() for text in texts if "It was in claim" in text]
    assert PERIOD["from_on"] == claim.from_on


def test_every_kind_and_state_of_a_claim_has_its_place_in_the_packages_of_the_national_system(project, sent, codes):
    for name, values in (
        ("package_kinds", Claim.Kind.values), ("package_states", Claim.State.values),
        ("document_states", Claim.State.values),
    ):  # fmt: skip
        named = [value for code in Code.objects.of(name) for value in code.more.get("claims", "").split()]
        assert sorted(named) == sorted(values), name
    assert [code.code for code in package_of(sent)] == ["3", "in_check", "current"]
