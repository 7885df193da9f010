"""What a letter about a decision on a claim says, as plain values: codes, days as ISO, amounts as text."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from budgets.checks import claims as checks
from budgets.checks import less
from budgets.models import Claim, ClaimMove, LetterText, LineFact
from core.models.texts import said
from core.money import NOTHING
from projects.models import Programme

TEMPLATE = "1"
Amounts = dict[str, Decimal | None]


def take(claim: Claim, move: ClaimMove, position: int, decided_on: date) -> dict[str, Any]:
    """The figures of the letter about `move`, for the school: no internal note is among them."""
    project, programme = claim.project, claim.project.programme
    own = programme.language
    text = LetterText.objects.filter(programme=programme).first()
    accepted = move.after == Claim.State.ACCEPTED
    return {
        "template": TEMPLATE,
        "language": own,
        "number": f"{project.number}/{claim.number}-{position}",
        "position": position,
        "decided_on": decided_on.isoformat(),
        "accepted": accepted,
        "comment": move.comment,
        "sample": claim.synthetic,
        "project": {
            "number": project.number,
            "title": said(project.title, own),
            "programme": said(programme.name, own),
            "programme_code": programme.code,
            "statement": programme.statement,
            "authority": said(programme.funder.name, own) if programme.funder else None,
            "beneficiary": said(project.beneficiary.name, own) if project.beneficiary else None,
            "cpr": programme.fund == Programme.Fund.ESF_PLUS,
            "objection": said(text.objection, own) if text else None,
        },
        "claim": {
            "number": claim.number,
            "kind": claim.kind,
            "from": claim.from_on.isoformat(),
            "to": claim.to_on.isoformat(),
            "received_on": claim.received_on.isoformat() if claim.received_on else None,
            "contract": claim.contract.number,
            "currency": claim.contract.currency,
        },
        "amounts": _amounts(claim) if accepted else [],
        "lines": _lines(claim) if accepted else [],
    }


def _amounts(claim: Claim) -> list[list[str | None]]:
    """Claimed, put off, verified and not approved; in each the total and its EU, national and own part."""
    sums = checks.sums(claim)
    declared, released, verified = (sums[step] for step in ("declared", "released", "verified"))
    rest = {name: less(declared[name], released[name], verified[name]) for name in checks.AMOUNTS}
    rows: list[tuple[str, Amounts]] = [("declared", declared), ("released", released), ("verified", verified)]
    return [[step, *(_text(amounts[name]) for name in checks.AMOUNTS)] for step, amounts in [*rows, ("rest", rest)]]


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _lines(claim: Claim) -> list[dict[str, Any]]:
    """Every line with what was claimed, put off and verified of it, and what the school is told."""
    sums: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: NOTHING))
    facts = LineFact.objects.filter(line__claim=claim).values_list("line_id", "step").annotate(sum=Sum("total"))
    for line, step, total in facts.order_by():
        sums[line][step] = total
    decided = checks.decisions_of(claim)
    columns = ("pk", "number", "cost__document", "cost__document_on", "cost__line__code")
    found = []
    for pk, number, document, document_on, code in claim.lines.order_by("number").values_list(*columns):
        amounts, decision = sums[pk], decided.get(pk)
        lower = decision is not None and decision.verdict != "accept"
        found.append(
            {
                "number": number,
                "document": document or "",
                "on": document_on.isoformat() if document_on else None,
                "code": code or "",
                "claimed": str(amounts["declared"]),
                "returns": str(amounts["released"]),
                "verified": str(amounts["verified"]),
                "error": decision.error if decision and lower else "",
                "comment": decision.comment if decision and lower else "",
            }
        )
    return found
