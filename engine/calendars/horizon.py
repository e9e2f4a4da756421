"""The stretch of time that calendars know, and its units. Knows nothing of zones, days or openings."""

from datetime import date
from typing import Final

MICROSECOND: Final = 1
SECOND: Final = 1_000_000 * MICROSECOND
MINUTE: Final = 60 * SECOND
DAY: Final = 24 * 60 * MINUTE

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2069

_EPOCH: Final = date(1970, 1, 1).toordinal()


def midnight(ordinal: int) -> int:
    """The wall reading of 00:00 on a date: microseconds since 1970-01-01T00:00 on the same clock.

    ``ordinal`` is the date's proleptic Gregorian ordinal (``date.toordinal``).
    """
    return (ordinal - _EPOCH) * DAY


def new_year(year: int) -> int:
    """The wall reading of 00:00 on 1 January of ``year``, in microseconds."""
    return midnight(date(year, 1, 1).toordinal())


def year_of(reading: int) -> int:
    """The year that a wall reading (microseconds) falls in."""
    return date.fromordinal(reading // DAY + _EPOCH).year


FIRST_INSTANT: Final = new_year(FIRST_YEAR)
"""1970-01-01T00:00:00Z in microseconds since the Unix epoch: the first instant that calendars know."""

LAST_INSTANT: Final = new_year(LAST_YEAR + 1) - MICROSECOND
"""2069-12-31T23:59:59.999999Z in microseconds since the Unix epoch: the last instant that calendars know."""
