"""Charts drawn on the server as SVG: line, bar, bullet, stacked bar and strip, and no other form.

The same SVG goes into the page and into the PDF. Every chart comes with one sentence that says what it shows and with
its figures as a table, so nobody has to read the picture. Series differ by dash, marker or stripes and by their own
label, not by colour alone; plans are always grey and dashed; value axes start at zero. Colours stand as attributes,
and the classes c1…c6, ink, ink2, rule, axis, hollow and band let the style sheet change them. The same figures give
the same bytes.

Words of the caller (titles, labels) come as text, or as (text, language) when they may be in another language than
the chart, as `core.models.texts.said` returns them. Values are Decimal or int; None is not known, which is not zero.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate, pairwise
from math import ceil, floor
from typing import Literal

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override, pgettext

from core import formats
from core.money import share

Kind = Literal["text", "day", "number", "count", "money", "percent", "hours"]
Value = Decimal | int
Words = str | tuple[str, str]

WIDTH = 640
COLOURS = ("#1D4F91", "#C2570C", "#14807A", "#7A3E9D", "#8A6D00", "#6B7686")  # c1…c6 of the light theme
_INK, _INK2, _RULE, _AXIS, _BAND, _PAPER = "#1B2330", "#4A5568", "#D5DAE1", "#6B7686", "#EDF0F3", "#FFFFFF"
_PLAN = 5  # the grey one
_LINE = 17  # from one line of text to the next
_DASHES = (None, "10 3", "2 3", "12 3 2 3", "5 3")
_STRIPES: tuple[str | None, ...] = (None, "3 3", "1 4", "9 2", "1 2")


@dataclass(frozen=True)
class Column:
    """A column of the table under a chart."""

    title: str
    kind: Kind

    def __str__(self) -> str:
        return self.title


@dataclass(frozen=True)
class Cell:
    """A figure or a label of that table: `value` for files, `text` for people, `lang` if it is not the chart's own."""

    value: Value | date | str | None
    kind: Kind
    text: str
    lang: str = ""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Chart:
    """A chart with its sentence and its table. Without data `svg` is empty and `summary` says so."""

    key: str
    title: str
    svg: SafeString
    summary: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str
    language: str


# What a caller hands in.


@dataclass(frozen=True)
class Line:
    """One series of a line chart, by day. `partial`: its last period is not over yet."""

    name: str
    points: Sequence[tuple[date, Value | None]]
    plan: bool = False
    partial: bool = False


@dataclass(frozen=True)
class Measure:
    """What each bar of a row stands for, such as contracted (the plan) and reported."""

    name: str
    plan: bool = False


@dataclass(frozen=True)
class Bar:
    """One row of a bar chart, with a value for each measure."""

    label: Words
    values: tuple[Value | None, ...]


@dataclass(frozen=True)
class Bullet:
    """One indicator against its target; every indicator has its own scale, so rows compare as shares of the target."""

    label: Words
    actual: Value | None
    target: Value | None
    milestone: Value | None = None
    baseline: Value | None = None
    kind: Kind = "count"


@dataclass(frozen=True)
class Stack:
    """One row of a stacked bar chart, with a value for each part."""

    label: Words
    values: tuple[Value | None, ...]


@dataclass(frozen=True)
class Week:
    """One week of a strip: how many were there, of how many; None where there was no session."""

    starts_on: date
    present: int | None
    expected: int | None
    partial: bool = False


# The five forms.


def line(
    key: str,
    title: str,
    lines: Sequence[Line],
    *,
    language: str,
    kind: Kind = "money",
    today: date | None = None,
    starts_on: date | None = None,
    note: str = "",
) -> Chart:
    """Values by day, usually cumulative: plan, reported, paid. At most five lines and one plan.

    What lies after `today` is drawn hollow. `starts_on` is named in the sentence while there is nothing to show.
    """
    with override(language):
        if sum(each.plan for each in lines) > 1 or sum(not each.plan for each in lines) > len(_DASHES):
            raise ValueError("A line chart holds at most five lines and one plan.")
        columns = [Column(pgettext("chart column", "Date"), "day"), *(Column(each.name, kind) for each in lines)]
        known = [{day: value for day, value in each.points if value is not None} for each in lines]
        table = [
            [day, *(dict(each.points).get(day) for each in lines)]
            for day in sorted({day for each in lines for day, _value in each.points})
        ]
        if any(each.partial for each in lines):
            note = _joined(note, _("The last period is not over yet."))
        if not any(known):
            return _nothing(key, title, columns, table, language, note, starts_on)
        summary = _line_summary(lines, known, kind, language, today)
        drawing = _Drawing(key, language)
        height = _draw_lines(drawing, lines, known, kind, today)
        return _chart(key, title, drawing.svg(title, summary, height), summary, columns, table, language, note)


def bar(
    key: str,
    title: str,
    bars: Sequence[Bar],
    *,
    language: str,
    measures: Sequence[Measure] = (Measure(""),),
    kind: Kind = "money",
    head: str = "",
    starts_on: date | None = None,
    note: str = "",
) -> Chart:
    """Rows with one horizontal bar for each measure. `head` is the head of the column of labels in the table."""
    with override(language):
        _check_rows([each.values for each in bars], len(measures))
        names = [each.name or title for each in measures]
        columns = [Column(head or pgettext("chart column", "Name"), "text"), *(Column(name, kind) for name in names)]
        table = [[each.label, *each.values] for each in bars]
        if not any(value is not None for each in bars for value in each.values):
            return _nothing(key, title, columns, table, language, note, starts_on)
        summary = _bar_summary(bars, measures, kind, language)
        drawing = _Drawing(key, language)
        height = _draw_bars(drawing, bars, measures, kind)
        return _chart(key, title, drawing.svg(title, summary, height), summary, columns, table, language, note)


