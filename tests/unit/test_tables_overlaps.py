"""Rows that overlap: as trying every value finds where values are few, never missed where they are many, and fast."""

from __future__ import annotations

from itertools import product
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.facts import Closed, FactType, Number, SetOf, Text, Truth
from engine.tables import ANY, Condition, can_hold, holds, overlapping, read_condition

LEVELS = Closed(("low", "normal", "high"), ordered=True)
COUNT = Number(at_least=0, at_most=4)
TAGS = SetOf(("a", "b"))
VALUES: dict[str, tuple[FactType, list[Any]]] = {
    "levels": (LEVELS, [None, *LEVELS.values]),
    "truth": (Truth(), [None, True, False]),
    "count": (COUNT, [None, 0, 1, 2, 3, 4]),
    "text": (Text(), [None, "", "a", "ab", "ba", "b", "x"]),
    "tags": (TAGS, [None, *(frozenset(s) for s in ((), "a", "b", "ab"))]),
}
NUMBERS = st.integers(0, 4)
TESTS: dict[str, st.SearchStrategy[Any]] = {
    "levels": st.one_of(
        st.just("any"),
        st.lists(st.sampled_from(LEVELS.values), min_size=1),
        st.sampled_from([{"missing": True}, {"missing": False}, {"at_least": "normal"}, {"none_of": ["low"]}]),
    ),
    "truth": st.sampled_from(["any", True, False, {"missing": True}, {"none_of": [True]}]),
    "count": st.one_of(
        st.just("any"),
        NUMBERS,
        st.fixed_dictionaries({}, optional={"at_least": NUMBERS, "less_than": NUMBERS, "none_of": st.just([2])}).filter(
            bool
        ),
    ),
    "text": st.sampled_from(
        ["any", "a", ["a", "ab"], {"missing": True}, {"starts_with": "a"}, {"ends_with": "b"}, {"contains": "b"},
         {"none_of": ["a"]}, {"starts_with": "b", "ends_with": "a"}, {"starts_with": ["a", "x"]}]
    ),
    "tags": st.sampled_from(
        ["any", "a", {"has": "a"}, {"has_none": ["a"]}, {"has_any": ["a", "b"]}, {"missing": True}]
    ),
}  # fmt: skip


def _read(raw: Any, kind: FactType) -> Condition:
    faults: list[Any] = []
    condition = read_condition(raw, kind, lambda *fault: faults.append(fault))
    assert not faults
    return condition


def _passes(condition: Condition, value: Any) -> bool:
    return all(holds(test, value) for test in condition)


def _tried(columns: list[tuple[list[Any], list[Condition]]], first: int, second: int) -> bool:
    """Whether some values pass both rows."""
    return all(
        any(_passes(conditions[first], v) and _passes(conditions[second], v) for v in values)
        for values, conditions in columns
    )


@given(st.data())
def test_overlaps_are_those_that_trying_finds(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=3, unique=True))
    count = data.draw(st.integers(2, 5))
    columns = [(VALUES[n], [_read(data.draw(TESTS[n]), VALUES[n][0]) for _ in range(count)]) for n in names]
    found = dict(overlapping([(kind, conditions) for (kind, _), conditions in columns], count))
    tried = [(values, conditions) for (_, values), conditions in columns]
    for row in range(count):
        earlier = next((other for other in range(row) if _tried(tried, row, other)), None)
        if "text" in names:  # texts beyond those tried may pass
            assert earlier is None or found[row] <= earlier
        else:
            assert found.get(row) == earlier


@pytest.mark.parametrize("name", sorted(VALUES))
@given(data=st.data())
def test_a_condition_that_cannot_hold_is_passed_by_nothing(name: str, data: st.DataObject) -> None:
    kind, values = VALUES[name]
    condition = _read(data.draw(TESTS[name]), kind)
    passed = any(_passes(condition, value) for value in values)
    assert can_hold(condition, kind) or not passed
    assert not can_hold(condition, kind) or passed or name == "text"


def _rows(kind: FactType, raws: list[Any]) -> tuple[FactType, list[Condition]]:
    return kind, [_read(raw, kind) for raw in raws]


@pytest.mark.parametrize(
    "column",
    [
        _rows(Text(), [f"service-{i}" for i in range(1000)]),
        _rows(Number(), [{"at_least": 10 * i, "less_than": 10 * i + 10} for i in range(1000)]),
        _rows(Closed(tuple(f"v{i}" for i in range(1000))), [f"v{i}" for i in range(1000)]),
        _rows(Text(), [{"starts_with": f"{i:04}-"} for i in range(1000)]),
    ],
    ids=["texts", "ranges", "values", "beginnings"],
)
def test_a_thousand_rows_take_no_time(column: tuple[FactType, list[Condition]]) -> None:
    start = process_time()
    assert list(overlapping([column, (Truth(), [ANY] * 1000)], 1000)) == []
    assert process_time() - start < 5


def test_rows_may_be_apart_in_any_column() -> None:
    rows = list(product(["a", "b"], [True, False]))
    columns = [_rows(Text(), [row[0] for row in rows]), _rows(Truth(), [row[1] for row in rows])]
    assert list(overlapping(columns, 4)) == []
    assert list(overlapping(columns[:1], 4)) == [(1, 0), (3, 2)]
