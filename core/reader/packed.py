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
    errors: dict[int, dict[int, str]] = field(default_factory=dict)  # row, column: #REF! and the like
    last_row: int = 0
    widest: tuple[int, int] = (0, 0)  # column and row of the cell furthest to the right, from column AA on
    cells: int = 0


class Package:
    """The archive of an XLSX or ODS file."""

    def __init__(self, path: Path):
        self.file = path.open("rb")
        try:
            self.parts = {info.filename: info for info in zipfile.ZipFile(self.file).infolist()}
        except (zipfile.BadZipFile, ValueError, OSError) as bad:
            raise Problem("truncated") from bad
        self.unpacked = 0
        if sum(info.file_size for name, info in self.parts.items() if self.is_read(name)) > LARGEST_UNPACKED:
            raise Problem("bomb")

    @staticmethod
    def is_read(name: str) -> bool:
        """Whether a parser unpacks this part."""
        other = ("xl/drawings/", "xl/media/", "xl/theme/", "xl/comments", "xl/printerSettings/", "Pictures/")
        return name.endswith((".xml", ".rels")) and not name.startswith((*other, "Thumbnails/", "docProps/"))

    def pieces(self, name: str) -> Iterator[bytes]:
        """The unpacked bytes of a part, whatever size its header claims. Raises Problem when it is a bomb or broken."""
        info = self.parts[name]
        self.file.seek(info.header_offset)
        head = self.file.read(30)
        if len(head) < 30 or head[:4] != b"PK\x03\x04":
            raise Problem("truncated")
        self.file.seek(int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little"), 1)
        left, check = info.compress_size, 0
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
                self.unpacked += len(piece)
                if self.unpacked > LARGEST_UNPACKED:
                    raise Problem("bomb")
                check = zlib.crc32(piece, check)
                yield piece
                if unpack and unpack.eof:
                    left = 0
                    break
        if check != info.CRC:
            raise Problem("damaged")

    def tags(self, name: str) -> Iterator[bytes]:
        """The unpacked bytes of a part of XML, cut only in front of a tag. Raises Problem for what none may hold."""
        tail = b""
        first = True
        for piece in self._together(name):
            data = tail + piece
            if first and data[:2] in (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<"):
                raise Problem("damaged")  # XML in UTF-16: no spreadsheet program writes it
            first = False
            if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
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


def look_through_xlsx(package: Package) -> dict[str, Facts]:
    """Facts by the name of the sheet. Raises Problem when a part would hurt the parser."""
    sheets = _sheet_parts(package)
    facts: dict[str, Facts] = {}
    for name in list(package.parts):
        if name.startswith("xl/") and package.is_read(name) and name not in sheets:
            for _ in package.tags(name):
                pass
    for part, sheet in sheets.items():
        facts[sheet] = _sheet_facts(package, part, sheet)
    return facts


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


def _sheet_facts(package: Package, part: str, sheet: str) -> Facts:
    facts = Facts()
    for data in package.tags(part):
        facts.cells += data.count(b"<c ")
        facts.formulas = facts.formulas or b"<f>" in data or b"<f " in data
        value = max(data.rfind(b"<v>"), data.rfind(b"<t>"), data.rfind(b"<t "))
        if value > 0 and (last := _CELL.match(data, data.rfind(b"<c ", 0, value))):
            facts.last_row = max(facts.last_row, int(last[2]))
        for name, row in _WIDE_CELL.findall(data):
            column = column_number(name.decode())
            if column > facts.widest[0]:
                facts.widest = (column, int(row))
        if b't="e"' in data:
            for name, row, text in _ERROR.findall(data):
                facts.errors.setdefault(int(row), {})[column_number(name.decode())] = text.decode("utf-8", "replace")
    column, row = facts.widest
    about: dict[str, str | int] = {"sheet": sheet, "column": column, "row": row, "last_row": facts.last_row}
    if column > MOST_COLUMNS:
        far = facts.cells < 1000 * MOST_COLUMNS and facts.cells < column * max(facts.last_row, 1) // 100
        raise Problem("far_cell" if far else "too_wide", limit=MOST_COLUMNS, **about)
    if facts.last_row * max(column, 1) > MOST_CELLS and facts.cells < facts.last_row * column // 10:
        raise Problem("far_cell", limit=MOST_COLUMNS, **about)
    if facts.cells > MOST_CELLS:
        raise Problem("too_many", sheet=sheet, cells=facts.cells, limit=MOST_CELLS)
    return facts


def look_through_ods(package: Package) -> tuple[bool, bool]:
    """Whether there are formulas, and merged cells. Raises Problem when the content would hurt the parser."""
    if "content.xml" not in package.parts:
        raise Problem("damaged")
    formulas = merged = False
    open_row = b""
    for piece in package.tags("content.xml"):
        data = open_row + piece
        open_row = b""
        formulas = formulas or b"table:formula=" in data
        merged = merged or b"-spanned=" in data
        for found in _REPEATED.finditer(data):
            kind, times = found[1], int(found[2])
            empty = found[0].endswith(b"/>") and not _OWN_VALUE.search(found[0])
            if kind == b"table-cell" and not empty and times > MOST_COLUMNS:
                raise Problem("too_wide", sheet="", column=times, row=0, last_row=0, limit=MOST_COLUMNS)
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
    return formulas, merged
