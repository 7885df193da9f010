"""Figures of a project, and reports with their files, for programs."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.timezone import now
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework.response import Response

from activities.actions import today_in
from budgets.figures import money_of
from core import storage
from core.access import Permission
from core.api import PROBLEM, AsItIs, Problem
from core.api.doors import Door, location, operation
from core.api.shapes import ProblemDocument, RowQuery, page_of, rows_of
from projects.models import Project, can
from reports import actions, subjects
from reports.catalogue import kinds
from reports.figures import progress, time_gone
from reports.library import indicators as indicators_of
from reports.models import Report, ReportFile
from reports.serializers import (
    DayQuery,
    Indicators,
    MoneyShape,
    NewReport,
    PeriodQuery,
    ReportDetail,
    ReportFileRow,
    ReportQuery,
    ReportRow,
    Tables,
)
from reports.tables import UNITS, Table
from reports.tasks import wake, wake_again

SEEN_WITH = {  # what opens each table of a project, as on its pages
    "money_sources": Permission.BUDGET_VIEW,
    "money_activities": Permission.BUDGET_VIEW,
    "months": Permission.BUDGET_VIEW,
    "costs": Permission.BUDGET_VIEW,
    "activities": Permission.SESSION_VIEW,
    "outputs": Permission.SESSION_VIEW,
    "counters": Permission.SESSION_VIEW,
    "indicators": Permission.SESSION_VIEW,
    "indicator_targets": Permission.SESSION_VIEW,
    "counted_indicators": Permission.SESSION_VIEW,
    "typed_indicators": Permission.SESSION_VIEW,
    "indicator_definitions": Permission.SESSION_VIEW,
    "estimated_indicators": Permission.SESSION_VIEW,
    "weeks": Permission.SESSION_VIEW,
    "evidence": Permission.EVIDENCE_VIEW,
}

# --- figures ---------------------------------------------------------------------------------------------------------


def as_json(table: Table, language: str) -> dict[str, Any]:
    """A table with what its columns mean, in `language`."""
    with override(language):
        heads = [
            {
                "key": column.key,
                "kind": column.kind,
                "unit": UNITS.get(column.kind, ""),
                "label": str(column.label),
                "meaning": str(column.meaning),
            }
            for column in table.kind.columns
        ]
        return {"title": str(table.kind.title), "note": str(table.kind.note), "columns": heads, **table.encoded()}


class FiguresDoor(Door):
    """Every figure comes from the functions that fill the pages, the PDF and the CSV files."""

    def _project(self, number: str) -> Project:
        return self.fetch(Project.objects.select_related("programme").prefetch_related("contracts"), number=number)

    def _period(self) -> dict[str, Any]:
        language = self.asked.get("language") or get_language() or "en"
        return {"from": self.asked["from"], "to": self.asked["to"], "language": language}

    @operation(
        _("Read the indicators of a project for a period"),
        needs=Permission.SESSION_VIEW,
        query=PeriodQuery,
        answers={200: Indicators},
        about=_(
            "The tables of the programme’s library, or of the ESF+ common indicators where it has none. 404: neither."
        ),
    )
    def indicators(self, request, number):
        project, period = self._project(number), self._period()
        tables, counted = indicators_of(project, period["from"], period["to"], period["language"])
        if not tables:
            raise Http404
        figures = {
            "tables": {table.key: as_json(table, period["language"]) for table in tables},
            "incomplete": counted and {"period": counted.incomplete_period, "to_date": counted.incomplete_to_date},
        }
        return Response({"project": project.number, **period, **figures})

    @operation(
        _("Read all tables of a project for a period"),
        needs=Permission.PROJECT_VIEW,
        query=PeriodQuery,
        answers={200: Tables},
        about=_("The tables of the progress report. Those that your role or token does not open are left out."),
    )
    def tables(self, request, number):
        project, period = self._project(number), self._period()
        open_to = {need for need in set(SEEN_WITH.values()) if can(request.user, need, project)}
        found = progress(project, period["from"], period["to"], period["language"])
        tables = {
            key: as_json(table, period["language"]) for key, table in found.tables.items() if SEEN_WITH[key] in open_to
        }
        return Response({"project": project.number, **period, "tables": tables})

    @operation(
        _("Read the money of a project on a day"),
        needs=Permission.BUDGET_VIEW,
        query=DayQuery,
        answers={200: MoneyShape},
        about=_("Contracted, reported, paid and left, by the contract version in force on that day."),
    )
    def money(self, request, number):
        project = self._project(number)
        day = self.asked.get("on") or today_in(project, now())
        found = money_of([project], day)[project.pk]
        names = ("currency", "original", "contracted", "reported", "paid", "left")
        return Response(
            {
                "project": project.number,
                "on": day,
                "contract": found.contract and found.contract.number,
                "time_gone": time_gone(found.contract, day),
            }
            | {name: getattr(found, name) for name in names}
        )


# --- reports ---------------------------------------------------------------------------------------------------------

LOOK_AGAIN = OpenApiParameter(
    "Retry-After", int, OpenApiParameter.HEADER, response=[200, 202], description=_("Seconds to wait before a look.")
)
STEPS = {  # (state, stage): which step of how many
    (state, stage): (Report(state=state, stage=stage).step, Report(state=state, stage=stage).steps)
    for state in Report.State.values
    for stage in Report.Stage.values
}
EXAMPLE = {
    "kind": "progress", "project": "BG05SFPR001-1.008-0009", "from": "2026-01-01", "to": "2026-03-31", "language": "bg",
}  # fmt: skip


class ReportDoor(Door):
    @operation(
        _("List reports"),
        needs=Permission.REPORT_VIEW,
        query=ReportQuery,
        answers={200: page_of(ReportRow)},
        about=_("Reports about what you report on or audit, the newest first."),
    )
    def list(self, request):
        asked = {name: self.asked[name] for name in ("project", "kind", "state") if name in self.asked}
        rows = self.visible(Report.objects).filter(**asked)
        return self.pages(newest_first=True).of(rows, ReportRow, self._complete)

    @operation(
        _("Ask for a report"),
        needs=Permission.REPORT_MAKE,
        body=NewReport,
        answers={
            202: OpenApiResponse(ReportDetail, description=_("A worker will make it; look at Location.")),
            200: OpenApiResponse(ReportDetail, description=_("It is being made already, or (reuse) there.")),
        },
        about=_("Figures are frozen when a worker begins. Look at the address in Location until it is “done”."),
        headers=[location(200, 202), LOOK_AGAIN],
        examples=[OpenApiExample("A quarter in Bulgarian", request_only=True, value=EXAMPLE)],
    )
    def create(self, request):
        told = self.body()
        about = told["about"]
        if not subjects.may(request.user, kinds()[told["kind"]].asked_with or Permission.REPORT_MAKE, about):
            raise PermissionDenied(actions.may_not_make(about))
        report, is_new = (told.get("reuse") and self._equal(told)) or actions.ask(
            **{subjects.FIELDS[subjects.what(about)]: about},
            kind=told["kind"],
            from_on=told.get("from"),
            to_on=told["to"],
            language=told["language"],
            layout=told.get("layout"),
            by=request.user,
            at=now(),
        )
        if told.get("mail"):
            actions.watch(report, by=request.user, wanted=True)
        if is_new:
            wake(report)
        return self._detail(report, 202 if is_new else 200)

    def _equal(self, told) -> tuple[Report, bool] | None:
        """The newest finished report to this question, when it holds all that is recorded."""
        kind, about = kinds()[told["kind"]], told["about"]
        first, last = kind.period(told.get("from"), told["to"])
        column = subjects.FIELDS[subjects.what(about)]
        found = actions.ready(
            **{column: about}, kind=kind.key, from_on=first, to_on=last, language=told["language"],
            layout=told.get("layout"),
        )  # fmt: skip
        return (found, False) if found and not actions.changed_since(found) else None

    @operation(
        _("Read a report and its files"),
        needs=Permission.REPORT_VIEW,
        query=RowQuery,
        answers={200: ReportDetail},
        about=_("State, stage and step while it is being made; then its sealed files with size and SHA-256."),
        headers=[LOOK_AGAIN],
    )
    def retrieve(self, request, key):
        return self._detail(self._report(key), place=False)

    @operation(
        _("Cancel a report"),
        needs=Permission.REPORT_MAKE,
        answers={200: ReportDetail},
        about=_("Stop a report that waits or is being made; it leaves no file."),
    )
    def cancel(self, request, key):
        return self._detail(actions.cancel(self._report(key), by=request.user, at=now()), place=False)

    @operation(
        _("Try a report again"),
        needs=Permission.REPORT_MAKE,
        answers={202: ReportDetail},
        about=_("Put a failed or cancelled report back in the queue."),
        headers=[location(202), LOOK_AGAIN],
    )
    def retry(self, request, key):
        report = actions.retry(self._report(key), by=request.user, at=now())
        wake(report)
        return self._detail(report, 202)

    @operation(
        _("Make the files of a report again"),
        needs=Permission.REPORT_VIEW,
        answers={202: ReportDetail},
        about=_("Files of working reports are put away after some months; this makes them again, byte by byte."),
        headers=[location(202), LOOK_AGAIN],
    )
    def files(self, request, key):
        report = self._report(key)
        wake_again(actions.ask_again(report, by=request.user, at=now()))
        return self._detail(report, 202)

    def _report(self, key) -> Report:
        return self.fetch(Report.objects.with_subject().defer("snapshot"), key=key)

    def _detail(self, report: Report, code: int = 200, *, place: bool = True) -> Response:
        files = rows_of(ReportFileRow, ReportFile.objects.filter(report=report).order_by("position"))
        for file in files:
            file["url"] = self._url("api_report_file", report.key, file["position"])
        response = self.answer(Report.objects.filter(pk=report.pk), ReportDetail, code, files=files)
        self._complete([response.data])
        stage = Report.Stage(response.data["stage"])
        response.data["stage_text"] = str(stage.label)
        if place:
            response["Location"] = response.data["links"]["self"]
        if report.at_work:
            response["Retry-After"] = "2"
        return response

    def _complete(self, reports: Iterable[dict[str, Any]]) -> None:
        rows = list(reports)
        waiting = [row["key"] for row in rows if row["state"] == Report.State.QUEUED]
        turns = actions.turns(Report.objects.filter(key__in=waiting).defer("snapshot")) if waiting else {}
        by_key = {str(turn.key): turn for turn in turns.values()}
        for report in rows:
            turn = by_key.get(str(report["key"]))
            report["before"] = turn and turn.before
            report["ready_in"] = turn and turn.seconds and round(turn.seconds)
            state, key = report["state"], report["key"]
            report["step"], report["steps"] = STEPS[state, report["stage"]]
            report["failure"] = _(report["failure"]) if report["failure"] else ""
            links = {"self": self._url("api_report", key), "page": self._url("reports:report", key)}
            if Report.State.CANCELLED in Report.MOVES[Report.State(state)]:
                links["cancel"] = self._url("api_report_cancel", key)
            if state != Report.State.RUNNING and Report.State.QUEUED in Report.MOVES[Report.State(state)]:
                links["retry"] = self._url("api_report_retry", key)
            if state == Report.State.DONE:
                links["files"] = self._url("api_report_files", key)
            report["links"] = links

    def _url(self, name: str, *args: Any) -> str:
        return self.request.build_absolute_uri(reverse(name, args=args))


class ReportFileDoor(Door):
    content_negotiation_class = AsItIs

    @operation(
        _("Fetch a file of a report"),
        needs=Permission.REPORT_VIEW,
        answers={
            (200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY, description=_("The bytes as sealed.")),
            (200, "application/json"): OpenApiResponse(OpenApiTypes.BINARY, description=_("The bytes as sealed.")),
            (200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, description=_("The bytes as sealed.")),
            304: OpenApiResponse(description=_("You have these bytes: If-None-Match named their ETag.")),
            412: OpenApiResponse(description=_("If-Match named other bytes.")),
            (410, PROBLEM): OpenApiResponse(ProblemDocument, description=_("The bytes were put away.")),
            (500, PROBLEM): OpenApiResponse(ProblemDocument, description=_("The bytes are gone or were altered.")),
        },
        about=_("ETag and Repr-Digest are the SHA-256 of the bytes. Each download leaves an audit event."),
        headers=[
            OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=[200]),
            OpenApiParameter("Repr-Digest", str, OpenApiParameter.HEADER, response=[200], description="RFC 9530"),
        ],
    )
    def retrieve(self, request, key, position):
        report = self.fetch(Report.objects.with_subject().defer("snapshot"), key=key)
        files = ReportFile.objects.select_related("file").filter(report=report, position=position)
        file = files.first()
        if file is None:
            raise Http404
        file.report, stored = report, file.file
        if unneeded := get_conditional_response(request, etag=f'"{stored.sha256}"'):
            return unneeded
        if stored.put_away_at:
            raise Problem(410, "put-away", _("The file was put away; POST to “files” in the links of the report."))
        if not actions.intact(stored):
            actions.found_damaged(report, name=stored.name, sha256=stored.sha256, by=request.user, at=now())
            words = _("The file is not what was sealed, so it is not handed out. Tell an administrator.")
            raise Problem(500, "damaged-file", words)
        if request.method != "HEAD":
            actions.downloaded(file, by=request.user, at=now())
        response = storage.answer(stored)
        response["Repr-Digest"] = f"sha-256=:{b64encode(bytes.fromhex(stored.sha256)).decode()}:"
        return response
