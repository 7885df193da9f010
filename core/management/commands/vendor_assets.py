"""Copies of other people's files that the pages are made of: fetched once, pinned, listed with their hash."""

import hashlib
import re
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

LIST = "static/vendor/VENDORED.md"
SPRITE = "static/img/icons.svg"
ROW = re.compile(r"^\| `(?P<path>[^`]+)` \|.*\| `(?P<sha256>[0-9a-f]{64})` \|$", re.MULTILINE)
SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Package:
    """One npm package: what it is called, which version, under which licence, and which of its files go where."""

    name: str
    version: str
    licence: str
    files: dict[str, str]


PLEX = {
    f"files/ibm-plex-sans-{subset}-{weight}-normal.woff2": f"static/vendor/plex/{subset}-{weight}.woff2"
    for subset in ("latin", "latin-ext", "cyrillic", "cyrillic-ext")
    for weight in (400, 600)
}

PACKAGES = (
    Package(
        "bootstrap",
        "5.3.8",
        "MIT",
        {
            "dist/css/bootstrap.min.css": "static/vendor/bootstrap/bootstrap.min.css",
            # The style sheet names its map; hashed file names cannot be made when the map is missing.
            "dist/css/bootstrap.min.css.map": "static/vendor/bootstrap/bootstrap.min.css.map",
            "LICENSE": "static/vendor/bootstrap/LICENSE",
        },
    ),
    Package(
        "htmx.org",
        "2.0.11",
        "0BSD",
        {
            "dist/htmx.min.js": "static/vendor/htmx/htmx.min.js",
            "LICENSE": "static/vendor/htmx/LICENSE",
        },
    ),
    Package(
        "@fontsource/ibm-plex-sans",
        "5.3.0",
        "OFL-1.1",
        {**PLEX, "LICENSE": "static/vendor/plex/LICENSE"},
    ),
    Package(
        # For PDF only: WeasyPrint mixes up the glyphs of the subset files above.
        "@ibm/plex-sans",
        "1.1.0",
        "OFL-1.1",
        {
            "fonts/complete/woff2/IBMPlexSans-Regular.woff2": "static/vendor/plex-pdf/IBMPlexSans-Regular.woff2",
            "fonts/complete/woff2/IBMPlexSans-SemiBold.woff2": "static/vendor/plex-pdf/IBMPlexSans-SemiBold.woff2",
            "LICENSE.txt": "static/vendor/plex-pdf/LICENSE.txt",
        },
    ),
    Package(
        "@tabler/icons",
        "3.51.0",
        "MIT",
        {"LICENSE": "static/vendor/tabler/LICENSE"},
    ),
    Package(
        # Tests only, never served.
        "axe-core",
        "4.14.1",
        "MPL-2.0",
        {
            "axe.min.js": "tests/vendor/axe.min.js",
            "LICENSE": "tests/vendor/LICENSE",
            "LICENSE-3RD-PARTY.txt": "tests/vendor/LICENSE-3RD-PARTY.txt",
        },
    ),
)

ICONS = (
    "alert-triangle",
    "calendar",
    "camera",
    "check",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "circle-check",
    "circle-x",
    "clock",
    "copy",
    "download",
    "external-link",
    "file-text",
    "filter",
    "fingerprint",
    "history",
    "info-circle",
    "language",
    "lock",
    "logout",
    "map-pin",
    "menu-2",
    "paperclip",
    "plus",
    "printer",
    "search",
    "upload",
    "user",
    "x",
)


