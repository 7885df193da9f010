"""Figures of indicators: counted from records by the rule of their definition, or made of approved typed values."""

from reports.indicators.figures.counting import Breakdown, Tally, Totals, count_bodies, count_people, counted, totals
from reports.indicators.figures.hiding import hidden_of, narrower, numbers
from reports.indicators.figures.rules import told, wrong
from reports.indicators.figures.typed import (
    Estimated,
    bases_of,
    estimates,
    library_of,
    over_time,
    to_date,
    typed,
    typed_totals,
)

__all__ = [
    "Breakdown",
    "Estimated",
    "Tally",
    "Totals",
    "bases_of",
    "count_bodies",
    "count_people",
    "counted",
    "estimates",
    "hidden_of",
    "library_of",
    "narrower",
    "numbers",
    "over_time",
    "to_date",
    "told",
    "totals",
    "typed",
    "typed_totals",
    "wrong",
]
