"""What people type in the demo because no record gives it: surveys in each state of their life, bodies, an informed
estimate, and the figures of school years. All of it is sample data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from core import audit
from core.models import Organisation, User
from projects.models import Project
from reports.indicators import actions
from reports.indicators.figures import library_of
from reports.indicators.models import Indicator, SchoolFigure, Value
from reports.management.demo.cast import SAMPLE, dice
from reports.management.demo.facts import COMMUNITY, NETWORK, TOGETHER

Figure = tuple[str, Decimal, Decimal | None]  # measure, numerator, denominator
SURVEYS = {  # project: indicator, and of the newest three quarters, the last one first, who agreed and who was asked
    TOGETHER: ("EDU-VIEW", ((118, 204), (109, 198), (97, 201))),
    COMMUNITY: ("SK-WELL", ((322, 511), (301, 498), (288, 502))),
    NETWORK: ("NET-PARENT", ((61, 104), (55, 98), (52, 101))),
    SAMPLE: ("KA-DIGITAL", ((17, 26), (15, 26), (12, 24))),
}
RETURNED = {"bg": "Приложете броя на раздадените анкети.", "lv": "Norādiet izsniegto anketu skaitu."}
BODIES = {TOGETHER: 4, COMMUNITY: 4}  # EECO18: public bodies that were supported
ESTIMATES = {  # EECO15: estimated number, method, basis
    TOGETHER: (58, "Извадково проучване на класните ръководители.", "Отговорите на 7 от 11 класа, май 2026 г."),
}


def fill(project: Project, users: dict[str, User], today: date, at: datetime) -> None:
    """The newest survey is a draft, the one before was returned, the oldest is approved; bodies are approved."""
    zone, officer, writer = ZoneInfo(project.programme.time_zone), users.get("officer"), users.get("admin")
    latest = datetime.combine(today, time(8, 0), zone)
    library = dict(library_of(project.programme_id))
    quarters = list(_quarters(project, today))
    remark = RETURNED.get(project.programme.language, RETURNED["bg"])

    def typed(code: str, quarter: tuple[date, date], amount: int, base: int | None, decided: bool | None) -> None:
        when = min(datetime.combine(quarter[1] + timedelta(days=9), time(14, 0), zone), latest)
        value = actions.type_value(
            library[code], project, from_on=quarter[0], to_on=quarter[1], by=writer, at=when,
            amounts={("", "", ""): (Decimal(amount), None if base is None else Decimal(base))},
        )  # fmt: skip
        if decided is None:
            return
        value = actions.send_value(value, version=value.version, by=writer, at=when)
        comment = "" if decided else remark
        actions.decide_value(value, approve=decided, comment=comment, version=value.version, by=officer, at=when)

    code, answers = SURVEYS.get(project.number, ("", ()))
    for quarter, (yes, asked), decided in zip(quarters, answers, (None, False, True), strict=False):
        typed(code, quarter, yes, asked, decided)
    if quarters and project.number in BODIES:
        typed("EECO18", quarters[-1], BODIES[project.number], None, True)
    Value.objects.filter(project=project).update(synthetic=True)
    if quarters and project.number in ESTIMATES:
        number, method, basis = ESTIMATES[project.number]
        actions.estimate(
            Indicator.objects.get(programme=project.programme, code="EECO15"), project, from_on=quarters[-1][0],
            to_on=quarters[0][1], value=number, method=method, basis=basis, estimated_on=quarters[0][1], by=officer,
            at=latest,
        )  # fmt: skip
    _school_years(project, officer, today, at)


def _quarters(project: Project, today: date) -> Iterator[tuple[date, date]]:
    """The last three quarters of the work that are over on `today`, the newest first."""
    contract = project.contract_on(today)
    if contract is None:
        return
    first, last = contract.starts_on or date.min, contract.ends_on or date.max
    start = date(today.year, 1 + (today.month - 1) // 3 * 3, 1)
    for _n in range(3):
        end = start - timedelta(days=1)
        start = date(end.year, end.month - 2, 1)
        if start >= first and end <= last:
            yield start, end


# --- school years ----------------------------------------------------------------------------------------------------


def _school_years(project: Project, officer: User | None, today: date, at: datetime) -> None:
    """Three finished school years of each school of a project; the last school joined after the oldest one."""
    begun = today.year if (today.month, today.day) >= (9, 15) else today.year - 1
    years = range(begun - 3, begun)
    partners = project.partners.filter(role="school", synthetic=True).select_related("organisation").order_by("pk")
    schools = [partner.organisation for partner in partners]
    rows = [
        SchoolFigure(school=school, year=year, measure=measure, numerator=top, denominator=base, by=officer, at=at,
                     synthetic=True)
        for school in schools
        for year in years[1 if school == schools[-1] else 0 :]
        for measure, top, base in figures_of(school, year, year - years[0])
    ]  # fmt: skip
    SchoolFigure.objects.bulk_create(rows)
    facts = {"schools": len(schools), "figures": len(rows)}
    audit.record("demo.school_years", project, by=None, at=at, project=project.number, after=facts)


def figures_of(school: Organisation, year: int, later: int) -> Iterator[Figure]:
    """What a school reports of a year, `later` years after the first: fewer leave, and exams go a little better."""
    name = next(iter(school.name.values()))
    size, chance = dice(name, "school"), dice(name, year)
    upper = any(word in name.lower() for word in ("средно", "vidusskola"))
    by_grade = size.randint(18, 46)
    primary, lower, secondary = 4 * by_grade, 3 * by_grade, 5 * by_grade if upper else 0
    enrolled = primary + lower + secondary + chance.randint(-6, 6)
    bulgarian = school.country == "BG"

    def share_of(of: int, low: int, high: int) -> tuple[Decimal, Decimal]:
        return Decimal(of * chance.randint(low, high) // 1000), Decimal(of)

    def mean_of(sat: int, low: float, high: float) -> tuple[Decimal, Decimal]:
        return Decimal(round(sat * chance.uniform(low, high))), Decimal(sat)

    yield "enrolled", Decimal(enrolled), None
    yield "dropout", *share_of(enrolled, 14 - 4 * later, 34 - 8 * later)
    yield "left_abroad", Decimal(chance.randint(0, 7)), None
    yield "absences_primary", *mean_of(primary, 3 - later / 2, 6 - later / 2)
    yield "absences_lower", *mean_of(lower, 7 - later, 12 - later)
    yield "repetition", *share_of(primary + lower, 6, 24 - 4 * later)
    yield "reintegrated", Decimal(chance.randint(1, 9)), None
    if secondary:
        yield "absences_upper", *mean_of(secondary, 11 - later, 17 - later)
        yield "repetition_secondary", *share_of(secondary, 5, 30)
        yield "secondary_completed", *share_of(by_grade - 4, 760 + 20 * later, 930)
    if bulgarian:
        for grade in (4, 7, 10) if secondary else (4, 7):
            yield f"nvo_bg_{grade}", *mean_of(by_grade - chance.randint(0, 5), 38 + 2 * later, 54 + 2 * later)
            yield f"nvo_math_{grade}", *mean_of(by_grade - chance.randint(0, 5), 31 + later, 45 + later)
        if secondary:
            yield "dzi_bg", *mean_of(by_grade - 6, 3.5, 4.6)
        yield "after_grade_7", *share_of(by_grade - 1, 880 + 15 * later, 980)
    invited = primary + lower
    yield "parent_meetings", Decimal(chance.randint(8, 22)), None
    yield "parents_present", *share_of(invited, 420 + 30 * later, 640 + 30 * later)
    mediators = 1 + later // 2 + size.randint(0, 1)
    yield "mediators", Decimal(mediators), None
    yield "mediators_fte", Decimal(mediators) - Decimal("0.5"), None
    yield "club_activities", Decimal(chance.randint(6, 30)), None
    yield "club_pupils", Decimal(chance.randint(20, 80)), None
