"""Reading the words of an opening: days of the week, times of day, dates. Knows nothing of zones and holidays.

Times are minutes of the local day. A period is (open, close) with ``0 <= open < 1440`` and
``open < close <= open + 1440``: a close after 1440 lies on the next day, so that an overnight shift stays whole.
"""

import re
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Final

from .wording import did_you_mean, quoted

Period = tuple[int, int]
Periods = tuple[Period, ...]

MINUTES_OF_A_DAY: Final = 24 * 60
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_PERIOD: Final = re.compile(r"([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})")
_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


def parse_days(text: str) -> tuple[int, ...]:
    """The days of the week that ``text`` names, Monday being 0, in the order of the week.

    A day is one of mon, tue, wed, thu, fri, sat, sun; ``a-b`` runs from a through b, past the week's end if need be
    (``fri-mon``); commas join several. Raises ValueError for an unknown day and for one named twice.
    """
    days: list[int] = []
    for part in text.split(","):
        first, dash, last = (word.strip() for word in part.partition("-"))
        start = _weekday(first)
        length = (_weekday(last) - start) % 7 + 1 if dash else 1
        if dash and length == 1:
            raise ValueError(f"{quoted(part.strip())} runs from a day to itself; write {quoted(first)}")
        for day in ((start + step) % 7 for step in range(length)):
            if day in days:
                raise ValueError(f"`{WEEKDAYS[day]}` is named twice in {quoted(text)}")
            days.append(day)
    return tuple(sorted(days))


def parse_period(text: str) -> Period:
    """The opening ``HH:MM-HH:MM`` as (open, close) in minutes of the day on which it opens.

    24:00 may stand as a close. A close at or before the opening lies on the next day: 22:00-06:00 is (1320, 1800).
    Raises ValueError for another form, an impossible time, and an opening that closes at the minute it opens.
    """
    found = _PERIOD.fullmatch(text)
    if found is None:
        raise ValueError(f"{quoted(text)} is not an opening; one is written like `07:00-17:00`")
    open_hour, open_minute, close_hour, close_minute = map(int, found.groups())
    opens = _minutes(open_hour, open_minute, text)
    closes = _minutes(close_hour, close_minute, text)
    if opens == closes:
        raise ValueError(f"{quoted(text)} closes when it opens; for the whole day write `00:00-24:00`")
    if opens == MINUTES_OF_A_DAY:
        raise ValueError(f"{quoted(text)} opens at 24:00; write 00:00 of the next day")
    return opens, closes if closes > opens else closes + MINUTES_OF_A_DAY


def parse_periods(openings: str | Sequence[str]) -> Periods:
    """The openings of one day, one text or several, as periods in the order of the day; none at all is a closed day.

    Openings may touch. Raises ValueError for what ``parse_period`` refuses and for openings that overlap.
    """
    texts = [openings] if isinstance(openings, str) else openings
    found = sorted((parse_period(text), text) for text in texts)
    for (earlier, earlier_text), (later, later_text) in pairwise(found):
        if later[0] < earlier[1]:
            raise ValueError(f"{quoted(earlier_text)} and {quoted(later_text)} overlap")
    return tuple(period for period, _ in found)


def parse_date(text: str) -> date:
    """The date ``YYYY-MM-DD``. Raises ValueError for another form and for a day that no month has."""
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError(f"{quoted(text)} is not a date; one is written like `2026-05-04`")
    year, month, day = map(int, found.groups())
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"{quoted(text)} is not a day of any month") from None


def check_periods(periods: Periods, where: str) -> None:
    """Raise ValueError, naming ``where``, unless each period is as this module's first lines say. They may overlap."""
    for opens, closes in periods:
        if not (0 <= opens < MINUTES_OF_A_DAY and opens < closes <= opens + MINUTES_OF_A_DAY):
            raise ValueError(
                f"{where}: a period opens within its day and lasts at most 24 hours; found {opens}-{closes}"
            )


def _weekday(word: str) -> int:
    if word not in WEEKDAYS:
        raise ValueError(
            f"unknown day {quoted(word)}{did_you_mean(word, WEEKDAYS, 1)}; the days are {', '.join(WEEKDAYS)}"
        )
    return WEEKDAYS.index(word)


def _minutes(hour: int, minute: int, text: str) -> int:
    if minute > 59 or hour * 60 + minute > MINUTES_OF_A_DAY:
        raise ValueError(f"{quoted(text)} names `{hour:02}:{minute:02}`, which is no time of day")
    return hour * 60 + minute
