"""The first reading of a history: its size, and which row is the first and the last of each ticket.

Only the ticket and the ordering columns are read. Rows of a ticket may lie anywhere, so they are gathered on disk where
they are many; what stays in memory is a bit for each row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from engine.bulk import Column as Values
from engine.bulk import Instants, Numbers

from ..bulk import TextColumn
from ..gathered import Gathered
from ..histories import History
from ..mappings import Column, HistoryMapping, Readers, micros_of, read_column
from .courses import Courses, course_columns
from .repeats import Repeats
from .row_numbers import RowNumbers
from .rows import with_joined

PLACED: Final = "placed"
"""The column that tells whether a row has a place among the events of its ticket."""


@dataclass(frozen=True, slots=True)
class Order:
    """The size of a history, and the rows at either end of each ticket.

    A row whose weightiest ordering column is absent or unreadable has no place among the events of its ticket; a ticket
    that has only such rows counts among ``tickets`` and has neither a first nor a last row. ``readers`` remember the
    texts that were read. ``repeated`` are the rows that repeat an earlier event, and ``courses`` what the events of
    each ticket tell, where the mapping asks for it.
    """

    rows: int
    tickets: int
    first: RowNumbers
    last: RowNumbers
    readers: Readers
    repeated: RowNumbers
    courses: Courses | None = None


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
        # Where a row is a ticket, its last row matters to nothing but the shares that are told as recorded.
        self._ends = _Ends(self._keys, lasts=mapping.rows != "ticket" or bool(mapping.reported))
        self._gathered = Gathered(self._ends.of)
        self._rows = 0
        self._repeats = Repeats() if mapping.unique else None
        self._repeated = RowNumbers()
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
        has_place = pl.col(keys[0]).is_not_null() if keys else pl.lit(True)
        again = self._repeated_in(batch)
        if again:
            has_place &= ~(pl.col("row") - self._rows).is_in(pl.Series(again, dtype=pl.Int64).implode())
        frame = frame.drop_nulls("ticket").with_columns(has_place.alias(PLACED))
        self._gathered.add(frame)
        if self._courses is not None:
            self._follow(self._courses, batch, frame.filter(PLACED))
        self._rows += batch.height

    def order(self) -> Order:
        """The order, once all rows were taken."""
        if self._courses is not None:
            self._courses.settle()
        tickets, first, last = 0, RowNumbers(), RowNumbers()
        for part in self._gathered.parts():
            firsts, lasts, unplaced = self._ends.apart(part)
            first.add(firsts["row"].to_numpy())
            last.add(lasts["row"].to_numpy())
            tickets += firsts.height + unplaced.height
        return Order(self._rows, tickets, first, last, self._known, self._repeated, self._courses)

    def _repeated_in(self, batch: pl.DataFrame) -> list[int]:
        if self._repeats is None:
            return []
        found = self._repeats.among(batch.select(self._mapping.unique).rows())
        self._repeated.add(np.array(found, np.int64) + self._rows)
        return found

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


class _Ends:
    """Finds the first and, where they are wanted, the last rows of tickets among others."""

    def __init__(self, keys: Sequence[str], *, lasts: bool) -> None:
        self._by = [*keys, "row"]
        self._lasts = lasts

    def of(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows at either end of each ticket, and, of one of whose rows some have no place, one of these."""
        placed = frame.filter(PLACED).sort(self._by, nulls_last=True)
        firsts = placed.unique("ticket", keep="first", maintain_order=True)
        unplaced = frame.filter(~pl.col(PLACED)).unique("ticket", keep="any")
        if not self._lasts:
            return pl.concat([firsts, unplaced])
        lasts = placed.unique("ticket", keep="last", maintain_order=True)
        return pl.concat([firsts, lasts, unplaced]).unique("row")

    def apart(self, ends: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """Of such rows, the first, the last where they are wanted, and one of each ticket that has neither."""
        firsts = lasts = ends.filter(PLACED)
        if self._lasts:
            firsts, lasts = (
                firsts.sort(self._by, nulls_last=True).unique("ticket", keep=keep) for keep in ("first", "last")
            )
        unplaced = ends.filter(~pl.col(PLACED)).join(firsts, on="ticket", how="anti")
        return firsts, lasts if self._lasts else lasts.clear(), unplaced
