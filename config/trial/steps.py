"""Management commands one after the other in one process, because each start of Django costs two seconds.

    python -m config.trial.steps FOLDER NAME=STAMP ...

Each name is one of STEPS; when it is done its stamp is written to FOLDER/stamps/NAME, so that the next start can skip
a step whose inputs are the same. A step without a stamp (`NAME=`) leaves none.
"""

import hashlib
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STEPS: dict[str, tuple[str, list[str], dict]] = {  # name: what it says, the command, its options
    "messages": ("translations compiled", ["messages", "--compile"], {}),
    "migrate": ("tables up to date", ["migrate"], {"verbosity": 0, "interactive": False}),
    "codes": ("code lists loaded", ["load_codes"], {"verbosity": 0}),
    "static": ("static files collected", ["collectstatic"], {"verbosity": 0, "interactive": False}),
    "seed": ("demo projects loaded", ["seed_demo", "--quiet"], {}),
}


def digest(paths: Iterable[Path], *words: str) -> str:
    """One hash over the contents of files, in the order of their names."""
    found = hashlib.sha256(repr(words).encode())
    for path in sorted(paths):
        if path.is_file():
            found.update(f"{path.relative_to(ROOT)}\n{path.stat().st_size}\n".encode())
            found.update(path.read_bytes())
    return found.hexdigest()


def inputs() -> dict[str, str]:
    """What each step depends on, as a hash."""
    lock = ROOT / "requirements.lock"
    tables = digest([*ROOT.glob("*/migrations/*.py"), lock])
    return {
        "messages": digest(ROOT.glob("config/locale/*/LC_MESSAGES/django.po")),
        "migrate": tables,
        "codes": digest([*ROOT.glob("core/codes/*"), ROOT / "core/management/commands/load_codes.py"], tables),
        "static": digest([*ROOT.glob("static/**/*"), lock, ROOT / "config/settings.py"]),
        "seed": "done",
    }


def stale(folder: Path, names: Iterable[str]) -> list[str]:
    """The steps that must run, as arguments for this module."""
    found = []
    for name, wanted in inputs().items():
        stamp = folder / "stamps" / name
        if name in names and not (stamp.exists() and stamp.read_text() == wanted and _outputs(name)):
            found.append(f"{name}={wanted}")
    return found


def _outputs(name: str) -> bool:
    """Whether what a step made lies in the source tree, where a clean-up may have taken it."""
    return name != "messages" or all(po.with_suffix(".mo").exists() for po in ROOT.glob("config/locale/*/*/django.po"))


def strangers() -> bool:
    """Whether a database that is not the trial's own is in use by an office, so that no demo may enter it."""
    from django.contrib.auth import get_user_model

    people = get_user_model()._default_manager
    return people.exists() and not people.filter(email="admin@demo.example").exists()


def main(folder: Path, steps: list[str]) -> None:
    import django
    from django.core.management import call_command

    django.setup()
    stamps = folder / "stamps"
    stamps.mkdir(parents=True, exist_ok=True)
    for step in steps:
        name, _, stamp = step.partition("=")
        words, command, options = STEPS[name]
        if name == "seed" and not stamp and strangers():
            print("  the database has accounts of its own: the demo projects are left out", flush=True)
            continue
        began = time.monotonic()
        call_command(*command, **options)
        if stamp:
            (stamps / name).write_text(stamp)
        print(f"  {words} ({time.monotonic() - began:.1f} s)", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    main(Path(sys.argv[1]), sys.argv[2:])
