"""Months that are open or locked, for programs: they read and ask; a person opens."""

from __future__ import annotations

from typing import Any

from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample
from rest_framework.response import Response

from activities import actions, checks, figures
from activities.models import Group, LockException, LockRequest
from activities.serializers import (
    AskedAgain,
    AskedAgainRow,
    LockExceptionRow,
    PeriodQuery,
    PeriodsOfProject,
)
from core.access import Permission, Refused
from core.api.doors import Door, operation
from core.api.persons import person_only
from core.api.shapes import rows_of
from projects.models import Project

KEY = "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0e"
WHY = _(
    "A locked month is opened again by a second person: an officer of the programme decides on what a school asks, in "
    "the portal under Open and locked months. A program may ask: periods/ask/."
)


class PeriodDoor(Door):
    @operation(
        _("Read which months are open"),
        needs=Permission.SESSION_VIEW,
        query=PeriodQuery,
        answers={200: PeriodsOfProject},
        about=_("Six months of each school of the project that you see, the exceptions in force, and what is asked."),
    )
    def retrieve(self, request, number):
        project = self._project(number)
        today, user = checks.today_in(project, now()), request.user
        last = self.asked.get("to", today).replace(day=1)
        months = [figures.earlier(last, n) for n in reversed(range(figures.MONTHS))]
        places = sorted(figures.places(user, project), key=lambda place: place[1].pk)
        periods = [
            {
                "month": cell.month, "school": row.school.key, "state": cell.state, "closes_on": cell.closes_on,
                "unmarked": cell.unmarked,
            }
            for row in figures.board(places, months, today)
            for cell in row.cells
        ]  # fmt: skip
        exceptions = LockException.objects.visible_to(user).in_force(today).filter(project=project)
        asked = LockRequest.objects.visible_to(user).waiting().filter(project=project)
        told: dict[str, Any] = {
            "project": project.number,
            "late_days": project.programme.late_days,
            "periods": periods,
            "exceptions": rows_of(LockExceptionRow, exceptions.order_by("month", "pk")),
            "asked": rows_of(AskedAgainRow, asked.order_by("asked_at", "pk")),
        }
        return Response(told)

    @operation(
        _("Ask to open a locked month again"),
        needs=Permission.SESSION_EDIT,
        body=AskedAgain,
        answers={200: AskedAgainRow},
        about=_(
            "The officers of the programme are told by mail. While one request of a school waits, another changes "
            "nothing. 409 for a month that is open."
        ),
        examples=[
            OpenApiExample(
                "Lists that came late",
                request_only=True,
                value={"school": KEY, "month": "2026-02-01", "because": "The lists of two clubs came late."},
            )
        ],
    )
    def ask(self, request, number):
        project, told = self._project(number), self.body()
        if not Group.objects.filter(project=project, school=told["school"]).exists():
            raise Refused({"school": [gettext("This school is not in the project. Choose one that is.")]})
        asked = actions.ask_to_open(project=project, by=request.user, at=now(), **told)
        return self.answer(LockRequest.objects.filter(pk=asked.pk), AskedAgainRow)

    open_again = person_only(_("Open a locked month again"), WHY)
    decline = person_only(_("Decline to open a locked month"), WHY)
    take_back = person_only(_("Take an exception back"), WHY)

    def _project(self, number: str) -> Project:
        return self.fetch(Project.objects.select_related("programme"), number=number)
