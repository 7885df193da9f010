"""Small counts of persons: which cells of published tables are hidden, so that nobody is recognised by a number.

A count from 1 to one below the threshold is hidden; zero may be shown. As totals and related tables would give a hidden
cell away by subtraction, further cells are hidden, the smallest first, until none can be worked out: whatever the sums
and the shown cells say, every hidden cell keeps at least as many possible values as the rule itself leaves (for a
threshold of 5 four of them, as 1 to 4 are four). Numbers that stand nowhere but follow by subtraction (those of a whole
who are not of a part, those before a period) are cells as well, which are never shown.

Basis: GDPR Art. 5(1)(c) and Art. 89, the practice of Eurostat (mark `:c`). Official transmissions are never suppressed.
Pure: no database, no settings, no words but the mark.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Any

HIDDEN = ":c"
MOST = 1000  # more possible values than that are not told apart

Key = Any  # whatever names a cell and can be hashed


@dataclass(frozen=True)
class Sum:
    """The cell `total` is the sum of the cells `parts`."""

    total: Key
    parts: tuple[Key, ...]

    @property
    def cells(self) -> tuple[Key, ...]:
        return (self.total, *self.parts)


def hide(
    counts: Mapping[Key, int], sums: Iterable[Sum], thresholds: Mapping[Key, int], *,
    unpublished: Collection[Key] = (), published: Collection[Key] = (), always: Collection[Key] = (),
) -> set[Key]:  # fmt: skip
    """The keys of the cells to hide.

    In: every count, the sums that hold among them, and the threshold of each cell. `unpublished` cells are shown
    nowhere but follow from the sums; `published` ones are known already and cannot be hidden any more; `always` cells
    are hidden for another reason (few persons behind them). Raises ValueError where the sums do not hold: such tables
    cannot be protected.
    """
    table = _Table(counts, list(sums), thresholds, frozenset(unpublished), frozenset(published), set(always))
    table.protect()
    return table.hidden


def hide_average[T](value: T, persons: Decimal | int | None, threshold: int) -> T | str:
    """An average or percentage over `persons`, or the mark when they are fewer than the threshold, but not none."""
    return HIDDEN if persons and persons < threshold else value


class _Table:
    """Cells in sums, with what is hidden so far."""

    def __init__(
        self, counts: Mapping[Key, int], sums: list[Sum], thresholds: Mapping[Key, int], unpublished: frozenset[Key],
        published: frozenset[Key], always: set[Key],
    ) -> None:  # fmt: skip
        self.counts, self.sums, self.thresholds = dict(counts), sums, thresholds
        self.unpublished, self.kept = unpublished, unpublished | published  # of which none can be hidden
        if any(n < 0 for n in counts.values()) or any(self._gap(each, self.counts) for each in sums):
            raise ValueError("Counts below zero, or parts that do not add up, cannot be protected.")
        self.of: dict[Key, list[int]] = {key: [] for key in counts}
        for i, each in enumerate(sums):
            for key in each.cells:
                self.of[key].append(i)
        small = {key for key, n in counts.items() if 0 < n < thresholds[key]}
        self.hidden = {key for key in small | always if key not in self.kept and counts[key]}
        self.small = small & unpublished  # not shown, but must not follow from what is
        self.fresh: set[Key] = set()

    @staticmethod
    def _gap(one: Sum, values: Mapping[Key, int]) -> int:
        return values[one.total] - sum(values[key] for key in one.parts)

    def protect(self) -> None:
        """Hide further cells until each that must not be known could be another number."""
        while True:
            self._pair()
            moves, grown = _Moves(self), False
            for key in sorted(self.hidden | self.small, key=self._order):
                if not moves.enough(key, max(self.thresholds[key] - 1, 2)) and (shown := self._beside(key)):
                    grown = True
                    if not any(other in self.fresh for i in self.of[key] for other in self.sums[i].cells):
                        self.fresh.add(min(shown, key=self._order))
            self.hidden |= self.fresh
            self.fresh.clear()
            if not grown:
                return

    def _shown(self, one: Sum) -> list[Key]:
        """The cells of a sum that are shown and not zero."""
        return [k for k in one.cells if k not in self.hidden and k not in self.kept and self.counts[k]]

    def _unknown(self, one: Sum) -> list[Key]:
        return [k for k in one.cells if k in self.hidden or k in self.unpublished]

    def _order(self, key: Key) -> tuple[int, str]:
        return self.counts[key], repr(key)

    def _pair(self) -> None:
        """No sum may have a single unknown: it would be the difference of the others."""
        waiting = list(range(len(self.sums)))
        while waiting:
            one = self.sums[waiting.pop()]
            unknown = self._unknown(one)
            if len(unknown) == 1 and unknown[0] in self.hidden | self.small and (shown := self._shown(one)):
                key = min(shown, key=self._order)
                self.hidden.add(key)
                waiting.extend(self.of[key])

    def _beside(self, key: Key) -> set[Key]:
        """The shown cells that share a sum with a cell, or else with an unknown beside it, and so on; with none of
        them every number could be twice as large, and nothing is given away."""
        seen, edge = {key}, [key]
        while edge:
            sums = [self.sums[i] for each in edge for i in self.of[each]]
            if shown := {each for one in sums for each in self._shown(one)}:
                return shown
            edge = list({each for one in sums for each in self._unknown(one)} - seen)
            seen.update(edge)
        return set()

    def floor(self, key: Key) -> int:
        """Zeros are never hidden: who sees the mark knows that somebody is there."""
        return 1 if key in self.hidden else 0

    def ceiling(self, key: Key) -> int | None:
        """As the smallest are hidden first, a hidden part seems no larger than the smallest shown one beside it."""
        beside = [
            self.counts[k] for i in self.of[key] if key != self.sums[i].total for k in self._shown(self.sums[i])
            if k != self.sums[i].total
        ]  # fmt: skip
        return max(self.counts[key], min(beside)) if beside and key in self.hidden else None


class _Moves:
    """The tables that show the same: from the true one they are reached by moves, each of which changes one free cell
    by one and those that depend on it with it. The largest cells depend, as they can take up most."""

    def __init__(self, table: _Table) -> None:
        self.table = table
        self.depends: dict[Key, dict[Key, Fraction]] = {}  # dependent cell: how much of each free one it holds
        self.users: dict[Key, set[Key]] = defaultdict(set)  # free cell: the dependent ones that hold it
        for one in table.sums:
            self._add(one)
        self.room_of = {key: (table.floor(key), table.ceiling(key)) for key in table.hidden | table.unpublished}

    def _add(self, one: Sum) -> None:
        table, row = self.table, dict.fromkeys(one.cells, Fraction(0))
        for key, sign in ((one.total, 1), *((part, -1) for part in one.parts)):
            if key in table.hidden or key in table.unpublished:
                for free, n in self.depends.get(key, {key: Fraction(1)}).items():
                    row[free] = row.get(free, Fraction(0)) + sign * n
        held = {key: n for key, n in row.items() if n}
        if not held:
            return
        pivot = max(held, key=table._order)
        own = {key: -n / held[pivot] for key, n in held.items() if key != pivot}
        for user in self.users.pop(pivot, set()):
            old = self.depends[user]
            n = old.pop(pivot)
            for key, m in own.items():
                old[key] = old.get(key, Fraction(0)) + n * m
                if old[key]:
                    self.users[key].add(user)
                else:
                    del old[key]
                    self.users[key].discard(user)
        self.depends[pivot] = own
        for key in own:
            self.users[key].add(pivot)

    def _move(self, free: Key) -> dict[Key, Fraction]:
        return {free: Fraction(1)} | {key: self.depends[key][free] for key in self.users.get(free, ())}

    def _room(self, move: Mapping[Key, Fraction], values: Mapping[Key, int]) -> tuple[int, Key]:
        """How often a move can be made, and the cell that ends it."""
        most, last = MOST, None
        for key, n in move.items():
            floor, ceiling = self.room_of[key]
            if n < 0:
                times = int((values[key] - floor) / -n)
            elif ceiling is not None:
                times = int((ceiling - values[key]) / n)
            else:
                continue
            if times < most:
                most, last = times, key
        return most, last

    def enough(self, key: Key, wanted: int) -> bool:
        """Whether a cell has so many possible values, its own among them."""
        free = [key] if key not in self.depends else sorted(self.depends[key], key=self.table._order)
        return 1 + self._values(key, free, 1, wanted - 1) + self._values(key, free, -1, wanted - 1) >= wanted

    def _values(self, key: Key, free: list[Key], sign: int, wanted: int) -> int:
        """How many values above (`sign` 1) or below the true one a cell can take, up to those wanted."""
        values, found = dict(self.table.counts), 0
        for each in free:
            move = self._turned(self._move(each), key, sign)
            times, last = self._room(move, values)
            if times < wanted - found and last not in (None, key):
                move, times = self._around(move, key, last, values, times)
            times = min(times, wanted - found)
            found += times
            for other, n in move.items():
                values[other] += int(times * n)
            if found >= wanted:
                break
        return found

    @staticmethod
    def _turned(move: dict[Key, Fraction], key: Key, sign: int) -> dict[Key, Fraction]:
        """A move in whole numbers that takes the cell up or down."""
        whole = lcm(*(n.denominator for n in move.values())) * (1 if move[key] * sign > 0 else -1)
        return {other: n * whole for other, n in move.items()}

    def _around(
        self, move: dict[Key, Fraction], key: Key, last: Key, values: Mapping[Key, int], times: int
    ) -> tuple[dict[Key, Fraction], int]:
        """The move together with a second one that spares the cell that ended it, where that leads further."""
        for free in sorted(self.depends.get(last, {last: 1}), key=self.table._order):
            second = self._move(free)
            if free in move or not second.get(last):
                continue
            by = -move[last] / second[last]
            both = {other: move.get(other, Fraction(0)) + by * second.get(other, 0) for other in move | second}
            both = {other: n for other, n in both.items() if n}
            if both.get(key, 0) * move[key] > 0:
                both = self._turned(both, key, 1 if move[key] > 0 else -1)
                if (further := self._room(both, values)[0]) > times:
                    return both, further
        return move, times
