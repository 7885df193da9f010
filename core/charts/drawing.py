"""Shapes and texts of a chart as SVG, and the little that must be known of letters and scales to place them."""

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from math import ceil

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from core import formats
from core.charts.data import Kind, Value, Words

WIDTH = 640
COLOURS = ("#1D4F91", "#C2570C", "#14807A", "#7A3E9D", "#8A6D00", "#6B7686")  # c1…c6 of the light theme
PLAN = 5  # the grey one
LINE = 17  # from one line of text to the next
INK, INK2, RULE, AXIS, BAND, PAPER = "#1B2330", "#4A5568", "#D5DAE1", "#6B7686", "#EDF0F3", "#FFFFFF"
_STRIPES: tuple[str | None, ...] = (None, "3 3", "1 4", "9 2", "1 2")


def words_of(words: Words, language: str) -> tuple[str, str]:
    """The text, and its language if that is not the language of the chart."""
    text, lang = words if isinstance(words, tuple) else (words, "")
    return text, "" if lang == language.split("-")[0] else lang


def styles_of(plans: Sequence[bool]) -> list[int]:
    """The style of each series: the grey one for the plan, the others in order."""
    if sum(plans) > 1 or len(plans) - sum(plans) > PLAN:
        raise ValueError("A chart holds at most five series and one plan.")
    free = iter(range(PLAN))
    return [PLAN if plan else next(free) for plan in plans]


class Drawing:
    """Shapes and texts in the order they are painted, in units of a picture WIDTH wide."""

    def __init__(self, key: str, language: str) -> None:
        self.key = key
        self.language = language
        self.parts: list[str] = []
        self.hits: list[str] = []

    def shape(self, tag: str, **attributes: float | str | None) -> None:
        self.parts.append(f"<{tag}{_attributes(**attributes)}/>")

    def text(
        self, x: float, y: float, words: Words, *, anchor: str | None = None, ink: str = "ink", paper: bool = False
    ) -> None:
        """A line of text; `paper` covers what lies under it, so that no rule runs through a figure."""
        text, lang = words_of(words, self.language)
        if paper:
            wide = width_of(text)
            start = x - (wide / 2 if anchor == "middle" else 0)
            self.shape("rect", cls="hollow", x=start - 3, y=y - 13, width=wide + 6, height=17, fill=PAPER)
        fill = INK if ink == "ink" else INK2
        look = _attributes(x=x, y=y, cls=ink, fill=fill, text_anchor=anchor, lang=lang or None)
        self.parts.append(f"<text{look}>{_escaped(text)}</text>")

    def path(self, style: int, d: str, *, width: float = 1, dash: str | None = None, join: str | None = None) -> None:
        look = {"cls": f"c{style + 1}", "stroke": COLOURS[style], "stroke_dasharray": dash, "stroke_linejoin": join}
        self.shape("path", d=d, fill="none", stroke_width=width, **look)

    def rules(self, d: str, *, axis: bool = False) -> None:
        self.shape("path", cls="axis" if axis else "rule", d=d, fill="none", stroke=AXIS if axis else RULE)

    def block(self, style: int, x: float, y: float, width: float, height: float, *, partial: bool = False) -> None:
        """A bar in one of the styles: solid, five kinds of stripes or, for plans and the sixth part, hollow."""
        if width < 0.05 or height < 0.05:
            return
        stripes = "3 3" if partial else _STRIPES[style] if style < PLAN else None
        if style == 0 and not partial:
            self.shape("rect", cls="c1", x=x, y=y, width=width, height=height, fill=COLOURS[0])
            return
        if stripes:
            self.path(style, f"M{short(x)} {short(y + height / 2)}h{short(width)}", width=height, dash=stripes)
        dash = "4 3" if style == PLAN else None
        # Half a unit inside, where the outline covers exactly the bar.
        wide, tall = short(max(width - 1, 0.1)), short(max(height - 1, 0.1))
        self.path(style, f"M{short(x + 0.5)} {short(y + 0.5)}h{wide}v{tall}h-{wide}z", dash=dash)

    def marker(self, style: int, x: float, y: float, *, hollow: bool = False) -> None:
        """The mark of a series: its own shape and colour, hollow for plans and for what has not happened yet."""
        if hollow:
            self.shape("path", cls="hollow", d=outline(style, x, y), fill=PAPER)
            self.path(style, outline(style, x, y), width=1.5)
        else:
            colour = f"c{style + 1}"
            self.shape("path", cls=colour, d=outline(style, x, y), fill=COLOURS[style])

    def hit(self, x: float, y: float, text: str) -> None:
        """An unseen target of 24 px that says the value under the pointer."""
        where = _attributes(cls="hit", cx=x, cy=y, r=12, fill="none", pointer_events="all")
        self.hits.append(f"<circle{where}><title>{_escaped(text)}</title></circle>")

    def svg(self, title: str, summary: str, height: float) -> SafeString:
        key = self.key
        head = _attributes(
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {WIDTH} {ceil(height)}",
            width=WIDTH,
            height=ceil(height),
            role="img",
            lang=self.language,
            aria_labelledby=f"{key}-title {key}-desc",
            font_family="IBM Plex Sans, sans-serif",
            font_size=13,
        )
        return mark_safe(  # every text and attribute above is escaped
            f'<svg{head}><title id="{key}-title">{_escaped(title)}</title>'
            f'<desc id="{key}-desc">{_escaped(summary)}</desc>{"".join(self.parts)}{"".join(self.hits)}</svg>'
        )


