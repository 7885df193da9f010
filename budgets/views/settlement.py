"""Pages of an accepted claim: a payment, a recovery, a correction; the register of corrections."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from budgets import actions
from budgets.figures import corrections as figures
from budgets.figures import settlement
from budgets.forms import (
    CancelPaymentForm,
    CorrectClaimForm,
    PaymentForm,
    TurnForm,
    add_refusal,
)
from budgets.models import Claim, Correction
from budgets.taken import CORRECTIONS, corrections_for
from budgets.views.claims import claim_of, head_of
from budgets.views.paid import money_box
from core.access import Permission, Refused
from core.money import cents
from core.requests import Request
from projects.actions import require
from projects.models import Reach, reach
from projects.views import query_of, taken_away

P = Permission


@login_required
@require_http_methods(["GET", "POST"])
def claim_pay(request: HttpRequest, key: UUID) -> HttpResponse:
    """Record what was paid for a claim; how the amount is made up stands above the form."""
    claim = claim_of(request, key, P.ACCOUNT_EDIT)
    box = money_box(claim, request.user)
    if not box:
        return redirect("budgets:claim", key=key)
    return _recorded(request, claim, actions.pay, box["plan"].to_pay, "budgets/claim_pay.html", box)


@login_required
@require_http_methods(["GET", "POST"])
def claim_recover(request: HttpRequest, key: UUID) -> HttpResponse:
    """Record what the beneficiary paid back."""
    claim = claim_of(request, key, P.ACCOUNT_EDIT)
    box = money_box(claim, request.user)
    if not box:
        return redirect("budgets:claim", key=key)
    return _recorded(request, claim, actions.recover, box["debt"], "budgets/claim_recover.html", box)


def _recorded(
    request: HttpRequest, claim: Claim, act: Any, most: Any, template: str, box: dict[str, Any]
) -> HttpResponse:
    initial = {"amount": most, "currency": claim.contract.currency, "paid_on": localdate()}
    form = PaymentForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                act(claim, **form.cleaned_data, by=request.user, at=now())
            except Refused as refused:
                add_refusal(form, refused)
                status = 409
            else:
                messages.success(request, _("Saved."))
                return redirect("budgets:claim", key=claim.key)
    return render(request, template, {**head_of(claim, now()), "form": form, "box": box}, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def payment_cancel(request: HttpRequest, key: UUID, pk: int) -> HttpResponse:
    """Cancel a payment or recovery that was recorded wrongly."""
    claim = claim_of(request, key, P.ACCOUNT_EDIT)
    payment = get_object_or_404(claim.payments.select_related("claim"), pk=pk)
    form, status = CancelPaymentForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.cancel_payment(payment, **form.cleaned_data, by=request.user, at=now())
            except Refused as refused:
                add_refusal(form, refused)
                status = 409
            else:
                messages.success(request, _("The payment is cancelled."))
                return redirect("budgets:claim", key=key)
    page = {**head_of(claim, now()), "form": form, "payment": payment}
    return render(request, "budgets/payment_cancel.html", page, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def claim_correct(request: HttpRequest, key: UUID) -> HttpResponse:
    """Correct lines of an accepted claim: an amount of one line, or a rate of several."""
    claim = claim_of(request, key, P.ACCOUNT_EDIT)
    box = money_box(claim, request.user)
    if not box:
        return redirect("budgets:claim", key=key)
    currency = claim.contract.currency
    form = CorrectClaimForm(request.POST or None, currency=currency, initial={"found_on": localdate()})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            amounts = dict.fromkeys(given["lines"], given["total"])
            if given["rate"] is not None:
                lines = {line.number: line for line in settlement.lines_of_claims([claim.pk])}
                there = {n: lines[n].approved.total if n in lines else 0 for n in given["lines"]}
                amounts = {n: cents(total * given["rate"] / 100) for n, total in there.items()}
            try:
                made = actions.correct_claim(
                    claim, amounts=amounts, parts=form.parts(), **form.facts(), by=request.user, at=now()
                )
            except Refused as refused:
                add_refusal(form, refused)
                status = 409
            else:
                messages.success(request, _("The correction is entered."))
                return redirect("budgets:correction", key=made.key)
    page = {**head_of(claim, now()), "form": form, "box": box}
    return render(request, "budgets/claim_correct.html", page, status=status)


# --- the register ----------------------------------------------------------------------------------------------------


@login_required
@require_safe
def corrections(request: HttpRequest) -> HttpResponse:
    """Corrections and irregularities, newest first."""
    if reach(request.user, P.ACCOUNT_VIEW) == Reach():
        raise PermissionDenied(_("Your role does not open the register. An administrator can give you access."))
    rows, form = corrections_for(request.user, request.GET)
    rows = rows.select_related("claim__project__programme", "claim__contract")
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    context = {"page": page, "cases": figures.cases(page.object_list), "filter": form}
    return render(request, "budgets/corrections.html", context)


@login_required
@require_safe
def corrections_csv(request: Request) -> HttpResponseBase:
    """The register as the filter leaves it, as CSV; a long one is written by a worker."""
    return taken_away(request, CORRECTIONS, query_of(request, *CORRECTIONS.filters))


@login_required
@require_http_methods(["GET", "POST"])
def correction(request: HttpRequest, key: UUID) -> HttpResponse:
    """One case: its lines and amounts, what became of it, and what it leads to."""
    found = Correction.objects.visible_to(request.user).select_related("claim__project__programme", "claim__contract")
    case = get_object_or_404(found, key=key)
    may_edit = reach(request.user, P.ACCOUNT_EDIT) != Reach()
    form = TurnForm(request.POST or None, correction=case)
    status = 200
    if request.method == "POST":
        require(request.user, P.ACCOUNT_EDIT, case.claim.project)
        status = 422
        if form.is_valid():
            try:
                actions.turn_correction(case, **form.cleaned_data, by=request.user, at=now())
            except Refused as refused:
                add_refusal(form, refused)
                status = 409
            else:
                messages.success(request, _("Saved."))
                return redirect("budgets:correction", key=key)
    context = {
        "case": figures.cases([case])[0], "correction": case, "claim": case.claim, "project": case.claim.project,
        "currency": case.claim.contract.currency, "lines": figures.lines_of(case), "form": form,
        "may_edit": may_edit and case.state in Correction.MOVES, "events": figures.history(case),
    }  # fmt: skip
    return render(request, "budgets/correction.html", context, status=status)
