"""The years of a calendar that have been worked out so far. A window never changes; growing it makes a new one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from .days import Timetable, wall_openings
from .horizon import FIRST_INSTANT, LAST_INSTANT, new_year, year_of
from .ledger import Ledger, joined, ledger
from .spans import Span
from .wall_clock import WallClock

HORIZON_END: Final = LAST_INSTANT + 1


@dataclass(frozen=True, slots=True)
class Window:
    """All openings of the local years ``first_year`` to ``last_year``, in instants and in wall readings.

    Answers hold for instants from ``low`` to before ``high``, and for wall readings before ``wall_high``; an opening
    that ends at a ``high`` may really go on.
    """

    first_year: int
    last_year: int
    low: int
    high: int
    wall_high: int
    instants: Ledger
    wall: Ledger

    @property
    def complete(self) -> bool:
        """Whether the window reaches the horizon's end, so that growing it later on would change nothing."""
        return self.high > HORIZON_END


_EMPTY: Final = ledger(())
NOTHING_KNOWN: Final = Window(0, -1, HORIZON_END + 1, FIRST_INSTANT, FIRST_INSTANT, _EMPTY, _EMPTY)
"""A window that covers no instant."""


def window_around(known: Window, table: Timetable, clock: WallClock, first: int, last: int) -> Window:
    """``known`` grown to cover the instants from ``first`` to ``last``, both from FIRST_INSTANT to HORIZON_END."""
    return _grown(known, table, clock, year_of(clock.reading(first)), year_of(clock.reading(last)))


def window_beyond(known: Window, table: Timetable, clock: WallClock) -> Window:
    """``known`` grown to twice as many years, later ones, as far as the horizon goes."""
    years = known.last_year - known.first_year + 1
    end = year_of(clock.reading(HORIZON_END))
    return _grown(known, table, clock, known.first_year, min(known.last_year + years, end))


def instant_openings(clock: WallClock, openings: list[Span]) -> Iterator[Span]:
    """Wall openings as instants: open when the clock first shows the start, closed when it last reaches the end."""
    for start, end in openings:
        yield clock.first(start), clock.last(end)


def _grown(known: Window, table: Timetable, clock: WallClock, first_year: int, last_year: int) -> Window:
    nothing = known.last_year < known.first_year
    known_first, known_stop = (first_year, first_year) if nothing else (known.first_year, known.last_year + 1)
    first_year, last_year = min(first_year, known_first), max(last_year, known_stop - 1)
    earlier, earlier_wall = _years(table, clock, range(first_year, known_first))
    later, later_wall = _years(table, clock, range(known_stop, last_year + 1))
    return Window(
        first_year,
        last_year,
        max(clock.first(new_year(first_year)), FIRST_INSTANT),
        min(clock.first(new_year(last_year + 1)), HORIZON_END + 1),
        new_year(last_year + 1),
        joined(joined(earlier, known.instants), later),
        joined(joined(earlier_wall, known.wall), later_wall),
    )


def _years(table: Timetable, clock: WallClock, years: range) -> tuple[Ledger, Ledger]:
    openings = [span for year in years for span in wall_openings(table, clock.gaps, year)]
    return ledger(instant_openings(clock, openings)), ledger(openings)
