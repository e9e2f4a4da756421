"""Due times and elapsed time: landing, zero targets, going backwards, the horizon, calendars that never open."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest

from engine.calendars import ALWAYS, FIRST_INSTANT, LAST_INSTANT, Calendar, CalendarSpec, Conventions, build_calendar

HOUR = 3_600_000_000
NINE_TO_FIVE = ((540, 1020),)
OFFICE = CalendarSpec(zone="UTC", hours=(NINE_TO_FIVE, NINE_TO_FIVE, NINE_TO_FIVE, NINE_TO_FIVE, NINE_TO_FIVE, (), ()))
DARK = CalendarSpec(zone="UTC", hours=((),) * 7)

LANDS_NEXT = Conventions(due_lands_on="next_opening")
ZERO_NEXT = Conventions(zero_target="next_opening")


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


@pytest.fixture
def office() -> Calendar:
    return build_calendar(OFFICE)


def test_the_horizon() -> None:
    assert utc("1970-01-01T00:00") == FIRST_INSTANT
    assert utc("2070-01-01T00:00") == LAST_INSTANT + 1


def test_due_within_an_opening(office: Calendar) -> None:
    assert office.due(utc("2026-05-04T10:00"), HOUR) == utc("2026-05-04T11:00")
    assert office.due(utc("2026-05-04T10:00") + 1, 1) == utc("2026-05-04T10:00") + 2


def test_due_over_night_and_weekend(office: Calendar) -> None:
    assert office.due(utc("2026-05-08T16:00"), 2 * HOUR) == utc("2026-05-11T10:00")


def test_a_start_out_of_hours_counts_from_the_next_opening(office: Calendar) -> None:
    for start in ("2026-05-08T17:00", "2026-05-09T12:00", "2026-05-11T09:00"):
        assert office.due(utc(start), HOUR) == utc("2026-05-11T10:00")


def test_an_amount_that_runs_out_at_closing(office: Calendar) -> None:
    assert office.due(utc("2026-05-08T09:00"), 8 * HOUR) == utc("2026-05-08T17:00")
    assert office.due(utc("2026-05-08T09:00"), 8 * HOUR, LANDS_NEXT) == utc("2026-05-11T09:00")
    assert office.due(utc("2026-12-31T09:00"), 8 * HOUR) == utc("2026-12-31T17:00")
    assert office.due(utc("2026-12-31T09:00"), 8 * HOUR, LANDS_NEXT) == utc("2027-01-01T09:00")


def test_touching_openings_have_no_closing_between_them() -> None:
    spec = CalendarSpec(zone="UTC", hours=(((540, 720), (720, 1020)), (), (), (), (), (), ()))
    assert build_calendar(spec).due(utc("2026-05-04T09:00"), 3 * HOUR, LANDS_NEXT) == utc("2026-05-04T12:00")


def test_midnight_of_an_open_new_year_is_no_closing() -> None:
    spec = CalendarSpec(zone="UTC", hours=(((0, 1440),),) * 7)
    start = utc("2026-12-31T00:00")
    for conventions in (Conventions(), LANDS_NEXT):
        assert build_calendar(spec).due(start, 24 * HOUR, conventions) == utc("2027-01-01T00:00")


def test_zero_amounts(office: Calendar) -> None:
    closed, opened = utc("2026-05-09T12:00"), utc("2026-05-08T12:00")
    assert office.due(closed, 0) == closed
    assert office.due(closed, 0, ZERO_NEXT) == utc("2026-05-11T09:00")
    assert office.due(opened, 0) == office.due(opened, 0, ZERO_NEXT) == opened
    assert office.due(utc("2026-05-08T17:00"), 0, ZERO_NEXT) == utc("2026-05-11T09:00")


@pytest.mark.parametrize("calendar", [build_calendar(OFFICE), ALWAYS])
def test_negative_amounts_are_refused(calendar: Calendar) -> None:
    with pytest.raises(ValueError, match=r"^an amount of time to count is not negative; found -1 microseconds$"):
        calendar.due(0, -1)


def test_elapsed(office: Calendar) -> None:
    assert office.elapsed(utc("2026-05-08T16:00"), utc("2026-05-11T10:30")) == 2 * HOUR + HOUR // 2
    assert office.elapsed(utc("2026-05-09T00:00"), utc("2026-05-10T23:00")) == 0


@pytest.mark.parametrize("calendar", [build_calendar(OFFICE), ALWAYS])
def test_elapsed_backwards(calendar: Calendar) -> None:
    later, earlier = utc("2026-05-08T12:00"), utc("2026-05-08T10:00")
    assert calendar.elapsed(later, earlier) == -2 * HOUR
    assert calendar.elapsed(later, earlier, Conventions(backwards="absolute")) == 2 * HOUR
    assert calendar.elapsed(later, earlier, Conventions(backwards="zero")) == 0


def test_an_opening_is_open_and_a_closing_is_closed(office: Calendar) -> None:
    assert office.is_open(utc("2026-05-08T09:00"))
    assert not office.is_open(utc("2026-05-08T09:00") - 1)
    assert office.is_open(utc("2026-05-08T17:00") - 1)
    assert not office.is_open(utc("2026-05-08T17:00"))


def test_next_opening(office: Calendar) -> None:
    assert office.next_opening(utc("2026-05-08T09:00")) == utc("2026-05-08T09:00")
    assert office.next_opening(utc("2026-05-08T17:00")) == utc("2026-05-11T09:00")
    assert office.next_opening(utc("2026-12-31T17:00")) == utc("2027-01-01T09:00")


def test_outside_the_horizon_everything_is_closed(office: Calendar) -> None:
    before, after = FIRST_INSTANT - 1, LAST_INSTANT + 1
    for calendar in (office, ALWAYS):
        assert not calendar.is_open(before)
        assert not calendar.is_open(after)
        assert calendar.next_opening(after) is None
        assert calendar.due(after, HOUR) is None
        assert calendar.due(after, 0) is None
        assert calendar.elapsed(before - HOUR, before) == calendar.elapsed(after, after + HOUR) == 0
        assert calendar.elapsed(before, after) == calendar.elapsed(before - HOUR, after + HOUR)
        assert list(calendar.openings(before - HOUR, before)) == list(calendar.openings(after, after + HOUR)) == []
    assert office.next_opening(before) == office.next_opening(FIRST_INSTANT) == utc("1970-01-01T09:00")
    assert office.due(before, HOUR) == utc("1970-01-01T10:00")
    assert ALWAYS.next_opening(before) == FIRST_INSTANT
    assert ALWAYS.due(before, HOUR) == FIRST_INSTANT + HOUR


def test_time_that_does_not_run_out_before_the_horizons_end(office: Calendar) -> None:
    last_day = utc("2069-12-31T09:00")  # a Tuesday
    for nominal in (Conventions(), Conventions(daylight_saving="nominal")):
        assert office.due(last_day, 8 * HOUR, nominal) == utc("2069-12-31T17:00")
        assert office.due(last_day, 8 * HOUR + 1, nominal) is None
    assert office.due(last_day, 8 * HOUR, LANDS_NEXT) is None
    assert office.due(utc("2069-12-31T17:00"), 0, ZERO_NEXT) is None
    assert ALWAYS.due(LAST_INSTANT - 1, 1) == LAST_INSTANT
    assert ALWAYS.due(LAST_INSTANT - 1, 2) is None


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
def test_the_horizon_is_the_same_in_every_zone(zone: str) -> None:
    calendar = build_calendar(CalendarSpec(zone=zone, hours=(((0, 1440),),) * 7))
    for nominal in (Conventions(), Conventions(daylight_saving="nominal")):
        assert calendar.due(LAST_INSTANT - 1, 1, nominal) == LAST_INSTANT
        assert calendar.due(LAST_INSTANT - 1, 2, nominal) is None
    assert list(calendar.openings(FIRST_INSTANT - HOUR, LAST_INSTANT + HOUR)) == [(FIRST_INSTANT, LAST_INSTANT + 1)]
    assert calendar.elapsed(FIRST_INSTANT - HOUR, LAST_INSTANT + HOUR) == LAST_INSTANT + 1 - FIRST_INSTANT


def test_a_calendar_that_never_opens() -> None:
    dark = build_calendar(DARK)
    assert not dark.ever_opens
    assert dark.due(0, 1) is None
    assert dark.due(0, 1, Conventions(daylight_saving="nominal")) is None
    assert dark.due(0, 0, ZERO_NEXT) is None
    assert dark.due(0, 0) == 0
    assert dark.next_opening(0) is None
    assert dark.elapsed(0, LAST_INSTANT) == 0


def test_a_calendar_that_opens_once() -> None:
    spec = CalendarSpec(zone="UTC", hours=DARK.hours, special_days={date(2031, 7, 1): NINE_TO_FIVE})
    once = build_calendar(spec)
    assert once.ever_opens
    assert once.next_opening(utc("2001-01-01T00:00")) == utc("2031-07-01T09:00")
    assert once.due(utc("2001-01-01T00:00"), 8 * HOUR) == utc("2031-07-01T17:00")
    assert once.due(utc("2001-01-01T00:00"), 8 * HOUR, LANDS_NEXT) is None
    assert once.due(utc("2040-01-01T00:00"), 1) is None


def test_a_calendar_that_opens_outside_the_horizon_only() -> None:
    for day in (date(1969, 12, 31), date(2070, 1, 2)):
        spec = CalendarSpec(zone="UTC", hours=DARK.hours, special_days={day: NINE_TO_FIVE})
        assert not build_calendar(spec).ever_opens


def test_always_is_open() -> None:
    assert ALWAYS.ever_opens
    assert ALWAYS.is_open(0)
    assert ALWAYS.due(5, 7, LANDS_NEXT) == 12
    assert ALWAYS.due(5, 0, ZERO_NEXT) == 5
    assert ALWAYS.elapsed(5, 12, Conventions(daylight_saving="nominal")) == 7
    assert list(ALWAYS.openings(5, 12)) == [(5, 12)]
    assert ALWAYS.fingerprint(2020, 2030) == ALWAYS.fingerprint(1970, 2069)


def test_threads_get_the_same_answers(office: Calendar) -> None:
    starts = [utc(f"{year}-03-0{day}T12:00") for year in range(2000, 2040) for day in range(1, 5)]
    expected = [build_calendar(OFFICE).due(start, 9 * HOUR) for start in starts[::40]]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda start: office.due(start, 9 * HOUR), reversed(starts)))
    assert found[::-1][::40] == expected


def test_a_calendar_can_be_sent_to_another_process(office: Calendar) -> None:
    start = utc("2026-05-08T16:00")
    cold = pickle.loads(pickle.dumps(office))
    expected = office.due(start, 2 * HOUR)
    assert cold.due(start, 2 * HOUR) == pickle.loads(pickle.dumps(office)).due(start, 2 * HOUR) == expected


def test_conventions_refuse_unknown_choices() -> None:
    with pytest.raises(ValueError, match=r"^`zero_target` is one of `at_once`, `next_opening`; found `period_end`$"):
        Conventions(zero_target="period_end")  # type: ignore[arg-type]
