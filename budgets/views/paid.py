"""What the page of a claim says about its money once it is accepted."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from budgets import actions
from budgets.figures import settlement
from budgets.models import Claim, LineFact
from core.access import Permission
from projects.models import can

Step = LineFact.Step


def money_box(claim: Claim, user: Any) -> dict[str, Any]:
    """Amounts by step and source, the payments, what is left to pay or to come back, and what the person may do."""
    if claim.state != Claim.State.ACCEPTED:
        return {}
    lines = settlement.lines_of_project(claim.project_id)
    found = settlement.of_claims(lines).get(claim.pk)
    if found is None:
        return {}
    sees = can(user, Permission.ACCOUNT_VIEW, claim.project)
    ended = settlement.has_ended(claim.project.claims.all(), lines)
    mine = [line for line in lines if line.claim == claim.pk]
    debt = sum((settlement.debt(line, ended=ended).total - settlement.set_off(line) for line in mine), start=0)
    rows = [
        (_("Approved"), found.approved), (Step.CORRECTED.label, found.corrected), (Step.PAID.label, found.paid),
        (Step.SETTLED.label, found.settled), (Step.RECOVERED.label, found.recovered),
        (Step.CERTIFIED.label, found.certified),
    ]  # fmt: skip
    return {
        "rows": [
            (label, split) for i, (label, split) in enumerate(rows) if i in (0, 2) or (split.total and (i < 5 or sees))
        ],
        "plan": actions.plan_of(claim), "debt": debt, "lowers": found.lowers,
        "unsettled": settlement.whole(mine, lambda line: line.unsettled).total,
        "payments": claim.payments.select_related("reversed_by").order_by("paid_on", "pk"),
        "corrections": claim.corrections.order_by("number") if sees else (),
        "may_edit": can(user, Permission.ACCOUNT_EDIT, claim.project), "sees": sees,
    }  # fmt: skip
