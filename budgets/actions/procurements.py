"""Contracts with suppliers: entered, put right, proved by files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from activities.actions import attach_evidence, today_in
from activities.models import Evidence
from budgets import checks
from budgets.models import Procurement
from core import audit
from core.access import Permission, Refused
from projects.actions import require
from projects.models import Project

FACTS = ("number", "contractor", "contractor_number", "signed_on", "currency", "amount", "procedure")


@transaction.atomic
def enter_procurement(project: Project, *, uploads: Iterable[Any] = (), by, at: datetime, **facts: Any) -> Procurement:
    """Write down a contract with a supplier. Raises Refused, by field, for a number that is there, a day in the future,
    an amount that is none, and a wrong file."""
    require(by, Permission.CLAIM_EDIT, project)
    made = Procurement(project=project, synthetic=project.synthetic, **{name: facts[name] for name in FACTS})
    _save(made, at)
    _record("procurement.entered", made, by, at, after=_told(made))
    _attach(made, uploads, by, at)
    return made


@transaction.atomic
def change_procurement(
    procurement: Procurement, *, version: int, uploads: Iterable[Any] = (), by, at: datetime, **facts: Any
) -> Procurement:
    """Put facts of a contract right, such as its amount after an annex, and add files."""
    found = Procurement.objects.select_for_update(of=("self",)).select_related("project__programme")
    procurement = found.get(pk=procurement.pk)
    require(by, Permission.CLAIM_EDIT, procurement.project)
    if procurement.version != version:
        raise Refused(_("Someone changed this while you were working. Read it as it is now, then do it again."))
    before = _told(procurement)
    for name in FACTS:
        setattr(procurement, name, facts[name])
    procurement.version += 1
    _save(procurement, at)
    after = _told(procurement)
    if changed := [name for name in after if before[name] != after[name]]:
        one, other = ({name: told[name] for name in changed} for told in (before, after))
        _record("procurement.changed", procurement, by, at, before=one, after=other)
    _attach(procurement, uploads, by, at)
    return procurement


@transaction.atomic
def hand_out_contract(procurement: Procurement, paper: Evidence, *, by, at: datetime) -> None:
    """Write down that `by` fetches a file of a contract; call it before the bytes go out."""
    require(by, Permission.CLAIM_VIEW, procurement.project)
    audit.record(
        "evidence.downloaded", paper, by=by, at=at, project=procurement.project.number, key=str(paper.file.key),
        after={"kind": paper.kind, "sha256": paper.file.sha256},
    )  # fmt: skip


def _save(procurement: Procurement, at: datetime) -> None:
    try:
        procurement.full_clean(exclude=["project"])
    except ValidationError as error:
        raise Refused(error) from None
    if wrong := checks.not_yet(procurement.signed_on, today_in(procurement.project, at)):
        raise Refused({"signed_on": [wrong]})
    try:
        with transaction.atomic():
            procurement.save()
    except IntegrityError:
        raise Refused({"number": [_("A contract with this number is entered already.")]}) from None


def _attach(procurement: Procurement, uploads: Iterable[Any], by, at: datetime) -> None:
    for upload in uploads:
        paper = attach_evidence(
            project=procurement.project, upload=upload, kind=Evidence.Kind.DOCUMENT, needs=Permission.CLAIM_EDIT,
            by=by, at=at,
        )  # fmt: skip
        procurement.papers.add(paper)


def _told(procurement: Procurement) -> dict[str, str]:
    """Its facts for the trail. Who the contractor is may be a person, so it is not told."""
    return {name: str(getattr(procurement, name)) for name in FACTS if not name.startswith("contractor")}


def _record(what: str, procurement: Procurement, by, at: datetime, *, before=None, after=None) -> None:
    audit.record(
        what, procurement, by=by, at=at, project=procurement.project.number, key=str(procurement.key),
        before=before, after=after,
    )  # fmt: skip
