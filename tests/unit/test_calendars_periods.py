"""The words of an opening: days, times and dates, and what a wrong one is told."""

import re
from datetime import date

import pytest

from engine.calendars import parse_date, parse_days, parse_period, parse_periods


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon", (0,)),
        ("mon-fri", (0, 1, 2, 3, 4)),
        ("sat,sun", (5, 6)),
        ("sun, sat", (5, 6)),
        ("fri-mon", (0, 4, 5, 6)),
        ("mon-sun", (0, 1, 2, 3, 4, 5, 6)),
        ("mon-wed, fri", (0, 1, 2, 4)),
    ],
)
def test_days_of_the_week(text: str, days: tuple[int, ...]) -> None:
    assert parse_days(text) == days


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Mon", "unknown day `Mon`; did you mean `mon`?; the days are mon, tue, wed, thu, fri, sat, sun"),
        ("mon-", "unknown day ``; the days are mon, tue, wed, thu, fri, sat, sun"),
        ("", "unknown day ``; the days are mon, tue, wed, thu, fri, sat, sun"),
        ("mon-wed,tue", "`tue` is named twice in `mon-wed,tue`"),
        ("mon-mon", "`mon-mon` runs from a day to itself; write `mon`"),
    ],
)
def test_days_that_are_wrong(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as fault:
        parse_days(text)
    assert str(fault.value) == message


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("07:00-17:00", (420, 1020)),
        ("00:00-24:00", (0, 1440)),
        ("22:00-06:00", (1320, 1800)),
        ("22:00-24:00", (1320, 1440)),
        ("22:00-00:00", (1320, 1440)),
        ("09:00-08:59", (540, 1979)),
    ],
)
def test_an_opening(text: str, period: tuple[int, int]) -> None:
    assert parse_period(text) == period


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("09:00-09:00", "`09:00-09:00` closes when it opens; for the whole day write `00:00-24:00`"),
        ("00:00-00:00", "`00:00-00:00` closes when it opens; for the whole day write `00:00-24:00`"),
        ("24:00-06:00", "`24:00-06:00` opens at 24:00; write 00:00 of the next day"),
        ("9-17", "`9-17` is not an opening; one is written like `07:00-17:00`"),
        ("09:00\u201317:00", "`09:00\u201317:00` is not an opening; one is written like `07:00-17:00`"),
        ("09:00-17:00\n", "`09:00-17:00\\n` is not an opening; one is written like `07:00-17:00`"),
        ("٠٩:00-17:00", "`٠٩:00-17:00` is not an opening; one is written like `07:00-17:00`"),
        ("09:60-17:00", "`09:60-17:00` names `09:60`, which is no time of day"),
        ("09:00-24:01", "`09:00-24:01` names `24:01`, which is no time of day"),
        ("09:00-25:00", "`09:00-25:00` names `25:00`, which is no time of day"),
    ],
)
def test_an_opening_that_is_wrong(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as fault:
        parse_period(text)
    assert str(fault.value) == message


def test_openings_of_a_day_come_in_order() -> None:
    assert parse_periods("09:00-17:00") == ((540, 1020),)
    assert parse_periods(["13:00-17:00", "09:00-13:00"]) == ((540, 780), (780, 1020))
    assert parse_periods([]) == ()


def test_openings_of_a_day_do_not_overlap() -> None:
    with pytest.raises(ValueError, match=r"^`09:00-13:00` and `12:59-17:00` overlap$"):
        parse_periods(["12:59-17:00", "09:00-13:00"])


def test_a_date() -> None:
    assert parse_date("2026-05-04") == date(2026, 5, 4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2026-5-4", "`2026-5-4` is not a date; one is written like `2026-05-04`"),
        ("20260504", "`20260504` is not a date; one is written like `2026-05-04`"),
        ("2026-02-29", "`2026-02-29` is not a day of any month"),
        ("0000-01-01", "`0000-01-01` is not a day of any month"),
        ("x" * 99, f"`{'x' * 60}…` is not a date; one is written like `2026-05-04`"),
    ],
)
def test_a_date_that_is_wrong(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as fault:
        parse_date(text)
    assert str(fault.value) == message
