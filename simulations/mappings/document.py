"""A mapping as values: which column holds what, once its file was found sound.

Knows nothing of YAML, of rulebooks or of how a text becomes a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Value: TypeAlias = str | int | float | bool | None
"""What a fact of a history may hold."""

Kind: TypeAlias = Literal["text", "whole", "decimal", "truth", "instant"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column, and how its texts are read: through a table of values where there is one, else by their kind."""

    name: str
    kind: Kind = "text"
    values: Mapping[str, Value] | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """Where a fact comes from: a column, or one value for every row.

    ``known_from`` is the column of the instant before which the value was not known; ``planned`` marks an instant that
    may lie after the decision.
    """

    name: str
    column: Column | None = None
    constant: Value = None
    planned: bool = False
    known_from: str | None = None


@dataclass(frozen=True, slots=True)
class Instants:
    """How instants are written, the columns of the two that decisions are taken at, and the zone's conventions."""

    format: str
    zone: str | None
    opened: str
    event_at: str | None
    fold: Literal["earlier", "later"] = "earlier"
    gap: Literal["forward", "set_aside"] = "forward"


@dataclass(frozen=True, slots=True)
class Share:
    """A column whose share of one value is told as recorded."""

    column: str
    share_of: str


@dataclass(frozen=True, slots=True)
class HistoryMapping:
    """A whole mapping; ``sha256`` is that of its file, ``expected_*`` the size the history should have."""

    id: str
    sha256: str
    rows: Literal["event", "ticket"]
    absent: tuple[str, ...]
    separator: str
    expected_rows: int | None
    expected_tickets: int | None
    ticket: str
    order: tuple[Column, ...]
    instants: Instants
    facts: tuple[Fact, ...]
    at_opening: Mapping[str, Value]
    recorded: Mapping[str, Column]
    reported: Mapping[str, Share]

    def columns(self) -> frozenset[str]:
        """The names of all columns that it reads."""
        instants = {self.instants.opened, self.instants.event_at}
        facts = {name for fact in self.facts for name in (fact.column.name if fact.column else None, fact.known_from)}
        others = {column.name for column in (*self.order, *self.recorded.values())}
        shares = {share.column for share in self.reported.values()}
        return frozenset(name for name in {self.ticket} | instants | facts | others | shares if name is not None)
