"""The one place where the figures of a project are put together: screen, PDF, CSV and API take them from `progress`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import override

from activities.models import Activity, Evidence, OutreachCount, PlannedOutput, Session
from beneficiaries import figures as people
from beneficiaries.models import Participation
from budgets import figures as money
from budgets.models import BudgetLine, ReportedCost
from core.models.texts import said
from core.money import cents, share, to_eur
from projects.models import ContractVersion, Partner, PlannedFigure, Project
from reports.library import Counted, indicators
from reports.tables import KINDS, Table


@dataclass
class Progress:
    """Everything a progress report says about a project and a period."""

    project: Project
    contract: ContractVersion | None
    start: date
    end: date
    language: str
    money: money.Money
    time_gone: Decimal | None  # percent of the days of work that are over on the last day of the period
    tables: dict[str, Table]
    people: Counted | None
    has_samples: bool

    def encoded_tables(self) -> dict[str, Any]:
        return {key: table.encoded() for key, table in self.tables.items()}


def progress(project: Project, start: date, end: date, language: str, *, public: bool = False) -> Progress:
    """All figures of `project` from `start` to `end` (both days counted), with words in `language`.

    `public` leaves out sample rows and the tables that are not for the public. Amounts in EUR, times in hours.
    """
    contract = project.contract_on(end)
    activities = list(project.activities.all())
    whole = money.money_of([project], end, public=public)[project.pk]
    with override(language):
        built = [
            _money_sources(project, whole, start, end, public),
            _money_activities(project, whole, activities, start, end, language, public),
        ]
        counted = None
        if not public:
            bar = project.programme.support_hours
            delivered = people.deliveries(project.pk, start, end, bar=bar)
            before = people.deliveries(project.pk, people.EARLIEST, end, bar=bar)
            built.append(_activities(activities, delivered, language))
            built.append(_outputs(activities, delivered, before, start, end, language))
            tables, counted = indicators(project, start, end, language)
            built += tables
            built.append(_counters(project, start, end))
            built.append(_weeks(project, start, end))
            built.append(_months(project, end))
            built.append(_costs(project, start, end))
            built.append(_evidence(project, start, end))
    order = list(KINDS)
    built.sort(key=lambda t: order.index(t.key))
    return Progress(
        project=project,
        contract=contract,
        start=start,
        end=end,
        language=language,
        money=whole,
        time_gone=time_gone(contract, end),
        tables={table.key: table for table in built},
        people=counted,
        has_samples=not public and _has_samples(project),
    )


def time_gone(contract: ContractVersion | None, day: date) -> Decimal | None:
    """The share of the contract's working days (first and last counted) that are over at the end of `day`, percent."""
    if contract is None or contract.starts_on is None or contract.ends_on is None:
        return None
    whole = (contract.ends_on - contract.starts_on).days + 1
    over = min(max((day - contract.starts_on).days + 1, 0), whole)
    return share(over, whole)


def _text(texts: dict[str, str], language: str, own: str) -> list[str]:
    return list(said(texts, language, own))


def sources() -> dict[str, str]:
    """What the sources of money are called, in their order."""
    return {
        "eu_part": _("European Union"),
        "national_part": _("National budget"),
        "own_part": _("Own contribution"),
        "unsplit": _("Not split by source"),
    }


def _money_sources(project: Project, whole: money.Money, start: date, end: date, public: bool) -> Table:
    by_source = money.by_source(project, whole.contract, start, end, public=public)
    words = sources()
    rows = []
    for source, m in by_source.items():
        if source == "unsplit" and not m.contracted and not m.to_date:
            continue
        contracted = m.contracted if source != "unsplit" else m.contracted or None
        rows.append(
            {
                "source": words[source],
                "contracted": contracted,
                "period": m.period,
                "to_date": m.to_date,
                "left": None if contracted is None else contracted - m.to_date,
                "share": share(contracted, whole.contracted),
            }
        )
    total = {
        "source": _("Total"),
        "contracted": whole.contracted,
        "period": _period_total(project, start, end, public),
        "to_date": whole.reported,
        "left": whole.left,
        "share": share(whole.contracted, whole.contracted) if whole.contracted else None,
    }
    return Table(KINDS["money_sources"], rows, total)


