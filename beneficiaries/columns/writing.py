"""The national micro-data sheet: which columns the system of a country loads, as data, and participations written so.

The columns stand in the code list `microdata_columns`, by country. A row says the heading, what of a participation
stands there (`field`; none: nothing the portal holds), in which form a day or a part of it is written (`form`), whether
the system asks for it (`needed`; “outside”: it asks for what the portal never keeps), and its word for each of our
codes (`words`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Q

from core.models import Code
from core.models.texts import said

PARTS = {"year": "%Y", "month": "%-m", "day": "%-d"}
EMPTY = {  # of a participation: when a column has nothing to say
    "given_name": Q(person__identity=None) | Q(person__identity__given_name=""),
    "family_name": Q(person__identity=None) | Q(person__identity__family_name=""),
    "gender": Q(person__gender=""),
    "born_on": Q(person__born_on=None),
    "age": Q(person__born_on=None),
    "labour_status": Q(labour_status=""),
    "education": Q(education=None),
}
CODED = {"gender": "person__gender", "labour_status": "labour_status", "education": "education"}


@dataclass(frozen=True)
class Place:
    """One column of a sheet."""

    head: str
    of: str = ""
    form: str = ""
    needed: bool = False
    outside: bool = False
    words: Mapping[str, str] = field(default_factory=dict)

    def text(self, values: Mapping[str, Any]) -> str:
        """What is written there; nothing where the system has no word for it."""
        value = values.get(self.of)
        if value is None:
            return ""
        if isinstance(value, date):
            return value.strftime(PARTS.get(self.form, self.form or "%Y-%m-%d"))
        return self.words.get(str(value), "") if self.words else str(value)

    def lacks(self) -> Q | None:
        """The participations of which a needed text would be empty; None where there can be none."""
        if not self.needed or self.of not in EMPTY:
            return None
        if not self.words:
            return EMPTY[self.of]
        path = CODED[self.of]
        return EMPTY[self.of] | ~Q(**{f"{path}__in": list(self.words)})


@dataclass(frozen=True)
class Sheet:
    """The sheet of one country."""

    country: str
    places: tuple[Place, ...]

    @property
    def heads(self) -> list[str]:
        return [place.head for place in self.places]

    @property
    def outside(self) -> list[str]:
        """Columns that the system asks for and the portal never keeps."""
        return [place.head for place in self.places if place.outside]

    def row(self, values: Mapping[str, Any]) -> list[str]:
        return [place.text(values) for place in self.places]

    def missing(self, values: Mapping[str, Any]) -> list[str]:
        """The headings under which this row lacks what the system asks for."""
        return [place.head for place in self.places if place.needed and not place.text(values)]

    def lacking(self) -> Q:
        """The participations that lack something the system asks for."""
        found = Q(pk__in=[])
        for place in self.places:
            if (lacks := place.lacks()) is not None:
                found |= lacks
        return found


def sheet_of(country: str) -> Sheet:
    """The sheet that the system of a country loads; that of MICRODATA_COUNTRY where it has none of its own."""
    codes: dict[str, list[Code]] = {}
    for code in Code.objects.of("microdata_columns").current():
        codes.setdefault(code.code.partition(":")[0], []).append(code)
    chosen = country if country in codes else settings.MICRODATA_COUNTRY
    return Sheet(chosen, tuple(_place(code, chosen.lower()) for code in codes.get(chosen, [])))


def _place(code: Code, language: str) -> Place:
    more = code.more
    pairs = (pair.partition("=") for pair in more["words"].split("|") if pair)
    return Place(
        said(code.name, language)[0], more["field"], more["form"], more["needed"] == "yes",
        more["needed"] == "outside", {ours: theirs for ours, _equals, theirs in pairs},
    )  # fmt: skip
