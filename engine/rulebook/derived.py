"""Derived facts: what relates facts to one another or to time, made into a fact that one test can ask about.

Each kind is a class with its type, the facts it needs, how it is read and how it is worked out; KINDS lists them.
`work_out` takes a Case, gets read values (None: absent) and gives a read value or None.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol, Self

from ..calendars import Calendar, Conventions, check_zone, load_zone
from ..diagnostics import Path
from ..facts import Closed, Duration, FactType, Instant, Number, SetOf, Truth
from .reader import Reader

ALWAYS = "always"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Case(Protocol):
    """What a derived fact may ask of the decision under way."""

    @property
    def at(self) -> int:
        """The decision's instant."""
        ...

    @property
    def conventions(self) -> Conventions:
        """The rulebook's conventions of time."""
        ...

    def value(self, fact: str) -> Any:
        """A fact's read value, or None."""
        ...

    def calendar(self, name: str) -> Calendar:
        """A calendar by name."""
        ...

    def waited(self, start: int, end: int, calendar: Calendar) -> int:
        """How much of a calendar's time between two instants the ticket waited for its requester."""
        ...


class Derived(Protocol):
    """A kind of derived fact."""

    key: ClassVar[str]

    @property
    def type(self) -> FactType:
        """The type of its values."""
        ...

    @property
    def needs(self) -> tuple[str, ...]:
        """The facts it is made of."""
        ...

    def work_out(self, case: Case) -> Any:
        """The value, or None when what it needs is absent."""
        ...


def _names(raw: Any) -> tuple[str, ...]:
    return tuple(raw) if isinstance(raw, list) else (raw,)


def _calendar(body: Mapping[str, Any], key: str, path: Path, reader: Reader, calendars: Mapping[str, Any]) -> str:
    name = body.get(key, ALWAYS)
    if name != ALWAYS and name not in calendars:
        reader.unknown("unknown-calendar", "calendar", name, [*calendars, ALWAYS], (*path, key))
    return str(name)


def _zone(body: Mapping[str, Any], path: Path, reader: Reader) -> str:
    try:
        check_zone(body["zone"])
    except ValueError as error:
        reader.fault("unknown-zone", str(error), (*path, "zone"))
    return str(body["zone"])


@dataclass(frozen=True, slots=True)
class Open:
    """Whether a calendar is open."""

    key: ClassVar[str] = "open"
    calendar: str
    instant: str

    @classmethod
    def read(cls, body: Mapping[str, Any], path: Path, reader: Reader, calendars: Mapping[str, Any]) -> Self:
        """From `{open: CALENDAR, at: INSTANT}`."""
        return cls(_calendar(body, "open", path, reader, calendars), body.get("at", "at"))

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
    def read(cls, body: Mapping[str, Any], path: Path, reader: Reader, calendars: Mapping[str, Any]) -> Self:
        """From `{elapsed: INSTANT, until: INSTANT, calendar: CALENDAR, less_waits: true}`."""
        calendar = _calendar(body, "calendar", path, reader, calendars)
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
class Same:
    """Whether two facts hold the same value."""

    key: ClassVar[str] = "same"
    facts: tuple[str, ...]

    @classmethod
    def read(cls, body: Mapping[str, Any], path: Path, reader: Reader, calendars: Mapping[str, Any]) -> Self:
        """From `{same: [FACT, FACT]}`."""
        return cls(_names(body["same"]))

    @property
    def type(self) -> FactType:
        """Truth."""
        return Truth()

    @property
    def needs(self) -> tuple[str, ...]:
        """Both facts."""
        return self.facts

    def work_out(self, case: Case) -> bool | None:
        """True when both are present and equal in type and value."""
        first, second = (case.value(f) for f in self.facts)
        return None if first is None or second is None else type(first) is type(second) and first == second


@dataclass(frozen=True, slots=True)
class _Truths:
    """Truth values joined: the three-valued logic of Kleene."""

    key: ClassVar[str]
    settles: ClassVar[bool]
    facts: tuple[str, ...]

    @classmethod
    def read(cls, body: Mapping[str, Any], path: Path, reader: Reader, calendars: Mapping[str, Any]) -> Self:
        """From `{any: [TRUTH, …]}` or `{all: [TRUTH, …]}`."""
        return cls(_names(body[cls.key]))

    @property
    def type(self) -> FactType:
        """Truth."""
        return Truth()

    @property
    def needs(self) -> tuple[str, ...]:
        """The truths."""
        return self.facts

    def work_out(self, case: Case) -> bool | None:
        """One value settles it; otherwise all must be present."""
        values = [case.value(f) for f in self.facts]
        if self.settles in values:
            return self.settles
        return None if None in values else not self.settles


class AnyOf(_Truths):
    """True when one is."""

    key = "any"
    settles = True


class AllOf(_Truths):
    """True when all are."""

    key = "all"
    settles = False


