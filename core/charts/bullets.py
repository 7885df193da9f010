"""Bullet: indicators against their targets."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from math import ceil

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override, pgettext

from core import formats
from core.charts.data import Bullet, Chart, Column, Value
from core.charts.drawing import (
    BAND,
    BASE,
    COLOURS,
    MILESTONE,
    PLAN,
    TARGET,
    WIDTH,
    Drawing,
    draw_items,
    draw_label,
    draw_scale,
    draw_sign,
    short,
    words_of,
)
from core.charts.making import Maker, cell, known_of, say
from core.money import share


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
    """Indicators against their targets, with baseline and milestone where there are any; a target of 0 is none."""
    with override(language):
        if any((each.target or 0) < 0 for each in bullets):
            raise ValueError("A target cannot be below zero.")
        columns = [
            Column(head or pgettext("chart column", "Indicator"), "text"),
            Column(pgettext("chart column", "Baseline"), "number"),
            Column(pgettext("chart column", "Milestone"), "number"),
            Column(pgettext("chart column", "Target"), "number"),
            Column(pgettext("chart column", "Actual"), "number"),
            Column(_("Share of the target"), "percent"),
        ]
        rows = [
            (
                cell(each.label, "text", language),
                *(cell(v, each.kind, language) for v in (each.baseline, each.milestone, each.target, each.actual)),
                cell(share(each.actual, each.target), "percent", language),
            )
            for each in bullets
        ]
        chart = Maker(key, title, language, note, columns, rows, starts_on)
        if all(each.actual is None for each in bullets):
            return chart.nothing()
        return chart.drawn(_bullet_summary(bullets, language), lambda drawing: _draw_bullets(drawing, bullets))


def _bullet_summary(bullets: Sequence[Bullet], language: str) -> str:
    shares = [
        (part, words_of(each.label, language)[0])
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


def _draw_bullets(drawing: Drawing, bullets: Sequence[Bullet]) -> float:
    language = drawing.language
    ratios = [
        float(Decimal(value) / each.target)
        for each in bullets
        if each.target
        for value in known_of((each.actual, each.milestone, each.baseline))
    ]
    # Beyond twice the target a bar ends in an arrow, so that one indicator does not flatten the others.
    steps = min(8, max(4, ceil(max(ratios, default=0.0) * 4 - 1e-9)))
    left, right = 6.0, WIDTH - 24.0

    def across(value: Value, target: Value) -> float:
        return left + (right - left) * min(max(float(Decimal(value) / target), 0.0), steps / 4) * 4 / steps

    y = 0.0
    for each in bullets:
        y = draw_label(drawing, each.label, y)
        if each.target:
            goal = across(each.target, each.target)
            drawing.shape("rect", cls="band", x=left, y=y + 4, width=goal - left, height=18, fill=BAND)
            quarters = [left + (right - left) * n / steps for n in range(1, steps + 1)]
            drawing.rules("".join(f"M{short(x)} {short(y + 1)}v24" for x in quarters))
            if each.actual is not None:
                end = across(each.actual, each.target)
                drawing.block(0, left, y + 8, end - left, 10)
                if float(Decimal(each.actual) / each.target) > steps / 4:
                    arrow = f"M{short(end)} {short(y + 5)}l12 8l-12 8z"
                    drawing.shape("path", cls="c1", d=arrow, fill=COLOURS[0])
            drawing.rules(f"M{short(left)} {short(y + 1)}v24", axis=True)
            for place, value in ((BASE, each.baseline), (MILESTONE, each.milestone), (TARGET, each.target)):
                if value is not None:
                    draw_sign(drawing, place, across(value, each.target), y + 13)
            if each.actual is not None:
                text, _lang = words_of(each.label, language)
                where = min(across(each.actual, each.target), WIDTH - 12)
                drawing.hit(where, y + 13, f"{text}: {_bullet_items(each, language)[0][1]}")
            y += 28
        y = draw_items(drawing, y, _bullet_items(each, language)) + 14
    if not any(each.target for each in bullets):
        return y - 8
    ends = [(left + (right - left) * n / steps, formats.percent(25 * n, language)) for n in range(steps + 1)]
    y = draw_scale(drawing, y - 4, ends)
    drawing.text(left, y + 12, _("Axis: share of the target"), ink="ink2")
    return y + 20


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
        items.append((PLAN, _("no data yet")))
    if each.target:
        items.append((TARGET, _("target %(value)s") % said(each.target)))
    if each.milestone is not None:
        items.append((MILESTONE, _("milestone %(value)s") % said(each.milestone)))
    if each.baseline is not None:
        items.append((BASE, _("baseline %(value)s") % said(each.baseline)))
    return items
