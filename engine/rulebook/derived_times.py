"""Derived facts of time: calendars that are open, time that has passed, what a wall clock shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from ..calendars import load_zone
from ..diagnostics import Path
from ..facts import Closed, Duration, FactType, Truth
from .derivation import Case, calendar_in, zone_in
from .reader import Reader

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Open:
    """Whether a calendar is open."""

    key: ClassVar[str] = "open"
    calendar: str
    instant: str

    @classmethod
    def read(cls, body: Mapping[str, Any], path: Path, reader: Reader) -> Self:
        """From `{open: CALENDAR, at: INSTANT}`."""
        return cls(calendar_in(body, "open", path, reader), body.get("at", "at"))

    @property
    def type(self) -> FactType:
        """Truth."""
        return Truth()

    @property
    def needs(self) -> tuple[str, ...]:
        """The instant."""
        return (self.instant,)

    def work_out(self, case: Case) -> bool | None:
        """True from an opening up to its closing, not at it."""
        instant = case.value(self.instant)
        return None if instant is None else case.calendar(self.calendar).is_open(instant)


@dataclass(frozen=True, slots=True)
class Elapsed:
    """A calendar's time between two instants."""

    key: ClassVar[str] = "elapsed"
    start: str
    end: str
    calendar: str
    less_waits: bool

    @classmethod
    def read(cls, body: Mapping[str, Any], path: Path, reader: Reader) -> Self:
        """From `{elapsed: INSTANT, until: INSTANT, calendar: CALENDAR, less_waits: true}`."""
        calendar = calendar_in(body, "calendar", path, reader)
        return cls(body["elapsed"], body.get("until", "at"), calendar, body.get("less_waits", False))

    @property
    def type(self) -> FactType:
        """Duration."""
        return Duration()

    @property
    def needs(self) -> tuple[str, ...]:
        """Both instants."""
        return (self.start, self.end)

    def work_out(self, case: Case) -> int | None:
        """Microseconds; what an end before the start counts, the clock's `backwards` says."""
        start, end = case.value(self.start), case.value(self.end)
        if start is None or end is None:
            return None
        calendar = case.calendar(self.calendar)
        elapsed = calendar.elapsed(start, end, case.conventions)
        return elapsed - case.waited(start, end, calendar) if self.less_waits else elapsed


@dataclass(frozen=True, slots=True)
class _Local:
    """What a wall clock shows."""

    key: ClassVar[str]
    instant: str
    zone: str

    @classmethod
    def read(cls, body: Mapping[str, Any], path: Path, reader: Reader) -> Self:
        """From `{weekday: INSTANT, zone: ZONE}` or `{time_of_day: INSTANT, zone: ZONE}`."""
        return cls(body[cls.key], zone_in(body, path, reader))

    @property
    def needs(self) -> tuple[str, ...]:
        """The instant."""
        return (self.instant,)

    def local(self, case: Case) -> datetime | None:
        """The instant as the wall clock of the zone shows it."""
        instant = case.value(self.instant)
        return None if instant is None else local_time(instant, self.zone)


def local_time(instant: int, name: str) -> datetime:
    """An instant on the wall clock of a zone, without its offset."""
    there = load_zone(name)
    moment = datetime(1970, 1, 1, tzinfo=there).replace(tzinfo=None) + timedelta(microseconds=instant)
    return there.fromutc(moment.replace(tzinfo=there)).replace(tzinfo=None)


class Weekday(_Local):
    """The day of the week."""

    key = "weekday"

    @property
    def type(self) -> FactType:
        """Monday to Sunday, in this order."""
        return Closed(DAYS, ordered=True)

    def work_out(self, case: Case) -> str | None:
        """The local day."""
        local = self.local(case)
        return None if local is None else DAYS[local.weekday()]


class TimeOfDay(_Local):
    """The time of day."""

    key = "time_of_day"

    @property
    def type(self) -> FactType:
        """A duration since midnight by the wall clock."""
        return Duration()

    def work_out(self, case: Case) -> int | None:
        """Microseconds since midnight."""
        local = self.local(case)
        if local is None:
            return None
        return ((local.hour * 60 + local.minute) * 60 + local.second) * 1_000_000 + local.microsecond
