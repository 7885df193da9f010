"""The charts of a report, drawn from its snapshot: the same picture on the page and in the PDF."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from core.charts import Bar, Bullet, Chart, Line, Measure, Week, bar, bullet, line, strip
from core.suppression import HIDDEN
from reports.catalogue import kinds


def charts_of(taken: dict[str, Any], *, end: date | None = None) -> list[Chart]:
    """The charts of a report, in order."""
    return list(charts_by_table(taken, end=end).values())


def charts_by_table(taken: dict[str, Any], *, end: date | None = None) -> dict[str, Chart]:
    """Money to date, attendance by week, promises against what was reached, hours by activity, by the table they are
    drawn from; only where the snapshot has the table, and only where there is something to draw."""
    language, tables = taken["language"], taken["tables"]
    end = end or date.fromisoformat(taken["period"]["to"])
    makers = {"months": _money, "weeks": _attendance, "counters": _promises, "activities": _hours}
    makers |= kinds()[taken["kind"]].charts if "kind" in taken else {}
    with override(language):
        drawn = {key: makers[key](taken, tables[key]["rows"], language, end) for key in makers if key in tables}
    return {key: chart for key, chart in drawn.items() if chart.svg}


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _money(taken, rows, language, end) -> Chart:
    points = [(date.fromisoformat(r["month"]), Decimal(r["to_date"])) for r in rows]
    lines = [Line(_("Reported to date"), points)]
    contracted = _decimal(taken["money"]["contracted"])
    if contracted is not None and len(points) > 1:
        ends = (points[0][0], points[-1][0])
        lines.insert(0, Line(_("Contracted"), [(day, contracted) for day in ends], plan=True))
    return line("money", _("Money reported to date against the contract"), lines, language=language, today=end)


def _attendance(taken, rows, language, end) -> Chart:
    weeks = [Week(date.fromisoformat(r["week"]), r["came"], r["marks"]) for r in rows]
    return strip("weeks", _("Attendance by week"), weeks, language=language)


def _promises(taken, rows, language, end) -> Chart:
    bullets = [
        Bullet(r["counter"], None if r["to_date"] == HIDDEN else r["to_date"], r["planned"])
        for r in rows if r["planned"]
    ]  # fmt: skip
    return bullet("promises", _("What the contract promises and what is reached"), bullets, language=language)


def _hours(taken, rows, language, end) -> Chart:
    bars = [
        Bar(_label(r["number"], r["title"]), (Decimal(r["hours"]),))
        for r in rows
        if r["level"] == 0 and Decimal(r["hours"]) > 0
    ]
    return bar(
        "hours", _("Hours held by activity"), bars,
        language=language, kind="hours", measures=(Measure(_("Hours held")),), head=_("Activity"),
    )  # fmt: skip


def _label(number: str, title: list[str]) -> tuple[str, str]:
    text, said_in = title
    short = text if len(text) <= 70 else text[:69].rsplit(" ", 1)[0] + "…"
    return f"{number}. {short}", said_in
