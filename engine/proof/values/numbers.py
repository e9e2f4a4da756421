"""Numbers, durations and instants that a reader takes in easily, between two bounds."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from ...facts import FIRST_INSTANT, LAST_INSTANT, LONGEST_DURATION, Duration, Instant, Number

LARGEST = 2**63 - 1
"""The largest whole number that a request may hold; the smallest is its opposite."""
_SECOND = 1_000_000
_DURATION_UNITS = tuple(_SECOND * s for s in (3600, 1800, 900, 300, 60, 10, 1))
_INSTANT_UNITS = tuple(_SECOND * s for s in (86_400, 3600, 900, 60, 1))
_USUAL_INSTANT = 1_795_424_400 * _SECOND
"""2026-11-23T09:00:00Z, a Monday morning: the instant shown where any will do."""


@dataclass(frozen=True, slots=True)
class Between:
    """What lies between two values, each counted in or not; None is no bound."""

    low: float | None = None
    high: float | None = None
    with_low: bool = False
    with_high: bool = False

    def holds(self, value: float) -> bool:
        """Whether a value lies between them."""
        is_above = self.low is None or value > self.low or (self.with_low and value == self.low)
        return is_above and (self.high is None or value < self.high or (self.with_high and value == self.high))

    def within(self, low: float | None, high: float | None) -> "Between":
        """The part from `low` to `high`, both counted in."""
        found = self
        if low is not None and (found.low is None or low > found.low):
            found = Between(low, found.high, True, found.with_high)
        if high is not None and (found.high is None or high < found.high):
            found = Between(found.low, high, found.with_low, True)
        return found

    def first_whole(self, unit: int = 1) -> int:
        """The first whole multiple of a unit above the lower bound."""
        assert self.low is not None
        count = math.ceil(Fraction(self.low) / unit)
        return count * unit if self.holds_low(count * unit) else (count + 1) * unit

    def last_whole(self, unit: int = 1) -> int:
        """The last whole multiple of a unit below the upper bound."""
        assert self.high is not None
        count = math.floor(Fraction(self.high) / unit)
        is_in = count * unit < self.high or self.with_high
        return count * unit if is_in else (count - 1) * unit

    def holds_low(self, value: float) -> bool:
        """Whether a value lies above the lower bound."""
        return self.low is None or value > self.low or (self.with_low and value == self.low)


def number_between(kind: Number, between: Between) -> int | float | None:
    """The number of a type between two bounds with the fewest digits; None where there is none."""
    bounded = between.within(kind.at_least, kind.at_most).within(-LARGEST, LARGEST)
    whole = _whole_number(bounded)
    if whole is not None or kind.whole:
        return whole
    return _decimal(bounded)


def _whole_number(bounded: Between) -> int | None:
    """The whole number with the fewest digits before its zeros, and of these the smallest."""
    if bounded.holds(0):
        return 0
    tried = (n for e in range(19) for n in (bounded.first_whole(10**e), bounded.last_whole(10**e)) if bounded.holds(n))
    return min(tried, key=lambda n: (len(str(abs(n)).rstrip("0")), abs(n)), default=None)


def _decimal(bounded: Between) -> float | None:
    """The decimal number with the fewest digits, where no whole number lies between the bounds."""
    assert bounded.low is not None
    for digits in range(1, 18):
        unit = Fraction(1, 10**digits)
        count = math.floor(Fraction(bounded.low) / unit)
        for near in (count, count + 1, count + 2):
            value = float(near * unit)
            if bounded.holds(value) and not value.is_integer():
                return value
    value = float(bounded.low)
    while not bounded.holds_low(value):
        value = math.nextafter(value, math.inf)
    return value if bounded.holds(value) else None


def duration_between(between: Between) -> int | None:
    """A length of time between two bounds in microseconds, in whole hours or minutes where one is."""
    bounded = between.within(0, LONGEST_DURATION)
    return next((d for d in _multiples(bounded, _DURATION_UNITS) if d), 0 if bounded.holds(0) else None)


def instant_between(between: Between) -> int | None:
    """An instant between two bounds in microseconds since 1970, at a whole day, hour or minute where one is.

    Where the past is open it is close to the bound that there is.
    """
    if between.low is None and between.high is None:
        return _USUAL_INSTANT
    bounded = between.within(FIRST_INSTANT, LAST_INSTANT)
    if between.low is not None:
        return next(_multiples(bounded, _INSTANT_UNITS), None)
    return next((n for unit in (*_INSTANT_UNITS, 1) if bounded.holds(n := bounded.last_whole(unit))), None)


def _multiples(bounded: Between, units: tuple[int, ...]) -> Iterator[int]:
    return (n for unit in (*units, 1) for n in (bounded.first_whole(unit) or unit,) if bounded.holds(n))


def between_for(kind: Number | Duration | Instant, between: Between) -> int | float | None:
    """A readable value of a type between two bounds; None where there is none."""
    match kind:
        case Number():
            return number_between(kind, between)
        case Duration():
            return duration_between(between)
        case Instant():
            return instant_between(between)