def _period_total(project: Project, start: date, end: date, public: bool) -> Decimal:
    costs = ReportedCost.objects.filter(project=project, reported_on__range=(start, end))
    if public:
        costs = costs.filter(synthetic=False)
    amount = money.Amount()
    for currency, total in costs.values_list("currency").annotate(sum=Sum("total")).order_by():
        amount.add(currency, total)
    return amount.eur


def _tree(activities: Iterable[Activity]) -> list[tuple[Activity, int]]:
    """Activities in order, each followed by its parts, with its level."""
    parts: dict[int | None, list[Activity]] = {}
    for activity in activities:
        parts.setdefault(activity.parent_id, []).append(activity)
    return [
        (a, level)
        for top in parts.get(None, [])
        for a, level in [(top, 0), *((part, 1) for part in parts.get(top.pk, []))]
    ]


def _money_activities(
    project: Project,
    whole: money.Money,
    activities: list[Activity],
    start: date,
    end: date,
    language: str,
    public: bool,
) -> Table:
    own = money.by_activity(project, whole.contract, start, end, public=public)
    currency = whole.currency
    tree = _tree(activities)
    rows = []
    everything = money.ActivityMoney()
    for m in own.values():
        everything.merge(m)
    for activity, level in tree:
        m = money.ActivityMoney()
        m.merge(own.get(activity.pk, money.ActivityMoney()))
        if level == 0:
            for part in (a for a, _level in tree if a.parent_id == activity.pk):
                m.merge(own.get(part.pk, money.ActivityMoney()))
        rows.append(
            _money_row(activity.number, _text(activity.title, language, project.programme.language), m, currency, level)
        )
    if None in own:
        rows.append(_money_row("", [_("Not tied to an activity"), language], own[None], currency, 0))
    total = _money_row("", [_("Total"), language], everything, currency, 0)
    total |= {"contracted": whole.contracted, "original": whole.original, "left": whole.left}
    total["share"] = share(whole.reported, whole.contracted) if whole.contracted is not None else None
    return Table(KINDS["money_activities"], rows, total)


def _money_row(number, title, m: money.ActivityMoney, currency: str, level: int) -> dict[str, Any]:
    contracted = m.contracted.eur if m.has_lines else None
    return {
        "number": number,
        "title": title,
        "level": level,
        "original": m.contracted.by_currency.get(currency) if m.has_lines else None,
        "contracted": contracted,
        "period": m.period.eur,
        "to_date": m.to_date.eur,
        "left": None if contracted is None else contracted - m.to_date.eur,
        "share": None if contracted is None else share(m.to_date.eur, contracted),
    }


def _delivery_row(number, title, d: people.Delivery, level: int) -> dict[str, Any]:
    return {
        "number": number,
        "title": title,
        "level": level,
        "sessions": d.sessions,
        "hours": d.hours,
        "cancelled": d.cancelled,
        "people": d.people,
        "came": d.came,
        "marks": d.marks,
        "rate": share(d.came, d.marks),
        "person_hours": d.person_hours,
    }


def _activities(activities, delivered: people.Deliveries, language) -> Table:
    none = people.Delivery()
    rows = [
        _delivery_row(
            a.number,
            _text(a.title, language, a.project.programme.language),
            delivered.with_parts.get(a.pk, none),
            level,
        )
        for a, level in _tree(activities)
    ]
    return Table(KINDS["activities"], rows, _delivery_row("", [_("Total"), language], delivered.total, 0))


def _outputs(activities, delivered: people.Deliveries, before: people.Deliveries, start, end, language) -> Table:
    outputs = PlannedOutput.objects.filter(activity__in=activities).select_related("activity")
    reached = _outreach(OutreachCount.objects.filter(activity__in=activities), start, end)
    rows = []
    for output in sorted(outputs, key=lambda o: (o.activity.position, o.position)):
        none = people.Delivery()
        now, so_far = (d.with_parts.get(output.activity_id, none) for d in (delivered, before))
        if name := people.OF_DELIVERY.get(output.counts):
            period, to_date = Decimal(getattr(now, name)), Decimal(getattr(so_far, name))
        else:
            period, to_date = map(Decimal, reached.get(output.activity_id, (0, 0)))
        rows.append(
            {
                "number": output.activity.number,
                "output": _text(output.name, language, ""),
                "counted": str(output.get_counts_display()),
                "planned": output.planned,
                "period": period,
                "to_date": to_date,
                "share": share(to_date, output.planned),
            }
        )
    return Table(KINDS["outputs"], rows)


