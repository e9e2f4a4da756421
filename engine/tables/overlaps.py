"""Which rows of a table can apply to one request, and whether a condition can hold at all.

Two rows are apart when the conditions of one column are: no value passes both. Facts count as free of each other, so
where one fact settles another (a derived fact and what it is derived from) rows may be told to overlap that never meet.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from ..facts import FactType, Number, SetOf, Text
from .conditions import ANY, Condition, Test, holds
from .index import bitmap_of
from .partitions import Line, Listed, partition


def can_hold(condition: Condition, kind: FactType) -> bool:
    """Whether any value of a type, or its absence, passes; True where that cannot be told (tests on texts)."""
    if not condition or (len(condition) == 1 and condition[0].op == "one_of" and condition[0].operand):
        return True  # a test is read only if its values are values of the type
    if isinstance(kind, Text | SetOf):
        return _can_pass_together(condition)
    return bool(_cells(condition, partition(kind, [condition]), kind))


def overlapping(columns: Sequence[tuple[FactType, Sequence[Condition]]], count: int) -> Iterator[tuple[int, int]]:
    """The rows of a table that some request could match together with an earlier one, each with the first such row.

    A column is the type of its fact and one condition for each of the `count` rows.
    """
    quick_first = sorted(columns, key=lambda column: isinstance(column[0], Text | SetOf))
    asked = [(_companions(kind, conditions), conditions) for kind, conditions in quick_first]
    for row in range(count):
        others = (1 << row) - 1
        for companions, conditions in asked:
            others &= companions.of(conditions[row], others)
            if not others:
                break
        if others:
            yield row, (others & -others).bit_length() - 1


def meeting(
    columns: Mapping[str, tuple[FactType, Sequence[Condition]]], asked: Sequence[Mapping[str, Condition]], count: int
) -> Iterator[int]:
    """For each thing asked, the bitmap of the rows of a table that some request could match together with it.

    A column is the type of its fact and one condition for each of the `count` rows. What is asked is one condition for
    each fact that matters; rows must have these very conditions among theirs. A row more may be told, but none less.
    """
    companions = {
        fact: (_Marked if isinstance(kind, Text | SetOf) else partial(_Spanned, kind))(_rows_of(conditions))
        for fact, (kind, conditions) in columns.items()
    }
    for box in asked:
        found = (1 << count) - 1
        for fact, condition in box.items():
            found &= companions[fact].of(condition, found)
        yield found


class _Companions(Protocol):
    """A column that knows which rows can hold together with a condition."""

    def of(self, condition: Condition, among: int) -> int:
        """The bitmap of those rows; only those `among` are asked for."""
        ...


def _companions(kind: FactType, conditions: Sequence[Condition]) -> _Companions:
    bitmaps = _rows_of(conditions)
    return _Marked(bitmaps) if isinstance(kind, Text | SetOf) else _Celled(kind, bitmaps)


def _rows_of(conditions: Sequence[Condition]) -> dict[Condition, int]:
    """The bitmap of the rows that have each condition."""
    rows: dict[Condition, list[int]] = {}
    for row, condition in enumerate(conditions):
        rows.setdefault(condition, []).append(row)
    return {condition: bitmap_of(listed, len(conditions)) for condition, listed in rows.items()}


def _cells(condition: Condition, cells: Any, kind: FactType) -> list[int]:
    """The cells in which a condition holds and in which there are values."""
    accepted: list[int] = cells.accepted(condition)
    return [c for c in accepted if inhabited(c, cells, kind)] if isinstance(cells, Line) else accepted


def inhabited(cell: int, line: Line, kind: FactType) -> bool:
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


class _Spanned:
    """A column of listed values or of points on a line: conditions by their runs of cells, for a few questions."""

    def __init__(self, kind: FactType, bitmaps: dict[Condition, int]) -> None:
        cells: Any = partition(kind, bitmaps)
        self._rows = bitmaps
        self._runs = {
            condition: cells.runs(condition) if isinstance(cells, Line) else [(c, c) for c in cells.accepted(condition)]
            for condition in bitmaps
        }

    def of(self, condition: Condition, among: int) -> int:
        """The rows whose conditions take a cell in which the condition holds, whether it has a value or not."""
        asked, rows = self._runs[condition], 0
        for other, also in self._rows.items():
            if also & among and any(a <= d and c <= b for a, b in asked for c, d in self._runs[other]):
                rows |= also
        return rows


class _Marked:
    """A column of texts or sets: rows by the values that their conditions list; open conditions pair by pair."""

    def __init__(self, bitmaps: dict[Condition, int]) -> None:
        self._absent = 0
        self._by_value: dict[Any, int] = {}
        self._open: dict[Condition, tuple[_Demands, int]] = {}
        for condition, rows in bitmaps.items():
            if _takes_absence(condition):
                self._absent |= rows
            values = _listed(condition)
            for value in values or ():
                self._by_value[value] = self._by_value.get(value, 0) | rows
            if values is None and _takes_presence(condition):
                self._open[condition] = (_demands(condition), rows)

    def of(self, condition: Condition, among: int) -> int:
        """The rows that can hold together with the condition."""
        rows = self._absent if _takes_absence(condition) else 0
        if not _takes_presence(condition):
            return rows
        values = _listed(condition)
        if values is None:
            demands = self._open[condition][0]
            for value, listed in self._by_value.items():
                if _passes(condition, value):
                    rows |= listed
            for other, also in self._open.values():
                if also & among and _agree(demands, other):
                    rows |= also
            return rows
        for value in values:
            rows |= self._by_value[value]
        for open_condition, (_, also) in self._open.items():
            if also & among and any(_passes(open_condition, value) for value in values):
                rows |= also
        return rows


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


@dataclass(frozen=True, slots=True)
class _Demands:
    """What a condition without listed values asks of a text or a set, as far as two such conditions can contradict."""

    begins: tuple[tuple[str, ...], ...]
    ends: tuple[tuple[str, ...], ...]
    has: frozenset[str]
    has_any: tuple[frozenset[str], ...]
    lacks: frozenset[str]


def _demands(condition: Condition) -> _Demands:
    def operands(op: str) -> tuple[Any, ...]:
        return tuple(test.operand for test in condition if test.op == op)

    def joined(op: str) -> frozenset[str]:
        return frozenset().union(*operands(op))

    return _Demands(
        operands("starts_with"), operands("ends_with"), joined("has_all"), operands("has_any"), joined("has_none")
    )


def _agree(one: _Demands, other: _Demands) -> bool:
    """Whether one text or set may satisfy both; False only where that is sure."""
    if one.begins and other.begins and not _fit(one.begins, other.begins, str.startswith):
        return False
    if one.ends and other.ends and not _fit(one.ends, other.ends, str.endswith):
        return False
    lacks = one.lacks | other.lacks
    if not lacks:
        return True
    return lacks.isdisjoint(one.has | other.has) and not any(a <= lacks for a in (*one.has_any, *other.has_any))


def _fit(one: tuple[tuple[str, ...], ...], other: tuple[tuple[str, ...], ...], fits: Any) -> bool:
    """Whether of each beginning (or ending) some alternative is part of one of the other's."""
    return all(any(fits(x, y) or fits(y, x) for x in a for y in b) for a in one for b in other)


def _can_pass_together(condition: Condition) -> bool:
    """Whether a text or set may pass a condition; False only where that is sure."""
    if not _takes_presence(condition):
        return _takes_absence(condition)
    values = _listed(condition)
    if values is not None:
        return bool(values)
    return all(_agree(_demands((one,)), _demands((other,))) for one in condition for other in condition)
