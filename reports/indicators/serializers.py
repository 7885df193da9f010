"""What the API takes and says about indicators, typed values, estimates and figures of school years."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.access import Permission
from core.api.shapes import Day, Flag, Input, KeyOf, ListQuery, Number, OneOf, Row, Texts, Whole, Words
from projects.serializers import ProjectNumber
from reports.indicators.figures.counting import AGES, EDUCATION, GENDERS
from reports.indicators.models import Definition, Target, Value
from reports.indicators.models.library import NUMBER
from reports.indicators.models.schools import schools_of

WHY = _("Why it is corrected; who reads the figure later reads this.")


# --- the library -----------------------------------------------------------------------------------------------------


class DefinitionShape(Row):
    version = serializers.IntegerField()
    name = Texts()
    text = Texts(help_text=_("What it means."))
    kind = OneOf(Definition.Kind, component="IndicatorKind")
    unit = OneOf(Definition.Unit, component="IndicatorUnit")
    source = OneOf(Definition.Source, component="IndicatorSource")
    rule = serializers.DictField(help_text=_("Who counts, where records are counted."))
    over_time = OneOf(Definition.OverTime, component="IndicatorOverTime")
    cumulative = serializers.BooleanField()
    sensitive = serializers.BooleanField(help_text=_("It may hold an informed estimate."))
    categories = serializers.ListField(child=serializers.CharField(), help_text=_("Typed values are split by these."))
    because = serializers.CharField(help_text=_("Why this version came."))
    at = serializers.DateTimeField(help_text=_("Since when it is there."))


class TargetShape(Row):
    kind = OneOf(Target.Kind, component="TargetKind")
    on = serializers.DateField()
    value = serializers.DecimalField(**NUMBER)
    project = serializers.CharField(source="project__number", allow_null=True, help_text=_("null: of the programme."))
    school = serializers.UUIDField(source="school__key", allow_null=True)
    municipality = serializers.CharField(source="municipality__code", allow_null=True)
    region = serializers.CharField(help_text=_("Category of region; empty: of all."))
    specific_objective = serializers.CharField(source="specific_objective__code", allow_null=True)
    based_on = serializers.CharField(source="based_on__code", allow_null=True)
    in_percent = serializers.BooleanField(help_text=_("In per cent of that output indicator."))


class IndicatorShape(serializers.Serializer):
    code = serializers.CharField()
    ended = serializers.BooleanField(help_text=_("No longer in use."))
    definitions = DefinitionShape(many=True, help_text=_("The newest version first."))
    targets = TargetShape(many=True)


class LibraryShape(serializers.Serializer):
    programme = serializers.CharField()
    indicators = IndicatorShape(many=True)


# --- typed values ----------------------------------------------------------------------------------------------------


class ValueQuery(ListQuery):
    project = ProjectNumber(required=False, help_text=_("Number of a project."))
    indicator = Words(required=False, max_length=20, help_text=_("Code of an indicator."))
    state = OneOf(Value.State, component="ValueState", required=False)


class ValueRow(Row):
    key = serializers.UUIDField()
    project = serializers.CharField(source="project__number", help_text=_("Number of the project."))
    school = serializers.UUIDField(source="school__key", allow_null=True, help_text=_("null: of the whole project."))
    indicator = serializers.CharField(source="definition__indicator__code", help_text=_("Code of the indicator."))
    definition = serializers.IntegerField(source="definition__version", help_text=_("Version of the definition."))
    from_ = serializers.DateField(source="from_on")
    to = serializers.DateField(source="to_on")
    state = OneOf(Value.State, component="ValueState")
    version = serializers.IntegerField(help_text=_("Grows with each change."))
    corrects = serializers.UUIDField(source="corrects__key", allow_null=True, help_text=_("The value it replaces."))
    because = serializers.CharField(help_text=_("Why it is corrected."))


class PartRow(Row):
    gender = serializers.CharField(help_text=_("F, M, N, U (unknown), or empty: not split by it."))
    age = serializers.CharField()
    education = serializers.CharField()
    amount = serializers.DecimalField(**NUMBER)
    base = serializers.DecimalField(**NUMBER, allow_null=True, help_text=_("Denominator of a ratio."))


class ValueStepRow(Row):
    before = serializers.CharField(help_text=_("State before; empty: it was begun."))
    after = OneOf(Value.State, component="ValueState")
    comment = serializers.CharField()
    at = serializers.DateTimeField()


class ValueDetail(ValueRow):
    parts = PartRow(many=True)
    total = serializers.DecimalField(**NUMBER, source="*", help_text=_("The sum of the parts."))
    steps = ValueStepRow(many=True)


class PartInput(Input):
    gender = OneOf([(g, g) for g in GENDERS], component="PartGender", required=False, default="", allow_blank=True)
    age = OneOf([(a, a) for a in AGES], component="PartAge", required=False, default="", allow_blank=True)
    education = OneOf(
        [(e, e) for e in EDUCATION], component="PartEducation", required=False, default="", allow_blank=True
    )
    amount = Number(**NUMBER, min_value=0)
    base = Number(**NUMBER, min_value=0, required=False, allow_null=True, help_text=_("Denominator of a ratio."))


class PartsInput(Input):
    parts = PartInput(many=True, help_text=_("Those the definition splits by; what nobody counted is left out."))

    def validate_parts(self, parts):
        told = {(part["gender"], part["age"], part["education"]): (part["amount"], part.get("base")) for part in parts}
        if len(told) < len(parts):
            raise serializers.ValidationError(_("Give each part once."))
        return told


class ValueInput(PartsInput):
    project = ProjectNumber(help_text=_("Number of a project."))
    indicator = Words(max_length=20, help_text=_("Code of an indicator that is typed."))
    school = KeyOf(
        lambda user: schools_of(user, Permission.INDICATOR_TYPE), required=False, allow_null=True,
        help_text=_("Key of a school; without one the value is of the whole project."),
    )  # fmt: skip
    from_ = Day()
    to = Day()


class ValueSending(Input):
    version = Whole(min_value=1, help_text=_("The version of the value that you read."))


class ValueDeciding(ValueSending):
    approve = Flag(help_text=_("false: it is returned."))
    comment = Words(required=False, default="", allow_blank=True, max_length=2000)


class ValueCorrecting(ValueSending):
    because = Words(max_length=2000, help_text=WHY)


# --- estimates and school years --------------------------------------------------------------------------------------


class EstimateRow(Row):
    indicator = serializers.CharField(source="indicator__code")
    from_ = serializers.DateField(source="from_on")
    to = serializers.DateField(source="to_on")
    value = serializers.IntegerField()
    method = serializers.CharField()
    basis = serializers.CharField()
    estimated_on = serializers.DateField()
    at = serializers.DateTimeField()


class EstimatesShape(serializers.Serializer):
    project = serializers.CharField()
    estimates = EstimateRow(many=True, help_text=_("The newest of a period counts; it is never part of a count."))


class EstimateInput(Input):
    indicator = Words(max_length=20, help_text=_("Code of a sensitive indicator."))
    from_ = Day()
    to = Day()
    value = Whole(min_value=0)
    method = Words(max_length=2000)
    basis = Words(max_length=2000)
    estimated_on = Day()


class SchoolFigureRow(Row):
    year = serializers.IntegerField(help_text=_("The first year: 2024 is 2024/2025."))
    measure = serializers.CharField(help_text=_("Code of the list school_measures."))
    numerator = serializers.DecimalField(**NUMBER)
    denominator = serializers.DecimalField(**NUMBER, allow_null=True)
    because = serializers.CharField(help_text=_("Why it was corrected."))
    at = serializers.DateTimeField()


class SchoolYearsShape(serializers.Serializer):
    school = serializers.UUIDField()
    figures = SchoolFigureRow(many=True, help_text=_("Those in force. What nobody reported is not there, and not 0."))


class SchoolFigureInput(Input):
    measure = Words(max_length=40, help_text=_("Code of the list school_measures."))
    numerator = Number(**NUMBER, min_value=0, allow_null=True, help_text=_("null: not reported."))
    denominator = Number(**NUMBER, min_value=0, required=False, allow_null=True)


class SchoolYearInput(Input):
    year = Whole(min_value=2000, max_value=2100, help_text=_("The first year: 2024 is 2024/2025."))
    figures = SchoolFigureInput(many=True)
    because = Words(required=False, default="", allow_blank=True, max_length=2000, help_text=WHY)
