"""The state table of payment claims: what may be done in which state, what state follows, and which amounts it writes.

The actions, the page that explains it and the tests read this one table; `Claim.MOVES` holds the same moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from budgets.models.claims import Claim
from budgets.models.verification import LineFact
from core.access import Permission

State, Step = Claim.State, LineFact.Step
EDIT, CHECK, ACCOUNT = Permission.CLAIM_EDIT, Permission.CLAIM_CHECK, Permission.ACCOUNT_EDIT


@dataclass(frozen=True)
class Deed:
    """One thing that is done with a claim: the name of its action, what it is called, in which states it may be done,
    the state that follows (None: it stays), the steps of amounts it may write, and when it is refused all the same."""

    action: str
    says: Any
    before: tuple[Claim.State, ...]
    after: Claim.State | None
    writes: tuple[LineFact.Step, ...]
    needs: Permission
    unless: Any = ""


SECOND = _("by whoever prepared, sent, decided or proposed it")
DEEDS = (
    Deed("change_claim", _("Enter period, results and declarations"), Claim.EDITED, None, (), EDIT),
    Deed("choose_costs", _("Choose its costs"), Claim.EDITED, None, (Step.RELEASED,), EDIT,
         _("for a cost that stands in another claim")),
    Deed("send_claim", _("Send it"), Claim.EDITED, State.SENT, (Step.DECLARED,), EDIT,
         _("while something stands against it or an earlier claim is returned or open again")),
    Deed("take_up", _("Start the check"), (State.SENT,), State.IN_CHECK, (), CHECK,
         _("by whoever prepared or sent it")),
    Deed("decide", _("Decide a line"), Claim.CHECKED, None, (), CHECK),
    Deed("return_claim", _("Return it to the school"), (State.IN_CHECK,), State.RETURNED, (), CHECK,
         _("once it was accepted before")),
    Deed("reject_claim", _("Reject it"), (State.IN_CHECK,), State.REJECTED, (Step.RELEASED,), CHECK,
         _("once it was accepted before")),
    Deed("propose", _("Hand it to the second person"), Claim.CHECKED, State.PROPOSED, (), CHECK,
         _("while a line is not decided")),
    Deed("send_back", _("Let the first person look again"), (State.PROPOSED,), State.IN_CHECK, (), CHECK),
    Deed("confirm", _("Confirm and accept"), (State.PROPOSED,), State.ACCEPTED, (Step.VERIFIED, Step.RELEASED), CHECK,
         SECOND),
    Deed("reopen", _("Open it again"), (State.ACCEPTED,), State.REOPENED, (), CHECK,
         _("once a later claim was sent, or anything of it was paid, corrected or certified")),
    Deed("pay", _("Record a payment"), (State.ACCEPTED,), None, (Step.PAID, Step.SETTLED), ACCOUNT,
         _("above what is approved and not paid yet")),
    Deed("recover", _("Record money paid back"), (State.ACCEPTED,), None, (Step.RECOVERED, Step.PAID), ACCOUNT,
         _("above what was paid too much")),
    Deed("cancel_payment", _("Cancel a payment"), (State.ACCEPTED,), None, (Step.PAID, Step.SETTLED, Step.RECOVERED),
         ACCOUNT, _("once it was used later, or stands in a payment application that is sent")),
    Deed("correct_claim", _("Correct it"), (State.ACCEPTED,), None, (Step.CORRECTED,), ACCOUNT,
         _("above what is approved of a line")),
    Deed("turn_correction", _("Drop a correction"), (State.ACCEPTED,), None, (Step.CORRECTED,), ACCOUNT,
         _("once it has ended")),
    Deed("send_application", _("Send a payment application that holds it"), (State.ACCEPTED,), None,
         (Step.CERTIFIED, Step.WITHDRAWN), ACCOUNT, _("by whoever drew it up")),
)  # fmt: skip
