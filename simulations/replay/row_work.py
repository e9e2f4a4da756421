"""A replay row by row: for histories of whole requests, and what the other way is measured by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

from ..findings import Ask, Moment
from ..histories import Table
from .deciding import Found, Refused, decide_singly
from .moments import Moments
from .order import Order
from .output import OutputFolder
from .plan import Plan
from .rows import Batch, Misread, RowReader
from .sides import Answer
from .work import Work, refusals

_AT_ONCE: Final = 10_000
"""Rows that are decided together: enough to share much, few enough to be held as decisions."""
_TOLD_EVERY: Final = 500
"""Rows between two words on the progress."""


class _Met(NamedTuple):
    """A moment; whether it asks the same ``again`` as the one before, and what an earlier run has written of it."""

    ask: Ask
    again: bool
    written: Sequence[Answer] | None


class _Held:
    """Holds what is set aside until the moments before it are decided, so that the rows keep their order."""

    def __init__(self) -> None:
        self._held: list[tuple[Moment, int, str | None, Iterable[Misread]]] = []

    def add(self, decision: Moment, row: int, ticket: str | None, why: Iterable[Misread]) -> None:
        """Hold one moment that cannot be decided."""
        self._held.append((decision, row, ticket, why))

    def given(self) -> list[tuple[Moment, int, str | None, Iterable[Misread]]]:
        """What was held since the last call."""
        given, self._held = self._held, []
        return given


class RowWork(Work):
    """Decides moment by moment."""

    def __init__(self, plan: Plan, order: Order, output: OutputFolder | None) -> None:
        super().__init__(plan, order, output)
        self._rows = RowReader(plan.mapping, order.readers, order.courses, order.repeated)
        self._doubts = self._rows.doubts
        self._held = _Held()
        self._moments = Moments(plan.mapping, order, self._held, self._withheld)

    def run(self, tables: Iterator[Table], on_rows: Callable[[int], None]) -> None:
        """Decide the batches of a history."""
        for table in tables:
            self._take(table, on_rows)

    def _take(self, table: Table, on_rows: Callable[[int], None]) -> None:
        batch = self._rows.read(table)
        stop = batch.start + len(batch)
        self._shares.add(batch, self._order.last.within(batch.start, stop))
        moments, told = self._moments.of(batch), 0
        while rows := [(row, self._held.given(), [*self._met(asked)]) for row, asked in islice(moments, _AT_ONCE)]:
            wanted = [met.ask for *_, mets in rows for met in mets if met.written is None and not met.again]
            decided = (decide_singly(self._plan.sides, ask) for ask in wanted)
            for row, aside, mets in rows:
                for said in aside:
                    self._aside.add(*said)
                self._settle(batch, row, mets, decided)
                if row - told >= _TOLD_EVERY:
                    on_rows(row - told)
                    told = row
        on_rows(len(batch) - told)
        self._before_opening, self._without_event = self._moments.before_opening, self._moments.without_event

    def _settle(self, batch: Batch, row: int, mets: Sequence[_Met], decided: Iterator[Found]) -> None:
        """Count the moments of a row."""
        recorded = {part: values[row] for part, values in batch.recorded.items()}
        found: Found | None = None
        for met in mets:
            found = met.written or (found if met.again and found is not None else next(decided))
            self._count(met, found, recorded)

    def _met(self, asked: Sequence[Ask]) -> Iterator[_Met]:
        """The moments of a row, with what earlier parts hold of them; to be asked in the order of the replay."""
        before: Ask | None = None
        for ask in asked:
            # An end at the last event asks the same once more.
            again = before is not None and before.request is ask.request
            yield _Met(ask, again, self._output.earlier(ask) if self._output is not None else None)
            before = ask

    def _count(self, met: _Met, found: Found, recorded: Mapping[str, Any]) -> None:
        ask = met.ask
        if not isinstance(found, Refused):
            self._add(ask, found, recorded, written=met.written is not None)
        elif ask.moment != "end":
            self._aside.add(ask.moment, ask.row - 1, ask.ticket, refusals(found))

    def _add(self, ask: Ask, answers: Sequence[Answer], recorded: Mapping[str, Any], *, written: bool) -> None:
        self._decided[ask.moment] += 1
        changed = self._findings.add(ask, [answer.decision for answer in answers], recorded)
        if self._output is not None and not written:
            self._output.add(ask, answers, changed)
