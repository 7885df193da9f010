"""The EU emblem and the funding statement beside it, drawn from the published geometry.

Legal source: Regulation (EU) 2021/1060, Annex IX. The emblem is 3:2 with twelve five-pointed stars on a circle of a
third of its height; the statement is written in full, in Reflex Blue, black or white, in one of eight named typefaces,
of which this is Ubuntu. The letters become outlines, so the pictures need no font.
"""

import math
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

from core.management.commands.vendor_assets import unpacked

FOLDER = "static/img/eu"
BLUE, YELLOW, BLACK, WHITE = "#003399", "#FFCC00", "#000000", "#FFFFFF"

HEIGHT = 200
WIDTH = HEIGHT * 3 // 2
BORDER = HEIGHT / 25  # white edge on dark ground; the other pictures leave it empty, so all have one size
GAP = HEIGHT * 0.18
CAP_HEIGHT = HEIGHT * 0.28
LINE_STEP = HEIGHT * 0.5
INNER = 0.381966  # inner corners of a regular pentagram, as a share of the outer radius

FONT = ("@expo-google-fonts/ubuntu", "0.4.1", "700Bold/Ubuntu_700Bold.ttf")

STATEMENTS = {
    ("cofunded", "en"): ("Co-funded by", "the European Union"),
    ("cofunded", "bg"): ("Съфинансирано от", "Европейския съюз"),
    ("cofunded", "lv"): ("Līdzfinansē", "Eiropas Savienība"),
    ("funded", "en"): ("Funded by", "the European Union"),
    ("funded", "bg"): ("Финансирано от", "Европейския съюз"),
    ("funded", "lv"): ("Finansē", "Eiropas Savienība"),
}

# Name: colour of the field, of the stars, of the edge (None: no edge), of the letters.
# In one colour the rectangle is outlined and the stars are black on white.
VARIANTS = {
    "positive": (BLUE, YELLOW, None, BLUE),
    "negative": (BLUE, YELLOW, WHITE, WHITE),
    "black": (WHITE, BLACK, BLACK, BLACK),
}


def number(value: float) -> str:
    """A coordinate with two decimals at most."""
    return f"{round(value, 2) + 0:.2f}".rstrip("0").rstrip(".")  # + 0 turns -0.0 into 0.0


def star(x: float, y: float) -> str:
    """Path of one star, its point straight up, round the centre (x, y)."""
    outer = HEIGHT / 18
    corners = []
    for k in range(10):
        radius = outer if k % 2 == 0 else outer * INNER
        angle = math.radians(36 * k)
        corners.append(f"{number(x + radius * math.sin(angle))},{number(y - radius * math.cos(angle))}")
    return "M" + " ".join(corners) + "z"


def stars() -> str:
    """Path of the twelve stars, at the hours of a clock face; the flag's top left corner is (0, 0)."""
    hours = (math.radians(30 * k) for k in range(12))
    reach = HEIGHT / 3
    return "".join(star(WIDTH / 2 + reach * math.sin(a), HEIGHT / 2 - reach * math.cos(a)) for a in hours)


def flag(variant: str) -> str:
    """SVG shapes of the emblem in one of VARIANTS."""
    field, of_stars, edge, _ = VARIANTS[variant]
    shapes = ""
    if edge == WHITE:
        start, wide, high = number(-BORDER), number(WIDTH + 2 * BORDER), number(HEIGHT + 2 * BORDER)
        shapes = f'<path fill="{WHITE}" d="M{start} {start}h{wide}v{high}H{start}z"/>'
    line = HEIGHT / 100
    inner = f"M{number(line / 2)} {number(line / 2)}h{number(WIDTH - line)}v{number(HEIGHT - line)}H{number(line / 2)}z"
    if edge == BLACK:
        shapes += f'<path fill="{field}" stroke="{edge}" stroke-width="{number(line)}" d="{inner}"/>'
    else:
        shapes += f'<path fill="{field}" d="M0 0h{WIDTH}v{HEIGHT}H0z"/>'
    return shapes + f'<path fill="{of_stars}" d="{stars()}"/>'


