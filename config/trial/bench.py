"""`make bench`: the command `bench` on throw-away servers and a database of its own. ARGS are its arguments."""

from __future__ import annotations

import os
import shlex
import sys

from .guard import guarded
from .tests import FAST, need_pango, perform, prepare, servers


def work(launcher: int) -> int:
    need_pango()
    with servers({**FAST, "shared_buffers": "512MB"}) as settings:
        prepare(settings, launcher, "migrate", "codes")
        arguments = shlex.split(os.environ.get("ARGS", "")) + sys.argv[1:]
        return perform([sys.executable, "manage.py", "bench", *arguments], settings, launcher)


def main() -> int:
    launcher = os.getpid()
    return guarded(lambda: work(launcher))


if __name__ == "__main__":
    sys.exit(main())
