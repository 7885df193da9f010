"""Contracts with suppliers, for programs."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework.response import Response

from activities.models import Evidence
from budgets import actions
from budgets.actions.procurements import FACTS
from budgets.models import Procurement
from budgets.serializers.suppliers import (
    NewProcurement,
    PaperRow,
    ProcurementChange,
    ProcurementDetail,
    ProcurementQuery,
    ProcurementRow,
)
from core import storage
from core.access import Permission
from core.api import AsItIs
from core.api.doors import Door, location, operation
from core.api.shapes import RowQuery, page_of, rows_of

A_FILE: dict[Any, Any] = {
    (200, kind): OpenApiResponse(OpenApiTypes.BINARY, description=_("The file as it was sent."))
    for kind in storage.SIGNATURES
}


class ProcurementDoor(Door):
    @operation(
        _("List contracts with suppliers"),
        needs=Permission.CLAIM_VIEW,
        query=ProcurementQuery,
        answers={200: page_of(ProcurementRow)},
        about=_("What the projects signed with suppliers; costs name them."),
    )
    def list(self, request):
        where = {"project": "project", "procedure": "procedure", "programme": "project__programme__code"}
        asked = {way: self.asked[name] for name, way in where.items() if name in self.asked}
        return self.pages().of(self.visible(Procurement.objects).filter(**asked), ProcurementRow)

    @operation(
        _("Read a contract with a supplier"),
        needs=Permission.CLAIM_VIEW,
        query=RowQuery,
        answers={200: ProcurementDetail},
        about=_("With its files."),
    )
    def retrieve(self, request, key):
        return self._detail(self.fetch(Procurement.objects, key=key))

    @operation(
        _("Enter a contract with a supplier"),
        needs=Permission.CLAIM_EDIT,
        body=NewProcurement,
        answers={201: ProcurementDetail},
        about=_("A number is entered once in a project."),
        headers=[location(201)],
        examples=[
            OpenApiExample(
                "Books",
                request_only=True,
                value={
                    "project": "BG05SFPR001-1.008-0009", "number": "D-12", "contractor": "Книги ЕООД",
                    "contractor_number": "200000017", "signed_on": "2026-01-15", "currency": "EUR",
                    "amount": "4800.00", "procedure": "offers",
                },
            )
        ],
    )  # fmt: skip
    def create(self, request):
        told = {"contractor_number": ""} | self.body()
        project, files = told.pop("project"), told.pop("files", [])
        made = actions.enter_procurement(project, **told, uploads=files, by=request.user, at=now())
        response = self._detail(made, 201)
        response["Location"] = request.build_absolute_uri(reverse("api_procurement", args=[made.key]))
        return response

    @operation(
        _("Change a contract with a supplier"),
        needs=Permission.CLAIM_EDIT,
        body=ProcurementChange,
        answers={200: ProcurementDetail},
        matches=True,
        about=_("Only what is sent changes, such as the amount after an annex; files are added."),
        examples=[OpenApiExample("After an annex", request_only=True, value={"amount": "5200.00"})],
    )
    def partial_update(self, request, key):
        found = self.fetch(Procurement.objects, key=key)
        one = Procurement.objects.select_for_update(of=("self",)).get(pk=found.pk)
        self.require_match(self._detail(one))
        told = self.body()
        files = told.pop("files", [])
        facts = {name: getattr(one, name) for name in FACTS} | told
        who: dict[str, Any] = {"by": request.user, "at": now()}
        return self._detail(actions.change_procurement(one, version=one.version, **facts, uploads=files, **who))

    @staticmethod
    def _papers(one: Procurement):
        return one.papers.filter(removed_at=None).order_by("pk")

    def _detail(self, one: Procurement, code: int = 200) -> Response:
        rows = Procurement.objects.filter(pk=one.pk)
        papers = rows_of(PaperRow, self._papers(one))
        return self.answer(rows, ProcurementDetail, code, costs=one.costs.count(), papers=papers)


class ProcurementPaperDoor(Door):
    content_negotiation_class = AsItIs

    @operation(
        _("Fetch a file of a contract with a supplier"),
        needs=Permission.CLAIM_VIEW,
        answers=A_FILE,
        about=_("Each download leaves an audit event."),
    )
    def retrieve(self, request, key, paper):
        one = self.fetch(Procurement.objects, key=key)
        there = Evidence.objects.filter(procurements=one, removed_at=None).select_related("file", "project")
        found = get_object_or_404(there, file__key=paper)
        response = storage.answer(found.file)
        actions.hand_out_contract(one, found, by=request.user, at=now())
        return response
