"""What the API says about on-the-spot visits."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from budgets.models import FindingStep, LineDecision, Visit
from budgets.serializers.claims import OF_CONTRACT
from core.api.shapes import ListQuery, OneOf, Row
from projects.serializers import ProjectNumber, money


class VisitQuery(ListQuery):
    project = ProjectNumber(required=False, help_text=_("Number of a project."))
    state = OneOf(Visit.State, required=False)


class VisitRow(Row):
    key = serializers.UUIDField()
    project = serializers.CharField(source="project__number", help_text=_("Number of the project."))
    number = serializers.IntegerField()
    state = OneOf(Visit.State)
    planned_on = serializers.DateField()
    done_on = serializers.DateField(allow_null=True)
    partner = serializers.UUIDField(source="partner__key", allow_null=True)
    place = serializers.CharField()
    about = serializers.CharField()
    result = serializers.CharField(help_text=_("Short result; empty until the visit is recorded."))
    synthetic = serializers.BooleanField(help_text=_("Sample data."))


class StepRow(serializers.Serializer):
    kind = OneOf(FindingStep.Kind)
    text = serializers.CharField()
    at = serializers.DateTimeField()


class FindingRow(serializers.Serializer):
    number = serializers.IntegerField()
    claim = serializers.UUIDField(allow_null=True)
    line = serializers.IntegerField(allow_null=True, help_text=_("Number of the line of the claim."))
    error = OneOf(LineDecision.Error)
    text = serializers.CharField()
    amount = money(allow_null=True, help_text=OF_CONTRACT)
    due_on = serializers.DateField()
    closed = serializers.BooleanField()
    steps = StepRow(many=True)


class VisitDetail(VisitRow):
    claims = serializers.ListField(child=serializers.UUIDField(), source="*")
    findings = FindingRow(many=True)
