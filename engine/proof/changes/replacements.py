"""A request with a few facts replaced: values that lie in the cells asked for and fit the facts that stay.

What relates several facts (time between instants, sums, equal texts) is tried out over a bounded number of requests;
whoever asks decides them and sees. Knows one space of one side and one decided request.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from itertools import islice, product
from typing import Any, Final

from ...calendars import ALWAYS, Calendar
from ...facts import (
    FIRST_INSTANT,
    LAST_INSTANT,
    Closed,
    Duration,
    FactType,
    Instant,
    Number,
    SetOf,
    Text,
)
from ...rulebook import Elapsed, Same, Size, Sum
from ..space import Key, Situation, instants_for, spans_told_apart
from ..values import NOTHING, example, written
from .pins import Pins

_TRIED: Final = 240
"""Requests that are tried for one set of facts."""
_VALUES: Final = 12
"""Values that are tried of one fact."""
_MINUTE: Final = 60_000_000
_DAYS: Final = 4 * 24 * 60 * _MINUTE
_SPARE: Final = ("ana", "bo", "chen")


def replacements(pins: Pins, situation: Situation, free: Sequence[Key]) -> Iterator[tuple[dict[Key, Any], Any]]:
    """Values for some facts that lie in their cells of a situation, each with the request that has them."""
    request = pins.seen.request
    clocks = [key for key in free if key[0] == "at"]
    others = [key for key in free if key[0] != "at"]
    now = pins.seen.case.at
    made = 0
    for at in _moments(pins, situation) if clocks else [now]:
        lists = [_values(pins, situation, key, at) for key in others]
        for values in islice(product(*lists), _TRIED - made):
            made += 1
            found = dict(zip(others, values, strict=True)) | dict.fromkeys(clocks, at)
            yield found, replaced(pins, request, found)
        if made >= _TRIED:
            return


def replaced(pins: Pins, request: Mapping[str, Any], values: Mapping[Key, Any]) -> dict[str, Any]:
    """A copy of a request with some facts replaced by read values; None leaves a fact out."""
    return replaced_in(request, {key[0]: written(pins.space.kinds[key] or Instant(), v) for key, v in values.items()})


def replaced_in(request: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a request with some facts replaced by values as requests write them; None leaves a fact out."""
    found = deepcopy(dict(request))
    for fact, value in values.items():
        _put(found, fact, value)
    return found


def _put(request: dict[str, Any], fact: str, value: Any) -> None:
    *path, name = fact.split(".")
    part = request
    for step in path:
        inner = part.get(step)
        if inner is None:
            if value is None:
                return
            inner = part[step] = {}
        part = inner
    if value is None:
        part.pop(name, None)
    else:
        part[name] = value


def _values(pins: Pins, situation: Situation, key: Key, at: int) -> list[Any]:
    cell, kind = situation.cells[key], pins.space.kinds[key]
    if cell == 0 or kind is None:
        return [None]
    if key in situation.blanks:
        return [" "]
    if isinstance(kind, Instant):
        near = pins.value(key) or at
        found = instants_for(pins.space, key, situation, at, list(spans_told_apart(pins.space)), _TRIED)
        return sorted(found, key=lambda instant: (instant > at, abs(instant - near), instant))[:_TRIED]
    partition = pins.space.variables[key].partition
    pool = [value for value in _pool(pins, situation, key, kind, cell) if value is not NOTHING]
    return [value for value in dict.fromkeys(pool) if _fits(kind, value) and partition.cell(value) == cell][:_VALUES]


def _fits(kind: FactType, value: Any) -> bool:
    if isinstance(kind, Number):
        low, high = kind.at_least, kind.at_most
        return (low is None or value >= low) and (high is None or value <= high)
    if isinstance(kind, Closed):
        return value in kind.values
    return not isinstance(kind, Duration) or value >= 0


def _pool(pins: Pins, situation: Situation, key: Key, kind: FactType, cell: int) -> Iterator[Any]:
    """Values that may do: the value itself, those of facts that it is held against, and a plain example."""
    value = pins.value(key)
    if value is not None:
        yield value
    for derived, needs, partition in _related(pins, key):
        if isinstance(derived, Same):
            yield from (pins.value(need) for need in needs if need != key and pins.value(need) is not None)
        elif isinstance(derived, Sum):
            others = sum(pins.value(need) or 0 for need in needs if need != key)
            step = 1 if isinstance(kind, Number) else _MINUTE
            yield from (p - others + d for p in getattr(partition, "points", ()) for d in (0, step, -step))
        elif isinstance(derived, Size) and isinstance(kind, SetOf):
            members = kind.values or tuple(f"m{n}" for n in range(9))
            yield from (frozenset(members[:n]) for n in range(len(members) + 1))
    yield example(kind, pins.space.variables[key].partition, cell)
    if isinstance(kind, Text):
        yield from _SPARE


def _related(pins: Pins, key: Key) -> Iterator[tuple[Any, list[Key], Any]]:
    """The derived facts that are made of a fact and take more than its cell: what each needs, and its cells."""
    space = pins.space
    for name, derived in space.sides[0].book.rulebook.derived.items():
        needs = [space.key(need, 0) for need in derived.needs]
        own = space.key(name, 0)
        if key in needs and own in space.variables and isinstance(derived, Same | Sum | Size):
            yield derived, needs, space.variables[own].partition


def _moments(pins: Pins, situation: Situation) -> list[int]:
    """Instants at which to decide: the nearest ones that show what the situation asks of it."""
    space, key, now = pins.space, ("at", None), pins.seen.case.at
    looks = space.looks(key)
    wanted = tuple(situation.cells[look] for look, _ in looks)
    found = {now, *space.instants[key].shown.get(wanted, ())}
    calendars = {look.calendar for _, look in looks if look.calendar is not None}
    spans = list(spans_told_apart(space))
    for calendar in calendars | {calendar for calendar, _ in spans}:
        if calendar is not ALWAYS:
            edges = calendar.openings(now - _DAYS, now + _DAYS)
            found.update(edge + step for pair in edges for edge in pair for step in (-_MINUTE, 0))
    found.update(_runs_out(pins, spans))
    fitting = [at for at in found if FIRST_INSTANT <= at <= LAST_INSTANT
               and tuple(look.cell(at) for _, look in looks) == wanted]  # fmt: skip
    return sorted(fitting, key=lambda at: (abs(at - now), at))[: 2 * _VALUES]


def _runs_out(pins: Pins, spans: Sequence[tuple[Calendar, int]]) -> Iterator[int]:
    """When the spans that rules tell apart have passed since the instants that the request states."""
    book = pins.seen.book
    starts = {derived.start for derived in book.rulebook.derived.values() if isinstance(derived, Elapsed)}
    for fact in sorted(starts | {"ticket.created_at"}):
        start = pins.seen.value(fact)
        if isinstance(start, int):
            for calendar, span in spans:
                due = calendar.due(start, max(span, 0), book.rulebook.clock.conventions)
                if due is not None:
                    yield from (due - _MINUTE, due, due + _MINUTE)
