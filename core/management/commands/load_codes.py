"""Bring the code lists of core/codes into the database.

Each list is a CSV file named after it. Names in Bulgarian and Latvian, and short names, that the sources do not give
are ours and stand in names_bg_lv.csv.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.timezone import now

from core import audit
from core.models import Code, CodeList

FOLDER = settings.BASE_DIR / "core" / "codes"
OWN_NAMES = "names_bg_lv.csv"
SHORT_NAMES = ("short_en", "short_bg", "short_lv")
CHANGING = ("name", "position", "parent", "ended", "more")  # what a new version of a file may change about a code

Row = dict[str, str]


@dataclass(frozen=True)
class Layout:
    """How the rows of one file become codes.

    `code` and `names` name columns: several columns of a code are joined by a colon, `names` maps a language to its
    column; where the language differs from row to row it is "" and `language` tells it. `instead` is the column to
    take where a row has no code. What is not used for code, names and parent goes into `more`. Raise `version` when
    you change how a file is read.
    """

    version: str
    code: tuple[str, ...]
    names: dict[str, str]
    parent: str = ""
    instead: str = ""
    own_names: bool = False
    language: Callable[[Row], str] | None = None
    ended: Callable[[Row], bool] = lambda row: False


LAYOUTS = {
    "nuts": Layout(
        "2024",
        ("code",),
        {"": "name_local", "en": "name_latin"},
        parent="parent",
        language=lambda row: row["country"].lower(),
        ended=lambda row: row["status"] != "current",
    ),
    "bg_oblasti": Layout("2021-2027", ("oblast_code",), {"bg": "name_bg"}, parent="nuts3"),
    "bg_municipalities": Layout(
        "2021-2027",
        ("municipality_code",),
        {"bg": "name_bg", "en": "name_latin"},
        parent="nuts3",
        instead="numeric_code",
    ),
    "isced_2011": Layout("2011", ("level",), {"en": "name_en"}, own_names=True),
    "intervention_fields": Layout("2021/1060", ("code",), {"en": "name_en"}),
    "dimensions": Layout("2021/1060", ("dimension", "code"), {"en": "name_en"}),
    "annex_xvii_fields": Layout("2021/1060", ("number",), {"en": "short_name"}),
    "annex_vii_tables": Layout("2021/1060", ("table", "column_number"), {"en": "column"}),
    "annex_vii_words": Layout("2021/1060", ("kind", "code"), {"en": "word"}),
    "annex_xiii": Layout("2021/1060", ("number",), {"en": "element"}),
    "list_of_operations_fields": Layout("2021/1060", ("letter",), {"en": "field"}),
    "esf_indicators": Layout("2021/1057", ("code",), {"en": "name_en"}, own_names=True),
    "umis_microdata": Layout("2014-2020", ("column",), {"bg": "header_bg", "en": "meaning_en"}),
    "kohesio_fields": Layout("2014-2020, 2021-2027", ("field",), {"en": "meaning_en"}),
    "microdata_columns": Layout(
        "1", ("country", "column"), {"": "head", "en": "meaning_en"}, language=lambda row: row["country"].lower()
    ),
    "cost_categories": Layout("1", ("code",), {"en": "name_en", "bg": "name_bg", "lv": "name_lv"}),
    "package_kinds": Layout("1", ("code",), {"en": "name_en", "bg": "name_bg", "lv": "name_lv"}),
    "package_states": Layout("1", ("code",), {"en": "name_en", "bg": "name_bg", "lv": "name_lv"}),
    "document_states": Layout("1", ("code",), {"en": "name_en", "bg": "name_bg", "lv": "name_lv"}),
    "school_measures": Layout("1", ("code",), {"en": "name_en", "bg": "name_bg", "lv": "name_lv"}),
    "funding_statement": Layout("2021/1060", ("language",), {"": "statement"}, language=lambda row: row["language"]),
}


@dataclass
class Changes:
    """What loading a file would do to its list."""

    name: str
    version: str
    source: str
    sha256: str
    before: CodeList | None
    new: list[Code]
    changed: list[Code]
    vanished: list[Code]

    def __str__(self) -> str:
        counts = {"new": self.new, "changed": self.changed, "no longer in use": self.vanished}
        said = [f"{len(codes)} {words}" for words, codes in counts.items() if codes]
        return f"{self.name}: {', '.join(said) or 'another version of the file, the same codes'}"


class Command(BaseCommand):
    help = "Load the code lists of core/codes. Files that are loaded already are left alone."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--check", action="store_true", help="say what differs and write nothing")
        parser.add_argument("--folder", type=Path, default=FOLDER, help="where the CSV files are")

    def handle(self, *, check: bool, folder: Path, verbosity: int, **options) -> None:
        try:
            found = list(differences(folder))
        except (OSError, UnicodeDecodeError, KeyError, ValueError) as error:
            raise CommandError(f"The code lists cannot be read: {error}") from error
        if verbosity or check:
            for changes in found:
                self.stdout.write(str(changes))
        if check:
            if found:
                raise CommandError(f"{len(found)} code lists differ from their files.")
            return
        apply(found, at=now())
        if verbosity:
            self.stdout.write(f"{len(found)} of {len(LAYOUTS)} lists loaded, the others are as their files.")


def differences(folder: Path) -> Iterator[Changes]:
    """What each list whose file is another than the loaded one lacks; nothing is written.

    Raises OSError when a file is missing, KeyError for a missing column, ValueError for a code that stands twice.
    """
    companion = (folder / OWN_NAMES).read_bytes()
    own = {(row["list"], row["code"]): row for row in _rows(companion)}
    lists = CodeList.objects.in_bulk(list(LAYOUTS), field_name="name")
    for name, layout in LAYOUTS.items():
        content = (folder / f"{name}.csv").read_bytes()
        sha256 = hashlib.sha256(content + (companion if layout.own_names else b"")).hexdigest()
        before = lists.get(name)
        if before is not None and (before.sha256, before.version) == (sha256, layout.version):
            continue
        rows = _rows(content)
        wanted = _codes(rows, layout, {code: row for (of, code), row in own.items() if of == name})
        stored = {code.code: code for code in Code.objects.of(name)}
        yield Changes(
            name,
            layout.version,
            "; ".join(dict.fromkeys(_without_number(row["source"]) for row in rows)),
            sha256,
            before,
            new=[code for key, code in wanted.items() if key not in stored],
            changed=[code for key, code in wanted.items() if key in stored and _differ(code, stored[key])],
            # A code that an office added by hand holds no source, and stays.
            vanished=[c for key, c in stored.items() if key not in wanted and not c.ended and "source" in c.more],
        )


@transaction.atomic
def apply(found: list[Changes], *, at: datetime) -> None:
    """Write the differences, with one audit event for each list."""
    for changes in found:
        facts: dict[str, Any] = {"version": changes.version, "sha256": changes.sha256}
        row, _created = CodeList.objects.update_or_create(
            name=changes.name, defaults=facts | {"source": changes.source, "loaded_at": at}
        )
        for code in [*changes.new, *changes.changed]:
            code.list = row
        Code.objects.bulk_create(
            [*changes.new, *changes.changed],
            update_conflicts=True,
            unique_fields=["list", "code"],
            update_fields=CHANGING,
        )
        Code.objects.filter(pk__in=[code.pk for code in changes.vanished]).update(ended=True)
        audit.record(
            "codes.loaded",
            row,
            by=None,
            at=at,
            key=changes.name,
            before={"version": changes.before.version, "sha256": changes.before.sha256} if changes.before else None,
            after=facts | {"new": len(changes.new), "changed": len(changes.changed), "ended": len(changes.vanished)},
        )


def _rows(content: bytes) -> list[Row]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def _codes(rows: list[Row], layout: Layout, own: dict[str, Row]) -> dict[str, Code]:
    """The codes of a file by code, in its order."""
    used = {*layout.code, *layout.names.values(), layout.parent}
    codes: dict[str, Code] = {}
    for position, row in enumerate(rows, start=1):
        key = ":".join(row[column] for column in layout.code) or (row[layout.instead] if layout.instead else "")
        if not key or key in codes:
            raise ValueError(f"code “{key}” in row {position + 1} is empty or stands twice")
        spoken = layout.language(row) if layout.language else ""
        names = {language or spoken: row[column] for language, column in layout.names.items()}
        more = {column: text for column, text in row.items() if column not in used}
        if layout.own_names:
            names |= {language: own[key][language] for language in ("bg", "lv")}
            more |= {short: own[key][short] for short in SHORT_NAMES if own[key][short]}
        codes[key] = Code(
            code=key,
            name={language: name for language, name in names.items() if name},
            position=position,
            parent=row[layout.parent] if layout.parent else "",
            ended=layout.ended(row),
            more=more,
        )
    return codes


def _differ(wanted: Code, stored: Code) -> bool:
    return any(getattr(wanted, field) != getattr(stored, field) for field in CHANGING)


def _without_number(source: str) -> str:
    """The source of a list: “Annex XVII, field 12 (own words)” is one source for all its fields."""
    act, _comma, rest = source.partition(", field ")
    return f"{act} {rest.partition(' ')[2]}".strip() if rest else source
