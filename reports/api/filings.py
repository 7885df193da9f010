"""Reports a project owes, for programs: laid out, read, written, handed in, skipped and decided."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from core.access import Permission
from core.api import named
from core.api.doors import Door, location, operation
from core.api.shapes import RowQuery, page_of, rows_of
from projects.api import feed_door
from projects.models import Change
from reports import actions
from reports.actions.filings import locked
from reports.models import Filing, Remark
from reports.serializers import (
    FilingChange,
    FilingDecision,
    FilingDetail,
    FilingQuery,
    FilingRow,
    FilingSending,
    FilingSkipping,
    NewFiling,
    Schedule,
    Scheduled,
)
from reports.tasks import wake

FilingFeedDoor = feed_door(
    Change.Collection.DUE, Filing.objects, FilingRow, Permission.FILING_VIEW,
    summary=_("Follow reports that are due"), about=_("All reports owed, then each that is added or changes."),
)  # fmt: skip


class FilingDoor(Door):
    @operation(
        _("List reports that are due"),
        needs=Permission.FILING_VIEW,
        query=FilingQuery,
        answers={200: page_of(FilingRow)},
        about=_("The reports that projects owe the office, with the days they are due on."),
    )
    def list(self, request):
        asked: dict[str, Any] = {name: self.asked[name] for name in ("project", "state") if name in self.asked}
        if "due_until" in self.asked:
            asked["due_on__lte"] = self.asked["due_until"]
        return self.pages().of(self.visible(Filing.objects).filter(**asked), FilingRow)

    @operation(
        _("Read a report that is due"),
        needs=Permission.FILING_VIEW,
        query=RowQuery,
        answers={200: FilingDetail},
        about=_("With its texts by activity, what the office asked to be corrected, and its sealed versions."),
    )
    def retrieve(self, request, key):
        return self._detail(self._filing(key))

    @operation(
        _("Write in a report that is due"),
        needs=Permission.FILING_EDIT,
        body=FilingChange,
        answers={200: FilingDetail},
        matches=True,
        about=_("The texts of these sections; the others stay as they are."),
        examples=[
            OpenApiExample(
                "The summary",
                request_only=True,
                value={"sections": [{"activity": "", "text": "Two clubs began."}]},
            )
        ],
    )
    def partial_update(self, request, key):
        filing = self._matched(key)
        told = self.body()["sections"]
        texts = {each["activity"]: each["text"] for each in told}
        if len(texts) < len(told):
            raise ValidationError({"sections": [gettext("Give each section once.")]})
        seen = {place.number: place.version for place in actions.places(filing)}
        actions.write(filing, texts, seen=seen, by=request.user, at=now())
        return self._detail(filing)

    @operation(
        _("Submit a report that is due"),
        needs=Permission.FILING_EDIT,
        body=FilingSending,
        answers={200: FilingDetail},
        one_moment=True,
        about=_("Its texts and the figures of this moment are sealed. Another person of the office decides on it."),
        examples=[OpenApiExample("As it was read", request_only=True, value={"version": 2})],
    )
    def submit(self, request, key):
        made = actions.submit(self._filing(key), version=self.body()["version"], by=request.user, at=now()).made
        wake(made)
        return self._detail(self._filing(key))

    @operation(
        _("Ask a project for a report"),
        needs=Permission.FILING_DECIDE,
        body=NewFiling,
        answers={201: FilingDetail},
        about=_("One that the schedule of its contract does not foresee."),
        headers=[location(201)],
        examples=[
            OpenApiExample(
                "One more",
                request_only=True,
                value={
                    "project": "BG05SFPR001-1.008-0009", "kind": "interim", "from": "2026-01-01", "to": "2026-03-31",
                    "due_on": "2026-04-30",
                },
            )
        ],
    )  # fmt: skip
    def create(self, request):
        told = self.body()
        days = {"from_on": told["from"], "to_on": told["to"], "due_on": told["due_on"]}
        with named({"from_on": "from", "to_on": "to"}):
            made = actions.add_filing(told["project"], kind=told["kind"], **days, by=request.user, at=now())
        response = self._detail(self._filing(made.key), 201)
        response["Location"] = request.build_absolute_uri(reverse("api_filing", args=[made.key]))
        return response

    @operation(
        _("Lay out the reports of a contract"),
        needs=Permission.FILING_DECIDE,
        body=Schedule,
        answers={200: Scheduled},
        about=_(
            "Writes the schedule of the contract in force down as facts. Its rhythm is the contract’s: send only what "
            "the contract does not say. Done again it adds nothing."
        ),
        examples=[
            OpenApiExample(
                "Twice a year",
                request_only=True,
                value={"project": "BG05SFPR001-1.008-0009", "months": 6, "days": 30, "final_days": 60},
            )
        ],
    )
    def lay_out(self, request):
        told = self.body()
        made = actions.lay_out(told.pop("project"), **told, by=request.user, at=now())
        added = Filing.objects.filter(pk__in=[each.pk for each in made]).order_by("due_on", "pk")
        return Response({"added": rows_of(FilingRow, added)})

    @operation(
        _("Skip a report that is due"),
        needs=Permission.FILING_DECIDE,
        body=FilingSkipping,
        answers={200: FilingDetail},
        matches=True,
        about=_("The office does not wait for it; nothing else of the schedule moves."),
        examples=[OpenApiExample("With a reason", request_only=True, value={"because": "The work began in May."})],
    )
    def skip(self, request, key):
        filing = self._matched(key)
        return self._detail(actions.skip(filing, **self.body(), by=request.user, at=now()))

    @operation(
        _("Decide on a report that was submitted"),
        needs=Permission.FILING_DECIDE,
        body=FilingDecision,
        answers={200: FilingDetail},
        matches=True,
        about=_("Approves it, or returns it with what is to be corrected. Refused to whoever submitted it."),
        examples=[
            OpenApiExample(
                "Returned",
                request_only=True,
                value={"approve": False, "remarks": [{"activity": "", "text": "How many clubs?"}]},
            )
        ],
    )
    def decide(self, request, key):
        filing, told = self._matched(key), self.body()
        remarks = {each["activity"]: each["text"] for each in told.get("remarks", [])}
        if len(remarks) < len(told.get("remarks", [])):
            raise ValidationError({"remarks": [gettext("Give each section once.")]})
        facts = {"approve": told["approve"], "comment": told["comment"], "version": filing.version}
        actions.decide(filing, **facts, remarks=remarks, by=request.user, at=now())
        return self._detail(self._filing(key))

    def _matched(self, key) -> Filing:
        """The report, locked, as the client read it."""
        filing = locked(self._filing(key))
        self.require_match(self._detail(filing))
        return filing

    def _filing(self, key) -> Filing:
        return self.fetch(Filing.objects.select_related("project__programme", "contract"), key=key)

    def _detail(self, filing: Filing, code: int = 200) -> Response:
        language, own = get_language() or "en", filing.project.programme.language
        submissions = list(filing.submissions.select_related("made", "decision").defer("made__snapshot"))
        last = submissions[-1] if submissions else None
        returned = filing.state == Filing.State.RETURNED and last
        remarks: dict[int | None, str] = dict(
            Remark.objects.filter(decision__submission=last).values_list("activity_id", "text") if returned else ()
        )
        places = actions.places(filing)
        sections = [
            {
                "activity": place.number, "name": place.name(language, own)[0], "text": place.text,
                "version": place.version, "remark": remarks.get(place.activity.pk if place.activity else None, ""),
            }
            for place in places
        ]  # fmt: skip
        versions = []
        for each in submissions:
            decision = getattr(each, "decision", None)
            versions.append({
                "number": each.number, "at": each.at, "report": each.made.key, "code": each.made.code,
                "approved": decision and decision.approved, "comment": decision.comment if decision else "",
            })  # fmt: skip
        missing = actions.problems(filing) if filing.state in Filing.OPEN else []
        return self.answer(
            Filing.objects.filter(pk=filing.pk),
            FilingDetail,
            code,
            sections=sections,
            submissions=versions,
            missing=missing,
        )
