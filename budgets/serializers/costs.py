"""What the API takes and says about money."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from budgets.models import Amendment
from budgets.snapshot.terms import PARTS
from core.api.shapes import Day, Input, ListQuery, OneOf, Row, Words
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
    original = money(
        source="exchange__amount", allow_null=True, help_text=_("On the document, where it is in another currency.")
    )
    original_currency = serializers.CharField(source="exchange__currency", allow_null=True)
    rate = serializers.DecimalField(
        source="exchange__rate",
        max_digits=16,
        decimal_places=6,
        allow_null=True,
        help_text=_("For one euro; an estimate until a claim with it is sent."),
    )
    rate_month = serializers.DateField(source="exchange__month", allow_null=True)
    corrects = serializers.UUIDField(source="corrects__key", allow_null=True, help_text=_("The cost this corrects."))
    entered_at = serializers.DateTimeField()
    synthetic = serializers.BooleanField(help_text=_("Sample data."))


class AmendmentQuery(ListQuery):
    project = ProjectNumber(required=False, help_text=_("Number of a project."))
    state = OneOf(Amendment.State, required=False)


class AmendmentRow(Row):
    key = serializers.UUIDField()
    project = serializers.CharField(source="project__number", help_text=_("Number of the project."))
    contract = serializers.CharField(source="contract__number", help_text=_("The contract version it was copied from."))
    state = OneOf(Amendment.State)
    because = serializers.CharField(help_text=_("Why the contract should change."))
    begun_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField(help_text=_("Reason of the decision."))
    result = serializers.CharField(
        source="result__number", allow_null=True, help_text=_("The contract version it became.")
    )
    synthetic = serializers.BooleanField(help_text=_("Sample data."))


PART = [(part, part) for part in PARTS]


class ChangeRow(serializers.Serializer):
    """One row of the contract that differs, with all its values before and after."""

    part = serializers.ChoiceField(choices=["contract", "lines", "figures", "outputs", "partners"])
    row = serializers.CharField(source="ref", help_text=_("What names the row, such as the code of a budget line."))
    kind = serializers.ChoiceField(choices=["added", "removed", "changed"])
    before = serializers.DictField(allow_null=True)
    after = serializers.DictField(allow_null=True)


class CopyRow(serializers.Serializer):
    """One row of the copy as it may be changed."""

    part = OneOf(PART)
    row = serializers.CharField(help_text=_("What names the row, such as the code of a budget line."))
    seen = serializers.CharField(help_text=_("Send it back with a change of this row."))
    values = serializers.DictField()


class Document(serializers.Serializer):
    """A file of an amendment."""

    key = serializers.UUIDField(help_text=_("Fetch it under papers/{key}/."))
    name = serializers.CharField(source="file.name")
    size = serializers.IntegerField(source="file.size", help_text=_("Bytes."))
    sha256 = serializers.CharField(source="file.sha256")
    added_at = serializers.DateTimeField()


class AmendmentDetail(AmendmentRow):
    papers = Document(many=True, help_text=_("Its documents; final once it is sent."))
    changes = ChangeRow(many=True)
    copy = CopyRow(many=True, help_text=_("The whole copy while it may be changed; empty after that."))


class NewAmendment(Input):
    project = ProjectNumber(help_text=_("Number of a project."))
    because = Words(max_length=2000, help_text=_("Why the contract should change."))


class AmendmentChange(Input):
    part = OneOf(PART)
    row = Words(required=False, allow_blank=True, default="", max_length=200, help_text=_("Empty: a new row."))
    seen = Words(
        required=False,
        allow_blank=True,
        default="",
        max_length=40,
        help_text=_("Of the row you read."),
    )
    values = serializers.DictField(
        allow_null=True, help_text=_("The values that change, by their names; null takes the row out.")
    )
