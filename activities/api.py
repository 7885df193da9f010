"""Activities, groups and sessions, for programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample

from activities import actions
from activities.models import Activity, Group, PlannedOutput, Session
from activities.serializers import (
    ActivityQuery,
    ActivityRow,
    GroupQuery,
    GroupRow,
    NewSession,
    OutputRow,
    SessionQuery,
    SessionRow,
)
from core.access import Permission
from core.api.doors import Door, location, operation
from core.api.feed import Feed, FeedQuery, feed_of
from core.api.shapes import RowQuery, grouped, page_of
from projects.api import feed_door
from projects.models import Change, followed


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
        return self.pages().of(rows, SessionRow)

    @operation(_("Read a session"), needs=Permission.SESSION_VIEW, query=RowQuery, answers={200: SessionRow})
    def retrieve(self, request, key):
        session = self.fetch(Session.objects, key=key)
        return self.answer(Session.objects.filter(pk=session.pk), SessionRow)

    @operation(
        _("Plan a session"),
        needs=Permission.SESSION_EDIT,
        body=NewSession,
        answers={201: SessionRow},
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
        group = told["group"]
        planned = actions.plan_session(project=group.project, school=group.school, by=request.user, at=now(), **told)
        response = self.answer(Session.objects.filter(pk=planned.pk), SessionRow, 201)
        response["Location"] = request.build_absolute_uri(reverse("api_session", args=[planned.key]))
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
