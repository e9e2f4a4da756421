"""Gaps and folds of the wall clock: where openings open and close, and what elapsed and nominal time make of them."""

from datetime import UTC, date, datetime

import pytest

from engine.calendars import Calendar, CalendarSpec, Conventions, build_calendar, parse_periods

MINUTE = 60_000_000
HOUR = 60 * MINUTE
REAL = Conventions()
NOMINAL = Conventions(daylight_saving="nominal")
NOMINAL_NEXT = Conventions(daylight_saving="nominal", due_lands_on="next_opening")


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def on(zone: str, day: str, *openings: str) -> Calendar:
    """Open on one date only."""
    special = {date.fromisoformat(day): parse_periods(list(openings))}
    return build_calendar(CalendarSpec(zone=zone, hours=((),) * 7, special_days=special))


def daily(zone: str, opening: str) -> Calendar:
    return build_calendar(CalendarSpec(zone=zone, hours=(parse_periods(opening),) * 7))


def opening_of(calendar: Calendar) -> list[tuple[str, str]]:
    around = calendar.openings(utc("2000-01-01T00:00"), utc("2030-01-01T00:00"))
    return [(_text(opens), _text(closes)) for opens, closes in around]


def _text(at: int) -> str:
    return datetime.fromtimestamp(at / 1_000_000, UTC).strftime("%m-%dT%H:%M")


# zone, date, opening, from, to (UTC), nominal minutes
EDGES = [
    # Berlin 2024-03-31: 02:00 is followed by 03:00 at 01:00 UTC
    ("Europe/Berlin", "2024-03-31", "00:00-24:00", "03-30T23:00", "03-31T22:00", 24 * 60),
    ("Europe/Berlin", "2024-03-31", "02:30-10:00", "03-31T01:00", "03-31T08:00", 450),
    ("Europe/Berlin", "2024-03-31", "01:00-02:30", "03-31T00:00", "03-31T01:00", 90),
    ("Europe/Berlin", "2024-03-31", "01:00-02:00", "03-31T00:00", "03-31T01:00", 60),
    ("Europe/Berlin", "2024-03-31", "03:00-04:00", "03-31T01:00", "03-31T02:00", 60),
    # Berlin 2024-10-27: 03:00 is followed by 02:00 at 01:00 UTC
    ("Europe/Berlin", "2024-10-27", "00:00-24:00", "10-26T22:00", "10-27T23:00", 24 * 60),
    ("Europe/Berlin", "2024-10-27", "02:30-10:00", "10-27T00:30", "10-27T09:00", 450),
    ("Europe/Berlin", "2024-10-27", "00:00-02:30", "10-26T22:00", "10-27T01:30", 150),
    ("Europe/Berlin", "2024-10-27", "02:15-02:45", "10-27T00:15", "10-27T01:45", 30),
    ("Europe/Berlin", "2024-10-27", "00:00-02:00", "10-26T22:00", "10-27T00:00", 120),
    ("Europe/Berlin", "2024-10-27", "03:00-04:00", "10-27T02:00", "10-27T03:00", 60),
    # Santiago 2024-09-08: 00:00 is followed by 01:00 at 04:00 UTC
    ("America/Santiago", "2024-09-08", "00:00-24:00", "09-08T04:00", "09-09T03:00", 24 * 60),
    ("America/Santiago", "2024-09-08", "00:30-08:00", "09-08T04:00", "09-08T11:00", 450),
    ("America/Santiago", "2024-09-07", "16:00-24:00", "09-07T20:00", "09-08T04:00", 480),
    ("America/Santiago", "2024-09-07", "22:00-06:00", "09-08T02:00", "09-08T09:00", 480),
    # Santiago 2024-04-06: 24:00 is followed by 23:00 at 03:00 UTC of the 7th
    ("America/Santiago", "2024-04-06", "00:00-24:00", "04-06T03:00", "04-07T04:00", 24 * 60),
    ("America/Santiago", "2024-04-06", "16:00-23:30", "04-06T19:00", "04-07T03:30", 450),
    ("America/Santiago", "2024-04-07", "00:00-08:00", "04-07T04:00", "04-07T12:00", 480),
    # Cairo 2024-04-26: 00:00 is followed by 01:00 at 22:00 UTC of the 25th
    ("Africa/Cairo", "2024-04-26", "00:00-08:00", "04-25T22:00", "04-26T05:00", 480),
    ("Africa/Cairo", "2024-04-25", "20:00-00:30", "04-25T18:00", "04-25T22:00", 270),
    # Cairo 2024-10-31: 24:00 is followed by 23:00 at 21:00 UTC
    ("Africa/Cairo", "2024-10-31", "16:00-24:00", "10-31T13:00", "10-31T22:00", 480),
    # Beirut 2024-03-31: 00:00 is followed by 01:00; 2024-10-26: 24:00 by 23:00
    ("Asia/Beirut", "2024-03-31", "00:00-24:00", "03-30T22:00", "03-31T21:00", 24 * 60),
    ("Asia/Beirut", "2024-10-26", "23:00-24:00", "10-26T20:00", "10-26T22:00", 60),
]


