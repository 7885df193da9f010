"""An amendment from the first wish to the new contract version. The allowed moves stand in `Amendment.MOVES`.

A missing right raises PermissionDenied (pages and API: 403), a rule that stands against raises Refused (API: 409).
"""

from __future__ import annotations

from copy import deepcopy
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from json import dumps
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import CheckConstraint
from django.utils.translation import gettext as _

from activities.actions import today_in
from budgets.checks.forms_of_cost import computed, rules_of
from budgets.checks.parts import parts_of
from budgets.models import Amendment, VersionTerms
from budgets.snapshot import consequences
from budgets.snapshot.terms import (
    ONLY,
    PARTS,
    Clash,
    Gone,
    Row,
    Tree,
    current,
    differences,
    merge,
    newest,
    plain,
    read,
    ref_of,
    row_of,
    values,
)
from core import audit
from core.access import Permission, Refused
from core.money import CENT
from projects.actions import PARTS as PART_NAMES
from projects.actions import add_contract_version, require
from projects.models import ContractVersion, Project

State = Amendment.State


class Moved(Refused):
    """The contract changed since the amendment was copied; `theirs` is the contract as it is now, `clashes` what was
    changed on both sides."""

    def __init__(self, theirs: Tree, clashes: list[Clash]) -> None:
        super().__init__(
            _("The contract changed after this amendment was copied. Compare both sides and bring it up to date first.")
        )
        self.theirs, self.clashes = theirs, clashes


def seen(row: Row | None) -> str:
    """A short name of what a row said, carried by a form: who saves over another row is told."""
    return sha256(dumps(row, sort_keys=True).encode()).hexdigest()[:16]


@transaction.atomic
def begin_amendment(project: Project, *, because: str, by, at: datetime) -> Amendment:
    """Copy the newest version of the contract to be edited. From now on that version and its lines are final."""
    project = _locked_project(project.pk)
    require(by, Permission.AMENDMENT_EDIT, project)
    contract = newest(project)
    if contract is None:
        raise Refused(_("This project has no contract yet. There is nothing to amend."))
    if not because.strip():
        raise Refused({"because": [_("Say why the contract should change.")]})
    keep_terms(contract, at)
    tree = current(contract)
    amendment = Amendment.objects.create(
        project=project, contract=contract, because=because.strip(), base=tree,
        draft=deepcopy(tree), begun_at=at, begun_by=by, changed_at=at, synthetic=project.synthetic,
    )  # fmt: skip
    _record("begun", amendment, by, at, after={"contract": contract.number}, note=amendment.because)
    return amendment


@transaction.atomic
def change_amendment(
    amendment: Amendment, *, part: str, ref: str, row: Row | None, was: str, by, at: datetime
) -> Amendment:
    """Change one row of the copy, add it (`ref` empty) or take it out (`row` None).

    `was` is `seen` of the row the person had before them. Raises Refused when the copy is not open to edit, the row
    was changed meanwhile or is there twice, or when a contract or partner would be taken out.
    """
    amendment = locked(amendment)
    require(by, Permission.AMENDMENT_EDIT, amendment.project)
    if amendment.state not in Amendment.EDITED:
        raise Refused(_("This amendment was sent or decided and cannot be changed any more."))
    rows = amendment.draft[part]
    before = rows.get(ref) if ref else None
    if seen(before) != was:
        raise Refused(_("Someone changed this while you were working. Compare and choose."))
    if row is None:
        if part in ("contract", "partners"):
            raise Refused(_("This cannot be taken out. Give a partner who leaves a last day."))
        rows.pop(ref, None)
    else:
        row = {**(before or {}), **row}
        if part == "outputs" and row.get("position") is None:
            taken = (other["position"] for other in rows.values() if other["activity"] == row.get("activity"))
            row["position"] = max(taken, default=0) + 1
        if part == "lines" and row.get("total") and not any(row.get(name) for name in PART_NAMES):
            row |= _split(row["total"], amendment.draft["contract"][ONLY])
        name = ref_of(part, row)
        if name != ref and name in rows:
            raise Refused(_("“%(name)s” is in this amendment already.") % {"name": name})
        _refuse_wrong(part, row, amendment.project)
        rows.pop(ref, None)
        rows[name] = row
    if part == "lines":
        _compute_flats(amendment)
    amendment.changed_at = at
    amendment.save(update_fields=["draft", "changed_at"])
    name = f"{part} {ref or ref_of(part, row or {})}"
    one, other = _said(before, row)
    _record("changed", amendment, by, at, before={name: one}, after={name: other})
    return amendment


