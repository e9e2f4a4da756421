"""Numbers of rows as bits: what was added is found again, in any stretch of rows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulations.replay.row_numbers import RowNumbers


@given(st.lists(st.integers(0, 40_000), unique=True, max_size=40), st.integers(0, 41_000), st.integers(0, 2_000))
def test_rows_are_found_in_any_stretch(rows: list[int], start: int, length: int) -> None:
    found = RowNumbers()
    for some in (rows[::2], rows[1::2]):
        found.add(np.array(some, np.int64))
    stop = start + length
    assert len(found) == len(rows)
    assert found.flags(start, stop).tolist() == [row in rows for row in range(start, stop)]
    assert found.within(start, stop) == sorted(row - start for row in rows if start <= row < stop)


def test_nothing_is_found_where_nothing_was_added() -> None:
    found = RowNumbers()
    found.add(np.zeros(0, np.int64))
    assert (len(found), found.within(0, 100_000)) == (0, [])
