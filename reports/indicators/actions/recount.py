"""The nightly recount: every stored figure is counted again from the records. What differs although the trail holds no
change of the records since is a drift, which an officer or auditor reads and explains. Expected: none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.access import Permission, Refused
from core.models import AuditEvent
from core.sealing import digest
from projects.models import Programme, Project, can
from reports.indicators.figures import Breakdown, Tally, counted, library_of
from reports.indicators.models import Drift, Snapshot

EARLIEST = date(1900, 1, 1)
GRACE = timedelta(hours=1)  # a change may have been committed so long after the moment it carries
TOUCHES = ("participant.", "import.", "attendance.", "session.", "project.", "consent.")
LOOKS = frozenset(
    f"participant.{verb}" for verb in (
        "viewed", "names_shown", "sensitive_shown", "support_shown", "rows_viewed", "listed", "exported", "certified",
        "consent_opened", "follow_up_link",
    )
)  # fmt: skip
Figures = dict[str, Any]


def encoded(figures: Mapping[str, Breakdown], versions: Mapping[str, int]) -> Figures:
    """Figures as plain JSON: by code the version of the definition, the whole and the parts of each dimension."""
    return {
        code: {
            "version": versions[code],
            "whole": _numbers(figure.whole),
            "parts": {
                dimension: {part: _numbers(tally) for part, tally in sorted(parts.items())}
                for dimension, parts in sorted(figure.parts.items())
            },
        }
        for code, figure in figures.items()
    }


def _numbers(tally: Tally) -> list[str]:
    """Women, men, non-binary, unknown, not split."""
    parts = (tally.women, tally.men, tally.non_binary, tally.unknown, tally.whole)
    return [format(n.normalize(), "f") if hasattr(n, "normalize") else str(n) for n in parts]


@transaction.atomic
def keep(programme: Programme, *, as_of: date, at: datetime) -> int:
    """Count everything of a programme up to the day `as_of` and keep it, for the whole and for each project; returns
    how many snapshots were written. The whole is one pass over all projects, and each project one over its own."""
    library = library_of(programme.pk)
    if not library:
        return 0
    versions = {code: definition.version for code, definition in library}
    projects = list(programme.projects.all())
    scopes: list[tuple[Project | None, list[Project]]] = [(None, projects), *((each, [each]) for each in projects)]
    for project, scope in scopes:
        figures = encoded(counted(library, [each.pk for each in scope], EARLIEST, as_of), versions)
        facts = {"as_of": as_of, "counted_at": at, "figures": figures, "sha256": digest(figures)}
        Snapshot.objects.update_or_create(programme=programme, project=project, defaults=facts)
    return len(scopes)


@dataclass(frozen=True)
class Differs:
    """One figure that is not what was stored."""

    code: str
    part: str
    stored: str
    counted: str


def recount(programme: Programme, *, at: datetime) -> list[Drift]:
    """Count again what the snapshots of a programme hold, each up to its own day, and write down what drifted.

    A snapshot whose own bytes no longer fit its hash is a drift as well: somebody changed what was stored.
    """
    library, found = library_of(programme.pk), []
    versions = {code: definition.version for code, definition in library}
    for snapshot in Snapshot.objects.filter(programme=programme).exclude(project=None).select_related("project"):
        project = snapshot.project
        if project is None:
            continue
        now = encoded(counted(library, [project.pk], EARLIEST, snapshot.as_of), versions)
        differs = list(differences(snapshot.figures, now))
        altered = digest(snapshot.figures) != snapshot.sha256
        if altered or (differs and not changed_since(project, snapshot.counted_at)):
            source = str(snapshot.as_of)
            if altered and not differs:
                differs = [Differs("", "sha256", snapshot.sha256[:40], digest(snapshot.figures)[:40])]
            found += write_down(project, Drift.Of.NIGHT, source, differs, at=at)
    return found


def differences(stored: Figures, now: Figures) -> Iterator[Differs]:
    """Figures of the same definition that differ, the whole first, then part by part."""
    for code in sorted(stored.keys() & now.keys()):
        before, after = stored[code], now[code]
        if before["version"] != after["version"]:
            continue
        if before["whole"] != after["whole"]:
            yield Differs(code, "", "/".join(before["whole"]), "/".join(after["whole"]))
        for dimension in sorted(before["parts"].keys() | after["parts"].keys()):
            old, new = before["parts"].get(dimension, {}), after["parts"].get(dimension, {})
            for part in sorted(old.keys() | new.keys()):
                if old.get(part) != new.get(part):
                    yield Differs(code, f"{dimension}: {part}", "/".join(old.get(part, ["0"])),
                                  "/".join(new.get(part, ["0"])))  # fmt: skip


def changed_since(project: Project, moment: datetime) -> bool:
    """Whether the trail holds a change of the records of a project since `moment`."""
    events = AuditEvent.objects.filter(project=project.number, at__gte=moment - GRACE).exclude(action__in=LOOKS)
    return any(action.startswith(TOUCHES) for action in events.values_list("action", flat=True).distinct())


@transaction.atomic
def write_down(project: Project, of: str, source: str, differs: list[Differs], *, at: datetime) -> list[Drift]:
    """Keep drifts that were not told before, with one event in the trail."""
    rows = []
    for each in differs:
        row, new = Drift.objects.get_or_create(
            project=project, of=of, source=source, code=each.code, part=each.part, stored=each.stored[:40],
            counted=each.counted[:40], defaults={"found_at": at},
        )  # fmt: skip
        if new:
            rows.append(row)
    if rows:
        audit.record(
            "indicator.drifted", rows[0], by=None, at=at, project=project.number, key=source,
            after={"of": of, "figures": sorted({f"{row.code} {row.part}".strip() for row in rows})},
        )  # fmt: skip
    return rows


@transaction.atomic
def explain(drift: Drift, *, explanation: str, by, at: datetime) -> Drift:
    """Write down what a drift came from; it stays in the list as explained."""
    drift = Drift.objects.select_for_update(of=("self",)).select_related("project").get(pk=drift.pk)
    if by is not None and not can(by, Permission.INDICATOR_EDIT, drift.project):
        raise PermissionDenied(_("Your role does not allow this. An administrator can give you access."))
    if drift.seen_at is not None:
        raise Refused(_("This is explained already."))
    if not explanation.strip():
        raise Refused({"explanation": [_("Write down what happened.")]})
    drift.seen_by, drift.seen_at, drift.explanation = by, at, explanation.strip()
    drift.save(update_fields=["seen_by", "seen_at", "explanation"])
    audit.record(
        "indicator.drift_explained", drift, by=by, at=at, project=drift.project.number,
        after={"code": drift.code, "part": drift.part}, note=drift.explanation,
    )  # fmt: skip
    return drift
