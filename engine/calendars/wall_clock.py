"""A zone's wall clock: from instants to what the clock shows, and back, through gaps and folds.

Instants and wall readings are microseconds; a reading counts from 1970-01-01T00:00 as the clock shows it. In a gap the
clock skips readings, in a fold it repeats them, so neither way back is unique. Two rules settle both cases, and both
are monotone:

- ``first(reading)`` is the first instant at which the clock shows the reading or a later one. Openings open there, and
  nominal dues land there. A skipped reading gives the end of the gap; a repeated one its first showing.
- ``last(reading)`` is the end of the last instant at which the clock shows an earlier one. Openings close there. A
  skipped reading gives the same end of the gap; one inside a repeated stretch its second showing.

Must not know openings.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise

from .horizon import SECOND
from .zones import offset_changes


@dataclass(frozen=True, slots=True)
class WallClock:
    """One zone's clock over the horizon, as stretches of one offset each.

    ``begins``: the instant at which a stretch begins; ``offsets``: local minus UTC during it; ``passed``: the latest
    reading shown before it; ``highs``: the latest reading shown up to its end; ``lows``: the earliest reading shown
    from its beginning on; ``gaps``: the readings that the clock skips for good, as (from, to).
    """

    begins: tuple[int, ...]
    offsets: tuple[int, ...]
    passed: tuple[int, ...]
    highs: tuple[int, ...]
    lows: tuple[int, ...]
    gaps: tuple[tuple[int, int], ...]

    def reading(self, at: int) -> int:
        """The latest reading shown by the instant ``at``, which lies in the horizon: it stands still through a fold."""
        stretch = bisect_right(self.begins, at) - 1
        shown, passed = at + self.offsets[stretch], self.passed[stretch]
        return shown if shown > passed else passed

    def first(self, reading: int) -> int:
        """The first instant at which the clock shows ``reading`` or a later one."""
        stretch = bisect_right(self.highs, reading)
        at = reading - self.offsets[stretch]
        return at if stretch == 0 else max(at, self.begins[stretch])

    def last(self, reading: int) -> int:
        """The first instant from which on the clock shows ``reading`` or a later one for good."""
        stretch = max(bisect_left(self.lows, reading) - 1, 0)
        at = reading - self.offsets[stretch]
        return at if stretch + 1 == len(self.begins) else min(at, self.begins[stretch + 1])


@lru_cache(maxsize=1024)
def wall_clock(zone: str) -> WallClock:
    """The wall clock of the IANA zone ``zone``. Raises ValueError for an unknown name."""
    changes = offset_changes(zone)
    begins = tuple(at * SECOND for at, _ in changes)
    offsets = tuple(offset * SECOND for _, offset in changes)
    shown_first = [at + offset for at, offset in zip(begins, offsets, strict=True)]
    shown_last = [after + offset for (_, after), offset in zip(pairwise(begins), offsets, strict=False)]
    highs = tuple(accumulate(shown_last, max))
    lows = tuple(accumulate(reversed(shown_first), min))[::-1]
    gaps = tuple((high, low) for high, low in zip(highs, lows[1:], strict=True) if high < low)
    return WallClock(begins, offsets, (shown_first[0], *highs), highs, lows, gaps)
