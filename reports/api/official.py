"""Files that official systems load, for programs."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.response import Response

from core.access import Permission
from core.api import AsItIs
from core.api.doors import Door, operation
from core.api.shapes import Query, Words
from projects.models import Project
from reports.models import Report
from reports.official.kohesio import kohesio
from reports.views.official import annex_answer


class ProgrammeQuery(Query):
    programme = Words(max_length=40, required=False, help_text=_("Only operations of this programme (its code)."))


class KohesioProblem(serializers.Serializer):
    project = serializers.CharField(help_text=_("Number of the project."))
    column = serializers.CharField(help_text=_("Column of the schema of Kohesio."))
    detail = serializers.CharField(help_text=_("What is wrong, in words."))


class KohesioCheck(serializers.Serializer):
    rows = serializers.IntegerField(help_text=_("Operations in the file."))
    left_out = serializers.IntegerField(help_text=_("Operations that the schema would refuse."))
    problems = KohesioProblem(many=True)


class AnnexDoor(Door):
    content_negotiation_class = AsItIs

    @operation(
        _("Fetch a table of Annex VII in the form of transmission"),
        needs=Permission.REPORT_VIEW,
        answers={(200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, description=_("UTF-8, comma, one head."))},
        about=_(
            "Table 1, 6 or 10 of a finished report of Annex VII, from its sealed figures: numbers of the regulation "
            "as heads, codes in place of words. Each download leaves an audit event."
        ),
    )
    def retrieve(self, request, key, table):
        return annex_answer(self.fetch(Report.objects.with_subject(), key=key), table, by=request.user)


class KohesioDoor(Door):
    content_negotiation_class = AsItIs

    def _made(self) -> Any:
        rows = self.visible(Project.objects).public()
        if programme := self.asked.get("programme"):
            rows = rows.filter(programme__code=programme)
        return kohesio(rows, localdate())

    @operation(
        _("Fetch the list of operations for Kohesio"),
        needs=Permission.REPORT_VIEW,
        query=ProgrammeQuery,
        answers={(200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, description=_("UTF-8, comma, one head."))},
        about=_(
            "The published operations you see in the columns of the European Commission. Those its schema would "
            "refuse are left out; “problems” says which and why."
        ),
    )
    def list(self, request):
        return HttpResponse(self._made().csv(), content_type="text/csv; charset=utf-8; header=present")

    @operation(
        _("Check the list of operations for Kohesio"),
        needs=Permission.REPORT_VIEW,
        query=ProgrammeQuery,
        answers={200: KohesioCheck},
    )
    def problems(self, request):
        made = self._made()
        told = [{"project": p.project.number, "column": p.column, "detail": p.text} for p in made.problems]
        left_out = len({problem["project"] for problem in told})
        return Response({"rows": len(made.rows), "left_out": left_out, "problems": told})
