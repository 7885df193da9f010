"""What the nightly recount found: rows that an officer or auditor reads. Expected: none."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import F, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from budgets.forms import add_refusal
from core.access import Permission, Refused
from projects.models import Project, Reach, can, reach
from reports.indicators import actions
from reports.indicators.forms import ExplainForm
from reports.indicators.models import Drift, Snapshot

P = Permission


@login_required
@require_safe
def drifts(request: HttpRequest) -> HttpResponse:
    """Figures that no longer came out as they were stored, not explained ones first, and when was last counted."""
    if reach(request.user, P.TRAIL_VIEW) == Reach():
        raise PermissionDenied(_("Your role does not open the recount. An administrator can give you access."))
    rows = Drift.objects.visible_to(request.user).select_related("project", "seen_by")
    projects = Project.objects.visible_to(request.user, P.TRAIL_VIEW)
    counted = Snapshot.objects.filter(project__in=projects)
    page = Paginator(rows.order_by(F("seen_at").desc(nulls_first=True), "-found_at", "-pk"), 100)
    context = {
        "page": page.get_page(request.GET.get("page")), "open": rows.open().count(), "snapshots": counted.count(),
        "last": counted.aggregate(last=Max("counted_at"))["last"],
    }  # fmt: skip
    return render(request, "indicators/drifts.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def drift(request: HttpRequest, key: UUID) -> HttpResponse:
    """One drift; an officer writes down what it came from."""
    one = get_object_or_404(Drift.objects.visible_to(request.user).select_related("project", "seen_by"), key=key)
    may = can(request.user, P.INDICATOR_EDIT, one.project)
    form = ExplainForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.explain(one, **form.cleaned_data, by=request.user, at=now())
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("The explanation is written down."))
            return redirect("indicators:drifts")
    if request.method == "POST" and not may:
        raise PermissionDenied(_("Your role does not allow this. An administrator can give you access."))
    page = {"one": one, "form": form if may and one.seen_at is None else None}
    return render(request, "indicators/drift.html", page, status=422 if request.method == "POST" else 200)