def bullet(
    key: str,
    title: str,
    bullets: Sequence[Bullet],
    *,
    language: str,
    head: str = "",
    starts_on: date | None = None,
    note: str = "",
) -> Chart:
    """Indicators against their targets, with baseline and milestone where there are any."""
    with override(language):
        columns = [
            Column(head or pgettext("chart column", "Indicator"), "text"),
            Column(pgettext("chart column", "Baseline"), "number"),
            Column(pgettext("chart column", "Milestone"), "number"),
            Column(pgettext("chart column", "Target"), "number"),
            Column(pgettext("chart column", "Actual"), "number"),
            Column(_("Share of the target"), "percent"),
        ]
        rows = tuple(
            (
                _cell(each.label, "text", language),
                *(_cell(v, each.kind, language) for v in (each.baseline, each.milestone, each.target, each.actual)),
                _cell(share(each.actual, each.target), "percent", language),
            )
            for each in bullets
        )
        if all(each.actual is None for each in bullets):
            empty = _nothing(key, title, columns, [], language, note, starts_on)
            return Chart(key, title, empty.svg, empty.summary, tuple(columns), rows, note, language)
        summary = _bullet_summary(bullets, language)
        drawing = _Drawing(key, language)
        height = _draw_bullets(drawing, bullets)
        svg = drawing.svg(title, summary, height)
        return Chart(key, title, svg, summary, tuple(columns), rows, note, language)


def stacked_bar(
    key: str,
    title: str,
    stacks: Sequence[Stack],
    *,
    language: str,
    parts: Sequence[str],
    kind: Kind = "count",
    head: str = "",
    starts_on: date | None = None,
    note: str = "",
) -> Chart:
    """Rows whose parts add up, such as participants by status. At most six parts, none below zero."""
    with override(language):
        _check_rows([each.values for each in stacks], len(parts))
        if len(parts) > len(COLOURS):
            raise ValueError("A stacked bar holds at most six parts.")
        if any(value < 0 for each in stacks for value in _known(each.values)):
            raise ValueError("A part of a stacked bar cannot be below zero.")
        columns = [
            Column(head or pgettext("chart column", "Name"), "text"),
            *(Column(part, kind) for part in parts),
            Column(pgettext("chart column", "Total"), kind),
        ]
        table = [[each.label, *each.values, _total(each.values)] for each in stacks]
        if not any(value is not None for each in stacks for value in each.values):
            return _nothing(key, title, columns, table, language, note, starts_on)
        summary = _stack_summary(stacks, parts, kind, language)
        drawing = _Drawing(key, language)
        height = _draw_stacks(drawing, stacks, parts, kind)
        return _chart(key, title, drawing.svg(title, summary, height), summary, columns, table, language, note)


def strip(
    key: str,
    title: str,
    weeks: Sequence[Week],
    *,
    language: str,
    starts_on: date | None = None,
    note: str = "",
) -> Chart:
    """Attendance week by week, in per cent of those expected."""
    with override(language):
        columns = [
            Column(_("Week from"), "day"),
            Column(pgettext("chart column, attendance", "Present"), "count"),
            Column(pgettext("chart column, attendance", "Expected"), "count"),
            Column(_("Attendance"), "percent"),
        ]
        table: list[list[Words | date | Value | None]] = [
            [each.starts_on, each.present, each.expected, share(each.present, each.expected)] for each in weeks
        ]
        if any(each.partial for each in weeks):
            note = _joined(note, _("The last period is not over yet."))
        shares = [share(each.present, each.expected) for each in weeks]
        if not any(each is not None for each in shares):
            return _nothing(key, title, columns, table, language, note, starts_on)
        summary = _strip_summary(weeks, shares, language)
        drawing = _Drawing(key, language)
        height = _draw_strip(drawing, weeks, shares)
        return _chart(key, title, drawing.svg(title, summary, height), summary, columns, table, language, note)


# Table and sentence.


def say(value: Value | date | str | None, kind: Kind, language: str) -> str:
    """A value of a chart as people read it."""
    if value is None:
        return formats.UNKNOWN
    if isinstance(value, date):
        return formats.day(value, language)
    if kind == "text":
        return str(value)
    write: dict[str, Callable[[Decimal | int | str, str], str]] = {
        "money": formats.money,
        "percent": formats.percent,
        "hours": formats.hours,
    }
    return write.get(kind, formats.number)(value, language)


def _cell(value: Words | date | Value | None, kind: Kind, language: str) -> Cell:
    if isinstance(value, str | tuple):
        text, lang = _words(value, language)
        return Cell(text, kind, text, lang)
    return Cell(value, kind, say(value, kind, language))


def _chart(
    key: str,
    title: str,
    svg: SafeString,
    summary: str,
    columns: Sequence[Column],
    table: Iterable[Sequence[Words | date | Value | None]],
    language: str,
    note: str,
) -> Chart:
    rows = tuple(
        tuple(_cell(value, column.kind, language) for value, column in zip(row, columns, strict=True)) for row in table
    )
    return Chart(key, title, svg, summary, tuple(columns), rows, note, language)