def draw_label(drawing: Drawing, label: Words, y: float) -> float:
    """The label of a row over its bar, in at most three lines; returns where the bar may begin."""
    text, lang = words_of(label, drawing.language)
    rows = wrap(text, WIDTH - 4, 3)
    for row in rows:
        y += LINE
        drawing.text(1, y - 4, (row, lang))
    return y


# The signs of a bullet; a sign up to five is the style of a bar.
BASE, MILESTONE, TARGET = 10, 11, 12


def draw_sign(drawing: Drawing, sign: int, x: float, y: float) -> None:
    """Target: an upright; milestone: a hollow diamond; baseline: a hollow circle."""
    if sign == TARGET:
        drawing.shape("rect", cls="ink", x=x - 1.5, y=y - 11, width=3, height=22, fill=INK)
    else:
        d = outline(3 if sign == MILESTONE else 0, x, y)
        drawing.shape("path", cls="hollow", d=d, fill=PAPER)
        drawing.path(PLAN, d, width=1.75)


def draw_items(drawing: Drawing, y: float, items: Sequence[tuple[int, str]]) -> float:
    """Signs with their words, in as many lines as they need; returns where the last line ends."""
    x = 1.0
    y += LINE
    for sign, words in items:
        words = cut(words, WIDTH - 24)
        if x > 1 and x + 18 + width_of(words) > WIDTH - 2:
            x, y = 1.0, y + LINE + 2
        if sign == TARGET:
            drawing.shape("rect", cls="ink", x=x + 4, y=y - 14, width=3, height=13, fill=INK)
        elif sign > PLAN:
            draw_sign(drawing, sign, x + 6, y - 8)
        else:
            drawing.block(sign, x, y - 14, 12, 12)
        drawing.text(x + 18, y - 3.5, words)
        x += 18 + width_of(words) + 18
    return y


def draw_scale(drawing: Drawing, y: float, ends: Sequence[tuple[float, str]]) -> float:
    """The values of a horizontal axis under its last row: all of them, or every second or fourth where they touch."""
    halves = [width_of(text) / 2 for _x, text in ends]
    spans = [(min(max(x, half), WIDTH - half), half, text) for (x, text), half in zip(ends, halves, strict=True)]
    for step in (1, 2, 4, len(spans)):
        shown = spans[::step]
        if all(one[0] + one[1] + 10 <= other[0] - other[1] for one, other in pairwise(shown)):
            break
    for middle, _half, text in shown:
        drawing.text(middle, y + 14, text, anchor="middle", ink="ink2")
    return y + 22


# Scales.

_ROUND = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5))


