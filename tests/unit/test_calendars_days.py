"""What a date's hours are: weekday hours, holidays, transferred days, days off, special days, breaks, shifts."""

import re
import warnings
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from engine.calendars import (
    Calendar,
    CalendarSpec,
    WeekHours,
    build_calendar,
    check_country,
    parse_days,
    parse_periods,
)

CLOSED: WeekHours = ((),) * 7


def week(hours: Mapping[str, str | list[str]]) -> WeekHours:
    by_day = {day: parse_periods(openings) for days, openings in hours.items() for day in parse_days(days)}
    return tuple(by_day.get(day, ()) for day in range(7))  # type: ignore[return-value]


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def shown(calendar: Calendar, start: str, end: str) -> list[str]:
    def text(at: int) -> str:
        return datetime.fromtimestamp(at / 1_000_000, UTC).strftime("%m-%dT%H:%M")

    return [f"{text(opens)} {text(closes)}" for opens, closes in calendar.openings(utc(start), utc(end))]


OFFICE = CalendarSpec(zone="UTC", hours=week({"mon-fri": "09:00-17:00"}))
MOSCOW = CalendarSpec(zone="Europe/Moscow", hours=week({"mon-fri": "07:00-17:00"}), country="RU")


def test_weekday_hours() -> None:
    calendar = build_calendar(OFFICE)
    assert shown(calendar, "2026-05-08T00:00", "2026-05-12T00:00") == [
        "05-08T09:00 05-08T17:00",
        "05-11T09:00 05-11T17:00",
    ]


def test_openings_are_cut_at_both_ends() -> None:
    calendar = build_calendar(OFFICE)
    assert shown(calendar, "2026-05-08T10:00", "2026-05-08T11:00") == ["05-08T10:00 05-08T11:00"]
    assert shown(calendar, "2026-05-08T17:00", "2026-05-11T09:00") == []
    assert shown(calendar, "2026-05-08T11:00", "2026-05-08T10:00") == []


def test_public_holidays_are_closed_and_transferred_days_open() -> None:
    calendar = build_calendar(MOSCOW)
    assert shown(calendar, "2024-04-26T00:00", "2024-05-04T00:00") == [
        "04-26T04:00 04-26T14:00",
        "04-27T04:00 04-27T14:00",  # a Saturday, worked for Monday 29 April
        "05-02T04:00 05-02T14:00",
        "05-03T04:00 05-03T14:00",
    ]


@pytest.mark.parametrize("day", ["2024-04-27", "2024-11-02", "2024-12-28", "2025-11-01"])
def test_working_saturdays_of_russia(day: str) -> None:
    assert build_calendar(MOSCOW).is_open(utc(f"{day}T09:00"))


def test_a_saturday_is_not_worked_as_a_rule() -> None:
    assert not build_calendar(MOSCOW).is_open(utc("2024-04-20T09:00"))


def test_transferred_days_have_their_own_hours_when_given() -> None:
    calendar = build_calendar(replace(MOSCOW, transferred_hours=parse_periods("10:00-14:00")))
    assert shown(calendar, "2024-04-27T00:00", "2024-04-28T00:00") == ["04-27T07:00 04-27T11:00"]


def test_transferred_days_take_the_hours_of_the_nearest_earlier_day_with_hours() -> None:
    hours = week({"mon": "08:00-12:00", "wed": "09:00-15:00", "sat": "10:00-11:00"})
    calendar = build_calendar(replace(MOSCOW, hours=hours))
    assert shown(calendar, "2024-04-27T00:00", "2024-04-28T00:00") == ["04-27T06:00 04-27T12:00"]


def test_a_week_without_hours_stays_closed_on_transferred_days() -> None:
    assert not build_calendar(replace(MOSCOW, hours=CLOSED)).ever_opens


def test_precedence_of_exceptions() -> None:
    saturday, holiday = date(2024, 4, 27), date(2024, 5, 1)
    calendar = build_calendar(
        replace(
            MOSCOW,
            zone="UTC",
            days_off=frozenset({saturday, holiday, date(2024, 5, 2)}),
            special_days={holiday: parse_periods("12:00-13:00"), date(2024, 5, 3): ()},
        )
    )
    assert shown(calendar, "2024-04-27T00:00", "2024-05-04T00:00") == ["05-01T12:00 05-01T13:00"]


def test_subdivisions_have_holidays_of_their_own() -> None:
    bavaria = CalendarSpec(zone="Europe/Berlin", hours=week({"mon-fri": "09:00-17:00"}), country="DE", subdivision="BY")
    epiphany = utc("2025-01-06T10:00")
    assert not build_calendar(bavaria).is_open(epiphany)
    assert build_calendar(replace(bavaria, subdivision="BE")).is_open(epiphany)


def test_an_overnight_shift_belongs_to_the_day_on_which_it_starts() -> None:
    nights = CalendarSpec(
        zone="UTC",
        hours=week({"mon-sun": "22:00-06:00"}),
        days_off=frozenset({date(2026, 5, 5)}),
    )
    assert shown(build_calendar(nights), "2026-05-04T12:00", "2026-05-07T00:00") == [
        "05-04T22:00 05-05T06:00",
        "05-06T22:00 05-07T00:00",
    ]


def test_a_shift_that_runs_into_the_next_opening_counts_once() -> None:
    spec = CalendarSpec(zone="UTC", hours=week({"mon": "22:00-08:00", "tue": ["07:00-09:00", "09:00-10:00"]}))
    assert shown(build_calendar(spec), "2026-05-04T00:00", "2026-05-06T00:00") == ["05-04T22:00 05-05T10:00"]


