"""What is known of one fact in all rows: its read values, the cells they lie in, and which rows have none.

Two forms: distinct values with their places, and numbers in an array. Each gives what the other does.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ..tables import Line, Partition
from .columns import Coded, Codes, Flags, coded

ABSENT = 0
_EXACT = 2**53
"""Whole numbers up to this are exact as floats."""


class Celled(NamedTuple):
    """The cells of a fact: for each row the place of its cell in a list, which begins with the absent one."""

    codes: Codes
    cells: Sequence[int]


class Known(Protocol):
    """One fact in all rows, as read values."""

    def value(self, row: int) -> Any:
        """The value of a row; None: it is absent."""
        ...

    def coded(self) -> Coded:
        """As distinct values and their places; at 0 stands None, for rows in which it is absent."""
        ...

    def cells(self, partition: Partition) -> Celled:
        """The cells of a partition in which the values lie."""
        ...

    def numbers(self) -> tuple[npt.NDArray[Any], Flags] | None:
        """As numbers (0 where absent), and where it is present; None where they are too large for an array."""
        ...


class Finite:
    """Distinct values and their places."""

    def __init__(self, codes: Codes, values: Sequence[Any]) -> None:
        """`values` begins with None, and holds no other."""
        self._coded = Coded(codes, values)

    def value(self, row: int) -> Any:
        """The value of a row."""
        return self._coded.raw(row)

    def coded(self) -> Coded:
        """As it is."""
        return self._coded

    def cells(self, partition: Partition) -> Celled:
        """Each distinct value's cell, once."""
        codes, values = self._coded.codes, self._coded.values
        places, table = {ABSENT: 0}, np.zeros(len(values), np.intp)
        for i, value in enumerate(values[1:], 1):
            table[i] = places.setdefault(partition.cell(value), len(places))
        return Celled(table[codes], list(places))

    def numbers(self) -> tuple[npt.NDArray[Any], Flags] | None:
        """Only of whole numbers."""
        codes, values = self._coded.codes, self._coded.values
        if not all(type(value) is int and abs(value) < 2**62 for value in values[1:]):
            return None
        return np.array([0, *values[1:]], np.int64)[codes], codes != ABSENT


class Linear:
    """Numbers of one kind, whole or not, in an array."""

    def __init__(self, values: npt.NDArray[Any], present: Flags) -> None:
        """`values` are 64-bit integers or finite floats; what stands where none is present does not matter."""
        self._values = values
        self._present = present
        self._coded: Coded | None = None

    def value(self, row: int) -> Any:
        """The value of a row."""
        return _plain(self._values[row].item()) if self._present[row] else None

    def coded(self) -> Coded:
        """Sorted, when it is first asked for."""
        if self._coded is None:
            self._coded = coded(self._values, self._present, _plain)
        return self._coded

    def cells(self, partition: Partition) -> Celled:
        """By bisection, where the array compares as exactly as the numbers themselves."""
        points = self._comparable(partition)
        if points is None:
            found = self.coded()
            return Finite(found.codes, found.values).cells(partition)
        low = np.searchsorted(points, self._values, "left")
        cells = 2 * low + 1
        if len(points):
            cells += (low < len(points)) & (points[np.minimum(low, len(points) - 1)] == self._values)
        cells[~self._present] = ABSENT
        return Celled(cells, range(2 * len(points) + 2))

    def numbers(self) -> tuple[npt.NDArray[Any], Flags] | None:
        """Only of whole numbers."""
        return (self._values, self._present) if self._values.dtype == np.int64 else None

    def _comparable(self, partition: Partition) -> npt.NDArray[Any] | None:
        if not isinstance(partition, Line):
            return None
        if self._values.dtype == np.int64 and all(type(p) is int and abs(p) < 2**63 for p in partition.points):
            return np.array(partition.points, np.int64)
        if self._values.dtype == np.float64 and all(type(p) is float or abs(p) <= _EXACT for p in partition.points):
            return np.array(partition.points, np.float64)
        return None


def _plain(number: Any) -> Any:
    """A float without a fraction is a whole number, as facts are read."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def absent(count: int) -> Finite:
    """A fact that no row has."""
    return Finite(np.zeros(count, np.intp), (None,))


def collapsed(known: Known, key: Callable[[Any], Hashable]) -> Coded:
    """As distinct values and their places, with one value for all that have the same key."""
    found = known.coded()
    places: dict[Hashable, int] = {}
    values: list[Any] = [None]
    table = np.zeros(len(found.values), np.intp)
    for i, value in enumerate(found.values[1:], 1):
        place = places.setdefault(key(value), len(values))
        if place == len(values):
            values.append(value)
        table[i] = place
    return Coded(table[found.codes], values)
