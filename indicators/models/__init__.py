"""What programmes promise to measure, and the figures: counted from records, typed where no record can exist."""

from indicators.models.library import Definition, Indicator, Target
from indicators.models.schools import SchoolFigure
from indicators.models.snapshots import Drift, Snapshot
from indicators.models.values import Cell, Estimate, Value, ValueMove

__all__ = [
    "Cell",
    "Definition",
    "Drift",
    "Estimate",
    "Indicator",
    "SchoolFigure",
    "Snapshot",
    "Target",
    "Value",
    "ValueMove",
]
