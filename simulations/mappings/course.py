"""What the events of a ticket tell of its course, as values: tests of events, and what follows when they hold.

Knows nothing of YAML, and nothing of how the course of a ticket is followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .columns import Column

Conditions = Mapping[str, tuple[str | None, ...]]
"""Columns with the texts of which one must stand there; None: nothing stands there."""
Sender = Literal["requester", "agent"]


@dataclass(frozen=True, slots=True)
class EventTest:
    """A test of an event: what it says, what the one before it said, and which columns it changes (any of them)."""

    when: Conditions = field(default_factory=dict)
    before: Conditions = field(default_factory=dict)
    changes: tuple[str, ...] = ()

    def columns(self) -> Iterator[str]:
        """The columns that it looks at."""
        yield from (*self.when, *self.before, *self.changes)


@dataclass(frozen=True, slots=True)
class WaitEvents:
    """Which events say that the ticket waits: those ``during`` it, or those that open and close a wait."""

    during: EventTest | None = None
    opens: EventTest | None = None
    closes: EventTest | None = None


@dataclass(frozen=True, slots=True)
class MessageEvents:
    """Which events are messages of one side, and the column of their channel."""

    test: EventTest
    sender: Sender
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Remembered:
    """The instant of the first or last event of a kind; an event that passes ``forgotten`` takes it back."""

    test: EventTest
    forgotten: EventTest | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """What the events of a ticket tell: waits, messages, states, and facts that count or date events."""

    waits: WaitEvents | None = None
    messages: tuple[MessageEvents, ...] = ()
    states: Column | None = None
    counts: Mapping[str, EventTest] = field(default_factory=dict)
    first: Mapping[str, Remembered] = field(default_factory=dict)
    last: Mapping[str, Remembered] = field(default_factory=dict)

    def columns(self) -> frozenset[str]:
        """The columns that it looks at."""
        waits = self.waits or WaitEvents()
        remembered = (*self.first.values(), *self.last.values())
        tests = [waits.during, waits.opens, waits.closes, *self.counts.values()]
        tests += [message.test for message in self.messages]
        tests += [test for one in remembered for test in (one.test, one.forgotten)]
        names = {name for test in tests if test is not None for name in test.columns()}
        names |= {message.channel for message in self.messages if message.channel is not None}
        return frozenset(names | ({self.states.name} if self.states is not None else set()))

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that it gives."""
        return (*self.counts, *self.first, *self.last)


@dataclass(frozen=True, slots=True)
class Wait:
    """Columns that tell of waits: of their two ends, of their total until an instant, or of a list of them.

    Of a list, ``start`` and ``until`` are the names of the two ends in each entry, and those entries count that pass
    ``when``.
    """

    start: str | None = None
    until: str | None = None
    total: str | None = None
    seconds: int = 1
    listed: str | None = None
    when: Conditions = field(default_factory=dict)

    def columns(self) -> Iterator[str]:
        """The columns that it reads."""
        named = (self.start, self.until, self.total) if self.listed is None else (self.listed,)
        yield from (name for name in named if name is not None)


@dataclass(frozen=True, slots=True)
class ListedMessages:
    """A column that holds a list of messages, and the names of what each entry says.

    ``sender`` is who wrote them all; or ``sender_key`` is the name of the text that tells it through ``senders``, where
    what is not listed is ``otherwise`` when ``lenient``. None among them: no message of either side.
    """

    listed: str
    at: str
    sender: Sender | None = None
    sender_key: str | None = None
    senders: Mapping[str, Sender | None] = field(default_factory=dict)
    lenient: bool = False
    otherwise: Sender | None = None
    channel: str | None = None
    when: Conditions = field(default_factory=dict)


def course_of(said: Mapping[str, Any], states: Column | None) -> Course:
    """The course that the plain values of a sound file say."""
    waits = said.get("waits")
    return Course(
        waits=_waits(waits) if waits is not None else None,
        messages=tuple(
            MessageEvents(event_test(message), message["from"], message.get("channel"))
            for message in said.get("messages", ())
        ),
        states=states,
        counts={name: event_test(test) for name, test in said.get("counts", {}).items()},
        first={name: _remembered(test) for name, test in said.get("first", {}).items()},
        last={name: _remembered(test) for name, test in said.get("last", {}).items()},
    )


def wait_of(said: Mapping[str, Any]) -> Wait:
    """One entry of the waits that a row tells of."""
    seconds = {"seconds": 1, "minutes": 60, "hours": 3_600, "days": 86_400}[said.get("unit", "seconds")]
    start, until, listed = said.get("from"), said.get("until"), said.get("list")
    if listed is not None:
        start, until = start or "from", until or "until"
    return Wait(start, until, said.get("total"), seconds, listed, _conditions(said.get("when", {})))


def listed_messages(said: Mapping[str, Any]) -> ListedMessages:
    """One entry of the messages that rows list."""
    sender = said["from"]
    told: dict[str, Any] = (
        {"sender": sender}
        if isinstance(sender, str)
        else {
            "sender_key": sender["key"],
            "senders": dict(sender["values"]),
            "lenient": "otherwise" in sender,
            "otherwise": sender.get("otherwise"),
        }
    )
    return ListedMessages(
        said["list"], said["at"], channel=said.get("channel"), when=_conditions(said.get("when", {})), **told
    )


def event_test(said: Mapping[str, Any]) -> EventTest:
    """One test of events."""
    changes = said.get("changes", ())
    return EventTest(
        _conditions(said.get("when", {})),
        _conditions(said.get("before", {})),
        (changes,) if isinstance(changes, str) else tuple(changes),
    )


def _waits(said: Mapping[str, Any]) -> WaitEvents:
    if "while" in said:
        return WaitEvents(during=EventTest(_conditions(said["while"])))
    return WaitEvents(opens=event_test(said["opens"]), closes=event_test(said["closes"]))


def _remembered(said: Mapping[str, Any]) -> Remembered:
    return Remembered(event_test(said), event_test(said["forgotten"]) if "forgotten" in said else None)


def _conditions(said: Mapping[str, Any]) -> Conditions:
    return {column: tuple(texts) if isinstance(texts, list) else (texts,) for column, texts in said.items()}
