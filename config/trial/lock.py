"""`make lock`: resolve the declared packages and write the three lock files, every file with its hash.

requirements.lock is what production installs. config/locks/trial.lock and dev.lock hold only what the trial and the
developers need besides, resolved under the versions of the locks before them. ARGS go to uv (`ARGS=--upgrade`, or
`ARGS="--upgrade-package django"`); without any, versions stay where they can.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from .steps import ROOT

UV = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--universal", "--python-version", "3.12"]
UV += ["--generate-hashes", "--no-header", "--no-emit-index-url", "--no-emit-find-links", "--quiet"]
LOCKS: dict[str, tuple[str, list[str]]] = {  # file: the extra it adds, the locks it stands on
    "requirements.lock": ("", []),
    "config/locks/trial.lock": ("trial", ["requirements.lock"]),
    "config/locks/dev.lock": ("dev", ["requirements.lock", "config/locks/trial.lock"]),
}


def blocks(text: str) -> dict[str, str]:
    """A lock file as its packages: the name, then everything that belongs to it."""
    found = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)
    return {block.partition("==")[0]: block for block in found if block.strip()}


def versions(text: str) -> dict[str, str]:
    """The version of each package in a lock file."""
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\\n]+)", text, flags=re.MULTILINE))


def compile_lock(name: str, extra: str, below: list[str], arguments: list[str]) -> str:
    """The text of one lock file; uv keeps the versions of the file it writes to, so it gets a copy of the old one."""
    known: dict[str, str] = {}
    for other in below:
        known |= blocks((ROOT / other).read_text())
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "new.lock"
        old = (ROOT / name).read_text() if (ROOT / name).exists() else ""
        output.write_text("".join(known.values()) + old)
        command = [*UV, "-o", str(output), *(["--extra", extra] if extra else []), *arguments]
        for other in below:
            command += ["-c", other]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        text = re.sub(r"^ *#   -c .*\n", "", output.read_text(), flags=re.MULTILINE)
    return "".join(block for package, block in blocks(text).items() if package not in known)


def main() -> None:
    arguments = shlex.split(os.environ.get("ARGS", "")) + sys.argv[1:]
    for name, (extra, below) in LOCKS.items():
        path = ROOT / name
        path.parent.mkdir(exist_ok=True)
        before = versions(path.read_text()) if path.exists() else {}
        path.write_text(compile_lock(name, extra, below, arguments))
        after = versions(path.read_text())
        print(f"{name}: {len(after)} packages")
        for package in sorted(before.keys() | after.keys()):
            if before.get(package) != after.get(package):
                print(f"  {package}: {before.get(package, 'new')} → {after.get(package, 'gone')}")


if __name__ == "__main__":
    main()
