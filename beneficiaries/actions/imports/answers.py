"""What goes back to the person: their own workbook with the problems marked, and empty ones to fill in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import override

from beneficiaries.actions.imports.doing import counts
from beneficiaries.columns import columns_of, heads, templates
from beneficiaries.models import Import, StagedRow
from core import sheets, storage
from core.access import Refused

MARKED = {"doubt": "warning"}
KINDS = {"day": "date", "clock": "time", "number": "number"}


def marked(source: Import, out: Path) -> str:
    """Write the person's own workbook with every problem at its cell to `out`; the media type of the result."""
    if source.file is None:
        raise Refused(_("The file is no longer kept. Choose it again."))
    with override(source.language):
        told = [(str(StagedRow.Heap(name).label if name != "rows" else _("Rows of the file")), str(count))
                for name, count in counts(source).items()]  # fmt: skip
        summary = [(_("File"), source.file_name), *told]
        choice = sheets.Choice.from_json(source.choice)
        with storage.on_disk(source.file) as path:
            return sheets.mark(path, choice, _marks(source), summary, out, source.language)


def _marks(source: Import) -> Iterator[sheets.Mark]:
    looks = {sheet["name"]: sheet for sheet in source.look.get("sheets", ())}
    headings: list[str] = looks[source.choice["sheet"]]["headings"] if looks else []
    places = {name: n for n, name in enumerate(heads(headings), 1)}
    mapped = {name: h if isinstance(h, str) else h[0] for name, h in source.mapping.get("columns", {}).items()}
    rows = source.staged.exclude(findings=[]).order_by("number").values_list("number", "findings")
    for number, findings in rows.iterator():
        for found in findings:
            grade = MARKED.get(found["grade"], found["grade"])
            text = " ".join(part for part in (found["rule"], found["fix"]) if part)
            yield sheets.Mark(number, places.get(mapped.get(found["column"], ""), 0), grade, text, found["value"])


def template(kind: str, out: Path, language: str, lists: Mapping[str, Sequence[str]] | None = None) -> str:
    """Write an empty workbook for a kind of import to `out`; the media type of the result. `lists` says, by column,
    what may be chosen there beside the answers the column has itself."""
    with override(language):
        columns = [
            sheets.Column(
                heading=str(column.label), help=str(column.about),
                choices=(lists or {}).get(column.name) or column.known(),
                kind=KINDS.get(column.kind, "text"), required=column.required, example=column.example,
            )
            for column in columns_of(kind)
        ]  # fmt: skip
        title = str(Import.Kind(kind).label)
    return sheets.write_template(columns, templates.newest(), kind=kind, title=title, out=out, language=language)
