"""The nightly recount of submitted reports: their figures of persons are counted again from the records. Sealed figures
never change; what no longer comes out, although the trail holds no change since, is shown as a drift."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from beneficiaries import figures as people
from core.sealing import check_code, digest
from projects.models import Project
from reports.catalogue import SUBMITTED
from reports.indicators.actions.recount import Differs, changed_since, write_down
from reports.indicators.models import Definition, Drift
from reports.library import counts_of
from reports.models import Report

SCALES = {"": "period", "_to_date": "to_date"}  # how the columns of a table end: what they hold
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
        elif changed_since(project, report.data_at):
            differs = []
        else:
            differs = [*_of_common_set(report, project.pk), *_of_library(report, project)]
        found += write_down(project, Drift.Of.REPORT, check_code(report.snapshot_sha256), differs, at=at)
    return found


def _of_common_set(report: Report, project: int) -> Iterator[Differs]:
    """What no longer comes out of a report of a programme that had no library."""
    tables = (report.snapshot or {})["tables"]
    if "indicators" not in tables:
        return
    now = people.esf_indicators([project], report.from_on, report.to_on)
    for row in tables["indicators"]["rows"]:
        for end, counts in (("", now.period), ("_to_date", now.to_date)):
            count = counts.get(row["code"])
            before = [row[part + end] for part in GENDERS]
            after = [count and getattr(count, part) for part in GENDERS]
            if before != after:
                yield _differs(row["code"], end, before, after)


def _of_library(report: Report, project: Project) -> Iterator[Differs]:
    """The same of the counts of a library, by the versions of the definitions the report was sealed with."""
    tables = (report.snapshot or {})["tables"]
    if "counted_indicators" not in tables:
        return
    versions = {row["code"]: row["version"] for row in tables["indicator_definitions"]["rows"]}
    kept = Definition.objects.filter(indicator__programme=project.programme_id).select_related("indicator")
    library = [(d.indicator.code, d) for d in kept if versions.get(d.indicator.code) == d.version]
    now = counts_of(project, library, report.from_on, report.to_on)
    for row in tables["counted_indicators"]["rows"]:
        for end in SCALES:
            before = [row.get(name + end) for name in (*GENDERS[:-1], "unknown", "total")]
            after = [now[row["code"]].get(name + end) for name in (*GENDERS[:-1], "unknown", "total")]
            if before != after:
                yield _differs(row["code"], end, before, after)


def _differs(code: str, end: str, before: list[Any], after: list[Any]) -> Differs:
    return Differs(code, SCALES[end], "/".join(map(str, before)), "/".join(map(str, after)))
