"""Evidence of sessions, for programs."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework.response import Response

from activities import actions
from activities.models import Evidence, Session
from activities.serializers import EvidenceOfSession, EvidenceRow, NewEvidence
from core import storage
from core.access import Permission
from core.api import AsItIs
from core.api.doors import Door, location, operation
from core.api.shapes import rows_of


class EvidenceDoor(Door):
    @operation(
        _("List the evidence of a session"),
        needs=Permission.EVIDENCE_VIEW,
        answers={200: EvidenceOfSession},
        about=_("Signed lists, photos and documents, each with its SHA-256."),
    )
    def retrieve(self, request, key):
        return self._files(self.fetch(Session.objects, key=key))

    @operation(
        _("Add evidence to a session"),
        needs=Permission.EVIDENCE_ADD,
        body=NewEvidence,
        answers={201: EvidenceRow},
        about=_("A PDF, JPEG or PNG, in base64 or sent by pieces before. The same file is refused a second time."),
        headers=[location(201)],
        examples=[
            OpenApiExample(
                "A signed list that came by pieces",
                request_only=True,
                value={"kind": "signed_list", "file": {"upload": "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0e"}},
            )
        ],
    )
    def create(self, request, key):
        session, told = self.fetch(Session.objects, key=key), self.body()
        added = actions.attach_evidence(
            project=session.project, session=session, upload=told["file"], kind=told["kind"], by=request.user, at=now()
        )
        response = self.answer(Evidence.objects.filter(pk=added.pk), EvidenceRow, 201)
        place = reverse("api_evidence_file", args=[session.key, added.file.key])
        response["Location"] = request.build_absolute_uri(place)
        return response

    @operation(
        _("Take a file of evidence off the list"),
        needs=Permission.EVIDENCE_ADD,
        answers={200: EvidenceOfSession},
        about=_(
            "Answers with the files that stay. Its bytes stay for the audit trail. 409 for a session of a locked "
            "month: what was counted keeps its proof."
        ),
    )
    def remove(self, request, key, paper):
        session = self.fetch(Session.objects, key=key)
        there = Evidence.objects.filter(session=session, removed_at=None)
        actions.remove_evidence(get_object_or_404(there, file__key=paper), by=request.user, at=now())
        return self._files(session)

    @staticmethod
    def _files(session: Session) -> Response:
        there = Evidence.objects.filter(session=session, removed_at=None)
        return Response({"session": session.key, "files": rows_of(EvidenceRow, there)})


A_FILE: dict[Any, Any] = {
    (200, kind): OpenApiResponse(OpenApiTypes.BINARY, description=_("The file as it was sent."))
    for kind in storage.SIGNATURES
}


class EvidenceFileDoor(Door):
    content_negotiation_class = AsItIs

    @operation(
        _("Fetch a file of evidence"),
        needs=Permission.EVIDENCE_VIEW,
        answers=A_FILE,
        about=_("Each download leaves an audit event."),
    )
    def retrieve(self, request, key, paper):
        session = self.fetch(Session.objects, key=key)
        there = Evidence.objects.filter(session=session, removed_at=None)
        found = get_object_or_404(there.select_related("file", "project", "school"), file__key=paper)
        response = storage.answer(found.file)
        actions.hand_out_evidence(found, by=request.user, at=now())
        return response
