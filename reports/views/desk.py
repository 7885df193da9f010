"""At the export desk: a mail when a report is over, and files that were put away made again."""

from __future__ import annotations

from contextlib import suppress

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_POST

from core.access import Refused
from core.requests import Request
from reports import actions
from reports.models import Report
from reports.tasks import wake_again
from reports.views.asking import see


def _report(request: Request, key) -> Report:
    return get_object_or_404(Report.objects.visible_to(request.user).with_subject().defer("snapshot"), key=key)


def _back(report: Report) -> HttpResponse:
    return see(reverse("reports:report", args=[report.key]))


@require_POST
@login_required
def report_mail(request: Request, key) -> HttpResponse:
    """Whether this person wants a mail when the report is over (`wanted`, empty for no)."""
    report = _report(request, key)
    actions.watch(report, by=request.user, wanted=bool(request.POST.get("wanted")))
    return _back(report)


@require_POST
@login_required
def report_files(request: Request, key) -> HttpResponse:
    """Have the files of a report made again that were put away; when they are there, they are shown."""
    report = _report(request, key)
    try:
        wake_again(actions.ask_again(report, by=request.user, at=now()))
    except Refused as refused:  # somebody else had them made meanwhile, or this person has too much at work
        messages.info(request, " ".join(refused.messages))
    return _back(report)


@require_POST
@login_required
def report_files_cancel(request: Request, key) -> HttpResponse:
    """Stop the making of files again."""
    report = _report(request, key)
    with suppress(Refused):  # they are there by now
        actions.cancel_again(report, by=request.user, at=now())
    return _back(report)
