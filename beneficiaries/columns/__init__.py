"""The columns of spreadsheets: what they are called, what they may hold, and how they are found in a file."""

from beneficiaries.columns import templates
from beneficiaries.columns.kinds import COLUMNS
from beneficiaries.columns.mapping import Reader, columns, columns_of, guess, heads
from beneficiaries.columns.writing import Sheet, sheet_of
from core.imports import BLANKS, Column, fold

__all__ = [
    "BLANKS",
    "COLUMNS",
    "Column",
    "Reader",
    "Sheet",
    "columns",
    "columns_of",
    "fold",
    "guess",
    "heads",
    "sheet_of",
    "templates",
]
