"""Which questions of its checklist a claim has answered, and which it has not."""

from __future__ import annotations

from collections.abc import Iterable

from budgets.models import ChecklistAnswer, ChecklistQuestion, Claim

Answers = dict[tuple[int | None, int], ChecklistAnswer]
"""The newest answer by line (None: the claim) and question."""


def questions_of(claim: Claim) -> list[ChecklistQuestion]:
    """The questions put to a claim; none where the programme has no checklist."""
    return list(ChecklistQuestion.objects.filter(checklist__claims__claim=claim).exclude(about="visit"))


def answers_of(claim: Claim, line: int | None = None) -> Answers:
    """What is answered of a claim; of one line and the claim itself when a line is given. One query."""
    found = ChecklistAnswer.objects.filter(claim=claim).order_by("line_id", "question_id", "-pk")
    if line is not None:
        found = found.filter(line_id=line) | found.filter(line=None)
    newest = found.distinct("line_id", "question_id").select_related("by")
    return {(answer.line_id, answer.question_id): answer for answer in newest}


def examined(claim: Claim) -> list[int]:
    """The lines that are looked at one by one: those of the sample, or all while none is drawn."""
    held = claim.lines.held()
    sampled = held.filter(sampled__isnull=False) if claim.samples.exists() else held
    return list(sampled.values_list("pk", flat=True))


def missing(questions: Iterable[ChecklistQuestion], answers: Answers, lines: Iterable[int]) -> tuple[int, int]:
    """How many questions about the claim have no answer, and how many of these lines lack one."""
    about_claim = [q.pk for q in questions if q.about == ChecklistQuestion.About.CLAIM]
    about_line = [q.pk for q in questions if q.about == ChecklistQuestion.About.LINE]
    of_lines = sum(any((line, q) not in answers for q in about_line) for line in lines) if about_line else 0
    return sum((None, q) not in answers for q in about_claim), of_lines
