"""Reported costs, for programs."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from budgets.models import ReportedCost
from budgets.serializers import CostQuery, CostRow
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
