"""HTML tables, which many national systems hand out under the name .xls."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from core.reader.cells import Cells, stripped
from core.reader.problems import LONGEST_CELL, MOST_COLUMNS, Problem
from core.reader.texts import candidates, examine

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]+)")


class _Tables(HTMLParser):
    """Collects finished rows as (table, row number, cells); a table inside another is a table of its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.done: list[tuple[int, int, Cells]] = []
        self.tables = 0
        self.merged: set[int] = set()
        self.stack: list[dict] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables += 1
            self.stack.append({"table": self.tables, "row": 0, "cells": None, "text": None, "down": {}, "span": (1, 1)})
        if not self.stack:
            return
        at = self.stack[-1]
        if tag == "tr":
            self._end_row(at)
            at["row"] += 1
            at["cells"] = []
        elif tag in ("td", "th"):
            self._end_cell(at)
            if at["cells"] is None:
                at["row"] += 1
                at["cells"] = []
            spans = dict(attrs)
            at["span"] = (_span(spans.get("colspan")), _span(spans.get("rowspan")))
            at["text"] = []
        elif tag == "br" and at["text"] is not None:
            at["text"].append("\n")

    def handle_endtag(self, tag: str) -> None:
        if not self.stack:
            return
        at = self.stack[-1]
        if tag in ("td", "th"):
            self._end_cell(at)
        elif tag == "tr":
            self._end_row(at)
        elif tag == "table":
            self._end_row(at)
            self.stack.pop()

    def handle_data(self, data: str) -> None:
        if self.stack and (text := self.stack[-1]["text"]) is not None:
            text.append(data)

    def close(self) -> None:
        super().close()
        while self.stack:
            self._end_row(self.stack.pop())

    def _fill(self, at: dict) -> None:
        """Cells that a cell above reaches down to hold its text."""
        while (column := len(at["cells"])) in at["down"]:
            left, text = at["down"].pop(column)
            at["cells"].append(text)
            if left > 1:
                at["down"][column] = (left - 1, text)
                at.setdefault("kept", {})[column] = at["down"].pop(column)

    def _end_cell(self, at: dict) -> None:
        if at["text"] is None:
            return
        self._fill(at)
        text = "\n".join(" ".join(line.split()) for line in "".join(at["text"]).split("\n")).strip()
        if len(text) > LONGEST_CELL:
            raise Problem("long_cell", row=at["row"], limit=LONGEST_CELL // 2)
        across, down = at["span"]
        if across > 1 or down > 1:
            self.merged.add(at["table"])
        if down > 1:
            at.setdefault("kept", {})[len(at["cells"])] = (down - 1, text)
        at["cells"] += [text, *[""] * (across - 1)]
        at["text"] = None
        if len(at["cells"]) > MOST_COLUMNS:
            raise Problem("too_wide", column=len(at["cells"]), limit=MOST_COLUMNS)

    def _end_row(self, at: dict) -> None:
        self._end_cell(at)
        if at["cells"] is None:
            return
        self._fill(at)
        self.done.append((at["table"], at["row"], at["cells"]))
        at["cells"] = None
        at["down"] |= at.pop("kept", {})


def _span(value: str | None) -> int:
    if not value or not re.fullmatch("[1-9][0-9]*", value):
        return 1
    return int(value) if len(value) < 4 else MOST_COLUMNS + 1


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
        tables = {table for table, _, _ in self._all()}
        if not tables:
            raise Problem("kind", looks="html")
        self.names = [str(table) for table in sorted(tables)]

    def _all(self) -> Iterator[tuple[int, int, Cells]]:
        parser = _Tables()
        codec = "utf-8-sig" if self.encoding == "utf-8" else self.encoding
        with self.path.open(encoding=codec, errors="replace") as file:
            while piece := file.read(1 << 16):
                parser.feed(piece)
                if len(parser.rawdata) > 1 << 20:
                    raise Problem("damaged")
                yield from parser.done
                parser.done.clear()
        parser.close()
        yield from parser.done
        self.merged |= parser.merged

    def rows(self, name: str) -> Iterator[tuple[int, Cells]]:
        """Number and cells of every row of one table."""
        if name not in self.names:
            raise Problem("sheet", sheet=name)
        for table, row, cells in self._all():
            if str(table) == name:
                yield row, cells
