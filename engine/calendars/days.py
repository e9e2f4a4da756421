"""From a calendar as written to its openings on the wall clock, year by year. Must not know instants.

Openings are spans of wall readings in microseconds (see ``wall_clock``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from .horizon import DAY, MINUTE, midnight, new_year
from .periods import Periods
from .public_days import NO_PUBLIC_DAYS, PublicDays, public_days
from .spans import Span, merged, within, without
from .spec import CalendarSpec

_MONDAY = date(1970, 1, 5).toordinal()


@dataclass(frozen=True, slots=True)
class Timetable:
    """A calendar's hours, ready to look up. Dates are ordinals; both tuples have one entry a weekday, Monday first."""

    hours: tuple[Periods, ...]
    transferred: tuple[Periods, ...]
    fixed: dict[int, Periods]
    breaks: dict[int, Periods]
    country: str | None
    subdivision: str | None


def timetable(spec: CalendarSpec) -> Timetable:
    """The look-up form of ``spec``, which later changes to its mappings do not reach."""
    fixed: dict[int, Periods] = {day.toordinal(): () for day in spec.days_off}
    fixed.update((day.toordinal(), tuple(periods)) for day, periods in spec.special_days.items())
    return Timetable(
        hours=tuple(tuple(sorted(periods)) for periods in spec.hours),
        transferred=tuple(_transferred_hours(spec, weekday) for weekday in range(7)),
        fixed=fixed,
        breaks={day.toordinal(): tuple(periods) for day, periods in spec.breaks.items()},
        country=spec.country,
        subdivision=spec.subdivision,
    )


def wall_openings(table: Timetable, gaps: Sequence[Span], year: int) -> list[Span]:
    """The openings of ``year``, merged and cut at its two ends; an opening that runs over New Year comes in two parts.

    ``gaps`` are the wall readings that the zone skips: a date that lies in one whole never happens, nor does an
    opening (or what breaks leave of it).
    """
    first, after = date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()
    days = range(first - 1, after)  # the evening before may run into the year
    gaps = [gap for gap in gaps if midnight(first - 1) < gap[1] and gap[0] < midnight(after + 1)]
    spans = merged(sorted(_openings(table, days, gaps)))
    holes = [_span(day, period) for day in days if day in table.breaks for period in table.breaks[day]]
    if holes:
        spans = list(without(spans, merged(sorted(holes))))
    seen = [span for span in spans if not _skipped(span, gaps)] if gaps else spans
    return list(within(seen, new_year(year), new_year(year + 1)))


def holidays_of(table: Timetable, year: int) -> PublicDays:
    """The public holidays and transferred working days of ``year`` that the calendar keeps."""
    if table.country is None:
        return NO_PUBLIC_DAYS
    return public_days(table.country, table.subdivision, year)


def _openings(table: Timetable, days: range, gaps: Sequence[Span]) -> Iterator[Span]:
    missing = [gap for gap in gaps if gap[1] - gap[0] >= DAY]
    public = holidays_of(table, date.fromordinal(days[0]).year)
    new_year_day = days[1]
    for day in days:
        if day == new_year_day:
            public = holidays_of(table, date.fromordinal(day).year)
        periods = _periods(table, public, day)
        if periods and not (missing and _skipped((midnight(day), midnight(day + 1)), missing)):
            for period in periods:
                yield _span(day, period)


def _periods(table: Timetable, public: PublicDays, day: int) -> Periods:
    if day in table.fixed:
        return table.fixed[day]
    weekday = (day - _MONDAY) % 7
    if day in public.working:
        return table.transferred[weekday]
    return () if day in public.holidays else table.hours[weekday]


def _transferred_hours(spec: CalendarSpec, weekday: int) -> Periods:
    if spec.transferred_hours is not None:
        return tuple(spec.transferred_hours)
    earlier = (spec.hours[(weekday - back) % 7] for back in range(1, 8))
    return next((tuple(periods) for periods in earlier if periods), ())


def _span(day: int, period: tuple[int, int]) -> Span:
    start = midnight(day)
    return start + period[0] * MINUTE, start + period[1] * MINUTE


def _skipped(span: Span, gaps: Sequence[Span]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in gaps)
