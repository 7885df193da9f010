"""What the API takes and says about contracts with suppliers."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from budgets.models import Procurement
from core.api.shapes import Day, Input, ListQuery, Number, OneOf, Row, Upload, Words
from core.money import EUR
from projects.models import Currency
from projects.serializers import ProjectNumber, money

ABOVE = Decimal("0.01")


class ProcurementQuery(ListQuery):
    project = ProjectNumber(required=False, help_text=_("Number of a project."))
    programme = Words(required=False, max_length=40, help_text=_("Code of a programme."))
    procedure = OneOf(Procurement.Procedure, required=False)


class ProcurementRow(Row):
    key = serializers.UUIDField()
    project = serializers.CharField(source="project__number", help_text=_("Number of the project."))
    number = serializers.CharField(help_text=_("Number of the contract."))
    contractor = serializers.CharField()
    contractor_number = serializers.CharField(help_text=_("As in the register of its country."))
    signed_on = serializers.DateField()
    currency = OneOf(Currency)
    amount = money(help_text=_("With VAT."))
    procedure = OneOf(Procurement.Procedure)
    version = serializers.IntegerField(help_text=_("Counts the changes."))
    synthetic = serializers.BooleanField(help_text=_("Sample data."))


class PaperRow(Row):
    """A file that proves something."""

    key = serializers.UUIDField(source="file__key", help_text=_("Fetch it under papers/{key}/."))
    name = serializers.CharField(source="file__name")
    size = serializers.IntegerField(source="file__size", help_text=_("In bytes."))
    sha256 = serializers.CharField(source="file__sha256")
    added_at = serializers.DateTimeField()


class ProcurementDetail(ProcurementRow):
    costs = serializers.IntegerField(source="*", help_text=_("How many costs name it, corrections included."))
    papers = PaperRow(many=True)


class ProcurementFacts(Input):
    number = Words(max_length=60, help_text=_("Number of the contract."))
    contractor = Words(max_length=200)
    contractor_number = Words(
        max_length=40, required=False, allow_blank=True, help_text=_("As in the register of its country.")
    )
    signed_on = Day()
    currency = OneOf(Currency)
    amount = Number(**EUR, min_value=ABOVE, help_text=_("With VAT."))
    procedure = OneOf(Procurement.Procedure)
    files = Upload(many=True, required=False, help_text=_("The contract and its annexes: PDF, JPEG or PNG."))


class NewProcurement(ProcurementFacts):
    project = ProjectNumber(help_text=_("Number of a project."))


class ProcurementChange(ProcurementFacts):
    """Only what is sent changes; files are added."""

    def get_fields(self):
        fields = super().get_fields()
        for field in fields.values():
            field.required = False
        return fields
