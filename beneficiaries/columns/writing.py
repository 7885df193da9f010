"""Rows written as the sheet of another system, by the mapping that also reads it."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings

MICRODATA = Path(__file__).with_name("umis_2014_2020.json")


def microdata() -> tuple[dict[str, Any], list[str]]:
    """The mapping of the national micro-data sheet, and its 35 headings in order."""
    with (settings.BASE_DIR / "core" / "codes" / "umis_microdata.csv").open(encoding="utf-8-sig") as file:
        headings = [line["header_bg"] for line in csv.DictReader(file)]
    return json.loads(MICRODATA.read_text("utf-8")), headings


class Writer:
    """Writes rows with these headings: the other way round from `Reader`.

    A code becomes the word that `write` gives for it, else the first word that `values` reads as it. A date in parts is
    year, month and day. What the sheet asks and the portal does not hold stays empty.
    """

    def __init__(self, mapping: Mapping[str, Any], headings: list[str]):
        self.headings = headings
        self.words: dict[str, dict[str, str]] = {}
        for name, words in mapping.get("values", {}).items():
            known = self.words.setdefault(name, {})
            for word, code in words.items():
                known.setdefault(code, word)
        for name, words in mapping.get("write", {}).items():
            self.words.setdefault(name, {}).update(words)
        self.places: dict[str, tuple[str, int]] = {}  # heading → our column, and which part of a date
        for name, heading in (mapping["columns"] | mapping.get("computed", {})).items():
            for part, each in enumerate([heading] if isinstance(heading, str) else heading):
                self.places.setdefault(each, (name, part))

    def row(self, values: Mapping[str, Any]) -> list[str]:
        return [self._cell(values, *self.places[h]) if h in self.places else "" for h in self.headings]

    def _cell(self, values: Mapping[str, Any], name: str, part: int) -> str:
        value = values.get(name)
        if value is None:
            return ""
        if isinstance(value, date):
            return str((value.year, value.month, value.day)[part])
        return self.words[name].get(str(value), "") if name in self.words else str(value)
