"""Reported costs and amendments, for programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError as DjangoValidationError
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from budgets import actions
from budgets.actions import amendments as acts
from budgets.models import Amendment, ReportedCost
from budgets.serializers.costs import (
    AmendmentChange,
    AmendmentDetail,
    AmendmentQuery,
    AmendmentRow,
    ChangeRow,
    CostCorrection,
    CostDetail,
    CostQuery,
    CostRow,
    Document,
    NewAmendment,
    NewCost,
    SentCost,
)
from budgets.snapshot.terms import PARTS, differences, typed_row
from core import storage
from core.access import Permission
from core.api import PROBLEM, AsItIs
from core.api.bulk import bulk_door
from core.api.doors import Door, location, operation
from core.api.shapes import RowQuery, Upload, page_of
from core.money import NOTHING
from projects.api import KNOWN_ALREADY, keep_external, refuse_known
from projects.models import Change, called, can, external_ids

REPORTED: dict[Any, Any] = {201: CostDetail, (409, PROBLEM): KNOWN_ALREADY}
A_COST = {
    "project": "BG05SFPR001-1.008-0009", "line": "1.1", "document": "Invoice 118", "document_on": "2026-02-02",
    "total": "600.00", "currency": "EUR", "external": "ledger:118",
}  # fmt: skip


class CostDoor(Door):
    @operation(
        _("List reported costs"),
        needs=Permission.BUDGET_VIEW,
        query=CostQuery,
        answers={200: page_of(CostRow)},
        about=_("Costs as they were reported. A cost is never edited: a correction is a further, negative one."),
    )
    def list(self, request):
        rows = self.visible(ReportedCost.objects)
        if project := self.asked.get("project"):
            rows = rows.filter(project=project)
        if "from" in self.asked:
            rows = rows.filter(reported_on__gte=self.asked["from"])
        if "to" in self.asked:
            rows = rows.filter(reported_on__lte=self.asked["to"])
        if "external" in self.asked:
            rows = called(rows, Change.Collection.COSTS, self.asked["external"])
        return self.pages().of(rows, CostRow)

    @operation(
        _("Read a reported cost"),
        needs=Permission.BUDGET_VIEW,
        query=RowQuery,
        answers={200: CostDetail},
        about=_("With what its corrections leave of it."),
    )
    def retrieve(self, request, key):
        return self._detail(self.fetch(ReportedCost.objects, key=key))

    @operation(
        _("Report a cost"),
        needs=Permission.BUDGET_EDIT,
        body=NewCost,
        answers=REPORTED,
        about=_("On a line of the contract in force. It is never edited: take it back by a correction."),
        headers=[location(201)],
        examples=[OpenApiExample("An invoice of the ledger", request_only=True, value=A_COST)],
    )
    def create(self, request):
        told = self.body()
        who: dict[str, Any] = {"by": request.user, "at": now()}
        project, code, external = told.pop("project"), told.pop("line"), told.pop("external", None)
        line = actions.line_of(project, code, **who)
        refuse_known(project, Change.Collection.COSTS, ReportedCost.objects, external, request.user)
        made = actions.report_cost(line=line, **actions.facts_of(told, project, at=who["at"]), **who)
        keep_external(made, Change.Collection.COSTS, external, **who)
        response = self._detail(made, 201)
        response["Location"] = request.build_absolute_uri(reverse("api_cost", args=[made.key]))
        return response

    @operation(
        _("Correct a reported cost"),
        needs=Permission.BUDGET_EDIT,
        body=CostCorrection,
        answers={200: CostDetail},
        matches=True,
        about=_("Takes back the whole or a part: a further, negative cost that points to this one."),
        examples=[
            OpenApiExample("A discount", request_only=True, value={"total": "60.00", "because": "Discount of 10 %."})
        ],
    )
    def correct(self, request, key):
        found = self.fetch(ReportedCost.objects, key=key)
        cost = ReportedCost.objects.select_for_update(of=("self",)).get(pk=found.pk)
        self.require_match(self._detail(cost))
        actions.correct_cost(cost, **self.body(), by=request.user, at=now())
        return self._detail(cost)

    def _detail(self, cost: ReportedCost, code: int = 200) -> Response:
        back = list(cost.corrections.order_by("pk").values_list("key", "total"))
        reads_claims = can(self.request.user, Permission.CLAIM_VIEW, cost.project)
        return self.answer(
            ReportedCost.objects.filter(pk=cost.pk), CostDetail, code,
            left=cost.total + sum((total for _key, total in back), NOTHING), corrections=[key for key, _total in back],
            supplier=cost.supplier if reads_claims else None,
            supplier_number=cost.supplier_number if reads_claims else None,
            external_ids=external_ids(Change.Collection.COSTS, cost.key),
        )  # fmt: skip


CostBulkDoor = bulk_door(
    "reported-costs", SentCost, Permission.BUDGET_EDIT,
    summary=_("Report or correct many costs"),
    about=_(
        "Up to 10,000 rows as JSON or NDJSON, with a result for each. A row whose external id is known reports nothing "
        "anew: it changes nothing where it says the same, and a smaller amount takes back the difference, for a "
        "reason. Any other value is refused: take the cost back to 0, then send it anew."
    ),
    examples=[
        OpenApiExample(
            "An invoice of the ledger", request_only=True, media_type="application/json", value={"rows": [A_COST]}
        )
    ],
)  # fmt: skip


class AmendmentDoor(Door):
    @operation(
        _("List amendments"),
        needs=Permission.AMENDMENT_VIEW,
        query=AmendmentQuery,
        answers={200: page_of(AmendmentRow)},
        about=_("Wishes to change a contract, from draft to decision. They are decided in the portal."),
    )
    def list(self, request):
        rows = self.visible(Amendment.objects)
        if project := self.asked.get("project"):
            rows = rows.filter(project=project)
        if state := self.asked.get("state"):
            rows = rows.filter(state=state)
        return self.pages().of(rows, AmendmentRow)

    @operation(
        _("Read an amendment"),
        needs=Permission.AMENDMENT_VIEW,
        query=RowQuery,
        answers={200: AmendmentDetail},
        about=_("With each date, budget line, target and partner that changes, before and after."),
    )
    def retrieve(self, request, key):
        return self._detail(self.fetch(Amendment.objects, key=key))

    @operation(
        _("Begin an amendment"),
        needs=Permission.AMENDMENT_EDIT,
        body=NewAmendment,
        answers={201: AmendmentDetail},
        about=_("Copies the newest version of the contract. Change the copy row by row, then send it."),
        headers=[location(201)],
        examples=[
            OpenApiExample(
                "More clubs", request_only=True, value={"project": "BG05SFPR001-1.008-0009", "because": "More clubs."}
            )
        ],
    )
    def create(self, request):
        told = self.body()
        one = actions.begin_amendment(told["project"], because=told["because"], by=request.user, at=now())
        response = self._detail(one, 201)
        response["Location"] = request.build_absolute_uri(reverse("api_amendment", args=[one.key]))
        return response

    @operation(
        _("Change an amendment"),
        needs=Permission.AMENDMENT_EDIT,
        body=AmendmentChange,
        answers={200: AmendmentDetail},
        matches=True,
        about=_("One row at a time: change it, add one, or take it out. 409 when somebody changed that row since."),
        examples=[
            OpenApiExample(
                "A line that grows",
                request_only=True,
                value={"part": "lines", "row": "1.1", "seen": "0a1b2c3d4e5f6071", "values": {"total": "12000.00"}},
            )
        ],
    )
    def partial_update(self, request, key):
        one = self._matched(key)
        told = self.body()
        part, ref, values = told["part"], told["row"], told["values"]
        if ref and ref not in one.draft.get(part, {}):
            raise ValidationError({"row": [gettext("There is no such row in the copy.")]})
        try:
            row = None if values is None else typed_row(part, values, whole=not ref)
        except DjangoValidationError as wrong:
            raise ValidationError({"values": wrong.message_dict}) from None
        was = told["seen"] or acts.seen(None)
        one = actions.change_amendment(one, part=part, ref=ref, row=row, was=was, by=request.user, at=now())
        return self._detail(one)

    @operation(
        _("Send an amendment"),
        needs=Permission.AMENDMENT_EDIT,
        answers={200: AmendmentDetail},
        matches=True,
        about=_("Another person decides on it in the portal. Refused with everything that stops it."),
    )
    def send(self, request, key):
        one = actions.send_amendment(self._matched(key), by=request.user, at=now())
        return self._detail(one)

    @operation(
        _("Attach a document to an amendment"),
        needs=Permission.AMENDMENT_EDIT,
        body=Upload,
        answers={201: AmendmentDetail},
        about=_("While the copy may be changed. The same file is refused a second time."),
        examples=[
            OpenApiExample("A letter", request_only=True, value={"name": "letter.pdf", "content": "JVBERi0xLjc="})
        ],
    )
    def attach(self, request, key):
        one = self.fetch(Amendment.objects, key=key)
        actions.attach_document(one, upload=self.body(), by=request.user, at=now())
        return self._detail(one, 201)

    def _matched(self, key: UUID) -> Amendment:
        """The amendment, locked, as the client read it."""
        one = acts.locked(self.fetch(Amendment.objects, key=key))
        self.require_match(self._detail(one))
        return one

    def _detail(self, one: Amendment, code: int = 200) -> Response:
        changes = ChangeRow(differences(one.base, one.draft), many=True).data
        copy = [
            {"part": part, "row": ref, "seen": acts.seen(row), "values": row}
            for part in PARTS
            for ref, row in one.draft.get(part, {}).items()
        ]
        copy = copy if one.state in Amendment.EDITED else []
        rows = Amendment.objects.filter(pk=one.pk)
        papers = Document(one.papers.there().select_related("file"), many=True).data
        return self.answer(rows, AmendmentDetail, code, papers=papers, changes=changes, copy=copy)


A_FILE: dict[Any, Any] = {
    (200, kind): OpenApiResponse(OpenApiTypes.BINARY, description=_("The file as it was attached."))
    for kind in ("application/pdf", "image/jpeg", "image/png")
}


class AmendmentPaperDoor(Door):
    content_negotiation_class = AsItIs

    @operation(
        _("Fetch a document of an amendment"),
        needs=Permission.AMENDMENT_VIEW,
        answers=A_FILE,
        about=_("Each download leaves an audit event."),
    )
    def retrieve(self, request, key, paper):
        one = self.fetch(Amendment.objects, key=key)
        found = get_object_or_404(one.papers.there().select_related("file", "amendment__project"), key=paper)
        response = storage.answer(found.file)
        actions.hand_out_document(found, by=request.user, at=now())
        return response
