"""The versions of the templates, as data: which headings each had, so that a workbook made from an older one loads.

Whoever changes a heading adds a version to templates.json (`headings_now` is its content); a test holds the newest
against the columns.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from beneficiaries.columns.kinds import COLUMNS
from beneficiaries.columns.mapping import columns_of, guess, heads
from core.imports import kinds

FILE = Path(__file__).with_name("templates.json")
LOADED = 3  # versions that still load, the newest among them


@cache
def versions() -> dict[str, dict[str, dict[str, list[str]]]]:
    """Version → kind → column → its heading in each language; the versions are numbers, in order."""
    return json.loads(FILE.read_text("utf-8"))


def newest() -> str:
    return max(versions(), key=int)


def headings_now() -> dict[str, dict[str, list[str]]]:
    """Kind → column → the heading a template would have today, in each language."""
    found: dict[str, dict[str, list[str]]] = {}
    for code, _name in settings.LANGUAGES:
        with override(code):
            for kind in (*COLUMNS, *kinds()):
                for column in columns_of(kind):
                    found.setdefault(str(kind), {}).setdefault(column.name, []).append(str(column.label))
    return found


def headings_ever(kind: str) -> set[str]:
    """Every heading of this kind in any version."""
    return {heading for kinds in versions().values() for told in kinds.get(kind, {}).values() for heading in told}


def mapping_of(kind: str, version: str, headings: Sequence[str], sample: Sequence[Sequence[str]]) -> dict[str, Any]:
    """What each column of a filled-in template holds, by the headings of its version; columns of the person's own are
    guessed. Raises ValueError, naming the versions, where this one no longer loads or is not known."""
    loaded = sorted(versions(), key=int)[-LOADED:]
    if version not in loaded:
        message = _(
            "This file was made from version %(old)s of the template. The portal reads: %(loaded)s. Download the "
            "template of today, version %(new)s, copy your rows into it and choose that file."
        )
        raise ValueError(message % {"old": version or "?", "loaded": ", ".join(loaded), "new": newest()})
    names = set(heads(headings))
    known = {
        column: next((heading for heading in said if heading in names), "")
        for column, said in versions()[version].get(kind, {}).items()
    }
    known = {column: heading for column, heading in known.items() if heading}
    taken = set(known.values())
    others = guess(kind, headings, sample)["columns"]
    return {"columns": {name: h for name, h in others.items() if name not in known and h not in taken} | known}