@pytest.mark.parametrize(("zone", "day", "opening", "opens", "closes", "nominal"), EDGES)
def test_openings_at_a_gap_or_fold(zone: str, day: str, opening: str, opens: str, closes: str, nominal: int) -> None:
    calendar = on(zone, day, opening)
    start, end = utc(f"2024-{opens}"), utc(f"2024-{closes}")
    assert opening_of(calendar) == [(opens, closes)]
    assert calendar.elapsed(start - HOUR, end + HOUR, REAL) == end - start
    assert calendar.elapsed(start - 3 * HOUR, end + HOUR, NOMINAL) == nominal * MINUTE
    assert calendar.due(start, end - start, REAL) == end


@pytest.mark.parametrize(
    ("zone", "day", "opening"),
    [
        ("Europe/Berlin", "2024-03-31", "02:15-02:45"),
        ("Europe/Berlin", "2024-03-31", "02:00-03:00"),
        ("Africa/Cairo", "2024-04-26", "00:00-01:00"),
        ("Pacific/Apia", "2011-12-30", "09:00-17:00"),
        ("Pacific/Apia", "2011-12-30", "00:00-24:00"),
    ],
)
def test_an_opening_that_the_clock_skips_whole_never_happens(zone: str, day: str, opening: str) -> None:
    calendar = on(zone, day, opening)
    assert opening_of(calendar) == []
    assert not calendar.ever_opens
    assert calendar.elapsed(utc("2000-01-01T00:00"), utc("2030-01-01T00:00"), NOMINAL) == 0
    assert calendar.due(0, 1, NOMINAL) is None


def test_what_breaks_leave_in_a_gap_never_happens() -> None:
    day = date(2024, 3, 31)
    spec = CalendarSpec(
        zone="Europe/Berlin",
        hours=((),) * 7,
        special_days={day: parse_periods("00:00-12:00")},
        breaks={day: parse_periods(["01:00-02:15", "02:30-04:00"])},
    )
    calendar = build_calendar(spec)
    assert opening_of(calendar) == [("03-30T23:00", "03-31T00:00"), ("03-31T02:00", "03-31T10:00")]
    assert calendar.elapsed(utc("2024-03-30T00:00"), utc("2024-04-01T00:00"), NOMINAL) == 9 * HOUR


def test_a_day_that_a_zone_skipped_does_not_count_round_the_clock() -> None:
    apia = daily("Pacific/Apia", "00:00-24:00")
    before, after = utc("2011-12-29T10:00"), utc("2011-12-31T10:00")  # local 29 and 31 December, 00:00
    assert apia.elapsed(before, after, REAL) == 48 * HOUR
    assert apia.elapsed(before, after, NOMINAL) == 48 * HOUR