def ticks_for(low: Value, high: Value, *, whole: bool = False) -> list[Decimal]:
    """Four or five round values from zero (or below) up to at least the highest value; for nothing but zeros 0 to 4."""
    low, high = min(Decimal(low), Decimal(0)), max(Decimal(high), Decimal(0))
    if not high - low:
        return [Decimal(n) for n in range(5)] if whole else [Decimal(25 * n) for n in range(5)]
    size = (high - low).adjusted()
    steps = (factor.scaleb(power) for power in range(size - 2, max(size, 0) + 2) for factor in _ROUND)
    step = next(each for each in steps if not (whole and each % 1) and ceil(high / each) + ceil(-low / each) <= 4)
    return [step * n for n in range(-ceil(-low / step), ceil(high / step) + 1)]


def tick_text(value: Decimal, kind: Kind, language: str) -> str:
    plain = f"{value.normalize():f}"
    return formats.percent(plain, language) if kind == "percent" else formats.number(plain, language)


def outline(style: int, x: float, y: float) -> str:
    """The outline of a marker: circle, square, triangle, diamond, triangle on its head; a circle for plans."""
    at = f"M{short(x)} {short(y)}"
    return at + {
        1: "m-4.5-4.5h9v9h-9z",
        2: "m0-5.5l5.5 9.5h-11z",
        3: "m0-6l6 6l-6 6l-6-6z",
        4: "m0 5.5l5.5-9.5h-11z",
    }.get(style, "m-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z")


def short(value: float) -> str:
    """A coordinate with one decimal at most."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _attributes(**values: float | str | None) -> str:
    """Attributes in the order given: `cls` is class, an underscore a hyphen, None is left out."""
    written = []
    for name, value in values.items():
        if value is not None:
            text = _escaped(value) if isinstance(value, str) else short(value)
            written.append(f' {"class" if name == "cls" else name.replace("_", "-")}="{text}"')
    return "".join(written)


def _escaped(text: str) -> str:
    """The text for SVG: on one line, without the control characters XML forbids, escaped."""
    kept = "".join(" " if unicodedata.category(sign) in ("Cc", "Cs", "Cn") else sign for sign in text)
    return str(escape(re.sub("[ \t\n]+", " ", kept)))


# Widths of IBM Plex Sans in hundredths of an em, in groups, with the wider of the Russian and the Bulgarian forms; a
# sign that is not listed counts as wide.
_WIDTHS = {
    sign: width
    for width, signs in {
        28: " ',.ijl\u00a0’‚‘īļ",
        36: "!():;[]ft{|}·",
        42: '"-/I\\rŗĪ',
        48: "*?z“”„ž",
        54: "JLacgksvxy«»āčģķšĻГагзсухчьэя",
        60: "$+0123456789<=>EFSTYZ^_`bdehnopqu~–\u2212§\u00d7ēņūōĒŠŽЕЗТУбвдеийклнопръѝё",
        66: "ABCKPRVX€ĀČĶŖАБВРСХЧЬЭЯц",
        72: "#&DGHNOQUĢŅŪŌИЙКЛНОПм",
        80: "w—ДЦЪжфыю",
        90: "@MWm…МФЫтш",
    }.items()
    for sign in signs
}


def width_of(text: str) -> float:
    """How wide the text is at 13 px, a little generous."""
    return sum(_WIDTHS.get(sign, 104) for sign in text) * 0.13


def cut(text: str, room: float) -> str:
    """The text, shortened with an ellipsis if it is wider than `room`."""
    if width_of(text) <= room:
        return text
    kept = text
    while kept and width_of(kept + "…") > room:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def wrap(text: str, room: float, most: int) -> list[str]:
    """The text in lines no wider than `room`; a word that is too wide is broken, what does not fit is cut."""
    rows = [""]
    for word in filter(None, re.split(r"[ \t\r\n]+", text)):  # a no-break space does not break
        joined = f"{rows[-1]} {word}" if rows[-1] else word
        if width_of(joined) <= room:
            rows[-1] = joined
            continue
        if rows[-1]:
            rows.append("")
        while width_of(word) > room:
            fits = next(n for n in range(len(word), 0, -1) if n == 1 or width_of(word[:n]) <= room)
            rows[-1], word = word[:fits], word[fits:]
            rows.append("")
        rows[-1] = word
    return rows if len(rows) <= most else [*rows[: most - 1], cut(rows[most - 1] + "…", room)]
