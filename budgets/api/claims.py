"""Payment claims, for programs: read with every amount, begun, filled and sent by the actions of the pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from activities.actions import today_in
from budgets import actions
from budgets.actions.claims import locked
from budgets.checks import claims as checks
from budgets.models import Claim, ReportedCost
from budgets.serializers.claims import (
    ClaimChange,
    ClaimDetail,
    ClaimQuery,
    ClaimRow,
    ClaimSending,
    NewClaim,
)
from budgets.views.claims import lines_of, with_amounts
from core.access import Permission, Refused
from core.api import PROBLEM, Problem
from core.api.doors import Door, location, operation
from core.api.shapes import ProblemDocument, RowQuery, page_of
from projects.models import can

CHANGED: dict[Any, Any] = {
    (409, PROBLEM): OpenApiResponse(ProblemDocument, description=_("Refused, or somebody changed the claim meanwhile."))
}


class ClaimDoor(Door):
    @operation(
        _("List payment claims"),
        needs=Permission.CLAIM_VIEW,
        query=ClaimQuery,
        answers={200: page_of(ClaimRow)},
        about=_("Claims of the projects reached; a draft only for those who may prepare it."),
    )
    def list(self, request):
        asked = {name: self.asked[name] for name in ("project", "state") if name in self.asked}
        return self.pages().of(self.visible(Claim.objects).filter(**asked), ClaimRow)

    @operation(
        _("Read a payment claim"),
        needs=Permission.CLAIM_VIEW,
        query=RowQuery,
        answers={200: ClaimDetail},
        about=_("With its lines, its amounts by step and source, its clock, and while it is prepared what is missing."),
    )
    def retrieve(self, request, key):
        return self._detail(self._claim(key))

    @operation(
        _("Begin a payment claim"),
        needs=Permission.CLAIM_EDIT,
        body=NewClaim,
        answers={201: ClaimDetail},
        about=_("A draft for a period under the contract in force. Fill it, then send it."),
        headers=[location(201)],
        examples=[
            OpenApiExample(
                "A quarter",
                request_only=True,
                value={
                    "project": "BG05SFPR001-1.008-0009", "kind": "interim", "from": "2026-01-01", "to": "2026-03-31",
                },
            )
        ],
    )  # fmt: skip
    def create(self, request):
        told = self.body()
        facts = {"kind": told["kind"], "from_on": told["from"], "to_on": told["to"], "advance": told.get("advance")}
        with _names({"from_on": "from", "to_on": "to"}):
            claim = actions.start_claim(told["project"], **facts, by=request.user, at=now())
        response = self._detail(claim, 201)
        response["Location"] = request.build_absolute_uri(reverse("api_claim", args=[claim.key]))
        return response

    @operation(
        _("Fill a payment claim"),
        needs=Permission.CLAIM_EDIT,
        body=ClaimChange,
        answers={200: ClaimDetail, **CHANGED},
        matches=True,
        about=_("Only what is sent changes. `version` is the one you read; 409 when somebody changed it since."),
        examples=[
            OpenApiExample(
                "Costs and declarations",
                request_only=True,
                value={
                    "version": 1, "costs": ["0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0e"],
                    "declarations": ["true", "once", "kept"],
                },
            )
        ],
    )  # fmt: skip
    def partial_update(self, request, key):
        claim = self._matched(key)
        told = self.body()
        who: dict[str, Any] = {"by": request.user, "at": now()}
        version, costs = told.pop("version"), _costs(told.pop("costs", None), request.user)
        facts = {{"from": "from_on", "to": "to_on"}.get(name, name): value for name, value in told.items()}
        with _names({"from_on": "from", "to_on": "to"}):
            claim = actions.fill_claim(claim, version=version, costs=costs, facts=facts, **who)
        return self._detail(claim)

    @operation(
        _("Send a payment claim"),
        needs=Permission.CLAIM_EDIT,
        body=ClaimSending,
        answers={200: ClaimDetail, **CHANGED},
        matches=True,
        about=_("Its amounts become facts and its clock starts. Each warning needs a reason, by its check."),
        examples=[
            OpenApiExample(
                "With a reason", request_only=True, value={"version": 4, "reasons": {"evidence": "On paper."}}
            )
        ],
    )
    def send(self, request, key):
        claim = self._matched(key)
        told = self.body()
        reasons = told.get("reasons", {})
        with _names({}, prefix="reason_", into="reasons."):
            claim = actions.send_claim(claim, version=told["version"], reasons=reasons, by=request.user, at=now())
        return self._detail(claim)

    def _claim(self, key: UUID) -> Claim:
        rows = Claim.objects.with_clock().select_related("project__programme", "contract")
        return self.fetch(rows, key=key)

    def _matched(self, key: UUID) -> Claim:
        """The claim, locked, as the client read it."""
        claim = locked(self._claim(key))
        self.require_match(self._detail(claim))
        return claim

    def _detail(self, claim: Claim, code: int = 200) -> Response:
        today = today_in(claim.project, now())
        claim = Claim.objects.with_clock().select_related("project__programme", "contract").get(pk=claim.pk)
        officer = can(self.request.user, Permission.CLAIM_CHECK, claim.project)
        editable = claim.state in Claim.EDITED and can(self.request.user, Permission.CLAIM_EDIT, claim.project)
        clock = claim.clock_on(today)
        found = checks.findings(claim, today) if editable else []
        return self.answer(
            Claim.objects.filter(pk=claim.pk), ClaimDetail, code,
            lines=[_line(row) for row in with_amounts(claim, list(lines_of(claim)), officer=officer)],
            rates=list(claim.rates.values("currency", "month", "rate")),
            amounts=[{"step": step, **amounts} for step, amounts in checks.sums(claim).items()],
            clock=clock and {
                "day": clock.day, "of": clock.of, "due_on": clock.due_on, "stopped_since": clock.stopped,
                "moved_from": clock.planned, "moved_because": clock.because,
            },
            findings=[{"check": each.check, "blocks": each.blocks, "text": str(each.text)} for each in found],
        )  # fmt: skip


def _costs(keys: list[UUID] | None, user: Any) -> list[ReportedCost] | None:
    """The costs with these keys, as far as the person may claim them. Raises ValidationError for others."""
    if keys is None:
        return None
    found = {
        cost.key: cost for cost in ReportedCost.objects.visible_to(user, Permission.CLAIM_EDIT).filter(key__in=keys)
    }
    unknown = gettext("Nothing with this key is known here. Check the key.")
    errors: dict[Any, Any] = {n: [unknown] for n, key in enumerate(keys) if key not in found}
    if errors:
        raise ValidationError({"costs": errors})
    return list(found.values())


def _line(row: dict[str, Any]) -> dict[str, Any]:
    line, cost, decision, paper = row["line"], row["cost"], row["decision"], row["paper"]
    return {
        "number": line.number, "cost": cost and cost.key, "document": cost.document if cost else "",
        "document_on": cost and cost.document_on, "budget_line": cost.line.code if cost else "",
        "released": line.released, "claimed": row["claimed"], "eligible": row["eligible"],
        "original": paper and paper.amount, "original_currency": paper and paper.currency,
        "rate": paper and paper.rate, "rate_month": paper and paper.month, "estimate": bool(paper and not paper.fixed),
        "decision": decision.verdict if decision else "", "comment": decision.comment if decision else "",
    }  # fmt: skip


@contextmanager
def _names(names: dict[str, str], *, prefix: str = "", into: str = "") -> Iterator[None]:
    """Refusals of an action beside the names that the API has for its fields; of a later version, a kind of its own."""
    try:
        yield
    except actions.ChangedMeanwhile as refused:
        raise Problem(409, "changed-meanwhile", " ".join(refused.messages)) from None
    except Refused as refused:
        if not hasattr(refused, "error_dict"):
            raise
        named = {
            into + name.removeprefix(prefix) if prefix and name.startswith(prefix) else names.get(name, name): errors
            for name, errors in refused.error_dict.items()
        }
        raise Refused(named) from None
