"""What can be true of one instant at once: calendars that are open, weekdays, times of day, limits that rules name.

Calendars, zones and limits cut time into stretches in which nothing of this changes. Going through them gives every
combination that occurs, with instants that show it. Exact over the horizon of calendars (1970 to 2069).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from math import prod
from typing import TypeAlias

from ...calendars import Calendar, offset_changes
from ...facts import FIRST_INSTANT, LAST_INSTANT
from ...rulebook import Open, TimeOfDay, Weekday
from ...tables import Line, Listed

_SECOND = 1_000_000
DAY = 86_400 * _SECOND
SHOWN = 6
"""Instants that are kept to show a combination."""
_AROUND = (-30 * DAY, 430 * DAY)
"""The stretch around an instant that is looked at first."""

Cells: TypeAlias = tuple[int, ...]
Unary: TypeAlias = Open | Weekday | TimeOfDay


@dataclass(frozen=True, slots=True)
class Look:
    """What is asked of an instant: its cell among limits, or that of a derived fact."""

    derived: Unary | None
    """None: the instant's own limits."""
    partition: Line | Listed
    calendar: Calendar | None = None

    def cell(self, at: int) -> int:
        """The cell in which the answer lies."""
        if self.derived is None:
            return self.partition.cell(at)
        return self.partition.cell(self.derived.work_out(_Instant(at, self.calendar)))  # type: ignore[arg-type]

    def cells_within(self, low: int, high: int) -> Callable[[int], int]:
        """The same for many instants of a stretch."""
        if not isinstance(self.derived, Open) or self.calendar is None:
            return self.cell
        edges, found = _edges(self.calendar, low, high), (self.partition.cell(False), self.partition.cell(True))
        return lambda at: found[bisect_right(edges, at) % 2]

    def limits(self, low: int, high: int) -> Iterator[int]:
        """Instants at which the answer may change."""
        if self.derived is None:
            yield from (p + step for p in getattr(self.partition, "points", ()) for step in (0, 1))
        elif isinstance(self.derived, Open):
            assert self.calendar is not None
            yield from _edges(self.calendar, low, high)
        else:
            yield from _wall_limits(self.derived, self.partition, low, high)


@lru_cache(maxsize=16)
def _edges(calendar: Calendar, low: int, high: int) -> tuple[int, ...]:
    """The openings and closings of a calendar in turn."""
    return tuple(chain.from_iterable(calendar.openings(low, high)))


@dataclass(frozen=True, slots=True)
class _Instant:
    """As much of a decision under way as a derived fact of one instant asks for."""

    at: int
    known: Calendar | None

    def value(self, fact: str) -> int:
        """The instant, whatever it is called."""
        return self.at

    def calendar(self, name: str) -> Calendar | None:
        """The one calendar in question."""
        return self.known


def _wall_limits(derived: Weekday | TimeOfDay, partition: Line | Listed, low: int, high: int) -> Iterator[int]:
    """Instants at which a wall clock passes a limit: in each offset that its zone ever has, and where that changes."""
    times: Sequence[int] = (0,)
    if isinstance(derived, TimeOfDay):
        times = (0, *(p + step for p in getattr(partition, "points", ()) for step in (0, 1)))
    changes = [(at * _SECOND, offset * _SECOND) for at, offset in offset_changes(derived.zone)]
    for (begin, offset), end in zip(changes, [*(at for at, _ in changes[1:]), LAST_INSTANT + 1], strict=True):
        first, last = max(begin, low), min(end, high)
        if first >= last:
            continue
        yield first
        for day in range((first + offset) // DAY, (last + offset) // DAY + 1):
            yield from (day * DAY + time - offset for time in times)


@dataclass(frozen=True, slots=True)
class Combinations:
    """The combinations of cells that occur, each with instants that show it."""

    shown: Mapping[Cells, tuple[int, ...]]
    is_whole: bool
    """Whether no other combination occurs at all."""


def combinations(looks: Sequence[Look], around: int, *, whole: bool = False) -> Combinations:
    """What occurs near an instant; with `whole`, over all of the horizon. Nearer instants come first."""
    possible = prod(look.partition.size - 1 for look in looks)
    low, high = max(FIRST_INSTANT, around + _AROUND[0]), min(LAST_INSTANT, around + _AROUND[1])
    shown = _swept(looks, low, high, around)
    if len(shown) == possible:
        return Combinations(shown, is_whole=True)
    if not whole:
        return Combinations(shown, is_whole=False)
    for cells, instants in _swept(looks, FIRST_INSTANT, LAST_INSTANT, around).items():
        shown.setdefault(cells, instants)
    return Combinations(shown, is_whole=True)


def _swept(looks: Sequence[Look], low: int, high: int, around: int) -> dict[Cells, tuple[int, ...]]:
    limits = sorted({low, *(at for look in looks for at in look.limits(low, high) if low <= at <= high)})
    start = bisect_left(limits, around)
    found: dict[Cells, list[int]] = {}
    cell_of = [look.cells_within(low, high) for look in looks]
    for i in [*range(start, len(limits)), *range(start - 1, -1, -1)]:
        at = limits[i]
        cells = tuple([cell(at) for cell in cell_of])
        shown = found.setdefault(cells, [])
        if len(shown) < SHOWN:
            end = limits[i + 1] if i + 1 < len(limits) else high + 1
            shown.append(_readable(at, end))
    return {cells: tuple(shown) for cells, shown in found.items()}


def _readable(at: int, end: int) -> int:
    """An instant from `at` to before `end` on a whole half hour, a minute or a second, where there is one."""
    for unit in (1_800 * _SECOND, 60 * _SECOND, _SECOND):
        rounded = -(-at // unit) * unit
        if unit == 1_800 * _SECOND and rounded == at and at + unit < end:
            return at + unit
        if rounded < end:
            return rounded
    return at
