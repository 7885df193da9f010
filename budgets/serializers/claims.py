"""What the API takes and says about budgets, deliverables and payment claims."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from budgets.models import Claim, Deliverable, LineDecision, LineFact
from budgets.models.rules import Flat, Form, Nature
from core.api.shapes import Day, Flag, Input, Key, ListQuery, Number, OneOf, Query, Row, Texts, Upload, Whole, Words
from core.money import EUR
from projects.models import Currency
from projects.serializers import ProjectNumber, money

MOST_COSTS = 5_000
OF_CONTRACT = _("In the currency of the contract.")


# --- budgets and deliverables ----------------------------------------------------------------------------------------


class BudgetQuery(Query):
    version = Whole(required=False, min_value=1, max_value=9999, help_text=_("Number of the version; else in force."))


class LineRow(Row):
    key = serializers.UUIDField()
    code = serializers.CharField(help_text=_("The same in every version."))
    name = Texts()
    activity = serializers.CharField(source="activity__number", allow_null=True)
    partner = serializers.UUIDField(source="partner__key", allow_null=True)
    category = serializers.CharField(source="category__code", allow_null=True)
    year = serializers.IntegerField(allow_null=True)
    nature = OneOf(Nature, allow_blank=True)
    form = OneOf(Form, allow_blank=True)
    flat = OneOf(Flat, allow_blank=True)
    unit = serializers.CharField()
    unit_price = money(allow_null=True)
    total = money(help_text=OF_CONTRACT)
    eu_part = money(allow_null=True)
    national_part = money(allow_null=True)
    own_part = money(allow_null=True)
    synthetic = serializers.BooleanField(help_text=_("Sample data."))


class BudgetShape(serializers.Serializer):
    project = serializers.CharField(help_text=_("Number of the project."))
    number = serializers.CharField(help_text=_("Number of the contract or annex."))
    version = serializers.IntegerField()
    currency = OneOf(Currency)
    total = money(allow_null=True)
    eu_part = money(allow_null=True)
    national_part = money(allow_null=True)
    own_part = money(allow_null=True)
    instalments = serializers.CharField(help_text=_("Per cents such as 80/20; empty where none are agreed."))
    report_days = serializers.IntegerField(allow_null=True, help_text=_("Days for the final report."))
    interim_months = serializers.IntegerField(
        allow_null=True, help_text=_("An interim report every so many months; 0: none, null: not said.")
    )
    interim_days = serializers.IntegerField(allow_null=True, help_text=_("Days for an interim report."))
    lines = LineRow(many=True)


class DeliverableQuery(ListQuery):
    project = ProjectNumber(required=False, help_text=_("Number of a project."))
    state = OneOf(Deliverable.State, required=False)


class DeliverableRow(Row):
    key = serializers.UUIDField()
    project = serializers.CharField(source="project__number", help_text=_("Number of the project."))
    line = serializers.CharField(help_text=_("Code of the budget line."))
    name = Texts()
    due_on = serializers.DateField()
    share = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True, help_text=_("Per cent."))
    state = OneOf(Deliverable.State)
    version = serializers.IntegerField(help_text=_("Send it back with a change."))
    synthetic = serializers.BooleanField(help_text=_("Sample data."))


class Delivery(Input):
    version = Whole(min_value=1, help_text=_("The one you read."))
    files = Upload(many=True, required=False, help_text=_("What proves it; at least one the first time."))
    comment = Words(required=False, allow_blank=True, default="", max_length=5000)


class Judgement(Input):
    version = Whole(min_value=1, help_text=_("The one you read."))
    done = Flag(help_text=_("Done releases its sum."))
    comment = Words(
        required=False, allow_blank=True, default="", max_length=5000, help_text=_("Needed when it is not done.")
    )


# --- claims ----------------------------------------------------------------------------------------------------------


class ClaimQuery(ListQuery):
    project = ProjectNumber(required=False, help_text=_("Number of a project."))
    state = OneOf(Claim.State, required=False)


class ClaimRow(Row):
    key = serializers.UUIDField()
    project = serializers.CharField(source="project__number", help_text=_("Number of the project."))
    contract = serializers.CharField(source="contract__number", help_text=_("The version it is made under."))
    number = serializers.IntegerField()
    kind = OneOf(Claim.Kind)
    state = OneOf(Claim.State)
    from_ = serializers.DateField(source="from_on")
    to = serializers.DateField(source="to_on")
    currency = OneOf(Currency, source="contract__currency")
    received_on = serializers.DateField(allow_null=True)
    version = serializers.IntegerField(help_text=_("Send it back with a change."))
    synthetic = serializers.BooleanField(help_text=_("Sample data."))


class ClaimLineRow(serializers.Serializer):
    number = serializers.IntegerField()
    cost = serializers.UUIDField(allow_null=True, help_text=_("Key of the reported cost; null for an advance."))
    document = serializers.CharField()
    document_on = serializers.DateField(allow_null=True)
    budget_line = serializers.CharField()
    released = serializers.BooleanField(help_text=_("It returns in a later claim."))
    claimed = money(allow_null=True, help_text=OF_CONTRACT)
    original = money(allow_null=True, help_text=_("On the document, where it is in another currency."))
    original_currency = serializers.CharField(allow_null=True)
    rate = serializers.DecimalField(max_digits=16, decimal_places=6, allow_null=True, help_text=_("For one euro."))
    rate_month = serializers.DateField(allow_null=True)
    estimate = serializers.BooleanField(help_text=_("It is taken at the rate of the month in which the claim is sent."))
    eligible = money(allow_null=True, help_text=_("Null until it is decided."))
    decision = OneOf(LineDecision.Verdict, allow_blank=True)
    comment = serializers.CharField(help_text=_("Of the officer, to the school."))


class ClaimRateRow(serializers.Serializer):
    currency = serializers.CharField()
    month = serializers.DateField(help_text=_("First day of the month of the rate."))
    rate = serializers.DecimalField(max_digits=16, decimal_places=6, help_text=_("For one euro."))


class ClaimAmounts(serializers.Serializer):
    step = OneOf(LineFact.Step)
    total = money()
    eu_part = money(allow_null=True)
    national_part = money(allow_null=True)
    own_part = money(allow_null=True)


class ClaimClock(serializers.Serializer):
    day = serializers.IntegerField()
    of = serializers.IntegerField()
    due_on = serializers.DateField()
    stopped_since = serializers.DateField(allow_null=True, help_text=_("The clock stands still since this day."))
    moved_from = serializers.DateField(allow_null=True, help_text=_("The last day before it moved."))
    moved_because = serializers.CharField(help_text=_("Why the portal was down on it."))


class ClaimFinding(serializers.Serializer):
    check = serializers.CharField(help_text=_("Name of the check; a warning is given a reason by it."))
    blocks = serializers.BooleanField(help_text=_("The claim cannot be sent while it stands."))
    text = serializers.CharField()


class ClaimDetail(ClaimRow):
    advance = money(allow_null=True)
    results = serializers.CharField()
    declarations = serializers.ListField(child=OneOf(Claim.Declaration))
    lines = ClaimLineRow(many=True)
    amounts = ClaimAmounts(many=True)
    rates = ClaimRateRow(many=True, help_text=_("At which documents in other currencies were taken."))
    clock = ClaimClock(allow_null=True)
    findings = ClaimFinding(many=True, help_text=_("What stands against sending; empty once it is sent."))


class NewClaim(Input):
    project = ProjectNumber(help_text=_("Number of a project."))
    kind = OneOf(Claim.Kind)
    from_ = Day()
    to = Day()
    advance = Number(**EUR, required=False, allow_null=True, help_text=_("Only of an advance."))


class ClaimChange(Input):
    version = Whole(min_value=1, max_value=2**31 - 1, help_text=_("The version you read."))
    from_ = Day(required=False)
    to = Day(required=False)
    advance = Number(**EUR, required=False, help_text=_("Only of an advance."))
    results = Words(required=False, allow_blank=True, max_length=5000)
    declarations = serializers.ListField(child=OneOf(Claim.Declaration), required=False, max_length=3)
    costs = serializers.ListField(
        child=Key(), required=False, max_length=MOST_COSTS, help_text=_("Exactly the costs the claim shall hold.")
    )


class ClaimSending(Input):
    version = Whole(min_value=1, max_value=2**31 - 1, help_text=_("The version you read."))
    reasons = serializers.DictField(
        child=Words(allow_blank=True, max_length=500), required=False, help_text=_("Of warnings, by their checks.")
    )
