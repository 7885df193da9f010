"""On-the-spot visits, for programs: read as the school reads them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework.response import Response

from budgets.models import Claim, Finding, Visit
from budgets.serializers.visits import VisitDetail, VisitQuery, VisitRow
from core.access import Permission
from core.api.doors import Door, operation
from core.api.shapes import RowQuery, page_of, rows_of


class VisitDoor(Door):
    @operation(
        _("List on-the-spot visits"),
        needs=Permission.CLAIM_VIEW,
        query=VisitQuery,
        answers={200: page_of(VisitRow)},
        about=_("Dates and short results (Regulation (EU) 2021/1060, Annex XVII, field 77)."),
    )
    def list(self, request):
        asked = {name: self.asked[name] for name in ("project", "state") if name in self.asked}
        return self.pages().of(self.visible(Visit.objects).filter(**asked), VisitRow)

    @operation(
        _("Read an on-the-spot visit"),
        needs=Permission.CLAIM_VIEW,
        query=RowQuery,
        answers={200: VisitDetail},
        about=_("With its findings, what was answered to them and how they were closed."),
    )
    def retrieve(self, request, key):
        visit = self.fetch(Visit.objects.select_related("project__programme"), key=key)
        row = rows_of(VisitRow, Visit.objects.filter(pk=visit.pk))[0]
        claims = self.visible(Claim.objects).filter(visits=visit).order_by("number")
        found = visit.findings.select_related("line__claim").prefetch_related("steps")
        return Response(
            row | {"claims": list(claims.values_list("key", flat=True)), "findings": [_told(each) for each in found]}
        )


def _told(finding: Finding) -> dict[str, object]:
    line = finding.line
    return {
        "number": finding.number, "claim": line and line.claim.key, "line": line and line.number,
        "error": finding.error, "text": finding.text, "amount": finding.amount, "due_on": finding.due_on,
        "closed": finding.closed,
        "steps": [{"kind": step.kind, "text": step.text, "at": step.at} for step in finding.steps.all()],
    }  # fmt: skip
