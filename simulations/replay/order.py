"""The first reading of a history: its size, and which row is the first and the last of each ticket.

Only the ticket and the ordering columns are read, and of these one row a ticket is kept at either end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from engine.bulk import Column as Values
from engine.bulk import Flags, Instants, Numbers

from ..bulk import TextColumn
from ..histories import History
from ..mappings import Column, HistoryMapping, Readers, micros_of, read_column
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

    def flags(self, ends: pl.Series, start: int, stop: int) -> Flags:
        """Which of the rows from ``start`` to before ``stop`` are among the row numbers ``ends``."""
        low, high = int(ends.search_sorted(start)), int(ends.search_sorted(stop))
        flags: Flags = np.zeros(stop - start, np.bool_)
        flags[ends.slice(low, high - low).to_numpy() - start] = True
        return flags

    def within(self, ends: pl.Series, start: int, stop: int) -> frozenset[int]:
        """Those of the row numbers ``ends`` that lie from ``start`` to before ``stop``, counted from ``start``."""
        low, high = int(ends.search_sorted(start)), int(ends.search_sorted(stop))
        return frozenset((ends.slice(low, high - low) - start).to_list())


def read_order(history: History, mapping: HistoryMapping, on_rows: Callable[[int], None]) -> Order:
    """Read the ends of every ticket; ``on_rows`` is told the number of rows of each batch.

    Raises:
        UnreadableHistory: when the history cannot be read to its end.
    """
    known = Readers(mapping.instants, mapping.decimal, mapping.thousands)
    reading = _Order(mapping, known)
    typed = mapping.typed_columns()
    for batch, *_ in history.tables(mapping.history_columns(reading.columns()), mapping.absent, typed):
        reading.take(with_joined(batch, mapping))
        on_rows(batch.height)
    return reading.order()


class _Order:
    """The first reading under way."""

    def __init__(self, mapping: HistoryMapping, known: Readers) -> None:
        self._mapping = mapping
        self._known = known
        self._keys = [f"key_{number}" for number in range(len(mapping.order))]
        self._firsts, self._lasts = _Ends(self._keys, "first"), _Ends(self._keys, "last")
        self._unplaced: list[pl.Series] = []
        # Where a row is a ticket, its last row matters to nothing but the shares that are told as recorded.
        self._wants_lasts = mapping.rows != "ticket" or bool(mapping.reported)
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
            key: _series(read_column(self._known, column, batch[column.name]).values, column.kind)
            for key, column in zip(keys, mapping.order, strict=True)
        }
        numbers = pl.arange(self._rows, self._rows + batch.height, dtype=pl.Int64, eager=True)
        frame = pl.DataFrame({"ticket": batch[mapping.ticket], **cells, "row": numbers})
        again = self._repeated_in(batch)
        if again:
            frame = frame.filter(~pl.col("row").is_in(pl.Series(again, dtype=pl.Int64).implode()))
        placed = frame.drop_nulls(["ticket", *keys[:1]])
        if placed.height < batch.height:
            self._unplaced.append(batch[mapping.ticket].drop_nulls().unique())
            if len(self._unplaced) > 64:
                self._unplaced = [pl.concat(self._unplaced).unique()]
        if keys:
            placed = placed.sort([*keys, "row"], nulls_last=True)
        self._firsts.add(placed)
        if self._wants_lasts:
            self._lasts.add(placed)
        if self._courses is not None:
            self._follow(self._courses, batch, placed)
        self._rows += batch.height

    def order(self) -> Order:
        """The order, once all rows were taken."""
        if self._courses is not None:
            self._courses.settle()
        return Order(
            self._rows,
            pl.concat([self._firsts.frame()["ticket"], *self._unplaced]).n_unique(),
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
        found = read_column(self._known, event_at, batch[event_at.name]).values
        assert isinstance(found, Instants)
        moments, happened = micros_of(found)
        texts = batch.select(courses.columns).rows()
        start = self._rows
        events = placed.select("row", "ticket", *self._keys).rows()
        courses.add(
            (*event, int(moments[event[0] - start]), texts[event[0] - start])
            for event in events
            if happened[event[0] - start]
        )


def _series(values: Values, kind: str) -> pl.Series:
    """Values of a column as a series that can be sorted."""
    match values:
        case Instants() | Numbers():
            found, present = values.values, values.present
            series = pl.Series(found)
            return series if present is None else pl.select(pl.when(pl.Series(present)).then(series)).to_series()
        case TextColumn():
            return values.series()
    coded = values.coded()
    types = {"whole": pl.Int64(), "decimal": pl.Float64(), "text": pl.String()}
    return pl.Series(list(coded.values), dtype=types[kind]).gather(coded.codes)


def _rows(ends: _Ends) -> pl.Series:
    return ends.frame()["row"].sort()


class _Ends:
    """One row a ticket, the first or the last in order, of all frames that were added."""

    def __init__(self, keys: Sequence[str], keep: Literal["first", "last"]) -> None:
        self._keys = keys
        self._keep = keep
        self._frames: list[pl.DataFrame] = []

    def add(self, frame: pl.DataFrame) -> None:
        """Take more rows, in their order."""
        self._frames.append(self._one_each(frame))
        if len(self._frames) > 64:
            self._frames = [self.frame()]

    def frame(self) -> pl.DataFrame:
        """The rows at this end of each ticket."""
        if not self._frames:
            return pl.DataFrame(schema={"ticket": pl.String, "row": pl.Int64})
        if len(self._frames) > 1:
            together = pl.concat(self._frames)
            # Without keys the rows come in their order.
            self._frames = [
                self._one_each(together.sort([*self._keys, "row"], nulls_last=True) if self._keys else together)
            ]
        return self._frames[0]

    def _one_each(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.unique("ticket", keep=self._keep, maintain_order=True)