def _split(total: str, contract: Row) -> Row:
    """The parts of a line for which none were given: in the proportions of the contract."""
    whole = {name: None if contract[name] is None else Decimal(contract[name]) for name in PART_NAMES}
    unit = Decimal(1) if contract.get("whole_units") else CENT
    return {name: plain(part) for name, part in parts_of(Decimal(total), whole, unit).items()}


def _refuse_wrong(part: str, row: Row, project: Project) -> None:
    """What the database would refuse of this row later, said now."""
    model = PARTS[part].model
    try:
        facts = values(model, row, project)
        left_out = [f.name for f in model._meta.fields if f.name not in facts]
        thing = model(**facts)
        thing.clean_fields(exclude=left_out)
        for rule in model._meta.constraints:
            if isinstance(rule, CheckConstraint):  # that a row is there once, the tree itself says
                rule.validate(model, thing, exclude=set(left_out))
    except Gone as gone:
        raise Refused(str(gone)) from None
    except ValidationError as wrong:
        raise Refused(wrong) from None


def _compute_flats(amendment: Amendment) -> None:
    """Bring the flat-rate lines of the copy to what their base gives; nobody types them."""
    tree, rules = amendment.draft, rules_of(amendment.project)
    for code, due in computed(consequences.costs_of(tree), rules).items():
        row = tree["lines"][code]
        if row["total"] != plain(due):
            row |= {"total": plain(due)} | _split(plain(due), tree["contract"][ONLY])


def _said(before: Row | None, after: Row | None) -> tuple[dict[str, str], dict[str, str]]:
    """What differs between two rows, as texts for the trail."""
    names = [n for n in {**(before or {}), **(after or {})} if (before or {}).get(n) != (after or {}).get(n)]
    one, other = ({n: str((side or {}).get(n) or "") for n in names} for side in (before, after))
    return one, other


@transaction.atomic
def send_amendment(amendment: Amendment, *, by, at: datetime) -> Amendment:
    """Send the copy to the officer. Raises Refused with everything that stops it."""
    amendment = locked(amendment)
    _require_move(amendment, State.SENT, by)
    _refuse_stopped(amendment, at)
    amendment.sent_at, amendment.sent_by = at, by
    return _move(amendment, State.SENT, by, at, fields=["sent_at", "sent_by"])


@transaction.atomic
def withdraw_amendment(amendment: Amendment, *, by, at: datetime) -> Amendment:
    """Give the wish up; the copy stays readable."""
    amendment = locked(amendment)
    _require_move(amendment, State.WITHDRAWN, by)
    return _move(amendment, State.WITHDRAWN, by, at)


@transaction.atomic
def turn_amendment(amendment: Amendment, to: str, *, because: str, by, at: datetime) -> Amendment:
    """Return the amendment to be corrected, or refuse it, with the reason the sender reads."""
    if to not in (State.RETURNED, State.REFUSED):
        raise Refused(_("You cannot make this move now."))
    amendment = locked(amendment)
    _require_move(amendment, to, by)
    if not because.strip():
        raise Refused({"because": [_("Give the reason. The sender reads it.")]})
    amendment.note, amendment.decided_at, amendment.decided_by = because.strip(), at, by
    return _move(amendment, to, by, at, fields=["note", "decided_at", "decided_by"], note=amendment.note)


