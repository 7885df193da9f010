"""Participants that a program sends: the rows of a spreadsheet import by another door, named by ids of their source."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from beneficiaries.actions.duplicates import possible_duplicates
from beneficiaries.actions.imports.adding import PARTICIPATION
from beneficiaries.actions.imports.doing import MANY
from beneficiaries.actions.imports.ground import Ground
from beneficiaries.actions.imports.matching import QUESTIONS, protect
from beneficiaries.actions.imports.participants import TABLES, run
from beneficiaries.actions.imports.tables import look_anew
from beneficiaries.models import Import, Participation, StagedRow
from core.bulk import Result, going
from core.imports import Outcome
from projects.actions.external import External, give_ids, known_as
from projects.models import Change, ExternalId, Project

Heap = StagedRow.Heap


@dataclass(slots=True)
class Sent:
    """A row: its place, its cells as a spreadsheet would have them, what its source calls it, the code of the person it
    is said to be, whether it is said to be somebody else than those alike, and why data of the day of entry change."""

    index: int
    cells: dict[str, str]
    external: External | None = None
    same_as: str = ""
    is_other: bool = False
    because: str = ""
    project: Project | None = None
    accepted: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def take_sent(rows: Collection[Sent], *, by, at: datetime, going_on=None) -> list[Result]:
    """Add the participants that are new and complete those that are known, by the rules of an import; whatever an
    import would leave to a person is refused with the reason. Each row has its result."""
    ground = Ground(Import(kind=Import.Kind.PARTICIPANTS), by=by, at=at)
    refused = _named(rows, ground)
    results: list[Result] = []
    clashes: dict[int, Result] | None = None
    while clashes is None or clashes:  # again without the rows that clash, until none does
        taken = {row.index: row for row in rows if row.index not in refused}
        with transaction.atomic():
            staged = ((row.index, protect(ground, row.cells), row.accepted) for row in taken.values())
            outcomes = list(run(ground, going(staged, going_on, 500)))
            keys = _keys(outcomes)
            results = [_result(outcome, keys.get(outcome.number)) for outcome in outcomes]
            clashes = _clashes(results, taken)
            transaction.set_rollback(bool(clashes))
        refused |= clashes
    given: dict[Project, dict[External, UUID]] = defaultdict(dict)
    for result in results:
        row = taken[result.index]
        if row.external and row.project and result.key:
            given[row.project][row.external] = UUID(result.key)
    for project, names in given.items():
        give_ids(project, Change.Collection.PARTICIPANTS, names, by=by, at=at)
    if len(rows) >= MANY:
        look_anew(TABLES)
    return [*refused.values(), *results]


def _named(rows: Collection[Sent], ground: Ground) -> dict[int, Result]:
    """Find each row's project, and the participant it names; returns the rows that name two or nobody."""
    refused: dict[int, Result] = {}
    externals: dict[Project, dict[External, int]] = defaultdict(dict)
    for row in rows:
        row.project = ground.place(ground.values(row.cells, ("project", "school", "group"))[0]).project
        if row.is_other:
            row.accepted = {"other": True}
        if row.project and row.external and row.external in externals[row.project]:
            refused[row.index] = _refused(row, "external", _("This external id is in the list twice."))
        elif row.project and row.external:
            externals[row.project][row.external] = row.index
        if row.same_as and row.project and not _is_alike(row, row.project):
            words = _("That is not one of the people who may be the same. Compare again.")
            refused[row.index] = _refused(row, "same_as", words)
    by_index = {row.index: row for row in rows}
    for project in sorted(externals, key=lambda project: project.pk):
        known = known_as(project, Change.Collection.PARTICIPANTS, externals[project])
        there = Participation.objects.filter(key__in=known.values(), project=project)
        codes = dict(there.values_list("key", "person__code"))
        for external, key in known.items():
            row = by_index[externals[project][external]]
            if key in codes:
                row.cells["code"] = codes[key]
                row.accepted = {"reason": row.because, "who": str(ground.by)} if row.because else {}
    return refused


def _is_alike(row: Sent, project: Project) -> bool:
    """Whether `same_as` is somebody whom the row may mean; noted on it then."""
    born_on = row.cells.get("born_on")
    alike = possible_duplicates(
        project=project, given_name=row.cells["given_name"], family_name=row.cells["family_name"],
        born_on=datetime.fromisoformat(born_on).date() if born_on else None,
    )  # fmt: skip
    row.accepted = {"same_as": row.same_as}
    return row.same_as in {found.code for found in alike}


def _keys(outcomes: list[Outcome]) -> dict[int, UUID]:
    """Row → key of the participation it is about, now that the rows are in."""
    made = {pk: o.number for o in outcomes for table, pk, before in o.effects if table == PARTICIPATION and not before}
    found = {made[pk]: key for pk, key in Participation.objects.filter(pk__in=made).values_list("pk", "key")}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.number, i.subject, i.project_id, t.key FROM incoming i LEFT JOIN beneficiaries_participation t"
            " ON t.person_id = i.person_id AND t.project_id = i.project_id"
        )
        rows = cursor.fetchall()
    of_subject = {(subject, project): found[number] for number, subject, project, _key in rows if number in found}
    return {
        number: key
        for number, subject, project, known in rows
        if (key := found.get(number) or known or of_subject.get((subject, project)))
    }


def _clashes(results: list[Result], taken: dict[int, Sent]) -> dict[int, Result]:
    """Rows that mean somebody whom the same source system calls otherwise: there they are two people."""
    keys = [result.key for result in results if result.key]
    rows = ExternalId.objects.filter(collection=Change.Collection.PARTICIPANTS, key__in=keys)
    known: dict[tuple[str, str], set[str]] = defaultdict(set)  # (key, system) → ids
    for key, system, external_id in rows.values_list("key", "system", "external_id"):
        known[str(key), system].add(external_id)
    found: dict[int, Result] = {}
    for result in sorted(results, key=lambda result: result.index):
        row = taken[result.index]
        if not row.external or not result.key:
            continue
        ids = known[result.key, row.external[0]]
        if ids and row.external[1] not in ids:
            words = _("“%(system)s” calls this person otherwise. Say confirmed_not_duplicate if they are two.")
            found[row.index] = _refused(row, "external", words % {"system": row.external[0]})
        ids.add(row.external[1])
    return found


def _result(outcome: Outcome, key: UUID | None) -> Result:
    if outcome.heap in (Heap.DOUBTFUL, Heap.WRONG):
        errors = [
            {"pointer": _pointer(found["column"]), "detail": " ".join(filter(None, (found["rule"], found["fix"])))}
            for found in outcome.findings
            if found["grade"] in ("error", "doubt")
        ]
        return Result(outcome.number, errors=errors)
    is_new = any(table == PARTICIPATION and before is None for table, _pk, before in outcome.effects)
    status = "unchanged" if outcome.heap == Heap.SAME else "created" if is_new else "updated"
    return Result(outcome.number, status, str(key) if key else None)


def _pointer(column: str) -> str:
    return f"/sensitive/{column}" if column in QUESTIONS else f"/{column}" if column else ""


def _refused(row: Sent, name: str, words: str) -> Result:
    return Result(row.index, errors=[{"pointer": f"/{name}", "detail": words}])
