"""Columns of facts, as many requests hand them in: one value a row, told by its place among the distinct ones.

A column says the same as its raw JSON values would, one request a row: `raw` gives them. Knows no rulebook.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from ..facts import format_duration, format_instant

Codes: TypeAlias = npt.NDArray[np.intp]
Flags: TypeAlias = npt.NDArray[np.bool_]
Whole: TypeAlias = npt.NDArray[np.int64]


class Column(Protocol):
    """The values of one fact, or of another part of requests, a row each."""

    def __len__(self) -> int:
        """How many rows there are."""
        ...

    def raw(self, row: int) -> Any:
        """The JSON value of a row; None: it has none."""
        ...

    def coded(self) -> "Coded":
        """The column as distinct values and their places."""
        ...

    def take(self, rows: Codes) -> "Column":
        """The column of these rows alone."""
        ...


@dataclass(frozen=True, slots=True)
class Coded:
    """Any JSON values: for each row the place of its value in a list. None in the list stands for no value."""

    codes: Codes
    values: Sequence[Any]

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.codes)

    def raw(self, row: int) -> Any:
        """The value of a row."""
        return self.values[self.codes[row]]

    def coded(self) -> "Coded":
        """Itself."""
        return self

    def take(self, rows: Codes) -> "Coded":
        """The column of these rows alone."""
        return Coded(self.codes[rows], self.values)


@dataclass(frozen=True, slots=True)
class _Valued:
    """Values as an array, and which rows have one (None: all)."""

    values: npt.NDArray[Any]
    present: Flags | None = None

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.values)

    def write(self, value: Any) -> Any:
        """A value as JSON has it."""
        raise NotImplementedError

    def raw(self, row: int) -> Any:
        """The JSON value of a row; None: it has none."""
        if self.present is not None and not self.present[row]:
            return None
        return self.write(self.values[row].item())

    def coded(self) -> Coded:
        """The column as distinct JSON values and their places."""
        return coded(self.values, self.present, self.write)


@dataclass(frozen=True, slots=True)
class Numbers(_Valued):
    """Numbers: 64-bit integers or floats."""

    def write(self, value: Any) -> Any:
        """As it is."""
        return value

    def take(self, rows: Codes) -> "Numbers":
        """The column of these rows alone."""
        return Numbers(self.values[rows], None if self.present is None else self.present[rows])


@dataclass(frozen=True, slots=True)
class Instants(_Valued):
    """Instants: microseconds since 1970-01-01T00:00:00Z."""

    def write(self, value: Any) -> Any:
        """RFC 3339; an instant that no date can show stays a number, which no fact takes."""
        try:
            return format_instant(value)
        except OverflowError:
            return value

    def take(self, rows: Codes) -> "Instants":
        """The column of these rows alone."""
        return Instants(self.values[rows], None if self.present is None else self.present[rows])


@dataclass(frozen=True, slots=True)
class Durations(_Valued):
    """Durations: microseconds."""

    def write(self, value: Any) -> Any:
        """ISO 8601."""
        return format_duration(value)

    def take(self, rows: Codes) -> "Durations":
        """The column of these rows alone."""
        return Durations(self.values[rows], None if self.present is None else self.present[rows])


class Texts(Protocol):
    """A column of texts that are told apart only when something asks about them."""

    def __len__(self) -> int:
        """How many rows there are."""
        ...

    def raw(self, row: int) -> Any:
        """The text of a row; None: it has none."""
        ...

    def coded(self) -> Coded:
        """The column as distinct texts and their places."""
        ...

    def take(self, rows: Codes) -> Column:
        """The column of these rows alone."""
        ...

    def longest(self) -> int:
        """No text has more characters than this."""
        ...


class ColumnSet(dict[str, Column]):
    """Columns by name that are asked about more than once: what was read of them is kept, for as long as they are."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        """Take columns by name; none may be put in later."""
        super().__init__(columns)
        self.memory: dict[tuple[str, Hashable], Any] = {}


Columns: TypeAlias = Mapping[str, Column]
"""By name: facts as rules name them (`ticket.impact`, `ticket.fields.load`), `at`, and what else a request may have:
`ticket.waits`, `ticket.messages`, `ticket.states`, `roster`, `ask.disclose`, `ask.to`, `ask.do`, `language`."""


def coded(values: npt.NDArray[Any], present: Flags | None, write: Callable[[Any], Any]) -> Coded:
    """An array as distinct values and their places; 0 is the place of None."""
    if present is None:
        distinct, codes = np.unique(values, return_inverse=True)
        return Coded(codes.reshape(-1) + 1, [None, *map(write, distinct.tolist())])
    rows = np.flatnonzero(present)
    found = coded(values[rows], None, write)
    codes = np.zeros(len(values), np.intp)
    codes[rows] = found.codes
    return Coded(codes, found.values)
