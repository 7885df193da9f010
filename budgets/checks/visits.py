"""Which questions a visit answers."""

from __future__ import annotations

from budgets.models import ChecklistQuestion, Visit


def questions_of(visit: Visit) -> list[ChecklistQuestion]:
    """The questions about visits in the version of the checklist that was the newest when it was planned."""
    about = ChecklistQuestion.About.VISIT
    return list(ChecklistQuestion.objects.filter(checklist=visit.checklist_id, about=about).order_by("position"))
