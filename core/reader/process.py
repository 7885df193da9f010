"""The process that reads: limits first, then one answer in frames of a letter, a length and JSON.

L the look through the file · S a sheet begins (only when all are asked for) · R some rows · E the end, with the
number of rows · X refused, with the reason.
Started with the request as JSON on its command line; its standard input is a pipe that the portal holds open, and
when the portal goes, the kernel ends this process with it.
"""

from __future__ import annotations

import fcntl
import gc
import os
import resource
import select
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import orjson

from core.reader.cells import Cells, Numbered, decimal_sign, heading_row, texts, typed
from core.reader.kinds import kind_of
from core.reader.problems import LARGEST_BLOCK, MOST_COLUMNS, Problem

BLOCK = 256  # rows at a time
FIRST_ROWS = 60  # enough to find the headings in
LAST_HEADING = 5_000
MARKER = "inclusion-portal template"
"""The first cell of the sheet of a template that says its kind and version, in the next two cells of the row."""


def limit(memory: int, first_cpu: int, cpu: int) -> None:
    """Never more than `memory` bytes and `cpu` seconds, `first_cpu` until the first rows; writes no file; ends with
    the portal."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (first_cpu, cpu))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGIO, signal.SIG_DFL)  # sent when the other end of standard input closes; it ends us
    fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([0], [], [], 0)[0]:
        sys.exit(1)


def send(letter: bytes, what: Any) -> None:
    payload = orjson.dumps(what)
    if b"\\u0000" in payload:  # no database keeps this sign in a text
        payload = payload.replace(b"\\u0000", b"")
    if len(payload) > LARGEST_BLOCK:
        raise Problem("long_row")
    frame = letter + len(payload).to_bytes(4, "big") + payload
    view = memoryview(frame)
    while view:
        view = view[os.write(1, view) :]


def opened(path: Path, choice: dict[str, Any]) -> Any:
    """The file as something with `kind`, `names` of its sheets, `rows(name)` and a way to make them `texts`."""
    kind = kind_of(path)
    if kind == "csv":
        from core.reader.texts import Text

        return Text(path, choice["encoding"], choice["separator"])
    if kind == "html":
        from core.reader.html import Html

        return Html(path, choice["encoding"])
    from core.reader.books import Book

    return Book(path, kind)


def begin(source: Any, name: str, heading: int = 0) -> tuple[list[tuple[int, Cells]], Iterator[Numbered]]:
    """The first rows of a sheet as text, some beyond the chosen row of headings, and all its rows."""
    rows = source.rows(name)
    first = list(islice(rows, FIRST_ROWS + min(heading, LAST_HEADING)))
    shown = [(number, texts(cells)) for number, cells in first]
    check_width(cells for _, cells in shown)
    return shown, chain(first, rows)


def check_width(rows: Iterable[Sequence[Any]]) -> None:
    """Raises Problem when a row has more cells that are filled than a table may have."""
    for cells in rows:
        if len(cells) > MOST_COLUMNS and (width := _width(cells)) > MOST_COLUMNS:
            raise Problem("too_wide", column=width, limit=MOST_COLUMNS)


def is_marker(first: list[tuple[int, Cells]]) -> bool:
    return bool(first) and first[0][1][:1] == [MARKER]


def look(source: Any, choice: dict[str, Any], expected: frozenset[str]) -> dict[str, Any]:
    """What was recognised in the file, as `core.sheets.Look` shows it."""
    sheets, template = [], []
    for name in [*source.names, *getattr(source, "hidden", ())]:
        mine = choice["heading_row"] if choice["sheet"] in ("", name) else 0
        first, rows = begin(source, name, mine)
        if is_marker(first):
            template = first[0][1][1:3]
        if is_marker(first) or name not in source.names:
            continue
        heading = mine or heading_row(first, expected)
        filled = sum(number > heading and not _blank(cells) for number, cells in rows)
        headings = next((cells for number, cells in first if number == heading), [])
        sample = [cells for number, cells in first if number > heading and any(cells)]
        width = max((_width(cells) for cells in [headings, *sample]), default=0)
        about = {"merged": False, "formulas": False}
        if hasattr(source, "about"):
            about = source.about(name)
        elif hasattr(source, "merged"):
            about["merged"] = int(name) in source.merged
        sheets.append(
            {
                "name": name,
                "rows": filled,
                "columns": width,
                "heading_row": heading,
                "headings": (headings + [""] * width)[:width],
                "sample": [(cells + [""] * width)[:width] for cells in sample[:5]],
                "decimal": decimal_sign(cell for cells in sample for cell in cells),
                **about,
            }
        )
    if not any(sheet["columns"] for sheet in sheets):
        raise Problem("empty")
    if choice["sheet"] and choice["sheet"] not in source.names:
        raise Problem("sheet", sheet=choice["sheet"])
    return {
        "kind": source.kind,
        "sheets": sheets,
        "encoding": getattr(source, "encoding", ""),
        "separator": getattr(source, "separator", ""),
        "encodings": getattr(source, "encodings", []),
        "template": template,
    }


def _width(cells: Sequence[Any]) -> int:
    return max((place for place, cell in enumerate(cells, start=1) if cell), default=0)


def _blank(cells: Sequence[Any]) -> bool:
    return cells.count("") == len(cells)


def chosen_sheet(source: Any, choice: dict[str, Any]) -> str:
    """The name of the sheet that was chosen, or of the first that holds anything."""
    name = choice["sheet"]
    if not name:
        name = next((name for name in source.names if any(any(cells) for _, cells in begin(source, name)[0])), "")
    if name not in source.names:
        raise Problem("sheet", sheet=name)
    return name


def stream(source: Any, choice: dict[str, Any], expected: frozenset[str]) -> None:
    """Send the rows below the headings that hold anything, as text."""
    first, rows = begin(source, chosen_sheet(source, choice), choice["heading_row"])
    heading = choice["heading_row"] or heading_row(first, expected)
    if not heading:
        raise Problem("empty")
    width = max((_width(cells) for number, cells in first if number == heading), default=0)
    send(b"E", send_rows(rows, source.texts, heading, width))


def stream_all(source: Any, choice: dict[str, Any]) -> None:
    """Send every sheet, each after its name, the width of its rows and, for the chosen one, the row of headings."""
    chosen, count = chosen_sheet(source, choice), 0
    for name in source.names:
        first, rows = begin(source, name)
        if is_marker(first):
            continue
        heading = (choice["heading_row"] or heading_row(first)) if name == chosen else 0
        width = max((_width(cells) for _, cells in begin(source, name)[1]), default=0) if name == chosen else 0
        send(b"S", {"name": name, "chosen": name == chosen, "heading_row": heading, "width": width})
        count += send_rows(rows, typed, 0, 0)
    send(b"E", count)


def send_rows(rows: Iterator[Numbered], convert: Callable, after: int, width: int) -> int:
    """Send the rows after a number that are not blank, at least `width` cells each; how many they are."""
    count = 0
    rows = (row for row in rows if row[0] > after)
    while block := list(islice(rows, BLOCK)):
        numbers, raw = zip(*block, strict=True)
        pairs = zip(numbers, convert(raw), strict=True)
        ready = [(number, cells) for number, cells in pairs if any(cells) or not _blank(cells)]
        if max(map(len, raw)) > MOST_COLUMNS:
            check_width(cells for _, cells in ready)
        if min(map(len, raw)) < width:
            ready = [(number, [*cells, *[""] * (width - len(cells))]) for number, cells in ready]
        send(b"R", ready)
        if not count:  # rows come, so the file is no trap: the time for reading on is the longer one
            hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
            resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))
        count += len(ready)
    return count


def explain(path: Path) -> None:
    """Look closely for the reason why reading this file took all the memory."""
    from core.reader.packed import Package, look_through_xlsx

    if kind_of(path) == "xlsx":
        look_through_xlsx(Package(path), closely=True)
    raise Problem("memory")


def main() -> None:
    request = orjson.loads(sys.argv[1])
    limit(**request["limits"])
    gc.disable()  # rows have no circles, and there is nothing else
    choice, expected = request["choice"], frozenset(request["expected"])
    try:
        if request["do"] == "explain":
            explain(Path(request["path"]))
            return
        source = opened(Path(request["path"]), choice)
        if request["do"] == "look":
            send(b"L", look(source, choice, expected))
        elif request["do"] == "rows":
            stream(source, choice, expected)
        else:
            stream_all(source, choice)
    except Problem as problem:
        send(b"X", {"code": problem.code, **problem.about})
    except MemoryError:
        send(b"X", {"code": "memory"})
    except BaseException as bug:  # a parser that panics over a broken file raises no Exception
        if isinstance(bug, SystemExit):
            raise
        send(b"X", {"code": "damaged", "because": f"{type(bug).__name__}: {bug}"[:300]})
