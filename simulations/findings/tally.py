"""Counts by day: the shares that are compared, with numerators and denominators of each day, for the bootstrap."""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

import numpy as np

from engine.bulk import Flags, Whole

Sums: TypeAlias = list[int]
"""Numerator and denominator of the baseline, then those of the candidate."""
SIDES: Final = ("baseline", "candidate")


class Figure(NamedTuple):
    """A share that both sides have: `breach_rate` with target and level, or `agreement` with a part."""

    kind: str
    name: str
    level: str | None = None


class DayTally:
    """Sums by figure and day; memory grows with figures times days."""

    def __init__(self) -> None:
        self.figures: dict[Figure, dict[int, Sums]] = {}
        self.tickets: dict[int, int] = {}

    def count_ticket(self, day: int) -> None:
        """Count one ticket of this day."""
        self.tickets[day] = self.tickets.get(day, 0) + 1

    def count_tickets(self, days: Whole) -> None:
        """Count a ticket for each of these days."""
        for day, count in zip(*_counted(days), strict=True):
            self.tickets[day] = self.tickets.get(day, 0) + count

    def add_many(self, figure: Figure, days: Whole, side: int, hits: Flags) -> None:
        """Count each of these days once more in the denominator of a side, and in its numerator if it is a hit."""
        if not len(days):
            return
        sums = self.figures.setdefault(figure, {})
        first = int(days.min())
        counts = np.bincount(2 * (days - first) + hits, minlength=2).reshape(-1)
        counts = np.append(counts, 0) if len(counts) % 2 else counts
        for at, (missed, hit) in enumerate(counts.reshape(-1, 2).tolist()):
            if missed or hit:
                told = sums.setdefault(first + at, [0, 0, 0, 0])
                told[2 * side] += hit
                told[2 * side + 1] += hit + missed

    def add(self, figure: Figure, day: int, side: int, hit: bool) -> None:
        """Count one more in the denominator of a side (0 or 1), and in its numerator if it is a hit."""
        days = self.figures.setdefault(figure, {})
        sums = days.get(day)
        if sums is None:
            sums = days[day] = [0, 0, 0, 0]
        sums[2 * side] += hit
        sums[2 * side + 1] += 1


def _counted(days: Whole) -> tuple[list[int], list[int]]:
    found, counts = np.unique(days, return_counts=True)
    return found.tolist(), counts.tolist()