def _nothing(
    key: str,
    title: str,
    columns: Sequence[Column],
    table: Iterable[Sequence[Words | date | Value | None]],
    language: str,
    note: str,
    starts_on: date | None,
) -> Chart:
    if starts_on:
        summary = _("No data before %(day)s") % {"day": formats.day(starts_on, language)}
        summary = summary.rstrip(".") + "."  # a day may end in a dot of its own
    else:
        summary = _("No data yet.")
    return _chart(key, title, SafeString(""), summary, columns, table, language, note)


def _check_rows(rows: Iterable[Sequence[object]], width: int) -> None:
    if not 1 <= width <= len(COLOURS):
        raise ValueError("A row holds one to six values.")
    if any(len(row) != width for row in rows):
        raise ValueError("Every row needs one value for each measure or part.")


def _words(words: Words, language: str) -> tuple[str, str]:
    """The text, and its language if that is not the language of the chart."""
    text, lang = words if isinstance(words, tuple) else (words, "")
    return text, "" if lang == language.split("-")[0] else lang


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _known(values: Iterable[Value | None]) -> list[Value]:
    return [value for value in values if value is not None]


def _total(values: Iterable[Value | None]) -> Value | None:
    known = _known(values)
    return sum(known[1:], start=known[0]) if known else None


def _line_summary(
    lines: Sequence[Line], known: Sequence[dict[date, Value]], kind: Kind, language: str, today: date | None
) -> str:
    plan = next((values for each, values in zip(lines, known, strict=True) if each.plan), {})
    clauses = []
    for each, values in zip(lines, known, strict=True):
        past = [day for day in values if today is None or day <= today]
        if not past or (each.plan and len(lines) > 1):
            continue
        last = max(past)
        said = {
            "name": each.name,
            "value": say(values[last], kind, language),
            "day": formats.day(last, language),
        }
        part = share(values[last], plan.get(last)) if not each.plan else None
        if part is None:
            clauses.append(_("%(name)s: %(value)s (%(day)s)") % said)
        else:
            said |= {"share": formats.percent(part, language), "plan": say(plan[last], kind, language)}
            clauses.append(_("%(name)s: %(value)s (%(day)s), %(share)s of the plan of %(plan)s") % said)
    if not clauses:
        return _("So far there is only a plan.")
    return "; ".join(clauses) + "."


def _bar_summary(bars: Sequence[Bar], measures: Sequence[Measure], kind: Kind, language: str) -> str:
    if len(measures) > 1 and kind != "percent":
        totals = [_total(each.values[place] for each in bars) for place in range(len(measures))]
        clauses = [
            _("%(name)s: %(total)s in all") % {"name": measure.name, "total": say(total, kind, language)}
            for measure, total in zip(measures, totals, strict=True)
        ]
        return "; ".join(clauses) + "."
    place = next(p for p in range(len(measures)) if any(each.values[p] is not None for each in bars))
    pairs = [(value, each.label) for each in bars if (value := each.values[place]) is not None]
    top, top_label = max(pairs, key=lambda pair: pair[0])
    low, low_label = min(pairs, key=lambda pair: pair[0])
    said = {
        "label": _words(top_label, language)[0],
        "value": say(top, kind, language),
        "low_label": _words(low_label, language)[0],
        "low": say(low, kind, language),
        "total": say(_total(value for value, _label in pairs), kind, language),
    }
    if len(pairs) == 1:
        return _("%(label)s: %(value)s.") % said
    if top == low:
        return _("All are equal: %(value)s.") % said
    if kind == "percent":
        return _("The largest is “%(label)s” with %(value)s, the smallest “%(low_label)s” with %(low)s.") % said
    return _("%(total)s in all; the largest is “%(label)s” with %(value)s.") % said


def _bullet_summary(bullets: Sequence[Bullet], language: str) -> str:
    shares = [
        (part, _words(each.label, language)[0])
        for each in bullets
        if (part := share(each.actual, each.target)) is not None
    ]
    if not shares:
        return _("No target is set.")
    low, label = min(shares)
    said = {
        "all": len(shares),
        "reached": sum(part >= 100 for part, _label in shares),
        "label": label,
        "share": formats.percent(low, language),
    }
    if len(shares) == 1:
        return _("“%(label)s” stands at %(share)s of its target.") % said
    if low >= 100:
        return (
            ngettext(
                "%(all)s indicator with a target has reached it.",
                "All %(all)s indicators with a target have reached it.",
                len(shares),
            )
            % said
        )
    return (
        ngettext(
            "%(reached)s of %(all)s indicator has reached its target; furthest behind: “%(label)s” with %(share)s.",
            "%(reached)s of %(all)s indicators have reached their target; furthest behind: “%(label)s” with %(share)s.",
            len(shares),
        )
        % said
    )


def _stack_summary(stacks: Sequence[Stack], parts: Sequence[str], kind: Kind, language: str) -> str:
    totals = [(_total(each.values[place] for each in stacks) or 0, -place) for place in range(len(parts))]
    whole = sum((total for total, _place in totals), start=0)
    if not whole:
        return _("Nothing to count yet: every part is zero.")
    top, place = max(totals)
    return _("%(total)s in all; the largest part is “%(name)s” with %(value)s (%(share)s).") % {
        "total": say(whole, kind, language),
        "name": parts[-place],
        "value": say(top, kind, language),
        "share": formats.percent(share(top, whole), language),
    }


