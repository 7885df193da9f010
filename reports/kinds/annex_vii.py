"""Tables 1, 6 and 10 of a programme as they are transmitted to the Commission (Regulation (EU) 2021/1060, Art. 42 and
Annex VII): cumulative up to the day of the data, from the facts as they stood then, and never suppressed.

A claim counts by the last of its moves up to that day: decided ones with what was found eligible less corrections, the
others that were sent with what is claimed. Operations count from the day their first contract is in force.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils.timezone import localdate
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from budgets.figures import Amount
from core import formats
from core.models.texts import said
from core.money import NOTHING, share
from projects.models import Allocation, Programme, Region
from reports.catalogue import Asks, Group, Kind, Subject
from reports.columns import annex
from reports.indicators.figures import Breakdown, Tally, counted, library_of, typed
from reports.indicators.models import Definition, Target
from reports.models import Report
from reports.overview import participants
from reports.tables import Table, unpadded

EARLIEST = date(1900, 1, 1)
Key = tuple[str, str, str]  # priority, specific objective, category of region; "" where it is not known

SELECTED = """
    SELECT DISTINCT ON (p.id) p.id, p.number, p.region, v.currency, v.total, v.eu_part,
           coalesce(o.code, '') AS objective, coalesce(a.code, b.code, '') AS priority
    FROM projects_project p JOIN projects_contractversion v ON v.project_id = p.id
         LEFT JOIN projects_call c ON c.id = p.call_id
         LEFT JOIN projects_specificobjective o ON o.id = coalesce(p.specific_objective_id, c.specific_objective_id)
         LEFT JOIN projects_priority a ON a.id = o.priority_id LEFT JOIN projects_priority b ON b.id = c.priority_id
    WHERE p.programme_id = %(programme)s AND coalesce(v.in_force_from, v.signed_on, '-infinity') <= %(day)s
    ORDER BY p.id, v.version DESC
"""
DECLARED = """
    SELECT c.project_id, v.currency, sum(f.total * CASE
               WHEN s.after = 'accepted' AND f.step = 'verified' THEN 1
               WHEN s.after = 'accepted' AND f.step = 'corrected' THEN -1
               WHEN s.after IN ('submitted', 'returned') AND f.step = 'declared' THEN 1
               WHEN s.after IN ('submitted', 'returned') AND f.step = 'released' THEN -1
               ELSE 0 END) AS declared
    FROM budgets_linefact f JOIN budgets_claimline l ON l.id = f.line_id JOIN budgets_claim c ON c.id = l.claim_id
         JOIN projects_project p ON p.id = c.project_id JOIN projects_contractversion v ON v.id = c.contract_id
         CROSS JOIN LATERAL (
             SELECT m.after FROM budgets_claimmove m WHERE m.claim_id = c.id AND m.at < %(until)s
                    AND m.after IN ('submitted', 'returned', 'accepted', 'rejected') ORDER BY m.id DESC LIMIT 1
         ) s
    WHERE p.programme_id = %(programme)s AND l.cost_id IS NOT NULL AND f.at < %(until)s
          AND f.step IN ('declared', 'released', 'verified', 'corrected')
    GROUP BY 1, 2
"""
SUMS = f"""
    WITH selected AS ({SELECTED}), declared AS ({DECLARED}), together AS (
        SELECT priority, objective, region, currency, count(*) AS n, sum(total) AS total, sum(eu_part) AS eu,
               count(*) FILTER (WHERE eu_part IS NULL) AS unsplit, NULL::numeric AS declared
        FROM selected GROUP BY 1, 2, 3, 4
        UNION ALL
        SELECT s.priority, s.objective, s.region, d.currency, 0, NULL, NULL, 0, sum(d.declared)
        FROM declared d JOIN selected s ON s.id = d.project_id GROUP BY 1, 2, 3, 4
    )
    SELECT * FROM together ORDER BY 1, 2, 3, 4
