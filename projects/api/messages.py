"""Messages: the questions of officers to schools and what was answered, for programs, as on the pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from core.access import Permission
from core.api import named
from core.api.doors import Door, location, operation
from core.api.shapes import RowQuery, page_of
from projects import actions
from projects.models import Clarification
from projects.serializers import (
    FurtherQuestion,
    MessageClosing,
    MessageDetail,
    MessageQuery,
    MessageRow,
    NewAnswers,
    NewMessage,
)


class MessageDoor(Door):
    @operation(
        _("List messages"),
        needs=Permission.QUESTION_VIEW,
        query=MessageQuery,
        answers={200: page_of(MessageRow)},
        about=_("What officers asked the schools of your projects; of a school its own and those to all."),
    )
    def list(self, request):
        rows = self.visible(Clarification.objects).with_counts()
        if project := self.asked.get("project"):
            rows = rows.filter(project=project)
        if state := self.asked.get("state"):
            rows = rows.filter(closed_at__isnull=state == "open")
        return self.pages().of(rows, MessageRow)

    @operation(
        _("Read a message"),
        needs=Permission.QUESTION_VIEW,
        query=RowQuery,
        answers={200: MessageDetail},
        about=_("With each question and every answer given to it."),
    )
    def retrieve(self, request, key):
        return self._detail(self._one(key))

    @operation(
        _("Ask a school"),
        needs=Permission.QUESTION_ASK,
        body=NewMessage,
        answers={201: MessageDetail},
        about=_("For officers. Those who answer there are told by mail. Name participants by their codes."),
        headers=[location(201)],
        examples=[
            OpenApiExample(
                "To all schools",
                request_only=True,
                value={
                    "project": "BG05SFPR001-1.008-0009", "subject": "Clubs in March", "due_on": "2026-04-15",
                    "questions": ["Why was no club held on 16 March?"],
                },
            )
        ],
    )  # fmt: skip
    def create(self, request):
        told = self.body()
        about = {name: told[name] for name in ("subject", "questions", "due_on")}
        with named({"question_1": "questions"}):
            asked = actions.ask(told["project"], school=told.get("school"), **about, by=request.user, at=now())
        response = self._detail(asked, 201)
        response["Location"] = request.build_absolute_uri(reverse("api_message", args=[asked.key]))
        return response

    @operation(
        _("Ask one question more"),
        needs=Permission.QUESTION_ASK,
        body=FurtherQuestion,
        answers={200: MessageDetail},
        matches=True,
        about=_("For officers, while the message is open."),
        examples=[OpenApiExample("A question", request_only=True, value={"text": "Who led the club instead?"})],
    )
    def more(self, request, key):
        thread = self._matched(key)
        actions.ask_more(thread, text=self.body()["text"], by=request.user, at=now())
        return self._detail(thread)

    @operation(
        _("Answer a message"),
        needs=Permission.QUESTION_ANSWER,
        body=NewAnswers,
        answers={200: MessageDetail},
        matches=True,
        about=_("For those who answer at that school. A further answer to a question stands as the newest one."),
        examples=[
            OpenApiExample(
                "To the first question",
                request_only=True,
                value={"answers": [{"question": 1, "text": "The school was closed by snow."}]},
            )
        ],
    )
    def answers(self, request, key):
        thread = self._matched(key)
        newest = {each.number: next(iter(each.answers.all()), None) for each in _questions(thread)}
        given: dict[int, str] = {}
        errors: dict[Any, Any] = {}
        for place, told in enumerate(self.body()["answers"]):
            if told["question"] not in newest:
                errors[place] = {"question": [gettext("There is no question with this number.")]}
            elif told["question"] in given:
                errors[place] = {"question": [gettext("Answer each question once.")]}
            given[told["question"]] = told["text"]
        if errors:
            raise ValidationError({"answers": errors})
        seen = {number: answer.pk for number, answer in newest.items() if answer}
        actions.answer(thread, answers=given, seen=seen, by=request.user, at=now())
        return self._detail(thread)

    @operation(
        _("Close a message"),
        needs=Permission.QUESTION_ASK,
        body=MessageClosing,
        answers={200: MessageDetail},
        matches=True,
        about=_("For officers. Then nobody writes in it any more."),
        examples=[OpenApiExample("All is answered", request_only=True, value={})],
    )
    def close(self, request, key):
        thread = self._matched(key)
        actions.close_clarification(thread, because=self.body()["because"], by=request.user, at=now())
        return self._detail(thread)

    def _one(self, key: UUID) -> Clarification:
        return self.fetch(Clarification.objects.select_related("project__programme", "school"), key=key)

    def _matched(self, key: UUID) -> Clarification:
        """The message, locked, as the client read it."""
        thread = actions.locked(self._one(key))
        self.require_match(self._detail(thread))
        return thread

    def _detail(self, thread: Clarification, code: int = 200) -> Response:
        asked = [
            {
                "number": each.number, "text": each.text, "asked_at": each.asked_at,
                "answers": [
                    {
                        "text": answer.text, "by": answer.by and answer.by.name, "at": answer.at,
                        "late": localdate(answer.at) > thread.due_on,
                    }
                    for answer in each.answers.all()
                ],
            }
            for each in _questions(thread)
        ]  # fmt: skip
        rows = Clarification.objects.filter(pk=thread.pk).with_counts()
        return self.answer(rows, MessageDetail, code, thread=asked)


def _questions(thread: Clarification) -> Any:
    return thread.questions.prefetch_related("answers__by")