def kerning(font: TTFont, left: str, right: str) -> int:
    """Font units by which the glyph `right` moves when it follows `left` (pair positioning of the font)."""
    table = font["GPOS"].table
    features = (r.Feature for r in table.FeatureList.FeatureRecord if r.FeatureTag == "kern")
    wanted = {index for feature in features for index in feature.LookupListIndex}
    for index in sorted(wanted):
        for sub in table.LookupList.Lookup[index].SubTable:
            pairs = getattr(sub, "ExtSubTable", sub)
            if pairs.LookupType != 2 or left not in pairs.Coverage.glyphs:
                continue
            if pairs.Format == 1:
                records = pairs.PairSet[pairs.Coverage.glyphs.index(left)].PairValueRecord
                found = next((r.Value1 for r in records if r.SecondGlyph == right), None)
            else:
                first = pairs.ClassDef1.classDefs.get(left, 0)
                second = pairs.ClassDef2.classDefs.get(right, 0)
                found = pairs.Class1Record[first].Class2Record[second].Value1
            if found is not None:
                return getattr(found, "XAdvance", 0) or 0
    return 0


def outlined(font: TTFont, text: str, x: float, baseline: float) -> tuple[str, float]:
    """Path of `text` set at (x, baseline) in the statement's size, and where its last letter ends.

    Raises KeyError when the font has no glyph for a letter.
    """
    glyphs, letters = font.getGlyphSet(), font.getBestCmap()
    scale = CAP_HEIGHT / font["OS/2"].sCapHeight
    pen = SVGPathPen(glyphs, ntos=number)
    before = None
    for letter in text:
        name = letters[ord(letter)]
        if before:
            x += kerning(font, before, name) * scale
        glyphs[name].draw(TransformPen(pen, (scale, 0, 0, -scale, x, baseline)))
        x += glyphs[name].width * scale
        before = name
    return pen.getCommands(), x


def lockup(font: TTFont, statement: tuple[str, str], variant: str) -> str:
    """SVG of the emblem with its statement in two lines to the right."""
    top = (HEIGHT - CAP_HEIGHT - LINE_STEP) / 2 + CAP_HEIGHT
    first, end_of_first = outlined(font, statement[0], WIDTH + GAP, top)
    second, end_of_second = outlined(font, statement[1], WIDTH + GAP, top + LINE_STEP)
    width = math.ceil(max(end_of_first, end_of_second) + 2 * BORDER)
    letters = f'<path fill="{VARIANTS[variant][3]}" d="{first}{second}"/>'
    return framed(width, " ".join(statement), flag(variant) + letters)


def framed(width: int, title: str, shapes: str) -> str:
    """The SVG file round the shapes; its drawing area leaves BORDER free on every side."""
    box = f"{number(-BORDER)} {number(-BORDER)} {width} {number(HEIGHT + 2 * BORDER)}"
    size = f'width="{width}" height="{number(HEIGHT + 2 * BORDER)}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" {size}><title>{title}</title>{shapes}</svg>\n'


class Command(BaseCommand):
    help = "Draw the EU emblem and the funding statements in each language and colour."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--font", type=Path, help="Ubuntu Bold as a TrueType file; fetched from npm when not given")

    def handle(self, *, font=None, **options):
        folder = Path(settings.BASE_DIR) / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "eu-flag.svg").write_text(framed(round(WIDTH + 2 * BORDER), "European Union", flag("negative")))
        with tempfile.TemporaryDirectory() as place:
            name, version, inside = FONT
            ubuntu = TTFont(font or unpacked(name, version, Path(place)) / inside)
            for (fund, language), statement in STATEMENTS.items():
                for variant in VARIANTS:
                    drawn = lockup(ubuntu, statement, variant)
                    (folder / f"eu-{fund}-{language}-{variant}.svg").write_text(drawn)
        self.stdout.write(f"{1 + len(STATEMENTS) * len(VARIANTS)} pictures in {FOLDER}")
