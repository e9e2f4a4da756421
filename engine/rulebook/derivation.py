"""What every derived fact has in common, and how the names in it are read.

`work_out` takes a Case, gets read values (None: absent) and gives a read value or None.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from ..calendars import Calendar, check_zone
from ..diagnostics import Path
from ..facts import FactType
from .courses import PausedBy
from .model import Clock
from .reader import Reader

ALWAYS = "always"
ZONE_HELP = "zones are those of the IANA database, such as `Europe/Moscow`"


class Case(Protocol):
    """What a derived fact may ask of the decision under way."""

    @property
    def at(self) -> int:
        """The decision's instant."""
        ...

    @property
    def clock(self) -> Clock:
        """The rulebook's conventions of time."""
        ...

    def value(self, fact: str) -> Any:
        """A fact's read value, or None."""
        ...

    def calendar(self, name: str) -> Calendar:
        """A calendar by name."""
        ...

    def paused(self, start: int, end: int, calendar: Calendar, by: PausedBy) -> int:
        """How much of a calendar's time between two instants does not count."""
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


def names_in(raw: Any) -> tuple[str, ...]:
    """One name or a list of them."""
    return tuple(raw) if isinstance(raw, list) else (raw,)


def calendar_in(body: Mapping[str, Any], key: str, path: Path, reader: Reader) -> str:
    """The calendar named under a key; left out: the one that never closes."""
    name = body.get(key, ALWAYS)
    reader.check_calendar(name, (*path, key))
    return str(name)


def zone_in(body: Mapping[str, Any], path: Path, reader: Reader) -> str:
    """The zone of a derived fact."""
    try:
        check_zone(body["zone"])
    except ValueError as error:
        reader.fault("unknown-zone", str(error), (*path, "zone"), help=ZONE_HELP)
    return str(body["zone"])
