"""The portal's side of reading: start the process, watch its time, take its rows, put its refusals into words."""

from __future__ import annotations

import contextlib
import logging
import select
import signal
import subprocess
import time
from collections.abc import Generator, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from core.reader.problems import LARGEST_BLOCK
from core.reader.starting import started
from core.reader.texts import ENCODINGS, SEPARATORS
from core.sheets.choices import Choice, Look, Row, SheetLook
from core.sheets.refusals import Unreadable, not_a_choice, unreadable

logger = logging.getLogger(__name__)

LIMITS = {"memory": 300 << 20, "first_cpu": 9, "cpu": 60}
"""Bytes of address space, seconds of processor until the first rows come, and in all."""
WAIT = 30.0
"""Seconds on the clock that the portal waits for the next rows, in case the process sleeps: on a busy machine nine
seconds of processor take longer. The time the portal itself takes between two rows does not count."""


GUESS = Choice()


def look(file: Path, choice: Choice = GUESS, *, expected: Iterable[str] = ()) -> Look:
    """What is in the file. `expected` are headings one would know, which help to find the row they stand in.

    Raises Unreadable, saying why and what to do.
    """
    with contextlib.closing(_ask("look", file, choice, expected)) as frames:
        found = next(frames)[1]
    kind, version = [*found["template"], "", ""][:2]
    sheets = [SheetLook(**sheet) for sheet in found["sheets"]]
    chosen = next(
        (sheet for sheet in sheets if sheet.name == choice.sheet and choice.sheet),
        next((sheet for sheet in sheets if sheet.rows and not kind), sheets[0]),
    )
    complete = Choice(
        sheet=chosen.name,
        heading_row=choice.heading_row or chosen.heading_row,
        encoding=found["encoding"],
        separator=found["separator"],
        decimal=choice.decimal or chosen.decimal,
    )
    encodings = [(name, sample) for name, sample in found["encodings"]]
    return Look(found["kind"], sheets, complete, encodings, template=kind, version=version)


def rows(file: Path, choice: Choice = GUESS, *, expected: Iterable[str] = ()) -> Iterator[Row]:
    """The rows below the headings that hold anything, as text in one form, streamed with flat memory.

    Days are 2026-03-16, times 14:00, moments 2026-03-16 14:00, numbers 1234.5 and yes or no true or false where the
    file has them as such; texts stay as they were typed, without blanks around them; errors such as #REF! are kept. A
    cell merged over several rows gives its value to each. Raises Unreadable, which may come after the first rows.
    """
    for letter, block in _ask("rows", file, choice, expected):
        if letter == b"R":
            for row in block:
                yield Row._make(row)


def everything(file: Path, choice: Choice) -> Iterator[tuple[dict[str, Any] | None, list[Any]]]:
    """All sheets for writing them back: first a sheet (name, chosen, heading_row, width), then blocks of its rows.

    A row is its number and its cells: text, number, true or false, and days and times as a list of their text.
    """
    for letter, block in _ask("all", file, choice, ()):
        if letter == b"S":
            yield block, []
        elif letter == b"R":
            yield None, block


def _ask(do: str, file: Path, choice: Choice, expected: Iterable[str]) -> Generator[tuple[bytes, Any]]:
    """The frames of the answer. Closing the iterator ends the process."""
    if choice.encoding and choice.encoding not in ENCODINGS:
        raise not_a_choice(choice.encoding)
    if choice.separator and choice.separator not in SEPARATORS:
        raise not_a_choice(choice.separator)
    request = {
        "do": do,
        "path": str(Path(file).resolve(strict=True)),
        "choice": replace(choice, decimal="").as_json(),
        "expected": [heading.casefold() for heading in expected],
        "limits": LIMITS,
    }
    try:
        yield from _answers(request)
    except Unreadable as refused:
        if refused.code != "memory" or do == "explain":
            raise
        yield from _ask("explain", file, choice, ())


def _answers(request: dict[str, Any]) -> Generator[tuple[bytes, Any]]:
    with started("process", request) as process:
        yield from _frames(process)


def _frames(process: subprocess.Popen) -> Iterator[tuple[bytes, Any]]:
    while True:
        end = time.monotonic() + WAIT
        head = _exactly(process, 5, end)
        letter, length = head[:1], int.from_bytes(head[1:], "big")
        if length > LARGEST_BLOCK:
            raise unreadable("memory")
        answer = orjson.loads(_exactly(process, length, end))
        if letter == b"X":
            if because := answer.pop("because", ""):
                logger.warning("A parser gave a file up: %s", because)
            raise unreadable(**answer)
        yield letter, answer
        if letter in b"EL":
            return


def _exactly(process: subprocess.Popen, count: int, end: float) -> bytes:
    """`count` bytes of the answer. Raises Unreadable when they do not come until `end`, or the process died."""
    assert process.stdout
    buffer = bytearray()
    waiting = select.poll()
    waiting.register(process.stdout, select.POLLIN)
    while len(buffer) < count:
        if not waiting.poll(max(0.0, end - time.monotonic()) * 1000):
            raise unreadable("time")
        piece = process.stdout.read(min(count - len(buffer), 1 << 20))
        if not piece:
            raise _died(process, end)
        buffer += piece
    return bytes(buffer)


def _died(process: subprocess.Popen, end: float) -> Unreadable:
    try:
        status = process.wait(max(0.1, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        return unreadable("time")
    if -status in (signal.SIGXCPU, signal.SIGKILL):
        return unreadable("time")
    return unreadable("memory")
