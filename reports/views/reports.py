"""Reports: asking for one, watching it being made, finding it again, and taking its files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from core import formats, storage
from core.access import Permission, Refused
from core.models import AuditEvent
from core.requests import Request
from projects.models import Project, Reach, can, reach
from reports import actions, snapshot
from reports.charts import charts_of
from reports.filters import ACTIONS
from reports.forms import AskForm, FindForm, find_project, periods
from reports.models import Report, ReportFile
from reports.tables import KINDS, shown, shows_both
from reports.tasks import wake

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


def _see(url: str) -> HttpResponse:
    """Send the browser on to `url`, which it opens with GET (303)."""
    answer = redirect(url)
    answer.status_code = 303
    return answer


def _visible(request: Request) -> QuerySet[Report]:
    """The reports this person may see, without the weight of their figures."""
    reports = Report.objects.visible_to(request.user)
    return reports.select_related("project__programme", "asked_by").defer("snapshot")


def _url(report: Report) -> str:
    return reverse("reports:report", args=[report.key])


def _period(report: Report) -> str:
    return formats.period(report.from_on, report.to_on, get_language() or "en")


def _title(report: Report) -> str:
    return f"{report.get_kind_display()}, {_period(report)}"


# --- the list -------------------------------------------------------------------------------------------------------


@require_safe
@login_required
def reports(request: Request) -> HttpResponse:
    """The history: every report of the projects this person reports on or audits, newest first."""
    if reach(request.user, Permission.REPORT_VIEW) == Reach():
        raise PermissionDenied(_("Reports are for programme officers, the finance of partners and auditors."))
    form = FindForm(request.GET)
    form.is_valid()
    page = {
        "form": form,
        "page": Paginator(form.find(_visible(request)), PER_PAGE).get_page(request.GET.get("page")),
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


# --- asking ---------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def ask(request: Request) -> HttpResponse:
    """Ask for a report. The page proposes project, period and language; htmx asks it what a period holds."""
    mine = Project.objects.visible_to(request.user, Permission.REPORT_MAKE)
    mine = mine.select_related("programme").prefetch_related("contracts")
    if not mine.exists():
        raise PermissionDenied(_("Your role may not make reports. A programme officer can."))
    if request.method == "POST":
        return _ask(request, mine)
    given = {name: request.GET[name] for name in ("project", "from", "to", "language") if request.GET.get(name)}
    try:
        project = find_project(mine, given["project"]) if "project" in given else None
    except ValidationError:
        project = None  # the field says so again
    proposed = AskForm(initial={"project": project}, projects=mine, today=localdate())
    values = {name: proposed[name].value() for name in ("project", "from", "to", "language")} | given
    form = AskForm(values, projects=mine, today=localdate())
    wrong = not form.is_valid()
    if request.htmx:
        problems = [text for name in ("project", "from", "to") if values[name] for text in form.errors.get(name, [])]
        return render(request, "reports/ask.html#scope", _scope(form) | {"problems": problems})
    if wrong and given:
        return _ask_page(request, form, scope=form, status=422)
    again = AskForm(initial={**proposed.initial, **form.cleaned_data}, projects=mine, today=localdate())
    return _ask_page(request, again, scope=form)


def _ask(request: Request, mine: QuerySet[Project]) -> HttpResponse:
    """A question that is being worked on or was declined to be answered by an older report leads to its report."""
    form = AskForm(request.POST, projects=mine, today=localdate())
    if not form.is_valid():
        return _ask_page(request, form, scope=form, status=422)
    question, again = form.question(), form.cleaned_data["again"]
    if report := actions.at_work(**question):
        return _see(_url(report))
    found = actions.ready(**question)
    if found and found.key != again:
        if again and Report.objects.filter(key=again, **question).exists():
            return _see(_url(found))  # the form was sent twice, and the first one is done already
        return _ask_page(request, form, scope=form, found=found, status=409)
    scope = actions.in_scope(question["project"], question["from_on"], question["to_on"])
    if not (any(scope.values()) or again or form.cleaned_data["empty"]):
        return _ask_page(request, form, scope=form, nothing=True, status=409)
    try:
        report, _new = actions.ask(**question, by=request.user, at=now())
    except ValidationError as refused:
        form.add_error(None, refused)
        return _ask_page(request, form, scope=form, status=422)
    wake(report)
    return _see(_url(report))


def _ask_page(request: Request, form: AskForm, *, scope: AskForm, status: int = 200, **more: Any) -> HttpResponse:
    page = {"form": form, "usual": _usual(actions.usual_seconds(Report.Kind.PROGRESS)), **_scope(scope), **more}
    return render(request, "reports/ask.html", page, status=status)


def _scope(form: AskForm) -> dict[str, Any]:
    """What the chosen period of the chosen project holds, and other periods to choose from."""
    data = form.cleaned_data if form.is_valid() else getattr(form, "cleaned_data", {})
    project, language = data.get("project"), data.get("language") or ""
    page: dict[str, Any] = {"project": project, "presets": [], "problems": []}
    if project:
        page["contract"] = project.contract_on(data.get("to") or localdate())
        page["presets"] = [
            (
                name,
                first,
                until,
                "?" + urlencode({"project": project.number, "from": first, "to": until, "language": language}),
            )
            for name, first, until in periods(project, localdate())
        ]
    if form.is_valid():
        page["scope"] = actions.in_scope(data["project"], data["from"], data["to"])
        page["from"], page["to"] = data["from"], data["to"]
        page["nothing_there"] = not any(page["scope"].values())
    return page


def _usual(seconds: float | None) -> str:
    """How long it usually takes, in words; "" when there is nothing to go by."""
    if seconds is None:
        return ""
    if seconds < 60:
        return _("usually under a minute")
    minutes = round(seconds / 60)
    return ngettext("usually about %(n)s minute", "usually about %(n)s minutes", minutes) % {"n": minutes}


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
        "project": report.project,
        "title": _title(report),
        "may_make": can(request.user, Permission.REPORT_MAKE, report.project),
        "refused": refused,
    }
    page |= _work(request, report, now()) if report.at_work else _over(request, report)
    if request.htmx:
        return render(request, "reports/report_page.html#job", page, status=200 if report.at_work else 286)
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
    if waiting:
        before = Report.objects.filter(state=Report.State.QUEUED, pk__lt=report.pk).count()
        stage = _("Waiting for a worker")
        if before:
            stage += ": " + ngettext("%(n)s report before this one", "%(n)s reports before this one", before) % {
                "n": before
            }
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
        "usual": _usual(actions.usual_seconds(report.kind)),
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
    query = urlencode({"from": report.from_on, "to": report.to_on})
    return page | {
        "files": [(f, holds(f), reverse("reports:report_file", args=[report.key, f.position])) for f in files],
        "size": sum(f.file.size for f in files),
        "rows": [
            (reverse(name, args=[report.project.number]) + "?" + query, words)
            for permission, name, words in ROWS
            if can(request.user, permission, report.project)
        ],
        "seconds": round((report.finished_at - report.started_at).total_seconds())
        if report.finished_at and report.started_at
        else None,
        "again_url": reverse("reports:ask") + "?" + urlencode(
            {"project": report.project.number, "from": report.from_on, "to": report.to_on, "language": report.language}
        ),
    }  # fmt: skip


def holds(file: ReportFile) -> str:
    """What a file holds, in words."""
    if file.kind == ReportFile.Kind.PDF:
        return _("The whole report")
    if file.kind == ReportFile.Kind.ARCHIVE:
        return _("The whole report for the archive, with its tables inside")
    if file.kind == ReportFile.Kind.XLSX:
        return _("All tables as a workbook")
    return str(KINDS[file.table].title) if file.table in KINDS else _("What each column means")


def _events(request: Request, report: Report) -> list[dict[str, Any]]:
    """The last twenty things that happened to a report, for those who may read the trail."""
    if not can(request.user, Permission.TRAIL_VIEW, report.project):
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
    if not can(request.user, Permission.REPORT_MAKE, report.project):
        raise PermissionDenied(_("Your role may not make reports of this project. A programme officer can."))
    try:
        changed = action(report, by=request.user, at=now())
    except Refused as refused:
        return _report_page(request, get_object_or_404(_visible(request), key=key), refused=refused)
    if changed.state == Report.State.QUEUED:
        wake(changed)
    return _see(_url(report))


# --- what a finished report holds -----------------------------------------------------------------------------------


@require_GET
@login_required
def report_file(request: Request, key, position: int) -> HttpResponseBase:
    """One file, as it was sealed. Bytes that are gone or were altered on the disk are not handed out."""
    files = ReportFile.objects.filter(report__in=Report.objects.visible_to(request.user))
    files = files.select_related("file", "report__project").defer("report__snapshot")
    file = get_object_or_404(files, report__key=key, position=position)
    stored = file.file
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
    name = f"{report.project.number}_{report.kind}_{report.from_on}_{report.to_on}_{report.language}_figures.json"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
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
    tables = [
        shown(name, table, taken["language"], taken["money"]["currency"], both=both)
        for name, table in taken["tables"].items()
    ]
    page = {
        "report": report,
        "taken": taken,
        "both": both,
        "title": _title(report),
        "charts": charts_of(taken),
        "tables": [(t, csv.get(t.key)) for t in sorted(tables, key=lambda t: list(KINDS).index(t.key))],
        "longest": LONGEST_TABLE,
    }
    return render(request, "reports/report_screen.html", page)


def _finished(request: Request, key) -> Report:
    """A finished report this person may see, with its figures; 404 before it is finished."""
    reports = Report.objects.visible_to(request.user).filter(state=Report.State.DONE)
    return get_object_or_404(reports.select_related("project__programme", "asked_by"), key=key)


def _damaged(request: Request, report: Report, name: str, sha256: str) -> HttpResponse:
    actions.found_damaged(report, name=name, sha256=sha256, by=request.user, at=now())
    page = {"report": report, "name": name, "sha256": sha256, "title": _title(report)}
    return render(request, "reports/report_damaged.html", page, status=500)
