"""What goes into a chart and what comes out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from django.utils.safestring import SafeString

Kind = Literal["text", "day", "number", "count", "money", "percent", "hours"]
Value = Decimal | int
Words = str | tuple[str, str]


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