def _strip_summary(weeks: Sequence[Week], shares: Sequence[Decimal | None], language: str) -> str:
    held = [(part, week) for part, week in zip(shares, weeks, strict=True) if part is not None]
    low, lowest = min(held, key=lambda pair: pair[0])
    present = sum(week.present or 0 for _part, week in held)
    expected = sum(week.expected or 0 for _part, week in held)
    said = {
        "share": formats.percent(share(present, expected), language),
        "present": formats.count(present, language),
        "expected": formats.count(expected, language),
        "weeks": len(held),
        "low": formats.percent(low, language),
        "day": formats.day(lowest.starts_on, language),
    }
    if len(held) == 1:
        return _("In the week from %(day)s attendance was %(share)s (%(present)s of %(expected)s).") % said
    return (
        ngettext(
            "Attendance was %(share)s over %(weeks)s week with sessions; lowest in the week from %(day)s: %(low)s.",
            "Attendance was %(share)s over %(weeks)s weeks with sessions; lowest in the week from %(day)s: %(low)s.",
            len(held),
        )
        % said
    )


# Drawing.


class _Drawing:
    """Shapes and texts in the order they are painted, in units of a picture WIDTH wide."""

    def __init__(self, key: str, language: str) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9-]*", key):
            raise ValueError("The key of a chart is a part of ids: small letters, digits and hyphens.")
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
        text, lang = _words(words, self.language)
        if paper:
            wide = _width(text)
            start = x - (wide / 2 if anchor == "middle" else 0)
            self.shape("rect", cls="hollow", x=start - 3, y=y - 13, width=wide + 6, height=17, fill=_PAPER)
        fill = _INK if ink == "ink" else _INK2
        look = _attributes(x=x, y=y, cls=ink, fill=fill, text_anchor=anchor, lang=lang or None)
        self.parts.append(f"<text{look}>{_escaped(text)}</text>")

    def path(self, style: int, d: str, *, width: float = 1, dash: str | None = None, join: str | None = None) -> None:
        look = {"cls": f"c{style + 1}", "stroke": COLOURS[style], "stroke_dasharray": dash, "stroke_linejoin": join}
        self.shape("path", d=d, fill="none", stroke_width=width, **look)

    def rules(self, d: str, *, axis: bool = False) -> None:
        self.shape("path", cls="axis" if axis else "rule", d=d, fill="none", stroke=_AXIS if axis else _RULE)

    def block(self, style: int, x: float, y: float, width: float, height: float, *, partial: bool = False) -> None:
        """A bar in one of the styles: solid, five kinds of stripes or, for plans and the sixth part, hollow."""
        if width < 0.05 or height < 0.05:
            return
        stripes = "3 3" if partial else _STRIPES[style] if style < _PLAN else None
        if style == 0 and not partial:
            self.shape("rect", cls="c1", x=x, y=y, width=width, height=height, fill=COLOURS[0])
            return
        if stripes:
            self.path(style, f"M{_n(x)} {_n(y + height / 2)}h{_n(width)}", width=height, dash=stripes)
        dash = "4 3" if style == _PLAN else None
        # Half a unit inside, where the outline covers exactly the bar.
        d = f"M{_n(x + 0.5)} {_n(y + 0.5)}h{_n(max(width - 1, 0.1))}v{_n(height - 1)}h{_n(-max(width - 1, 0.1))}z"
        self.path(style, d, dash=dash)

    def marker(self, style: int, x: float, y: float, *, hollow: bool = False) -> None:
        """The mark of a series: its own shape and colour, hollow for plans and for what has not happened yet."""
        if hollow:
            self.shape("path", cls="hollow", d=_marker(style, x, y), fill=_PAPER)
            self.path(style, _marker(style, x, y), width=1.5)
        else:
            colour = f"c{style + 1}"
            self.shape("path", cls=colour, d=_marker(style, x, y), fill=COLOURS[style])

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


def _draw_lines(
    drawing: _Drawing, lines: Sequence[Line], known: Sequence[dict[date, Value]], kind: Kind, today: date | None
) -> float:
    language = drawing.language
    values = [value for each in known for value in each.values()]
    ticks = _ticks(min(values), max(values), whole=kind == "count")
    tick_texts = [_tick(each, kind, language) for each in ticks]
    left = max(34.0, max(_width(text) for text in tick_texts) + 10)
    # Each line is named at its end, on the right; names wrap, and labels that would touch are pushed apart.
    labels = []
    for place, (each, points) in enumerate(zip(lines, known, strict=True)):
        if points:
            last = max(points)
            rows = [*_wrap(each.name, 165, 3), say(points[last], kind, language)]
            labels.append((place, last, points[last], rows))
    room = max(_width(row) for _place, _day, _value, rows in labels for row in rows)
    right = WIDTH - room - 30
    top, plot = 24.0, max(220.0, sum(len(rows) * _LINE + 6.0 for *_rest, rows in labels))
    days = [day for each in known for day in each]
    first, last_day = min(days), max(days)
    low, high = ticks[0], ticks[-1]

    def across(day: date) -> float:
        span = (last_day - first).days
        return left + (right - left) * ((day - first).days / span if span else 0.5)

    def up(value: Value) -> float:
        return top + plot * float((high - value) / (high - low))

    for tick, text in zip(ticks, tick_texts, strict=True):
        drawing.rules(f"M{_n(left)} {_n(up(tick))}H{_n(right)}", axis=not tick)
        drawing.text(left - 8, up(tick) + 4.5, text, anchor="end", ink="ink2")
    _draw_days(drawing, first, last_day, across, top + plot, right)
    if today and first < today < last_day:
        drawing.rules(f"M{_n(across(today))} {_n(top - 6)}V{_n(top + plot)}", axis=True)
        words = pgettext("on the time axis of a chart", "today")
        half = _width(words) / 2
        drawing.text(min(max(across(today), left + half), right - half), top - 11, words, anchor="middle", ink="ink2")

    styles = _styles(lines)
    for each, points, style in zip(lines, known, styles, strict=True):
        for run in _runs(each):
            _draw_run(drawing, each, run, style, across, up, today, whole=max(points))
        for day, value in sorted(points.items()):
            drawing.hit(
                across(day), up(value), f"{each.name}, {formats.day(day, language)}: {say(value, kind, language)}"
            )

    heights = [len(rows) * _LINE + 6.0 for *_rest, rows in labels]
    middles = _apart([up(value) for _place, _day, value, _rows in labels], heights, top - 10, top + plot + 10)
    for (place, day, value, rows), middle in zip(labels, middles, strict=True):
        x, y, style = across(day), up(value), styles[place]
        if abs(middle - y) > 3 or x < right - 3:
            drawing.path(
                style, f"M{_n(x + 6)} {_n(y)}H{_n(max(right, x + 6))}L{_n(right + 8)} {_n(middle)}", dash="1 3"
            )
        drawing.marker(style, right + 15, middle, hollow=lines[place].plan)
        for number, row in enumerate(rows):
            baseline = middle - (len(rows) - 1) * _LINE / 2 + number * _LINE + 4.5
            drawing.text(right + 26, baseline, row, ink="ink")
    return top + plot + 30