"""  # noqa: S608 - own constants


@dataclass
class _Sums:
    """One row of Table 1 as it is added up."""

    selected: Amount = field(default_factory=Amount)
    contribution: Amount = field(default_factory=Amount)
    declared: Amount = field(default_factory=Amount)
    operations: int = 0
    unsplit: int = 0


def money(programme: Programme, day: date) -> Table:
    """Table 1. A row for each part of the financial plan and each place operations stand in; where the plan gives a
    priority as a whole, its operations stand in that row. One pass over the facts."""
    with connection.cursor() as cursor:
        cursor.execute(SUMS, _asked(programme, day))
        found = cursor.fetchall()
    plan = _plan(programme)
    rows: dict[Key, _Sums] = {key: _Sums() for key in plan}
    for priority, objective, region, currency, n, total, eu, unsplit, declared in found:
        key: Key = (priority, objective, region)
        if key not in plan and (priority, "", region) in plan:
            key = (priority, "", region)
        row = rows.setdefault(key, _Sums())
        row.selected.add(currency, total)
        row.contribution.add(currency, eu)
        row.declared.add(currency, declared)
        row.operations, row.unsplit = row.operations + n, row.unsplit + unsplit
    made = [_money_row(key, sums, plan.get(key), programme.fund) for key, sums in sorted(rows.items())]
    return Table(annex.MONEY, made, _whole(made) if made else None)


def _asked(programme: Programme, day: date) -> dict[str, Any]:
    """What the passes over facts need to know: facts count up to the end of `day` where the programme is at home."""
    until = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(programme.time_zone))
    return {"programme": programme.pk, "day": day, "until": until}


def _plan(programme: Programme) -> dict[Key, Allocation]:
    rows = Allocation.objects.filter(priority__programme=programme).select_related("priority", "specific_objective")
    return {(a.priority.code, a.specific_objective.code if a.specific_objective else "", a.region): a for a in rows}


def _place(key: Key, fund: str) -> dict[str, Any]:
    priority, objective, region = key
    return {"priority": priority, "objective": objective, "fund": fund, "region_code": region,
            "region": str(Region(region).label) if region else ""}  # fmt: skip


def _money_row(key: Key, sums: _Sums, planned: Allocation | None, fund: str) -> dict[str, Any]:
    allocation = planned.total if planned else None
    selected, declared = sums.selected.eur, sums.declared.eur
    return _place(key, fund) | {
        "basis": str(planned.get_basis_display()) if planned else None, "basis_code": planned.basis if planned else "",
        "allocation": allocation, "rate": planned.eu_rate if planned else None,
        "selected": selected, "contribution": None if sums.unsplit else sums.contribution.eur,
        "selected_share": share(selected, allocation), "declared": declared,
        "declared_share": share(declared, allocation), "operations": sums.operations,
    }  # fmt: skip


def _whole(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The sum of the rows; a share only where every row has an allocation, for else it would be of less."""

    def whole(name: str) -> Decimal | None:
        values = [row[name] for row in rows]
        return None if any(value is None for value in values) else sum(values, NOTHING)

    found = {name: whole(name) for name in ("allocation", "selected", "contribution", "declared")}
    return found | {
        "selected_share": share(found["selected"], found["allocation"]),
        "declared_share": share(found["declared"], found["allocation"]),
        "operations": sum(row["operations"] for row in rows),
    }


def gaps(programme: Programme, day: date) -> Table:
    """The selected operations of which something is missing that their rows need."""
    with connection.cursor() as cursor:
        cursor.execute(SELECTED, _asked(programme, day))
        found = cursor.fetchall()
    rows = []
    for _pk, number, region, _currency, total, eu, objective, priority in found:
        words = [
            (priority, _("priority")), (objective, _("specific objective")), (region, _("category of region")),
            (total, _("total of the contract")), (eu, _("EU part of the contract")),
        ]  # fmt: skip
        if missing := [word for value, word in words if value in (None, "")]:
            rows.append({"number": number, "missing": ", ".join(missing)})
    return Table(annex.GAPS, sorted(rows, key=lambda row: row["number"]))


# --- indicators ------------------------------------------------------------------------------------------------------


def indicators(programme: Programme, day: date, language: str) -> tuple[Table, Table]:
    """Tables 6 (outputs) and 10 (results): every indicator in use, in every place with a selected operation. People are
    counted in one pass over the records of all operations; typed values follow the rule of their definition."""
    with connection.cursor() as cursor:
        cursor.execute(SELECTED, _asked(programme, day))
        places: dict[int, Key] = {row[0]: (row[7], row[6], row[2]) for row in cursor.fetchall()}
    projects: dict[Key, list[int]] = defaultdict(list)
    for project, key in places.items():
        projects[key].append(project)
    library = library_of(programme.pk)
    by_project = counted(library, places, EARLIEST, day)
    goals = _goals(programme, alone=len(projects) == 1)
    tables: dict[str, list[dict[str, Any]]] = {Definition.Kind.OUTPUT: [], Definition.Kind.RESULT: []}
    for key, ids in sorted(projects.items()):
        written = typed(library, ids, EARLIEST, day)
        reached = {code: _reached(by_project.get(code), written.get(code), ids) for code, _definition in library}
        for code, definition in library:
            row = _indicator_row(definition, reached, code, goals, key, language)
            tables[definition.kind].append(_place(key, programme.fund) | row)
    return Table(annex.OUTPUTS, tables[Definition.Kind.OUTPUT]), Table(annex.RESULTS, tables[Definition.Kind.RESULT])


