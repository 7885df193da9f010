"""Workbooks: XLSX, ODS and the old XLS, read by calamine after a look through their XML."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import python_calamine as calamine

from core.reader.cells import Numbered, texts_of_rows
from core.reader.packed import Facts, Package, look_through_ods, look_through_xlsx
from core.reader.problems import MOST_CELLS, MOST_COLUMNS, MOST_SHEETS, Problem

HIDDEN = (calamine.SheetVisibleEnum.Hidden, calamine.SheetVisibleEnum.VeryHidden)


class Book:
    """A workbook whose sheets come one by one, as values of Python."""

    texts = staticmethod(texts_of_rows)

    def __init__(self, path: Path, kind: str):
        self.kind = kind
        self.facts: dict[str, Facts] = {}
        if kind == "xlsx":
            self.facts = look_through_xlsx(Package(path))
        elif kind == "ods":
            self.facts = look_through_ods(Package(path))
        try:
            self.workbook = calamine.load_workbook(str(path))
        except calamine.PasswordError as bad:
            raise Problem("password") from bad
        except (calamine.CalamineError, OSError) as bad:
            raise Problem("damaged") from bad
        kinds = calamine.SheetTypeEnum.WorkSheet
        sheets = [sheet for sheet in self.workbook.sheets_metadata if sheet.typ == kinds]
        self.hidden = [sheet.name for sheet in sheets if sheet.visible in HIDDEN]
        self.names = [sheet.name for sheet in sheets if sheet.name not in self.hidden][:MOST_SHEETS]
        self.loaded: tuple[str, Any] = ("", None)

    def sheet(self, name: str) -> Any:
        """calamine's own sheet; one is kept at a time."""
        if self.loaded[0] != name:
            self.loaded = ("", None)
            try:
                self.loaded = (name, self.workbook.get_sheet_by_name(name))
            except calamine.WorksheetNotFound as bad:
                raise Problem("sheet", sheet=name) from bad
            except calamine.CalamineError as bad:
                raise Problem("damaged") from bad
        sheet = self.loaded[1]
        _, column = sheet.end or (0, 0)
        if column >= MOST_COLUMNS:
            raise Problem("too_wide", column=column + 1, limit=MOST_COLUMNS)
        if sheet.height * sheet.width > MOST_CELLS:
            raise Problem("too_many", sheet=name, cells=sheet.height * sheet.width, limit=MOST_CELLS)
        return sheet

    def rows(self, name: str) -> Iterator[Numbered]:
        """Every row from the first, with the value of a cell merged over several rows in each of them."""
        sheet = self.sheet(name)
        facts = self.facts.get(name) or Facts()
        spans = [*facts.spans]
        spans += [(top + 1, last + 1, left + 1) for (top, left), (last, _) in sheet.merged_cell_ranges or ()]
        held: dict[int, list[tuple[int, int]]] = {}  # first row of a merged cell: its last row and its column
        for top, last, column in spans:
            if last > top:
                held.setdefault(top, []).append((last, column))
        if not facts.errors and not held:
            yield from enumerate(sheet.iter_rows(), start=1)
            return
        filling: dict[int, tuple[int, Any]] = {}
        for number, row in enumerate(sheet.iter_rows(), start=1):
            for column, (last, value) in list(filling.items()):
                if number > last:
                    del filling[column]
                elif row[column - 1] == "":
                    row[column - 1] = value
            for column, text in facts.errors.get(number, {}).items():
                if column <= len(row):
                    row[column - 1] = text
            for last, column in held.get(number, ()):
                if column <= len(row):
                    filling[column] = (last, row[column - 1])
            yield number, row

    def about(self, name: str) -> dict[str, Any]:
        """Whether there are merged cells and formulas."""
        facts = self.facts.get(name) or Facts()
        return {"merged": facts.merged or bool(self.sheet(name).merged_cell_ranges), "formulas": facts.formulas}
