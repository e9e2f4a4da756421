"""The days of a replay, in the zone of its mapping, and its hours of the week."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from engine.bulk import Whole, distinct

_QUARTER: Final = 900_000_000
"""Microseconds of a quarter of an hour: no zone in use changes its offset within one."""


class Days:
    """Tells the day and the hour of the week of an instant (microseconds since 1970)."""

    def __init__(self, zone: str | None) -> None:
        """`zone`: an IANA name; None: UTC."""
        self.zone = zone or "UTC"
        place = ZoneInfo(self.zone)

        @lru_cache(maxsize=100_000)
        def local(quarter: int) -> tuple[int, int]:
            told = datetime.fromtimestamp(quarter * 900, UTC).astimezone(place)
            return told.toordinal(), told.weekday() * 24 + told.hour

        self._local = local

    def day(self, micros: int) -> int:
        """The day, counted as `date.toordinal` does; a Monday gives 1 modulo 7."""
        return self._local(micros // _QUARTER)[0]

    def days(self, micros: Whole) -> Whole:
        """The days of many instants."""
        return self._many(micros)[0]

    def hours_of_week(self, micros: Whole) -> Whole:
        """The hours of the week of many instants."""
        return self._many(micros)[1]

    def _many(self, micros: Whole) -> tuple[Whole, Whole]:
        if not len(micros):
            return micros, micros
        quarters = micros // _QUARTER
        first = int(quarters.min())
        found = distinct([((quarters - first).astype(np.intp), int(quarters.max()) - first + 1)], len(micros))
        told = np.array([self._local(quarter) for quarter in quarters[found.examples].tolist()], np.int64)
        return told[found.places, 0], told[found.places, 1]

    def hour_of_week(self, micros: int) -> int:
        """From 0, which is Monday from 00:00 on, to 167."""
        return self._local(micros // _QUARTER)[1]
