"""Budget lines of a contract version and deliverables, for programs."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample
from rest_framework.response import Response

from activities.actions import today_in
from budgets import actions
from budgets.models import BudgetLine, Deliverable
from budgets.serializers.claims import (
    BudgetQuery,
    BudgetShape,
    DeliverableQuery,
    DeliverableRow,
    Delivery,
    Judgement,
    LineRow,
)
from core.access import Permission
from core.api.doors import Door, operation
from core.api.shapes import page_of, rows_of
from projects.models import Project


class BudgetDoor(Door):
    @operation(
        _("Read the budget of a contract version"),
        needs=Permission.BUDGET_VIEW,
        query=BudgetQuery,
        answers={200: BudgetShape},
        about=_("Each line as that version says it; without a version the one in force. 404 for one there is not."),
    )
    def retrieve(self, request, number):
        project = self.fetch(Project.objects.select_related("programme").prefetch_related("contracts"), number=number)
        contract, version = project.contract_on(today_in(project, now())), self.asked.get("version")
        if version is not None:
            contract = next((each for each in project.contracts.all() if each.version == version), None)
        if contract is None:
            raise Http404
        facts = ("number", "version", "currency", "total", "eu_part", "national_part", "own_part", "instalments",
                 "report_days", "interim_months", "interim_days")  # fmt: skip
        lines = rows_of(LineRow, BudgetLine.objects.filter(contract=contract).order_by("code"))
        return Response(
            {"project": project.number, **{name: getattr(contract, name) for name in facts}, "lines": lines}
        )


class DeliverableDoor(Door):
    @operation(
        _("List deliverables"),
        needs=Permission.CLAIM_VIEW,
        query=DeliverableQuery,
        answers={200: page_of(DeliverableRow)},
        about=_("What lump-sum lines promise. A line is paid when all is done, or by share where the call says so."),
    )
    def list(self, request):
        asked = {name: self.asked[name] for name in ("project", "state") if name in self.asked}
        return self.pages().of(self.visible(Deliverable.objects).filter(**asked), DeliverableRow)

    @operation(
        _("Deliver a deliverable"),
        needs=Permission.CLAIM_EDIT,
        body=Delivery,
        answers={200: DeliverableRow},
        about=_("With at least one file that proves it. An officer decides."),
        examples=[
            OpenApiExample(
                "With a file",
                request_only=True,
                value={"version": 1, "files": [{"name": "map.pdf", "content": "JVBERi0xLjc="}]},
            )
        ],
    )
    def deliver(self, request, key):
        one, told = self._one(key), self.body()
        facts = {"version": told["version"], "comment": told["comment"], "by": request.user, "at": now()}
        actions.deliver(one, uploads=told.get("files", []), **facts)
        return self.answer(Deliverable.objects.filter(pk=one.pk), DeliverableRow)

    @operation(
        _("Decide on a deliverable"),
        needs=Permission.CLAIM_CHECK,
        body=Judgement,
        answers={200: DeliverableRow},
        about=_("For officers: done releases its sum, not done needs a reason. Refused to whoever delivered it."),
        examples=[OpenApiExample("Done", request_only=True, value={"version": 2, "done": True})],
    )
    def decide(self, request, key):
        one, told = self._one(key), self.body()
        actions.judge_deliverable(one, **told, by=request.user, at=now())
        return self.answer(Deliverable.objects.filter(pk=one.pk), DeliverableRow)

    def _one(self, key: UUID) -> Deliverable:
        return self.fetch(Deliverable.objects.select_related("project__programme"), key=key)
