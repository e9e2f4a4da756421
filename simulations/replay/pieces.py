"""The rows of a history as columns of values, piece by piece, and what of them could not be read.

Says the same as `rows`, without a value of Python's own for each row. Knows nothing of requests or decisions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from engine.bulk import Coded, Flags, Instants
from engine.bulk import Column as Values

from ..histories import Table
from ..mappings import Column, Doubt, Fact, HistoryMapping, Readers, as_text, instant_of, micros_of, read_column
from .courses import Courses, CourseSoFar
from .readings import Misread, Reading
from .row_numbers import RowNumbers
from .rows import Batch, crooked, with_joined
from .spans import Told, spans_of


class SourceColumn(NamedTuple):
    """A fact with its values, and the instants from which these were known (None: at any time)."""

    fact: Fact
    values: Values
    known_from: Instants | None


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows from number ``start`` on; a position counts from 0 within the piece. See `Batch`."""

    start: int
    frame: pl.DataFrame
    tickets: pl.Series
    opened: Instants
    event_at: Instants | None
    sources: tuple[SourceColumn, ...]
    recorded: Mapping[str, Coded]
    reported: Mapping[str, tuple[Flags, Flags]]
    """By name the rows with the value whose share is told, and those with any."""
    misread: Mapping[int, list[Misread]]
    waits: Mapping[int, list[Told]] = field(default_factory=dict)
    courses: Mapping[int, CourseSoFar] = field(default_factory=dict)

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.tickets)


class PieceReader:
    """Reads the rows of a history, piece after piece, and counts the doubtful local times among their instants."""

    def __init__(
        self, mapping: HistoryMapping, readers: Readers, courses: Courses | None, repeated: RowNumbers | None
    ) -> None:
        self._mapping = mapping
        self._readers = readers
        self._courses = courses
        self._repeated = repeated
        self._done = 0
        self.doubts: dict[Doubt, int] = {"gap": 0, "fold": 0}

    def read(self, table: Table) -> Piece:
        """The next rows of the history."""
        mapping, start, frame = self._mapping, self._done, with_joined(table.frame, self._mapping)
        self._done += frame.height
        reading = _Columns(frame, mapping, self._readers, self.doubts)
        tickets = frame[mapping.ticket]
        reading.expect_all(mapping.ticket, tickets.is_not_null().to_numpy(), "no ticket is named")
        event_at = mapping.instants.event_at
        moments = reading.moments(event_at) if event_at is not None else None
        if moments is not None and mapping.rows != "ticket":
            what = "event" if mapping.rows == "event" else "decision"
            reading.expect_all(str(event_at), micros_of(moments)[1], f"no instant of the {what}")
        opened = reading.moments(mapping.instants.opened)
        if moments is not None and mapping.instants.early == "set_aside":
            reading.set_all_early_aside(str(event_at), opened, moments)
        for at in self._repeated.within(start, self._done) if self._repeated is not None else ():
            reading.fault(at, Misread(", ".join(mapping.unique), None, "repeats an earlier event"))
        courses = self._courses.within(start, self._done) if self._courses is not None else {}
        return Piece(
            start,
            frame,
            tickets,
            opened,
            moments,
            tuple(reading.source_column(fact, courses) for fact in mapping.facts),
            {name: reading.column(column).coded() for name, column in mapping.recorded.items()},
            {name: _share(frame[share.column], share.share_of) for name, share in mapping.reported.items()},
            waits=spans_of(reading, mapping.waits, mapping.messages),
            courses=courses,
            # What is no row has no other faults.
            misread=reading.misread | crooked(table),
        )

    def rows(self, piece: Piece, positions: list[int]) -> Batch:
        """Some rows of a piece, one by one: their values are read anew, from their texts."""
        frame = piece.frame[positions].select(as_text(series) for series in piece.frame[positions])
        # With readers of its own: the others may be at work on the next piece.
        readers = Readers(self._mapping.instants, self._mapping.decimal, self._mapping.thousands)
        reading = Reading(frame, self._mapping, readers, {"gap": 0, "fold": 0})
        event_at = self._mapping.instants.event_at
        courses = {at: piece.courses[row] for at, row in enumerate(positions) if row in piece.courses}
        return Batch(
            piece.start,
            frame[self._mapping.ticket].to_list(),
            reading.instants(self._mapping.instants.opened),
            reading.instants(event_at) if event_at is not None else None,
            tuple(reading.source(fact, courses) for fact in self._mapping.facts),
            {},
            {},
            {},
            waits={at: piece.waits[row] for at, row in enumerate(positions) if row in piece.waits},
            courses=courses,
        )


class _Columns(Reading):
    """One piece while it is read: each column once, however many facts use it."""

    def __init__(
        self, frame: pl.DataFrame, mapping: HistoryMapping, readers: Readers, doubts: dict[Doubt, int]
    ) -> None:
        super().__init__(frame, mapping, readers, doubts)
        self._columns: dict[Any, Values] = {}

    def column(self, column: Column) -> Values:
        """The values of a column; what cannot be read is noted."""
        use = column.name, id(self._readers.of(column))
        if use not in self._columns:
            self._columns[use] = self._read_series(column, self._frame[column.name])
        return self._columns[use]

    def moments(self, name: str) -> Instants:
        """The instants of a column."""
        found = self.column(Column(name, "instant"))
        assert isinstance(found, Instants)
        return found

    def values(self, column: Column) -> list[Any]:
        """The values of a column, a row each."""
        found = self.column(column)
        if isinstance(found, Instants):
            numbers, present = micros_of(found)
            pairs = zip(numbers.tolist(), present.tolist(), strict=True)
            return [instant_of(micros) if there else None for micros, there in pairs]
        return [found.raw(row) for row in range(len(found))]

    def texts(self, name: str) -> list[str | None]:
        """The texts of a column."""
        return as_text(self._frame[name]).to_list()

    def source_column(self, fact: Fact, courses: Mapping[int, CourseSoFar]) -> SourceColumn:
        """A fact with its values."""
        rows = self._frame.height
        if fact.column is None:
            return SourceColumn(fact, Coded(np.zeros(rows, np.intp), [fact.constant]), None)
        if fact.carried:
            texts = pl.Series(self._carried_texts(fact, courses), dtype=pl.String)
            return SourceColumn(fact, self._read_series(fact.column, texts), None)
        known_from = self.moments(fact.known_from) if fact.known_from is not None else None
        return SourceColumn(fact, self.column(fact.column), known_from)

    def expect_all(self, column: str, present: Flags, reason: str) -> None:
        """Note rows without a value."""
        for at in np.flatnonzero(~present).tolist():
            self.fault(at, Misread(column, None, reason))

    def set_all_early_aside(self, column: str, opened: Instants, moments: Instants) -> None:
        """Note events that are dated before the opening."""
        (begin, begins), (at, happens) = micros_of(opened), micros_of(moments)
        for row in np.flatnonzero(begins & happens & (at < begin)).tolist():
            text = instant_of(int(at[row])).text
            self.fault(row, Misread(column, text, "is dated before the opening of the ticket"))

    def _read_series(self, column: Column, series: pl.Series) -> Values:
        values, unread, doubts = read_column(self._readers, column, series)
        for at, reason in unread.items():
            self.fault(at, Misread(column.name, as_text(series[at : at + 1])[0], reason))
        for doubt, count in doubts.items():
            self._doubts[doubt] += count
        return values


def _share(series: pl.Series, of: str) -> tuple[Flags, Flags]:
    return (series == of).fill_null(False).to_numpy(), series.is_not_null().to_numpy()
