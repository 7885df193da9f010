"""Attendance, for programs: sheets of sessions, and many marks at once."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from activities.models import Session
from beneficiaries import actions
from beneficiaries.api.record import KEY
from beneficiaries.models import Attendance
from beneficiaries.serializers import ConflictProblem, Marks, SentMark, Sheet, SheetSummary
from core.access import Permission
from core.api import PROBLEM, Problem
from core.api.bulk import bulk_door
from core.api.doors import Door, operation


class AttendanceDoor(Door):
    @operation(
        _("Read the marks of a session"),
        needs=(Permission.SESSION_VIEW, Permission.PARTICIPANT_VIEW),
        answers={200: Sheet},
        about=_("Who is on the class sheet, by key and participant code, with the mark each has; never a name."),
    )
    def retrieve(self, request, key):
        session = self.fetch(Session.objects, key=key)
        marks = dict(Attendance.objects.filter(session=session).values_list("participation__key", "mark"))
        people = actions.on_sheet(session).order_by("person__code").values_list("key", "person__code")
        rows = [{"participation": person, "code": code, "mark": marks.get(person, "")} for person, code in people]
        return Response({"session": session.key, "state": session.state, "on": session.on, "marks": rows})

    @operation(
        _("Mark attendance"),
        needs=Permission.SESSION_EDIT,
        body=Marks,
        answers={
            200: SheetSummary,
            (409, PROBLEM): OpenApiResponse(
                ConflictProblem, description=_("Refused, or somebody else marked differently meanwhile.")
            ),
        },
        about=_("Set marks of participants of a session, all or none. The first mark makes the session held."),
        examples=[
            OpenApiExample(
                "Here, and one excused",
                request_only=True,
                value={
                    "marks": [
                        {"participation": KEY, "mark": "here"},
                        {"participation": "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0f", "mark": "excused"},
                    ]
                },
            ),
            OpenApiExample(
                "Saved",
                response_only=True,
                status_codes=["200"],
                value={
                    "saved_at": "2026-03-16T13:35:02Z", "here": 28, "absent": 1, "excused": 1, "late": 0, "unmarked": 0,
                },
            ),
        ],
    )  # fmt: skip
    def create(self, request, key):
        session = self.fetch(Session.objects.select_related("project__programme", "group"), key=key)
        marks = self.body()["marks"]
        check_marks(session, marks)
        try:
            summary = actions.mark_attendance(
                session,
                {m["participation"]: m["mark"] for m in marks},
                seen={m["participation"]: m["seen"] for m in marks if "seen" in m},
                by=request.user,
                at=now(),
            )
        except actions.MarkedMeanwhile as refused:
            conflicts = [asdict(conflict) for conflict in refused.conflicts]
            raise Problem(409, "marked-meanwhile", " ".join(refused.messages), conflicts=conflicts) from None
        return Response(summary.as_json() | {"saved_at": datetime.fromisoformat(summary.saved_at)})


AttendanceBulkDoor = bulk_door(
    "attendance", SentMark, Permission.SESSION_EDIT,
    summary=_("Mark attendance of many sessions"),
    about=_(
        "Up to 10,000 marks as JSON or NDJSON, of any sessions, with a result for each. The same marks again change "
        "nothing."
    ),
    examples=[
        OpenApiExample(
            "By key and by external id",
            request_only=True,
            media_type="application/json",
            value={
                "rows": [
                    {"session": KEY, "participation": "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0f", "mark": "here"},
                    {"session": "timetable:4711", "participation": "register:17", "mark": "excused"},
                ]
            },
        )
    ],
)  # fmt: skip


def check_marks(session: Session, marks: list[dict[str, Any]]) -> None:
    """Say beside each mark what the sheet of this session does not know."""
    there = set(actions.on_sheet(session).values_list("key", flat=True))
    errors: list[dict[str, Any]] = [{} for _mark in marks]
    for error, mark in zip(errors, marks, strict=True):
        if mark["participation"] not in there:
            error["participation"] = [_("This participant is not in the group of this session.")]
        if mark["mark"] == Attendance.Mark.LATE and not session.project.programme.marks_late:
            error["mark"] = [_("This programme does not know the mark “late”.")]
    if any(errors):
        raise ValidationError({"marks": errors})
