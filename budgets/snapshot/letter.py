"""What a letter about a decision on a claim says, as plain values: codes, days as ISO, amounts as text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings

from budgets.checks import claims as checks
from budgets.checks import less
from budgets.checks.claim_facts import AMOUNTS
from budgets.models import Claim, LetterText, LineDecision, LineFact
from core.models.texts import said
from core.money import NOTHING
from projects.models import Programme

TEMPLATE = "2"
Amounts = dict[str, Decimal | None]
STEPS = ("declared", "released", "verified")


def take(
    claim: Claim, *, accepted: bool, comment: str, position: int, on: date, coming: Iterable[LineFact] = ()
) -> dict[str, Any]:
    """The figures of the letter with which a claim is accepted or rejected on a day, for the school: no internal note
    is among them. `coming` are facts that are not written yet, where the letter is only looked at."""
    project, programme = claim.project, claim.project.programme
    own = programme.language
    text = LetterText.objects.filter(programme=programme).first()
    cpr = programme.fund == Programme.Fund.ESF_PLUS
    sums = _sums(claim, coming) if accepted else {}
    return {
        "template": TEMPLATE,
        "site": settings.SITE_URL,
        "language": own,
        "number": f"{project.number}/{claim.number}-{position}",
        "position": position,
        "decided_on": on.isoformat(),
        "accepted": accepted,
        "comment": comment,
        "sample": claim.synthetic,
        "project": {
            "number": project.number,
            "title": said(project.title, own),
            "programme": said(programme.name, own),
            "programme_code": programme.code,
            "statement": programme.statement,
            "authority": said(programme.funder.name, own) if programme.funder else None,
            "beneficiary": said(project.beneficiary.name, own) if project.beneficiary else None,
            "cpr": cpr,
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
        "clock": _clock(claim, on) if cpr else None,
        "amounts": _amounts(sums) if accepted else [],
        "lines": _lines(claim, sums, cpr) if accepted else [],
    }


def _clock(claim: Claim, on: date) -> dict[str, Any] | None:
    """How many days of the term the claim took, and how many it stood still because something was missing."""
    clock = claim.clock_on(on)
    if clock is None or claim.received_on is None:
        return None
    still = (on - claim.received_on).days - clock.day
    return {"day": clock.day, "of": clock.of, "due_on": clock.due_on.isoformat(), "still": max(still, 0)}


def _sums(claim: Claim, coming: Iterable[LineFact]) -> dict[int, dict[str, Amounts]]:
    """The amounts of each line by step and source; a part is None where it is not known of one fact."""
    sums: dict[int, dict[str, Amounts]] = defaultdict(lambda: defaultdict(lambda: dict.fromkeys(AMOUNTS, NOTHING)))
    for fact in [*LineFact.objects.filter(line__claim=claim), *coming]:
        _add(sums[fact.line_id][fact.step], {name: getattr(fact, name) for name in AMOUNTS})
    return sums


def _add(sums: Amounts, amounts: Amounts) -> None:
    for name, amount in amounts.items():
        before = sums[name]
        sums[name] = None if before is None or amount is None else before + amount


def _amounts(sums: dict[int, dict[str, Amounts]]) -> list[list[str | None]]:
    """Claimed, put off, verified and not approved; in each the total and its EU, national and own part."""
    total: dict[str, Amounts] = {step: dict.fromkeys(AMOUNTS, NOTHING) for step in STEPS}
    for line in sums.values():
        for step in STEPS:
            _add(total[step], line[step])
    declared, released, verified = (total[step] for step in STEPS)
    total["rest"] = {name: less(declared[name], released[name], verified[name]) for name in AMOUNTS}
    return [[step, *(_text(amounts[name]) for name in AMOUNTS)] for step, amounts in total.items()]


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _lines(claim: Claim, sums: dict[int, dict[str, Amounts]], cpr: bool) -> list[dict[str, Any]]:
    """Every line with what was claimed, put off and verified of it, what was decided and on which article, and what
    the school is told."""
    decided = checks.decisions_of(claim)
    columns = ("pk", "number", "cost__document", "cost__document_on", "cost__line__code")
    found = []
    for pk, number, document, document_on, code in claim.lines.order_by("number").values_list(*columns):
        amounts, decision = sums[pk], decided.get(pk)
        lower = decision is not None and decision.verdict != LineDecision.Verdict.ACCEPT
        error = decision.error if decision and lower else ""
        found.append(
            {
                "number": number,
                "document": document or "",
                "on": document_on.isoformat() if document_on else None,
                "code": code or "",
                "claimed": str(amounts["declared"]["total"]),
                "returns": str(amounts["released"]["total"]),
                "verified": str(amounts["verified"]["total"]),
                "verdict": decision.verdict if decision else "",
                "error": error,
                "article": LineDecision.ARTICLES[LineDecision.Error(error)] if error and cpr else "",
                "comment": decision.comment if decision and lower else "",
            }
        )
    return found
