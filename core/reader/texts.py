"""Text files: encoding, separator, and rows that notice a quotation mark nobody closed."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from core.reader.cells import Cells, stripped
from core.reader.kinds import two_bytes
from core.reader.problems import LONGEST_CELL, LONGEST_LINE, Problem

ENCODINGS = ("utf-8", "windows-1251", "windows-1257", "utf-16", "utf-16-le", "utf-16-be")
SEPARATORS = ("\t", ";", "|", ",")
END = "\0end of the file\0"
_WORD = re.compile(r"[^\s;,|\"\ufeff]+")
_SEP_LINE = re.compile(r"\ufeff?sep=(.)\s*", re.IGNORECASE)


def examine(path: Path) -> tuple[str, bytes]:
    """The likely encoding of the file, and its first bytes. Raises Problem when a line has no end in sight."""
    utf8, lines = codecs.getincrementaldecoder("utf-8")("strict"), 1
    valid = True
    with path.open("rb") as file:
        head = file.read(1 << 18)
        file.seek(0)
        while piece := file.read(1 << 20):
            for start in range(0, len(piece) - LONGEST_LINE // 2 + 1, LONGEST_LINE // 2):
                end = start + LONGEST_LINE // 2
                if piece.find(b"\n", start, end) < 0 and piece.find(b"\r", start, end) < 0:
                    row = lines + piece.count(b"\n", 0, start)
                    raise Problem("long_cell", row=row, limit=LONGEST_CELL // 2)
            lines += piece.count(b"\n")
            if valid:
                try:
                    utf8.decode(piece)
                except UnicodeDecodeError:
                    valid = False
    if encoding := two_bytes(head):
        return encoding, head
    if valid:
        return "utf-8", head
    return _one_byte(head), head


def _one_byte(head: bytes) -> str:
    """Cyrillic words are high bytes throughout; Latvian ones have single high bytes among Latin letters."""
    inside = len(re.findall(rb"[A-Za-z][\x80-\xff]|[\x80-\xff][A-Za-z]", head))
    pairs = len(re.findall(rb"[\xc0-\xff]{2}", head))
    return "windows-1257" if inside > pairs else "windows-1251"


def candidates(head: bytes, guess: str) -> list[tuple[str, str]]:
    """The encodings this file may have, the likely one first, each with the first words that show the difference."""
    found = []
    for name in dict.fromkeys([guess, *ENCODINGS[:4]]):
        if name == "utf-16" and guess != name and b"\0" not in head:
            continue
        try:
            text = codecs.getincrementaldecoder(name)("strict").decode(head)
        except UnicodeError:
            continue
        words = (word[0] for word in _WORD.finditer(text))
        telling = list(islice((word for word in words if not word.isascii()), 6))
        sample = " ".join(telling or [word[0] for word in islice(_WORD.finditer(text), 6)])
        found.append((name, sample[:80]))
    return found


def guess_separator(head: str) -> tuple[str, int]:
    """The sign between the cells and the usual number of cells in a row, from the beginning of the file."""
    lines = head.splitlines(keepends=True)
    lines = lines[:-1] if len(lines) > 1 else lines
    best, best_score = (",", 1), 0.0
    for sign in SEPARATORS:
        try:
            widths = [len(cells) for cells in csv.reader(lines[:200], delimiter=sign) if any(cells)]
        except csv.Error:
            continue
        if not any(width > 1 for width in widths):
            continue
        width, often = Counter(width for width in widths if width > 1).most_common(1)[0]
        score = often / len(widths) + min(width, 50) / 1000
        if score > best_score + 0.001:
            best, best_score = (sign, width), score
    return best


class Text:
    """A CSV file with its encoding and separator, guessed where the user has not chosen."""

    kind = "csv"
    texts = staticmethod(stripped)
    names = ("",)

    def __init__(self, path: Path, encoding: str = "", separator: str = ""):
        self.path = path
        guess, self.head = examine(path)
        self.encoding = encoding or guess
        self.encodings = candidates(self.head, guess)
        start = codecs.getincrementaldecoder(self._codec())("replace").decode(self.head)
        told = _SEP_LINE.fullmatch(start.splitlines()[0] if start else "")
        self.skips_first = bool(told)
        guessed, self.width = guess_separator(start)
        self.separator = separator or (told[1] if told else guessed)
        if self.separator != guessed:
            self.width = 0

    def _codec(self) -> str:
        return "utf-8-sig" if self.encoding == "utf-8" else self.encoding

    def rows(self, name: str) -> Iterator[tuple[int, Cells]]:
        """Number and cells of every row, as a spreadsheet program would count them."""
        with self.path.open("rb") as raw:
            text = io.TextIOWrapper(raw, self._codec(), newline="")
            try:
                yield from records(text, self.separator, self.width, skip=self.skips_first)
            except UnicodeError as bad:
                raise Problem("encoding", encoding=self.encoding, row=self._broken_line()) from bad

    def _broken_line(self) -> int:
        """The line with the first bytes that the encoding does not know."""
        decoder, line = codecs.getincrementaldecoder(self._codec())("strict"), 1
        with self.path.open("rb") as raw:
            for piece in raw:
                try:
                    line += decoder.decode(piece).count("\n")
                except UnicodeError:
                    break
        return line


def records(lines: Iterable[str], separator: str, width: int, *, skip: bool = False) -> Iterator[tuple[int, Cells]]:
    """Rows of CSV text with their numbers. Raises Problem for a quotation mark that swallows what follows it.

    Such a mark is seen by three signs: the file ends inside it, its cell grows beyond any cell, or rows that stand on
    several lines do not fit the rules of CSV or hold exactly the separators of whole rows. Quotation marks inside a
    cell that nobody doubled are taken as they stand.
    """
    recent: list[str] = []

    def seen() -> Iterator[str]:
        for line in chain(lines, [END]):
            recent.append(line)
            yield line

    csv.field_size_limit(LONGEST_CELL)
    source = seen()
    if skip:
        next(source)
        recent.clear()
    reader = csv.reader(source, delimiter=separator)
    number = 0
    try:
        for cells in reader:
            number += 1
            if len(recent) > 1:
                _check_lines(recent, cells, separator, width, number)
            elif recent[0] is END:
                return
            recent.clear()
            yield number, cells
    except csv.Error as bad:
        code = "open_quote" if len(recent) > 1 else "long_cell"
        raise Problem(code, row=number + 1, limit=LONGEST_CELL // 2) from bad


def _check_lines(lines: list[str], cells: Cells, separator: str, width: int, number: int) -> None:
    broken = lines[-1] is END or (
        width > 5 and any((ends := cell.count("\n")) and cell.count(separator) == ends * (width - 1) for cell in cells)
    )
    if not broken:
        try:
            next(csv.reader(lines, delimiter=separator, strict=True))
        except csv.Error:
            broken = True
    if broken:
        raise Problem("open_quote", row=number)
