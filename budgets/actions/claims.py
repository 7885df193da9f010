"""A claim is begun, filled and sent. Whoever changes one names the version they had open; another one is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Sum
from django.utils.translation import gettext as _

from activities.actions import attach_evidence, today_in
from activities.models import Evidence
from budgets.actions.outcome import returned
from budgets.actions.simplified import compute_flats
from budgets.checks import claims as checks
from budgets.checks import exchanged
from budgets.checks.parts import Parts, parts_of
from budgets.checks.taken import taken
from budgets.models import Claim, ClaimLine, ClaimMove, ClaimRate, Form, LineDecision, LineFact, ReportedCost
from core import audit
from core.access import Permission, Refused
from core.money import NOTHING
from projects.actions import PARTS, require
from projects.models import ContractVersion, Project


class ChangedMeanwhile(Refused):
    """Somebody changed the claim after it was opened."""

    def __init__(self) -> None:
        super().__init__(
            _("Someone changed this claim while you were working. Read it as it is now, then do it again.")
        )


def locked(claim: Claim) -> Claim:
    """The claim as it is now, held until the end of the transaction."""
    found = Claim.objects.select_for_update(of=("self",))
    return found.select_related("project__programme", "project__call", "contract").get(pk=claim.pk)


def move(
    claim: Claim, to: Claim.State, *, by, at: datetime, comment: str = "", out_of: Claim.State | None = None
) -> None:
    """The one door through which a locked claim changes its state. Raises Refused for a move there is not; `out_of`
    says which one is meant where two lead to the same state."""
    needed = Claim.MOVES.get((Claim.State(claim.state), to))
    if needed is None or out_of not in (None, claim.state):
        words = {"state": claim.get_state_display()}
        raise Refused(_("This claim is “%(state)s” now. What you want to do is not possible in this state.") % words)
    require(by, needed, claim.project)
    before, claim.state = claim.state, to
    claim.version += 1
    claim.save(update_fields=["state", "version", "received_on", "contract"])
    ClaimMove.objects.create(claim=claim, before=before, after=to, comment=comment, by=by, at=at)
    audit.record(
        "claim.moved", claim, by=by, at=at, project=claim.project.number, key=str(claim.key),
        before={"state": before}, after={"state": str(to), "number": claim.number}, note=comment,
    )  # fmt: skip


def edited(claim: Claim, version: int | None, by) -> Claim:
    """A locked claim that the school may change now, as the person had it open."""
    claim = locked(claim)
    require(by, Permission.CLAIM_EDIT, claim.project)
    if claim.state not in Claim.EDITED:
        raise Refused(_("This claim is sent. It can be changed only when the officer returns it."))
    if version is not None and version != claim.version:
        raise ChangedMeanwhile
    return claim


@transaction.atomic
def start_claim(
    project: Project, *, kind: str, from_on: date, to_on: date, advance: Decimal | None = None, by, at: datetime
) -> Claim:
    """Begin a claim for a period under the contract in force.

    Raises Refused, by field, for a period that is not one, an advance without an amount, a project without a contract,
    and while another claim is being prepared.
    """
    project = Project.objects.select_for_update(of=("self",)).select_related("programme").get(pk=project.pk)
    require(by, Permission.CLAIM_EDIT, project)
    contract = project.contract_on(today_in(project, at))
    if contract is None:
        raise Refused(_("The project has no contract yet, so nothing can be claimed."))
    if project.claims.filter(state=Claim.State.DRAFT).exists():
        raise Refused(_("A claim of this project is being prepared already. Send that one first."))
    if project.claims.filter(kind=Claim.Kind.FINAL).exclude(state=Claim.State.REJECTED).exists():
        raise Refused(_("The final claim of this project is made already."))
    number = (project.claims.aggregate(last=Max("number"))["last"] or 0) + 1
    claim = Claim(
        project=project, contract=contract, number=number, kind=kind, from_on=from_on, to_on=to_on,
        advance=advance if kind == Claim.Kind.ADVANCE else None, made_by=by, made_at=at,
    )  # fmt: skip
    _checked(claim)
    claim.save()
    if kind == Claim.Kind.ADVANCE:
        ClaimLine.objects.create(claim=claim, number=1)
    audit.record(
        "claim.begun", claim, by=by, at=at, project=project.number, key=str(claim.key),
        after={"number": number, "kind": kind, "from": str(from_on), "to": str(to_on), "contract": contract.number},
    )  # fmt: skip
    return claim


def _checked(claim: Claim) -> None:
    if claim.kind == Claim.Kind.ADVANCE and (claim.advance is None or claim.advance <= 0):
        raise Refused({"advance": [_("Enter the amount of the advance, above 0.")]})
    if claim.to_on < claim.from_on:
        raise Refused({"to_on": [_("The last day lies before the first day.")]})
    try:
        claim.full_clean(exclude=["project", "contract", "made_by"])
    except ValidationError as error:
        raise Refused(error) from None


@transaction.atomic
def fill_claim(
    claim: Claim, *, version: int, facts: Mapping[str, Any], costs: Iterable[ReportedCost] | None, by, at: datetime
) -> Claim:
    """Set facts and choose costs at once, all or none; what is not given stays."""
    claim = edited(claim, version, by)
    if facts:
        claim = change_claim(claim, version=claim.version, **facts, by=by, at=at)
    if costs is not None:
        claim = choose_costs(claim, costs=costs, version=claim.version, by=by, at=at)
    return claim


FACTS = ("from_on", "to_on", "advance", "results", "declarations")


@transaction.atomic
def change_claim(claim: Claim, *, version: int, by, at: datetime, **new: Any) -> Claim:
    """Set period, advance, results or declarations; a draft goes over to the contract in force."""
    claim = edited(claim, version, by)
    if unknown := set(new) - set(FACTS):
        raise TypeError(f"not facts of a claim: {unknown}")
    if claim.kind != Claim.Kind.ADVANCE:
        new.pop("advance", None)
    before, after = audit.changes(claim, new)
    for told in (before, after):  # free text may name somebody
        if "results" in told:
            told["results"] = "•" if told["results"] else ""
    for name, value in new.items():
        setattr(claim, name, value)
    _checked(claim)
    if claim.received_on is None:
        claim.contract = claim.project.contract_on(today_in(claim.project, at)) or claim.contract
    claim.version += 1
    claim.save(update_fields=[*FACTS, "contract", "version"])
    if after:
        audit.record(
            "claim.changed", claim, by=by, at=at, project=claim.project.number, key=str(claim.key),
            before=before, after=after,
        )  # fmt: skip
    return claim


@transaction.atomic
def choose_costs(claim: Claim, *, costs: Iterable[ReportedCost], version: int, by, at: datetime) -> Claim:
    """Let the claim hold exactly these costs, each with the corrections made to it so far.

    A cost that another claim holds is refused. Lines a returned claim had accepted stay; of those that leave, the
    claimed amount is put off to a later claim.
    """
    claim = edited(claim, version, by)
    if claim.kind == Claim.Kind.ADVANCE:
        raise Refused(_("An advance is asked for as an amount; it holds no costs."))
    wanted = {cost.pk for cost in costs}
    wanted |= set(claim.lines.held().filter(cost__computation__claim=claim, cost__line__form=Form.FLAT)
                  .values_list("cost", flat=True))  # fmt: skip
    found = ReportedCost.objects.select_for_update(of=("self",)).filter(project=claim.project_id)
    others = ClaimLine.objects.held().exclude(claim=claim).exclude(cost=None)
    corrections = found.filter(corrects__in=wanted).exclude(pk__in=others.values("cost"))
    wanted |= set(corrections.values_list("pk", flat=True))
    there = set(found.filter(pk__in=wanted).values_list("pk", flat=True))
    if wanted - there:
        raise Refused(_("A cost of another project cannot be claimed here."))
    held = {line.cost_id: line for line in claim.lines.held().exclude(cost=None)}
    if taken := list(others.filter(cost__in=wanted).values_list("cost__document", "claim__number").order_by("pk")[:5]):
        documents = ", ".join(f"{document} ({number})" for document, number in taken)
        raise Refused(_("These costs stand in another claim already: %(documents)s.") % {"documents": documents})
    gone = [line for cost, line in held.items() if cost not in wanted]
    decided = checks.decisions_of(claim)
    if any(line.pk in decided and decided[line.pk].verdict == LineDecision.Verdict.ACCEPT for line in gone):
        raise Refused(_("The officer accepted a cost you took out. Leave it in the claim."))
    _release(claim, gone, at)
    last = claim.lines.aggregate(last=Max("number"))["last"] or 0
    new = sorted(wanted - set(held))
    ClaimLine.objects.bulk_create(
        ClaimLine(claim=claim, number=n, cost_id=cost) for n, cost in enumerate(new, start=last + 1)
    )
    claim.version += 1
    claim.save(update_fields=["version"])
    if new or gone:
        audit.record(
            "claim.costs_chosen", claim, by=by, at=at, project=claim.project.number, key=str(claim.key),
            before={"costs": len(held)}, after={"costs": len(wanted)},
        )  # fmt: skip
    return claim


def _release(claim: Claim, lines: list[ClaimLine], at: datetime) -> None:
    """Take lines out: before the first sending they leave no trace, later their amounts are put off."""
    if claim.received_on is None:
        claim.lines.filter(pk__in=[line.pk for line in lines]).delete()
        return
    put_off(lines, at)
    new = claim.lines.filter(pk__in=[line.pk for line in lines], facts=None)
    new.delete()


def put_off(lines: Iterable[ClaimLine], at: datetime) -> None:
    """Let go of the costs of these lines: what they claimed returns in a later claim."""
    ids = [line.pk for line in lines]
    declared = LineFact.objects.filter(line__in=ids, line__released=False, step=LineFact.Step.DECLARED)
    LineFact.objects.bulk_create(returned(fact, at) for fact in declared)
    ClaimLine.objects.filter(pk__in=ids).update(released=True)


@transaction.atomic
def attach_paper(line: ClaimLine, *, upload, by, at: datetime) -> Evidence:
    """Add a file that proves the cost of a line. Raises Refused, beside `upload`, for a wrong file."""
    edited(line.claim, None, by)
    return add_paper(line, upload, by=by, at=at)


def add_paper(line: ClaimLine, upload, *, by, at: datetime) -> Evidence:
    """A further file of a line whose claim is locked. One file may prove several costs: it is kept once and tied to
    each of them. Raises Refused, beside `upload`, for a wrong file and for one that this line has already."""
    claim = line.claim
    paper = _same_paper(claim, upload)
    if paper is None:
        paper = attach_evidence(
            project=claim.project, upload=upload, kind=Evidence.Kind.DOCUMENT, needs=Permission.CLAIM_EDIT, by=by,
            at=at, activity=line.cost.activity if line.cost else None,
        )  # fmt: skip
    elif line.papers.filter(pk=paper.pk).exists():
        raise Refused({"upload": _("The file “%(name)s” is already there.") % {"name": paper.file.name}})
    line.papers.add(paper)
    audit.record(
        "claim.paper_added", claim, by=by, at=at, project=claim.project.number, key=str(claim.key),
        after={"line": str(line.number), "sha256": paper.file.sha256},
    )  # fmt: skip
    return paper


def _same_paper(claim: Claim, upload) -> Evidence | None:
    """The paper of the project's costs with the same bytes."""
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    papers = Evidence.objects.filter(project=claim.project, school=None, session=None, removed_at=None)
    return papers.filter(file__sha256=digest.hexdigest()).select_related("file").first()


