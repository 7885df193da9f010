"""`make lint`: every check that needs no test, all of them, each failure shown. `make format` mends what can be mended.

Django is asked with production settings, so that what it finds is true of an office and not of the trial.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from .install import DEV, RUNTIME, TRIAL
from .lock import versions
from .steps import ROOT

PYTHON, BIN = sys.executable, Path(sys.executable).parent
Check = list[str] | Callable[[], list[str]]


def templates() -> list[str]:
    """Every Django template of the project."""
    found = [*ROOT.glob("templates/**/*"), *ROOT.glob("*/templates/**/*")]
    return sorted(str(path.relative_to(ROOT)) for path in found if path.suffix in {".html", ".txt", ".svg"})


def old_packages() -> list[str]:
    """Declared packages without a floor, missing in the locks, or locked below it.

    A package that caps Django makes a resolver fall back, silently, to a release of years ago.
    """
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = declared["optional-dependencies"]
    found = []
    for lock, lines in ((RUNTIME, declared["dependencies"]), (TRIAL, extras["trial"]), (DEV, extras["dev"])):
        locked = versions((ROOT / lock).read_text())
        for line in lines:
            need = Requirement(line)
            floors = [Version(part.version) for part in need.specifier if part.operator in (">=", "==", "~=")]
            version = locked.get(need.name.lower().replace("_", "-"))
            if not floors:
                found.append(f"{need.name}: pyproject.toml gives it no floor")
            elif version is None:
                found.append(f"{need.name}: not in {lock}; run make lock")
            elif not need.specifier.contains(version, prereleases=True):
                found.append(f"{need.name}: {lock} has {version}, which is not {need.specifier}")
    return found


def checks() -> dict[str, Check]:
    """The checks by the name they are shown under: a command, or a function that gives what it found."""
    manage = [PYTHON, "-W", "ignore::RuntimeWarning", "manage.py"]  # no database here; makemigrations would warn
    return {
        "ruff": [str(BIN / "ruff"), "check", "--quiet", "."],
        "form of the code": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
        "mypy": [str(BIN / "mypy"), "--no-error-summary"],
        "import contracts": [str(BIN / "lint-imports"), "--no-cache"],
        "form of the templates": [str(BIN / "djade"), "--check", "--target-version", "6.1", *templates()],
        "missing migrations": [*manage, "makemigrations", "--check", "--dry-run"],
        "translations": [*manage, "messages", "--check"],
        "production settings": [*manage, "check", "--deploy", "--fail-level", "WARNING"],
        "locked packages": old_packages,
    }


def production(folder: str) -> dict[str, str]:
    """The environment of an office, with secrets made for this run."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUTF8": "1",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "NATIONAL_NUMBER_KEY": secrets.token_urlsafe(64),
        "SITE_URL": "https://portal.example",
        "ALLOWED_HOSTS": "portal.example",
        "DATABASE_URL": "postgresql://portal@127.0.0.1:9/portal",
        "REDIS_URL": "redis://127.0.0.1:9/0",
        "FILES_DIR": folder,
        "STATIC_DIR": folder,
        "MAIL_URL": "smtp://mail.example:25",
    }


def perform(check: Check, environment: dict[str, str]) -> tuple[bool, str, float]:
    """Whether a check passed, what it said, and the seconds it took."""
    began = time.monotonic()
    if callable(check):
        found = check()
        return not found, "\n".join(found), time.monotonic() - began
    done = subprocess.run(
        check, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return done.returncode == 0, done.stdout.strip(), time.monotonic() - began


def results(environment: dict[str, str]) -> Iterator[tuple[str, bool, str, float]]:
    """Every check with its result, two at a time, in their order."""
    with ThreadPoolExecutor(2) as pool:
        running = {name: pool.submit(perform, check, environment) for name, check in checks().items()}
        for name, result in running.items():
            yield name, *result.result()


def mend() -> int:
    """Bring code and templates into the house form; what is left is for people."""
    commands = [
        [str(BIN / "ruff"), "check", "--fix", "--quiet", "."],
        [str(BIN / "ruff"), "format", "--quiet", "."],
        [str(BIN / "djade"), "--target-version", "6.1", *templates()],
    ]
    return max(subprocess.run(command, cwd=ROOT, check=False).returncode for command in commands)


def main() -> int:
    if sys.argv[1:] == ["format"]:
        return mend()
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, passed, said, seconds in results(production(folder)):
            print(f"{'ok    ' if passed else 'FAILED'}  {name}  ({seconds:.1f} s)", flush=True)
            if not passed:
                failed += 1
                print("\n".join(f"        {line}" for line in said.splitlines()), flush=True)
    print(f"{failed} of {len(checks())} checks failed." if failed else f"All {len(checks())} checks passed.")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
