"""Long tables as files: asked for, watched while a worker writes them, fetched for some hours. Each person's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localtime, now
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from beneficiaries.forms import ExportForm
from beneficiaries.models import Export
from beneficiaries.tables import gaps
from core import formats, storage
from core.access import Refused
from core.requests import Request
from projects.tables import at_once, tables
from projects.views import query_of, worded
from reports import actions
from reports.tasks import wake_export
from reports.views.asking import ready_in, see

SILENT_AFTER = 30  # seconds without a sign of life
SHOWN = 50  # of the own history


def _own(request: Request, key) -> Export:
    exports = Export.objects.visible_to(request.user).select_related("project", "file", "asked_by")
    return get_object_or_404(exports, key=key)


def _url(export: Export) -> str:
    return reverse("reports:export", args=[export.key])


@require_safe
@never_cache
@login_required
def exports(request: Request) -> HttpResponse:
    """The history: the last files this person asked for."""
    mine = Export.objects.visible_to(request.user).select_related("project", "file")[:SHOWN]
    page = {"exports": [(export, tables()[export.table].title) for export in mine], "hours": settings.EXPORT_HOURS}
    return render(request, "reports/exports.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def export_new(request: Request, table: str) -> HttpResponse:
    """How long a table is with its filters, and the button that has it made; a short one comes at once."""
    if (found := tables().get(table)) is None:
        raise Http404
    chosen = query_of(request, *found.filters)
    query = worded(found, chosen)
    rows = found.rows(request.user, query)
    if at_once(rows):
        return redirect(found.at_once_url(chosen))
    form = ExportForm(request.POST or None) if found.personal else None
    refused = None
    if request.method == "POST" and (form is None or form.is_valid()):
        because = form.cleaned_data["because"] if form else ""
        if form and form.cleaned_data["complete"]:
            query["complete"] = "1"
        try:
            export = actions.ask_export(
                found, query, because=because, mail=bool(request.POST.get("mail")), by=request.user, at=now()
            )
        except Refused as error:
            refused = error
        else:
            wake_export(export)
            return see(_url(export))
    page = {
        "table": found,
        "form": form,
        "gaps": gaps(rows, query["project"]) if found.personal else None,
        "n": rows.count(),
        "query": query,
        "refused": refused,
        "hours": settings.EXPORT_HOURS,
    }
    status = 409 if refused else 422 if form and form.is_bound else 200
    return render(request, "reports/export_new.html", page, status=status)


@require_safe
@never_cache
@login_required
def export(request: Request, key) -> HttpResponse:
    """How far a file is, why it failed, or the way to it. htmx asks for the middle part again."""
    return _page(request, _own(request, key))


def _page(request: Request, export: Export, *, refused: Refused | None = None) -> HttpResponse:
    at = now()
    page: dict[str, Any] = {"export": export, "title": tables()[export.table].title, "refused": refused}
    page["here"] = export.expires_at is not None and export.state == Export.State.DONE and export.expires_at > at
    page["again_url"] = tables()[export.table].job_url(export.query)
    if export.at_work:
        page |= _work(request, export, at)
    if request.htmx:
        return render(request, "reports/export.html#job", page, status=200 if export.at_work else 286)
    return render(request, "reports/export.html", page, status=409 if refused else 200)


def _work(request: Request, export: Export, at: datetime) -> dict[str, Any]:
    """Where a file stands: its place in the queue, or its stage and how many rows are written."""
    language, before = get_language() or "en", actions.exports_before(export)
    if export.state == Export.State.QUEUED:
        stage = _("Waiting for a worker")
        if before:
            stage += ": " + ngettext("%(n)s file before this one", "%(n)s files before this one", before) % {
                "n": before
            }
    else:
        stage = _("%(stage)s: %(done)s of %(all)s rows") % {
            "stage": export.get_stage_display(), "done": formats.count(export.progress, language),
            "all": formats.count(export.rows, language),
        }  # fmt: skip
    waiting = export.started_at is None
    clock = formats.clock(localtime(export.started_at or export.asked_at), language)
    seen = request.GET.get("seen", "")
    return {
        "stage": stage,
        "started": (_("asked for at %(clock)s") if waiting else _("started at %(clock)s")) % {"clock": clock},
        "usual": ready_in(None if waiting and before else actions.seconds_left(export, at)),
        "silent": bool(export.heartbeat_at and (at - export.heartbeat_at).total_seconds() > SILENT_AFTER),
        "poll_url": f"{_url(export)}?seen={export.stage}",
        "say": stage if seen and seen != export.stage else "",
    }


@require_POST
@login_required
def export_cancel(request: Request, key) -> HttpResponse:
    return _change(request, key, actions.cancel_export)


@require_POST
@login_required
def export_retry(request: Request, key) -> HttpResponse:
    return _change(request, key, actions.retry_export)


def _change(request: Request, key, action: Callable[..., Export]) -> HttpResponse:
    try:
        export = action(_own(request, key), by=request.user, at=now())
    except Refused as refused:
        return _page(request, _own(request, key), refused=refused)
    if export.state == Export.State.QUEUED:
        wake_export(export)
    return see(_url(export))


@require_GET
@login_required
def export_file(request: Request, key) -> HttpResponseBase:
    """The file, for who asked and only while the rights are those it was made with; written down in the trail."""
    try:
        export = actions.fetch_export(_own(request, key), by=request.user, at=now())
    except Refused as refused:
        return _page(request, _own(request, key), refused=refused)
    assert export.file is not None  # a constraint
    return storage.answer(export.file)
