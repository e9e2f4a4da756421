"""The moments of the tickets in a piece as arrays: at which instants decisions are asked for.

Says the same as `moments`, which asks row by row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from engine.bulk import NEVER, Codes, Flags, Instants, Whole

from ..findings import END, MOMENTS, Moment
from ..mappings import HistoryMapping, micros_of
from .pieces import Piece
from .readings import Misread

_RESOLVED: Final = "ticket.resolved_at"
OPENING, EVENT = MOMENTS.index("opening"), MOMENTS.index("event")


class Wanted(NamedTuple):
    """Decisions on rows of a piece, by position, at instants; all as at their opening, or all as they stood."""

    moment: Moment
    rows: Codes
    at: Whole


class Aside(NamedTuple):
    """A moment that cannot be decided."""

    moment: Moment
    row: int
    why: list[Misread]


@dataclass(slots=True)
class Asks:
    """What is asked on a piece, in the order of the replay, an entry for each moment."""

    moments: Codes
    """As places in MOMENTS."""
    rows: Codes
    at: Whole
    since: Whole
    arrives: Flags
    places: Codes
    """Which of the ``wanted`` decisions it is, counted through all of them; an end may be that of an event again."""
    wanted: tuple[Wanted, ...]
    asides: list[Aside] = field(default_factory=list)
    before_opening: int = 0
    without_event: int = 0

    def __len__(self) -> int:
        """How many moments there are."""
        return len(self.moments)

    def take(self, some: Codes) -> Asks:
        """Some of the moments; what is wanted stays."""
        moments, rows, places = self.moments[some], self.rows[some], self.places[some]
        return Asks(moments, rows, self.at[some], self.since[some], self.arrives[some], places, self.wanted)


def asks_of(piece: Piece, mapping: HistoryMapping, first: Flags, last: Flags) -> Asks:
    """All that is asked on the rows of a piece, of which some are the first and the last of their tickets."""
    return _Asking(piece, mapping, first, last).asks()


class _Asking:
    def __init__(self, piece: Piece, mapping: HistoryMapping, first: Flags, last: Flags) -> None:
        self._piece, self._mapping, self._first, self._last = piece, mapping, first, last
        self._opened, self._is_opened = micros_of(piece.opened)
        self._misread = np.zeros(len(piece), np.bool_)
        self._misread[list(piece.misread)] = True
        self._asides: list[Aside] = []
        self._without_event = 0

    def asks(self) -> Asks:
        openings = self._openings()
        events, event_at = self._events()
        ends, end_at = self._ends(events, event_at)
        again = events & ends & ((end_at == event_at) | (self._mapping.rows == "decision"))
        wanted = tuple(
            Wanted(moment, rows, at[rows])
            for moment, rows, at in zip(
                MOMENTS,
                map(np.flatnonzero, (openings, events, ends & ~again)),
                (self._opened, event_at, end_at),
                strict=True,
            )
        )
        rows = np.concatenate([np.flatnonzero(flags) for flags in (openings, events, ends)])
        counts = [int(np.count_nonzero(flags)) for flags in (openings, events, ends)]
        moments = np.repeat(np.arange(3, dtype=np.intp), counts)
        at = np.concatenate([self._opened[openings], event_at[events], end_at[ends]])
        order = np.argsort(rows * 3 + moments, kind="stable")
        rows, moments, at = rows[order], moments[order], at[order]
        since = np.where(self._is_opened[rows], self._opened[rows], at)
        arrives = moments == OPENING
        if self._mapping.rows == "decision":
            arrives = (moments == EVENT) & self._first[rows]
        early = events & self._is_opened & (event_at < self._opened)
        found = Asks(moments, rows, at, since, arrives, self._places(wanted, again, moments, rows), wanted)
        found.asides = sorted(self._asides, key=lambda aside: (aside.row, MOMENTS.index(aside.moment)))
        found.before_opening, found.without_event = int(np.count_nonzero(early)), self._without_event
        return found

    def _places(self, wanted: tuple[Wanted, ...], again: Flags, moments: Codes, rows: Codes) -> Codes:
        table = np.zeros((3, len(self._piece)), np.intp)
        start = 0
        for number, (_, own, _) in enumerate(wanted):
            table[number, own] = np.arange(start, start + len(own), dtype=np.intp)
            start += len(own)
        table[END] = np.where(again, table[EVENT], table[END])
        found: Codes = table[moments, rows]
        return found

    def _openings(self) -> Flags:
        kind, count = self._mapping.rows, len(self._piece)
        if kind == "decision":
            return np.zeros(count, np.bool_)
        looked_at = self._first if kind == "event" else np.ones(count, np.bool_)
        asked = looked_at & self._is_opened & ~self._misread
        if kind == "ticket":
            named = self._piece.tickets.is_not_null().to_numpy()
            asked = asked & (self._first | ~named)
        for row in np.flatnonzero(looked_at & ~asked).tolist():
            self._asides.append(Aside("opening", row, self._why_not_opened(row)))
        return asked

    def _why_not_opened(self, row: int) -> list[Misread]:
        why = list(self._piece.misread.get(row, ()))
        ticket = self._piece.tickets[row]
        if not self._first[row] and ticket is not None:
            why.append(Misread(self._mapping.ticket, ticket, "is not the first row of its ticket"))
        if not self._is_opened[row] and not why:
            why.append(Misread(self._mapping.instants.opened, None, "no instant of the opening"))
        return why

    def _events(self) -> tuple[Flags, Whole]:
        count = len(self._piece)
        if self._piece.event_at is None:
            return np.zeros(count, np.bool_), np.zeros(count, np.int64)
        at, happened = micros_of(self._piece.event_at)
        asked = happened & ~self._misread
        aside = ~asked
        if self._mapping.rows == "ticket":
            without = ~happened & ~self._misread
            self._without_event = int(np.count_nonzero(without))
            aside &= ~without
        for row in np.flatnonzero(aside).tolist():
            why = self._piece.misread.get(row) or [
                Misread(str(self._mapping.instants.event_at), None, "no instant of the event")
            ]
            self._asides.append(Aside("event", row, list(why)))
        return asked, at

    def _ends(self, events: Flags, event_at: Whole) -> tuple[Flags, Whole]:
        """The rows that end their tickets, and when: the last instant that they know of."""
        ends = (self._first if self._mapping.rows == "ticket" else self._last) & ~self._misread
        ends &= self._piece.tickets.is_not_null().to_numpy()
        at = np.where(events, event_at, NEVER)
        every = ~events
        _later(at, self._piece.opened, every)
        for source in self._piece.sources:
            if source.fact.planned:
                continue
            if isinstance(source.values, Instants):
                _later(at, source.values, None if source.fact.name == _RESOLVED else every)
                if source.known_from is not None:
                    _later(at, source.known_from, every)
            elif source.known_from is not None:
                _later(at, source.known_from, every)
        return ends & (at != NEVER), at


def _later(at: Whole, instants: Instants, where: Flags | None) -> None:
    micros, present = micros_of(instants)
    counts = present if where is None else present & where
    np.maximum(at, micros, out=at, where=counts)
