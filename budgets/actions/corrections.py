"""What was found eligible and paid turns out not to be: it is corrected on its lines, and the case is followed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from activities.actions import today_in
from budgets.actions.claims import locked
from budgets.checks import not_yet
from budgets.checks.parts import Parts, parts_of
from budgets.figures import settlement
from budgets.figures.settlement import AMOUNTS, PARTS, Split
from budgets.models import Claim, Correction, LineFact
from core import audit, formats
from core.access import Permission, Refused
from core.money import NOTHING
from projects.actions import parts_problems, require
from projects.models import Project


def _accepted(claim: Claim, by) -> Claim:
    Project.objects.select_for_update(of=("self",)).get(pk=claim.project_id)
    claim = locked(claim)
    require(by, Permission.ACCOUNT_EDIT, claim.project)
    if claim.state != Claim.State.ACCEPTED:
        words = {"state": claim.get_state_display()}
        raise Refused(_("This claim is “%(state)s” now. Only an accepted claim is corrected.") % words)
    return claim


@transaction.atomic
def correct_claim(
    claim: Claim, *, amounts: Mapping[int, Decimal], parts: Parts | None = None, kind: str, error: str, found_by: str,
    found_on: date, way: str, because: str, by_audit: bool = False, insolvency: bool = False, by, at: datetime,
) -> Correction:  # fmt: skip
    """Take back what was found eligible: `amounts` by the number of the line, above zero, own part included.

    Without `parts` (for one line) each amount is split as what is approved of its line. What was paid of it lowers
    later payments or becomes a debt, as `way` says. Raises Refused, by field, for more than is approved of a line, a
    line the claim does not have, parts that do not make the amount, a day in the future, a reason that is missing.
    """
    claim = _accepted(claim, by)
    lines = {line.number: line for line in settlement.lines_of_project(claim.project_id) if line.claim == claim.pk}
    problems: dict[str, list[str]] = {}
    currency, language = claim.contract.currency, get_language() or "en"
    if not because.strip():
        problems["because"] = [_("Say why it is corrected.")]
    if wrong := not_yet(found_on, today_in(claim.project, at)):
        problems["found_on"] = [wrong]
    if not amounts:
        problems["lines"] = [_("Name at least one line of the claim.")]
    facts = []
    for number, total in amounts.items():
        line = lines.get(number)
        approved = line.approved if line and not line.is_advance else Split()
        if line is None or not 0 < total <= approved.total:
            words = {"number": number, "most": formats.money(approved.total, language, currency)}
            problems["lines"] = [_("Of line %(number)s %(most)s is approved; no more can be corrected.") % words]
            continue
        share = _share(approved, total, parts if len(amounts) == 1 else None, currency, problems)
        facts.append(LineFact(line_id=line.line, step=LineFact.Step.CORRECTED, at=at, **share.by_name))
    if problems:
        raise Refused(problems)
    last = claim.corrections.aggregate(last=Max("number"))["last"] or 0
    correction = Correction.objects.create(
        claim=claim, number=last + 1, kind=kind, error=error, found_by=found_by, found_on=found_on, way=way,
        because=because.strip(), by_audit=by_audit, insolvency=insolvency, made_by=by, made_at=at,
        synthetic=claim.synthetic,
    )  # fmt: skip
    for fact in facts:
        fact.correction = correction
    LineFact.objects.bulk_create(facts)
    audit.record(
        "correction.made", correction, by=by, at=at, project=claim.project.number, key=str(correction.key),
        after={"claim": str(claim.number), "class": kind, "error": error, "found_by": found_by, "way": way,
               "found_on": str(found_on), "lines": ", ".join(str(number) for number in amounts),
               "total": str(sum(amounts.values(), NOTHING)), "currency": currency},
    )  # fmt: skip
    return correction


def _share(approved: Split, total: Decimal, parts: Parts | None, currency: str, problems: dict) -> Split:
    """The parts of a corrected amount: those given, or in proportion to what is approved; to the cent for all of it."""
    if parts and any(part is not None for part in parts.values()):
        for name, message in parts_problems(total, dict(parts), currency).items():
            problems.setdefault(name, []).append(message)
        for name in PARTS:
            if (parts.get(name) or NOTHING) > (approved.by_name[name] or NOTHING):
                problems.setdefault(name, []).append(_("This is more than is approved of the line."))
        return Split(total, *(parts.get(name) for name in PARTS))
    if total == approved.total:
        return approved
    return Split(total, **parts_of(total, approved.by_name))


@transaction.atomic
def turn_correction(correction: Correction, *, state: str, kind: str, note: str, by, at: datetime) -> Correction:
    """Follow a case: give it another class or state, with a note. Dropped, all its amounts are given back."""
    claim = locked(correction.claim)
    require(by, Permission.ACCOUNT_EDIT, claim.project)
    correction = Correction.objects.select_for_update().get(pk=correction.pk)
    before = {"state": correction.state, "class": correction.kind}
    now_is = Correction.State(correction.state)
    if now_is not in Correction.MOVES:
        raise Refused(_("This correction has ended; it stays as it is."))
    if state != now_is and state not in Correction.MOVES[now_is]:
        raise Refused({"state": [_("Choose a state that can follow.")]})
    if kind not in Correction.Kind.values:
        raise Refused({"kind": [_("Choose a class.")]})
    if not note.strip():
        raise Refused({"note": [_("Say what has happened.")]})
    correction.state, correction.kind = state, kind
    correction.save(update_fields=["state", "kind"])
    if state == Correction.State.DROPPED:
        LineFact.objects.bulk_create(
            LineFact(line_id=fact.line_id, step=fact.step, correction=correction, at=at, **_back(fact))
            for fact in correction.facts.all()
        )
    audit.record(
        "correction.turned", correction, by=by, at=at, project=claim.project.number, key=str(correction.key),
        before=before, after={"state": state, "class": kind, "claim": str(claim.number)}, note=note.strip(),
    )  # fmt: skip
    return correction


def _back(fact: LineFact) -> dict[str, Decimal | None]:
    amounts = {name: getattr(fact, name) for name in AMOUNTS}
    return {name: None if amount is None else -amount for name, amount in amounts.items()}
