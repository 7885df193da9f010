"""Tables out of strangers' files: XLSX, ODS, CSV, HTML tables named .xls and the old XLS, as rows of text.

`look` recognises what is there, so that a person can correct it; `rows` streams the table; `mark` gives the workbook
back with its problems; `write_template` makes an empty one. Files are read by a process of their own (`core.reader`)
that has limits and dies with the portal; here memory stays flat whatever the file holds.

Knows no project, person or session.
"""

from __future__ import annotations

from core.sheets.choices import Choice, Column, Look, Mark, Row, SheetLook
from core.sheets.marking import mark, write_template
from core.sheets.reading import look, rows
from core.sheets.refusals import Unreadable

__all__ = [
    "Choice",
    "Column",
    "Look",
    "Mark",
    "Row",
    "SheetLook",
    "Unreadable",
    "look",
    "mark",
    "rows",
    "write_template",
]
