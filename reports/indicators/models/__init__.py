"""What programmes promise to measure, and the figures: counted from records, typed where no record can exist."""

from reports.indicators.models.issues import Issue
from reports.indicators.models.library import Definition, Indicator, Target
from reports.indicators.models.schools import SchoolFigure
from reports.indicators.models.snapshots import Drift, Snapshot
from reports.indicators.models.values import Cell, Estimate, Value, ValueMove

__all__ = [
    "Cell",
    "Definition",
    "Drift",
    "Estimate",
    "Indicator",
    "Issue",
    "SchoolFigure",
    "Snapshot",
    "Target",
    "Value",
    "ValueMove",
]
