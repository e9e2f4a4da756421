"""The first reading of a history: its size, and which row is the first and the last of each ticket.

Only the ticket and the ordering columns are read, and of these one row a ticket is kept at either end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from ..histories import History
from ..mappings import Column, HistoryMapping, Instant, Readers
from .courses import Courses, course_columns
from .repeats import Repeats
from .rows import with_joined


@dataclass(frozen=True, slots=True)
class Order:
    """The size of a history, and the numbers (from 0, ascending) of the rows at either end of each ticket.

    A row whose weightiest ordering column is absent or unreadable has no place among the events of its ticket; a ticket
    that has only such rows counts among ``tickets`` and has neither a first nor a last row. ``readers`` remember the
    texts that were read. ``repeated`` are the rows that repeat an earlier event, and ``courses`` what the events of
    each ticket tell, where the mapping asks for it.
    """

    rows: int
    tickets: int
    first: pl.Series
    last: pl.Series
    readers: Readers
    repeated: pl.Series
    courses: Courses | None = None

    def within(self, ends: pl.Series, start: int, stop: int) -> frozenset[int]:
        """Those of the row numbers ``ends`` that lie from ``start`` to before ``stop``, counted from ``start``."""
        low, high = int(ends.search_sorted(start)), int(ends.search_sorted(stop))
        return frozenset((ends.slice(low, high - low) - start).to_list())


def read_order(history: History, mapping: HistoryMapping, on_rows: Callable[[int], None]) -> Order:
    """Read the ends of every ticket; ``on_rows`` is told the number of rows of each batch.

    Raises:
        UnreadableHistory: when the history cannot be read to its end.
    """
    known = Readers(mapping.instants, mapping.decimal)
    reading = _Order(mapping, known)
    for batch, *_ in history.tables(mapping.history_columns(reading.columns()), mapping.absent):
        reading.take(with_joined(batch, mapping))
        on_rows(batch.height)
    return reading.order()


class _Order:
    """The first reading under way."""

    def __init__(self, mapping: HistoryMapping, known: Readers) -> None:
        self._mapping = mapping
        self._known = known
        self._keys = [f"key_{number}" for number in range(len(mapping.order))]
        self._tickets, self._firsts, self._lasts = _Ends("ticket"), _Ends("first"), _Ends("last")
        self._rows = 0
        self._repeats = Repeats() if mapping.unique else None
        self._repeated: list[int] = []
        self._courses = Courses(mapping, known) if course_columns(mapping) else None

    def columns(self) -> set[str]:
        """The columns that are read for it."""
        mapping = self._mapping
        named = {mapping.ticket, *mapping.unique, *(column.name for column in mapping.order)}
        if self._courses is not None:
            named |= {str(mapping.instants.event_at), *self._courses.columns}
        return named

    def take(self, batch: pl.DataFrame) -> None:
        """Take the next rows."""
        mapping, keys = self._mapping, self._keys
        cells = {
            key: [
                value.micros if isinstance(value, Instant) else value
                for value in self._known.of(column).values(batch[column.name].to_list())[0]
            ]
            for key, column in zip(keys, mapping.order, strict=True)
        }
        numbers = pl.arange(self._rows, self._rows + batch.height, dtype=pl.Int64, eager=True)
        frame = pl.DataFrame(
            {"ticket": batch[mapping.ticket], **cells, "row": numbers}, schema_overrides=_types(mapping, keys)
        )
        again = self._repeated_in(batch)
        if again:
            frame = frame.filter(~pl.col("row").is_in(pl.Series(again, dtype=pl.Int64).implode()))
        placed = frame.drop_nulls(["ticket", *keys[:1]]).sort([*keys, "row"], nulls_last=True)
        self._tickets.add(frame.select("ticket").drop_nulls(), ["ticket"])
        self._firsts.add(placed, [*keys, "row"])
        self._lasts.add(placed, [*keys, "row"])
        if self._courses is not None:
            self._follow(self._courses, batch, placed)
        self._rows += batch.height

    def order(self) -> Order:
        """The order, once all rows were taken."""
        if self._courses is not None:
            self._courses.settle()
        return Order(
            self._rows,
            self._tickets.frame().height,
            _rows(self._firsts),
            _rows(self._lasts),
            self._known,
            pl.Series("row", self._repeated, dtype=pl.Int64),
            self._courses,
        )

    def _repeated_in(self, batch: pl.DataFrame) -> list[int]:
        if self._repeats is None:
            return []
        found = self._repeats.among(batch.select(self._mapping.unique).rows())
        again = [self._rows + at for at in found]
        self._repeated += again
        return again

    def _follow(self, courses: Courses, batch: pl.DataFrame, placed: pl.DataFrame) -> None:
        event_at = Column(str(self._mapping.instants.event_at), "instant")
        moments, _ = self._known.of(event_at).values(batch[event_at.name].to_list())
        texts = batch.select(courses.columns).rows()
        start = self._rows
        events = placed.select("row", "ticket", *self._keys).rows()
        courses.add(
            (*event, moment.micros, texts[event[0] - start])
            for event in events
            if (moment := moments[event[0] - start]) is not None
        )


def _types(mapping: HistoryMapping, keys: list[str]) -> dict[str, pl.DataType]:
    kinds = {"instant": pl.Int64(), "whole": pl.Int64(), "decimal": pl.Float64(), "text": pl.String()}
    return {key: kinds[column.kind] for key, column in zip(keys, mapping.order, strict=True)}


def _rows(ends: _Ends) -> pl.Series:
    frame = ends.frame()
    return frame["row"].sort() if frame.width > 1 else pl.Series("row", [], dtype=pl.Int64)


class _Ends:
    """One row a ticket, the first or the last in order, of all frames that were added."""

    def __init__(self, keep: str) -> None:
        self._last = keep == "last"
        self._frames: list[pl.DataFrame] = []
        self._order: list[str] = []

    def add(self, frame: pl.DataFrame, order: list[str]) -> None:
        self._order = order
        self._frames.append(self._one_each(frame))
        if len(self._frames) > 64:
            self._frames = [self.frame()]

    def frame(self) -> pl.DataFrame:
        if not self._frames:
            return pl.DataFrame({"ticket": []}, schema={"ticket": pl.String})
        return self._one_each(pl.concat(self._frames))

    def _one_each(self, frame: pl.DataFrame) -> pl.DataFrame:
        ordered = frame.sort(self._order, nulls_last=True)
        return ordered.unique("ticket", keep="last" if self._last else "first", maintain_order=True)
