"""Reported costs and amendments, for programs."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from budgets.models import Amendment, ReportedCost
from budgets.serializers.costs import AmendmentDetail, AmendmentQuery, AmendmentRow, ChangeRow, CostQuery, CostRow
from budgets.snapshot.terms import differences
from core.access import Permission
from core.api.doors import Door, operation
from core.api.shapes import page_of


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
        return self.pages().of(rows, CostRow)


class AmendmentDoor(Door):
    @operation(
        _("List amendments"),
        needs=Permission.AMENDMENT_VIEW,
        query=AmendmentQuery,
        answers={200: page_of(AmendmentRow)},
        about=_("Wishes to change a contract, from draft to decision. They are edited and decided in the portal."),
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
        answers={200: AmendmentDetail},
        about=_("With each date, budget line, target and partner that changes, before and after."),
    )
    def retrieve(self, request, key):
        amendment = self.fetch(Amendment.objects, key=key)
        changes = ChangeRow(differences(amendment.base, amendment.draft), many=True).data
        return self.answer(Amendment.objects.filter(pk=amendment.pk), AmendmentDetail, changes=changes)
