"""What the marks of one session move: a panel of the class sheet, and a page of its own without JavaScript."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from activities.actions import today_in
from activities.models import Session
from core.access import Permission
from projects.models import can
from reports import figures


@login_required
@require_safe
def effect(request: HttpRequest, key: UUID) -> HttpResponse:
    """Hours, people, outputs and amounts with this session's marks, and by how much the marks move them. `?was=` holds
    the session's hours and amount when the sheet was opened; the panel then says what changed since."""
    visible = Session.objects.visible_to(request.user).select_related("project__programme", "activity", "group")
    session = get_object_or_404(visible, key=key)
    found = figures.effect_of(session, today_in(session.project, now()))
    was = _numbers(request.GET.get("was", ""))
    page = {
        "session": session,
        "effect": found,
        "was": request.GET["was"] if was else f"{found.person_hours},{found.amount}",
        "since": (found.person_hours - was[0], found.amount - was[1]) if was else None,
        "currency": getattr(session.project.contract_on(session.on), "currency", "EUR"),
        "may_see_money": can(request.user, Permission.BUDGET_VIEW, session.project),
    }
    part = "#effect" if request.headers.get("HX-Request") else ""
    return render(request, f"reports/session_effect.html{part}", page)


def _numbers(text: str) -> tuple[Decimal, Decimal] | None:
    try:
        hours, amount = (Decimal(part) for part in text.split(",")[:2])
    except (InvalidOperation, ValueError):
        return None
    return (hours, amount) if hours.is_finite() and amount.is_finite() else None
