"""Input of the checklist of a claim, an answer and a remark a question, and of its sample."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from budgets.checks.checklists import Answers
from budgets.models import ChecklistAnswer, ChecklistQuestion
from core.models.texts import said


class ChecklistForm(forms.Form):
    """The questions about one line, or about the claim (line None), with what is answered so far."""

    def __init__(
        self, *args: Any, questions: Iterable[ChecklistQuestion], answers: Answers, line: int | None, own: str
    ) -> None:
        super().__init__(*args)
        about = ChecklistQuestion.About.CLAIM if line is None else ChecklistQuestion.About.LINE
        self.questions = [question for question in questions if question.about == about]
        self.given = {question.pk: answers.get((line, question.pk)) for question in self.questions}
        for question in self.questions:
            given = self.given[question.pk]
            words = said(question.text, get_language() or "en", own)[0]
            self.fields[f"answer_{question.pk}"] = forms.ChoiceField(
                label=words, choices=ChecklistAnswer.Answer.choices, widget=forms.RadioSelect, required=False,
                initial=given.answer if given else None, help_text=question.article,
            )  # fmt: skip
            self.fields[f"remark_{question.pk}"] = forms.CharField(
                label=_("Remark"), required=False, max_length=2000, initial=given.remark if given else "",
                help_text=_("Needed when the answer is no."),
            )  # fmt: skip

    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField, ChecklistAnswer | None]]:
        return [(self[f"answer_{q.pk}"], self[f"remark_{q.pk}"], self.given[q.pk]) for q in self.questions]

    def answers(self) -> dict[int, tuple[str, str]]:
        """What was answered, by question; questions left open are left out."""
        data = self.cleaned_data
        found = {q.pk: (data[f"answer_{q.pk}"], data[f"remark_{q.pk}"]) for q in self.questions}
        return {question: given for question, given in found.items() if given[0]}


class SampleForm(forms.Form):
    """A draw from the lines of a claim; a further one says why."""

    seed = forms.CharField(label=_("Seed"), max_length=40, help_text=_("The same seed gives the same lines."))
    because = forms.CharField(
        label=_("Why the sample is widened"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, widens: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not widens:
            del self.fields["because"]