def _reached(figure: Breakdown | None, written: Breakdown | None, projects: Iterable[int]) -> Tally:
    """The values of some projects (ids): sums of those of each, for one person counts once in each operation."""
    if written is not None:
        return written.whole
    whole = Tally()
    parts = figure.parts.get("project", {}) if figure else {}
    for project in projects:
        for gender, n in _by_gender(parts.get(str(project), Tally())):
            whole = whole.plus(gender, n)
    return whole


def _by_gender(tally: Tally) -> list[tuple[str, Any]]:
    return [("F", tally.women), ("M", tally.men), ("N", tally.non_binary), ("U", tally.unknown), ("", tally.whole)]


@dataclass(frozen=True)
class _Goals:
    """Targets and milestones of a programme, found by indicator and place."""

    rows: list[Target]
    alone: bool  # one place is all of the programme, so that what is set for the whole is set for it

    def of(self, indicator: int, kind: str, key: Key) -> Target | None:
        """The last one set for this place, or for the whole programme where the place is all of it."""
        found = None
        for row in self.rows:
            if (row.indicator_id, row.kind) != (indicator, kind):
                continue
            objective = row.specific_objective.code if row.specific_objective else ""
            if (objective, row.region) == key[1:] or (self.alone and not objective and not row.region):
                found = row
        return found

    def elsewhere(self, indicator: int) -> Target | None:
        """What is set for the whole programme, and so for no place."""
        whole = [r for r in self.rows if r.indicator_id == indicator and not r.specific_objective and not r.region]
        return next((r for r in reversed(whole) if r.kind == Target.Kind.TARGET), None)


def _goals(programme: Programme, *, alone: bool) -> _Goals:
    rows = Target.objects.filter(
        Q(project=None, school=None, municipality=None), indicator__programme=programme,
        kind__in=[Target.Kind.MILESTONE, Target.Kind.TARGET],
    )  # fmt: skip
    return _Goals(list(rows.select_related("specific_objective", "based_on").order_by("on", "pk")), alone)


def _indicator_row(
    definition: Definition, reached: dict[str, Tally], code: str, goals: _Goals, key: Key, language: str
) -> dict[str, Any]:
    tally = reached[code]
    people = definition.unit == Definition.Unit.PERSONS and not tally.whole
    target = goals.of(definition.indicator_id, Target.Kind.TARGET, key)
    milestone = goals.of(definition.indicator_id, Target.Kind.MILESTONE, key)
    unit = str(definition.get_unit_display())
    row = {
        "code": code, "name": list(said(definition.name, language)), "unit": unit, "unit_code": definition.unit,
        "men": tally.men if people else None, "women": tally.women if people else None,
        "non_binary": tally.non_binary if people else None, "total": tally.total,
        "target": unpadded(target.value) if target else None, "ratio": _ratio(tally, target, reached),
        "comments": "; ".join(_comments(tally, target, goals, definition, language)),
    }  # fmt: skip
    if definition.kind == Definition.Kind.OUTPUT:
        return row | {"milestone": unpadded(milestone.value) if milestone else None}
    in_percent = target is not None and target.in_percent
    return row | {
        "based_on": target.based_on.code if target and target.based_on else "",
        "target_unit": (_("Per cent of the basis") if in_percent else unit) if target else "",
        "target_unit_code": (Definition.Unit.PERCENT if in_percent else definition.unit) if target else "",
    }


def _ratio(tally: Tally, target: Target | None, reached: dict[str, Tally]) -> Decimal | None:
    """Achieved / target, in per cent; of a target in per cent, the per cent achieved of the basis / target."""
    if target is None:
        return None
    if not target.in_percent or target.based_on is None:
        return share(tally.total, target.value)
    basis = reached.get(target.based_on.code, Tally()).total
    return None if not basis else share(100 * Decimal(tally.total) / Decimal(basis), target.value)


def _comments(
    tally: Tally, target: Target | None, goals: _Goals, definition: Definition, language: str
) -> Iterable[str]:
    if tally.unknown:
        yield _("%(n)s of the total are of unknown gender") % {"n": formats.number(tally.unknown, language)}
    if target is None and (whole := goals.elsewhere(definition.indicator_id)):
        yield _("the target of %(n)s is set for the whole programme") % {"n": formats.number(whole.value, language)}


