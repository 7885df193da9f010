"""What the API takes and says about contract versions."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from budgets.serializers.costs import PART, ChangeRow, Document
from core.api.shapes import OneOf, Query, Whole
from projects.serializers import ContractRow


class VersionQuery(Query):
    with_ = Whole(
        required=False, min_value=1, max_value=9999, help_text=_("Number of the version to compare with; else before.")
    )


class TermsRow(serializers.Serializer):
    part = OneOf(PART)
    row = serializers.CharField(help_text=_("What names the row, such as the code of a budget line."))
    values = serializers.DictField(help_text=_("All its values, by the names of its fields."))


class VersionDetail(ContractRow):
    in_force = serializers.BooleanField(help_text=_("Whether it is the one in force today."))
    kept_at = serializers.DateTimeField(
        allow_null=True, help_text=_("From then on its terms are final; null where they are read from its rows.")
    )
    amendment = serializers.UUIDField(
        allow_null=True, help_text=_("The amendment that made it, under which its documents are fetched.")
    )
    papers = Document(many=True)
    terms = TermsRow(many=True)
    compared_with = serializers.IntegerField(allow_null=True, help_text=_("The version that “changes” begin from."))
    changes = ChangeRow(many=True)
