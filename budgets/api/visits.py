"""On-the-spot visits, for programs: planned, made, what was found and what the school answered, as on the pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from budgets import actions
from budgets.api.suppliers import A_FILE
from budgets.checks.visits import questions_of
from budgets.models import Claim, ClaimLine, Finding, Visit
from budgets.serializers.suppliers import PaperRow
from budgets.serializers.visits import (
    AnswerRow,
    FindingAnswer,
    FindingEnd,
    NewFinding,
    NewVisit,
    VisitChange,
    VisitDetail,
    VisitEnd,
    VisitQuery,
    VisitRecord,
    VisitRow,
)
from core import storage
from core.access import Permission, Refused
from core.api import AsItIs
from core.api.doors import Door, location, operation
from core.api.shapes import RowQuery, page_of, rows_of
from projects.models import Project, can

PLAN = ("planned_on", "announced", "partner", "place", "goes", "about")
A_FINDING = {"text": "Two lists lack signatures.", "error": "evidence", "due_on": "2026-04-30"}


class VisitDoor(Door):
    @operation(
        _("List on-the-spot visits"),
        needs=Permission.CLAIM_VIEW,
        query=VisitQuery,
        answers={200: page_of(VisitRow)},
        about=_("Dates and short results (Regulation (EU) 2021/1060, Annex XVII, field 77)."),
    )
    def list(self, request):
        where = {"project": "project", "state": "state", "programme": "project__programme__code"}
        asked = {way: self.asked[name] for name, way in where.items() if name in self.asked}
        rows = self.visible(Visit.objects).filter(**asked)
        return self.pages().of(rows.late(localdate(now())) if self.asked.get("late") else rows, VisitRow)

    @operation(
        _("Read an on-the-spot visit"),
        needs=Permission.CLAIM_VIEW,
        query=RowQuery,
        answers={200: VisitDetail},
        about=_("With its findings, what was answered to them and how they were closed."),
    )
    def retrieve(self, request, key):
        return self._detail(self._visit(key))

    @operation(
        _("Plan an on-the-spot visit"),
        needs=Permission.CLAIM_CHECK,
        body=NewVisit,
        answers={201: VisitDetail},
        about=_("With the newest checklist of the programme. One the school is not told of is planned in the portal."),
        headers=[location(201)],
        examples=[
            OpenApiExample(
                "A club",
                request_only=True,
                value={
                    "project": "BG05SFPR001-1.008-0009", "planned_on": "2026-04-14", "place": "Room 12",
                    "goes": "Two officers", "about": "Attendance of the clubs",
                },
            )
        ],
    )  # fmt: skip
    def create(self, request):
        told = self.body()
        project = told.pop("project")
        self._may_hide(project, told["announced"])
        made = actions.plan_visit(project, **told, by=request.user, at=now())
        response = self._detail(made, 201)
        response["Location"] = request.build_absolute_uri(reverse("api_visit", args=[made.key]))
        return response

    @operation(
        _("Change the plan of a visit"),
        needs=Permission.CLAIM_CHECK,
        body=VisitChange,
        answers={200: VisitDetail},
        matches=True,
        about=_("Only what is sent changes, until the visit is recorded or called off."),
        examples=[OpenApiExample("A day later", request_only=True, value={"planned_on": "2026-04-15"})],
    )
    def partial_update(self, request, key):
        visit, told = self._matched(key), self.body()
        facts = {name: getattr(visit, name) for name in PLAN} | {"claims": visit.claims.all()} | told
        self._may_hide(visit.project, facts["announced"])
        actions.change_visit(visit, version=visit.version, **facts, by=request.user, at=now())
        return self._detail(visit)

    @operation(
        _("Record a visit"),
        needs=Permission.CLAIM_CHECK,
        body=VisitRecord,
        answers={200: VisitDetail},
        matches=True,
        about=_("Its day, its short result, an answer to each of its questions, and files. It is final."),
        examples=[
            OpenApiExample(
                "With an answer",
                request_only=True,
                value={
                    "done_on": "2026-04-14", "result": "The clubs take place.",
                    "answers": [{"position": 1, "answer": "yes"}],
                },
            )
        ],
    )  # fmt: skip
    def record(self, request, key):
        visit, told = self._matched(key), self.body()
        questions = {question.position: question.pk for question in questions_of(visit)}
        places = {each["position"]: n for n, each in enumerate(told.get("answers", []))}
        no_such = {"position": [gettext("The checklist has no such question.")]}
        unknown: dict[Any, Any] = {n: no_such for position, n in places.items() if position not in questions}
        if unknown:
            raise ValidationError({"answers": unknown})
        answers = {questions[each["position"]]: (each["answer"], each["remark"]) for each in told.pop("answers", [])}
        files = told.pop("files", [])
        try:
            actions.record_visit(visit, **told, answers=answers, uploads=files, by=request.user, at=now())
        except Refused as refused:
            raise _by_place(refused, {pk: places.get(position) for position, pk in questions.items()}) from None
        return self._detail(visit)

    @operation(
        _("Call a visit off"),
        needs=Permission.CLAIM_CHECK,
        body=VisitEnd,
        answers={200: VisitDetail},
        matches=True,
        about=_("While it is planned, for a reason."),
        examples=[OpenApiExample("Snow", request_only=True, value={"because": "The road is closed."})],
    )
    def cancel(self, request, key):
        actions.cancel_visit(visit := self._matched(key), **self.body(), by=request.user, at=now())
        return self._detail(visit)

    @operation(
        _("Close a visit"),
        needs=Permission.CLAIM_CHECK,
        answers={200: VisitDetail},
        matches=True,
        about=_("Once all of its findings are closed."),
    )
    def close(self, request, key):
        actions.close_visit(visit := self._matched(key), by=request.user, at=now())
        return self._detail(visit)

    @operation(
        _("Write down a finding of a visit"),
        needs=Permission.CLAIM_CHECK,
        body=NewFinding,
        answers={201: VisitDetail},
        about=_("After the visit is recorded, until it is closed. It changes no money: a decision or correction does."),
        examples=[OpenApiExample("Signatures", request_only=True, value=A_FINDING)],
    )
    def find(self, request, key):
        visit, told = self._visit(key), {"amount": None} | self.body()
        line = _line(visit, told.pop("claim", None), told.pop("line", None))
        actions.add_finding(visit, **told, line=line, by=request.user, at=now())
        return self._detail(visit, 201)

    @operation(
        _("Answer a finding of a visit"),
        needs=Permission.CLAIM_EDIT,
        body=FindingAnswer,
        answers={200: VisitDetail},
        about=_("By the school, also late and again, until it is closed."),
        examples=[OpenApiExample("Mended", request_only=True, value={"text": "The lists are signed now."})],
    )
    def reply(self, request, key, finding):
        visit, told = self._visit(key), self.body()
        found, files = self._finding(visit, finding), told.pop("files", [])
        actions.answer_finding(found, **told, uploads=files, by=request.user, at=now())
        return self._detail(visit)

    @operation(
        _("Close a finding of a visit"),
        needs=Permission.CLAIM_CHECK,
        body=FindingEnd,
        answers={200: VisitDetail},
        about=_("By the office, which says with what."),
        examples=[OpenApiExample("Seen", request_only=True, value={"text": "The lists were seen."})],
    )
    def settle(self, request, key, finding):
        visit = self._visit(key)
        actions.close_finding(self._finding(visit, finding), **self.body(), by=request.user, at=now())
        return self._detail(visit)

    def _visit(self, key: UUID) -> Visit:
        return self.fetch(Visit.objects.select_related("project__programme"), key=key)

    def _matched(self, key: UUID) -> Visit:
        """The visit, locked, as the client read it."""
        held = Visit.objects.select_for_update(of=("self",)).select_related("project__programme", "partner")
        visit = held.get(pk=self._visit(key).pk)
        self.require_match(self._detail(visit))
        return visit

    def _may_hide(self, project: Project, announced: bool) -> None:
        """A visit that the school is not told of is hidden from whoever is not of the office, so they plan none."""
        if not announced and not can(self.request.user, Permission.VISIT_INTERNAL, project):
            raise Refused({"announced": gettext("Plan a visit the school is not told of in the portal.")})

    @staticmethod
    def _finding(visit: Visit, number: int) -> Finding:
        return get_object_or_404(visit.findings.select_related("visit"), number=number)

    def _detail(self, visit: Visit, code: int = 200) -> Response:
        """As this person reads it, whatever the right they came with."""
        who, project = self.request.user, visit.project
        office, checks = can(who, Permission.VISIT_INTERNAL, project), can(who, Permission.CLAIM_CHECK, project)
        visit = Visit.objects.get(pk=visit.pk)
        claims = Claim.objects.visible_to(who).filter(visits=visit).order_by("number")
        found = visit.findings.select_related("line__claim").prefetch_related("steps")
        answers = visit.answers.order_by("question__position")
        asked = [
            {"position": each.position, "text": each.text, "article": each.article} for each in questions_of(visit)
        ]
        return self.answer(
            Visit.objects.filter(pk=visit.pk), VisitDetail, code,
            claims=list(claims.values_list("key", flat=True)), findings=[_told(each) for each in found],
            papers=rows_of(PaperRow, visit.papers.filter(removed_at=None).order_by("pk")),
            note=visit.note if office else None, questions=asked if checks else [],
            answers=rows_of(AnswerRow, answers) if office else [],
        )  # fmt: skip


class VisitPaperDoor(Door):
    content_negotiation_class = AsItIs

    @operation(
        _("Fetch a file of a visit"),
        needs=Permission.CLAIM_VIEW,
        answers=A_FILE,
        about=_("Each download leaves an audit event."),
    )
    def retrieve(self, request, key, paper):
        visit = self.fetch(Visit.objects.select_related("project__programme"), key=key)
        there = visit.papers.filter(removed_at=None).select_related("file", "project")
        found = get_object_or_404(there, file__key=paper)
        response = storage.answer(found.file)
        actions.hand_out_visit_paper(visit, found, by=request.user, at=now())
        return response


def _line(visit: Visit, claim: UUID | None, number: int | None) -> ClaimLine | None:
    """The line of a claim that the visit looks at. Raises ValidationError for one there is not."""
    if claim is None and number is None:
        return None
    lines = ClaimLine.objects.filter(claim__visits=visit).select_related("claim")
    line = lines.filter(claim__key=claim, number=number).first() if claim and number else None
    if line is None:
        raise ValidationError({"line": [gettext("The visit looks at no claim with this line. Check both.")]})
    return line


def _by_place(refused: Refused, places: dict[int, int | None]) -> Refused:
    """A refusal with what is about questions beside the place of their answers; "answers" where there is none."""
    if not hasattr(refused, "error_dict"):
        return refused
    named: dict[str, list[Any]] = {}
    for name, errors in refused.error_dict.items():
        what, _sign, pk = name.partition("_")
        if what in ("answer", "remark") and pk.isdecimal():
            place = places.get(int(pk))
            name = "answers" if place is None else f"answers.{place}.{what}"
        named.setdefault(name, []).extend(errors)
    return Refused(named)


def _told(finding: Finding) -> dict[str, object]:
    line = finding.line
    return {
        "number": finding.number, "claim": line and line.claim.key, "line": line and line.number,
        "error": finding.error, "text": finding.text, "amount": finding.amount, "due_on": finding.due_on,
        "closed": finding.closed,
        "steps": [{"kind": step.kind, "text": step.text, "at": step.at} for step in finding.steps.all()],
    }  # fmt: skip
