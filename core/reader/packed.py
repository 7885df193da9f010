"""A first look through the XML of a workbook, in pieces and with flat memory, before a parser sees it.

It unpacks every part the parser would read, counting what really comes out, and notices what would hurt: a bomb, a
declaration of entities, a text without end, a cell far away from the others. What it cannot name, the limits of the
process stop.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

from core.reader.problems import (
    LARGEST_UNPACKED,
    LONGEST_CELL,
    MOST_CELLS,
    MOST_COLUMNS,
    Problem,
    column_number,
)

PIECE = 1 << 20
_WIDE_CELL = re.compile(rb'<c r="([A-Z]{2,3})(\d+)"[^>]*(?<!/)>')
_CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"')
_ERROR = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"[^>]* t="e"[^>]*>(?:<f[^>]*/>|<f.*?</f>)?<v>([^<]{1,20})</v>')
_REPEATED = re.compile(rb'<table:(table-cell|table-row)\b[^>]*?number-(?:columns|rows)-repeated="(\d{4,})"[^>]*>')
_OWN_VALUE = re.compile(rb"office:value|office:string-value|office:date-value|calcext:value-type")


@dataclass
class Facts:
    """What the look through one sheet found out."""

    formulas: bool = False
    merged: bool = False
    errors: dict[int, dict[int, str]] = field(default_factory=dict)  # row, column: #REF! and the like
    spans: list[tuple[int, int, int]] = field(default_factory=list)  # first row, last row, column of a merged cell


class Package:
    """The archive of an XLSX or ODS file."""

    def __init__(self, path: Path):
        self.file = path.open("rb")
        try:
            self.parts = {info.filename: info for info in zipfile.ZipFile(self.file).infolist()}
        except (zipfile.BadZipFile, ValueError, OSError) as bad:
            raise Problem("truncated") from bad
        if sum(info.file_size for name, info in self.parts.items() if self.is_read(name)) > LARGEST_UNPACKED:
            raise Problem("bomb")

    @staticmethod
    def is_read(name: str) -> bool:
        """Whether a parser unpacks this part."""
        other = ("xl/drawings/", "xl/media/", "xl/theme/", "xl/comments", "xl/printerSettings/", "Pictures/")
        return name.endswith((".xml", ".rels")) and not name.startswith((*other, "Thumbnails/", "docProps/"))

    def pieces(self, name: str) -> Iterator[bytes]:
        """The unpacked bytes of a part. Raises Problem when they are more than its header claims, or broken."""
        info = self.parts[name]
        self.file.seek(info.header_offset)
        head = self.file.read(30)
        if len(head) < 30 or head[:4] != b"PK\x03\x04":
            raise Problem("truncated")
        self.file.seek(int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little"), 1)
        left, size = info.compress_size, 0
        unpack = zlib.decompressobj(-15) if info.compress_type == zipfile.ZIP_DEFLATED else None
        if unpack is None and info.compress_type != zipfile.ZIP_STORED:
            raise Problem("damaged")
        while left > 0:
            packed = self.file.read(min(left, 1 << 16))
            if not packed:
                raise Problem("truncated")
            left -= len(packed)
            while packed:
                try:
                    piece = unpack.decompress(packed, PIECE) if unpack else packed
                except zlib.error as bad:
                    raise Problem("damaged") from bad
                packed = unpack.unconsumed_tail if unpack else b""
                size += len(piece)
                if size > info.file_size:  # the header lies, and so did the sum that was checked
                    raise Problem("bomb")
                yield piece
                if unpack and unpack.eof:
                    left = 0
                    break

    def tags(self, name: str) -> Iterator[bytes]:
        """The unpacked bytes of a part of XML, cut only in front of a tag. Raises Problem for what none may hold."""
        tail = b""
        for number, piece in enumerate(self._together(name)):
            data = tail + piece
            if number == 0 and data[:2] in (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<"):
                raise Problem("damaged")  # XML in UTF-16: no spreadsheet program writes it
            if number == 0 and b"<!DOCTYPE" in data:  # it stands in front of everything else
                raise Problem("entities")
            for start in range(0, len(data) - LONGEST_CELL + 1, LONGEST_CELL):
                if data.find(b"<", start, start + LONGEST_CELL) < 0:
                    raise Problem("long_cell", limit=LONGEST_CELL // 2)
            cut = data.rfind(b"<")
            yield data[:cut]
            tail = data[cut:]
            if len(tail) > 2 * LONGEST_CELL:
                raise Problem("long_cell", limit=LONGEST_CELL // 2)
        yield tail

    def _together(self, name: str) -> Iterator[bytes]:
        """Pieces of about one PIECE, however little each step unpacked."""
        buffer = bytearray()
        for piece in self.pieces(name):
            buffer += piece
            if len(buffer) >= PIECE // 4:
                yield bytes(buffer)
                buffer.clear()
        yield bytes(buffer)

    def xml(self, name: str) -> ElementTree.Element:
        """A small part as a tree."""
        data = b"".join(self.tags(name))
        if len(data) > 16 << 20:
            raise Problem("damaged")
        try:
            return ElementTree.fromstring(data)  # noqa: S314 - without a DOCTYPE, see `tags`
        except ElementTree.ParseError as bad:
            raise Problem("damaged") from bad


def look_through_xlsx(package: Package, *, closely: bool = False) -> dict[str, Facts]:
    """Facts by the name of the sheet. Raises Problem when a part would hurt the parser.

    `closely` looks at every cell, to name the one for which the parser ran out of memory.
    """
    sheets = _sheet_parts(package)
    for name in list(package.parts):
        if name.startswith("xl/") and package.is_read(name) and name not in sheets:
            for _ in package.tags(name):
                pass
    return {sheet: _sheet_facts(package, part, sheet, closely) for part, sheet in sheets.items()}


def _sheet_parts(package: Package) -> dict[str, str]:
    """The name of the sheet that each part holds."""
    targets = {}
    if "xl/_rels/workbook.xml.rels" in package.parts:
        for relation in package.xml("xl/_rels/workbook.xml.rels"):
            target = relation.get("Target", "")
            targets[relation.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    found = {}
    if "xl/workbook.xml" in package.parts:
        for element in package.xml("xl/workbook.xml").iter():
            if element.tag.endswith("}sheet"):
                link = next((value for key, value in element.items() if key.endswith("}id")), "")
                if targets.get(link) in package.parts:
                    found[targets[link]] = element.get("name", "")
    return found


def _sheet_facts(package: Package, part: str, sheet: str, closely: bool) -> Facts:
    facts = Facts()
    widest, last_row, size = (0, 0), 0, 0
    for data in package.tags(part):
        size += len(data)
        facts.formulas = facts.formulas or b"</f>" in data
        value = max(data.rfind(b"<v>"), data.rfind(b"</is>"))
        if value > 0 and (last := _CELL.match(data, data.rfind(b"<c ", 0, value))):
            last_row = max(last_row, int(last[2]))
            widest = max(widest, (column_number(last[1].decode()), int(last[2])))
        if closely:
            for name, row in _WIDE_CELL.findall(data):
                widest = max(widest, (column_number(name.decode()), int(row)))
        if b't="e"' in data:
            for name, row, text in _ERROR.findall(data):
                facts.errors.setdefault(int(row), {})[column_number(name.decode())] = text.decode("utf-8", "replace")
    column, row = widest
    if column > MOST_COLUMNS or last_row * column > MOST_CELLS:
        cells = size // 20  # at most, for no cell takes fewer bytes
        code = "far_cell" if cells < column * last_row // 10 else "too_wide" if column > MOST_COLUMNS else "too_many"
        row = row if column > MOST_COLUMNS else last_row
        limit = MOST_CELLS if code == "too_many" else MOST_COLUMNS
        raise Problem(code, sheet=sheet, column=column, row=row, cells=last_row * column, limit=limit)
    return facts


def look_through_ods(package: Package) -> dict[str, Facts]:
    """Facts by the name of the sheet. Raises Problem when the content would hurt the parser."""
    if "content.xml" not in package.parts:
        raise Problem("damaged")
    notable = False
    open_row = b""
    for piece in package.tags("content.xml"):
        data = open_row + piece
        open_row = b""
        notable = notable or b"table:formula=" in data or b"-spanned=" in data
        for found in _REPEATED.finditer(data):
            kind, times = found[1], int(found[2])
            empty = found[0].endswith(b"/>") and not _OWN_VALUE.search(found[0])
            if kind == b"table-cell" and not empty and times > MOST_COLUMNS:
                raise Problem("too_wide", column=times, limit=MOST_COLUMNS)
            if kind == b"table-row":
                end = data.find(b"</table:table-row>", found.end())
                if end < 0 and len(data) - found.start() < 4 * PIECE:
                    open_row = data[found.start() :]
                    break
                inside = data[found.end() : end if end >= 0 else len(data)]
                if _OWN_VALUE.search(inside) or b"<text:p" in inside:
                    raise Problem("repeated", times=times)
    for name in ("styles.xml", "settings.xml", "meta.xml"):
        if name in package.parts:
            for _ in package.tags(name):
                pass
    return _Places(package).facts if notable else {}


class _Places:
    """Where an ODS file has formulas, errors and merged cells, which its parser does not say."""

    def __init__(self, package: Package):
        self.facts: dict[str, Facts] = {}
        self.now = Facts()
        self.row = self.column = self.times = 0
        self.error: list[str] | None = None
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            for data in package.tags("content.xml"):
                parser.Parse(data, False)
            parser.Parse(b"", True)
        except expat.ExpatError as bad:
            raise Problem("damaged") from bad

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        match tag:
            case "table:table":
                self.now = self.facts.setdefault(attributes.get("table:name", ""), Facts())
                self.row = 0
            case "table:table-row":
                self.row += 1
                self.column = 0
                self.times = _small(attributes.get("table:number-rows-repeated"))
            case "table:table-cell" | "table:covered-table-cell":
                self.column += 1
                self._cell(attributes)

    def _cell(self, attributes: dict[str, str]) -> None:
        rows = _small(attributes.get("table:number-rows-spanned"))
        if rows > 1 or _small(attributes.get("table:number-columns-spanned")) > 1:
            self.now.merged = True
        if rows > 1:
            self.now.spans.append((self.row, self.row + rows - 1, self.column))
        if "table:formula" in attributes:
            self.now.formulas = True
        if attributes.get("calcext:value-type") == "error":
            self.error = []
        self.column += _small(attributes.get("table:number-columns-repeated")) - 1

    def _text(self, text: str) -> None:
        if self.error is not None:
            self.error.append(text)

    def _end(self, tag: str) -> None:
        if tag == "table:table-cell" and self.error is not None:
            self.now.errors.setdefault(self.row, {})[self.column] = "".join(self.error)
            self.error = None
        elif tag == "table:table-row":
            self.row += self.times - 1


def _small(number: str | None) -> int:
    return int(number) if number and re.fullmatch("[1-9][0-9]{0,6}", number) else 1
