"""Copies of what is handed out again and again: equal each time, and nothing shared with the last one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.stages.renderings import MOST_FLAT, _flat_copier, copier

JSON_DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)


def containers(value: Any) -> list[Any]:
    """Every list and dictionary in data, all the way down."""
    if not isinstance(value, dict | list):
        return []
    items = value.values() if isinstance(value, dict) else value
    return [value, *(found for item in items for found in containers(item))]


def check(value: Any) -> None:
    give = copier(value)
    first, second = give(), give()
    assert repr(first) == repr(second) == repr(value)  # in the same order, and 1 is not true
    seen = {id(found) for found in (*containers(value), *containers(first))}
    assert seen.isdisjoint(id(found) for found in containers(second))


@given(JSON_DATA)
def test_a_copy_shares_nothing_with_the_last_one(value: Any) -> None:
    check(value)


@pytest.mark.parametrize("size", [1, 2, MOST_FLAT - 1, MOST_FLAT, MOST_FLAT + 1, 300])
def test_dictionaries_of_flat_data_of_any_size(size: int) -> None:
    check({f"{i}\"')": {"effect": "deny", "by": i} for i in range(size)})
    check({str(i): [i] for i in range(size)})
    check({str(i): {"deeper": [i]} for i in range(size)})


def test_how_many_ways_to_copy_are_written_is_bounded() -> None:
    for size in range(1, 3 * MOST_FLAT):
        copier({str(i): {} for i in range(size)})
    assert _flat_copier.cache_info().currsize <= MOST_FLAT
