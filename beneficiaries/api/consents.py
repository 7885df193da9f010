"""Consent and privacy notice of a participant, for programs: what was given and taken back, never by whom."""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.shortcuts import get_object_or_404
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from activities.actions import today_in
from beneficiaries import actions
from beneficiaries.api.record import RecordDoor
from beneficiaries.models import Consent, Participation
from beneficiaries.serializers import ConsentEnd, ConsentRow, ConsentsOfParticipant, NewConsent, NoticeRow
from core.access import Permission
from core.api.doors import operation
from core.api.shapes import rows_of


def _rows(**of: Any):
    signed = ExpressionWrapper(Q(file__isnull=False), output_field=BooleanField())
    return Consent.objects.filter(**of).annotate(signed=signed)


def _notices(participation: Participation):
    return actions.notices(participation, today_in(participation.project, now()))


class ConsentDoor(RecordDoor):
    @operation(
        _("List the consents of a participant"),
        needs=Permission.PARTICIPANT_VIEW,
        answers={200: ConsentsOfParticipant},
        about=_(
            "What was given and taken back, by day and version of the notice. The signed form holds a name: a person "
            "opens it in the portal. Reading is recorded."
        ),
    )
    def retrieve(self, request, key):
        participation = self.participation(key)
        actions.open_record(participation, by=request.user, at=now())
        return Response(
            {
                "participation": participation.key,
                "consents": rows_of(ConsentRow, _rows(participation=participation)),
                "notices": rows_of(NoticeRow, _notices(participation)),
            }
        )

    @operation(
        _("Write down consent or the privacy notice"),
        needs=Permission.PARTICIPANT_EDIT,
        body=NewConsent,
        answers={201: ConsentRow},
        about=_(
            "That the privacy notice was given, or consent, on a day; with the signed form where there is one. Where "
            "the programme asks for consent, the record counts from then on."
        ),
        examples=[
            OpenApiExample(
                "Consent on paper",
                request_only=True,
                value={
                    "kind": "consented",
                    "notice": "1",
                    "given_on": "2026-03-16",
                    "file": {"upload": "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0e"},
                },
            )
        ],
    )
    def create(self, request, key):
        participation, told = self.participation(key), self.body()
        notice = _notices(participation).filter(version=told.pop("notice")).first()
        if notice is None:
            raise ValidationError({"notice": [_("Choose a version of this programme.")]})
        given = actions.give_consent(
            participation, notice=notice, upload=told.pop("file", None), by=request.user, at=now(), **told
        )
        return self.answer(_rows(pk=given.pk), ConsentRow, 201)

    @operation(
        _("Write down that consent was taken back"),
        needs=Permission.PARTICIPANT_EDIT,
        body=ConsentEnd,
        answers={200: ConsentRow},
        about=_(
            "From then on the record counts no more where the programme asks for consent; what was reported before "
            "stays reported."
        ),
        examples=[OpenApiExample("Today", request_only=True, value={"withdrawn_on": "2026-03-20"})],
    )
    def withdraw(self, request, key, consent):
        participation, told = self.participation(key), self.body()
        found = get_object_or_404(participation.consents, key=consent)
        ended = actions.withdraw_consent(found, by=request.user, at=now(), **told)
        return self.answer(_rows(pk=ended.pk), ConsentRow)
