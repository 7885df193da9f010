"""What became of participants six months after they left, for programs."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample

from beneficiaries import actions
from beneficiaries.api.record import listed
from beneficiaries.models import FollowUp
from beneficiaries.serializers import FollowUpAnswer, FollowUpLink, FollowUpQuery, FollowUpRow
from core.access import Permission
from core.api.conditions import ShownOnce
from core.api.doors import Door, operation
from core.api.shapes import page_of

FILTERS = {  # parameter: condition
    "project": "participation__project",
    "school": "participation__school",
    "due_from": "due_from__gte",
    "due_to": "due_from__lte",
}


class FollowUpDoor(Door):
    @operation(
        _("List six-month follow-ups"),
        needs=Permission.PARTICIPANT_VIEW,
        query=FollowUpQuery,
        answers={200: page_of(FollowUpRow)},
        about=_(
            "One row for each exit in programmes that count results six months later, under the participant's code. "
            "Reading is recorded."
        ),
    )
    def list(self, request):
        asked: dict[str, Any] = self.asked
        told = {condition: asked[name] for name, condition in FILTERS.items() if name in asked}
        rows = self.visible(FollowUp.objects).filter(**told)
        if "answered" in asked:
            rows = rows.filter(answered_on__isnull=not asked["answered"])
        page = self.pages().of(rows, FollowUpRow)
        listed(self, page, rows)
        return page

    @operation(
        _("Write down what became of a participant"),
        needs=Permission.PARTICIPANT_EDIT,
        body=FollowUpAnswer,
        answers={200: FollowUpRow},
        about=_(
            "The answer of somebody who was asked, once, from the day it is due; the results it shows count from that "
            "day."
        ),
        examples=[OpenApiExample("Has work", request_only=True, value={"situation": "employed", "better": True})],
    )
    def answered(self, request, key):
        found, told = self.fetch(FollowUp.objects, key=key), self.body()
        actions.answer_follow_up(found, by=request.user, at=now(), **told)
        return self.answer(FollowUp.objects.filter(pk=found.pk), FollowUpRow)

    @operation(
        _("Make a link for the participant's own answer"),
        needs=Permission.PARTICIPANT_EDIT,
        answers={201: FollowUpLink},
        about=_(
            "An address to hand over, good for thirty days and one answer. It is told this once; an older one stops "
            "working."
        ),
    )
    def link(self, request, key):
        found = self.fetch(FollowUp.objects, key=key)
        secret = actions.make_link(found, by=request.user, at=now())
        found.refresh_from_db()
        address = request.build_absolute_uri(reverse("answer", args=[secret]))
        return ShownOnce({"key": found.key, "until": found.link_expires_at, "secret": address}, 201)