@dataclass(frozen=True)
class UnitAmount:
    """A budget line of unit costs: the units its activity delivered to date, and what they come to."""

    line: BudgetLine
    units: Decimal
    amount: Decimal  # in the currency of the contract: units × amount per unit, to the cent


def unit_amounts(project: Project, contract: ContractVersion | None, delivered: people.Deliveries) -> list[UnitAmount]:
    """Amounts of the unit-cost lines of a contract version; only the number of units has to be proved (CPR Art. 53)."""
    if contract is None:
        return []
    found = []
    for line in contract.budget_lines.filter(unit_price__isnull=False).select_related("activity").order_by("code"):
        d = delivered.with_parts.get(line.activity_id, people.Delivery()) if line.activity_id else delivered.total
        units = Decimal(getattr(d, line.unit))
        found.append(UnitAmount(line, units, cents(units * (line.unit_price or 0))))
    return found


@dataclass(frozen=True)
class Moved:
    """A figure as it stands with the marks of one session, and by how much they move it."""

    what: Any
    value: Any
    by: Any


@dataclass(frozen=True)
class Effect:
    """What the marks of one session move: people who came and their hours, the activity, outputs, unit-cost lines."""

    came: int
    person_hours: Decimal
    hours: Moved  # of participants in the activity
    people: Moved  # who came to the activity
    bar: Decimal | None
    supported: Moved | None  # who reached the bar in the project; None where there is none
    outputs: list[Moved]
    lines: list[Moved]

    @property
    def amount(self) -> Decimal:
        return sum((line.by.amount for line in self.lines), Decimal("0.00"))


def effect_of(session: Session, day: date) -> Effect:
    """By how much the marks of `session` move the figures of its project to date (`day`, or its own if later).

    The figures with all sessions less the figures without this one, so that no rule is written twice.
    """
    project, bar, end = session.project, session.project.programme.support_hours, max(day, session.on)
    everything = people.deliveries(project.pk, people.EARLIEST, end, bar=bar)
    without = people.deliveries(project.pk, people.EARLIEST, end, bar=bar, but=session.pk)
    none = people.Delivery()
    root = session.activity.parent_id or session.activity_id
    own, own_without = (d.own.get(session.activity_id, none) for d in (everything, without))
    above = {session.activity_id, root}
    outputs = []
    for output in PlannedOutput.objects.filter(activity__in=above).exclude(counts=PlannedOutput.Counts.OUTREACH):
        value, before = (getattr(d.with_parts.get(output.activity_id, none), people.OF_DELIVERY[output.counts])
                         for d in (everything, without))  # fmt: skip
        outputs.append(Moved(output, value, value - before))
    contract = project.contract_on(end)
    lines = [
        Moved(after.line, after, UnitAmount(after.line, after.units - before.units, after.amount - before.amount))
        for after, before in zip(
            unit_amounts(project, contract, everything), unit_amounts(project, contract, without), strict=True
        )
        if after.line.activity_id in (None, *above)
    ]
    total, total_without = everything.total, without.total
    return Effect(
        came=total.came - total_without.came,
        person_hours=total.person_hours - total_without.person_hours,
        hours=Moved(session.activity, own.person_hours, own.person_hours - own_without.person_hours),
        people=Moved(session.activity, own.people, own.people - own_without.people),
        bar=bar,
        supported=None if bar is None else Moved(project, total.supported, total.supported - total_without.supported),
        outputs=outputs,
        lines=lines,
    )


def _outreach(counts, start, end) -> dict[int, tuple[int, int]]:
    rows = (
        counts.filter(on__lte=end)
        .values_list("activity_id")
        .annotate(now=Sum("people", filter=Q(on__gte=start)), all=Sum("people"))
        .order_by()
    )
    return {activity: (now or 0, so_far or 0) for activity, now, so_far in rows}


