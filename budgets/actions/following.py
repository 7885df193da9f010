"""What is found eligible of a flat rate follows what is found eligible of its base."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import override

from budgets.checks.claim_flats import FlatEligible, flats_eligible
from budgets.models import Claim, LineDecision
from core import audit, formats
from core.money import NOTHING

Verdict = LineDecision.Verdict


def follow_base(claim: Claim, decided: Mapping[int, LineDecision], *, by, at: datetime) -> None:
    """Bring decisions on the flat-rate lines of a claim to what their rate gives on what was found eligible of their
    base: lowered where they are above it, and raised again as far as they were lowered here before. What an officer
    found to be less stays so. Verified of a flat rate are base and rate only (Regulation (EU) 2021/1060, Art. 54)."""
    moved = set(claim.moves.filter(after=Claim.State.PROPOSED).values_list("at", flat=True))
    for flat in flats_eligible(claim, decided):
        left = flat.due - sum((declared for _pk, declared in flat.lines if declared < 0), NOTHING)
        for pk, declared in flat.lines:
            now = decided[pk]
            if declared < 0:
                continue
            total = min(declared if now.at in moved else now.total, max(left, NOTHING))
            left -= total
            if total != now.total:
                _decide(claim, now, flat, total, declared, by=by, at=at)


def _decide(
    claim: Claim, now: LineDecision, flat: FlatEligible, total: Decimal, declared: Decimal, *, by, at: datetime
) -> None:
    verdict = Verdict.ACCEPT if total == declared else Verdict.REDUCE if total else Verdict.REFUSE
    language = claim.project.programme.language
    with override(language):
        words = {
            "rate": formats.percent(flat.rate, language),
            "base": formats.money(flat.base, language, claim.contract.currency),
            "due": formats.money(flat.due, language, claim.contract.currency),
        }
        comment = _("%(base)s of the base are eligible; the flat rate of %(rate)s gives %(due)s on it.") % words
    LineDecision.objects.create(
        line_id=now.line_id, position=now.position + 1, verdict=verdict, total=total,
        error="" if verdict == Verdict.ACCEPT else LineDecision.Error.OTHER, comment=comment, by=by, at=at,
    )  # fmt: skip
    audit.record(
        "claim.line_decided", claim, by=by, at=at, project=claim.project.number, key=str(claim.key),
        after={"line": str(now.line.number), "decision": verdict, "total": str(total)},
    )  # fmt: skip
