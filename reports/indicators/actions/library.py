"""The library of a programme: officers add indicators and write new versions of their definitions.

A missing right raises PermissionDenied, a rule that stands against raises Refused (by field where it has one).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from core import audit
from core.access import Permission, Refused
from core.models import Code
from projects.models import Programme, SpecificObjective, reach
from reports.indicators.figures import wrong
from reports.indicators.models import Definition, Indicator, Target

FACTS = ("name", "unit", "kind", "text", "source", "rule", "over_time", "cumulative", "sensitive", "categories")
COUNTING_RULE = {"en": "counting_rule", "bg": "counting_rule_bg", "lv": "counting_rule_lv"}  # columns of the code list
BODIES = ("EECO18", "EECO19")  # counted in bodies: no record of a person makes them


def require_programme(by, permission: Permission, programme: Programme) -> None:
    """Raise PermissionDenied unless `by` (None: the command line) has the right in the whole programme."""
    if by is None:
        return
    where = reach(by, permission)
    if not (where.everywhere or programme.pk in where.programmes):
        raise PermissionDenied(
            _("Your role does not allow this in programme %(code)s. An administrator can give you access.")
            % {"code": programme.code}
        )


@transaction.atomic
def add_indicator(programme: Programme, *, code: str, by, at: datetime, **facts: Any) -> Definition:
    """Add an indicator with the first version of its definition (`facts` by the names in FACTS)."""
    require_programme(by, Permission.INDICATOR_EDIT, programme)
    Programme.objects.select_for_update().get(pk=programme.pk)
    if facts.get("source") == Definition.Source.COMMON:
        raise Refused({"source": [_("The common indicators come from the regulation. Add them all at once.")]})
    last = programme.indicators.aggregate(last=Max("position"))["last"] or 0
    indicator = Indicator(programme=programme, code=code, position=last + 1)
    _checked(indicator)
    indicator.save()
    made = _new_version(indicator, 1, facts, "", by, at)
    _record("indicator.added", indicator, by, at, after={"code": code, **_told(made)})
    return made


@transaction.atomic
def add_common(programme: Programme, *, by, at: datetime) -> int:
    """Put the 25 common indicators of the ESF+ (Regulation (EU) 2021/1057, Annex I) into the library, with their names
    and who counts in three languages; returns how many were missing. The first 23 count by the rule of the regulation,
    EECO18 and EECO19 are typed."""
    require_programme(by, Permission.INDICATOR_EDIT, programme)
    Programme.objects.select_for_update().get(pk=programme.pk)
    there = set(programme.indicators.values_list("code", flat=True))
    missing = [code for code in Code.objects.of("esf_indicators") if code.code not in there]
    for code in missing:
        bodies = code.code in BODIES
        indicator = Indicator.objects.create(programme=programme, code=code.code, position=code.position)
        _new_version(
            indicator, 1,
            {
                "name": code.name,
                "unit": Definition.Unit.BODIES if bodies else Definition.Unit.PERSONS,
                "kind": Definition.Kind.OUTPUT if code.more.get("type") == "output" else Definition.Kind.RESULT,
                "text": {
                    language: code.more[column] for language, column in COUNTING_RULE.items() if code.more.get(column)
                },
                "source": Definition.Source.TYPED if bodies else Definition.Source.COMMON,
                "sensitive": code.more.get("informed_estimate_allowed") == "yes",
            },
            "", by, at,
        )  # fmt: skip
    if missing:
        audit.record(
            "indicator.common_added", programme, by=by, at=at, key=programme.code,
            after={"codes": [code.code for code in missing]},
        )  # fmt: skip
    return len(missing)


@transaction.atomic
def change_definition(
    indicator: Indicator, *, version: int, because: str, by, at: datetime, **facts: Any
) -> Definition:
    """Write a new version of a definition; `version` is the one it was read in. Values and reports keep theirs."""
    indicator = Indicator.objects.select_for_update(of=("self",)).select_related("programme").get(pk=indicator.pk)
    require_programme(by, Permission.INDICATOR_EDIT, indicator.programme)
    before = indicator.definitions.order_by("-version")[0]
    if before.version != version:
        raise Refused(_("Somebody changed this meanwhile. Load the page again and look at the newest version."))
    if before.source == Definition.Source.COMMON:
        raise Refused(_("The regulation defines this indicator. It cannot be changed here."))
    if facts.get("source") == Definition.Source.COMMON:
        raise Refused({"source": [_("The common indicators come from the regulation. Add them all at once.")]})
    new = {name: facts.get(name, getattr(before, name)) for name in FACTS}
    if all(getattr(before, name) == new[name] for name in FACTS):
        return before
    if not because.strip():
        raise Refused({"because": [_("Say why the definition changes. Auditors read it.")]})
    made = _new_version(indicator, version + 1, new, because.strip(), by, at)
    _record("indicator.changed", indicator, by, at, before=_told(before), after=_told(made), note=made.because)
    return made


@transaction.atomic
def end_indicator(indicator: Indicator, *, ended: bool, by, at: datetime) -> None:
    """Take an indicator out of use, or back into it; its figures and versions stay."""
    indicator = Indicator.objects.select_for_update(of=("self",)).select_related("programme").get(pk=indicator.pk)
    require_programme(by, Permission.INDICATOR_EDIT, indicator.programme)
    if indicator.ended != ended:
        before, indicator.ended = indicator.ended, ended
        indicator.save(update_fields=["ended"])
        _record("indicator.changed", indicator, by, at, before={"ended": before}, after={"ended": ended})


@transaction.atomic
def set_target(
    indicator: Indicator, *, kind: str, on: date, value: Decimal | None, by, at: datetime, project=None, school=None,
    municipality: Code | None = None, region: str = "", specific_objective: SpecificObjective | None = None,
    based_on: Indicator | None = None, in_percent: bool = False,
) -> Target | None:  # fmt: skip
    """Set baseline, milestone or target for a day, of the programme, a specific objective, a project or a place; None
    takes it out. The target of a result may be `in_percent` of the output indicator it is `based_on`."""
    indicator = Indicator.objects.select_for_update(of=("self",)).select_related("programme").get(pk=indicator.pk)
    require_programme(by, Permission.INDICATOR_EDIT, indicator.programme)
    if project is not None and project.programme_id != indicator.programme_id:
        raise Refused({"project": [_("This project belongs to another programme.")]})
    if kind == Target.Kind.BASELINE and value and indicator.definitions.filter(source="common").exists():
        raise Refused({"value": [_("A common indicator has no baseline: it starts from 0.")]})
    if any(of not in (None, indicator.programme_id) for of in (
        specific_objective and specific_objective.priority.programme_id, based_on and based_on.programme_id,
    )):  # fmt: skip
        raise Refused({"specific_objective": [_("This specific objective or indicator is of another programme.")]})
    where = {"kind": kind, "on": on, "project": project, "school": school, "municipality": municipality,
             "region": region, "specific_objective": specific_objective}  # fmt: skip
    target = indicator.targets.filter(**where).first() or Target(indicator=indicator, **where)
    old = None if target.pk is None else target.value
    same = (target.based_on, target.in_percent) == (based_on, in_percent)
    target.based_on, target.in_percent = based_on, in_percent
    if value is None:
        if target.pk is not None:
            target.delete()
    else:
        target.value = value
        _checked(target)
        target.save()
    if old != value or (value is not None and not same):
        place = {name: str(each) for name, each in where.items() if each}
        place |= {"based_on": based_on.code, "in_percent": str(in_percent)} if based_on else {}
        before = {"value": "" if old is None else str(old)}
        after = {"value": "" if value is None else str(value)} | place
        _record("indicator.target", indicator, by, at, before=before, after=after, project=project)
    return None if value is None else target


def _new_version(indicator: Indicator, version: int, facts: dict[str, Any], because: str, by, at) -> Definition:
    known = {name: facts[name] for name in FACTS if name in facts}
    if problems := wrong(known.get("rule", {})):
        raise Refused({"rule": problems})
    made = Definition(indicator=indicator, version=version, because=because, by=by, at=at, **known)
    typed = made.source == Definition.Source.TYPED
    if not typed:
        made.categories = []
    if made.source not in (Definition.Source.PEOPLE, Definition.Source.SCHOOLS):
        made.rule = {}
    if made.rule.get("answers"):
        made.sensitive = True  # whoever opens the rows would learn the answers
    if set(made.categories) - set(Definition.Category.values):
        raise Refused({"categories": [_("Choose among the categories offered.")]})
    _checked(made)
    made.save()
    return made


def _checked(row: Any) -> None:
    try:
        row.full_clean(exclude=["by"])
    except ValidationError as error:
        raise Refused(error) from None


def _told(definition: Definition) -> dict[str, Any]:
    return {"version": definition.version} | {name: getattr(definition, name) for name in FACTS}


def _record(action: str, indicator: Indicator, by, at, *, before=None, after=None, note="", project=None) -> None:
    audit.record(
        action, indicator, by=by, at=at, project=project.number if project else "",
        key=f"{indicator.programme.code} {indicator.code}", before=before, after=after, note=note,
    )  # fmt: skip