def _counters(project: Project, start: date, end: date) -> Table:
    planned = {p.counter: p.planned for p in project.planned_figures.all()}
    entered = Participation.objects.filter(project=project, entered_on__lte=end)
    complete = entered.counted()
    now = Q(entered_on__gte=start)
    outreach = _outreach(OutreachCount.objects.filter(activity__project=project), start, end)
    schools = Partner.objects.filter(project=project, role=Partner.Role.SCHOOL)
    counts = complete.aggregate(now=Count("pk", filter=now), all=Count("pk"))
    missing = entered.aggregate(now=Count("pk", filter=now), all=Count("pk"))
    left = entered.filter(left_on__lte=end).aggregate(now=Count("pk", filter=Q(left_on__gte=start)), all=Count("pk"))
    values = [
        (_("Participants counted"), planned.get(PlannedFigure.Counter.PARTICIPANTS), counts["now"], counts["all"]),
        (
            _("Participants not counted: record not complete"),
            None,
            missing["now"] - counts["now"],
            missing["all"] - counts["all"],
        ),
        (_("Participants who left"), None, left["now"], left["all"]),
        (
            _("People reached by outreach"),
            planned.get(PlannedFigure.Counter.OUTREACH),
            sum(v[0] for v in outreach.values()),
            sum(v[1] for v in outreach.values()),
        ),
        (_("Schools"), planned.get(PlannedFigure.Counter.SCHOOLS), None, schools.count()),
    ]
    rows = [
        {"counter": name, "planned": plan, "period": period, "to_date": to_date, "share": share(to_date, plan)}
        for name, plan, period, to_date in values
    ]
    return Table(KINDS["counters"], rows)


def _weeks(project: Project, start: date, end: date) -> Table:
    rows = [
        {"week": week, "sessions": sessions, "came": came, "marks": marks, "rate": share(came, marks)}
        for week, sessions, marks, came in people.weeks(project.pk, start, end)
    ]
    return Table(KINDS["weeks"], rows)


def _months(project: Project, end: date) -> Table:
    rows, so_far = [], money.Amount()
    costs = ReportedCost.objects.filter(project=project).reported_by(end)
    by_month: dict[date, money.Amount] = {}
    for on, currency, total in (
        costs.values_list("reported_on", "currency").annotate(s=Sum("total")).order_by("reported_on")
    ):
        by_month.setdefault(on.replace(day=1), money.Amount()).add(currency, total)
    for month in _month_starts(by_month, end):
        amount = by_month.get(month, money.Amount())
        so_far.merge(amount)
        rows.append({"month": month, "reported": amount.eur, "to_date": so_far.eur})
    return Table(KINDS["months"], rows)


def _month_starts(months: Iterable[date], end: date) -> list[date]:
    found, month = [], min(months, default=None)
    while month is not None and month <= end:
        found.append(month)
        month = (month + timedelta(days=32)).replace(day=1)
    return found


def _costs(project: Project, start: date, end: date) -> Table:
    costs = (
        ReportedCost.objects.filter(project=project, reported_on__range=(start, end))
        .select_related("line", "activity", "line__activity")
        .order_by("reported_on", "pk")
    )
    rows = []
    for cost in costs:
        activity = cost.activity or cost.line.activity
        rows.append(
            {
                "reported_on": cost.reported_on,
                "line": cost.line.code,
                "number": activity.number if activity else "",
                "document": cost.document,
                "document_on": cost.document_on,
                "currency": cost.currency,
                "amount": cost.total,
                "eur": to_eur(cost.total, cost.currency),
            }
        )
    total = {"document": _("Total"), "eur": _period_total(project, start, end, public=False)}
    return Table(KINDS["costs"], rows, total)


def _evidence(project: Project, start: date, end: date) -> Table:
    found = (
        Evidence.objects.filter(project=project, removed_at=None)
        .select_related("file", "session", "session__activity", "activity")
        .order_by("pk")
    )
    rows = []
    for evidence in found:
        day = evidence.session.on if evidence.session else evidence.added_at.date()
        if start <= day <= end:
            activity = evidence.activity or (evidence.session.activity if evidence.session else None)
            rows.append(
                {
                    "day": day,
                    "number": activity.number if activity else "",
                    "kind": str(evidence.get_kind_display()),
                    "size": evidence.file.size,
                    "sha256": evidence.file.sha256,
                }
            )
    rows.sort(key=lambda r: (r["day"], r["sha256"]))
    return Table(KINDS["evidence"], rows)


def _has_samples(project: Project) -> bool:
    return (
        project.synthetic
        or project.sessions.filter(synthetic=True).exists()
        or project.participations.filter(synthetic=True).exists()
        or project.reported_costs.filter(synthetic=True).exists()
    )
