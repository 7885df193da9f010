"""Kinds of import whose rows go in one by one, each through the action of its page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from beneficiaries.actions.imports.ground import Ground, Place
from beneficiaries.models import StagedRow
from core.access import Refused
from core.imports import Outcome, Row, finding, findings_of

Heap = StagedRow.Heap


class Doubt(Exception):
    """A row that a person has to decide; holds the findings."""

    def __init__(self, *findings: dict[str, str]):
        self.findings = list(findings)


class Left(Exception):
    """A row that says something else than the portal and is left as it is; holds the notes."""

    def __init__(self, *findings: dict[str, str]):
        self.findings = list(findings)


def each(
    ground: Ground, rows: Iterable[Row], do: Callable[[dict[str, Any], Place, str], list[list[Any]]]
) -> Iterator[Outcome]:
    """Read and place every row and hand it to `do` (values, place, reason), which returns its effects, none when
    everything is there already, and raises Doubt, Left or Refused."""
    for number, cells, accepted in rows:
        yield one(ground, number, cells, accepted, do)


def one(ground: Ground, number: int, cells: dict[str, str], accepted: dict[str, Any], do) -> Outcome:
    values, found = ground.values(cells)
    place = ground.place(values) if "project" in ground.columns else Place()
    found += place.findings
    if found:
        return Outcome(number, Heap.WRONG, found)
    reason = accepted.get("reason", "")
    try:
        with transaction.atomic():
            effects = do(values, place, reason)
    except Left as left:
        return Outcome(number, Heap.SAME, left.findings)
    except Doubt as doubt:
        return Outcome(number, Heap.DOUBTFUL, doubt.findings)
    except Refused as refused:
        return Outcome(number, Heap.WRONG, findings_of(refused, cells, {"organisation": "school"}))
    except PermissionDenied as denied:
        return Outcome(number, Heap.WRONG, [finding("", "", str(denied))])
    told = [finding("", "", f"{reason} — {accepted.get('who', '')}", "accepted")] if reason and effects else []
    return Outcome(number, Heap.NEW if effects else Heap.SAME, told, effects)
