"""Activities, groups and sessions, for programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework.response import Response

from activities import actions
from activities.models import Activity, Evidence, Group, PlannedOutput, Session
from activities.serializers import (
    ActivityQuery,
    ActivityRow,
    EvidenceOfSession,
    EvidenceRow,
    GroupQuery,
    GroupRow,
    NewEvidence,
    NewSession,
    OutputRow,
    SentSession,
    SessionDetail,
    SessionQuery,
    SessionRow,
)
from core import storage
from core.access import Permission
from core.api import PROBLEM, AsItIs
from core.api.bulk import bulk_door
from core.api.doors import Door, location, operation
from core.api.feed import Feed, FeedQuery, feed_of
from core.api.shapes import RowQuery, grouped, page_of, rows_of
from projects.api import KNOWN_ALREADY, feed_door, keep_external, refuse_known
from projects.models import Change, called, external_ids, followed


class ActivityDoor(Door):
    @operation(
        _("List activities"),
        needs=Permission.PROJECT_VIEW,
        query=ActivityQuery,
        answers={200: page_of(ActivityRow)},
        about=_("Activities, sub-activities and work packages with their planned outputs."),
    )
    def list(self, request):
        rows = self.visible(Activity.objects)
        if project := self.asked.get("project"):
            rows = rows.filter(project=project)
        return self.pages().of(rows, ActivityRow, self._with_outputs)

    @staticmethod
    def _with_outputs(activities: Iterable[dict[str, Any]]) -> None:
        keys = [activity["key"] for activity in activities]
        outputs = PlannedOutput.objects.filter(activity__key__in=keys).order_by("position")
        of = grouped(OutputRow, outputs, "activity__key")
        for activity in activities:
            activity["outputs"] = of[activity["key"]]


class GroupDoor(Door):
    @operation(
        _("List groups"),
        needs=Permission.SESSION_VIEW,
        query=GroupQuery,
        answers={200: page_of(GroupRow)},
        about=_("Classes and clubs whose members come to sessions."),
    )
    def list(self, request):
        asked = {name: self.asked[name] for name in ("project", "school") if name in self.asked}
        return self.pages().of(self.visible(Group.objects).filter(**asked), GroupRow)


class SessionDoor(Door):
    @operation(
        _("List sessions"),
        needs=Permission.SESSION_VIEW,
        query=SessionQuery,
        answers={200: page_of(SessionRow)},
        about=_("Dated lessons, workshops and meetings of groups."),
    )
    def list(self, request):
        asked = {name: self.asked[name] for name in ("project", "school", "group", "state") if name in self.asked}
        rows = self.visible(Session.objects).filter(**asked)
        if "from" in self.asked:
            rows = rows.filter(on__gte=self.asked["from"])
        if "to" in self.asked:
            rows = rows.filter(on__lte=self.asked["to"])
        if "external" in self.asked:
            rows = called(rows, Change.Collection.SESSIONS, self.asked["external"])
        return self.pages().of(rows, SessionRow)

    @operation(_("Read a session"), needs=Permission.SESSION_VIEW, query=RowQuery, answers={200: SessionDetail})
    def retrieve(self, request, key):
        session = self.fetch(Session.objects, key=key)
        return self._detail(session)

    @operation(
        _("Plan a session"),
        needs=Permission.SESSION_EDIT,
        body=NewSession,
        answers={201: SessionDetail, (409, PROBLEM): KNOWN_ALREADY},
        about=_("Plan a session of a group. It counts once it has marks."),
        headers=[location(201)],
        examples=[
            OpenApiExample(
                "A club on Monday afternoon",
                request_only=True,
                value={
                    "activity": "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0e",
                    "group": "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0f",
                    "on": "2026-03-16",
                    "starts_at": "14:00",
                    "ends_at": "15:30",
                    "hours": "1.50",
                    "place": "Room 12",
                },
            )
        ],
    )
    def create(self, request):
        told = self.body()
        group, external, at = told["group"], told.pop("external", None), now()
        refuse_known(group.project, Change.Collection.SESSIONS, Session.objects, external, request.user)
        planned = actions.plan_session(project=group.project, school=group.school, by=request.user, at=at, **told)
        keep_external(planned, Change.Collection.SESSIONS, external, by=request.user, at=at)
        response = self._detail(planned, 201)
        response["Location"] = request.build_absolute_uri(reverse("api_session", args=[planned.key]))
        return response

    def _detail(self, session: Session, code: int = 200) -> Response:
        named = external_ids(Change.Collection.SESSIONS, session.key)
        return self.answer(Session.objects.filter(pk=session.pk), SessionDetail, code, external_ids=named)


class EvidenceDoor(Door):
    @operation(
        _("List the evidence of a session"),
        needs=Permission.EVIDENCE_VIEW,
        answers={200: EvidenceOfSession},
        about=_("Signed lists, photos and documents, each with its SHA-256."),
    )
    def retrieve(self, request, key):
        session = self.fetch(Session.objects, key=key)
        there = Evidence.objects.filter(session=session, removed_at=None)
        return Response({"session": session.key, "files": rows_of(EvidenceRow, there)})

    @operation(
        _("Add evidence to a session"),
        needs=Permission.EVIDENCE_ADD,
        body=NewEvidence,
        answers={201: EvidenceRow},
        about=_("A PDF, JPEG or PNG, in base64 or sent by pieces before. The same file is refused a second time."),
        headers=[location(201)],
        examples=[
            OpenApiExample(
                "A signed list that came by pieces",
                request_only=True,
                value={"kind": "signed_list", "file": {"upload": "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0e"}},
            )
        ],
    )
    def create(self, request, key):
        session, told = self.fetch(Session.objects, key=key), self.body()
        added = actions.attach_evidence(
            project=session.project, session=session, upload=told["file"], kind=told["kind"], by=request.user, at=now()
        )
        response = self.answer(Evidence.objects.filter(pk=added.pk), EvidenceRow, 201)
        place = reverse("api_evidence_file", args=[session.key, added.file.key])
        response["Location"] = request.build_absolute_uri(place)
        return response


A_FILE: dict[Any, Any] = {
    (200, kind): OpenApiResponse(OpenApiTypes.BINARY, description=_("The file as it was sent."))
    for kind in storage.SIGNATURES
}


class EvidenceFileDoor(Door):
    content_negotiation_class = AsItIs

    @operation(
        _("Fetch a file of evidence"),
        needs=Permission.EVIDENCE_VIEW,
        answers=A_FILE,
        about=_("Each download leaves an audit event."),
    )
    def retrieve(self, request, key, paper):
        session = self.fetch(Session.objects, key=key)
        there = Evidence.objects.filter(session=session, removed_at=None)
        found = get_object_or_404(there.select_related("file", "project", "school"), file__key=paper)
        response = storage.answer(found.file)
        actions.hand_out_evidence(found, by=request.user, at=now())
        return response


ActivityFeedDoor = feed_door(
    Change.Collection.ACTIVITIES, Activity.objects, ActivityRow, Permission.PROJECT_VIEW,
    summary=_("Follow activities"), about=_("All activities with their outputs, then each that changes or goes."),
    finish=ActivityDoor._with_outputs,
)  # fmt: skip
GroupFeedDoor = feed_door(
    Change.Collection.GROUPS, Group.objects, GroupRow, Permission.SESSION_VIEW,
    summary=_("Follow groups"), about=_("All classes and clubs, then each that changes or goes."),
)  # fmt: skip


class SessionFeedDoor(Door):
    @operation(
        _("Follow sessions"),
        needs=Permission.SESSION_VIEW,
        query=FeedQuery,
        answers=feed_of(SessionRow),
        about=_("All sessions, then each that is planned, changed or goes."),
    )
    def list(self, request):
        source = followed(Change.Collection.SESSIONS, request.user, *self.operation.needs)
        return Feed(self, source).of(self.visible(Session.objects), SessionRow)


SessionBulkDoor = bulk_door(
    "sessions", SentSession, Permission.SESSION_EDIT,
    summary=_("Plan or change many sessions"),
    about=_(
        "Up to 10,000 rows as JSON or NDJSON, with a result for each. A row that is named by its key, or by an "
        "external id that is known, changes that session; the same rows again change nothing."
    ),
    examples=[
        OpenApiExample(
            "A lesson of a timetable",
            request_only=True,
            media_type="application/json",
            value={
                "rows": [
                    {
                        "external": "timetable:4711",
                        "activity": "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0e",
                        "group": "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0f",
                        "on": "2026-03-16",
                        "starts_at": "14:00",
                        "ends_at": "15:30",
                        "hours": "1.50",
                    }
                ]
            },
        )
    ],
)  # fmt: skip
