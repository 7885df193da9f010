"""Bar and stacked bar: rows that are compared with each other."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from core import formats
from core.charts.data import Bar, Chart, Column, Kind, Measure, Stack, Value
from core.charts.drawing import (
    COLOURS,
    WIDTH,
    Drawing,
    cut,
    draw_items,
    draw_label,
    draw_scale,
    short,
    styles_of,
    tick_text,
    ticks_for,
    width_of,
    words_of,
)
from core.charts.making import Maker, cells, check_rows, known_of, say, total_of
from core.money import share


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
    """Rows with one horizontal bar for each measure, at most five and one plan.

    `head` is the head of the column of labels in the table.
    """
    with override(language):
        styles = styles_of([each.plan for each in measures])
        check_rows([each.values for each in bars], len(measures))
        columns = [
            Column(head or pgettext("chart column", "Name"), "text"),
            *(Column(each.name or title, kind) for each in measures),
        ]
        rows = cells([[each.label, *each.values] for each in bars], columns, language)
        chart = Maker(key, title, language, note, columns, rows, starts_on)
        if not any(value is not None for each in bars for value in each.values):
            return chart.nothing()
        summary = _bar_summary(bars, measures, kind, language)
        return chart.drawn(summary, lambda drawing: _draw_bars(drawing, bars, measures, styles, kind))


def _bar_summary(bars: Sequence[Bar], measures: Sequence[Measure], kind: Kind, language: str) -> str:
    if len(measures) > 1 and kind != "percent":
        totals = [total_of(each.values[place] for each in bars) for place in range(len(measures))]
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
        "label": words_of(top_label, language)[0],
        "value": say(top, kind, language),
        "low_label": words_of(low_label, language)[0],
        "low": say(low, kind, language),
        "total": say(total_of(value for value, _label in pairs), kind, language),
    }
    if len(pairs) == 1:
        return _("%(label)s: %(value)s.") % said
    if top == low:
        return _("All are equal: %(value)s.") % said
    if kind == "percent":
        return _("The largest is “%(label)s” with %(value)s, the smallest “%(low_label)s” with %(low)s.") % said
    return _("%(total)s in all; the largest is “%(label)s” with %(value)s.") % said


def _draw_bars(
    drawing: Drawing, bars: Sequence[Bar], measures: Sequence[Measure], styles: Sequence[int], kind: Kind
) -> float:
    language = drawing.language
    values = [value for each in bars for value in known_of(each.values)]
    ticks = ticks_for(min(values), max(values), whole=kind == "count")
    low, high = ticks[0], ticks[-1]

    def label(place: int, value: Value | None) -> str:
        name = cut(measures[place].name, 150) if len(measures) > 1 else ""
        return f"{name} {say(value, kind, language)}".strip()

    room = max(width_of(label(place, value)) for each in bars for place, value in enumerate(each.values))
    left, right = 1.0, WIDTH - room - 10
    thick, gap = (16, 4) if len(measures) == 1 else (12, 5)

    def across(value: Value) -> float:
        return left + (right - left) * float((value - low) / (high - low))

    y = 0.0
    for each in bars:
        y = draw_label(drawing, each.label, y)
        tall = len(measures) * (thick + gap) + 2
        drawing.rules("".join(f"M{short(across(tick))} {short(y)}v{short(tall)}" for tick in ticks if tick))
        for place, value in enumerate(each.values):
            at = y + 3 + place * (thick + gap)
            start, end = sorted((across(0), across(value or 0)))
            drawing.block(styles[place], start, at, max(end - start, 1) if value else 0, thick)
            ink = "ink2" if measures[place].plan else "ink"
            drawing.text(end + 7, at + thick / 2 + 4.5, label(place, value), ink=ink, paper=True)
            if value is not None:
                text, _lang = words_of(each.label, language)
                drawing.hit(min(end, WIDTH - 12), at + thick / 2, f"{text}: {label(place, value)}")
        drawing.rules(f"M{short(across(0))} {short(y)}v{short(tall)}", axis=True)
        y += tall + 12
    return draw_scale(drawing, y - 4, [(across(tick), tick_text(tick, kind, language)) for tick in ticks])


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
        if len(parts) > len(COLOURS):
            raise ValueError("A stacked bar holds at most six parts.")
        check_rows([each.values for each in stacks], len(parts))
        if any(value < 0 for each in stacks for value in known_of(each.values)):
            raise ValueError("A part of a stacked bar cannot be below zero.")
        columns = [
            Column(head or pgettext("chart column", "Name"), "text"),
            *(Column(part, kind) for part in parts),
            Column(pgettext("chart column", "Total"), kind),
        ]
        rows = cells([[each.label, *each.values, total_of(each.values)] for each in stacks], columns, language)
        chart = Maker(key, title, language, note, columns, rows, starts_on)
        if not any(value is not None for each in stacks for value in each.values):
            return chart.nothing()
        summary = _stack_summary(stacks, parts, kind, language)
        return chart.drawn(summary, lambda drawing: _draw_stacks(drawing, stacks, parts, kind))


def _stack_summary(stacks: Sequence[Stack], parts: Sequence[str], kind: Kind, language: str) -> str:
    totals = [(total_of(each.values[place] for each in stacks) or 0, -place) for place in range(len(parts))]
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


def _draw_stacks(drawing: Drawing, stacks: Sequence[Stack], parts: Sequence[str], kind: Kind) -> float:
    language = drawing.language
    totals = [total_of(each.values) for each in stacks]
    ticks = ticks_for(0, max(known_of(totals)), whole=kind == "count")
    room = max(width_of(say(total, kind, language)) for total in totals)
    left, right = 1.0, WIDTH - room - 10
    scale = (right - left) / float(ticks[-1])
    y = 0.0
    for each, total in zip(stacks, totals, strict=True):
        y = draw_label(drawing, each.label, y)
        drawing.rules("".join(f"M{short(left + float(tick) * scale)} {short(y)}v26" for tick in ticks if tick))
        x = left
        text, _lang = words_of(each.label, language)
        for place, value in enumerate(each.values):
            wide = float(value or 0) * scale
            drawing.block(place, x, y + 4, max(wide - 1.5, min(wide, 1.5)), 18)
            if value:
                drawing.hit(x + wide / 2, y + 13, f"{text}: {parts[place]} {say(value, kind, language)}")
            x += wide
        drawing.rules(f"M{short(left)} {short(y)}v26", axis=True)
        drawing.text(x + 7, y + 17.5, say(total, kind, language), paper=True)
        items = [
            (place, f"{parts[place]} {say(value, kind, language)}")
            for place, value in enumerate(each.values)
            if value or (value is not None and not total)
        ]
        y = draw_items(drawing, y + 28, items) + 14
    return draw_scale(drawing, y - 4, [(left + float(tick) * scale, tick_text(tick, kind, language)) for tick in ticks])
