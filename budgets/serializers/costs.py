"""What the API takes and says about money."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import F
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from activities.models import Activity, Evidence
from budgets.models import Amendment, Procurement, ReportedCost
from budgets.models.exchange import CODE
from budgets.snapshot.terms import PARTS
from core.api.shapes import Day, Input, KeyOf, ListQuery, Number, OneOf, Row, Words
from core.money import EUR
from projects.models import Currency
from projects.serializers import External, ProjectNumber, externals, money


class CostQuery(ListQuery):
    project = ProjectNumber(required=False, help_text=_("Number of a project."))
    from_ = Day(required=False, help_text=_("First day on which it was reported."))
    to = Day(required=False, help_text=_("Last day on which it was reported."))
    external = External(required=False)


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


class CostDetail(CostRow):
    kind = OneOf(ReportedCost.Kind, allow_blank=True)
    number = serializers.CharField(help_text=_("Of the document."))
    supplier = serializers.CharField(
        source="*", allow_null=True, help_text=_("Null for those who may not read payment claims.")
    )
    supplier_number = serializers.CharField(source="*", allow_null=True)
    vat = money(allow_null=True, help_text=_("In the amount."))
    units = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True)
    paid_on = serializers.DateField(allow_null=True)
    procurement = serializers.UUIDField(
        source="procurement__key", allow_null=True, help_text=_("The contract with a supplier.")
    )
    evidence = serializers.UUIDField(source="evidence__file__key", allow_null=True, help_text=_("Key of a file."))
    left = money(source="*", help_text=_("What corrections leave of it."))
    corrections = serializers.ListField(
        source="*", child=serializers.UUIDField(), help_text=_("Keys of its corrections.")
    )
    external_ids = externals()


def visible_activities(user):
    return Activity.objects.visible_to(user)


def visible_evidence(user):
    return Evidence.objects.visible_to(user).annotate(key=F("file__key"))


def visible_procurements(user):
    return Procurement.objects.visible_to(user)


class NewCost(Input):
    """A cost to report, as the page of costs takes it."""

    project = ProjectNumber(help_text=_("Number of a project."))
    line = Words(max_length=20, help_text=_("Code of a budget line of the contract in force."))
    document = Words(max_length=120, help_text=_("Kind and number, such as “Invoice 118”."))
    document_on = Day()
    reported_on = Day(required=False, help_text=_("The day the cost was reported to the programme; else today."))
    total = Number(**EUR, help_text=_("In the currency of the document; of a credit note below 0."))
    currency = Words(
        required=False, max_length=3, validators=[CODE],
        help_text=_("Of the document; else that of the contract. Others than EUR and BGN need a rate for the month."),
    )  # fmt: skip
    activity = KeyOf(visible_activities, required=False, help_text=_("Only where the line pays for several."))
    evidence = KeyOf(visible_evidence, required=False, help_text=_("Key of a file of evidence you may read."))
    kind = OneOf(ReportedCost.Kind, required=False, allow_blank=True, default="")
    number = Words(required=False, allow_blank=True, default="", max_length=60, help_text=_("Of the document."))
    supplier = Words(required=False, allow_blank=True, default="", max_length=200)
    supplier_number = Words(
        required=False, allow_blank=True, default="", max_length=40,
        help_text=_("As in the register of its country."),
    )  # fmt: skip
    procurement = KeyOf(visible_procurements, required=False, help_text=_("The contract with a supplier."))
    net = Number(**EUR, required=False, help_text=_("Only to be checked: with the VAT it makes the amount."))
    vat = Number(**EUR, required=False, help_text=_("In the amount."))
    units = Number(max_digits=12, decimal_places=2, required=False, help_text=_("On a line of unit costs."))
    paid_on = Day(required=False)
    eu_part = Number(**EUR, required=False, help_text=_("All three parts, or none: then as the line is split."))
    national_part = Number(**EUR, required=False)
    own_part = Number(**EUR, required=False)
    external = External(required=False)


class SentCost(NewCost):
    """One of many costs. One whose external id is known is not reported again: it is unchanged, or corrected."""

    because = Words(
        required=False, allow_blank=True, default="", max_length=500,
        help_text=_("Why a known cost is taken back to a smaller amount, or to 0."),
    )  # fmt: skip


class CostCorrection(Input):
    total = Number(
        **EUR, min_value=Decimal("0.01"), help_text=_("The amount to take back, above 0, in the currency of the cost.")
    )
    because = Words(max_length=500, help_text=_("Why the cost is corrected."))


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
