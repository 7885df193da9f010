"""Starts a process that reads what a stranger made: the portal's own interpreter, bare, with the request on its command
line. It ends with the portal, at the latest when the `with` block does."""

from __future__ import annotations

import contextlib
import fcntl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

ROOT = Path(__file__).resolve().parents[2]
START = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from core.reader import "


@contextlib.contextmanager
def started(module: str, request: dict[str, Any]) -> Iterator[subprocess.Popen[bytes]]:
    """The process that runs `main()` of a module of this package; its output is `stdout`."""
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-I", "-X", "utf8", "-c", f"{START}{module}; {module}.main()", orjson.dumps(request).decode()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        env={"MALLOC_ARENA_MAX": "1"},
    )
    assert process.stdout
    with contextlib.suppress(OSError):  # room for reader and portal to work at the same time
        fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, 1 << 20)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
