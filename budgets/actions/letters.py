"""Letters about decisions on claims: their figures are taken with the decision, a worker makes the PDF, people fetch
it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from activities.actions import today_in
from budgets import pdf
from budgets.actions.outcome import outcome
from budgets.checks import claims as checks
from budgets.models import Claim, ClaimLetter
from budgets.snapshot import letter as letters
from core import audit, sealing, storage
from core.access import Permission, Refused
from projects.actions import require


def write_letter(claim: Claim, *, at: datetime) -> ClaimLetter:
    """Keep what the school is told about the last move of a claim. Call it in the transaction of that move."""
    move = claim.moves.latest("pk")
    position = claim.letters.count() + 1
    accepted, today = move.after == Claim.State.ACCEPTED, today_in(claim.project, at)
    snapshot = letters.take(claim, accepted=accepted, comment=move.comment, position=position, on=today)
    return ClaimLetter.objects.create(
        claim=claim, move=move, position=position, language=snapshot["language"], snapshot=snapshot,
        sha256=sealing.digest(snapshot),
    )  # fmt: skip


def letter_ahead(claim: Claim, *, by, at: datetime) -> dict[str, Any]:
    """The figures of the letter as it would be if a second person confirmed now; nothing is kept.

    Raises Refused while there is no result to tell.
    """
    require(by, Permission.CLAIM_CHECK, claim.project)
    if claim.state not in (*Claim.CHECKED, Claim.State.PROPOSED):
        raise Refused(_("The letter is shown before while the claim is in check."))
    decided = checks.decisions_of(claim)
    if any(pk not in decided for pk in claim.lines.held().values_list("pk", flat=True)):
        raise Refused(_("Decide every line first: the letter tells the result of each."))
    position, today = claim.letters.count() + 1, today_in(claim.project, at)
    coming = outcome(claim, at)
    return letters.take(claim, accepted=True, comment="", position=position, on=today, coming=coming)


def make_letter(letter_id: int, *, at: datetime) -> ClaimLetter | None:
    """Make the PDF of a letter that waits; None when it is made or another worker makes it. A try that fails counts."""
    ClaimLetter.objects.waiting().filter(pk=letter_id).update(attempts=F("attempts") + 1)
    with transaction.atomic():
        waiting = ClaimLetter.objects.filter(file=None).select_for_update(skip_locked=True, of=("self",))
        letter = waiting.filter(pk=letter_id).select_related("claim__project").first()
        if letter is None:
            return None
        content = pdf.letter(letter.snapshot, letter.sha256)
        name = f"{letter.claim.project.number}_claim_{letter.claim.number}_letter_{letter.position}.pdf"
        letter.file = storage.put(
            [content], name=storage.plain_name(name), media_type="application/pdf", by=None, at=at
        )
        letter.save(update_fields=["file"])
        _record("claim.letter_made", letter, by=None, at=at)
    return letter


@transaction.atomic
def hand_out_letter(letter: ClaimLetter, *, by, at: datetime) -> None:
    """Write down that `by` fetches a letter; call it before the bytes go out."""
    require(by, Permission.CLAIM_VIEW, letter.claim.project)
    _record("claim.letter_fetched", letter, by=by, at=at)


def _record(action: str, letter: ClaimLetter, *, by, at: datetime) -> None:
    claim = letter.claim
    audit.record(
        action, claim, by=by, at=at, project=claim.project.number, key=str(claim.key),
        after={"claim": str(claim.number), "sha256": letter.file.sha256 if letter.file else ""},
    )  # fmt: skip
