"""The nightly recount of submitted reports: their figures of persons are counted again from the records. Sealed figures
never change; what no longer comes out, although the trail holds no change since, is shown as a drift."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from beneficiaries import figures as people
from core.sealing import check_code, digest
from reports.catalogue import SUBMITTED
from reports.indicators.actions.recount import Differs, changed_since, write_down
from reports.indicators.models import Drift
from reports.models import Report

GENDERS = ("women", "men", "non_binary", "total")


def recount_submitted(*, at: datetime) -> list[Drift]:
    """Count again what the newest submitted version of each report holds, and write down what drifted.

    A report whose figures no longer fit the hash they were sealed with is a drift in any case. A project whose records
    changed since the seal cannot be counted as of that moment: its figures are left alone.
    """
    found: list[Drift] = []
    sealed = Report.objects.filter(kind=SUBMITTED, snapshot__isnull=False).select_related("project__programme")
    newest = sealed.order_by("project_id", "from_on", "to_on", "-pk").distinct("project_id", "from_on", "to_on")
    for report in newest.iterator(chunk_size=20):
        project, taken = report.project, report.snapshot
        if project is None or taken is None or report.data_at is None:
            continue
        if digest(taken) != report.snapshot_sha256:
            differs = [Differs("", "sha256", report.snapshot_sha256[:40], digest(taken)[:40])]
        elif "indicators" in taken["tables"] and not changed_since(project, report.data_at):
            now = people.esf_indicators([project.pk], report.from_on, report.to_on)
            differs = list(_differences(taken["tables"]["indicators"]["rows"], now))
        else:
            differs = []
        found += write_down(project, Drift.Of.REPORT, check_code(report.snapshot_sha256), differs, at=at)
    return found


def _differences(rows: list[dict[str, Any]], now: people.People) -> Iterator[Differs]:
    for row in rows:
        for end, counts in (("", now.period), ("_to_date", now.to_date)):
            count = counts.get(row["code"])
            before = [row[part + end] for part in GENDERS]
            after = [count and getattr(count, part) for part in GENDERS]
            if before != after:
                what = "to_date" if end else "period"
                yield Differs(row["code"], what, "/".join(map(str, before)), "/".join(map(str, after)))
