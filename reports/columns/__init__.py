"""The contract of every table of every report. A table of a new kind stands in a module of its own here and joins
`KINDS`, whose order is that of the tables in files."""

from reports.columns import annex, execution, indicators, operations, packages, progress, schools
from reports.columns.contract import RIGHT, UNITS, Column, TableKind, Words

__all__ = ["KINDS", "RIGHT", "UNITS", "Column", "TableKind", "Words"]

_MODULES = (progress, indicators, execution, annex, operations, schools, packages)
KINDS: dict[str, TableKind] = {kind.key: kind for module in _MODULES for kind in module.TABLES}
