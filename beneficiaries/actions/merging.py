"""Two records of one person made one, and one made two again.

Nothing is lost: a row that two records hold twice is taken out into the lineage of the merge, every other row moves,
and both are written down one by one, so that undoing puts each row back where it came from. What people changed after
the merge stays as they changed it. Where both took part in the same project, the rules are:

* entry data are those of the earlier entry (reference 8.2, rule 2), gaps filled from the other; the participation lasts
  as long as the two together;
* times in the project and in a group that overlap become one time;
* of two marks at one session the one that says most stays: here, late, excused, absent;
* of two answers to one sensitive question yes or no stays before “prefers not to say”, else that of the earlier entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from activities.actions import require
from beneficiaries.models import (
    Attendance,
    Erasure,
    GroupMember,
    Hold,
    Identity,
    Merge,
    MergedRow,
    NotSame,
    OwnNumber,
    Participation,
    Person,
    SensitiveAnswer,
    Stay,
)
from core import audit
from core.access import Permission, Refused
from projects.models import Change, ExternalId, can

MARKS = [Attendance.Mark.HERE, Attendance.Mark.LATE, Attendance.Mark.EXCUSED, Attendance.Mark.ABSENT]
ANSWERED = {"yes": 2, "no": 2, "refused": 1, "not_asked": 0}


@transaction.atomic
def merge_people(*, kept: Person, gone: Person, by, at: datetime) -> Merge:
    """Make one of two records of the same person: everything of `gone` hangs on `kept` from now on.

    Needs the right to merge wherever `gone` takes part, and wherever both do. Raises Refused when one of them is part
    of another merge already.
    """
    people = {p.pk: p for p in Person.objects.select_for_update().filter(pk__in=[kept.pk, gone.pk]).order_by("pk")}
    kept, gone = people[kept.pk], people[gone.pk]
    if kept == gone or Merge.objects.filter(undone_at=None, gone__in=[kept, gone]).exists():
        raise Refused(_("These records were merged already. Look at the list again."))
    if Erasure.objects.filter(person__in=[kept, gone]).exists():
        raise Refused(_("A name was erased, so it cannot be compared."))
    theirs = _participations(gone)
    own = {p.project_id: p for p in _participations(kept)}
    _require_all(by, [*theirs, *(own[p.project_id] for p in theirs if p.project_id in own)])
    merge = Merge.objects.create(kept=kept, gone=gone, merged_at=at, merged_by=by)
    lineage = _Lineage(merge)
    touched = []
    for row in theirs:
        if same := own.get(row.project_id):
            _join(lineage, same, row)
            touched.append(same)
        else:
            lineage.change(row, gone, person_id=kept.pk)
            touched.append(row)
    _identify(lineage, kept, gone)
    for model in (OwnNumber, Hold):  # how schools know the person, and what keeps the name from being erased
        for known in model._default_manager.filter(person=gone).order_by("pk"):
            lineage.change(known, gone, person_id=kept.pk)
    lineage.save()
    counts = lineage.counts()
    for row in touched:
        audit.record(
            "participant.merged", row, by=by, at=at, project=row.project.number, before={"code": gone.code},
            after={"code": kept.code, "rows": counts},
        )  # fmt: skip
    return merge


@transaction.atomic
def undo_merge(merge: Merge, *, by, at: datetime) -> Merge:
    """Make two records of one again: each row goes back where it came from; what was changed since stays changed.

    Raises Refused when it was undone already, or when one of the two was merged again later: that one comes first.
    """
    merge = Merge.objects.select_for_update().select_related("kept", "gone").get(pk=merge.pk)
    pair = [merge.kept, merge.gone]
    _require_all(by, _participations(merge.kept, in_projects=_projects(merge)))
    if merge.undone_at:
        raise Refused(_("This merge was undone already."))
    if Erasure.objects.filter(person__in=pair).exists():
        raise Refused(_("The identity of this participant was erased, so that the records cannot be told apart again."))
    later = Merge.objects.filter(Q(kept__in=pair) | Q(gone__in=pair), undone_at=None, pk__gt=merge.pk)
    if later.exists():
        raise Refused(_("One of these people was merged again later. Undo that merge first."))
    for step in merge.rows.order_by("-position"):
        _take_back(step)
    merge.undone_at, merge.undone_by = at, by
    merge.save(update_fields=["undone_at", "undone_by"])
    for row in Participation.objects.filter(person__in=pair, project__in=_projects(merge)).select_related("project"):
        audit.record(
            "participant.unmerged", row, by=by, at=at, project=row.project.number, before={"code": merge.kept.code},
            after={"code": merge.gone.code},
        )  # fmt: skip
    return merge


@transaction.atomic
def not_same(*, one: Person, other: Person, by, at: datetime) -> NotSame:
    """Write down that two people who look alike are two. Needs the right to merge at one project of each."""
    one, other = sorted((one, other), key=lambda person: person.pk)
    rows = [row for person in (one, other) for row in _participations(person) if _may(by, row)]
    if {row.person_id for row in rows} != {one.pk, other.pk}:
        raise Refused(_("One of these people takes part where you have no right. Ask an administrator."))
    decision, new = NotSame.objects.get_or_create(one=one, other=other, defaults={"decided_at": at, "decided_by": by})
    for row in {row.person_id: row for row in rows}.values() if new else ():
        number, codes = row.project.number, sorted([one.code, other.code])
        audit.record("participant.not_same", row, by=by, at=at, project=number, after={"codes": codes})
    return decision


def _participations(person: Person, in_projects: Iterable[int] | None = None) -> list[Participation]:
    rows = Participation.objects.select_for_update(of=("self",)).select_related("project__programme", "school")
    rows = rows.filter(person=person).order_by("pk")
    return list(rows if in_projects is None else rows.filter(project__in=in_projects))


def _projects(merge: Merge) -> set[int]:
    """The projects a merge touched."""
    rows = merge.rows.filter(table=Participation._meta.label_lower)
    known = {row.before.get("project_id") for row in rows}
    moved = Participation.objects.filter(pk__in=[row.row for row in rows]).values_list("project_id", flat=True)
    return {int(pk) for pk in known if pk} | set(moved)


def _may(by, row: Participation) -> bool:
    return can(by, Permission.PARTICIPANT_MERGE, row.project, row.school)


def _require_all(by, rows: list[Participation]) -> None:
    reached = [row for row in rows if _may(by, row)]
    if rows and not reached:
        require(by, Permission.PARTICIPANT_MERGE, rows[0].project, rows[0].school)
    if len(reached) < len(rows):
        raise Refused(_("One of these people takes part where you have no right. Ask an administrator."))


# --- what happens to the rows ----------------------------------------------------------------------------------------


class _Lineage:
    """Every step of a merge, in its order, with the person the row came from."""

    def __init__(self, merge: Merge):
        self.merge, self.rows = merge, list[MergedRow]()

    def change(self, row: models.Model, owner: Person, **new) -> None:
        new = {name: value for name, value in new.items() if getattr(row, name) != value}
        if not new:
            return
        before = {name: told(row, name) for name in new}
        for name, value in new.items():
            setattr(row, name, value)
        row.save(update_fields=list(new))
        self._note(row, owner, before, {name: told(row, name) for name in new})

    def take_out(self, row: models.Model, owner: Person) -> None:
        names = [field.attname for field in row._meta.concrete_fields]
        self._note(row, owner, {name: told(row, name) for name in names}, None)
        type(row)._base_manager.filter(pk=row.pk)._raw_delete("default")  # nothing may hang on it: the database says so

    def _note(self, row: models.Model, owner: Person, before, after) -> None:
        self.rows.append(
            MergedRow(
                merge=self.merge, position=len(self.rows), table=row._meta.label_lower, row=row.pk, came_from=owner,
                before=before, after=after,
            )
        )  # fmt: skip

    def save(self) -> None:
        MergedRow.objects.bulk_create(self.rows, batch_size=2000)

    def counts(self) -> dict[str, str]:
        """Table → how many rows changed or were taken out."""
        tables = sorted(row.table.split(".")[1] for row in self.rows)
        return {table: str(len(list(rows))) for table, rows in groupby(tables)}


def told(row: models.Model, name: str) -> Any:
    """A value of a column as text that can be read back without loss."""
    field: Any = next(field for field in row._meta.concrete_fields if name in (field.name, field.attname))
    value = field.value_from_object(row)
    return value if value is None or isinstance(field, models.JSONField) else field.value_to_string(row)


def _read_back(model: type[models.Model], values: dict[str, Any]) -> dict[str, Any]:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return {name: None if value is None else fields[name].to_python(value) for name, value in values.items()}


def _take_back(step: MergedRow) -> None:
    model = apps.get_model(step.table)
    before = _read_back(model, step.before)
    row = model._base_manager.filter(pk=step.row).first()
    if step.after is None:
        row = model(**before)
        if not _collides(row):  # else a newer row says the same of the same thing
            row.save_base(raw=True, force_insert=True)
    elif row is not None:
        after = _read_back(model, step.after)
        still = {name: before[name] for name in before if getattr(row, name) == after[name]}
        for name, value in still.items():
            setattr(row, name, value)
        row.save(update_fields=list(still))


def _collides(row: models.Model) -> bool:
    try:
        row.validate_unique()
        row.validate_constraints()
    except ValidationError:
        return True
    return False


def _identify(lineage: _Lineage, kept: Person, gone: Person) -> None:
    """What is known of only one of the two; a second national number stays with the record it came with."""
    lineage.change(kept, kept, gender=kept.gender or gone.gender, born_on=kept.born_on or gone.born_on)
    identities = {i.person_id: i for i in Identity.objects.filter(person__in=[kept, gone])}
    own, other = identities.get(kept.pk), identities.get(gone.pk)
    if own and other and other.national_number_hash and not own.national_number_hash:
        number = other.national_number_hash
        lineage.change(other, gone, national_number_hash="")
        lineage.change(own, kept, national_number_hash=number)


def _join(lineage: _Lineage, kept: Participation, gone: Participation) -> None:
    """Two participations in one project become the first of them."""
    first = min(kept, gone, key=lambda row: (row.entered_on, row.pk))
    other = gone if first == kept else kept
    for relation in Participation._meta.related_objects:
        rule = RULES.get(relation.related_model, _move)
        rule(lineage, relation, kept, gone, first)
    for named in ExternalId.objects.filter(collection=Change.Collection.PARTICIPANTS, key=gone.key):
        lineage.change(named, gone.person, key=kept.key)
    stays = Stay.objects.filter(participation=kept)
    lefts = [left for _in, left in stays.values_list("entered_on", "left_on")] or [kept.left_on, gone.left_on]
    present = kept if kept.left_on is None or gone.left_on is not None else gone
    lineage.take_out(gone, gone.person)
    lineage.change(
        kept, kept.person, entered_on=first.entered_on,
        left_on=None if None in lefts else max(left for left in lefts if left),
        labour_status=first.labour_status or other.labour_status,
        education=other.education if first.education is None else first.education,
        school_id=present.school_id, version=kept.version + 1,
    )  # fmt: skip


def _rows(relation, *participations: Participation) -> list[Any]:
    rows = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": participations})
    return list(rows.order_by("pk"))


def _owner(row, relation, kept: Participation, gone: Participation) -> Person:
    return gone.person if getattr(row, relation.field.attname) == gone.pk else kept.person


def _move(lineage: _Lineage, relation, kept: Participation, gone: Participation, first: Participation) -> None:
    """Every row moves; one that says what another says already is taken out."""
    for row in _rows(relation, gone):
        setattr(row, relation.field.attname, kept.pk)
        collides = _collides(row)
        setattr(row, relation.field.attname, gone.pk)
        if collides:
            lineage.take_out(row, gone.person)
        else:
            lineage.change(row, gone.person, **{relation.field.attname: kept.pk})


def _best(key: str, rank: Callable[[Any, Participation], Any]):
    """A rule: of several rows with the same `key` the one of the lowest rank stays."""

    def rule(lineage: _Lineage, relation, kept: Participation, gone: Participation, first: Participation) -> None:
        rows = sorted(_rows(relation, kept, gone), key=lambda row: (getattr(row, key), rank(row, first), row.pk))
        for _key, same in groupby(rows, key=lambda row: getattr(row, key)):
            stays, *others = same
            for row in others:
                lineage.take_out(row, _owner(row, relation, kept, gone))
            lineage.change(stays, _owner(stays, relation, kept, gone), participation_id=kept.pk)

    return rule


def _times(start: str, end: str, group: str = ""):
    """A rule: times (of the same group) that overlap become one time."""

    def key(row) -> Any:
        return getattr(row, group) if group else 0

    def rule(lineage: _Lineage, relation, kept: Participation, gone: Participation, first: Participation) -> None:
        rows = sorted(_rows(relation, kept, gone), key=lambda row: (key(row), getattr(row, start), row.pk))
        owners = {row.pk: _owner(row, relation, kept, gone) for row in rows}
        ends: dict[Any, date | None] = {}
        for _key, same in groupby(rows, key=key):
            current = None
            for row in same:
                if current is None or ((until := ends[current]) is not None and until < getattr(row, start)):
                    current = row
                    ends[row] = getattr(row, end)
                    continue
                until = getattr(row, end)
                ends[current] = None if until is None or ends[current] is None else max(until, ends[current])
                lineage.take_out(row, owners[row.pk])
        for row, until in ends.items():
            lineage.change(row, owners[row.pk], **{end: until, "participation_id": kept.pk})

    return rule


RULES: dict[type[models.Model], Callable] = {
    Attendance: _best("session_id", lambda row, first: MARKS.index(row.mark)),
    SensitiveAnswer: _best("question", lambda row, first: (-ANSWERED[row.answer], row.participation_id != first.pk)),
    Stay: _times("entered_on", "left_on"),
    GroupMember: _times("from_on", "until_on", "group_id"),
}
