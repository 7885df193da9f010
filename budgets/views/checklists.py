"""The checklist of a claim: filled by the first person, read by the second one and by auditors."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from budgets import actions
from budgets.checks import checklists as checks
from budgets.forms import ChecklistForm, add_refusal
from budgets.models import Claim
from budgets.views.claims import claim_of, head_of
from core.access import Permission, Refused
from core.requests import Request
from projects.actions import require
from projects.models import can

P = Permission


@login_required
@require_http_methods(["GET", "POST"])
def claim_checklist(request: Request, key: UUID) -> HttpResponse:
    """The questions about the claim as a whole; read only once it is handed on."""
    claim = claim_of(request, key, P.TRAIL_VIEW)
    own = claim.project.programme.language
    questions = checks.questions_of(claim)
    form = ChecklistForm(
        request.POST or None, questions=questions, answers=checks.answers_of(claim), line=None, own=own
    )
    status = 200
    if request.method == "POST":
        require(request.user, P.CLAIM_CHECK, claim.project)
        status = 422
        if form.is_valid():
            try:
                actions.answer_checklist(claim, answers=form.answers(), by=request.user, at=now())
            except Refused as refused:
                add_refusal(form, refused)
            else:
                messages.success(request, _("Saved."))
                return redirect("budgets:claim_checklist", key=key)
    fills = claim.state in Claim.CHECKED and can(request.user, P.CLAIM_CHECK, claim.project)
    page = {**head_of(claim, now()), "form": form, "fills": fills, "list": getattr(claim, "checklist", None)}
    return render(request, "budgets/claim_checklist.html", page, status=status)
