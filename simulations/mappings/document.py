"""A mapping as values: which column holds what, once its file was found sound.

Knows nothing of YAML, of rulebooks or of how a text becomes a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from .columns import Column, Value
from .course import Course, ListedMessages, Wait

Rows: TypeAlias = Literal["event", "ticket", "decision"]


@dataclass(frozen=True, slots=True)
class Fact:
    """Where a fact comes from: a column, or one value for every row.

    ``known_from`` is the column of the instant before which the value was not known; ``planned`` marks an instant that
    may lie after the decision; ``carried`` takes the latest value that an event of the ticket stated so far.
    """

    name: str
    column: Column | None = None
    constant: Value = None
    planned: bool = False
    known_from: str | None = None
    carried: bool = False


@dataclass(frozen=True, slots=True)
class Writing:
    """How a column's instants are written: formats of which one must fit, a zone, and the time of mere dates."""

    formats: tuple[str, ...]
    zone: str | None
    date_at: str | None = None


@dataclass(frozen=True, slots=True)
class Instants:
    """How instants are written, the columns of the two that decisions are taken at, and the zone's conventions.

    ``columns`` are written in ways of their own. ``early`` says what becomes of events dated before the opening.
    """

    format: str | tuple[str, ...]
    zone: str | None
    opened: str
    event_at: str | None
    fold: Literal["earlier", "later"] = "earlier"
    gap: Literal["forward", "set_aside"] = "forward"
    date_at: str | None = None
    columns: Mapping[str, Writing] = field(default_factory=dict)
    early: Literal["keep", "set_aside"] = "keep"

    def writing(self, column: str) -> Writing:
        """How the instants of a column are written."""
        usual = (self.format,) if isinstance(self.format, str) else self.format
        return self.columns.get(column) or Writing(usual, self.zone, self.date_at)


@dataclass(frozen=True, slots=True)
class Share:
    """A column whose share of one value is told as recorded."""

    column: str
    share_of: str


@dataclass(frozen=True, slots=True)
class HistoryMapping:
    """A whole mapping; ``sha256`` is that of its file, ``expected_*`` the size the history should have.

    ``joined`` are columns made of others. ``unique`` columns tell events apart: of two that agree in them the second is
    set aside. ``request`` is the column of a whole request as JSON.
    """

    id: str
    sha256: str
    rows: Rows
    absent: tuple[str, ...]
    expected_rows: int | None
    expected_tickets: int | None
    ticket: str
    order: tuple[Column, ...]
    instants: Instants
    facts: tuple[Fact, ...]
    at_opening: Mapping[str, Value]
    recorded: Mapping[str, Column]
    reported: Mapping[str, Share]
    decimal: str = "."
    thousands: str | None = None
    joined: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unique: tuple[str, ...] = ()
    waits: tuple[Wait, ...] = ()
    messages: tuple[ListedMessages, ...] = ()
    course: Course | None = None
    request: Column | None = None

    def columns(self) -> frozenset[str]:
        """The names of all columns of the history that it reads."""
        return self.history_columns(name for name in self._named() if name is not None)

    def history_columns(self, names: Iterable[str]) -> frozenset[str]:
        """The columns of the history that columns are, or are made of."""
        return frozenset(part for name in names for part in self.joined.get(name, (name,)))

    def typed_columns(self) -> frozenset[str]:
        """The columns of which nothing is asked but instants or whole numbers: nobody needs their texts."""
        columns = [fact.column for fact in self.facts if fact.column is not None]
        columns += [*self.order, *self.recorded.values()]
        typed = {column.name for column in columns if column.is_typed}
        typed |= {self.instants.opened, *(fact.known_from for fact in self.facts if fact.known_from is not None)}
        typed |= {self.instants.event_at} if self.instants.event_at is not None else set()
        typed |= {name for wait in self.waits if wait.listed is None for name in wait.columns() if name != wait.total}
        texts = {self.ticket, *self.unique, *(column.name for column in columns if not column.is_typed)}
        texts |= {column.name for fact in self.facts if fact.carried and (column := fact.column) is not None}
        texts |= {share.column for share in self.reported.values()}
        texts |= {name for wait in self.waits for name in (wait.total, wait.listed) if name is not None}
        texts |= {messages.listed for messages in self.messages}
        texts |= {*self.joined, *(part for parts in self.joined.values() for part in parts)}
        texts |= self.course.columns() if self.course is not None else set()
        texts |= {self.request.name} if self.request is not None else set()
        return frozenset(typed - texts)

    def carried(self) -> tuple[Fact, ...]:
        """The facts that hold the latest value stated so far."""
        return tuple(fact for fact in self.facts if fact.carried)

    def _named(self) -> Iterator[str | None]:
        yield from (self.ticket, self.instants.opened, self.instants.event_at, *self.unique)
        for fact in self.facts:
            yield from (fact.column.name if fact.column else None, fact.known_from)
        yield from (column.name for column in (*self.order, *self.recorded.values()))
        yield from (share.column for share in self.reported.values())
        for wait in self.waits:
            yield from wait.columns()
        yield from (messages.listed for messages in self.messages)
        yield from self.course.columns() if self.course is not None else ()
        yield self.request.name if self.request is not None else None
