"""Examples: for each cell of a partition a value that lies in it, and how a request writes that value."""

from collections.abc import Iterator
from enum import Enum
from typing import Any, Final

from ...facts import Closed, Duration, FactType, Instant, Number, SetOf, Text, Truth, format_duration, format_instant
from ...tables import Line, Listed, Marks, Partition, Test
from .numbers import Between, between_for
from .sets import set_for
from .texts import STATES, text_for
from .undecided import BudgetSpent

COMBINATIONS = 4_096
"""Combinations of tests that are listed unless the caller says otherwise."""


class _Nothing(Enum):
    NOTHING = "no value"


NOTHING: Final = _Nothing.NOTHING
"""Says that no value lies in a cell."""


def example(kind: FactType, partition: Partition, cell: int, budget: int = STATES) -> Any:
    """A readable value, as `kind.read` gives it, that lies in a cell; NOTHING where it is proved that none does.

    The example of cell 0, the absent fact, is None. Raises Undecided (BudgetSpent after `budget` states).
    """
    if cell == 0:
        return None
    match partition:
        case Listed():
            return next((v for v, c in partition.cell_of_value.items() if c == cell), NOTHING)
        case Line():
            assert isinstance(kind, Number | Duration | Instant)
            return _on_line(kind, partition, cell)
        case Marks():
            tests = partition.bit_of
            must = [test for test, bit in tests.items() if cell - 1 & bit]
            must_not = [test for test, bit in tests.items() if not cell - 1 & bit]
            return _marked(kind, must, must_not, budget)


def _on_line(kind: Number | Duration | Instant, line: Line, cell: int) -> Any:
    before, after = (cell - 2) // 2, (cell - 1) // 2
    if cell % 2 == 0:
        return line.points[before]
    low = line.points[before] if before >= 0 else None
    high = line.points[after] if after < len(line.points) else None
    found = between_for(kind, Between(low, high))
    return NOTHING if found is None else found


def _marked(kind: FactType, must: list[Test], must_not: list[Test], budget: int) -> Any:
    if isinstance(kind, SetOf):
        members = set_for(kind, must, must_not, budget)
        return NOTHING if members is None else members
    assert isinstance(kind, Text)
    text = text_for(must, must_not, budget)
    return NOTHING if text is None else text


def inhabited_cells(kind: FactType, partition: Listed | Line) -> list[int]:
    """The cells in which values lie, the absent fact's (0) first."""
    if isinstance(partition, Listed):
        return list(range(partition.size))
    return [cell for cell in range(partition.size) if example(kind, partition, cell) is not NOTHING]


def inhabited_marks(
    kind: Text | SetOf, marks: Marks, budget: int = STATES, limit: int = COMBINATIONS
) -> Iterator[tuple[int, Any]]:
    """The cells in which texts or sets lie, each with an example; the absent fact's (0, None) first.

    Test by test every combination that is found so far is split in two, and dropped where it is proved to be empty:
    the cost goes by the combinations there are times the tests. Raises BudgetSpent beyond `limit` combinations, and
    Undecided as `text_for` does (`budget` is for each question).
    """
    yield 0, None
    tests = list(marks.bit_of.items())
    splits: list[tuple[int, list[Test], list[Test], Any]] = [(0, [], [], _marked(kind, [], [], budget))]
    count = 0
    while splits:
        depth, must, must_not, value = splits.pop()
        cell = marks.cell(value)
        while depth < len(tests):
            test, bit = tests[depth]
            depth += 1
            passing, failing = [*must, test], [*must_not, test]
            if cell - 1 & bit:
                other = _marked(kind, must, failing, budget)
                if other is not NOTHING:
                    splits.append((depth, must, failing, other))
                must = passing
            else:
                other = _marked(kind, passing, must_not, budget)
                if other is not NOTHING:
                    splits.append((depth, passing, must_not, other))
                must_not = failing
        if count >= limit:
            raise BudgetSpent(f"more than {limit} combinations of tests hold for some value")
        count += 1
        yield cell, value


def written(kind: FactType, value: Any) -> Any:
    """A read value as the JSON value that a request writes: what `kind.read` reads back; None stays None."""
    if value is None:
        return None
    match kind:
        case Duration():
            return format_duration(value)
        case Instant():
            return format_instant(value)
        case SetOf():
            return sorted(value)
        case Closed() | Truth() | Number() | Text():
            return value
