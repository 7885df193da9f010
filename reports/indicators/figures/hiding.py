"""Which numbers of indicators are hidden where others than those who work with them read: small counts of persons, and
what would give them away. The sums between the ESF+ common indicators are those of Regulation (EU) 2021/1057, Annex I
(participants by status, age and education are parts of all participants; sensitive answers and results hold for some of
them); an own indicator is part of another where its rule is the narrower one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.suppression import Sum, hide
from reports.indicators.figures.counting import Library, Tally
from reports.indicators.figures.rules import LISTS
from reports.indicators.models import Definition

ALL = "EECO01"
IDLE = "unemployed or inactive"  # of whom EECR04 and EECR05 count some
SENSITIVE = tuple(f"EECO{n}" for n in range(12, 18))  # answers of special category, GDPR Art. 9
WHOLES: tuple[tuple[str, tuple[str, ...], bool], ...] = (  # whole, its parts, and whether these are all of them
    (ALL, ("EECO02", "EECO04", "EECO05"), True),
    (ALL, ("EECO06", "EECO07", "EECO08"), False),
    (ALL, ("EECO09", "EECO10", "EECO11"), True),
    ("EECO02", ("EECO03",), False),
    *((ALL, (code,), False) for code in SENSITIVE),
)
OF_RESULTS = (  # hold to date only: a period places results by the day of leaving, and the others by that of entry
    ("EECO04", ("EECR01",), False),
    (ALL, ("EECR02",), False),
    (ALL, ("EECR03",), False),
    (IDLE, ("EECR04",), False),
    (IDLE, ("EECR05",), False),
    ("EECO05", ("EECR06",), False),
)
PARTS = ("women", "men", "non_binary", "unknown")
TOTAL = "total"
Numbers = Mapping[str, int]  # by part and total; a number without parts has only the total
Place = tuple[str, str, str]  # period or to date, code, part


def numbers(tally: Tally) -> dict[str, int]:
    """A figure as women, men, non-binary, unknown and total; of one that is not split, the total alone."""
    if tally.whole:
        return {TOTAL: int(tally.total)}
    return {part: int(getattr(tally, part)) for part in PARTS} | {TOTAL: int(tally.total)}


@dataclass
class _Cells:
    """The counts with the sums among them, as `core.suppression.hide` takes them."""

    counts: dict[Any, int] = field(default_factory=dict)
    thresholds: dict[Any, int] = field(default_factory=dict)
    sums: list[Sum] = field(default_factory=list)
    unpublished: set[Any] = field(default_factory=set)
    published: set[Any] = field(default_factory=set)

    def add(self, key: Any, n: int, threshold: int) -> Any:
        self.counts[key], self.thresholds[key] = n, threshold
        return key

    def rest(self, total: Any, parts: tuple[Any, ...], threshold: int, *, all_of_it: bool = False) -> None:
        """`parts` lie in `total`; those of it in none of them are a count nobody sees. Records that contradict this
        give nothing away."""
        inside = sum(self.counts[part] for part in parts)
        left = self.counts[total] - inside
        if left < 0:
            return
        if not (all_of_it and not left):
            rest = self.add(("rest of", total, parts), left, threshold if inside else self.thresholds[total])
            self.unpublished.add(rest)
            parts = (*parts, rest)
        self.sums.append(Sum(total, parts))


def hidden_of(
    figures: Mapping[str, Mapping[str, Numbers]], thresholds: Mapping[str, int], *,
    within: tuple[tuple[str, str], ...] = (), shown_before: Mapping[Place, int] | None = None,
) -> set[Place]:  # fmt: skip
    """The places to hide of figures by "period" and "to_date" (one or both), code, and part or total.

    `thresholds` by code; `within`: pairs of codes (narrow, wide) of which the narrow one counts some of the wide one;
    `shown_before`: what an earlier publication showed, so that the difference between the two is protected too.
    """
    if figures.get("period") == figures.get("to_date"):  # nobody came before the period: one table, shown twice
        found = hidden_of({"to_date": figures["to_date"]}, thresholds, within=within, shown_before=shown_before)
        return found | {("period", code, part) for _scale, code, part in found}
    cells = _Cells()
    places: list[Place] = []
    for scale, by_code in figures.items():
        for code, split in by_code.items():
            for part, n in split.items():
                places.append(cells.add((scale, code, part), n, thresholds[code]))
            if len(split) > 1:
                parts = tuple((scale, code, part) for part in split if part != TOTAL)
                cells.sums.append(Sum((scale, code, TOTAL), parts))
        for part in (*PARTS, TOTAL):
            _relate(cells, scale, part, within)
    for scale, code, part in places:
        if scale == "period" and ("to_date", code, part) in cells.counts:
            cells.rest(("to_date", code, part), ((scale, code, part),), thresholds[code])
    for place, n in (shown_before or {}).items():
        if place in cells.counts:
            before = cells.add(("before", *place), n, 1)
            cells.published.add(before)
            more, less = (place, before) if cells.counts[place] >= n else (before, place)
            cells.rest(more, (less,), thresholds[place[1]])
    found = hide(cells.counts, cells.sums, cells.thresholds, unpublished=cells.unpublished, published=cells.published)
    return {place for place in places if place in found}


def _relate(cells: _Cells, scale: str, part: str, within: tuple[tuple[str, str], ...]) -> None:
    """The sums between the indicators of one period and part."""

    def at(code: str) -> Place:
        return scale, code, part

    if at("EECO02") in cells.counts and at("EECO04") in cells.counts:
        both = (at("EECO02"), at("EECO04"))
        threshold = max(cells.thresholds[each] for each in both)
        idle = cells.add(at(IDLE), sum(cells.counts[each] for each in both), threshold)
        cells.unpublished.add(idle)
        cells.sums.append(Sum(idle, both))
    wholes = (
        *WHOLES,
        *(OF_RESULTS if scale == "to_date" else ()),
        *((wide, (narrow,), False) for narrow, wide in within),
    )
    for whole, codes, exhaustive in wholes:
        parts = tuple(at(code) for code in codes if at(code) in cells.counts)
        if parts and at(whole) in cells.counts:
            threshold = max(cells.thresholds[each] for each in parts)
            cells.rest(at(whole), parts, threshold, all_of_it=exhaustive and len(parts) == len(codes))


def narrower(library: Library) -> Iterator[tuple[str, str]]:
    """The pairs of codes (narrow, wide) of which each person of the narrow one is one of the wide one, by the rules."""
    rules = {code: d.rule for code, d in library if d.source == Definition.Source.PEOPLE}
    if any(code == ALL and d.source == Definition.Source.COMMON for code, d in library):
        rules[ALL] = {"complete": True}
    for one, narrow in rules.items():
        for other, wide in rules.items():
            if one != other and other in rules and _inside(narrow, wide) and (one < other or narrow != wide):
                yield one, other


def _inside(narrow: Mapping[str, Any], wide: Mapping[str, Any]) -> bool:
    for name, value in wide.items():
        own = narrow.get(name)
        if value in (None, False):
            continue
        if own is None:
            return False
        if name in LISTS:
            if not set(own) <= set(value):
                return False
        elif name.endswith("_to"):
            if own > value:
                return False
        elif name != "complete" and own < value:
            return False
    return True
