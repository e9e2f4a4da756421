"""The moments of the tickets in a batch: at which instants decisions are asked for, and what is known then.

The end of a ticket is its last event, or its resolution where that is later. In a history of one row a ticket that
tells no instant of an event, it is the last instant that the row knows of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final, Protocol

from ..findings import Ask, Moment
from ..mappings import HistoryMapping, Instant, instant_of
from .order import Order
from .requests import Requests
from .rows import Batch, Misread

_RESOLVED: Final = "ticket.resolved_at"


class Aside(Protocol):
    """Takes the moments that cannot be decided, as `SetAside` does."""

    def add(self, decision: Moment, row: int, ticket: str | None, why: Iterable[Misread]) -> None:
        """Set one aside."""
        ...


class Moments:
    """Asks for the decisions on a history, batch after batch."""

    def __init__(self, mapping: HistoryMapping, order: Order, aside: Aside, withheld: Counter[str]) -> None:
        self._mapping = mapping
        self._order = order
        self._aside = aside
        self._withheld = withheld
        self.before_opening = 0
        self.without_event = 0

    def of(self, batch: Batch) -> Iterator[tuple[int, list[Ask]]]:
        """For each row of a batch, by its position, what is to be decided: at most an opening, an event and an end."""
        stop = batch.start + len(batch)
        first = frozenset(self._order.first.within(batch.start, stop))
        last = frozenset(self._order.last.within(batch.start, stop))
        requests = Requests(self._mapping, batch, self._withheld)
        # What the end does not know is counted at the event already.
        closing = Requests(self._mapping, batch, Counter())
        for row in range(len(batch)):
            asked = [self._opening(batch, requests, row, row in first), self._event(batch, requests, row, first)]
            if row in (first if self._mapping.rows == "ticket" else last) and not batch.misread.get(row):
                asked.append(self._end(batch, closing, row, asked[1]))
            yield row, [ask for ask in asked if ask is not None]

    def _opening(self, batch: Batch, requests: Requests, row: int, first: bool) -> Ask | None:
        if self._mapping.rows == "decision" or (not first and self._mapping.rows == "event"):
            return None
        opened = batch.opened[row]
        misread = list(batch.misread.get(row, ()))
        if not first and batch.tickets[row] is not None:
            misread.append(Misread(self._mapping.ticket, batch.tickets[row], "is not the first row of its ticket"))
        if opened is None and not misread:
            misread.append(Misread(self._mapping.instants.opened, None, "no instant of the opening"))
        if opened is None or misread:
            self._aside.add("opening", batch.start + row, batch.tickets[row], misread)
            return None
        request = requests.at_opening(row, opened)
        return Ask(
            "opening", str(batch.tickets[row]), batch.start + row + 1, opened.micros, opened.micros, True, request
        )

    def _event(self, batch: Batch, requests: Requests, row: int, first: Collection[int]) -> Ask | None:
        if batch.event_at is None:
            return None
        at, misread = batch.event_at[row], batch.misread.get(row, ())
        if at is None and not misread and self._mapping.rows == "ticket":
            self.without_event += 1
            return None
        if at is None and not misread:
            misread = [Misread(str(self._mapping.instants.event_at), None, "no instant of the event")]
        if at is None or misread:
            self._aside.add("event", batch.start + row, batch.tickets[row], misread)
            return None
        opened = batch.opened[row]
        self.before_opening += opened is not None and at.micros < opened.micros
        arrives = self._mapping.rows == "decision" and row in first
        request = requests.as_it_stood(row, at)
        since = at.micros if opened is None else opened.micros
        return Ask("event", str(batch.tickets[row]), batch.start + row + 1, at.micros, since, arrives, request)

    def _end(self, batch: Batch, requests: Requests, row: int, event: Ask | None) -> Ask | None:
        opened = batch.opened[row]
        known = [event.at] if event is not None else []
        known += self._later(batch, row, every=event is None)
        if not known or batch.tickets[row] is None:
            return None
        at = max(known)
        # At the event itself the same is known, so the same is asked.
        same = event is not None and (at == event.at or self._mapping.rows == "decision")
        if event is not None and same:
            return event._replace(moment="end", arrives=False)
        since = at if opened is None else opened.micros
        request = requests.as_it_stood(row, instant_of(at))
        return Ask("end", str(batch.tickets[row]), batch.start + row + 1, at, since, False, request)

    def _later(self, batch: Batch, row: int, every: bool) -> Iterator[int]:
        opened = batch.opened[row]
        if every and opened is not None:
            yield opened.micros
        for source in batch.sources:
            if source.fact.planned or not (every or source.fact.name == _RESOLVED):
                continue
            known: list[Any] = [source.values[row]]
            if every and source.known_from is not None:
                known.append(source.known_from[row])
            yield from (value.micros for value in known if isinstance(value, Instant))
