"""Figures of indicators: counted from records by the rule of their definition, or made of approved typed values."""

from reports.indicators.figures.counting import Breakdown, Tally, count_bodies, count_people, counted
from reports.indicators.figures.rules import told, wrong
from reports.indicators.figures.typed import Estimated, estimates, library_of, over_time, typed

__all__ = [
    "Breakdown",
    "Estimated",
    "Tally",
    "count_bodies",
    "count_people",
    "counted",
    "estimates",
    "library_of",
    "over_time",
    "told",
    "typed",
    "wrong",
]
