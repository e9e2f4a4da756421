"""The index of a decision table: for each column and cell a bitmap of the rows that accept it.

A bitmap is a Python int whose bit i stands for row i. Matching ANDs one bitmap a column, so a table of 10,000 rows
costs a few operations on 10,000-bit numbers, not 10,000 comparisons.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, NamedTuple

from .conditions import Condition
from .partitions import ABSENT, Line, Listed, Marks, Partition

REMEMBERED = 4096
"""Bitmaps of marks that a column keeps before it starts anew: memory stays bounded whatever texts come."""


GRID = 4096
"""Combinations of cells for which the first row that applies is worked out ahead."""

LONG = 4096
"""Rows from which on a table is long. Where only the first row that applies counts, its front is looked at first."""
FRONT = 4
"""The front is this part of a table: its first fourth."""

Find = Callable[[Sequence[int]], int]
"""From the cells of a decision to the bitmap of a table's rows that accept them."""


class Column(NamedTuple):
    """One column: where its fact's cell stands, and the rows that accept each cell."""

    slot: int
    accepts: Any
    """A list by cell number, or a mapping that works bitmaps out (marks)."""


@dataclass(frozen=True)
class Index:
    """A table's columns; a column that no row asks anything of is left out."""

    columns: tuple[Column, ...]
    all_rows: int
    long: int = LONG
    """Rows from which on it has a front."""

    def finder(self) -> Find:
        """A function from cells to the bitmap of the rows that accept them; written out for the usual few columns."""
        everything, columns = self.all_rows, self.columns
        match columns:
            case ():
                return lambda cells: everything
            case ((a, in_a),):
                return lambda cells: in_a[cells[a]]
            case ((a, in_a), (b, in_b)):
                return lambda cells: in_a[cells[a]] & in_b[cells[b]]
            case ((a, in_a), (b, in_b), (c, in_c)):
                return lambda cells: in_a[cells[a]] & in_b[cells[b]] & in_c[cells[c]]

        def find(cells: Sequence[int]) -> int:
            rows = everything
            for slot, accepts in columns:
                rows &= accepts[cells[slot]]
            return rows

        return find

    def first_finder(self) -> Find:
        """The same, but of the bitmap only the lowest bit counts: the first row that applies."""
        front, find = self.front, self.finder()
        if front is None:
            return find
        find_in_front = front.finder()
        return lambda cells: find_in_front(cells) or find(cells)

    @cached_property
    def front(self) -> "Index | None":
        """The index of the front, the same for all who find by it; None for a table that is not long.

        Shorter bitmaps are cheaper, and more of them stay in a processor's cache.
        """
        count = self.all_rows.bit_length()
        if count < self.long:
            return None
        rows = (1 << count // FRONT) - 1
        return Index(tuple(Column(slot, _among(rows, accepts)) for slot, accepts in self.columns), rows)

    def grid(self) -> Any:
        """The place of the first row that applies (from 1 on; 0: none), by the cell of one column after the other.

        Lists in lists, a level for each column. None for a table whose columns have more than GRID combinations of
        cells, and for one with marks, whose cells are too many to list.
        """
        sizes = [len(accepts) if isinstance(accepts, list) else GRID + 1 for _, accepts in self.columns]
        return _grid(self.columns, self.all_rows, {}) if prod(sizes) <= GRID else None


def _grid(columns: Sequence[Column], rows: int, made: dict[tuple[int, int], Any]) -> Any:
    """The grid of these columns for some rows; alike parts of it are one list, since nobody changes them."""
    if not columns:
        return (rows & -rows).bit_length()
    found = made.get((len(columns), rows))
    if found is None:
        (_, accepts), *others = columns
        found = made[len(columns), rows] = [_grid(others, rows & bitmap, made) for bitmap in accepts]
    return found


def rows_of(bitmap: int) -> Iterator[int]:
    """The numbers of the rows in a bitmap, lowest first."""
    while bitmap:
        low = bitmap & -bitmap
        yield low.bit_length() - 1
        bitmap ^= low


def bitmap_of(rows: Sequence[int], count: int) -> int:
    """The bitmap of these rows out of `count`."""
    bits = bytearray((count + 7) // 8)
    for row in rows:
        bits[row >> 3] |= 1 << (row & 7)
    return int.from_bytes(bits, "little")


def build_column(slot: int, partition: Partition, conditions: Sequence[Condition]) -> Column | None:
    """The column of a fact, from each row's condition on it; None when no row asks anything."""
    grouped: dict[Condition, list[int]] = {}
    for row, condition in enumerate(conditions):
        grouped.setdefault(condition, []).append(row)
    if set(grouped) == {()}:
        return None
    asked = [(c, bitmap_of(rows, len(conditions))) for c, rows in grouped.items()]
    match partition:
        case Marks():
            return Column(slot, _MarkedRows([(*partition.bits(condition), rows) for condition, rows in asked]))
        case Line():
            return Column(slot, _swept(partition, asked))
        case Listed():
            return Column(slot, _gathered(partition, asked))


def _gathered(partition: Listed, asked: list[tuple[Condition, int]]) -> list[int]:
    accepts = [0] * partition.size
    for condition, rows in asked:
        for cell in partition.accepted(condition):
            accepts[cell] |= rows
    return accepts


def _swept(partition: Line, asked: list[tuple[Condition, int]]) -> list[int]:
    """Runs of accepted cells begin and end; between two cells only the rows whose run does so change."""
    toggles = [0] * (partition.size + 1)
    for condition, rows in asked:
        for first, last in partition.runs(condition):
            toggles[first] ^= rows
            toggles[last + 1] ^= rows
    accepts, running = [], 0
    for toggle in toggles[:-1]:
        running ^= toggle
        accepts.append(running)
    return accepts


def _among(rows: int, accepts: Any) -> Any:
    """What a column accepts, among some rows."""
    return accepts.among(rows) if isinstance(accepts, _MarkedRows) else [bitmap & rows for bitmap in accepts]


class _MarkedRows(dict[int, int]):
    """Bitmaps by cell of a fact cut by marks, worked out when a cell is first seen."""

    def __init__(self, asked: Sequence[tuple[bool | None, int, int]]) -> None:
        """`asked`: what a condition asks of absence, the marks it requires, and the rows that ask it."""
        super().__init__()
        self._asked = asked

    def among(self, rows: int) -> "_MarkedRows":
        """The same for some of the rows."""
        few = ((absent, required, those & rows) for absent, required, those in self._asked)
        return _MarkedRows([asked for asked in few if asked[-1]])

    def __missing__(self, cell: int) -> int:
        rows = 0
        for absent, required, accepted in self._asked:
            if cell == ABSENT:
                if absent is not False and not required:
                    rows |= accepted
            elif absent is not True and (cell - 1) & required == required:
                rows |= accepted
        if len(self) >= REMEMBERED:
            self.clear()
        self[cell] = rows
        return rows
