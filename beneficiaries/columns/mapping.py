"""Which column of a sheet holds what: guessed, remembered, and used to read rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from beneficiaries.columns.kinds import COLUMNS
from core.imports import BLANKS, Column, fold, kinds


def columns_of(kind: str) -> tuple[Column, ...]:
    """The columns of a kind: one of ours, or one that another app brings."""
    return COLUMNS[kind] if kind in COLUMNS else kinds()[kind].columns


def columns(kind: str) -> dict[str, Column]:
    return {column.name: column for column in columns_of(kind)}


def heads(headings: Sequence[str]) -> list[str]:
    """A name for each column of a sheet: its heading; where that is empty or there already, with its number."""
    found: list[str] = []
    for n, heading in enumerate(headings, 1):
        name = " ".join(heading.split()) or f"#{n}"
        found.append(name if name not in found else f"{name} #{n}")
    return found


def guess(kind: str, headings: Sequence[str], sample: Sequence[Sequence[str]] = ()) -> dict[str, Any]:
    """What each column of a sheet probably holds: a mapping. The heading decides; where it says nothing, the values.

    A heading that means two columns goes to the one whose values it can hold.
    """
    found: dict[str, str] = {}
    names = heads(headings)
    texts = [[row[n].strip() for row in sample if n < len(row)] for n in range(len(names))]
    values = [[text for text in column if text not in BLANKS] for column in texts]
    free = set(range(len(names)))
    for exact in (True, False):
        for column in columns_of(kind):
            if column.name in found:
                continue
            means = column.headings()
            for n in sorted(free, key=lambda n: (not _can_hold(column, values[n]), n)):
                said = fold(headings[n])
                inside = any(len(m) > 3 and f" {m} " in f" {said} " for m in means)
                if said in means if exact else inside and _can_hold(column, values[n]):
                    found[column.name] = names[n]
                    free.discard(n)
                    break
    for column in columns_of(kind):  # values that speak for themselves
        if column.name in found or column.kind != "code":
            continue
        for n in sorted(free):
            if len(set(values[n])) > 1 and not all(v.isdecimal() for v in values[n]) and _can_hold(column, values[n]):
                found[column.name] = names[n]
                free.discard(n)
                break
    return {"columns": found}


def _can_hold(column: Column, values: Sequence[str]) -> bool:
    """Whether most of the sample can be read as this column."""
    good = 0
    for value in values:
        try:
            column.read(value)
        except ValueError:
            continue
        good += 1
    return not values or good * 2 >= len(values)


class Reader:
    """Reads the cells of one sheet by a mapping: which heading, or headings of a date in parts, each column has.

    Raises ValueError with a message when the mapping names a heading that the sheet does not have.
    """

    def __init__(self, kind: str, mapping: Mapping[str, Any], headings: Sequence[str]):
        self.columns = columns(kind)
        self.words = {
            name: {fold(word): value for word, value in words.items()}
            for name, words in mapping.get("values", {}).items()
        }
        self.fixed = {name: str(value) for name, value in mapping.get("fixed", {}).items() if name in self.columns}
        places: dict[str, int] = {}
        for n, name in enumerate(heads(headings)):
            places.setdefault(fold(name), n)
            places[name] = n
        self.places: dict[str, list[int]] = {}
        for name, heading in mapping.get("columns", {}).items():
            if name not in self.columns or not heading:
                continue
            asked = [heading] if isinstance(heading, str) else list(heading)
            missing = [h for h in asked if h not in places and fold(h) not in places]
            if missing:
                raise ValueError(_("There is no column “%(name)s” in this sheet.") % {"name": missing[0]})
            self.places[name] = [places.get(h, places.get(fold(h), 0)) for h in asked]

        self.width = 1 + max((n for places in self.places.values() for n in places), default=0)
        self.alone = [(name, places[0]) for name, places in self.places.items() if len(places) == 1]
        self.parted = [(name, places) for name, places in self.places.items() if len(places) > 1]

    def cells(self, row: Sequence[str]) -> dict[str, str]:
        """The text of each mapped column in a row; codes of the sheet's own become ours."""
        if len(row) < self.width:
            row = [*row, *[""] * (self.width - len(row))]
        said = {name: text for name, n in self.alone if (text := row[n].strip()) not in BLANKS}
        for name, places in self.parted:
            if text := "-".join(part.zfill(2) for n in places if (part := row[n].strip()) not in BLANKS):
                said[name] = text
        for name in self.words.keys() & said.keys():
            said[name] = self.words[name].get(fold(said[name]), said[name])
        return self.fixed | {name: text for name, text in said.items() if text} if self.words else self.fixed | said
