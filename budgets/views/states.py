"""The state table of payment claims as a page, drawn from the table the actions and the tests read."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from budgets.models import Claim
from budgets.models.deeds import DEEDS, Deed
from core.access import GRANTS
from core.models import Role


@login_required
@require_safe
def claim_states(request: HttpRequest) -> HttpResponse:
    """What may be done with a claim in each state, by whom, and what follows."""
    states = [
        {"state": state.label, "deeds": [_told(deed, state) for deed in DEEDS if state in deed.before]}
        for state in Claim.State
    ]
    return render(request, "budgets/claim_states.html", {"states": states})


def _told(deed: Deed, state: Claim.State) -> dict[str, Any]:
    after = deed.after or state
    return {
        "says": deed.says,
        "roles": [Role(role).label for role, granted in GRANTS.items() if deed.needs in granted],
        "after": after.label if after != state else "",
        "writes": [step.label for step in deed.writes],
        "unless": deed.unless,
    }
