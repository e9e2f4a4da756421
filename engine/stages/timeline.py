"""The lists of a request that tell a ticket's course, read: waits, messages, states; in order, without the future.

Instants come cut as the rulebook's clock tells them. Knows nothing of targets or calendars.
"""

from bisect import bisect_right
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from ..facts import normal, parse_instant
from ..rulebook import Clock

Interval = tuple[int, int]


class Channels(NamedTuple):
    """The channels by which messages count, by who wrote them; None: all."""

    of_requester: frozenset[str] | None = None
    of_agent: frozenset[str] | None = None


ALL_CHANNELS = Channels()


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


def read_messages(raw: Iterable[Mapping[str, Any]], at: int, clock: Clock, channels: Channels) -> tuple[Message, ...]:
    """Messages that count and were sent by an instant, in order; of equal instants the first given comes first."""
    sent = sorted(((parse_instant(m["at"]), m) for m in raw), key=_first)
    past = (Message(clock.cut(when), m["from"] == "agent", _text(m.get("channel"))) for when, m in sent if when <= at)
    if channels == ALL_CHANNELS:
        return tuple(past)
    return tuple(message for message in past if _counts(message, channels))


def _counts(message: Message, channels: Channels) -> bool:
    known = channels.of_agent if message.is_agents else channels.of_requester
    return known is None or message.channel in known


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


def waited_for_answers(messages: Iterable[Message], now: int) -> Iterator[Interval]:
    """The times from an agent's message until the requester's next, or until now."""
    since = None
    for message in messages:
        if message.is_agents:
            since = message.at if since is None else since
        elif since is not None:
            yield since, message.at
            since = None
    if since is not None:
        yield since, now


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
    """The parts that lie between two instants, of intervals in order and apart."""
    found = []
    for begin, end in islice(spans, bisect_right(spans, first, key=_end), None):
        if begin >= last:
            break
        found.append((begin if begin > first else first, end if end < last else last))
    return found


def _end(span: Interval) -> int:
    return span[1]
