"""Report card of a school and report of a network of schools: the figures of school years (reference: national exams,
aims of the network), as sums of numerators by sums of denominators with the number of schools."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override, pgettext

from beneficiaries.figures import deliveries
from core import formats
from core.models import Code, Organisation
from core.models.texts import said
from core.money import share
from projects.models import Partner, Project
from reports import subjects
from reports.catalogue import Asks, Group, Kind, Subject
from reports.columns import schools as columns
from reports.indicators.figures.schools import OfYear, network, value_of
from reports.indicators.models import SchoolFigure
from reports.models import Report
from reports.tables import Table, unpadded

YEARS = 6  # school years side by side


def card(school: Organisation, year: int, start: date, end: date, language: str) -> list[Table]:
    """What one school reported for the years up to `year` beside all schools of its projects, and what its projects did
    there from `start` to `end`."""
    own = Partner.objects.filter(organisation=school, role=Partner.Role.SCHOOL)
    projects = Project.objects.filter(pk__in=own.values("project")).select_related("programme").order_by("number")
    measures, years = _measures(), range(year - YEARS + 1, year + 1)
    fellows = Partner.objects.filter(project__in=projects, role=Partner.Role.SCHOOL).values("organisation")
    figures = SchoolFigure.objects.in_force().filter(year__in=years)
    mine = {(f.measure, f.year): f for f in figures.filter(school=school)}
    everyone = network(figures.filter(school__in=fellows), _forms(measures))
    with override(language):
        rows = []
        for measure in measures:
            for of_year in years:
                if figure := mine.get((measure.code, of_year)):
                    whole = everyone[measure.code][of_year]
                    value = value_of(measure.more["form"], figure.numerator, figure.denominator)
                    rows.append(
                        _measure(measure, of_year, language)
                        | _value(measure, figure.numerator, figure.denominator, value)
                        | {"all_value": whole.value, "schools": whole.schools}
                    )
        return [Table(columns.CARD, rows), _done(school, projects, start, end, language)]


def _done(school: Organisation, projects: Iterable[Project], start: date, end: date, language: str) -> Table:
    rows = []
    for project in projects:
        held = deliveries(project.pk, start, end, school=school.pk).total
        title = list(said(project.title, language, project.programme.language))
        rows.append({
            "number": project.number, "title": title, "sessions": held.sessions, "hours": held.hours,
            "people": held.people, "rate": share(held.came, held.marks), "person_hours": held.person_hours,
        })  # fmt: skip
    return Table(columns.DONE, rows)


def of_network(projects: QuerySet[Project], year: int, language: str, original: str) -> list[Table]:
    """The schools of these projects together: every measure by school year up to `year`, over all that reported it and
    over those that reported it in every year, who reported what, and each school by itself."""
    measures, years = _measures(), range(year - YEARS + 1, year + 1)
    partners = Partner.objects.filter(project__in=projects, role=Partner.Role.SCHOOL)
    figures = SchoolFigure.objects.in_force().filter(school__in=partners.values("organisation"), year__in=years)
    everyone, panel = (network(figures, _forms(measures), panel=same) for same in (False, True))
    members = {of_year: _members(partners, of_year) for of_year in years}
    with override(language):
        rows = []
        for measure in measures:
            for of_year in years:
                if whole := everyone.get(measure.code, {}).get(of_year):
                    steady: OfYear | None = panel.get(measure.code, {}).get(of_year)
                    rows.append(
                        _measure(measure, of_year, language)
                        | _value(measure, whole.numerator, whole.denominator, whole.value)
                        | {"schools": whole.schools, "members": members[of_year].count(),
                           "panel_value": steady.value if steady else None,
                           "panel_schools": steady.schools if steady else 0}
                    )  # fmt: skip
        each = list(members[year].select_related("place").order_by("school_code", "pk"))
        of_the_year = figures.filter(year=year, school__in=each)
        return [
            Table(columns.NETWORK, rows), _reported(each, of_the_year, len(measures), language, original),
            _by_school(measures, each, of_the_year, language, original),
        ]  # fmt: skip


def _members(partners: QuerySet[Partner], year: int) -> QuerySet[Organisation]:
    """The schools that are in the network for some of a school year."""
    start, end = date(year, 9, 1), date(year + 1, 8, 31)
    there = partners.filter(Q(since_on=None) | Q(since_on__lte=end), Q(until_on=None) | Q(until_on__gte=start))
    return Organisation.objects.filter(pk__in=there.values("organisation"))


def _reported(
    schools: list[Organisation], figures: QuerySet[SchoolFigure], measures: int, language: str, original: str
) -> Table:
    n = Counter(figures.values_list("school_id", flat=True))
    rows = [
        {
            "code": school.school_code, "name": list(said(school.name, language, original)),
            "place": list(said(school.place.name, language, original)) if school.place else None,
            "reported": n[school.pk], "missing": measures - n[school.pk],
        }
        for school in schools
    ]  # fmt: skip
    return Table(columns.REPORTED, rows)


def _by_school(
    measures: list[Code], schools: list[Organisation], figures: QuerySet[SchoolFigure], language: str, original: str
) -> Table:
    found = {(f.measure, f.school_id): f for f in figures}
    rows = []
    for measure in measures:
        for school in schools:
            if figure := found.get((measure.code, school.pk)):
                value = value_of(measure.more["form"], figure.numerator, figure.denominator)
                name = {"code": school.school_code, "school": list(said(school.name, language, original))}
                rows.append(
                    {"measure": measure.code, "name": list(said(measure.name, language))}
                    | name | _value(measure, figure.numerator, figure.denominator, value)
                )  # fmt: skip
    return Table(columns.BY_SCHOOL, rows)


def _measures() -> list[Code]:
    return list(Code.objects.of("school_measures").current())


def _forms(measures: Iterable[Code]) -> dict[str, str]:
    return {measure.code: measure.more["form"] for measure in measures}


def _measure(measure: Code, year: int, language: str) -> dict[str, Any]:
    return {"measure": measure.code, "name": list(said(measure.name, language)), "year": f"{year}/{year + 1}"}


def _value(measure: Code, numerator: Decimal, denominator: Decimal | None, value: Decimal | None) -> dict[str, Any]:
    units = {
        "rate": "%", "per": pgettext("unit", "per pupil"), "mean": pgettext("unit", "mean"),
        "count": pgettext("unit", "Number"),
    }  # fmt: skip
    unit = units[measure.more["form"]]
    return {"numerator": unpadded(numerator), "denominator": unpadded(denominator), "value": value, "unit": unit}


# --- the kinds -------------------------------------------------------------------------------------------------------


def take_card(report: Report) -> dict[str, Any]:
    school = report.organisation
    assert school is not None
    found = card(school, report.from_on.year, report.from_on, report.to_on, report.language)
    with override(report.language):
        facts = [[_("School"), said(school.name, report.language)[0]], [_("School code"), school.school_code]]
        if school.place:
            facts.append([_("Place"), said(school.place.name, report.language)[0]])
        notes = [_("A school’s drop-out rate is another thing than early leavers from education and training.")]
    return {
        "tables": {table.key: table.encoded() for table in found}, "facts": facts, "notes": notes,
        "samples": school.synthetic,
    }  # fmt: skip


def take_network(report: Report) -> dict[str, Any]:
    thing, year = report.subject, report.from_on.year
    projects = subjects.projects(thing)
    found = of_network(projects, year, report.language, report.subject_language)
    schools = found[1].rows
    with override(report.language):
        silent = sum(not row["reported"] for row in schools)
        facts = [
            [_("Schools"), formats.count(len(schools), report.language)],
            [_("Schools that reported nothing for the year"), formats.count(silent, report.language)],
        ]
        notes = [_("A school’s drop-out rate is another thing than early leavers from education and training.")]
    return {
        "tables": {table.key: table.encoded() for table in found}, "facts": facts, "notes": notes,
        "samples": Partner.objects.filter(project__in=projects, organisation__synthetic=True).exists(),
    }  # fmt: skip


CARD = Kind(
    key="school_card",
    name=gettext_lazy("Report card of a school"),
    about=gettext_lazy("What a school reported for its school years beside all schools, and what projects did there."),
    take=take_card,
    group=Group.SCHOOLS,
    subjects=(Subject.SCHOOL,),
    asks=Asks.SCHOOL_YEAR,
    tables=(("", (columns.CARD.key, columns.DONE.key)),),
)
NETWORK = Kind(
    key="school_network",
    name=gettext_lazy("Report of a network of schools"),
    about=gettext_lazy("Figures of school years as ratios of sums with the number of schools, and who reported what."),
    take=take_network,
    group=Group.SCHOOLS,
    subjects=(Subject.PROGRAMME, Subject.CALL, Subject.PROJECT),
    asks=Asks.SCHOOL_YEAR,
    tables=(("", (columns.NETWORK.key, columns.REPORTED.key, columns.BY_SCHOOL.key)),),
)
