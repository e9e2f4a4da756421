"""The rows of a batch as values, and what of them could not be read.

Knows the mapping; knows nothing of requests or decisions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from ..histories import Table
from ..mappings import Doubt, HistoryMapping, Instant, Readers
from .courses import Courses, CourseSoFar
from .readings import Misread, Reading, Source
from .row_numbers import RowNumbers
from .spans import Told, spans_of


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows from number ``start`` on; a position counts from 0 within the batch.

    ``waits`` are those that rows tell of, ``courses`` what the events up to a row tell, ``requests`` the whole requests
    of a history that holds such.
    """

    start: int
    tickets: list[str | None]
    opened: list[Instant | None]
    event_at: list[Instant | None] | None
    sources: tuple[Source, ...]
    recorded: Mapping[str, list[Any]]
    reported: Mapping[str, list[bool | None]]
    misread: Mapping[int, list[Misread]]
    waits: Mapping[int, list[Told]] = field(default_factory=dict)
    courses: Mapping[int, CourseSoFar] = field(default_factory=dict)
    requests: list[Any] | None = None

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.tickets)


class RowReader:
    """Reads the rows of a history, batch after batch, and counts the doubtful local times among their instants."""

    def __init__(
        self,
        mapping: HistoryMapping,
        readers: Readers,
        courses: Courses | None = None,
        repeated: RowNumbers | None = None,
    ) -> None:
        self._mapping = mapping
        self.readers = readers
        self._courses = courses
        self._repeated = repeated
        self._done = 0
        self.doubts: dict[Doubt, int] = {"gap": 0, "fold": 0}

    def skip(self, rows: int) -> None:
        """Pass over so many rows."""
        self._done += rows

    def read(self, table: Table) -> Batch:
        """The next rows of the history."""
        mapping, start, frame = self._mapping, self._done, with_joined(table.frame, self._mapping)
        self._done += frame.height
        reading = Reading(frame, mapping, self.readers, self.doubts)
        tickets = frame[mapping.ticket].to_list()
        reading.expect(mapping.ticket, tickets, "no ticket is named")
        event_at = mapping.instants.event_at
        moments = reading.instants(event_at) if event_at is not None else None
        if moments is not None and mapping.rows != "ticket":
            what = "event" if mapping.rows == "event" else "decision"
            reading.expect(str(event_at), moments, f"no instant of the {what}")
        opened = reading.instants(mapping.instants.opened)
        if moments is not None and mapping.instants.early == "set_aside":
            reading.set_early_aside(str(event_at), opened, moments)
        for at in self._repeated.within(start, self._done) if self._repeated is not None else ():
            reading.fault(at, Misread(", ".join(mapping.unique), None, "repeats an earlier event"))
        courses = self._courses.within(start, self._done) if self._courses is not None else {}
        return Batch(
            start,
            tickets,
            opened,
            moments,
            tuple(reading.source(fact, courses) for fact in mapping.facts),
            {name: reading.values(column) for name, column in mapping.recorded.items()},
            {
                name: [None if text is None else text == share.share_of for text in frame[share.column].to_list()]
                for name, share in mapping.reported.items()
            },
            # What is no row has no other faults.
            waits=spans_of(reading, mapping.waits, mapping.messages),
            courses=courses,
            requests=reading.requests(),
            misread=reading.misread | crooked(table),
        )


def with_joined(frame: pl.DataFrame, mapping: HistoryMapping) -> pl.DataFrame:
    """A frame with the columns that are made of others, where it has these."""
    made = {name: parts for name, parts in mapping.joined.items() if set(parts) <= set(frame.columns)}
    return frame.with_columns(
        pl.when(pl.any_horizontal(pl.col(part).is_not_null() for part in parts))
        .then(pl.concat_str([pl.col(part) for part in parts], separator="/", ignore_nulls=True))
        .alias(name)
        for name, parts in made.items()
    )


def crooked(table: Table) -> dict[int, list[Misread]]:
    """Why some rows of a table are none, by position."""
    return {at: [Misread("", table.shown.get(at) or None, why)] for at, why in table.crooked.items()}


__all__ = ["Batch", "Misread", "RowReader", "Source", "crooked", "with_joined"]
