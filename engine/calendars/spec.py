"""What an author says of a calendar, checked and otherwise untouched. Must not know what it resolves to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from .periods import WEEKDAYS, Periods, check_periods
from .public_days import check_country
from .zones import check_zone

WeekHours: TypeAlias = tuple[Periods, Periods, Periods, Periods, Periods, Periods, Periods]


@dataclass(frozen=True, slots=True)
class CalendarSpec:
    """A business calendar as written. Periods are minutes of the local day (see ``periods``).

    What a date's hours are, the first that applies:

    1. ``special_days``: these hours, whatever the weekday or holiday (no periods: closed);
    2. ``days_off``: closed;
    3. a working day transferred to a weekend in ``country``: ``transferred_hours``, or where they are not given the
       hours of the nearest earlier day of the week that has hours;
    4. a public holiday of ``country`` (and ``subdivision``): closed;
    5. ``hours`` of its weekday, Monday first.

    An overnight opening belongs to the day on which it opens, so a holiday leaves the tail of the night before.
    Openings that overlap or touch are one. ``breaks`` apply last: stretches of that date's wall clock that are closed
    whichever day's opening runs through them; a break past 24:00 reaches into the next day.
    """

    zone: str
    hours: WeekHours
    country: str | None = None
    subdivision: str | None = None
    days_off: frozenset[date] = frozenset()
    special_days: Mapping[date, Periods] = field(default_factory=dict)
    breaks: Mapping[date, Periods] = field(default_factory=dict)
    transferred_hours: Periods | None = None


def check_spec(spec: CalendarSpec) -> None:
    """Raise ValueError for the first fault: an unknown zone, country or subdivision, or an impossible period."""
    check_zone(spec.zone)
    if spec.country is not None:
        check_country(spec.country, spec.subdivision)
    elif spec.subdivision is not None:
        raise ValueError(f"the subdivision `{spec.subdivision}` needs a country")
    if len(spec.hours) != len(WEEKDAYS):
        raise ValueError(f"hours are given for 7 days of the week; found {len(spec.hours)}")
    for name, periods in zip(WEEKDAYS, spec.hours, strict=True):
        check_periods(periods, f"hours of {name}")
    for day, periods in spec.special_days.items():
        check_periods(periods, f"special day {day}")
    for day, periods in spec.breaks.items():
        check_periods(periods, f"breaks of {day}")
    check_periods(spec.transferred_hours or (), "transferred hours")
