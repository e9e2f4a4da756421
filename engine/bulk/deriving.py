"""Derived facts for many requests: each distinct combination of what one needs is worked out once, by the fact itself.

What relates instants is worked out on arrays instead, since instants hardly repeat.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from ..calendars import offset_changes
from ..facts import Closed
from .batch import Batch, cut
from .columns import Coded, Flags, Whole
from .known import Finite, Known, Linear, collapsed
from .tuples import distinct

DAY = 86_400_000_000
SECOND = 1_000_000
_THURSDAY = 3
"""The weekday of 1970-01-01, Monday being 0."""
_LARGEST = 2**56
"""Summands up to this can be added up without leaving 64 bits, as many as a rulebook may name."""


def derive(batch: Batch, name: str, derived: Any) -> None:
    """Work out a derived fact and make it known."""
    work_out = _ON_ARRAYS.get(derived.key)
    found = work_out(batch, derived) if work_out is not None else None
    batch.settle(name, found if found is not None else _each(batch, derived))


def _each(batch: Batch, derived: Any) -> Known:
    """By distinct combinations of what it needs."""
    needs = {need: _told_apart(batch, derived.key, need) for need in derived.needs}
    found = distinct([(need.codes, len(need.values)) for need in needs.values()], batch.count)
    values: list[Any] = [None]
    numbers = np.zeros(len(found.examples), np.intp)
    for i, row in enumerate(found.examples):
        case = batch.case_of({name: need.raw(row) for name, need in needs.items()})
        value = derived.work_out(case)
        if value is not None:
            numbers[i] = len(values)
            values.append(value)
    return Finite(numbers[found.places], values)


def _told_apart(batch: Batch, key: str, need: str) -> Coded:
    """What a derived fact tells apart: of many texts, whether they are there at all."""
    if key in ("missing", "present"):
        return collapsed(batch.known(need), lambda value: not isinstance(value, str) or bool(value.strip()))
    return batch.known(need).coded()


def _instants(batch: Batch, fact: str) -> tuple[Whole, Flags]:
    found = batch.known(fact).numbers()
    assert found is not None  # an instant is a whole number of 64 bits
    return found


def _open(batch: Batch, derived: Any) -> Known:
    at, present = _instants(batch, derived.instant)
    is_open = np.zeros(batch.count, np.intp)
    rows = np.flatnonzero(present)
    is_open[rows] = 1 + batch.rulebook.calendars[derived.calendar].is_open(at[rows])
    return Finite(is_open, (None, False, True))


def _elapsed(batch: Batch, derived: Any) -> Known:
    clock = batch.rulebook.book.rulebook.clock
    (start, has_start), (end, has_end) = _instants(batch, derived.start), _instants(batch, derived.end)
    present = has_start & has_end
    rows = np.flatnonzero(present)
    elapsed = np.zeros(batch.count, np.int64)
    calendar = batch.rulebook.calendars[derived.calendar]
    elapsed[rows] = calendar.elapsed(cut(start[rows], clock), cut(end[rows], clock), clock.conventions)
    by = derived.paused_by
    if by.waits or by.states or by.replies:
        for row in np.flatnonzero(present & batch.has_course).tolist():
            elapsed[row] = derived.work_out(batch.case(row))
            batch.singly[row] = True
    return Linear(elapsed, present)


def _earliest(batch: Batch, derived: Any) -> Known:
    return _extreme(batch, derived, np.minimum)


def _latest(batch: Batch, derived: Any) -> Known:
    return _extreme(batch, derived, np.maximum)


def _extreme(batch: Batch, derived: Any, better: Callable[[Whole, Whole], Whole]) -> Known:
    (best, present), *others = [_instants(batch, fact) for fact in derived.instants]
    for values, there in others:
        best = np.where(present & there, better(best, values), np.where(there, values, best))
        present = present | there
    return Linear(best, present)


def _sum(batch: Batch, derived: Any) -> Known | None:
    total, present = np.zeros(batch.count, np.int64), np.ones(batch.count, np.bool_)
    for fact in derived.facts:
        found = batch.known(fact).numbers()
        if found is None:
            return None
        values, there = found
        if len(values) and (values.min() < -_LARGEST or values.max() > _LARGEST):
            return None
        total, present = total + values, present & there
    return Linear(total, present)


def _weekday(batch: Batch, derived: Any) -> Known:
    local, present = _local(batch, derived)
    kind = derived.type
    assert isinstance(kind, Closed)
    return Finite(np.where(present, 1 + (local // DAY + _THURSDAY) % 7, 0), (None, *kind.values))


def _time_of_day(batch: Batch, derived: Any) -> Known:
    local, present = _local(batch, derived)
    return Linear(local % DAY, present)


def _local(batch: Batch, derived: Any) -> tuple[Whole, Flags]:
    """Instants as the wall clock of a zone shows them."""
    at, present = _instants(batch, derived.instant)
    changes = np.array(offset_changes(derived.zone), np.int64) * SECOND
    stretch = np.maximum(np.searchsorted(changes[:, 0], at, "right") - 1, 0)
    return at + changes[stretch, 1], present


_OnArrays: TypeAlias = Callable[[Batch, Any], Known | None]
_ON_ARRAYS: Mapping[str, _OnArrays] = {
    "open": _open,
    "elapsed": _elapsed,
    "earliest": _earliest,
    "latest": _latest,
    "sum": _sum,
    "weekday": _weekday,
    "time_of_day": _time_of_day,
}
"""How kinds of derived facts are worked out on arrays; None from it: the numbers are not of that sort."""