@transaction.atomic
def send_claim(claim: Claim, *, version: int, reasons: Mapping[str, str], by, at: datetime) -> Claim:
    """Send a claim to the office: its amounts become facts and its clock starts.

    `reasons` are given by the name of the warning. Raises Refused for a blocker, a warning without a reason, and for a
    claim that was sent or changed after it was opened: of two tabs, one sends.
    """
    claim = edited(claim, version, by)
    Project.objects.select_for_update(of=("self",)).get(pk=claim.project_id)  # another claim on the same lines waits
    today = today_in(claim.project, at)
    compute_flats(claim, by=by, at=at)
    found = checks.findings(claim, today)
    if blockers := [finding.text for finding in found if finding.blocks]:
        raise Refused(blockers)
    given = {f.check: reasons.get(f.check, "").strip() for f in found}
    if missing := {
        f"reason_{name}": [_("Say why the claim is right all the same.")] for name, t in given.items() if not t
    }:
        raise Refused(missing)
    _declare(claim, today, at)
    claim.reasons = given
    claim.received_on = claim.received_on or today
    claim.save(update_fields=["reasons"])
    claim.cost_drafts.all().delete()
    move(claim, Claim.State.SENT, by=by, at=at)
    return claim


def _public(contract: ContractVersion) -> Parts:
    """The proportion of an advance: public money as the contract splits it, or its lines where it does not say."""
    whole = {name: getattr(contract, name) for name in PARTS}
    if contract.eu_part is None and not contract.budget_lines.filter(eu_part=None).exists():
        whole = contract.budget_lines.aggregate(**{name: Sum(name) for name in PARTS})
    return whole | {"own_part": NOTHING}


def _declare(claim: Claim, today: date, at: datetime) -> None:
    """Write what each line claims, in the currency of the contract, once; with the rate of another currency."""
    currency, facts = claim.contract.currency, []
    new = list(claim.lines.held().filter(facts=None).select_related("cost"))
    foreign = taken(claim, today, new)
    for line in new:
        cost, rate = line.cost, None
        if line.pk in foreign:
            found = foreign[line.pk]
            total, parts = found.total, found.parts
            rate, _made = ClaimRate.objects.get_or_create(
                claim=claim, currency=found.currency, month=found.month, rate=found.rate,
                defaults={"source": found.source},
            )  # fmt: skip
        elif cost is None:
            total = claim.advance or NOTHING
            parts = parts_of(total, _public(claim.contract))
        elif cost.currency == currency:
            total, parts = cost.total, {name: getattr(cost, name) for name in PARTS}
        else:
            total = exchanged(cost.total, cost.currency, currency)
            parts = parts_of(total, {name: getattr(cost, name) for name in PARTS})
        if total:
            facts.append(LineFact(line=line, step=LineFact.Step.DECLARED, total=total, rate=rate, at=at, **parts))
    LineFact.objects.bulk_create(facts)
