"""Sessions, for programs: planned one by one, in a series, as a week again or many at once; changed and cancelled."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from operator import itemgetter
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from activities import actions, checks
from activities.models import Session
from activities.serializers import (
    CancelledSession,
    CopiedWeek,
    NewSeries,
    NewSession,
    PlannedDays,
    SentSession,
    SessionChange,
    SessionDetail,
    SessionQuery,
    SessionRow,
    TryQuery,
)
from core.access import Permission
from core.api import PROBLEM
from core.api.bulk import bulk_door
from core.api.doors import Door, location, operation
from core.api.feed import Feed, FeedQuery, feed_of
from core.api.shapes import RowQuery, page_of
from projects.api import KNOWN_ALREADY, keep_external, refuse_known
from projects.models import Change, Project, called, external_ids, followed

ACTIVITY, GROUP = "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0e", "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0f"
LESSON = {
    "activity": ACTIVITY, "group": GROUP, "on": "2026-03-16", "starts_at": "14:00", "ends_at": "15:30",
    "hours": "1.50",
}  # fmt: skip
PLANNED: dict[Any, Any] = {201: SessionDetail, (409, PROBLEM): KNOWN_ALREADY}


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
        answers=PLANNED,
        about=_("Plan a session of a group. It counts once it has marks."),
        headers=[location(201)],
        examples=[OpenApiExample("A club on Monday afternoon", request_only=True, value=LESSON | {"place": "Room 12"})],
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

    @operation(
        _("Change a session"),
        needs=Permission.SESSION_EDIT,
        body=SessionChange,
        answers={200: SessionDetail},
        matches=True,
        about=_(
            "What is not said stays as it is. 409 for a session that is cancelled, a month that is locked, a day on "
            "which the group is taken; the group stays once there are marks."
        ),
        examples=[
            OpenApiExample(
                "An hour later, in another room",
                request_only=True,
                value={"starts_at": "15:00", "ends_at": "16:30", "place": "Room 14"},
            )
        ],
    )
    def partial_update(self, request, key):
        session = actions.locked(self.fetch(Session.objects, key=key))
        self.require_match(self._detail(session))
        changed = actions.change_session(session, version=session.version, by=request.user, at=now(), **self.body())
        return self._detail(changed)

    @operation(
        _("Cancel a session"),
        needs=Permission.SESSION_EDIT,
        body=CancelledSession,
        answers={200: SessionDetail},
        about=_("With a reason. One that has marks took place: 409. One that is cancelled already stays as it is."),
        examples=[
            OpenApiExample("A closed school", request_only=True, value={"because": "School closed because of flu"})
        ],
    )
    def cancel(self, request, key):
        session = self.fetch(Session.objects, key=key)
        actions.cancel_session(session, by=request.user, at=now(), **self.body())
        return self._detail(session)

    @operation(
        _("Plan a series of sessions"),
        needs=Permission.SESSION_EDIT,
        query=TryQuery,
        body=NewSeries,
        answers={200: PlannedDays},
        about=_(
            "The same session every week until a day, at most 60 times. Holidays of the programme are left out unless "
            "“days” names them; a day that is taken or locked stops no other. A dry run shows the days."
        ),
        examples=[OpenApiExample("Until Easter", request_only=True, value=LESSON | {"until": "2026-04-06"})],
    )
    def series(self, request):
        told = self.body()
        group, wanted = told["group"], checks.weekly(told.pop("on"), told.pop("until"))
        holidays = checks.holidays_on(group.project, wanted)
        chosen = told.pop("days", [day for day in wanted if day not in holidays])
        if wrong := {n: [_("This is no day of the series.")] for n, day in enumerate(chosen) if day not in wanted}:
            raise ValidationError({"days": [wrong.get(n, {}) for n in range(len(chosen))]})
        with transaction.atomic():
            planned, refused = actions.plan_series(
                project=group.project, school=group.school, days=sorted(set(chosen)), by=request.user, at=now(), **told
            )
            transaction.set_rollback(self.asked["dry_run"])
        return self._days(planned, refused, {day: holidays.get(day, "") for day in wanted if day not in chosen})

    @operation(
        _("Plan the sessions of a week again"),
        needs=Permission.SESSION_EDIT,
        query=TryQuery,
        body=CopiedWeek,
        answers={200: PlannedDays},
        about=_(
            "The sessions of a school in one week, without their topics and without those that are cancelled, in "
            "another week. One that cannot be planned stops no other."
        ),
        examples=[OpenApiExample("As last week", request_only=True, value={"school": GROUP, "to": "2026-03-23"})],
    )
    def copy_week(self, request):
        told = self.body()
        school, to = told["school"], told["to"]
        projects = Project.objects.visible_to(request.user, Permission.SESSION_EDIT).filter(groups__school=school)
        if "project" in told:
            projects = projects.filter(pk=told["project"].pk)
        if not projects:
            raise PermissionDenied(gettext("Your role may not plan sessions here. A coordinator of the school can."))
        planned, refused = list[Session](), list[actions.Unplanned]()
        with transaction.atomic():
            for project in projects.select_related("programme").distinct():
                done, others = actions.copy_week(
                    project=project, school=school, monday=told.get("from", to - timedelta(days=7)), to_monday=to,
                    by=request.user, at=now(),
                )  # fmt: skip
                planned, refused = planned + done, refused + others
            transaction.set_rollback(self.asked["dry_run"])
        return self._days(planned, refused)

    def _days(
        self, planned: Iterable[Session], refused: Iterable[actions.Unplanned], left: dict[date, str] | None = None
    ) -> Response:
        """What became of each day; of those that were `left` out, the holiday."""
        stored = not self.asked["dry_run"]
        new = [
            {"on": each.on, "status": "planned", "session": each.key if stored else None, "detail": ""}
            for each in planned
        ]
        days = new + [{"on": day.on, "status": "refused", "session": None, "detail": day.why} for day in refused]
        days += [
            {"on": on, "status": "left", "session": None, "detail": holiday} for on, holiday in (left or {}).items()
        ]
        days.sort(key=itemgetter("on"))
        return Response({"stored": stored and bool(new), "planned": len(new), "days": days})

    def _detail(self, session: Session, code: int = 200) -> Response:
        named = external_ids(Change.Collection.SESSIONS, session.key)
        return self.answer(Session.objects.filter(pk=session.pk), SessionDetail, code, external_ids=named)


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
            value={"rows": [{"external": "timetable:4711"} | LESSON]},
        )
    ],
)  # fmt: skip
