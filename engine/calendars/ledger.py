"""Openings along one time axis with a running total of open time. Knows nothing of what the axis is.

Answers take two bisections, whatever the number of openings.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from operator import sub

from .spans import Span, merged


@dataclass(frozen=True, slots=True)
class Ledger:
    """Openings from ``starts[i]`` (open) to ``ends[i]`` (closed), apart and in order.

    ``before[i]`` is the open time before opening i, ``total`` that of all.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    before: tuple[int, ...]
    total: int

    def passed(self, at: int) -> int:
        """The open time before ``at``."""
        index = bisect_right(self.starts, at) - 1
        if index < 0:
            return 0
        end = self.ends[index]
        return self.before[index] + (at if at < end else end) - self.starts[index]

    def due(self, start: int, amount: int, to_next: bool) -> int | None:
        """Where ``amount`` (more than 0) of open time from ``start`` runs out, or None when it does not.

        What runs out exactly at a closing is due there, or with ``to_next`` at the opening after it.
        """
        target = self.passed(start) + amount
        if target >= self.total:
            return self.ends[-1] if target == self.total and not to_next else None
        index = (bisect_right if to_next else bisect_left)(self.before, target) - 1
        return self.starts[index] + target - self.before[index]

    def open_at(self, at: int) -> bool:
        """Whether ``at`` lies in an opening; its start does, its end does not."""
        index = bisect_right(self.starts, at) - 1
        return index >= 0 and at < self.ends[index]

    def next_opening(self, at: int) -> int | None:
        """``at`` itself when open, else the next start, or None when there is none."""
        index = bisect_right(self.starts, at)
        if index and at < self.ends[index - 1]:
            return at
        return self.starts[index] if index < len(self.starts) else None


def ledger(spans: Iterable[Span]) -> Ledger:
    """The ledger of spans given in the order of their starts; those that overlap or touch become one opening."""
    openings = merged(spans)
    return _totalled(tuple(start for start, _ in openings), tuple(end for _, end in openings))


def joined(earlier: Ledger, later: Ledger) -> Ledger:
    """Both ledgers' openings in one; none of ``later`` may start before the last of ``earlier`` does.

    Those of ``later`` that overlap or touch that last one become one with it.
    """
    if not earlier.starts:
        return later
    taken = bisect_right(later.starts, earlier.ends[-1])
    end = max(earlier.ends[-1:] + later.ends[:taken])
    return _totalled(earlier.starts + later.starts[taken:], (*earlier.ends[:-1], end, *later.ends[taken:]))


def _totalled(starts: tuple[int, ...], ends: tuple[int, ...]) -> Ledger:
    *before, total = accumulate(map(sub, ends, starts), initial=0)
    return Ledger(starts, ends, tuple(before), total)
