"""Payment applications of a programme, and the money of its projects side by side."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from budgets import actions
from budgets.figures import rollup, settlement
from budgets.forms import DraftForm, add_refusal, listed, one_of
from budgets.models import Claim, PaymentApplication
from budgets.taken import ACCOUNTS, ENTRIES, accounts_for, programmes_for
from core.access import Permission, Refused
from core.money import NOTHING
from core.requests import Request
from projects.models import Reach, reach
from projects.views import query_of, taken_away

P = Permission


def _open_to(request: HttpRequest) -> None:
    if reach(request.user, P.ACCOUNT_VIEW) == Reach():
        raise PermissionDenied(_("Your role does not open the accounts. An administrator can give you access."))


def _application(request: HttpRequest, key: UUID) -> PaymentApplication:
    found = PaymentApplication.objects.visible_to(request.user).select_related("programme", "made_by", "sent_by")
    return get_object_or_404(found, key=key)


@login_required
@require_http_methods(["GET", "POST"])
def applications(request: HttpRequest) -> HttpResponse:
    """Payment applications, newest first; POST draws up the next one of a programme."""
    _open_to(request)
    keeps = programmes_for(request.user, P.ACCOUNT_EDIT)
    form = DraftForm(request.POST or None, programmes=keeps, initial={"entered_on": localdate()}) if keeps else None
    status = 200
    if request.method == "POST":
        if form is None:
            raise PermissionDenied(_("Your role does not allow this. An administrator can give you access."))
        status = 422
        if form.is_valid():
            programme = next(p for p in keeps if p.code == form.cleaned_data["programme"])
            day = form.cleaned_data["entered_on"]
            try:
                made = actions.draft_application(programme, entered_on=day, by=request.user, at=now())
            except Refused as refused:
                add_refusal(form, refused)
                status = 409
            else:
                return redirect("budgets:application", key=made.key)
    rows = PaymentApplication.objects.visible_to(request.user).select_related("programme")
    state = one_of(_("State"), PaymentApplication.State.choices)
    years = rows.order_by("-year").values_list("year", flat=True).distinct()
    year = one_of(_("Accounting year"), [(year, f"{year}/{year + 1}") for year in years])
    rows, narrow = listed(rows, request.GET, programme="programme", state=state, year=year)
    rows = rows.annotate(total=Sum("entries__eur_total"), eu=Sum("entries__eur_eu_part"), n=Count("entries"))
    page = Paginator(rows.order_by("-year", "-number", "pk"), 25).get_page(request.GET.get("page"))
    return render(request, "budgets/applications.html", {"page": page, "form": form, "filter": narrow}, status=status)


@login_required
@require_safe
def application(request: HttpRequest, key: UUID) -> HttpResponse:
    """One application: its entries as facts; while it is a draft, what would become of it and what else could."""
    found = _application(request, key)
    keeps = found.programme in programmes_for(request.user, P.ACCOUNT_EDIT)
    entries = found.entries.select_related("claim__project__programme").order_by("claim__project__number", "claim")
    sums = entries.aggregate(total=Sum("eur_total"), eu=Sum("eur_eu_part"), national=Sum("eur_national_part"),
                             own=Sum("eur_own_part"))  # fmt: skip
    sums["public"] = (sums["total"] or NOTHING) - (sums["own"] or NOTHING)
    rows = []
    if found.state == PaymentApplication.State.DRAFT:
        amounts, chosen = settlement.certifiable(found.programme), set(found.claims.values_list("pk", flat=True))
        claims = Claim.objects.filter(pk__in=[*amounts, *chosen]).select_related("project__programme", "contract")
        rows = [
            {"claim": claim, "amount": amounts.get(claim.pk), "chosen": claim.pk in chosen}
            for claim in claims.order_by("project__number", "number")
        ]
    context = {
        "application": found, "entries": entries, "sums": sums, "rows": rows, "may_edit": keeps,
        "second": found.made_by_id != request.user.pk,
    }  # fmt: skip
    return render(request, "budgets/application.html", context)


@login_required
@require_POST
def application_move(request: HttpRequest, key: UUID) -> HttpResponse:
    """Choose the claims of a draft, discard it, or send it as the second person."""
    found = _application(request, key)
    act = request.POST.get("act")
    who: dict[str, Any] = {"by": request.user, "at": now()}
    try:
        if act == "discard":
            actions.discard_application(found, **who)
            return redirect("budgets:applications")
        if act == "send":
            actions.send_application(found, **who)
        else:
            picked = [int(pk) for pk in request.POST.getlist("claim") if pk.isdigit()]
            actions.choose_claims(found, claims=Claim.objects.filter(pk__in=picked), **who)
    except Refused as refused:
        for message in refused.messages:
            messages.error(request, message)
    else:
        messages.success(request, _("Saved."))
    return redirect("budgets:application", key=key)


@login_required
@require_safe
def application_csv(request: Request, key: UUID) -> HttpResponseBase:
    """The entries of a sent application as CSV: CPR Annex XVII, fields 105 to 107; many are written by a worker."""
    found = _application(request, key)
    return taken_away(request, ENTRIES, {"application": str(found.key)})


# --- the projects of a programme side by side ------------------------------------------------------------------------


@login_required
@require_safe
def accounts(request: HttpRequest) -> HttpResponse:
    """Contracted, claimed, verified, certified and paid of each project of a programme, and of all of them."""
    _open_to(request)
    seen, chosen, projects = accounts_for(request.user, request.GET)
    rows = rollup.of_projects(list(projects), localdate())
    page = Paginator(projects, 50).get_page(request.GET.get("page"))
    context = {
        "programmes": seen, "programme": chosen, "page": page, "whole": rollup.total(rows.values()),
        "rows": [(project, rows[project.pk]) for project in page.object_list],
    }  # fmt: skip
    return render(request, "budgets/accounts.html", context)


@login_required
@require_safe
def accounts_csv(request: Request) -> HttpResponseBase:
    """The same figures as CSV, in euro; many projects are written by a worker."""
    return taken_away(request, ACCOUNTS, query_of(request, *ACCOUNTS.filters))
