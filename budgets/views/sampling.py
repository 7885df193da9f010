"""The sample of a claim: drawn by whoever checks it, read by the second person and by auditors."""

from __future__ import annotations

import secrets
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from budgets import actions
from budgets.checks import sampling
from budgets.forms import SampleForm, add_refusal
from budgets.models import Claim, Risk, SampleRule
from budgets.views.claims import claim_of, head_of
from core.access import Permission, Refused
from core.requests import Request
from projects.actions import require
from projects.models import can

P = Permission


@login_required
@require_http_methods(["GET", "POST"])
def claim_sample(request: Request, key: UUID) -> HttpResponse:
    """The method, every draw with its lines and their reasons, and the next draw."""
    claim = claim_of(request, key, P.TRAIL_VIEW)
    samples = list(claim.samples.prefetch_related("lines__line__cost"))
    form = SampleForm(request.POST or None, initial={"seed": secrets.token_hex(4)}, widens=bool(samples))
    if request.method == "POST":
        require(request.user, P.CLAIM_CHECK, claim.project)
        if form.is_valid():
            try:
                sample = actions.draw_sample(claim, **form.cleaned_data, by=request.user, at=now())
            except Refused as refused:
                add_refusal(form, refused)
            else:
                n = sample.lines.count()
                messages.success(request, ngettext("%(n)s line is drawn.", "%(n)s lines are drawn.", n) % {"n": n})
                return redirect("budgets:claim_sample", key=key)
    method = sampling.method_of(claim)
    page = {
        **head_of(claim, now()), "form": form, "method": method, "share_of": SampleRule.Of(method["of"]).label,
        "weights": [(risk.label, method[risk.value]) for risk in Risk],
        "draws": [(sample, sampling.repeats(sample)) for sample in samples],
        "fills": claim.state in Claim.CHECKED and can(request.user, P.CLAIM_CHECK, claim.project),
    }  # fmt: skip
    return render(request, "budgets/claim_sample.html", page, status=409 if form.is_bound else 200)
