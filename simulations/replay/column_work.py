"""A replay by columns: the rows of a piece are read, decided, counted and written together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeAlias

import numpy as np

from engine.bulk import Coded, Codes, Column

from ..findings import END, MOMENTS, Ask, Asked, Decided, text_of
from ..histories import Table
from .asking import asks_at
from .asks import EVENT, Asks, asks_of
from .deciding import Deciding, InBulk, Made
from .order import Order
from .output import OutputFolder
from .pieces import Piece, PieceReader
from .plan import Plan
from .work import Work, refusals

_Ready: TypeAlias = tuple[Piece, Asks, Made]
"""A piece with what is asked on it and what both sides decide."""


class ColumnWork(Work):
    """Decides piece by piece."""

    def __init__(self, plan: Plan, order: Order, output: OutputFolder | None) -> None:
        super().__init__(plan, order, output)
        self._reader = PieceReader(plan.mapping, order.readers, order.courses, order.repeated)
        self._doubts = self._reader.doubts
        self._deciding = Deciding(plan, self._reader, output.known if output is not None else 0)

    def run(self, tables: Iterator[Table], on_rows: Callable[[int], None]) -> None:
        """Decide the pieces of a history: while one is counted and written, the next is read and decided."""
        with ThreadPoolExecutor(1, "deciding") as worker:
            ahead: Future[_Ready | None] | None = worker.submit(self._next, tables)
            # Nothing of a piece is held any longer than it is counted.
            while ahead is not None:
                ahead = self._finish(ahead.result(), lambda: worker.submit(self._next, tables), on_rows)

    def _finish(
        self, ready: _Ready | None, start: Callable[[], Future[_Ready | None]], on_rows: Callable[[int], None]
    ) -> Future[_Ready | None] | None:
        """Start the next piece, and count and write this one."""
        if ready is None:
            return None
        ahead = start()
        on_rows(0)
        piece, asks, made = ready
        found = self._deciding.settle(piece, asks, made)
        self._set_aside(piece, asks, found)
        self._count(piece, asks.take(np.flatnonzero(~found.refused)), found, on_rows)
        on_rows(len(piece))
        return ahead

    def _next(self, tables: Iterator[Table]) -> _Ready | None:
        """Read and decide the next piece; what is counted here, nobody else looks at before the end."""
        table = next(tables, None)
        if table is None:
            return None
        mapping, order = self._plan.mapping, self._order
        piece = self._reader.read(table)
        stop = piece.start + len(piece)
        first, last = (ends.flags(piece.start, stop) for ends in (order.first, order.last))
        self._shares.add_many(piece, last)
        asks = asks_of(piece, mapping, first, last)
        self._before_opening += asks.before_opening
        self._without_event += asks.without_event
        return piece, asks, self._deciding.decide(piece, asks, self._withheld)

    def _set_aside(self, piece: Piece, asks: Asks, found: InBulk) -> None:
        """Set aside what cannot be decided, in the order of the rows."""
        waiting = [(aside.row, 0, at, aside.moment, aside.why) for at, aside in enumerate(asks.asides)]
        for place, refused in found.why.items():
            # What is refused at its end is told of before.
            if asks.moments[place] != END:
                waiting.append((int(asks.rows[place]), 1, place, MOMENTS[asks.moments[place]], refusals(refused)))
        for row, _, _, moment, why in sorted(waiting, key=lambda said: said[:3]):
            self._aside.add(moment, piece.start + row, piece.tickets[row], why)

    def _count(self, piece: Piece, asks: Asks, found: InBulk, on_rows: Callable[[int], None]) -> None:
        """Count and write the moments that both sides decide."""
        for moment, count in zip(MOMENTS, np.bincount(asks.moments, minlength=len(MOMENTS)).tolist(), strict=True):
            self._decided[moment] += count
        asked = Asked(
            asks.moments,
            piece.tickets.gather(asks.rows),
            asks.rows + (piece.start + 1),
            asks.at,
            asks.since,
            asks.arrives,
        )
        decided = [Decided(side, asks.places) for side in found.sides]
        recorded = {part: values.take(asks.rows) for part, values in piece.recorded.items()}

        def ask_of(place: int) -> Ask:
            (ask,) = asks_at(piece, self._plan.mapping, self._reader, asks, np.array([place], np.intp))
            return ask

        flips = self._findings.add_many(asked, decided, recorded, self._facts(asks, found), ask_of)
        if self._output is not None:
            self._output.add_many(asked, decided, flips, lambda: on_rows(0))

    def _facts(self, asks: Asks, found: InBulk) -> dict[str, Coded]:
        """What the findings are broken down by, for each end, as text."""
        places = asks.places[asks.moments == END]
        return {fact: _texts(fact, places, asks, found) for fact in self._plan.by}


def _texts(fact: str, places: Codes, asks: Asks, found: InBulk) -> Coded:
    starts = np.cumsum([0, *(len(wanted.rows) for wanted in asks.wanted)])
    values: dict[str | None, int] = {None: 0}
    codes = np.zeros(len(places), np.intp)
    for kind in (EVENT, END):
        columns = found.columns[kind]
        here = np.flatnonzero((places >= starts[kind]) & (places < starts[kind + 1]))
        column: Column | None = columns.get(fact) if columns is not None else None
        if column is not None and len(here):
            coded = column.take(places[here] - starts[kind]).coded()
            table = np.array([values.setdefault(text_of(value), len(values)) for value in coded.values], np.intp)
            codes[here] = table[coded.codes]
    return Coded(codes, list(values))