def test_a_shift_over_new_year_is_one_opening() -> None:
    spec = CalendarSpec(zone="UTC", hours=week({"thu": "22:00-06:00"}))
    calendar = build_calendar(spec)
    assert calendar.due(utc("2026-12-31T22:00"), 8 * 3_600_000_000) == utc("2027-01-01T06:00")
    assert shown(calendar, "2026-12-31T00:00", "2027-01-02T00:00") == ["12-31T22:00 01-01T06:00"]


def test_breaks_close_whatever_runs_through_them() -> None:
    spec = CalendarSpec(
        zone="UTC",
        hours=week({"mon-fri": "22:00-06:00"}),
        special_days={date(2026, 5, 6): parse_periods("10:00-12:00")},
        breaks={
            date(2026, 5, 5): parse_periods(["01:00-02:00", "23:30-00:30"]),
            date(2026, 5, 6): parse_periods(["05:00-10:30", "10:45-10:50", "11:30-13:00"]),
        },
    )
    assert shown(build_calendar(spec), "2026-05-04T12:00", "2026-05-07T12:00") == [
        "05-04T22:00 05-05T01:00",
        "05-05T02:00 05-05T06:00",
        "05-05T22:00 05-05T23:30",
        "05-06T00:30 05-06T05:00",
        "05-06T10:30 05-06T10:45",
        "05-06T10:50 05-06T11:30",
    ]


def test_later_changes_to_a_mapping_do_not_reach_the_calendar() -> None:
    special = {date(2026, 5, 4): parse_periods("10:00-12:00")}
    calendar = build_calendar(replace(OFFICE, special_days=special))
    special.clear()
    assert shown(calendar, "2026-05-04T00:00", "2026-05-05T00:00") == ["05-04T10:00 05-04T12:00"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"zone": "Mars/Base"}, "unknown time zone `Mars/Base`"),
        ({"country": "XX"}, "no holidays are known for `XX`; a country is two letters of ISO 3166"),
        ({"subdivision": "BY"}, "the subdivision `BY` needs a country"),
        ({"hours": CLOSED[:6]}, "hours are given for 7 days of the week; found 6"),
        ({"hours": (((600, 600),), *CLOSED[1:])}, "hours of mon: a period opens within its day"),
        (
            {"special_days": {date(2026, 5, 4): ((1440, 1500),)}},
            "special day 2026-05-04: a period opens within its day",
        ),
        ({"breaks": {date(2026, 5, 4): ((0, 1441),)}}, "breaks of 2026-05-04: a period opens within its day"),
        ({"transferred_hours": ((-1, 60),)}, "transferred hours: a period opens within its day"),
    ],
)
def test_a_spec_that_cannot_be(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as fault:
        build_calendar(replace(OFFICE, **change))  # type: ignore[arg-type]
    assert str(fault.value).startswith(message)


def test_known_countries() -> None:
    check_country("RU", None)
    check_country("DE", "BY")


@pytest.mark.parametrize(
    ("country", "subdivision", "message"),
    [
        ("RUS", None, "no holidays are known for `RUS`; a country is two letters of ISO 3166; did you mean"),
        ("de", None, "no holidays are known for `de`; a country is two letters of ISO 3166; did you mean `DE`?"),
        ("DE", "by", "unknown subdivision `by` of `DE`; did you mean `BY`"),
        ("RU", "MOW", "no subdivisions of `RU` are known; found `MOW`"),
    ],
)
def test_unknown_countries(country: str, subdivision: str | None, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as fault:
        check_country(country, subdivision)
    assert str(fault.value).startswith(message)


def test_years_that_a_countrys_holidays_are_not_known_for_pass_without_a_warning() -> None:
    spec = CalendarSpec(zone="Asia/Kolkata", hours=week({"mon-fri": "09:00-17:00"}), country="IN")
    with warnings.catch_warnings(action="error"):
        assert build_calendar(spec).is_open(utc("2060-01-05T06:00"))


def test_fingerprint_holds_what_comes_from_outside() -> None:
    germany = build_calendar(replace(MOSCOW, zone="Europe/Berlin", country="DE"))
    assert germany.fingerprint(2024, 2024) == {
        "offsets": [[1704067200, 3600], [1711846800, 7200], [1729990800, 3600]],
        "holidays": {"2024": [101, 329, 401, 501, 509, 520, 1003, 1225, 1226]},
        "working_days": {},
    }
    found = build_calendar(MOSCOW).fingerprint(2024, 2025)
    assert isinstance(found, dict)
    assert found["offsets"] == [[1704067200, 10800]]
    assert found["working_days"] == {"2024": [427, 1102, 1228], "2025": [1101]}


def test_fingerprint_without_a_country_holds_offsets_only() -> None:
    assert build_calendar(OFFICE).fingerprint(2024, 2069) == {"offsets": [[1704067200, 0]]}


def test_fingerprint_does_not_depend_on_the_name_of_the_zone() -> None:
    old, new = (build_calendar(replace(OFFICE, zone=zone)) for zone in ("Europe/Kiev", "Europe/Kyiv"))
    assert old.fingerprint(1970, 2069) == new.fingerprint(1970, 2069)


@pytest.mark.parametrize("years", [(1969, 2000), (2000, 2070), (2025, 2024)])
def test_fingerprint_of_years_outside_the_horizon(years: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"^years run from 1970 to 2069; found"):
        build_calendar(OFFICE).fingerprint(*years)
