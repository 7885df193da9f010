"""The columns of spreadsheets: what they are called, what they may hold, and how they are found in a file."""

from beneficiaries.columns import templates
from beneficiaries.columns.cells import BLANKS, Column, fold
from beneficiaries.columns.kinds import COLUMNS
from beneficiaries.columns.mapping import Reader, columns, guess, heads
from beneficiaries.columns.writing import Writer, microdata

__all__ = [
    "BLANKS",
    "COLUMNS",
    "Column",
    "Reader",
    "Writer",
    "columns",
    "fold",
    "guess",
    "heads",
    "microdata",
    "templates",
]
