"""What a calendar resolves to from data outside its spec, in a form to be digested.

It is the same for the same meaning, however the zone files are laid out and whichever release they come from.
"""

from datetime import date

from .calendar import Json
from .days import Timetable, holidays_of
from .horizon import FIRST_YEAR, LAST_YEAR, SECOND, new_year
from .wall_clock import WallClock


def fingerprint(table: Timetable, clock: WallClock, start_year: int, end_year: int) -> Json:
    """The outside data of the years from ``start_year`` to ``end_year``, both included.

    ``offsets``: [instant, offset] in seconds, the first at the beginning of the first year (UTC), then each change;
    ``holidays`` and ``working_days`` (transferred to a weekend), of calendars with a country only: per year with any,
    the days as month * 100 + day, in order. Raises ValueError for years outside the horizon or out of order.
    """
    if not FIRST_YEAR <= start_year <= end_year <= LAST_YEAR:
        raise ValueError(f"years run from {FIRST_YEAR} to {LAST_YEAR}; found {start_year} to {end_year}")
    found: dict[str, Json] = {"offsets": _offsets(clock, start_year, end_year)}
    if table.country is not None:
        days = [(str(year), holidays_of(table, year)) for year in range(start_year, end_year + 1)]
        found["holidays"] = {year: _month_days(public.holidays) for year, public in days if public.holidays}
        found["working_days"] = {year: _month_days(public.working) for year, public in days if public.working}
    return found


def _offsets(clock: WallClock, start_year: int, end_year: int) -> list[Json]:
    start, end = new_year(start_year), new_year(end_year + 1)
    changes = list(zip(clock.begins, clock.offsets, strict=True))
    at_start = [offset for at, offset in changes if at <= start][-1]
    later = [(at, offset) for at, offset in changes if start < at < end]
    return [[at // SECOND, offset // SECOND] for at, offset in [(start, at_start), *later]]


def _month_days(ordinals: frozenset[int]) -> list[Json]:
    days = (date.fromordinal(ordinal) for ordinal in sorted(ordinals))
    return [day.month * 100 + day.day for day in days]
