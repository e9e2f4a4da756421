"""The decision under way: the cells of its facts, their values, and what earlier stages gave."""

from collections.abc import Callable, Mapping
from typing import Any

from ..calendars import Calendar, Conventions
from ..facts import FactType, parse_instant
from ..rulebook import CellMap, Clock, PausedBy
from .timeline import (
    ALL_CHANNELS,
    Channels,
    Interval,
    Message,
    Stay,
    clipped,
    joined,
    merged,
    read_messages,
    read_stays,
    read_waits,
    waited_for_answers,
)


class Case:
    """One request while its stages are decided. Lives for one decision; nothing of it is shared."""

    __slots__ = (
        "_messages", "_stays", "_waits", "at", "cells", "is_refused", "language", "request", "shared", "ticket",
        "trace", "values",
    )  # fmt: skip

    def __init__(
        self,
        request: Mapping[str, Any],
        ticket: Mapping[str, Any],
        at: int,
        language: str,
        cells: list[int],
        shared: "SharedParts",
        trace: list[Any] | None,
    ) -> None:
        self.request = request
        self.ticket = ticket
        self.at = at
        self.language = language
        self.cells = cells
        self.shared = shared
        self.trace = trace
        self.values: dict[str, Any] = {}
        self._waits: list[Interval] | None = None
        self._stays: tuple[Stay, ...] | None = None
        self._messages: tuple[Message, ...] | None = None
        self.is_refused = False
        """Whether admission has found that the ticket is not ours."""

    @property
    def clock(self) -> Clock:
        """The rulebook's conventions of time, and of priority changes."""
        return self.shared.clock

    def value(self, fact: str) -> Any:
        """A fact's read value, or None when it is absent."""
        if fact in self.values:
            return self.values[fact]
        reader = self.shared.readers.get(fact)
        return reader(self) if reader else None

    def calendar(self, name: str) -> Calendar:
        """A calendar of the rulebook by name."""
        return self.shared.calendars[name]

    def settle(self, fact: str, value: Any) -> None:
        """Make a derived fact or a stage's result known to what comes after."""
        self.values[fact] = value
        slot = self.shared.cell_map.slots.get(fact)
        if slot is not None:
            self.cells[slot] = self.shared.cell_map.cell(fact, value)

    def happened(self, fact: str) -> int | None:
        """The instant that a fact holds, unless it lies after the decision's: that has not happened yet."""
        instant = self.value(fact)
        return None if instant is None or instant > self.at else instant

    @property
    def waits(self) -> list[Interval]:
        """When the ticket waited, up to the decision's instant: in order, merged, without the future."""
        if self._waits is None:
            self._waits = read_waits(self.ticket.get("waits") or (), self.at, self.shared.clock)
        return self._waits

    @property
    def stays(self) -> tuple[Stay, ...]:
        """The states in which the ticket has been up to the decision's instant, in order."""
        if self._stays is None:
            self._stays = read_stays(self.ticket.get("states") or (), self.at, self.shared.clock)
        return self._stays

    @property
    def messages(self) -> tuple[Message, ...]:
        """The messages that count up to the decision's instant, in order."""
        if self._messages is None:
            raw = self.ticket.get("messages") or ()
            self._messages = read_messages(raw, self.at, self.shared.clock, self.shared.channels)
        return self._messages

    @property
    def is_waiting(self) -> bool:
        """Whether it waits at the decision's instant: by its status, or by a wait that has not ended."""
        if self.ticket.get("status") == "waiting":
            return True
        waits = self.ticket.get("waits") or ()
        return any(_from(w) <= self.at and _until(w, self.at + 1) > self.at for w in waits)

    def is_paused(self, by: PausedBy) -> bool:
        """Whether the decision's instant lies in a pause."""
        if by.waits and self.is_waiting:
            return True
        if by.replies and self.messages and self.messages[-1].is_agents:
            return True
        return bool(by.states and self.stays) and self.stays[-1].state in by.states

    def pauses(self, by: PausedBy) -> list[Interval]:
        """What does not count up to the decision's instant: in order and merged; a pause that goes on ends there."""
        waits = self.waits if by.waits else []
        if not by.states and not by.replies:
            return waits
        now = self.shared.clock.cut(self.at)
        stays = ((begin, now if end is None else end) for begin, end in joined(self.stays, by.states))
        replies = waited_for_answers(self.messages, now) if by.replies else ()
        return merged([*waits, *stays, *replies])

    def paused(self, start: int, end: int, calendar: Calendar, by: PausedBy) -> int:
        """How much of a calendar's time between two instants does not count, in microseconds.

        Where the second is the earlier, it is counted as `elapsed` counts: by the clock's `backwards`.
        """
        spans = clipped(self.pauses(by), min(start, end), max(start, end))
        if end < start:
            spans = [(until, begin) for begin, until in spans]
        return sum(calendar.elapsed(begin, until, self.shared.clock.conventions) for begin, until in spans)


class SharedParts:
    """What all decisions of one compiled rulebook share."""

    __slots__ = ("calendars", "cell_map", "channels", "clock", "facts", "readers")

    def __init__(
        self,
        cell_map: CellMap,
        readers: Mapping[str, Callable[[Case], Any]],
        calendars: Mapping[str, Calendar],
        clock: Clock,
        facts: Mapping[str, FactType],
        channels: Channels = ALL_CHANNELS,
    ) -> None:
        self.cell_map = cell_map
        self.readers = readers
        self.calendars = calendars
        self.clock = clock
        self.facts = facts
        self.channels = channels


def _from(wait: Mapping[str, Any]) -> int:
    return parse_instant(wait["from"])


def _until(wait: Mapping[str, Any], open_end: int) -> int:
    until = wait.get("until")
    return open_end if until is None else parse_instant(until)


NO_CASE = Case({}, {}, 0, "en", [], SharedParts(CellMap({}, ()), {}, {}, Clock(Conventions()), {}), None)
"""A case of which nothing is known, for what can be made ready before any request."""
