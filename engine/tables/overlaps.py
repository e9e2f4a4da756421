"""Which rows of a table can apply to one request, and whether a condition can hold at all.

Two rows are apart when the conditions of one column are: no value passes both. Facts count as free of each other, so
where one fact settles another (a derived fact and what it is derived from) rows may be told to overlap that never meet.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..facts import FactType, Number, SetOf, Text
from .conditions import ANY, Condition, Test, holds
from .index import bitmap_of
from .partitions import Line, Listed, partition


def can_hold(condition: Condition, kind: FactType) -> bool:
    """Whether any value of a type, or its absence, passes; True where that cannot be told (tests on texts)."""
    if not condition:
        return True
    if isinstance(kind, Text | SetOf):
        return _can_pass_together(condition)
    return bool(_cells(condition, partition(kind, [condition]), kind))


def overlapping(columns: Sequence[tuple[FactType, Sequence[Condition]]], count: int) -> list[tuple[int, int]]:
    """The rows of a table that some request could match together with an earlier one, each with the first such row.

    A column is the type of its fact and one condition for each of the `count` rows.
    """
    quick_first = sorted(columns, key=lambda column: isinstance(column[0], Text | SetOf))
    asked = [(_companions(kind, conditions), conditions) for kind, conditions in quick_first]
    found = []
    for row in range(count):
        others = (1 << row) - 1
        for companions, conditions in asked:
            others &= companions.of(conditions[row], others)
            if not others:
                break
        if others:
            found.append((row, (others & -others).bit_length() - 1))
    return found


class _Companions(Protocol):
    """A column that knows which rows can hold together with a condition."""

    def of(self, condition: Condition, among: int) -> int:
        """The bitmap of those rows; only those `among` are asked for."""
        ...


def _companions(kind: FactType, conditions: Sequence[Condition]) -> _Companions:
    rows: dict[Condition, list[int]] = {}
    for row, condition in enumerate(conditions):
        rows.setdefault(condition, []).append(row)
    bitmaps = {condition: bitmap_of(listed, len(conditions)) for condition, listed in rows.items()}
    return _Marked(bitmaps) if isinstance(kind, Text | SetOf) else _Celled(kind, bitmaps)


def _cells(condition: Condition, cells: Any, kind: FactType) -> list[int]:
    """The cells in which a condition holds and in which there are values."""
    accepted: list[int] = cells.accepted(condition)
    return [c for c in accepted if _is_inhabited(c, cells, kind)] if isinstance(cells, Line) else accepted


def _is_inhabited(cell: int, line: Line, kind: FactType) -> bool:
    """Whether a cell of a line holds any value: between 4 and 5 lies no whole number, below 0 no count."""
    if cell % 2 == 0 or not line.points:  # absent, or one of the points
        return True
    before, after = (cell - 2) // 2, (cell - 1) // 2
    low = line.points[before] if before >= 0 else None
    high = line.points[after] if after < len(line.points) else None
    least, most = (kind.at_least, kind.at_most) if isinstance(kind, Number) else (None, None)
    is_whole = not isinstance(kind, Number) or kind.whole
    if low is not None and high is not None and is_whole:
        return bool(high - low > 1)
    if low is None:
        return least is None or bool(least < line.points[0])
    return high is not None or most is None or bool(most > low)


class _Celled:
    """A column of listed values or of points on a line: rows by cell."""

    def __init__(self, kind: FactType, bitmaps: dict[Condition, int]) -> None:
        cells: Any = partition(kind, bitmaps)
        assert isinstance(cells, Listed | Line)
        self._cells = {condition: _cells(condition, cells, kind) for condition in bitmaps}
        self._rows = [0] * cells.size
        for condition, rows in bitmaps.items():
            for cell in self._cells[condition]:
                self._rows[cell] |= rows
        self._known: dict[Condition, int] = {}

    def of(self, condition: Condition, among: int) -> int:
        """The rows that accept a cell in which the condition holds."""
        if condition not in self._known:
            rows = 0
            for cell in self._cells[condition]:
                rows |= self._rows[cell]
            self._known[condition] = rows
        return self._known[condition]


@dataclass(slots=True)
class _Marked:
    """A column of texts or sets: rows by the values that their conditions list; open conditions pair by pair."""

    bitmaps: dict[Condition, int]
    absent: int = 0
    by_value: dict[str, int] = field(default_factory=dict)
    open: dict[Condition, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for condition, rows in self.bitmaps.items():
            if _takes_absence(condition):
                self.absent |= rows
            values = _listed(condition)
            for value in values or ():
                self.by_value[value] = self.by_value.get(value, 0) | rows
            if values is None and _takes_presence(condition):
                self.open[condition] = rows

    def of(self, condition: Condition, among: int) -> int:
        """The rows that can hold together with the condition."""
        rows = self.absent if _takes_absence(condition) else 0
        if not _takes_presence(condition):
            return rows
        values = _listed(condition)
        for value in self.by_value if values is None else values:
            if values is not None or _passes(condition, value):
                rows |= self.by_value[value]
        for other, also in self.open.items():
            if also & among & ~rows and self._meet(condition, values, other):
                rows |= also
        return rows

    @staticmethod
    def _meet(condition: Condition, values: frozenset[Any] | None, other: Condition) -> bool:
        if values is None:
            return _can_pass_together((*condition, *other))
        return any(_passes(other, value) for value in values)


def _takes_absence(condition: Condition) -> bool:
    return condition == ANY or condition == (Test("missing", True),)


def _takes_presence(condition: Condition) -> bool:
    return not any(test.op == "missing" and test.operand for test in condition)


def _passes(condition: Condition, value: Any) -> bool:
    return all(holds(test, value) for test in condition)


def _listed(condition: Condition) -> frozenset[Any] | None:
    """The values that can pass, where the condition lists them."""
    listed = [test.operand for test in condition if test.op == "one_of"]
    if not listed:
        return None
    return frozenset(value for value in listed[0] if _passes(condition, value))


def _can_pass_together(tests: Iterable[Test]) -> bool:
    """Whether one text or set may pass all these tests; False only where that is sure."""
    tests = tuple(tests)
    ops = {test.op for test in tests}
    if Test("missing", True) in tests and len(set(tests)) > 1:
        return False
    if "one_of" in ops:
        return bool(_listed(tests))
    starts = [test.operand for test in tests if test.op == "starts_with"]
    ends = [test.operand for test in tests if test.op == "ends_with"]
    return _agree(starts, str.startswith) and _agree(ends, str.endswith) and not _clash(tests)


def _agree(operands: Sequence[tuple[str, ...]], fits: Any) -> bool:
    """Whether some beginning (or ending) of each fits with one of every other."""
    return all(
        any(fits(a, b) or fits(b, a) for a in one for b in other)
        for i, one in enumerate(operands)
        for other in operands[:i]
    )


def _clash(tests: Sequence[Test]) -> bool:
    """Whether a set would have to have what it must not have."""
    banned: frozenset[Any] = frozenset().union(*(t.operand for t in tests if t.op == "has_none"))
    return any(
        (test.op == "has_all" and not banned.isdisjoint(test.operand))
        or (test.op == "has_any" and test.operand <= banned)
        for test in tests
    )