def unpacked(name: str, version: str, folder: Path) -> Path:
    """Fetch one npm package without running any of its scripts and return the folder it was unpacked to.

    `npm pack` only downloads. Raises CommandError when npm is missing or the package cannot be had.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise CommandError("Install Node.js with npm: it fetches the packages these files come from.")
    place = folder / name.replace("/", "-").lstrip("@")
    place.mkdir(parents=True)
    done = subprocess.run(
        [npm, "pack", "--silent", "--ignore-scripts", f"{name}@{version}"],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    balls = list(place.glob("*.tgz"))
    if done.returncode or len(balls) != 1:
        raise CommandError(f"npm could not fetch {name} {version}: {done.stderr.strip()}")
    with tarfile.open(balls[0]) as ball:
        ball.extractall(place, filter="data")
    return place / "package"


def sprite(icons: Path) -> bytes:
    """One SVG with every icon of ICONS as a <symbol>, from the folder of Tabler's outline icons."""
    symbols = []
    for name in ICONS:
        shapes = []
        for shape in ElementTree.parse(icons / f"{name}.svg").getroot():
            if shape.get("stroke") == "none" and shape.get("fill") == "none":
                continue  # Tabler draws an empty 24 × 24 square into each icon
            said = " ".join(f'{key}="{value}"' for key, value in shape.attrib.items())
            shapes.append(f"<{shape.tag.removeprefix(SVG)} {said}/>")
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2"'
            f' stroke-linecap="round" stroke-linejoin="round">{"".join(shapes)}</symbol>'
        )
    return ('<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n").encode()


def listed(root: Path) -> dict[str, str]:
    """Path and sha256 of every file the list names; empty when there is no list yet."""
    text = (root / LIST).read_text() if (root / LIST).exists() else ""
    return {row["path"]: row["sha256"] for row in ROW.finditer(text)}


def problems(root: Path) -> list[str]:
    """What is wrong with the copies: a changed, missing or unlisted file, one sentence each."""
    wrong = []
    known = listed(root)
    for path, sha256 in known.items():
        if not (root / path).is_file():
            wrong.append(f"{path} is in the list but not in the project.")
        elif hashlib.sha256((root / path).read_bytes()).hexdigest() != sha256:
            wrong.append(f"{path} is not the file that was listed.")
    files = (p for top in ("static/vendor", "tests/vendor") for p in (root / top).rglob("*") if p.is_file())
    here = {p.relative_to(root).as_posix() for p in files}
    wrong.extend(f"{path} is not in the list." for path in sorted(here - {LIST} - set(known)))
    if not known:
        wrong.append(f"{LIST} lists nothing.")
    return wrong


def written_list(rows: list[tuple[str, Package, str]]) -> str:
    """The list as Markdown, from (path, package, sha256)."""
    lines = [
        "# Files made by others",
        "",
        "Unmodified copies from npm packages, fetched by `manage.py vendor_assets`; with `--check` it compares each",
        "with its SHA-256. Licences lie beside the files. Do not edit: change the version in the command, run it",
        "with `--renew`, and look at the pages.",
        "",
        f"`{SPRITE}` is built by the same command out of the outline icons of @tabler/icons.",
        "`static/img/eu/*.svg` are drawn by `manage.py draw_emblem`; the letters are outlines of Ubuntu Bold",
        "(@expo-google-fonts/ubuntu 0.4.1, Ubuntu Font Licence 1.0). The font itself is not in the project.",
        "",
        "| file | package | version | licence | sha256 |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [f"| `{path}` | {p.name} | {p.version} | {p.licence} | `{sha256}` |" for path, p, sha256 in rows]
    return "\n".join(lines) + "\n"


class Command(BaseCommand):
    help = "Fetch the pinned files of other projects, or check that they are still the ones listed."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="only compare the files with the list")
        parser.add_argument("--renew", action="store_true", help="accept other contents and write a new list")

    def handle(self, *, check, renew, **options):
        root = Path(settings.BASE_DIR)
        if check:
            if wrong := problems(root):
                raise CommandError("\n".join(wrong))
            self.stdout.write(f"{len(listed(root))} files as listed")
            return

        known, rows, contents = listed(root), [], {}
        with tempfile.TemporaryDirectory() as folder:
            for package in PACKAGES:
                unpacked_at = unpacked(package.name, package.version, Path(folder))
                fetched = {target: (unpacked_at / source).read_bytes() for source, target in package.files.items()}
                if package.name == "@tabler/icons":
                    fetched[SPRITE] = sprite(unpacked_at / "icons" / "outline")
                contents.update(fetched)
                rows += [(path, package, hashlib.sha256(data).hexdigest()) for path, data in fetched.items()]
        changed = [path for path, _, sha256 in rows if known.get(path) != sha256]
        if known and changed and not renew:
            raise CommandError("Other contents than listed (accept with --renew): " + ", ".join(changed))
        for path, data in contents.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        (root / LIST).write_text(written_list(rows))
        self.stdout.write(f"{len(rows)} files, {len(changed)} of them new or changed")