@pytest.mark.parametrize(
    ("zone", "midnight", "next_midnight", "real"),
    [
        ("Europe/Berlin", "2024-03-30T23:00", "2024-03-31T22:00", 23),
        ("Europe/Berlin", "2024-10-26T22:00", "2024-10-27T23:00", 25),
        ("Europe/Berlin", "2024-06-01T22:00", "2024-06-02T22:00", 24),
        ("America/Santiago", "2024-04-06T03:00", "2024-04-07T04:00", 25),
    ],
)
def test_a_local_day_has_24_nominal_hours(zone: str, midnight: str, next_midnight: str, real: int) -> None:
    calendar = daily(zone, "00:00-24:00")
    start, end = utc(midnight), utc(next_midnight)
    assert calendar.elapsed(start, end, REAL) == real * HOUR
    assert calendar.elapsed(start, end, NOMINAL) == 24 * HOUR
    assert calendar.due(start, real * HOUR, REAL) == end
    assert calendar.due(start, 24 * HOUR, NOMINAL) == end
    assert calendar.due(start, 24 * HOUR, NOMINAL_NEXT) == end


def test_nominal_time_stands_still_while_the_clock_repeats_an_hour() -> None:
    calendar = daily("Europe/Berlin", "00:00-24:00")
    midnight, fold = utc("2024-10-26T22:00"), utc("2024-10-27T01:00")
    assert calendar.elapsed(midnight, fold - MINUTE, NOMINAL) == 3 * HOUR - MINUTE
    for at in (fold, fold + HOUR // 2, fold + HOUR):
        assert calendar.elapsed(midnight, at, NOMINAL) == 3 * HOUR
    assert calendar.elapsed(midnight, fold + HOUR + MINUTE, NOMINAL) == 3 * HOUR + MINUTE
    # the clock shows 02:59 first before the fold, 03:00 only after it
    assert calendar.due(midnight, 3 * HOUR - MINUTE, NOMINAL) == fold - MINUTE
    assert calendar.due(midnight, 3 * HOUR, NOMINAL) == fold + HOUR
    assert calendar.due(fold + HOUR // 2, HOUR, NOMINAL) == fold + 2 * HOUR


def test_nominal_time_leaps_with_the_clock_over_a_gap() -> None:
    calendar = daily("Europe/Berlin", "00:00-24:00")
    midnight, gap = utc("2024-03-30T23:00"), utc("2024-03-31T01:00")
    assert calendar.elapsed(midnight, gap - MINUTE, NOMINAL) == 2 * HOUR - MINUTE
    assert calendar.elapsed(midnight, gap, NOMINAL) == 3 * HOUR
    for amount in (2 * HOUR, 2 * HOUR + MINUTE, 3 * HOUR):
        assert calendar.due(midnight, amount, NOMINAL) == gap
    assert calendar.due(midnight, 3 * HOUR + MINUTE, NOMINAL) == gap + MINUTE
    assert calendar.due(gap, MINUTE, NOMINAL) == gap + MINUTE


def test_nominal_due_at_a_closing_inside_a_fold_is_the_first_showing() -> None:
    nights = daily("Europe/Berlin", "22:00-02:30")
    start = utc("2024-10-26T20:00")
    assert nights.due(start, 4 * HOUR + HOUR // 2, NOMINAL) == utc("2024-10-27T00:30")
    assert nights.due(start, 4 * HOUR + HOUR // 2, NOMINAL_NEXT) == utc("2024-10-27T21:00")
    assert nights.due(start, 5 * HOUR + HOUR // 2, REAL) == utc("2024-10-27T01:30")


def test_openings_away_from_transitions_are_the_same_in_both_modes() -> None:
    office = daily("Europe/Berlin", "09:00-17:00")
    start, end = utc("2024-03-29T12:00"), utc("2024-04-02T12:00")
    assert office.elapsed(start, end, REAL) == office.elapsed(start, end, NOMINAL)
    assert office.due(start, 30 * HOUR, REAL) == office.due(start, 30 * HOUR, NOMINAL)
