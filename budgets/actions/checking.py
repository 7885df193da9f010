"""Who may check a claim, and when its lines may be decided."""

from __future__ import annotations

from django.utils.translation import gettext as _

from budgets.actions.claims import locked
from budgets.models import Claim
from core.access import Permission, Refused
from projects.actions import require


def checking(claim: Claim, by) -> Claim:
    """A locked claim that this person may check."""
    claim = locked(claim)
    require(by, Permission.CLAIM_CHECK, claim.project)
    mine = claim.made_by_id == by.pk or claim.moves.filter(after=Claim.State.SENT, by=by).exists() if by else False
    if mine:
        raise Refused(_("You prepared or sent this claim yourself. Another person checks it."))
    return claim


def deciding(claim: Claim, by) -> Claim:
    """The same while its lines are decided."""
    claim = checking(claim, by)
    if claim.state not in Claim.CHECKED:
        words = {"state": claim.get_state_display()}
        raise Refused(_("This claim is “%(state)s” now. Lines are decided only while it is in check.") % words)
    return claim
