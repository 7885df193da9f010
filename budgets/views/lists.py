"""Lists over all projects: amendments, payments and recoveries, contracts with suppliers."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from budgets.forms import listed, one_of
from budgets.models import Amendment, Payment, Procurement
from core.access import Permission
from projects.models import Reach, reach

P = Permission


def _open_to(request: HttpRequest, permission: Permission) -> None:
    if reach(request.user, permission) == Reach():
        raise PermissionDenied(_("Your role does not open this list. An administrator can give you access."))


def _answer(request: HttpRequest, template: str, found: tuple[Any, Any]) -> HttpResponse:
    rows, form = found
    page = Paginator(rows, 25).get_page(request.GET.get("page"))
    return render(request, template, {"page": page, "filter": form, "number": request.GET.get("project", "")})


@login_required
@require_safe
def amendments(request: HttpRequest) -> HttpResponse:
    """The amendments a person may see, newest first."""
    _open_to(request, P.AMENDMENT_VIEW)
    rows = Amendment.objects.visible_to(request.user).select_related("project__programme").defer("base", "draft")
    state = one_of(_("State"), Amendment.State.choices)
    found = listed(rows, request.GET, programme="project__programme", project="project", state=state)
    return _answer(request, "budgets/amendments.html", found)


@login_required
@require_safe
def payments(request: HttpRequest) -> HttpResponse:
    """What was paid to beneficiaries and what came back, the latest first."""
    _open_to(request, P.ACCOUNT_VIEW)
    rows = (
        Payment.objects.visible_to(request.user)
        .select_related("project__programme", "claim", "reversed_by")
        .order_by("-paid_on", "-pk")
    )
    kind = one_of(pgettext("payment", "Kind"), Payment.Kind.choices)
    found = listed(rows, request.GET, programme="project__programme", project="project", kind=kind)
    return _answer(request, "budgets/payments.html", found)


@login_required
@require_safe
def suppliers(request: HttpRequest) -> HttpResponse:
    """Contracts with suppliers, the latest first."""
    _open_to(request, P.CLAIM_VIEW)
    rows = Procurement.objects.visible_to(request.user).select_related("project__programme")
    rows = rows.annotate(n=Count("costs")).order_by("-signed_on", "-pk")
    procedure = one_of(_("Procedure"), Procurement.Procedure.choices)
    found = listed(rows, request.GET, programme="project__programme", project="project", procedure=procedure)
    return _answer(request, "budgets/suppliers.html", found)
