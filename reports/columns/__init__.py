"""The contract of every table of every report. A table of a new kind stands in a module of its own here and joins
`KINDS`, whose order is that of the tables in files."""

from reports.columns import progress
from reports.columns.contract import RIGHT, UNITS, Column, TableKind, Words

__all__ = ["KINDS", "RIGHT", "UNITS", "Column", "TableKind", "Words"]

KINDS: dict[str, TableKind] = {kind.key: kind for tables in (progress.TABLES,) for kind in tables}
