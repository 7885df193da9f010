"""Which collections take many rows at once: `settings.BULK_KINDS` names them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

MOST = 10_000  # rows of one request

GoingOn = Callable[[int], None] | None  # is told now and then how many rows are dealt with; may raise to stop


@dataclass(slots=True)
class Result:
    """What became of one row: created, updated, unchanged or refused; left where it is right in itself and nothing was
    stored because other rows were refused. Each error has a JSON pointer into the row and a sentence for people."""

    index: int
    status: str = "refused"
    key: str | None = None
    errors: list[dict[str, str]] = field(default_factory=list)


class Kind(Protocol):
    """A collection that takes many rows at once."""

    one_by_one: bool
    """Whether each row goes through the action of a single one, so that fewer are dealt with while a client waits."""

    def take(self, rows: Sequence[Any], *, by, at: datetime, going_on: GoingOn = None) -> Iterable[Result]:
        """Bring rows in, each read from JSON; a refused one leaves nothing behind. Call inside a transaction."""


@cache
def kinds() -> dict[str, Kind]:
    """Collection → kind."""
    return {name: import_string(path) for name, path in settings.BULK_KINDS.items()}


def going(rows: Iterable[Any], going_on: GoingOn, every: int = 50) -> Iterator[Any]:
    """The rows, telling on the way how many went by."""
    for n, row in enumerate(rows):
        if going_on and n % every == 0:
            going_on(n)
        yield row