@transaction.atomic
def approve_amendment(
    amendment: Amendment,
    *,
    number: str,
    signed_on: date | None,
    in_force_from: date,
    because: str = "",
    by,
    at: datetime,
) -> ContractVersion:
    """Make the next contract version from the copy, in force from a day, and keep its terms for good.

    Targets and partners change on that day. Raises PermissionDenied without the right, Refused when the same person
    sent it, when something stops it, when number or day do not fit; Moved when the contract changed since the copy.
    """
    amendment = locked(amendment)
    _require_move(amendment, State.APPROVED, by)
    if by is not None and by.pk == amendment.sent_by_id:
        raise Refused(_("You sent this amendment yourself. Another person decides."))
    _refuse_moved(amendment)
    _refuse_stopped(amendment, at)
    project, tree = amendment.project, amendment.draft
    try:
        facts = values(ContractVersion, tree["contract"][ONLY], project)
        contract = add_contract_version(
            project, number=number, kind=ContractVersion.Kind.AMENDMENT, signed_on=signed_on,
            in_force_from=in_force_from, **facts, by=by, at=at,
        )  # fmt: skip
        _make_lines(contract, tree, synthetic=_samples(amendment.contract))
    except Gone as gone:
        raise Refused(str(gone)) from None
    VersionTerms.objects.create(contract=contract, terms=tree, kept_at=at)
    amendment.note, amendment.decided_at, amendment.decided_by = because.strip(), at, by
    amendment.result = contract
    fields = ["note", "decided_at", "decided_by", "result"]
    said = {"contract": contract.number, "from": str(in_force_from)}
    amendment = _move(amendment, State.APPROVED, by, at, fields=fields, after=said, note=amendment.note)
    if in_force_from <= today_in(project, at):
        carry_over(amendment, at=at)
    return contract


def _samples(contract: ContractVersion) -> bool:
    """Whether every line of a version is a sample row; then so are the lines that follow it."""
    marks = set(contract.budget_lines.values_list("synthetic", flat=True))
    return marks == {True}


def _make_lines(contract: ContractVersion, tree: Tree, *, synthetic: bool) -> None:
    model: Any = PARTS["lines"].model
    lines = [
        model(contract=contract, synthetic=synthetic, **values(model, row, contract.project))
        for row in tree["lines"].values()
    ]
    for line in lines:
        try:
            line.full_clean(exclude=["contract"])
        except ValidationError as error:
            raise Refused([f"{line.code}: {message}" for message in error.messages]) from None
    model.objects.bulk_create(lines)


@transaction.atomic
def carry_over(amendment: Amendment, *, at: datetime) -> None:
    """Put the targets and partners of an approved amendment in force, once; safe to run twice."""
    amendment = Amendment.objects.select_for_update(of=("self",)).select_related("project").get(pk=amendment.pk)
    if amendment.carried_at is not None or amendment.state != State.APPROVED:
        return
    project = amendment.project
    for change in differences(amendment.base, amendment.draft):
        part = PARTS[change.part]
        if not part.of_project:
            continue
        there = {ref_of(change.part, row_of(row)): row for row in part.rows(project.pk)}
        row = there.get(change.ref)
        if change.after is None:
            if row is not None:
                row.delete()
            continue
        facts = values(part.model, change.after, project)
        if row is None:
            owner = {} if "activity" in facts else {"project": project}
            row = part.model(**owner, **facts)
            if hasattr(row, "synthetic"):
                row.synthetic = project.synthetic
        for name, value in facts.items():
            setattr(row, name, value)
        row.save()
    amendment.carried_at = at
    amendment.save(update_fields=["carried_at"])
    project.updated_at = at
    project.save(update_fields=["updated_at"])
    contract = amendment.result
    _record("carried", amendment, None, at, after={"contract": contract.number if contract else ""})


