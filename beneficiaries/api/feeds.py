"""The feeds of participants and attendance."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from activities.models import Session
from beneficiaries.api.record import with_counts
from beneficiaries.models import Attendance, Participation
from beneficiaries.serializers import MarkedRow, ParticipantRow, SheetRow
from core import audit
from core.access import Permission
from core.api.doors import Door, operation
from core.api.feed import Feed, FeedQuery, feed_of
from core.api.shapes import grouped
from projects.models import Change, followed


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
