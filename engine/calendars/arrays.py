"""A calendar asked about many instants at once: the answers of `Calendar`, to the microsecond, as arrays.

Instants and durations are arrays of 64-bit integers, in microseconds; NEVER stands where a calendar answers None. What
lies past the years at hand (a promise that runs out after the last of them) is asked of the calendar itself, once for
each distinct question. Knows nothing of rules.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from .business import BusinessCalendar
from .calendar import Calendar, RoundTheClock
from .conventions import USUAL, Conventions
from .horizon import DAY, FIRST_INSTANT, LAST_INSTANT
from .ledger import Ledger
from .wall_clock import WallClock
from .window import HORIZON_END

Micros: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]

NEVER: Final = int(np.iinfo(np.int64).min)
"""Stands for None among instants."""
_AHEAD: Final = 366 * DAY
"""How far past the instants of a question its answer usually lies."""


def latest_if_never(at: Micros) -> npt.NDArray[np.uint64]:
    """The same instants in a form in which NEVER is later than all others, for comparisons; not a copy."""
    return at.view(np.uint64)


class ManyInstants:
    """A calendar for arrays. It asks its calendar for years when they are first needed, and keeps them as arrays."""

    def __init__(self, calendar: Calendar) -> None:
        """Take a calendar of any kind; kinds that are not known here are asked instant by instant."""
        self._calendar = calendar
        self._known: _Arrays | None = None

    def is_open(self, at: Micros) -> Flags:
        """Whether the desk is open at each instant."""
        inside = (at >= FIRST_INSTANT) & (at <= LAST_INSTANT)
        arrays = self._arrays(at)
        if arrays is not None:
            return inside & arrays.instants.open_at(at)
        if isinstance(self._calendar, RoundTheClock):
            return inside
        return _one_by_one(self._calendar.is_open, at).astype(np.bool_)

    def next_opening(self, at: Micros) -> Micros:
        """Each instant itself when the desk is open then, else the next opening."""
        return self.since(at, USUAL).opening()

    def due(self, start: Micros, amount: Micros, conventions: Conventions) -> Micros:
        """When these amounts of open time, none of them negative, have run out."""
        return self.since(start, conventions).due(amount)

    def since(self, start: Micros, conventions: Conventions) -> "Since":
        """Time counted from these instants: for several questions about the same ones."""
        return Since(self._calendar, self._arrays(start), start, conventions)

    def elapsed(self, first: Micros, last: Micros, conventions: Conventions) -> Micros:
        """The open time from instant to instant; where the second is the earlier, as the conventions say."""
        arrays = self._arrays(np.concatenate((first, last)))
        if arrays is None and not isinstance(self._calendar, RoundTheClock):
            return _one_by_one(lambda a, b: self._calendar.elapsed(a, b, conventions), first, last)
        first, last = (np.clip(at, FIRST_INSTANT, HORIZON_END) for at in (first, last))
        if arrays is None:
            amount = last - first
        else:
            amount = arrays.passed(last, conventions) - arrays.passed(first, conventions)
        if conventions.backwards == "zero":
            amount = np.maximum(amount, 0)
        return np.abs(amount) if conventions.backwards == "absolute" else amount

    def _arrays(self, at: Micros) -> "_Arrays | None":
        """The openings of the years around these instants; None for calendars that have none, and for no instants."""
        if not at.size or not isinstance(self._calendar, BusinessCalendar):
            return None
        low, high = (min(max(int(bound), FIRST_INSTANT), HORIZON_END) for bound in (at.min(), at.max()))
        if self._known is None or low < self._known.low or high >= self._known.high:
            self._known = _Arrays(self._calendar, low, min(high + _AHEAD, HORIZON_END))
        return self._known


class Since:
    """The time of a calendar from certain instants on."""

    def __init__(self, calendar: Calendar, arrays: "_Arrays | None", start: Micros, conventions: Conventions) -> None:
        self._calendar, self._arrays, self._conventions = calendar, arrays, conventions
        self._given = start
        self._is_late = start > LAST_INSTANT
        self._start: Micros = np.maximum(start, FIRST_INSTANT)
        self._place = None if arrays is None else arrays.instants.place(self._start)

    def opening(self) -> Micros:
        """Each instant itself when the desk is open then, else the next opening."""
        if self._arrays is not None and self._place is not None:
            found = self._arrays.instants.next_opening(self._place)
            unsure = found == NEVER
        elif isinstance(self._calendar, RoundTheClock):
            found, unsure = self._start.copy(), np.zeros(len(self._start), np.bool_)
        else:
            return _one_by_one(self._calendar.next_opening, self._given)
        found[self._is_late | (found > LAST_INSTANT)] = NEVER
        return self._closer(found, unsure & ~self._is_late, self._calendar.next_opening, self._given)

    def due(self, amount: Micros) -> Micros:
        """When these amounts of open time, none of them negative, have run out."""

        def ask(start: int, amount: int) -> int | None:
            return self._calendar.due(start, amount, self._conventions)

        if self._arrays is not None and self._place is not None:
            due = self._arrays.due(self._place, amount, self._conventions)
        elif isinstance(self._calendar, RoundTheClock):
            due = self._start + amount
        else:
            return _one_by_one(ask, self._given, amount)
        beyond = self._is_late | (latest_if_never(due) > LAST_INSTANT)
        if beyond.any():
            due[beyond] = NEVER
            due = self._closer(due, beyond & ~self._is_late & (amount > 0), ask, self._given, amount)
        return self._without_amount(due, amount == 0)

    def elapsed(self, until: Micros) -> Micros:
        """The open time up to other instants, none of which is earlier."""
        if self._arrays is None or self._place is None or not self._arrays.covers(until):
            return ManyInstants(self._calendar).elapsed(self._given, until, self._conventions)
        if self._conventions.daylight_saving == "nominal":
            return self._arrays.passed(until, self._conventions) - self._arrays.passed(self._start, self._conventions)
        return self._arrays.instants.place(until).passed - self._place.passed

    def _without_amount(self, due: Micros, none: Flags) -> Micros:
        """Where there is nothing to count, it is over at once or at the next opening."""
        if none.any():
            at_once = self._conventions.zero_target == "at_once"
            over = np.where(self._is_late, NEVER, self._given) if at_once else self.opening()
            due = np.where(none, over, due)
        return due

    def _closer(self, found: Micros, unsure: Flags, ask: Callable[..., Any], *asked: Micros) -> Micros:
        """What the years at hand do not tell, asked of the calendar."""
        if self._arrays is not None and not self._arrays.is_complete and unsure.any():
            found[unsure] = _one_by_one(ask, *(column[unsure] for column in asked))
        return found


class _Arrays:
    """The years of a business calendar that hold certain instants, and as many more as it happens to know."""

    def __init__(self, calendar: BusinessCalendar, low: int, high: int) -> None:
        window = calendar.window(low, high)
        self.low, self.high, self.is_complete = window.low, window.high, window.complete
        self.instants = _LedgerArrays(window.instants)
        self._wall = _LedgerArrays(window.wall)
        self._wall_high = window.wall_high
        self._clock = _ClockArrays(calendar.clock)

    def covers(self, at: Micros) -> bool:
        """Whether all these instants lie in these years."""
        return not at.size or bool(at.min() >= self.low and at.max() < self.high)

    def passed(self, at: Micros, conventions: Conventions) -> Micros:
        """The open time before each instant of these years."""
        if conventions.daylight_saving == "nominal":
            return self._wall.place(self._clock.reading(at)).passed
        return self.instants.place(at).passed

    def due(self, start: "_Place", amount: Micros, conventions: Conventions) -> Micros:
        """When amounts above zero have run out, as far as these years tell."""
        to_next = conventions.due_lands_on == "next_opening"
        if conventions.daylight_saving != "nominal":
            due = self.instants.due(start, amount, to_next)
            due[due >= self.high] = NEVER
            return due
        shows = self._wall.due(self._wall.place(self._clock.reading(start.at)), amount, to_next)
        told = (shows != NEVER) & (shows < self._wall_high)
        return np.where(told, self._clock.first(np.where(told, shows, 0)), NEVER)


class _Place(NamedTuple):
    """Where instants lie among openings: after the beginning of which one, and the open time before them."""

    at: Micros
    opening: npt.NDArray[np.intp]
    passed: Micros


class _LedgerArrays:
    """`Ledger` for arrays. Opening 0 is a closed one before all others: what has not opened yet is in it."""

    def __init__(self, ledger: Ledger) -> None:
        self._starts = np.array((NEVER, *ledger.starts), np.int64)
        self._ends = np.array((NEVER, *ledger.ends), np.int64)
        self._before = np.array((0, *ledger.before), np.int64)
        self._following: Micros = np.append(self._starts[1:], np.int64(NEVER))
        self._behind = self._starts - self._before
        self._total = ledger.total
        self._opened, self._reached = _Steps(ledger.starts), _Steps(ledger.before)

    def place(self, at: Micros) -> _Place:
        opening = self._opened.up_to(at)
        return _Place(at, opening, np.minimum(at, self._ends[opening]) - self._behind[opening])

    def due(self, start: _Place, amount: Micros, to_next: bool) -> Micros:
        target = start.passed + amount
        due = self._behind[self._reached.up_to(target if to_next else target - 1)] + target
        if target.size and target.max() >= self._total:
            due[target > self._total] = NEVER
            due[target == self._total] = NEVER if to_next else self._ends[-1]
        return due

    def open_at(self, at: Micros) -> Flags:
        return at < self._ends[self._opened.up_to(at)]

    def next_opening(self, place: _Place) -> Micros:
        return np.where(place.at < self._ends[place.opening], place.at, self._following[place.opening])


class _Steps:
    """How many of some ascending points lie at or before each value.

    The line is cut into strips no wider than the least gap between points, so that in a strip there is one point at
    most: a table tells the points before it, and one comparison the rest.
    """

    _LONGEST: Final = 1 << 18

    def __init__(self, points: Sequence[int]) -> None:
        self._points = np.array((*points, np.iinfo(np.int64).max), np.int64)
        gaps = np.diff(self._points[:-1])
        least = int(gaps.min()) if len(gaps) else 1
        self._shift = least.bit_length() - 1
        self._first = (points[0] if points else 0) - (1 << self._shift)
        strips = ((points[-1] - self._first) >> self._shift) + 1 if points else 1
        self._table: npt.NDArray[np.intp] | None = None
        if strips <= self._LONGEST:
            edges = self._first + (np.arange(strips, dtype=np.int64) << self._shift)
            self._table = np.searchsorted(self._points[:-1], edges, "right")

    def up_to(self, values: Micros) -> npt.NDArray[np.intp]:
        """The number of points at or before each value."""
        if self._table is None:
            return np.searchsorted(self._points[:-1], values, "right")
        strips = np.clip((values - self._first) >> self._shift, 0, len(self._table) - 1)
        count: npt.NDArray[np.intp] = self._table[strips]
        count += self._points[count] <= values
        return count


class _ClockArrays:
    """`WallClock` for arrays."""

    def __init__(self, clock: WallClock) -> None:
        self._begins, self._offsets, self._passed, self._highs = (
            np.array(column, np.int64) for column in (clock.begins, clock.offsets, clock.passed, clock.highs)
        )

    def reading(self, at: Micros) -> Micros:
        stretch = np.searchsorted(self._begins, at, "right") - 1
        shown: Micros = np.maximum(at + self._offsets[stretch], self._passed[stretch])
        return shown

    def first(self, reading: Micros) -> Micros:
        stretch = np.searchsorted(self._highs, reading, "right")
        at = reading - self._offsets[stretch]
        return np.where(stretch == 0, at, np.maximum(at, self._begins[stretch]))


def _one_by_one(ask: Callable[..., Any], *asked: Micros) -> Micros:
    """Each distinct question once."""
    if not asked[0].size:
        return np.array([], np.int64)
    questions, places = np.unique(np.stack(asked), axis=1, return_inverse=True)
    answers = [ask(*map(int, question)) for question in questions.T]
    found = np.array([NEVER if answer is None else answer for answer in answers], np.int64)
    return found[places.reshape(-1)]
