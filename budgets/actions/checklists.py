"""The checklist of a claim is put to it when it is taken up, and filled by whoever checks it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from budgets.actions.checking import deciding
from budgets.checks import checklists as checks
from budgets.models import Checklist, ChecklistAnswer, ChecklistQuestion, Claim, ClaimChecklist, ClaimLine
from core import audit
from core.access import Refused


def put_checklist(claim: Claim, *, at: datetime) -> None:
    """Put the newest checklist of the programme to a claim; the one it has stays. Call it where it is taken up."""
    newest = Checklist.objects.filter(programme=claim.project.programme_id).order_by("-version").first()
    if newest is not None:
        ClaimChecklist.objects.get_or_create(claim=claim, defaults={"checklist": newest, "at": at})


@transaction.atomic
def answer_checklist(
    claim: Claim, *, answers: Mapping[int, tuple[str, str]], line: ClaimLine | None = None, by, at: datetime
) -> int:
    """Write down answers by question, each with its remark, about the claim or one of its lines; what is answered so
    already stays. Returns how many are new. Raises Refused by field (`remark_<question>`) for a “no” without a reason.
    """
    claim = deciding(claim, by)
    about = ChecklistQuestion.About.LINE if line else ChecklistQuestion.About.CLAIM
    asked = {question.pk for question in checks.questions_of(claim) if question.about == about}
    before = checks.answers_of(claim, line.pk if line else None)
    new, problems = [], {}
    for question, (answer, remark) in answers.items():
        if question not in asked or answer not in ChecklistAnswer.Answer.values:
            raise Refused(_("This question is not on the checklist of the claim."))
        was = before.get((line.pk if line else None, question))
        remark = remark.strip()
        if answer == ChecklistAnswer.Answer.NO and not remark:
            problems[f"remark_{question}"] = [_("Say why the answer is no.")]
        elif was is None or (was.answer, was.remark) != (answer, remark):
            new.append(
                ChecklistAnswer(
                    claim=claim, line=line, question_id=question, answer=answer, remark=remark, by=by, at=at
                )
            )
    if problems:
        raise Refused(problems)
    ChecklistAnswer.objects.bulk_create(new)
    if new:
        audit.record(
            "claim.checklist_answered", claim, by=by, at=at, project=claim.project.number, key=str(claim.key),
            after={"answers": len(new)} | ({"line": str(line.number)} if line else {}),
        )  # fmt: skip
    return len(new)


def unanswered(claim: Claim, questions: list[ChecklistQuestion] | None = None) -> list[str]:
    """What of the checklist is still open, in words; nothing stands in the way of a proposal when it is empty. Its
    questions may be given where they are fetched already."""
    questions = checks.questions_of(claim) if questions is None else questions
    if not questions:
        return []
    of_claim, of_lines = checks.missing(questions, checks.answers_of(claim), checks.examined(claim))
    found = []
    if of_claim:
        text = ngettext("%(n)s question of the checklist has no answer.",
                        "%(n)s questions of the checklist have no answer.", of_claim)  # fmt: skip
        found.append(text % {"n": of_claim})
    if of_lines:
        text = ngettext("The checklist of %(n)s line has no answer.", "The checklists of %(n)s lines have no answer.",
                        of_lines)  # fmt: skip
        found.append(text % {"n": of_lines})
    return found
