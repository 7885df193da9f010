"""What the API takes and says about the accounts of a programme."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from budgets.models import Correction, LineDecision, Payment, PaymentApplication
from budgets.serializers.claims import OF_CONTRACT
from core.api.shapes import ListQuery, OneOf, Row, Whole, Words
from projects.models import Currency
from projects.serializers import ProjectNumber, money


class AccountsQuery(ListQuery):
    programme = Words(required=False, max_length=40, help_text=_("Code of a programme."))


class AccountRow(Row):
    """Sums of facts in euro; advances are no costs, they stand under what is paid."""

    number = serializers.CharField(help_text=_("Number of the project."))
    contracted = money(source="*")
    claimed = money(source="*")
    verified = money(source="*", help_text=_("Found eligible in accepted claims."))
    corrected = money(source="*", help_text=_("Taken back of what was found eligible."))
    certified = money(source="*", help_text=_("In payment applications that are sent."))
    paid = money(source="*", help_text=_("What went out less what came back."))
    synthetic = serializers.BooleanField(help_text=_("Sample data."))


class OfProjects(AccountsQuery):
    project = ProjectNumber(required=False, help_text=_("Number of a project."))


class PaymentQuery(OfProjects):
    kind = OneOf(Payment.Kind, required=False)


class PaymentRow(Row):
    key = serializers.UUIDField()
    project = serializers.CharField(source="project__number", help_text=_("Number of the project."))
    claim = serializers.UUIDField(source="claim__key", allow_null=True)
    kind = OneOf(Payment.Kind)
    paid_on = serializers.DateField()
    currency = OneOf(Currency)
    amount = money(help_text=_("Of money that came back, and of a payment that cancels another, below 0."))
    reference = serializers.CharField(help_text=_("Number of the payment order."))
    made_at = serializers.DateTimeField(allow_null=True)
    reverses = serializers.UUIDField(source="reverses__key", allow_null=True, help_text=_("The one it cancels."))
    cancelled_by = serializers.UUIDField(source="reversed_by__key", allow_null=True)
    because = serializers.CharField(help_text=_("Why it cancels another."))
    synthetic = serializers.BooleanField(help_text=_("Sample data."))


class CorrectionQuery(OfProjects):
    kind = OneOf(Correction.Kind, required=False)
    state = OneOf(Correction.State, required=False)


class CorrectionRow(Row):
    key = serializers.UUIDField()
    project = serializers.CharField(source="claim__project__number", help_text=_("Number of the project."))
    claim = serializers.UUIDField(source="claim__key")
    number = serializers.IntegerField(help_text=_("Of the correction, within its claim."))
    kind = OneOf(Correction.Kind)
    state = OneOf(Correction.State)
    error = OneOf(LineDecision.Error)
    found_by = OneOf(Correction.FoundBy)
    by_audit = serializers.BooleanField()
    insolvency = serializers.BooleanField(help_text=_("Only because the beneficiary is insolvent."))
    found_on = serializers.DateField()
    way = OneOf(Correction.Way, help_text=_("What becomes of what was paid already."))
    because = serializers.CharField()
    made_at = serializers.DateTimeField()
    currency = OneOf(Currency, source="claim__contract__currency")
    total = money(source="*", help_text=_("Of a dropped one what it was before."))
    eu_part = money(source="*", allow_null=True)
    national_part = money(source="*", allow_null=True)
    own_part = money(source="*", allow_null=True)
    euro = money(source="*", help_text=_("The total in euro."))
    reported = serializers.BooleanField(source="*", help_text=_("Whether it is reported to the Commission."))
    report_due_on = serializers.DateField(source="*", allow_null=True)
    synthetic = serializers.BooleanField(help_text=_("Sample data."))


class CorrectedLine(serializers.Serializer):
    number = serializers.IntegerField(help_text=_("Number of the line of the claim."))
    document = serializers.CharField()
    total = money(help_text=OF_CONTRACT)
    eu_part = money(allow_null=True)
    national_part = money(allow_null=True)
    own_part = money(allow_null=True)


class CorrectionDetail(CorrectionRow):
    lines = CorrectedLine(many=True)


class ApplicationQuery(AccountsQuery):
    state = OneOf(PaymentApplication.State, required=False)
    year = Whole(
        required=False, min_value=1900, max_value=2199, help_text=_("In which the accounting year begins, on 1 July.")
    )


class ApplicationRow(Row):
    key = serializers.UUIDField()
    programme = serializers.CharField(source="programme__code", help_text=_("Code of the programme."))
    year = serializers.IntegerField(help_text=_("In which the accounting year begins, on 1 July."))
    number = serializers.IntegerField()
    state = OneOf(PaymentApplication.State)
    entered_on = serializers.DateField(help_text=_("The day whose rate turns other currencies into euro."))
    made_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    total = money(allow_null=True, help_text=_("In euro; null while nothing is entered."))
    eu_part = money(allow_null=True)
    synthetic = serializers.BooleanField(help_text=_("Sample data."))


class EntryRow(Row):
    project = serializers.CharField(source="claim__project__number", help_text=_("Number of the project."))
    claim = serializers.UUIDField(source="claim__key")
    currency = OneOf(Currency)
    rate = serializers.DecimalField(max_digits=14, decimal_places=6, help_text=_("For one euro."))
    total = money(help_text=OF_CONTRACT)
    euro_total = money(source="eur_total")
    euro_eu_part = money(source="eur_eu_part", allow_null=True)
    euro_national_part = money(source="eur_national_part", allow_null=True)
    euro_own_part = money(source="eur_own_part", allow_null=True)


class ApplicationDetail(ApplicationRow):
    claims = serializers.ListField(
        source="*", child=serializers.UUIDField(), help_text=_("Chosen; their amounts are entered when it is sent.")
    )
    entries = EntryRow(many=True, help_text=_("Facts, of each claim one; below 0 where it takes back."))
