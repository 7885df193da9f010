"""What the API takes and says about the accounts of a programme."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api.shapes import ListQuery, Row, Words
from projects.serializers import money


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
