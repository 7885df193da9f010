"""Participants, for programs: the list, the record, who comes in, leaves and comes back."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse

from beneficiaries import actions
from beneficiaries.api.record import KEY, RecordDoor, listed, named, with_counts
from beneficiaries.models import COMPLETE, GroupMember, Participation, Person, Result
from beneficiaries.serializers import (
    DuplicateProblem,
    NewParticipant,
    ParticipantChange,
    ParticipantDetail,
    ParticipantQuery,
    ParticipantRow,
    SentParticipant,
)
from core.access import Permission, Refused
from core.api import PROBLEM, Problem
from core.api.bulk import bulk_door
from core.api.doors import location, operation
from core.api.shapes import RowQuery, page_of
from projects.api import keep_external, refuse_known
from projects.models import Change, called

RESULT_PATHS = {kind: f"results.{kind}" for kind in Result.Kind.values}


class ParticipantDoor(RecordDoor):
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
        listed(self, page, rows)
        return page

    @operation(
        _("Read a participant"),
        needs=Permission.PARTICIPANT_VIEW,
        query=RowQuery,
        answers={200: ParticipantDetail},
        about=_("Counting data, stays, results and groups under a code, never a name. Reading is recorded."),
    )
    def retrieve(self, request, key):
        participation = self.participation(key)
        actions.open_record(participation, by=request.user, at=now())
        return self.record(participation)

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
        response = self.record(added, 201)
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
        participation = self.matched(key)
        told = self.body()
        who: dict[str, Any] = {"by": request.user, "at": now()}
        if "came_back_on" in told:
            entered_on, group = told["came_back_on"], told.get("group")
            changed = named({"entered_on": "came_back_on"}, actions.come_back)(
                participation, entered_on=entered_on, group=group, **who
            )
        elif "left_on" in told:
            results, left_on = told.get("results", {}), told["left_on"]
            changed = named(RESULT_PATHS, actions.leave)(participation, left_on=left_on, results=results, **who)
        else:
            changed = named(RESULT_PATHS, actions.add_results)(participation, results=told["results"], **who)
        return self.record(changed)


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
