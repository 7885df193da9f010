"""The checking of payment claims, for programs: the work of the first person, by the actions of the pages. What a
second person does is refused with the reason."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from budgets import actions
from budgets.actions.claims import locked
from budgets.api.claims import ClaimDoor
from budgets.checks import checklists
from budgets.checks import claims as checks
from budgets.models import Claim, ClaimLetter
from budgets.serializers.checking import (
    ClaimChecklistShape,
    LetterRow,
    LineJudgements,
    NewChecklistAnswers,
    QuestionsSending,
    Reasoned,
    Remarked,
)
from budgets.serializers.claims import ClaimDetail
from core import storage
from core.access import Permission
from core.api import AsItIs, named, placed
from core.api.doors import Door, operation
from core.api.persons import person_only
from core.api.shapes import ListQuery, page_of

CHECK = Permission.CLAIM_CHECK
DONE = {200: ClaimDetail}
A_LETTER: dict[Any, Any] = {
    (200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY, description=_("The letter (PDF).")),
}


class ClaimCheckDoor(ClaimDoor):
    @operation(
        _("Take up a payment claim"), needs=CHECK, answers=DONE, matches=True,
        about=_("Begins to check a claim that was sent. Nobody checks a claim they prepared or sent."),
    )  # fmt: skip
    def take_up(self, request, key):
        return self._detail(actions.take_up(self._matched(key), by=request.user, at=now()))

    @operation(
        _("Decide lines of a payment claim"), needs=CHECK, body=LineJudgements, answers=DONE, matches=True,
        about=_("While it is in check. The newest decision on a line counts; earlier ones stay to be read."),
        examples=[
            OpenApiExample(
                "Two lines",
                request_only=True,
                value={
                    "decisions": [
                        {"line": 1, "verdict": "accept"},
                        {"line": 2, "verdict": "refuse", "error": "evidence", "comment": "No invoice."},
                    ]
                },
            )
        ],
    )  # fmt: skip
    def judge(self, request, key):
        claim, told = self._matched(key), self.body()["decisions"]
        lines = {line.number: line for line in claim.lines.filter(number__in=[each["line"] for each in told])}
        errors: dict[Any, Any] = {}
        done: set[int] = set()
        for place, each in enumerate(told):
            if each["line"] not in lines or each["line"] in done:
                errors[place] = {"line": [gettext("Give each line of the claim once, by its number.")]}
            done.add(each["line"])
        if errors:
            raise ValidationError({"decisions": errors})
        decided, at = checks.decisions_of(claim), now()
        for place, each in enumerate(told):
            line = lines[each.pop("line")]
            seen = decided[line.pk].position if line.pk in decided else 0
            with placed(f"decisions.{place}"):
                actions.decide(line, **each, seen=seen, by=request.user, at=at)
        return self._detail(claim)

    @operation(
        _("Ask the school about a payment claim"), needs=(CHECK, Permission.QUESTION_ASK), body=QuestionsSending,
        answers=DONE, matches=True,
        about=_("Sends what was decided as a question, as one message; the clock stops until the answers."),
        examples=[OpenApiExample("Until a day", request_only=True, value={"due_on": "2026-11-15"})],
    )  # fmt: skip
    def ask(self, request, key):
        claim = self._matched(key)
        actions.ask_school(claim, due_on=self.body()["due_on"], by=request.user, at=now())
        return self._detail(claim)

    @operation(
        _("Return a payment claim"), needs=CHECK, body=Reasoned, answers=DONE, matches=True,
        about=_("To be put right by the school; the clock stands still until it is sent again."),
        examples=[OpenApiExample("With a reason", request_only=True, value={"comment": "Two invoices are missing."})],
    )  # fmt: skip
    def give_back(self, request, key):
        return self._detail(actions.return_claim(self._matched(key), **self.body(), by=request.user, at=now()))

    @operation(
        _("Reject a payment claim"), needs=CHECK, body=Reasoned, answers=DONE, matches=True,
        about=_("It is not taken up at all: all its costs may be claimed again. It is the end of this claim."),
        examples=[OpenApiExample("With a reason", request_only=True, value={"comment": "It is for another project."})],
    )  # fmt: skip
    def reject(self, request, key):
        return self._detail(actions.reject_claim(self._matched(key), **self.body(), by=request.user, at=now()))

    @operation(
        _("Propose the result of a payment claim"), needs=CHECK, body=Remarked, answers=DONE, matches=True,
        about=_("When every line is decided and the checklist is answered. A second person confirms it in the portal."),
        examples=[OpenApiExample("Without a remark", request_only=True, value={})],
    )  # fmt: skip
    def propose(self, request, key):
        return self._detail(actions.propose(self._matched(key), **self.body(), by=request.user, at=now()))

    @operation(
        _("Open an accepted payment claim again"), needs=CHECK, body=Reasoned, answers=DONE, matches=True,
        about=_("Refused once a later claim was sent or its amounts were used: correct it then."),
        examples=[OpenApiExample("With a reason", request_only=True, value={"comment": "A line was overlooked."})],
    )  # fmt: skip
    def reopen(self, request, key):
        return self._detail(actions.reopen(self._matched(key), **self.body(), by=request.user, at=now()))

    confirm = person_only(
        _("Confirm a payment claim"),
        _(
            "A second person looks at the proposed result and confirms it, signed in to the portal on the page where "
            "the claim is checked. A program would be no second look."
        ),
    )
    send_back = person_only(
        _("Send a payment claim back to be checked again"),
        _(
            "The second person does this, signed in to the portal on the page where the claim is checked. A program "
            "would be no second look."
        ),
    )


class AmendmentDecisionDoor(Door):
    decide = person_only(
        _("Decide on an amendment"),
        _(
            "Another person than who sent it decides, signed in to the portal on the page of the amendment, with its "
            "consequences in view. A program would be no second look."
        ),
    )


class ClaimChecklistDoor(Door):
    @operation(
        _("Read the checklist of a payment claim"), needs=CHECK, answers={200: ClaimChecklistShape},
        about=_("The questions put to it when it was taken up, and the newest answer on each."),
    )  # fmt: skip
    def retrieve(self, request, key):
        return self._told(self._claim(key))

    @operation(
        _("Answer the checklist of a payment claim"), needs=CHECK, body=NewChecklistAnswers,
        answers={200: ClaimChecklistShape}, matches=True,
        about=_("About the claim as a whole or one of its lines, while it is in check. What is answered so stays."),
        examples=[
            OpenApiExample("Yes", request_only=True, value={"answers": [{"question": 1, "answer": "yes"}]}),
        ],
    )  # fmt: skip
    def create(self, request, key):
        claim = locked(self._claim(key))
        self.require_match(self._told(claim))
        questions = {each.position: each.pk for each in checklists.questions_of(claim)}
        lines = {line.number: line for line in claim.lines.all()}
        given: dict[int | None, dict[int, tuple[str, str]]] = {}
        errors: dict[Any, Any] = {}
        names: dict[str, str] = {}
        for place, each in enumerate(self.body()["answers"]):
            number, question = each.get("line"), questions.get(each["question"])
            answers = given.setdefault(number, {})
            if question is None or question in answers:
                errors[place] = {"question": [gettext("Answer each question of the checklist once.")]}
            elif number is not None and number not in lines:
                errors[place] = {"line": [gettext("There is no line with this number.")]}
            else:
                answers[question] = (each["answer"], each["remark"])
                names[f"{number} remark_{question}"] = f"answers.{place}.remark"
        if errors:
            raise ValidationError({"answers": errors})
        for number, answers in given.items():
            line = None if number is None else lines[number]
            own = {name.partition(" ")[2]: at for name, at in names.items() if name.startswith(f"{number} ")}
            with named(own):
                actions.answer_checklist(claim, answers=answers, line=line, by=request.user, at=now())
        return self._told(claim)

    def _claim(self, key: UUID) -> Claim:
        return self.fetch(Claim.objects.select_related("project__programme", "checklist__checklist"), key=key)

    def _told(self, claim: Claim) -> Response:
        questions = checklists.questions_of(claim)
        positions = {each.pk: each.position for each in questions}
        lines = dict(claim.lines.values_list("pk", "number"))
        put = getattr(claim, "checklist", None)
        answers = [
            {
                "question": positions[question], "line": lines.get(line) if line else None, "answer": each.answer,
                "remark": each.remark, "at": each.at,
            }
            for (line, question), each in checklists.answers_of(claim).items()
            if question in positions
        ]  # fmt: skip
        return Response(
            {
                "claim": claim.key,
                "version": put and put.checklist.version,
                "questions": [
                    {"question": each.position, "about": each.about, "text": each.text, "article": each.article}
                    for each in questions
                ],
                "answers": answers,
                "missing": actions.unanswered(claim, questions),
            }
        )


class ClaimLettersDoor(Door):
    @operation(
        _("List the letters about a payment claim"), needs=Permission.CLAIM_VIEW, query=ListQuery,
        answers={200: page_of(LetterRow)}, about=_("What the school was told about each decision on it."),
    )  # fmt: skip
    def list(self, request, key):
        claim = self.fetch(Claim.objects, key=key)
        return self.pages().of(self.visible(ClaimLetter.objects).filter(claim=claim), LetterRow)


class ClaimLetterDoor(Door):
    content_negotiation_class = AsItIs

    @operation(
        _("Fetch a letter about a payment claim"), needs=Permission.CLAIM_VIEW,
        answers=A_LETTER,
        about=_("404 until a worker has made it. Each download leaves an audit event."),
    )  # fmt: skip
    def retrieve(self, request, key, paper):
        claim = self.fetch(Claim.objects, key=key)
        letters = self.visible(ClaimLetter.objects).select_related("file", "claim__project")
        letter = letters.filter(claim=claim, key=paper, file__isnull=False).first()
        if letter is None:
            raise Http404
        response = storage.answer(letter.file)
        actions.hand_out_letter(letter, by=request.user, at=now())
        return response
