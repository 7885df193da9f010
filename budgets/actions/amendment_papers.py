"""Documents of amendments: attached and taken out while the copy may be changed, fetched by whoever may see it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from budgets.models import Amendment, AmendmentPaper
from core import audit, storage
from core.access import Permission, Refused
from projects.actions import require


@transaction.atomic
def attach_document(amendment: Amendment, *, upload, by, at: datetime) -> AmendmentPaper:
    """Add a file that explains an amendment. Raises Refused, beside `upload`, for a wrong file or one there."""
    amendment = _open(amendment, by)
    try:
        file = storage.put_upload(upload, by=by, at=at)
    except Refused as refused:
        raise Refused({"upload": refused.messages}) from None
    if amendment.papers.there().filter(file__sha256=file.sha256).exists():
        raise Refused({"upload": _("The file “%(name)s” is already there.") % {"name": file.name}})
    paper = AmendmentPaper.objects.create(amendment=amendment, file=file, added_at=at, added_by=by)
    _record("paper_added", paper, by, at)
    return paper


@transaction.atomic
def take_out_document(paper: AmendmentPaper, *, by, at: datetime) -> None:
    """Take a file off the list; its bytes stay for the audit trail. A second call changes nothing."""
    _open(paper.amendment, by)
    paper = AmendmentPaper.objects.select_related("amendment__project", "file").get(pk=paper.pk)
    if paper.removed_at is None:
        paper.removed_at = at
        paper.save(update_fields=["removed_at"])
        _record("paper_removed", paper, by, at)


@transaction.atomic
def hand_out_document(paper: AmendmentPaper, *, by, at: datetime) -> None:
    """Write down that `by` fetches a file; call it before the bytes go out."""
    require(by, Permission.AMENDMENT_VIEW, paper.amendment.project)
    _record("paper_fetched", paper, by, at)


def _open(amendment: Amendment, by) -> Amendment:
    rows = Amendment.objects.select_for_update(of=("self",)).select_related("project__programme")
    amendment = rows.get(pk=amendment.pk)
    require(by, Permission.AMENDMENT_EDIT, amendment.project)
    if amendment.state not in Amendment.EDITED:
        words = {"state": amendment.get_state_display()}
        raise Refused(_("This amendment is “%(state)s”. Its documents are kept as they are.") % words)
    return amendment


def _record(what: str, paper: AmendmentPaper, by, at: datetime) -> None:
    amendment = paper.amendment
    audit.record(
        f"amendment.{what}", amendment, by=by, at=at, project=amendment.project.number,
        after={"sha256": paper.file.sha256},
    )  # fmt: skip
