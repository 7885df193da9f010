"""Where a cost stood before: the earlier claims that held it and let it go, with what was decided or asked there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from budgets.models import Claim, ClaimLine, LineDecision


def past_of(costs: Collection[int] | QuerySet, claim: Claim) -> dict[int, list[str]]:
    """In words, by cost (id), oldest first; the claim itself is left out. Two queries for any number of costs."""
    let_go = ClaimLine.objects.filter(claim__project=claim.project_id, cost__in=costs, released=True)
    lines = list(let_go.exclude(claim=claim.pk).select_related("claim").order_by("claim__number", "pk"))
    decisions = LineDecision.objects.filter(line__in=lines)
    decided = {each.line_id: each for each in decisions.newest()} if lines else {}
    found: dict[int, list[str]] = defaultdict(list)
    for line in lines:
        words = {"number": line.claim.number, "line": line.number, "state": line.claim.get_state_display()}
        text = _("It was in claim %(number)s (%(state)s) on line %(line)s.") % words
        if (decision := decided.get(line.pk)) and decision.comment:
            text += f" {decision.get_verdict_display()}: {decision.comment}"
        if line.cost_id is not None:
            found[line.cost_id].append(text)
    return found
