"""What belongs to a contract version, as a tree: part → row → field → plain value.

The parts and their fields are read from the models: a new field is copied without anybody remembering it, and a new
relation fails tests/budgets/test_terms.py until it is a part here or is left out with a reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Field, Model, QuerySet
from django.utils.translation import gettext as _

from activities.models import Activity, PlannedOutput
from budgets.models import Amendment, BudgetLine, VersionTerms
from core.models import Code, Organisation
from projects.models import ContractVersion, Partner, PlannedFigure, Project

Row = dict[str, Any]
Tree = dict[str, dict[str, Row]]


@dataclass(frozen=True)
class Part:
    """Rows of one model that belong to a contract version."""

    model: type[Model]
    to: str  # from the model to what it hangs on: the contract version or the project
    related: tuple[str, ...] = ()
    of_project: bool = False  # in force for the whole project: replaced on the day a version comes into force

    def rows(self, owner: int) -> QuerySet:
        """The rows of one contract version, or of one project."""
        found = self.model._default_manager.filter(**{self.to: owner}).order_by("pk")
        return found.select_related(*self.related) if self.related else found


PARTS: dict[str, Part] = {
    "contract": Part(ContractVersion, "pk"),
    "lines": Part(BudgetLine, "contract", ("activity", "partner", "category")),
    "figures": Part(PlannedFigure, "project", of_project=True),
    "outputs": Part(PlannedOutput, "activity__project", ("activity",), of_project=True),
    "partners": Part(Partner, "project", ("organisation",), of_project=True),
}
ONLY = "contract"  # the one row of the first part

_WHOSE = "It says which version or project the row hangs on."
_SAMPLE = "A mark of the row, no term of the contract."
FIELDS_LEFT_OUT: dict[str, str] = {
    "projects.ContractVersion.id": "Each version is a row of its own.",
    "projects.ContractVersion.project": _WHOSE,
    "projects.ContractVersion.number": "The annex has its own number, given with the approval.",
    "projects.ContractVersion.version": "The next number, given with the approval.",
    "projects.ContractVersion.kind": "A version made by an amendment is an amendment.",
    "projects.ContractVersion.signed_on": "Signed anew, given with the approval.",
    "projects.ContractVersion.in_force_from": "Given with the approval.",
    "budgets.BudgetLine.id": "Each version has lines of its own; the code says which are the same.",
    "budgets.BudgetLine.key": "Each version has lines of its own; the code says which are the same.",
    "budgets.BudgetLine.contract": _WHOSE,
    "budgets.BudgetLine.synthetic": _SAMPLE,
    "projects.PlannedFigure.id": "The counter names the row.",
    "projects.PlannedFigure.project": _WHOSE,
    "activities.PlannedOutput.id": "Activity and position name the row.",
    "activities.PlannedOutput.synthetic": _SAMPLE,
    "projects.Partner.id": "Organisation and role name the row.",
    "projects.Partner.project": _WHOSE,
    "projects.Partner.synthetic": _SAMPLE,
}
_LATER = "A fact that points at the version it was made under and stays there."
RELATIONS_LEFT_OUT: dict[str, str] = {  # "model.field" that points at one of the models above, and why it is no term
    "budgets.VersionTerms.contract": "The kept tree itself.",
    "budgets.Amendment.contract": _LATER,
    "budgets.Amendment.result": _LATER,
    "budgets.Claim.contract": "A claim stays under the version it was made under; a draft goes over to the new one.",
    "budgets.ReportedCost.line": "A cost stays on the line of the version it was reported under; the code connects.",
    "projects.Objective.project": "A text of the project, changed on its own page with its own history.",
    "projects.TargetGroup.project": "A text of the project, changed on its own page with its own history.",
    "projects.ProjectPlace.project": "Where the project works is a fact of the project.",
    "projects.Membership.project": "Who works in the portal is no term of the contract.",
    "projects.Clarification.project": _LATER,
    "activities.Activity.project": "The plan of work; a line and an output name their activity by its number.",
    "activities.Activity.parent": "The plan of work; a line and an output name their activity by its number.",
    "activities.OutreachCount.activity": _LATER,
    "activities.Group.project": "Classes and clubs are the work itself.",
    "activities.Session.project": "Sessions are the work itself.",
    "activities.Session.activity": "Sessions are the work itself.",
    "activities.Evidence.project": _LATER,
    "activities.Evidence.activity": _LATER,
    "activities.LockException.project": "A decision about a month, no term of the contract.",
    "reports.Filing.project": "What the project owes is laid out as facts of its own, whose days never move.",
    "reports.Filing.contract": "A report stays under the version it was laid out under.",
    "activities.LockRequest.project": "A decision about a month, no term of the contract.",
}
NAMED_BY: dict[type[Model], str] = {
    Activity: "number",
    Organisation: "key",
    Code: "code",
}  # how a tree names a row of another table


def fields_of(model: type[Model]) -> list[Field]:
    """The fields of a model that are copied, in the order of the model."""
    label = model._meta.label
    return [f for f in model._meta.concrete_fields if f"{label}.{f.name}" not in FIELDS_LEFT_OUT]


def ref_of(part: str, row: Row) -> str:
    """What names a row within its part, the same in every version."""
    match part:
        case "lines":
            return row["code"]
        case "figures":
            return row["counter"]
        case "outputs":
            return f"{row['activity']}/{row['position']}"
        case "partners":
            return f"{row['organisation']}/{row['role']}"
    return ONLY


def in_order(rows: dict[str, Row]) -> list[str]:
    """The names of rows as people count: 1.2 before 1.10. The database keeps no order inside JSON."""
    return sorted(rows, key=lambda ref: [(not part.isdigit(), int(part) if part.isdigit() else 0, part)
                                         for part in re.split(r"(\d+)", ref)])  # fmt: skip


def plain(value: Any) -> Any:
    """A value as JSON holds it, the same each time."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Model):
        return str(getattr(value, _name_field(type(value))))
    return value


