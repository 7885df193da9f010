"""Why a file cannot be read, as a code with facts; the words for people are in `core.sheets.refusals`."""

from __future__ import annotations


class Problem(Exception):
    """The file is refused: `code` names the reason, `about` holds what the message mentions (names, numbers)."""

    def __init__(self, code: str, **about: str | int):
        super().__init__(code)
        self.code, self.about = code, about


# What one file may hold. The limits of the process stand behind these; they exist so that the reason can be named.
LARGEST_FILE = 256 << 20  # bytes on disk
LARGEST_UNPACKED = 384 << 20  # bytes of the XML in a workbook
MOST_PARTS = 5_000  # files in a workbook's archive
MOST_COLUMNS = 500
MOST_CELLS = 6_000_000  # of the rectangle around all cells of a sheet
LONGEST_CELL = 1 << 16  # characters; a spreadsheet program allows 32,767
LONGEST_LINE = 1 << 19  # bytes of a text file
LARGEST_BLOCK = 16 << 20  # bytes of some rows on their way to the portal
MOST_SHEETS = 40


def letters(column: int) -> str:
    """The name of a column in a spreadsheet: 1 is A, 27 is AA."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def column_number(name: str) -> int:
    """The reverse of `letters`."""
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - 64
    return number
