"""Typed values: a coordinator types and sends, another person decides, a correction replaces and keeps the old one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from activities.actions import today_in
from core import audit
from core.access import Permission, Refused
from core.models import Organisation
from projects.actions import require
from projects.models import Partner, Project
from reports.indicators.figures.counting import AGES, EDUCATION, GENDERS
from reports.indicators.models import Cell, Definition, Estimate, Indicator, Value, ValueMove

State = Value.State
Part = tuple[str, str, str]  # gender, age, education; empty: not split by it
Amounts = dict[Part, tuple[Decimal, Decimal | None]]  # part: amount and, of a ratio, its denominator


@transaction.atomic
def type_value(
    definition: Definition, project: Project, *, from_on: date, to_on: date, school: Organisation | None = None,
    amounts: Amounts, by, at: datetime,
) -> Value:  # fmt: skip
    """Begin the value of a period, as a draft. Refused where the period overlaps another value of the same place."""
    _may_type(by, project, school)
    if definition.indicator.programme_id != project.programme_id:
        raise Refused({"indicator": [_("This indicator belongs to another programme.")]})
    if definition.source != Definition.Source.TYPED:
        raise Refused({"indicator": [_("This indicator is counted from records. It cannot be typed.")]})
    if school is not None and not Partner.objects.filter(project=project, organisation=school).exists():
        raise Refused({"school": [_("This school is no partner of the project.")]})
    made = Value(
        definition=definition, project=project, school=school, from_on=from_on, to_on=to_on, made_by=by, made_at=at,
        synthetic=project.synthetic,
    )  # fmt: skip
    if to_on > today_in(project, at):
        raise Refused({"to_on": [_("The period is not over yet.")]})
    _checked(made)
    with connection.cursor() as cursor:  # two people begin the same value: one after the other
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [definition.indicator_id, project.pk])
    there = Value.objects.filter(definition__indicator=definition.indicator_id, project=project, school=school)
    if there.exclude(state=State.REPLACED).filter(from_on__lte=to_on, to_on__gte=from_on).exists():
        raise Refused(_("There is a value of this indicator in the period. Correct that one."))
    other = Q(school=None) if school else Q(school__isnull=False)
    if Value.objects.filter(other, definition__indicator=definition.indicator_id, project=project).exists():
        raise Refused(_("Values of this indicator stand for schools or for the whole project, not for both."))
    made.save()
    _fill(made, amounts)
    _step(made, "", State.DRAFT, "", by, at)
    return made


@transaction.atomic
def fill_value(value: Value, *, amounts: Amounts, version: int, by, at: datetime) -> Value:
    """Change the numbers of a draft or of a value that was returned."""
    value = _locked(value, version)
    _may_type(by, value.project, value.school)
    if value.state not in Value.OPEN:
        raise Refused(_("The value is sent. It can be changed when it is returned, or corrected when it is approved."))
    before = _sums(value)
    value.cells.all().delete()
    _fill(value, amounts)
    value.version += 1
    value.save(update_fields=["version"])
    _record("changed", value, by, at, before=before, after=_sums(value))
    return value


@transaction.atomic
def send_value(value: Value, *, version: int, by, at: datetime) -> Value:
    """Send a value for a decision."""
    value = _locked(value, version)
    _may_type(by, value.project, value.school)
    if not value.cells.exists():
        raise Refused(_("Type the value first. Nothing counted is 0."))
    return _move(value, State.SUBMITTED, "", by, at)


@transaction.atomic
def decide_value(value: Value, *, approve: bool, comment: str = "", version: int, by, at: datetime) -> Value:
    """Approve a value, or return it with a remark. Refused to whoever typed or sent it: two people see each value."""
    value = _locked(value, version)
    require(by, Permission.INDICATOR_EDIT, value.project)
    if value.state != State.SUBMITTED:
        raise Refused(
            _("The value is “%(state)s”, so this is not possible now.") % {"state": value.get_state_display()}
        )
    hands = value.moves.filter(after__in=[State.DRAFT, State.SUBMITTED]).values_list("by", flat=True)
    if by is not None and by.pk in {value.made_by_id, *hands}:
        raise Refused(_("You typed or sent this value. Another person decides."))
    if not approve and not comment.strip():
        raise Refused({"comment": [_("Say what is to be changed. The school reads it.")]})
    if approve and value.corrects_id:
        old = Value.objects.select_for_update(of=("self",)).select_related("project").get(pk=value.corrects_id)
        _move(old, State.REPLACED, value.because, by, at)
    return _move(value, State.APPROVED if approve else State.RETURNED, comment.strip(), by, at)


@transaction.atomic
def correct_value(value: Value, *, because: str, version: int, by, at: datetime) -> Value:
    """Begin a correction of an approved value as a draft with the same numbers; the old one counts until the new one
    is approved, and stays readable after."""
    value = _locked(value, version)
    _may_type(by, value.project, value.school)
    if value.state != State.APPROVED:
        raise Refused(_("Only an approved value is corrected."))
    if not because.strip():
        raise Refused({"because": [_("Say why the value is corrected.")]})
    if Value.objects.filter(corrects=value).exists():
        raise Refused(_("A correction of this value is under way."))
    made = Value.objects.create(
        definition=value.definition, project=value.project, school=value.school, from_on=value.from_on,
        to_on=value.to_on, corrects=value, because=because.strip(), made_by=by, made_at=at, synthetic=value.synthetic,
    )  # fmt: skip
    _fill(made, {(c.gender, c.age, c.education): (c.amount, c.base) for c in value.cells.all()})
    _step(made, "", State.DRAFT, made.because, by, at)
    return made


@transaction.atomic
def estimate(
    indicator: Indicator, project: Project, *, from_on: date, to_on: date, value: int, method: str, basis: str,
    estimated_on: date, by, at: datetime,
) -> Estimate:  # fmt: skip
    """Write down an informed estimate of a sensitive indicator; a newer one of the same period is shown instead."""
    require(by, Permission.INDICATOR_EDIT, project)
    newest = indicator.definitions.order_by("-version")[0]
    if indicator.programme_id != project.programme_id:
        raise Refused({"indicator": [_("This indicator belongs to another programme.")]})
    if not newest.sensitive:
        raise Refused({"indicator": [_("Only a sensitive indicator may be estimated.")]})
    if estimated_on > today_in(project, at):
        raise Refused({"estimated_on": [_("This day lies in the future.")]})
    made = Estimate(
        indicator=indicator, project=project, from_on=from_on, to_on=to_on, value=value, method=method.strip(),
        basis=basis.strip(), estimated_on=estimated_on, by=by, at=at,
    )  # fmt: skip
    _checked(made)
    made.save()
    audit.record(
        "indicator.estimated", made, by=by, at=at, project=project.number, key=indicator.code,
        after={"from": str(from_on), "to": str(to_on), "value": value}, note=made.method,
    )  # fmt: skip
    return made


def parts_of(definition: Definition) -> list[Part]:
    """Every combination of the categories a typed value is split by; unknown is one of each."""

    def of(category: str, parts: Iterable[str]) -> list[str]:
        return list(parts) if category in definition.categories else [""]

    return [(g, a, e) for g in of("gender", GENDERS) for a in of("age", AGES) for e in of("education", EDUCATION)]


def _fill(value: Value, amounts: Amounts) -> None:
    allowed, ratio = set(parts_of(value.definition)), value.definition.over_time == Definition.OverTime.RATIO
    if set(amounts) - allowed:
        raise Refused(_("These are not the parts this indicator is split by."))
    cells = []
    for (gender, age, education), (amount, base) in amounts.items():
        if ratio and base is None:
            raise Refused(_("A ratio needs a numerator and a denominator in each part."))
        if ratio and base is not None and amount > base:
            raise Refused(_("A numerator is higher than its denominator."))
        cells.append(
            Cell(value=value, gender=gender, age=age, education=education, amount=amount, base=base if ratio else None)
        )
    for cell in cells:
        _checked(cell)
    Cell.objects.bulk_create(cells)


def _may_type(by, project: Project, school: Organisation | None) -> None:
    require(by, Permission.INDICATOR_TYPE, project, school)


def _locked(value: Value, version: int) -> Value:
    rows = Value.objects.select_for_update(of=("self",))
    value = rows.select_related("definition__indicator", "project__programme", "school").get(pk=value.pk)
    if value.version != version:
        raise Refused(_("Somebody changed this meanwhile. Load the page again and look at the newest version."))
    return value


def _move(value: Value, to: str, comment: str, by, at) -> Value:
    if to not in Value.MOVES[Value.State(value.state)]:
        raise Refused(
            _("The value is “%(state)s”, so this is not possible now.") % {"state": value.get_state_display()}
        )
    before, value.state = value.state, to
    value.version += 1
    value.save(update_fields=["state", "version"])
    _step(value, before, to, comment, by, at)
    return value


def _step(value: Value, before: str, after: str, comment: str, by, at) -> None:
    ValueMove.objects.create(value=value, before=before, after=after, comment=comment, by=by, at=at)
    _record("moved", value, by, at, before={"state": before} if before else None, after={"state": after} | _sums(value),
            note=comment)  # fmt: skip


def _sums(value: Value) -> dict[str, str]:
    cells = list(value.cells.all())
    told = {"value": str(sum((c.amount for c in cells), Decimal(0)))}
    if any(c.base is not None for c in cells):
        told["denominator"] = str(sum((c.base or Decimal(0) for c in cells), Decimal(0)))
    return told


def _record(verb: str, value: Value, by, at, *, before=None, after: dict[str, Any], note: str = "") -> None:
    facts = {"indicator": value.definition.indicator.code, "from": str(value.from_on), "to": str(value.to_on)}
    audit.record(
        f"value.{verb}", value, by=by, at=at, project=value.project.number, before=before, after=facts | after,
        note=note,
    )  # fmt: skip


def _checked(row: Any) -> None:
    try:
        row.full_clean(exclude=["made_by", "by", "value"] if isinstance(row, Cell) else ["made_by", "by"])
    except ValidationError as error:
        raise Refused(error) from None
