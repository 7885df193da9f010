"""What the API takes and says about money."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api.shapes import Day, ListQuery, OneOf, Row
from projects.models import Currency
from projects.serializers import ProjectNumber, money


class CostQuery(ListQuery):
    project = ProjectNumber(required=False, help_text=_("Number of a project."))
    from_ = Day(required=False, help_text=_("First day on which it was reported."))
    to = Day(required=False, help_text=_("Last day on which it was reported."))


class CostRow(Row):
    key = serializers.UUIDField()
    project = serializers.CharField(source="project__number", help_text=_("Number of the project."))
    line = serializers.CharField(source="line__code", help_text=_("Code of the budget line."))
    activity = serializers.UUIDField(source="activity__key", allow_null=True)
    document = serializers.CharField(help_text=_("Kind and number of the document."))
    document_on = serializers.DateField()
    reported_on = serializers.DateField()
    currency = OneOf(Currency)
    total = money(help_text=_("In the currency of the document; a correction is negative."))
    eu_part = money(allow_null=True)
    national_part = money(allow_null=True)
    own_part = money(allow_null=True)
    corrects = serializers.UUIDField(source="corrects__key", allow_null=True, help_text=_("The cost this corrects."))
    entered_at = serializers.DateTimeField()
    synthetic = serializers.BooleanField(help_text=_("Sample data."))
