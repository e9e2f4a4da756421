"""The lists of a request that tell a ticket's course, read: waits, messages, states; in order, without the future.

Instants come cut as the rulebook's clock tells them. Knows nothing of targets or calendars.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..facts import normal, parse_instant
from ..rulebook import Clock

Interval = tuple[int, int]


class Message(NamedTuple):
    """A message between requester and agents."""

    at: int
    is_agents: bool
    channel: str | None


class Stay(NamedTuple):
    """A time that the ticket spent in a state; `end` is None while it is still in it."""

    state: str
    begin: int
    end: int | None


def read_messages(raw: Iterable[Mapping[str, Any]], at: int, clock: Clock) -> tuple[Message, ...]:
    """Messages sent by an instant, in the order of their instants; of equal ones the first given comes first."""
    sent = sorted(((parse_instant(m["at"]), m) for m in raw), key=_first)
    past = ((when, m) for when, m in sent if when <= at)
    return tuple(Message(clock.cut(when), m["from"] == "agent", _text(m.get("channel"))) for when, m in past)


def read_stays(raw: Iterable[Mapping[str, Any]], at: int, clock: Clock) -> tuple[Stay, ...]:
    """The states taken on by an instant, each until the next; of equal instants the last given is what remains."""
    taken = sorted(((parse_instant(s["at"]), normal(s["state"])) for s in raw), key=_first)
    past = [(clock.cut(when), state) for when, state in taken if when <= at]
    ends = [*(when for when, _ in past[1:]), None]
    return tuple(Stay(state, begin, end) for (begin, state), end in zip(past, ends, strict=False))


def _first(pair: tuple[int, Any]) -> int:
    return pair[0]


def _text(channel: Any) -> str | None:
    return None if channel is None else normal(channel)


def joined(stays: Iterable[Stay], states: Container[str]) -> list[tuple[int, int | None]]:
    """The times spent in any of some states without leaving them, each as its begin and end."""
    spans: list[tuple[int, int | None]] = []
    goes_on = False
    for state, begin, end in stays:
        if state not in states:
            goes_on = False
        elif goes_on:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((begin, end))
            goes_on = True
    return spans


def read_waits(raw: Iterable[Mapping[str, Any]], at: int, clock: Clock) -> list[Interval]:
    """Waits as intervals that end no later than an instant, in order and without overlaps."""
    spans = ((parse_instant(w["from"]), w.get("until")) for w in raw)
    return merged(
        (clock.cut(begin), clock.cut(at if until is None else min(parse_instant(until), at))) for begin, until in spans
    )


def merged(spans: Iterable[Interval]) -> list[Interval]:
    """Intervals in order, those that overlap or touch made one, empty ones left out."""
    found: list[Interval] = []
    for begin, end in sorted(spans):
        if begin >= end:
            continue
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def clipped(spans: Sequence[Interval], first: int, last: int) -> list[Interval]:
    """The parts of intervals that lie between two instants."""
    return [(max(begin, first), min(end, last)) for begin, end in spans if begin < last and end > first]