def _styles(lines: Sequence[Line]) -> list[int]:
    free = iter(range(_PLAN))
    return [_PLAN if each.plan else next(free) for each in lines]


def _runs(each: Line) -> list[list[tuple[date, Value]]]:
    """The stretches of a line without a gap: a day whose value is not known interrupts it."""
    runs: list[list[tuple[date, Value]]] = [[]]
    for day, value in sorted(dict(each.points).items()):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((day, value))
    return [run for run in runs if run]


def _draw_run(
    drawing: _Drawing,
    each: Line,
    run: Sequence[tuple[date, Value]],
    style: int,
    across: Callable[[date], float],
    up: Callable[[Value], float],
    today: date | None,
    *,
    whole: date,
) -> None:
    """One stretch of a line: what is over, then what is not over or not yet, then the markers."""

    def open_end(day: date) -> bool:
        return (each.partial and day == whole) or (today is not None and day > today)

    def d(points: Sequence[tuple[date, Value]]) -> str:
        return "M" + "L".join(f"{_n(across(day))} {_n(up(value))}" for day, value in points)

    if each.plan:
        drawing.path(style, d(run), width=2, dash="5 5")
    else:
        over = [point for point in run if not open_end(point[0])]
        if len(over) > 1:
            drawing.path(style, d(over), width=2.5, dash=_DASHES[style], join="round")
        if 0 < len(over) < len(run) or (not over and len(run) > 1):
            drawing.path(style, d(run[max(len(over) - 1, 0) :]), width=2, dash="2 4")
    step = ceil(len(run) / 14)
    for place, (day, value) in enumerate(run):
        if (len(run) - 1 - place) % (len(run) if each.plan else step) == 0:
            drawing.marker(style, across(day), up(value), hollow=each.plan or open_end(day))


