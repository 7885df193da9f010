"""Simplified costs of a claim: units counted from attendance, and lump sums released by deliverables."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from activities.actions import today_in
from budgets import actions
from budgets.checks.claim_units import lump_left, units_left
from budgets.models import Claim, ClaimLine, Form
from budgets.views.claims import claim_of, head_of, to_edit
from core.access import Refused
from reports.claimed import counted


@login_required
@require_http_methods(["GET", "POST"])
def simplified(request: HttpRequest, key: UUID) -> HttpResponse:
    """What the claim may hold of units and lump sums; a POST with `line` puts one in. A part of the page of costs."""
    claim, elsewhere = to_edit(request, key)
    if elsewhere:
        return elsewhere
    if request.method == "POST":
        try:
            made = _hold(claim, request)
        except Refused as refused:
            for message in refused.messages:
                messages.error(request, message)
        else:
            messages.success(request, _("“%(document)s” is in the claim.") % {"document": made.cost})
        return redirect("budgets:claim_costs", key=key)
    today = today_in(claim.project, now())
    lines = {line.code: line for line in claim.contract.budget_lines.filter(form=Form.LUMP)}
    page = {
        **head_of(claim, now()),
        "units": [units_left(claim, each.line, each.units, today) for each in counted(claim)],
        "lumps": [(lines[code], amount) for code, amount in lump_left(claim).items()],
    }
    part = "#offers" if request.headers.get("HX-Request") else ""
    return render(request, f"reports/claim_simplified.html{part}", page)


def _hold(claim: Claim, request: HttpRequest) -> ClaimLine:
    at, line = now(), claim.contract.budget_lines.filter(code=request.POST.get("line", "")).first()
    if line is None:
        raise Refused(_("Choose a line of the contract."))
    if line.form == Form.LUMP:
        return actions.claim_lump(claim, line, by=request.user, at=at)
    found = counted(claim, line)
    if not found:
        raise Refused(_("Line %(code)s does not count units.") % {"code": line.code})
    return actions.claim_units(claim, found[0], by=request.user, at=at)


@login_required
@require_safe
def claim_basis(request: HttpRequest, key: UUID, number: int) -> HttpResponse:
    """What a simplified cost of a claim was computed from, with the rows behind it."""
    claim = claim_of(request, key)
    lines = claim.lines.filter(cost__computation__isnull=False).select_related("cost__computation", "cost__line")
    line = get_object_or_404(lines, number=number)
    basis = line.cost.computation.basis if line.cost else {}
    page = {**head_of(claim, now()), "line": line, "basis": basis, "rows": basis.get("rows", [])}
    return render(request, "reports/claim_basis.html", page)
