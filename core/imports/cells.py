"""How one cell of a column is read: a date as people write it, a code by its word in any of the three languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.sheets.values import clock, day, number

BLANKS = {"", "-", "–", "—", "n/a"}


def fold(text: str) -> str:
    """A heading or a label without case, marks and needless spaces, for comparison."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


@dataclass(frozen=True, eq=False)
class Column:
    """One column: its name in mappings, its heading for people, other headings for it, and how a cell is read.

    `kind` is text, code, day, clock or number; `codes` are the values of a code column with the words for each.
    """

    name: str
    label: Any
    synonyms: str = ""  # divided by ";", in any language
    kind: str = "text"
    required: bool = False
    example: str = ""
    longest: int = 200
    codes: Any = None  # () → {code: [words]}
    about: Any = ""

    def headings(self) -> set[str]:
        """Every folded heading that means this column."""
        return {fold(text) for text in [self.name, *_in_all_languages(self.label), *self.synonyms.split(";")]} - {""}

    def read(self, text: str, decimal: str = "") -> Any:
        """The value in a cell; "" or None for an empty one. Raises ValueError with a message saying how to fix it.

        `decimal` is the sign before the decimals in this file."""
        text = text.strip()
        if text in BLANKS:
            return "" if self.kind in ("text", "code") else None
        if self.kind == "day":
            return _day(text)
        if self.kind == "code":
            value = _codes(self).get(fold(text))
            if value is None:
                words = {"known": ", ".join(self.known()[:12])}
                raise ValueError(_("This is not in the list of answers. Use one of: %(known)s.") % words)
            return value
        if self.kind == "clock":
            return clock(text)
        if self.kind == "number":
            return number(text, decimal)
        if len(text) > self.longest:
            message = _("This text is too long. Use at most %(longest)s characters.")
            raise ValueError(message % {"longest": self.longest})
        if "\x00" in text:
            raise ValueError(_("There is a character in this cell that is no text. Type it again."))
        return text

    def known(self) -> list[str]:
        """The answers of a code column, in the language in use."""
        return [str(words[0]) for words in self.codes().values()] if self.codes else []


def _in_all_languages(label) -> list[str]:
    found = []
    for language, _name in settings.LANGUAGES:
        with override(language):
            found.append(str(label))
    return found


@cache
def _codes(column: Column) -> dict[str, str]:
    """Folded code or word in any language → code. A word that means two codes means none."""
    found: dict[str, set[str]] = {}
    for code, words in column.codes().items():
        for text in {code, *(said for word in words for said in _in_all_languages(word))}:
            found.setdefault(fold(str(text)), set()).add(code)
    return {text: codes.pop() for text, codes in found.items() if len(codes) == 1}


_day = lru_cache(20_000)(day)


def choices(of, more: Mapping[str, str] | None = None):
    """The values of a list of choices with their labels and further words for them, divided by ";"."""

    def codes() -> dict[str, list]:
        return {code: [label, *(more or {}).get(code, "").split(";")] for code, label in of.choices}

    return codes