@dataclass(frozen=True, slots=True)
class _Presence:
    """The names of facts that are absent, or that are not."""

    key: ClassVar[str]
    wanted: ClassVar[bool]
    facts: tuple[str, ...]

    @classmethod
    def read(cls, body: Mapping[str, Any], path: Path, reader: Reader, calendars: Mapping[str, Any]) -> Self:
        """From `{missing: [FACT, …]}` or `{present: [FACT, …]}`."""
        names = _names(body[cls.key])
        short = [n.rsplit(".", 1)[-1] for n in names]
        for i, name in enumerate(short):
            if name in short[:i]:
                reader.fault("repeated-name", f"two of these facts are called `{name}` for short", (*path, cls.key, i))
        return cls(names)

    @property
    def type(self) -> FactType:
        """A set of the facts' last names."""
        return SetOf(tuple(f.rsplit(".", 1)[-1] for f in self.facts))

    @property
    def needs(self) -> tuple[str, ...]:
        """The facts looked for."""
        return self.facts

    def work_out(self, case: Case) -> frozenset[str]:
        """Never absent; a blank text counts as absent."""

        def is_present(fact: str) -> bool:
            value = case.value(fact)
            return bool(value.strip()) if isinstance(value, str) else value is not None

        return frozenset(f.rsplit(".", 1)[-1] for f in self.facts if is_present(f) is self.wanted)


class Missing(_Presence):
    """What is absent."""

    key = "missing"
    wanted = False


class Present(_Presence):
    """What is not absent."""

    key = "present"
    wanted = True


@dataclass(frozen=True, slots=True)
class Size:
    """How many members a set has."""

    key: ClassVar[str] = "size"
    fact: str

    @classmethod
    def read(cls, body: Mapping[str, Any], path: Path, reader: Reader, calendars: Mapping[str, Any]) -> Self:
        """From `{size: SET}`."""
        return cls(body["size"])

    @property
    def type(self) -> FactType:
        """Count."""
        return Number(at_least=0)

    @property
    def needs(self) -> tuple[str, ...]:
        """The set."""
        return (self.fact,)

    def work_out(self, case: Case) -> int | None:
        """The number of members."""
        value = case.value(self.fact)
        return None if value is None else len(value)


@dataclass(frozen=True, slots=True)
class Sum:
    """Numbers or durations added up."""

    key: ClassVar[str] = "sum"
    facts: tuple[str, ...]
    of_durations: bool

    @classmethod
    def read(cls, body: Mapping[str, Any], path: Path, reader: Reader, calendars: Mapping[str, Any]) -> Self:
        """From `{sum: [NUMBER, …]}`."""
        names = _names(body["sum"])
        return cls(names, any(isinstance(reader.facts.get(n), Duration) for n in names))

    @property
    def type(self) -> FactType:
        """A number, or a duration when durations are added."""
        return Duration() if self.of_durations else Number(whole=False)

    @property
    def needs(self) -> tuple[str, ...]:
        """The summands."""
        return self.facts

    def work_out(self, case: Case) -> int | float | None:
        """The sum, when all are present."""
        values = [case.value(f) for f in self.facts]
        return None if None in values else sum(values)


@dataclass(frozen=True, slots=True)
class LookUp:
    """A listed value translated into another."""

    key: ClassVar[str] = "look_up"
    fact: str
    answers: Mapping[str, str]
    otherwise: str | None

    @classmethod
    def read(cls, body: Mapping[str, Any], path: Path, reader: Reader, calendars: Mapping[str, Any]) -> Self:
        """From `{look_up: FACT, in: {value: result, …}, otherwise: result}`."""
        return cls(body["look_up"], dict(sorted(body["in"].items())), body.get("otherwise"))

    @property
    def type(self) -> FactType:
        """The closed list of results."""
        results = [*self.answers.values(), *([self.otherwise] if self.otherwise else [])]
        return Closed(tuple(dict.fromkeys(results)))

    @property
    def needs(self) -> tuple[str, ...]:
        """The fact that is looked up."""
        return (self.fact,)

    def work_out(self, case: Case) -> str | None:
        """The result beside the value; `otherwise` for other values, not for an absent fact."""
        value = case.value(self.fact)
        return None if value is None else self.answers.get(value, self.otherwise)


@dataclass(frozen=True, slots=True)
class _Local:
    """What a wall clock shows."""

    key: ClassVar[str]
    instant: str
    zone: str

    @classmethod
    def read(cls, body: Mapping[str, Any], path: Path, reader: Reader, calendars: Mapping[str, Any]) -> Self:
        """From `{weekday: INSTANT, zone: ZONE}` or `{time_of_day: INSTANT, zone: ZONE}`."""
        return cls(body[cls.key], _zone(body, path, reader))

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


KINDS: tuple[type[Any], ...] = (
    Open, Elapsed, Same, AnyOf, AllOf, Missing, Present, Size, Sum, LookUp, Weekday, TimeOfDay,
)  # fmt: skip
"""Every kind of derived fact; the key that tells them apart stands in `key`."""

ASKS: Mapping[str, tuple[type[Any], ...]] = {
    "open": (Instant,),
    "elapsed": (Instant,),
    "any": (Truth,),
    "all": (Truth,),
    "size": (SetOf,),
    "sum": (Number, Duration),
    "look_up": (Closed,),
    "weekday": (Instant,),
    "time_of_day": (Instant,),
}
"""The types that each kind's facts must have; kinds that are not named take any."""
