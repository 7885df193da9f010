"""On-the-spot visits: planned, made, what was found, answered and closed. None of it changes money."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from activities.actions import attach_evidence, today_in
from activities.models import Evidence
from budgets import checks
from budgets.checks.visits import questions_of
from budgets.models import Checklist, ChecklistAnswer, Claim, ClaimLine, Finding, FindingStep, Visit, VisitAnswer
from core import audit
from core.access import Permission, Refused
from core.models import Organisation
from projects.actions import require
from projects.models import Project


@transaction.atomic
def plan_visit(
    project: Project, *, planned_on: date, announced: bool, partner: Organisation | None, place: str,
    claims: Iterable[Claim], goes: str, about: str, by, at: datetime,
) -> Visit:  # fmt: skip
    """Plan a visit with the newest checklist of the programme. Raises Refused, by field, for a day that has passed,
    another project's partner or claim, and a claim that is not sent."""
    project = Project.objects.select_for_update(of=("self",)).select_related("programme").get(pk=project.pk)
    require(by, Permission.CLAIM_CHECK, project)
    claims = list(claims)
    _refuse_plan(project, planned_on, partner, place, claims, at)
    number = (project.visits.aggregate(last=Max("number"))["last"] or 0) + 1
    newest = Checklist.objects.filter(programme=project.programme_id).order_by("-version").first()
    visit = Visit(
        project=project, number=number, planned_on=planned_on, announced=announced, partner=partner,
        place=place.strip(), goes=goes.strip(), about=about.strip(), checklist=newest, made_by=by, made_at=at,
        synthetic=project.synthetic,
    )  # fmt: skip
    _cleaned(visit)
    visit.save()
    visit.claims.set(claims)
    _record(
        "visit.planned", visit, by, at,
        after={"planned_on": str(planned_on), "claims": ", ".join(str(claim.number) for claim in claims)},
    )  # fmt: skip
    return visit


@transaction.atomic
def change_visit(
    visit: Visit, *, version: int, planned_on: date, announced: bool, partner: Organisation | None, place: str,
    claims: Iterable[Claim], goes: str, about: str, by, at: datetime,
) -> Visit:  # fmt: skip
    """Change what is planned, until the visit is recorded or called off. `version` is the one the person had open.
    Raises Refused as planning does, for another version, and for taking back what the school was told. A day that has
    passed may stay as it is."""
    visit = _held(visit, Permission.CLAIM_CHECK, by)
    _refuse_unless(visit, visit.state == Visit.State.PLANNED)
    if visit.version != version:
        raise Refused(_("Someone changed this while you were working. Read it as it is now, then do it again."))
    if visit.announced and not announced:
        raise Refused({"announced": [_("The school was told already.")]})
    claims, before = list(claims), _plan(visit, visit.claims.all())
    _refuse_plan(visit.project, planned_on, partner, place, claims, at, was=visit.planned_on)
    new = {"place": place.strip(), "goes": goes.strip(), "about": about.strip(), "partner": partner}
    other = sorted(name for name, value in new.items() if getattr(visit, name) != value)
    for name, value in {**new, "planned_on": planned_on, "announced": announced}.items():
        setattr(visit, name, value)
    after = _plan(visit, claims)
    if not other and after == before:
        return visit
    _cleaned(visit)
    visit.version += 1
    visit.save(update_fields=[*new, "planned_on", "announced", "version"])
    visit.claims.set(claims)
    _record(
        "visit.changed", visit, by, at, before=before, after=after | ({"changed": ", ".join(other)} if other else {})
    )
    return visit


def _plan(visit: Visit, claims: Iterable[Claim]) -> dict[str, str]:
    """What the trail tells of a plan; who goes is no part of it."""
    numbers = ", ".join(str(number) for number in sorted(claim.number for claim in claims))
    return {"planned_on": str(visit.planned_on), "announced": str(visit.announced), "claims": numbers}


def _refuse_plan(
    project: Project, planned_on: date, partner: Organisation | None, place: str, claims: Iterable[Claim], at: datetime,
    was: date | None = None,
) -> None:  # fmt: skip
    problems: dict[str, list[str]] = {}
    if planned_on != was and planned_on < today_in(project, at):
        problems["planned_on"] = [_("This day has passed. Choose today or a later day.")]
    if partner and not project.partners.filter(organisation=partner).exists():
        problems["partner"] = [_("This body has no part in the project.")]
    if partner is None and not place.strip():
        problems["place"] = [_("Say where: choose a school or partner, or write the place.")]
    if any(claim.project_id != project.pk or claim.state == Claim.State.DRAFT for claim in claims):
        problems["claims"] = [_("Choose claims of this project that were sent.")]
    if problems:
        raise Refused(problems)


