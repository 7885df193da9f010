"""Kinds of spreadsheets that other apps bring in through the wizard: `settings.IMPORT_KINDS` names them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.db.models import Model
from django.utils.module_loading import import_string

from core.imports.cells import Column
from core.imports.rows import Cells, Outcome

Row = tuple[int, dict[str, str], dict[str, Any]]
"""A row of the file: its number, its texts by column, and the doubts a person took upon themselves."""


@dataclass(frozen=True)
class Home:
    """The thing the rows of an import go into: its project, what people call it, its page, and why nothing can go in
    now ("" when it can)."""

    project: Any
    name: str
    url: str
    why: str = ""


class Kind(Protocol):
    """A kind of spreadsheet whose rows all go into one thing, named by its key: all of them or none."""

    columns: tuple[Column, ...]
    tables: tuple[type[Model], ...]
    """Which grow by an import; the database looks at them anew after many rows."""

    def home(self, about: UUID, *, by) -> Home | None:
        """The thing as `by` may fill it (None: the server itself); None for a stranger. Raises PermissionDenied
        without the right."""

    def named(self, project, said: str) -> UUID | None:
        """The key of the thing that the command line calls so, in a project."""

    def lists(self, about: UUID) -> Mapping[str, Sequence[str]]:
        """Column → what may be chosen in a template."""

    def run(self, about: UUID, cells: Cells, rows: Iterable[Row], *, by, at: datetime) -> Iterator[Outcome]:
        """Bring the rows in; when one is wrong, none of them. Whoever only checks takes back what it wrote.

        Raises PermissionDenied or Refused where the thing itself may not be filled."""

    def may_undo(self, about: UUID, made: Sequence[int], *, by) -> str:
        """Why what an import made may not be taken back; "" when it may."""

    def undo(self, about: UUID, made: Sequence[int], *, by, at: datetime) -> None:
        """Take it back. Raises Refused, saying why not."""


@cache
def kinds() -> dict[str, Kind]:
    """Name → kind."""
    return {name: import_string(path) for name, path in settings.IMPORT_KINDS.items()}
