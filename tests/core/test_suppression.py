"""Small counts, attacked: sums, differences and the rule itself give no hidden number away."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.suppression import HIDDEN, Sum, hide, hide_average

FEW = 5


def grid(rows: list[list[int]]) -> tuple[dict, list[Sum]]:
    """A table of women, men, … (columns) by age (rows) with the totals of both."""
    wide, high = range(len(rows[0])), range(len(rows))
    counts = {(i, j): n for i, row in enumerate(rows) for j, n in enumerate(row)}
    counts |= {(i, "T"): sum(rows[i]) for i in high} | {("T", j): sum(row[j] for row in rows) for j in wide}
    counts["T", "T"] = sum(map(sum, rows))
    sums = [Sum((i, "T"), tuple((i, j) for j in wide)) for i in [*high, "T"]]
    return counts, sums + [Sum(("T", j), tuple((i, j) for i in high)) for j in [*wide, "T"]]


def determined(unknown: list, sums: list[Sum], counts: dict) -> set:
    """What linear algebra gives: the unknowns that have one value in all solutions of the sums, zeros or not."""
    rows = []
    for each in sums:
        row = {key: Fraction(0) for key in unknown}
        for key, sign in [(each.total, 1), *((part, -1) for part in each.parts)]:
            if key in row:
                row[key] += sign
        rows.append([row[key] for key in unknown])
    place = 0
    for column in range(len(unknown)):
        pivot = next((i for i in range(place, len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[place], rows[pivot] = rows[pivot], rows[place]
        rows[place] = [n / rows[place][column] for n in rows[place]]
        for i, row in enumerate(rows):
            if i != place and row[column]:
                rows[i] = [a - row[column] * b for a, b in zip(row, rows[place], strict=True)]
        place += 1
    return {unknown[row.index(1)] for row in rows[:place] if sum(map(bool, row)) == 1}


def bounded(unknown: list, hidden: set, sums: list[Sum], counts: dict) -> dict:
    """What whoever narrows bounds until nothing moves knows: the lowest and highest value of each unknown."""
    top = sum(counts.values()) + 100
    low, high = {k: int(k in hidden) for k in unknown}, dict.fromkeys(unknown, top)

    def of(bounds: dict, key) -> int:
        return bounds.get(key, counts[key])

    moved = True
    while moved:
        moved = False
        for each in sums:
            for key in {each.total, *each.parts} & set(unknown):
                others = [part for part in each.parts if part != key]
                if key == each.total:
                    least, most = sum(of(low, k) for k in others), sum(of(high, k) for k in others)
                else:
                    least = of(low, each.total) - sum(of(high, k) for k in others)
                    most = of(high, each.total) - sum(of(low, k) for k in others)
                if least > low[key] or most < high[key]:
                    low[key], high[key], moved = max(low[key], least), min(high[key], most), True
    return {key: (low[key], high[key]) for key in unknown}


def attack(counts: dict, sums: list[Sum], thresholds: dict, **kinds) -> set:
    """Hide, then try everything; returns what is hidden."""
    hidden = hide(counts, sums, thresholds, **kinds)
    nowhere = set(kinds.get("unpublished", ()))
    known = set(kinds.get("published", ()))
    secret = hidden | {k for k in nowhere if 0 < counts[k] < thresholds[k]}
    shown = counts.keys() - hidden - nowhere - known
    assert all(counts[k] == 0 or counts[k] >= thresholds[k] for k in shown)
    assert all(counts[k] for k in hidden), "zeros are never hidden"
    unknown = [k for k in counts if k in hidden | nowhere]
    assert not determined(unknown, sums, counts) & secret
    for key, (low, high) in bounded(unknown, hidden, sums, counts).items():
        assert low <= counts[key] <= high
        if key in secret:
            assert high - low + 1 >= thresholds[key] - 1, "narrower than the rule itself"
    return hidden


counts_of_few = st.one_of(st.integers(0, 12), st.sampled_from([0, 0, 1, 4, 5, 6, 40, 300]))
tables = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(counts_of_few, min_size=width, max_size=width), min_size=1, max_size=4)
)


@settings(max_examples=60, deadline=None)
@given(tables)
def test_no_hidden_cell_of_a_table_with_margins_can_be_worked_out(rows):
    counts, sums = grid(rows)
    attack(counts, sums, dict.fromkeys(counts, FEW))


@settings(max_examples=40, deadline=None)
@given(st.lists(counts_of_few, min_size=2, max_size=4), st.data())
def test_two_publications_and_two_filters_give_nothing_away_by_their_difference(row, data):
    """A year later some more came; both issues are open, and the second tells how many of all live in the country."""
    parts = range(len(row))
    more = data.draw(st.lists(st.integers(0, 9), min_size=len(row), max_size=len(row)))
    rural = data.draw(st.integers(0, sum(row) + sum(more)))
    old = {("old", i): n for i, n in enumerate(row)} | {("old", "T"): sum(row)}
    new = {("new", i): n + more[i] for i, n in enumerate(row)} | {("new", "T"): sum(row) + sum(more)}
    came = {("came", i): n for i, n in enumerate(more)} | {("came", "T"): sum(more)}
    filtered = {"rural": rural, "others": new["new", "T"] - rural}
    sums = {name: Sum((name, "T"), tuple((name, i) for i in parts)) for name in ("old", "new", "came")}
    between = {i: Sum(("new", i), (("old", i), ("came", i))) for i in [*parts, "T"]}
    both_filters = Sum(("new", "T"), ("rural", "others"))

    first = attack(old, [sums["old"]], dict.fromkeys(old, FEW))
    seen = {key for key in old if key not in first}
    known = {key: n for key, n in old.items() if key in seen}
    counts = new | known | filtered | {("came", i): came["came", i] for _old, i in seen}
    limits = dict.fromkeys(counts, FEW) | dict.fromkeys(filtered, 10) | dict.fromkeys(known, 1)
    steps = [between[i] for _old, i in seen]
    nowhere = {*counts} & {*came, "others"}
    second = attack(
        counts, [sums["new"], both_filters, *steps], limits, unpublished=nowhere, published=seen
    )  # fmt: skip

    everything = old | new | came | filtered
    unknown = [key for key in everything if key in first | second | came.keys() or key == "others"]
    few = {key for key in came | filtered if 0 < everything[key] < limits.get(key, FEW) and key != "rural"}
    given_away = determined(unknown, [*sums.values(), *between.values(), both_filters], everything)
    assert not given_away & (first | second)
    assert not {key for key in given_away & few if key in nowhere}


def possible(counts: dict, sums: list[Sum], hidden: set) -> Iterator[dict]:
    """Every table of one row that fits what is shown."""
    parts = list(sums[0].parts)
    most = [range(1, 40) if k in hidden else [counts[k]] for k in parts]
    for values in product(*most):
        total = sum(values)
        if "T" in hidden or total == counts["T"]:
            yield dict(zip(parts, values, strict=True)) | {"T": total}


@pytest.mark.parametrize("row", [r for r in product([0, 1, 2, 4, 5, 7], repeat=3) if list(r) == sorted(r)])
def test_trying_every_table_that_fits_leaves_as_many_values_as_the_rule(row):
    counts = dict(enumerate(row)) | {"T": sum(row)}
    sums = [Sum("T", (0, 1, 2))]
    hidden = hide(counts, sums, dict.fromkeys(counts, FEW))
    fitting = list(possible(counts, sums, hidden))
    for key in hidden:
        assert len({each[key] for each in fitting}) >= FEW - 1


def test_the_next_smallest_is_hidden_with_a_small_one_and_nothing_without_need():
    counts = {"women": 3, "men": 9, "non-binary": 0, "total": 12}
    sums = [Sum("total", ("women", "men", "non-binary"))]
    assert hide(counts, sums, dict.fromkeys(counts, FEW)) == {"women", "men"}
    assert hide(counts | {"women": 6, "total": 15}, sums, dict.fromkeys(counts, FEW)) == set()
    assert hide(counts, sums, dict.fromkeys(counts, 10)) == {"women", "men"}


def test_who_is_left_over_by_subtraction_is_hidden_too():
    """All but two of forty live in a rural area: the two would be known."""
    counts, sums = {"all": 40, "rural": 38, "not": 2}, [Sum("all", ("rural", "not"))]
    assert hide(counts, sums, dict.fromkeys(counts, 10), unpublished={"not"}) == {"rural"}
    assert hide(counts, sums, dict.fromkeys(counts, 10), unpublished={"not"}, published={"rural"}) == {"all"}


def test_averages_over_few_are_hidden_and_wrong_sums_are_refused():
    assert hide_average("91.5", 4, FEW) == HIDDEN
    assert (hide_average("91.5", 5, FEW), hide_average(None, 0, FEW)) == ("91.5", None)
    with pytest.raises(ValueError, match="do not add up"):
        hide({"a": 1, "T": 3}, [Sum("T", ("a",))], {"a": 5, "T": 5})
