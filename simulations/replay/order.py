"""The first reading of a history: its size, and which row is the first and the last of each ticket.

Only the ticket and the ordering columns are read, and of these one row a ticket is kept at either end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from ..histories import History
from ..mappings import HistoryMapping, Instant, Readers


@dataclass(frozen=True, slots=True)
class Order:
    """The size of a history, and the numbers (from 0, ascending) of the rows at either end of each ticket.

    A row whose weightiest ordering column is absent or unreadable has no place among the events of its ticket; a ticket
    that has only such rows counts among ``tickets`` and has neither a first nor a last row. ``readers`` remember the
    texts that were read.
    """

    rows: int
    tickets: int
    first: pl.Series
    last: pl.Series
    readers: Readers

    def within(self, ends: pl.Series, start: int, stop: int) -> frozenset[int]:
        """Those of the row numbers ``ends`` that lie from ``start`` to before ``stop``, counted from ``start``."""
        low, high = int(ends.search_sorted(start)), int(ends.search_sorted(stop))
        return frozenset((ends.slice(low, high - low) - start).to_list())


def read_order(history: History, mapping: HistoryMapping, on_rows: Callable[[int], None]) -> Order:
    """Read the ends of every ticket; ``on_rows`` is told the number of rows of each batch.

    Raises:
        UnreadableHistory: when the history cannot be read to its end.
    """
    columns = [mapping.ticket, *(column.name for column in mapping.order)]
    known = Readers(mapping.instants)
    readers = [known.of(column) for column in mapping.order]
    keys = [f"key_{number}" for number in range(len(readers))]
    tickets, firsts, lasts, rows = _Ends("ticket"), _Ends("first"), _Ends("last"), 0
    for batch, _ in history.tables(columns, mapping.absent):
        cells = {
            key: [
                value.micros if isinstance(value, Instant) else value
                for value in reader.values(batch[column.name].to_list())[0]
            ]
            for key, reader, column in zip(keys, readers, mapping.order, strict=True)
        }
        numbers = pl.arange(rows, rows + batch.height, dtype=pl.Int64, eager=True)
        frame = pl.DataFrame(
            {"ticket": batch[mapping.ticket], **cells, "row": numbers}, schema_overrides=_types(mapping, keys)
        )
        placed = frame.drop_nulls(["ticket", *keys[:1]]).sort([*keys, "row"], nulls_last=True)
        tickets.add(frame.select("ticket").drop_nulls(), ["ticket"])
        firsts.add(placed, [*keys, "row"])
        lasts.add(placed, [*keys, "row"])
        rows += batch.height
        on_rows(batch.height)
    return Order(rows, tickets.frame().height, _rows(firsts), _rows(lasts), known)


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
