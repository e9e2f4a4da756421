"""Calendars with opening hours, holidays and a zone. Must not know how hours are written or days resolved.

Elapsed time is counted along instants, nominal time along the readings of the wall clock (see ``wall_clock``); the
same ledger serves both.
"""

from bisect import bisect_right
from collections.abc import Iterator

from .calendar import Calendar, Json
from .conventions import Conventions
from .days import Timetable, timetable, wall_openings
from .fingerprint import fingerprint
from .horizon import FIRST_INSTANT, FIRST_YEAR, LAST_INSTANT, LAST_YEAR
from .spans import merged, within
from .spec import CalendarSpec, check_spec
from .wall_clock import WallClock, wall_clock
from .window import HORIZON_END, NOTHING_KNOWN, Window, instant_openings, window_around, window_beyond


def build_calendar(spec: CalendarSpec) -> Calendar:
    """The calendar that ``spec`` describes. Raises ValueError, in an author's words, for a spec that cannot be."""
    check_spec(spec)
    return BusinessCalendar(timetable(spec), wall_clock(spec.zone))


class BusinessCalendar(Calendar):
    """A calendar that works out its years when they are first asked for, and keeps them.

    What it keeps is replaced as a whole and never changed, so that threads need no lock: at worst two of them work out
    the same years.
    """

    __slots__ = ("_clock", "_opens", "_table", "_window")

    def __init__(self, table: Timetable, clock: WallClock) -> None:
        """Take a checked timetable and the clock of its zone."""
        self._table = table
        self._clock = clock
        self._window = NOTHING_KNOWN
        self._opens: bool | None = None

    @property
    def ever_opens(self) -> bool:
        """Whether there is an opening at all between FIRST_INSTANT and LAST_INSTANT."""
        if self._opens is None:
            self._opens = any(map(self._opens_in, range(FIRST_YEAR - 1, LAST_YEAR + 2)))
        return self._opens

    def is_open(self, at: int) -> bool:
        """Whether the desk is open at an instant: at an opening it is, at a closing it is not."""
        return FIRST_INSTANT <= at <= LAST_INSTANT and self._covering(at, at).instants.open_at(at)

    def next_opening(self, at: int) -> int | None:
        """``at`` itself when the desk is open then, else the instant of the next opening; None when there is none."""
        if at > LAST_INSTANT:
            return None
        at = max(at, FIRST_INSTANT)
        window = self._covering(at, at)
        while (opening := window.instants.next_opening(at)) is None and not window.complete:
            window = self._later(window)
        return opening if opening is not None and opening <= LAST_INSTANT else None

    def openings(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The stretches of open time from ``start`` to ``end`` as (opening, closing), in order, cut at both ends."""
        start, end = max(start, FIRST_INSTANT), min(end, HORIZON_END)
        if start >= end:
            return
        known = self._covering(start, end).instants
        for index in range(max(bisect_right(known.starts, start) - 1, 0), len(known.starts)):
            if known.starts[index] >= end:
                return
            if known.ends[index] > start:
                yield max(known.starts[index], start), min(known.ends[index], end)

    def fingerprint(self, start_year: int, end_year: int) -> Json:
        """The zone's offsets and the public days of these years, as ``fingerprint.fingerprint`` gives them."""
        return fingerprint(self._table, self._clock, start_year, end_year)

    @property
    def clock(self) -> WallClock:
        """The wall clock of its zone."""
        return self._clock

    def window(self, first: int, last: int) -> Window:
        """The openings of all years around two instants from FIRST_INSTANT to HORIZON_END."""
        return self._covering(first, last)

    def _runs_out(self, start: int, amount: int, conventions: Conventions) -> int | None:
        window = self._window
        if not window.low <= start < window.high:
            if start > LAST_INSTANT:
                return None
            start = max(start, FIRST_INSTANT)
            window = self._covering(start, start)
        to_next = conventions.due_lands_on == "next_opening"
        if conventions.daylight_saving == "nominal":
            return self._runs_out_by_the_clock(window, start, amount, to_next)
        while (due := window.instants.due(start, amount, to_next)) is None or due >= window.high:
            if window.complete:
                return None
            window = self._later(window)
        return due if due <= LAST_INSTANT else None

    def _runs_out_by_the_clock(self, window: Window, start: int, amount: int, to_next: bool) -> int | None:
        reading = self._clock.reading(start)
        while (shows := window.wall.due(reading, amount, to_next)) is None or shows >= window.wall_high:
            if window.complete:
                return None
            window = self._later(window)
        due = self._clock.first(shows)
        return due if due <= LAST_INSTANT else None

    def _open_time(self, first: int, last: int, conventions: Conventions) -> int:
        window = self._window
        if first < window.low or last >= window.high:
            first, last = (min(max(at, FIRST_INSTANT), HORIZON_END) for at in (first, last))
            window = self._covering(first, last)
        if conventions.daylight_saving == "nominal":
            reading, passed = self._clock.reading, window.wall.passed
            return passed(reading(last)) - passed(reading(first))
        return window.instants.passed(last) - window.instants.passed(first)

    def _covering(self, first: int, last: int) -> Window:
        window = self._window
        if first < window.low or last >= window.high:
            window = self._window = window_around(window, self._table, self._clock, first, last)
        return window

    def _later(self, window: Window) -> Window:
        self._window = window_beyond(window, self._table, self._clock)
        return self._window

    def _opens_in(self, year: int) -> bool:
        openings = merged(instant_openings(self._clock, wall_openings(self._table, self._clock.gaps, year)))
        return any(within(openings, FIRST_INSTANT, HORIZON_END))
