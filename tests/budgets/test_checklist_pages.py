"""The checklist of a programme: answered by the first person, needed before a claim is handed on, kept as it was."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from budgets import actions
from budgets.checks import checklists as checks
from budgets.models import Checklist, ChecklistAnswer, ChecklistQuestion, ClaimChecklist
from core.access import Refused
from tests.budgets.conftest import cost, drafted, send
from tests.conftest import NOON


def put_list(programme, version, *questions):
    checklist = Checklist.objects.create(programme=programme, version=version)
    return [
        ChecklistQuestion.objects.create(checklist=checklist, position=i, about=about, text={"en": text})
        for i, (about, text) in enumerate(questions)
    ]


def test_a_claim_is_handed_on_once_its_checklist_is_answered(client, project, line, people):
    visible, proved = put_list(project.programme, 1, ("claim", "Is the support visible?"), ("line", "Is it proved?"))
    claim = send(drafted(project, [cost(line, "100.00")], people["finance"]), people["finance"])
    actions.take_up(claim, by=people["officer"], at=NOON)
    put_list(project.programme, 2, ("claim", "Newer question?"))  # for claims taken up from now on
    assert [question.pk for question in checks.questions_of(claim)] == [visible.pk, proved.pk]

    client.force_login(people["officer"])
    sheet = reverse("budgets:claim_check", args=[claim.key])
    assert "Is it proved?" in client.get(f"{sheet}?line=1").content.decode()
    decision = {"line": 1, "verdict": "accept", "seen": 0, f"answer_{proved.pk}": "no"}
    answer = client.post(sheet, decision)
    assert answer.status_code == 409
    assert "Say why the answer is no." in answer.content.decode()
    assert not claim.lines.get().decisions.exists()  # neither, or both
    client.post(sheet, decision | {f"remark_{proved.pk}": "The receipt is missing."})
    assert claim.lines.get().decisions.count() == 1

    with pytest.raises(Refused, match="1 question of the checklist has no answer"):
        actions.propose(claim, by=people["officer"], at=NOON)
    there = reverse("budgets:claim_checklist", args=[claim.key])
    assert "Is the support visible?" in client.get(there).content.decode()
    client.post(there, {f"answer_{visible.pk}": "yes", f"remark_{visible.pk}": ""})
    client.post(there, {f"answer_{visible.pk}": "yes", f"remark_{visible.pk}": ""})  # the same again leaves no row
    assert ChecklistAnswer.objects.count() == 2
    actions.propose(claim, by=people["officer"], at=NOON)

    client.force_login(people["auditor"])  # reads
    page = client.get(there).content.decode()
    assert "Answered by" in page
    assert "<textarea" not in page
    assert client.post(there, {}).status_code == 403
    client.force_login(people["finance"])
    assert client.get(there).status_code == 403


def test_a_checklist_that_was_used_is_final(project, sent, people):
    unused = put_list(project.programme, 1, ("claim", "A?"))
    unused[0].text = {"en": "B?"}
    unused[0].save()
    claim = sent
    ClaimChecklist.objects.create(claim=claim, checklist=unused[0].checklist, at=NOON)
    for change in (
        lambda: ChecklistQuestion.objects.update(text={"en": "C?"}),
        lambda: ChecklistQuestion.objects.all().delete(),
        lambda: ChecklistQuestion.objects.create(checklist=unused[0].checklist, position=9, text={"en": "D?"}),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    answers = {unused[0].pk: ("na", "")}
    actions.answer_checklist(claim, answers=answers, by=people["officer"], at=NOON)
    with pytest.raises(DatabaseError), transaction.atomic():
        ChecklistAnswer.objects.update(answer="yes")
