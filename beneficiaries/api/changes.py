"""What happens to a participant between coming and leaving, through the API: corrections, groups, another school."""

from __future__ import annotations

from django.http import Http404
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample

from beneficiaries import actions
from beneficiaries.api.record import KEY, RecordDoor
from beneficiaries.models import GroupMember, SchoolMove
from beneficiaries.serializers import (
    GroupLeaving,
    Joining,
    MovedRow,
    ParticipantCorrection,
    ParticipantDetail,
    SchoolChange,
)
from core.access import Permission
from core.api.doors import operation


class RecordChangeDoor(RecordDoor):
    @operation(
        _("Correct or complete a participant"),
        needs=Permission.PARTICIPANT_EDIT,
        body=ParticipantCorrection,
        answers={200: ParticipantDetail},
        about=_(
            "Known data of the day of entry may be corrected with a reason, and are not brought up to date. The audit "
            "trail holds no name."
        ),
        matches=True,
        examples=[
            OpenApiExample(
                "A wrong date of birth",
                request_only=True,
                value={"born_on": "2014-04-05", "because": "Day and month were exchanged."},
            ),
            OpenApiExample("What was missing", request_only=True, value={"education": 1}),
        ],
    )
    def correct(self, request, key):
        participation, told = self.matched(key), self.body()
        changed = actions.change_participation(
            participation, version=participation.version, by=request.user, at=now(), **told
        )
        return self.record(changed)

    @operation(
        _("Hand a participant over to another school"),
        needs=Permission.PARTICIPANT_EDIT,
        body=SchoolChange,
        answers={200: MovedRow},
        about=_(
            "The participation goes on at another school of the project, and a person counts once. Groups of the old "
            "school end the day before; from then on only the new school sees the record."
        ),
        matches=True,
        examples=[OpenApiExample("After the holidays", request_only=True, value={"school": KEY, "on": "2026-09-15"})],
    )
    def move(self, request, key):
        participation, told = self.matched(key), self.body()
        moved = actions.move_school(participation, by=request.user, at=now(), **told)
        return self.answer(SchoolMove.objects.filter(pk=moved.pk), MovedRow)

    @operation(
        _("Put a participant into a group"),
        needs=Permission.PARTICIPANT_EDIT,
        body=Joining,
        answers={200: ParticipantDetail},
        about=_("Who is a member on that day already stays one. 409 for a day in a month that is closed."),
        matches=True,
        examples=[OpenApiExample("From Monday", request_only=True, value={"group": KEY, "from_on": "2026-03-16"})],
    )
    def join(self, request, key):
        participation, told = self.matched(key), self.body()
        member = actions.join_group(participation, by=request.user, at=now(), **told)
        return self.record(member.participation)

    @operation(
        _("Take a participant out of a group"),
        needs=Permission.PARTICIPANT_EDIT,
        body=GroupLeaving,
        answers={200: ParticipantDetail},
        about=_("Ends the last membership of this group. 409 while there are marks of the group after that day."),
        matches=True,
        examples=[OpenApiExample("Until Friday", request_only=True, value={"until_on": "2026-03-20"})],
    )
    def leave(self, request, key, group):
        participation, told = self.matched(key), self.body()
        members = GroupMember.objects.filter(participation=participation, group__key=group)
        member = members.order_by("from_on", "pk").last()
        if member is None:
            raise Http404
        left = actions.leave_group(member, by=request.user, at=now(), **told)
        return self.record(left.participation)
