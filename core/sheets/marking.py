"""The user's own workbook back, with what was found in it; and empty workbooks to fill in.

Values only: a formula is never written, and a text that begins like one is marked as text, so that no program runs it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext, pgettext_lazy

from core.reader.problems import letters
from core.reader.process import MARKER
from core.sheets.choices import Choice, Column, Mark
from core.sheets.reading import everything

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

GRADES = {  # the word before each finding, and the colour of its cell
    "error": (pgettext_lazy("grade of a finding", "Error"), "#FFC7CE"),
    "warning": (pgettext_lazy("grade of a finding", "Warning"), "#FFEB9C"),
    "accepted": (pgettext_lazy("grade of a finding", "Accepted"), "#DDEBF7"),
}
PROBLEM = pgettext_lazy("heading of a column", "Problem")
SUMMARY = pgettext_lazy("name of a sheet", "Summary")
SHOWN = 5_000  # comments and links; spreadsheet programs become slow with more
LAST_ROW = 1_048_576
LONGEST = 32_767
FORMULA = ("=", "+", "-", "@", "\t", "\r")
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}
FORMS = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")


class _Writer:
    """A workbook being written, with the few formats its cells need."""

    def __init__(self, out: Path):
        self.book = xlsxwriter.Workbook(str(out), OPTIONS)
        self.formats: dict[tuple, Any] = {}
        self.names: set[str] = set()

    def style(self, **properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format(properties) if properties else None
        return self.formats[key]

    def sheet(self, name: str) -> Any:
        """A new sheet, its name made one that a workbook may have."""
        plain = "".join("-" if sign in "[]:*?/\\" else sign for sign in name).strip("'")[:31] or _("Table")
        free, number = plain, 1
        while free.casefold() in self.names:
            number += 1
            free = f"{plain[:27]} {number}"
        self.names.add(free.casefold())
        return self.book.add_worksheet(free)

    def write(self, sheet: Any, row: int, column: int, cell: Any, **look: Any) -> None:
        """A value as it was read: text, number, true or false, or a list of the text of a day or time."""
        if cell == "" and not look:
            return
        if isinstance(cell, bool):
            sheet.write_boolean(row, column, cell, self.style(**look))
        elif isinstance(cell, (int, float)):
            sheet.write_number(row, column, cell, self.style(**look))
        elif isinstance(cell, list):
            self._write_time(sheet, row, column, cell[0], look)
        elif cell == "":
            sheet.write_blank(row, column, None, self.style(**look))
        else:
            if cell.startswith(FORMULA):
                look["quote_prefix"] = True
            sheet.write_string(row, column, cell[:LONGEST], self.style(**look))

    def _write_time(self, sheet: Any, row: int, column: int, text: str, look: dict[str, Any]) -> None:
        for form in FORMS:
            try:
                moment = datetime.strptime(text, form)  # noqa: DTZ007 - as it is on the wall
            except ValueError:
                continue
            shown = "dd.mm.yyyy" if form == FORMS[0] else "dd.mm.yyyy hh:mm"
            sheet.write_datetime(row, column, moment, self.style(num_format=shown, **look))
            return
        hours, _sign, rest = text.partition(":")
        minutes, _sign, seconds = rest.partition(":")
        span = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds or 0))
        shown = "hh:mm" if span < timedelta(days=1) else "[h]:mm"
        sheet.write_datetime(row, column, span, self.style(num_format=shown + (":ss" if seconds else ""), **look))


def mark(
    file: Path,
    choice: Choice,
    marks: Iterable[Mark],
    summary: Sequence[tuple[str, str]],
    out: Path,
    language: str,
) -> str:
    """Write the user's workbook to `out` as XLSX, with the findings of its chosen sheet; the media type of the result.

    Cells are coloured by grade and commented, a column "Problem" says everything that is wrong with its row, and a
    last sheet holds the pairs of `summary` and the list of findings with a link to each. Every sheet keeps its values
    and the numbers of its rows; formulas become their values. A workbook that was marked before gets the new findings
    instead of the old. Raises Unreadable.
    """
    found: dict[int, list[Mark]] = defaultdict(list)
    for finding in marks:
        found[finding.row].append(finding)
    writer = _Writer(out)
    old_summaries = _in_all_languages(SUMMARY)
    chosen: _Chosen | None = None
    with override(language):
        try:
            sheet: _Copied | None = None
            for begins, block in everything(file, choice):
                if begins and begins["chosen"]:
                    sheet = chosen = _Chosen(writer, begins, found)
                elif begins:
                    sheet = None if begins["name"] in old_summaries else _Copied(writer, begins)
                if sheet:
                    sheet.write(block)
            _write_summary(writer, summary, found, chosen)
        finally:
            writer.book.close()
    return XLSX


class _Copied:
    """A sheet that is written again as it was read."""

    def __init__(self, writer: _Writer, begins: dict[str, Any]):
        self.writer = writer
        self.sheet = writer.sheet(begins["name"])
        self.widths: Counter[int] = Counter()

    def write(self, rows: list[tuple[int, list[Any]]]) -> None:
        for number, cells in rows:
            if number > LAST_ROW:
                return
            self.row(number, cells)
            if number < 200:
                for column, cell in enumerate(cells):
                    self.widen(column, cell)

    def row(self, number: int, cells: list[Any]) -> None:
        for column, cell in enumerate(cells):
            self.writer.write(self.sheet, number - 1, column, cell)

    def widen(self, column: int, cell: Any, most: int = 40) -> None:
        if isinstance(cell, str) and min(len(cell), most) > self.widths[column]:
            self.widths[column] = min(len(cell), most)
            self.sheet.set_column(column, column, max(self.widths[column] + 2, 9))


class _Chosen(_Copied):
    """The sheet the findings are about: with colours, comments and the column that says it all."""

    def __init__(self, writer: _Writer, begins: dict[str, Any], found: dict[int, list[Mark]]):
        super().__init__(writer, begins)
        self.found = found
        self.heading, self.problem = begins["heading_row"], begins["width"]
        self.headings: list[str] = []
        self.comments = 0
        self.old_problems = _in_all_languages(PROBLEM)
        self.sheet.freeze_panes(self.heading, 0)

    def row(self, number: int, cells: list[Any]) -> None:
        if number == self.heading:
            self._headings(cells)
            return
        if number > self.heading and len(cells) > self.problem:
            cells[self.problem] = ""  # what an earlier answer said
        findings = self.found.get(number, [])
        grades = {finding.column - 1: finding.grade for finding in reversed(findings) if finding.column}
        for column in range(max([len(cells), *(column + 1 for column in grades)])):
            look = {"bg_color": GRADES[grades[column]][1]} if column in grades else {}
            self.writer.write(self.sheet, number - 1, column, cells[column] if column < len(cells) else "", **look)
        if findings:
            said = " · ".join(self._said_of(finding) for finding in findings)
            self.writer.write(self.sheet, number - 1, self.problem, said)
            self._comment(number, findings)

    def _headings(self, cells: list[Any]) -> None:
        self.headings = [cell if isinstance(cell, str) else "" for cell in cells]
        self.problem = next((at for at, cell in enumerate(self.headings) if cell in self.old_problems), self.problem)
        for column, cell in enumerate(cells):
            if column != self.problem:
                self.writer.write(self.sheet, self.heading - 1, column, cell, bold=True)
        self.writer.write(self.sheet, self.heading - 1, self.problem, str(PROBLEM), bold=True)
        self.widen(self.problem, "?" * 60, most=60)

    def _comment(self, number: int, findings: list[Mark]) -> None:
        for column in sorted({finding.column for finding in findings if finding.column}):
            if self.comments < SHOWN:
                self.comments += 1
                text = "\n".join(_said(finding) for finding in findings if finding.column == column)
                self.sheet.write_comment(number - 1, column - 1, text[:LONGEST], {"x_scale": 2})

    def name(self, column: int) -> str:
        """The heading of a column, or its letters."""
        if 0 < column <= len(self.headings) and self.headings[column - 1]:
            return self.headings[column - 1]
        return letters(column)

    def _said_of(self, finding: Mark) -> str:
        return f"{self.name(finding.column)}: {_said(finding)}" if finding.column else _said(finding)


def _in_all_languages(word: Any) -> set[str]:
    words = set()
    for code, _name in settings.LANGUAGES:
        with override(code):
            words.add(str(word))
    return words


def _said(finding: Mark) -> str:
    return f"{GRADES[finding.grade][0]}: {finding.text}"


def _write_summary(
    writer: _Writer, summary: Sequence[tuple[str, str]], found: dict[int, list[Mark]], chosen: _Chosen | None
) -> None:
    sheet = writer.sheet(str(SUMMARY))
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 3, 18)
    sheet.set_column(4, 4, 80)
    row = 0
    for label, value in summary:
        writer.write(sheet, row, 0, str(label), bold=True)
        writer.write(sheet, row, 1, str(value))
        row += 1
    total = sum(map(len, found.values()))
    if total > SHOWN:
        text = _(
            "There are more findings than a workbook can show comments for; the column “%(problem)s” has them all."
        )
        writer.write(sheet, row, 0, text % {"problem": PROBLEM})
        row += 1
    row += 1
    heads = [_("Row"), _("Column"), _("Grade"), _("Value"), _("What is wrong and how to fix it")]
    for column, head in enumerate(heads):
        writer.write(sheet, row, column, head, bold=True)
    links = 0
    for number in sorted(found):
        for finding in found[number]:
            row += 1
            if row >= LAST_ROW:
                return
            cell = f"{letters(finding.column) or 'A'}{number}"
            if chosen and links < SHOWN:
                links += 1
                quoted = chosen.sheet.get_name().replace("'", "''")
                sheet.write_url(row, 0, f"internal:'{quoted}'!{cell}", string=cell)
            else:
                writer.write(sheet, row, 0, cell)
            heading = chosen.name(finding.column) if chosen else ""
            for column, text in enumerate((heading, str(GRADES[finding.grade][0]), finding.value, finding.text), 1):
                writer.write(sheet, row, column, text)


PREPARED = 10_000  # rows of a template with drop-down lists and formats


def write_template(
    columns: Sequence[Column],
    version: str,
    *,
    kind: str,
    title: str,
    out: Path,
    language: str,
    rows: Iterable[Sequence[Any]] = (),
) -> str:
    """Write an empty workbook for one kind of import to `out`; the media type of the result.

    The first sheet, named `title`, has the headings with a comment each, formats for days and drop-down lists; `rows`
    fill it beforehand. The second says in words what to write. A hidden one carries `kind` and `version`, which `look`
    finds again, and the lists.
    """
    writer = _Writer(out)
    book = writer.book
    with override(language):
        sheet, words, hidden = writer.sheet(title), writer.sheet(_("How to fill in")), writer.sheet("portal")
        for place, column in enumerate(columns):
            colour = "#D9E2F3" if column.required else "#F2F2F2"
            writer.write(sheet, 0, place, column.heading, bold=True, bg_color=colour, bottom=1)
            form = {"date": "dd.mm.yyyy", "time": "hh:mm", "number": "General"}.get(column.kind, "@")
            width = max(len(column.heading) + 4, len(column.example) + 2, 12)
            sheet.set_column(place, place, width, writer.style(num_format=form))
            help_text = "\n".join(filter(None, [_required(column), column.help, _example(column)]))
            if help_text:
                sheet.write_comment(0, place, help_text, {"x_scale": 2, "y_scale": 1.5})
            if column.choices:
                name = letters(place + 1)
                source = f"=portal!${name}$3:${name}${len(column.choices) + 2}"
                sheet.data_validation(
                    1,
                    place,
                    PREPARED,
                    place,
                    {
                        "validate": "list",
                        "source": source,
                        "error_title": column.heading[:32],
                        "error_message": _("Choose a value from the list."),
                    },
                )
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows, start=1):
            for place, cell in enumerate(row):
                writer.write(sheet, number, place, cell)
        _write_instructions(writer, words, columns)
        hidden.hide()
        depth = max((len(column.choices) for column in columns), default=0)
        for place, text in enumerate((MARKER, kind, version)):
            writer.write(hidden, 0, place, text)
        for number in range(depth):
            for place, column in enumerate(columns):
                if number < len(column.choices):
                    writer.write(hidden, number + 2, place, str(column.choices[number]))
    book.close()
    return XLSX


def _required(column: Column) -> str:
    return pgettext("column of a template", "Must be filled in.") if column.required else ""


def _example(column: Column) -> str:
    return _("Example: %(example)s") % {"example": column.example} if column.example else ""


def _write_instructions(writer: _Writer, sheet: Any, columns: Sequence[Column]) -> None:
    sheet.set_column(0, 0, 32)
    sheet.set_column(1, 1, 70)
    sheet.set_column(2, 3, 24)
    heads = [_("Column"), _("What to write"), pgettext("column of a template", "Must be filled in."), _("Example")]
    for place, head in enumerate(heads):
        writer.write(sheet, 0, place, head, bold=True)
    for number, column in enumerate(columns, start=1):
        needed = _("yes") if column.required else _("no")
        for place, text in enumerate((column.heading, column.note or column.help, needed, column.example)):
            writer.write(sheet, number, place, text)
