"""Business calendars: when a desk is open, when an amount of open time runs out, how much has passed.

Instants are integer microseconds since the Unix epoch (UTC), durations integer microseconds. Nothing here reads the
clock, the environment, the network or the system's zone files; zones come from ``tzdata``, holidays from ``holidays``.
"""

from .business import build_calendar
from .calendar import ALWAYS, Calendar
from .conventions import Conventions
from .horizon import FIRST_INSTANT, LAST_INSTANT
from .periods import Periods, parse_date, parse_days, parse_period, parse_periods
from .public_days import check_country
from .spec import CalendarSpec, WeekHours
from .zones import check_zone, load_zone, offset_changes

__all__ = [
    "ALWAYS",
    "FIRST_INSTANT",
    "LAST_INSTANT",
    "Calendar",
    "CalendarSpec",
    "Conventions",
    "Periods",
    "WeekHours",
    "build_calendar",
    "check_country",
    "check_zone",
    "load_zone",
    "offset_changes",
    "parse_date",
    "parse_days",
    "parse_period",
    "parse_periods",
]
