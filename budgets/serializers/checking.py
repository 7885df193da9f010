"""What the API takes and says about the checking of payment claims."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from budgets.models import ChecklistAnswer, ChecklistQuestion, LineDecision
from core.api.shapes import Day, Input, Number, OneOf, Row, Texts, Whole, Words
from core.money import EUR

MOST = 1_000  # lines of one request
LONGEST = 5_000  # characters of a comment


class LineJudgement(Input):
    line = Whole(min_value=1, max_value=1_000_000, help_text=_("Number of the line."))
    verdict = OneOf(LineDecision.Verdict, component="LineVerdict")
    total = Number(
        **EUR, required=False, help_text=_("What is eligible of a line that is reduced, in the contract’s currency.")
    )
    error = OneOf(
        LineDecision.Error, component="LineError", required=False, help_text=_("For what is reduced or refused.")
    )
    comment = Words(
        required=False, allow_blank=True, default="", max_length=LONGEST,
        help_text=_("For the school; needed unless the line is accepted."),
    )  # fmt: skip
    note = Words(
        required=False, allow_blank=True, default="", max_length=LONGEST, help_text=_("For the office alone.")
    )  # fmt: skip


class LineJudgements(Input):
    decisions = LineJudgement(many=True, max_length=MOST, help_text=_("All go in, or none."))  # type: ignore[call-arg]


class QuestionsSending(Input):
    due_on = Day(help_text=_("Last day for answers."))


class Reasoned(Input):
    comment = Words(max_length=LONGEST, help_text=_("Why; the school reads it."))


class Remarked(Input):
    comment = Words(required=False, allow_blank=True, default="", max_length=LONGEST)


class LetterRow(Row):
    key = serializers.UUIDField()
    position = serializers.IntegerField()
    language = serializers.CharField()
    decided = serializers.CharField(source="move__after", help_text=_("The state of the claim that it tells of."))
    at = serializers.DateTimeField(source="move__at")
    sha256 = serializers.CharField(help_text=_("Of its figures; its first signs are the check code."))
    name = serializers.CharField(source="file__name", allow_null=True, help_text=_("null until its PDF is made."))


class ChecklistQuestionShape(serializers.Serializer):
    question = serializers.IntegerField(help_text=_("Its number on the checklist."))
    about = OneOf(ChecklistQuestion.About, component="ChecklistAbout")
    text = Texts()
    article = serializers.CharField()


class ChecklistAnswerShape(serializers.Serializer):
    question = serializers.IntegerField()
    line = serializers.IntegerField(allow_null=True, help_text=_("Number of the line; null: the claim as a whole."))
    answer = OneOf(ChecklistAnswer.Answer, component="ChecklistSaid")
    remark = serializers.CharField()
    at = serializers.DateTimeField()


class ClaimChecklistShape(serializers.Serializer):
    claim = serializers.UUIDField()
    version = serializers.IntegerField(allow_null=True, help_text=_("null: none is put to this claim."))
    questions = ChecklistQuestionShape(many=True)
    answers = ChecklistAnswerShape(many=True, help_text=_("The newest on each question."))
    missing = serializers.ListField(
        child=serializers.CharField(), help_text=_("What is still open; a proposal waits for it.")
    )


class NewChecklistAnswer(Input):
    question = Whole(min_value=1, max_value=32_767)
    line = Whole(required=False, allow_null=True, min_value=1, max_value=1_000_000)
    answer = OneOf(ChecklistAnswer.Answer, component="ChecklistSaid")
    remark = Words(required=False, allow_blank=True, default="", max_length=2_000, help_text=_("Needed for “no”."))


class NewChecklistAnswers(Input):
    answers = NewChecklistAnswer(many=True, max_length=MOST)  # type: ignore[call-arg]
