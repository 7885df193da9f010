"""What the wizard of imports and the kinds of spreadsheets it takes in share: columns, problems, and the kinds other
apps bring."""

from core.imports.cells import BLANKS, Column, choices, fold
from core.imports.kinds import Home, Kind, Row, kinds
from core.imports.rows import HIDDEN, Cells, Outcome, finding, findings_of

__all__ = [
    "BLANKS",
    "HIDDEN",
    "Cells",
    "Column",
    "Home",
    "Kind",
    "Outcome",
    "Row",
    "choices",
    "finding",
    "findings_of",
    "fold",
    "kinds",
]
