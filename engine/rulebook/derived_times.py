"""Derived facts of time: calendars that are open, time that has passed, what a wall clock shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from ..calendars import load_zone
from ..diagnostics import Path
from ..facts import Closed, Duration, FactType, Instant, Truth
from .courses import PausedBy, read_paused_by
from .derivation import Case, calendar_in, names_in, zone_in
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
    paused_by: PausedBy

    @classmethod
    def read(cls, body: Mapping[str, Any], path: Path, reader: Reader) -> Self:
        """From `{elapsed: INSTANT, until: INSTANT, calendar: CALENDAR, paused_by: [waits, {states: […]}]}`.

        `less_waits: true` says the same as `paused_by: [waits]`.
        """
        calendar = calendar_in(body, "calendar", path, reader)
        if "paused_by" in body and "less_waits" in body:
            reader.fault("clashing-settings", "`paused_by` and `less_waits` both say what does not count",
                         (*path, "less_waits"), key=True, help="leave `less_waits` out")  # fmt: skip
        pauses = read_paused_by(body.get("paused_by", ()), (*path, "paused_by"), reader)
        if body.get("less_waits"):
            pauses = PausedBy(waits=True)
        return cls(body["elapsed"], body.get("until", "at"), calendar, pauses)

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
        start, end = case.clock.cut(start), case.clock.cut(end)
        calendar = case.calendar(self.calendar)
        elapsed = calendar.elapsed(start, end, case.clock.conventions)
        return elapsed - case.paused(start, end, calendar, self.paused_by)


@dataclass(frozen=True, slots=True)
class _OneOf:
    """One of several instants."""

    key: ClassVar[str]
    instants: tuple[str, ...]

    @classmethod
    def read(cls, body: Mapping[str, Any], path: Path, reader: Reader) -> Self:
        """From `{earliest: [INSTANT, …]}` or `{latest: [INSTANT, …]}`."""
        return cls(names_in(body[cls.key]))

    @property
    def type(self) -> FactType:
        """An instant."""
        return Instant()

    @property
    def needs(self) -> tuple[str, ...]:
        """The instants."""
        return self.instants

    def present(self, case: Case) -> list[int]:
        """Those that are stated."""
        return [value for value in map(case.value, self.instants) if value is not None]


class Earliest(_OneOf):
    """The earliest of several instants."""

    key = "earliest"

    def work_out(self, case: Case) -> int | None:
        """Of those that are stated; None when none is."""
        return min(self.present(case), default=None)


class Latest(_OneOf):
    """The latest of several instants."""

    key = "latest"

    def work_out(self, case: Case) -> int | None:
        """Of those that are stated; None when none is."""
        return max(self.present(case), default=None)


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
