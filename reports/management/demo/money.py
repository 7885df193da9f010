"""Sample money: budget lines that add up to the true contract, costs reported month by month, payments.

“Bringing Their Future Back” gets none: that nothing is reported there is a fact. The school network has no amounts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from activities.models import Activity, Evidence
from budgets.models import BudgetLine, Payment, ReportedCost
from core import audit, storage
from core.formats import day, money
from core.models import Code, Organisation, User
from core.money import CENT, NOTHING, cents, split
from projects.models import ContractVersion, Partner, Project
from reports.management.demo import lists
from reports.management.demo.cast import SAMPLE, Words, dice
from reports.management.demo.facts import COMMUNITY, TOGETHER

RATE = Decimal("0.85")


@dataclass(frozen=True)
class Line:
    code: str
    activity: str
    form: str
    total: str
    name: Words
    of_partner: bool = False
    unit: str = ""  # of a unit cost: what is counted, and the amount of one
    unit_price: str = ""
    category: str = ""
    nature: str = ""


@dataclass(frozen=True)
class Rhythm:
    """How costs come in: every so many months, between two shares of what an even pace would give."""

    months: int
    pace: tuple[float, float]
    document: str
    often: float = 1.0  # how likely a line has a cost in a period


OF_NINE = ("1480000", "2150000", "9860000", "1240000", "6320000", "780000", "3960000", "410000", "3345252")
LINES = {  # each list adds up to the contract; all lines but the last split without a remainder, so the parts do too
    TOGETHER: (
        [
            Line(
                "1.1",
                "1",
                "real",
                "98400.00",
                {"bg": "Ръководители на клубове", "en": "Club leaders"},
                category="staff",
                nature="staff",
            ),
            Line(
                "1.2",
                "1",
                "real",
                "36200.00",
                {"bg": "Материали и екскурзии", "en": "Materials and trips"},
                category="materials",
                nature="direct",
            ),
            Line(
                "2.1",
                "2",
                "real",
                "71000.00",
                {"bg": "Обучения на педагози", "en": "Training of teachers"},
                category="services",
                nature="direct",
            ),
            Line(
                "3.1",
                "3",
                "real",
                "58600.00",
                {"bg": "Образователни медиатори", "en": "Education mediators"},
                True,
                category="staff",
                nature="staff",
            ),
            Line(
                "3.2",
                "3",
                "unit",
                "24800.00",
                {"bg": "Срещи с родители", "en": "Meetings with parents"},
                category="services",
                nature="direct",
                unit="person_hours",
                unit_price="8.00",
            ),
            Line(
                "4.1",
                "4",
                "real",
                "69083.27",
                {"bg": "Информационни кампании", "en": "Information campaigns"},
                category="visibility",
                nature="direct",
            ),
        ],
        CENT,
    ),
    COMMUNITY: (
        [
            Line(f"{n}.", str(n), "real", total, {"lv": f"{n}. darbības izmaksas", "en": f"Costs of activity {n}"})
            for n, total in enumerate(OF_NINE, start=1)
        ],
        Decimal(1),
    ),
}
RHYTHMS = {
    TOGETHER: Rhythm(1, (0.55, 1.0), "Фактура {}", often=0.85),
    COMMUNITY: Rhythm(3, (0.5, 0.95), "Rēķins Nr. {}"),
}
CREDIT_NOTE = "Кредитно известие 7 към {}"
PACKAGE_DONE = ("WP2", date(2026, 7, 31), date(2026, 8, 20))  # its lump sum: day of the deliverable, reported on


def fill_money(project: Project, users: dict[str, User], today: date, at: datetime) -> None:
    """Budget lines, reported costs and payments of a project up to `today`, with one audit event."""
    contract = project.contract_on(today)
    if contract is None or project.number not in (*LINES, SAMPLE):
        return
    by = users.get("finance") if project.number == TOGETHER else None
    if project.number == SAMPLE:
        costs = _lump_sums(project, contract, today)
        payments = list(_payments(contract, [], advance=Decimal("0.80")))  # the rest comes with the final report
    else:
        lines = _lines(project, contract)
        costs = list(_costs(project, contract, lines, RHYTHMS[project.number], today))
        payments = [] if users else list(_payments(contract, costs, advance=Decimal("0.10")))  # else claims are paid
    zone = ZoneInfo(project.programme.time_zone)
    for cost in costs:
        cost.entered_by, cost.entered_at = by, min(datetime.combine(cost.reported_on, time(10, 0), zone), at)
    ReportedCost.objects.bulk_create(costs)
    if project.number == TOGETHER:
        _correct(costs, today)
        _papers(project, costs[-2:], by)
    Payment.objects.bulk_create(
        Payment(project=project, kind=kind, paid_on=on, currency=contract.currency, amount=amount, synthetic=True)
        for kind, on, amount in payments
        if on <= today
    )
    counts = {"lines": contract.budget_lines.count(), "costs": project.reported_costs.count()}
    audit.record("demo.money", project, by=None, at=at, project=project.number, after=counts)


def _parts(total: Decimal, unit: Decimal = CENT) -> dict[str, Decimal]:
    eu, national = split(total, RATE, unit)
    return {"total": total, "eu_part": eu, "national_part": national, "own_part": NOTHING}


def _lines(project: Project, contract: ContractVersion) -> list[BudgetLine]:
    lines, unit = LINES[project.number]
    activities = {activity.number: activity for activity in Activity.objects.filter(project=project)}
    categories = {code.code: code for code in Code.objects.of("cost_categories")}
    partner = Organisation.objects.filter(
        partnerships__project=project, partnerships__role=Partner.Role.PARTNER
    ).first()
    return BudgetLine.objects.bulk_create(
        BudgetLine(
            contract=contract,
            activity=activities[line.activity],
            partner=partner if line.of_partner else None,
            code=line.code,
            name=line.name,
            category=categories.get(line.category),
            nature=line.nature,
            form=line.form,
            unit=line.unit,
            unit_price=Decimal(line.unit_price) if line.unit_price else None,
            synthetic=True,
            **_parts(Decimal(line.total).quantize(CENT), unit),
        )
        for line in lines
    )


def _costs(
    project: Project, contract: ContractVersion, lines: list[BudgetLine], rhythm: Rhythm, today: date
) -> Iterator[ReportedCost]:
    """Costs of every period that is over and reported by `today`; those of a month are the same on any later day."""
    if contract.starts_on is None or contract.ends_on is None:
        return
    periods = Decimal((contract.ends_on - contract.starts_on).days) / (30 * rhythm.months)
    start, n = _month_after(contract.starts_on, 0 if contract.starts_on.day == 1 else 1), 0
    while (end := _month_after(start, rhythm.months)) <= min(today, contract.ends_on):
        chance = dice(project.number, "costs", start)
        for line in lines:
            n += 1
            share = Decimal(round(chance.uniform(*rhythm.pace), 4))
            document_on = start + timedelta(days=chance.randint(2, 27))
            reported_on = end + timedelta(days=chance.randint(6, 13))
            if chance.random() < rhythm.often and reported_on <= today:
                yield ReportedCost(
                    project=project,
                    line=line,
                    activity=line.activity,
                    document=rhythm.document.format(100 + n),
                    document_on=document_on,
                    reported_on=reported_on,
                    kind=ReportedCost.Kind.INVOICE,
                    number=str(100 + n),
                    paid_on=min(document_on + timedelta(days=4), end - timedelta(days=1)),
                    currency=contract.currency,
                    synthetic=True,
                    **_parts(cents(line.total / periods * share)),
                )
        start = end


def _month_after(on: date, months: int) -> date:
    """The first day of the month so many months later."""
    years, month = divmod(on.month - 1 + months, 12)
    return date(on.year + years, month + 1, 1)


def _correct(costs: list[ReportedCost], today: date) -> None:
    """A tenth of the first cost was not eligible: a row with a minus that names it and takes back its parts."""
    if not costs:
        return
    wrong = costs[0]
    taken = _parts(cents(wrong.total / 10))
    on = wrong.reported_on + timedelta(days=24)
    if on <= today:
        ReportedCost.objects.create(
            project=wrong.project,
            line=wrong.line,
            activity=wrong.activity,
            document=CREDIT_NOTE.format(wrong.document.lower()),
            document_on=on - timedelta(days=3),
            reported_on=on,
            currency=wrong.currency,
            corrects=wrong,
            entered_by=wrong.entered_by,
            entered_at=wrong.entered_at + timedelta(days=24),
            synthetic=True,
            **{name: -amount for name, amount in taken.items()},
        )


def _lump_sums(project: Project, contract: ContractVersion, today: date) -> list[ReportedCost]:
    """The packages that are done: a lump sum is due as a whole or not at all."""
    code, delivered_on, reported_on = PACKAGE_DONE
    line = contract.budget_lines.get(code=code)
    if reported_on > today:
        return []
    return [
        ReportedCost(
            project=project,
            line=line,
            activity=line.activity,
            document=f"{code}: deliverables accepted",
            document_on=delivered_on,
            reported_on=reported_on,
            currency=contract.currency,
            total=line.total,
            eu_part=line.eu_part,
            national_part=line.national_part,
            own_part=line.own_part,
            synthetic=True,
        )
    ]


def _payments(
    contract: ContractVersion, costs: list[ReportedCost], *, advance: Decimal
) -> Iterator[tuple[str, date, Decimal]]:
    """A share in advance, then nine tenths of what was reported in each half-year, eleven weeks after it."""
    if contract.total is None or contract.starts_on is None:
        return
    yield Payment.Kind.ADVANCE, contract.starts_on + timedelta(days=37), cents(contract.total * advance)
    halves: dict[date, Decimal] = {}
    for cost in costs:
        over = _month_after(date(cost.reported_on.year, 1 if cost.reported_on.month < 7 else 7, 1), 6)
        halves[over] = halves.get(over, NOTHING) + cost.total
    for over, reported in sorted(halves.items()):
        yield Payment.Kind.INTERIM, over + timedelta(days=77), cents(reported * 9 / 10)


def _papers(project: Project, costs: list[ReportedCost], by: User | None) -> None:
    """The invoices behind the newest costs."""
    for cost in costs:
        content = lists.invoice(
            title=cost.document,
            rows=[
                ("Проект", project.number),
                ("Дата", day(cost.document_on, "bg")),
                ("Предмет", cost.line.name["bg"]),
                ("Сума", money(cost.total, "bg")),
            ],
            language="bg",
        )
        name = f"faktura-{cost.document.rsplit(' ', 1)[-1]}.pdf"
        file = storage.put([content], name=name, media_type="application/pdf", by=by, at=cost.entered_at)
        cost.evidence = Evidence.objects.create(
            project=project,
            activity=cost.activity,
            kind=Evidence.Kind.DOCUMENT,
            file=file,
            added_at=cost.entered_at,
            added_by=by,
            synthetic=True,
        )
    ReportedCost.objects.bulk_update(costs, ["evidence"])
