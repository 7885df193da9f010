"""HTML tables, which many national systems hand out under the name .xls."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

from core.reader.cells import Cells, stripped
from core.reader.problems import LONGEST_CELL, MOST_COLUMNS, Problem
from core.reader.texts import candidates, examine

MOST_TABLES = 20

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]+)")
_TOKEN = re.compile(  # most cells hold words only: they are one token
    r"<(?:t[dh]\b([^>]*)>([^<]*)</t[dh]|!--.*?--|(/?)(table|tr|td|th|br)\b([^>]*))>", re.IGNORECASE | re.DOTALL
)
_SPAN = re.compile(r"(col|row)span\s*=\s*[\"']?\s*(\d+)", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


@dataclass
class _Table:
    number: int
    row: int = 0
    cells: Cells | None = None  # of the open row
    text: list[str] | None = None  # of the open cell
    across: int = 1
    down: int = 1
    above: dict[int, tuple[int, str]] = field(default_factory=dict)  # column: rows it still reaches down, its text
    below: dict[int, tuple[int, str]] = field(default_factory=dict)  # the same for the rows after the open one


class _Tables:
    """Collects finished rows as (table, row number, cells); a table inside another is a table of its own.

    It looks at the tags of tables only, so that it is fast enough for lists of tens of thousands of rows.
    """

    def __init__(self) -> None:
        self.done: list[tuple[int, int, Cells]] = []
        self.tables = 0
        self.merged: set[int] = set()
        self.open: list[_Table] = []
        self.rest = ""

    def feed(self, data: str, *, last: bool = False) -> None:
        data = self.rest + data
        end = len(data)
        if not last:
            comment, tag = data.rfind("<!--"), data.rfind("<")
            if comment >= 0 and data.find("-->", comment) < 0:
                end = comment
            elif data.find(">", tag) < 0:
                end = max(tag, 0)
        at = 0
        for token in _TOKEN.finditer(data, 0, end):
            start, after = token.span()
            if at < start and self.open:
                self._words(data[at:start])
            at = after
            plain, words, closing, name, attributes = token.groups()
            if words is not None:
                self._whole_cell(plain, words)
            elif name and closing:
                self._ends(name.lower())
            elif name:
                self._begins(name.lower(), attributes)
        self._words(data[at:end])
        self.rest = data[end:]
        while last and self.open:
            self._end_row(self.open.pop())

    def _words(self, text: str) -> None:
        if self.open and (kept := self.open[-1].text) is not None and text:
            kept.append(_TAG.sub("", text) if "<" in text else text)

    def _whole_cell(self, attributes: str, words: str) -> None:
        if not self.open:
            return
        at = self.open[-1]
        cells = None if at.text is not None or at.above or "span" in attributes.lower() else at.cells
        if cells is not None and len(words) <= LONGEST_CELL and len(cells) < MOST_COLUMNS:
            cells.append(" ".join((unescape(words) if "&" in words else words).split()))
        else:
            self._begins("td", attributes)
            self._words(words)
            self._end_cell(at)

    def _begins(self, tag: str, attributes: str) -> None:
        if tag == "table":
            self.tables += 1
            self.open.append(_Table(self.tables))
            return
        if not self.open:
            return
        at = self.open[-1]
        if tag == "br":
            if at.text is not None:
                at.text.append("\0")
            return
        if tag == "tr":
            self._end_row(at)
        else:
            self._end_cell(at)
        if at.cells is None:
            at.row += 1
            at.cells = []
        if tag != "tr":
            at.text, at.across, at.down = [], 1, 1
            if "span" in attributes.lower():
                spans = {kind.lower(): _span(number) for kind, number in _SPAN.findall(attributes)}
                at.across, at.down = spans.get("col", 1), spans.get("row", 1)

    def _ends(self, tag: str) -> None:
        if not self.open:
            return
        at = self.open[-1]
        if tag in ("td", "th"):
            self._end_cell(at)
        elif tag == "tr":
            self._end_row(at)
        elif tag == "table":
            self._end_row(self.open.pop())

    def _fill(self, at: _Table, cells: Cells) -> None:
        """Cells that a cell above reaches down to hold its text."""
        while (column := len(cells)) in at.above:
            left, text = at.above.pop(column)
            cells.append(text)
            if left > 1:
                at.below[column] = (left - 1, text)

    def _end_cell(self, at: _Table) -> None:
        if at.text is None or at.cells is None:
            return
        if at.above:
            self._fill(at, at.cells)
        text = " ".join(unescape("".join(at.text)).split())
        at.text = None
        if "\0" in text:
            text = "\n".join(line.strip() for line in text.split("\0")).strip()
        if len(text) > LONGEST_CELL:
            raise Problem("long_cell", row=at.row, limit=LONGEST_CELL // 2)
        if at.across > 1 or at.down > 1:
            self.merged.add(at.number)
            if at.down > 1:
                at.below[len(at.cells)] = (at.down - 1, text)
        at.cells += [text, *[""] * (at.across - 1)]
        if len(at.cells) > MOST_COLUMNS:
            raise Problem("too_wide", column=len(at.cells), limit=MOST_COLUMNS)

    def _end_row(self, at: _Table) -> None:
        self._end_cell(at)
        if at.cells is None:
            return
        self._fill(at, at.cells)
        self.done.append((at.number, at.row, at.cells))
        at.cells = None
        at.above |= at.below
        at.below = {}


def _span(number: str) -> int:
    return max(int(number), 1) if len(number) < 4 else MOST_COLUMNS + 1


class Html:
    """A page with tables; each table is a sheet named by its number."""

    kind = "html"
    texts = staticmethod(stripped)

    def __init__(self, path: Path, encoding: str = ""):
        self.path = path
        guess, head = examine(path)
        told = _CHARSET.search(head[:4096])
        if told and guess != "utf-16":
            with_name = told[1].decode().lower()
            try:
                known = codecs.lookup(with_name).name
                guess = {"cp1251": "windows-1251", "cp1257": "windows-1257"}.get(known, guess)
            except LookupError:
                pass
        self.encoding = encoding or guess
        self.encodings = candidates(re.sub(rb"<[^>]*>", b" ", head), guess)
        self.merged: set[int] = set()
        with path.open("rb") as file:
            tables = sum(1 for line in file for _ in re.finditer(rb"<table\b", line, re.IGNORECASE))
        if not tables:
            raise Problem("kind", looks="html")
        self.names = [str(table) for table in range(1, min(tables, MOST_TABLES) + 1)]

    def _all(self) -> Iterator[tuple[int, int, Cells]]:
        parser = _Tables()
        codec = "utf-8-sig" if self.encoding == "utf-8" else self.encoding
        with self.path.open(encoding=codec, errors="replace") as file:
            while piece := file.read(1 << 16):
                parser.feed(piece)
                if len(parser.rest) > 1 << 20:
                    raise Problem("damaged")
                yield from parser.done
                parser.done.clear()
        parser.feed("", last=True)
        yield from parser.done
        self.merged |= parser.merged

    def rows(self, name: str) -> Iterator[tuple[int, Cells]]:
        """Number and cells of every row of one table."""
        if name not in self.names:
            raise Problem("sheet", sheet=name)
        for table, row, cells in self._all():
            if str(table) == name:
                yield row, cells
