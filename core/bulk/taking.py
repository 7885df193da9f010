"""All rows or those that can, for good or only to see what would become of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from core.bulk.kinds import GoingOn, Result, kinds

STATUSES = ("created", "updated", "unchanged", "refused", "left")


class Mode(models.TextChoices):
    ALL = "all", _("All rows, or none when one is refused")
    ROWS = "rows", _("Each row that can be stored")


@dataclass(frozen=True)
class Taken:
    """What became of the rows, in their order, and whether anything was stored."""

    results: list[Result]
    stored: bool

    @property
    def refused(self) -> bool:
        return any(result.status == "refused" for result in self.results)

    def as_json(self) -> dict[str, Any]:
        found = Counter(result.status for result in self.results)
        counts = {"rows": len(self.results)} | {status: found[status] for status in STATUSES}
        return {"stored": self.stored, "counts": counts, "results": [asdict(result) for result in self.results]}


def take(
    kind: str, rows: Sequence[Any], *, mode: str, dry_run: bool, by, at: datetime, going_on: GoingOn = None
) -> Taken:
    """Bring rows into a collection. Of `Mode.ALL` none is stored when one is refused; a dry run does the same and takes
    everything back, so that it promises nothing that would not be kept."""
    with transaction.atomic():
        results = sorted(kinds()[kind].take(rows, by=by, at=at, going_on=going_on), key=lambda result: result.index)
        refused = any(result.status == "refused" for result in results)
        stored = not dry_run and (mode == Mode.ROWS or not refused)
        transaction.set_rollback(not stored)
    if not stored:
        for result in results:
            if result.status == "created":
                result.key = None
            if mode == Mode.ALL and refused and result.status != "refused":
                result.status = "left"
    return Taken(results, stored)
