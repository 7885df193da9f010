"""Activities and groups, for programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample
from rest_framework.response import Response

from activities import actions
from activities.models import Activity, Group, PlannedOutput
from activities.serializers import (
    ActivityChange,
    ActivityDetail,
    ActivityQuery,
    ActivityRow,
    GroupChange,
    GroupDetail,
    GroupQuery,
    GroupRow,
    NewActivity,
    NewGroup,
    OutputRow,
    SentActivity,
    SentGroup,
)
from core.access import Permission
from core.api import PROBLEM
from core.api.bulk import bulk_door
from core.api.doors import Door, location, operation
from core.api.shapes import RowQuery, grouped, page_of, rows_of
from projects.api import KNOWN_ALREADY, feed_door, keep_external, refuse_known
from projects.models import Change, called, external_ids

KEY = "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0e"
CLASS = {"project": "BG05SFPR001-1.008-0009", "school": KEY, "name": "5a"}
CLUBS = {
    "project": "BG05SFPR001-1.008-0009", "number": "1.2", "title": {"en": "Reading clubs", "bg": "Читателски клубове"},
    "starts_on": "2026-01-01", "ends_on": "2026-06-30", "external": "plan:1.2",
}  # fmt: skip
ACTIVITY_ADDED: dict[Any, Any] = {201: ActivityDetail, (409, PROBLEM): KNOWN_ALREADY}
GROUP_ADDED: dict[Any, Any] = {201: GroupDetail, (409, PROBLEM): KNOWN_ALREADY}


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
        if "external" in self.asked:
            rows = called(rows, Change.Collection.ACTIVITIES, self.asked["external"])
        return self.pages().of(rows, ActivityRow, self._with_outputs)

    @operation(_("Read an activity"), needs=Permission.PROJECT_VIEW, query=RowQuery, answers={200: ActivityDetail})
    def retrieve(self, request, key):
        return self._detail(self.fetch(Activity.objects, key=key))

    @operation(
        _("Add an activity"),
        needs=Permission.PROJECT_EDIT,
        body=NewActivity,
        answers=ACTIVITY_ADDED,
        about=_(
            "An activity, sub-activity or work package of the contract. What it promises to deliver is a term of the "
            "contract: an amendment changes that."
        ),
        headers=[location(201)],
        examples=[OpenApiExample("A sub-activity", request_only=True, value=CLUBS | {"parent": KEY})],
    )
    def create(self, request):
        told, at = self.body(), now()
        external = told.pop("external", None)
        refuse_known(told["project"], Change.Collection.ACTIVITIES, Activity.objects, external, request.user)
        added = actions.add_activity(by=request.user, at=at, **told)
        keep_external(added, Change.Collection.ACTIVITIES, external, by=request.user, at=at)
        response = self._detail(added, 201)
        response["Location"] = request.build_absolute_uri(reverse("api_activity", args=[added.key]))
        return response

    @operation(
        _("Change an activity"),
        needs=Permission.PROJECT_EDIT,
        body=ActivityChange,
        answers={200: ActivityDetail},
        matches=True,
        about=_(
            "What is not said stays as it is. Its number stays, for contract lines name it so. 409 when sessions would "
            "lie outside its days."
        ),
        examples=[OpenApiExample("Longer", request_only=True, value={"ends_on": "2026-12-31"})],
    )
    def partial_update(self, request, key):
        activity = actions.locked_activity(self.fetch(Activity.objects.select_related("project"), key=key))
        self.require_match(self._detail(activity))
        return self._detail(actions.change_activity(activity, by=request.user, at=now(), **self.body()))

    def _detail(self, activity: Activity, code: int = 200) -> Response:
        outputs = PlannedOutput.objects.filter(activity=activity).order_by("position")
        return self.answer(
            Activity.objects.filter(pk=activity.pk), ActivityDetail, code,
            outputs=rows_of(OutputRow, outputs), external_ids=external_ids(Change.Collection.ACTIVITIES, activity.key),
        )  # fmt: skip

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
        rows = self.visible(Group.objects).filter(**asked)
        if "external" in self.asked:
            rows = called(rows, Change.Collection.GROUPS, self.asked["external"])
        return self.pages().of(rows, GroupRow)

    @operation(_("Read a group"), needs=Permission.SESSION_VIEW, query=RowQuery, answers={200: GroupDetail})
    def retrieve(self, request, key):
        return self._detail(self.fetch(Group.objects, key=key))

    @operation(
        _("Add a group"),
        needs=Permission.SESSION_EDIT,
        body=NewGroup,
        answers=GROUP_ADDED,
        about=_("A class or club at a school of the project. 409 for a name that a group has there already."),
        headers=[location(201)],
        examples=[OpenApiExample("A class", request_only=True, value=CLASS | {"external": "register:5a"})],
    )
    def create(self, request):
        told, at = self.body(), now()
        external = told.pop("external", None)
        refuse_known(told["project"], Change.Collection.GROUPS, Group.objects, external, request.user)
        added = actions.add_group(by=request.user, at=at, **told)
        keep_external(added, Change.Collection.GROUPS, external, by=request.user, at=at)
        response = self._detail(added, 201)
        response["Location"] = request.build_absolute_uri(reverse("api_group", args=[added.key]))
        return response

    @operation(
        _("Give a group another name"),
        needs=Permission.SESSION_EDIT,
        body=GroupChange,
        answers={200: GroupDetail},
        matches=True,
        about=_("Its project and school stay, for its members and sessions are there."),
        examples=[OpenApiExample("In the next school year", request_only=True, value={"name": "6a"})],
    )
    def partial_update(self, request, key):
        group = actions.locked_group(self.fetch(Group.objects.select_related("project"), key=key))
        self.require_match(self._detail(group))
        return self._detail(actions.change_group(group, by=request.user, at=now(), **self.body()))

    def _detail(self, group: Group, code: int = 200) -> Response:
        named = external_ids(Change.Collection.GROUPS, group.key)
        return self.answer(Group.objects.filter(pk=group.pk), GroupDetail, code, external_ids=named)


ActivityBulkDoor = bulk_door(
    "activities", SentActivity, Permission.PROJECT_EDIT,
    summary=_("Add or change many activities"),
    about=_(
        "Up to 10,000 rows as JSON or NDJSON, with a result for each. A row that is named by its key, or by an "
        "external id that is known, changes that activity; the same rows again change nothing."
    ),
    examples=[
        OpenApiExample(
            "A sub-activity of a plan", request_only=True, media_type="application/json", value={"rows": [CLUBS]}
        )
    ],
)  # fmt: skip
GroupBulkDoor = bulk_door(
    "groups", SentGroup, Permission.SESSION_EDIT,
    summary=_("Add or change many groups"),
    about=_(
        "Up to 10,000 rows as JSON or NDJSON, with a result for each. A row that is named by its key, or by an "
        "external id that is known, changes that group; the same rows again change nothing."
    ),
    examples=[
        OpenApiExample(
            "A class of a register",
            request_only=True,
            media_type="application/json",
            value={"rows": [{"external": "register:5a"} | CLASS]},
        )
    ],
)  # fmt: skip
ActivityFeedDoor = feed_door(
    Change.Collection.ACTIVITIES, Activity.objects, ActivityRow, Permission.PROJECT_VIEW,
    summary=_("Follow activities"), about=_("All activities with their outputs, then each that changes or goes."),
    finish=ActivityDoor._with_outputs,
)  # fmt: skip
GroupFeedDoor = feed_door(
    Change.Collection.GROUPS, Group.objects, GroupRow, Permission.SESSION_VIEW,
    summary=_("Follow groups"), about=_("All classes and clubs, then each that changes or goes."),
)  # fmt: skip
