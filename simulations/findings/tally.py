"""Counts by day: the shares that are compared, with numerators and denominators of each day, for the bootstrap."""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

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

    def add(self, figure: Figure, day: int, side: int, hit: bool) -> None:
        """Count one more in the denominator of a side (0 or 1), and in its numerator if it is a hit."""
        days = self.figures.setdefault(figure, {})
        sums = days.get(day)
        if sums is None:
            sums = days[day] = [0, 0, 0, 0]
        sums[2 * side] += hit
        sums[2 * side + 1] += 1
