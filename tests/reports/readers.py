"""A finished report as independent programs read it: pdftotext, pikepdf, a workbook reader and csv."""

from __future__ import annotations

import csv
import io
import subprocess
from dataclasses import dataclass
from typing import Any

import pikepdf
from python_calamine import CalamineWorkbook

from core import storage
from reports.models import Report, ReportFile, ReportSource

Rows = dict[str, dict[str, str]]  # by the first cell of a row, which is its code where it has one


def kept_rows() -> set[int]:
    """The stored files reports refer to: their own, and what their pages were laid out from."""
    sources = ReportSource.objects.values_list("document", "stylesheet")
    return {*ReportFile.objects.values_list("file", flat=True), *(row for both in sources for row in both)}


@dataclass(frozen=True)
class Files:
    """The bytes of the files of a report, by kind and table."""

    made: dict[tuple[str, str], bytes]

    @classmethod
    def of(cls, report: Report) -> Files:
        return cls({(f.kind, f.table): storage.opened(f.file).read() for f in report.files.select_related("file")})

    def csv(self, table: str) -> Rows:
        return by_code(self.made["csv", table])

    def archived(self, table: str) -> Rows:
        """The table as the archive copy has it inside."""
        with pikepdf.open(io.BytesIO(self.made["archive", ""])) as document:
            name = next(name for name in document.attachments if name.endswith(f"_{table}.csv"))
            return by_code(document.attachments[name].get_file().read_bytes())

    def sheet(self, table: str) -> Rows:
        """The table as the workbook has it, under the keys of the CSV; whole numbers without a fraction."""
        keys = next(csv.reader(io.StringIO(self.made["csv", table].decode("utf-8-sig"))))
        _heads, *lines = (
            CalamineWorkbook.from_filelike(io.BytesIO(self.made["xlsx", ""])).get_sheet_by_name(table).to_python()
        )
        return {str(line[0]): {key: plain(cell) for key, cell in zip(keys, line, strict=True)} for line in lines}

    def cells(self, table: str) -> list[list[str]]:
        """The rows of the table as the workbook has them; days in ISO form."""
        book = CalamineWorkbook.from_filelike(io.BytesIO(self.made["xlsx", ""]))
        return [[plain(cell) for cell in line] for line in book.get_sheet_by_name(table).to_python()[1:]]

    def lines(self, code: str) -> list[list[str]]:
        """The words of the lines of the PDF that begin with a code."""
        words = [line.split() for line in text_of(self.made["pdf", ""]).splitlines()]
        return [line for line in words if line and line[0] == code]


def text_of(pdf: bytes) -> str:
    """The text of a PDF where it stands on its pages."""
    return subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()


def by_code(content: bytes) -> Rows:
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    return {next(iter(row.values())): {key: plain(value) for key, value in row.items()} for row in rows}


def plain(value: Any) -> str:
    """A number as text without a fraction that says nothing; nothing as an empty text; of words with their language
    the words."""
    if value is None:
        return ""
    text = str(value[0] if isinstance(value, list) else value)
    whole, _point, rest = text.partition(".")
    if not whole.lstrip("-").isdigit() or not rest.isdigit():
        return text
    return text.rstrip("0").rstrip(".")