@transaction.atomic
def renew_amendment(amendment: Amendment, *, by, at: datetime) -> list[Clash]:
    """Bring an open amendment up to date with the contract of today, keeping its own changes.

    Returns what was changed on both sides; there the amendment's value stands and is told on its page. An amendment
    that was sent goes back to its editors, for they must look at it again.
    """
    amendment = locked(amendment)
    require(by, Permission.AMENDMENT_EDIT, amendment.project)
    if amendment.state not in Amendment.OPEN:
        raise Refused(_("This amendment was decided and cannot be changed any more."))
    contract = newest(amendment.project)
    if contract is None:
        raise Refused(_("This project has no contract yet. There is nothing to amend."))
    keep_terms(contract, at)
    theirs = current(contract)
    draft, clashes = merge(amendment.base, amendment.draft, theirs)
    was = amendment.contract.number
    amendment.base, amendment.draft, amendment.contract, amendment.changed_at = theirs, draft, contract, at
    if amendment.state == State.SENT:
        amendment.state = State.RETURNED
    amendment.save(update_fields=["base", "draft", "contract", "changed_at", "state"])
    told = {f"{c.part} {c.ref} {c.field}".strip(): (str(c.theirs), str(c.mine)) for c in clashes}
    _record(
        "renewed", amendment, by, at, before={"contract": was} | {k: v[0] for k, v in told.items()},
        after={"contract": contract.number, "state": amendment.state} | {k: v[1] for k, v in told.items()},
    )  # fmt: skip
    return clashes


def moved(amendment: Amendment) -> Moved | None:
    """Whether the contract changed since the copy, with both sides."""
    if amendment.state not in Amendment.OPEN:
        return None
    contract = newest(amendment.project)
    if contract is None:
        return None
    theirs = current(contract)
    if contract.pk == amendment.contract_id and not differences(amendment.base, theirs):
        return None
    return Moved(theirs, merge(amendment.base, amendment.draft, theirs)[1])


def keep_terms(contract: ContractVersion, at: datetime) -> None:
    """Keep what a version says for good, where nobody has yet. From then on it is final."""
    VersionTerms.objects.get_or_create(contract=contract, defaults={"terms": read(contract), "kept_at": at})


# --- parts of the above ----------------------------------------------------------------------------------------------


def _locked_project(pk: int) -> Project:
    return Project.objects.select_for_update(of=("self",)).select_related("programme").get(pk=pk)


def locked(amendment: Amendment) -> Amendment:
    """The amendment, locked; its project first, so that two decisions about one contract wait for each other."""
    _locked_project(amendment.project_id)
    rows = Amendment.objects.select_for_update(of=("self",)).select_related("contract", "project__programme")
    return rows.get(pk=amendment.pk)


def _require_move(amendment: Amendment, to: str, by) -> None:
    needed = Amendment.MOVES.get((State(amendment.state), State(to)))
    if needed is None:
        words = {"state": amendment.get_state_display()}
        raise Refused(_("You cannot make this move now. The amendment is in the state “%(state)s”.") % words)
    require(by, needed, amendment.project)


def _refuse_stopped(amendment: Amendment, at: datetime) -> None:
    found = consequences.all_of(amendment, today_in(amendment.project, at))
    if stops := [each.text for each in found if each.stops]:
        raise Refused(stops)


def _refuse_moved(amendment: Amendment) -> None:
    if found := moved(amendment):
        raise found


def _move(
    amendment: Amendment,
    to: str,
    by,
    at: datetime,
    *,
    fields: list[str] | None = None,
    after: Any = None,
    note: str = "",
) -> Amendment:
    before, amendment.state = amendment.state, to
    amendment.save(update_fields=["state", *(fields or [])])
    _record(to, amendment, by, at, before={"state": before}, after={"state": to, **(after or {})}, note=note)
    return amendment


def _record(what: str, amendment: Amendment, by, at: datetime, *, before=None, after=None, note: str = "") -> None:
    audit.record(
        f"amendment.{what}", amendment, by=by, at=at, project=amendment.project.number, before=before, after=after,
        note=note,
    )  # fmt: skip


def next_number(contract: ContractVersion) -> str:
    """A number to offer for the version that follows, such as …-C01-A2."""
    first = contract.project.contracts.order_by("version").first() or contract
    return f"{first.number}-A{contract.version}"
