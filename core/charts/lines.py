"""Line: values by day, usually cumulative."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import accumulate
from math import ceil, floor

from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from core import formats
from core.charts.data import Chart, Column, Kind, Line, Value
from core.charts.drawing import LINE, WIDTH, Drawing, short, styles_of, tick_text, ticks_for, width_of, wrap
from core.charts.making import Maker, cells, joined, say
from core.money import share

_DASHES = (None, "10 3", "2 3", "12 3 2 3", "5 3")


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
        styles = styles_of([each.plan for each in lines])
        columns = [Column(pgettext("chart column", "Date"), "day"), *(Column(each.name, kind) for each in lines)]
        points = [dict(each.points) for each in lines]
        days = sorted({day for each in points for day in each})
        rows = [[day, *(each.get(day) for each in points)] for day in days]
        if any(each.partial for each in lines):
            note = joined(note, _("The last period is not over yet."))
        known = [{day: value for day, value in each.items() if value is not None} for each in points]
        chart = Maker(key, title, language, note, columns, cells(rows, columns, language), starts_on)
        if not any(known):
            return chart.nothing()
        summary = _line_summary(lines, known, kind, language, today)
        return chart.drawn(summary, lambda drawing: _draw_lines(drawing, lines, known, styles, kind, today))


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
        return _("No values to date, only what is planned or expected.")
    return "; ".join(clauses) + "."


def _draw_lines(
    drawing: Drawing,
    lines: Sequence[Line],
    known: Sequence[dict[date, Value]],
    styles: Sequence[int],
    kind: Kind,
    today: date | None,
) -> float:
    language = drawing.language
    values = [value for each in known for value in each.values()]
    ticks = ticks_for(min(values), max(values), whole=kind == "count")
    tick_texts = [tick_text(each, kind, language) for each in ticks]
    left = max(34.0, max(width_of(text) for text in tick_texts) + 10)
    # Each line is named at its end, on the right; names wrap, and labels that would touch are pushed apart.
    labels = []
    for place, (each, points) in enumerate(zip(lines, known, strict=True)):
        if points:
            last = max(points)
            rows = [*wrap(each.name, 165, 3), say(points[last], kind, language)]
            labels.append((place, last, points[last], rows))
    room = max(width_of(row) for _place, _day, _value, rows in labels for row in rows)
    right = WIDTH - room - 30
    top, plot = 24.0, max(220.0, sum(len(rows) * LINE + 6.0 for *_rest, rows in labels))
    days = [day for each in known for day in each]
    first, last_day = min(days), max(days)
    low, high = ticks[0], ticks[-1]

    def across(day: date) -> float:
        span = (last_day - first).days
        return left + (right - left) * ((day - first).days / span if span else 0.5)

    def up(value: Value) -> float:
        return top + plot * float((high - value) / (high - low))

    for tick, text in zip(ticks, tick_texts, strict=True):
        drawing.rules(f"M{short(left)} {short(up(tick))}H{short(right)}", axis=not tick)
        drawing.text(left - 8, up(tick) + 4.5, text, anchor="end", ink="ink2")
    _draw_days(drawing, first, last_day, across, top + plot, right)
    if today and first < today < last_day:
        drawing.rules(f"M{short(across(today))} {short(top - 6)}V{short(top + plot)}", axis=True)
        words = pgettext("on the time axis of a chart", "today")
        half = width_of(words) / 2
        drawing.text(min(max(across(today), left + half), right - half), top - 11, words, anchor="middle", ink="ink2")

    for each, points, style in zip(lines, known, styles, strict=True):
        for run in _runs(each):
            _draw_run(drawing, each, run, style, across, up, today, last=max(points))
        for day, value in sorted(points.items()):
            drawing.hit(
                across(day), up(value), f"{each.name}, {formats.day(day, language)}: {say(value, kind, language)}"
            )

    heights = [len(rows) * LINE + 6.0 for *_rest, rows in labels]
    middles = _apart([up(value) for _place, _day, value, _rows in labels], heights, top - 10, top + plot + 10)
    for (place, day, value, rows), middle in zip(labels, middles, strict=True):
        x, y, style = across(day), up(value), styles[place]
        if abs(middle - y) > 3 or x < right - 3:
            to = f"H{short(max(right, x + 6))}L{short(right + 8)} {short(middle)}"
            drawing.path(style, f"M{short(x + 6)} {short(y)}{to}", dash="1 3")
        drawing.marker(style, right + 15, middle, hollow=lines[place].plan)
        for number, row in enumerate(rows):
            baseline = middle - (len(rows) - 1) * LINE / 2 + number * LINE + 4.5
            drawing.text(right + 26, baseline, row, ink="ink")
    return top + plot + 30


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
    drawing: Drawing,
    each: Line,
    run: Sequence[tuple[date, Value]],
    style: int,
    across: Callable[[date], float],
    up: Callable[[Value], float],
    today: date | None,
    *,
    last: date,
) -> None:
    """One stretch of a line: what is over, then what is not over or not yet, then the markers."""

    def open_end(day: date) -> bool:
        return (each.partial and day == last) or (today is not None and day > today)

    def d(points: Sequence[tuple[date, Value]]) -> str:
        return "M" + "L".join(f"{short(across(day))} {short(up(value))}" for day, value in points)

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
    drawing: Drawing, first: date, last: date, across: Callable[[date], float], bottom: float, right: float
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
        half = width_of(text) / 2
        middle = max(across(day), half)
        drawing.rules(f"M{short(across(day))} {short(bottom)}v5", axis=True)
        if middle - half > free:
            drawing.text(middle, bottom + 20, text, anchor="middle", ink="ink2")
            free = middle + half + 8


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
