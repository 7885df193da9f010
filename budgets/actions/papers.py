"""The files behind a claim are looked at and fetched; both leave a row."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from activities.actions import today_in
from activities.models import Evidence
from budgets.models import Claim, PaperLook
from core import audit
from core.access import Permission
from projects.actions import require


@transaction.atomic
def look_at_paper(claim: Claim, paper: Evidence, *, by, at: datetime) -> PaperLook:
    """Write down that `by` looks at the pages of a file of the claim: once a day, however many pages are turned."""
    require(by, Permission.CLAIM_VIEW, claim.project)
    day = today_in(claim.project, at)
    look, new = PaperLook.objects.get_or_create(claim=claim, paper=paper, by=by, on=day, defaults={"at": at})
    if new:
        _record("evidence.viewed", claim, paper, by, at)
    return look


@transaction.atomic
def hand_out_paper(claim: Claim, paper: Evidence, *, by, at: datetime) -> None:
    """Write down that `by` fetches a file of the claim; call it before the bytes go out."""
    require(by, Permission.CLAIM_VIEW, claim.project)
    _record("evidence.downloaded", claim, paper, by, at)


def _record(action: str, claim: Claim, paper: Evidence, by, at: datetime) -> None:
    audit.record(
        action, paper, by=by, at=at, project=claim.project.number, key=str(paper.file.key),
        after={"kind": paper.kind, "sha256": paper.file.sha256, "claim": str(claim.number)},
    )  # fmt: skip