def _draw_days(
    drawing: _Drawing, first: date, last: date, across: Callable[[date], float], bottom: float, right: float
) -> None:
    """The days under the axis: days, months or years, as many as fit."""
    language = drawing.language
    months = (last.year - first.year) * 12 + last.month - first.month
    if months < 3:
        every = max(1, ceil((last - first).days / 4))
        marks = [first + timedelta(days=n) for n in range(0, (last - first).days + 1, every)]
        texts = [formats.day(day, language) for day in marks]
    else:
        room = max(2, floor((right - across(first)) / 78))
        step = next((n for n in (1, 2, 3, 6, 12, 24, 60, 120, 240) if months / n <= room), 600)
        start = first.year * 12 + first.month - 1 + (first.day > 1)
        months_on = range(-(-start // step) * step, last.year * 12 + last.month, step)
        marks = [date(n // 12, n % 12 + 1, 1) for n in months_on]
        texts = [str(day.year) if step >= 12 else formats.short_month(day, language) for day in marks]
    free = -1.0
    for day, text in zip(marks, texts, strict=True):
        half = _width(text) / 2
        middle = max(across(day), half)
        drawing.rules(f"M{_n(across(day))} {_n(bottom)}v5", axis=True)
        if middle - half > free:
            drawing.text(middle, bottom + 20, text, anchor="middle", ink="ink2")
            free = middle + half + 8


def _draw_bars(drawing: _Drawing, bars: Sequence[Bar], measures: Sequence[Measure], kind: Kind) -> float:
    language = drawing.language
    values = [value for each in bars for value in _known(each.values)]
    ticks = _ticks(min(values), max(values), whole=kind == "count")
    low, high = ticks[0], ticks[-1]
    free = iter(range(_PLAN))
    styles = [_PLAN if measure.plan else next(free) for measure in measures]

    def label(place: int, value: Value | None) -> str:
        name = _cut(measures[place].name, 150) if len(measures) > 1 else ""
        return f"{name} {say(value, kind, language)}".strip()

    room = max(_width(label(place, value)) for each in bars for place, value in enumerate(each.values))
    left, right = 1.0, WIDTH - room - 10
    thick, gap = (16, 4) if len(measures) == 1 else (12, 5)

    def across(value: Value) -> float:
        return left + (right - left) * float((value - low) / (high - low))

    y = 0.0
    for each in bars:
        y = _draw_label(drawing, each.label, y)
        tall = len(measures) * (thick + gap) + 2
        drawing.rules("".join(f"M{_n(across(tick))} {_n(y)}v{_n(tall)}" for tick in ticks if tick))
        for place, value in enumerate(each.values):
            at = y + 3 + place * (thick + gap)
            start, end = sorted((across(0), across(value or 0)))
            drawing.block(styles[place], start, at, max(end - start, 1) if value else 0, thick)
            ink = "ink2" if measures[place].plan else "ink"
            drawing.text(end + 7, at + thick / 2 + 4.5, label(place, value), ink=ink, paper=True)
            if value is not None:
                text, _lang = _words(each.label, language)
                drawing.hit(min(end, WIDTH - 12), at + thick / 2, f"{text}: {label(place, value)}")
        drawing.rules(f"M{_n(across(0))} {_n(y)}v{_n(tall)}", axis=True)
        y += tall + 12
    return _draw_scale(drawing, y - 4, [(across(tick), _tick(tick, kind, language)) for tick in ticks])


def _draw_bullets(drawing: _Drawing, bullets: Sequence[Bullet]) -> float:
    language = drawing.language
    ratios = [
        float(Decimal(value) / each.target)
        for each in bullets
        if each.target
        for value in _known((each.actual, each.milestone, each.baseline))
    ]
    # Beyond twice the target a bar ends in an arrow, so that one indicator does not flatten the others.
    steps = min(8, max(4, ceil(max(ratios, default=0.0) * 4 - 1e-9)))
    left, right = 6.0, WIDTH - 24.0

    def across(value: Value, target: Value) -> float:
        return left + (right - left) * min(max(float(Decimal(value) / target), 0.0), steps / 4) * 4 / steps

    y = 0.0
    for each in bullets:
        y = _draw_label(drawing, each.label, y)
        if each.target:
            goal = across(each.target, each.target)
            drawing.shape("rect", cls="band", x=left, y=y + 4, width=goal - left, height=18, fill=_BAND)
            grid = "".join(f"M{_n(left + (right - left) * n / steps)} {_n(y + 1)}v24" for n in range(1, steps + 1))
            drawing.rules(grid)
            if each.actual is not None:
                end = across(each.actual, each.target)
                drawing.block(0, left, y + 8, end - left, 10)
                if float(Decimal(each.actual) / each.target) > steps / 4:
                    arrow = f"M{_n(end)} {_n(y + 5)}l12 8l-12 8z"
                    drawing.shape("path", cls="c1", d=arrow, fill=COLOURS[0])
            drawing.rules(f"M{_n(left)} {_n(y + 1)}v24", axis=True)
            for place, value in ((_BASE, each.baseline), (_MILESTONE, each.milestone), (_TARGET, each.target)):
                if value is not None:
                    _draw_sign(drawing, place, across(value, each.target), y + 13)
            if each.actual is not None:
                text, _lang = _words(each.label, language)
                where = min(across(each.actual, each.target), WIDTH - 12)
                drawing.hit(where, y + 13, f"{text}: {_bullet_items(each, language)[0][1]}")
            y += 28
        y = _draw_items(drawing, y, _bullet_items(each, language)) + 14
    if not any(each.target for each in bullets):
        return y - 8
    ends = [(left + (right - left) * n / steps, formats.percent(25 * n, language)) for n in range(steps + 1)]
    y = _draw_scale(drawing, y - 4, ends)
    drawing.text(left, y + 12, _("Axis: share of the target"), ink="ink2")
    return y + 20


# The signs of a bullet; up to five a sign is the style of a bar.
_BASE, _MILESTONE, _TARGET = 10, 11, 12


def _bullet_items(each: Bullet, language: str) -> list[tuple[int, str]]:
    """What stands under the bar: the figures in words, each with the sign it has in the bar."""

    def said(value: Value) -> dict[str, str]:
        return {"value": say(value, each.kind, language)}

    items: list[tuple[int, str]] = []
    if each.actual is not None and each.target:
        part = formats.percent(share(each.actual, each.target), language)
        items.append((0, _("reached %(value)s (%(share)s)") % {**said(each.actual), "share": part}))
    elif each.actual is not None:
        items.append((0, _("reached %(value)s, no target set") % said(each.actual)))
    else:
        items.append((_PLAN, _("no data yet")))
    if each.target:
        items.append((_TARGET, _("target %(value)s") % said(each.target)))
    if each.milestone is not None:
        items.append((_MILESTONE, _("milestone %(value)s") % said(each.milestone)))
    if each.baseline is not None:
        items.append((_BASE, _("baseline %(value)s") % said(each.baseline)))
    return items


def _draw_sign(drawing: _Drawing, sign: int, x: float, y: float) -> None:
    """Target: an upright; milestone: a hollow diamond; baseline: a hollow circle."""
    if sign == _TARGET:
        drawing.shape("rect", cls="ink", x=x - 1.5, y=y - 11, width=3, height=22, fill=_INK)
    else:
        d = _marker(3 if sign == _MILESTONE else 0, x, y)
        drawing.shape("path", cls="hollow", d=d, fill=_PAPER)
        drawing.path(_PLAN, d, width=1.75)


def _draw_stacks(drawing: _Drawing, stacks: Sequence[Stack], parts: Sequence[str], kind: Kind) -> float:
    language = drawing.language
    totals = [_total(each.values) for each in stacks]
    ticks = _ticks(0, max(_known(totals)), whole=kind == "count")
    room = max(_width(say(total, kind, language)) for total in totals)
    left, right = 1.0, WIDTH - room - 10
    scale = (right - left) / float(ticks[-1])
    y = 0.0
    for each, total in zip(stacks, totals, strict=True):
        y = _draw_label(drawing, each.label, y)
        drawing.rules("".join(f"M{_n(left + float(tick) * scale)} {_n(y)}v26" for tick in ticks if tick))
        x = left
        text, _lang = _words(each.label, language)
        for place, value in enumerate(each.values):
            wide = float(value or 0) * scale
            drawing.block(place, x, y + 4, max(wide - 1.5, min(wide, 1.5)), 18)
            if value:
                drawing.hit(x + wide / 2, y + 13, f"{text}: {parts[place]} {say(value, kind, language)}")
            x += wide
        drawing.rules(f"M{_n(left)} {_n(y)}v26", axis=True)
        drawing.text(x + 7, y + 17.5, say(total, kind, language), paper=True)
        items = [
            (place, f"{parts[place]} {say(value, kind, language)}")
            for place, value in enumerate(each.values)
            if value or (value is not None and not total)
        ]
        y = _draw_items(drawing, y + 28, items) + 14
    return _draw_scale(drawing, y - 4, [(left + float(tick) * scale, _tick(tick, kind, language)) for tick in ticks])


def _draw_strip(drawing: _Drawing, weeks: Sequence[Week], shares: Sequence[Decimal | None]) -> float:
    language = drawing.language
    ticks = [(tick, formats.percent(tick, language)) for tick in (0, 25, 50, 75, 100)]
    left, right, top, tall = max(_width(text) for _tick_, text in ticks) + 10, WIDTH - 4.0, 22.0, 120.0
    for tick, text in ticks:
        y = top + tall * (100 - tick) / 100
        drawing.rules(f"M{_n(left)} {_n(y)}H{_n(right)}", axis=tick == 0)
        drawing.text(left - 8, y + 4.5, text, anchor="end", ink="ink2")
    slot = (right - left) / len(weeks)
    wide = min(32.0, max(slot - 2, slot * 0.6))
    known = [(part, place) for place, part in enumerate(shares) if part is not None]
    written = {place: formats.percent(part.quantize(Decimal(1), ROUND_HALF_UP), language) for part, place in known}
    # Each bar carries its value where there is room; otherwise the lowest and the last one are named above the bars.
    named = [] if slot > max(map(_width, written.values())) + 6 else [min(known)[1]]
    if named and abs(known[-1][1] - named[0]) * slot > 130:
        named.append(known[-1][1])
    free = -1.0
    for place, (week, part) in enumerate(zip(weeks, shares, strict=True)):
        middle = left + slot * (place + 0.5)
        day = formats.day(week.starts_on, language)
        if part is None:
            drawing.shape("circle", cls="c6", cx=middle, cy=top + tall - 4, r=1.5, fill=COLOURS[_PLAN])
            drawing.hit(middle, top + tall - 12, _("Week from %(day)s: no sessions") % {"day": day})
        else:
            high = tall * min(float(part), 100.0) / 100
            drawing.block(0, middle - wide / 2, top + tall - high, wide, high, partial=week.partial)
            text = formats.percent(part, language)
            said = {"day": day, "share": text, "present": week.present, "expected": week.expected}
            drawing.hit(
                middle,
                min(top + tall - high, top + tall - 12),
                _("Week from %(day)s: %(share)s, %(present)s of %(expected)s") % said,
            )
            if not named:
                drawing.text(middle, top + tall - high - 6, written[place], anchor="middle", paper=True)
        half = _width(day) / 2
        if middle - half > free and middle + half < WIDTH:
            drawing.rules(f"M{_n(middle)} {_n(top + tall)}v5", axis=True)
            drawing.text(middle, top + tall + 20, day, anchor="middle", ink="ink2")
            free = middle + half + 12
    for place, words in zip(named, (_("lowest %(share)s"), _("last %(share)s")), strict=False):
        middle, text = left + slot * (place + 0.5), words % {"share": written[place]}
        half = _width(text) / 2
        drawing.rules(
            f"M{_n(middle)} {_n(top - 5)}V{_n(top + tall * (1 - min(float(shares[place] or 0) / 100, 1)))}", axis=True
        )
        drawing.text(min(max(middle, left + half), right - half), top - 9, text, anchor="middle")
    return top + tall + 30


def _draw_label(drawing: _Drawing, label: Words, y: float) -> float:
    """The label of a row over its bar, in at most three lines; returns where the bar may begin."""
    text, lang = _words(label, drawing.language)
    rows = _wrap(text, WIDTH - 4, 3)
    for row in rows:
        y += _LINE
        drawing.text(1, y - 4, (row, lang))
    return y


def _draw_items(drawing: _Drawing, y: float, items: Sequence[tuple[int, str]]) -> float:
    """Signs with their words, in as many lines as they need; returns where the last line ends."""
    x = 1.0
    y += _LINE
    for sign, words in items:
        words = _cut(words, WIDTH - 24)
        if x > 1 and x + 18 + _width(words) > WIDTH - 2:
            x, y = 1.0, y + _LINE + 2
        if sign == _TARGET:
            drawing.shape("rect", cls="ink", x=x + 4, y=y - 14, width=3, height=13, fill=_INK)
        elif sign > _PLAN:
            _draw_sign(drawing, sign, x + 6, y - 8)
        else:
            drawing.block(sign, x, y - 14, 12, 12)
        drawing.text(x + 18, y - 3.5, words)
        x += 18 + _width(words) + 18
    return y


def _draw_scale(drawing: _Drawing, y: float, ends: Sequence[tuple[float, str]]) -> float:
    """The values of a horizontal axis under its last row: all of them, or every second or fourth where they touch."""
    spans = [(min(max(x, _width(text) / 2), WIDTH - _width(text) / 2), _width(text) / 2, text) for x, text in ends]
    for step in (1, 2, 4, len(spans)):
        shown = spans[::step]
        if all(one[0] + one[1] + 10 <= other[0] - other[1] for one, other in pairwise(shown)):
            break
    for middle, _half, text in shown:
        drawing.text(middle, y + 14, text, anchor="middle", ink="ink2")
    return y + 22


# Scales and measures.


def _ticks(low: Value, high: Value, *, whole: bool = False) -> list[Decimal]:
    """Four or five round values from zero (or below) up to at least the highest value; for nothing but zeros 0 to 4."""
    low, high = min(Decimal(low), Decimal(0)), max(Decimal(high), Decimal(0))
    if not high - low:
        return [Decimal(n) for n in range(5)] if whole else [Decimal(25 * n) for n in range(5)]
    size = (high - low).adjusted()
    steps = (factor.scaleb(power) for power in range(size - 2, size + 2) for factor in _ROUND)
    step = next(each for each in steps if not (whole and each % 1) and ceil(high / each) + ceil(-low / each) <= 4)
    return [step * n for n in range(-ceil(-low / step), ceil(high / step) + 1)]


_ROUND = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5))


def _tick(value: Decimal, kind: Kind, language: str) -> str:
    plain = f"{value.normalize():f}"
    return formats.percent(plain, language) if kind == "percent" else formats.number(plain, language)


def _apart(middles: Sequence[float], heights: Sequence[float], top: float, bottom: float) -> list[float]:
    """Where labels of these heights go: as near to `middles` as they can without touching or leaving the picture.

    Labels that would touch form a heap around the mean of where they want to be.
    """
    heaps: list[list[int]] = []
    starts: list[float] = []
    for place in sorted(range(len(middles)), key=lambda each: (middles[each], each)):
        heaps.append([place])
        starts.append(0.0)
        while True:
            heap, tall = heaps[-1], sum(heights[each] for each in heaps[-1])
            above = accumulate((heights[each] for each in heap), initial=0.0)
            wishes = [middles[each] - over - heights[each] / 2 for each, over in zip(heap, above, strict=False)]
            starts[-1] = max(min(sum(wishes) / len(wishes), bottom - tall), top)
            if len(heaps) == 1 or starts[-2] + sum(heights[each] for each in heaps[-2]) <= starts[-1]:
                break
            heaps[-2:] = [heaps[-2] + heap]
            starts.pop()
    placed = [0.0] * len(middles)
    for heap, start in zip(heaps, starts, strict=True):
        for each in heap:
            placed[each] = start + heights[each] / 2
            start += heights[each]
    return placed


def _marker(style: int, x: float, y: float) -> str:
    """The outline of a marker: circle, square, triangle, diamond, triangle on its head; a circle for plans."""
    at = f"M{_n(x)} {_n(y)}"
    return at + {
        1: "m-4.5-4.5h9v9h-9z",
        2: "m0-5.5l5.5 9.5h-11z",
        3: "m0-6l6 6l-6 6l-6-6z",
        4: "m0 5.5l5.5-9.5h-11z",
    }.get(style, "m-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z")


def _n(value: float) -> str:
    """A coordinate with one decimal at most."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _attributes(**values: float | str | None) -> str:
    """Attributes in the order given: `cls` is class, an underscore a hyphen, None is left out."""
    written = []
    for name, value in values.items():
        if value is not None:
            text = _escaped(value) if isinstance(value, str) else _n(value)
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


def _width(text: str) -> float:
    """How wide the text is at 13 px, a little generous."""
    return sum(_WIDTHS.get(sign, 104) for sign in text) * 0.13


def _cut(text: str, room: float) -> str:
    """The text, shortened with an ellipsis if it is wider than `room`."""
    if _width(text) <= room:
        return text
    kept = text
    while kept and _width(kept + "…") > room:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def _wrap(text: str, room: float, most: int) -> list[str]:
    """The text in lines no wider than `room`; a word that is too wide is broken, what does not fit is cut."""
    rows = [""]
    for word in text.split(" "):
        joined = f"{rows[-1]} {word}" if rows[-1] else word
        if _width(joined) <= room:
            rows[-1] = joined
            continue
        if rows[-1]:
            rows.append("")
        while _width(word) > room:
            fits = next(n for n in range(len(word), 0, -1) if n == 1 or _width(word[:n]) <= room)
            rows[-1], word = word[:fits], word[fits:]
            rows.append("")
        rows[-1] = word
    if len(rows) > most:
        rows = [
            *rows[: most - 1],
            _cut(rows[most - 1] + "…", room) if _width(rows[most - 1] + "…") > room else rows[most - 1] + "…",
        ]
    return rows
