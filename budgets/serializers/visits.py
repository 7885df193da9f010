"""What the API says about on-the-spot visits."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.fields import empty

from budgets.models import ChecklistAnswer, Claim, FindingStep, LineDecision, Visit
from budgets.serializers.claims import OF_CONTRACT
from budgets.serializers.suppliers import ABOVE, PaperRow
from core.api.shapes import Day, Flag, Input, Key, KeyOf, ListQuery, Number, OneOf, Row, Texts, Upload, Whole, Words
from core.money import EUR
from projects.serializers import ProjectNumber, known_organisations, money


class VisitQuery(ListQuery):
    project = ProjectNumber(required=False, help_text=_("Number of a project."))
    programme = Words(required=False, max_length=40, help_text=_("Code of a programme."))
    state = OneOf(Visit.State, required=False)
    late = Flag(required=False, help_text=_("Only those planned for a day that has passed, or not answered in time."))


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


class QuestionRow(Row):
    """A question of the checklist of a visit."""

    position = serializers.IntegerField()
    text = Texts()
    article = serializers.CharField(help_text=_("Legal basis."))


class AnswerRow(Row):
    position = serializers.IntegerField(source="question__position", help_text=_("Of the question."))
    answer = OneOf(ChecklistAnswer.Answer)
    remark = serializers.CharField()


OF_OFFICE = _("For the office and auditors in the portal; null for programs.")


class VisitDetail(VisitRow):
    announced = serializers.BooleanField(help_text=_("Whether the school is told before."))
    goes = serializers.CharField(help_text=_("Who goes."))
    version = serializers.IntegerField(help_text=_("Counts the changes of the plan."))
    claims = serializers.ListField(child=serializers.UUIDField(), source="*")
    findings = FindingRow(many=True)
    papers = PaperRow(many=True)
    note = serializers.CharField(source="*", allow_null=True, help_text=OF_OFFICE)
    questions = QuestionRow(many=True, help_text=_("To be answered when it is recorded; for officers."))
    answers = AnswerRow(many=True, help_text=_("For the office and auditors in the portal; empty for programs."))


class VisitPlan(Input):
    planned_on = Day()
    announced = Flag(
        required=False, default=True, help_text=_("Without it the school sees the visit only when it was made.")
    )
    partner = KeyOf(
        known_organisations, required=False, allow_null=True, default=None, help_text=_("School or partner.")
    )
    place = Words(required=False, allow_blank=True, default="", max_length=200)
    claims = serializers.ListField(
        child=KeyOf(lambda user: Claim.objects.visible_to(user)), required=False, default=list, max_length=100,
        help_text=_("Keys of claims; none: the project as a whole."),
    )  # fmt: skip
    goes = Words(max_length=300, help_text=_("Who goes."))
    about = Words(max_length=10_000, help_text=_("What is looked at."))


class NewVisit(VisitPlan):
    project = ProjectNumber(help_text=_("Number of a project."))


class VisitChange(VisitPlan):
    """Only what is sent changes."""

    def get_fields(self):
        fields = super().get_fields()
        for field in fields.values():
            field.required, field.default = False, empty
        return fields


class VisitAnswers(Input):
    position = Whole(min_value=0, max_value=32_767, help_text=_("Of the question."))
    answer = OneOf(ChecklistAnswer.Answer)
    remark = Words(
        required=False, allow_blank=True, default="", max_length=2000, help_text=_("Needed when the answer is no.")
    )


class VisitRecord(Input):
    done_on = Day()
    result = Words(max_length=10_000, help_text=_("Short result. The school and auditors read it."))
    note = Words(
        required=False, allow_blank=True, default="", max_length=10_000, help_text=_("Never seen by the school.")
    )
    answers = VisitAnswers(many=True, required=False, help_text=_("One for each question of its checklist."))
    files = Upload(many=True, required=False, help_text=_("Minutes, pictures, lists: PDF, JPEG or PNG."))


class VisitEnd(Input):
    because = Words(max_length=10_000, help_text=_("Why it is called off."))


class NewFinding(Input):
    text = Words(max_length=10_000, help_text=_("What was found."))
    error = OneOf(LineDecision.Error)
    claim = Key(required=False, help_text=_("Of a claim the visit looks at."))
    line = Whole(required=False, min_value=1, max_value=2**31 - 1, help_text=_("Number of the line of the claim."))
    amount = Number(**EUR, required=False, min_value=ABOVE, help_text=_("Proposed: it changes no money by itself."))
    due_on = Day(help_text=_("To be answered until."))


class FindingAnswer(Input):
    text = Words(max_length=10_000)
    files = Upload(many=True, required=False, help_text=_("Minutes, pictures, lists: PDF, JPEG or PNG."))


class FindingEnd(Input):
    text = Words(max_length=10_000, help_text=_("With what it is closed."))
