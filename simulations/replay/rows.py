"""The rows of a batch as values, and what of them could not be read.

Knows the mapping; knows nothing of requests or decisions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import polars as pl

from ..histories import Table
from ..mappings import Column, Fact, HistoryMapping, Instant, Readers


class Misread(NamedTuple):
    """Why a row cannot be decided: the column, the text that stands there, and a reason that fits any such text."""

    column: str
    text: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Source:
    """A fact with its values, a row each, and the instants from which these were known (None: at any time)."""

    fact: Fact
    values: list[Any]
    known_from: list[Instant | None] | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows from number ``start`` on; a position counts from 0 within the batch."""

    start: int
    tickets: list[str | None]
    opened: list[Instant | None]
    event_at: list[Instant | None] | None
    sources: tuple[Source, ...]
    recorded: Mapping[str, list[Any]]
    reported: Mapping[str, list[bool | None]]
    misread: Mapping[int, list[Misread]]

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.tickets)


class RowReader:
    """Reads the rows of a history, batch after batch, and counts the doubtful local times among their instants."""

    def __init__(self, mapping: HistoryMapping, readers: Readers) -> None:
        self._mapping = mapping
        self.readers = readers
        self._done = 0
        self.doubts = {"gap": 0, "fold": 0}

    def read(self, table: Table) -> Batch:
        """The next rows of the history."""
        mapping, start, frame = self._mapping, self._done, table.frame
        self._done += frame.height
        reading = _Reading(frame, self)
        tickets = frame[mapping.ticket].to_list()
        for at in (at for at, ticket in enumerate(tickets) if ticket is None):
            reading.fault(at, Misread(mapping.ticket, None, "no ticket is named"))
        event_at = mapping.instants.event_at
        moments = reading.instants(event_at) if event_at is not None else None
        if moments is not None and mapping.rows == "event":
            for at in (at for at, moment in enumerate(moments) if moment is None):
                reading.fault(at, Misread(str(event_at), None, "no instant of the event"))
        return Batch(
            start,
            tickets,
            reading.instants(mapping.instants.opened),
            moments,
            tuple(reading.source(fact) for fact in mapping.facts),
            {name: reading.values(column) for name, column in mapping.recorded.items()},
            {
                name: [None if text is None else text == share.share_of for text in frame[share.column].to_list()]
                for name, share in mapping.reported.items()
            },
            reading.misread | {at: [Misread("", None, why)] for at, why in table.crooked.items()},
        )


class _Reading:
    """One batch while it is read: each column once, however many facts use it."""

    def __init__(self, frame: pl.DataFrame, owner: RowReader) -> None:
        self._frame = frame
        self._owner = owner
        self._read: dict[tuple[str, str, int | None], list[Any]] = {}
        self.misread: dict[int, list[Misread]] = {}

    def fault(self, at: int, misread: Misread) -> None:
        if not any(known.column == misread.column for known in self.misread.get(at, ())):
            self.misread.setdefault(at, []).append(misread)

    def instants(self, name: str) -> list[Instant | None]:
        return self.values(Column(name, "instant"))

    def source(self, fact: Fact) -> Source:
        if fact.column is None:
            return Source(fact, [fact.constant] * self._frame.height, None)
        known_from = self.instants(fact.known_from) if fact.known_from is not None else None
        return Source(fact, self.values(fact.column), known_from)

    def values(self, column: Column) -> list[Any]:
        use = column.name, column.kind, None if column.values is None else id(column.values)
        if use in self._read:
            return self._read[use]
        texts = self._frame[column.name].to_list()
        values, unread = self._owner.readers.of(column).values(texts)
        for at, reason in unread.items():
            self.fault(at, Misread(column.name, texts[at], reason))
        if column.kind == "instant" and column.values is None:
            for value in values:
                if value is not None and value.doubt is not None:
                    self._owner.doubts[value.doubt] += 1
        self._read[use] = values
        return values
