"""Reports: watching one being made, finding it again, and taking its files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from core import formats, storage
from core.access import Permission, Refused
from core.models import AuditEvent
from core.requests import Request
from projects.models import Reach, reach
from reports import actions, snapshot, subjects
from reports.charts import charts_of
from reports.columns import KINDS
from reports.cover import spoken
from reports.filters import ACTIONS
from reports.forms import FindForm
from reports.models import SUBJECT, Remake, Report, ReportFile, ReportQuerySet, ReportSource
from reports.tables import currency_of, sections_of, shown, shows_both
from reports.tasks import wake
from reports.views.asking import ready_in, see, usual

SLOW_AFTER = 60  # seconds without a change
SILENT_AFTER = 30  # seconds without a sign of life: three beats of a worker
PER_PAGE = 25
LONGEST_TABLE = 500  # rows of a table on the page; its CSV file holds them all

ROWS = [  # where the rows behind the figures stand: permission, page, words
    (Permission.BUDGET_VIEW, "reports:project_money", gettext_lazy("Money: budget lines and reported costs")),
    (Permission.PARTICIPANT_VIEW, "reports:project_people", gettext_lazy("People: sessions, attendance, participants")),
    (Permission.PARTICIPANT_VIEW, "reports:project_indicators", gettext_lazy("Indicators and who counts in them")),
    (Permission.EVIDENCE_VIEW, "reports:project_evidence", gettext_lazy("Evidence: lists, photos, documents")),
    (Permission.TRAIL_VIEW, "reports:project_history", gettext_lazy("History of the project: who changed what")),
]


def _visible(request: Request) -> ReportQuerySet:
    """The reports this person may see, without the weight of their figures."""
    reports = Report.objects.visible_to(request.user)
    return reports.with_subject().select_related("asked_by").defer("snapshot")


def _url(report: Report) -> str:
    return reverse("reports:report", args=[report.key])


def _title(report: Report) -> str:
    spoken_of = spoken(report.from_on, report.to_on, report.of_kind.asks, get_language() or "en")
    return f"{report.get_kind_display()}, {spoken_of}"


# --- the list -------------------------------------------------------------------------------------------------------


@require_safe
@login_required
def reports(request: Request) -> HttpResponse:
    """The history: every report of the projects this person reports on or audits, newest first."""
    if reach(request.user, Permission.REPORT_VIEW) == Reach():
        raise PermissionDenied(_("Reports are for programme officers, the finance of partners and auditors."))
    form = FindForm(request.GET)
    form.is_valid()
    found = Paginator(form.find(_visible(request), request.user), PER_PAGE).get_page(request.GET.get("page"))
    turns = actions.turns(found.object_list)
    page = {
        "form": form,
        "page": found,
        "rows": [(report, turns.get(report.pk)) for report in found.object_list],
        "filters": [(label, words, _without(request, name)) for name, label, words in form.in_force()],
        "may_ask": reach(request.user, Permission.REPORT_MAKE) != Reach(),
    }
    return render(request, "reports/reports.html", page, status=422 if form.errors else 200)


def _without(request: Request, name: str) -> str:
    """The address of this list without one filter."""
    query = request.GET.copy()
    for gone in (name, "page"):
        query.pop(gone, None)
    return "?" + query.urlencode()


# --- one report -----------------------------------------------------------------------------------------------------


@require_safe
@never_cache
@login_required
def report(request: Request, key) -> HttpResponse:
    """One report: how far it is, why it failed, or its files and its seal. htmx asks for its middle part again."""
    return _report_page(request, get_object_or_404(_visible(request), key=key))


def _report_page(request: Request, report: Report, *, refused: Refused | None = None) -> HttpResponse:
    page: dict[str, Any] = {
        "report": report,
        "title": _title(report),
        "may_make": actions.may_change(report, request.user),
        "refused": refused,
    }
    page |= _work(request, report, now()) if report.at_work else _over(request, report)
    if request.htmx:
        return render(request, "reports/report_page.html#job", page, status=200 if "poll_url" in page else 286)
    return render(request, "reports/report_page.html", page, status=409 if refused else 200)


def _work(request: Request, report: Report, at: datetime) -> dict[str, Any]:
    """How far a report is. The address of the next question carries the stage now shown and since when."""
    waiting = report.state == Report.State.QUEUED
    began = report.asked_at if waiting or report.started_at is None else report.started_at
    seen = request.GET.get("seen", "")
    if seen == report.stage and request.GET.get("since", "").isdecimal():
        since = min(int(request.GET["since"][:12]), int(at.timestamp()))
    else:
        since = int((began if waiting or report.stage == Report.Stage.FIGURES else at).timestamp())
    silent = bool(report.heartbeat_at and not waiting and (at - report.heartbeat_at).total_seconds() > SILENT_AFTER)
    long = ""
    if waiting:
        turn = actions.turns([report])[report.pk]
        stage, long = _("Waiting for a worker"), ready_in(turn.seconds)
        if turn.before:
            words = ngettext("%(n)s report before this one", "%(n)s reports before this one", turn.before)
            stage += ": " + words % {"n": turn.before}
    else:
        stage = _("Step %(n)s of %(all)s: %(stage)s") % {
            "n": report.step, "all": report.steps, "stage": report.get_stage_display(),
        }  # fmt: skip
    clock = formats.clock(localtime(began), get_language() or "en")
    query = urlencode({"seen": report.stage, "since": since})
    return {
        "stage": stage,
        "steps_done": max(report.step - 1, 0),
        "started": (_("asked for at %(clock)s") if waiting else _("started at %(clock)s")) % {"clock": clock},
        "usual": long or usual(report.kind),
        "mails": report.watches.filter(person=request.user).exists(),
        "slow": silent or at.timestamp() - since >= SLOW_AFTER,
        "silent": silent,
        "every": "2s" if (at - began).total_seconds() < 60 else "5s",
        "poll_url": f"{_url(report)}?{query}",
        "say": stage if request.htmx and seen != report.stage else "",
    }


def _over(request: Request, report: Report) -> dict[str, Any]:
    """What there is to say when the work has ended."""
    page: dict[str, Any] = {"events": _events(request, report)}
    if report.state != Report.State.DONE:
        return page
    files = list(report.files.select_related("file"))
    remake = report.remakes.order_by("pk").last()
    if remake and remake.at_work:
        page |= _remaking(report, remake, request.GET.get("seen", ""))
    query, number = urlencode({"from": report.from_on, "to": report.to_on}), report.project_number
    again = {"kind": report.kind, str(subjects.what(report.subject)): subjects.spelled(report.subject)}
    again |= {"from": str(report.from_on), "to": str(report.to_on), "language": report.language}
    away = next((f.file.put_away_at for f in files if f.file.put_away_at), None)
    return page | {
        "files": [(f, holds(f), reverse("reports:report_file", args=[report.key, f.position])) for f in files],
        "size": sum(f.file.size for f in files),
        "rows": [
            (reverse(name, args=[number]) + "?" + query, words)
            for permission, name, words in ROWS
            if number and subjects.may(request.user, permission, report.subject)
        ],
        "seconds": round((report.finished_at - report.started_at).total_seconds())
        if report.finished_at and report.started_at
        else None,
        "again_url": reverse("reports:ask") + "?" + urlencode(again),
        "away": away,
        "sourced": away is not None and ReportSource.objects.filter(report=report).exists(),
        "goes_on": (goes_on := actions.goes_on(report)) and localdate(goes_on),
        "remake": remake,
    }


def _remaking(report: Report, remake: Remake, seen: str) -> dict[str, Any]:
    """How far the files are that are made again; the address of the next question carries the stage now shown."""
    stage, words = Report.Stage(remake.stage), _("Waiting for a worker")
    n = list(Report.Stage).index(stage)
    if n:
        words = _("Step %(n)s of %(all)s: %(stage)s") % {"n": n, "all": report.steps, "stage": stage.label}
    return {
        "stage": words,
        "steps_done": max(n - 1, 0),
        "usual": usual(report.kind),
        "every": "5s",
        "poll_url": f"{_url(report)}?{urlencode({'seen': stage})}",
        "say": words if seen and seen != stage else "",
    }


def holds(file: ReportFile) -> str:
    """What a file holds, in words."""
    if file.kind == ReportFile.Kind.PDF:
        return _("The whole report")
    if file.kind == ReportFile.Kind.ARCHIVE:
        return _("The whole report for the archive, with its tables inside")
    if file.kind == ReportFile.Kind.XLSX:
        return _("All tables as a workbook")
    if file.kind == ReportFile.Kind.JSON:
        return _("All tables for programs")
    return str(KINDS[file.table].title) if file.table in KINDS else _("What each column means")


def _events(request: Request, report: Report) -> list[dict[str, Any]]:
    """The last twenty things that happened to a report, for those who may read the trail."""
    if not subjects.may(request.user, Permission.TRAIL_VIEW, report.subject):
        return []
    found = AuditEvent.objects.filter(kind=report._meta.label_lower, key=str(report.key)).order_by("-pk")[:20]
    return [
        {
            "what": ACTIONS.get(event.action, event.action),
            "file": event.after.get("file", ""),
            "why": event.note,
            "at": event.at,
            "who": event.by_name,
        }
        for event in found
    ]


@require_POST
@login_required
def report_cancel(request: Request, key) -> HttpResponse:
    return _change(request, key, actions.cancel)


@require_POST
@login_required
def report_retry(request: Request, key) -> HttpResponse:
    return _change(request, key, actions.retry)


def _change(request: Request, key, action: Callable[..., Report]) -> HttpResponse:
    report = get_object_or_404(_visible(request), key=key)
    if not actions.may_change(report, request.user):
        raise PermissionDenied(actions.may_not_make(report.subject))
    try:
        changed = action(report, by=request.user, at=now())
    except Refused as refused:
        return _report_page(request, get_object_or_404(_visible(request), key=key), refused=refused)
    if changed.state == Report.State.QUEUED:
        wake(changed)
    return see(_url(report))


# --- what a finished report holds -----------------------------------------------------------------------------------


@require_GET
@login_required
def report_file(request: Request, key, position: int) -> HttpResponseBase:
    """One file, as it was sealed. Bytes that are gone or were altered on the disk are not handed out."""
    files = ReportFile.objects.filter(report__in=Report.objects.visible_to(request.user))
    files = files.select_related("file", *(f"report__{path}" for path in SUBJECT)).defer("report__snapshot")
    file = get_object_or_404(files, report__key=key, position=position)
    stored = file.file
    if stored.put_away_at:
        return see(_url(file.report))  # which says so
    if not actions.intact(stored):
        return _damaged(request, file.report, stored.name, stored.sha256)
    actions.downloaded(file, by=request.user, at=now())
    return storage.answer(stored)


@require_GET
@login_required
def report_snapshot(request: Request, key) -> HttpResponse:
    """The sealed figures as canonical JSON; the SHA-256 of these bytes is the hash on the cover."""
    report = _finished(request, key)
    if not actions.figures_intact(report):
        return _damaged(request, report, "figures.json", report.snapshot_sha256)
    actions.figures_downloaded(report, by=request.user, at=now())
    answer = HttpResponse(snapshot.canonical(report.snapshot or {}), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{report.file_name}_figures.json"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_GET
@login_required
def report_screen(request: Request, key) -> HttpResponse:
    """The same tables and charts as a page, from the same sealed figures, in the language of the report."""
    report = _finished(request, key)
    if not actions.figures_intact(report):
        return _damaged(request, report, "figures.json", report.snapshot_sha256)
    taken: dict[str, Any] = report.snapshot or {}
    files = report.files.filter(kind=ReportFile.Kind.CSV)
    csv = {f.table: reverse("reports:report_file", args=[report.key, f.position]) for f in files}
    both = shows_both(taken)
    tables = {
        name: shown(name, table, taken["language"], currency_of(taken), both=both)
        for name, table in taken["tables"].items()
    }
    page = {
        "report": report,
        "taken": taken,
        "both": both,
        "title": _title(report),
        "charts": charts_of(taken),
        "sections": [(heading, [(t, csv.get(t.key)) for t in found]) for heading, found in sections_of(taken, tables)],
        "longest": LONGEST_TABLE,
    }
    return render(request, "reports/report_screen.html", page)


def _finished(request: Request, key) -> Report:
    """A finished report this person may see, with its figures; 404 before it is finished."""
    reports = Report.objects.visible_to(request.user).filter(state=Report.State.DONE)
    return get_object_or_404(reports.with_subject().select_related("asked_by"), key=key)


def _damaged(request: Request, report: Report, name: str, sha256: str) -> HttpResponse:
    actions.found_damaged(report, name=name, sha256=sha256, by=request.user, at=now())
    page = {"report": report, "name": name, "sha256": sha256, "title": _title(report)}
    return render(request, "reports/report_damaged.html", page, status=500)
