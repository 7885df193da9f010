"""A claim is checked: lines are decided, the school is asked, a second person finishes.

Nobody checks a claim they prepared or sent, and whoever decided a line or proposed the result does not confirm it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _

from budgets.actions.checking import checking, deciding
from budgets.actions.checklists import put_checklist, unanswered
from budgets.actions.claims import move, put_off
from budgets.actions.following import follow_base
from budgets.actions.letters import write_letter
from budgets.actions.outcome import outcome
from budgets.actions.simplified import void_flats
from budgets.checks import claims as checks
from budgets.models import Claim, ClaimLine, ClaimQuestions, LineDecision, LineFact
from core import audit, formats
from core.access import Refused
from core.money import NOTHING
from projects.actions import ask
from projects.models import Clarification

Verdict = LineDecision.Verdict


class DecidedMeanwhile(Refused):
    """Somebody else decided the line after it was opened; `theirs` is that decision."""

    def __init__(self, theirs: LineDecision):
        super().__init__(
            _("Someone decided this line while you were working. Compare, then save again if it is wrong.")
        )
        self.theirs = theirs


@transaction.atomic
def take_up(claim: Claim, *, by, at: datetime) -> Claim:
    """Begin to check a claim that was sent."""
    claim = checking(claim, by)
    move(claim, Claim.State.IN_CHECK, by=by, at=at, out_of=Claim.State.SENT)
    put_checklist(claim, at=at)
    return claim


@transaction.atomic
def decide(
    line: ClaimLine,
    *,
    verdict: str,
    total: Decimal | None = None,
    error: str = "",
    comment: str = "",
    note: str = "",
    seen: int,
    by,
    at: datetime,
) -> LineDecision:
    """Decide one line. `total` is what is eligible of it, in the currency of the contract; what is asked or refused is
    not, what is accepted is so as a whole. `seen` is the position of the decision the person had open, 0 for none.

    Raises DecidedMeanwhile when a newer one is there, Refused by field for an amount or reason that is missing.
    """
    claim = deciding(line.claim, by)
    line = claim.lines.get(pk=line.pk)
    if line.released:
        raise Refused(_("This cost is not in this claim any more; it returns in a later one."))
    newest = line.decisions.order_by("-position").first()
    if newest is not None and newest.position != seen:
        raise DecidedMeanwhile(newest)
    declared = sum(line.facts.filter(step=LineFact.Step.DECLARED).values_list("total", flat=True), NOTHING)
    eligible = _eligible(verdict, total, declared, claim.contract.currency)
    comment, note = comment.strip(), note.strip()
    problems: dict[str, list[str]] = {}
    if verdict in (Verdict.REDUCE, Verdict.REFUSE) and error not in LineDecision.Error.values:
        problems["error"] = [_("Choose the type of error.")]
    if verdict != Verdict.ACCEPT and not comment:
        problems["comment"] = [_("Write it for the school: why less is eligible, or what you ask.")]
    if problems:
        raise Refused(problems)
    decision = LineDecision.objects.create(
        line=line, position=(newest.position if newest else 0) + 1, verdict=verdict, total=eligible, comment=comment,
        error=error if verdict in (Verdict.REDUCE, Verdict.REFUSE) else "", note=note, by=by, at=at,
    )  # fmt: skip
    audit.record(
        "claim.line_decided", claim, by=by, at=at, project=claim.project.number, key=str(claim.key),
        after={"line": str(line.number), "decision": verdict, "total": str(eligible)},
    )  # fmt: skip
    return decision


def _eligible(verdict: str, total: Decimal | None, declared: Decimal, currency: str) -> Decimal:
    if verdict not in Verdict.values:
        raise Refused({"verdict": [_("Choose a decision.")]})
    if declared < 0 and verdict in (Verdict.REDUCE, Verdict.REFUSE):
        raise Refused({"verdict": [_("An amount taken back is accepted as it is, or asked about.")]})
    if verdict == Verdict.ACCEPT:
        return declared
    if verdict in (Verdict.REFUSE, Verdict.ASK):
        return NOTHING
    if total is None or not 0 < total < declared:
        words = {"declared": formats.money(declared, get_language() or "en", currency)}
        raise Refused({"total": [_("Enter what is eligible: above 0 and below %(declared)s.") % words]})
    return total


@transaction.atomic
def accept_lines(claim: Claim, *, lines: Iterable[int], by, at: datetime) -> int:
    """Accept these undecided lines, by their ids, as they were claimed; returns how many. Lines somebody decided
    meanwhile stay as they are, and those of the sample are decided one by one."""
    claim = deciding(claim, by)
    decided = checks.decisions_of(claim)
    open_lines = claim.lines.held().filter(pk__in=[pk for pk in lines if pk not in decided], sampled=None)
    declared = open_lines.filter(facts__step=LineFact.Step.DECLARED).values_list("pk", "facts__total")
    made = LineDecision.objects.bulk_create(
        LineDecision(line_id=pk, position=1, verdict=Verdict.ACCEPT, total=total, by=by, at=at)
        for pk, total in declared
    )
    if made:
        audit.record(
            "claim.lines_accepted", claim, by=by, at=at, project=claim.project.number, key=str(claim.key),
            after={"lines": len(made)},
        )  # fmt: skip
    return len(made)


@transaction.atomic
def ask_school(claim: Claim, *, due_on: date, by, at: datetime) -> Clarification:
    """Send what stands as a question on the lines, numbered, as one clarification; the clock stops until the answers.

    Raises Refused when no line has a question that was not sent yet.
    """
    claim = deciding(claim, by)
    last = max((c.clarification.asked_at for c in claim.questions.select_related("clarification")), default=None)
    new = [
        decision for decision in checks.decisions_of(claim).values()
        if decision.verdict == Verdict.ASK and (last is None or decision.at > last)
    ]  # fmt: skip
    if not new:
        raise Refused(_("No line has a question that is not sent yet. Choose “Ask” on a line first."))
    lines = claim.lines.select_related("cost").in_bulk([decision.line_id for decision in new])
    texts = []
    for decision in sorted(new, key=lambda d: lines[d.line_id].number):
        line = lines[decision.line_id]
        texts.append(f"{line.number}. {line.cost.document if line.cost else ''}: {decision.comment}")
    with override(claim.project.programme.language):
        subject = _("Payment claim %(number)s") % {"number": claim.number}
    asked = ask(claim.project, school=None, subject=subject, questions=texts, due_on=due_on, by=by, at=at)
    ClaimQuestions.objects.create(claim=claim, clarification=asked)
    return asked


@transaction.atomic
def return_claim(claim: Claim, *, comment: str, by, at: datetime) -> Claim:
    """Give the claim back to be put right; the clock stands still until it is sent again."""
    claim = checking(claim, by)
    if not comment.strip():
        raise Refused({"comment": [_("Say what has to be put right.")]})
    _refuse_accepted(claim)
    move(claim, Claim.State.RETURNED, by=by, at=at, comment=comment.strip())
    return claim


def _refuse_accepted(claim: Claim) -> None:
    if claim.moves.filter(after=Claim.State.ACCEPTED).exists():
        raise Refused(_("This claim was accepted before and is open again. Decide its lines anew instead."))


@transaction.atomic
def reject_claim(claim: Claim, *, comment: str, by, at: datetime) -> Claim:
    """Do not take the claim up at all: all its costs may be claimed again. It is the end of this claim."""
    claim = checking(claim, by)
    if not comment.strip():
        raise Refused({"comment": [_("Say why the claim is rejected.")]})
    _refuse_accepted(claim)
    move(claim, Claim.State.REJECTED, by=by, at=at, comment=comment.strip())
    put_off(claim.lines.held(), at)
    write_letter(claim, at=at)
    void_flats(claim, at=at)
    return claim


@transaction.atomic
def propose(claim: Claim, *, comment: str = "", by, at: datetime) -> Claim:
    """Hand a claim with all its lines decided to a second person. Raises Refused while a line is not, and while
    questions of the checklist have no answer. Flat rates are brought to what is eligible of their base."""
    claim = deciding(claim, by)
    decided = checks.decisions_of(claim)
    missing = sum(pk not in decided for pk in claim.lines.held().values_list("pk", flat=True))
    if missing:
        text = ngettext("%(n)s line is not decided yet.", "%(n)s lines are not decided yet.", missing)
        raise Refused(text % {"n": missing})
    if not_answered := unanswered(claim):
        raise Refused(not_answered)
    follow_base(claim, decided, by=by, at=at)
    move(claim, Claim.State.PROPOSED, by=by, at=at, comment=comment.strip())
    return claim


def may_not_confirm(claim: Claim, by) -> str:
    """Why this person may not be the second one; "" when nothing stands against it."""
    last = claim.moves.filter(after=Claim.State.PROPOSED).order_by("-pk").first()
    if by is None or last is None:
        return ""
    current = LineDecision.objects.filter(line__claim=claim).newest().values_list("by_id", flat=True)
    if last.by_id == by.pk or by.pk in set(current):
        return _("You decided on this claim yourself. A second person confirms it.")
    return ""


@transaction.atomic
def confirm(claim: Claim, *, by, at: datetime) -> Claim:
    """Finish as the second person: what was decided becomes facts. A line with a question open is put off to a later
    claim. After a reopening, only what differs is written, as a further fact."""
    claim = checking(claim, by)
    if claim.state == Claim.State.PROPOSED and (why := may_not_confirm(claim, by)):
        raise Refused(why)
    move(claim, Claim.State.ACCEPTED, by=by, at=at)
    made = LineFact.objects.bulk_create(outcome(claim, at))
    asked = [fact.line_id for fact in made if fact.step == LineFact.Step.RELEASED]
    ClaimLine.objects.filter(pk__in=asked).update(released=True)
    write_letter(claim, at=at)
    return claim


@transaction.atomic
def send_back(claim: Claim, *, comment: str, by, at: datetime) -> Claim:
    """As the second person: let the first one look at it again."""
    claim = checking(claim, by)
    if not comment.strip():
        raise Refused({"comment": [_("Say what to look at again.")]})
    move(claim, Claim.State.IN_CHECK, by=by, at=at, comment=comment.strip(), out_of=Claim.State.PROPOSED)
    return claim


@transaction.atomic
def reopen(claim: Claim, *, comment: str, by, at: datetime) -> Claim:
    """Open an accepted claim again. Refused once a later claim of the project was sent: it used these figures."""
    claim = checking(claim, by)
    if not comment.strip():
        raise Refused({"comment": [_("Say why the claim is opened again.")]})
    later = claim.project.claims.filter(number__gt=claim.number).exclude(state=Claim.State.DRAFT)
    if first := later.order_by("number").first():
        text = _("Claim %(number)s was sent after it and used its figures. Correct them there.")
        raise Refused(text % {"number": first.number})
    used = LineFact.objects.filter(line__claim=claim, step__in=LineFact.AFTER).order_by("pk").first()
    if used is not None:
        text = _("What was found eligible is used already: “%(step)s”. Correct the claim instead.")
        raise Refused(text % {"step": used.get_step_display()})
    move(claim, Claim.State.REOPENED, by=by, at=at, comment=comment.strip())
    return claim
