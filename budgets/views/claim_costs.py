"""The costs of a claim: chosen among those reported, or entered straight into it while what is left is shown."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activities.actions import today_in
from activities.models import Evidence
from budgets import actions
from budgets.actions.rates import rate_for
from budgets.checks import claim_facts, exchanged
from budgets.checks.claim_facts import AMOUNTS, Left
from budgets.checks.claim_past import past_of
from budgets.forms import ClaimCostForm, add_refusal
from budgets.forms.money import currencies
from budgets.models import BudgetLine, Claim, CostDraft
from budgets.views.claims import head_of, to_edit
from core import formats
from core.access import Refused


@login_required
@require_http_methods(["GET", "POST"])
def claim_costs(request: HttpRequest, key: UUID) -> HttpResponse:
    """Choose which reported costs the claim holds; what is left of each budget line stands beside."""
    claim, elsewhere = to_edit(request, key)
    if elsewhere:
        return elsewhere
    free = claim_facts.unclaimed(claim.project, claim.to_on)
    held = {line.cost_id for line in claim.lines.held() if line.cost_id is not None}
    mine = claim.project.reported_costs.filter(pk__in=held).select_related("line", "activity", "exchange")
    costs = sorted([*mine, *free], key=lambda cost: (cost.document_on, cost.pk))
    wrong: list[str] = []
    chosen = held or ({cost.pk for cost in costs} if claim.state == Claim.State.DRAFT else set())
    if request.method == "POST":
        picked = set(request.POST.getlist("cost"))
        wanted = [cost for cost in costs if str(cost.pk) in picked]
        chosen = {cost.pk for cost in wanted}
        version = request.POST.get("version", "")
        try:
            actions.choose_costs(
                claim, costs=wanted, version=int(version) if version.isdigit() else 0, by=request.user, at=now()
            )
        except Refused as refused:
            wrong = refused.messages
            claim.refresh_from_db(fields=["version"])
        else:
            messages.success(request, _("Saved."))
            return redirect("budgets:claim", key=key)
    left = claim_facts.left_to_claim(claim, today_in(claim.project, now()))
    past = past_of([cost.pk for cost in costs], claim)
    page = {
        **head_of(claim, now()), "costs": [(cost, past.get(cost.pk, [])) for cost in costs], "chosen": chosen,
        "returning": sum(cost.pk in past and cost.pk not in held for cost in costs), "wrong": wrong,
        "prefilled": bool(chosen - held),
        "left": sorted(left.values(), key=lambda each: each.code),
    }  # fmt: skip
    return render(request, "budgets/claim_costs.html", page, status=409 if wrong else 200)


@dataclass(frozen=True)
class Typed:
    """What is left of a line with the cost that is being typed; the amounts in all, of the EU, national and own part,
    in the currency of the contract."""

    left: Left
    cost: list[Decimal | None]
    after: list[Decimal | None]
    over: Decimal | None  # by how much the cost passes the line and what the call allows above it

    @property
    def rows(self) -> list[tuple[str, Decimal | None, Decimal | None, Decimal | None]]:
        labels = (_("Total"), _("EU part"), _("National part"), _("Own part"))
        return list(zip(labels, self.left.amounts, self.cost, self.after, strict=True))


def _typed(claim: Claim, left: dict[str, Left], form: ClaimCostForm) -> Typed | None:
    """None while no line of the contract is chosen or no amount can be read."""
    line = BudgetLine.objects.filter(contract=claim.contract, pk=_int(form.data.get("line"))).first()
    amount, currency = form.typed_amount(), form.data.get("currency")
    if line is None or amount is None or line.code not in left:
        return None
    into = claim.contract.currency
    try:
        currency = currency if currency in dict(currencies()) else into
        rate = rate_for(currency, today_in(claim.project, now()))
    except Refused:  # it is told when the cost is entered
        return None
    total = exchanged(rate.euro(amount) if rate else amount, "EUR" if rate else currency, into)
    amounts = {"total": total, **actions.parts_on(line, total)}
    of_line = left[line.code]
    after = of_line.after(amounts)
    rest = (after[0] or 0) + of_line.tolerance
    return Typed(of_line, [amounts[name] for name in AMOUNTS], after, -rest if rest < 0 else None)


def _int(text: Any) -> int:
    return int(text) if str(text or "").isdecimal() else 0


def _form(request: HttpRequest, claim: Claim, left: dict[str, Left], data: Any = None) -> ClaimCostForm:
    files = Evidence.objects.visible_to(request.user).filter(project=claim.project, removed_at=None)
    files = files.select_related("file").order_by("-added_at", "-pk")
    return ClaimCostForm(data, request.FILES or None, claim=claim, left=left, evidence=files)


@login_required
@require_http_methods(["GET", "POST"])
def claim_cost_new(request: HttpRequest, key: UUID) -> HttpResponse:
    """Enter a cost into the claim. What was typed earlier and not entered stands in the fields again."""
    claim, elsewhere = to_edit(request, key)
    if elsewhere:
        return elsewhere
    at, status, left = now(), 200, claim_facts.left_to_claim(claim, today_in(claim.project, now()))
    if "discard" in request.POST:
        actions.drop_draft(claim, by=request.user)
        return redirect("budgets:claim_cost_new", key=key)
    draft = CostDraft.objects.filter(claim=claim, user=request.user.pk).first() if request.method == "GET" else None
    form = _form(request, claim, left, request.POST if request.method == "POST" else None)
    if draft:
        form.initial = dict(draft.data)
    if "reckon" in request.POST:  # without JavaScript: what is left, before anything is entered
        typed = _typed(claim, left, form)
        form = _form(request, claim, left)
        form.initial = {name: request.POST.get(name, "") for name in form.fields}
    else:
        shown = _form(request, claim, left, draft.data) if draft else form
        typed = _typed(claim, left, shown) if shown.is_bound else None
        if request.method == "POST":
            status = 422
            if form.is_valid():
                try:
                    line = actions.enter_cost(claim, **form.cleaned_data, by=request.user, at=at)
                except Refused as refused:
                    add_refusal(form, refused)
                else:
                    messages.success(request, _("“%(document)s” is in the claim.") % {"document": line.cost})
                    again = "budgets:claim_cost_new" if "more" in request.POST else "budgets:claim_costs"
                    return redirect(again, key=key)
    page = {**head_of(claim, at), "form": form, "typed": typed, "draft": draft}
    return render(request, "budgets/claim_cost_new.html", page, status=status)


@login_required
@require_safe
def claim_cost_left(request: HttpRequest, key: UUID) -> HttpResponse:
    """What is left of the chosen line with the amount that is being typed: a part of the page above."""
    claim, elsewhere = to_edit(request, key)
    if elsewhere:
        return elsewhere
    left = claim_facts.left_to_claim(claim, today_in(claim.project, now()))
    typed = _typed(claim, left, _form(request, claim, left, request.GET))
    return render(request, "budgets/claim_left.html", {"typed": typed, "currency": claim.contract.currency})


@login_required
@require_POST
def claim_cost_draft(request: HttpRequest, key: UUID) -> HttpResponse:
    """Keep what is typed, so that a lost connection or a closed page loses nothing."""
    claim, _elsewhere = to_edit(request, key)
    at = now()
    try:
        typed = {name: str(text) for name, text in request.POST.items()}
        actions.keep_draft(claim, typed, by=request.user, at=at)
    except Refused as refused:
        return JsonResponse({"detail": " ".join(refused.messages)}, status=409)
    return JsonResponse({"at": formats.clock(at.astimezone(), get_language() or "en"), "url": reverse(
        "budgets:claim_cost_new", args=[key]
    )})  # fmt: skip