def incomplete(programme: Programme, day: date) -> int:
    """How many records of participants are in no indicator, for an item every record needs is missing."""
    with connection.cursor() as cursor:
        cursor.execute(SELECTED, _asked(programme, day))
        ids = [row[0] for row in cursor.fetchall()]
    return sum(lacking for _n, lacking in participants(ids, day).values())


def tables(programme: Programme, day: date, language: str) -> list[Table]:
    """All tables up to the end of `day`, in words of `language`."""
    with override(language):
        found = [money(programme, day), *indicators(programme, day, language)]
        missing = gaps(programme, day)
        return [*found, missing] if missing.rows else found


# --- the kind --------------------------------------------------------------------------------------------------------


def data_day(sent_on: date) -> date:
    """The day up to which the data of a transmission are counted: the end of the month before that of its day, or as
    many months before as the settings say."""
    month = sent_on.year * 12 + sent_on.month - 1 - settings.ANNEX_VII_MONTHS_BACK
    return date((month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)


def take(report: Report) -> dict[str, Any]:
    programme, language = report.programme, report.language
    assert programme is not None
    day = data_day(report.to_on)
    found = tables(programme, day, language)
    with override(language):
        lacking = incomplete(programme, day)
        facts = [
            [_("Transmission of"), formats.long_day(report.to_on, language)],
            [_("State of the data"), formats.long_day(day, language)],
            [_("Selected operations"), formats.count(found[0].total["operations"] if found[0].total else 0, language)],
            [_("Records in no indicator, for they are incomplete"), formats.count(lacking, language)],
        ]
        days = ", ".join(formats.day(date(report.to_on.year, *each), language) for each in _days("INDICATOR_DAYS"))
        notes = [
            _("Table 1 is transmitted on each of the five days, Tables 6 and 10 on %(days)s.") % {"days": days},
            _("A person counts once in each operation. Targets need no split by gender (Annex VII)."),
        ]
        if not found[1].rows and not found[2].rows:
            notes.insert(0, _("The library of this programme has no indicators in use, so Tables 6 and 10 are empty."))
        sections = [
            [_("Financial data"), [annex.MONEY.key]], [_("Indicators"), [annex.OUTPUTS.key, annex.RESULTS.key]],
            [_("Gaps"), [annex.GAPS.key]],
        ]  # fmt: skip
    return {
        "tables": {table.key: table.encoded() for table in found}, "facts": facts, "notes": notes,
        "sections": sections, "data_to": str(day),
        "samples": programme.projects.filter(Q(synthetic=True) | Q(participations__synthetic=True)).exists(),
    }  # fmt: skip


def _days(name: str) -> list[tuple[int, int]]:
    """Month and day of each transmission in a year."""
    found = [each.split("-") for each in getattr(settings, f"ANNEX_VII_{name}")]
    return [(int(month), int(day)) for month, day in found]


def problems(programme: Programme, from_on: date, to_on: date) -> dict[str, list[str]]:
    """Only a programme under the regulation sends Annex VII, and only for the days of the law."""
    found: dict[str, list[str]] = {}
    if not programme.keeps_annex_xvii:
        found["programme"] = [_("This programme does not report under Regulation (EU) 2021/1060.")]
    if (to_on.month, to_on.day) not in _days("DAYS"):
        language = get_language() or "en"
        days = ", ".join(formats.day(date(to_on.year, *each), language) for each in _days("DAYS"))
        found["to"] = [_("Annex VII is sent for these days: %(days)s.") % {"days": days}]
    elif (day := data_day(to_on)) >= localdate():
        words = _("The data of this transmission end on %(day)s. Ask for it after that day.")
        found["to"] = [words % {"day": formats.day(day, get_language() or "en")}]
    return found


ANNEX_VII = Kind(
    key="annex_vii",
    name=gettext_lazy("Annex VII: data for the Commission"),
    about=gettext_lazy(
        "Tables 1, 6 and 10 of a programme: cumulative, nothing hidden, as they are typed into SFC2021."
    ),
    take=take,
    group=Group.FUNDER,
    subjects=(Subject.PROGRAMME,),
    asks=Asks.DAY,
    problems=problems,
    tables=(
        (gettext_lazy("Financial data"), (annex.MONEY.key,)),
        (gettext_lazy("Indicators"), (annex.OUTPUTS.key, annex.RESULTS.key)),
        (gettext_lazy("Gaps"), (annex.GAPS.key,)),
    ),
)
