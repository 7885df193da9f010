"""What every operation on one participant stands on: the record, and its state that a change must name."""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, ExpressionWrapper
from django.utils.timezone import now
from rest_framework.response import Response

from beneficiaries.actions import participants
from beneficiaries.models import COMPLETE, GroupMember, Participation, Result, SchoolMove, Stay
from beneficiaries.serializers import MembershipRow, MoveRow, ParticipantDetail, ResultRow, StayRow
from core import audit
from core.access import Refused
from core.api.doors import Door
from core.api.shapes import rows_of
from projects.models import Change, external_ids

KEY = "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0e"


def with_counts(rows):
    """Participations, each with whether its record is complete and whether it counts."""
    return rows.with_counting().annotate(counts=ExpressionWrapper(COMPLETE, output_field=BooleanField()))


def named(names: dict[str, str], action):
    """The action, with its refusals beside the names that the API has for its fields."""

    def act(*args, **kwargs):
        try:
            return action(*args, **kwargs)
        except Refused as refused:
            if not hasattr(refused, "error_dict"):
                raise
            raise Refused({names.get(name, name): errors for name, errors in refused.error_dict.items()}) from None

    return act


def listed(door: Door, page: Any, rows: Any) -> None:
    """Write down that a list about participants was read: how many of `rows` went out, and what was asked."""
    told = len(page.data["results"]) if isinstance(page, Response) else rows.count()
    asked = sorted(name for name in door.asked if name != "page_size")
    project = door.asked["project"].number if "project" in door.asked else ""
    user, after = door.request.user, {"rows": told, "asked": asked}
    audit.record("participant.listed", user, by=user, at=now(), project=project, after=after)


class RecordDoor(Door):
    """A door to one participation and what belongs to it."""

    def participation(self, key) -> Participation:
        return self.fetch(Participation.objects.select_related("project__programme", "school", "person"), key=key)

    def matched(self, key) -> Participation:
        """The same, locked, once the request has named its state as it is now."""
        participation = participants.locked(self.participation(key))
        self.require_match(self.record(participation))
        return participation

    def record(self, participation: Participation, code: int = 200) -> Response:
        of: dict[str, Any] = {"participation": participation}
        return self.answer(
            with_counts(Participation.objects.filter(pk=participation.pk)),
            ParticipantDetail,
            code,
            stays=rows_of(StayRow, Stay.objects.filter(**of).order_by("entered_on")),
            results=rows_of(ResultRow, Result.objects.filter(**of).order_by("seen_on", "kind")),
            groups=rows_of(MembershipRow, GroupMember.objects.filter(**of).order_by("from_on", "pk")),
            moves=rows_of(MoveRow, SchoolMove.objects.filter(**of).order_by("on", "pk")),
            external_ids=external_ids(Change.Collection.PARTICIPANTS, participation.key),
        )
