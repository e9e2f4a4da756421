"""Columns read as facts: each distinct value once, by the type that reads it in a single request.

What does not fit is told with the fault that a single request would be refused with.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from ..decision import Fault, pointer
from ..facts import (
    CLEAN_TEXT_LIMIT,
    FIRST_INSTANT,
    LAST_INSTANT,
    LONGEST_DURATION,
    Duration,
    FactType,
    Instant,
    Misfit,
    Number,
)
from .columns import Coded, Column, Columns, ColumnSet, Durations, Flags, Instants, Numbers
from .known import Finite, Known, Linear

_EXACT = 2**53


class Wrong(NamedTuple):
    """Values that do not fit: which rows have one, and each fault with the number of rows that have it."""

    rows: Flags
    faults: Sequence[tuple[Fault, int]]


def read(name: str, kind: FactType, column: Column) -> tuple[Known, Wrong | None]:
    """A column as a fact, and what of it does not fit; there the fact counts as absent."""
    bounds = _bounds(kind, column)
    if bounds is None:
        return _read_each(name, kind, column.coded())
    assert isinstance(column, Instants | Durations | Numbers)
    values = column.values
    present = np.ones(len(values), np.bool_) if column.present is None else column.present
    fits = (values >= bounds[0]) & (values <= bounds[1])
    if isinstance(kind, Number) and kind.whole and values.dtype != np.int64:
        fits &= values == np.floor(values)
    wrong = present & ~fits
    if not wrong.any():
        return Linear(_whole(values, kind, present), present), None
    _, found = _read_each(name, kind, column.take(np.flatnonzero(wrong)).coded())
    present = present & fits
    return Linear(_whole(values, kind, present), present), Wrong(wrong, found.faults if found else ())


def read_of(columns: Columns, name: str, kind: FactType) -> tuple[Known, Wrong | None]:
    """A column of several as a fact; read once for all who ask about the same column set."""
    if not isinstance(columns, ColumnSet):
        return read(name, kind, columns[name])
    found: tuple[Known, Wrong | None] | None = columns.memory.get((name, kind))
    if found is None:
        found = columns.memory[name, kind] = read(name, kind, columns[name])
    return found


def examined(column: Column, faults_of: Callable[[Any], Sequence[Fault]]) -> Wrong | None:
    """What is wrong with a part of requests that is no fact, each distinct value looked at once."""
    coded = column.coded()
    found = [() if value is None else tuple(faults_of(value)) for value in coded.values]
    return _wrong(coded, {place: faults for place, faults in enumerate(found) if faults})


def is_short(column: Any) -> bool:
    """Whether a column holds texts alone, none of them too long, so that no text can be at fault."""
    longest = getattr(column, "longest", None)
    return longest is not None and longest() <= CLEAN_TEXT_LIMIT


def place(name: str) -> tuple[str, ...]:
    """The steps to a value in a request, from the name of its column."""
    group, _, rest = name.partition(".")
    if not rest:
        return (group,)
    return (group, "fields", rest[7:]) if rest.startswith("fields.") else (group, rest)


Placed: TypeAlias = Sequence[tuple[Sequence[str], str, Column]]
"""Columns with their places in a request: the steps to the mapping that holds them, and their name there."""


def placed(columns: Columns) -> Placed:
    """Columns with their places."""
    return [(place(name)[:-1], place(name)[-1], column) for name, column in columns.items()]


def nested(columns: Placed, row: int) -> dict[str, Any]:
    """What the columns say of one row, as the parts of a request."""
    request: dict[str, Any] = {}
    for path, last, column in columns:
        value = column.raw(row)
        if value is not None:
            part = request
            for step in path:
                part = part.setdefault(step, {})
            part[last] = value
    return request


def _read_each(name: str, kind: FactType, column: Coded) -> tuple[Known, Wrong | None]:
    values: list[Any] = [None]
    table = np.zeros(len(column.values), np.intp)
    faults: dict[int, tuple[Fault, ...]] = {}
    for i, raw in enumerate(column.values):
        if raw is None:
            continue
        try:
            value = kind.read(raw)
        except Misfit as misfit:
            faults[i] = (Fault(pointer(*place(name)), misfit.message, misfit.nearest),)
        else:
            table[i] = len(values)
            values.append(value)
    return Finite(table[column.codes], values), _wrong(column, faults)


def _wrong(column: Coded, faults: dict[int, tuple[Fault, ...]]) -> Wrong | None:
    if not faults:
        return None
    rows = np.bincount(column.codes, minlength=len(column.values))
    is_wrong = np.zeros(len(column.values), np.bool_)
    is_wrong[list(faults)] = True
    told = [(fault, int(rows[i])) for i, found in faults.items() for fault in found if rows[i]]
    flags = is_wrong[column.codes]
    return Wrong(flags, told) if flags.any() else None


def _bounds(kind: FactType, column: Column) -> tuple[Any, Any] | None:
    """What an array may hold for its type; None for columns that are read value by value."""
    match kind, column:
        case Instant(), Instants():
            return FIRST_INSTANT, LAST_INSTANT
        case Duration(), Durations():
            return 0, LONGEST_DURATION
        case Number(), Numbers() if _is_exact(column.values, column.present):
            low = -_EXACT if kind.at_least is None else kind.at_least
            high = _EXACT if kind.at_most is None else kind.at_most
            return low, high
    return None


def _is_exact(values: npt.NDArray[Any], present: Flags | None) -> bool:
    """Whether numbers are small enough that comparing them as floats is exact."""
    some = values if present is None else values[present]
    if values.dtype == np.float64:
        some = some[np.isfinite(some)]
    return not len(some) or bool(some.min() >= -_EXACT and some.max() <= _EXACT)


def _whole(values: npt.NDArray[Any], kind: FactType, present: Flags) -> npt.NDArray[Any]:
    if isinstance(kind, Number) and not kind.whole:
        return values
    return values if values.dtype == np.int64 else np.where(present, values, 0).astype(np.int64)
