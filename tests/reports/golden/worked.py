"""Figures of the demo worked out a second time from what was put into it: the invented cast, the costs of each quarter
and what schools report. Nothing here asks the database or any function that counts for the portal; sums, shares and
roundings are done by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from core.models import Organisation
from reports.management.demo.cast import STAGES, School, Someone, dice, people
from reports.management.demo.facts import COMMUNITY, NETWORK, TOGETHER
from reports.management.demo.money import OF_NINE
from reports.management.demo.values import figures_of

WORK = {"EECO02": ("UE", "LTU"), "EECO03": ("LTU",), "EECO04": ("IN", "INE"), "EECO05": ("EM", "SE")}
LEVELS = {"EECO09": range(3), "EECO10": range(3, 5), "EECO11": range(5, 9)}
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Line:
    """One golden figure: the row is found by the values of some of its columns."""

    table: str
    row: dict[str, str]
    column: str
    value: str
    because: str


def halves_up(number: Decimal) -> Decimal:
    return number.quantize(CENT, ROUND_HALF_UP)


# --- people ----------------------------------------------------------------------------------------------------------


def tally(stage: str, year: int = 2026) -> dict[str, Counter[str]]:
    """By indicator and gender the complete records of a stage; none of them depends on a day."""
    found: dict[str, Counter[str]] = {code: Counter() for code in ("EECO01", *WORK, *LEVELS)}
    for one in _complete(stage, year):
        codes = ["EECO01", *(code for code, statuses in WORK.items() if one.labour_status in statuses)]
        codes += [code for code, levels in LEVELS.items() if one.education in levels]
        for code in codes:
            found[code][one.gender] += 1
    return found


def _complete(stage: str, year: int) -> Iterator[Someone]:
    """Who counts: gender, birth, work and education are all known (Regulation (EU) 2021/1057, Annex I, 1.1)."""
    cast = next(each for each in STAGES if each.number == stage)
    for _circle, members in people(cast, year):
        for one in members:
            if one.gender and one.born_on and one.labour_status and one.education is not None:
                yield one


def annex(stage: str, place: dict[str, str]) -> Iterator[Line]:
    """Table 6 of Annex VII: men, women, non-binary and total of each common output in one place."""
    for code, genders in tally(stage).items():
        for column, gender in (("men", "M"), ("women", "F"), ("non_binary", "N")):
            yield Line("annex_vii_6", {**place, "code": code}, column, str(genders[gender]), "cast: complete records")
        yield Line("annex_vii_6", {**place, "code": code}, "total", str(genders.total()), "the sum of M, F and N")


def counted(stage: str) -> Iterator[Line]:
    """The same persons in the indicator report of one project. The whole of the work is the period, so that what is
    counted in it is what is counted to date."""
    for code, genders in tally(stage).items():
        for column, n in (("women", genders["F"]), ("men", genders["M"]), ("total", genders.total())):
            for end in ("", "_to_date"):
                yield Line("counted_indicators", {"code": code}, f"{column}{end}", str(n), "cast: complete records")


# --- money -----------------------------------------------------------------------------------------------------------


def claimed() -> list[Decimal]:
    """What “Skola – kopienā” claims of each of its nine lines: the costs of the four quarters of 2025, each a random
    share, between 0.50 and 0.95, of the even pace of the 18.9 quarters the work takes."""
    found = [Decimal(0)] * len(OF_NINE)
    quarters = Decimal((date(2029, 8, 31) - date(2025, 1, 1)).days) / 90
    for month in (1, 4, 7, 10):
        chance = dice(COMMUNITY, "costs", date(2025, month, 1))
        for n, total in enumerate(OF_NINE):
            pace = Decimal(round(chance.uniform(0.5, 0.95), 4))
            chance.randint(2, 27), chance.randint(6, 13), chance.random()  # days of the paper, and that there is one
            found[n] += halves_up(Decimal(total) / quarters * pace)
    return found


def execution() -> Iterator[Line]:
    whole = claimed()
    for n, (planned, amount) in enumerate(zip(OF_NINE, whole, strict=True), start=1):
        row = {"code": str(n)}
        yield Line("execution_by_activity", row, "planned", f"{planned}.00", "the line of the budget")
        yield Line("execution_by_activity", row, "claimed", str(amount), "costs of the four quarters of 2025")
    for table in ("execution_by_category", "execution_by_partner", "execution_by_year"):
        yield Line(table, {"code": ""}, "claimed", str(sum(whole)), "no line names a category, a partner or a year")


def declared() -> Iterator[Line]:
    total = sum(claimed())
    because = "the first claim was rejected, and its costs stand in the second; none of the four is decided"
    yield Line("annex_vii_1", {"priority": "4"}, "declared", str(total), because)
    part = halves_up(100 * total / Decimal(29_545_252))
    yield Line("annex_vii_1", {"priority": "4"}, "declared_share", str(part), "of 29 545 252")


# --- schools ---------------------------------------------------------------------------------------------------------

MEANS = ("nvo_", "dzi_")
Fraction = tuple[Decimal, Decimal | None]


def _reported(school: School, year: int) -> dict[str, Fraction]:
    """What the school of the cast reports of a year; the school years of March 2026 begin in 2022."""
    body = Organisation(name=school.name, country="BG")
    return {measure: (top, base) for measure, top, base in figures_of(body, year, year - 2022)}


def _value(measure: str, top: Decimal, base: Decimal | None) -> str:
    if base is None:
        return str(top)
    share_or_mean = 1 if measure.startswith((*MEANS, "absences_")) else 100
    return str(halves_up(share_or_mean * top / base))


def _together(schools: list[School], measure: str, year: int) -> tuple[Fraction, int]:
    """Numerators and denominators added up over the schools that reported, and how many did."""
    found = [fraction for school in schools if (fraction := _reported(school, year).get(measure))]
    bases = [base for _top, base in found if base is not None]
    return (sum((top for top, _base in found), Decimal(0)), sum(bases, Decimal(0)) if bases else None), len(found)


def _schools(stage: str) -> list[School]:
    return list(next(each for each in STAGES if each.number == stage).schools)


def card() -> Iterator[Line]:
    """The first school of “Together we succeed” beside all four; the fourth joined after the first year."""
    schools = _schools(TOGETHER)
    for year in (2022, 2023, 2024):
        there = schools[:3] if year == 2022 else schools
        for measure, (top, base) in _reported(schools[0], year).items():
            row = {"measure": measure, "year": f"{year}/{year + 1}"}
            (all_top, all_base), n = _together(there, measure, year)
            because = "what the school reports; ratios of sums for all"
            yield Line("school_measures", row, "value", _value(measure, top, base), because)
            yield Line("school_measures", row, "all_value", _value(measure, all_top, all_base), because)
            yield Line("school_measures", row, "schools", str(n), because)


def network() -> Iterator[Line]:
    """The three schools of the network, the third one since the second year; the panel are those of all years."""
    schools = _schools(NETWORK)
    for year in (2022, 2023, 2024):
        there = schools[:2] if year == 2022 else schools
        for measure in _reported(schools[0], year):
            row = {"measure": measure, "year": f"{year}/{year + 1}"}
            (top, base), n = _together(there, measure, year)
            (panel_top, panel_base), _n = _together(schools[:2], measure, year)
            because = "ratios of sums of what the schools report"
            yield Line("network_measures", row, "numerator", str(top), because)
            yield Line("network_measures", row, "value", _value(measure, top, base), because)
            yield Line("network_measures", row, "schools", str(n), because)
            yield Line("network_measures", row, "panel_value", _value(measure, panel_top, panel_base), because)