def _name_field(model: type[Model]) -> str:
    return NAMED_BY.get(model, "key")


def row_of(thing: Model) -> Row:
    """A row of a table as a tree holds it."""
    return {f.name: plain(getattr(thing, f.name)) for f in fields_of(type(thing))}


def read(contract: ContractVersion) -> Tree:
    """The tree of a version from its rows; targets and partners as they are in force now."""
    found: Tree = {}
    for name, part in PARTS.items():
        owner = contract.project_id if part.to.endswith("project") else contract.pk
        found[name] = {ref_of(name, row): row for row in map(row_of, part.rows(owner))}
    return found


def newest(project: Project) -> ContractVersion | None:
    """The version an amendment is copied from: the last one made, though it may come into force later."""
    return project.contracts.order_by("-version").first()


def current(contract: ContractVersion) -> Tree:
    """What the newest version says today. Until its targets and partners are in force they are read from its terms."""
    found = read(contract)
    waiting = Amendment.objects.filter(result=contract, carried_at=None).exists()
    kept = VersionTerms.objects.filter(contract=contract).first() if waiting else None
    if kept is not None:
        found |= {name: deepcopy(kept.terms[name]) for name, part in PARTS.items() if part.of_project}
    return found


def terms_of(contract: ContractVersion) -> Tree:
    """What a version says: as it was kept, else from its rows. A version nobody kept has no targets of its own."""
    kept = VersionTerms.objects.filter(contract=contract).first()
    if kept is not None:
        return kept.terms
    found = read(contract)
    if newest(contract.project) != contract:
        found |= {name: {} for name, part in PARTS.items() if part.of_project}
    return found


# --- back into rows --------------------------------------------------------------------------------------------------


def values(model: type[Model], row: Row, project: Project) -> dict[str, Any]:
    """A row of a tree as values for the model. Raises `Gone` when something it names is not there (any more)."""
    found: dict[str, Any] = {}
    for f in fields_of(model):
        if f.name not in row:  # the model has learnt a field since the copy was made
            continue
        value = row[f.name]
        if f.is_relation and value is not None:
            found[f.name] = _named(f, value, project)
        else:
            found[f.name] = f.to_python(value)
    return found


class Gone(Exception):
    """A row of a tree names something that the portal does not hold any more."""

    def __init__(self, name: str) -> None:
        super().__init__(_("“%(name)s” is not there any more. Choose another one.") % {"name": name})


def _named(field: Any, name: str, project: Project) -> Model:
    model = field.related_model
    rows = model._default_manager.filter(**{_name_field(model): name}).complex_filter(field.get_limit_choices_to())
    if model is Activity:
        rows = rows.filter(project=project)
    found = rows.first()
    if found is None:
        raise Gone(name)
    return found


