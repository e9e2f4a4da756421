"""The course of a ticket as its targets see it: who wrote when, what states it was in, when it was closed and reopened.

Worked out once for a decision, in the time of one calendar. Nothing in it lies after the decision's instant.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ..calendars import Calendar
from ..rulebook import InStates, PausedBy
from .case import Case
from .target_rules import RESOLVED, SlaSettings
from .timeline import Interval, Message, clipped, joined


class Exchange(NamedTuple):
    """A message of the requester (its instant and place) and the agent's answer to it, if there is one."""

    start: int
    place: int
    answered_at: int | None


class Course:
    """One ticket's course under one rulebook's settings."""

    __slots__ = (
        "_elapsed", "_exchanges", "_happened", "_openings", "_pauses", "at", "calendar", "case", "clock", "closed_at",
        "closed_states", "conventions", "first_closed_at", "has_waits", "is_waiting", "messages", "reopened_at",
        "stopped_at", "undone",
    )  # fmt: skip

    def __init__(self, case: Case, settings: SlaSettings, calendar: Calendar) -> None:
        self.case = case
        self.calendar = calendar
        self.clock = case.shared.clock
        self.conventions = self.clock.conventions
        self.at = self.clock.cut(case.at)
        self._happened: dict[str, int | None] = {}
        self._openings: dict[int, int | None] = {}
        self._elapsed: dict[tuple[int, int], int] = {}
        self._exchanges: tuple[bool, list[Exchange]] | None = None
        self._pauses: dict[PausedBy, list[Interval]] | None = None
        self.has_waits = bool(case.ticket.get("waits"))
        self.is_waiting = case.is_waiting
        self.messages = None if case.ticket.get("messages") is None else case.messages
        """The messages that count, in order; None when the request does not tell of any."""
        self.closed_states = settings.closed_states
        self.reopened_at: int | None = None
        """When it was last opened again."""
        self.undone: Sequence[Interval] = ()
        """The times for which it was closed before it was opened again."""
        self.closed_at: int | None = self.happened(RESOLVED)
        """Since when it has been closed; None: it is open."""
        self.first_closed_at = self.closed_at
        """When it was closed for the first time."""
        if case.ticket.get("states"):
            self._read_closings()
        ended = case.ticket.get("status") in ("resolved", "closed")
        self.stopped_at = self.at if self.closed_at is None and ended else self.closed_at
        """When the ticket's clock stopped: it was closed, or its status says so (then now, for want of an instant)."""

    def happened(self, fact: str) -> int | None:
        """The instant that a fact holds, as exactly as the clock tells it, unless it lies in the future."""
        if fact in self._happened:
            return self._happened[fact]
        instant = self.case.happened(fact)
        self._happened[fact] = instant = None if instant is None else self.clock.cut(instant)
        return instant

    def opening(self, instant: int) -> int | None:
        """The first moment from an instant on at which the calendar is open."""
        found = self._openings.get(instant)
        if found is None:
            found = self._openings[instant] = self.calendar.next_opening(instant)
        return found

    def elapsed(self, start: int, until: int) -> int:
        """The calendar's time between two instants; none where the second is not the later."""
        if until <= start:
            return 0
        key = start, until
        found = self._elapsed.get(key)
        if found is None:
            found = self._elapsed[key] = self.calendar.elapsed(start, until, self.conventions)
        return found

    def due(self, start: int, amount: int) -> int | None:
        """When an amount of the calendar's time from an instant on has run out."""
        return self.calendar.due(start, amount, self.conventions)

    def pauses(self, by: PausedBy, start: int, until: int) -> list[Interval]:
        """What does not count between two instants, in order; a pause that goes on ends now."""
        if not (self.has_waits or by.states or by.replies):
            return []
        found = self._pauses.get(by) if self._pauses else None
        if found is None:
            found = self.case.pauses(by)
            self._pauses = {**(self._pauses or {}), by: found}
        return clipped(found, start, until) if found and until > start else []

    def is_paused(self, by: PausedBy) -> bool:
        """Whether the decision's instant lies in a pause."""
        return (self.is_waiting and by.waits) or (bool(by.states or by.replies) and self.case.is_paused(by))

    def _read_closings(self) -> None:
        """A stay in a closed state is a closing; what lies before the last reopening is over."""
        closed_now = None
        for begin, end in joined(self.case.stays, self.closed_states):
            self.first_closed_at = begin if self.first_closed_at is None else min(begin, self.first_closed_at)
            if end is None:
                closed_now = begin
            else:
                self.undone = (*self.undone, (begin, end))
                self.reopened_at = end
        if self.closed_at is not None and self.reopened_at is not None and self.closed_at <= self.reopened_at:
            self.closed_at = None
        if self.closed_at is None:
            self.closed_at = closed_now

    def is_undone(self, instant: int) -> bool:
        """Whether the ticket was closed at an instant and opened again later."""
        return any(begin <= instant and (instant < end or instant == begin) for begin, end in self.undone)

    def exchanges(self, *, latest: bool) -> list[Exchange]:
        """The requester's messages that waited for an answer: of several in a row the first counts, or the `latest`."""
        found = self._exchanges
        if found is None or found[0] != latest:
            found = self._exchanges = latest, _exchanges(self.messages or (), latest)
        return found[1]

    def first_message(self, *, of_agent: bool) -> tuple[int, int] | None:
        """The instant and place of the first message of the agents or of the requester."""
        return next(((m.at, i) for i, m in enumerate(self.messages or ()) if m.is_agents == of_agent), None)

    def last_message(self, *, of_agent: bool) -> tuple[int, int] | None:
        """The instant and place of the last message of the agents or of the requester."""
        messages = self.messages or ()
        places = range(len(messages) - 1, -1, -1)
        return next(((messages[i].at, i) for i in places if messages[i].is_agents == of_agent), None)

    def next_message(self, start: int, place: int, *, of_agent: bool) -> int | None:
        """The first message of the agents or of the requester from an instant on, after a place in the list."""
        following = (self.messages or ())[place + 1 :]
        return next((m.at for m in following if m.is_agents == of_agent and m.at >= start), None)

    def last_entry(self, moment: InStates) -> int | None:
        """When the ticket last came into one of some states."""
        spans = joined(self.case.stays, moment.states)
        return spans[-1][0] if spans else None

    def entries(self, moment: InStates, start: int) -> list[int]:
        """When it came into one of some states, from an instant on."""
        return [begin for begin, _ in joined(self.case.stays, moment.states) if begin >= start]


def _exchanges(messages: tuple[Message, ...], latest: bool) -> list[Exchange]:
    found: list[Exchange] = []
    waiting: Exchange | None = None
    for place, message in enumerate(messages):
        if not message.is_agents:
            if waiting is None or latest:
                waiting = Exchange(message.at, place, None)
        elif waiting is not None:
            found.append(waiting._replace(answered_at=message.at))
            waiting = None
    return [*found, waiting] if waiting is not None else found
