"""Deliverables are planned by the office, delivered by the school with evidence, and decided by an officer.

A missing right raises PermissionDenied (pages and API: 403), a rule that stands against raises Refused (API: 409).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from activities.actions import attach_evidence, today_in
from activities.models import Evidence
from budgets.checks.lumps import lump_line
from budgets.models import Assessment, Deliverable, DeliverableMove
from core import audit
from core.access import Permission, Refused
from projects.actions import require
from projects.models import Project

State = Deliverable.State


@transaction.atomic
def plan_deliverable(
    project: Project, *, line: str, name: dict[str, str], due_on: date, share: Decimal | None = None, by, at: datetime
) -> Deliverable:
    """Write down what a lump-sum line (its code) of the contract in force promises."""
    require(by, Permission.PROJECT_EDIT, project)
    made = Deliverable(
        project=project, line=line, name=name, due_on=due_on, share=share, synthetic=project.synthetic
    )  # fmt: skip
    _checked(made, at)
    made.save()
    _record("planned", made, by, at, after=_told(made))
    return made


@transaction.atomic
def change_deliverable(deliverable: Deliverable, *, version: int, by, at: datetime, **new: Any) -> Deliverable:
    """Change line, name, due day or share while nothing is delivered."""
    deliverable = _locked(deliverable, version)
    require(by, Permission.PROJECT_EDIT, deliverable.project)
    if deliverable.state not in Deliverable.OPEN:
        raise Refused(_("This is delivered already. Its plan cannot be changed any more."))
    before, after = audit.changes(deliverable, {k: new[k] for k in ("line", "name", "due_on", "share") if k in new})
    for name in after:
        setattr(deliverable, name, new[name])
    _checked(deliverable, at)
    deliverable.version += 1
    deliverable.save(update_fields=["line", "name", "due_on", "share", "version"])
    if after:
        _record("changed", deliverable, by, at, before=before, after=after)
    return deliverable


@transaction.atomic
def drop_deliverable(deliverable: Deliverable, *, version: int, by, at: datetime) -> None:
    """Take a deliverable out that nobody has delivered yet."""
    deliverable = _locked(deliverable, version)
    require(by, Permission.PROJECT_EDIT, deliverable.project)
    if deliverable.moves.exists():
        raise Refused(_("This was delivered once, so it stays."))
    _record("dropped", deliverable, by, at, before=_told(deliverable))
    deliverable.delete()


@transaction.atomic
def deliver(
    deliverable: Deliverable, *, uploads: Iterable[Any], comment: str = "", version: int, by, at: datetime
) -> Deliverable:
    """Say that it is delivered, with at least one file that proves it."""
    deliverable = _locked(deliverable, version)
    _require_move(deliverable, State.DELIVERED, by)
    line = lump_line(deliverable.line, deliverable.project.contract_on(_today(deliverable, at)))
    for upload in uploads:
        paper = attach_evidence(
            project=deliverable.project, upload=upload, kind=Evidence.Kind.DOCUMENT, needs=Permission.CLAIM_EDIT,
            activity=line.activity if line else None, by=by, at=at,
        )  # fmt: skip
        deliverable.papers.add(paper)
    if not deliverable.papers.filter(removed_at=None).exists():
        raise Refused({"upload": [_("Add a file that proves it.")]})
    return _move(deliverable, State.DELIVERED, comment, by, at)


@transaction.atomic
def judge_deliverable(
    deliverable: Deliverable, *, done: bool, comment: str = "", version: int, by, at: datetime
) -> Deliverable:
    """Decide that it is done, which releases its sum, or not done, with the reason the school reads.

    Refused to the person who delivered it.
    """
    deliverable = _locked(deliverable, version)
    to = State.DONE if done else State.NOT_DONE
    _require_move(deliverable, to, by)
    last = deliverable.moves.order_by("-pk").first()
    if by is not None and last is not None and last.by_id == by.pk:
        raise Refused(_("You delivered this yourself. Another person decides."))
    if not done and not comment.strip():
        raise Refused({"comment": [_("Say what is missing. The school reads it.")]})
    return _move(deliverable, to, comment, by, at)


@transaction.atomic
def hand_out_proof(deliverable: Deliverable, paper: Evidence, *, by, at: datetime) -> None:
    """Write down that `by` fetches a file of a deliverable; call it before the bytes go out."""
    require(by, Permission.CLAIM_VIEW, deliverable.project)
    audit.record(
        "evidence.downloaded", paper, by=by, at=at, project=deliverable.project.number, key=str(paper.file.key),
        after={"kind": paper.kind, "sha256": paper.file.sha256},
    )  # fmt: skip


@transaction.atomic
def assess(project: Project, *, score: Decimal, comment: str = "", by, at: datetime) -> Assessment:
    """Write down the score of the final report, 0 to 100; the newest one counts and may lower the grant."""
    project = Project.objects.select_for_update(of=("self",)).select_related("programme").get(pk=project.pk)
    require(by, Permission.CLAIM_CHECK, project)
    if not 0 <= score <= 100:
        raise Refused({"score": [_("Enter a score from 0 to 100.")]})
    before = project.assessments.order_by("-pk").first()
    if before is not None and not comment.strip():
        raise Refused({"comment": [_("There is a score already. Say why it changes.")]})
    made = Assessment.objects.create(project=project, score=score, comment=comment.strip(), by=by, at=at)
    audit.record(
        "project.assessed", made, by=by, at=at, project=project.number, key=project.number,
        before={"score": str(before.score)} if before else None, after={"score": str(score)}, note=made.comment,
    )  # fmt: skip
    return made


# --- parts of the above ----------------------------------------------------------------------------------------------


def _locked(deliverable: Deliverable, version: int) -> Deliverable:
    found = Deliverable.objects.select_for_update(of=("self",)).select_related("project__programme")
    deliverable = found.get(pk=deliverable.pk)
    if deliverable.version != version:
        raise Refused(_("Someone changed this while you were working. Read it as it is now, then do it again."))
    return deliverable


def _today(deliverable: Deliverable, at: datetime) -> date:
    return today_in(deliverable.project, at)


def _checked(deliverable: Deliverable, at: datetime) -> None:
    contract = deliverable.project.contract_on(_today(deliverable, at))
    if lump_line(deliverable.line, contract) is None:
        raise Refused({"line": [_("Choose a lump-sum line of the contract in force.")]})
    try:
        deliverable.full_clean(exclude=["project"])
    except ValidationError as error:
        raise Refused(error) from None


def _require_move(deliverable: Deliverable, to: State, by) -> None:
    needed = Deliverable.MOVES.get((State(deliverable.state), to))
    if needed is None:
        words = {"state": deliverable.get_state_display()}
        raise Refused(_("This is “%(state)s” now. What you want to do is not possible in this state.") % words)
    require(by, needed, deliverable.project)


def _move(deliverable: Deliverable, to: State, comment: str, by, at: datetime) -> Deliverable:
    before, deliverable.state = deliverable.state, to
    deliverable.version += 1
    deliverable.save(update_fields=["state", "version"])
    DeliverableMove.objects.create(
        deliverable=deliverable, before=before, after=to, comment=comment.strip(), by=by, at=at
    )
    _record(
        "moved", deliverable, by, at, before={"state": before}, after={"state": str(to), "line": deliverable.line},
        note=comment.strip(),
    )  # fmt: skip
    return deliverable


def _told(deliverable: Deliverable) -> dict[str, str]:
    share = "" if deliverable.share is None else str(deliverable.share)
    told = {"line": deliverable.line, "name": str(deliverable), "due_on": str(deliverable.due_on), "share": share}
    return {name: value for name, value in told.items() if value}


def _record(what: str, deliverable: Deliverable, by, at: datetime, *, before=None, after=None, note: str = "") -> None:
    audit.record(
        f"deliverable.{what}", deliverable, by=by, at=at, project=deliverable.project.number,
        key=str(deliverable.key), before=before, after=after, note=note,
    )  # fmt: skip
