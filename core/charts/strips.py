"""Strip: attendance week by week."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override, pgettext

from core import formats
from core.charts.data import Chart, Column, Week
from core.charts.drawing import COLOURS, PLAN, WIDTH, Drawing, short, width_of
from core.charts.making import Maker, cells, joined
from core.money import share


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
        weeks = sorted(weeks, key=lambda each: each.starts_on)
        shares = [share(each.present, each.expected) for each in weeks]
        rows = [[each.starts_on, each.present, each.expected, part] for each, part in zip(weeks, shares, strict=True)]
        if any(each.partial for each in weeks):
            note = joined(note, _("The last period is not over yet."))
        chart = Maker(key, title, language, note, columns, cells(rows, columns, language), starts_on)
        if all(each is None for each in shares):
            return chart.nothing()
        summary = _strip_summary(weeks, shares, language)
        return chart.drawn(summary, lambda drawing: _draw_strip(drawing, weeks, shares))


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


def _draw_strip(drawing: Drawing, weeks: Sequence[Week], shares: Sequence[Decimal | None]) -> float:
    language = drawing.language
    ticks = [(tick, formats.percent(tick, language)) for tick in (0, 25, 50, 75, 100)]
    left, right, top, tall = max(width_of(text) for _tick_, text in ticks) + 10, WIDTH - 4.0, 22.0, 120.0
    for tick, text in ticks:
        y = top + tall * (100 - tick) / 100
        drawing.rules(f"M{short(left)} {short(y)}H{short(right)}", axis=tick == 0)
        drawing.text(left - 8, y + 4.5, text, anchor="end", ink="ink2")
    slot = (right - left) / len(weeks)
    wide = min(32.0, max(slot - 2, slot * 0.6))
    known = [(part, place) for place, part in enumerate(shares) if part is not None]
    written = {place: formats.percent(part.quantize(Decimal(1), ROUND_HALF_UP), language) for part, place in known}
    # Each bar carries its value where there is room; otherwise the lowest and the last one are named above the bars.
    named = [] if slot > max(map(width_of, written.values())) + 6 else [min(known)[1]]
    if named and abs(known[-1][1] - named[0]) * slot > 130:
        named.append(known[-1][1])
    free = -1.0
    for place, (week, part) in enumerate(zip(weeks, shares, strict=True)):
        middle = left + slot * (place + 0.5)
        day = formats.day(week.starts_on, language)
        if part is None:
            drawing.shape("circle", cls="c6", cx=middle, cy=top + tall - 4, r=1.5, fill=COLOURS[PLAN])
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
        half = width_of(day) / 2
        if middle - half > free and middle + half < WIDTH:
            drawing.rules(f"M{short(middle)} {short(top + tall)}v5", axis=True)
            drawing.text(middle, top + tall + 20, day, anchor="middle", ink="ink2")
            free = middle + half + 12
    for place, words in zip(named, (_("lowest %(share)s"), _("last %(share)s")), strict=False):
        middle, text = left + slot * (place + 0.5), words % {"share": written[place]}
        half = width_of(text) / 2
        down = top + tall * (1 - min(float(shares[place] or 0), 100.0) / 100)
        drawing.rules(f"M{short(middle)} {short(top - 5)}V{short(down)}", axis=True)
        drawing.text(min(max(middle, left + half), right - half), top - 9, text, anchor="middle")
    return top + tall + 30
