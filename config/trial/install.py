"""The virtual environment: made once, filled from the lock files, and entered by one of the commands.

Started by the Makefile with whatever Python it found, so it uses the standard library only:

    python3 config/trial/install.py run|test|bench|lint|lock|format|manage [arguments]
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
STAMP = VENV / "installed-locks"
RUNTIME, TRIAL, DEV = "requirements.lock", "config/locks/trial.lock", "config/locks/dev.lock"
COMMANDS = {  # command: the locks it needs, the module it is
    "run": ([RUNTIME, TRIAL], "config.trial.run"),
    "test": ([RUNTIME, TRIAL, DEV], "config.trial.tests"),
    "bench": ([RUNTIME, TRIAL, DEV], "config.trial.bench"),
    "lint": ([RUNTIME, TRIAL, DEV], "config.trial.lint"),
    "format": ([RUNTIME, TRIAL, DEV], "config.trial.lint"),
    "lock": ([RUNTIME, TRIAL, DEV], "config.trial.lock"),
}


def python() -> Path:
    return VENV / "bin" / "python"


def usable() -> bool:
    """Whether the environment is there and whole: an upgrade of the system can take its Python away."""
    test = "import pip, sys; sys.exit(sys.version_info < (3, 12))"
    try:
        return subprocess.run([python(), "-c", test], stderr=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        return False


def make() -> None:
    print(f"Making the virtual environment {VENV} with Python {sys.version.split()[0]}", flush=True)
    done = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True, check=False)
    if done.returncode:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        if "ensurepip" in done.stdout + done.stderr:
            sys.exit(f"This Python has no venv module; install it: apt install python{version}-venv")
        sys.exit(done.stdout + done.stderr)


def install(locks: list[str]) -> None:
    """Install exactly what the locks say, every file checked against its hash."""
    total = sum(" --hash=" not in line and "==" in line for lock in locks for line in (ROOT / lock).open())
    print(f"Installing {total} locked packages (once, and again when a lock changes)", flush=True)
    command = [str(python()), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--no-deps"]
    command += ["--require-hashes", "--progress-bar=off", *[word for lock in locks for word in ("-r", lock)]]
    said: list[str] = []
    seen = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        for line in pip.stdout or ():
            said.append(line)
            seen += line.startswith(("Collecting ", "Requirement already satisfied"))
            if sys.stdout.isatty():
                print(f"\r  {seen} of {total}" + (", unpacking" if "Installing" in line else ""), end="", flush=True)
    if sys.stdout.isatty():
        print()
    if pip.returncode:
        sys.exit("".join(said[-15:]) + "pip could not install the locked packages; the reason stands above.")


def main(command: str, arguments: list[str]) -> None:
    locks, module = COMMANDS[command]
    os.chdir(ROOT)
    wanted = {lock: hashlib.sha256((ROOT / lock).read_bytes()).hexdigest() for lock in locks}
    there = dict(line.split() for line in STAMP.read_text().splitlines()) if STAMP.exists() and usable() else {}
    if any(there.get(lock) != digest for lock, digest in wanted.items()):
        if not usable():
            make()
            there = {}
        install([lock for lock in locks if there.get(lock) != wanted[lock]])
        STAMP.write_text("".join(f"{lock} {digest}\n" for lock, digest in sorted({**there, **wanted}.items())))
    os.execv(python(), [str(python()), "-m", module, *([command] if command == "format" else []), *arguments])


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2:])
    except KeyboardInterrupt:
        sys.exit(130)