@transaction.atomic
def record_visit(
    visit: Visit, *, done_on: date, result: str, note: str = "", answers: Mapping[int, tuple[str, str]] | None = None,
    uploads: Iterable[Any] = (), by, at: datetime,
) -> Visit:  # fmt: skip
    """Write down that a visit was made, its short result (CPR Annex XVII, field 77), the answers on its checklist by
    question, and files. Raises Refused, by field, for a day in the future, no result, a question without an answer and
    a “no” without a reason."""
    visit = _held(visit, Permission.CLAIM_CHECK, by)
    given, problems = dict(answers or {}), dict[str, list[str]]()
    if wrong := checks.not_yet(done_on, today_in(visit.project, at)):
        problems["done_on"] = [wrong]
    if not result.strip():
        problems["result"] = [_("Say in a few words what the visit showed.")]
    for question in questions_of(visit):
        answer, remark = given.get(question.pk, ("", ""))
        if answer not in ChecklistAnswer.Answer.values:
            problems[f"answer_{question.pk}"] = [_("Answer this question.")]
        elif answer == ChecklistAnswer.Answer.NO and not remark.strip():
            problems[f"remark_{question.pk}"] = [_("Say why the answer is no.")]
    if problems:
        raise Refused(problems)
    visit.done_on, visit.result, visit.note = done_on, result.strip(), note.strip()
    _move(visit, Visit.State.DONE, by, at, {"done_on": str(done_on), "answers": len(given)})
    VisitAnswer.objects.bulk_create(
        VisitAnswer(visit=visit, question=question, answer=given[question.pk][0], remark=given[question.pk][1].strip())
        for question in questions_of(visit)
    )
    _attach(visit, uploads, Permission.CLAIM_CHECK, by, at)
    return visit


@transaction.atomic
def cancel_visit(visit: Visit, *, because: str, by, at: datetime) -> Visit:
    """Call a planned visit off, with a reason."""
    visit = _held(visit, Permission.CLAIM_CHECK, by)
    if not because.strip():
        raise Refused({"text": [_("Say why.")]})
    visit.note = because.strip()
    return _move(visit, Visit.State.CANCELLED, by, at, {})


@transaction.atomic
def close_visit(visit: Visit, *, by, at: datetime) -> Visit:
    """Close a visit all of whose findings are closed."""
    visit = _held(visit, Permission.CLAIM_CHECK, by)
    if open_ones := visit.findings.exclude(steps__kind=FindingStep.Kind.CLOSED).count():
        raise Refused(_("Findings that are not closed yet: %(n)s. Close them first.") % {"n": open_ones})
    return _move(visit, Visit.State.CLOSED, by, at, {})


@transaction.atomic
def add_finding(
    visit: Visit, *, line: ClaimLine | None, error: str, text: str, amount: Decimal | None, due_on: date, by,
    at: datetime,
) -> Finding:  # fmt: skip
    """Write down what a visit found, to be answered by the school until a day. The amount is a proposal, in the
    currency of the claim's contract. Raises Refused, by field."""
    visit = _held(visit, Permission.CLAIM_CHECK, by)
    problems: dict[str, list[str]] = {}
    if visit.state != Visit.State.DONE:
        raise Refused(_("Findings are written down after the visit is recorded, until it is closed."))
    if line is not None and not visit.claims.filter(pk=line.claim_id).exists():
        problems["line"] = [_("This line belongs to a claim the visit did not look at.")]
    if amount is not None and line is None:
        problems["line"] = [_("Choose the line the amount belongs to.")]
    if due_on < today_in(visit.project, at):
        problems["due_on"] = [_("This day has passed. Choose today or a later day.")]
    if problems:
        raise Refused(problems)
    number = (visit.findings.aggregate(last=Max("number"))["last"] or 0) + 1
    finding = Finding(
        visit=visit, number=number, line=line, error=error, text=text.strip(), amount=amount, due_on=due_on, by=by,
        at=at,
    )  # fmt: skip
    _cleaned(finding)
    finding.save()
    _record(
        "visit.finding_added", visit, by, at,
        after={"finding": number, "error": error, "total": str(amount or ""), "due_on": str(due_on)}
        | ({"claim": line.claim.number, "line": line.number} if line else {}),
    )  # fmt: skip
    return finding


