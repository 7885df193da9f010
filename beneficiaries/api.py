"""Participants and attendance, for programs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef
from django.http import Http404
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from activities.models import Session
from beneficiaries import actions
from beneficiaries.actions import imports, participants
from beneficiaries.models import COMPLETE, Attendance, GroupMember, Participation, Person, Result, Stay
from beneficiaries.serializers import (
    ConflictProblem,
    DuplicateProblem,
    ImportAnswer,
    MarkedRow,
    Marks,
    MembershipRow,
    NewClaimCosts,
    NewImport,
    NewParticipant,
    ParticipantChange,
    ParticipantDetail,
    ParticipantQuery,
    ParticipantRow,
    ResultRow,
    SentMark,
    SentParticipant,
    Sheet,
    SheetRow,
    SheetSummary,
    StayRow,
)
from core import audit
from core.access import Permission, Refused
from core.api import PROBLEM, Problem
from core.api.bulk import bulk_door
from core.api.doors import Door, location, operation
from core.api.feed import Feed, FeedQuery, feed_of
from core.api.shapes import RowQuery, grouped, page_of, rows_of
from core.imports import kinds
from projects.api import keep_external, refuse_known
from projects.models import Change, called, external_ids, followed

KEY = "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0e"


def with_counts(rows):
    """Participations, each with whether its record is complete and whether it counts."""
    return rows.with_counting().annotate(counts=ExpressionWrapper(COMPLETE, output_field=BooleanField()))


class ParticipantDoor(Door):
    @operation(
        _("List participants"),
        needs=Permission.PARTICIPANT_VIEW,
        query=ParticipantQuery,
        answers={200: page_of(ParticipantRow)},
        about=_("One row per person and project: code and counting data, never a name. Reading is recorded."),
    )
    def list(self, request):
        asked = self.asked
        rows = self.visible(Participation.objects)
        rows = rows.filter(**{name: asked[name] for name in ("project", "school") if name in asked})
        if group := asked.get("group"):
            rows = rows.filter(Exists(GroupMember.objects.filter(group=group, participation=OuterRef("pk"))))
        if "code" in asked:
            rows = rows.filter(person__code=asked["code"])
        if "complete" in asked:
            rows = rows.filter(COMPLETE) if asked["complete"] else rows.exclude(COMPLETE)
        if "entered_from" in asked:
            rows = rows.filter(entered_on__gte=asked["entered_from"])
        if "entered_to" in asked:
            rows = rows.filter(entered_on__lte=asked["entered_to"])
        if "external" in asked:
            rows = called(rows, Change.Collection.PARTICIPANTS, asked["external"])
        page = self.pages().of(with_counts(rows), ParticipantRow)
        told = len(page.data["results"]) if isinstance(page, Response) else rows.count()
        audit.record(
            "participant.listed",
            request.user,
            by=request.user,
            at=now(),
            project=asked["project"].number if "project" in asked else "",
            after={"rows": told, "asked": sorted(name for name in asked if name != "page_size")},
        )
        return page

    @operation(
        _("Read a participant"),
        needs=Permission.PARTICIPANT_VIEW,
        query=RowQuery,
        answers={200: ParticipantDetail},
        about=_("Counting data, stays, results and groups under a code, never a name. Reading is recorded."),
    )
    def retrieve(self, request, key):
        participation = self._participation(key)
        actions.open_record(participation, by=request.user, at=now())
        return self._detail(participation)

    @operation(
        _("Add a participant"),
        needs=Permission.PARTICIPANT_EDIT,
        body=NewParticipant,
        answers={
            201: ParticipantDetail,
            (409, PROBLEM): OpenApiResponse(
                DuplicateProblem, description=_("Refused, or the person may be in the portal already.")
            ),
        },
        about=_(
            "Take a person into a project. When somebody alike is there already, the refusal names the codes: compare, "
            "then send again with same_as or confirmed_not_duplicate."
        ),
        headers=[location(201)],
        examples=[
            OpenApiExample(
                "A pupil",
                request_only=True,
                value={
                    "project": "BG05SFPR001-1.008-0009",
                    "school": KEY,
                    "given_name": "Ани",
                    "family_name": "Примерова",
                    "born_on": "2014-05-04",
                    "gender": "F",
                    "entered_on": "2026-03-16",
                    "labour_status": "INE",
                    "education": 1,
                    "sensitive": {"rural": "no", "minority": "refused"},
                },
            )
        ],
    )
    def create(self, request):
        told, at = self.body(), now()
        code, external = told.pop("same_as"), told.pop("external", None)
        refuse_known(told["project"], Change.Collection.PARTICIPANTS, Participation.objects, external, request.user)
        same_as = Person.objects.filter(code=code).first() if code else None
        if code and same_as is None:
            raise Refused(_("That is not one of the people who may be the same. Compare again."))
        told.setdefault("sensitive", {})
        try:
            added = actions.add_participant(**told, same_as=same_as, by=request.user, at=at)
        except actions.PossibleDuplicate as refused:
            alike = [
                {"code": d.code, "score": d.score, "reasons": d.reasons, "in_project": d.in_project}
                for d in refused.duplicates
            ]
            raise Problem(409, "possible-duplicate", " ".join(refused.messages), duplicates=alike) from None
        keep_external(added, Change.Collection.PARTICIPANTS, external, by=request.user, at=at)
        response = self._detail(added, 201)
        response["Location"] = request.build_absolute_uri(reverse("api_participant", args=[added.key]))
        return response

    @operation(
        _("Say that a participant left or came back"),
        needs=Permission.PARTICIPANT_EDIT,
        body=ParticipantChange,
        answers={200: ParticipantDetail},
        about=_("Entry data describe the day of entry and stay; leaving, results and coming back are added."),
        matches=True,
        examples=[
            OpenApiExample(
                "Left with a qualification",
                request_only=True,
                value={"left_on": "2026-06-12", "results": {"qualification": "2026-06-12"}},
            ),
            OpenApiExample("Came back", request_only=True, value={"came_back_on": "2026-09-15"}),
        ],
    )
    def partial_update(self, request, key):
        participation = participants.locked(self._participation(key))
        self.require_match(self._detail(participation))
        told = self.body()
        who: dict[str, Any] = {"by": request.user, "at": now()}
        if "came_back_on" in told:
            entered_on, group = told["came_back_on"], told.get("group")
            changed = _named({"entered_on": "came_back_on"}, actions.come_back)(
                participation, entered_on=entered_on, group=group, **who
            )
        elif "left_on" in told:
            results, left_on = told.get("results", {}), told["left_on"]
            changed = _named(RESULT_PATHS, actions.leave)(participation, left_on=left_on, results=results, **who)
        else:
            changed = _named(RESULT_PATHS, actions.add_results)(participation, results=told["results"], **who)
        return self._detail(changed)

    def _participation(self, key) -> Participation:
        return self.fetch(Participation.objects.select_related("project", "school", "person"), key=key)

    def _detail(self, participation: Participation, code: int = 200) -> Response:
        of = {"participation": participation}
        return self.answer(
            with_counts(Participation.objects.filter(pk=participation.pk)),
            ParticipantDetail,
            code,
            stays=rows_of(StayRow, Stay.objects.filter(**of).order_by("entered_on")),
            results=rows_of(ResultRow, Result.objects.filter(**of).order_by("seen_on", "kind")),
            groups=rows_of(MembershipRow, GroupMember.objects.filter(**of).order_by("from_on", "pk")),
            external_ids=external_ids(Change.Collection.PARTICIPANTS, participation.key),
        )


RESULT_PATHS = {kind: f"results.{kind}" for kind in Result.Kind.values}


def _named(names: dict[str, str], action):
    """The action, with its refusals beside the names that the API has for its fields."""

    def act(*args, **kwargs):
        try:
            return action(*args, **kwargs)
        except Refused as refused:
            if not hasattr(refused, "error_dict"):
                raise
            raise Refused({names.get(name, name): errors for name, errors in refused.error_dict.items()}) from None

    return act


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


ParticipantBulkDoor = bulk_door(
    "participants", SentParticipant, Permission.PARTICIPANT_EDIT,
    summary=_("Add or complete many participants"),
    about=_(
        "Up to 10,000 rows as JSON or NDJSON, with a result for each, by the rules of an import: nobody is taken for "
        "somebody else on likeness alone. Who is named by a known external id is completed; the same rows again change "
        "nothing."
    ),
    examples=[
        OpenApiExample(
            "A pupil of a register",
            request_only=True,
            media_type="application/json",
            value={
                "rows": [
                    {
                        "external": "register:17",
                        "project": "BG05SFPR001-1.008-0009",
                        "school": KEY,
                        "given_name": "Ани",
                        "family_name": "Примерова",
                        "born_on": "2014-05-04",
                        "gender": "F",
                        "entered_on": "2026-03-16",
                    }
                ]
            },
        )
    ],
)  # fmt: skip
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


class ImportDoor(Door):
    @operation(
        _("Import a spreadsheet"),
        needs=Permission.PARTICIPANT_EDIT,
        body=NewImport,
        answers={200: ImportAnswer},
        about=_(
            "Rows that are new go in at once, by the same rules as on the pages; doubtful and wrong ones change "
            "nothing and are told with their place. The same file again changes nothing."
        ),
        examples=[
            OpenApiExample(
                "A list of pupils",
                request_only=True,
                value={
                    "kind": "participants", "project": "BG05SFPR001-1.008-0009", "name": "pupils.csv",
                    "content": "T3duIG51bWJlcjtFbnRyeSBkYXRlClgxOzIwMjYtMDMtMDIK", "dry_run": True,
                },
            )
        ],
    )  # fmt: skip
    def create(self, request):
        told = self.body()
        where = {name: told.get(name) for name in ("kind", "project", "school")}
        return self._taken(told, **where, mode=told.get("mode", ""))

    @operation(
        _("Import the costs of a claim"),
        needs=Permission.CLAIM_EDIT,
        body=NewClaimCosts,
        answers={200: ImportAnswer},
        about=_(
            "The rows go in all together or, when one has a problem, not at all; parts of amounts are checked and "
            "never changed. The same file again changes nothing. 409 for a claim that is sent."
        ),
        examples=[
            OpenApiExample(
                "A list of costs",
                request_only=True,
                value={
                    "name": "costs.csv", "dry_run": True,
                    "content": "TGluZTtLaW5kO051bWJlcjtEYXRlO1RvdGFsCjEuMTtJbnZvaWNlOzc7MjAyNi0wMi0wMjsxMAo=",
                },
            )
        ],
    )  # fmt: skip
    def costs(self, request, key):
        home = kinds()["costs"].home(key, by=request.user)
        if home is None:
            raise Http404
        return self._taken(self.body(), kind="costs", project=home.project, school=None, about=key)

    def _taken(self, told: dict[str, Any], **where: Any) -> Response:
        with tempfile.NamedTemporaryFile() as file:
            file.write(told["content"])
            file.flush()
            answer = imports.take_at_once(
                **where, path=Path(file.name), name=told["name"], language=get_language() or "en",
                by=self.request.user, at=now(), write=not told["dry_run"],
            )  # fmt: skip
        return Response(asdict(answer))


class ParticipantFeedDoor(Door):
    @operation(
        _("Follow participants"),
        needs=Permission.PARTICIPANT_VIEW,
        query=FeedQuery,
        answers=feed_of(ParticipantRow),
        about=_(
            "All participants under their codes, then each that is added, changed, merged into another or goes. "
            "Reading is recorded."
        ),
    )
    def list(self, request):
        rows = with_counts(self.visible(Participation.objects))
        source = followed(Change.Collection.PARTICIPANTS, request.user, *self.operation.needs)
        page = Feed(self, source).of(rows, ParticipantRow)
        asked = sorted(name for name in self.asked if name != "page_size")
        after = {"rows": len(page.data["results"]), "asked": asked, "feed": True}
        audit.record("participant.listed", request.user, by=request.user, at=now(), after=after)
        return page


class AttendanceFeedDoor(Door):
    @operation(
        _("Follow attendance"),
        needs=(Permission.SESSION_VIEW, Permission.PARTICIPANT_VIEW),
        query=FeedQuery,
        answers=feed_of(SheetRow),
        about=_("The marks of each session, by keys of participants: a session comes again, whole, when one changes."),
    )
    def list(self, request):
        source = followed(Change.Collection.ATTENDANCE, request.user, *self.operation.needs)
        return Feed(self, source).of(self.visible(Session.objects), SheetRow, named="session", finish=_with_marks)


def _with_marks(sheets: Iterable[dict[str, Any]]) -> None:
    marks = Attendance.objects.filter(session__key__in=[sheet["session"] for sheet in sheets])
    of = grouped(MarkedRow, marks.order_by("participation__key"), "session__key")
    for sheet in sheets:
        sheet["marks"] = of[sheet["session"]]