def typed_row(part: str, given: dict[str, Any], *, whole: bool) -> Row:
    """Values a program sent as a row holds them; where the row is `whole`, fields that were not sent are empty.

    Raises ValidationError, by field, for a name that is none and a value the field cannot have.
    """
    known = {f.name: f for f in fields_of(PARTS[part].model)}
    found: Row = {name: plain(f.get_default()) for name, f in known.items()} if whole else {}
    wrong: dict[str, Any] = {}
    for name, value in given.items():
        field = known.get(name)
        try:
            if field is None:
                raise ValidationError(_("There is no such name here. There are: %s.") % ", ".join(known))
            found[name] = _typed(field, value)
        except ValidationError as error:
            wrong[name] = error.messages
    if wrong:
        raise ValidationError(wrong)
    return found


def _typed(field: Any, value: Any) -> Any:
    if "\0" in str(value) or "\\x00" in repr(value):
        raise ValidationError(_("Give a text."))
    if field.is_relation:
        if value is not None and not isinstance(value, str):
            raise ValidationError(_("Give a text."))
        return value
    if isinstance(value, list | float) or (isinstance(value, dict) and field.get_internal_type() != "JSONField"):
        raise ValidationError(_("Give a text."))
    try:
        return plain(field.clean(value if isinstance(value, bool | dict) or value is None else str(value), None))
    except (ArithmeticError, TypeError, ValueError):
        raise ValidationError(_("Give a text.")) from None


# --- difference and merge --------------------------------------------------------------------------------------------


class Value(NamedTuple):
    """One value before and after; None where the row was not there."""

    field: str
    before: Any
    after: Any


@dataclass
class Changed:
    """One row that differs: `before` is None for a new row, `after` for one that was taken out."""

    part: str
    ref: str
    before: Row | None
    after: Row | None
    values: list[Value] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return "added" if self.before is None else "removed" if self.after is None else "changed"


def differences(before: Tree, after: Tree) -> list[Changed]:
    """Each row that differs between two trees, in the order of the parts, with its values that differ."""
    return [each for part in PARTS for each in _rows_changed(part, before.get(part, {}), after.get(part, {}))]


def _rows_changed(part: str, before: dict[str, Row], after: dict[str, Row]) -> Iterator[Changed]:
    for ref in in_order({**before, **after}):
        one, other = before.get(ref), after.get(ref)
        if one == other:
            continue
        names = [f.name for f in fields_of(PARTS[part].model)]
        names = [n for n in names if all(side is None or n in side for side in (one, other))]  # fields learnt since
        found = [Value(n, (one or {}).get(n), (other or {}).get(n)) for n in names]
        changed = [v for v in found if v.before != v.after]
        if changed or one is None or other is None:
            yield Changed(part, ref, one, other, changed)


@dataclass(frozen=True)
class Clash:
    """A value that was changed on both sides since the copy: as copied, in the amendment, in the contract now."""

    part: str
    ref: str
    field: str  # "" when one side took the row out
    base: Any
    mine: Any
    theirs: Any


def merge(base: Tree, mine: Tree, theirs: Tree) -> tuple[Tree, list[Clash]]:
    """Both sides' changes since `base` in one tree, and where they clash; there `mine` stands, so nothing is lost."""
    found, clashes = deepcopy(theirs), []
    for change in differences(base, mine):
        rows = found.setdefault(change.part, {})
        there, here = theirs.get(change.part, {}).get(change.ref), change.after
        untouched = there == change.before
        if here is None:
            if not untouched and there is not None:
                clashes.append(Clash(change.part, change.ref, "", change.before, None, there))
            rows.pop(change.ref, None)
        elif change.before is None or there is None:
            if not untouched and there != here:
                clashes.append(Clash(change.part, change.ref, "", change.before, here, there))
            rows[change.ref] = deepcopy(here)
        else:
            for value in change.values:
                now = there.get(value.field)
                if now not in (value.before, value.after):
                    clash = Clash(change.part, change.ref, value.field, value.before, value.after, now)
                    clashes.append(clash)
                rows[change.ref][value.field] = deepcopy(value.after)
    return found, clashes