@transaction.atomic
def answer_finding(finding: Finding, *, text: str, uploads: Iterable[Any] = (), by, at: datetime) -> FindingStep:
    """The school answers a finding, also late and again, until it is closed; files go to the visit."""
    visit, finding = _open(finding, Permission.CLAIM_EDIT, by)
    step = _step(finding, FindingStep.Kind.ANSWER, text, by, at)
    _attach(visit, uploads, Permission.CLAIM_EDIT, by, at)
    return step


@transaction.atomic
def close_finding(finding: Finding, *, text: str, by, at: datetime) -> FindingStep:
    """The office closes a finding and says with what; money is corrected on the claim, never here."""
    _visit, finding = _open(finding, Permission.CLAIM_CHECK, by)
    return _step(finding, FindingStep.Kind.CLOSED, text, by, at)


@transaction.atomic
def hand_out_visit_paper(visit: Visit, paper: Evidence, *, by, at: datetime) -> None:
    """Write down that `by` fetches a file of a visit; call it before the bytes go out."""
    require(by, Permission.CLAIM_VIEW, visit.project)
    audit.record(
        "evidence.downloaded", paper, by=by, at=at, project=visit.project.number, key=str(paper.file.key),
        after={"kind": paper.kind, "sha256": paper.file.sha256},
    )  # fmt: skip


def _held(visit: Visit, needs: Permission, by) -> Visit:
    """The visit as it is now, held until the end of the transaction."""
    found = Visit.objects.select_for_update(of=("self",)).select_related("project__programme", "checklist")
    visit = found.get(pk=visit.pk)
    require(by, needs, visit.project)
    return visit


def _open(finding: Finding, needs: Permission, by) -> tuple[Visit, Finding]:
    """A held visit with a finding that is not closed. Raises Refused for one that is."""
    visit = _held(finding.visit, needs, by)
    finding = visit.findings.get(pk=finding.pk)
    if finding.closed:
        raise Refused(_("This finding is closed."))
    return visit, finding


def _step(finding: Finding, kind: FindingStep.Kind, text: str, by, at: datetime) -> FindingStep:
    if not text.strip():
        raise Refused({"text": [_("Write a few words.")]})
    step = FindingStep.objects.create(finding=finding, kind=kind, text=text.strip(), by=by, at=at)
    what = "visit.finding_answered" if kind == FindingStep.Kind.ANSWER else "visit.finding_closed"
    _record(what, finding.visit, by, at, after={"finding": finding.number})
    return step


def _move(visit: Visit, to: Visit.State, by, at: datetime, told: dict[str, Any]) -> Visit:
    """The one door through which a held visit changes its state."""
    _refuse_unless(visit, (Visit.State(visit.state), to) in Visit.MOVES)
    before, visit.state = visit.state, to
    visit.save(update_fields=["state", "done_on", "result", "note"])
    _record("visit.moved", visit, by, at, before={"state": before}, after={"state": str(to)} | told)
    return visit


def _refuse_unless(visit: Visit, possible: bool) -> None:
    if not possible:
        words = {"state": visit.get_state_display()}
        raise Refused(_("This visit is “%(state)s” now. What you want to do is not possible in this state.") % words)


def _attach(visit: Visit, uploads: Iterable[Any], needs: Permission, by, at: datetime) -> None:
    for upload in uploads:
        visit.papers.add(
            attach_evidence(
                project=visit.project, upload=upload, kind=Evidence.Kind.DOCUMENT, needs=needs, by=by, at=at
            )
        )


def _cleaned(thing: Visit | Finding) -> None:
    try:
        thing.full_clean(exclude=["project", "visit", "line", "partner", "checklist", "made_by", "by"])
    except ValidationError as error:
        raise Refused(error) from None


def _record(what: str, visit: Visit, by, at: datetime, *, before=None, after=None) -> None:
    audit.record(
        what, visit, by=by, at=at, project=visit.project.number, key=str(visit.key), before=before,
        after={"number": visit.number} | (after or {}),
    )  # fmt: skip
